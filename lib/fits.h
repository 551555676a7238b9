/* fits.h -- FITS files as the rest of the library sees them; fits.c alone sees CFITSIO.
 * Errors name the file and the reason.  Elements and rows count from 0, HDUs from 1.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_FITS_H
#define BC_FITS_H

#include "bandcast.h"
#include "header.h"

struct bc_fits;

bc_status bc_fits_open(const char *name, struct bc_fits **f_p);         /* CFITSIO's extended names; first image */
bc_status bc_fits_open_file(const char *file, struct bc_fits **f_p);    /* FILE is a plain path; primary HDU */
/* Writes aside, in FILE's folder; bc_fits_commit gives it FILE's name.  An existing FILE is refused unless CLOBBER. */
bc_status bc_fits_create(const char *file, int clobber, struct bc_fits **f_p);
/* CHECKSUM and DATASUM in every HDU, all on disk, then renamed; a file that appeared meanwhile is not replaced. */
bc_status bc_fits_commit(struct bc_fits *f);
void      bc_fits_close(struct bc_fits *f);         /* what was not committed is removed */

bc_status bc_fits_move(struct bc_fits *f, const char *extname, int number);     /* by name, or if NULL by number */
bc_status bc_fits_checksum(struct bc_fits *f);      /* BC_BAD_FILE unless this HDU's sums are there and right */
bc_status bc_fits_read_header(struct bc_fits *f, struct bc_header *h);      /* appended to h */
bc_status bc_fits_write_header(struct bc_fits *f, const struct bc_header *h);

/* Images.  naxis[] is FITS's order.  naxis 0 = no data. */
bc_status bc_fits_image_size(struct bc_fits *f, int *bitpix_p, int *naxis_p, long naxis[9]);
bc_status bc_fits_read(struct bc_fits *f, long first, long n, float *pixels);   /* BLANK becomes NaN */
bc_status bc_fits_append_image(struct bc_fits *f, const char *extname, int bitpix, int naxis, const long *naxes);
bc_status bc_fits_write(struct bc_fits *f, long first, long n, const float *pixels);
bc_status bc_fits_set_text(struct bc_fits *f, const char *key, const char *text, const char *comment);
bc_status bc_fits_set_number(struct bc_fits *f, const char *key, double value, const char *comment);
bc_status bc_fits_set_integer(struct bc_fits *f, const char *key, long value, const char *comment);

/* Binary tables, one column a time; vectors are all elements of a row in turn. */
bc_status bc_fits_append_table(struct bc_fits *f, const char *extname, int n, const char *const *names,
                               const char *const *forms, const char *const *units);
bc_status bc_fits_read_column(struct bc_fits *f, const char *name, long row, long nrow, double *values);
bc_status bc_fits_write_column(struct bc_fits *f, const char *name, long row, long nrow, const double *values);
bc_status bc_fits_read_text(struct bc_fits *f, const char *name, long row, char *text, size_t size);
bc_status bc_fits_write_text(struct bc_fits *f, const char *name, long row, const char *text);

#endif
