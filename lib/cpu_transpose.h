/* cpu_transpose.h -- turns a square of numbers over, in registers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_TRANSPOSE_H
#define BC_CPU_TRANSPOSE_H

#include "cpu_vector.h"

#if LANES == 16
#define LOW  0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23
#define HIGH 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31
#elif LANES == 8
#define LOW  0, 8, 1, 9, 2, 10, 3, 11
#define HIGH 4, 12, 5, 13, 6, 14, 7, 15
#else
#define LOW  0, 4, 1, 5
#define HIGH 2, 6, 3, 7
#endif

/* The first halves of a and b interleaved like a pack of cards, and the second halves.  clang has no __builtin_shuffle,
 * GCC before 12 nothing else. */
static inline __attribute__((always_inline)) void
interleave(V a, V b, V *low, V *high)
{
#ifdef __clang__
    *low = __builtin_shufflevector(a, b, LOW);
    *high = __builtin_shufflevector(a, b, HIGH);
#else
    *low = __builtin_shuffle(a, b, (VI){ LOW });
    *high = __builtin_shuffle(a, b, (VI){ HIGH });
#endif
}

/* a becomes its transpose: log2(LANES) times, its two halves are interleaved. */
static inline __attribute__((always_inline)) void
transpose(V a[LANES])
{
    V   t[LANES];
    int n, i;

#pragma GCC unroll 4
    for (n = 1; n < LANES; n *= 2) {
#pragma GCC unroll 8
        for (i = 0; i < LANES / 2; i++)
            interleave(a[i], a[i + LANES / 2], &t[2 * i], &t[2 * i + 1]);
#pragma GCC unroll 16
        for (i = 0; i < LANES; i++)
            a[i] = t[i];
    }
}

#endif
