/* table.c -- an evaluation as a table, CSV or FITS: its rows, or its images.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bandcast.h"
#include "fits.h"
#include "newfile.h"
#include "status.h"

enum { COLUMNS = 18, TEXT_SIZE = 200 };

struct column { const char *name, *form, *unit; };      /* form as TFORM: A text, J whole, D real */
struct cell   { char text[TEXT_SIZE]; double number; };

struct layout {
    const char          *extname;
    const struct column *column;                        /* ends with name NULL */
    /* The cells of row I, 0-based; *end_p = 1 and none past the last. */
    bc_status          (*row)(bc_evaluation *e, long i, struct cell *cell, int *end_p);
};

static void
put_numbers(struct cell *cell, const double *x, int n)
{
    int j;

    for (j = 0; j < n; j++)
        cell[j].number = x[j];
}

static const struct column score_columns[] = {
    { "NAME", "40A", "" }, { "MAE", "1D", "" }, { "SSIM", "1D", "" }, { "SSIM_LCS", "1D", "" },
    { "PSNR", "1D", "dB" }, { "PSNR_MEAN", "1D", "dB" }, { "GINI_W1", "1D", "" }, { "M20_W1", "1D", "" }, { "GINI_W1_SCALED", "1D", "" },
    { "M20_W1_SCALED", "1D", "" }, { "REL_ERR", "1D", "" }, { "FLUX_BIAS", "1D", "mag" },
    { "FLUX_SCATTER", "1D", "mag" }, { "IN68", "1D", "" }, { "IN95", "1D", "" },
    { "N", "1J", "" }, { "N_FLUX", "1J", "" }, { "FORMULA", "200A", "" },
    { NULL, NULL, NULL }
};

static bc_status
score_row(bc_evaluation *e, long i, struct cell *cell, int *end_p)
{
    bc_score  s;
    bc_status st;

    *end_p = i >= bc_evaluation_rows(e);
    if (*end_p)
        return BC_OK;
    st = bc_evaluation_score(e, (int)i, &s);
    if (st == BC_OK) {
        const double x[] = { s.mae, s.ssim, s.ssim_lcs, s.psnr, s.psnr_mean, s.gini_w1, s.m20_w1, s.gini_w1 / s.gini_range,
                             s.m20_w1 / s.m20_range, s.relative_error, s.flux_bias, s.flux_scatter, s.within[0], s.within[1],
                             (double)s.n, (double)s.nflux };

        snprintf(cell[0].text, TEXT_SIZE, "%s", s.name);
        put_numbers(cell + 1, x, 16);
        snprintf(cell[17].text, TEXT_SIZE, "%s", s.formula);
    }
    return st;
}

static const struct column image_columns[] = {
    { "NAME", "40A", "" }, { "ID", "64A", "" }, { "MAE", "1D", "" }, { "MSE", "1D", "" }, { "SSIM", "1D", "" },
    { "SSIM_LCS", "1D", "" }, { "PSNR", "1D", "dB" }, { "GINI", "1D", "" }, { "GINI_TRUE", "1D", "" }, { "M20", "1D", "" },
    { "M20_TRUE", "1D", "" }, { "FLUX_ERR", "1D", "mag" },
    { "MAG_TRUE", "1D", "mag" }, { "COLOUR", "1D", "mag" }, { "COLOUR_TRUE", "1D", "mag" }, { NULL, NULL, NULL }
};

static bc_status
image_row(bc_evaluation *e, long i, struct cell *cell, int *end_p)
{
    bc_image_score m;
    int            r = 0;
    bc_status      st;

    while (r < bc_evaluation_rows(e) && i >= bc_evaluation_images(e, r))
        i -= bc_evaluation_images(e, r++);
    *end_p = r == bc_evaluation_rows(e);
    if (*end_p)
        return BC_OK;
    st = bc_evaluation_image(e, r, i, &m);
    if (st == BC_OK) {
        const double x[] = { m.mae, m.mse, m.ssim, m.ssim_lcs, m.psnr, m.gini, m.true_gini, m.m20, m.true_m20, m.magnitude,
                             m.true_magnitude, m.colour, m.true_colour };

        snprintf(cell[0].text, TEXT_SIZE, "%s", m.name);
        snprintf(cell[1].text, TEXT_SIZE, "%s", m.id);
        put_numbers(cell + 2, x, 13);
    }
    return st;
}

