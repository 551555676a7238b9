/* apply.cu -- what follows a convolution, in one pass: norm or bias, activation, the sum with another
 * layer, and the border that the next convolution needs.  Memory sets the pace: each byte is read and
 * written once, by sixteen, and a thread has several reads under way before it uses the first.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "norm.h"

enum { HELD = 4 };      /* pixels that a thread reads before it works on them */

/* What stands at (y, x) of a canvas: 1 a pixel, which y and x are made to say; 0 zeros; -1 nothing. */
static __device__ inline int
source(const struct bc_view &v, enum bc_border border, int *y, int *x)
{
    if (*y >= 0 && *y < v.h && *x >= 0 && *x < v.w)
        return 1;
    if (border != BC_BORDER_REFLECT)
        return border == BC_BORDER_ZERO ? 0 : -1;
    *y = mirrored(*y, v.h);
    *x = mirrored(*x, v.w);
    return 1;
}

template <typename T> static __global__ void __launch_bounds__(THREADS)
apply(struct bc_apply a, struct bc_view skip, struct bc_view out, enum bc_border border, int turns)
{
    const int N = vec<T>::N;
    int       i = blockIdx.y, pixels = out.rows * out.cols;
    int       ch = blockIdx.z * THREADS + threadIdx.x * N;
    int       at = blockIdx.x * turns * HELD * blockDim.y + threadIdx.y;
    int       y = at / out.cols, x = at % out.cols;
    normal<N> norm;

    if (ch >= out.c)
        return;
    normal_of<N>(a, i, out.c, ch, &norm);
    for (; turns > 0 && at < pixels; turns--) {
        uint4 z[HELD], s[HELD];
        int   kind[HELD];

#pragma unroll
        for (int j = 0; j < HELD; j++) {
            int sy = y - out.y0, sx = x - out.x0;

            kind[j] = at + j * (int)blockDim.y < pixels ? source(out, border, &sy, &sx) : -1;
            if (kind[j] == 1) {
                z[j] = *place<T>(a.z, i, sy, sx, ch);
                if (skip.at != NULL)
                    s[j] = *place<T>(skip, i, sy, sx, ch);
            }
            walk_on(&y, &x, blockDim.y, out.cols);
        }
#pragma unroll
        for (int j = 0; j < HELD; j++, at += blockDim.y) {
            float v[N], add[N] = { 0 };

            if (kind[j] < 0)
                continue;
            if (kind[j] == 1) {
                unpack(z[j], v);
                if (skip.at != NULL)
                    unpack(s[j], add);
            }
            for (int k = 0; k < N; k++) {
                float u = normalised(norm, k, v[k]);

                u = a.act == BC_ACT_RELU ? (u < 0.0f ? 0.0f : u) : a.act == BC_ACT_TANH ? tanhf(u) : u;
                v[k] = kind[j] == 1 ? u + add[k] : 0.0f;
            }
            *(uint4 *)((T *)out.at + ((size_t)i * pixels + at) * out.c + ch) = packed(v);
        }
    }
}

cudaError_t
cuda_apply(const struct bc_apply *a, const struct bc_view *skip, const struct bc_view *out,
           enum bc_border border, cudaStream_t stream)
{
    struct bc_view     none = bc_view();
    dim3               block = block_of(out->c, out->type == BC_F32 ? 4 : 8);
    int                turns = turns_of(out, block.y * HELD);
    int                blocks = ceil_div((size_t)out->rows * out->cols, (size_t)turns * HELD * block.y);
    cudaLaunchConfig_t config = config_of(dim3(blocks, out->n, slabs_of(out->c)), block, 0, stream);

    if (out->n > BC_MOST_SAMPLES || out->c % 8 != 0 || a->z.type != out->type)
        return cudaErrorInvalidValue;
    return cudaLaunchKernelEx(&config, out->type == BC_F32 ? apply<float> : apply<bf16>, *a,
                              skip != NULL ? *skip : none, *out, border, turns);
}
