/* histogram.c -- a panel of a figure: how several series of values are distributed.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "histogram.h"

#include <math.h>

#include "plot.h"

enum { BINS = 24 };

/* Counts of a series in N steps from left to right, as a line of steps. */
static void
draw_series(struct canvas *c, const struct plot *a, const struct plot_style *style, const long *count, int n)
{
    double point[2 * BINS + 2][2] = { { a->left, 0.0 } }, wide = (a->right - a->left) / n;
    int    k;

    for (k = 0; k < n; k++) {
        point[2 * k + 1][0] = a->left + k * wide;
        point[2 * k + 2][0] = a->left + (k + 1) * wide;
        point[2 * k + 1][1] = point[2 * k + 2][1] = (double)count[k];
    }
    point[2 * n + 1][0] = a->right;
    point[2 * n + 1][1] = 0.0;
    plot_line(c, a, style, (const double (*)[2])point, 2 * n + 2);
}

/* As many bins as that many values have use for (the rule of Rice University). */
static int
bins_for(const struct histogram *p)
{
    return p->n > 0 ? (int)fmin(fmax(ceil(2.0 * cbrt((double)p->series[0].n)), 12.0), BINS) : BINS;
}

/* From the least value of all series to the greatest, and a little of the page to both sides. */
static void
set_range(const struct histogram *p, struct plot *a)
{
    double margin;
    int    i;
    long   j;

    a->left = INFINITY;
    a->right = -INFINITY;
    for (i = 0; i < p->n; i++)
        for (j = 0; j < p->series[i].n; j++)
            if (isfinite(p->series[i].x[j])) {
                a->left = fmin(a->left, p->series[i].x[j]);
                a->right = fmax(a->right, p->series[i].x[j]);
            }
    if (!(a->right > a->left)) {                  /* one value, or none */
        a->left = isfinite(a->left) ? a->left - 0.5 : 0.0;
        a->right = a->left + 1.0;
    }
    margin = 0.04 * (a->right - a->left);
    a->left -= margin;
    a->right += margin;
}

void
histogram_draw(struct canvas *c, const struct histogram *p, double x, double y, double w, double h)
{
    struct plot              a = { .x = x, .y = y, .w = w, .h = h, .top = 1.0, .whole = 1, .xlabel = p->title,
                                     .ylabel = "number of images" };
    struct plot_style        style[CANVAS_COLOURS];
    const struct plot_style *key[CANVAS_COLOURS];
    long                     count[CANVAS_COLOURS][BINS] = { { 0 } }, j;
    int                      n = bins_for(p), i, k;

    set_range(p, &a);
    for (i = 0; i < p->n; i++)
        for (j = 0; j < p->series[i].n; j++)
            if (isfinite(p->series[i].x[j])) {
                k = (int)fmin(n * (p->series[i].x[j] - a.left) / (a.right - a.left), n - 1.0);
                a.top = fmax(a.top, (double)++count[i][k] * 1.05);
            }
    for (i = p->n - 1; i >= 0; i--) {
        style[i] = (struct plot_style){ p->series[i].name, i, i % 3, i < 2 ? 1.4 : 0.9, 0.0, 0 };
        key[i] = &style[i];
        draw_series(c, &a, &style[i], count[i], n);
    }
    plot_key(c, &a, key, p->n);
    plot_axes(c, &a);
}
