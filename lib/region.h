/* region.h -- parts of an image as DS9 describes them; region.c reads, region_place.c says which
 * pixels they are.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_REGION_H
#define BC_REGION_H

#include "bandcast.h"

/* Lengths without a unit are 'i', 'p' or degrees, in this order.  From BC_REGION_SKY on places are on the sky. */
enum bc_region_frame { BC_REGION_IMAGE, BC_REGION_PHYSICAL, BC_REGION_SKY, BC_REGION_GALACTIC };
enum bc_region_kind { BC_REGION_BOX, BC_REGION_CIRCLE, BC_REGION_ANNULUS, BC_REGION_ELLIPSE, BC_REGION_POLYGON };

struct bc_length {
    double value;
    char   unit;                /* 'i' image pixels, 'p' physical ones, '"' arcsec */
};

struct bc_outline {
    enum bc_region_kind  kind;
    enum bc_region_frame frame;
    int                  exclude;
    int                  n;             /* points: 1, the centre, or of a polygon */
    double              *point;         /* (n, 2) pixels or degrees */
    struct bc_length     size[2];       /* full sides of a box, semi-axes of an ellipse */
    struct bc_length     hole[2];       /* the same of what is not in it, a ring's inside; 0 = nothing */
    double               angle;         /* degrees */
};

struct bc_region {
    struct bc_outline *shape;
    int              n, capacity;
    char             name[200];         /* for messages */
    char             marks[80];         /* what was passed over: "point, text" */
};

/* The same on the pixels of an image. */
struct bc_area {
    long             x0, y0, nx, ny;    /* the rectangle around it, 0-based; within the image */
    struct bc_place *place;             /* (n) */
    int              n;
};

/* BC_BAD_SHAPE: IMAGE has no pixel of it. */
bc_status bc_region_place(const struct bc_region *region, const bc_image *image,
                          struct bc_area *area_p);
void      bc_area_free(struct bc_area *area);
/* Add BC_UNASKED to the FLAGS (nx) of the pixels in row Y of the image, columns from x0 on, whose
 * centres are not in it. */
void      bc_area_flag(const struct bc_area *area, long y, unsigned char *flags);

#endif
