/* table.c -- an evaluation as a table, CSV or FITS.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bandcast.h"
#include "fits.h"
#include "newfile.h"
#include "status.h"

enum { NUMBERS = 9 };

static const char *const columns[NUMBERS] = { "MAE", "SSIM", "PSNR", "PSNR_MEAN", "REL_ERR", "FLUX_BIAS",
                                              "FLUX_SCATTER", "N", "N_FLUX" };

static void
row_numbers(const bc_score *s, double x[NUMBERS])
{
    const double all[NUMBERS] = { s->mae, s->ssim, s->psnr, s->psnr_mean, s->relative_error, s->flux_bias,
                                  s->flux_scatter, (double)s->n, (double)s->nflux };

    memcpy(x, all, sizeof all);
}

static bc_status
write_csv(bc_evaluation *e, const char *file, int clobber)
{
    struct bc_newfile f;
    FILE             *out = NULL;
    bc_score          s;
    double            x[NUMBERS];
    int               i, j;
    bc_status         st = bc_newfile_begin(&f, file, clobber);

    if (st == BC_OK && (out = fopen(f.temporary, "w")) == NULL)
        st = bc_fail(BC_BAD_FILE, "%s cannot be written: %s", file, strerror(errno));
    for (j = 0; st == BC_OK && j < NUMBERS; j++)
        fprintf(out, "%s%s", j == 0 ? "NAME," : ",", columns[j]);
    if (st == BC_OK)
        fprintf(out, ",FORMULA\n");
    for (i = 0; st == BC_OK && i < bc_evaluation_rows(e); i++) {
        st = bc_evaluation_score(e, i, &s);
        row_numbers(&s, x);
        fprintf(out, "%s", s.name);
        for (j = 0; j < NUMBERS; j++)
            fprintf(out, ",%.9g", x[j]);
        fprintf(out, ",%s\n", s.formula);
    }
    if (out != NULL && (ferror(out) != 0) + (fclose(out) != 0) > 0 && st == BC_OK)
        st = bc_fail(BC_BAD_FILE, "%s cannot be written: %s", file, strerror(errno));
    if (st == BC_OK)
        st = bc_newfile_commit(&f);
    bc_newfile_discard(&f);
    return st;
}

static bc_status
write_fits(bc_evaluation *e, const char *file, int clobber)
{
    const char     *names[NUMBERS + 2], *forms[NUMBERS + 2], *units[NUMBERS + 2];
    struct bc_fits *f = NULL;
    bc_score        s;
    double          x[NUMBERS];
    int             i, j;
    bc_status       st = bc_fits_create(file, clobber, &f);

    for (j = 0; j < NUMBERS + 2; j++) {
        names[j] = j == 0 ? "NAME" : j <= NUMBERS ? columns[j - 1] : "FORMULA";
        forms[j] = j == 0 ? "40A" : j > NUMBERS ? "200A" : j > NUMBERS - 2 ? "1J" : "1D";
        units[j] = strncmp(names[j], "FLUX", 4) == 0 ? "mag" : strncmp(names[j], "PSNR", 4) == 0 ? "dB" : "";
    }
    if (st == BC_OK)
        st = bc_fits_append_image(f, NULL, 8, 0, NULL);
    if (st == BC_OK)
        st = bc_fits_append_table(f, "SCORES", NUMBERS + 2, names, forms, units);
    for (i = 0; st == BC_OK && i < bc_evaluation_rows(e); i++) {
        st = bc_evaluation_score(e, i, &s);
        row_numbers(&s, x);
        if (st == BC_OK)
            st = bc_fits_write_text(f, "NAME", i, s.name);
        for (j = 0; st == BC_OK && j < NUMBERS; j++)
            st = bc_fits_write_column(f, columns[j], i, 1, &x[j]);
        if (st == BC_OK)
            st = bc_fits_write_text(f, "FORMULA", i, s.formula);
    }
    if (st == BC_OK)
        st = bc_fits_commit(f);
    bc_fits_close(f);
    return st;
}

bc_status
bc_evaluation_write(bc_evaluation *e, const char *file, int clobber)
{
    const char *dot = strrchr(file, '.');

    if (dot != NULL && strcmp(dot, ".csv") == 0)
        return write_csv(e, file, clobber);
    if (dot != NULL && (strcmp(dot, ".fits") == 0 || strcmp(dot, ".fit") == 0))
        return write_fits(e, file, clobber);
    return bc_fail(BC_BAD_ARG, "table=%s: a name that ends in .csv or .fits is needed", file);
}
