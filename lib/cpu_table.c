/* cpu_table.c -- the table of kernels of one instruction set.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

#if defined CPU_AVX512
#define NAME "avx512"
#elif defined CPU_AVX2
#define NAME "avx2"
#elif defined __x86_64__
#define NAME "sse2"
#else
#define NAME "baseline"
#endif

const struct cpu_kernels ISA(cpu_kernels) = {
    NAME, LANES,
    ISA(cpu_gather), ISA(cpu_pack), ISA(cpu_dweight),
    ISA(cpu_winograd_tiles), ISA(cpu_winograd_sums), ISA(cpu_winograd_weights),
    ISA(cpu_moments), ISA(cpu_statistics), ISA(cpu_columns),
    ISA(cpu_finish), ISA(cpu_slopes), ISA(cpu_unfinish), ISA(cpu_add),
    ISA(cpu_loss), ISA(cpu_adam)
};
