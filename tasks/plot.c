/* plot.c -- a panel of a figure: axes, and what is drawn between them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "plot.h"

#include <math.h>
#include <stdio.h>

enum { LONGEST = 128 };                         /* points of a line that are drawn at a time */
enum { KEYS = 16 };

static const double SAMPLE = 16.0;              /* points a line in the key is long */

static double
at_x(const struct plot *p, double v)
{
    return p->x + p->w * (v - p->left) / (p->right - p->left);
}

static double
at_y(const struct plot *p, double v)
{
    return p->y + p->h * (p->top - v) / (p->top - p->bottom);
}

/* A round step that divides SPAN into MOST parts at the most, and at least 2/5 as many. */
static double
round_step(double span, double most)
{
    double power = pow(10.0, floor(log10(span / most))), ratio = span / most / power;

    return power * (ratio > 5.0 ? 10.0 : ratio > 2.0 ? 5.0 : ratio > 1.0 ? 2.0 : 1.0);
}

static void
draw_tick(struct canvas *c, double x, double y, double dx, double dy)
{
    const double point[2][2] = { { x, y }, { x + dx, y + dy } };

    canvas_line(c, point, 2, 0.7);
}

const char *
plot_number(double v, int digits, char text[40])
{
    snprintf(text, 40, "%s%.*g", v < 0.0 ? "\342\210\222" : "", digits, fabs(v));
    return text;
}

/* Ticks at the bottom and the top, and the number if the axis has numbers. */
static void
draw_x_tick(struct canvas *c, const struct plot *p, double v, double number)
{
    char text[40];

    draw_tick(c, at_x(p, v), p->y + p->h, 0.0, -4.0);
    draw_tick(c, at_x(p, v), p->y, 0.0, 4.0);
    if (p->xlabel != NULL)
        canvas_text(c, at_x(p, v), p->y + p->h + 11.0, 0.5, plot_number(number, 4, text));
}

/* Powers of ten, and between them 3, or 2 and 5, or more where there is room. */
static void
draw_powers(struct canvas *c, const struct plot *p, double low, double high)
{
    static const double number[3][6] = { { 1.0, 3.0 }, { 1.0, 2.0, 5.0 }, { 1.0, 1.5, 2.0, 3.0, 5.0, 7.0 } };
    int                 close = high - low < 0.7 ? 2 : high - low < 1.0, k, i;

    for (k = (int)floor(low); k <= (int)ceil(high); k++)
        for (i = 0; i < 6 && number[close][i] > 0.0; i++) {
            double v = k + log10(number[close][i]);

            if (v >= low && v <= high)
                draw_x_tick(c, p, v, number[close][i] * pow(10.0, k));
        }
}

static void
draw_x_axis(struct canvas *c, const struct plot *p)
{
    double low = fmin(p->left, p->right), high = fmax(p->left, p->right), step, v;

    step = round_step(high - low, p->w / 26.0);
    if (p->powers)
        draw_powers(c, p, low, high);
    else
        for (v = ceil(low / step) * step; v <= high; v += step)
            draw_x_tick(c, p, v, fabs(v) < 1e-9 * step ? 0.0 : v);
    if (p->xlabel != NULL)
        canvas_text(c, p->x + 0.5 * p->w, p->y + p->h + 24.0, 0.5, p->xlabel);
}

static void
draw_y_axis(struct canvas *c, const struct plot *p)
{
    double low = fmin(p->bottom, p->top), high = fmax(p->bottom, p->top), step, v;
    char   text[40];

    step = round_step(high - low, p->h / 13.0);
    step = p->whole ? fmax(step, 1.0) : step;
    for (v = ceil(low / step) * step; v <= high; v += step) {
        draw_tick(c, p->x, at_y(p, v), 4.0, 0.0);
        draw_tick(c, p->x + p->w, at_y(p, v), -4.0, 0.0);
        plot_number(fabs(v) < 1e-9 * step ? 0.0 : v, 4, text);
        canvas_text(c, p->x - 4.0, at_y(p, v) + 3.0, 1.0, text);
    }
    if (p->ylabel != NULL)
        canvas_text_up(c, p->x - 36.0, p->y + 0.5 * p->h, p->ylabel);
}

