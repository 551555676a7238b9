/* generator.c -- the generators as lists of layers, their tensors and their start weights.
 * Zaazou, Bihlo & Tricco (2025), appendix A.2: 7x7 stem, down-samplings, residual blocks, up-samplings, 7x7 output.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "generator.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "status.h"
#include "stretch.h"

/* Append a layer and give it its place in the weights; returns its number. */
static int
add_layer(struct bc_graph *g, const struct bc_layer *model, const char *format, int number)
{
    struct bc_layer *l = &g->layer[g->nlayer];

    *l = *model;
    snprintf(l->name, sizeof l->name, format, number);
    l->kernel_at = g->nweight;
    g->nweight += (size_t)l->k * l->k * l->cin * l->cout;
    if (l->bias) {
        l->bias_at = g->nweight;
        g->nweight += l->cout;
    }
    if (l->norm) {
        l->scale_at = g->nweight;
        l->offset_at = g->nweight + l->cout;
        g->nweight += 2 * (size_t)l->cout;
    }
    return g->nlayer++;
}

/* The channels of the first layer, and how many down-samplings there are. */
static int
stem_of(const struct bc_generator *g, int *ndown_p)
{
    *ndown_p = 0;
    while (*ndown_p < BC_MAX_DOWN && g->filters[*ndown_p] != 0)
        ++*ndown_p;
    return g->stem != 0 ? g->stem : g->filters[0] / 2;
}

bc_status
bc_generator_check(const struct bc_generator *g)
{
    int i, ndown, stem = stem_of(g, &ndown);

    if (g->nin < 1 || g->nin > BC_MAX_INPUT)
        return bc_fail(BC_BAD_SHAPE, "a generator of %d input bands (1 to %d are possible)", g->nin, BC_MAX_INPUT);
    if (g->nout < 0 || g->nout > BC_MAX_OUTPUT)
        return bc_fail(BC_BAD_SHAPE, "a generator of %d output bands (1 to %d are possible)", g->nout, BC_MAX_OUTPUT);
    if (!g->local && g->nout > 1)
        return bc_fail(BC_BAD_SHAPE, "%d output bands: a resnet predicts one (arch=local several)", g->nout);
    if (g->local && (!g->no_norm || !g->combine))
        return bc_fail(BC_BAD_SHAPE, "a local generator has no norm and a combination of the inputs");
    if (stem < 1 || stem > 4096)
        return bc_fail(BC_BAD_SHAPE, "a generator of %d channels in its first layer (1 to 4096)", stem);
    if (g->resblocks < 0 || g->resblocks > 256)
        return bc_fail(BC_BAD_SHAPE, "a generator of %d residual blocks (0 to 256)", g->resblocks);
    for (i = 0; i < ndown; i++)
        if (g->filters[i] < 2 || g->filters[i] > 4096 || g->filters[i] % 2 != 0)
            return bc_fail(BC_BAD_SHAPE, "filters=%d: an even number from 2 to 4096", g->filters[i]);
    /* An up-sampling halves the channels, so the last one must arrive at the width of the stem. */
    if (ndown > 0 && g->filters[0] / 2 != stem)
        return bc_fail(BC_BAD_SHAPE, "a stem of %d channels before filters=%d (half of it is needed)", stem,
                       g->filters[0]);
    for (i = 1; i < ndown; i++)
        if (g->filters[i] / 2 != g->filters[i - 1])
            return bc_fail(BC_BAD_SHAPE, "filters=%d after %d (each must be twice the one before)", g->filters[i],
                           g->filters[i - 1]);
    return BC_OK;
}

