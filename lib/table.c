/* table.c -- an evaluation as a table, CSV or FITS: its rows, its images, their profiles, its photometry.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bandcast.h"
#include "fits.h"
#include "newfile.h"
#include "status.h"

enum { COLUMNS = 26, TEXT_SIZE = 2000 };

struct column { const char *name, *form, *unit; };      /* form as TFORM: A text, J or K whole, D real */
static const char OF_PIXELS[] = "unit of the true images' pixels";     /* in place of a column's unit */
static const char OF_PAIRS[] = "that of pairs; none of sets";           /* whose MAE is on the model's scale */
struct cell   { char text[TEXT_SIZE]; double number; };

struct place  { int row, ring; long image; };           /* of a line among the profiles */

struct layout {
    const char          *extname;
    const struct column *column;                        /* ends with name NULL */
    /* The cells of row I, 0-based; *end_p = 1 and none past the last.  AT is for it alone, zeros before row 0. */
    bc_status          (*row)(bc_evaluation *e, long i, struct place *at, struct cell *cell, int *end_p);
};

static void
put_numbers(struct cell *cell, const double *x, int n)
{
    int j;

    for (j = 0; j < n; j++)
        cell[j].number = x[j];
}

static const struct column score_columns[] = {
    { "NAME", "40A", "" }, { "MAE", "1D", OF_PAIRS }, { "SSIM", "1D", "" }, { "SSIM_LCS", "1D", "" },
    { "PSNR", "1D", "" }, { "PSNR_MEAN", "1D", "" }, { "GINI_W1", "1D", "" }, { "M20_W1", "1D", "" },
    { "GINI_W1_SCALED", "1D", "" }, { "M20_W1_SCALED", "1D", "" },
    { "REL_ERR", "1D", "" }, { "FLUX_BIAS", "1D", "mag" },
    { "FLUX_SCATTER", "1D", "mag" }, { "IN68", "1D", "" }, { "IN95", "1D", "" },
    { "R50_BIAS", "1D", "" }, { "R50_SCATTER", "1D", "" }, { "R90_BIAS", "1D", "" }, { "R90_SCATTER", "1D", "" },
    { "DX_BIAS", "1D", "pixel" }, { "DX_SCATTER", "1D", "pixel" }, { "DY_BIAS", "1D", "pixel" },
    { "DY_SCATTER", "1D", "pixel" },
    { "N", "1J", "" }, { "N_FLUX", "1J", "" }, { "FORMULA", "2000A", "" },
    { NULL, NULL, NULL }
};

static bc_status
score_row(bc_evaluation *e, long i, struct place *at, struct cell *cell, int *end_p)
{
    bc_score  s;
    bc_status st;

    (void)at;
    *end_p = i >= bc_evaluation_rows(e);
    if (*end_p)
        return BC_OK;
    st = bc_evaluation_score(e, (int)i, &s);
    if (st == BC_OK) {
        const double x[] = { s.mae, s.ssim, s.ssim_lcs, s.psnr, s.psnr_mean, s.gini_w1, s.m20_w1,
                             s.gini_w1 / s.gini_range, s.m20_w1 / s.m20_range, s.relative_error,
                             s.flux_bias, s.flux_scatter, s.within[0], s.within[1],
                             s.r50_bias, s.r50_scatter, s.r90_bias, s.r90_scatter, s.dx_bias, s.dx_scatter,
                             s.dy_bias, s.dy_scatter, (double)s.n, (double)s.nflux };

        snprintf(cell[0].text, TEXT_SIZE, "%s", s.name);
        put_numbers(cell + 1, x, 24);
        snprintf(cell[25].text, TEXT_SIZE, "%s", s.formula);
    }
    return st;
}

