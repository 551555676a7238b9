/* plan.c -- a network is made ready for one GPU: convolutions chosen, layers and weights given
 * their place.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu.h"
#include "place.h"
#include "status.h"

/* Of a run, samples at a time: their layers stay in the GPU's second-level cache from kernel to
 * kernel. */
enum { CACHED_PIXELS = 16 * 128 * 128 };
/* What a convolution may take beside its tensors, MB. */
enum { MOST_WORKSPACE = 2000 };

static const char *const precisions[] = { "auto", "fp32", "tf32", "bf16" };

/* ---- what is asked for ----------------------------------------------------------------------- */

/* The GPU, and the precision that "auto" is on it. */
static bc_status
choose_device(struct bc_plan *p)
{
    struct cudaDeviceProp of;
    enum bc_precision     want = p->o.device.precision;
    bc_status             st = gpu_check(cudaSetDevice(p->o.device.number), "taking the device");

    if (st == BC_OK)
        st = gpu_check(cudaGetDeviceProperties(&of, p->o.device.number), "asking what it is");
    if (st != BC_OK)
        return st;
    snprintf(p->name, sizeof p->name, "%s", of.name);
    if (of.major < 8 && (want == BC_PRECISION_TF32 || want == BC_PRECISION_BF16))
        return bc_fail(BC_UNSUPPORTED, "the GPU %s has no %s", of.name, precisions[want]);
    if (want == BC_PRECISION_AUTO)
        p->o.device.precision = of.major >= 8 ? BC_PRECISION_TF32 : BC_PRECISION_FP32;
    return BC_OK;
}

/* ---- convolutions ---------------------------------------------------------------------------- */

static bc_status
make_convolutions(struct bc_plan *p)
{
    struct conv_shape s;
    int               i;
    bc_status         st = BC_OK;

    for (i = 0; st == BC_OK && i < p->g->nlayer; i++) {
        if (!geometry_is_conv(p->m, i))
            continue;
        st = conv_make(p->maker, &p->m->layer[i].conv, &p->layer[i].forward);
        s = geometry_back_kernel(p->m, i);
        if (st == BC_OK && p->o.train)
            st = conv_make(p->maker, &s, &p->layer[i].back_kernel);
        s = geometry_back_data(p->m, i);
        if (st == BC_OK && p->o.train && p->g->layer[i].src != BC_FROM_INPUT)
            st = conv_make(p->maker, &s, &p->layer[i].back_data);
    }
    return st;
}

static size_t
most_workspace(const struct bc_plan *p)
{
    size_t most = 0;
    int    i, k;

    for (i = 0; i < p->g->nlayer; i++) {
        const struct conv *c[] = { p->layer[i].forward, p->layer[i].back_data,
                                   p->layer[i].back_kernel };

        for (k = 0; k < 3; k++)
            if (c[k] != NULL && conv_workspace(c[k]) > most)
                most = conv_workspace(c[k]);
    }
    return most;
}

