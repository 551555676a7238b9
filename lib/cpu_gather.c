/* cpu_gather.c -- convolutions: lanes over the result's channels.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

/* Weights of a block of two vectors serve all the rows before the next block's are fetched. */
void
ISA(cpu_gather)(const struct cpu_gather *g, int py, int y0, int y1, const float *in,
                const float *w, float *out, int add, float *scratch)
{
    int px, lane, y;

    if (g->pitch < LANES) {
        ISA(cpu_dense)(g, y0, y1, in, w, out);
        return;
    }
    if (g->winograd) {
        ISA(cpu_winograd)(g, y0, y1, in, w, out, add, scratch);
        return;
    }
    for (px = 0; px < g->step; px++) {
        const struct cpu_phase *f = &g->phase[py * g->step + px];

        for (lane = 0; lane < g->pitch; lane += 2 * LANES)
            for (y = y0; y < y1 && y < f->ny; y++) {
                struct cpu_place at = {
                    in + f->in + y * g->in_row, g->in_pixel, f->tap, f->ntap, g->nsum,
                    w + f->weights + (size_t)lane * f->ntap * g->nsum,
                    out + f->out + y * g->out_row + lane, g->out_pixel, add
                };

                ISA(cpu_gather_row)(f->nx, g->pitch - lane, at);
            }
    }
}
