/* geometry.c -- what a network looks like on the GPU.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "geometry.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

enum { ALIGNMENT = 64 };        /* of a tensor of weights, floats */

static int
round_up(int n, int multiple)
{
    return (n + multiple - 1) / multiple * multiple;
}

static int
max(int a, int b)
{
    return a > b ? a : b;
}

static struct gpu_tensor *
tensor(struct geometry *m, int i)
{
    return i == BC_FROM_INPUT ? &m->in : &m->layer[i].out;
}

const struct gpu_tensor *
geometry_tensor(const struct geometry *m, int i)
{
    return i == BC_FROM_INPUT ? &m->in : &m->layer[i].out;
}

int
geometry_is_conv(const struct geometry *m, int i)
{
    return i != m->combine && i != m->g->nlayer - 1;
}

/* ---- what can be done ------------------------------------------------------------------------ */

static bc_status
cannot(const struct bc_layer *l, const char *what)
{
    return bc_fail(BC_UNSUPPORTED, "the GPU backend cannot do layer %s: %s", l->name, what);
}

static int
is_read(const struct bc_graph *g, int layer)
{
    int i, n = 0;

    for (i = 0; i < g->nlayer; i++)
        n += (g->layer[i].src == layer) + (g->layer[i].add == layer);
    return n;
}

/* The last layer has a kernel of its own, which takes in a combination of the inputs. */
static bc_status
check_last(struct geometry *m)
{
    const struct bc_graph *g = m->g;
    const struct bc_layer *l = &g->layer[g->nlayer - 1], *c;

    if (l->op != BC_CONV || l->k != BC_OUT_K || l->stride != 1 || l->pad != BC_PAD_REFLECT
        || l->norm || l->act == BC_ACT_RELU || l->src == BC_FROM_INPUT || l->cout > BC_MOST_PLANES)
        return cannot(l, "it is not a 7x7 convolution to at most 16 channels without norm and ReLU");
    m->combine = -1;
    if (l->add == BC_FROM_NONE)
        return BC_OK;
    c = &g->layer[l->add];
    if (c->op != BC_CONV || c->k != 1 || c->stride != 1 || c->src != BC_FROM_INPUT || c->norm
        || !c->bias || c->act != BC_ACT_NONE || c->add != BC_FROM_NONE || c->cout != l->cout
        || is_read(g, l->add) != 1)
        return cannot(l, "what it adds is not a 1x1 convolution of the input");
    if (c->cin > BC_MOST_INPUTS)
        return cannot(c, "it has more than 16 inputs");
    m->combine = l->add;
    return BC_OK;
}

static bc_status
check_layer(const struct geometry *m, const struct bc_layer *l)
{
    const struct gpu_tensor *from, *to;

    if (l->op == BC_CONVT && l->k != 3)
        return cannot(l, "a transposed convolution that is not 3x3");
    if (l->norm && l->bias)
        return cannot(l, "it has a norm and a bias");
    if (is_read(m->g, (int)(l - m->g->layer)) < 1
        || is_read(m->g, (int)(l - m->g->layer)) > BC_MOST_GRADIENTS)
        return cannot(l, "its output is read by none or by more than 4 layers");
    if (l->cin > BC_MOST_CHANNELS || l->cout > BC_MOST_CHANNELS)
        return cannot(l, "it has more than 4096 channels");
    if (l->add == BC_FROM_INPUT)
        return cannot(l, "it adds the input");
    if (l->add == BC_FROM_NONE)
        return BC_OK;
    if (l->add == m->combine)
        return cannot(l, "it adds the combination of the inputs");
    from = geometry_tensor(m, l->add);
    to = &m->layer[l - m->g->layer].out;
    return from->h == to->h && from->w == to->w && from->c == to->c
               ? BC_OK
               : cannot(l, "what it adds has another shape");
}

/* ---- tensors --------------------------------------------------------------------------------- */

static void
set_size(struct geometry *m, int i)
{
    const struct bc_layer   *l = &m->g->layer[i];
    const struct gpu_tensor *from = geometry_tensor(m, l->src);
    struct gpu_tensor       *to = &m->layer[i].out;

    to->c = round_up(l->cout, 8);
    to->h = l->op == BC_CONVT ? 2 * from->h : (from->h + l->stride - 1) / l->stride;
    to->w = l->op == BC_CONVT ? 2 * from->w : (from->w + l->stride - 1) / l->stride;
}

/* Zeros of TensorFlow's 'same' along an axis of N pixels. */
static int
zeros(const struct bc_layer *l, int n)
{
    int total = ((n + l->stride - 1) / l->stride - 1) * l->stride + l->k - n;

    return total > 0 ? total : 0;
}

