/* score.c -- one row of an evaluation.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "median.h"
#include "morph.h"
#include "position.h"
#include "status.h"

void
bc_tally_begin(struct bc_tally *t, const char *name)
{
    memset(t, 0, sizeof *t);
    snprintf(t->name, sizeof t->name, "%s", name);
}

void
bc_tally_free(struct bc_tally *t)
{
    long i;

    for (i = 0; i < t->n; i++)
        free(t->profile[i].ring);
    free(t->profile);
    free(t->image);
    free(t->relative.x);
}

bc_status
bc_tally_append(struct bc_tally *t, const bc_image_score *image, const struct bc_profile *profile)
{
    if (t->n == t->capacity) {
        long               capacity = t->capacity > 0 ? 2 * t->capacity : 64;
        bc_image_score    *images = realloc(t->image, (size_t)capacity * sizeof *images);
        struct bc_profile *profiles = realloc(t->profile, (size_t)capacity * sizeof *profiles);

        t->image = images != NULL ? images : t->image;
        t->profile = profiles != NULL ? profiles : t->profile;
        if (images == NULL || profiles == NULL)
            return bc_fail_memory((size_t)capacity * (sizeof *images + sizeof *profiles),
                                  "the images of an evaluation");
        t->capacity = capacity;
    }
    t->image[t->n] = *image;
    t->profile[t->n++] = profile != NULL ? *profile : (struct bc_profile){ NULL, 0 };
    return BC_OK;
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

/* Gini and M20 of one image. */
static void
measure_spread(const struct bc_comparison *c, const float *pixels, const unsigned char *segment, double *gini_p,
               double *m20_p)
{
    *gini_p = bc_gini(pixels, segment, (size_t)c->nx * c->ny, c->lotz ? BC_GINI_ABS_FIRST : BC_GINI_SORT_FIRST);
    *m20_p = bc_m20_ratio(pixels, segment, c->nx, c->ny);
    if (c->lotz)
        *m20_p = log10(*m20_p);
}

bc_status
bc_tally_add(struct bc_tally *t, const char *id, const struct bc_comparison *c)
{
    size_t            n = (size_t)c->nx * c->ny;
    struct bc_profile profile = { NULL, 0 };
    bc_image_score    s = { .mse = bc_mse(c->predicted, c->truth, n) / (c->range * c->range) };
    bc_status         st;

    if (isnan(s.mse))
        return BC_OK;                           /* no pixel is valid in both */
    memcpy(s.name, t->name, sizeof s.name);
    snprintf(s.id, sizeof s.id, "%s", id);
    s.mae = bc_mae(c->predicted, c->truth, n);
    s.psnr = -10.0 * log10(s.mse);
    s.ssim = bc_ssim(c->predicted, c->truth, c->nx, c->ny, c->range);
    s.ssim_lcs = bc_ssim_lcs(c->predicted, c->truth, c->nx, c->ny, c->range);
    measure_spread(c, c->lotz ? c->flux : c->predicted, c->segment, &s.gini, &s.m20);
    measure_spread(c, c->lotz ? c->true_flux : c->truth, c->true_segment, &s.true_gini, &s.true_m20);
    bc_photometry_measure(c, &s);
    if (c->error != NULL)
        bc_coverage_add(&t->coverage, c->true_flux, c->flux, c->error, c->error95, n, c->sigma);
    st = bc_profile_measure(c, &s, &profile);
    bc_position_measure(c, &s);
    if (st == BC_OK && c->flux != NULL)
        st = add_relative_errors(t, c);
    if (st == BC_OK)
        st = bc_tally_append(t, &s, c->keep ? &profile : NULL);
    if (st != BC_OK || !c->keep)
        free(profile.ring);
    return st;
}

static double
magnitude_error(const bc_image_score *s)
{
    return s->magnitude;
}

static double
r50_error(const bc_image_score *s)
{
    return s->r50 / s->true_r50 - 1.0;
}

static double
r90_error(const bc_image_score *s)
{
    return s->r90 / s->true_r90 - 1.0;
}

