/* backward.c -- the gradient of the loss by all weights, from that by the output.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "gpu.h"
#include "plan.h"
#include "plan_layer.h"

/* The gradients by layer I's output that its readers have left. */
static int
collect(const struct bc_plan *p, int i, struct bc_gradient *from)
{
    int j, n = 0;

    for (j = i + 1; j < p->g->nlayer; j++) {
        if (p->g->layer[j].src == i)
            from[n++] = (struct bc_gradient){ p->layer[j].dcanvas, p->m->layer[i].out.border };
        if (p->g->layer[j].add == i)
            from[n++] = (struct bc_gradient){ p->layer[j].sum, BC_BORDER_NONE };
    }
    return n;
}

/* Where the gradient by layer I's kernel goes. */
static void *
kernel_gradient(const struct bc_plan *p, int i)
{
    size_t at = p->m->layer[i].kernel_at;

    return p->m->type == BC_BF16 ? (void *)((char *)p->grad16 + 2 * at) : (void *)(p->grad + at);
}

/* By what follows the convolution. */
static bc_status
back_apply(struct bc_plan *p, int i)
{
    const struct bc_layer   *l = &p->g->layer[i];
    const struct gpu_layer  *at = &p->m->layer[i];
    const struct plan_layer *to = &p->layer[i];
    struct bc_apply          a = plan_apply(p, i);
    struct bc_gradient       from[BC_MOST_GRADIENTS];
    int                      n = collect(p, i, from);
    float                   *dscale = l->norm ? p->grad + at->scale_at : NULL;
    float *doffset = l->norm ? p->grad + at->offset_at : l->bias ? p->grad + at->bias_at : NULL;
    enum bc_border           border = l->op == BC_CONVT ? BC_BORDER_ZERO : BC_BORDER_NONE;

    return gpu_check(cuda_apply_back(&a, from, n, l->add != BC_FROM_NONE ? &to->sum : NULL, &to->dz,
                                     border, dscale, doffset, p->scratch, p->stream),
                     l->name);
}

/* By the convolution: a transposed one is the other way round. */
static bc_status
back_conv(struct bc_plan *p, int i)
{
    const struct bc_layer   *l = &p->g->layer[i];
    const struct plan_layer *at = &p->layer[i];
    void                    *source = plan_source(p, i).at, *dkernel = kernel_gradient(p, i),
         *kernel = plan_kernel(p, i);
    int                      turned = l->op == BC_CONVT;
    bc_status st = conv_run(p->maker, at->back_kernel, turned ? at->dz.at : source, dkernel,
                            turned ? source : at->dz.at, p->workspace);

    if (st == BC_OK && l->src != BC_FROM_INPUT)
        st = conv_run(p->maker, at->back_data, turned ? at->dz.at : at->dcanvas.at, kernel,
                      turned ? at->dcanvas.at : at->dz.at, p->workspace);
    return st;
}

static bc_status
back_out(struct bc_plan *p, const float *in)
{
    const struct gpu_layer *at = &p->m->layer[p->g->nlayer - 1];
    struct bc_out           o = plan_out(p, in);
    struct bc_out_gradients d = { .kernel = p->grad + at->kernel_at };

    if (o.bias != NULL)
        d.bias = p->grad + at->bias_at;
    if (o.in != NULL) {
        d.combine_kernel = p->grad + p->m->layer[p->m->combine].kernel_at;
        d.combine_bias = p->grad + p->m->layer[p->m->combine].bias_at;
    }
    return gpu_check(cuda_out_back(&o, p->tanh, p->dy, &p->layer[p->g->nlayer - 1].dcanvas, &d,
                                   p->scratch, p->stream),
                     "in the last layer");
}

bc_status
plan_backward(struct bc_plan *p, const float *in)
{
    int       i;
    bc_status st = back_out(p, in);

    for (i = p->g->nlayer - 2; st == BC_OK && i >= 0; i--) {
        if (!geometry_is_conv(p->m, i))
            continue;
        st = back_apply(p, i);
        if (st == BC_OK)
            st = back_conv(p, i);
    }
    return st;
}
