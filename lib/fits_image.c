/* fits_image.c -- FITS images: size, pixels, is the file complete?
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "fits_file.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gzip.h"

bc_status
bc_fits_image_size(struct bc_fits *f, int *bitpix_p, int *naxis_p, long naxis[9])
{
    int status = 0, type, i;

    fits_get_hdu_type(f->file, &type, &status);
    if (status == 0 && type != IMAGE_HDU)
        return bc_fail(BC_BAD_FILE, "%s: HDU %d is a table, not an image", f->name,
                       bc_fits_here(f));
    for (i = 0; i < 9; i++)
        naxis[i] = 1;
    fits_get_img_param(f->file, 9, bitpix_p, naxis_p, naxis, &status);
    if (status == 0 && *naxis_p > 9)
        return bc_fail(BC_UNSUPPORTED, "%s has %d axes; images of up to 9 are read", f->name, *naxis_p);
    return bc_fits_check(f, status, "its image could not be read");
}

/* Bytes of the current HDU's data without the padding; -1 if they are absurdly many. */
static LONGLONG
data_bytes(fitsfile *file, int *status)
{
    LONGLONG n[9] = { 0 }, heap = 0, bytes;
    int      bitpix = 8, naxis = 0, i, absent = 0, type = IMAGE_HDU;

    fits_get_hdu_type(file, &type, status);
    if (type != IMAGE_HDU || fits_is_compressed_image(file, status)) {  /* a table: rows, then the heap */
        naxis = 2;
        fits_read_key(file, TLONGLONG, "NAXIS1", &n[0], NULL, status);
        fits_read_key(file, TLONGLONG, "NAXIS2", &n[1], NULL, status);
        fits_read_key(file, TLONGLONG, "PCOUNT", &heap, NULL, &absent);
    } else {
        fits_get_img_paramll(file, 9, &bitpix, &naxis, n, status);
    }
    bytes = naxis > 0 ? abs(bitpix) / 8 : 0;
    for (i = 0; i < naxis && i < 9; i++) {
        if (n[i] < 0 || (n[i] > 0 && bytes > INT64_MAX / 4 / n[i]))
            return -1;
        bytes *= n[i];
    }
    return heap < 0 || heap > INT64_MAX / 4 ? -1 : bytes + heap;
}

/* A file that ends with its data, without the zeros up to a multiple of 2880, is a common sin that
 * CFITSIO does not forgive: read it into memory and add them. */
static bc_status
pad(struct bc_fits *f, size_t size)
{
    char   path[FLEN_FILENAME];
    size_t padded = (size + 2879) / 2880 * 2880;
    int    hdu = bc_fits_here(f), status = 0;

    snprintf(path, sizeof path, "%.*s", (int)(f->plain ? strlen(f->name) : strcspn(f->name, "[")), f->name);
    f->memory = calloc(padded, 1);
    f->size = padded;
    if (f->memory == NULL)
        return bc_fail_memory(padded, f->name);
    if (!bc_gunzip(path, f->memory, size))
        return bc_fail(BC_BAD_FILE, "%s ends with its data, without the zeros that FITS wants behind them", f->name);
    fits_close_file(f->file, &status);
    fits_open_memfile(&f->file, "padded", READONLY, &f->memory, &f->size, 0, NULL, &status);
    fits_movabs_hdu(f->file, hdu, NULL, &status);
    return bc_fits_check(f, status, "its pixels cannot be read");
}

int
bc_fits_lacks_data(fitsfile *file, int *status)
{
    LONGLONG start = 0, bytes;

    fits_get_hduaddrll(file, NULL, &start, NULL, status);
    bytes = data_bytes(file, status);
    return *status == 0 && (bytes < 0 || bytes > file->Fptr->filesize - start);
}

bc_status
bc_fits_fail_truncated(const struct bc_fits *f)
{
    return bc_fail(BC_BAD_FILE, "%s is truncated: it ends before its data do", f->name);
}

void
bc_fits_forget_lossless(fitsfile *file)
{
    if (file->Fptr->compressimg && file->Fptr->cn_zscale > 0)
        file->Fptr->quantize_level = 0.0f;
}