static double
x_error(const bc_image_score *s)
{
    return s->dx;
}

static double
y_error(const bc_image_score *s)
{
    return s->dy;
}

/* Median and scatter of ERROR of the images that have one, and how many these are. */
static bc_status
score_errors(const struct bc_tally *t, double (*error)(const bc_image_score *s), double *bias_p, double *scatter_p,
             long *n_p)
{
    float *x = malloc((size_t)(t->n > 0 ? t->n : 1) * sizeof *x);
    long   k;

    if (x == NULL)
        return bc_fail_memory((size_t)t->n * sizeof *x, "the errors of an evaluation");
    *n_p = 0;
    for (k = 0; k < t->n; k++)
        if (!isnan(error(&t->image[k])))
            x[(*n_p)++] = (float)error(&t->image[k]);
    bc_median_scatter(x, (size_t)*n_p, bias_p, scatter_p);
    free(x);
    return BC_OK;
}

/* How far the Gini coefficients and M20 of the images are from the true ones, as distributions. */
static bc_status
score_spreads(const struct bc_tally *t, bc_score *s)
{
    size_t  n = (size_t)(t->n > 0 ? t->n : 1);
    double *x = malloc(4 * n * sizeof *x);
    long    i;

    if (x == NULL)
        return bc_fail_memory(4 * n * sizeof *x, "the distributions of an evaluation");
    for (i = 0; i < t->n; i++) {
        x[i] = t->image[i].gini;
        x[n + i] = t->image[i].true_gini;
        x[2 * n + i] = t->image[i].m20;
        x[3 * n + i] = t->image[i].true_m20;
    }
    s->gini_w1 = bc_wasserstein(x, (size_t)t->n, x + n, (size_t)t->n);
    s->m20_w1 = bc_wasserstein(x + 2 * n, (size_t)t->n, x + 3 * n, (size_t)t->n);
    free(x);
    return BC_OK;
}

bc_status
bc_tally_score(struct bc_tally *t, bc_score *s)
{
    double    mse = 0.0, n = (double)t->n, error[2];
    long      nssim = 0, known, i;
    bc_status st = BC_OK;

    const struct {
        double (*error)(const bc_image_score *image);
        double *bias_p, *scatter_p;
        long   *n_p;
    } scored[] = {
        { magnitude_error, &s->flux_bias, &s->flux_scatter, &s->nflux },
        { r50_error, &s->r50_bias, &s->r50_scatter, &known },
        { r90_error, &s->r90_bias, &s->r90_scatter, &known },
        { x_error, &s->dx_bias, &s->dx_scatter, &known },
        { y_error, &s->dy_bias, &s->dy_scatter, &known }
    };

    memset(s, 0, sizeof *s);
    snprintf(s->name, sizeof s->name, "%s", t->name);
    for (i = 0; i < t->n; i++) {
        s->mae += t->image[i].mae;
        s->psnr_mean += t->image[i].psnr;
        mse += t->image[i].mse;
        s->nmissing += t->image[i].missing;
        if (!isnan(t->image[i].ssim)) {
            s->ssim += t->image[i].ssim;
            s->ssim_lcs += t->image[i].ssim_lcs;
            nssim++;
        }
    }
    s->mae /= n;                                /* NaN if there was no image */
    s->ssim /= (double)nssim;
    s->ssim_lcs /= (double)nssim;
    s->psnr = -10.0 * log10(mse / n);
    s->psnr_mean /= n;
    s->relative_error = bc_median(t->relative.x, t->relative.n);
    s->ncovered = bc_coverage_share(&t->coverage, BC_COVERAGE_ALL, s->within, error);
    s->n = t->n;
    for (i = 0; st == BC_OK && i < (long)(sizeof scored / sizeof *scored); i++)
        st = score_errors(t, scored[i].error, scored[i].bias_p, scored[i].scatter_p, scored[i].n_p);
    return st == BC_OK ? score_spreads(t, s) : st;
}
