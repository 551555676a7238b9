/* forward.c -- a network's layers, one after the other.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "gpu.h"
#include "plan.h"
#include "plan_layer.h"

struct bc_apply
plan_apply(const struct bc_plan *p, int i)
{
    const struct bc_layer  *l = &p->g->layer[i];
    const struct gpu_layer *at = &p->m->layer[i];
    struct bc_apply         a = { .z = p->layer[i].z, .act = l->act };

    if (l->norm) {
        a.mean = p->layer[i].mean;
        a.inverse = p->layer[i].inverse;
        a.scale = p->value + at->scale_at;
        a.offset = p->value + at->offset_at;
    } else if (l->bias) {
        a.offset = p->value + at->bias_at;
    }
    return a;
}

struct bc_out
plan_out(const struct bc_plan *p, const float *in)
{
    int                     last = p->g->nlayer - 1;
    const struct bc_layer  *l = &p->g->layer[last];
    const struct gpu_layer *at = &p->m->layer[last];
    struct bc_out           o = { .x = plan_source(p, last), .nin = p->g->nin, .nout = p->g->nout,
                                  .kernel = p->value + at->kernel_at, .act = l->act };

    if (l->bias)
        o.bias = p->value + at->bias_at;
    if (p->m->combine >= 0) {
        at = &p->m->layer[p->m->combine];
        o.in = in;
        o.combine_kernel = p->value + at->kernel_at;
        o.combine_bias = p->value + at->bias_at;
    }
    return o;
}

struct bc_view
plan_source(const struct bc_plan *p, int i)
{
    int src = p->g->layer[i].src;

    return src == BC_FROM_INPUT ? p->in : p->layer[src].out;
}

void *
plan_kernel(const struct bc_plan *p, int i)
{
    size_t at = p->m->layer[i].kernel_at;

    return p->m->type == BC_BF16 ? (void *)((char *)p->rounded + 2 * at) : (void *)(p->value + at);
}

static bc_status
forward_layer(struct bc_plan *p, int i)
{
    const struct bc_layer   *l = &p->g->layer[i];
    const struct plan_layer *at = &p->layer[i];
    struct bc_apply          a = plan_apply(p, i);
    void                    *source = plan_source(p, i).at, *kernel = plan_kernel(p, i);
    bc_status                st;

    if (l->op == BC_CONVT)
        st = conv_run(p->maker, at->forward, at->z.at, kernel, source, p->workspace);
    else
        st = conv_run(p->maker, at->forward, source, kernel, at->z.at, p->workspace);
    if (st == BC_OK && l->norm)
        st = gpu_check(cuda_stats(&at->z, at->mean, at->inverse, p->scratch, p->stream), l->name);
    if (st == BC_OK)
        st = gpu_check(cuda_apply(&a, l->add != BC_FROM_NONE ? &p->layer[l->add].out : NULL,
                                  &at->out, p->m->layer[i].out.border, p->stream),
                       l->name);
    return st;
}

bc_status
plan_forward(struct bc_plan *p, const float *in, float *tanh, float *out)
{
    struct bc_out o = plan_out(p, in);
    int           i;
    cudaError_t   e = cuda_pack(in, p->g->nin, &p->in, p->m->in.border, p->stream);
    bc_status     st = gpu_check(e, "taking the input");

    for (i = 0; st == BC_OK && i < p->g->nlayer; i++)
        if (geometry_is_conv(p->m, i))
            st = forward_layer(p, i);
    return st == BC_OK ? gpu_check(cuda_out(&o, tanh, out, p->stream), "in the last layer") : st;
}
