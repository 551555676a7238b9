/* profile_figure.c -- a figure of galaxies' surface brightness and curves of growth.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "profile_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "canvas.h"
#include "plot.h"

enum { GALAXIES = 5, POINTS = 128 };
enum { TRUTH, PREDICTED };

static const double LEFT = 46.0, BETWEEN = 30.0, TOP = 32.0, GAP = 6.0, BOTTOM = 40.0;  /* points */
static const double HEIGHT[3] = { 170.0, 70.0, 100.0 };         /* of the panels, from the top */
static const double BELOW = 2.0;                /* mag, shown fainter than what is above the noise */

static const struct plot_style style[2] = {
    { "true", 0, CANVAS_SOLID, 1.0, 1.8, 1 }, { "predicted", 1, CANVAS_DASHED, 1.0, 1.8, 0 }
};

struct galaxy {
    const bc_ring *ring;
    int            n;
    bc_image_score score;
    double         scale;                       /* of radii: arcsec, or 1 where the pixel scale is not known */
    int            calibrated;                  /* 1: surface brightness is in AB mag/arcsec2 */
};

struct page {
    struct galaxy galaxy[GALAXIES];
    int           n;
    char          brightness[120];              /* labels */
    const char   *radius, *credit;
};

static double
middle(const struct galaxy *g, int i)
{
    return g->scale * 0.5 * (g->ring[i].inner + g->ring[i].outer);
}

/* Magnitude per area of ring I, and its error; NaN without light. */
static double
brightness(const struct galaxy *g, int i, int which, double *error_p)
{
    const bc_ring *r = &g->ring[i];
    double         mean = which == TRUTH ? r->truth : r->predicted;
    double         error = which == TRUTH ? r->truth_error : r->predicted_error;
    double         mu = which == TRUTH ? r->true_brightness : r->brightness;

    *error_p = 2.5 / log(10.0) * error / mean;
    if (!(mean > 0.0))
        return (double)NAN;
    return g->calibrated ? mu : -2.5 * log10(mean);
}

/* From the brightest ring to the faintest, but not far into the noise. */
static void
set_brightness(const struct galaxy *g, struct plot *p)
{
    double bright = INFINITY, faint = -INFINITY, limit = -INFINITY, error;
    int    i, k;

    for (k = 0; k < 2; k++)
        for (i = 0; i < g->n; i++) {
            double mu = brightness(g, i, k, &error);

            bright = fmin(bright, mu);          /* fmin and fmax pass over NaN */
            faint = fmax(faint, mu);
            if (!isnan(g->ring[i].difference))
                limit = fmax(limit, mu);
        }
    if (isfinite(limit))
        faint = fmin(faint, limit + BELOW);
    p->top = bright - 0.5;
    p->bottom = faint + 0.5;
}

/* Of a galaxy whose true flux is positive: one ring at least has a brightness. */
static void
draw_brightness(struct canvas *c, const struct galaxy *g, struct plot *p)
{
    double point[POINTS][2], bar[POINTS];
    int    i, k, n = g->n < POINTS ? g->n : POINTS;

    set_brightness(g, p);
    for (k = 0; k < 2; k++) {
        for (i = 0; i < n; i++) {
            point[i][0] = middle(g, i);
            point[i][1] = brightness(g, i, k, &bar[i]);
        }
        plot_line(c, p, &style[k], (const double (*)[2])point, n);
        for (i = 0; i < n; i++)
            plot_mark(c, p, &style[k], point[i][0], point[i][1], bar[i]);
    }
    plot_axes(c, p);
}

static void
draw_difference(struct canvas *c, const struct galaxy *g, struct plot *p)
{
    double most = 0.1;
    int    i;

    for (i = 0; i < g->n; i++)
        if (isfinite(g->ring[i].difference) && isfinite(g->ring[i].difference_error))
            most = fmax(most, fabs(g->ring[i].difference) + g->ring[i].difference_error);
    p->bottom = fmin(1.1 * most, 2.0);          /* fainter is down, as above */
    p->top = -p->bottom;
    plot_level(c, p, 0.0, CANVAS_SOLID);
    for (i = 0; i < g->n; i++)
        plot_mark(c, p, &style[PREDICTED], middle(g, i), g->ring[i].difference, g->ring[i].difference_error);
    plot_axes(c, p);
}

/* Where a curve of growth that ends at END has reached half of that. */
static void
draw_half(struct canvas *c, const struct plot *p, int which, double radius, double end)
{
    struct plot_style dotted = style[which];
    const double      drop[2][2] = { { radius, 0.0 }, { radius, 0.5 * end } };

    dotted.dash = CANVAS_DOTTED;
    if (!isnan(radius))
        plot_line(c, p, &dotted, drop, 2);
}