static size_t
most_scratch(const struct bc_plan *p)
{
    const struct geometry *m = p->m;
    size_t                 most = 0, need;
    int                    i;

    for (i = 0; i < p->g->nlayer; i++) {
        const struct gpu_tensor *t = &m->layer[i].out;

        need = cuda_norm_scratch(m->batch, t->h, t->w, t->c);
        most = need > most ? need : most;
    }
    if (p->o.train) {
        const struct gpu_tensor *t = geometry_tensor(m, p->g->layer[p->g->nlayer - 1].src);

        need = cuda_out_scratch(m->batch, t->h, t->w, t->c, p->g->nin, p->g->nout);
        most = need > most ? need : most;
        need = cuda_loss_scratch(m->batch, p->g->nout, m->height, m->width);
        most = need > most ? need : most;
    }
    return most;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* Samples at a time: all in training; else as many as fit into the cache and into the memory that
 * may be used.  *BYTES_P = what their layers take. */
static bc_status
lay_out(struct bc_plan *p, size_t *bytes_p)
{
    size_t       area = (size_t)p->o.height * p->o.width, bytes = 0;
    enum bc_type type = p->o.device.precision == BC_PRECISION_BF16 ? BC_BF16 : BC_F32;
    int          n = p->o.batch;
    bc_status    st;

    if (n > BC_MOST_SAMPLES)
        return bc_fail(BC_UNSUPPORTED, "the GPU backend takes at most %d samples at a time",
                       BC_MOST_SAMPLES);
    while (!p->o.train && n > 1 && n * area > CACHED_PIXELS)
        n = (n + 1) / 2;
    do {
        geometry_close(p->m);
        p->m = NULL;
        st = geometry_open(p->g, type, n, p->o.height, p->o.width, &p->m);
        if (st == BC_OK)
            st = plan_place(p, &bytes);
        if (st != BC_OK || p->o.memory == 0 || bytes <= p->o.memory)
            break;
        n /= 2;
    } while (!p->o.train && n > 0);
    if (st == BC_OK && p->o.memory != 0 && bytes > p->o.memory)
        return bc_fail(BC_NO_MEMORY, "the network's layers for %d x %d pixels take %.0f MB on the GPU, "
                       "%.0f MB may be used", p->o.width, p->o.height, 1e-6 * (double)bytes,
                       1e-6 * (double)p->o.memory);
    *bytes_p = bytes;
    return st;
}

static bc_status
take_layers(struct bc_plan *p, size_t bytes)
{
    bc_status st = gpu_take(bytes, "a network's layers", (void **)&p->memory);

    if (st == BC_OK)
        plan_point(p);
    return st;
}

/* Means and inverse deviations of all layers with a norm. */
static bc_status
take_statistics(struct bc_plan *p)
{
    size_t    n = 0;
    int       i, pass;
    bc_status st = BC_OK;

    for (pass = 0; st == BC_OK && pass < 2; pass++) {
        n = 0;
        for (i = 0; i < p->g->nlayer; i++) {
            if (!p->g->layer[i].norm)
                continue;
            p->layer[i].mean = p->statistics + n;
            n += (size_t)p->m->batch * p->m->layer[i].out.c;
            p->layer[i].inverse = p->statistics + n;
            n += (size_t)p->m->batch * p->m->layer[i].out.c;
        }
        if (pass == 0)
            st = gpu_alloc(n * sizeof *p->statistics, "statistics", p->stream, (void **)&p->statistics);
    }
    return st;
}

/* One set of numbers in the graph's order to the GPU; FROM NULL: zeros, which are there already. */
static bc_status
upload(const struct bc_plan *p, const float *from, float *host, float *to)
{
    if (from == NULL)
        return BC_OK;
    geometry_pack(p->m, from, host);
    return gpu_copy(to, host, p->m->nweight, cudaMemcpyHostToDevice, p->stream);
}

static bc_status
take_weights(struct bc_plan *p, const struct bc_weights *w)
{
    size_t    n = p->m->nweight, bytes = n * sizeof(float);
    float    *host = malloc(bytes);
    bc_status st = host != NULL ? gpu_alloc(bytes, "weights", p->stream, (void **)&p->value)
                                : bc_fail_memory(bytes, "a network's weights");

    p->steps = w->step;
    if (st == BC_OK && p->m->type == BC_BF16)
        st = gpu_alloc(2 * n, "weights", p->stream, &p->rounded);
    if (st == BC_OK && p->o.train)
        st = gpu_alloc(bytes, "the optimiser", p->stream, (void **)&p->mean);
    if (st == BC_OK && p->o.train)
        st = gpu_alloc(bytes, "the optimiser", p->stream, (void **)&p->variance);
    if (st == BC_OK && p->o.train)
        st = gpu_alloc(bytes, "gradients", p->stream, (void **)&p->grad);
    if (st == BC_OK && p->o.train && p->m->type == BC_BF16)
        st = gpu_alloc(2 * p->m->nkernel, "gradients", p->stream, &p->grad16);
    if (st == BC_OK)
        st = upload(p, w->value, host, p->value);
    if (st == BC_OK && p->o.train)
        st = upload(p, w->m, host, p->mean);
    if (st == BC_OK && p->o.train)
        st = upload(p, w->v, host, p->variance);
    if (st == BC_OK && p->rounded != NULL)
        st = gpu_check(cuda_round(p->value, n, p->rounded, p->stream), "rounding weights");
    free(host);
    return st;
}

/* ---- compile, read, release ------------------------------------------------------------------ */

static bc_status
open_streams(struct bc_plan *p)
{
    cudaError_t e = cudaStreamCreateWithFlags(&p->stream, cudaStreamNonBlocking);

    if (e == cudaSuccess)
        e = cudaStreamCreateWithFlags(&p->upload, cudaStreamNonBlocking);
    if (e == cudaSuccess)
        e = cudaStreamCreateWithFlags(&p->download, cudaStreamNonBlocking);
    return gpu_check(e, "making a stream");
}

static void
close_plan(struct bc_plan *p)
{
    cudaSetDevice(p->o.device.number);
    plan_settle(p);
    plan_close_step(p);
    plan_close_lanes(p);
    conv_maker_close(p->maker);
    cudaFree(p->grad16);
    cudaFree(p->grad);
    cudaFree(p->variance);
    cudaFree(p->mean);
    cudaFree(p->rounded);
    cudaFree(p->value);
    cudaFree(p->statistics);
    cudaFree(p->scratch);
    cudaFree(p->workspace);
    cudaFree(p->memory);
    if (p->download != NULL)
        cudaStreamDestroy(p->download);
    if (p->upload != NULL)
        cudaStreamDestroy(p->upload);
    if (p->stream != NULL)
        cudaStreamDestroy(p->stream);
    geometry_close(p->m);
    free(p->buffer);
    free(p->layer);
    free(p);
}

static bc_status
open_plan(struct bc_plan *p, const struct bc_weights *w)
{
    size_t    bytes = 0;
    bc_status st = choose_device(p);

    if (st == BC_OK)
        st = open_streams(p);
    if (st == BC_OK)
        st = lay_out(p, &bytes);
    if (st == BC_OK)
        st = conv_maker_open(p->stream, &p->o.device, MOST_WORKSPACE * (size_t)1000000, &p->maker);
    if (st == BC_OK)        /* before the layers take memory: convolutions are tried in some of their own */
        st = make_convolutions(p);
    if (st == BC_OK)
        st = take_layers(p, bytes);
    if (st == BC_OK)
        st = gpu_take(most_workspace(p), "convolutions", &p->workspace);
    if (st == BC_OK)
        st = gpu_alloc(most_scratch(p), "sums", p->stream, &p->scratch);
    if (st == BC_OK)
        st = take_statistics(p);
    if (st == BC_OK)
        st = take_weights(p, w);
    if (st == BC_OK)
        st = plan_open_lanes(p);
    if (st == BC_OK && p->o.train)
        st = plan_open_step(p);
    return st == BC_OK ? gpu_check(cudaStreamSynchronize(p->stream), "making a network ready") : st;
}

bc_status
cuda_compile(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o,
             struct bc_plan **plan_p)
{
    struct bc_plan *p = calloc(1, sizeof *p);
    bc_status       st;

    if (p == NULL || (p->layer = calloc((size_t)g->nlayer, sizeof *p->layer)) == NULL) {
        free(p);
        return bc_fail_memory(sizeof *p, "a plan");
    }
    p->g = g;
    p->o = *o;
    gpu_lock(0);
    st = open_plan(p, w);
    if (st != BC_OK)
        close_plan(p);
    gpu_unlock();
    if (st == BC_OK)
        *plan_p = p;
    return st;
}

void
cuda_release(struct bc_plan *p)
{
    if (p == NULL)
        return;
    gpu_lock(0);
    close_plan(p);
    gpu_unlock();
}

/* Where there is little room, less of a long name: the rest decides the bits, too. */
void
cuda_describe(const struct bc_plan *p, char *text, size_t size)
{
    char   rest[sizeof p->no_replay + 64];
    size_t n = (size_t)snprintf(rest, sizeof rest, ", %s%s%s%s%s", precisions[p->o.device.precision],
                                p->o.device.fast ? ", fast" : "", p->o.device.direct ? ", direct" : "",
                                *p->no_replay != '\0' ? ", not recorded: " : "", p->no_replay);

    snprintf(text, size, "%.*s%s", n + 1 < size ? (int)(size - n - 1) : 0, p->name, rest);
}

/* One set of numbers from the GPU, if it is wanted. */
static bc_status
download(const struct bc_plan *p, const float *from, float *host, float *to)
{
    bc_status st;

    if (to == NULL || from == NULL)
        return BC_OK;
    st = gpu_copy(host, from, p->m->nweight, cudaMemcpyDeviceToHost, p->stream);
    if (st == BC_OK)
        geometry_unpack(p->m, host, to);
    return st;
}

bc_status
cuda_read(struct bc_plan *p, struct bc_weights *w)
{
    size_t    bytes = p->m->nweight * sizeof(float);
    float    *host = malloc(bytes);
    bc_status st = host != NULL ? gpu_check(cudaSetDevice(p->o.device.number), "taking the device")
                                : bc_fail_memory(bytes, "a network's weights");

    if (st == BC_OK)
        st = download(p, p->value, host, w->value);
    if (st == BC_OK)
        st = download(p, p->mean, host, w->m);
    if (st == BC_OK)
        st = download(p, p->variance, host, w->v);
    if (st == BC_OK)
        w->step = p->steps;
    free(host);
    return st;
}
