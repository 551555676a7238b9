/* offset.c -- do two images show the same where their sky coordinates agree?
 *
 * Both are averaged into the cells of maps on the anchor's plane, stretched so that no single star decides,
 * and correlated at all shifts.  Cells that are a linear function of each other's with correlation r share
 * -log(1 - r^2) / 2 nats each: the shift at which the maps share most is where they belong.  The correlation
 * alone would not do: it is highest where a small, smooth piece of one lies on a small, smooth piece of the
 * other.  The maximum is refined with smaller cells.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "offset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "median.h"

enum { COARSE = 64, FINE = 96, REACH = 5, FINER = 3, LAG = 2, BLOCK = 1 << 18 };

/* At least so much of the smaller map must lie on the other one. */
static const double COMMON = 0.5;

/* Cells from a shift that are the same shift, and that are surely another one. */
static const double NEAR = 1.5, APART = 5.0;

/* Nats more, and at most so much of them at any other shift.  Of 2616 pairs of cut-outs (two bands of CEERS or
 * KiDS and VIKING) these call 3 misplaced that are not, and find 1253 of as many that are, by 2.5 to 80 pixels;
 * what the others show has too little in common (test/bench/offsets.py). */
static const double MUCH = 150.0, UNIQUE = 0.7;

/* Side of the smallest cells in pixels: PSFs are wider, and a cell has less noise. */
static const double FINEST = 1.5;

struct map {            /* cells of CELL pixels of the anchor, the first of them at (x0, y0) */
    double x0, y0, cell;
    long   nx, ny;
    float *value;       /* NaN where there are no data */
    long   n;           /* how many have data */
};

/* (x, y) of an image, 0-based, to (xx * x + xy * y + x0...) of the anchor. */
struct affine {
    double xx, xy, x0, yx, yy, y0;
};

/* ---- maps ------------------------------------------------------------------------------------ */

/* Around (x, y) of the image, over H pixels; 0 where that is not on the anchor's projection. */
static int
find_affine(const bc_image *anchor, const bc_image *image, double x, double y, double h,
            struct affine *a)
{
    double u[3], v[3];
    int    i;

    if (anchor == image) {
        *a = (struct affine){ .xx = 1.0, .yy = 1.0 };
        return 1;
    }
    for (i = 0; i < 3; i++) {
        if (!bc_wcs_across(image->wcs, anchor->wcs, x + 1.0 + (i == 1) * h, y + 1.0 + (i == 2) * h,
                           &u[i], &v[i]))
            return 0;
    }
    a->xx = (u[1] - u[0]) / h;
    a->xy = (u[2] - u[0]) / h;
    a->yx = (v[1] - v[0]) / h;
    a->yy = (v[2] - v[0]) / h;
    a->x0 = u[0] - 1.0 - a->xx * x - a->xy * y;
    a->y0 = v[0] - 1.0 - a->yx * x - a->yy * y;
    return fabs(a->xx * a->yy - a->xy * a->yx) > 0.0;
}

/* Rows [*low_p, *high_p) of the image can be in the map. */
static void
find_rows(const struct map *m, const struct affine *a, long ny, long *low_p, long *high_p)
{
    double det = a->xx * a->yy - a->xy * a->yx, low = INFINITY, high = -INFINITY;
    int    i;

    for (i = 0; i < 4; i++) {
        double u = m->x0 + (i % 2) * m->cell * (double)m->nx - a->x0;
        double v = m->y0 + (i / 2) * m->cell * (double)m->ny - a->y0;
        double y = (a->xx * v - a->yx * u) / det;

        if (y < low)        /* no fmin: gcc 12 breaks down over the pair for aarch64 */
            low = y;
        if (y > high)
            high = y;
    }
    *low_p = low > 1.0 ? low < (double)ny ? (long)low - 1 : ny : 0;
    *high_p = high < (double)ny - 2.0 ? high > 0.0 ? (long)high + 2 : 0 : ny;
}

/* Noise of the cells, from second differences over LAG of them, along rows and columns: a cut-out may show
 * nothing but a galaxy, which is smooth over that where sky and its scatter cannot be seen. */
static double
find_noise(const struct map *m, float *work)
{
    long   x, y;
    size_t n = 0;

    for (y = LAG; y < m->ny - LAG; y++)
        for (x = LAG; x < m->nx - LAG; x++) {
            const float *v = m->value + y * m->nx + x;
            float        row = v[-LAG] - 2.0f * v[0] + v[LAG];
            float        column = v[-LAG * m->nx] - 2.0f * v[0] + v[LAG * m->nx];

            if (!isnan(row))
                work[n++] = fabsf(row);
            if (!isnan(column))
                work[n++] = fabsf(column);
        }
    return n < 30 ? 0.0 : 1.4826 / sqrt(6.0) * bc_median(work, n);
}