/* The layers proper; the caller made room for them. */
static void
describe(const struct bc_generator *g, int stem, int ndown, struct bc_graph *graph)
{
    struct bc_layer conv = { .op = BC_CONV, .stride = 1, .pad = BC_PAD_REFLECT, .norm = !g->no_norm, .bias = g->no_norm,
                             .act = BC_ACT_RELU, .add = BC_FROM_NONE };
    struct bc_layer l;
    int             i, at, combine = BC_FROM_NONE, c = stem;

    l = conv;
    l.src = BC_FROM_INPUT; l.cin = graph->nin; l.cout = c; l.k = 7;
    at = add_layer(graph, &l, "stem", 0);
    for (i = 0; i < ndown; i++) {
        l = conv;
        l.src = at; l.cin = c; l.cout = g->filters[i]; l.k = 3; l.stride = 2; l.pad = BC_PAD_SAME;
        at = add_layer(graph, &l, "down%d", i + 1);
        c = l.cout;
    }
    for (i = 0; i < g->resblocks; i++) {
        l = conv;
        l.src = at; l.cin = l.cout = c; l.k = 3;
        l.src = add_layer(graph, &l, "res%da", i + 1);
        l.act = BC_ACT_NONE; l.add = at;                /* no ReLU after the addition */
        at = add_layer(graph, &l, "res%db", i + 1);
    }
    for (i = 0; i < ndown; i++) {
        l = conv;
        l.op = BC_CONVT; l.src = at; l.cin = c; l.cout = c / 2; l.k = 3; l.stride = 2; l.pad = BC_PAD_SAME;
        at = add_layer(graph, &l, "up%d", i + 1);
        c = l.cout;
    }
    if (g->combine) {
        l = conv;
        l.src = BC_FROM_INPUT; l.cin = graph->nin; l.cout = graph->nout; l.k = 1; l.norm = 0; l.bias = 1;
        l.act = BC_ACT_NONE;
        combine = add_layer(graph, &l, "combine", 0);
    }
    l = conv;
    l.src = at; l.cin = c; l.cout = graph->nout; l.k = 7; l.norm = 0; l.bias = 1; l.add = combine;
    l.act = g->local ? BC_ACT_NONE : BC_ACT_TANH;
    add_layer(graph, &l, "out", 0);
}

bc_status
bc_generator_graph(const struct bc_generator *g, struct bc_graph **graph_p)
{
    struct bc_graph *graph;
    int              ndown, stem = stem_of(g, &ndown), bands = g->nout > 0 ? g->nout : 1;
    bc_status        st = bc_generator_check(g);

    if (st != BC_OK)
        return st;
    graph = calloc(1, sizeof *graph);
    if (graph != NULL)
        graph->layer = calloc((size_t)(3 + 2 * ndown + 2 * g->resblocks), sizeof *graph->layer);
    if (graph == NULL || graph->layer == NULL) {
        bc_graph_free(graph);
        return bc_fail_memory(sizeof *graph, "a network's description");
    }
    graph->nin = g->local ? 2 * g->nin : g->nin;
    graph->nout = g->local ? 2 * bands : bands;
    graph->multiple = 1 << ndown;
    describe(g, stem, ndown, graph);
    *graph_p = graph;
    return BC_OK;
}

void
bc_graph_free(struct bc_graph *graph)
{
    if (graph != NULL)
        free(graph->layer);
    free(graph);
}

void
bc_graph_shape(const struct bc_graph *g, int i, int height, int width, int *h_p, int *w_p)
{
    const struct bc_layer *l;

    if (i == BC_FROM_INPUT) {
        *h_p = height;
        *w_p = width;
        return;
    }
    l = &g->layer[i];
    bc_graph_shape(g, l->src, height, width, h_p, w_p);
    if (l->op == BC_CONVT) {
        *h_p *= 2;
        *w_p *= 2;
    } else {
        *h_p = (*h_p + l->stride - 1) / l->stride;
        *w_p = (*w_p + l->stride - 1) / l->stride;
    }
}

