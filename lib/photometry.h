/* photometry.h -- what the fluxes of a row of an evaluation are worth: lines of its photometry table.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PHOTOMETRY_H
#define BC_PHOTOMETRY_H

#include "bandcast.h"

struct bc_comparison;
struct bc_tally;

/* Pixels by the predicted flux, in sky noises of the true image: less than 1, 1 to 3, 3 to 10... 100 and more; all. */
enum { BC_COVERAGE_ALL = 6 };
struct bc_coverage_bin {
    long   n, images;           /* pixels, and images that have some */
    long   within[2];           /* |truth - predicted| within the intervals of 68 % and of 95 % */
    double nn, kn[2], kk[2];    /* sums over images of the squares and products of their n and k = within */
};
struct bc_coverage { struct bc_coverage_bin bin[BC_COVERAGE_ALL + 1]; };

/* Count the N pixels of one image; those where one of the first three is not finite are left out.  SIGMA is half of the
 * interval of 68 %, SIGMA95 of that of 95 %; NULL: twice SIGMA. */
void bc_coverage_add(struct bc_coverage *c, const float *truth, const float *predicted, const float *sigma,
                     const float *sigma95, size_t n, double sky);
/* Shares within both of bin BIN, and their standard errors, from the scatter between images; NaN if there are no
 * pixels, or less than two images that have some.  Returns the number of pixels. */
long bc_coverage_share(const struct bc_coverage *c, int bin, double share[2], double error[2]);

/* The magnitude of FLUX, of zero point 0 where that is NaN; one that is not there is infinitely faint, and counts. */
double bc_magnitude(double flux, double zeropoint);

/* Magnitudes and colours in the central aperture of a comparison, into S. */
void bc_photometry_measure(const struct bc_comparison *c, bc_image_score *s);

struct bc_lines { bc_photometry *line; long n, capacity; };

/* Append the lines of T. */
bc_status bc_photometry_lines(const struct bc_tally *t, struct bc_lines *lines);

#endif
