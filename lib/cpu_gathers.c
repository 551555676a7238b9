/* cpu_gathers.c -- writes a layer's convolution and its gradients as gathers and sums over pixels.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include <stdlib.h>

/* Rows in a piece of work: enough to use weights more than once, few enough to share out. */
enum { ROWS = 4 };

/* Scalars that one item of the gradient by the weights takes: its sums stay in L1. */
enum { BLOCK = 16 };

/* Memory for all taps of all phases: together they are the kernel's k * k. */
static int
take_taps(struct cpu_gather *f, int k)
{
    f->phase[0].tap = malloc((size_t)k * k * sizeof *f->phase[0].tap);
    f->phase[0].kernel_tap = malloc((size_t)k * k * sizeof *f->phase[0].kernel_tap);
    return f->phase[0].tap != NULL && f->phase[0].kernel_tap != NULL;
}

/* Phase (py, px) has the taps (py + STEP j, px + STEP i), at j * ROW + i * PIXEL, or at minus that
 * where the result is spread BACKWARDS. */
static void
set_taps(struct cpu_gather *f, int k, int backwards, ptrdiff_t row, ptrdiff_t pixel)
{
    int n = 0, py, px, ky, kx, sign = backwards ? -1 : 1;

    for (py = 0; py < f->step; py++)
        for (px = 0; px < f->step; px++) {
            struct cpu_phase *p = &f->phase[py * f->step + px];

            p->tap = f->phase[0].tap + n;
            p->kernel_tap = f->phase[0].kernel_tap + n;
            p->ntap = 0;
            for (ky = py; ky < k; ky += f->step)
                for (kx = px; kx < k; kx += f->step) {
                    p->tap[p->ntap] = (ky - py) / f->step * row + (kx - px) / f->step * pixel;
                    p->tap[p->ntap] *= sign;
                    p->kernel_tap[p->ntap++] = ky * k + kx;
                }
            n += p->ntap;
        }
}

/* By Winograd's tiles, whole rows of them in a piece of work. */
static int
wants_winograd(const struct cpu_geometry *m, const struct bc_layer *l)
{
    return m->winograd && l->op == BC_CONV && l->k == 3 && l->stride == 1
           && l->cin >= CPU_WINOGRAD_CHANNELS && l->cout >= CPU_WINOGRAD_CHANNELS;
}

/* Products that tiles of SIDE take for the pixels of one channel. */
static int
products(const struct cpu_phase *f, int side)
{
    return (f->ny + side - 1) / side * ((f->nx + side - 1) / side) * cpu_winograd_positions(side);
}

static int
tile_side(const struct cpu_geometry *m, const struct cpu_gather *f)
{
    int large = m->large && f->nsum >= CPU_WINOGRAD_LARGE && f->nlane >= CPU_WINOGRAD_LARGE;

    return large && products(&f->phase[0], 8) < products(&f->phase[0], 4) ? 8 : 4;
}

/* Places of the phases in the packed weights. */
static void
set_packed(struct cpu_geometry *m, const struct bc_layer *l, struct cpu_gather *f)
{
    int    sums = f->pitch < m->lanes ? (f->nsum + m->lanes - 1) / m->lanes * m->lanes : f->nsum, i;
    size_t per_tap = (size_t)sums * f->pitch;

    f->npacked = 0;
    for (i = 0; i < f->step * f->step; i++) {
        f->phase[i].weights = f->npacked;
        f->npacked += f->phase[i].ntap * per_tap;
    }
    f->rows = ROWS;
    if (wants_winograd(m, l)) {
        int side = tile_side(m, f), tiles_x = (f->phase[0].nx + side - 1) / side;
        int most = cpu_winograd_tiles(side) / 2 / tiles_x;

        f->winograd = side;
        f->rows = side * (most > 1 ? most : 1);
        f->npacked = (size_t)cpu_winograd_positions(side) * f->nsum * f->pitch;
    }
}

/* To predict, all layers' weights stay packed.  To train, where they change with every step, they
 * are packed one layer after another into one place. */
static void
keep_packed(struct cpu_geometry *m, struct cpu_gather *f)
{
    f->packed = m->train ? 0 : m->npacked;
    if (!m->train)
        m->npacked += f->npacked;
    else if (m->npacked < f->npacked)
        m->npacked = f->npacked;
}