bc_status
bc_fits_complete(struct bc_fits *f)
{
    LONGLONG end = 0, size = f->file->Fptr->filesize;
    int      status = 0, blank = 0;
    long     last[9] = { 1, 1, 1, 1, 1, 1, 1, 1, 1 };
    float    value;

    if (bc_fits_lacks_data(f->file, &status))
        return bc_fits_fail_truncated(f);
    fits_get_hduaddrll(f->file, NULL, NULL, &end, &status);
    if (status != 0)
        return bc_fits_fail(f, status, "its image cannot be read");
    if (end > size)
        return pad(f, (size_t)size);
    if (!fits_is_compressed_image(f->file, &status))
        return BC_OK;
    fits_get_img_size(f->file, 9, last, &status);       /* are there as many tiles as it takes? */
    bc_fits_forget_lossless(f->file);
    fits_read_pix(f->file, TFLOAT, last, 1, NULL, &value, &blank, &status);
    return status == NUM_OVERFLOW ? BC_OK
                                  : bc_fits_check(f, status, "its pixels cannot be read");
}

/* Through doubles: one that no float can hold is an error to CFITSIO 4.6, not yet to 4.2. */
static bc_status
read_wide(struct bc_fits *f, long first, long n, float *pixels)
{
    double   *values = malloc((size_t)n * sizeof *values);
    bc_status st = values == NULL ? bc_fail_memory((size_t)n * sizeof *values, f->name)
                                  : bc_fits_read_double(f, first, n, values);
    long      i;

    for (i = 0; i < n && st == BC_OK; i++)
        pixels[i] = fabs(values[i]) <= FLT_MAX ? (float)values[i] : NAN;
    free(values);
    return st;
}

bc_status
bc_fits_read(struct bc_fits *f, long first, long n, float *pixels)
{
    float none = NAN;
    int   status = 0, blank;
    long  i;

    bc_fits_forget_lossless(f->file);
    fits_read_img(f->file, TFLOAT, first + 1, n, &none, pixels, &blank, &status);
    if (status == NUM_OVERFLOW) {
        fits_clear_errmsg();
        return read_wide(f, first, n, pixels);
    }
    for (i = 0; i < n && status == 0; i++)
        if (isinf(pixels[i]))           /* the same from an older CFITSIO */
            pixels[i] = NAN;
    return bc_fits_check(f, status, "its pixels could not be read");
}

bc_status
bc_fits_read_exact(struct bc_fits *f, long first, long n, float *numbers)
{
    int status = 0;

    bc_fits_forget_lossless(f->file);
    fits_read_img(f->file, TFLOAT, first + 1, n, NULL, numbers, NULL, &status);
    return bc_fits_check(f, status, "its numbers could not be read");
}

bc_status
bc_fits_read_double(struct bc_fits *f, long first, long n, double *values)
{
    double none = NAN;
    int    status = 0, blank;

    bc_fits_forget_lossless(f->file);
    fits_read_img(f->file, TDOUBLE, first + 1, n, &none, values, &blank, &status);
    return bc_fits_check(f, status, "its pixels could not be read");
}

bc_status
bc_fits_append_image(struct bc_fits *f, const char *extname, int bitpix, int naxis,
                     const long *naxes)
{
    int status = 0;

    errno = 0;
    if (extname == NULL) {
        fits_movabs_hdu(f->file, 1, NULL, &status);
        fits_resize_img(f->file, bitpix, naxis, (long *)naxes, &status);
    } else {
        fits_create_img(f->file, bitpix, naxis, (long *)naxes, &status);
        fits_write_key_str(f->file, "EXTNAME", extname, NULL, &status);
    }
    return bc_fits_check(f, status, "could not be written");
}

bc_status
bc_fits_reserve(struct bc_fits *f)
{
    LONGLONG end = 0;
    int      status = 0;

    bc_fits_stamp(f->file, &status);
    fits_set_hdustruc(f->file, &status);
    fits_get_hduaddrll(f->file, NULL, NULL, &end, &status);
    return status == 0 ? bc_newfile_reserve(&f->out, end)
                       : bc_fits_fail(f, status, "could not be written");
}