static const struct column image_columns[] = {
    { "NAME", "40A", "" }, { "ID", "64A", "" }, { "MAE", "1D", OF_PAIRS }, { "MSE", "1D", "" }, { "SSIM", "1D", "" },
    { "SSIM_LCS", "1D", "" }, { "PSNR", "1D", "" }, { "GINI", "1D", "" }, { "GINI_TRUE", "1D", "" },
    { "M20", "1D", "" }, { "M20_TRUE", "1D", "" }, { "FLUX_ERR", "1D", "mag" },
    { "MAG_TRUE", "1D", "mag" }, { "COLOUR", "1D", "mag" }, { "COLOUR_TRUE", "1D", "mag" },
    { "R50", "1D", "pixel" }, { "R50_TRUE", "1D", "pixel" }, { "R90", "1D", "pixel" }, { "R90_TRUE", "1D", "pixel" },
    { "DX", "1D", "pixel" }, { "DY", "1D", "pixel" },
    { "X", "1D", "pixel" }, { "Y", "1D", "pixel" }, { "AXIS_RATIO", "1D", "" }, { "ANGLE", "1D", "deg" },
    { "PIXSCALE", "1D", "arcsec/pixel" }, { NULL, NULL, NULL }
};

static bc_status
image_row(bc_evaluation *e, long i, struct place *at, struct cell *cell, int *end_p)
{
    bc_image_score m;
    int            r = 0;
    bc_status      st;

    (void)at;
    while (r < bc_evaluation_rows(e) && i >= bc_evaluation_images(e, r))
        i -= bc_evaluation_images(e, r++);
    *end_p = r == bc_evaluation_rows(e);
    if (*end_p)
        return BC_OK;
    st = bc_evaluation_image(e, r, i, &m);
    if (st == BC_OK) {
        const double x[] = { m.mae, m.mse, m.ssim, m.ssim_lcs, m.psnr, m.gini, m.true_gini, m.m20, m.true_m20,
                             m.magnitude, m.true_magnitude, m.colour, m.true_colour,
                             m.r50, m.true_r50, m.r90, m.true_r90, m.dx, m.dy,
                             m.x, m.y, m.axis_ratio, m.angle, m.pixel_scale };

        snprintf(cell[0].text, TEXT_SIZE, "%s", m.name);
        snprintf(cell[1].text, TEXT_SIZE, "%s", m.id);
        put_numbers(cell + 2, x, 24);
    }
    return st;
}

static const struct column photometry_columns[] = {
    { "NAME", "40A", "" }, { "MEASURE", "16A", "" }, { "LOW", "1D", "" }, { "HIGH", "1D", "" }, { "N", "1K", "" },
    { "TRUE", "1D", "mag" }, { "PREDICTED", "1D", "mag" }, { "BIAS", "1D", "mag" }, { "SCATTER", "1D", "mag" },
    { "IN68", "1D", "" }, { "IN95", "1D", "" }, { "IN68_ERR", "1D", "" }, { "IN95_ERR", "1D", "" }, { NULL, NULL, NULL }
};

static bc_status
photometry_row(bc_evaluation *e, long i, struct place *at, struct cell *cell, int *end_p)
{
    const bc_photometry *line;
    long                 n;
    bc_status            st = bc_evaluation_photometry(e, &line, &n);

    (void)at;
    *end_p = i >= n;
    if (st == BC_OK && !*end_p) {
        const double x[] = { line[i].low, line[i].high, (double)line[i].n, line[i].truth, line[i].predicted,
                             line[i].bias, line[i].scatter, line[i].within[0], line[i].within[1],
                             line[i].within_error[0], line[i].within_error[1] };

        snprintf(cell[0].text, TEXT_SIZE, "%s", line[i].name);
        snprintf(cell[1].text, TEXT_SIZE, "%s", line[i].measure);
        put_numbers(cell + 2, x, 11);
    }
    return st;
}

static const struct column profile_columns[] = {
    { "NAME", "40A", "" }, { "ID", "64A", "" }, { "RADIUS", "1D", "arcsec" }, { "INNER", "1D", "pixel" },
    { "OUTER", "1D", "pixel" }, { "AREA", "1D", "pixel**2" }, { "I_TRUE", "1D", OF_PIXELS },
    { "I_TRUE_ERR", "1D", OF_PIXELS }, { "I", "1D", OF_PIXELS }, { "I_ERR", "1D", OF_PIXELS },
    { "MU_TRUE", "1D", "mag/arcsec**2" }, { "MU", "1D", "mag/arcsec**2" }, { "MU_DIFF", "1D", "mag" },
    { "MU_DIFF_ERR", "1D", "mag" }, { "FLUX_TRUE", "1D", OF_PIXELS }, { "FLUX", "1D", OF_PIXELS },
    { "MAG_TRUE", "1D", "mag" }, { "MAG", "1D", "mag" }, { NULL, NULL, NULL }
};

