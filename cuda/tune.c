/* tune.c -- which of several plans for one convolution is the fastest.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tune.h"

#include "gpu.h"
#include "status.h"

enum { ROUNDS = 5 };

struct bench {
    struct conv_maker *maker;
    cudaStream_t       stream;
    void              *x, *w, *y, *workspace;
    cudaEvent_t        from, to;
};

static size_t
tensor_bytes(enum bc_type type, size_t n, size_t h, size_t w, size_t c)
{
    return n * h * w * c * (type == BC_BF16 ? 2 : 4);
}

/* Tensors of zeros: on them the kernels take as long as on others. */
static bc_status
open_bench(struct bench *b, const struct conv_shape *s, size_t workspace)
{
    size_t    oh = (size_t)((s->rows - s->size) / s->stride + 1);
    size_t    ow = (size_t)((s->cols - s->size) / s->stride + 1);
    bc_status st = gpu_alloc(tensor_bytes(s->type, s->n, s->rows, s->cols, s->c), "tuning", b->stream, &b->x);

    if (st == BC_OK)
        st = gpu_alloc(tensor_bytes(s->type, s->k, s->size, s->size, s->c), "tuning", b->stream, &b->w);
    if (st == BC_OK)
        st = gpu_alloc(tensor_bytes(s->type, s->n, oh, ow, s->k), "tuning", b->stream, &b->y);
    if (st == BC_OK)
        st = gpu_alloc(workspace, "tuning", b->stream, &b->workspace);
    if (st == BC_OK)
        st = gpu_check(cudaEventCreate(&b->from), "making an event");
    return st == BC_OK ? gpu_check(cudaEventCreate(&b->to), "making an event") : st;
}

static void
close_bench(struct bench *b)
{
    if (b->to != NULL)
        cudaEventDestroy(b->to);
    if (b->from != NULL)
        cudaEventDestroy(b->from);
    cudaFree(b->workspace);
    cudaFree(b->y);
    cudaFree(b->w);
    cudaFree(b->x);
}

/* Milliseconds of the fastest of some rounds; negative: it does not run. */
static float
time_plan(const struct bench *b, const struct conv *c)
{
    float best = -1.0f, ms;
    int   i;

    for (i = 0; i <= ROUNDS; i++) {
        cudaEventRecord(b->from, b->stream);
        if (conv_run(b->maker, c, b->x, b->w, b->y, b->workspace) != BC_OK)
            return -1.0f;
        cudaEventRecord(b->to, b->stream);
        if (cudaEventSynchronize(b->to) != cudaSuccess
            || cudaEventElapsedTime(&ms, b->from, b->to) != cudaSuccess)
            return -1.0f;
        if (i > 0 && (best < 0.0f || ms < best))        /* the first round loads the kernel */
            best = ms;
    }
    return best;
}

bc_status
conv_fastest(struct conv_maker *maker, cudaStream_t stream, const struct conv_shape *shape,
             const struct conv *const *list, int n, int *best_p)
{
    struct bench b = { .maker = maker, .stream = stream };
    size_t       workspace = 0;
    float        best = -1.0f, ms;
    int          i;
    bc_status    st;

    for (i = 0; i < n; i++)
        workspace = conv_workspace(list[i]) > workspace ? conv_workspace(list[i]) : workspace;
    st = open_bench(&b, shape, workspace);
    for (i = 0; st == BC_OK && i < n; i++) {
        ms = time_plan(&b, list[i]);
        if (ms >= 0.0f && (best < 0.0f || ms < best)) {
            best = ms;
            *best_p = i;
        }
    }
    if (st == BC_OK && best < 0.0f)
        st = bc_fail(BC_NO_DEVICE, "none of cuDNN's kernels for a convolution runs");
    close_bench(&b);
    return st;
}
