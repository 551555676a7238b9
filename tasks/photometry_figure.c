/* photometry_figure.c -- a figure of what predicted fluxes are worth: of every image, and in the bins of photometry=.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "photometry_figure.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canvas.h"
#include "plot.h"
#include "task.h"

enum { PANELS = 5, ACROSS = 3, POINTS = 128, FEWEST = 3 };

static const double LEFT = 46.0, BETWEEN = 50.0, TOP = 18.0, BELOW = 48.0;      /* points */
static const double WIDTH = 182.0, HEIGHT = 130.0;
static const double LEAST = 0.03, MOST = 2.0;   /* an axis of errors reaches, mag */
static const double LEAST_RADIUS = 0.1, MOST_RADIUS = 0.6;      /* ... parts of a radius */

static const struct plot_style every = { "image", 2, CANVAS_SOLID, 0.0, 1.0, 1 };
static const struct plot_style medians = { "median", 0, CANVAS_SOLID, 1.0, 2.2, 1 };
static const struct plot_style surface = { "surface brightness", 0, CANVAS_SOLID, 1.0, 1.8, 1 };
static const struct plot_style growth = { "flux within", 1, CANVAS_DASHED, 1.0, 1.8, 0 };
static const struct plot_style half = { "50 % of the flux", 0, CANVAS_SOLID, 0.0, 1.4, 1 };
static const struct plot_style most = { "90 %", 1, CANVAS_SOLID, 0.0, 1.4, 0 };
static const struct plot_style share[2] = {
    { "within SIGMA", 0, CANVAS_SOLID, 1.0, 2.2, 1 }, { "within SIGMA95", 1, CANVAS_DASHED, 1.0, 2.2, 0 }
};

struct page {
    bc_image_score      *image;                 /* (n) of the first row */
    long                 n;
    const bc_photometry *line;                  /* (nline) of all rows */
    long                 nline;
    const char          *row, *other;           /* names of the first row and of the one to compare with; NULL = none */
    int                  arcsec;                /* 1: radii are in arcsec, else in pixels */
    char                 magnitude[120], colour[240];   /* labels */
    const char          *credit;
};

static int
is_line(const bc_photometry *line, const char *row, const char *measure)
{
    return strcmp(line->measure, measure) == 0 && strcmp(line->name, row) == 0;
}

/* A bin of few images says nothing where others have more. */
static int
is_drawn(const struct page *page, const bc_photometry *line, const char *row, const char *measure)
{
    return is_line(line, row, measure) && (line->n >= FEWEST || page->n < FEWEST);
}

/* Are no bins of MEASURE drawn? */
static int
is_sparse(const struct page *page, const char *measure)
{
    long i;

    for (i = 0; i < page->nline; i++)
        if (is_drawn(page, &page->line[i], page->row, measure))
            return 0;
    return 1;
}

/* Widen the ranges of P by the bins of MEASURE: from where the first begins, of those of few images only if ALL, to
 * where the last ends, and what lies within about two standard deviations of the medians that are drawn, if any is. */
static void
widen(const struct page *page, const char *measure, int all, struct plot *p)
{
    int  sparse = is_sparse(page, measure);
    long i;

    for (i = 0; i < page->nline; i++) {
        const bc_photometry *line = &page->line[i];
        double               reach = line->n > 1 ? 2.0 * line->scatter : 0.0;
        int                  drawn = is_drawn(page, line, page->row, measure);

        if (!(all ? is_line(line, page->row, measure) : drawn))
            continue;
        p->left = fmin(p->left, line->low);
        p->right = fmax(p->right, line->high);
        if ((drawn || sparse) && isfinite(line->bias)) {
            p->bottom = fmax(fmin(p->bottom, line->bias - reach), -MOST);
            p->top = fmin(fmax(p->top, line->bias + reach), MOST);
        }
    }
}

