/* fits_file.h -- what an open FITS file is, for fits*.c: only they include this, and only this sees
 * CFITSIO.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_FITS_FILE_H
#define BC_FITS_FILE_H

#include "fits.h"

#include <stdint.h>

#include <fitsio.h>

#include "newfile.h"

/* Of the first N pixels of an image; N < 0: they were not written in order, or are no words. */
struct bc_fits_sum { long n; uint64_t data; };
enum { BC_FITS_SUMS = 8 };          /* HDUs that have one: images of a field have fewer */

struct bc_fits {
    fitsfile          *file;
    char              *name;    /* as the caller said it, for messages */
    int                plain;   /* the name is a path and nothing else */
    struct bc_newfile  out;     /* all zero: read only */
    struct bc_newfile  packed;  /* what commit makes of it; all zero: nothing else */
    void              *memory;  /* the whole file, where it had to be padded */
    size_t             size;
    struct bc_fits_sum sum[BC_FITS_SUMS];
};

/* One sentence of ours, WHAT, with CFITSIO's reason.  check: BC_OK for STATUS 0. */
bc_status bc_fits_fail(const struct bc_fits *f, int status, const char *what);
bc_status bc_fits_check(const struct bc_fits *f, int status, const char *what);

/* Does the file end before the data of FILE's current HDU do?  fail: one sentence of that. */
int       bc_fits_lacks_data(fitsfile *file, int *status);
bc_status bc_fits_fail_truncated(const struct bc_fits *f);

/* CFITSIO (4.2) remembers of a lossless image of floats that its numbers are not rounded, and takes the rounded ones of
 * another extension for such: before any pixel of the current HDU is read. */
void      bc_fits_forget_lossless(fitsfile *file);

/* The smallest FITS file into the empty FD, so that CFITSIO opens it.  finish: commit's cards in every
 * HDU of FILE; SUMS are what is known of its data, NULL: nothing. */
bc_status bc_fits_seed(const struct bc_fits *f, int fd);
void      bc_fits_finish(fitsfile *file, const struct bc_fits_sum *sums, int *status);
/* f->out, complete and closed, into f->packed. */
bc_status bc_fits_pack(const struct bc_fits *f);

/* Give the current HDU the cards that commit fills in.  Before its data are written: later, a
 * header that needs another block would move them all. */
void      bc_fits_stamp(fitsfile *file, int *status);
/* N pixels of the current HDU from FIRST on have been written: for its DATASUM. */
void      bc_fits_sum_pixels(struct bc_fits *f, long first, long n, const float *pixels, int bitpix);

#endif
