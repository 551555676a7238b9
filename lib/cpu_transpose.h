/* cpu_transpose.h -- turns a square of numbers over, in registers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_TRANSPOSE_H
#define BC_CPU_TRANSPOSE_H

#include "cpu_vector.h"

/* a becomes its transpose: log2(LANES) times, the two halves are interleaved like a pack of
 * cards. */
static inline __attribute__((always_inline)) void
transpose(V a[LANES])
{
#if defined __AVX512F__
    const VI low = { 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23 };
#elif defined __AVX2__
    const VI low = { 0, 8, 1, 9, 2, 10, 3, 11 };
#else
    const VI low = { 0, 4, 1, 5 };
#endif
    const VI high = low + LANES / 2;
    V        t[LANES];
    int      n, i;

#pragma GCC unroll 4
    for (n = 1; n < LANES; n *= 2) {
#pragma GCC unroll 8
        for (i = 0; i < LANES / 2; i++) {
            t[2 * i] = __builtin_shuffle(a[i], a[i + LANES / 2], low);
            t[2 * i + 1] = __builtin_shuffle(a[i], a[i + LANES / 2], high);
        }
#pragma GCC unroll 16
        for (i = 0; i < LANES; i++)
            a[i] = t[i];
    }
}

#endif
