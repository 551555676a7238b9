/* sky.c -- robust level and noise of an image's sky.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"

/* A number that is in the order of the floats: their bits with the sign turned, all if negative. */
static uint32_t
key_of(float x)
{
    uint32_t u;

    memcpy(&u, &x, sizeof u);
    return u & 0x80000000u ? ~u : u | 0x80000000u;
}

/* Sort x by eleven bits of the keys at a time, the low ones first; OTHER has room for n, too.
 * Returns which of the two holds the result. */
static float *
sort(float *x, float *other, size_t n)
{
    static const int shift[] = { 0, 11, 22 };
    size_t           at[3][2048] = { { 0 } }, i, sum, next;
    int              pass, digit;

    for (i = 0; i < n; i++)
        for (pass = 0; pass < 3; pass++)
            at[pass][key_of(x[i]) >> shift[pass] & 2047]++;
    for (pass = 0; pass < 3; pass++) {
        float *from = x;

        for (sum = 0, digit = 0; digit < 2048; digit++, sum = next) {
            next = sum + at[pass][digit];
            at[pass][digit] = sum;
        }
        for (i = 0; i < n; i++)
            other[at[pass][key_of(from[i]) >> shift[pass] & 2047]++] = from[i];
        x = other;
        other = from;
    }
    return x;
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
    float *memory = malloc(2 * n * sizeof *memory), *x = memory;
    size_t good = 0, first, end, i;
    double level = NAN, sigma = NAN;

    for (i = 0; memory != NULL && i < n; i++)
        if (isfinite(pixels[i]))
            memory[good++] = pixels[i];
    if (good > 0) {
        x = sort(memory, memory + n, good);
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
    free(memory);
    *level_p = level;
    *sigma_p = sigma;
}
