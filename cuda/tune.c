/* tune.c -- which plans for a convolution run, and which of them is the fastest.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "tune.h"

#include "gpu.h"

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

/* *ms_p = the milliseconds of one turn. */
static bc_status
time_turn(const struct bench *b, const struct conv *c, float *ms_p)
{
    cudaError_t e = cudaEventRecord(b->from, b->stream);
    bc_status   st = conv_run(b->maker, c, b->x, b->w, b->y, b->workspace);

    if (st != BC_OK)
        return st;
    if (e == cudaSuccess)
        e = cudaEventRecord(b->to, b->stream);
    if (e == cudaSuccess)
        e = cudaEventSynchronize(b->to);
    if (e == cudaSuccess)
        e = cudaEventElapsedTime(ms_p, b->from, b->to);
    return gpu_check(e, "running a convolution");
}

/* *best_p = the milliseconds of the fastest of ROUNDS turns after one that loads the kernel. */
static bc_status
time_plan(const struct bench *b, const struct conv *c, int rounds, float *best_p)
{
    float     ms;
    int       i;
    bc_status st = time_turn(b, c, best_p);

    for (i = 0; st == BC_OK && i < rounds; i++) {
        st = time_turn(b, c, &ms);
        if (st == BC_OK && (i == 0 || ms < *best_p))
            *best_p = ms;
    }
    return st;
}

bc_status
conv_fastest(struct conv_maker *maker, cudaStream_t stream, const struct conv_shape *shape,
             const struct conv *const *list, int n, int *best_p)
{
    struct bench b = { .maker = maker, .stream = stream };
    size_t       workspace = 0;
    float        best = 0.0f, ms;
    int          i;
    bc_status    st;

    *best_p = -1;
    for (i = 0; i < n; i++)
        workspace = conv_workspace(list[i]) > workspace ? conv_workspace(list[i]) : workspace;
    st = open_bench(&b, shape, workspace);
    for (i = 0; st == BC_OK && i < n; i++) {
        bc_status ran = time_plan(&b, list[i], n > 1 ? ROUNDS : 0, &ms);

        if (ran == BC_NO_MEMORY)            /* the choice must not depend on how much there is */
            st = ran;
        else if (ran == BC_OK && (*best_p < 0 || ms < best)) {
            best = ms;
            *best_p = i;
        }
    }
    close_bench(&b);
    return st;
}
