/* device.h -- what the kernels share: sixteen bytes at a time, walks over canvases, sums whose order
 * the shapes alone decide.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_DEVICE_H
#define BC_DEVICE_H

#include <math.h>
#include <string.h>
#include <cuda_runtime.h>

#include "kernels.h"

enum { THREADS = 256 };     /* of a block; also the channels that a block looks after at most */
static_assert((int)BC_COUNTERS > (int)BC_MOST_SAMPLES * BC_MOST_PLANES, "of all planes");
static_assert((int)BC_COUNTERS >= (BC_MOST_SAMPLES + 1) * ((int)BC_MOST_CHANNELS / THREADS), "of all slabs");
static const unsigned ALL_LANES = 0xffffffff;

/* The upper half of a float. */
struct bf16 { unsigned short bits; };

/* Sixteen bytes of a type: one access of a thread. */
template <typename T> struct vec { enum { N = 16 / sizeof(T) }; };

/* Two floats as bf16, to nearest, ties to even, the first in the lower half; NaN stays NaN. */
static __device__ inline unsigned
round_pair(float low, float high)
{
#if defined __CUDA_ARCH__ && __CUDA_ARCH__ >= 800
    unsigned pair;

    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(pair) : "f"(high), "f"(low));
    return pair;
#else
    unsigned a = __float_as_uint(low), b = __float_as_uint(high);

    a = low != low ? 0x7fff : (a + 0x7fff + (a >> 16 & 1)) >> 16;
    b = high != high ? 0x7fff : (b + 0x7fff + (b >> 16 & 1)) >> 16;
    return a | b << 16;
#endif
}

static __device__ inline float
low_half(unsigned pair)
{
    return __uint_as_float(pair << 16);
}

static __device__ inline float
high_half(unsigned pair)
{
    return __uint_as_float(pair & 0xffff0000u);
}

static __device__ inline void
unpack(const uint4 &q, float (&v)[4])
{
    v[0] = __uint_as_float(q.x);
    v[1] = __uint_as_float(q.y);
    v[2] = __uint_as_float(q.z);
    v[3] = __uint_as_float(q.w);
}

static __device__ inline void
unpack(const uint4 &q, float (&v)[8])
{
    v[0] = low_half(q.x);
    v[1] = high_half(q.x);
    v[2] = low_half(q.y);
    v[3] = high_half(q.y);
    v[4] = low_half(q.z);
    v[5] = high_half(q.z);
    v[6] = low_half(q.w);
    v[7] = high_half(q.w);
}

static __device__ inline uint4
packed(const float (&v)[4])
{
    return make_uint4(__float_as_uint(v[0]), __float_as_uint(v[1]), __float_as_uint(v[2]),
                      __float_as_uint(v[3]));
}

static __device__ inline uint4
packed(const float (&v)[8])
{
    return make_uint4(round_pair(v[0], v[1]), round_pair(v[2], v[3]), round_pair(v[4], v[5]),
                      round_pair(v[6], v[7]));
}

static __device__ inline float
load_one(const float *p)
{
    return *p;
}

static __device__ inline float
load_one(const bf16 *p)
{
    return low_half(p->bits);
}

/* Two channels, for the kernels that give each lane two. */
static __device__ inline float2
load_two(const float *p)
{
    return *(const float2 *)p;
}

static __device__ inline float2
load_two(const bf16 *p)
{
    unsigned pair = *(const unsigned *)p;

    return make_float2(low_half(pair), high_half(pair));
}

static __device__ inline void
store_two(float *p, float a, float b)
{
    *(float2 *)p = make_float2(a, b);
}

static __device__ inline void
store_two(bf16 *p, float a, float b)
{
    *(unsigned *)p = round_pair(a, b);
}

/* Channel CH of pixel (y, x) of sample I, and the sixteen bytes that begin there; y and x may point
 * into the border. */
template <typename T> static __device__ inline T *
element(const struct bc_view &v, int i, int y, int x, int ch)
{
    size_t pixel = ((size_t)i * v.rows + v.y0 + y) * v.cols + v.x0 + x;

    return (T *)v.at + pixel * v.c + ch;
}

template <typename T> static __device__ inline uint4 *
place(const struct bc_view &v, int i, int y, int x, int ch)
{
    return (uint4 *)element<T>(v, i, y, x, ch);
}

/* The pixel whose mirror image stands at I outside 0 .. n-1; the edge itself is not repeated. */
static __device__ inline int
mirrored(int i, int n)
{
    return i < 0 ? -i : i >= n ? 2 * (n - 1) - i : i;
}

/* STEP pixels further in raster order; a division only where a walk begins. */
static __device__ inline void
walk_on(int *y, int *x, int step, int cols)
{
    *x += step;
    while (*x >= cols) {
        *x -= cols;
        ++*y;
    }
}

/* Threads (channels by sixteen bytes, pixels): neighbours in a warp touch neighbours in memory. */
static inline dim3
block_of(int c, int per)
{
    int groups = min(c, (int)THREADS) / per;

    return dim3(groups, THREADS / groups);
}

static inline int
slabs_of(int c)
{
    return (c + THREADS - 1) / THREADS;
}

static inline int
ceil_div(size_t a, size_t b)
{
    return (int)((a + b - 1) / b);
}

/* How often a block of a kernel without sums takes PIXELS more pixels: what a thread reads first, of
 * its channels, is then used often, but a small batch is still spread over the whole chip. */
static inline int
turns_of(const struct bc_view *v, int pixels)
{
    int turns = (int)((size_t)v->n * slabs_of(v->c) * v->rows * v->cols / ((size_t)pixels * 1024));

    return turns < 1 ? 1 : turns > 8 ? 8 : turns;
}

static inline cudaLaunchConfig_t
config_of(dim3 grid, dim3 block, size_t shared, cudaStream_t stream)
{
    cudaLaunchConfig_t c = cudaLaunchConfig_t();

    c.gridDim = grid;
    c.blockDim = block;
    c.dynamicSmemBytes = shared;
    c.stream = stream;
    return c;
}

/* A block's shared memory; each kernel lays its own struct over it. */
extern __shared__ __align__(16) unsigned char shared_memory[];

/* 1 in all threads of the block that comes here last of COUNT, and then it sees what the others wrote
 * (through __ldcg: L1 may hold older lines).  Leaves the counter at zero. */
static __device__ inline int
is_last(unsigned *counter, unsigned count)
{
    int *last = (int *)shared_memory;

    __threadfence();
    __syncthreads();
    if (threadIdx.x == 0 && threadIdx.y == 0)
        *last = atomicInc(counter, count - 1) == count - 1;
    __syncthreads();
    int is = *last;
    __threadfence();
    __syncthreads();
    return is;
}

#endif
