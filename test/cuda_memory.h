/* cuda_memory.h -- what the tests of the GPU's kernels share: numbers to device memory and back, canvases
 * that are NaN wherever nothing was put.  The tests run on the processor (shim/) in make check, and as
 * they are on a GPU (gpu/run).
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef CUDA_MEMORY_H
#define CUDA_MEMORY_H

#include <string.h>

#include "check.h"
#include "kernels.h"
#include "random.h"
#include "ref.h"

static inline void
check_launch(cudaError_t e)
{
    if (e == cudaSuccess)
        e = cudaDeviceSynchronize();
    if (e != cudaSuccess) {
        printf("a kernel failed: %s\n", cudaGetErrorString(e));
        exit(EXIT_FAILURE);
    }
}

/* Ends the test where there is no GPU. */
static inline void
need_device(void)
{
    int devices = 0;

    if (cudaGetDeviceCount(&devices) != cudaSuccess || devices == 0) {
        printf("there is no GPU here\n");
        exit(77);
    }
}

/* Device memory full of NaN. */
static inline void *
fresh(size_t bytes)
{
    void *at = NULL;

    check_launch(cudaMalloc(&at, bytes));
    check_launch(cudaMemset(at, 0xff, bytes));
    return at;
}

static inline void *
zeroed(size_t bytes)
{
    void *at = fresh(bytes);

    check_launch(cudaMemset(at, 0, bytes));
    return at;
}

static inline void *
up(const void *from, size_t bytes)
{
    void *at = fresh(bytes);

    check_launch(cudaMemcpy(at, from, bytes, cudaMemcpyHostToDevice));
    return at;
}

static inline void
down(const void *at, size_t bytes, void *to)
{
    check_launch(cudaMemcpy(to, at, bytes, cudaMemcpyDeviceToHost));
}

static inline void *
room(size_t bytes)
{
    void *p = malloc(bytes > 0 ? bytes : 1);

    if (p == NULL)
        exit(EXIT_FAILURE);
    return p;
}

static inline float *
normals(size_t n, double sigma, struct bc_random *r)
{
    float *x = room(n * sizeof *x);
    size_t i;

    for (i = 0; i < n; i++)
        x[i] = (float)(sigma * bc_random_normal(r));
    return x;
}

/* n normals (sigma) with MORE zeros behind them, as channels beyond a layer's own have them. */
static inline float *
some_normals(size_t n, size_t more, double sigma, struct bc_random *r)
{
    float *x = room((n + more) * sizeof *x);
    size_t i;

    for (i = 0; i < n + more; i++)
        x[i] = i < n ? (float)(sigma * bc_random_normal(r)) : 0.0f;
    return x;
}

/* The float as TYPE holds it: of bf16's eight significant bits, to nearest, ties to even. */
static inline float
rounded(float x, enum bc_type type)
{
    int e;

    if (type == BC_F32 || isnan(x) || x == 0.0f)
        return x;
    frexpf(x, &e);
    return ldexpf(nearbyintf(ldexpf(x, 8 - e)), e - 8);
}

static inline size_t
canvas_count(const struct bc_view *v)
{
    return (size_t)v->n * v->rows * v->cols * v->c;
}

static inline size_t
canvas_at(const struct bc_view *v, int i, int y, int x, int ch)
{
    return (((size_t)i * v->rows + v->y0 + y) * v->cols + v->x0 + x) * v->c + ch;
}

/* A canvas on the device with PAD pixels on every side and EXTRA more at the high ones. */
static inline struct bc_view
new_canvas(enum bc_type type, int n, int h, int w, int c, int pad, int extra)
{
    struct bc_view v = { NULL, type, n, h, w, c, h + 2 * pad + extra, w + 2 * pad + extra, pad, pad };

    v.at = fresh(canvas_count(&v) * (type == BC_F32 ? 4 : 2));
    return v;
}

/* All of a canvas from and to floats, in its own order. */
static inline void
set_canvas(const struct bc_view *v, const float *x)
{
    size_t          n = canvas_count(v), i;
    unsigned short *low;
    unsigned        bits;

    if (v->type == BC_F32) {
        check_launch(cudaMemcpy(v->at, x, n * sizeof *x, cudaMemcpyHostToDevice));
        return;
    }
    low = room(n * sizeof *low);
    for (i = 0; i < n; i++) {
        float r = rounded(x[i], BC_BF16);

        memcpy(&bits, &r, sizeof bits);
        low[i] = (unsigned short)(bits >> 16);
    }
    check_launch(cudaMemcpy(v->at, low, n * sizeof *low, cudaMemcpyHostToDevice));
    free(low);
}

static inline float *
get_canvas(const struct bc_view *v)
{
    size_t          n = canvas_count(v), i;
    float          *x = room(n * sizeof *x);
    unsigned short *low;
    unsigned        bits;

    if (v->type == BC_F32) {
        down(v->at, n * sizeof *x, x);
        return x;
    }
    low = room(n * sizeof *low);
    down(v->at, n * sizeof *low, low);
    for (i = 0; i < n; i++) {
        bits = (unsigned)low[i] << 16;
        memcpy(&x[i], &bits, sizeof bits);
    }
    free(low);
    return x;
}

/* Normal numbers (OFFSET + sigma times them) inside a canvas, zeros in the channels from REAL on, NaN outside;
 * what was put there is returned as (n, c, h, w). */
static inline double *
fill_canvas(const struct bc_view *v, int real, double offset, double sigma, struct bc_random *r)
{
    size_t  n = canvas_count(v), area = (size_t)v->h * v->w, k;
    float  *x = room(n * sizeof *x);
    double *inside = room((size_t)v->n * v->c * area * sizeof *inside);
    int     i, ch, y, col;

    for (k = 0; k < n; k++)
        x[k] = NAN;
    for (i = 0; i < v->n; i++)
        for (ch = 0; ch < v->c; ch++)
            for (y = 0; y < v->h; y++)
                for (col = 0; col < v->w; col++) {
                    float u = ch < real ? (float)(offset + sigma * bc_random_normal(r)) : 0.0f;

                    u = rounded(u, v->type);
                    x[canvas_at(v, i, y, col, ch)] = u;
                    inside[((size_t)i * v->c + ch) * area + (size_t)y * v->w + col] = u;
                }
    set_canvas(v, x);
    free(x);
    return inside;
}

/* A tolerance for what is stored once as TYPE. */
static inline double
tolerance(enum bc_type type)
{
    return type == BC_F32 ? 1e-11 : 1e-5;
}

#endif