/* Of no values yet, and of errors of that much. */
static void
begin_range(struct plot *p, double least)
{
    p->left = INFINITY;
    p->right = -INFINITY;
    p->top = least;
    p->bottom = -least;
}

/* So that nothing lies on the edge. */
static void
end_range(struct plot *p)
{
    double margin = 0.05 * (p->top - p->bottom);

    p->top += margin;
    p->bottom -= margin;
}

/* The medians of MEASURE's bins of row ROW, at the MIDDLE of each, where it ENDS or at its median true value; with the
 * scatter as bars, if there are marks. */
enum place { MIDDLE, ENDS, TRUE_MEDIAN };

static void
draw_bins(struct canvas *c, const struct page *page, const struct plot *p, const struct plot_style *s, const char *row,
          const char *measure, enum place place)
{
    double point[POINTS][2], bar[POINTS];
    int    n = 0, k;
    long   i;

    for (i = 0; i < page->nline && n < POINTS; i++)
        if (is_drawn(page, &page->line[i], row, measure)) {
            const bc_photometry *line = &page->line[i];

            point[n][0] = place == ENDS ? line->high : place == TRUE_MEDIAN ? line->truth
                          : 0.5 * (line->low + line->high);
            point[n][1] = line->bias;
            bar[n++] = line->scatter;
        }
    plot_line(c, p, s, (const double (*)[2])point, n);
    for (k = 0; s->radius > 0.0 && k < n; k++)
        plot_mark(c, p, s, point[k][0], point[k][1], bar[k]);
}

/* Every image as a small mark, the first row's bins, and those of the other row as a dotted line. */
static void
draw_errors(struct canvas *c, const struct page *page, struct plot *p, int colour)
{
    const char                    *measure = colour ? "colour" : "magnitude";
    const struct plot_style        other = { "log formula", 1, CANVAS_DOTTED, 1.4, 0.0, 0 };
    const struct plot_style *const key[3] = { &every, &medians, &other };
    int                            others = 0;      /* points of the other row */
    long                           i;

    begin_range(p, LEAST);
    widen(page, measure, 1, p);
    for (i = 0; page->other != NULL && i < page->nline; i++)
        if (is_drawn(page, &page->line[i], page->other, measure) && fabs(page->line[i].bias) < MOST) {
            p->bottom = fmin(p->bottom, page->line[i].bias);
            p->top = fmax(p->top, page->line[i].bias);
            others++;
        }
    end_range(p);
    plot_level(c, p, 0.0, CANVAS_SOLID);
    for (i = 0; i < page->n; i++) {
        const bc_image_score *s = &page->image[i];

        plot_mark(c, p, &every, colour ? s->true_colour : s->true_magnitude,
                  colour ? s->colour - s->true_colour : s->magnitude, 0.0);
    }
    if (others > 1)                         /* a line */
        draw_bins(c, page, p, &other, page->other, measure, TRUE_MEDIAN);
    draw_bins(c, page, p, &medians, page->row, measure, TRUE_MEDIAN);
    plot_key(c, p, key, others > 1 ? 3 : 2);
    plot_axes(c, p);
}

static void
draw_magnitudes(struct canvas *c, const struct page *page, struct plot *p)
{
    p->xlabel = page->magnitude;
    p->ylabel = "pred. \342\210\222 true, mag";
    draw_errors(c, page, p, 0);
}

static void
draw_colours(struct canvas *c, const struct page *page, struct plot *p)
{
    p->xlabel = page->colour;
    p->ylabel = "colour, pred. \342\210\222 true, mag";
    draw_errors(c, page, p, 1);
}