/* Fluxes over all of the true galaxy's. */
static void
draw_growth(struct canvas *c, const struct galaxy *g, struct plot *p)
{
    double point[2][POINTS][2] = { { { 0.0, 0.0 } }, { { 0.0, 0.0 } } }, whole = g->ring[g->n - 1].true_flux;
    int    i, k, n = g->n < POINTS ? g->n : POINTS - 1;

    p->bottom = 0.0;
    p->top = 1.1;
    for (i = 0; i < n; i++)
        for (k = 0; k < 2; k++) {
            point[k][i + 1][0] = g->scale * g->ring[i].outer;
            point[k][i + 1][1] = (k == TRUTH ? g->ring[i].true_flux : g->ring[i].flux) / whole;
            p->top = fmax(p->top, fmin(1.1 * point[k][i + 1][1], 3.0));
        }
    for (k = 0; k < 2; k++) {
        draw_half(c, p, k, g->scale * (k == TRUTH ? g->score.true_r50 : g->score.r50), point[k][n][1]);
        plot_line(c, p, &style[k], (const double (*)[2])point[k], n + 1);
    }
    plot_axes(c, p);
}

static double
column_width(const struct page *page)
{
    return page->n == 1 ? 280.0 : page->n == 2 ? 190.0 : 140.0;
}

/* Column K of the page: three panels over the same radii. */
static void
draw_galaxy(struct canvas *c, const struct page *page, int k)
{
    const struct galaxy *g = &page->galaxy[k];
    struct plot          p = { .x = LEFT + k * (column_width(page) + BETWEEN), .y = TOP, .w = column_width(page),
                               .h = HEIGHT[0], .left = 0.0, .right = g->scale * g->ring[g->n - 1].outer };
    char                 text[40];

    snprintf(text, sizeof text, "%.30s", g->score.id);
    canvas_colour(c, 0);
    canvas_text(c, p.x + 0.5 * p.w, TOP - 6.0, 0.5, text);
    p.ylabel = k == 0 ? page->brightness : NULL;
    draw_brightness(c, g, &p);
    p.y += p.h + GAP;
    p.h = HEIGHT[1];
    p.ylabel = k == 0 ? "pred. \342\210\222 true, mag" : NULL;
    draw_difference(c, g, &p);
    p.y += p.h + GAP;
    p.h = HEIGHT[2];
    p.ylabel = k == 0 ? "flux within / true total" : NULL;
    p.xlabel = page->radius;
    draw_growth(c, g, &p);
}

static void
draw(struct canvas *c, const void *arg, double w, double h)
{
    static const struct plot_style *const key[2] = { &style[TRUTH], &style[PREDICTED] };
    const struct page                    *page = arg;
    const struct plot                     top = { .x = LEFT, .y = 18.0, .w = w };
    int                                   k;

    for (k = 0; k < page->n; k++)
        draw_galaxy(c, page, k);
    plot_key(c, &top, key, 2);
    canvas_colour(c, 0);
    canvas_text(c, w - 4.0, h - 4.0, 1.0, page->credit);
}

/* The first galaxies with a profile; labels that are true of all of them. */
static bc_status
fill(struct page *page, bc_evaluation *e)
{
    const char *unit = bc_evaluation_unit(e);
    int         calibrated = 1, scaled = 1, k;
    long        i, n = bc_evaluation_images(e, 0);
    bc_status   st = BC_OK;

    for (i = 0; st == BC_OK && i < n && page->n < GALAXIES; i++) {
        struct galaxy *g = &page->galaxy[page->n];

        st = bc_evaluation_profile(e, 0, i, &g->ring, &g->n);
        if (st == BC_OK)
            st = bc_evaluation_image(e, 0, i, &g->score);
        if (st != BC_OK || g->n == 0 || !(g->ring[g->n - 1].true_flux > 0.0))
            continue;
        page->n++;
        for (k = 0; k < g->n; k++)
            calibrated &= !(g->ring[k].truth > 0.0) || !isnan(g->ring[k].true_brightness);
        scaled &= !isnan(g->score.pixel_scale);
    }
    for (k = 0; k < page->n; k++) {
        page->galaxy[k].calibrated = calibrated;
        page->galaxy[k].scale = scaled ? page->galaxy[k].score.pixel_scale : 1.0;
    }
    page->radius = scaled ? "semi-major axis, arcsec" : "semi-major axis, pixels";
    if (calibrated)
        snprintf(page->brightness, sizeof page->brightness, "surface brightness, AB mag arcsec\342\201\273\302\262");
    else
        snprintf(page->brightness, sizeof page->brightness,
                 "\342\210\2222.5 log\342\202\201\342\202\200 of %s%.60s per pixel",
                 *unit == '\0' ? "value" : "", unit);
    return st;
}

bc_status
profile_figure_write(const char *name, int clobber, bc_evaluation *e, const char *credit)
{
    struct page page = { .n = 0, .credit = credit };
    bc_status   st = fill(&page, e);

    if (st != BC_OK || page.n == 0)
        return st;
    return canvas_write(name, clobber, draw, &page, LEFT + page.n * (column_width(&page) + BETWEEN) - BETWEEN + 10.0,
                        TOP + HEIGHT[0] + HEIGHT[1] + HEIGHT[2] + 2.0 * GAP + BOTTOM);
}