static int
set_forward(struct cpu_geometry *m, struct cpu_layer *p, const struct cpu_tensor *x)
{
    struct cpu_gather *f = &p->forward;
    int                s = p->l->stride, up = p->l->op == BC_CONVT, py, px;

    if (!take_taps(f, p->l->k))
        return 0;
    f->step = up ? 2 : 1;
    f->nsum = p->l->cin;
    f->nlane = p->l->cout;
    f->pitch = p->z.pitch;
    f->transposed = up;
    f->in_row = up ? cpu_row(x) : s * cpu_row(x);
    f->in_pixel = up ? x->pitch : s * x->pitch;
    f->out_row = f->step * cpu_row(&p->z);
    f->out_pixel = (ptrdiff_t)f->step * p->z.pitch;
    set_taps(f, p->l->k, up, cpu_row(x), x->pitch);
    for (py = 0; py < f->step; py++)
        for (px = 0; px < f->step; px++) {
            struct cpu_phase *q = &f->phase[py * f->step + px];

            q->ny = p->z.h / f->step;
            q->nx = p->z.w / f->step;
            q->in = cpu_at(x, -p->lo_y, -p->lo_x);
            q->out = cpu_at(&p->z, py, px);
        }
    set_packed(m, p->l, f);
    keep_packed(m, f);
    return 1;
}

/* How many places FROM, FROM + S, ... do not lie beyond LAST. */
static int
count(int from, int last, int s)
{
    return last < from ? 0 : (last - from) / s + 1;
}

/* First place >= FROM whose distance from -LO leaves PHASE when divided by S. */
static int
first_of_phase(int from, int lo, int phase, int s)
{
    while ((from + lo - phase) % s != 0)
        from++;
    return from;
}

/* The gradient by x, on x and the border that this layer mirrors: a convolution's place P got
 * its value from outputs (P + lo - tap) / stride; a transposed one's from outputs 2 P + tap. */
static int
set_backward(struct cpu_geometry *m, struct cpu_layer *p, const struct cpu_tensor *x,
             const struct cpu_tensor *dx)
{
    struct cpu_gather       *f = &p->backward;
    const struct cpu_tensor *dz = &p->dz;
    int                      s = p->l->stride, up = p->l->op == BC_CONVT, py, px;
    int                      b = !up && p->l->pad == BC_PAD_REFLECT ? p->l->k / 2 : 0;

    if (!take_taps(f, p->l->k))
        return 0;
    f->step = up ? 1 : s;
    f->nsum = p->l->cout;
    f->nlane = p->l->cin;
    f->pitch = dx->pitch;
    f->transposed = !up;
    f->in_row = up ? 2 * cpu_row(dz) : cpu_row(dz);
    f->in_pixel = up ? 2 * dz->pitch : dz->pitch;
    f->out_row = f->step * cpu_row(dx);
    f->out_pixel = (ptrdiff_t)f->step * dx->pitch;
    set_taps(f, p->l->k, !up, cpu_row(dz), dz->pitch);
    for (py = 0; py < f->step; py++)
        for (px = 0; px < f->step; px++) {
            struct cpu_phase *q = &f->phase[py * f->step + px];
            int               y = first_of_phase(-b, p->lo_y, py, f->step);
            int               x0 = first_of_phase(-b, p->lo_x, px, f->step);

            q->ny = count(y, x->h - 1 + b, f->step);
            q->nx = count(x0, x->w - 1 + b, f->step);
            q->in = cpu_at(dz, 0, 0);
            if (!up)
                q->in = cpu_at(dz, (y + p->lo_y - py) / s, (x0 + p->lo_x - px) / s);
            q->out = cpu_at(dx, y, x0);
        }
    set_packed(m, p->l, f);
    keep_packed(m, f);
    return 1;
}

/* A plain layer: lanes run over what the kernel's last index counts; scalars over the one
 * before. */
static void
set_dweight(struct cpu_layer *p, const struct cpu_tensor *x)
{
    struct cpu_dweight      *d = &p->dweight;
    const struct bc_layer   *l = p->l;
    int                      up = l->op == BC_CONVT, k = l->k;
    const struct cpu_tensor *lanes = up ? x : &p->dz, *scalar = up ? &p->dz : x;

    d->ny = lanes->h;
    d->nx = lanes->w;
    d->nlane = lanes->c;
    d->nscalar = scalar->c;
    d->ngroup = k;
    d->lane_at = cpu_at(lanes, 0, 0);
    d->lane_row = cpu_row(lanes);
    d->lane_pixel = d->pitch = lanes->pitch;
    d->scalar_at = up ? cpu_at(scalar, 0, 0) : cpu_at(scalar, -p->lo_y, -p->lo_x);
    d->scalar_row = l->stride * cpu_row(scalar);
    d->scalar_pixel = (ptrdiff_t)l->stride * scalar->pitch;
    d->scalar_ky = cpu_row(scalar);
    d->scalar_group = scalar->pitch;
    d->dw_r = d->nlane;
    d->dw_lane = 1;
    d->dw_group = (ptrdiff_t)d->nscalar * d->nlane;
    d->dw_ky = k * d->dw_group;
}

