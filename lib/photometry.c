/* photometry.c -- what the fluxes of a row of an evaluation are worth.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "photometry.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "median.h"
#include "phot.h"
#include "score.h"
#include "status.h"

static const double MAGNITUDE_BIN = 1.0, COLOUR_BIN = 0.25;     /* mag */

/* Lower edges of all bins but the first, which has none. */
static const double coverage_edge[BC_COVERAGE_ALL - 1] = { 1.0, 3.0, 10.0, 30.0, 100.0 };

/* ---- coverage --------------------------------------------------------------------------------- */

static int
bin_of(double ratio)
{
    int bin = 0;

    while (bin < BC_COVERAGE_ALL - 1 && ratio >= coverage_edge[bin])
        bin++;
    return bin;
}

/* An image that has N pixels in this bin. */
static void
add_image(struct bc_coverage_bin *b, long n, const long within[2])
{
    int k;

    b->n += n;
    b->images += n > 0;
    b->nn += (double)n * (double)n;
    for (k = 0; k < 2; k++) {
        b->within[k] += within[k];
        b->kn[k] += (double)within[k] * (double)n;
        b->kk[k] += (double)within[k] * (double)within[k];
    }
}

void
bc_coverage_add(struct bc_coverage *c, const float *truth, const float *predicted, const float *sigma,
                const float *sigma95, size_t n, double sky)
{
    long   count[BC_COVERAGE_ALL + 1] = { 0 }, within[BC_COVERAGE_ALL + 1][2] = { { 0 } };
    size_t i;
    int    bin, k;

    for (i = 0; i < n; i++) {
        double error = fabs((double)truth[i] - predicted[i]);
        int    to[2] = { bin_of(predicted[i] / sky), BC_COVERAGE_ALL };

        if (!isfinite(error) || !isfinite(sigma[i]))
            continue;
        for (k = 0; k < 2; k++) {
            count[to[k]]++;
            within[to[k]][0] += error <= sigma[i];
            within[to[k]][1] += error <= (sigma95 != NULL ? sigma95[i] : 2.0 * sigma[i]);
        }
    }
    for (bin = 0; bin <= BC_COVERAGE_ALL; bin++)
        add_image(&c->bin[bin], count[bin], within[bin]);
}

/* The error is that of a ratio of sums over images (Cochran 1977, Sampling Techniques, chapter 6): pixels of one
 * image go wrong together, so that their number says little. */
long
bc_coverage_share(const struct bc_coverage *c, int bin, double share[2], double error[2])
{
    const struct bc_coverage_bin *b = &c->bin[bin];
    double                        n = (double)b->n, images = (double)b->images;
    int                           k;

    for (k = 0; k < 2; k++) {
        double squares;

        share[k] = (double)b->within[k] / n;
        squares = b->kk[k] - 2.0 * share[k] * b->kn[k] + share[k] * share[k] * b->nn;
        error[k] = b->images > 1 ? sqrt(images / (images - 1.0) * fmax(squares, 0.0)) / n : (double)NAN;
    }
    return b->n;
}

/* ---- one image -------------------------------------------------------------------------------- */

double
bc_magnitude(double flux, double zeropoint)
{
    if (isnan(flux))
        return (double)NAN;
    return flux > 0.0 ? (isnan(zeropoint) ? 0.0 : zeropoint) - 2.5 * log10(flux) : (double)INFINITY;
}

