/* ref.c -- the backend in plain C: one sample at a time, double inside, one thread.
 * Weights and Adam's moments are kept as float, as every backend keeps them, so that a saved state is the whole state.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ref.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

/* Three tensors a layer: result, result before the sum with another layer, result before the norm. */
static size_t
tensors_size(const struct bc_graph *g, int i, int height, int width)
{
    int h, w;

    bc_graph_shape(g, i, height, width, &h, &w);
    return 3 * (size_t)g->layer[i].cout * h * w * sizeof(double);
}

/* Bytes for all layers and their gradients. */
static size_t
layers_size(const struct bc_graph *g, int height, int width)
{
    size_t bytes = 0;
    int    i;

    for (i = 0; i < g->nlayer; i++)
        bytes += 2 * tensors_size(g, i, height, width);
    return bytes;
}

double **
ref_new_layers(const struct bc_graph *g, int height, int width)
{
    double **layers = calloc((size_t)g->nlayer, sizeof *layers);
    int      i;

    if (layers == NULL)
        return NULL;
    for (i = 0; i < g->nlayer; i++) {
        layers[i] = malloc(tensors_size(g, i, height, width));
        if (layers[i] == NULL) {
            ref_free_layers(g, layers);
            return NULL;
        }
    }
    return layers;
}

void
ref_free_layers(const struct bc_graph *g, double **layers)
{
    int i;

    for (i = 0; layers != NULL && i < g->nlayer; i++)
        free(layers[i]);
    free(layers);
}

/* Size of layer I's output, and of its input. */
static size_t
layer_size(const struct bc_graph *g, int i, int height, int width, int *h_p, int *w_p)
{
    int h, w;

    bc_graph_shape(g, i, height, width, &h, &w);
    bc_graph_shape(g, g->layer[i].src, height, width, h_p, w_p);
    return (size_t)g->layer[i].cout * h * w;
}

void
ref_forward(const struct bc_graph *g, const double *w, int height, int width, const double *in, double **layers)
{
    int i, h, wd;

    for (i = 0; i < g->nlayer; i++) {
        const struct bc_layer *l = &g->layer[i];
        size_t                 n = layer_size(g, i, height, width, &h, &wd), j;
        double                *y = layers[i], *before_add = y + n, *before_norm = y + 2 * n;

        ref_conv(l, w, h, wd, l->src == BC_FROM_INPUT ? in : layers[l->src], before_norm);
        if (l->norm)
            ref_norm(w + l->scale_at, w + l->offset_at, l->cout, n / l->cout, before_norm, before_add);
        else
            memcpy(before_add, before_norm, n * sizeof *y);
        ref_act(l->act, n, before_add);
        for (j = 0; j < n; j++)
            y[j] = before_add[j] + (l->add != BC_FROM_NONE ? layers[l->add][j] : 0.0);
    }
}

void
ref_backward(const struct bc_graph *g, const double *w, int height, int width, const double *in, double **layers,
             double **grads, const double *dout, double *dw)
{
    int i, h, wd;

    for (i = 0; i < g->nlayer; i++)
        memset(grads[i], 0, layer_size(g, i, height, width, &h, &wd) * sizeof **grads);
    memcpy(grads[g->nlayer - 1], dout, layer_size(g, g->nlayer - 1, height, width, &h, &wd) * sizeof **grads);
    for (i = g->nlayer - 1; i >= 0; i--) {
        const struct bc_layer *l = &g->layer[i];
        size_t                 n = layer_size(g, i, height, width, &h, &wd), j;
        double                *dy = grads[i];

        for (j = 0; l->add != BC_FROM_NONE && j < n; j++)
            grads[l->add][j] += dy[j];
        ref_act_back(l->act, n, layers[i] + n, dy);
        if (l->norm)
            ref_norm_back(w + l->scale_at, l->cout, n / l->cout, layers[i] + 2 * n, dy, dy, dw + l->scale_at,
                          dw + l->offset_at);
        if (l->src == BC_FROM_INPUT)
            ref_conv_back(l, w, h, wd, in, dy, NULL, dw);
        else
            ref_conv_back(l, w, h, wd, layers[l->src], dy, grads[l->src], dw);
    }
}

struct bc_plan {
    const struct bc_graph *g;
    struct bc_plan_options o;
    struct bc_weights      w;
    double                *weights, *dw, *in, *truth, *dout, **layers, **grads;
};

static int
probe(void)
{
    return 1;
}

static void
describe(const struct bc_plan *plan, char *text, size_t size)
{
    (void)plan;
    snprintf(text, size, "plain C, double, 1 thread");
}

static void
release(struct bc_plan *p)
{
    if (p == NULL)
        return;
    ref_free_layers(p->g, p->layers);
    ref_free_layers(p->g, p->grads);
    free(p->w.value);
    free(p->w.m);
    free(p->w.v);
    free(p->weights);
    free(p->dw);
    free(p->in);
    free(p->truth);
    free(p->dout);
    free(p);
}

