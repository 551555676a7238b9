/* lattice.c -- where the corners of one image's pixels are among those of another.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "lattice.h"

#include <math.h>
#include <stdlib.h>

struct point {
    double u, v;
};

struct bc_lattice {
    struct bc_wcs *from, *to;
    long           nx, ny;
    long           band;
    int            step;        /* pixels between the nodes of this band */
    long           columns;     /* nodes in a row of nodes */
    struct point  *node;        /* (BC_LATTICE_BAND / step + 1, columns) */
    size_t         room;
};

bc_status
bc_lattice_open(struct bc_wcs *from, struct bc_wcs *to, long nx, long ny,
                struct bc_lattice **lattice_p)
{
    struct bc_lattice *l = calloc(1, sizeof *l);

    if (l == NULL)
        return bc_fail_memory(sizeof *l, "a lattice");
    *l = (struct bc_lattice){ .from = from, .to = to, .nx = nx, .ny = ny, .band = -1 };
    *lattice_p = l;
    return BC_OK;
}

void
bc_lattice_close(struct bc_lattice *l)
{
    if (l == NULL)
        return;
    free(l->node);
    free(l);
}

/* The corner behind X pixels and Y rows. */
static struct point
exact(const struct bc_lattice *l, double x, double y)
{
    struct point p = { NAN, NAN };
    double       u, v;

    if (bc_wcs_across(l->from, l->to, x + 0.5, y + 0.5, &u, &v)) {
        p.u = u - 0.5;
        p.v = v - 0.5;
    }
    return p;
}

/* Is the point between A and B, or where none of them is on the sky, where the mean of them is? */
static int
is_between(struct point p, struct point a, struct point b)
{
    double error = hypot(0.5 * (a.u + b.u) - p.u, 0.5 * (a.v + b.v) - p.v);

    return isnan(p.u) ? isnan(a.u) && isnan(b.u) : error <= BC_LATTICE_ERROR;
}

/* The cell of node N of row ROW: in its middle and on its upper and right side. */
static int
is_good(const struct bc_lattice *l, long row, long n)
{
    const struct point *a = l->node + row * l->columns + n, *b = a + l->columns;
    double              x = (double)(n * l->step), half = 0.5 * l->step;
    double              y = (double)(l->band * BC_LATTICE_BAND + row * l->step);
    struct point        bottom = { 0.5 * (a[0].u + a[1].u), 0.5 * (a[0].v + a[1].v) };
    struct point        top = { 0.5 * (b[0].u + b[1].u), 0.5 * (b[0].v + b[1].v) };

    return is_between(exact(l, x + half, y + half), bottom, top)
           && is_between(exact(l, x + half, y + 2.0 * half), b[0], b[1])
           && is_between(exact(l, x + 2.0 * half, y + half), a[1], b[1]);
}

/* Nodes STEP pixels apart; 0 = they are too few. */
static int
fill(struct bc_lattice *l, int step)
{
    long   rows = BC_LATTICE_BAND / step + 1, row, n;
    double y0 = (double)(l->band * BC_LATTICE_BAND);

    l->step = step;
    l->columns = (l->nx + step - 1) / step + 1;
    for (row = 0; row < rows; row++)
        for (n = 0; n < l->columns; n++)
            l->node[row * l->columns + n] =
                exact(l, (double)(n * step), y0 + (double)(row * step));
    for (row = 0; step > 1 && row + 1 < rows; row++)
        for (n = 0; n + 1 < l->columns; n++)
            if (!is_good(l, row, n))
                return 0;
    return 1;
}

static bc_status
make_room(struct bc_lattice *l, int step)
{
    size_t        rows = BC_LATTICE_BAND / step + 1, n;
    struct point *node;

    n = rows * (size_t)((l->nx + step - 1) / step + 1);
    if (n <= l->room)
        return BC_OK;
    node = realloc(l->node, n * sizeof *node);
    if (node == NULL)
        return bc_fail_memory(n * sizeof *node, "a lattice");
    l->node = node;
    l->room = n;
    return BC_OK;
}

bc_status
bc_lattice_band(struct bc_lattice *l, long band)
{
    int       step;
    bc_status st;

    if (l->band == band)
        return BC_OK;
    l->band = band;
    for (step = BC_LATTICE_BAND; step >= 1; step /= 2) {
        st = make_room(l, step);
        if (st != BC_OK) {
            l->band = -1;
            return st;
        }
        if (fill(l, step))
            break;
    }
    return BC_OK;
}

/* To the next multiple of 2^-20: of so large a sum the last bit is that. */
static double
snap(double x)
{
    const double large = 6442450944.0;          /* 1.5 * 2^32 */

    return x + large - large;
}

void
bc_lattice_row(const struct bc_lattice *l, long y, double *u, double *v)
{
    long                row = (y - l->band * BC_LATTICE_BAND) / l->step, i, n;
    const struct point *a = l->node + row * l->columns, *b;
    double              t, s;
    struct point        p, q;

    t = (double)(y - l->band * BC_LATTICE_BAND - row * l->step) / l->step;
    b = t > 0.0 ? a + l->columns : a;
    q = (struct point){ a->u + t * (b->u - a->u), a->v + t * (b->v - a->v) };
    for (n = 0; n + 1 < l->columns; n++) {
        p = q;
        q.u = a[n + 1].u + t * (b[n + 1].u - a[n + 1].u);
        q.v = a[n + 1].v + t * (b[n + 1].v - a[n + 1].v);
        for (i = n * l->step; i < (n + 1) * l->step && i <= l->nx; i++) {
            s = (double)(i - n * l->step) / l->step;
            u[i] = snap(s > 0.0 ? p.u + s * (q.u - p.u) : p.u);
            v[i] = snap(s > 0.0 ? p.v + s * (q.v - p.v) : p.v);
        }
    }
    if (l->nx == n * l->step) {
        u[l->nx] = snap(q.u);
        v[l->nx] = snap(q.v);
    }
}

void
bc_lattice_reach(const struct bc_lattice *l, long y0, long y1, long nu, double *low_p,
                 double *high_p)
{
    const long first = l->band * BC_LATTICE_BAND;
    long       row, end = (y1 - first + l->step - 1) / l->step, n;
    int        i;

    *low_p = INFINITY;
    *high_p = -INFINITY;
    for (row = (y0 - first) / l->step; row < end; row++)
        for (n = 0; n + 1 < l->columns; n++) {
            const struct point *a = l->node + row * l->columns + n;
            const struct point  cell[4] = { a[0], a[1], a[l->columns], a[l->columns + 1] };
            double              left = INFINITY, right = -INFINITY;
            double              low = INFINITY, high = -INFINITY;

            for (i = 0; i < 4; i++) {
                left = fmin(left, cell[i].u);       /* of a number and NaN it is the number */
                right = fmax(right, cell[i].u);
                low = fmin(low, cell[i].v);
                high = fmax(high, cell[i].v);
            }
            if (right < -BC_LATTICE_MARGIN || left > (double)nu + BC_LATTICE_MARGIN)
                continue;
            *low_p = fmin(*low_p, low);
            *high_p = fmax(*high_p, high);
        }
}
