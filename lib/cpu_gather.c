/* cpu_gather.c -- convolutions: lanes over the result's channels, a block of pixels by two vectors in registers.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

/* Where a tile reads and writes. */
struct place {
    const float     *in;
    ptrdiff_t        in_pixel;
    const ptrdiff_t *tap;
    int              ntap, nsum;
    const float     *w;             /* (tap, sum, NV vectors) */
    float           *out;
    ptrdiff_t        out_pixel;
    int              add;
};

/* NP pixels by NV vectors, both known to the compiler, so that all sums stay in registers. */
static inline __attribute__((always_inline)) void
tile(int np, int nv, const struct place *at)
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

static inline __attribute__((always_inline)) void
row(int nv, int nx, struct place at)
{
    while (nx > 0) {
        int np = nx >= TILE ? TILE : nx >= 4 ? 4 : 1;

        if (np == TILE)
            tile(TILE, nv, &at);
        else if (np == 4)
            tile(4, nv, &at);
        else
            tile(1, nv, &at);
        at.in += np * at.in_pixel;
        at.out += np * at.out_pixel;
        nx -= np;
    }
}

/* Weights of a block of two vectors serve all the rows before the next block's are fetched. */
void
ISA(cpu_gather)(const struct cpu_gather *g, int py, int y0, int y1, const float *in, const float *w, float *out, int add)
{
    int px, lane, y;

    if (g->pitch == 1) {
        ISA(cpu_dense)(g, y0, y1, in, w, out);
        return;
    }
    for (px = 0; px < g->step; px++) {
        const struct cpu_phase *f = &g->phase[py * g->step + px];

        for (lane = 0; lane < g->pitch; lane += 2 * LANES)
            for (y = y0; y < y1 && y < f->ny; y++) {
                struct place at = { in + f->in + y * g->in_row, g->in_pixel, f->tap, f->ntap, g->nsum,
                                    w + f->weights + (size_t)lane * f->ntap * g->nsum,
                                    out + f->out + y * g->out_row + lane, g->out_pixel, add };

                if (g->pitch - lane >= 2 * LANES)
                    row(2, f->nx, at);
                else
                    row(1, f->nx, at);
            }
    }
}

/* packed: per phase, per block of two vectors (the last may be one): (tap, sum, lane), zeros past the last lane.
 * For a dense result (tap, sum), rounded up to vectors. */
void
ISA(cpu_pack)(const struct cpu_gather *g, const float *kernel, float *packed)
{
    size_t per_tap = (size_t)g->nsum * g->nlane;
    int    phase, tap, s, lane, block, n, pad = (g->nsum + LANES - 1) / LANES * LANES;
    size_t by_sum = g->transposed ? 1 : (size_t)g->nlane, by_lane = g->transposed ? (size_t)g->nsum : 1;

    for (phase = 0; phase < g->step * g->step; phase++) {
        const struct cpu_phase *f = &g->phase[phase];
        float                  *to = packed + f->weights;

        for (tap = 0; g->pitch == 1 && tap < f->ntap; tap++, to += pad)
            for (s = 0; s < pad; s++)
                to[s] = s < g->nsum ? kernel[f->kernel_tap[tap] * per_tap + (size_t)s] : 0.0f;
        for (block = 0; g->pitch > 1 && block < g->pitch; block += 2 * LANES) {
            n = g->pitch - block < 2 * LANES ? g->pitch - block : 2 * LANES;
            for (tap = 0; tap < f->ntap; tap++)
                for (s = 0; s < g->nsum; s++, to += n) {
                    const float *from = kernel + f->kernel_tap[tap] * per_tap + s * by_sum + block * by_lane;

                    for (lane = 0; lane < n; lane++)
                        to[lane] = block + lane < g->nlane ? from[lane * by_lane] : 0.0f;
                }
        }
    }
}
