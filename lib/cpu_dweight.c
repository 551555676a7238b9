/* cpu_dweight.c -- gradients by the weights: a block of scalars by two vectors of lanes in registers, summed along
 * a row of pixels.  An item owns its weights and goes through all rows in order, so the sums have the same bits
 * for any number of threads.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

/* sum (NR rows of PITCH floats) += scalars[r] * lanes over N pixels. */
static inline __attribute__((always_inline)) void
tile(int nr, int nv, const struct cpu_dweight *d, const float *s, const float *l, float *sum)
{
    const ptrdiff_t s_step = d->scalar_pixel, l_step = d->lane_pixel;
    V               a[TILE][2];
    int             x, r, v;

    for (r = 0; r < nr; r++)
        for (v = 0; v < nv; v++)
            a[r][v] = load(sum + (size_t)r * d->pitch + v * LANES);
    for (x = 0; x < d->nx; x++, s += s_step, l += l_step) {
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
            store(sum + (size_t)r * d->pitch + v * LANES, a[r][v]);
}

static inline __attribute__((always_inline)) void
block(int nv, const struct cpu_dweight *d, int nr, const float *s, const float *l, float *sum)
{
    while (nr > 0) {
        int n = nr >= TILE ? TILE : nr >= 4 ? 4 : nr >= 2 ? 2 : 1;

        if (n == TILE)
            tile(TILE, nv, d, s, l, sum);
        else if (n == 4)
            tile(4, nv, d, s, l, sum);
        else if (n == 2)
            tile(2, nv, d, s, l, sum);
        else
            tile(1, nv, d, s, l, sum);
        s += n;
        sum += (size_t)n * d->pitch;
        nr -= n;
    }
}

void
ISA(cpu_dweight)(const struct cpu_dweight *d, int item, const float *scalar, const float *lanes, float *scratch,
                 float *dw)
{
    int ky = item / d->nblock, first = item % d->nblock * d->block, y, group, lane, r;
    int nr = d->nscalar - first < d->block ? d->nscalar - first : d->block;

    memset(scratch, 0, (size_t)d->ngroup * nr * d->pitch * sizeof *scratch);
    for (y = 0; y < d->ny; y++)
        for (group = 0; group < d->ngroup; group++)
            for (lane = 0; lane < d->pitch; lane += 2 * LANES) {
                const float *l = lanes + d->lane_at + ky * d->lane_ky + y * d->lane_row + lane;
                const float *s = scalar + d->scalar_at + ky * d->scalar_ky + y * d->scalar_row
                                 + group * d->scalar_group + first;
                float       *sum = scratch + (size_t)group * nr * d->pitch + lane;

                if (d->pitch - lane >= 2 * LANES)
                    block(2, d, nr, s, l, sum);
                else
                    block(1, d, nr, s, l, sum);
            }
    for (group = 0; group < d->ngroup; group++)
        for (r = 0; r < nr; r++)
            memcpy(dw + d->dw_at + ky * d->dw_ky + group * d->dw_group + (first + r) * d->dw_r,
                   scratch + (size_t)(group * nr + r) * d->pitch, d->nlane * sizeof *dw);
}