/* The border that L wants around its source T; all of a tensor's readers must want the same. */
static bc_status
set_border(const struct bc_layer *l, struct gpu_tensor *t, int *has_reader)
{
    int            low = l->k / 2, high = l->k / 2;
    enum bc_border border = BC_BORDER_REFLECT;

    if (l->op == BC_CONVT) {
        low = high = 0;
    } else if (l->pad == BC_PAD_SAME) {
        if (zeros(l, t->h) != zeros(l, t->w))
            return cannot(l, "its zeros differ in height and width");
        low = zeros(l, t->h) / 2;
        high = zeros(l, t->h) - low;
        border = BC_BORDER_ZERO;
    }
    if (low + high == 0)
        border = BC_BORDER_NONE;
    if (border == BC_BORDER_REFLECT && (low >= t->h || low >= t->w))
        return bc_fail(BC_BAD_SHAPE, "%d x %d pixels are too few to be mirrored for layer %s", t->w,
                       t->h, l->name);
    if (*has_reader && (t->low != low || t->high != high || t->border != border))
        return cannot(l, "another layer wants another border around the same tensor");
    *has_reader = 1;
    t->low = low;
    t->high = high;
    t->border = border;
    return BC_OK;
}

/* The forward convolution.  A transposed one goes from y to x of a convolution of stride 2, whose x
 * is one row and column larger than what is kept. */
static void
set_conv(struct geometry *m, int i)
{
    const struct bc_layer   *l = &m->g->layer[i];
    const struct gpu_tensor *from = geometry_tensor(m, l->src);
    struct gpu_layer        *to = &m->layer[i];
    struct conv_shape       *s = &to->conv;

    memset(s, 0, sizeof *s);                    /* shapes are compared as bytes */
    s->type = m->type;
    s->n = m->batch;
    s->size = l->k;
    s->stride = l->stride;
    if (l->op == BC_CONVT) {
        s->kind = CONV_BACK_DATA;
        s->rows = to->zrows = 2 * from->h + 1;
        s->cols = to->zcols = 2 * from->w + 1;
        s->c = to->out.c;
        s->k = from->c;
    } else {
        s->kind = CONV_FORWARD;
        s->rows = from->h + from->low + from->high;
        s->cols = from->w + from->low + from->high;
        s->c = from->c;
        s->k = to->out.c;
        to->zrows = to->out.h;
        to->zcols = to->out.w;
    }
}

/* cuDNN's kernels number a tensor's elements with an int, ours a sample's pixels.  What helps is what helps where
 * memory is short: fewer samples or pixels at a time.  L NULL: the input. */
static bc_status
check_size(const struct geometry *m, const struct bc_layer *l, int rows, int cols, int c)
{
    double n = (double)m->batch * rows * cols * c;

    if (n <= INT_MAX)
        return BC_OK;
    return bc_fail(BC_NO_MEMORY, "%s%s of %d sample%s of %d x %d pixels has %.1f billion numbers; the GPU backend "
                   "takes up to %.1f at a time", l != NULL ? "layer " : "the input", l != NULL ? l->name : "", m->batch,
                   m->batch == 1 ? "" : "s", m->width, m->height, 1e-9 * n, 1e-9 * INT_MAX);
}

static bc_status
check_sizes(const struct geometry *m)
{
    const struct gpu_tensor *in = &m->in;
    bc_status st = check_size(m, NULL, in->h + in->low + in->high, in->w + in->low + in->high, in->c);
    int       i;

    for (i = 0; st == BC_OK && i < m->g->nlayer; i++) {
        const struct gpu_layer *l = &m->layer[i];
        int                     border = l->out.low + l->out.high;

        if (geometry_is_conv(m, i))
            st = check_size(m, &m->g->layer[i], max(l->out.h + border, l->zrows), max(l->out.w + border, l->zcols),
                            l->out.c);
    }
    return st;
}

struct conv_shape
geometry_back_data(const struct geometry *m, int i)
{
    struct conv_shape s = m->layer[i].conv;

    s.kind = s.kind == CONV_FORWARD ? CONV_BACK_DATA : CONV_FORWARD;
    return s;
}

struct conv_shape
geometry_back_kernel(const struct geometry *m, int i)
{
    struct conv_shape s = m->layer[i].conv;

    s.kind = CONV_BACK_KERNEL;
    return s;
}

/* ---- weights --------------------------------------------------------------------------------- */

