/* median.h -- medians of what is few enough to be sorted.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MEDIAN_H
#define BC_MEDIAN_H

#include <stddef.h>

/* Median of x (n), which it reorders; the mean of the middle two for even n; NaN if there are none. */
double    bc_median(float *x, size_t n);
/* Median, and 1.4826 times the median distance from it, of x (n), which becomes those distances; NaN of one: it has no
 * scatter. */
void      bc_median_scatter(float *x, size_t n, double *median_p, double *scatter_p);

#endif