/* Rows [*first, *end) of layer I's source that its rows [*first, *end) come from. */
static void
reach_back(const struct bc_layer *l, int *first, int *end)
{
    if (l->op == BC_CONVT) {                            /* row 2 i + t of the output holds tap t of row i */
        *first = (*first - 2) >> 1;
        *end = ((*end - 1) >> 1) + 1;
    } else if (l->stride == 2) {
        *first = 2 * *first;
        *end = 2 * *end + 1;
    } else {
        *first -= l->k / 2;
        *end += l->k / 2;
    }
}

/* Rows [*first, *end) of a layer, to whole tiles. */
static void
fill_tiles(const struct bc_layer *l, int *first, int *end)
{
    if (l->op == BC_CONV && l->k == 3 && l->stride == 1) {
        *first = *first & -BC_TILE;
        *end = (*end + BC_TILE - 1) & -BC_TILE;
    }
}

static int
within(int i, int n)
{
    return i < 0 ? 0 : i > n ? n : i;
}

/* Make NEEDED, of an image of (h, w), hold PART, too. */
static void
widen(const struct bc_part *part, int h, int w, struct bc_part *needed)
{
    struct bc_part p = { within(part->y0, h), within(part->y1, h), within(part->x0, w), within(part->x1, w) };
    int            empty = needed->y0 == needed->y1;

    needed->y0 = empty || p.y0 < needed->y0 ? p.y0 : needed->y0;
    needed->y1 = empty || p.y1 > needed->y1 ? p.y1 : needed->y1;
    needed->x0 = empty || p.x0 < needed->x0 ? p.x0 : needed->x0;
    needed->x1 = empty || p.x1 > needed->x1 ? p.x1 : needed->x1;
}

void
bc_graph_needs(const struct bc_graph *graph, int height, int width, const struct bc_part *part, struct bc_part *needed)
{
    int i, h, w;

    memset(needed, 0, (size_t)(graph->nlayer + 1) * sizeof *needed);
    needed[graph->nlayer] = *part;
    for (i = graph->nlayer - 1; i >= 0; i--) {
        const struct bc_layer *l = &graph->layer[i];
        struct bc_part         from = needed[i + 1];

        if (from.y0 == from.y1)
            continue;
        fill_tiles(l, &from.y0, &from.y1);
        fill_tiles(l, &from.x0, &from.x1);
        bc_graph_shape(graph, i, height, width, &h, &w);
        widen(&from, h, w, &needed[i + 1]);
        if (l->add >= 0)
            widen(&from, h, w, &needed[l->add + 1]);
        reach_back(l, &from.y0, &from.y1);
        reach_back(l, &from.x0, &from.x1);
        bc_graph_shape(graph, l->src, height, width, &h, &w);
        widen(&from, h, w, &needed[l->src + 1]);
    }
}

int
bc_graph_halo(const struct bc_graph *graph)
{
    int            align = BC_TILE * graph->multiple, far = 1 << 20, halo;
    struct bc_part part = { far, far + align, far, far + align }, needed[4 + 2 * 256 + 2 * BC_MAX_DOWN];

    bc_graph_needs(graph, 2 * far, 2 * far, &part, needed);
    halo = far - needed[0].y0 > needed[0].y1 - part.y1 ? far - needed[0].y0 : needed[0].y1 - part.y1;
    return (halo + align - 1) / align * align;
}

/* One tensor of L: PART 0 kernel, 1 bias, 2 scale, 3 offset; 0 if the layer has none. */
static int
layer_tensor(const struct bc_layer *l, int part, struct bc_tensor *t)
{
    static const char *const names[] = { "kernel", "bias", "scale", "offset" };

    if ((part == 1 && !l->bias) || (part >= 2 && !l->norm))
        return 0;
    snprintf(t->name, sizeof t->name, "%s.%s", l->name, names[part]);
    t->ndim = 1;
    t->dim[0] = l->cout;
    t->n = (size_t)l->cout;
    t->at = part == 1 ? l->bias_at : part == 2 ? l->scale_at : l->offset_at;
    if (part == 0) {
        t->ndim = 4;
        t->dim[0] = t->dim[1] = l->k;
        t->dim[2] = l->op == BC_CONVT ? l->cout : l->cin;
        t->dim[3] = l->op == BC_CONVT ? l->cin : l->cout;
        t->n = (size_t)l->k * l->k * l->cin * l->cout;
        t->at = l->kernel_at;
    }
    return 1;
}

