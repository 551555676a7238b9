/* cpu_dweight.c -- gradients by the weights.  An item owns its weights and goes through all
 * rows in order, so the sums have the same bits for any number of threads.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

void
ISA(cpu_dweight)(const struct cpu_dweight *d, int item, const float *scalar, const float *lanes,
                 float *scratch, float *dw)
{
    int ky = item / d->nblock, first = item % d->nblock * d->block, y, group, lane, r;
    int nr = d->nscalar - first < d->block ? d->nscalar - first : d->block;

    scalar += d->scalar_at + ky * d->scalar_ky + first;
    lanes += d->lane_at + ky * d->lane_ky;
    memset(scratch, 0, (size_t)d->ngroup * nr * d->pitch * sizeof *scratch);
    for (y = 0; y < d->ny; y++)
        for (group = 0; group < d->ngroup; group++)
            for (lane = 0; lane < d->pitch; lane += 2 * LANES) {
                struct cpu_outer at = {
                    scalar + y * d->scalar_row + group * d->scalar_group,
                    lanes + y * d->lane_row + lane, d->scalar_pixel, d->lane_pixel,
                    d->scalar_row, d->lane_row, d->nx, scratch + (size_t)group * nr * d->pitch + lane, d->pitch
                };

                ISA(cpu_outer_rows)(nr, d->pitch - lane, at);
            }
    for (group = 0; group < d->ngroup; group++)
        for (r = 0; r < nr; r++) {
            const float *from = scratch + (size_t)(group * nr + r) * d->pitch;
            float       *to = dw + d->dw_at + ky * d->dw_ky + group * d->dw_group
                              + (first + r) / d->dw_lane * d->dw_r + (first + r) % d->dw_lane;

            for (lane = 0; lane < d->nlane; lane++)
                to[(size_t)lane * d->dw_lane] = from[lane];
        }
}
