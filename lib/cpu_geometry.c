/* cpu_geometry.c -- checks a network and gives each of its tensors a shape in memory.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu.h"

#include <stdlib.h>

#include "status.h"

static int
larger(int a, int b)
{
    return a > b ? a : b;
}

static struct cpu_tensor *
tensor_of(struct cpu_geometry *m, int i)
{
    return i == BC_FROM_INPUT ? &m->in : &m->layer[i].y;
}

/* The layers before must be there and fit. */
static bc_status
check_layer(struct cpu_geometry *m, int i)
{
    const struct bc_layer   *l = &m->g->layer[i];
    const struct cpu_tensor *y = &m->layer[i].y, *a;

    if (l->src >= i || l->src < BC_FROM_INPUT || l->add >= i
        || (l->add < 0 && l->add != BC_FROM_NONE))
        return bc_fail(BC_BAD_ARG, "layer %s: it reads a layer that is not before it", l->name);
    if (l->k < 1 || (l->stride != 1 && l->stride != 2) || (l->op == BC_CONVT && l->stride != 2))
        return bc_fail(BC_UNSUPPORTED, "layer %s: a kernel of %d and a stride of %d", l->name, l->k,
                       l->stride);
    if (l->cin != tensor_of(m, l->src)->c)
        return bc_fail(BC_BAD_SHAPE, "layer %s: %d channels where %d are given", l->name, l->cin,
                       tensor_of(m, l->src)->c);
    if (l->add == BC_FROM_NONE)
        return BC_OK;
    a = &m->layer[l->add].y;
    if (a->c != y->c || a->h != y->h || a->w != y->w)
        return bc_fail(BC_BAD_SHAPE, "layer %s: it adds a layer of another size", l->name);
    return BC_OK;
}

/* Zeros before and after an axis of N pixels that a 'same' convolution to NOUT reads. */
static void
same_padding(const struct bc_layer *l, int n, int nout, int *lo_p, int *hi_p)
{
    int total = (nout - 1) * l->stride + l->k - n;

    *lo_p = total > 0 ? total / 2 : 0;
    *hi_p = (nout - 1) * l->stride + l->k - 1 - *lo_p - (n - 1);
}

/* Give the tensor that layer I reads the border it needs. */
static bc_status
set_border(struct cpu_geometry *m, int i)
{
    struct cpu_layer      *p = &m->layer[i];
    const struct bc_layer *l = p->l;
    struct cpu_tensor     *x = tensor_of(m, l->src);
    int                    reflect = l->op == BC_CONV && l->pad == BC_PAD_REFLECT, need, hi_y, hi_x;

    if (l->op == BC_CONVT) {
        need = (l->k - 1) / 2;
    } else if (reflect) {
        need = p->lo_y = p->lo_x = l->k / 2;
        if (need >= x->h || need >= x->w)
            return bc_fail(BC_BAD_SHAPE, "layer %s: %d x %d pixels have no %d to mirror at an edge",
                           l->name, x->w, x->h, need);
    } else {
        same_padding(l, x->h, p->z.h, &p->lo_y, &hi_y);
        same_padding(l, x->w, p->z.w, &p->lo_x, &hi_x);
        need = larger(larger(p->lo_y, p->lo_x), larger(hi_y, hi_x));
    }
    if (need <= 0)
        return BC_OK;
    if (x->border > 0 && x->reflect != reflect)
        return bc_fail(BC_UNSUPPORTED, "layer %s: another layer pads the same image differently",
                       l->name);
    x->reflect = reflect;
    x->border = larger(x->border, need);
    return BC_OK;
}

/* A layer is better dense if its channels fill so little of a vector that it takes fewer products to
 * sum for one after the other.  It may be if nothing but sums reads it, and sums only with its like. */
static int
wants_dense(const struct cpu_geometry *m, const struct bc_layer *l)
{
    int vectors = (l->cin + m->lanes - 1) / m->lanes;

    return l->op == BC_CONV && l->stride == 1 && !l->norm && l->cout < m->lanes
           && l->cout < CPU_WINOGRAD_CHANNELS && l->cout * vectors <= l->cin;
}

static void
set_pitches(struct cpu_geometry *m)
{
    const struct bc_graph *g = m->g;
    int                    n = g->nlayer, i, changed = 1;

    for (i = 0; i < n; i++)
        m->layer[i].y.pitch = wants_dense(m, &g->layer[i]) ? g->layer[i].cout : 0;
    for (i = 0; i < n; i++)
        if (g->layer[i].src >= 0)
            m->layer[g->layer[i].src].y.pitch = 0;
    while (changed)
        for (changed = 0, i = 0; i < n; i++) {
            int j = g->layer[i].add;

            if (j >= 0 && m->layer[i].y.pitch != m->layer[j].y.pitch) {
                m->layer[i].y.pitch = m->layer[j].y.pitch = 0;
                changed = 1;
            }
        }
    for (i = 0; i < n; i++)
        if (m->layer[i].y.pitch == 0)
            m->layer[i].y.pitch = (g->layer[i].cout + m->lanes - 1) / m->lanes * m->lanes;
}

static void
set_reached(struct cpu_geometry *m)
{
    int i;

    m->layer[m->g->nlayer - 1].reached = 1;
    for (i = m->g->nlayer - 1; i >= 0; i--) {
        const struct bc_layer *l = &m->g->layer[i];

        if (m->layer[i].reached && l->src >= 0)
            m->layer[l->src].reached = 1;
        if (m->layer[i].reached && l->add >= 0)
            m->layer[l->add].reached = 1;
    }
}

/* Larger tiles take fewer products, but round together what lies in them: a network without statistics is to
 * compute the same bits in any window, and its windows keep to BC_TILE.  In training, where the weights are
 * transformed for every step, they save nothing. */
