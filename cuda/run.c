/* run.c -- samples through the network: while one piece of them is computed, the one before is
 * brought back and the next is taken to the GPU.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "gpu.h"
#include "plan.h"

static size_t
in_size(const struct bc_plan *p)
{
    return (size_t)p->g->nin * p->o.height * p->o.width;
}

static size_t
out_size(const struct bc_plan *p)
{
    return (size_t)p->g->nout * p->o.height * p->o.width;
}

static bc_status
open_lane(const struct bc_plan *p, struct lane *l)
{
    size_t      in = p->m->batch * in_size(p) * sizeof(float);
    size_t      out = p->m->batch * out_size(p) * sizeof(float);
    cudaError_t e;
    bc_status   st = gpu_host_alloc(in, (void **)&l->host_in);

    if (st == BC_OK)
        st = gpu_host_alloc(out, (void **)&l->host_out);
    if (st == BC_OK)
        st = gpu_alloc(in, "samples", p->stream, (void **)&l->in);
    if (st == BC_OK)
        st = gpu_alloc(out, "samples", p->stream, (void **)&l->out);
    if (st != BC_OK)
        return st;
    e = cudaEventCreateWithFlags(&l->uploaded, cudaEventDisableTiming);
    if (e == cudaSuccess)
        e = cudaEventCreateWithFlags(&l->computed, cudaEventDisableTiming);
    if (e == cudaSuccess)
        e = cudaEventCreateWithFlags(&l->downloaded, cudaEventDisableTiming);
    return gpu_check(e, "making an event");
}

bc_status
plan_open_lanes(struct bc_plan *p)
{
    bc_status st = open_lane(p, &p->lane[0]);

    /* A plan for a single piece has no use for another lane. */
    return st == BC_OK && p->o.batch > p->m->batch ? open_lane(p, &p->lane[1]) : st;
}

void
plan_close_lanes(struct bc_plan *p)
{
    struct lane *l;

    for (l = p->lane; l < p->lane + 2; l++) {
        if (l->replay.recorded != NULL)
            cudaGraphExecDestroy(l->replay.recorded);
        if (l->downloaded != NULL)
            cudaEventDestroy(l->downloaded);
        if (l->computed != NULL)
            cudaEventDestroy(l->computed);
        if (l->uploaded != NULL)
            cudaEventDestroy(l->uploaded);
        cudaFree(l->out);
        cudaFree(l->in);
        cudaFreeHost(l->host_out);
        cudaFreeHost(l->host_in);
    }
}

void
plan_settle(struct bc_plan *p)
{
    const cudaStream_t stream[] = { p->upload, p->stream, p->download };
    int                k;

    for (k = 0; k < 3; k++)
        if (stream[k] != NULL)          /* as where making them failed; NULL would be the stream that all share */
            cudaStreamSynchronize(stream[k]);
    p->lane[0].n = p->lane[1].n = 0;
}

static bc_status
compute(struct bc_plan *p, void *arg)
{
    struct lane *l = arg;

    return plan_forward(p, l->in, NULL, l->out);
}

/* N samples on their way.  A piece that is not full is computed as if it were: each sample is on
 * its own. */
static bc_status
send(struct bc_plan *p, struct lane *l, const float *in, float *out, size_t n)
{
    cudaError_t e;
    bc_status   st;

    memcpy(l->host_in, in, n * in_size(p) * sizeof *in);
    e = cudaMemcpyAsync(l->in, l->host_in, n * in_size(p) * sizeof *in, cudaMemcpyHostToDevice,
                        p->upload);
    if (e == cudaSuccess)
        e = cudaEventRecord(l->uploaded, p->upload);
    if (e == cudaSuccess)
        e = cudaStreamWaitEvent(p->stream, l->uploaded, 0);
    st = gpu_check(e, "sending samples");
    if (st == BC_OK)
        st = plan_replay(p, &l->replay, compute, l);
    if (st != BC_OK)
        return st;
    e = cudaEventRecord(l->computed, p->stream);
    if (e == cudaSuccess)
        e = cudaStreamWaitEvent(p->download, l->computed, 0);
    if (e == cudaSuccess)
        e = cudaMemcpyAsync(l->host_out, l->out, n * out_size(p) * sizeof *out,
                            cudaMemcpyDeviceToHost, p->download);
    if (e == cudaSuccess)
        e = cudaEventRecord(l->downloaded, p->download);
    l->n = n;
    l->to = out;
    return gpu_check(e, "receiving samples");
}

/* What is on its way in lane L, if anything, has arrived. */
static bc_status
receive(struct bc_plan *p, struct lane *l)
{
    bc_status st;

    if (l->n == 0)
        return BC_OK;
    st = gpu_check(cudaEventSynchronize(l->downloaded), "computing");
    if (st == BC_OK)
        memcpy(l->to, l->host_out, l->n * out_size(p) * sizeof *l->to);
    l->n = 0;
    return st;
}

bc_status
cuda_run(struct bc_plan *p, const float *in, float *out, size_t n, const struct bc_part *parts)
{
    size_t    most = (size_t)p->m->batch, at, piece;
    int       k = 0, lanes = p->lane[1].in != NULL ? 2 : 1;
    bc_status st = gpu_check(cudaSetDevice(p->o.device.number), "taking the device");

    (void)parts;
    for (at = 0; st == BC_OK && at < n; at += piece, k = (k + 1) % lanes) {
        piece = n - at < most ? n - at : most;
        st = receive(p, &p->lane[k]);
        if (st == BC_OK)
            st = send(p, &p->lane[k], in + at * in_size(p), out + at * out_size(p), piece);
    }
    for (at = 0; st == BC_OK && at < (size_t)lanes; at++, k = (k + 1) % lanes)
        st = receive(p, &p->lane[k]);
    if (st != BC_OK)
        plan_settle(p);
    return st;
}
