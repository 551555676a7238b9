/* score.c -- one row of an evaluation.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "phot.h"
#include "status.h"

static const double SIGMA_PER_MAD = 1.4826;     /* of a normal distribution */

void
bc_tally_begin(struct bc_tally *t, const char *name)
{
    memset(t, 0, sizeof *t);
    snprintf(t->name, sizeof t->name, "%s", name);
}

void
bc_tally_free(struct bc_tally *t)
{
    free(t->relative.x);
    free(t->magnitude.x);
}

static bc_status
append(struct bc_values *v, double value)
{
    if (v->n == v->capacity) {
        size_t capacity = v->capacity > 0 ? 2 * v->capacity : 1024;
        float *x = realloc(v->x, capacity * sizeof *x);

        if (x == NULL)
            return bc_fail_memory(capacity * sizeof *x, "the errors of an evaluation");
        v->x = x;
        v->capacity = capacity;
    }
    v->x[v->n++] = (float)value;
    return BC_OK;
}

static bc_status
add_relative_errors(struct bc_tally *t, const struct bc_comparison *c)
{
    size_t    n = (size_t)c->nx * c->ny, i;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < n; i++) {
        double truth = c->true_flux[i];

        if (truth > c->bright * c->sigma && isfinite(c->flux[i]) && isfinite(truth))
            st = append(&t->relative, fabs(c->flux[i] - truth) / truth);
    }
    return st;
}

/* Magnitude error in the central aperture.  A prediction without flux there is infinitely too faint, and counts. */
static bc_status
add_magnitude(struct bc_tally *t, const struct bc_comparison *c)
{
    double x = 0.5 * ((double)c->nx + 1.0), y = 0.5 * ((double)c->ny + 1.0), area;
    double flux = bc_aperture_sum(c->flux, c->nx, c->ny, x, y, c->radius, &area);
    double truth = bc_aperture_sum(c->true_flux, c->nx, c->ny, x, y, c->radius, &area);

    if (!(truth > c->bright * c->sigma * sqrt(area)) || isnan(flux))
        return BC_OK;
    return append(&t->magnitude, flux > 0.0 ? -2.5 * log10(flux / truth) : (double)INFINITY);
}

bc_status
bc_tally_add(struct bc_tally *t, const struct bc_comparison *c)
{
    size_t    n = (size_t)c->nx * c->ny;
    double    mse = bc_mse(c->predicted, c->truth, n) / (c->range * c->range);
    double    ssim = bc_ssim(c->predicted, c->truth, c->nx, c->ny, c->range);
    bc_status st = BC_OK;

    if (isnan(mse))
        return BC_OK;                           /* no pixel is valid in both */
    t->mae += bc_mae(c->predicted, c->truth, n);
    t->mse += mse;
    t->psnr += -10.0 * log10(mse);
    t->n++;
    if (!isnan(ssim)) {
        t->ssim += ssim;
        t->nssim++;
    }
    if (c->flux != NULL)
        st = add_relative_errors(t, c);
    if (st == BC_OK && c->flux != NULL)
        st = add_magnitude(t, c);
    return st;
}

static int
compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

double
bc_median(float *x, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(x, n, sizeof *x, compare_floats);
    return n % 2 == 1 ? x[n / 2] : 0.5 * ((double)x[n / 2 - 1] + x[n / 2]);
}

/* 1.4826 times the median distance from MEDIAN. */
static double
scatter(const struct bc_values *v, double median)
{
    float *distance = malloc((v->n > 0 ? v->n : 1) * sizeof *distance);
    double s;
    size_t i;

    if (distance == NULL)
        return (double)NAN;
    for (i = 0; i < v->n; i++)
        distance[i] = isinf(median) ? INFINITY : fabsf(v->x[i] - (float)median);
    s = SIGMA_PER_MAD * bc_median(distance, v->n);
    free(distance);
    return s;
}

void
bc_tally_score(struct bc_tally *t, bc_score *s)
{
    double n = (double)t->n;

    memset(s, 0, sizeof *s);
    snprintf(s->name, sizeof s->name, "%s", t->name);
    s->mae = t->mae / n;                        /* NaN if there was no image */
    s->ssim = t->ssim / (double)t->nssim;
    s->psnr = -10.0 * log10(t->mse / n);
    s->psnr_mean = t->psnr / n;
    s->relative_error = bc_median(t->relative.x, t->relative.n);
    s->flux_bias = bc_median(t->magnitude.x, t->magnitude.n);
    s->flux_scatter = scatter(&t->magnitude, s->flux_bias);
    s->nflux = (long)t->magnitude.n;
    s->n = t->n;
}
