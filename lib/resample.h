/* resample.h -- one pixel of a new grid from the pixels of an old one.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_RESAMPLE_H
#define BC_RESAMPLE_H

/* Rows [first, end) of an image (ny, nx); FLAGS say why a pixel has no datum. */
struct bc_patch {
    const float         *pixels;
    const unsigned char *flags;
    long                 nx, ny, first, end;
};

/* The corners of a new pixel, one after the other around it, in old pixels: (i, j) covers i to i +
 * 1 and j to j + 1. */
struct bc_quad {
    double u[4], v[4];
};

/* Its area; negative where it is flipped. */
double bc_quad_area(const struct bc_quad *q);

/* What the old image has in the quadrilateral, each pixel by the area that both share, and the old
 * one constant within its sides: the sum for units per pixel, the mean if SURFACE.  At least half
 * of the area must have data, and stands for the rest; else it is NaN, and *why_p gets the flags
 * of what is missing. COVER holds nx + 2 zeros, and does so again afterwards. */
float  bc_resample_exact(const struct bc_patch *p, const struct bc_quad *q, int surface,
                         double *cover, unsigned char *why_p);

enum bc_kernel { BC_BILINEAR, BC_LANCZOS };

/* The interpolated value at the middle of the quadrilateral, or the mean over OVER x OVER points
 * of it; times its area unless SURFACE.  Where a pixel that Lanczos's kernel (3 pixels to each
 * side) needs has no datum it is bilinear; there, too, half of the weight must have data. */
float  bc_resample_kernel(const struct bc_patch *p, const struct bc_quad *q, int surface,
                          enum bc_kernel kernel, int over, unsigned char *why_p);

#endif
