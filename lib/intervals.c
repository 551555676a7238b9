/* intervals.c -- half-widths of intervals by the flux that is predicted.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "intervals.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "fits.h"

enum { LEAST = 300 };                   /* pixels of a group, and of what is not learnt to be asked alone */

/* Half of the intervals that hold 68.27 % and 95.45 % of Laplace's distribution, over its scale: -ln(1 - share). */
static const double LAPLACE_ONE = 1.1479, LAPLACE_TWO = 3.0900;

static const float limits[] = { 1.0f, 3.0f, 10.0f, 30.0f, 100.0f, 300.0f, 1000.0f, INFINITY };

static double
interpolate(const struct bc_intervals *v, const double *factor, double uncalibrated, double flux)
{
    double x = asinh(flux), a, b;
    int    i;

    if (v->n == 0)
        return uncalibrated;
    for (i = 0; i < v->n && v->flux[i] <= flux; i++)
        continue;
    if (i == 0 || i == v->n)
        return factor[i == 0 ? 0 : i - 1];
    a = asinh(v->flux[i - 1]);
    b = asinh(v->flux[i]);
    return factor[i - 1] + (factor[i] - factor[i - 1]) * (x - a) / (b - a);
}

double
bc_intervals_one(const struct bc_intervals *v, double flux)
{
    return interpolate(v, v->one, LAPLACE_ONE, flux);
}

double
bc_intervals_two(const struct bc_intervals *v, double flux)
{
    return interpolate(v, v->two, LAPLACE_TWO, flux);
}

void
bc_intervals_join(const struct bc_intervals *const *models, int n, struct bc_intervals *v)
{
    int    i, k;
    double one, two;

    *v = *models[0];
    for (i = 0; i < n; i++)
        v->n = models[i]->n < v->n ? models[i]->n : v->n;
    for (k = 0; k < v->n; k++) {
        double flux = 0.0;

        for (i = 0; i < n; i++)
            flux += asinh(models[i]->flux[k]) / n;
        v->flux[k] = sinh(flux);
        for (one = two = 0.0, i = 0; i < n; i++) {
            one += log(bc_intervals_one(models[i], v->flux[k])) / n;
            two += log(bc_intervals_two(models[i], v->flux[k])) / n;
        }
        v->one[k] = exp(one);
        v->two[k] = exp(two);
    }
}

static int
by_flux(const void *a, const void *b)
{
    const struct bc_trial_pixel *p = a, *q = b;

    return (p->flux > q->flux) - (p->flux < q->flux);
}

static int
by_ratio(const void *a, const void *b)
{
    const struct bc_trial_pixel *p = a, *q = b;

    return (p->ratio > q->ratio) - (p->ratio < q->ratio);
}

/* The conformal quantile of sorted pixels, with those that are learnt or without: of n values the
 * ceil((n + 1) share)-th. */
static double
quantile(const struct bc_trial_pixel *p, size_t n, int learnt, double share)
{
    size_t k = (size_t)ceil((double)(n + 1) * share);

    for (k = k > n ? n : k; k > 1 || p->learnt > learnt; p++)
        k -= p->learnt <= learnt;
    return p->ratio;
}

/* 1 where the network's scales are so large that it is nothing: there is no factor to make them right. */
static double
factor(const struct bc_trial_pixel *p, size_t n, double share)
{
    size_t other = 0, i;
    double ratio = quantile(p, n, 1, share);

    for (i = 0; i < n; i++)
        other += !p[i].learnt;
    if (other >= LEAST)
        ratio = fmax(ratio, quantile(p, other, 0, share));
    return ratio > 0.0 ? ratio : 1.0;
}