static const struct column photometry_columns[] = {
    { "NAME", "40A", "" }, { "MEASURE", "16A", "" }, { "LOW", "1D", "" }, { "HIGH", "1D", "" }, { "N", "1J", "" },
    { "TRUE", "1D", "mag" }, { "PREDICTED", "1D", "mag" }, { "BIAS", "1D", "mag" }, { "SCATTER", "1D", "mag" },
    { "IN68", "1D", "" }, { "IN95", "1D", "" }, { NULL, NULL, NULL }
};

static bc_status
photometry_row(bc_evaluation *e, long i, struct cell *cell, int *end_p)
{
    const bc_photometry *line;
    long                 n;
    bc_status            st = bc_evaluation_photometry(e, &line, &n);

    *end_p = i >= n;
    if (st == BC_OK && !*end_p) {
        const double x[] = { line[i].low, line[i].high, (double)line[i].n, line[i].truth, line[i].predicted,
                             line[i].bias, line[i].scatter, line[i].within[0], line[i].within[1] };

        snprintf(cell[0].text, TEXT_SIZE, "%s", line[i].name);
        snprintf(cell[1].text, TEXT_SIZE, "%s", line[i].measure);
        put_numbers(cell + 2, x, 9);
    }
    return st;
}

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
    struct cell cell[COLUMNS];
    int         j, end = 0;
    long        i;
    bc_status   st = BC_OK;

    for (j = 0; l->column[j].name != NULL; j++)
        fprintf(out, "%s%s", j > 0 ? "," : "", l->column[j].name);
    putc('\n', out);
    for (i = 0; (st = l->row(e, i, cell, &end)) == BC_OK && !end; i++) {
        for (j = 0; l->column[j].name != NULL; j++) {
            if (j > 0)
                putc(',', out);
            if (strchr(l->column[j].form, 'A') != NULL)
                print_text(out, cell[j].text);
            else
                fprintf(out, "%.9g", cell[j].number);
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
        st = bc_fail(BC_BAD_FILE, "%s cannot be written: %s", file, strerror(errno));
    if (st == BC_OK)
        st = print_rows(out, e, l);
    if (out != NULL && (ferror(out) != 0) + (fclose(out) != 0) > 0 && st == BC_OK)
        st = bc_fail(BC_BAD_FILE, "%s cannot be written: %s", file, strerror(errno));
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

static bc_status
write_fits(bc_evaluation *e, const struct layout *l, const char *file, int clobber)
{
    const char     *names[COLUMNS], *forms[COLUMNS], *units[COLUMNS];
    struct cell     cell[COLUMNS];
    struct bc_fits *f = NULL;
    int             n, end = 0;
    long            i;
    bc_status       st = bc_fits_create(file, clobber, &f);

    for (n = 0; l->column[n].name != NULL; n++) {
        names[n] = l->column[n].name;
        forms[n] = l->column[n].form;
        units[n] = l->column[n].unit;
    }
    if (st == BC_OK)
        st = bc_fits_append_image(f, NULL, 8, 0, NULL);
    if (st == BC_OK)
        st = bc_fits_append_table(f, l->extname, n, names, forms, units);
    for (i = 0; st == BC_OK && (st = l->row(e, i, cell, &end)) == BC_OK && !end; i++)
        st = append_row(f, l, i, cell);
    if (st == BC_OK)
        st = bc_fits_commit(f);
    bc_fits_close(f);
    return st;
}

static bc_status
write_table(bc_evaluation *e, const struct layout *l, const char *file, int clobber)
{
    const char *dot = strrchr(file, '.');

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
