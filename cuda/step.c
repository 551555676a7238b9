/* step.c -- a training step: one upload, forward, loss, backward, Adam, all of it recorded.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"
#include "plan.h"
#include "status.h"

enum { ALIGNMENT = 64 };        /* of the parts of a batch, floats */

static size_t
round_up(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t
area(const struct bc_plan *p)
{
    return (size_t)p->o.height * p->o.width;
}

static size_t
bands(const struct bc_plan *p)
{
    return (size_t)bc_loss_bands(&p->o.loss, p->g->nout);
}

bc_status
plan_open_step(struct bc_plan *p)
{
    size_t    n = (size_t)p->m->batch, out = n * p->g->nout * area(p) * sizeof(float), bytes;
    bc_status st;

    p->in_at = ALIGNMENT;
    p->truth_at = p->in_at + round_up(n * p->g->nin * area(p));
    bytes = (p->truth_at + n * bands(p) * area(p)) * sizeof(float);
    p->step = calloc(n + 1, sizeof *p->step);
    if (p->step == NULL)
        return bc_fail_memory((n + 1) * sizeof *p->step, "a training step");
    st = gpu_host_alloc(bytes, (void **)&p->host_batch);
    if (st == BC_OK)
        st = gpu_host_alloc(sizeof *p->loss, (void **)&p->loss);
    if (st == BC_OK)
        st = gpu_alloc(bytes, "a batch", p->stream, (void **)&p->batch);
    if (st == BC_OK)
        st = gpu_alloc(out, "a batch", p->stream, (void **)&p->y);
    if (st == BC_OK)
        st = gpu_alloc(out, "a batch", p->stream, (void **)&p->tanh);
    return st == BC_OK ? gpu_alloc(out, "a batch", p->stream, (void **)&p->dy) : st;
}

void
plan_close_step(struct bc_plan *p)
{
    int n;

    for (n = 0; p->step != NULL && n <= p->m->batch; n++)
        if (p->step[n].recorded != NULL)
            cudaGraphExecDestroy(p->step[n].recorded);
    free(p->step);
    cudaFree(p->dy);
    cudaFree(p->tanh);
    cudaFree(p->y);
    cudaFree(p->batch);
    cudaFreeHost(p->loss);
    cudaFreeHost(p->host_batch);
}

static bc_status
adam(struct bc_plan *p)
{
    struct bc_adam a = { .n = p->m->nweight, .n16 = p->grad16 != NULL ? p->m->nkernel : 0,
                         .value = p->value, .m = p->mean, .v = p->variance, .copy = p->rounded,
                         .grad = p->grad, .grad16 = p->grad16, .alpha = p->batch,
                         .beta1 = p->o.beta1, .beta2 = p->o.beta2, .epsilon = p->o.epsilon };

    return gpu_check(cuda_adam(&a, p->stream), "in Adam");
}

/* All of a step on N samples.  The layers are computed for a full batch: those samples that are not
 * there have no loss, and no part in any gradient. */
static bc_status
step(struct bc_plan *p, void *arg)
{
    size_t       n = *(const size_t *)arg, one = p->g->nout * area(p);
    size_t       end = p->truth_at + n * bands(p) * area(p);
    const float *in = p->batch + p->in_at, *truth = p->batch + p->truth_at;
    bc_status    st = gpu_check(cudaMemcpyAsync(p->batch, p->host_batch, end * sizeof *p->batch,
                                                cudaMemcpyHostToDevice, p->stream),
                                "sending a batch");

    if (st == BC_OK)
        st = plan_forward(p, in, p->tanh, p->y);
    if (st == BC_OK)
        st = gpu_check(cuda_loss(&p->o.loss, truth, p->y, (int)n, p->g->nout, p->o.height,
                                 p->o.width, p->scratch, p->dy, p->loss, p->stream),
                       "in the loss");
    if (st == BC_OK && n < (size_t)p->m->batch)
        st = gpu_check(cudaMemsetAsync(p->dy + n * one, 0, (p->m->batch - n) * one * sizeof *p->dy,
                                       p->stream), "in the loss");
    if (st == BC_OK)
        st = plan_backward(p, in);
    return st == BC_OK ? adam(p) : st;
}

bc_status
cuda_step(struct bc_plan *p, const struct bc_batch *b, double *loss_p)
{
    size_t    n = b->n, plane = area(p);
    double    t = (double)(p->steps + 1);
    bc_status st = gpu_check(cudaSetDevice(p->o.device.number), "taking the device");

    if (st != BC_OK)
        return st;
    p->host_batch[0]
        = (float)(b->rate * sqrt(1.0 - pow(p->o.beta2, t)) / (1.0 - pow(p->o.beta1, t)));
    memcpy(p->host_batch + p->in_at, b->in, n * p->g->nin * plane * sizeof *b->in);
    memcpy(p->host_batch + p->truth_at, b->truth, n * bands(p) * plane * sizeof *b->truth);
    st = plan_replay(p, &p->step[n], step, &n);
    if (st == BC_OK)
        st = gpu_check(cudaStreamSynchronize(p->stream), "in a step");
    if (st != BC_OK)
        return st;
    p->steps++;
    *loss_p = *p->loss;
    return BC_OK;
}
