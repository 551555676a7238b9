/* figures.c -- figures of an evaluation as in Zaazou et al. (2025), PDF and PNG; the only file that sees cairo.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "figures.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "task.h"

#ifdef HAVE_CAIRO
#include <cairo-pdf.h>

enum { GALAXIES = 5, MAX_ROWS = 20, BINS = 24, PATH = 4200 };

static const double CELL = 90.0, MARGIN = 64.0, GAP = 3.0, TOP = 16.0, BOTTOM = 26.0;      /* points */
static const double PNG_SCALE = 2.0;            /* pixels a point */
static const double COLOURS[][3] = {            /* truth, prediction, inputs; told apart by colour-blind readers, too */
    { 0.0, 0.0, 0.0 }, { 0.84, 0.37, 0.0 }, { 0.0, 0.45, 0.70 }, { 0.0, 0.62, 0.45 }, { 0.80, 0.47, 0.65 },
    { 0.34, 0.71, 0.91 }, { 0.9, 0.62, 0.0 }
};
enum { NCOLOUR = sizeof COLOURS / sizeof *COLOURS };

struct shown {                                  /* inputs, truth, prediction (ny, nx) one after the other */
    char   id[64];
    long   nx, ny;
    float *plane[MAX_ROWS];
};

struct figures {
    char         prefix[PATH - 20];
    int          clobber, n, nin;
    char         label[MAX_ROWS][80];           /* of the rows but the last, which is the residual */
    struct shown shown[GALAXIES];
};

/* Draws into a page of W x H points. */
typedef void (*draw_page)(cairo_t *c, const struct figures *f, void *arg, double w, double h);

static bc_status
check_free(const struct figures *f, const char *what)
{
    static const char *const ends[] = { "pdf", "png" };
    char                     name[PATH];
    int                      i;
    bc_status                st = BC_OK;

    for (i = 0; st == BC_OK && i < 2; i++) {
        snprintf(name, sizeof name, "%s_%s.%s", f->prefix, what, ends[i]);
        st = bc_output_check(name, f->clobber);
    }
    return st;
}

bc_status
figures_open(const char *prefix, int clobber, struct figures **figures_p)
{
    struct figures *f = calloc(1, sizeof *f);
    bc_status       st;

    if (f == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    f->clobber = clobber;
    if (snprintf(f->prefix, sizeof f->prefix, "%s", prefix) >= (int)sizeof f->prefix) {
        free(f);
        return task_fail(BC_BAD_ARG, "figures: a name of %zu characters is too long", strlen(prefix));
    }
    st = check_free(f, "images");
    if (st == BC_OK)
        st = check_free(f, "morph");
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
    free(f);
}

static void
keep(struct shown *s, int k, const float *pixels)
{
    size_t size = (size_t)s->nx * s->ny * sizeof *pixels;

    s->plane[k] = malloc(size);
    if (s->plane[k] != NULL)                    /* a figure without it is no reason to stop an evaluation */
        memcpy(s->plane[k], pixels, size);
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
    snprintf(s->id, sizeof s->id, "%s", shown->id);
    s->nx = shown->nx;
    s->ny = shown->ny;
    for (k = 0; k < shown->nin; k++) {
        snprintf(f->label[k], sizeof f->label[k], "%s", shown->band[k]);
        keep(s, k, shown->input[k]);
    }
    snprintf(f->label[k], sizeof f->label[k], "%s%strue", shown->nin > 0 ? shown->band[k] : "", shown->nin > 0 ? ", " : "");
    snprintf(f->label[k + 1], sizeof f->label[k + 1], "predicted");
    keep(s, k, shown->truth);
    keep(s, k + 1, shown->predicted);
}

/* ---- drawing ------------------------------------------------------------------------------------ */

static void
colour(cairo_t *c, int i)
{
    const double *rgb = COLOURS[i % NCOLOUR];

    cairo_set_source_rgb(c, rgb[0], rgb[1], rgb[2]);
}

/* TEXT with ALIGN 0 beginning, 0.5 centred, 1 ending at (x, y). */
static void
write_text(cairo_t *c, double x, double y, double align, const char *text)
{
    cairo_text_extents_t e;

    cairo_text_extents(c, text, &e);
    cairo_move_to(c, x - align * e.x_advance, y);
    cairo_show_text(c, text);
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

/* 0 to 1 for V of [low, high] as a grey; for residuals blue, white, red. */
static uint32_t
shade(double v, int residual)
{
    double red, green, blue;

    if (isnan(v))
        return 0xff809080u;                     /* no datum */
    v = fmin(fmax(v, 0.0), 1.0);
    if (residual) {
        red = fmin(2.0 * v, 1.0);
        blue = fmin(2.0 - 2.0 * v, 1.0);
        green = fmin(red, blue);
    } else {
        red = green = blue = v;
    }
    return 0xff000000u | (uint32_t)(255.0 * red + 0.5) << 16 | (uint32_t)(255.0 * green + 0.5) << 8
           | (uint32_t)(255.0 * blue + 0.5);
}

/* Pixels (ny, nx), north up, into the square cell at (x, y). */
static void
paint_image(cairo_t *c, const float *pixels, long nx, long ny, double low, double high, int residual, double x, double y)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)nx, (int)ny);
    unsigned char   *data = cairo_image_surface_get_data(s);
    double           zoom = CELL / (double)(nx > ny ? nx : ny);
    long             i, j;

    for (j = 0; data != NULL && j < ny; j++)
        for (i = 0; i < nx; i++) {
            double   v = ((double)pixels[(ny - 1 - j) * nx + i] - low) / (high > low ? high - low : 1.0);
            uint32_t word = shade(v, residual);

            memcpy(data + j * cairo_image_surface_get_stride(s) + 4 * i, &word, sizeof word);
        }
    cairo_surface_mark_dirty(s);
    cairo_save(c);
    cairo_translate(c, x, y);
    cairo_scale(c, zoom, zoom);
    cairo_set_source_surface(c, s, 0.0, 0.0);
    cairo_pattern_set_filter(cairo_get_source(c), CAIRO_FILTER_NEAREST);
    cairo_paint(c);
    cairo_restore(c);
    cairo_surface_destroy(s);
}