/* A dense result: lanes run over x's channels and along its rows, borders too; the scalars are
 * all channels of the k neighbours in dz that read a place of x, which stand in memory beside each
 * other, the last kx first. */
static void
set_dweight_dense(struct cpu_layer *p, const struct cpu_tensor *x)
{
    struct cpu_dweight *d = &p->dweight;
    int                 k = p->l->k, c = p->dz.c;

    d->ny = p->dz.h;
    d->nx = x->w + k - 1;
    d->nlane = x->c;
    d->nscalar = k * c;
    d->ngroup = 1;
    d->lane_at = cpu_at(x, -p->lo_y, -p->lo_x);
    d->lane_row = d->lane_ky = cpu_row(x);
    d->lane_pixel = d->pitch = x->pitch;
    d->scalar_at = cpu_at(&p->dz, 0, -(k - 1));
    d->scalar_row = cpu_row(&p->dz);
    d->scalar_pixel = d->dw_lane = c;
    d->dw_at = (ptrdiff_t)(k - 1) * x->c * c;
    d->dw_r = -(ptrdiff_t)x->c * c;
    d->dw_ky = (ptrdiff_t)k * x->c * c;
}

static void
set_winograd_dw(struct cpu_layer *p, const struct cpu_tensor *x)
{
    struct cpu_winograd_dw *d = &p->winograd;

    d->use = 1;
    d->ny = p->dz.h;
    d->nx = p->dz.w;
    d->tiles_x = (d->nx + 3) / 4;
    d->ntile = d->tiles_x * ((d->ny + 3) / 4);
    d->band = d->ntile < CPU_WINOGRAD_BAND ? d->ntile : CPU_WINOGRAD_BAND;
    d->cin = x->c;
    d->cout = p->dz.c;
    d->nblock = (d->cin + CPU_WINOGRAD_BLOCK - 1) / CPU_WINOGRAD_BLOCK;
    d->x_at = cpu_at(x, -p->lo_y, -p->lo_x);
    d->x_row = cpu_row(x);
    d->x_pixel = x->pitch;
    d->x_position = d->band * d->x_pixel + CPU_WINOGRAD_SKEW;
    d->dz_at = cpu_at(&p->dz, 0, 0);
    d->dz_row = cpu_row(&p->dz);
    d->dz_pixel = p->dz.pitch;
    d->dz_position = d->band * d->dz_pixel + CPU_WINOGRAD_SKEW;
}

int
cpu_gathers_make(struct cpu_geometry *m, struct cpu_layer *p, const struct cpu_tensor *x,
                 const struct cpu_tensor *dx)
{
    struct cpu_dweight *d = &p->dweight;

    if (!set_forward(m, p, x))
        return 0;
    if (!m->train)
        return 1;
    if (wants_winograd(m, p->l)) {
        set_winograd_dw(p, x);
        return dx == NULL || set_backward(m, p, x, dx);
    }
    if (p->dz.pitch < m->lanes)
        set_dweight_dense(p, x);
    else
        set_dweight(p, x);
    d->block = d->nscalar < BLOCK ? d->nscalar : BLOCK;
    d->nblock = (d->nscalar + d->block - 1) / d->block;
    d->nitem = p->l->k * d->nblock;
    return dx == NULL || set_backward(m, p, x, dx);
}

void
cpu_gather_restrict(const struct cpu_gather *g, struct bc_part *part, struct cpu_gather *restricted)
{
    int s = g->step, y = part->y0 / s, x = part->x0 / s, i;

    *part = (struct bc_part){ y * s, (part->y1 + s - 1) / s * s, x * s, (part->x1 + s - 1) / s * s };
    *restricted = *g;
    for (i = 0; i < s * s; i++) {
        struct cpu_phase *f = &restricted->phase[i];

        f->in += y * g->in_row + x * g->in_pixel;
        f->out += y * g->out_row + x * g->out_pixel;
        f->ny = part->y1 / s - y;
        f->nx = part->x1 / s - x;
    }
}

void
cpu_gathers_free(struct cpu_layer *p)
{
    free(p->forward.phase[0].tap);
    free(p->forward.phase[0].kernel_tap);
    free(p->backward.phase[0].tap);
    free(p->backward.phase[0].kernel_tap);
}
