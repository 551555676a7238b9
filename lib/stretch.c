/* stretch.c -- between fluxes and the numbers that a network sees.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "stretch.h"

#include <math.h>
#include <string.h>

#include "status.h"

static const char *const names[] = { "minmax", "unit", "flux" };

bc_status
bc_stretch_parse(const char *name, enum bc_stretch_kind *kind_p)
{
    int i;

    for (i = 0; i < 3; i++)
        if (strcmp(name, names[i]) == 0) {
            *kind_p = (enum bc_stretch_kind)i;
            return BC_OK;
        }
    return bc_fail(BC_BAD_ARG, "stretch=%s: minmax, unit or flux are known", name);
}

const char *
bc_stretch_name(enum bc_stretch_kind kind)
{
    return names[kind];
}

bc_status
bc_stretch_scale(const struct bc_stretch *s, const double *sigma, double *scale_p)
{
    double sum = 0.0;
    int    b;

    if (s->kind == BC_STRETCH_FLUX)
        for (b = 0; b < s->nin; b++) {
            if (!(sigma[b] > 0.0) || isinf(sigma[b]))
                return bc_fail(BC_BAD_SHAPE, "input %d has no measurable sky noise, which sets the flux stretch",
                               b + 1);
            sum += log(sigma[b] / s->noise[b]);
        }
    *scale_p = exp(sum / s->nin);
    return BC_OK;
}

/* Function rescale of the code of Zaazou et al. (2025) on float32, without its crop and resize:
 * a = 0.06, q = 3.5. */
static float
rescale(float x, float low)
{
    return asinhf(0.06f * 3.5f * (x - low + 1e-10f)) / 3.5f;
}

static void
apply_minmax(const float limits[2], const float *x, size_t n, float *u)
{
    float  low = rescale(limits[0], limits[0]), high = rescale(limits[1], limits[0]), value;
    size_t i;

    for (i = 0; i < n; i++) {
        value = rescale(x[i], limits[0]);
        if (isnan(value))
            u[i] = value;
        else
            u[i] = high > low ? fminf(fmaxf((value - low) / (high - low), 0.0f), 1.0f) : 0.0f;
    }
}

void
bc_stretch_limits(const float *x, size_t n, float limits[2])
{
    float  low = limits[0], high = limits[1];
    size_t i;

    for (i = 0; i < n; i++) {           /* NaN is neither; fminf would be a call for each pixel */
        low = x[i] < low ? x[i] : low;
        high = x[i] > high ? x[i] : high;
    }
    limits[0] = low;
    limits[1] = high;
}

void
bc_stretch_apply_within(const struct bc_stretch *s, int b, double scale, const float limits[2],
                        const float *x, size_t n, float *u)
{
    double unit = s->softening * scale * s->noise[b];
    size_t i;

    if (s->kind == BC_STRETCH_MINMAX) {
        apply_minmax(limits, x, n, u);
        return;
    }
    for (i = 0; i < n; i++)
        u[i] = s->kind == BC_STRETCH_UNIT ? x[i] / 255.0f : (float)(asinh(x[i] / unit) / s->range);
}

void
bc_stretch_apply(const struct bc_stretch *s, int b, double scale, const float *x, size_t n,
                 float *u)
{
    float limits[2] = { INFINITY, -INFINITY };

    if (s->kind == BC_STRETCH_MINMAX)
        bc_stretch_limits(x, n, limits);
    bc_stretch_apply_within(s, b, scale, limits, x, n, u);
}

/* Flux of the output band B where asinh begins to bend. */
static double
output_unit(const struct bc_stretch *s, int b, double scale)
{
    return s->gain[b - s->nin] * s->softening * scale * s->noise[b];
}

double
bc_stretch_error(const struct bc_stretch *s, int b, double scale, double u, double error)
{
    if (s->kind == BC_STRETCH_FLUX)
        return output_unit(s, b, scale) * cosh(s->range * u) * sinh(s->range * error);
    return s->kind == BC_STRETCH_UNIT ? 255.0 * error : error;
}

void
bc_stretch_invert(const struct bc_stretch *s, int b, double scale, float *u, size_t n)
{
    double unit = output_unit(s, b, scale);
    size_t i;

    if (s->kind == BC_STRETCH_MINMAX)
        return;
    for (i = 0; i < n; i++)
        u[i] = s->kind == BC_STRETCH_UNIT ? u[i] * 255.0f : (float)(unit * sinh(s->range * u[i]));
}