/* The column of galaxy S at X: truth and prediction with the truth's range, inputs with their own. */
static void
draw_galaxy(cairo_t *c, const struct figures *f, const struct shown *s, double x)
{
    size_t n = (size_t)s->nx * s->ny, i;
    double low, high, most = 0.0;
    float *residual = malloc(n * sizeof *residual);
    char   text[80];
    int    k;

    for (k = 0; k < f->nin + 2 && residual != NULL; k++) {
        if (s->plane[k] == NULL)
            continue;
        range_of(s->plane[k <= f->nin ? k : f->nin], n, &low, &high);
        paint_image(c, s->plane[k], s->nx, s->ny, low, high, 0, x, TOP + k * (CELL + GAP));
    }
    for (i = 0; residual != NULL && s->plane[k - 1] != NULL && s->plane[k - 2] != NULL && i < n; i++) {
        residual[i] = s->plane[k - 2][i] - s->plane[k - 1][i];
        most = isfinite(residual[i]) ? fmax(most, fabs(residual[i])) : most;
    }
    if (residual != NULL)
        paint_image(c, residual, s->nx, s->ny, -most, most, 1, x, TOP + k * (CELL + GAP));
    colour(c, 0);
    snprintf(text, sizeof text, "\302\261%.3g", most);
    write_text(c, x + 0.5 * CELL, TOP + (k + 1) * (CELL + GAP) + 7.0, 0.5, text);
    snprintf(text, sizeof text, "%.18s", s->id);
    write_text(c, x + 0.5 * CELL, TOP - 4.0, 0.5, text);
    free(residual);
}

static void
draw_images(cairo_t *c, const struct figures *f, void *arg, double w, double h)
{
    int i, k;

    for (k = 0; k < f->nin + 3; k++)
        write_text(c, MARGIN - 6.0, TOP + k * (CELL + GAP) + 0.5 * CELL, 1.0,
                   k < f->nin + 2 ? f->label[k] : "residual");
    for (i = 0; i < f->n; i++)
        draw_galaxy(c, f, &f->shown[i], MARGIN + i * (CELL + GAP));
    write_text(c, w - GAP, h - 4.0, 1.0, arg);
}

/* ---- distributions ------------------------------------------------------------------------------ */

struct series {
    char    name[48];
    double *x;
    long    n;
};

struct panel { const char *title; struct series series[NCOLOUR]; int n; };

static void
free_panel(struct panel *p)
{
    int i;

    for (i = 0; i < p->n; i++)
        free(p->series[i].x);
}