void
bc_photometry_measure(const struct bc_comparison *c, bc_image_score *s)
{
    double x = 0.5 * ((double)c->nx + 1.0), y = 0.5 * ((double)c->ny + 1.0), area, flux, truth, other;

    s->magnitude = s->true_magnitude = s->colour = s->true_colour = (double)NAN;
    if (c->flux == NULL)
        return;
    flux = bc_aperture_sum(c->flux, c->nx, c->ny, x, y, c->radius, &area);
    truth = bc_aperture_sum(c->true_flux, c->nx, c->ny, x, y, c->radius, &area);
    s->missing = isnan(flux) || isnan(truth);
    if (s->missing || !(truth > c->bright * c->sigma * sqrt(area)))
        return;
    s->true_magnitude = bc_magnitude(truth, c->zeropoint);
    s->magnitude = bc_magnitude(flux, c->zeropoint) - s->true_magnitude;
    if (c->colour == NULL)
        return;
    other = bc_aperture_sum(c->colour, c->nx, c->ny, x, y, c->radius, &area);
    if (!(other > c->bright * c->colour_sigma * sqrt(area)))
        return;
    if (isnan(c->zeropoint) || isnan(c->colour_zeropoint))
        s->true_colour = bc_magnitude(truth, (double)NAN) - bc_magnitude(other, (double)NAN);
    else
        s->true_colour = s->true_magnitude - bc_magnitude(other, c->colour_zeropoint);
    s->colour = s->true_colour + s->magnitude;
}

/* ---- lines ------------------------------------------------------------------------------------ */

static bc_status
append(struct bc_lines *lines, const bc_photometry *line)
{
    if (lines->n == lines->capacity) {
        long           capacity = lines->capacity > 0 ? 2 * lines->capacity : 64;
        bc_photometry *grown = realloc(lines->line, (size_t)capacity * sizeof *grown);

        if (grown == NULL)
            return bc_fail_memory((size_t)capacity * sizeof *grown, "the photometry of an evaluation");
        lines->line = grown;
        lines->capacity = capacity;
    }
    lines->line[lines->n++] = *line;
    return BC_OK;
}

static bc_photometry
new_line(const struct bc_tally *t, const char *measure, double low, double high)
{
    bc_photometry line = { .low = low, .high = high, .truth = (double)NAN, .predicted = (double)NAN,
                           .bias = (double)NAN, .scatter = (double)NAN, .within = { (double)NAN, (double)NAN },
                           .within_error = { (double)NAN, (double)NAN } };

    snprintf(line.name, sizeof line.name, "%s", t->name);
    snprintf(line.measure, sizeof line.measure, "%s", measure);
    return line;
}

struct pairs {                          /* (n) values true and predicted; SCRATCH (n) */
    float *truth, *predicted, *scratch;
    size_t n;
};

static void
summarise(struct pairs *v, bc_photometry *line)
{
    size_t i;

    line->n = (long)v->n;
    for (i = 0; i < v->n; i++)
        v->scratch[i] = v->predicted[i] - v->truth[i];
    bc_median_scatter(v->scratch, v->n, &line->bias, &line->scatter);
    line->truth = bc_median(v->truth, v->n);
    line->predicted = bc_median(v->predicted, v->n);
}

/* The true and the predicted value of image I. */
static void
values_of(const bc_image_score *s, int colour, double *truth_p, double *predicted_p)
{
    *truth_p = colour ? s->true_colour : s->true_magnitude;
    *predicted_p = colour ? s->colour : s->true_magnitude + s->magnitude;
}

/* One line a bin of the true value, where there are images. */
static bc_status
append_bins(const struct bc_tally *t, int colour, struct pairs *v, struct bc_lines *lines)
{
    const double  width = colour ? COLOUR_BIN : MAGNITUDE_BIN;
    double        truth, predicted, least = INFINITY, most = -INFINITY;
    bc_photometry line;
    long          bin, i;
    bc_status     st = BC_OK;

    for (i = 0; i < t->n; i++) {
        values_of(&t->image[i], colour, &truth, &predicted);
        least = fmin(least, floor(truth / width));
        most = fmax(most, floor(truth / width));
    }
    if (!(most >= least))
        return BC_OK;
    for (bin = (long)least; st == BC_OK && bin <= (long)most; bin++) {
        v->n = 0;
        for (i = 0; i < t->n; i++) {
            values_of(&t->image[i], colour, &truth, &predicted);
            if (floor(truth / width) == (double)bin) {
                v->truth[v->n] = (float)truth;
                v->predicted[v->n++] = (float)predicted;
            }
        }
        if (v->n == 0)
            continue;
        line = new_line(t, colour ? "colour" : "magnitude", (double)bin * width, (double)(bin + 1) * width);
        summarise(v, &line);
        st = append(lines, &line);
    }
    return st;
}