/* The profile of the image at AT; forth to the next one that has a ring there.  Row -1 if there is none. */
static bc_status
find_profile(bc_evaluation *e, struct place *at, const bc_ring **rings_p)
{
    int       n;
    bc_status st;

    while (at->row < bc_evaluation_rows(e)) {
        if (at->image == bc_evaluation_images(e, at->row)) {
            at->row++;
            at->image = 0;
            continue;
        }
        st = bc_evaluation_profile(e, at->row, at->image, rings_p, &n);
        if (st != BC_OK || at->ring < n)
            return st;
        at->image++;
        at->ring = 0;
    }
    at->row = -1;
    return BC_OK;
}

static bc_status
profile_row(bc_evaluation *e, long i, struct place *at, struct cell *cell, int *end_p)
{
    const bc_ring *ring;
    bc_image_score m;
    bc_status      st;

    at->ring += i > 0;
    st = find_profile(e, at, &ring);
    *end_p = at->row < 0;
    if (st == BC_OK && !*end_p)
        st = bc_evaluation_image(e, at->row, at->image, &m);
    if (st == BC_OK && !*end_p) {
        const bc_ring *r = &ring[at->ring];
        const double   x[] = { 0.5 * (r->inner + r->outer) * m.pixel_scale, r->inner, r->outer, r->area, r->truth,
                               r->truth_error, r->predicted, r->predicted_error, r->true_brightness, r->brightness,
                               r->difference, r->difference_error, r->true_flux, r->flux, r->true_magnitude,
                               r->magnitude };

        snprintf(cell[0].text, TEXT_SIZE, "%s", m.name);
        snprintf(cell[1].text, TEXT_SIZE, "%s", m.id);
        put_numbers(cell + 2, x, 16);
    }
    return st;
}

static const struct layout profiles = { "PROFILES", profile_columns, profile_row };
static const struct layout photometry = { "PHOTOMETRY", photometry_columns, photometry_row };
static const struct layout scores = { "SCORES", score_columns, score_row };
static const struct layout images = { "IMAGES", image_columns, image_row };

/* As RFC 4180 has it: quoted if it holds a comma, a quote or a newline. */
static void
print_text(FILE *out, const char *text)
{
    if (strpbrk(text, ",\"\n\r") == NULL) {
        fputs(text, out);
        return;
    }
    putc('"', out);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            putc('"', out);
        putc(*text, out);
    }
    putc('"', out);
}

static bc_status
print_rows(FILE *out, bc_evaluation *e, const struct layout *l)
{
    struct place at = { 0, 0, 0 };
    struct cell  cell[COLUMNS];
    int          j, end = 0;
    long         i;
    bc_status    st = BC_OK;

    for (j = 0; l->column[j].name != NULL; j++)
        fprintf(out, "%s%s", j > 0 ? "," : "", l->column[j].name);
    putc('\n', out);
    for (i = 0; (st = l->row(e, i, &at, cell, &end)) == BC_OK && !end; i++) {
        for (j = 0; l->column[j].name != NULL; j++) {
            if (j > 0)
                putc(',', out);
            if (strchr(l->column[j].form, 'A') != NULL)
                print_text(out, cell[j].text);
            else if (isnan(cell[j].number))     /* whose sign some C libraries print */
                fputs("nan", out);
            else
                fprintf(out, l->column[j].form[1] == 'D' ? "%.9g" : "%.0f", cell[j].number);
        }
        putc('\n', out);
    }
    return st;
}

