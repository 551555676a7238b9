/* test_cgroup.c -- how much memory and how many cores the control groups of a job leave; folders like those of Linux.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "check.h"
#include "memory.h"
#include "threads.h"

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
    return bc_cgroup_least("groups", ".", "memory", bc_memory_group);
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
    CHECK(left("0::/job/step\n") == 4);
    put("memory.max", "77\n");                      /* of a container, the names above which mean nothing here */
    CHECK(left("0::/docker/0123\n") == 77);
    CHECK(bc_cgroup_least("nix", ".", "memory", bc_memory_group) == SIZE_MAX);
    CHECK(bc_cgroup_least("groups", "nix", "memory", bc_memory_group) == SIZE_MAX);
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

/* Cores for a process in the group GROUP. */
static size_t
cores(const char *group)
{
    put("groups", group);
    return bc_cgroup_least("groups", ".", "cpu", bc_threads_group);
}

/* Microseconds of time in a period of so many; part of a core is one. */
static void
test_cores(void)
{
    CHECK(cores("0::/job/step\n") == SIZE_MAX);
    put("job/cpu.max", "250000 100000\n");
    put("job/step/cpu.max", "max 100000\n");
    put("job/wide/cpu.max", "1000 50000\n");
    CHECK(cores("0::/job/step\n") == 3 && cores("0::/job\n") == 3 && cores("0::/job/wide\n") == 1);
    put("job/cpu.max", "200000 100000\n");
    CHECK(cores("0::/job/step\n") == 2 && cores("0::/\n") == SIZE_MAX && cores("") == SIZE_MAX);
    put("job/cpu.max", "200000 0\n");
    CHECK(cores("0::/job\n") == SIZE_MAX);
    put("job/cpu.max", "");
    CHECK(cores("0::/job\n") == SIZE_MAX);

    CHECK(mkdir("cpu", 0700) == 0 && mkdir("cpu/job", 0700) == 0 && mkdir("cpu/wide", 0700) == 0);
    put("cpu/cpu.cfs_quota_us", "-1\n");
    put("cpu/cpu.cfs_period_us", "100000\n");
    put("cpu/job/cpu.cfs_quota_us", "150000\n");
    put("cpu/job/cpu.cfs_period_us", "100000\n");
    put("cpu/wide/cpu.cfs_quota_us", "-1\n");
    put("cpu/wide/cpu.cfs_period_us", "100000\n");
    CHECK(cores("3:cpuset:/wide\n2:cpu,cpuacct:/job\n1:memory:/wide\n") == 2);
    CHECK(cores("2:cpuacct,cpu:/job\n") == 2 && cores("2:cpu:/job/step\n") == 2);
    CHECK(cores("2:cpu:/wide\n") == SIZE_MAX && cores("2:cpuacct,cpuset:/job\n") == SIZE_MAX);
    put("cpu/cpu.cfs_quota_us", "100000\n");        /* of a container */
    CHECK(cores("2:cpu,cpuacct:/docker/0123\n") == 1);
}

int
main(void)
{
    char   folder[] = "test_cgroup.XXXXXX", command[64];
    size_t have = bc_memory_free();
    long   machine = sysconf(_SC_NPROCESSORS_CONF);

    CHECK(have > 0 && have <= (size_t)sysconf(_SC_PHYS_PAGES) * (size_t)sysconf(_SC_PAGESIZE));
    CHECK(bc_cores() >= 1 && bc_cores() <= machine);
    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return EXIT_FAILURE;
    test_second();
    test_first();
    test_cores();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(chdir("..") == 0 && system(command) == 0);
    return check_end();
}