int
bc_graph_tensor(const struct bc_graph *graph, int i, struct bc_tensor *tensor_p)
{
    int layer, part;

    for (layer = 0; layer < graph->nlayer; layer++)
        for (part = 0; part < 4; part++)
            if (layer_tensor(&graph->layer[layer], part, tensor_p) && i-- == 0)
                return 1;
    return 0;
}

static void
fill_normal(float *w, size_t n, double sigma, struct bc_random *r)
{
    size_t i;

    for (i = 0; i < n; i++)
        w[i] = (float)(sigma * bc_random_normal(r));
}

static void
fill(float *w, size_t n, double value)
{
    size_t i;

    for (i = 0; i < n; i++)
        w[i] = (float)value;
}

/* glorot_uniform: limit sqrt(6 / (fan_in + fan_out)), fans counted with the kernel's area. */
static void
fill_glorot(float *w, const struct bc_layer *l, struct bc_random *r)
{
    size_t area = (size_t)l->k * l->k, n = area * l->cin * l->cout, i;
    double limit = sqrt(6.0 / (double)(area * (l->cin + l->cout)));

    for (i = 0; i < n; i++)
        w[i] = (float)(limit * (2.0 * bc_random_uniform(r) - 1.0));
}

/* The paper's code shares one seeded initialiser between all layers, and Keras then draws the same
 * numbers for the same shape: start the generator anew for every tensor. */
static void
start_paper(const struct bc_layer *l, int last, uint64_t seed, float *w)
{
    struct bc_random r;
    size_t           n = (size_t)l->k * l->k * l->cin * l->cout;

    bc_random_seed(&r, seed);
    if (last)
        fill_glorot(w + l->kernel_at, l, &r);
    else
        fill_normal(w + l->kernel_at, n, 0.02, &r);
    if (l->norm) {
        bc_random_seed(&r, seed);
        fill_normal(w + l->scale_at, l->cout, 0.02, &r);
    }
}

/* The mean of the inputs; a local network has as many channels again, in and out, that are no bands. */
static void
start_combination(const struct bc_layer *l, float *w)
{
    int local = l->cout > 1, nin = local ? l->cin / 2 : l->cin, nout = local ? l->cout / 2 : l->cout, c, k;

    for (k = 0; k < nout; k++)
        for (c = 0; c < nin; c++)
            w[l->kernel_at + (size_t)c * l->cout + k] = 1.0f / (float)nin;
    for (k = nout; k < l->cout; k++)
        w[l->bias_at + k] = -4.0f;
}

void
bc_generator_start(const struct bc_graph *graph, int paper, uint64_t seed, float *weights)
{
    struct bc_random r;
    int              i;

    memset(weights, 0, graph->nweight * sizeof *weights);
    bc_random_seed(&r, seed);
    for (i = 0; i < graph->nlayer; i++) {
        const struct bc_layer *l = &graph->layer[i];
        size_t                 n = (size_t)l->k * l->k * l->cin * l->cout;

        if (strcmp(l->name, "combine") == 0) {
            start_combination(l, weights);
        } else if (paper) {
            start_paper(l, i == graph->nlayer - 1, seed, weights);
        } else if (l->add == BC_FROM_NONE || l->norm) {
            fill_normal(weights + l->kernel_at, n, sqrt(2.0 / ((double)l->k * l->k * l->cin)), &r);
            if (l->norm)
                fill(weights + l->scale_at, l->cout, 1.0);
        }   /* else: what is added to another tensor starts at 0 */
    }
}
