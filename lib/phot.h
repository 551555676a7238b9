/* phot.h -- aperture photometry.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PHOT_H
#define BC_PHOT_H

/* Area that the disc of RADIUS about (0, 0) shares with the rectangle [x0, x1] x [y0, y1]; exact. */
double bc_disc_overlap(double radius, double x0, double x1, double y0, double y1);

/* Sum over the disc of RADIUS pixels about (x, y), 1-based, of pixels (ny, nx), each counted by the part of its area
 * that lies inside; *area_p = the area summed over.  NaN if the disc touches a pixel that is not finite. */
double bc_aperture_sum(const float *pixels, long nx, long ny, double x, double y, double radius, double *area_p);

struct bc_ellipse {                     /* of a galaxy */
    double x, y;                        /* centre, pixels, 0-based */
    double c, s;                        /* cosine and sine of the major axis's angle, from x towards y */
    double q;                           /* minor over major axis */
    double radius;                      /* semi-major axis, pixels; 0 = there is no galaxy */
};

/* Semi-major axis of the ellipse of E's centre, angle and shape that goes through (x, y), 0-based. */
double bc_ellipse_radius(const struct bc_ellipse *e, double x, double y);
/* Area that the ellipse of semi-major axis A shares with the pixel about (x, y), 0-based; exact. */
double bc_ellipse_overlap(const struct bc_ellipse *e, double a, double x, double y);

#endif
