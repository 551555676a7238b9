/* place.c -- where in a plan's memory each layer's tensors lie.
 *
 * A tensor keeps its place from its first use to its last.  In order of time, of L layers: the
 * input is taken at 0, layer I is done at I + 1, its gradients at 2 L + 1 - I.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "place.h"

#include <stdlib.h>

#include "arena.h"
#include "status.h"

/* Of a layer; the input is the OUT of one before the first. */
enum { Z, OUT, DCANVAS, SUM, DZ, TENSORS };

static struct arena_buffer *
buffer_of(const struct bc_plan *p, int i, int tensor)
{
    return &p->buffer[(i + 1) * TENSORS + tensor];
}

static int
forward_at(int i)
{
    return i + 1;
}

static int
backward_at(const struct bc_plan *p, int i)
{
    return 2 * p->g->nlayer + 1 - i;
}

/* ---- what there is, and when ----------------------------------------------------------------- */

static size_t
canvas_bytes(const struct bc_plan *p, const struct gpu_tensor *t)
{
    return (size_t)p->m->batch * (t->h + t->low + t->high) * (t->w + t->low + t->high) * t->c
           * (p->m->type == BC_BF16 ? 2 : 4);
}

static size_t
z_bytes(const struct bc_plan *p, int i)
{
    const struct gpu_layer *l = &p->m->layer[i];

    return (size_t)p->m->batch * l->zrows * l->zcols * l->out.c * (p->m->type == BC_BF16 ? 2 : 4);
}

static void
want(struct bc_plan *p, int i, int tensor, size_t size, int from)
{
    *buffer_of(p, i, tensor) = (struct arena_buffer){ .size = size, .from = from, .to = from };
}

static void
use(struct bc_plan *p, int i, int tensor, int at)
{
    struct arena_buffer *b = buffer_of(p, i, tensor);

    b->to = at > b->to ? at : b->to;
}

/* What layer I makes and uses forward.  The kernel's gradient needs what the layer read. */
static void
want_forward(struct bc_plan *p, int i)
{
    const struct bc_layer *l = &p->g->layer[i];

    if (geometry_is_conv(p->m, i)) {
        want(p, i, Z, z_bytes(p, i), forward_at(i));
        want(p, i, OUT, canvas_bytes(p, &p->m->layer[i].out), forward_at(i));
        if (p->o.train && (l->norm || l->act != BC_ACT_NONE))
            use(p, i, Z, backward_at(p, i));
        if (l->add != BC_FROM_NONE)
            use(p, l->add, OUT, forward_at(i));
    }
    use(p, l->src, OUT, p->o.train ? backward_at(p, i) : forward_at(i));
}

static void
want_backward(struct bc_plan *p, int i)
{
    const struct bc_layer *l = &p->g->layer[i];
    int                    now = backward_at(p, i);

    if (l->src != BC_FROM_INPUT) {
        want(p, i, DCANVAS, canvas_bytes(p, geometry_tensor(p->m, l->src)), now);
        use(p, i, DCANVAS, backward_at(p, l->src));
    }
    if (!geometry_is_conv(p->m, i))
        return;
    want(p, i, DZ, z_bytes(p, i), now);
    if (l->add != BC_FROM_NONE) {
        want(p, i, SUM, z_bytes(p, i), now);
        use(p, i, SUM, backward_at(p, l->add));
    }
}

bc_status
plan_place(struct bc_plan *p, size_t *size_p)
{
    int n = TENSORS * (p->g->nlayer + 1), i;

    free(p->buffer);
    p->buffer = calloc((size_t)n, sizeof *p->buffer);
    if (p->buffer == NULL)
        return bc_fail_memory((size_t)n * sizeof *p->buffer, "a network's layers");
    want(p, BC_FROM_INPUT, OUT, canvas_bytes(p, &p->m->in), 0);
    for (i = 0; i < p->g->nlayer; i++) {
        if (i == p->m->combine)
            continue;
        want_forward(p, i);
        if (p->o.train)
            want_backward(p, i);
    }
    return arena_place(p->buffer, n, size_p);
}

/* ---- where ----------------------------------------------------------------------------------- */

static struct bc_view
view(const struct bc_plan *p, int i, int tensor, const struct gpu_tensor *t)
{
    const struct arena_buffer *b = buffer_of(p, i, tensor);

    return (struct bc_view){ .at = b->size > 0 ? p->memory + b->at : NULL, .type = p->m->type,
                             .n = p->m->batch, .h = t->h, .w = t->w, .c = t->c,
                             .rows = t->h + t->low + t->high, .cols = t->w + t->low + t->high,
                             .y0 = t->low, .x0 = t->low };
}

/* Of what layer I's convolution gives. */
static struct bc_view
z_view(const struct bc_plan *p, int i, int tensor)
{
    const struct gpu_layer *l = &p->m->layer[i];
    struct gpu_tensor       t = l->out;
    struct bc_view          v;

    t.low = t.high = 0;
    v = view(p, i, tensor, &t);
    v.rows = l->zrows;
    v.cols = l->zcols;
    return v;
}

void
plan_point(struct bc_plan *p)
{
    int i;

    p->in = view(p, BC_FROM_INPUT, OUT, &p->m->in);
    for (i = 0; i < p->g->nlayer; i++) {
        struct plan_layer *l = &p->layer[i];
        struct gpu_tensor  t = p->m->layer[i].out;

        if (i == p->m->combine)
            continue;
        l->dcanvas = view(p, i, DCANVAS, geometry_tensor(p->m, p->g->layer[i].src));
        if (!geometry_is_conv(p->m, i))
            continue;
        l->out = view(p, i, OUT, &t);
        l->z = z_view(p, i, Z);
        l->dz = z_view(p, i, DZ);
        t.low = t.high = 0;
        l->sum = view(p, i, SUM, &t);
    }
}
