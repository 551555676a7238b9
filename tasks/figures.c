/* figures.c -- figures of an evaluation: those of Zaazou et al. (2025), profiles and photometry.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "canvas.h"
#include "histogram.h"
#include "photometry_figure.h"
#include "plot.h"
#include "profile_figure.h"
#include "task.h"

enum { GALAXIES = 5, MAX_ROWS = 20, PATH = 4100 };
enum { IMAGES, MORPH, PROFILES, PHOTOMETRY, FIGURES };

static const double CELL = 90.0, MARGIN = 64.0, GAP = 3.0, TOP = 16.0, BOTTOM = 70.0;   /* points */
static const double NARROWEST = 240.0;          /* holds the line below the pictures */
static const double BAR = 6.0, SCALE = 22.0;    /* a colour bar, and what it takes with its numbers */
static const double WIDE = 560.0, HIGH = 234.0; /* the page of distributions, without the key */
static const double LABEL = 44.0;               /* what their y axis needs */

struct shown {                                  /* inputs, truth, prediction (ny, nx) */
    char   id[64];
    long   nx, ny;
    double noise;                               /* fluxes are shown as asinh(flux / noise); 0: as they are */
    float *plane[MAX_ROWS];
};

struct figures {
    char             file[FIGURES][PATH];       /* names without their ends */
    int              clobber, n, nin;
    char             label[MAX_ROWS][80];   /* of the rows but the last, which is the residual */
    char             band[80], colour[80];  /* of the truth, and to take colours against; "" = not known */
    struct shown     shown[GALAXIES];
    struct histogram histogram[2];
    const char      *unit, *credit;
};