/* To a scale on which no single star decides and noise is nothing; 0 if the noise cannot be known. */
static int
stretch(struct map *m, float *work)
{
    double sigma = find_noise(m, work), level;
    long   cells = m->nx * m->ny, i;
    size_t n = 0;

    if (!(sigma > 0.0))
        return 0;
    for (i = 0; i < cells; i++)
        if (!isnan(m->value[i]))
            work[n++] = m->value[i];
    bc_median(work, n);
    level = bc_median(work, n / 2);
    for (i = 0; i < cells; i++)
        if (!isnan(m->value[i]))
            m->value[i] = (float)asinh(fmax(0.0, (m->value[i] - level) / sigma - 1.0) / 2.0);
    return 1;
}

/* Add rows of the image to the cells' sums and counts. */
static void
add_rows(struct map *m, const struct affine *a, const float *pixels, long nx, long y, long ny,
         float *count)
{
    long end = y + ny, x;

    for (; y < end; y++)
        for (x = 0; x < nx; x++, pixels++) {
            double u = (a->xx * (double)x + a->xy * (double)y + a->x0 - m->x0) / m->cell;
            double v = (a->yx * (double)x + a->yy * (double)y + a->y0 - m->y0) / m->cell;

            if (u >= 0.0 && v >= 0.0 && u < (double)m->nx && v < (double)m->ny
                && isfinite(*pixels)) {
                m->value[(long)v * m->nx + (long)u] += *pixels;
                count[(long)v * m->nx + (long)u] += 1.0f;
            }
        }
}

/* Fill M, whose place and size are set; its N stays 0 where nothing can be said. */
static bc_status
make_map(const bc_image *image, const struct affine *a, struct map *m)
{
    long      nx = bc_image_nx(image), step = nx < BLOCK ? BLOCK / nx : 1, y, end, ny, i;
    long      cells = m->nx * m->ny;
    float    *count = calloc((size_t)cells * 2, sizeof *count);     /* as work, too */
    float    *pixels = malloc((size_t)(step * nx) * sizeof *pixels);
    bc_status st = BC_OK;

    m->n = 0;
    m->value = calloc((size_t)cells, sizeof *m->value);
    if (m->value == NULL || count == NULL || pixels == NULL)
        st = bc_fail_memory((size_t)(step * nx) * sizeof *pixels, "rows of an image");
    for (find_rows(m, a, bc_image_ny(image), &y, &end); st == BC_OK && y < end; y += ny) {
        ny = end - y < step ? end - y : step;
        st = bc_image_rows(image, y, ny, pixels, NULL);
        if (st == BC_OK)
            add_rows(m, a, pixels, nx, y, ny, count);
    }
    for (i = 0; st == BC_OK && i < cells; i++) {
        m->value[i] = count[i] > 0.0f ? m->value[i] / count[i] : NAN;
        m->n += count[i] > 0.0f;
    }
    if (st == BC_OK && !stretch(m, count))
        m->n = 0;
    free(count);
    free(pixels);
    return st;
}

/* ---- correlation ----------------------------------------------------------------------------- */

/* What A's cells share with B's (sx, sy) before them, nats; *N_P of them are common. */
static double
share(const struct map *a, const struct map *b, long sx, long sy, double *n_p)
{
    long   x0 = sx > 0 ? sx : 0, x1 = sx + b->nx < a->nx ? sx + b->nx : a->nx, x, y;
    long   y0 = sy > 0 ? sy : 0, y1 = sy + b->ny < a->ny ? sy + b->ny : a->ny;
    double n = 0.0, sa = 0.0, sb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;

    for (y = y0; y < y1; y++) {
        const float *p = a->value + y * a->nx, *q = b->value + (y - sy) * b->nx - sx;

        for (x = x0; x < x1; x++) {
            double u = p[x], v = q[x];

            if (isnan(u) || isnan(v))
                continue;
            n += 1.0;
            sa += u;
            sb += v;
            aa += u * u;
            bb += v * v;
            ab += u * v;
        }
    }
    *n_p = n;
    if (n < 30.0)
        return 0.0;
    aa -= sa * sa / n;
    bb -= sb * sb / n;
    ab -= sa * sb / n;
    if (!(aa > 0.0 && bb > 0.0 && ab > 0.0))
        return 0.0;
    return -0.5 * n * log(fmax(1.0 - ab / aa * ab / bb, 1e-6));
}

/* The top of a parabola through three points, in steps from the middle one. */
static double
top(double left, double middle, double right)
{
    double bend = left - 2.0 * middle + right;

    return bend < 0.0 ? fmax(-0.5, fmin(0.5, 0.5 * (left - right) / bend)) : 0.0;
}

