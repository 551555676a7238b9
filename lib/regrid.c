/* regrid.c -- an image on the grid of another one, row by row.
 *
 * The rows of the new image are made when they are asked for, from the rows of the old one which
 * they reach, so that no image need fit into memory.  Each new pixel is worked out by itself: the
 * result does not depend on the threads nor on which rows are asked for together.
 * SPDX-License-Identifier: BSD-3-Clause */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "lattice.h"
#include "memory.h"
#include "resample.h"
#include "threads.h"
#include "units.h"

enum method { EXACT, BILINEAR, LANCZOS };

static const struct {
    const char *name, *words;
} methods[] = {
    [EXACT] = { "exact", "exact overlap of pixels" },
    [BILINEAR] = { "bilinear", "bilinear interpolation" },
    [LANCZOS] = { "lanczos", "Lanczos interpolation (3 pixels)" }
};

/* Pixels; the lattice rounds to 2^-20. */
static const double SAME = 4e-7;

struct scratch {                        /* of a thread */
    double *u[2], *v[2];                /* corners below and above a row of pixels */
    double *cover;
};

struct regrid {
    struct bc_maker    maker;
    const bc_image    *image;
    long               nx, ny;          /* of the new grid */
    enum method        method;
    int                surface;         /* 1: surface brightness, 0: units per pixel */
    int                over;            /* points of a new pixel in each direction */
    struct bc_lattice *lattice;
    struct bc_threads *threads;
    struct scratch    *scratch;
    size_t             memory;          /* bytes for rows of the old image */
    float             *pixels;          /* those that are there: rows [first, end) */
    unsigned char     *flags;
    long               first, end, room;
    float             *to;              /* where the rows go that are made now */
    unsigned char     *why;
    long               y;               /* the first of them */
};

/* ---- rows of the old image ------------------------------------------------------------------- */

static bc_status
make_room(struct regrid *r, long ny)
{
    size_t         n = (size_t)ny * (size_t)bc_image_nx(r->image);
    float         *pixels = realloc(r->pixels, n * sizeof *pixels);
    unsigned char *flags;

    if (pixels != NULL)
        r->pixels = pixels;
    flags = realloc(r->flags, n);
    if (flags != NULL)
        r->flags = flags;
    if (pixels == NULL || flags == NULL)
        return bc_fail_memory(n * (sizeof *pixels + 1), "rows of an image");
    r->room = ny;
    return BC_OK;
}

/* Rows [LOW, HIGH) are there; of those that were, what is among them is not read again. */
static bc_status
read_to(struct regrid *r, long low, long high)
{
    size_t    nx = (size_t)bc_image_nx(r->image);
    long      keep = r->end - low;
    bc_status st = BC_OK;

    if (low >= r->first && high <= r->end)
        return BC_OK;
    if (high - low > r->room)
        st = make_room(r, high - low);
    if (st != BC_OK)
        return st;
    if (low < r->first || keep < 0)
        keep = 0;
    if (keep > 0) {
        memmove(r->pixels, r->pixels + (size_t)(low - r->first) * nx,
                (size_t)keep * nx * sizeof *r->pixels);
        memmove(r->flags, r->flags + (size_t)(low - r->first) * nx, (size_t)keep * nx);
    }
    r->first = low;
    r->end = low + keep;
    st = bc_image_rows(r->image, r->end, high - r->end, r->pixels + (size_t)keep * nx,
                       r->flags + (size_t)keep * nx);
    r->end = st == BC_OK ? high : low;
    return st;
}

/* ---- rows of the new one --------------------------------------------------------------------- */

static void
make_row(void *arg, int item, int thread)
{
    const struct regrid  *r = arg;
    const struct scratch *s = &r->scratch[thread];
    const struct bc_patch patch = { r->pixels, r->flags, bc_image_nx(r->image),
                                    bc_image_ny(r->image), r->first, r->end };
    float                *to = r->to + item * r->nx;
    unsigned char        *why = r->why + item * r->nx;
    long                  x;

    bc_lattice_row(r->lattice, r->y + item, s->u[0], s->v[0]);
    bc_lattice_row(r->lattice, r->y + item + 1, s->u[1], s->v[1]);
    for (x = 0; x < r->nx; x++) {
        const struct bc_quad q = { { s->u[0][x], s->u[0][x + 1], s->u[1][x + 1], s->u[1][x] },
                                   { s->v[0][x], s->v[0][x + 1], s->v[1][x + 1], s->v[1][x] } };

        if (r->method == EXACT)
            to[x] = bc_resample_exact(&patch, &q, r->surface, s->cover, &why[x]);
        else
            to[x] = bc_resample_kernel(&patch, &q, r->surface,
                                       r->method == LANCZOS ? BC_LANCZOS : BC_BILINEAR, r->over,
                                       &why[x]);
        if (!isfinite(to[x])) {
            to[x] = NAN;
            why[x] |= why[x] == 0 ? BC_NO_DATUM : 0;
        }
    }
}

