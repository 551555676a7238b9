/* profile.c -- how a galaxy's light falls off: surface brightness in rings, curve of growth, radii.
 *
 * Every pixel counts by the exact part of its area that lies in a ring.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "profile.h"

#include <math.h>
#include <stdlib.h>

#include "phot.h"
#include "photometry.h"
#include "score.h"
#include "status.h"

#define PI 3.14159265358979323846

static const double NARROWEST = 1.0;        /* pixels a ring is wide, on the major axis ... */
static const double WIDENING = 0.1;         /* ... at least, and that part of its inner radius */
static const double REACH = 2.0;            /* true Petrosian radii: an aperture of that size has nearly all light */
static const double DATA = 0.5;             /* part of a ring that must have data */
enum { BISECTIONS = 20, CHUNK = 32 };

enum { TRUTH, PREDICTED, DIFFERENCE, KINDS };

struct sums {                               /* over the valid pixels of a ring, by their part w in it */
    double w, ww;
    double x[KINDS], xx[KINDS];             /* w times values, values squared */
};

static double
ring_area(const struct bc_comparison *c, double inner, double outer)
{
    return PI * c->ellipse.q * (outer * outer - inner * inner);
}

/* How far a pixel's corners are from its centre, as a semi-major axis, at the most. */
static double
pixel_reach(const struct bc_ellipse *e)
{
    return fmax(bc_ellipse_radius(e, e->x + 0.5, e->y + 0.5), bc_ellipse_radius(e, e->x + 0.5, e->y - 0.5));
}

static void
add_pixel(const struct bc_comparison *c, long i, double w, struct sums *sums)
{
    double value[KINDS] = { c->true_flux[i], c->flux[i], (double)c->flux[i] - c->true_flux[i] };
    int    k;

    if (c->others[i] != 0 || !isfinite(value[DIFFERENCE]))
        return;
    sums->w += w;
    sums->ww += w * w;
    for (k = 0; k < KINDS; k++) {
        sums->x[k] += w * value[k];
        sums->xx[k] += w * value[k] * value[k];
    }
}

/* Of the ring between two semi-major axes. */
static struct sums
sum_ring(const struct bc_comparison *c, double inner, double outer)
{
    const struct bc_ellipse *e = &c->ellipse;
    const double             reach = pixel_reach(e);
    const double             wide = outer * hypot(e->c, e->q * e->s) + 1.0;
    const double             high = outer * hypot(e->s, e->q * e->c) + 1.0;
    const long               x0 = (long)fmax(e->x - wide, 0.0), x1 = (long)fmin(e->x + wide, (double)(c->nx - 1));
    const long               y0 = (long)fmax(e->y - high, 0.0), y1 = (long)fmin(e->y + high, (double)(c->ny - 1));
    struct sums              sums = { .w = 0.0 };
    long                     x, y;

    for (y = y0; y <= y1; y++)
        for (x = x0; x <= x1; x++) {
            double r = bc_ellipse_radius(e, (double)x, (double)y), w = 1.0;

            if (r - reach >= outer || r + reach <= inner)
                continue;
            if (r + reach > outer)
                w = bc_ellipse_overlap(e, outer, (double)x, (double)y);
            if (r - reach < inner)
                w -= bc_ellipse_overlap(e, inner, (double)x, (double)y);
            if (w > 0.0)
                add_pixel(c, y * c->nx + x, w, &sums);
        }
    return sums;
}

/* Error of the mean of kind K: the scatter over the root of the number of pixels; NaN for fewer than two. */
static double
mean_error(const struct sums *s, int k)
{
    double mean = s->x[k] / s->w, n = s->w * s->w / s->ww;

    return n >= 2.0 ? sqrt(fmax(s->xx[k] / s->w - mean * mean, 0.0) / (n - 1.0)) : (double)NAN;
}

/* NaN for what has no light or no zero point. */
static double
brightness(const struct bc_comparison *c, double mean)
{
    return mean > 0.0 ? c->zeropoint - 2.5 * log10(mean / (c->arcsec * c->arcsec)) : (double)NAN;
}

