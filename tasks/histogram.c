/* histogram.c -- a panel of a figure: how several series of values are distributed.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "histogram.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BINS = 24 };

struct axes { double x, y, w, h, low, high, most; };

/* A round step that divides SPAN into four to ten. */
static double
round_step(double span)
{
    double power = pow(10.0, floor(log10(span / 4.0))), ratio = span / 4.0 / power;

    return power * (ratio >= 5.0 ? 5.0 : ratio >= 2.0 ? 2.0 : 1.0);
}

/* Counts of S in BINS steps from low to high, as a line of steps. */
static void
draw_series(struct canvas *c, const struct axes *a, const struct series *s, const long *count,
            int i)
{
    double point[2 * BINS + 2][2] = { { a->x, a->y + a->h } };
    int    k;

    for (k = 0; k < BINS; k++) {
        double y = a->y + a->h * (1.0 - (double)count[k] / a->most);

        point[2 * k + 1][0] = a->x + a->w * k / BINS;
        point[2 * k + 2][0] = a->x + a->w * (k + 1) / BINS;
        point[2 * k + 1][1] = point[2 * k + 2][1] = y;
    }
    point[2 * BINS + 1][0] = a->x + a->w;
    point[2 * BINS + 1][1] = a->y + a->h;
    canvas_colour(c, i);
    canvas_line(c, point, 2 * BINS + 2, i < 2 ? 1.4 : 0.9);
    canvas_text(c, a->x + a->w - 4.0, a->y + 10.0 + 10.0 * i, 1.0, s->name);
}

static void
draw_tick(struct canvas *c, double x, double y, double dx, double dy)
{
    const double point[2][2] = { { x, y }, { x + dx, y + dy } };

    canvas_line(c, point, 2, 0.7);
}

static void
draw_axes(struct canvas *c, const struct axes *a, const char *title)
{
    const double right = a->x + a->w, bottom = a->y + a->h;
    const double box[5][2] = { { a->x, a->y }, { right, a->y }, { right, bottom }, { a->x, bottom },
                               { a->x, a->y } };
    double       step = round_step(a->high - a->low), v;
    char         text[40];

    canvas_colour(c, 0);
    canvas_line(c, box, 5, 0.7);
    for (v = ceil(a->low / step) * step; v <= a->high; v += step) {
        double x = a->x + a->w * (v - a->low) / (a->high - a->low);

        draw_tick(c, x, bottom, 0.0, -4.0);
        snprintf(text, sizeof text, "%.4g", fabs(v) < 1e-9 * step ? 0.0 : v);
        canvas_text(c, x, bottom + 11.0, 0.5, text);
    }
    step = fmax(round_step(a->most), 1.0);
    for (v = step; v <= a->most; v += step) {
        double y = a->y + a->h * (1.0 - v / a->most);

        draw_tick(c, a->x, y, 4.0, 0.0);
        snprintf(text, sizeof text, "%.4g", v);
        canvas_text(c, a->x - 4.0, y + 3.0, 1.0, text);
    }
    canvas_text(c, a->x + 0.5 * a->w, bottom + 24.0, 0.5, title);
}

/* From the least value of all series to the greatest. */
static void
set_range(const struct histogram *p, struct axes *a)
{
    int  i;
    long j;

    a->low = INFINITY;
    a->high = -INFINITY;
    for (i = 0; i < p->n; i++)
        for (j = 0; j < p->series[i].n; j++)
            if (isfinite(p->series[i].x[j])) {
                a->low = fmin(a->low, p->series[i].x[j]);
                a->high = fmax(a->high, p->series[i].x[j]);
            }
    if (!(a->high > a->low)) {                  /* one value, or none */
        a->low = isfinite(a->low) ? a->low - 0.5 : 0.0;
        a->high = a->low + 1.0;
    }
}

void
histogram_draw(struct canvas *c, const struct histogram *p, double x, double y, double w, double h)
{
    struct axes a = { .x = x, .y = y, .w = w, .h = h, .most = 1.0 };
    long        count[CANVAS_COLOURS][BINS] = { { 0 } }, j;
    int         i, k;

    set_range(p, &a);
    for (i = 0; i < p->n; i++)
        for (j = 0; j < p->series[i].n; j++)
            if (isfinite(p->series[i].x[j])) {
                k = (int)fmin(BINS * (p->series[i].x[j] - a.low) / (a.high - a.low), BINS - 1.0);
                a.most = fmax(a.most, (double)++count[i][k] * 1.05);
            }
    for (i = p->n - 1; i >= 0; i--)
        draw_series(c, &a, &p->series[i], count[i], i);
    draw_axes(c, &a, p->title);
}