/* Gini (WHICH 0) or M20 (1) of row R: of the truth, or of what the row predicts. */
static bc_status
add_series(struct panel *p, bc_evaluation *e, int r, int which, int truth, const char *name)
{
    struct series *s = &p->series[p->n];
    bc_image_score m;
    long           i;
    bc_status      st = BC_OK;

    if (p->n == NCOLOUR)
        return BC_OK;
    s->n = bc_evaluation_images(e, r);
    s->x = malloc((size_t)(s->n > 0 ? s->n : 1) * sizeof *s->x);
    if (s->x == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    p->n++;
    snprintf(s->name, sizeof s->name, "%s", name);
    for (i = 0; st == BC_OK && i < s->n; i++) {
        st = bc_evaluation_image(e, r, i, &m);
        s->x[i] = truth ? (which == 0 ? m.true_gini : m.true_m20) : which == 0 ? m.gini : m.m20;
    }
    return st;
}

/* Truth, prediction and the inputs, whose rows are the copies; the formulas are left out. */
static bc_status
fill_panel(struct panel *p, bc_evaluation *e, int which)
{
    bc_score  s;
    int       r;
    bc_status st = add_series(p, e, 0, which, 1, "true");

    if (st == BC_OK)
        st = add_series(p, e, 0, which, 0, "predicted");
    for (r = 1; st == BC_OK && r < bc_evaluation_rows(e); r++) {
        st = bc_evaluation_score(e, r, &s);
        if (st == BC_OK && strncmp(s.name, "copy of ", 8) == 0)
            st = add_series(p, e, r, which, 0, s.name + 8);
    }
    return st;
}

/* A round step that divides SPAN into four to ten. */
static double
round_step(double span)
{
    double power = pow(10.0, floor(log10(span / 4.0))), ratio = span / 4.0 / power;

    return power * (ratio >= 5.0 ? 5.0 : ratio >= 2.0 ? 2.0 : 1.0);
}

struct axes { double x, y, w, h, low, high, most; };

/* Counts of S in BINS steps from low to high, as a line of steps. */
static void
draw_series(cairo_t *c, const struct axes *a, const struct series *s, const long *count, int i)
{
    int k;

    colour(c, i);
    cairo_set_line_width(c, i < 2 ? 1.4 : 0.9);
    cairo_move_to(c, a->x, a->y + a->h);
    for (k = 0; k < BINS; k++) {
        double y = a->y + a->h * (1.0 - (double)count[k] / a->most);

        cairo_line_to(c, a->x + a->w * k / BINS, y);
        cairo_line_to(c, a->x + a->w * (k + 1) / BINS, y);
    }
    cairo_line_to(c, a->x + a->w, a->y + a->h);
    cairo_stroke(c);
    write_text(c, a->x + a->w - 4.0, a->y + 10.0 + 10.0 * i, 1.0, s->name);
}

static void
draw_axes(cairo_t *c, const struct axes *a, const char *title)
{
    double step = round_step(a->high - a->low), v;
    char   text[40];

    colour(c, 0);
    cairo_set_line_width(c, 0.7);
    cairo_rectangle(c, a->x, a->y, a->w, a->h);
    cairo_stroke(c);
    for (v = ceil(a->low / step) * step; v <= a->high; v += step) {
        double x = a->x + a->w * (v - a->low) / (a->high - a->low);

        cairo_move_to(c, x, a->y + a->h);
        cairo_line_to(c, x, a->y + a->h - 4.0);
        cairo_stroke(c);
        snprintf(text, sizeof text, "%.4g", fabs(v) < 1e-9 * step ? 0.0 : v);
        write_text(c, x, a->y + a->h + 11.0, 0.5, text);
    }
    step = fmax(round_step(a->most), 1.0);
    for (v = step; v <= a->most; v += step) {
        double y = a->y + a->h * (1.0 - v / a->most);

        cairo_move_to(c, a->x, y);
        cairo_line_to(c, a->x + 4.0, y);
        cairo_stroke(c);
        snprintf(text, sizeof text, "%.4g", v);
        write_text(c, a->x - 4.0, y + 3.0, 1.0, text);
    }
    write_text(c, a->x + 0.5 * a->w, a->y + a->h + 24.0, 0.5, title);
}

static void
draw_panel(cairo_t *c, const struct panel *p, struct axes *a)
{
    static long count[NCOLOUR][BINS];
    int         i, k;
    long        j;

    memset(count, 0, sizeof count);
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
    a->most = 1.0;
    for (i = 0; i < p->n; i++)
        for (j = 0; j < p->series[i].n; j++)
            if (isfinite(p->series[i].x[j])) {
                k = (int)fmin(BINS * (p->series[i].x[j] - a->low) / (a->high - a->low), BINS - 1.0);
                a->most = fmax(a->most, (double)++count[i][k] * 1.05);
            }
    for (i = p->n - 1; i >= 0; i--)             /* the truth on top */
        draw_series(c, a, &p->series[i], count[i], i);
    draw_axes(c, a, p->title);
}

struct morph { struct panel panel[2]; const char *credit; };

static void
draw_morph(cairo_t *c, const struct figures *f, void *arg, double w, double h)
{
    struct morph *m = arg;
    int           i;

    (void)f;
    for (i = 0; i < 2; i++) {
        struct axes a = { .x = 30.0 + 0.5 * w * i, .y = TOP, .w = 0.5 * w - 40.0, .h = h - TOP - 48.0 };

        draw_panel(c, &m->panel[i], &a);
    }
    colour(c, 0);
    write_text(c, w - GAP, h - 4.0, 1.0, m->credit);
}

/* ---- pages -------------------------------------------------------------------------------------- */

static void
begin_page(cairo_t *c)
{
    cairo_set_source_rgb(c, 1.0, 1.0, 1.0);
    cairo_paint(c);
    colour(c, 0);
    cairo_select_font_face(c, "sans-serif", CAIRO_FONT_SLANT_NORMAL, CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c, 8.0);
}

/* SOURCE_DATE_EPOCH is the date, if it is set, so that the same command gives the same bytes. */
static void
set_date(cairo_surface_t *s)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t      t = epoch != NULL ? (time_t)strtoll(epoch, NULL, 10) : 0;
    struct tm   utc;
    char        date[32];

    if (epoch != NULL && gmtime_r(&t, &utc) != NULL && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

/* One page as FILE, a PDF or a PNG. */
static bc_status
write_page(const struct figures *f, const char *file, int pdf, draw_page draw, void *arg, double w, double h)
{
    double           scale = pdf ? 1.0 : PNG_SCALE;
    bc_output       *o = NULL;
    cairo_surface_t *s;
    cairo_t         *c;
    cairo_status_t   failed;
    bc_status        st = bc_output_open(file, f->clobber, &o);

    if (st != BC_OK)
        return st;
    s = pdf ? cairo_pdf_surface_create(bc_output_path(o), w, h)
        : cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(scale * w), (int)(scale * h));
    if (pdf)
        set_date(s);
    c = cairo_create(s);
    cairo_scale(c, scale, scale);
    begin_page(c);
    draw(c, f, arg, w, h);
    cairo_show_page(c);
    failed = cairo_status(c);
    cairo_destroy(c);
    if (!pdf && failed == CAIRO_STATUS_SUCCESS)
        failed = cairo_surface_write_to_png(s, bc_output_path(o));
    cairo_surface_finish(s);
    if (failed == CAIRO_STATUS_SUCCESS)
        failed = cairo_surface_status(s);
    cairo_surface_destroy(s);
    st = failed == CAIRO_STATUS_SUCCESS ? bc_output_commit(o)
         : task_fail(BC_BAD_FILE, "%s cannot be written: %s", file, cairo_status_to_string(failed));
    bc_output_close(o);
    return st;
}

static bc_status
write_figure(const struct figures *f, const char *what, draw_page draw, void *arg, double w, double h)
{
    char      name[PATH];
    bc_status st;

    snprintf(name, sizeof name, "%s_%s.pdf", f->prefix, what);
    st = write_page(f, name, 1, draw, arg, w, h);
    snprintf(name, sizeof name, "%s_%s.png", f->prefix, what);
    return st == BC_OK ? write_page(f, name, 0, draw, arg, w, h) : st;
}

bc_status
figures_write(struct figures *f, bc_evaluation *e, const char *credit)
{
    struct morph m = { .credit = credit };
    bc_status    st;

    m.panel[0].title = "Gini";
    m.panel[1].title = strcmp(bc_evaluation_morph(e), "lotz") == 0 ? "M20 (log10)" : "M20 (ratio)";
    st = fill_panel(&m.panel[0], e, 0);
    if (st == BC_OK)
        st = fill_panel(&m.panel[1], e, 1);
    if (st == BC_OK)
        st = write_figure(f, "images", draw_images, (void *)credit, MARGIN + f->n * (CELL + GAP) + GAP,
                          TOP + (f->nin + 3) * (CELL + GAP) + BOTTOM);
    if (st == BC_OK)
        st = write_figure(f, "morph", draw_morph, &m, 480.0, 250.0);
    free_panel(&m.panel[0]);
    free_panel(&m.panel[1]);
    return st;
}

#else

bc_status
figures_open(const char *prefix, int clobber, struct figures **figures_p)
{
    (void)clobber;
    (void)figures_p;
    return task_fail(BC_UNSUPPORTED, "figures=%s: this build has no cairo to draw with", prefix);
}

void
figures_close(struct figures *figures)
{
    (void)figures;
}

void
figures_show(void *figures, const bc_shown *shown)
{
    (void)figures;
    (void)shown;
}

bc_status
figures_write(struct figures *figures, bc_evaluation *evaluation, const char *credit)
{
    (void)figures;
    (void)evaluation;
    (void)credit;
    return BC_OK;
}
#endif
