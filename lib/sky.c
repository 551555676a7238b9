/* sky.c -- robust level and noise of an image's sky.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

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

/* Sources only add light, so the noise is read from the faint side: the distance from the median
 * down to the 15.87 % point.  What lies 3 of those above the median is taken for source, and the
 * rest is looked at again. */
static void
clip(const float *x, size_t n, double *level_p, double *sigma_p)
{
    size_t kept, next;
    int    i;

    for (i = 0, kept = n; i < 50; i++, kept = next) {
        *level_p = quantile(x, kept, 0.5);
        *sigma_p = *level_p - quantile(x, kept, 0.158655253931457);
        next = kept;
        while (next > 1 && x[next - 1] > *level_p + 3.0 * *sigma_p)
            next--;
        if (next == kept)
            return;
    }
}

/* Place behind the last of the values that equal the sorted x[FROM]. */
static size_t
run_end(const float *x, size_t n, size_t from)
{
    size_t i = from;

    while (i < n && x[i] == x[from])
        i++;
    return i;
}

/* The most frequent value, if it is much more so than those beside it: [*first_p, *end_p).
 * Integers of a sky with little noise repeat themselves, too, but so do their neighbours. */
static int
find_filling(const float *x, size_t n, size_t *first_p, size_t *end_p)
{
    size_t first = 0, end = 0, beside = 0, i, next;

    for (i = 0; i < n; i = next) {
        next = run_end(x, n, i);
        if (next - i > end - first) {
            first = i;
            end = next;
        }
    }
    if (end < n)
        beside = run_end(x, n, end) - end;
    for (i = first; i > 0 && x[i - 1] == x[first - 1]; i--)
        beside++;
    *first_p = first;
    *end_p = end;
    return end - first > n / 10 && end - first > 3 * beside;
}

/* One value again and again is the filling of pixels without data, and the others count.  But where
 * it is the least and fills more than half, it is no photon, and the noise is what the few photons
 * of a pixel make. */
void
bc_sky(const float *pixels, size_t n, double *level_p, double *sigma_p)
{
    float *x = malloc(n * sizeof *x);
    size_t good = 0, first, end, i;
    double level = NAN, sigma = NAN;

    for (i = 0; x != NULL && i < n; i++)
        if (isfinite(pixels[i]))
            x[good++] = pixels[i];
    if (good > 0) {
        qsort(x, good, sizeof *x, compare_floats);
        if (!find_filling(x, good, &first, &end)) {
            clip(x, good, &level, &sigma);
        } else if (first == 0 && end > good / 2) {
            level = x[0];
            sigma = end < good ? quantile(x + end, good - end, 0.5) - level : 0.0;
        } else {
            memmove(x + first, x + end, (good - end) * sizeof *x);
            clip(x, good - (end - first), &level, &sigma);
        }
    }
    free(x);
    *level_p = level;
    *sigma_p = sigma;
}
