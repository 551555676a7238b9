/* memory.c -- how much memory there is to be had.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <stdio.h>
#include <unistd.h>

/* Linux knows what it could free of its caches; elsewhere what is free as it is has to do. */
size_t
bc_memory_free(void)
{
    FILE  *f = fopen("/proc/meminfo", "r");
    char   line[128];
    size_t kilobytes;
    long   pages = sysconf(_SC_AVPHYS_PAGES);

    while (f != NULL && fgets(line, sizeof line, f) != NULL)
        if (sscanf(line, "MemAvailable: %zu kB", &kilobytes) == 1) {
            fclose(f);
            return 1024 * kilobytes;
        }
    if (f != NULL)
        fclose(f);
    return pages > 0 ? (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}
