/* predict_tiles.c -- fields of any size through a local network: tiles with as much around them as has an
 * influence, so that the pixels are the same, bit for bit, for every size of the tiles, and so for every memory.
 *
 * The image is mirrored up to a multiple of what the network takes together; that larger image is what is predicted.
 * Every window lies in it, on the same grid of the tiles of Winograd's algorithm.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_strip.h"

#include <stdio.h>
#include <string.h>

#include "status.h"

enum { LEAST_CORE = 32 };               /* pixels that are kept of a window, along its side */

struct axis {                           /* windows along an axis */
    long n;                             /* pixels, with those that are mirrored */
    long side;                          /* of a window */
    long core;                          /* pixels of it that are kept; around them lies the halo */
    int  halo;
};

/* What is kept of window I. */
static long
core_start(const struct axis *a, long i)
{
    return i * a->core;
}

static long
core_end(const struct axis *a, long i)
{
    return (i + 1) * a->core < a->n ? (i + 1) * a->core : a->n;
}

/* It begins with that less the halo, unless it would leave the image. */
static long
window_start(const struct axis *a, long i)
{
    long start = core_start(a, i) - a->halo, last = a->n - a->side;

    return start < 0 ? 0 : start > last ? last : start;
}

static struct axis
divide(long n, int align, int halo, long side)
{
    struct axis a = { .n = (n + align - 1) / align * align, .halo = halo };

    a.side = side < a.n ? side : a.n;
    a.core = a.side == a.n ? a.n : side - 2 * halo;
    return a;
}

/* Windows in a row, whatever part of it is asked for: what is computed together decides on a GPU which kernel does it. */
static long
count(const struct axis *a)
{
    return (a->n + a->core - 1) / a->core;
}

/* The windows that memory allows: halved until they and the rows that they are cut from fit. */
static bc_status
choose(struct strip *s, struct axis *x, struct axis *y)
{
    struct bc_prediction *p = s->p;
    int                   align = BC_TILE * p->model->graph->multiple, halo = bc_graph_halo(p->model->graph);
    long                  least = 2 * halo + LEAST_CORE, longer = p->nx > p->ny ? p->nx : p->ny;
    long                  side = (p->whole ? longer + align : p->size) / align * align;
    bc_status             st;

    do {
        side = side < least ? least : side;
        *x = divide(p->nx, align, halo, side);
        *y = divide(p->ny, align, halo, side);
        st = strip_allocate(s, y->side < p->ny ? y->side : p->ny, (int)y->side, (int)x->side, count(x));
        if (st != BC_NO_MEMORY || side == least || p->whole)
            return st;
        strip_release(s);
        side = side / 2 / align * align;
        snprintf(p->report.memory, sizeof p->report.memory, "%s: windows of %ld pixels", bc_message(),
                 side < least ? least : side);
    } while (1);
}

/* Whose windows are on their way: member K's of row J. */
struct row {
    struct strip      *s;
    const struct axis *x, *y;
    int                k;
    long               j;
};

/* What the strip's rows have of window I. */
static void
keep(void *arg, long i, const float *result)
{
    const struct row  *r = arg;
    const struct axis *x = r->x, *y = r->y;
    struct strip      *s = r->s;
    long nx = s->p->nx, ny = s->p->ny, x0 = window_start(x, i), y0 = window_start(y, r->j), row;
    long from = core_start(x, i), to = core_end(x, i) < nx ? core_end(x, i) : nx;
    int  plane;

    for (plane = 0; plane < s->p->model->graph->nout; plane++)
        for (row = core_start(y, r->j); row < core_end(y, r->j) && row < ny; row++)
            memcpy(strip_output(s, r->k, plane) + (row - s->first) * nx + from,
                   result + (plane * y->side + row - y0) * x->side + from - x0, (size_t)(to - from) * sizeof(float));
}

/* Those of its windows that touch the area; DONE of all work is done before, STEP is theirs. */
static bc_status
predict_row(struct row *r, double done, double step)
{
    struct strip         *s = r->s;
    const struct axis    *x = r->x, *y = r->y;
    const struct bc_area *a = &s->p->area;
    long                  first = a->x0 / x->core, end = (a->x0 + a->nx - 1) / x->core + 1, i;
    bc_status             st = feed_begin(s->feed, r->k, keep, r);

    for (i = first; st == BC_OK && i < end; i++) {
        strip_cut(s, window_start(y, r->j), window_start(x, i), (int)y->side, (int)x->side, feed_place(s->feed));
        st = feed_push(s->feed, i, NULL);
        if (st == BC_OK)
            st = strip_tell(s, done + step * (double)(i - first + 1) / (double)(end - first));
    }
    return st == BC_OK ? feed_end(s->feed) : st;
}

bc_status
bc_predict_tiles(struct strip *s)
{
    struct bc_prediction *p = s->p;
    const struct bc_area *a = &p->area;
    struct axis           x, y;
    struct row            r = { .s = s, .x = &x, .y = &y };
    long                  first, end, row, j;
    int                   members = p->model->members, k;
    bc_status             st = choose(s, &x, &y);

    if (st != BC_OK)
        return st;
    first = a->y0 / y.core;
    end = (a->y0 + a->ny - 1) / y.core + 1;
    s->first = window_start(&y, first);
    s->done = core_start(&y, first);
    for (j = first; st == BC_OK && j < end; j++) {
        row = window_start(&y, j) + y.side;
        st = strip_load(s, row < p->ny ? row : p->ny);
        for (k = 0; st == BC_OK && k < members; k++) {
            r.j = j;
            r.k = k;
            st = predict_row(&r, ((double)(j - first) + (double)k / members) / (double)(end - first),
                             1.0 / (double)members / (double)(end - first));
        }
        row = core_end(&y, j) < p->ny ? core_end(&y, j) : p->ny;
        if (st == BC_OK)
            st = strip_finish(s, row, j + 1 < end ? window_start(&y, j + 1) : s->first);
    }
    return st;
}