/* The same where enough are common, else 0. */
static double
share_enough(const struct map *a, const struct map *b, long sx, long sy)
{
    double least = COMMON * (double)(a->n < b->n ? a->n : b->n), n;
    long   nx = (sx + b->nx < a->nx ? sx + b->nx : a->nx) - (sx > 0 ? sx : 0);
    long   ny = (sy + b->ny < a->ny ? sy + b->ny : a->ny) - (sy > 0 ? sy : 0);
    double shared = nx > 0 && ny > 0 && (double)nx * (double)ny >= least ? share(a, b, sx, sy, &n) : 0.0;

    return shared > 0.0 && n >= least ? shared : 0.0;
}

/* What A and B share at the shifts next to (x, y), per common cell: they may have less in common than elsewhere. */
static double
share_near(const struct map *a, const struct map *b, double x, double y)
{
    double most = 0.0, n, shared;
    long   sx, sy;

    for (sy = (long)ceil(y - NEAR); (double)sy <= y + NEAR; sy++)
        for (sx = (long)ceil(x - NEAR); (double)sx <= x + NEAR; sx++) {
            shared = share(a, b, sx, sy, &n);
            if (shared > 0.0)
                most = fmax(most, shared / n);
        }
    return most;
}

/* The best of the shifts (x0 .. x1, y0 .. y1) into O, in pixels of the anchor. */
static bc_status
find_peak(const struct map *a, const struct map *b, long x0, long x1, long y0, long y1,
          struct bc_offset *o)
{
    double  ox = (b->x0 - a->x0) / a->cell, oy = (b->y0 - a->y0) / a->cell;    /* no shift */
    long    nx = x1 - x0 + 1, n = nx * (y1 - y0 + 1), i, best = 0, x, y;
    double *shared = malloc((size_t)n * sizeof *shared), common;

    if (shared == NULL)
        return bc_fail_memory((size_t)n * sizeof *shared, "the shifts of an image");
    for (i = 0; i < n; i++) {
        shared[i] = share_enough(a, b, x0 + i % nx, y0 + i / nx);
        if (shared[i] > shared[best])
            best = i;
    }
    *o = (struct bc_offset){ .is_clear = o->is_clear };
    if (shared[best] == 0.0)
        goto done;
    x = x0 + best % nx;
    y = y0 + best / nx;
    o->there = share(a, b, x, y, &common);
    o->here = common * share_near(a, b, ox, oy);
    for (i = 0; i < n; i++)
        if (hypot((double)(x0 + i % nx - x), (double)(y0 + i / nx - y)) > APART)
            o->second = fmax(o->second, shared[i]);
    o->dx = a->cell * ((double)x - ox + top(share_enough(a, b, x - 1, y), o->there, share_enough(a, b, x + 1, y)));
    o->dy = a->cell * ((double)y - oy + top(share_enough(a, b, x, y - 1), o->there, share_enough(a, b, x, y + 1)));
done:
    free(shared);
    return BC_OK;
}

/* ---- from coarse to fine --------------------------------------------------------------------- */

/* Where the image's corners are on the anchor's plane. */
static void
find_frame(const bc_image *image, const struct affine *a, double frame[4])
{
    double nx = (double)bc_image_nx(image), ny = (double)bc_image_ny(image);
    int    i;

    frame[0] = frame[1] = INFINITY;
    frame[2] = frame[3] = -INFINITY;
    for (i = 0; i < 4; i++) {
        double x = (i % 2) * nx - 0.5, y = (i / 2) * ny - 0.5;
        double u = a->xx * x + a->xy * y + a->x0, v = a->yx * x + a->yy * y + a->y0;

        frame[0] = fmin(frame[0], u);
        frame[1] = fmin(frame[1], v);
        frame[2] = fmax(frame[2], u);
        frame[3] = fmax(frame[3], v);
    }
}

/* All of both, at all shifts at which they have enough in common. */
static bc_status
search_all(const bc_image *anchor, const bc_image *image, const struct affine *to,
           const double frames[2][4], double cell, struct bc_offset *o)
{
    static const struct affine same = { .xx = 1.0, .yy = 1.0 };
    struct map                 m[2] = { { .n = 0 }, { .n = 0 } };
    int                        i;
    bc_status                  st = BC_OK;

    for (i = 0; i < 2; i++) {
        m[i].x0 = frames[i][0];
        m[i].y0 = frames[i][1];
        m[i].cell = cell;
        m[i].nx = (long)ceil((frames[i][2] - frames[i][0]) / cell);
        m[i].ny = (long)ceil((frames[i][3] - frames[i][1]) / cell);
        if (st == BC_OK)
            st = make_map(i == 0 ? anchor : image, i == 0 ? &same : to, &m[i]);
    }
    if (st == BC_OK && m[0].n > 0 && m[1].n > 0)
        st = find_peak(&m[0], &m[1], -m[1].nx, m[0].nx, -m[1].ny, m[0].ny, o);
    free(m[0].value);
    free(m[1].value);
    return st;
}

