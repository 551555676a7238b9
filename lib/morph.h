/* morph.h -- how the light of a galaxy is spread, and how far two distributions are apart.
 * Pixels (ny, nx); IN says which of them count (NULL = all); those that are not finite never do.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MORPH_H
#define BC_MORPH_H

#include <stddef.h>

#include "bandcast.h"
#include "phot.h"

/* Where |.| is taken.  Without negative pixels both are the same. */
enum bc_gini_order {
    BC_GINI_ABS_FIRST,          /* |x| is sorted: Lotz et al. 2004, statmorph */
    BC_GINI_SORT_FIRST          /* x is sorted, then |x| summed: photutils, Zaazou et al. 2025 */
};

/* Gini coefficient, Lotz et al. 2004, equation 6: 0 where all pixels are equal, 1 where one has all the light.
 * NaN for fewer than two pixels, or without light. */
double bc_gini(const float *pixels, const unsigned char *in, size_t n, enum bc_gini_order order);

/* Second moment of the brightest pixels that hold 20 % of the light, over the second moment of all of it, about the
 * centroid (Lotz et al. 2004, equation 8, before the logarithm).  The pixel that reaches 20 %, and its equals,
 * count among the brightest, as in statmorph.  NaN where there is no positive light. */
double bc_m20_ratio(const float *pixels, const unsigned char *in, long nx, long ny);

/* Wasserstein distance of order 1 between the samples A (na) and B (nb), the integral of |F_a - F_b|.  Values that
 * are not finite are left out; NaN if nothing is left of either. */
double bc_wasserstein(const double *a, size_t na, const double *b, size_t nb);

/* The pixels of the galaxy nearest to the centre of a sky-subtracted image of fluxes, as Lotz et al. 2004, section
 * 2.3, choose them: those that, smoothed by a Gaussian of a fifth of the elliptical Petrosian radius, are brighter
 * than at that radius.  SEGMENT (ny, nx) is 1 there, OTHERS (ny, nx) where other sources were detected, else 0;
 * *ellipse_p is that of the Petrosian radius.  Its radius is 0 and no pixel is 1 where no galaxy stands out of the
 * noise SIGMA (NaN or 0 = none). */
bc_status bc_segment(const float *pixels, long nx, long ny, double sigma, unsigned char *segment, unsigned char *others,
                     struct bc_ellipse *ellipse_p);

#endif
