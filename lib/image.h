/* image.h -- what an image is made of; image.c is its life, image_open.c opens one in a file,
 * image_rows.c reads its pixels.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_IMAGE_H
#define BC_IMAGE_H

#include "header.h"
#include "mask.h"
#include "wcs.h"

enum { BC_PLANES = 4, BC_MASKS = 8 };

/* How many pixels of a row are bad, and why. */
struct bc_row {
    int no_datum, flagged, blank, outside;
};

/* What makes the rows of an image out of another image's, when they are asked for. */
struct bc_maker {
    bc_status (*rows)(struct bc_maker *maker, long y, long ny, float *pixels, unsigned char *flags);
    void      (*close)(struct bc_maker *maker);
};

struct bc_image {
    long             nx, ny;
    float           *pixels;            /* NULL = they are read by rows */
    unsigned char   *flags;             /* in memory, and NULL where NaN alone says it */
    struct bc_row   *row;               /* of the rows that were read; NULL = made here */
    struct bc_fits  *file;              /* by rows: from here */
    struct bc_maker *maker;             /* by rows: or it makes them */
    char             notes[2000];       /* on its pixels, for HISTORY */
    long             first;             /* by rows: the plane's first element of the file's image */
    int              filling;           /* by rows: runs of zeros are no data (blank.h) */
    struct bc_rounding *rounding;       /* by rows: what made such zeros noise; NULL = nothing */
    double           softening, offset; /* by rows: of asinh magnitudes (image_open.c); softening 0 = of none */
    struct bc_mask   mask[BC_MASKS];    /* by rows */
    int              nmask;
    char             masks[200];        /* their names */
    struct bc_header header;            /* as read; of a derived one what stays true */
    struct bc_wcs   *wcs;               /* NULL = none that can be used */
    char            *name;
    char             band[72], unit[72];
    char             why[200];          /* why there is no wcs; "" if the header mentions none */
    double           zeropoint, vega;   /* as somebody said (calibration.c); NaN = by the header */
    char            *text;              /* what bc_image_text gave last */
    char             plane_name[BC_PLANES][72];
    float           *plane[BC_PLANES];
};

/* Pixels of NaN. */
bc_status bc_image_allocate(struct bc_image *image);

/* One more note on IMAGE's pixels. */
void      bc_image_note(bc_image *image, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An image by rows of what IMAGE shows, on the grid of LIKE, which may be IMAGE; the maker is still to be set. */
bc_status bc_image_remake(const bc_image *image, const bc_image *like, bc_image **image_p);

/* bc_image_derive without pixels. */
bc_status bc_image_derive_header(const bc_image *like, bc_image **image_p);

/* Of an image without pixels yet: its NX x NY pixels from (X0, Y0) on, 0-based. */
bc_status bc_image_crop(bc_image *image, long x0, long y0, long nx, long ny);

/* A new file with IMAGE's header and room for its pixels and the planes PLANES ("MASK"..., NULL
 * ends them); then rows of plane I, 0 = the image itself; then bc_fits_commit. */
bc_status bc_image_create(const bc_image *image, const char *const *planes, const char *file,
                          int clobber, struct bc_fits **f_p);
bc_status bc_image_put_rows(const bc_image *image, struct bc_fits *f, int i, long y, long ny,
                            const float *pixels);

/* image_open.c: the image of the current HDU of F.  NAME is for messages; failures also where it has
 * less than two axes or the file less data than it promises. */
struct bc_shape {
    int  bitpix, naxis;
    long axis[9], nplane;
};
bc_status bc_image_measure(const char *name, struct bc_fits *f, struct bc_shape *s);

/* image_open.c: are both planes of one cube, as their names say, so that their pixels lie alike? */
int bc_image_same_cube(const struct bc_image *a, const struct bc_image *b);

/* image_rows.c.  Are runs of zeros a filling?  And: close all that rows are read from. */
bc_status bc_image_judge_zeros(struct bc_image *image, int bitpix);
void      bc_image_close_file(struct bc_image *image);

#endif
