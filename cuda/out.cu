/* out.cu -- the last layer, forward.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "out.h"

/* Sums over the L lanes of M numbers each, L <= M: afterwards lane s of them has the sums of the numbers
 * s M / L .. (s + 1) M / L - 1, the first in v[0].  In each turn a lane gives half of what it has for
 * half of its partner's, one shuffle a number instead of log2(L). */
template <int M, int L> static __device__ inline void
share_sums(float (&v)[M])
{
    int lane = threadIdx.x % L;

#pragma unroll
    for (int step = L / 2, half = M / 2; step > 0; step /= 2, half /= 2) {
        int upper = lane & step;

#pragma unroll
        for (int k = 0; k < M / 2; k++)
            if (k < half) {
                float give = upper ? v[k] : v[k + half], keep = upper ? v[k + half] : v[k];

                v[k] = keep + __shfl_xor_sync(ALL_LANES, give, step);
            }
    }
}

/* What stands in pixel AT of plane k besides the convolution: bias, activation, combine. */
static __device__ inline void
finish(const struct bc_out &o, int i, int k, int at, float v, float *tanh_p, float *out)
{
    size_t area = (size_t)o.x.h * o.x.w, to = ((size_t)i * o.nout + k) * area + at;

    if (o.bias != NULL)
        v += o.bias[k];
    if (o.act == BC_ACT_TANH)
        v = tanhf(v);
    if (tanh_p != NULL)
        tanh_p[to] = v;
    if (o.in != NULL) {
        v += o.combine_bias[k];
        for (int b = 0; b < o.nin; b++)
            v = fmaf(o.combine_kernel[k * o.nin + b], o.in[((size_t)i * o.nin + b) * area + at], v);
    }
    out[to] = v;
}

/* A warp makes 32 numbers, of 32 / NOUT pixels of a row, for each of its 32 / L groups of lanes; a lane
 * keeps the partial sums of all of them.  Pixels beyond the row are computed from its last and dropped. */
template <typename T, int NOUT, int L> static __global__ void __launch_bounds__(WARP *WARPS, 2)
convolve(struct bc_out o, int first, float *tanh_p, float *out)
{
    const int S = WARP / NOUT, GROUPS = WARP / L;
    int       i = blockIdx.z, y = blockIdx.y * WARPS + threadIdx.y, lane = threadIdx.x % L;
    int       x0 = (blockIdx.x * GROUPS + threadIdx.x / L) * S;
    int       last = o.x.cols - 1 - x0;
    float     sum[WARP];
    float2    w[NOUT][K];

    if (y >= o.x.h)                                     /* a whole warp */
        return;
#pragma unroll
    for (int k = 0; k < WARP; k++)
        sum[k] = 0.0f;
    for (int ch = 2 * lane; ch < o.x.c; ch += 2 * L)
        for (int ky = 0; ky < K; ky++) {
            const T *row = element<T>(o.x, i, y + ky - PAD, x0 - PAD, ch);

            kernel_row<NOUT>(o, first, ky, ch, w);
#pragma unroll
            for (int at = 0; at < S + K - 1; at++) {
                float2 v = load_two(row + min(at, last) * o.x.c);

#pragma unroll
                for (int kx = 0; kx < K; kx++)
                    if (at - kx >= 0 && at - kx < S)
#pragma unroll
                        for (int k = 0; k < NOUT; k++)
                            sum[k * S + at - kx] =
                                fmaf(v.x, w[k][kx].x, fmaf(v.y, w[k][kx].y, sum[k * S + at - kx]));
            }
        }
    share_sums<WARP, L>(sum);
#pragma unroll
    for (int j = 0; j < WARP / L; j++) {
        int number = lane * (WARP / L) + j, k = first + number / S, x = x0 + number % S;

        if (k < o.nout && x < o.x.w)
            finish(o, i, k, y * o.x.w + x, sum[j], tanh_p, out);
    }
}

template <typename T, int L> static cudaError_t
launch_convolve(const struct bc_out *o, float *tanh, float *out, cudaStream_t stream)
{
    cudaError_t e = cudaSuccess;

    for (int first = 0; e == cudaSuccess && first < o->nout; first += PLANES) {
        int                planes = planes_of(o, first), width = WARP / planes * (WARP / L);
        dim3               grid(ceil_div(o->x.w, width), ceil_div(o->x.h, WARPS), o->x.n);
        cudaLaunchConfig_t config = config_of(grid, dim3(WARP, WARPS), 0, stream);

        e = cudaLaunchKernelEx(&config, planes == 1 ? convolve<T, 1, L> : planes == 2 ? convolve<T, 2, L>
                               : convolve<T, 4, L>, *o, first, tanh, out);
    }
    return e;
}

cudaError_t
cuda_out(const struct bc_out *o, float *tanh, float *out, cudaStream_t stream)
{
    if (o->nout < 1 || o->nout > BC_MOST_PLANES || o->nin > BC_MOST_INPUTS || o->x.c % 8 != 0
        || o->x.rows != o->x.h + 2 * PAD || o->x.cols != o->x.w + 2 * PAD || o->act == BC_ACT_RELU)
        return cudaErrorInvalidValue;
    if (lanes_of(o) == WARP)
        return (o->x.type == BC_F32 ? launch_convolve<float, WARP> : launch_convolve<bf16, WARP>)(
            o, tanh, out, stream);
    return (o->x.type == BC_F32 ? launch_convolve<float, 8> : launch_convolve<bf16, 8>)(o, tanh, out, stream);
}
