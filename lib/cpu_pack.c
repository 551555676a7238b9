/* cpu_pack.c -- weights in the order in which the kernels read them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_transpose.h"

/* Weights of one tap, lanes LANE .. LANE + LANES - 1: to[s * STEP] for all s; zeros past the
 * last lane. */
void
ISA(cpu_pack_lanes)(const struct cpu_gather *g, const float *tap, int lane, float *to, int step)
{
    int n = g->nlane - lane < LANES ? g->nlane - lane : LANES, s = 0, i, j;

    if (!g->transposed) {
        for (; s < g->nsum; s++)
            store(to + (size_t)s * step, load_some(tap + (size_t)s * g->nlane + lane, n));
        return;
    }
    for (; n == LANES && s + LANES <= g->nsum; s += LANES) {
        V a[LANES];

        for (i = 0; i < LANES; i++)
            a[i] = load_some(tap + (size_t)(lane + i) * g->nsum + s, LANES);
        transpose(a);
        for (i = 0; i < LANES; i++)
            store(to + (size_t)(s + i) * step, a[i]);
    }
    for (; s < g->nsum; s++)
        for (j = 0; j < LANES; j++)
            to[(size_t)s * step + j] = j < n ? tap[(size_t)(lane + j) * g->nsum + s] : 0.0f;
}

/* Lanes over what is summed: (channel, tap, sum), the sums rounded up to vectors. */
static void
pack_dense(const struct cpu_gather *g, const float *kernel, float *to)
{
    int c, tap, s, pad = (g->nsum + LANES - 1) / LANES * LANES;

    for (c = 0; c < g->nlane; c++)
        for (tap = 0; tap < g->phase[0].ntap; tap++) {
            const float *from = kernel + (size_t)g->phase[0].kernel_tap[tap] * g->nsum * g->nlane + c;

            for (s = 0; s < pad; s++)
                *to++ = s < g->nsum ? from[(size_t)s * g->nlane] : 0.0f;
        }
}

/* Per phase, and per block of two vectors (the last may be one), of which this is number ITEM:
 * (tap, sum, lane). */
void
ISA(cpu_pack)(const struct cpu_gather *g, int item, const float *kernel, float *packed)
{
    size_t per_tap = (size_t)g->nsum * g->nlane;
    int    lane = item * 2 * LANES, n = g->pitch - lane < 2 * LANES ? g->pitch - lane : 2 * LANES;
    int    phase, tap, v;

    if (g->pitch < LANES) {
        pack_dense(g, kernel, packed);
        return;
    }
    if (g->winograd) {
        ISA(cpu_winograd_pack)(g, item, kernel, packed);
        return;
    }
    for (phase = 0; phase < g->step * g->step; phase++) {
        const struct cpu_phase *f = &g->phase[phase];
        float                  *to = packed + f->weights + (size_t)lane * f->ntap * g->nsum;

        for (tap = 0; tap < f->ntap; tap++, to += (size_t)n * g->nsum)
            for (v = 0; v < n; v += LANES)
                ISA(cpu_pack_lanes)(g, kernel + f->kernel_tap[tap] * per_tap, lane + v, to + v, n);
    }
}