static void
draw_rings(struct canvas *c, const struct page *page, struct plot *p)
{
    static const struct plot_style *const key[2] = { &surface, &growth };

    begin_range(p, LEAST);
    widen(page, "profile", 0, p);
    widen(page, "growth", 0, p);
    p->right *= 1.03;
    end_range(p);
    p->xlabel = page->arcsec ? "semi-major axis, arcsec" : "semi-major axis, pixels";
    p->ylabel = "pred. \342\210\222 true, mag";
    plot_level(c, p, 0.0, CANVAS_SOLID);
    draw_bins(c, page, p, &growth, page->row, "growth", ENDS);
    draw_bins(c, page, p, &surface, page->row, "profile", MIDDLE);
    plot_key(c, p, key, 2);
    plot_axes(c, p);
}

static void
draw_radii(struct canvas *c, const struct page *page, struct plot *p)
{
    static const struct plot_style *const key[2] = { &half, &most };
    long                                  i;

    begin_range(p, LEAST_RADIUS);
    for (i = 0; i < page->n; i++) {
        const bc_image_score *s = &page->image[i];
        double                scale = page->arcsec ? s->pixel_scale : 1.0;

        if (isnan(s->r50 / s->true_r50))
            continue;
        p->left = fmin(p->left, log10(scale * s->true_r50) - 0.1);
        p->right = fmax(p->right, log10(scale * s->true_r90) + 0.1);
        p->bottom = fmax(fmin(p->bottom, fmin(s->r50 / s->true_r50, s->r90 / s->true_r90) - 1.0), -MOST_RADIUS);
        p->top = fmin(fmax(p->top, fmax(s->r50 / s->true_r50, s->r90 / s->true_r90) - 1.0), MOST_RADIUS);
    }
    p->powers = 1;
    end_range(p);
    p->xlabel = page->arcsec ? "true radius, arcsec" : "true radius, pixels";
    p->ylabel = "radius, pred. / true \342\210\222 1";
    plot_level(c, p, 0.0, CANVAS_SOLID);
    for (i = 0; i < page->n; i++) {
        const bc_image_score *s = &page->image[i];
        double                scale = page->arcsec ? s->pixel_scale : 1.0;

        plot_mark(c, p, &most, log10(scale * s->true_r90), s->r90 / s->true_r90 - 1.0, 0.0);
        plot_mark(c, p, &half, log10(scale * s->true_r50), s->r50 / s->true_r50 - 1.0, 0.0);
    }
    plot_key(c, p, key, 2);
    plot_axes(c, p);
}

/* Where a bin of coverage stands: the middle; the outermost bins, which have no end, are as wide as the next. */
static double
middle_of(const bc_photometry *line)
{
    return isinf(line->low) ? log10(line->high) - 0.25 : isinf(line->high) ? log10(line->low) + 0.25
           : 0.5 * log10(line->low * line->high);
}

static void
draw_coverage(struct canvas *c, const struct page *page, struct plot *p)
{
    static const double                   aim[2] = { 0.6827, 0.9545 };
    static const struct plot_style *const key[2] = { &share[0], &share[1] };
    double                                point[POINTS][2], error[POINTS];
    long                                  i;
    int                                   k, m, n;

    *p = (struct plot){ .x = p->x, .y = p->y, .w = p->w, .h = p->h, .left = -0.5, .right = 2.5, .bottom = 0.0,
                        .top = 1.05, .powers = 1, .xlabel = "predicted flux of a pixel, sky noises",
                        .ylabel = "share of pixels" };
    for (k = 0; k < 2; k++) {
        plot_level(c, p, aim[k], CANVAS_DOTTED);
        for (i = n = 0; i < page->nline && n < POINTS; i++) {
            const bc_photometry *line = &page->line[i];

            if (!is_line(line, page->row, "coverage") || (isinf(line->low) && isinf(line->high)))
                continue;
            point[n][0] = middle_of(line);
            point[n][1] = line->within[k];
            error[n++] = line->within_error[k];
        }
        plot_line(c, p, &share[k], (const double (*)[2])point, n);
        for (m = 0; m < n; m++)
            plot_mark(c, p, &share[k], point[m][0], point[m][1], error[m]);
    }
    plot_key(c, p, key, 2);
    plot_axes(c, p);
}

