/* cpu_table.c -- the table of kernels of one instruction set.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

#if defined __x86_64__ && !defined __AVX2__
#define NAME "sse2"
#elif defined __AVX512F__
#define NAME "avx512"
#elif defined __AVX2__
#define NAME "avx2"
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
