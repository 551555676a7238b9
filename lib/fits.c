/* fits.c -- FITS files, through CFITSIO; the only file that sees it.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "fits.h"

#include <errno.h>
#include <fitsio.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "newfile.h"
#include "status.h"

struct bc_fits {
    fitsfile         *fptr;
    char              name[BC_MAX_PATH];    /* as the user knows it */
    struct bc_newfile out;                  /* when writing */
};

/* CFITSIO's reason for STATUS as our sentence; its stack of messages is emptied. */
static bc_status
fail(const char *name, int status)
{
    char reason[FLEN_STATUS];

    fits_get_errstatus(status, reason);
    fits_clear_errmsg();
    if (status == MEMORY_ALLOCATION)
        return bc_fail(BC_NO_MEMORY, "%s: out of memory", name);
    return bc_fail(BC_BAD_FILE, "%s: %s", name, reason);
}

static bc_status
check(const struct bc_fits *f, int status)
{
    return status == 0 ? BC_OK : fail(f->name, status);
}

/* ---- opening, creating, ending ----------------------------------------------------------------- */

/* What CFITSIO says badly or not at all, for plain paths: missing, a folder, a pipe, empty. */
static bc_status
check_path(const char *file)
{
    struct stat s;

    if (stat(file, &s) != 0)
        return bc_fail(BC_BAD_FILE, "%s: %s", file, strerror(errno));
    if (S_ISDIR(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is a directory", file);
    if (!S_ISREG(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is not a regular file", file);
    if (s.st_size == 0)
        return bc_fail(BC_BAD_FILE, "%s is empty", file);
    if (access(file, R_OK) != 0)
        return bc_fail(BC_BAD_FILE, "%s: %s", file, strerror(errno));
    return BC_OK;
}

/* The path of an extended name: up to the first bracket; "" if the name has a driver's prefix. */
static void
plain_path(const char *name, char path[BC_MAX_PATH])
{
    if (strstr(name, "://") != NULL || strcmp(name, "-") == 0)
        path[0] = '\0';
    else
        snprintf(path, BC_MAX_PATH, "%.*s", (int)strcspn(name, "[("), name);
}

static bc_status
open_with(const char *name, int (*open)(fitsfile **, const char *, int, int *), struct bc_fits **f_p)
{
    struct bc_fits *f = calloc(1, sizeof *f);
    int             status = 0;

    if (f == NULL)
        return bc_fail_memory(sizeof *f, "an open file");
    snprintf(f->name, sizeof f->name, "%s", name);
    if (open(&f->fptr, name, READONLY, &status) != 0) {
        free(f);
        if (status == UNKNOWN_REC || status == NO_QUOTE || status == FILE_NOT_OPENED || status == NO_SIMPLE
            || status == BAD_SIMPLE) {
            fits_clear_errmsg();
            return bc_fail(BC_BAD_FILE, "%s is not a FITS file", name);
        }
        return fail(name, status);
    }
    *f_p = f;
    return BC_OK;
}

static int
open_image(fitsfile **fptr, const char *name, int mode, int *status)
{
    return ffiopn(fptr, name, mode, status);    /* an extended name; without an extension the first image */
}

static int
open_disk(fitsfile **fptr, const char *name, int mode, int *status)
{
    return ffdkopn(fptr, name, mode, status);   /* brackets in the name are just characters */
}

bc_status
bc_fits_open(const char *name, struct bc_fits **f_p)
{
    char        path[BC_MAX_PATH];
    struct stat s;
    bc_status   st;

    if (strlen(name) >= BC_MAX_PATH)
        return bc_fail(BC_BAD_FILE, "a file name of %zu characters is too long", strlen(name));
    if (stat(name, &s) == 0)                    /* a file of exactly that name, brackets and all */
        st = check_path(name);
    else {
        plain_path(name, path);
        st = path[0] != '\0' ? check_path(path) : BC_OK;
    }
    return st == BC_OK ? open_with(name, open_image, f_p) : st;
}

bc_status
bc_fits_open_file(const char *file, struct bc_fits **f_p)
{
    bc_status st = check_path(file);

    return st == BC_OK ? open_with(file, open_disk, f_p) : st;
}

bc_status
bc_fits_create(const char *file, int clobber, struct bc_fits **f_p)
{
    struct bc_fits *f;
    char            forced[BC_MAX_PATH + 1];
    int             status = 0;
    bc_status       st;

    f = calloc(1, sizeof *f);
    if (f == NULL)
        return bc_fail_memory(sizeof *f, "a new file");
    snprintf(f->name, sizeof f->name, "%s", file);
    st = bc_newfile_begin(&f->out, file, clobber);
    if (st == BC_OK) {
        unlink(f->out.temporary);               /* CFITSIO makes it anew; the name is ours */
        snprintf(forced, sizeof forced, "%s", f->out.temporary);
        st = check(f, ffdkinit(&f->fptr, forced, &status));
    }
    if (st != BC_OK) {
        bc_fits_close(f);
        return st;
    }
    *f_p = f;
    return BC_OK;
}

static bc_status
write_sums(struct bc_fits *f)
{
    int n = 0, i, status = 0;

    fits_get_num_hdus(f->fptr, &n, &status);
    for (i = 1; i <= n; i++) {
        fits_movabs_hdu(f->fptr, i, NULL, &status);
        fits_write_chksum(f->fptr, &status);
    }
    return check(f, status);
}

bc_status
bc_fits_commit(struct bc_fits *f)
{
    int       status = 0;
    bc_status st = write_sums(f);

    if (st != BC_OK)
        return st;
    fits_close_file(f->fptr, &status);
    f->fptr = NULL;
    st = check(f, status);
    return st == BC_OK ? bc_newfile_commit(&f->out) : st;
}

void
bc_fits_close(struct bc_fits *f)
{
    int status = 0;

    if (f == NULL)
        return;
    if (f->fptr != NULL)
        fits_close_file(f->fptr, &status);
    bc_newfile_discard(&f->out);
    fits_clear_errmsg();
    free(f);
}

/* ---- HDUs and headers --------------------------------------------------------------------------- */

bc_status
bc_fits_move(struct bc_fits *f, const char *extname, int number)
{
    char name[FLEN_VALUE];
    int  status = 0;

    if (extname == NULL)
        return check(f, fits_movabs_hdu(f->fptr, number, NULL, &status));
    snprintf(name, sizeof name, "%s", extname);
    if (fits_movnam_hdu(f->fptr, ANY_HDU, name, 0, &status) != 0) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s has no extension %s", f->name, extname);
    }
    return BC_OK;
}

bc_status
bc_fits_checksum(struct bc_fits *f)
{
    int data = 0, hdu = 0, status = 0;

    if (fits_verify_chksum(f->fptr, &data, &hdu, &status) != 0)
        return fail(f->name, status);
    if (data != 1 || hdu != 1)
        return bc_fail(BC_BAD_FILE, "%s: a checksum %s", f->name, data < 0 || hdu < 0 ? "is wrong: the file is damaged"
                       : "is missing");
    return BC_OK;
}

bc_status
bc_fits_read_header(struct bc_fits *f, struct bc_header *h)
{
    char     *cards = NULL, card[BC_CARD + 1];
    int       n = 0, i, status = 0;
    bc_status st;

    /* fits_convert: of a compressed image the header that it stands for */
    if (fits_convert_hdr2str(f->fptr, 0, NULL, 0, &cards, &n, &status) != 0)
        return fail(f->name, status);
    st = BC_OK;
    for (i = 0; st == BC_OK && i < n; i++) {
        memcpy(card, cards + (size_t)i * BC_CARD, BC_CARD);
        card[BC_CARD] = '\0';
        if (strncmp(card, "END     ", 8) != 0)
            st = bc_header_append(h, card);
    }
    fits_free_memory(cards, &status);
    return st;
}

bc_status
bc_fits_write_header(struct bc_fits *f, const struct bc_header *h)
{
    int i, status = 0;

    for (i = 0; h != NULL && i < h->n; i++)
        fits_write_record(f->fptr, h->card[i], &status);
    return check(f, status);
}

bc_status
bc_fits_set_text(struct bc_fits *f, const char *key, const char *text, const char *comment)
{
    int status = 0;

    fits_update_key_longstr(f->fptr, key, text, comment, &status);
    return check(f, status);
}

bc_status
bc_fits_set_number(struct bc_fits *f, const char *key, double value, const char *comment)
{
    int status = 0;

    return check(f, fits_update_key_dbl(f->fptr, key, value, -15, comment, &status));
}

bc_status
bc_fits_set_integer(struct bc_fits *f, const char *key, long value, const char *comment)
{
    int status = 0;

    return check(f, fits_update_key_lng(f->fptr, key, value, comment, &status));
}

/* ---- images -------------------------------------------------------------------------------------- */

bc_status
bc_fits_image_size(struct bc_fits *f, int *bitpix_p, int *naxis_p, long naxis[9])
{
    int type = 0, n = 0, bitpix = 0, status = 0;

    fits_get_hdu_type(f->fptr, &type, &status);
    if (status == 0 && type != IMAGE_HDU)
        return bc_fail(BC_BAD_FILE, "%s is a table, not an image", f->name);
    fits_get_img_param(f->fptr, 9, &bitpix, &n, naxis, &status);
    if (status == 0 && n > 9)
        return bc_fail(BC_UNSUPPORTED, "%s has %d axes", f->name, n);
    if (status != 0)
        return fail(f->name, status);
    *bitpix_p = bitpix;
    *naxis_p = n;
    return BC_OK;
}

bc_status
bc_fits_read(struct bc_fits *f, long first, long n, float *pixels)
{
    float none = NAN;
    int   any, status = 0;      /* CFITSIO writes through the pointer to ANY even if it is NULL */

    return check(f, fits_read_img(f->fptr, TFLOAT, (LONGLONG)first + 1, n, &none, pixels, &any, &status));
}

bc_status
bc_fits_append_image(struct bc_fits *f, const char *extname, int bitpix, int naxis, const long *naxes)
{
    long none[1] = { 0 }, axes[9];
    int  status = 0, i;

    for (i = 0; i < naxis; i++)
        axes[i] = naxes[i];
    fits_create_img(f->fptr, bitpix, naxis, naxis > 0 ? axes : none, &status);
    if (extname != NULL)
        fits_write_key_str(f->fptr, "EXTNAME", extname, NULL, &status);
    else                                    /* CFITSIO's two lines on the standard say nothing to a user */
        while (status == 0 && fits_delete_key(f->fptr, "COMMENT", &status) == 0)
            ;
    if (status == KEY_NO_EXIST) {
        status = 0;
        fits_clear_errmsg();
    }
    return check(f, status);
}

bc_status
bc_fits_write(struct bc_fits *f, long first, long n, const float *pixels)
{
    int status = 0;

    return check(f, fits_write_img(f->fptr, TFLOAT, (LONGLONG)first + 1, n, (void *)pixels, &status));
}

/* ---- tables -------------------------------------------------------------------------------------- */

bc_status
bc_fits_append_table(struct bc_fits *f, const char *extname, int n, const char *const *names,
                     const char *const *forms, const char *const *units)
{
    int status = 0;

    return check(f, fits_create_tbl(f->fptr, BINARY_TBL, 0, n, (char **)names, (char **)forms, (char **)units, extname,
                                    &status));
}

/* Number and elements a row of column NAME. */
static bc_status
find_column(struct bc_fits *f, const char *name, int *column_p, long *repeat_p)
{
    long repeat = 0;
    int  column = 0, status = 0;

    fits_get_colnum(f->fptr, CASEINSEN, (char *)name, &column, &status);
    if (status != 0) {
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s has no column %s", f->name, name);
    }
    fits_get_coltype(f->fptr, column, NULL, &repeat, NULL, &status);
    *column_p = column;
    *repeat_p = repeat;
    return check(f, status);
}

bc_status
bc_fits_read_column(struct bc_fits *f, const char *name, long row, long nrow, double *values)
{
    double    none = NAN;
    long      repeat;
    int       column, any, status = 0;
    bc_status st = find_column(f, name, &column, &repeat);

    if (st != BC_OK)
        return st;
    return check(f, fits_read_col(f->fptr, TDOUBLE, column, row + 1, 1, nrow * repeat, &none, values, &any, &status));
}

bc_status
bc_fits_write_column(struct bc_fits *f, const char *name, long row, long nrow, const double *values)
{
    long      repeat;
    int       column, status = 0;
    bc_status st = find_column(f, name, &column, &repeat);

    if (st != BC_OK)
        return st;
    return check(f, fits_write_col(f->fptr, TDOUBLE, column, row + 1, 1, nrow * repeat, (void *)values, &status));
}

bc_status
bc_fits_read_text(struct bc_fits *f, const char *name, long row, char *text, size_t size)
{
    char     *cell;
    long      repeat;
    int       column, any, status = 0;
    bc_status st = find_column(f, name, &column, &repeat);

    if (st != BC_OK)
        return st;
    cell = calloc((size_t)repeat + 1, 1);
    if (cell == NULL)
        return bc_fail_memory((size_t)repeat + 1, "a table's cell");
    st = check(f, fits_read_col_str(f->fptr, column, row + 1, 1, 1, "", &cell, &any, &status));
    if (st == BC_OK)
        snprintf(text, size, "%s", cell);
    free(cell);
    return st;
}

bc_status
bc_fits_write_text(struct bc_fits *f, const char *name, long row, const char *text)
{
    char     *cell = (char *)text;
    long      repeat;
    int       column, status = 0;
    bc_status st = find_column(f, name, &column, &repeat);

    return st == BC_OK ? check(f, fits_write_col_str(f->fptr, column, row + 1, 1, 1, &cell, &status)) : st;
}
