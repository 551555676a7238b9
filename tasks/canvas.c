/* canvas.c -- a page to draw figures on, PDF and PNG; the only file that sees cairo.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "canvas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "task.h"

#ifdef HAVE_CAIRO
#include <cairo-pdf.h>

enum { PATH = 4200, TEXT = 1024 };        /* bytes of a name, of a line of text */

static const double PNG_SCALE = 2.0;            /* pixels a point */
static const double COLOURS[CANVAS_COLOURS][3] = {
    { 0.0, 0.0, 0.0 }, { 0.84, 0.37, 0.0 }, { 0.0, 0.45, 0.70 }, { 0.0, 0.62, 0.45 },
    { 0.80, 0.47, 0.65 }, { 0.34, 0.71, 0.91 }, { 0.9, 0.62, 0.0 }
};

struct canvas { cairo_t *cairo; };

int
canvas_works(void)
{
    return 1;
}

bc_status
canvas_check(const char *name, int clobber)
{
    static const char *const ends[] = { "pdf", "png" };
    char                     file[PATH];
    int                      i;
    bc_status                st = BC_OK;

    for (i = 0; st == BC_OK && i < 2; i++) {
        if (snprintf(file, sizeof file, "%s.%s", name, ends[i]) >= (int)sizeof file)
            return task_fail(BC_BAD_ARG, "a file name of %zu characters is too long", strlen(name));
        st = bc_output_check(file, clobber);
    }
    return st;
}

void
canvas_colour(struct canvas *c, int i)
{
    const double *rgb = COLOURS[i % CANVAS_COLOURS];

    cairo_set_source_rgb(c->cairo, rgb[0], rgb[1], rgb[2]);
}

