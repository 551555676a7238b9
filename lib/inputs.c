/* inputs.c -- the channels of a local generator.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "inputs.h"

#include <math.h>
#include <string.h>

void
bc_inputs_complete(const struct bc_stretch *s, float *planes, size_t pitch, size_t n)
{
    double weight[BC_MAX_INPUT];        /* 1 / variance of a usual source's flux, as one band sees it */
    size_t i;
    int    b;

    for (b = 0; b < s->nin; b++)
        weight[b] = s->colour[b] / s->noise[b] * (s->colour[b] / s->noise[b]);
    for (i = 0; i < n; i++) {
        float *band = planes + i, *hole = band + s->nin * pitch;
        double flux = 0.0, total = 0.0;

        for (b = 0; b < s->nin; b++) {
            hole[b * pitch] = !isfinite(band[b * pitch]);
            if (hole[b * pitch] == 0.0f) {
                flux += weight[b] * band[b * pitch] / s->colour[b];
                total += weight[b];
            }
        }
        for (b = 0; b < s->nin; b++)
            if (hole[b * pitch] != 0.0f)
                band[b * pitch] = total > 0.0 ? (float)(s->colour[b] * flux / total) : 0.0f;
    }
}

uint64_t
bc_inputs_missing(const float *planes, int nin, size_t pitch, size_t i)
{
    uint64_t missing = 0;
    int      b;

    for (b = 0; b < nin; b++)
        missing |= (uint64_t)(planes[(nin + b) * pitch + i] != 0.0f) << b;
    return missing;
}

void
bc_colours_add(struct bc_colours *c, const float *bands, const double *sigma, size_t npix)
{
    size_t i;
    int    b;

    for (i = 0; i < npix; i++) {
        for (b = 0; b < c->n && bands[b * npix + i] > 10.0 * sigma[b]; b++)
            continue;
        if (b < c->n)
            continue;
        for (b = 0; b < c->n; b++)
            c->sum[b] += log(bands[b * npix + i]);
        c->pixels++;
    }
}

void
bc_colours_get(const struct bc_colours *c, const double *noise, double *colour)
{
    double mean = 0.0;
    int    b;

    for (b = 0; b < c->n; b++) {
        colour[b] = c->pixels > 0.0 ? c->sum[b] / c->pixels : log(noise[b]);
        mean += colour[b] / c->n;
    }
    for (b = 0; b < c->n; b++)
        colour[b] = exp(colour[b] - mean);
}
