/* galaxy10.c -- HDF5 files in the layout of Galaxy10_DECals.h5: colour composites of 8 bits, positions.
 * Planes R, G, B are made of z, r, g.  They are pictures, not fluxes: each plane was scaled by the mean
 * of all three, so that one holds some of the others.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "h5file.h"
#include "source.h"
#include "status.h"
#include "trial.h"

enum { BLOCK = 64, TRIAL_SECONDS = 60 };        /* samples that are read at once */

struct galaxy10 {
    struct bc_h5 *h5;
    double       *ra, *dec, *scale;     /* (count), NaN where the file has none */
    float        *block;                /* (BLOCK, ny, nx, 3) */
    long          first, n;             /* samples that are in it */
};

/* Column NAME, or NaN. */
static bc_status
read_column(struct bc_source *s, const char *name, double **x_p)
{
    struct galaxy10 *g = s->own;
    double          *x = malloc((size_t)s->count * sizeof *x);
    long             dim[BC_H5_DIMS], i;
    int              ndim;
    bc_status        st = BC_OK;

    if (x == NULL)
        return bc_fail_memory((size_t)s->count * sizeof *x, "a column");
    *x_p = x;
    for (i = 0; i < s->count; i++)
        x[i] = (double)NAN;
    if (!bc_h5_has(g->h5, name))
        return BC_OK;
    st = bc_h5_shape(g->h5, name, &ndim, dim);
    if (st == BC_OK && (ndim != 1 || dim[0] != s->count))
        st = bc_fail(BC_BAD_SHAPE, "%s: %s is not a column of %ld numbers", s->file, name, s->count);
    return st == BC_OK ? bc_h5_read_double(g->h5, name, 0, s->count, x) : st;
}

/* One pixel scale of all, or NaN. */
static double
common_scale(const double *scale, long n)
{
    long i;

    for (i = 1; i < n; i++)
        if (!(fabs(scale[i] - scale[0]) <= 1e-4 * scale[0]))
            return (double)NAN;
    return scale[0];
}

static bc_status
read_block(struct bc_source *s, long i)
{
    struct galaxy10 *g = s->own;
    size_t           n, k;
    bc_status        st;

    g->first = i - i % BLOCK;
    g->n = s->count - g->first < BLOCK ? s->count - g->first : BLOCK;
    n = (size_t)g->n * s->ny * s->nx * 3;
    st = bc_h5_read(g->h5, "/images", g->first, g->n, g->block);
    for (k = 0; st == BC_OK && k < n; k++)      /* a model of pictures divides by 255 */
        if (!(g->block[k] >= 0.0f && g->block[k] <= 255.0f && g->block[k] == floorf(g->block[k])))
            st = bc_fail(BC_BAD_SHAPE, "%s: 'images' has the value %g, pictures of 8 bits have whole numbers from 0 to "
                         "255", s->file, (double)g->block[k]);
    if (st != BC_OK)
        g->n = 0;
    return st;
}

/* The picture's first row is its top, FITS's first row the bottom. */
static bc_status
read_sample(struct bc_source *s, long i, bc_sample *sample_p, const float **pixels_p)
{
    struct galaxy10 *g = s->own;
    size_t           area = (size_t)s->nx * s->ny;
    bc_status        st = BC_OK;
    int              b, y, x;

    if (i < g->first || i >= g->first + g->n)
        st = read_block(s, i);
    if (st != BC_OK)
        return st;
    for (b = 0; b < 3; b++)
        for (y = 0; y < s->ny; y++)
            for (x = 0; x < s->nx; x++)
                s->pixels[b * area + (size_t)(s->ny - 1 - y) * s->nx + x]
                    = g->block[(((size_t)(i - g->first) * s->ny + y) * s->nx + x) * 3 + b];
    snprintf(sample_p->id, sizeof sample_p->id, "%ld", i);
    snprintf(sample_p->source, sizeof sample_p->source, "%.255s", s->file);
    sample_p->ra = g->ra[i];
    sample_p->dec = g->dec[i];
    *pixels_p = s->pixels;
    return BC_OK;
}

static void
close_file(struct bc_source *s)
{
    struct galaxy10 *g = s->own;

    bc_h5_close(g->h5);
    free(g->ra);
    free(g->dec);
    free(g->scale);
    free(g->block);
    free(g);
    s->own = NULL;
}

static bc_status
open_file(struct bc_source *s)
{
    struct galaxy10 *g = calloc(1, sizeof *g);
    long             dim[BC_H5_DIMS];
    int              ndim;
    bc_status        st;

    if (g == NULL)
        return bc_fail_memory(sizeof *g, "a file of galaxies");
    s->own = g;
    s->close = close_file;
    st = bc_h5_open(s->file, &g->h5);
    if (st == BC_OK && !bc_h5_has(g->h5, "/images"))
        st = bc_fail(BC_BAD_FILE, "%s is HDF5, but without 'images' as in Galaxy10", s->file);
    if (st == BC_OK)
        st = bc_h5_shape(g->h5, "/images", &ndim, dim);
    if (st == BC_OK && (ndim != 4 || dim[3] != 3 || dim[0] < 1 || dim[1] < 1 || dim[1] > 2048
                        || dim[2] < 1 || dim[2] > 2048))
        st = bc_fail(BC_BAD_SHAPE, "%s: 'images' are not (number, height, width, 3)", s->file);
    if (st != BC_OK)
        return st;
    s->count = dim[0];
    s->ny = (int)dim[1];
    s->nx = (int)dim[2];
    st = read_column(s, "/ra", &g->ra);
    if (st == BC_OK)
        st = read_column(s, "/dec", &g->dec);
    if (st == BC_OK)
        st = read_column(s, "/pxscale", &g->scale);
    g->block = malloc((size_t)BLOCK * s->ny * s->nx * 3 * sizeof *g->block);
    if (g->block == NULL)
        return bc_fail_memory((size_t)BLOCK * s->ny * s->nx * 3 * sizeof *g->block, "some galaxies");
    return st == BC_OK ? read_block(s, 0) : st;
}

static bc_status
attempt(void *source)
{
    return open_file(source);           /* in a child: nothing need be closed */
}

bc_status
bc_galaxy10_open(struct bc_source *s, const char *const *bands, int nband)
{
    static const char *const planes[3] = { "z", "r", "g" };
    bc_status                st = bc_source_name_planes(s, bands, nband, planes);

    s->read = read_sample;
    if (st == BC_OK)
        st = bc_trial(s->file, attempt, s, TRIAL_SECONDS);
    if (st == BC_OK)
        st = open_file(s);
    if (st != BC_OK)
        return st;
    s->scale = common_scale(((struct galaxy10 *)s->own)->scale, s->count);
    s->pixels = malloc((size_t)3 * s->ny * s->nx * sizeof *s->pixels);
    return s->pixels != NULL ? BC_OK : bc_fail_memory((size_t)12 * s->ny * s->nx, "a galaxy");
}
