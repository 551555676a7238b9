/* smooth.c -- an image convolved with a Gaussian, row by row.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "smooth.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"

enum { ROWS = 64 };                     /* made at a time */

struct smooth {
    struct bc_maker maker;
    const bc_image *image;
    long            nx, ny, reach;      /* the kernel's half width */
    double         *kernel;             /* (reach + 1), from its middle */
    float          *pixels;             /* (ROWS + 2 reach, nx) of the image */
    unsigned char  *flags;
    double         *sum, *weight;       /* (nx + 2 reach) of a row: first along columns */
};

/* Row AT of the NY rows that were read. */
static void
make_row(struct smooth *s, long at, long ny, float *to)
{
    long x, j, y0 = at > s->reach ? at - s->reach : 0;
    long y1 = at + s->reach < ny - 1 ? at + s->reach : ny - 1;

    memset(s->sum, 0, (size_t)(s->nx + 2 * s->reach) * sizeof *s->sum);
    memset(s->weight, 0, (size_t)(s->nx + 2 * s->reach) * sizeof *s->weight);
    for (j = y0; j <= y1; j++) {
        const double         w = s->kernel[labs(j - at)];
        const float         *pixels = s->pixels + j * s->nx;
        const unsigned char *flags = s->flags + j * s->nx;

        for (x = 0; x < s->nx; x++)
            if (flags[x] == 0) {
                s->sum[s->reach + x] += w * pixels[x];
                s->weight[s->reach + x] += w;
            }
    }
    for (x = 0; x < s->nx; x++) {
        const double *sum = s->sum + s->reach + x, *weight = s->weight + s->reach + x;
        double        value = s->kernel[0] * sum[0], all = s->kernel[0] * weight[0];

        for (j = 1; j <= s->reach; j++) {
            value += s->kernel[j] * (sum[-j] + sum[j]);
            all += s->kernel[j] * (weight[-j] + weight[j]);
        }
        to[x] = s->flags[at * s->nx + x] == 0 ? (float)(value / all) : NAN;
    }
}

static bc_status
smooth_rows(struct bc_maker *maker, long y, long ny, float *pixels, unsigned char *flags)
{
    struct smooth *s = (struct smooth *)maker;
    long           n, i;
    bc_status      st = BC_OK;

    for (; st == BC_OK && ny > 0; y += n, ny -= n, pixels += n * s->nx, flags += n * s->nx) {
        long low = y > s->reach ? y - s->reach : 0, high;

        n = ny < ROWS ? ny : ROWS;
        high = y + n + s->reach < s->ny ? y + n + s->reach : s->ny;
        st = bc_image_rows(s->image, low, high - low, s->pixels, s->flags);
        for (i = 0; st == BC_OK && i < n; i++) {
            make_row(s, y + i - low, high - low, pixels + i * s->nx);
            memcpy(flags + i * s->nx, s->flags + (y + i - low) * s->nx, (size_t)s->nx);
        }
    }
    return st;
}

static void
smooth_close(struct bc_maker *maker)
{
    struct smooth *s = (struct smooth *)maker;

    free(s->kernel);
    free(s->pixels);
    free(s->flags);
    free(s->sum);
    free(s->weight);
    free(s);
}

static bc_status
open_parts(struct smooth *s, double sigma)
{
    size_t rows, wide;
    long   i;

    s->nx = s->image->nx;
    s->ny = s->image->ny;
    s->reach = (long)ceil(5.0 * sigma);
    rows = (size_t)((ROWS + 2 * s->reach) * s->nx);
    wide = (size_t)(s->nx + 2 * s->reach);
    s->kernel = malloc((size_t)(s->reach + 1) * sizeof *s->kernel);
    s->pixels = malloc(rows * sizeof *s->pixels);
    s->flags = malloc(rows);
    s->sum = malloc(wide * sizeof *s->sum);
    s->weight = malloc(wide * sizeof *s->weight);
    if (s->kernel == NULL || s->pixels == NULL || s->flags == NULL || s->sum == NULL
        || s->weight == NULL)
        return bc_fail_memory(rows * (sizeof *s->pixels + 1), "rows of an image");
    for (i = 0; i <= s->reach; i++)
        s->kernel[i] = exp(-0.5 * (double)(i * i) / (sigma * sigma));
    return BC_OK;
}

bc_status
bc_image_smooth(const bc_image *image, double sigma, bc_image **image_p)
{
    bc_image      *made = NULL;
    struct smooth *s = NULL;
    bc_status      st = bc_image_remake(image, image, &made);

    if (st == BC_OK && (s = calloc(1, sizeof *s)) == NULL)
        st = bc_fail_memory(sizeof *s, "an image");
    if (st == BC_OK) {
        s->image = image;
        s->maker = (struct bc_maker){ smooth_rows, smooth_close };
        made->maker = &s->maker;
        st = open_parts(s, sigma);
    }
    if (st == BC_OK)
        *image_p = made;
    else
        bc_image_close(made);
    return st;
}
