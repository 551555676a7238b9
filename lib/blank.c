/* blank.c -- areas without data that were filled with zeros.
 *
 * Exact zeros side by side do not happen in an image of floats with noise.  They are right, though,
 * where a photon is an event (GALEX, X rays) and where nothing makes noise (simulations): those
 * have no negative pixels, and photons stand singly among zeros or leave single zeros.
 * Lossy packing makes zeros noise of its own, by half a step of its scale at most; there every pixel
 * that may have been a zero is taken for one, and as noise has more of those, runs must be longer.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "blank.h"

#include <math.h>
#include <stdlib.h>

/* Zeros side by side that are no chance.  And of the pixels that are not zero: noise about zero has at
 * least this share below; and this is what single zeros among them, and those that stand singly among
 * zeros, may add up to.  Rounding to a sixteenth of the noise makes one pixel in forty zero, to half of
 * it, which is the coarsest in use, one in five; what was never negative stays so. */
static const struct limits {
    long   run;
    double negative, single;
} EXACT = { 8, 0.05, 0.05 }, ROUNDED = { BC_BLANK_RUN, 0.01, 0.3 };

static int
is_zero(const float *pixels, const float *most, size_t i)
{
    return most == NULL ? pixels[i] == 0.0f : fabsf(pixels[i]) <= most[i];
}

/* LINES lines of N pixels, which are STEP apart.  Returns the number of zeros. */
static long
flag_runs(const float *pixels, const float *most, long lines, long next_line, long n, long step,
          unsigned char *flags)
{
    const long run = most == NULL ? EXACT.run : ROUNDED.run;
    long       line, i, end, k, zeros = 0;

    for (line = 0; line < lines; line++)
        for (i = 0; i < n; i = end + 1) {
            for (end = i; end < n && is_zero(pixels, most, (size_t)(line * next_line + end * step)); end++)
                continue;
            zeros += end - i;
            for (k = i; end - i >= run && k < end; k++)
                flags[line * next_line + k * step] |= BC_BLANK;
        }
    return zeros;
}

void
bc_blank_find(const float *pixels, const float *most, long nx, long ny, unsigned char *flags)
{
    if (flag_runs(pixels, most, ny, nx, nx, 1, flags) > 0)
        flag_runs(pixels, most, nx, 1, ny, nx, flags);
}

/* Does the sky of the N pixels that are not zero, of which some are looked at, stay clear of
 * zero?  NaN: no. */
static int
is_above_zero(const float *pixels, const float *most, size_t n, size_t nonzero)
{
    enum { SOME = 10000 };
    float  some[SOME];
    size_t every = nonzero / SOME + 1, seen = 0, kept = 0, i;
    double level, sigma;

    for (i = 0; i < n && kept < SOME; i++)
        if (isfinite(pixels[i]) && !is_zero(pixels, most, i) && seen++ % every == 0)
            some[kept++] = pixels[i];
    bc_sky(some, kept, &level, &sigma);
    return level > 5.0 * sigma && sigma > 0.0;
}

/* Zeros that are in no run, and others between two zeros of a row. */
static size_t
count_single(const float *pixels, const float *most, long nx, long ny, const unsigned char *flags)
{
    size_t n = 0, i = 0;
    long   x, y;

    for (y = 0; y < ny; y++)
        for (x = 0; x < nx; x++, i++)
            if (is_zero(pixels, most, i))
                n += flags[i] == 0;
            else
                n += x > 0 && x + 1 < nx && is_zero(pixels, most, i - 1) && is_zero(pixels, most, i + 1);
    return n;
}

bc_status
bc_blank_judge(const float *pixels, const float *most, long nx, long ny, int *filling_p)
{
    const struct limits *limit = most == NULL ? &EXACT : &ROUNDED;
    size_t         n = (size_t)nx * (size_t)ny, i, single, nonzero = 0, negative = 0;
    unsigned char *flags = calloc(n, 1);

    if (flags == NULL)
        return bc_fail_memory(n, "a look at blank areas");
    bc_blank_find(pixels, most, nx, ny, flags);
    single = count_single(pixels, most, nx, ny, flags);
    free(flags);
    for (i = 0; i < n; i++)
        if (isfinite(pixels[i]) && !is_zero(pixels, most, i)) {
            nonzero++;
            negative += pixels[i] < 0.0f;
        }
    *filling_p = nonzero > 0 && (double)single <= limit->single * (double)nonzero
                 && ((double)negative >= limit->negative * (double)nonzero
                     || is_above_zero(pixels, most, n, nonzero));
    return BC_OK;
}