bc_status
figures_open(const char *prefix, const char *colour, int clobber, struct figures **figures_p)
{
    static const char *const ends[FIGURES] = { "images", "morph", "profiles", "photometry" };
    struct figures          *f;
    int                      i;
    bc_status                st = BC_OK;

    if (!canvas_works())
        return task_fail(BC_UNSUPPORTED, "figures=%s: this build has no cairo to draw with",
                         prefix);
    f = calloc(1, sizeof *f);
    if (f == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    f->clobber = clobber;
    snprintf(f->colour, sizeof f->colour, "%s", colour);
    for (i = 0; st == BC_OK && i < FIGURES; i++)
        if (snprintf(f->file[i], PATH, "%s_%s", prefix, ends[i]) >= PATH)
            st = task_fail(BC_BAD_ARG, "figures: a name of %zu characters is too long",
                           strlen(prefix));
        else
            st = canvas_check(f->file[i], clobber);
    if (st == BC_OK)
        *figures_p = f;
    else
        free(f);
    return st;
}

void
figures_close(struct figures *f)
{
    int i, k;

    for (i = 0; f != NULL && i < f->n; i++)
        for (k = 0; k < MAX_ROWS; k++)
            free(f->shown[i].plane[k]);
    for (i = 0; f != NULL && i < 2; i++)
        for (k = 0; k < f->histogram[i].n; k++)
            free(f->histogram[i].series[k].x);
    free(f);
}

/* ---- images ---------------------------------------------------------------------------------- */

static void
keep(struct shown *s, int k, const float *pixels)
{
    size_t size = (size_t)s->nx * s->ny * sizeof *pixels;

    s->plane[k] = malloc(size);
    if (s->plane[k] != NULL)            /* a figure without it is no reason to stop an evaluation */
        memcpy(s->plane[k], pixels, size);
}

/* The end of a file's name without folder, section and ".fits.gz". */
static void
name_pair(const char *file, char *id, size_t size)
{
    enum { FITTING = 18 };                      /* what a column has room for */
    const char *base = strrchr(file, '/') != NULL ? strrchr(file, '/') + 1 : file;
    size_t      n = strcspn(base, "["), k;

    for (k = 0; k + 5 <= n; k++)
        if (strncmp(base + k, ".fits", 5) == 0)
            n = k;
    if (n > FITTING) {
        for (k = n - (FITTING - 1); k < n && (base[k] & 0xc0) == 0x80; k++)
            ;                                   /* not within a character */
        snprintf(id, size, "\342\200\246%.*s", (int)(n - k), base + k);
    } else {
        snprintf(id, size, "%.*s", (int)n, base);
    }
}

static const char *
short_band(const char *name)
{
    const bc_band *band = bc_band_find(name);

    return band != NULL ? band->name : name;
}

/* Of a pair of images, which are fluxes. */
static void
describe_pair(struct figures *f, struct shown *s, const bc_shown *shown)
{
    double level;

    name_pair(shown->id, s->id, sizeof s->id);
    bc_sky(shown->truth, (size_t)s->nx * s->ny, &level, &s->noise);
    if (!(s->noise > 0.0))
        s->noise = 0.0;
    if (f->n == 1) {
        snprintf(f->band, sizeof f->band, "%s", short_band(shown->band[0]));
        snprintf(f->colour, sizeof f->colour, "%s", short_band(shown->band[1]));
    }
}

void
figures_show(void *figures, const bc_shown *shown)
{
    struct figures *f = figures;
    struct shown   *s = &f->shown[f->n];
    int             k;

    if (f->n == GALAXIES || shown->nin > MAX_ROWS - 3)
        return;
    f->n++;
    f->nin = shown->nin;
    snprintf(s->id, sizeof s->id, "%.18s", shown->id);
    s->nx = shown->nx;
    s->ny = shown->ny;
    for (k = 0; k < shown->nin; k++) {
        snprintf(f->label[k], sizeof f->label[k], "%s", shown->band[k]);
        keep(s, k, shown->input[k]);
    }
    if (shown->nin > 0)
        snprintf(f->band, sizeof f->band, "%s", shown->band[k]);
    else
        describe_pair(f, s, shown);
    snprintf(f->label[k], sizeof f->label[k], "%.70s%strue", f->band, *f->band != '\0' ? ", " : "");
    if (*f->colour == '\0' && shown->nin > 0)
        snprintf(f->colour, sizeof f->colour, "%s", shown->band[0]);
    snprintf(f->label[k + 1], sizeof f->label[k + 1], "predicted");
    keep(s, k, shown->truth);
    keep(s, k + 1, shown->predicted);
}

static int
by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* What all but one in a hundred of X are above, and all but one in five hundred below, by some of them. */
static void
bulk_of(const float *x, size_t n, double *low, double *high)
{
    enum { SOME = 20000 };
    float  some[SOME];
    size_t every = n / SOME + 1, kept = 0, i;

    for (i = 0; i < n; i += every)
        if (isfinite(x[i]))
            some[kept++] = x[i];
    qsort(some, kept, sizeof *some, by_value);
    *low = kept > 0 ? some[kept / 100] : 0.0;
    *high = kept > 0 ? some[kept - 1 - kept / 500] : 0.0;
}

/* Least and greatest finite value. */
static void
range_of(const float *x, size_t n, double *low, double *high)
{
    size_t i;

    *low = INFINITY;
    *high = -INFINITY;
    for (i = 0; i < n; i++)
        if (isfinite(x[i])) {
            *low = fmin(*low, x[i]);
            *high = fmax(*high, x[i]);
        }
}

/* A colour bar at (x, y) from LOW to HIGH, its numbers below. */
static void
draw_scale(struct canvas *c, double low, double high, int colours, double x, double y)
{
    enum { NX = 90, NY = 6 };
    float pixels[NY * NX];
    char  text[40];
    int   i;

    for (i = 0; i < NX * NY; i++)
        pixels[i] = (float)(i % NX) / (NX - 1);
    canvas_image(c, pixels, NX, NY, 0.0, 1.0, colours, x, y, CELL);
    canvas_colour(c, 0);
    canvas_text(c, x, y + BAR + 8.0, 0.0, plot_number(low, 3, text));
    canvas_text(c, x + CELL, y + BAR + 8.0, 1.0, plot_number(high, 3, text));
}

/* X, in the unit of the image, in SHADES, which are linear in what is seen, and their range in the unit. */
static void
shade(const struct shown *s, const float *x, float *shades, double *low, double *high)
{
    size_t n = (size_t)s->nx * s->ny, i;

    if (s->noise > 0.0)
        bulk_of(x, n, low, high);
    else
        range_of(x, n, low, high);
    for (i = 0; i < n; i++)
        shades[i] = (float)(s->noise > 0.0 ? asinh(x[i] / s->noise) : x[i]);
}

static double
shade_of(const struct shown *s, double x)
{
    return s->noise > 0.0 ? asinh(x / s->noise) : x;
}

/* Galaxy S's column at X: truth and prediction with the truth's range, inputs with their own. */
static void
draw_galaxy(struct canvas *c, const struct figures *f, const struct shown *s, double x)
{
    size_t n = (size_t)s->nx * s->ny, i;
    double low = 0.0, high = 0.0, most = 0.0, own[2], scales = TOP + (f->nin + 3) * (CELL + GAP) + GAP;
    float *residual = malloc(2 * n * sizeof *residual), *shades = residual + n;
    int    k;

    for (k = 0; residual != NULL && k < f->nin + 2; k++) {
        if (s->plane[k] == NULL)
            continue;
        shade(s, s->plane[k], shades, &own[0], &own[1]);
        if (k <= f->nin) {
            low = own[0];
            high = own[1];
        }
        canvas_image(c, shades, s->nx, s->ny, shade_of(s, low), shade_of(s, high), CANVAS_GREY, x,
                     TOP + k * (CELL + GAP), CELL);
    }
    if (residual != NULL && s->plane[f->nin] != NULL && s->plane[f->nin + 1] != NULL) {
        for (i = 0; i < n; i++)
            residual[i] = s->plane[f->nin][i] - s->plane[f->nin + 1][i];
        shade(s, residual, shades, &own[0], &own[1]);
        most = fmax(fabs(own[0]), fabs(own[1]));
        most = isfinite(most) ? most : 0.0;
        canvas_image(c, shades, s->nx, s->ny, -shade_of(s, most), shade_of(s, most), CANVAS_RESIDUAL, x,
                     TOP + (f->nin + 2) * (CELL + GAP), CELL);
    }
    if (s->plane[f->nin] != NULL)
        draw_scale(c, low, high, CANVAS_GREY, x, scales);
    draw_scale(c, -most, most, CANVAS_RESIDUAL, x, scales + SCALE);
    canvas_colour(c, 0);
    canvas_text(c, x + 0.5 * CELL, TOP - 4.0, 0.5, s->id);
    free(residual);
}

static void
draw_images(struct canvas *c, const void *figures, double w, double h)
{
    const struct figures *f = figures;
    const double          scales = TOP + (f->nin + 3) * (CELL + GAP) + GAP + BAR;
    int                   i, k;

    for (k = 0; k < f->nin + 3; k++)
        canvas_text(c, MARGIN - 6.0, TOP + k * (CELL + GAP) + 0.5 * CELL, 1.0,
                    k < f->nin + 2 ? f->label[k] : "residual");
    for (i = 0; i < f->n; i++)
        draw_galaxy(c, f, &f->shown[i], MARGIN + i * (CELL + GAP));
    canvas_text(c, MARGIN - 6.0, scales, 1.0, "true, pred.");
    canvas_text(c, MARGIN - 6.0, scales + SCALE, 1.0, "residual");
    canvas_text(c, GAP, h - 15.0, 0.0, f->unit);
    canvas_text(c, w - GAP, h - 4.0, 1.0, f->credit);
}

/* ---- distributions --------------------------------------------------------------------------- */

/* Gini (WHICH 0) or M20 (1) of row R: of the truth, or of what the row predicts.  In the key it is "WHAT BAND". */
static bc_status
add_series(struct histogram *p, bc_evaluation *e, int r, int which, int truth, const char *what, const char *band)
{
    struct series *s = &p->series[p->n];
    bc_image_score m;
    long           i;
    bc_status      st = BC_OK;

    if (p->n == CANVAS_COLOURS)
        return BC_OK;
    s->n = bc_evaluation_images(e, r);
    s->x = malloc((size_t)(s->n > 0 ? s->n : 1) * sizeof *s->x);
    if (s->x == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    p->n++;
    snprintf(s->name, sizeof s->name, "%s%s%.30s", what, *band != '\0' ? " " : "", band);
    for (i = 0; st == BC_OK && i < s->n; i++) {
        st = bc_evaluation_image(e, r, i, &m);
        s->x[i] = truth ? (which == 0 ? m.true_gini : m.true_m20) : which == 0 ? m.gini : m.m20;
    }
    return st;
}

/* Truth, prediction and the inputs, whose rows are the copies; the formulas are left out.  Of several output bands the
 * first, as the images are. */
static bc_status
fill(struct histogram *p, bc_evaluation *e, int which, const char *band)
{
    static const char copy[] = "copy of ";
    bc_score          s;
    char              end[100];
    int               r;
    bc_status         st = add_series(p, e, 0, which, 1, "true", band);

    snprintf(end, sizeof end, " (%s)", band);       /* of the rows' names, where there are several output bands */
    if (st == BC_OK)
        st = add_series(p, e, 0, which, 0, "predicted", band);
    for (r = 1; st == BC_OK && r < bc_evaluation_rows(e); r++) {
        st = bc_evaluation_score(e, r, &s);
        if (st == BC_OK && strncmp(s.name, "model", 5) == 0)
            break;
        if (st == BC_OK && strncmp(s.name, copy, strlen(copy)) == 0) {
            size_t n = strlen(s.name), m = strlen(end);

            if (n > m && strcmp(s.name + n - m, end) == 0)
                s.name[n - m] = '\0';
            st = add_series(p, e, r, which, 0, "input", s.name + strlen(copy));
        }
    }
    return st;
}

/* What the key of the distributions takes, two rows or four. */
static double
key_height(const struct figures *f)
{
    return f->histogram[0].n > 4 ? 46.0 : 26.0;
}

static void
draw_morph(struct canvas *c, const void *figures, double w, double h)
{
    const struct figures *f = figures;
    const double          key = key_height(f);
    int                   i;

    for (i = 0; i < 2; i++)
        histogram_draw(c, &f->histogram[i], LABEL + 0.5 * w * i, key, 0.5 * w - LABEL - 10.0, h - key - 48.0);
    canvas_colour(c, 0);
    canvas_text(c, w - GAP, h - 4.0, 1.0, f->credit);
}

bc_status
figures_write(struct figures *f, bc_evaluation *e, const char *credit)
{
    const double width = fmax(MARGIN + f->n * (CELL + GAP) + GAP, NARROWEST);
    const double height = TOP + (f->nin + 3) * (CELL + GAP) + BOTTOM;
    const char  *unit = bc_evaluation_unit(e);
    char         text[120];
    bc_status    st;

    if (f->nin > 0)
        snprintf(text, sizeof text, "values on the model's stretched scale");
    else
        snprintf(text, sizeof text, *unit != '\0' ? "values in %s, shades are asinh(value / sky noise)"
                 : "pixel values, shades are asinh(value / sky noise)", unit);
    f->unit = text;
    f->credit = credit;
    f->histogram[0].title = "Gini coefficient";
    f->histogram[1].title = "M\342\202\202\342\202\200 (ratio)";
    if (strcmp(bc_evaluation_morph(e), "lotz") == 0)
        f->histogram[1].title = "M\342\202\202\342\202\200 (log\342\202\201\342\202\200)";
    st = fill(&f->histogram[0], e, 0, f->band);
    if (st == BC_OK)
        st = fill(&f->histogram[1], e, 1, f->band);
    if (st == BC_OK)
        st = canvas_write(f->file[IMAGES], f->clobber, draw_images, f, width, height);
    if (st == BC_OK && bc_evaluation_images(e, 0) > 1)          /* one has no distribution */
        st = canvas_write(f->file[MORPH], f->clobber, draw_morph, f, WIDE, HIGH + key_height(f));
    if (st == BC_OK)
        st = profile_figure_write(f->file[PROFILES], f->clobber, e, credit);
    if (st == BC_OK)
        st = photometry_figure_write(f->file[PHOTOMETRY], f->clobber, e, f->band, f->colour, credit);
    return st;
}