void
plot_axes(struct canvas *c, const struct plot *p)
{
    const double right = p->x + p->w, low = p->y + p->h;
    const double box[5][2] = { { p->x, p->y }, { right, p->y }, { right, low }, { p->x, low }, { p->x, p->y } };

    canvas_colour(c, 0);
    canvas_dash(c, CANVAS_SOLID);
    canvas_line(c, box, 5, 0.7);
    draw_x_axis(c, p);
    draw_y_axis(c, p);
}

static void
use(struct canvas *c, const struct plot_style *s)
{
    canvas_colour(c, s->colour);
    canvas_dash(c, s->dash);
}

void
plot_line(struct canvas *c, const struct plot *p, const struct plot_style *s,
          const double (*point)[2], int n)
{
    double place[LONGEST][2];
    int    i, k = 0;

    use(c, s);
    canvas_clip(c, p->x, p->y, p->w, p->h);
    for (i = 0; i < n; i++) {
        if (!isfinite(point[i][0]) || !isfinite(point[i][1]))
            continue;
        if (k == LONGEST) {
            canvas_line(c, place, k, s->width);
            place[0][0] = place[k - 1][0];
            place[0][1] = place[k - 1][1];
            k = 1;
        }
        place[k][0] = at_x(p, point[i][0]);
        place[k++][1] = at_y(p, point[i][1]);
    }
    if (k > 1)
        canvas_line(c, place, k, s->width);
    canvas_clip(c, 0.0, 0.0, 0.0, 0.0);
    canvas_dash(c, CANVAS_SOLID);
}

/* A triangle of height H whose tip is at (x, y); upwards if H is positive. */
static void
draw_arrow(struct canvas *c, double x, double y, double h)
{
    const double half = 0.6 * fabs(h);
    const double point[4][2] = { { x, y }, { x - half, y + h }, { x + half, y + h }, { x, y } };

    canvas_line(c, point, 4, 0.7);
}

void
plot_mark(struct canvas *c, const struct plot *p, const struct plot_style *s, double x, double y,
          double bar)
{
    const double low = fmin(p->bottom, p->top), high = fmax(p->bottom, p->top);
    const double from = fmax(y - bar, low), to = fmin(y + bar, high), size = 2.0 * s->radius + 2.0;
    const double point[2][2] = { { at_x(p, x), at_y(p, from) }, { at_x(p, x), at_y(p, to) } };

    if (!isfinite(x) || isnan(y) || (x - p->left) * (x - p->right) > 0.0)
        return;
    canvas_colour(c, s->colour);
    if (bar > 0.0 && isfinite(bar) && to > from)
        canvas_line(c, point, 2, 0.7);
    if (y < low || y > high)
        draw_arrow(c, at_x(p, x), at_y(p, y < low ? low : high),
                   (y > high) == (p->top > p->bottom) ? size : -size);
    else
        canvas_mark(c, at_x(p, x), at_y(p, y), s->radius, s->filled);
}

void
plot_level(struct canvas *c, const struct plot *p, double y, int dash)
{
    const struct plot_style style = { NULL, 0, dash, 0.6, 0.0, 0 };
    const double            level[2][2] = { { p->left, y }, { p->right, y } };

    plot_line(c, p, &style, level, 2);
}

/* Sample and name at (x, y). */
static void
draw_key(struct canvas *c, const struct plot_style *s, double x, double y)
{
    const double sample[2][2] = { { x, y - 3.0 }, { x + SAMPLE, y - 3.0 } };

    use(c, s);
    if (s->width > 0.0)
        canvas_line(c, sample, 2, s->width);
    canvas_dash(c, CANVAS_SOLID);
    if (s->radius > 0.0)
        canvas_mark(c, x + 0.5 * SAMPLE, y - 3.0, s->radius, s->filled);
    canvas_colour(c, 0);
    canvas_text(c, x + SAMPLE + 3.0, y, 0.0, s->name);
}

void
plot_key(struct canvas *c, const struct plot *p, const struct plot_style *const *style, int n)
{
    double x[KEYS], pen = p->x;
    int    row[KEYS], rows = 0, i;

    for (i = 0; i < n && i < KEYS; i++) {
        double wide = SAMPLE + 3.0 + canvas_text_width(c, style[i]->name);

        if (pen > p->x && pen + wide > p->x + p->w) {
            pen = p->x;
            rows++;
        }
        x[i] = pen;
        row[i] = rows;
        pen += wide + 8.0;
    }
    while (--i >= 0)
        draw_key(c, style[i], x[i], p->y - 5.0 - 10.0 * (rows - row[i]));
}