static size_t
add_tensor(struct geometry *m, size_t from, int taps, int a, int b, int wide, int tall)
{
    size_t at = m->nweight;

    m->tensor[m->ntensor++] = (struct gpu_weights){ from, at, taps, a, b, wide };
    m->nweight += (size_t)taps * wide * tall;
    m->nweight = (m->nweight + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    return at;
}

static void
add_vectors(struct geometry *m, int i)
{
    const struct bc_layer *l = &m->g->layer[i];
    struct gpu_layer      *to = &m->layer[i];
    int                    c = to->out.c;

    if (l->bias)
        to->bias_at = add_tensor(m, l->bias_at, 1, 1, l->cout, 1, c);
    if (l->norm) {
        to->scale_at = add_tensor(m, l->scale_at, 1, 1, l->cout, 1, c);
        to->offset_at = add_tensor(m, l->offset_at, 1, 1, l->cout, 1, c);
    }
}

/* Kernels lie as cuDNN wants them: of the tensor that is y in a convolution first, x's channels
 * last. */
static void
add_kernel(struct geometry *m, int i)
{
    const struct bc_layer *l = &m->g->layer[i];
    int x = l->op == BC_CONVT ? l->cout : l->cin, y = l->op == BC_CONVT ? l->cin : l->cout;
    int                    own = !geometry_is_conv(m, i);
    int                    wide = i == m->combine ? x : round_up(x, 8);

    m->layer[i].kernel_at =
        add_tensor(m, l->kernel_at, l->k * l->k, x, y, wide, own ? y : round_up(y, 8));
}

static void
set_weights(struct geometry *m)
{
    int i;

    for (i = 0; i < m->g->nlayer; i++)
        if (geometry_is_conv(m, i))
            add_kernel(m, i);
    m->nkernel = m->nweight;
    for (i = 0; i < m->g->nlayer; i++) {
        if (!geometry_is_conv(m, i))
            add_kernel(m, i);
        add_vectors(m, i);
    }
}

void
geometry_pack(const struct geometry *m, const float *weights, float *gpu)
{
    const struct gpu_weights *t;
    int                       tap, a, b;

    memset(gpu, 0, m->nweight * sizeof *gpu);
    for (t = m->tensor; t < m->tensor + m->ntensor; t++)
        for (tap = 0; tap < t->taps; tap++)
            for (a = 0; a < t->a; a++)
                for (b = 0; b < t->b; b++)
                    gpu[t->at + ((size_t)b * t->taps + tap) * t->wide + a]
                        = weights[t->from + ((size_t)tap * t->a + a) * t->b + b];
}

void
geometry_unpack(const struct geometry *m, const float *gpu, float *weights)
{
    const struct gpu_weights *t;
    int                       tap, a, b;

    for (t = m->tensor; t < m->tensor + m->ntensor; t++)
        for (tap = 0; tap < t->taps; tap++)
            for (a = 0; a < t->a; a++)
                for (b = 0; b < t->b; b++)
                    weights[t->from + ((size_t)tap * t->a + a) * t->b + b]
                        = gpu[t->at + ((size_t)b * t->taps + tap) * t->wide + a];
}

/* ---- all of it ------------------------------------------------------------------------------- */

static bc_status
lay_out(struct geometry *m)
{
    const struct bc_graph *g = m->g;
    int                   *has_reader = calloc((size_t)g->nlayer + 1, sizeof *has_reader), i;
    bc_status              st = check_last(m);

    if (has_reader == NULL)
        return bc_fail_memory((size_t)g->nlayer * sizeof *has_reader, "a network's layers");
    for (i = 0; i < g->nlayer; i++)
        set_size(m, i);
    for (i = 0; st == BC_OK && i < g->nlayer; i++) {
        const struct bc_layer *l = &g->layer[i];

        if (i == m->combine)
            continue;
        st = i < g->nlayer - 1 ? check_layer(m, l) : BC_OK;
        if (st == BC_OK)
            st = set_border(l, tensor(m, l->src), &has_reader[l->src + 1]);
    }
    for (i = 0; st == BC_OK && i < g->nlayer; i++)
        if (geometry_is_conv(m, i))
            set_conv(m, i);
    if (st == BC_OK)
        st = check_sizes(m);
    free(has_reader);
    if (st == BC_OK)
        set_weights(m);
    return st;
}

bc_status
geometry_open(const struct bc_graph *g, enum bc_type type, int batch, int height, int width,
              struct geometry **geometry_p)
{
    struct geometry *m = calloc(1, sizeof *m);
    bc_status        st;

    if (m != NULL) {
        m->layer = calloc((size_t)g->nlayer, sizeof *m->layer);
        m->tensor = calloc(4 * (size_t)g->nlayer, sizeof *m->tensor);
    }
    if (m == NULL || m->layer == NULL || m->tensor == NULL) {
        geometry_close(m);
        return bc_fail_memory((size_t)g->nlayer * sizeof *m->layer, "a network's layers");
    }
    m->g = g;
    m->type = type;
    m->batch = batch;
    m->height = height;
    m->width = width;
    m->in = (struct gpu_tensor){ .h = height, .w = width, .c = round_up(g->nin, 8) };
    st = lay_out(m);
    if (st != BC_OK) {
        geometry_close(m);
        return st;
    }
    *geometry_p = m;
    return BC_OK;
}

void
geometry_close(struct geometry *m)
{
    if (m == NULL)
        return;
    free(m->layer);
    free(m->tensor);
    free(m);
}
