/* cpu_tile.c -- the two products that all convolutions' arithmetic is in.  A tile of up to TILE
 * rows by two vectors is kept in registers; its size is known to the compiler.  Rows are split
 * as evenly as possible: a tile of one row would wait for each sum to be done before the next
 * can be added.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

/* NV vectors that the next call reads: they shall be in L2 by then.  Always inlined, as gcc takes a
 * function that does no more than this for one that does nothing. */
static inline __attribute__((always_inline)) void
send_for(int nv, const float *at)
{
    int v;

    for (v = 0; v < nv; v += CACHE_LINE / LANES)
        __builtin_prefetch(at + v * LANES, 0, 2);
}

/* NP pixels by NV vectors. */
static inline __attribute__((always_inline)) void
gather_tile(int np, int nv, const struct cpu_place *at)
{
    const float    *w = at->w;
    const ptrdiff_t step = at->in_pixel, next = (ptrdiff_t)at->ntap * at->nsum * nv * LANES;
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
            send_for(nv, w + next);
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

static inline __attribute__((always_inline)) void
gather(int nv, int nx, struct cpu_place *at)
{
    int left;

    for (left = (nx + TILE - 1) / TILE; left > 0; left--) {
        int np = (nx + left - 1) / left;

        switch (np) {
        case 1: gather_tile(1, nv, at); break;
        case 2: gather_tile(2, nv, at); break;
        case 3: gather_tile(3, nv, at); break;
        case 4: gather_tile(4, nv, at); break;
        case 5: gather_tile(5, nv, at); break;
#if TILE == 8
        case 6: gather_tile(6, nv, at); break;
        case 7: gather_tile(7, nv, at); break;
#endif
        default: gather_tile(TILE, nv, at);
        }
        at->in += np * at->in_pixel;
        at->out += np * at->out_pixel;
        nx -= np;
    }
}

void
ISA(cpu_gather_row)(int nx, int nlane, struct cpu_place at)
{
    if (nlane >= 2 * LANES)
        gather(2, nx, &at);
    else
        gather(1, nx, &at);
}

/* NR scalars by NV vectors. */
static inline __attribute__((always_inline)) void
outer_tile(int nr, int nv, const struct cpu_outer *at)
{
    const float    *s = at->scalar, *l = at->lanes;
    const ptrdiff_t s_step = at->scalar_step, l_step = at->lane_step;
    V               sum[TILE][2];
    int             x, r, v;

#pragma GCC unroll 16
    for (r = 0; r < nr; r++)
#pragma GCC unroll 2
        for (v = 0; v < nv; v++)
            sum[r][v] = load(at->sum + r * at->sum_r + v * LANES);
    for (x = 0; x < at->n; x++, s += s_step, l += l_step) {
        V u[2];

        for (v = 0; v < nv; v++)
            u[v] = load(l + v * LANES);
        send_for(1, s + at->scalar_next);
        send_for(nv, l + at->lane_next);
#pragma GCC unroll 16
        for (r = 0; r < nr; r++) {
            V b = splat(s[r]);

#pragma GCC unroll 2
            for (v = 0; v < nv; v++)
                sum[r][v] += b * u[v];
        }
    }
#pragma GCC unroll 16
    for (r = 0; r < nr; r++)
#pragma GCC unroll 2
        for (v = 0; v < nv; v++)
            store(at->sum + r * at->sum_r + v * LANES, sum[r][v]);
}

static inline __attribute__((always_inline)) void
outer(int nv, int nr, struct cpu_outer *at)
{
    int left;

    for (left = (nr + TILE - 1) / TILE; left > 0; left--) {
        int n = (nr + left - 1) / left;

        switch (n) {
        case 1: outer_tile(1, nv, at); break;
        case 2: outer_tile(2, nv, at); break;
        case 3: outer_tile(3, nv, at); break;
        case 4: outer_tile(4, nv, at); break;
        case 5: outer_tile(5, nv, at); break;
#if TILE == 8
        case 6: outer_tile(6, nv, at); break;
        case 7: outer_tile(7, nv, at); break;
#endif
        default: outer_tile(TILE, nv, at);
        }
        at->scalar += n;
        at->sum += n * at->sum_r;
        nr -= n;
    }
}

void
ISA(cpu_outer_rows)(int nr, int nlane, struct cpu_outer at)
{
    if (nlane >= 2 * LANES)
        outer(2, nr, &at);
    else
        outer(1, nr, &at);
}
