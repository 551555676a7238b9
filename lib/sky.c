/* sky.c -- robust level and noise of an image's sky.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "bandcast.h"

static int
compare_floats(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;

    return (x > y) - (x < y);
}

/* Value below which a fraction P of the sorted x lies. */
static double
quantile(const float *x, size_t n, double p)
{
    double at = p * (double)(n - 1);
    size_t i = (size_t)at;

    return i + 1 < n ? x[i] + (at - (double)i) * (x[i + 1] - x[i]) : x[n - 1];
}

/* Sources only add light, so the noise is read from the faint side: the distance from the median down to the 15.87 %
 * point.  What lies 3 of those above the median is taken for source, and the rest is looked at again. */
void
bc_sky(const float *pixels, size_t n, double *level_p, double *sigma_p)
{
    float *x = malloc(n * sizeof *x);
    size_t good = 0, kept, i;
    double level = (double)NAN, sigma = (double)NAN;

    for (i = 0; x != NULL && i < n; i++)
        if (isfinite(pixels[i]))
            x[good++] = pixels[i];
    if (good > 0)
        qsort(x, good, sizeof *x, compare_floats);
    for (kept = good, i = 0; kept > 0 && i < 50; i++) {
        size_t next = kept;

        level = quantile(x, kept, 0.5);
        sigma = level - quantile(x, kept, 0.158655253931457);
        while (next > 1 && x[next - 1] > level + 3.0 * sigma)
            next--;
        if (next == kept)
            break;
        kept = next;
    }
    free(x);
    *level_p = level;
    *sigma_p = sigma;
}
