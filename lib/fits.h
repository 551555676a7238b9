/* fits.h -- FITS files for the rest of the library, which does not see CFITSIO. HDUs count from 1,
 * elements and rows from 0.  Failures carry the file's name and CFITSIO's reason.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_FITS_H
#define BC_FITS_H

#include "header.h"

struct bc_fits;

/* ---- open, make, close ---------------------------------------------------------------------- */

/* Read only.  NAME may use CFITSIO's extended syntax ("m.fits[SCI]", "c.fits[*,*,2:2]"); a file
 * that has exactly this name comes first.  Without an extension in NAME it is at the first image
 * that has data. */
bc_status bc_fits_open(const char *name, struct bc_fits **f_p);
/* The same at table I, 0-based, or the one that NAME's [extension] says, which is all there is then; BC_BAD_SHAPE:
 * there are not so many. */
bc_status bc_fits_open_table(const char *name, int i, struct bc_fits **f_p);
/* FILE is a path and nothing else. */
bc_status bc_fits_open_file(const char *file, struct bc_fits **f_p);
/* HDU of the file of F, with the section of F if it has one.  *g_p = NULL, and BC_OK, if the name
 * of F says more than an extension and a section, or HDU does not have the section. */
bc_status bc_fits_open_beside(const struct bc_fits *f, int hdu, struct bc_fits **g_p);

/* A new file, written aside (newfile.h), with an empty primary HDU. */
bc_status bc_fits_create(const char *file, int clobber, struct bc_fits **f_p);
/* The same for a file of images only, which commit packs if its name ends so: .fz in tiles, numbers
 * exact, .gz as a whole. */
bc_status bc_fits_create_images(const char *file, int clobber, struct bc_fits **f_p);
/* DATE (or SOURCE_DATE_EPOCH), CHECKSUM and DATASUM in every HDU, then on disk under its name.
 * Only bc_fits_close may follow. */
bc_status bc_fits_commit(struct bc_fits *f);
/* Before commit: a descriptor that keeps the new file locked (flock) until the caller closes it;
 * -1 = none. */
int       bc_fits_lock(const struct bc_fits *f);
void      bc_fits_close(struct bc_fits *f); /* without commit a new file is removed; NULL is fine */

/* ---- HDUs and headers: all of the current HDU ------------------------------------------------ */

/* By name, or if that is NULL by number. */
bc_status bc_fits_move(struct bc_fits *f, const char *extname, int number);
int       bc_fits_here(const struct bc_fits *f);        /* number of the current one */
int       bc_fits_count(struct bc_fits *f);
struct bc_hdu {
    char extname[72], imagetyp[72];     /* "" = none */
    long extver;                        /* 1 if it is not said */
    int  is_image;
};
bc_status bc_fits_describe(struct bc_fits *f, struct bc_hdu *hdu);
/* BC_BAD_FILE: CHECKSUM or DATASUM is wrong or absent. */
bc_status bc_fits_checksum(struct bc_fits *f);

/* read: of a tile-compressed image the header of the image it holds, of an extension also what it
 * inherits from an empty primary HDU.  write: without what CFITSIO writes. */
bc_status bc_fits_read_header(struct bc_fits *f, struct bc_header *h);
bc_status bc_fits_write_header(struct bc_fits *f, const struct bc_header *h);
/* Before data are written: room for N more cards, which then will not move them. */
bc_status bc_fits_header_room(struct bc_fits *f, int n);
bc_status bc_fits_set_text(struct bc_fits *f, const char *key, const char *text,
                           const char *comment);
bc_status bc_fits_set_number(struct bc_fits *f, const char *key, double value, const char *comment);
/* KEYn */
bc_status bc_fits_set_numbered(struct bc_fits *f, const char *key, int n, double value, const char *comment);
bc_status bc_fits_set_integer(struct bc_fits *f, const char *key, long value, const char *comment);

/* ---- images ---------------------------------------------------------------------------------- */

bc_status bc_fits_image_size(struct bc_fits *f, int *bitpix_p, int *naxis_p, long naxis[9]);
/* BC_BAD_FILE if the file ends before the data do that its header promises. */
bc_status bc_fits_complete(struct bc_fits *f);
/* N elements from FIRST on; BSCALE and BZERO applied; BLANK, infinite and too large values become
 * NaN. */
bc_status bc_fits_read(struct bc_fits *f, long first, long n, float *pixels);
/* N floats bit for bit as they were written.  read takes numbers too small for a normal float for
 * 0. */
bc_status bc_fits_read_exact(struct bc_fits *f, long first, long n, float *numbers);
/* The same in double, which holds integers of up to 53 bits. */
bc_status bc_fits_read_double(struct bc_fits *f, long first, long n, double *values);
/* A new HDU at the end; EXTNAME NULL = the primary. */
bc_status bc_fits_append_image(struct bc_fits *f, const char *extname, int bitpix, int naxis,
                               const long *naxes);
/* The current HDU's header is complete, its data come after those that follow are made: room on the
 * disk for them. */
bc_status bc_fits_reserve(struct bc_fits *f);
/* Other axes for the last HDU; what is in it stays where it is, new pixels are 0. */
bc_status bc_fits_resize_image(struct bc_fits *f, int naxis, const long *naxes);
bc_status bc_fits_write(struct bc_fits *f, long first, long n, const float *pixels);

/* What lossy packing with a dither did to the current HDU, zeros included.  The caller frees it; NULL: nothing. */
struct bc_rounding;
bc_status bc_fits_rounding(struct bc_fits *f, struct bc_rounding **rounding_p);
/* How far each of N elements from FIRST on may be from what it was. */
void      bc_rounding_most(const struct bc_rounding *rounding, long first, long n, float *most);

/* ---- binary tables --------------------------------------------------------------------------- */

/* FORMS are TFORMn ("64A", "D", "3E"); UNITS or one of them may be NULL. */
bc_status bc_fits_append_table(struct bc_fits *f, const char *extname, int ncol,
                               const char *const *names, const char *const *forms,
                               const char *const *units);
/* VALUES holds, row by row, as many numbers as the column has in one row. */
bc_status bc_fits_write_column(struct bc_fits *f, const char *name, long row, long nrow,
                               const double *values);
bc_status bc_fits_read_column(struct bc_fits *f, const char *name, long row, long nrow,
                              double *values);
bc_status bc_fits_write_text(struct bc_fits *f, const char *name, long row, const char *text);
bc_status bc_fits_read_text(struct bc_fits *f, const char *name, long row, char *text, size_t size);

/* Tables of others, by the number of a column, 0-based. */
struct bc_fits_column {
    char name[72], unit[72];            /* TTYPEn, TUNITn; "" = none */
    int  kind;                          /* 't' text, 'i' integers, 'f' floats, 'd' doubles; 0: no one value a row */
};
bc_status bc_fits_table_size(struct bc_fits *f, long *nrow_p, int *ncol_p);
bc_status bc_fits_describe_column(struct bc_fits *f, int i, struct bc_fits_column *column);
/* A value as text that gives it back when it is read; "" for none. */
bc_status bc_fits_read_cell(struct bc_fits *f, int i, int kind, long row, char *text, size_t size);

#endif