/* The pixel scale of all images, which differs a little over a field; NaN if it differs more or one is not known. */
static double
common_scale(const struct bc_tally *t)
{
    double first = t->n > 0 ? t->image[0].pixel_scale : (double)NAN;
    long   i;

    for (i = 0; i < t->n; i++)
        if (!(fabs(t->image[i].pixel_scale / first - 1.0) < 1e-3))
            return (double)NAN;
    return first;
}

/* The true and the predicted value of ring R: its surface brightness, or with GROWTH the magnitude out to it. */
static void
values_of_ring(const bc_ring *r, int growth, float *truth_p, float *predicted_p)
{
    double truth = growth ? r->true_magnitude : isnan(r->true_brightness) ? bc_magnitude(r->truth, 0.0)
                   : r->true_brightness;

    *truth_p = (float)truth;
    *predicted_p = (float)(growth ? r->magnitude : truth + r->difference);
}

/* One line a ring, which all profiles have alike, as far as there is a galaxy that reaches it. */
static bc_status
append_rings(const struct bc_tally *t, int growth, struct pairs *v, struct bc_lines *lines)
{
    double         arcsec = common_scale(t), scale = isnan(arcsec) ? 1.0 : arcsec;
    const bc_ring *ring = NULL;
    bc_photometry  line;
    int            k, most = 0;
    long           i;
    bc_status      st = BC_OK;

    for (i = 0; i < t->n; i++)
        most = t->profile[i].n > most ? t->profile[i].n : most;
    for (k = 0; st == BC_OK && k < most; k++) {
        v->n = 0;
        for (i = 0; i < t->n; i++) {
            if (k >= t->profile[i].n)
                continue;
            ring = &t->profile[i].ring[k];
            values_of_ring(ring, growth, &v->truth[v->n], &v->predicted[v->n]);
            v->n += !isnan(v->predicted[v->n]);
        }
        if (v->n == 0)
            continue;
        line = new_line(t, growth ? "growth" : "profile", scale * ring->inner, scale * ring->outer);
        summarise(v, &line);
        st = append(lines, &line);
    }
    return st;
}

/* One line a bin that has pixels, and one of all of them. */
static bc_status
append_coverage(const struct bc_tally *t, struct bc_lines *lines)
{
    bc_photometry line;
    int           bin;
    bc_status     st = BC_OK;

    for (bin = 0; st == BC_OK && bin <= BC_COVERAGE_ALL; bin++) {
        line = new_line(t, "coverage", bin == 0 || bin == BC_COVERAGE_ALL ? -INFINITY : coverage_edge[bin - 1],
                        bin >= BC_COVERAGE_ALL - 1 ? INFINITY : coverage_edge[bin]);
        line.n = bc_coverage_share(&t->coverage, bin, line.within, line.within_error);
        if (line.n > 0)
            st = append(lines, &line);
    }
    return st;
}

bc_status
bc_photometry_lines(const struct bc_tally *t, struct bc_lines *lines)
{
    size_t       n = (size_t)(t->n > 0 ? t->n : 1);
    struct pairs v = { .truth = malloc(3 * n * sizeof *v.truth) };
    bc_status    st;

    if (v.truth == NULL)
        return bc_fail_memory(3 * n * sizeof *v.truth, "the photometry of an evaluation");
    v.predicted = v.truth + n;
    v.scratch = v.predicted + n;
    st = append_bins(t, 0, &v, lines);
    if (st == BC_OK)
        st = append_bins(t, 1, &v, lines);
    if (st == BC_OK)
        st = append_rings(t, 0, &v, lines);
    if (st == BC_OK)
        st = append_rings(t, 1, &v, lines);
    if (st == BC_OK)
        st = append_coverage(t, lines);
    free(v.truth);
    return st;
}