/* Bytes of the UTF-8 character at S, none of which is surrogate, too long or beyond U+10FFFF; 0: it is no such. */
static int
character_length(const unsigned char *s)
{
    int n = *s < 0x80 ? 1 : *s < 0xc2 ? 0 : *s < 0xe0 ? 2 : *s < 0xf0 ? 3 : *s < 0xf5 ? 4 : 0, i;

    for (i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    return (*s == 0xe0 && s[1] < 0xa0) || (*s == 0xed && s[1] > 0x9f) || (*s == 0xf0 && s[1] < 0x90)
        || (*s == 0xf4 && s[1] > 0x8f) ? 0 : n;
}

/* TEXT to CLEAN with ? for what is no UTF-8: cairo would draw nothing any more.  Names of files may be anything, and
 * short forms of names may end within a character. */
static const char *
clean(const char *text, char *clean, size_t size)
{
    size_t k = 0;

    while (*text != '\0') {
        int n = character_length((const unsigned char *)text), m = n > 0 ? n : 1;

        if (k + (size_t)m >= size)
            break;
        memcpy(clean + k, n > 0 ? text : "?", (size_t)m);
        k += (size_t)m;
        text += m;
    }
    clean[k] = '\0';
    return clean;
}

double
canvas_text_width(struct canvas *c, const char *text)
{
    cairo_text_extents_t e;
    char                 shown[TEXT];

    cairo_text_extents(c->cairo, clean(text, shown, sizeof shown), &e);
    return e.x_advance;
}

void
canvas_text(struct canvas *c, double x, double y, double align, const char *text)
{
    char shown[TEXT];

    cairo_move_to(c->cairo, x - align * canvas_text_width(c, text), y);
    cairo_show_text(c->cairo, clean(text, shown, sizeof shown));
}

void
canvas_line(struct canvas *c, const double (*point)[2], int n, double width)
{
    int i;

    cairo_set_line_width(c->cairo, width);
    cairo_new_path(c->cairo);                   /* text leaves a point */
    for (i = 0; i < n; i++)
        cairo_line_to(c->cairo, point[i][0], point[i][1]);
    cairo_stroke(c->cairo);
}

void
canvas_text_up(struct canvas *c, double x, double y, const char *text)
{
    cairo_save(c->cairo);
    cairo_translate(c->cairo, x, y);
    cairo_rotate(c->cairo, -acos(0.0));
    canvas_text(c, 0.0, 0.0, 0.5, text);
    cairo_restore(c->cairo);
}

void
canvas_dash(struct canvas *c, int dash)
{
    static const double lengths[] = { 4.0, 2.5, 1.0, 2.0 };

    cairo_set_dash(c->cairo, lengths + (dash == CANVAS_DOTTED ? 2 : 0), dash == CANVAS_SOLID ? 0 : 2, 0.0);
}

void
canvas_mark(struct canvas *c, double x, double y, double radius, int filled)
{
    cairo_set_line_width(c->cairo, 0.8);
    cairo_new_path(c->cairo);
    cairo_arc(c->cairo, x, y, radius, 0.0, 4.0 * acos(0.0));
    if (filled) {
        cairo_fill(c->cairo);
        return;
    }
    cairo_save(c->cairo);                       /* what is behind a ring does not show in it */
    cairo_set_source_rgb(c->cairo, 1.0, 1.0, 1.0);
    cairo_fill_preserve(c->cairo);
    cairo_restore(c->cairo);
    cairo_stroke(c->cairo);
}

void
canvas_clip(struct canvas *c, double x, double y, double w, double h)
{
    cairo_reset_clip(c->cairo);
    if (w > 0.0) {
        cairo_new_path(c->cairo);
        cairo_rectangle(c->cairo, x, y, w, h);
        cairo_clip(c->cairo);
    }
}

/* The colour of V, 0 to 1, as cairo's word. */
static uint32_t
shade(double v, int colours)
{
    double red, green, blue;

    if (isnan(v))
        return 0xff809080u;                     /* no datum */
    v = fmin(fmax(v, 0.0), 1.0);
    if (colours == CANVAS_RESIDUAL) {
        red = fmin(2.0 * v, 1.0);
        blue = fmin(2.0 - 2.0 * v, 1.0);
        green = fmin(red, blue);
    } else {
        red = green = blue = v;
    }
    return 0xff000000u | (uint32_t)(255.0 * red + 0.5) << 16 | (uint32_t)(255.0 * green + 0.5) << 8
           | (uint32_t)(255.0 * blue + 0.5);
}

void
canvas_image(struct canvas *c, const float *pixels, long nx, long ny, double low, double high,
             int colours, double x, double y, double side)
{
    cairo_surface_t *s = cairo_image_surface_create(CAIRO_FORMAT_ARGB32, (int)nx, (int)ny);
    unsigned char   *data = cairo_image_surface_get_data(s);
    double           zoom = side / (double)(nx > ny ? nx : ny);
    double           span = high > low ? high - low : 1.0;
    long             i, j;

    for (j = 0; data != NULL && j < ny; j++)
        for (i = 0; i < nx; i++) {
            uint32_t word = shade(((double)pixels[(ny - 1 - j) * nx + i] - low) / span, colours);

            memcpy(data + j * cairo_image_surface_get_stride(s) + 4 * i, &word, sizeof word);
        }
    cairo_surface_mark_dirty(s);
    cairo_save(c->cairo);
    cairo_translate(c->cairo, x, y);
    cairo_scale(c->cairo, zoom, zoom);
    cairo_set_source_surface(c->cairo, s, 0.0, 0.0);
    cairo_pattern_set_filter(cairo_get_source(c->cairo), CAIRO_FILTER_NEAREST);
    cairo_paint(c->cairo);
    cairo_restore(c->cairo);
    cairo_surface_destroy(s);
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void
begin_page(struct canvas *c, double scale)
{
    cairo_scale(c->cairo, scale, scale);
    cairo_set_source_rgb(c->cairo, 1.0, 1.0, 1.0);
    cairo_paint(c->cairo);
    canvas_colour(c, 0);
    cairo_select_font_face(c->cairo, "sans-serif", CAIRO_FONT_SLANT_NORMAL,
                           CAIRO_FONT_WEIGHT_NORMAL);
    cairo_set_font_size(c->cairo, 8.0);
}

/* SOURCE_DATE_EPOCH is the date, if it is set, so that the same command gives the same bytes. */
static void
set_date(cairo_surface_t *s)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    time_t      t = epoch != NULL ? (time_t)strtoll(epoch, NULL, 10) : 0;
    struct tm   utc;
    char        date[32];

    if (epoch != NULL && gmtime_r(&t, &utc) != NULL
        && strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc) > 0)
        cairo_pdf_surface_set_metadata(s, CAIRO_PDF_METADATA_CREATE_DATE, date);
}

