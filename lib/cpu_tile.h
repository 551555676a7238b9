/* cpu_tile.h -- the two products that all the arithmetic is in, with their sums in registers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_TILE_H
#define BC_CPU_TILE_H

#include "cpu_vector.h"

/* Pixels by lanes: out[pixel] (+)= sum over taps and channels of in[pixel + tap][channel] * w. */
struct cpu_place {
    const float     *in;
    ptrdiff_t        in_pixel;
    const ptrdiff_t *tap;
    int              ntap, nsum;
    const float     *w;             /* (tap, channel, NV vectors) */
    float           *out;
    ptrdiff_t        out_pixel;
    int              add;
};

/* NP pixels by NV vectors, both known to the compiler. */
static inline __attribute__((always_inline)) void
gather_tile(int np, int nv, const struct cpu_place *at)
{
    const float    *w = at->w;
    const ptrdiff_t step = at->in_pixel;
    V               sum[TILE][2];
    int             tap, i, p, v;

    for (p = 0; p < np; p++)
        for (v = 0; v < nv; v++)
            sum[p][v] = (V){0};
    for (tap = 0; tap < at->ntap; tap++) {
        const float *in = at->in + at->tap[tap];

        for (i = 0; i < at->nsum; i++, w += nv * LANES) {
            V u[2];

            for (v = 0; v < nv; v++)
                u[v] = load(w + v * LANES);
#pragma GCC unroll 16
            for (p = 0; p < np; p++) {
                V x = splat(in[p * step + i]);

#pragma GCC unroll 2
                for (v = 0; v < nv; v++)
                    sum[p][v] += x * u[v];
            }
        }
    }
#pragma GCC unroll 16
    for (p = 0; p < np; p++)
#pragma GCC unroll 2
        for (v = 0; v < nv; v++) {
            float *out = at->out + p * at->out_pixel + v * LANES;

            if (at->add)
                sum[p][v] += load(out);
            store(out, sum[p][v]);
        }
}

/* NX pixels.  8 are two fours where a tile has 6: single pixels would keep the processor waiting. */
static inline __attribute__((always_inline)) void
gather_row(int nv, int nx, struct cpu_place at)
{
    while (nx > 0) {
        int np = nx >= TILE && !(TILE == 6 && nx == 8) ? TILE : nx >= 4 ? 4 : 1;

        if (np == TILE)
            gather_tile(TILE, nv, &at);
        else if (np == 4)
            gather_tile(4, nv, &at);
        else
            gather_tile(1, nv, &at);
        at.in += np * at.in_pixel;
        at.out += np * at.out_pixel;
        nx -= np;
    }
}

/* Scalars by lanes: sum[r] += scalar[x][r] * lanes[x], summed over N places x. */
struct cpu_outer {
    const float *scalar, *lanes;
    ptrdiff_t    scalar_step, lane_step;
    int          n;
    float       *sum;
    ptrdiff_t    sum_r;             /* floats from sum[r] to sum[r + 1] */
};

static inline __attribute__((always_inline)) void
outer_tile(int nr, int nv, const struct cpu_outer *at)
{
    const float    *s = at->scalar, *l = at->lanes;
    const ptrdiff_t s_step = at->scalar_step, l_step = at->lane_step;
    V               a[TILE][2];
    int             x, r, v;

    for (r = 0; r < nr; r++)
        for (v = 0; v < nv; v++)
            a[r][v] = load(at->sum + r * at->sum_r + v * LANES);
    for (x = 0; x < at->n; x++, s += s_step, l += l_step) {
        V u[2];

        for (v = 0; v < nv; v++)
            u[v] = load(l + v * LANES);
#pragma GCC unroll 16
        for (r = 0; r < nr; r++) {
            V b = splat(s[r]);

#pragma GCC unroll 2
            for (v = 0; v < nv; v++)
                a[r][v] += b * u[v];
        }
    }
    for (r = 0; r < nr; r++)
        for (v = 0; v < nv; v++)
            store(at->sum + r * at->sum_r + v * LANES, a[r][v]);
}

/* NR scalars. */
static inline __attribute__((always_inline)) void
outer_rows(int nv, int nr, struct cpu_outer at)
{
    while (nr > 0) {
        int n = nr >= TILE ? TILE : nr >= 4 ? 4 : nr >= 2 ? 2 : 1;

        if (n == TILE)
            outer_tile(TILE, nv, &at);
        else if (n == 4)
            outer_tile(4, nv, &at);
        else if (n == 2)
            outer_tile(2, nv, &at);
        else
            outer_tile(1, nv, &at);
        at.scalar += n;
        at.sum += n * at.sum_r;
        nr -= n;
    }
}

/* a becomes its transpose: log2(LANES) times, the two halves are interleaved like a pack of cards. */
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
