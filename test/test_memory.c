/* test_memory.c -- how much memory the control groups of a job leave, in folders like those of Linux.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "memory.h"

static void
put(const char *file, const char *text)
{
    FILE *f = fopen(file, "w");

    CHECK(f != NULL && fputs(text, f) >= 0);
    if (f != NULL)
        fclose(f);
}

/* What is left to a process in the group GROUP, a line of /proc/self/cgroup. */
static size_t
left(const char *group)
{
    put("groups", group);
    return bc_memory_group("groups", ".");
}

/* Version 2: the narrowest group counts, and a cache that can be dropped is free. */
static void
test_second(void)
{
    CHECK(mkdir("job", 0700) == 0 && mkdir("job/step", 0700) == 0 && mkdir("job/wide", 0700) == 0);
    put("job/memory.max", "4000\n");
    put("job/memory.current", "1000\n");
    put("job/memory.stat", "anon 700\ninactive_file 100\nactive_file 200\n");
    put("job/step/memory.max", "1500\n");
    put("job/step/memory.current", "500\n");
    put("job/wide/memory.max", "max\n");
    CHECK(left("0::/job\n") == 3100);
    CHECK(left("0::/job/step\n") == 1000);
    CHECK(left("0::/job/wide\n") == 3100);
    CHECK(left("0::/\n") == SIZE_MAX);
    CHECK(left("") == SIZE_MAX && left("no group\n") == SIZE_MAX && left("1:cpu:/job\n") == SIZE_MAX);
    put("job/memory.current", "5000\n");
    CHECK(left("0::/job/step\n") == 1);
    put("memory.max", "77\n");                      /* of a container, the names above which mean nothing here */
    CHECK(left("0::/docker/0123\n") == 77);
    CHECK(bc_memory_group("nix", ".") == SIZE_MAX && bc_memory_group("groups", "nix") == SIZE_MAX);
}

/* The first version has a tree for each kind of limit, and a very large number for none. */
static void
test_first(void)
{
    CHECK(mkdir("memory", 0700) == 0 && mkdir("memory/job", 0700) == 0);
    put("memory/memory.limit_in_bytes", "9223372036854771712\n");
    put("memory/job/memory.limit_in_bytes", "2000\n");
    put("memory/job/memory.usage_in_bytes", "900\n");
    put("memory/job/memory.stat", "inactive_file 5\ntotal_inactive_file 400\n");
    CHECK(left("5:cpuset:/\n4:memory:/job\n1:cpu:/\n") == 1500);
    CHECK(left("4:memory:/\n") > (size_t)1 << 62);
}

int
main(void)
{
    char   folder[] = "test_memory.XXXXXX", command[64];
    size_t have = bc_memory_free();

    CHECK(have > 0 && have <= (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE));
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return EXIT_FAILURE;
    test_second();
    test_first();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(chdir("..") == 0 && system(command) == 0);
    return check_end();
}