static const struct panel {
    const char *measure;
    void      (*draw)(struct canvas *c, const struct page *page, struct plot *p);
} panels[PANELS] = {
    { "magnitude", draw_magnitudes }, { "colour", draw_colours }, { "profile", draw_rings }, { "radius", draw_radii },
    { "coverage", draw_coverage }
};

/* Whether there is anything to draw. */
static int
has(const struct page *page, const char *measure)
{
    long i;

    for (i = 0; i < page->nline; i++)
        if (is_line(&page->line[i], page->row, measure))
            return 1;
    for (i = 0; i < page->n; i++)
        if (strcmp(measure, "radius") == 0 && !isnan(page->image[i].r50 / page->image[i].true_r50))
            return 1;
    return 0;
}

static void
draw(struct canvas *c, const void *arg, double w, double h)
{
    const struct page *page = arg;
    int                i, n = 0;

    for (i = 0; i < PANELS; i++)
        if (has(page, panels[i].measure)) {
            struct plot p = { .x = LEFT + n % ACROSS * (WIDTH + BETWEEN), .y = TOP + n / ACROSS * (HEIGHT + BELOW),
                              .w = WIDTH, .h = HEIGHT };

            panels[i].draw(c, page, &p);
            n++;
        }
    canvas_colour(c, 0);
    canvas_text(c, w - 4.0, h - 4.0, 1.0, page->credit);
}

/* The row to compare with: the pixel formula, where there is one. */
static const char *
other_row(const struct page *page)
{
    long i;

    for (i = 0; i < page->nline; i++)
        if (strncmp(page->line[i].name, "log formula", 11) == 0)
            return page->line[i].name;
    return NULL;
}

static bc_status
read_images(struct page *page, bc_evaluation *e)
{
    long      i;
    bc_status st = BC_OK;

    page->image = calloc((size_t)(page->n > 0 ? page->n : 1), sizeof *page->image);
    if (page->image == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    page->arcsec = page->n > 0;
    for (i = 0; st == BC_OK && i < page->n; i++) {
        st = bc_evaluation_image(e, 0, i, &page->image[i]);
        page->arcsec &= fabs(page->image[i].pixel_scale / page->image[0].pixel_scale - 1.0) < 1e-3;   /* NaN: no */
    }
    return st;
}

static void
set_labels(struct page *page, const char *band, const char *colour)
{
    if (*band != '\0')
        snprintf(page->magnitude, sizeof page->magnitude, "true %s magnitude in the aperture", band);
    else
        snprintf(page->magnitude, sizeof page->magnitude, "true magnitude in the aperture");
    if (*band != '\0' && *colour != '\0')
        snprintf(page->colour, sizeof page->colour, "true %s \342\210\222 %s, mag", band, colour);
    else
        snprintf(page->colour, sizeof page->colour, "true colour, mag");
}

bc_status
photometry_figure_write(const char *name, int clobber, bc_evaluation *e, const char *band, const char *colour,
                        const char *credit)
{
    struct page page = { .n = bc_evaluation_images(e, 0), .credit = credit };
    bc_score    score;
    int         i, n = 0, across;
    bc_status   st = bc_evaluation_score(e, 0, &score);

    if (st == BC_OK)
        st = bc_evaluation_photometry(e, &page.line, &page.nline);
    if (st == BC_OK)
        st = read_images(&page, e);
    page.row = score.name;
    page.other = other_row(&page);
    set_labels(&page, band, colour);
    for (i = 0; st == BC_OK && i < PANELS; i++)
        n += has(&page, panels[i].measure);
    across = n < ACROSS ? n : ACROSS;
    if (n > 0)
        st = canvas_write(name, clobber, draw, &page, LEFT + across * (WIDTH + BETWEEN) - BETWEEN + 10.0,
                          TOP + (n + ACROSS - 1) / ACROSS * (HEIGHT + BELOW));
    free(page.image);
    return st;
}