void
bc_intervals_fit(struct bc_intervals *v, struct bc_trial_pixel *p, size_t n)
{
    size_t from, to = 0;
    int    i = 0;

    *v = (struct bc_intervals){ .n = 0 };
    qsort(p, n, sizeof *p, by_flux);
    for (from = 0; from < n; from = to) {
        while (to < n && (p[to].flux < limits[i] || to - from < LEAST || p[to].flux == p[to - 1].flux))
            to++;                       /* a flux has one factor: a sky without noise is one flux */
        if (n - to < LEAST)             /* too few for a group of their own */
            to = n;
        v->flux[v->n] = p[(from + to) / 2].flux;
        qsort(p + from, to - from, sizeof *p, by_ratio);
        v->one[v->n] = factor(p + from, to - from, 0.6827);
        v->two[v->n] = factor(p + from, to - from, 0.9545);
        v->n++;
        while (to < n && p[to].flux >= limits[i])
            i++;
    }
}

/* ---- cards ----------------------------------------------------------------------------------- */

struct interval_keys { char n[24], flux[24], one[24], two[24]; };

/* Of the second output O2N, O2F1, O2I1, O2J1; without the first input O2H1N, O2H1F1... */
static struct interval_keys
interval_keys(int k, int b)
{
    struct interval_keys keys = { "NINTERV", "INTFLUX", "INT68_", "INT95_" };
    char                 start[16];

    if (k > 0) {
        snprintf(start, sizeof start, b > 0 ? "O%dH%d" : "O%d", k + 1, b);
        snprintf(keys.n, sizeof keys.n, "%sN", start);
        snprintf(keys.flux, sizeof keys.flux, "%sF", start);
        snprintf(keys.one, sizeof keys.one, "%sI", start);
        snprintf(keys.two, sizeof keys.two, "%sJ", start);
    } else if (b > 0) {
        snprintf(keys.n, sizeof keys.n, "H%dN", b);
        snprintf(keys.flux, sizeof keys.flux, "H%dFLUX", b);
        snprintf(keys.one, sizeof keys.one, "H%dI68_", b);
        snprintf(keys.two, sizeof keys.two, "H%dI95_", b);
    }
    return keys;
}

/* Models from before each missing input had its own have none of them. */
int
bc_intervals_read(struct bc_intervals *v, const struct bc_header *h, int k, int b)
{
    struct interval_keys key = interval_keys(k, b);
    int                  i, good = 1;

    v->n = 0;
    if (b > 0 && bc_header_find(h, key.n) < 0)
        return 1;
    v->n = bc_header_integer(h, key.n, 0, BC_MAX_INTERVALS);
    for (i = 0; good && i < v->n; i++) {
        v->flux[i] = bc_header_numbered(h, key.flux, i + 1);
        v->one[i] = bc_header_numbered(h, key.one, i + 1);
        v->two[i] = bc_header_numbered(h, key.two, i + 1);
        good = v->one[i] > 0.0 && v->two[i] > 0.0 && isfinite(v->flux[i])
               && (i == 0 || v->flux[i] > v->flux[i - 1]);
    }
    return good && v->n >= 0;
}

bc_status
bc_intervals_put(const struct bc_intervals *v, struct bc_fits *f, int k, int b)
{
    struct interval_keys key = interval_keys(k, b);
    char                 comment[80];
    int                  i;
    bc_status            st;

    snprintf(comment, sizeof comment, b == 0 ? "groups of fluxes, SIGMA is calibrated in each"
                                             : "the same where input band %d is missing", b);
    st = bc_fits_set_integer(f, key.n, v->n, comment);
    for (i = 0; st == BC_OK && i < v->n; i++) {
        st = bc_fits_set_numbered(f, key.flux, i + 1, v->flux[i], "flux of the group / sky noise");
        if (st == BC_OK)
            st = bc_fits_set_numbered(f, key.one, i + 1, v->one[i], "half of 68.27 % interval / network's scale");
        if (st == BC_OK)
            st = bc_fits_set_numbered(f, key.two, i + 1, v->two[i], "half of 95.45 % interval / network's scale");
    }
    return st;
}
