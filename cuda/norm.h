/* norm.h -- what the forward and the backward pass of norm and activation have in common.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_NORM_H
#define BC_NORM_H

#include "device.h"

/* A sample's pixels in chunks, one a block: long enough to be worth a block, short enough that a float
 * can hold the sum of what one thread adds.  They depend on the shape alone, as the sums' bits do. */
static inline int
chunk_of(int pixels, int rows)
{
    int p = ceil_div(pixels, 64);

    return p < 8 * rows ? 8 * rows : p > 64 * rows ? 64 * rows : p;
}

/* Scratch: counters, two sums of each chunk (n, chunks, c), two of each sample (n, c). */
struct norm_scratch {
    unsigned *counter;
    float2   *partial, *sums;
};

struct norm_scratch norm_scratch_of(void *scratch, int n, int chunks, int c);

/* The same for the sums of a block's threads, at most THREADS channels of each row of threads. */
enum { SUMS_SHARED = THREADS * 8 * sizeof(float2) };

/* sums[ch] over the rows of threads, each of which brings a and b of its N channels; thread t has the
 * block's channel t, others nothing. */
template <int N> static __device__ inline float2
block_sums(const float (&a)[N], const float (&b)[N])
{
    float2 *all = (float2 *)shared_memory, sum = make_float2(0.0f, 0.0f);
    int     width = blockDim.x * N, t = threadIdx.y * blockDim.x + threadIdx.x;

    __syncthreads();
    for (int k = 0; k < N; k++)
        all[threadIdx.y * width + threadIdx.x * N + k] = make_float2(a[k], b[k]);
    __syncthreads();
    for (int r = 0; t < width && r < (int)blockDim.y; r++) {
        sum.x += all[r * width + t].x;
        sum.y += all[r * width + t].y;
    }
    __syncthreads();
    return sum;
}

/* A layer's act(norm(z)) for N channels of a sample. */
template <int N> struct normal { float mean[N], scale[N], offset[N]; };

template <int N> static __device__ inline void
normal_of(const struct bc_apply &a, int i, int c, int ch, struct normal<N> *k)
{
    for (int j = 0; j < N; j++) {
        k->mean[j] = a.mean != NULL ? a.mean[(size_t)i * c + ch + j] : 0.0f;
        k->scale[j] = a.mean != NULL ? a.inverse[(size_t)i * c + ch + j] * a.scale[ch + j] : 1.0f;
        k->offset[j] = a.offset != NULL ? a.offset[ch + j] : 0.0f;
    }
}

/* Both passes must agree to the bit on which side of zero a value is. */
template <int N> static __device__ inline float
normalised(const struct normal<N> &k, int j, float z)
{
    return fmaf(z - k.mean[j], k.scale[j], k.offset[j]);
}

#endif