static bc_status
write_csv(bc_evaluation *e, const struct layout *l, const char *file, int clobber)
{
    struct bc_newfile f;
    FILE             *out = NULL;
    bc_status         st = bc_newfile_begin(&f, file, clobber);

    if (st == BC_OK && (out = fopen(f.temporary, "w")) == NULL)
        st = bc_fail_write(file);
    if (st == BC_OK)
        st = print_rows(out, e, l);
    if (out != NULL && (ferror(out) != 0) + (fclose(out) != 0) > 0 && st == BC_OK)
        st = bc_fail_write(file);
    if (st == BC_OK)
        st = bc_newfile_commit(&f);
    bc_newfile_discard(&f);
    return st;
}

static bc_status
append_row(struct bc_fits *f, const struct layout *l, long i, const struct cell *cell)
{
    int       j;
    bc_status st = BC_OK;

    for (j = 0; st == BC_OK && l->column[j].name != NULL; j++)
        st = strchr(l->column[j].form, 'A') != NULL ? bc_fits_write_text(f, l->column[j].name, i, cell[j].text)
             : bc_fits_write_column(f, l->column[j].name, i, 1, &cell[j].number);
    return st;
}

/* A set has more rows than one, those of the formulas. */
static const char *
unit_of(const bc_evaluation *e, const struct column *column)
{
    if (column->unit == OF_PIXELS || (column->unit == OF_PAIRS && bc_evaluation_rows(e) == 1))
        return bc_evaluation_unit(e);
    return column->unit == OF_PAIRS ? "" : column->unit;
}

static bc_status
write_fits(bc_evaluation *e, const struct layout *l, const char *file, int clobber)
{
    const char     *names[COLUMNS], *forms[COLUMNS], *units[COLUMNS];
    struct place    at = { 0, 0, 0 };
    struct cell     cell[COLUMNS];
    struct bc_fits *f = NULL;
    int             n, end = 0;
    long            i;
    bc_status       st = bc_fits_create(file, clobber, &f);

    for (n = 0; l->column[n].name != NULL; n++) {
        names[n] = l->column[n].name;
        forms[n] = l->column[n].form;
        units[n] = unit_of(e, &l->column[n]);
    }
    if (st == BC_OK)
        st = bc_fits_append_image(f, NULL, 8, 0, NULL);
    if (st == BC_OK)
        st = bc_fits_append_table(f, l->extname, n, names, forms, units);
    for (i = 0; st == BC_OK && (st = l->row(e, i, &at, cell, &end)) == BC_OK && !end; i++)
        st = append_row(f, l, i, cell);
    if (st == BC_OK)
        st = bc_fits_commit(f);
    bc_fits_close(f);
    return st;
}

static bc_status
write_table(bc_evaluation *e, const struct layout *l, const char *file, int clobber)
{
    const char *dot;
    bc_status   st = bc_need_text(file, "the name of a table");

    if (st == BC_OK && bc_evaluation_rows(e) == 0)
        st = bc_fail(BC_BAD_ARG, "nothing has been evaluated, there is nothing to write to %s", file);
    if (st != BC_OK)
        return st;
    dot = strrchr(file, '.');
    if (dot != NULL && strcmp(dot, ".csv") == 0)
        return write_csv(e, l, file, clobber);
    if (dot != NULL && (strcmp(dot, ".fits") == 0 || strcmp(dot, ".fit") == 0))
        return write_fits(e, l, file, clobber);
    return bc_fail(BC_BAD_ARG, "%s: the name of a table ends in .csv or .fits", file);
}

bc_status
bc_evaluation_write(bc_evaluation *e, const char *file, int clobber)
{
    return write_table(e, &scores, file, clobber);
}

bc_status
bc_evaluation_write_photometry(bc_evaluation *e, const char *file, int clobber)
{
    return write_table(e, &photometry, file, clobber);
}

bc_status
bc_evaluation_write_images(bc_evaluation *e, const char *file, int clobber)
{
    return write_table(e, &images, file, clobber);
}

bc_status
bc_evaluation_write_profiles(bc_evaluation *e, const char *file, int clobber)
{
    return write_table(e, &profiles, file, clobber);
}
