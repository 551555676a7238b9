/* fits_table.c -- FITS binary tables.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "fits_file.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bc_status
bc_fits_append_table(struct bc_fits *f, const char *extname, int ncol, const char *const *names,
                     const char *const *forms, const char *const *units)
{
    int status = 0, i;

    errno = 0;
    fits_create_tbl(f->file, BINARY_TBL, 0, ncol, (char **)names, (char **)forms, NULL, extname,
                    &status);
    for (i = 0; units != NULL && i < ncol; i++)
        if (units[i] != NULL && units[i][0] != '\0') {
            char key[FLEN_KEYWORD];

            fits_make_keyn("TUNIT", i + 1, key, &status);
            fits_write_key_str(f->file, key, units[i], NULL, &status);
        }
    return bc_fits_check(f, status, "a table could not be written");
}

/* Number and repeat count of column NAME of the current table. */
static bc_status
find_column(struct bc_fits *f, const char *name, int *number_p, long *repeat_p)
{
    int  status = 0, type;
    long width;

    fits_get_colnum(f->file, CASEINSEN, (char *)name, number_p, &status);
    if (status != 0) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s has no column %s", f->name, name);
    }
    fits_get_coltype(f->file, *number_p, &type, repeat_p, &width, &status);
    return bc_fits_check(f, status, "a table could not be read");
}

bc_status
bc_fits_write_column(struct bc_fits *f, const char *name, long row, long nrow, const double *values)
{
    int       status = 0, number;
    long      repeat;
    bc_status st = find_column(f, name, &number, &repeat);

    errno = 0;
    if (st != BC_OK)
        return st;
    bc_fits_stamp(f->file, &status);
    fits_write_col(f->file, TDOUBLE, number, row + 1, 1, (LONGLONG)nrow * repeat, (double *)values,
                   &status);
    return bc_fits_check(f, status, "a table could not be written");
}

bc_status
bc_fits_read_column(struct bc_fits *f, const char *name, long row, long nrow, double *values)
{
    int       status = 0, number, blank;
    long      repeat;
    double    none = NAN;
    bc_status st = find_column(f, name, &number, &repeat);

    if (st != BC_OK)
        return st;
    fits_read_col(f->file, TDOUBLE, number, row + 1, 1, (LONGLONG)nrow * repeat, &none, values,
                  &blank, &status);
    return bc_fits_check(f, status, "a table could not be read");
}

bc_status
bc_fits_write_text(struct bc_fits *f, const char *name, long row, const char *text)
{
    int       status = 0, number;
    long      repeat;
    char     *legal = strdup(text), *c;
    bc_status st = legal != NULL ? find_column(f, name, &number, &repeat) : bc_fail_memory(strlen(text), "a table");

    errno = 0;
    for (c = legal; st == BC_OK && *c != '\0'; c++)
        if (*c < ' ' || *c > '~')               /* FITS has ASCII alone */
            *c = '?';
    if (st == BC_OK) {
        bc_fits_stamp(f->file, &status);
        fits_write_col(f->file, TSTRING, number, row + 1, 1, 1, &legal, &status);
        st = bc_fits_check(f, status, "a table could not be written");
    }
    free(legal);
    return st;
}

/* Text in ROW of column NUMBER, of at most REPEAT characters. */
static bc_status
read_text(struct bc_fits *f, int number, long repeat, long row, char *text, size_t size)
{
    int   status = 0, blank;
    char *texts[1] = { malloc((size_t)repeat + 1) };

    if (texts[0] == NULL)
        return bc_fail_memory((size_t)repeat + 1, "a table's text");
    texts[0][0] = '\0';
    fits_read_col(f->file, TSTRING, number, row + 1, 1, 1, "", texts, &blank, &status);
    if (status == 0)
        snprintf(text, size, "%s", texts[0]);
    free(texts[0]);
    return bc_fits_check(f, status, "a table could not be read");
}

bc_status
bc_fits_read_text(struct bc_fits *f, const char *name, long row, char *text, size_t size)
{
    int       number;
    long      repeat;
    bc_status st = find_column(f, name, &number, &repeat);

    return st == BC_OK ? read_text(f, number, repeat, row, text, size) : st;
}

bc_status
bc_fits_table_size(struct bc_fits *f, long *nrow_p, int *ncol_p)
{
    int status = 0;

    fits_get_num_rows(f->file, nrow_p, &status);
    fits_get_num_cols(f->file, ncol_p, &status);
    return bc_fits_check(f, status, "a table could not be read");
}

bc_status
bc_fits_describe_column(struct bc_fits *f, int i, struct bc_fits_column *column)
{
    int  status = 0, type;
    long repeat, width;
    char key[FLEN_KEYWORD];

    memset(column, 0, sizeof *column);
    fits_get_eqcoltype(f->file, i + 1, &type, &repeat, &width, &status);
    if (status == 0 && type == TSTRING)
        column->kind = 't';
    else if (status == 0 && repeat == 1 && (type == TFLOAT || type == TDOUBLE))
        column->kind = type == TFLOAT ? 'f' : 'd';
    else if (status == 0 && repeat == 1 && type > TLOGICAL && type < TCOMPLEX)
        column->kind = 'i';
    fits_make_keyn("TTYPE", i + 1, key, &status);
    if (status == 0 && fits_read_key(f->file, TSTRING, key, column->name, NULL, &status) == KEY_NO_EXIST)
        status = 0;
    fits_make_keyn("TUNIT", i + 1, key, &status);
    if (status == 0 && fits_read_key(f->file, TSTRING, key, column->unit, NULL, &status) == KEY_NO_EXIST)
        status = 0;
    fits_clear_errmsg();
    return bc_fits_check(f, status, "a table could not be read");
}

bc_status
bc_fits_read_cell(struct bc_fits *f, int i, int kind, long row, char *text, size_t size)
{
    int      status = 0, blank, type;
    long     repeat, width;
    double   none = NAN, number = NAN;
    LONGLONG no_whole = LLONG_MIN, whole = LLONG_MIN;

    *text = '\0';
    if (kind == 't') {
        fits_get_coltype(f->file, i + 1, &type, &repeat, &width, &status);
        return status == 0 ? read_text(f, i + 1, repeat, row, text, size)
                           : bc_fits_fail(f, status, "a table could not be read");
    }
    if (kind == 'i')
        fits_read_col(f->file, TLONGLONG, i + 1, row + 1, 1, 1, &no_whole, &whole, &blank, &status);
    else
        fits_read_col(f->file, TDOUBLE, i + 1, row + 1, 1, 1, &none, &number, &blank, &status);
    if (whole != LLONG_MIN)
        snprintf(text, size, "%lld", whole);
    else if (!isnan(number))
        snprintf(text, size, "%.*g", kind == 'f' ? 9 : 17, number);
    return bc_fits_check(f, status, "a table could not be read");
}