static bc_status
compile(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o,
        struct bc_plan **plan_p)
{
    size_t          area = (size_t)o->height * o->width, n = g->nweight;
    struct bc_plan *p = calloc(1, sizeof *p);

    if (p == NULL)
        return bc_fail_memory(sizeof *p, "a plan");
    p->g = g;
    p->o = *o;
    if (o->memory > 0 && o->memory < layers_size(g, o->height, o->width)) {
        release(p);
        return bc_fail(BC_NO_MEMORY, "the network's layers for %d x %d pixels do not fit into %.0f MB",
                       o->width, o->height, 1e-6 * (double)o->memory);
    }
    p->w.step = w->step;
    p->w.value = malloc(n * sizeof *p->w.value);
    p->w.m = calloc(n, sizeof *p->w.m);
    p->w.v = calloc(n, sizeof *p->w.v);
    p->weights = malloc(n * sizeof *p->weights);
    p->dw = malloc(n * sizeof *p->dw);
    p->in = malloc(area * g->nin * sizeof *p->in);
    p->truth = malloc(area * g->nout * sizeof *p->truth);
    p->dout = malloc(area * g->nout * sizeof *p->dout);
    p->layers = ref_new_layers(g, o->height, o->width);
    p->grads = ref_new_layers(g, o->height, o->width);
    if (!p->w.value || !p->w.m || !p->w.v || !p->weights || !p->dw || !p->in || !p->truth || !p->dout || !p->layers
        || !p->grads) {
        release(p);
        return bc_fail_memory(n * sizeof(double), "a network on the ref backend");
    }
    memcpy(p->w.value, w->value, n * sizeof *w->value);
    if (w->m != NULL)
        memcpy(p->w.m, w->m, n * sizeof *w->m);
    if (w->v != NULL)
        memcpy(p->w.v, w->v, n * sizeof *w->v);
    *plan_p = p;
    return BC_OK;
}

static void
widen(const float *from, size_t n, double *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        to[i] = from[i];
}

static bc_status
run(struct bc_plan *p, const float *in, float *out, size_t n, const struct bc_part *parts)
{
    size_t area = (size_t)p->o.height * p->o.width, s, i;

    (void)parts;
    widen(p->w.value, p->g->nweight, p->weights);
    for (s = 0; s < n; s++) {
        widen(in + s * area * p->g->nin, area * p->g->nin, p->in);
        ref_forward(p->g, p->weights, p->o.height, p->o.width, p->in, p->layers);
        for (i = 0; i < area * p->g->nout; i++)
            out[s * area * p->g->nout + i] = (float)p->layers[p->g->nlayer - 1][i];
    }
    return BC_OK;
}

static bc_status
step(struct bc_plan *p, const struct bc_batch *b, double *loss_p)
{
    const struct bc_graph *g = p->g;
    size_t                 area = (size_t)p->o.height * p->o.width, s, i;
    double                 loss = 0.0;
    int                    bands = bc_loss_bands(&p->o.loss, g->nout), c;

    widen(p->w.value, g->nweight, p->weights);
    memset(p->dw, 0, g->nweight * sizeof *p->dw);
    for (s = 0; s < b->n; s++) {
        widen(b->in + s * area * g->nin, area * g->nin, p->in);
        widen(b->truth + s * area * bands, area * bands, p->truth);
        ref_forward(g, p->weights, p->o.height, p->o.width, p->in, p->layers);
        for (c = 0; c < bands; c++) {
            const double *y = p->layers[g->nlayer - 1] + c * area;
            int           scaled = g->nout > bands;

            loss += bc_loss(&p->o.loss, p->truth + c * area, y, scaled ? y + bands * area : NULL, p->o.height,
                            p->o.width, p->dout + c * area, scaled ? p->dout + (bands + c) * area : NULL);
        }
        for (i = 0; i < area * g->nout; i++)
            p->dout[i] /= (double)(b->n * bands);
        ref_backward(g, p->weights, p->o.height, p->o.width, p->in, p->layers, p->grads, p->dout, p->dw);
    }
    p->w.step++;
    ref_adam(&p->o, b->rate, p->w.step, g->nweight, p->dw, p->w.value, p->w.m, p->w.v);
    *loss_p = loss / (double)(b->n * bands);
    return BC_OK;
}

static bc_status
read_back(struct bc_plan *p, struct bc_weights *w)
{
    size_t bytes = p->g->nweight * sizeof *w->value;

    memcpy(w->value, p->w.value, bytes);
    if (w->m != NULL)
        memcpy(w->m, p->w.m, bytes);
    if (w->v != NULL)
        memcpy(w->v, p->w.v, bytes);
    w->step = p->w.step;
    return BC_OK;
}

const struct bc_backend bc_backend_ref = { "ref", 4, probe, describe, compile, run, step, read_back, release };
