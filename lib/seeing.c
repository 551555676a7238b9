/* seeing.c -- how wide the stars of an image are.
 *
 * Bright isolated peaks are measured by moments with a Gaussian weight as wide as they are
 * themselves (Bernstein and Jarvis 2002, AJ 123, 583).  Stars all have one width, and nothing is
 * sharper.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "seeing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

enum { AREA = 1 << 21, PEAKS = 2000, HALF = 12, LEAST = 5, ROUNDS = 60 };

static const double FWHM = 2.35482004503094938202;     /* of a Gaussian, in sigma */

/* Some rows in the middle of an image. */
struct view {
    float *pixels;
    long   nx, ny;
    double level, sigma;
};

/* A pixel above 20 sigma and above all around it, with nothing missing in its box and nothing as
 * bright. */
static int
is_peak(const struct view *v, long x, long y)
{
    const float *p = v->pixels + y * v->nx + x;
    long         i, j;

    if (!(p[0] - v->level > 20.0 * v->sigma))
        return 0;
    for (j = -HALF; j <= HALF; j++)
        for (i = -HALF; i <= HALF; i++) {
            float value = p[j * v->nx + i];

            if (!(value <= p[0]) || (value == p[0] && (i != 0 || j != 0)))
                return 0;
        }
    return 1;
}

/* Sigma in pixels of what is at (x, y); NaN if it is not round, or not a peak on a dark sky. */
static double
measure(const struct view *v, double x, double y)
{
    double s2 = 2.0, mx = x, my = y;
    int    round;

    for (round = 0; round < ROUNDS; round++) {
        double sum = 0.0, sx = 0.0, sy = 0.0, xx = 0.0, yy = 0.0, xy = 0.0, next;
        long   i, j;

        for (j = (long)y - HALF; j <= (long)y + HALF; j++)
            for (i = (long)x - HALF; i <= (long)x + HALF; i++) {
                double dx = (double)i - mx, dy = (double)j - my;
                double w = exp(-0.5 * (dx * dx + dy * dy) / s2)
                           * (v->pixels[j * v->nx + i] - v->level);

                sum += w;
                sx += w * dx;
                sy += w * dy;
                xx += w * dx * dx;
                yy += w * dy * dy;
                xy += w * dx * dy;
            }
        if (!(sum > 0.0))
            return NAN;
        next = (xx + yy) / sum;         /* twice the mean of both axes, as the weight halves it */
        mx += sx / sum;
        my += sy / sum;
        if (!(next > 0.1 && next < 0.25 * HALF * HALF) || hypot(mx - x, my - y) > 1.5
            || hypot(xx - yy, 2.0 * xy) > 0.2 * (xx + yy))
            return NAN;
        if (fabs(next - s2) < 1e-3 * s2)
            return sqrt(next);
        s2 = next;
    }
    return NAN;
}

static int
by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The stars among N sizes: the most that lie within 15 % of each other, if few are smaller.  How
 * many; the median in *middle_p. */
static int
find_stars(double *size, int n, double *middle_p)
{
    int i, k = 0, most = 0, first = 0;

    qsort(size, (size_t)n, sizeof *size, by_value);
    for (i = 0; i < n; i++) {
        for (k = i; k < n && size[k] <= 1.15 * size[i]; k++)
            ;
        if (k - i > most) {
            most = k - i;
            first = i;
        }
    }
    if (most < LEAST || 3 * first > most)
        return 0;
    *middle_p = size[first + most / 2];
    return most;
}

/* Up to AREA pixels, all columns. */
static bc_status
open_view(const bc_image *image, struct view *v)
{
    bc_status st;

    v->nx = bc_image_nx(image);
    v->ny = bc_image_ny(image) < AREA / v->nx + 1 ? bc_image_ny(image) : AREA / v->nx + 1;
    v->pixels = malloc((size_t)(v->nx * v->ny) * sizeof *v->pixels);
    if (v->pixels == NULL)
        return bc_fail_memory((size_t)(v->nx * v->ny) * sizeof *v->pixels, "rows of an image");
    st = bc_image_rows(image, (bc_image_ny(image) - v->ny) / 2, v->ny, v->pixels, NULL);
    if (st == BC_OK)
        bc_sky(v->pixels, (size_t)(v->nx * v->ny), &v->level, &v->sigma);
    return st;
}

/* A card's number is in arcsec, unless its comment speaks of pixels. */
static double
read_card(const bc_image *image, char *from, size_t size)
{
    static const char *const keys[] = { "PSF_FWHM", "PSFFWHM", "FWHM", "SEEING" };
    const char              *comment;
    char                     key[BC_KEY + 1];
    double                   value;
    size_t                   i;
    int                      at;

    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        value = bc_header_number(&image->header, keys[i]);
        if (!(value > 0.0))
            continue;
        at = bc_header_find(&image->header, keys[i]);
        bc_card_parse(image->header.card[at], key, NULL, &comment);
        snprintf(from, size, "card %s", keys[i]);
        return strstr(comment, "pix") != NULL ? value * bc_image_pixel_scale(image) : value;
    }
    return NAN;
}

bc_status
bc_seeing(const bc_image *image, double *fwhm_p, char *from, size_t size)
{
    struct view v = { 0 };
    double     *sizes = malloc(PEAKS * sizeof *sizes), sigma = 0.0;
    int         n = 0, stars = 0;
    long        x, y;
    bc_status   st = BC_OK;

    *from = '\0';
    *fwhm_p = (double)NAN;
    st = sizes == NULL ? bc_fail_memory(PEAKS * sizeof *sizes, "stars") : open_view(image, &v);
    for (y = HALF; st == BC_OK && v.sigma > 0.0 && y < v.ny - HALF; y++)
        for (x = HALF; x < v.nx - HALF && n < PEAKS; x++)
            if (is_peak(&v, x, y)) {
                sizes[n] = measure(&v, (double)x, (double)y);
                n += !isnan(sizes[n]);
            }
    if (st == BC_OK)
        stars = find_stars(sizes, n, &sigma);
    if (st == BC_OK && stars > 0) {
        *fwhm_p = FWHM * sigma * bc_image_pixel_scale(image);
        snprintf(from, size, "%d stars", stars);
    } else if (st == BC_OK) {
        *fwhm_p = read_card(image, from, size);
    }
    free(sizes);
    free(v.pixels);
    return st;
}
