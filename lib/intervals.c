/* intervals.c -- half-widths of intervals by the flux that is predicted.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "intervals.h"

#include <math.h>
#include <stdlib.h>

enum { LEAST = 300 };                   /* pixels of a group */

static const float limits[] = { 1.0f, 3.0f, 10.0f, 30.0f, 100.0f, 300.0f, 1000.0f, INFINITY };

static double
interpolate(const struct bc_intervals *v, const double *factor, double flux)
{
    double x = asinh(flux), a, b;
    int    i;

    if (v->n == 0)
        return 1.0;
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
    return interpolate(v, v->one, flux);
}

double
bc_intervals_two(const struct bc_intervals *v, double flux)
{
    return interpolate(v, v->two, flux);
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

/* The conformal quantile: of n values the ceil((n + 1) share)-th.  1 where the network's scales are so large that it is
 * nothing: there is no factor to make them right. */
static double
quantile(const struct bc_trial_pixel *p, size_t n, double share)
{
    size_t k = (size_t)ceil((double)(n + 1) * share);
    double ratio = p[(k > n ? n : k) - 1].ratio;

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
        while (to < n && (p[to].flux < limits[i] || to - from < LEAST))
            to++;
        if (n - to < LEAST)             /* too few for a group of their own */
            to = n;
        v->flux[v->n] = p[(from + to) / 2].flux;
        qsort(p + from, to - from, sizeof *p, by_ratio);
        v->one[v->n] = quantile(p + from, to - from, 0.6827);
        v->two[v->n] = quantile(p + from, to - from, 0.9545);
        v->n++;
        while (to < n && p[to].flux >= limits[i])
            i++;
    }
}