bc_status
bc_fits_resize_image(struct bc_fits *f, int naxis, const long *naxes)
{
    int status = 0, bitpix = 0;

    errno = 0;
    fits_get_img_type(f->file, &bitpix, &status);
    fits_resize_img(f->file, bitpix, naxis, (long *)naxes, &status);
    return bc_fits_check(f, status, "could not be written");
}

bc_status
bc_fits_write(struct bc_fits *f, long first, long n, const float *pixels)
{
    int  status = 0, bitpix = 0;
    long i;

    errno = 0;
    fits_get_img_type(f->file, &bitpix, &status);
    for (i = 0; bitpix > 0 && i < n; i++)
        if (isnan(pixels[i]))
            return bc_fail(BC_BAD_ARG, "%s: an image of integers has no NaN", f->name);
    bc_fits_stamp(f->file, &status);
    fits_write_img(f->file, TFLOAT, first + 1, n, (float *)pixels, &status);
    if (status == 0)
        bc_fits_sum_pixels(f, first, n, pixels, bitpix);
    return bc_fits_check(f, status, "could not be written");
}

/* ---- lossy packing --------------------------------------------------------------------------- */

/* A tile's pixels are whole numbers of steps, less a random part of one that reading adds again (Pence et al. 2010,
 * PASP 122, 1065). */
struct bc_rounding {
    long   axis[MAX_COMPRESS_DIM], tile[MAX_COMPRESS_DIM];      /* pixels of the image and of a tile */
    long   n;                                                   /* tiles */
    double step[];                                              /* 0: this one is exact */
};

/* Only SUBTRACTIVE_DITHER_2 keeps zeros. */
bc_status
bc_fits_rounding(struct bc_fits *f, struct bc_rounding **rounding_p)
{
    const FITSfile     *file = f->file->Fptr;
    struct bc_rounding *r;
    double              exact = 0.0;
    int                 status = 0, i;
    long                n = 1;

    *rounding_p = NULL;
    if (!file->compressimg || file->cn_zscale < 1 || file->quantize_method == SUBTRACTIVE_DITHER_2)
        return BC_OK;
    for (i = 0; i < file->zndim; i++)
        n *= (file->znaxis[i] - 1) / file->tilesize[i] + 1;
    r = malloc(sizeof *r + (size_t)n * sizeof *r->step);
    if (r == NULL)
        return bc_fail_memory((size_t)n * sizeof *r->step, "the steps of tiles");
    r->n = n;
    for (i = 0; i < MAX_COMPRESS_DIM; i++) {
        r->axis[i] = i < file->zndim ? file->znaxis[i] : 1;
        r->tile[i] = i < file->zndim ? file->tilesize[i] : 1;
    }
    fits_read_col(f->file, TDOUBLE, file->cn_zscale, 1, 1, n, &exact, r->step, NULL, &status);
    if (status == 0)
        *rounding_p = r;
    else
        free(r);
    return bc_fits_check(f, status, "the steps of its tiles could not be read");
}

static long
tile_at(const struct bc_rounding *r, long element)
{
    long tile = 0, tiles = 1;
    int  i;

    for (i = 0; i < MAX_COMPRESS_DIM; i++) {
        tile += element % r->axis[i] / r->tile[i] * tiles;
        tiles *= (r->axis[i] - 1) / r->tile[i] + 1;
        element /= r->axis[i];
    }
    return tile;
}

void
bc_rounding_most(const struct bc_rounding *r, long first, long n, float *most)
{
    const double SLACK = 1.00001;       /* pixels are rounded to floats, too */
    long         i, x, end;
    double       half;

    for (i = 0; i < n; i = end) {
        x = (first + i) % r->axis[0];
        end = i + r->tile[0] - x % r->tile[0];
        end = end - i > r->axis[0] - x ? i + r->axis[0] - x : end;
        half = 0.5 * SLACK * r->step[tile_at(r, first + i)];
        for (; i < end && i < n; i++)
            most[i] = (float)half;
    }
}