/* Rows [Y, Y + ny) lie in one band of the lattice; as few at a time as memory asks for. */
static bc_status
make_rows(struct regrid *r, long y, long ny, float *pixels, unsigned char *flags)
{
    const size_t row_bytes = (size_t)bc_image_nx(r->image) * (sizeof *pixels + 1);
    const long   last = bc_image_ny(r->image);
    double       v0, v1;
    long         low, high, i;
    bc_status    st;

    bc_lattice_reach(r->lattice, y, y + ny, bc_image_nx(r->image), &v0, &v1);
    v0 = fmax(floor(v0) - BC_LATTICE_MARGIN, 0.0);
    v1 = fmin(ceil(v1) + BC_LATTICE_MARGIN, (double)last);
    if (!(v0 < v1)) {
        for (i = 0; i < ny * r->nx; i++) {
            pixels[i] = NAN;
            flags[i] = BC_OUTSIDE;
        }
        return BC_OK;
    }
    low = (long)v0;
    high = (long)v1;
    if ((size_t)(high - low) * row_bytes > r->memory && ny > 1) {
        st = make_rows(r, y, ny / 2, pixels, flags);
        return st != BC_OK ? st : make_rows(r, y + ny / 2, ny - ny / 2, pixels + ny / 2 * r->nx,
                                            flags + ny / 2 * r->nx);
    }
    if ((size_t)(high - low) * row_bytes > r->memory)
        return bc_fail(BC_NO_MEMORY, "%s: a row of the new grid reaches %ld of its rows, which take "
                       "%.0f MB, %.0f MB may be used (memory=)", bc_image_name(r->image), high - low,
                       (double)(high - low) * (double)row_bytes / 1e6, (double)r->memory / 1e6);
    st = read_to(r, low, high);
    if (st != BC_OK)
        return st;
    r->to = pixels;
    r->why = flags;
    r->y = y;
    bc_threads_run(r->threads, make_row, r, (int)ny);
    return BC_OK;
}

static bc_status
regrid_rows(struct bc_maker *maker, long y, long ny, float *pixels, unsigned char *flags)
{
    struct regrid *r = (struct regrid *)maker;
    long           n;
    bc_status      st = BC_OK;

    for (; st == BC_OK && ny > 0; y += n, ny -= n) {
        n = BC_LATTICE_BAND - y % BC_LATTICE_BAND;
        n = n < ny ? n : ny;
        st = bc_lattice_band(r->lattice, y / BC_LATTICE_BAND);
        if (st == BC_OK)
            st = make_rows(r, y, n, pixels, flags);
        pixels += n * r->nx;
        flags += n * r->nx;
    }
    return st;
}

/* ---- its life -------------------------------------------------------------------------------- */

static void
regrid_close(struct bc_maker *maker)
{
    struct regrid *r = (struct regrid *)maker;
    int            i, n = r->scratch != NULL ? bc_threads_count(r->threads) : 0;

    for (i = 0; i < n; i++) {
        free(r->scratch[i].u[0]);
        free(r->scratch[i].cover);
    }
    free(r->scratch);
    bc_threads_close(r->threads);
    bc_lattice_close(r->lattice);
    free(r->pixels);
    free(r->flags);
    free(r);
}

static bc_status
make_scratch(struct regrid *r)
{
    int    n = bc_threads_count(r->threads), i;
    size_t row = (size_t)r->nx + 1, old = (size_t)bc_image_nx(r->image) + 2;

    r->scratch = calloc((size_t)n, sizeof *r->scratch);
    for (i = 0; r->scratch != NULL && i < n; i++) {
        struct scratch *s = &r->scratch[i];

        s->u[0] = malloc(4 * row * sizeof(double));
        s->cover = calloc(old, sizeof(double));
        if (s->u[0] == NULL || s->cover == NULL)
            return bc_fail_memory(4 * row * sizeof(double), "a row of corners");
        s->u[1] = s->u[0] + row;
        s->v[0] = s->u[1] + row;
        s->v[1] = s->v[0] + row;
    }
    return r->scratch != NULL ? BC_OK : bc_fail_memory((size_t)n * sizeof *r->scratch, "threads");
}

