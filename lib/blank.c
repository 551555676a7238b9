/* blank.c -- areas without data that were filled with zeros.
 *
 * Exact zeros side by side do not happen in an image of floats with noise.  They are right, though,
 * where a photon is an event (GALEX, X rays) and where nothing makes noise (simulations): those
 * have no negative pixels, and photons stand singly among zeros or leave single zeros.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "blank.h"

#include <math.h>
#include <stdlib.h>

/* Of the pixels that are not zero: noise about zero has at least this share below; and this is what
 * single zeros among them, and those that stand singly among zeros, may add up to.  Compression
 * that rounds to a sixteenth of the noise makes one pixel in forty zero. */
static const double LEAST_NEGATIVE = 0.05, MOST_SINGLE = 0.05;

/* LINES lines of N pixels, which are STEP apart.  Returns the number of zeros. */
static long
flag_runs(const float *pixels, long lines, long next_line, long n, long step, unsigned char *flags)
{
    long line, i, end, k, zeros = 0;

    for (line = 0; line < lines; line++, pixels += next_line, flags += next_line)
        for (i = 0; i < n; i = end + 1) {
            for (end = i; end < n && pixels[end * step] == 0.0f; end++)
                continue;
            zeros += end - i;
            for (k = i; end - i >= BC_BLANK_RUN && k < end; k++)
                flags[k * step] |= BC_BLANK;
        }
    return zeros;
}

void
bc_blank_find(const float *pixels, long nx, long ny, unsigned char *flags)
{
    if (flag_runs(pixels, ny, nx, nx, 1, flags) > 0)
        flag_runs(pixels, nx, 1, ny, nx, flags);
}

/* Does the sky of the N pixels that are not zero, of which some are looked at, stay clear of
 * zero?  NaN: no. */
static int
is_above_zero(const float *pixels, size_t n, size_t nonzero)
{
    enum { SOME = 10000 };
    float  some[SOME];
    size_t every = nonzero / SOME + 1, seen = 0, kept = 0, i;
    double level, sigma;

    for (i = 0; i < n && kept < SOME; i++)
        if (isfinite(pixels[i]) && pixels[i] != 0.0f && seen++ % every == 0)
            some[kept++] = pixels[i];
    bc_sky(some, kept, &level, &sigma);
    return level > 5.0 * sigma && sigma > 0.0;
}

/* Zeros that are in no run, and others between two zeros of a row. */
static size_t
count_single(const float *pixels, long nx, long ny, const unsigned char *flags)
{
    size_t n = 0;
    long   x, y;

    for (y = 0; y < ny; y++, pixels += nx, flags += nx)
        for (x = 0; x < nx; x++)
            if (pixels[x] == 0.0f)
                n += flags[x] == 0;
            else
                n += x > 0 && x + 1 < nx && pixels[x - 1] == 0.0f && pixels[x + 1] == 0.0f;
    return n;
}

bc_status
bc_blank_judge(const float *pixels, long nx, long ny, int *filling_p)
{
    size_t         n = (size_t)nx * (size_t)ny, i, single, nonzero = 0, negative = 0;
    unsigned char *flags = calloc(n, 1);

    if (flags == NULL)
        return bc_fail_memory(n, "a look at blank areas");
    bc_blank_find(pixels, nx, ny, flags);
    single = count_single(pixels, nx, ny, flags);
    free(flags);
    for (i = 0; i < n; i++) {
        nonzero += isfinite(pixels[i]) && pixels[i] != 0.0f;
        negative += pixels[i] < 0.0f;
    }
    *filling_p = nonzero > 0 && (double)single <= MOST_SINGLE * (double)nonzero
                 && ((double)negative >= LEAST_NEGATIVE * (double)nonzero
                     || is_above_zero(pixels, n, nonzero));
    return BC_OK;
}
