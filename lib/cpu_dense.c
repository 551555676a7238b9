/* cpu_dense.c -- convolutions to few channels, as the last layer's: lanes over the channels that
 * are summed.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

static inline float
sum_lanes(V v)
{
    float a[LANES];
    int   n, i;

    memcpy(a, &v, sizeof a);
    for (n = LANES / 2; n > 0; n /= 2)
        for (i = 0; i < n; i++)
            a[i] += a[i + n];
    return a[0];
}

static inline __attribute__((always_inline)) void
tile(int np, const float *in, ptrdiff_t step, const struct cpu_phase *f, int nsum, const float *w,
     float *out, int pitch)
{
    V   sum[TILE];
    int tap, i, p;

    for (p = 0; p < np; p++)
        sum[p] = (V){0};
    for (tap = 0; tap < f->ntap; tap++)
        for (i = 0; i < nsum; i += LANES, w += LANES) {
            const float *x = in + f->tap[tap] + i;
            V            u = load(w);

#pragma GCC unroll 16
            for (p = 0; p < np; p++)
                sum[p] += load(x + p * step) * u;
        }
    for (p = 0; p < np; p++)
        out[p * pitch] = sum_lanes(sum[p]);
}

void
ISA(cpu_dense)(const struct cpu_gather *g, int y0, int y1, const float *in, const float *w,
               float *out)
{
    const struct cpu_phase *f = &g->phase[0];
    size_t                  per_channel = (size_t)f->ntap * ((g->nsum + LANES - 1) / LANES * LANES);
    int                     np = f->nx < TILE ? 1 : TILE, y, x, c;

    for (y = y0; y < y1; y++)
        for (x = 0; x < f->nx; x += np) {
            int          at = x + np <= f->nx ? x : f->nx - np;     /* the last tile overlaps */
            const float *from = in + f->in + y * g->in_row + at * g->in_pixel;
            float       *to = out + f->out + y * g->out_row + at * g->pitch;

            for (c = 0; c < g->nlane; c++)
                if (np == TILE)
                    tile(TILE, from, g->in_pixel, f, g->nsum, w + c * per_channel, to + c, g->pitch);
                else
                    tile(1, from, g->in_pixel, f, g->nsum, w + c * per_channel, to + c, g->pitch);
        }
}
