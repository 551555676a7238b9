/* median.c -- medians of what is few enough to be sorted.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "median.h"

#include <math.h>
#include <stdlib.h>

static const double SIGMA_PER_MAD = 1.4826;     /* of a normal distribution */

static int
compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

double
bc_median(float *x, size_t n)
{
    if (n == 0)
        return (double)NAN;
    qsort(x, n, sizeof *x, compare_floats);
    return n % 2 == 1 ? x[n / 2] : 0.5 * ((double)x[n / 2 - 1] + x[n / 2]);
}

void
bc_median_scatter(float *x, size_t n, double *median_p, double *scatter_p)
{
    size_t i;

    *median_p = bc_median(x, n);
    for (i = 0; i < n; i++)
        x[i] = isinf(*median_p) ? INFINITY : fabsf(x[i] - (float)*median_p);
    *scatter_p = n > 1 ? SIGMA_PER_MAD * bc_median(x, n) : (double)NAN;
}