/* One page as FILE, a PDF or a PNG. */
static bc_status
write_page(const char *file, int clobber, int pdf, canvas_draw draw, const void *arg, double w,
           double h)
{
    double           scale = pdf ? 1.0 : PNG_SCALE;
    bc_output       *o = NULL;
    cairo_surface_t *s;
    struct canvas    c;
    cairo_status_t   failed;
    bc_status        st = bc_output_open(file, clobber, &o);

    if (st != BC_OK)
        return st;
    s = pdf ? cairo_pdf_surface_create(bc_output_path(o), w, h)
        : cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)(scale * w), (int)(scale * h));
    if (pdf)
        set_date(s);
    c.cairo = cairo_create(s);
    begin_page(&c, scale);
    draw(&c, arg, w, h);
    cairo_show_page(c.cairo);
    failed = cairo_status(c.cairo);
    cairo_destroy(c.cairo);
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

bc_status
canvas_write(const char *name, int clobber, canvas_draw draw, const void *arg, double w, double h)
{
    char      file[PATH];
    bc_status st;

    snprintf(file, sizeof file, "%s.pdf", name);
    st = write_page(file, clobber, 1, draw, arg, w, h);
    snprintf(file, sizeof file, "%s.png", name);
    return st == BC_OK ? write_page(file, clobber, 0, draw, arg, w, h) : st;
}

#else

int
canvas_works(void)
{
    return 0;
}

bc_status
canvas_check(const char *name, int clobber)
{
    (void)clobber;
    return task_fail(BC_UNSUPPORTED, "%s: this build has no cairo to draw with", name);
}

bc_status
canvas_write(const char *name, int clobber, canvas_draw draw, const void *arg, double w, double h)
{
    (void)draw, (void)arg, (void)w, (void)h;
    return canvas_check(name, clobber);
}

void
canvas_colour(struct canvas *c, int i)
{
    (void)c, (void)i;
}

void
canvas_text(struct canvas *c, double x, double y, double align, const char *text)
{
    (void)c, (void)x, (void)y, (void)align, (void)text;
}

double
canvas_text_width(struct canvas *c, const char *text)
{
    (void)c, (void)text;
    return 0.0;
}

void
canvas_text_up(struct canvas *c, double x, double y, const char *text)
{
    (void)c, (void)x, (void)y, (void)text;
}

void
canvas_line(struct canvas *c, const double (*point)[2], int n, double width)
{
    (void)c, (void)point, (void)n, (void)width;
}

void
canvas_dash(struct canvas *c, int dash)
{
    (void)c, (void)dash;
}

void
canvas_mark(struct canvas *c, double x, double y, double radius, int filled)
{
    (void)c, (void)x, (void)y, (void)radius, (void)filled;
}

void
canvas_clip(struct canvas *c, double x, double y, double w, double h)
{
    (void)c, (void)x, (void)y, (void)w, (void)h;
}

void
canvas_image(struct canvas *c, const float *pixels, long nx, long ny, double low, double high,
             int colours, double x, double y, double side)
{
    (void)c, (void)pixels, (void)nx, (void)ny, (void)low, (void)high;
    (void)colours, (void)x, (void)y, (void)side;
}
#endif