/* In the middle of what both show if the image is moved by O, REACH cells around that. */
static bc_status
search_near(const bc_image *anchor, const bc_image *image, const double frames[2][4], double cell,
            struct bc_offset *o)
{
    static const struct affine same = { .xx = 1.0, .yy = 1.0 };
    const double               move[2] = { o->dx, o->dy };
    struct map                 m[2] = { { .n = 0 }, { .n = 0 } };
    struct affine              to;
    double                     middle[2], side[2], x, y;
    int                        i;
    bc_status                  st;

    for (i = 0; i < 2; i++) {
        double low = fmax(frames[0][i], frames[1][i] + move[i]);
        double high = fmin(frames[0][i + 2], frames[1][i + 2] + move[i]);

        middle[i] = 0.5 * (low + high);
        side[i] = fmin(high - low, FINE * cell);
        m[0].cell = m[1].cell = cell;
    }
    if (!(side[0] > 0.0 && side[1] > 0.0)
        || !bc_wcs_across(anchor->wcs, image->wcs, middle[0] - move[0] + 1.0,
                       middle[1] - move[1] + 1.0, &x, &y)
        || !find_affine(anchor, image, x - 1.0, y - 1.0, 32.0, &to))
        return BC_OK;
    for (i = 0; i < 2; i++) {
        m[i].nx = (long)ceil(side[0] / cell);
        m[i].ny = (long)ceil(side[1] / cell);
        m[i].x0 = middle[0] - 0.5 * side[0] - i * move[0];
        m[i].y0 = middle[1] - 0.5 * side[1] - i * move[1];
    }
    st = make_map(anchor, &same, &m[0]);
    if (st == BC_OK)
        st = make_map(image, &to, &m[1]);
    if (st == BC_OK && m[0].n > 0 && m[1].n > 0)
        st = find_peak(&m[0], &m[1], -REACH, REACH, -REACH, REACH, o);
    free(m[0].value);
    free(m[1].value);
    return st;
}

/* The maps belong elsewhere: they share much more there than without a shift, and there only. */
static int
is_elsewhere(const struct bc_offset *o)
{
    return o->there - o->here > MUCH && o->second < UNIQUE * o->there;
}

bc_status
bc_offset_find(const bc_image *anchor, const bc_image *image, struct bc_offset *offset_p)
{
    struct bc_offset o = { .dx = 0.0 }, finer;
    struct affine    self = { .xx = 1.0, .yy = 1.0 }, to;
    double           frames[2][4], side, pixel, cell;
    bc_status        st;

    *offset_p = o;
    if (anchor->wcs == NULL || image->wcs == NULL || !bc_wcs_comparable(anchor->wcs, image->wcs)
        || !find_affine(anchor, image, 0.5 * (double)image->nx, 0.5 * (double)image->ny,
                        0.25 * (double)image->nx, &to))
        return BC_OK;
    find_frame(anchor, &self, frames[0]);
    find_frame(image, &to, frames[1]);
    pixel = fmax(1.0, sqrt(fabs(to.xx * to.yy - to.xy * to.yx)));
    side = fmax(fmax(frames[0][2] - frames[0][0], frames[0][3] - frames[0][1]),
                fmax(frames[1][2] - frames[1][0], frames[1][3] - frames[1][1]));
    cell = fmax(FINEST * pixel, side / COARSE);
    st = search_all(anchor, image, &to, frames, cell, &o);
    while (st == BC_OK && cell > FINEST * pixel) {
        o.is_clear = o.is_clear || is_elsewhere(&o);
        if (!o.is_clear)        /* no reason to start anywhere else */
            o.dx = o.dy = 0.0;
        cell = fmax(FINEST * pixel, cell / FINER);
        finer = o;
        st = search_near(anchor, image, frames, cell, &finer);
        if (finer.there > 0.0)
            o = finer;
    }
    o.is_clear = o.is_clear || is_elsewhere(&o);
    o.pixels = hypot(o.dx, o.dy) / pixel;
    o.arcsec = hypot(o.dx, o.dy) * bc_image_pixel_scale(anchor);
    o.is_clear = o.is_clear && o.pixels > 1.5 && o.there - o.here > MUCH;
    if (st == BC_OK)
        *offset_p = o;
    return st;
}
