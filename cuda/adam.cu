/* adam.cu -- all weights' step in one launch, and weights in the type of the convolutions.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "device.h"

static __device__ inline void
load_four(const void *low, size_t at, float (&v)[4])
{
    uint2 q = *(const uint2 *)((const bf16 *)low + at);

    v[0] = low_half(q.x);
    v[1] = high_half(q.x);
    v[2] = low_half(q.y);
    v[3] = high_half(q.y);
}

static __device__ inline void
store_four(void *low, size_t at, const float (&v)[4])
{
    *(uint2 *)((bf16 *)low + at) = make_uint2(round_pair(v[0], v[1]), round_pair(v[2], v[3]));
}

/* Four weights a thread; 28 bytes of memory a weight set the time.  epsilon is outside the bias
 * correction, as in ref_adam.c; rest = 1 - beta, taken in double. */
static __global__ void __launch_bounds__(THREADS)
adam(struct bc_adam a, float rest1, float rest2, float epsilon)
{
    size_t at = 4 * ((size_t)blockIdx.x * blockDim.x + threadIdx.x);
    float  alpha = *a.alpha, g[4], value[4], m[4], v[4];

    if (at >= a.n)
        return;
    unpack(*(const uint4 *)(a.value + at), value);
    unpack(*(const uint4 *)(a.m + at), m);
    unpack(*(const uint4 *)(a.v + at), v);
    if (at < a.n16)
        load_four(a.grad16, at, g);
    else
        unpack(*(const uint4 *)(a.grad + at), g);
    for (int k = 0; k < 4; k++) {
        m[k] = fmaf(g[k] - m[k], rest1, m[k]);
        v[k] = fmaf(fmaf(g[k], g[k], -v[k]), rest2, v[k]);
        value[k] -= alpha * m[k] / (sqrtf(v[k]) + epsilon);
    }
    *(uint4 *)(a.value + at) = packed(value);
    *(uint4 *)(a.m + at) = packed(m);
    *(uint4 *)(a.v + at) = packed(v);
    if (a.copy != NULL)
        store_four(a.copy, at, value);
}

cudaError_t
cuda_adam(const struct bc_adam *a, cudaStream_t stream)
{
    cudaLaunchConfig_t config = config_of(dim3(ceil_div(a->n, 4 * THREADS)), dim3(THREADS), 0, stream);

    if (a->n % 4 != 0 || a->n16 % 4 != 0)
        return cudaErrorInvalidValue;
    return cudaLaunchKernelEx(&config, adam, *a, (float)(1.0 - a->beta1), (float)(1.0 - a->beta2),
                              (float)a->epsilon);
}

static __global__ void __launch_bounds__(THREADS)
round_all(const float *from, size_t n, void *to)
{
    size_t at = 4 * ((size_t)blockIdx.x * blockDim.x + threadIdx.x);
    float  v[4];

    if (at >= n)
        return;
    unpack(*(const uint4 *)(from + at), v);
    store_four(to, at, v);
}

cudaError_t
cuda_round(const float *from, size_t n, void *to, cudaStream_t stream)
{
    cudaLaunchConfig_t config = config_of(dim3(ceil_div(n, 4 * THREADS)), dim3(THREADS), 0, stream);

    if (n % 4 != 0)
        return cudaErrorInvalidValue;
    return cudaLaunchKernelEx(&config, round_all, from, n, to);
}