static void
choose_tiles(struct cpu_geometry *m)
{
    int i;

    for (i = 0; !m->train && i < m->g->nlayer; i++)
        m->large |= m->g->layer[i].norm;
}

/* Gradients: of y with y's border only where it mirrors, for what must be added back; of z with
 * a border of zeros as wide as the gradients by data and weights reach. */
static void
set_gradients(struct cpu_geometry *m, int i)
{
    struct cpu_layer      *p = &m->layer[i];
    const struct bc_layer *l = p->l;
    int                    b = l->pad == BC_PAD_REFLECT ? l->k / 2 : 0;

    p->dy = p->y;
    if (!p->y.reflect)
        p->dy.border = 0;
    p->dz = p->z;
    p->dz.border = l->op == BC_CONVT ? larger(0, l->k - 2) : (l->k - 1 + b + l->stride - 1) / l->stride;
}

static bc_status
set_tensors(struct cpu_geometry *m, const struct bc_plan_options *o)
{
    const struct bc_graph *g = m->g;
    bc_status              st = BC_OK;
    int                    i;

    m->in = (struct cpu_tensor){ .h = o->height, .w = o->width, .c = g->nin, .slot = -1 };
    m->in.pitch = (g->nin + m->lanes - 1) / m->lanes * m->lanes;
    for (i = 0; st == BC_OK && i < g->nlayer; i++) {
        struct cpu_layer *p = &m->layer[i];

        p->l = &g->layer[i];
        p->y.c = p->l->cout;
        p->y.slot = p->z.slot = p->dy.slot = p->dz.slot = -1;
        bc_graph_shape(g, i, o->height, o->width, &p->y.h, &p->y.w);
        st = check_layer(m, i);
        p->z = p->y;
        if (st == BC_OK)
            st = set_border(m, i);
    }
    if (st != BC_OK)
        return st;
    i = g->nlayer - 1;
    if (m->layer[i].y.h != o->height || m->layer[i].y.w != o->width || m->layer[i].y.c != g->nout)
        return bc_fail(BC_BAD_SHAPE, "%d x %d pixels become %d x %d (both must be divisible by %d)",
                       o->width, o->height, m->layer[i].y.w, m->layer[i].y.h, g->multiple);
    set_pitches(m);
    set_reached(m);
    for (i = 0; i < g->nlayer; i++) {
        struct cpu_layer *p = &m->layer[i];

        p->in_place = !m->train || (!p->l->norm && p->l->add == BC_FROM_NONE);
        if (p->in_place)
            p->z = p->y;
        p->z.pitch = p->y.pitch;
        set_gradients(m, i);
    }
    return BC_OK;
}

static void
raise(size_t *size, size_t needed)
{
    if (*size < needed)
        *size = needed;
}

/* Scratch of a gather by Winograd's tiles: what lies between the transforms. */
static size_t
gather_scratch(const struct cpu_gather *f)
{
    if (!f->winograd)
        return 0;
    return cpu_winograd_positions(f->winograd)
           * ((size_t)cpu_winograd_tiles(f->winograd) * (f->in_pixel + f->pitch) + 2 * CPU_WINOGRAD_SKEW);
}

/* What the layers need beside tensors. */
static void
set_sizes(struct cpu_geometry *m)
{
    int i;

    for (i = 0; i < m->g->nlayer; i++) {
        struct cpu_layer             *p = &m->layer[i];
        const struct cpu_dweight     *d = &p->dweight;
        const struct cpu_winograd_dw *w = &p->winograd;

        p->channels = m->nchannel;
        m->nchannel += 6 * (size_t)cpu_channel_room(p->z.pitch, m->lanes);
        raise(&m->nrow, 2 * (size_t)p->z.pitch * p->z.h);
        raise(&m->nscratch, (size_t)d->ngroup * d->block * d->pitch);
        raise(&m->nscratch, gather_scratch(&p->forward));
        raise(&m->nscratch, gather_scratch(&p->backward));
        raise(&m->nwinograd,
              36 * ((size_t)w->x_position + w->dz_position + (size_t)w->cin * w->dz_pixel));
    }
}

bc_status
cpu_geometry_make(const struct bc_graph *g, const struct bc_plan_options *o, struct cpu_geometry *m)
{
    bc_status st;
    int       i, ok;

    if (g->nlayer < 1 || o->height < 1 || o->width < 1)
        return bc_fail(BC_BAD_SHAPE, "a network of %d layers on %d x %d pixels", g->nlayer,
                       o->width, o->height);
    m->g = g;
    m->train = o->train;
    m->layer = calloc((size_t)g->nlayer, sizeof *m->layer);
    if (m->layer == NULL)
        return bc_fail_memory(sizeof *m->layer * g->nlayer, "a plan");
    st = set_tensors(m, o);
    if (st != BC_OK)
        return st;
    choose_tiles(m);
    ok = 1;
    for (i = 0; ok && i < g->nlayer; i++) {
        struct cpu_layer *p = &m->layer[i];

        ok = cpu_gathers_make(m, p, tensor_of(m, p->l->src),
                              p->l->src >= 0 && o->train ? &m->layer[p->l->src].dy : NULL);
    }
    if (!ok || !cpu_slots_make(m))
        return bc_fail_memory(sizeof *m->layer * g->nlayer, "a plan");
    set_sizes(m);
    return BC_OK;
}

void
cpu_geometry_free(struct cpu_geometry *m)
{
    int i;

    for (i = 0; m->layer != NULL && i < m->g->nlayer; i++)
        cpu_gathers_free(&m->layer[i]);
    free(m->layer);
    free(m->slot_size);
}