static bc_ring
measure_ring(const struct bc_comparison *c, const bc_ring *before, double inner, double outer)
{
    struct sums s = sum_ring(c, inner, outer);
    double      whole = ring_area(c, inner, outer), area = s.w;
    bc_ring     r = { .inner = inner, .outer = outer, .area = area, .difference = (double)NAN,
                      .difference_error = (double)NAN };

    if (area < DATA * whole)
        s = (struct sums){ .w = 0.0 };          /* all means NaN, and sums from here on */
    r.true_magnitude = r.magnitude = (double)NAN;
    r.truth = s.x[TRUTH] / s.w;
    r.predicted = s.x[PREDICTED] / s.w;
    r.truth_error = mean_error(&s, TRUTH);
    r.predicted_error = mean_error(&s, PREDICTED);
    r.true_brightness = brightness(c, r.truth);
    r.brightness = brightness(c, r.predicted);
    r.true_flux = (before != NULL ? before->true_flux : 0.0) + whole * r.truth;
    r.flux = (before != NULL ? before->flux : 0.0) + whole * r.predicted;
    if (r.truth > 0.0 && r.truth > c->bright * c->sigma / sqrt(s.w)) {
        r.difference = r.predicted > 0.0 ? -2.5 * log10(r.predicted / r.truth) : (double)INFINITY;
        r.difference_error = 2.5 / log(10.0) * mean_error(&s, DIFFERENCE) / r.truth;
    }
    if (r.true_flux > c->bright * c->sigma * sqrt(ring_area(c, 0.0, outer))) {
        r.true_magnitude = bc_magnitude(r.true_flux, c->zeropoint);
        r.magnitude = bc_magnitude(r.flux, c->zeropoint);
    }
    return r;
}

static bc_status
append(struct bc_profile *p, const bc_ring *ring)
{
    if (p->n % CHUNK == 0) {
        bc_ring *grown = realloc(p->ring, (size_t)(p->n + CHUNK) * sizeof *grown);

        if (grown == NULL)
            return bc_fail_memory((size_t)(p->n + CHUNK) * sizeof *grown, "a profile");
        p->ring = grown;
    }
    p->ring[p->n++] = *ring;
    return BC_OK;
}

/* The semi-major axis that has SHARE of the flux of all rings; NaN if they have none. */
static double
radius_of(const struct bc_comparison *c, const struct bc_profile *p, int kind, double share)
{
    double total = kind == TRUTH ? p->ring[p->n - 1].true_flux : p->ring[p->n - 1].flux, flux = 0.0, inner, low, high;
    int    k, i;

    if (!(total > 0.0))
        return (double)NAN;
    for (k = 0; k < p->n - 1; k++) {
        double next = kind == TRUTH ? p->ring[k].true_flux : p->ring[k].flux;

        if (next >= share * total)
            break;
        flux = next;
    }
    inner = low = p->ring[k].inner;
    high = p->ring[k].outer;
    for (i = 0; i < BISECTIONS; i++) {
        double      middle = 0.5 * (low + high);
        struct sums s = sum_ring(c, inner, middle);

        if (flux + ring_area(c, inner, middle) * s.x[kind] / s.w < share * total)
            low = middle;
        else
            high = middle;
    }
    return high;
}

bc_status
bc_profile_measure(const struct bc_comparison *c, bc_image_score *s, struct bc_profile *p)
{
    double    inner = 0.0, outer;
    int       any = 0;
    bc_status st = BC_OK;

    *p = (struct bc_profile){ NULL, 0 };
    s->r50 = s->true_r50 = s->r90 = s->true_r90 = s->x = s->y = s->axis_ratio = s->angle = (double)NAN;
    s->pixel_scale = c->arcsec;
    if (c->flux == NULL || !(c->ellipse.radius > 0.0))
        return BC_OK;
    s->x = c->ellipse.x + 1.0;
    s->y = c->ellipse.y + 1.0;
    s->axis_ratio = c->ellipse.q;
    s->angle = fmod(180.0 / PI * atan2(c->ellipse.s, c->ellipse.c) + 180.0, 180.0);
    for (; st == BC_OK && inner < REACH * c->ellipse.radius; inner = outer) {
        bc_ring ring;

        outer = inner + fmax(NARROWEST, WIDENING * inner);
        ring = measure_ring(c, p->n > 0 ? &p->ring[p->n - 1] : NULL, inner, outer);
        if (ring.area >= DATA * ring_area(c, inner, outer))
            any = 1;
        else if (any)
            break;
        st = append(p, &ring);          /* those of a masked centre, too */
    }
    if (!any)
        p->n = 0;
    if (st != BC_OK || p->n == 0)
        return st;
    if (!isnan(p->ring[p->n - 1].true_magnitude)) {
        s->true_r50 = radius_of(c, p, TRUTH, 0.5);
        s->true_r90 = radius_of(c, p, TRUTH, 0.9);
        s->r50 = radius_of(c, p, PREDICTED, 0.5);
        s->r90 = radius_of(c, p, PREDICTED, 0.9);
    }
    return BC_OK;
}
