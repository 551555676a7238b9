/* image.h -- what an image is made of; image.c is its life, image_open.c reads one from a file.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_IMAGE_H
#define BC_IMAGE_H

#include "header.h"
#include "wcs.h"

enum { BC_PLANES = 4 };

struct bc_image {
    long             nx, ny;
    float           *pixels;            /* NULL = they are read by rows */
    struct bc_fits  *file;              /* by rows: from here */
    long             first;             /* by rows: the plane's first element of the file's image */
    struct bc_header header;            /* as read; of a derived one what stays true */
    struct bc_wcs   *wcs;               /* NULL = none that can be used */
    char            *name;
    char             band[72], unit[72];
    char             why[200];          /* why there is no wcs; "" if the header mentions none */
    char            *text;              /* what bc_image_text gave last */
    char             plane_name[BC_PLANES][72];
    float           *plane[BC_PLANES];
};

/* Pixels of NaN. */
bc_status bc_image_allocate(struct bc_image *image);

/* bc_image_derive without pixels. */
bc_status bc_image_derive_header(const bc_image *like, bc_image **image_p);

/* A new file with IMAGE's header and room for its pixels and the planes PLANES ("MASK"..., NULL ends them); then rows of
 * plane I, 0 = the image itself; then bc_fits_commit. */
bc_status bc_image_create(const bc_image *image, const char *const *planes, const char *file,
                          int clobber, struct bc_fits **f_p);
bc_status bc_image_put_rows(const bc_image *image, struct bc_fits *f, int i, long y, long ny,
                            const float *pixels);

#endif
