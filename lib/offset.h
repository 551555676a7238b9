/* offset.h -- do two images show the same where their sky coordinates agree?
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_OFFSET_H
#define BC_OFFSET_H

#include "status.h"

struct bc_offset {
    double dx, dy;      /* what is at (x, y) of the anchor by the image's sky coordinates is at
                         * (x + dx, y + dy), in its pixels */
    double pixels;      /* the same distance in pixels of the coarser image */
    double arcsec;
    double there, here; /* what the maps share at that shift and without any, nats */
    double second;      /* and at the best of all other shifts */
    int    is_clear;    /* the content says clearly that the image is more than 1.5 pixels off */
};

/* Compare what IMAGE and ANCHOR show, of whatever bands, in maps of a few thousand cells, first of
 * all that they show, then finer and finer down to the pixels of the coarser one.  All zero where
 * nothing can be said: no sky coordinates, too small, nothing but noise. */
bc_status bc_offset_find(const bc_image *anchor, const bc_image *image, struct bc_offset *offset_p);

#endif
