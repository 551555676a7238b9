/* pack.cu -- images (n, bands, h, w) to layers and back.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "device.h"

template <typename T> static __global__ void __launch_bounds__(THREADS)
pack(const float *in, int nin, struct bc_view out, enum bc_border border)
{
    const int N = vec<T>::N;
    int       i = blockIdx.y, ch = blockIdx.z * THREADS + threadIdx.x * N;
    int       at = blockIdx.x * blockDim.y + threadIdx.y;
    int       y = at / out.cols - out.y0, x = at % out.cols - out.x0;
    int       inside = y >= 0 && y < out.h && x >= 0 && x < out.w;
    size_t    area = (size_t)out.h * out.w;
    float     v[N];

    if (ch >= out.c || at >= out.rows * out.cols || (!inside && border == BC_BORDER_NONE))
        return;
    if (!inside && border == BC_BORDER_REFLECT) {
        y = mirrored(y, out.h);
        x = mirrored(x, out.w);
        inside = 1;
    }
    for (int k = 0; k < N; k++)
        v[k] = inside && ch + k < nin
            ? in[((size_t)i * nin + ch + k) * area + (size_t)y * out.w + x] : 0.0f;
    *(uint4 *)((T *)out.at + ((size_t)i * out.rows * out.cols + at) * out.c + ch) = packed(v);
}

cudaError_t
cuda_pack(const float *in, int nin, const struct bc_view *canvas, enum bc_border border,
          cudaStream_t stream)
{
    dim3               block = block_of(canvas->c, canvas->type == BC_F32 ? 4 : 8);
    int                blocks = ceil_div((size_t)canvas->rows * canvas->cols, block.y);
    cudaLaunchConfig_t config = config_of(dim3(blocks, canvas->n, slabs_of(canvas->c)), block, 0, stream);

    if (nin > canvas->c || canvas->c % 8 != 0)
        return cudaErrorInvalidValue;
    return cudaLaunchKernelEx(&config, canvas->type == BC_F32 ? pack<float> : pack<bf16>, in, nin,
                              *canvas, border);
}

template <typename T> static __global__ void __launch_bounds__(THREADS)
unpack_planes(struct bc_view in, int nout, float *out)
{
    int    at = blockIdx.x * blockDim.x + threadIdx.x, i = blockIdx.y, area = in.h * in.w;
    size_t plane = (size_t)i * nout;

    for (int k = 0; at < area && k < nout; k++)
        out[(plane + k) * area + at] = load_one(element<T>(in, i, at / in.w, at % in.w, k));
}

cudaError_t
cuda_unpack(const struct bc_view *view, int nout, float *out, cudaStream_t stream)
{
    int                blocks = ceil_div((size_t)view->h * view->w, THREADS);
    cudaLaunchConfig_t config = config_of(dim3(blocks, view->n), dim3(THREADS), 0, stream);

    if (nout > view->c)
        return cudaErrorInvalidValue;
    return cudaLaunchKernelEx(&config, view->type == BC_F32 ? unpack_planes<float> : unpack_planes<bf16>,
                              *view, nout, out);
}
