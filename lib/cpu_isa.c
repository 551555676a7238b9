/* cpu_isa.c -- chooses the kernels for the processor that this runs on.
 * BANDCAST_ISA=sse2|avx2|avx512 (baseline where the processor is another) in the environment
 * forces a choice: to compare, or to have the same bits on unlike machines.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include <stdlib.h>
#include <string.h>

#include "status.h"

#if defined __x86_64__
static int
runs_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}

static int
runs_avx512(void)
{
    return runs_avx2() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
           && __builtin_cpu_supports("avx512dq");
}
#endif

static int
runs_baseline(void)
{
    return 1;
}

static const struct {
    const struct cpu_kernels *kernels;
    int                     (*runs)(void);
} sets[] = {                                /* the fastest first */
#if defined __x86_64__
    { &cpu_kernels_avx512,   runs_avx512   },
    { &cpu_kernels_avx2,     runs_avx2     },
#endif
    { &cpu_kernels_baseline, runs_baseline }
};

bc_status
cpu_kernels_choose(const struct cpu_kernels **kernels_p)
{
    const char *name = getenv("BANDCAST_ISA");
    int         forced = name != NULL && name[0] != '\0';
    size_t      i;

    for (i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        if (forced && strcmp(name, sets[i].kernels->name) != 0)
            continue;
        if (sets[i].runs()) {
            *kernels_p = sets[i].kernels;
            return BC_OK;
        }
        if (forced)
            return bc_fail(BC_NO_DEVICE, "BANDCAST_ISA=%s: this processor has no such instructions",
                           name);
    }
    return bc_fail(BC_NO_DEVICE, "BANDCAST_ISA=%s: this build has no such instruction set", name);
}
