/* memory.c -- how much memory there is to be had.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "memory.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"

/* ---- the machine ------------------------------------------------------------------------------ */

/* The number behind KEY at the beginning of a line of FOLDER/FILE; NONE if there is none. */
static size_t
number_in(const char *folder, const char *file, const char *key, size_t none)
{
    char   name[1200], line[128];
    size_t number = none, n = strlen(key);
    FILE  *f;

    snprintf(name, sizeof name, "%s/%s", folder, file);
    f = fopen(name, "r");
    while (f != NULL && number == none && fgets(line, sizeof line, f) != NULL)
        if (strncmp(line, key, n) != 0 || sscanf(line + n, "%zu", &number) != 1)
            number = none;
    if (f != NULL)
        fclose(f);
    return number;
}

/* Linux knows what it could free of its caches; elsewhere what is free as it is has to do. */
static size_t
machine_free(void)
{
    size_t kilobytes = number_in("/proc", "meminfo", "MemAvailable:", 0);
    long   pages = sysconf(_SC_AVPHYS_PAGES);

    if (kilobytes > 0)
        return 1024 * kilobytes;
    return pages > 0 ? (size_t)pages * (size_t)sysconf(_SC_PAGESIZE) : 0;
}

/* ---- the control group, of a batch job or a container ------------------------------------------ */

enum { LEAST = 4 };         /* bytes: nothing is left, but half and a quarter of that are not 0, which is unknown */

size_t
bc_memory_group(const char *folder, int second)
{
    size_t limit = number_in(folder, second ? "memory.max" : "memory.limit_in_bytes", "", SIZE_MAX);
    size_t used = number_in(folder, second ? "memory.current" : "memory.usage_in_bytes", "", 0);
    size_t cache = number_in(folder, "memory.stat", second ? "inactive_file " : "total_inactive_file ", 0);

    used -= cache < used ? cache : used;
    if (limit == SIZE_MAX)
        return SIZE_MAX;
    return limit > used + LEAST ? limit - used : LEAST;
}

size_t
bc_memory_free(void)
{
    size_t machine = machine_free(), group = bc_cgroup_own("memory", bc_memory_group);

    return group < machine ? group : machine;
}