/* Are pixels of MADE pixels of IMAGE, as where one was cut out of the other?  Then all methods keep their bits. */
static int
is_one_lattice(const bc_image *made, const bc_image *image)
{
    double u, v, x, y, dx = 0.0, dy = 0.0;
    int    i;

    for (i = 0; i < 4; i++) {
        x = i % 2 == 0 ? 1.0 : (double)made->nx;
        y = i / 2 == 0 ? 1.0 : (double)made->ny;
        if (!bc_wcs_across(made->wcs, image->wcs, x, y, &u, &v))
            return 0;
        if (i == 0) {
            dx = round(u - x);
            dy = round(v - y);
        }
        if (!(fabs(u - x - dx) < SAME && fabs(v - y - dy) < SAME))
            return 0;
    }
    return 1;
}

static bc_status
choose_method(struct regrid *r, const bc_image *like, const char *name, bc_image *made)
{
    double ratio = bc_image_pixel_scale(like) / bc_image_pixel_scale(r->image);
    size_t i, n = sizeof methods / sizeof methods[0];

    r->surface = bc_unit_is_brightness(bc_image_unit(r->image));
    if (name == NULL || *name == '\0' || strcmp(name, "auto") == 0)
        name = methods[r->surface ? LANCZOS : EXACT].name;
    for (i = 0; i < n && strcmp(name, methods[i].name) != 0; i++)
        ;
    if (i == n)
        return bc_fail(BC_BAD_ARG, "'%s': an image is resampled by exact, lanczos or bilinear",
                       name);
    r->method = (enum method)i;
    r->over = ratio > 1.0 ? (int)fmin(ceil(ratio - 0.05), 32.0) : 1;
    if (is_one_lattice(made, r->image))
        bc_image_note(made, "its %ld x %ld pixels put on the grid of %ld x %ld as they are, that of %s",
                      bc_image_nx(r->image), bc_image_ny(r->image), r->nx, r->ny, bc_image_name(like));
    else
        bc_image_note(made, "resampled from %ld x %ld pixels of %.4g arcsec to %ld x %ld of %.4g by %s, "
                      "%s, the grid is that of %s", bc_image_nx(r->image), bc_image_ny(r->image),
                      bc_image_pixel_scale(r->image), r->nx, r->ny, bc_image_pixel_scale(like), methods[i].words,
                      r->surface ? "surface brightness kept" : "flux kept", bc_image_name(like));
    return BC_OK;
}

/* Both need sky coordinates, in frames that we can turn into each other. */
static bc_status
check_sky(const bc_image *image, const bc_image *like)
{
    const bc_image *both[2] = { image, like };
    double          lon, lat;
    int             i;

    for (i = 0; i < 2; i++)
        if (both[i]->wcs == NULL)       /* says why not */
            return bc_image_to_sky(both[i], 1.0, 1.0, &lon, &lat);
    if (!bc_wcs_comparable(image->wcs, like->wcs))
        return bc_fail(BC_BAD_SHAPE, "%s is in %s coordinates, %s in %s, which are not converted",
                       image->name, bc_wcs_frame(image->wcs), like->name, bc_wcs_frame(like->wcs));
    return BC_OK;
}

static bc_status
open_parts(struct regrid *r, const bc_image *like, const bc_regrid_options *o, bc_image *made)
{
    bc_status st;

    r->nx = like->nx;
    r->ny = like->ny;
    r->memory = o != NULL && o->memory > 0 ? o->memory : bc_memory_free() / 4;
    if (r->memory == 0)
        r->memory = SIZE_MAX;
    st = choose_method(r, like, o != NULL ? o->method : NULL, made);
    if (st == BC_OK)
        st = bc_lattice_open(made->wcs, r->image->wcs, r->nx, r->ny, &r->lattice);
    if (st == BC_OK)
        st = bc_threads_open(o != NULL ? o->threads : 0, &r->threads);
    return st == BC_OK ? make_scratch(r) : st;
}

bc_status
bc_image_regrid(const bc_image *image, const bc_image *like, const bc_regrid_options *o,
                bc_image **image_p)
{
    bc_image      *made = NULL;
    struct regrid *r = NULL;
    bc_status      st = check_sky(image, like);

    if (st == BC_OK)
        st = bc_image_remake(image, like, &made);
    if (st == BC_OK && (r = calloc(1, sizeof *r)) == NULL)
        st = bc_fail_memory(sizeof *r, "an image");
    if (st == BC_OK) {
        r->image = image;
        r->maker = (struct bc_maker){ regrid_rows, regrid_close };
        made->maker = &r->maker;
        st = open_parts(r, like, o, made);
    }
    if (st == BC_OK)
        *image_p = made;
    else
        bc_image_close(made);
    return st;
}
