/* predict_tiles.c -- fields of any size through a local network: tiles with as much around them as has an
 * influence, so that the pixels are the same, bit for bit, for every size of the tiles, and so for every memory.
 *
 * An image whose sides are no multiple of what the network takes together is mirrored up to one; that image is what is
 * predicted, as if it were one window.  Every window begins on the same grid of the tiles of Winograd's algorithm, so
 * all are longer than a multiple of its step by as much as the image is.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_strip.h"

#include <stdio.h>
#include <string.h>

enum { LEAST_CORE = 32 };               /* pixels that are kept of a window, along its side */

struct axis {                           /* windows along an axis */
    long n;                             /* pixels, with those that are mirrored */
    long count;                         /* whatever part is asked for: on a GPU it decides which kernels compute them */
    long side;                          /* of a window */
    long step;                          /* from one to the next */
    int  halo;                          /* pixels at a side that are not kept, but at an edge of the image */
};

static long
window_start(const struct axis *a, long i)
{
    return i * a->step < a->n - a->side ? i * a->step : a->n - a->side;
}

/* What is kept of window I. */
static long
core_start(const struct axis *a, long i)
{
    return i == 0 ? 0 : window_start(a, i) + a->halo;
}

static long
core_end(const struct axis *a, long i)
{
    return i + 1 < a->count ? core_start(a, i + 1) : a->n;
}

/* The window that keeps pixel X. */
static long
window_of(const struct axis *a, long x)
{
    long i = 0;

    while (core_end(a, i) <= x)
        i++;
    return i;
}

static long
round_up(long n, int align)
{
    return (n + align - 1) / align * align;
}

/* As few windows as windows of MOST can be, and those no larger than they must.  The network takes MULTIPLE pixels
 * together, windows begin at multiples of ALIGN, the least that a network can see. */
static struct axis
divide(long n, int multiple, int align, int halo, long most)
{
    struct axis a = { .n = n < align ? align : round_up(n, multiple), .count = 1, .halo = halo };
    long        edges = 2 * halo + a.n % align;
    long        kept = (most - edges) / align * align, rest = a.n - edges;      /* by windows, and by all of them */

    if (a.n > most)
        a.count = (rest + kept - 1) / kept;
    a.step = a.count > 1 ? round_up((rest + a.count - 1) / a.count, align) : a.n;
    a.side = a.count > 1 ? a.step + edges : a.n;
    return a;
}

/* The windows that memory allows: halved until they and the rows that they are cut from fit. */
static bc_status
choose(struct strip *s, struct axis *x, struct axis *y)
{
    struct bc_prediction *p = s->p;
    int                   multiple = p->model->graph->multiple, align = BC_TILE * multiple;
    int                   halo = bc_graph_halo(p->model->graph);
    long                  core = 2 * align > LEAST_CORE ? 2 * align : LEAST_CORE;     /* an edge may take one of them */
    long                  least = 2 * halo + core, longer = p->nx > p->ny ? p->nx : p->ny;
    long                  side = (p->whole ? longer + align : p->size) / align * align;
    bc_status             st;

    do {
        side = side < least ? least : side;
        *x = divide(p->nx, multiple, align, halo, side);
        *y = divide(p->ny, multiple, align, halo, side);
        st = strip_allocate(s, y->side < p->ny ? y->side : p->ny, (int)y->side, (int)x->side, x->count);
        if (st != BC_NO_MEMORY || side == least || !p->may_divide)
            return st;
        strip_release(s);
        side = side / 2 / align * align;
        snprintf(p->report.memory, sizeof p->report.memory, "%s: windows of %ld pixels", bc_message(),
                 side < least ? least : side);
        if (p->whole) {
            p->whole = 0;
            p->report.size = p->size;
            snprintf(p->report.window, sizeof p->report.window, "tile");
        }
    } while (1);
}

/* Whose windows are on their way: member K's of row J. */
struct row {
    struct strip      *s;
    const struct axis *x, *y;
    int                k;
    long               j;
};

/* What is kept of window I, as its pixels are counted. */
static struct bc_part
kept(const struct row *r, long i)
{
    const struct axis *x = r->x, *y = r->y;
    long x0 = window_start(x, i), y0 = window_start(y, r->j), nx = r->s->p->nx, ny = r->s->p->ny;
    long x1 = core_end(x, i) < nx ? core_end(x, i) : nx, y1 = core_end(y, r->j) < ny ? core_end(y, r->j) : ny;

    return (struct bc_part){ (int)(core_start(y, r->j) - y0), (int)(y1 - y0),
                             (int)(core_start(x, i) - x0), (int)(x1 - x0) };
}

/* The strip's rows get it. */
static void
keep(void *arg, long i, const float *result)
{
    const struct row *r = arg;
    struct strip     *s = r->s;
    struct bc_part    part = kept(r, i);
    long              nx = s->p->nx, side = r->x->side, at = window_start(r->x, i) + part.x0, y;
    int               plane;

    for (plane = 0; plane < s->p->model->graph->nout; plane++)
        for (y = part.y0; y < part.y1; y++)
            memcpy(strip_output(s, r->k, plane) + (window_start(r->y, r->j) + y - s->first) * nx + at,
                   result + (plane * r->y->side + y) * side + part.x0, (size_t)(part.x1 - part.x0) * sizeof(float));
}

/* Those of its windows that touch the area; DONE of all work is done before, STEP is theirs. */
static bc_status
predict_row(struct row *r, double done, double step)
{
    struct strip         *s = r->s;
    const struct axis    *x = r->x, *y = r->y;
    const struct bc_area *a = &s->p->area;
    long                  first = window_of(x, a->x0), end = window_of(x, a->x0 + a->nx - 1) + 1, i;
    bc_status             st = feed_begin(s->feed, r->k, keep, r);

    for (i = first; st == BC_OK && i < end; i++) {
        struct bc_part part = kept(r, i);

        strip_cut(s, window_start(y, r->j), window_start(x, i), (int)y->side, (int)x->side, feed_place(s->feed));
        st = feed_push(s->feed, i, &part);
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
    first = window_of(&y, a->y0);
    end = window_of(&y, a->y0 + a->ny - 1) + 1;
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
