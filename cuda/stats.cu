/* stats.cu -- mean and variance of each channel of each sample.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "norm.h"

struct norm_scratch
norm_scratch_of(void *scratch, int n, int chunks, int c)
{
    struct norm_scratch s;

    s.counter = (unsigned *)scratch;
    s.partial = (float2 *)(s.counter + BC_COUNTERS);
    s.sums = s.partial + (size_t)n * chunks * c;
    return s;
}

/* For more chunks than chunk_of makes; rows of threads are fewest where a thread takes four channels,
 * and the backward pass may walk over a canvas with one row and column more. */
size_t
cuda_norm_scratch(int n, int h, int w, int c)
{
    size_t chunks = 64 + (size_t)ceil_div((size_t)(h + 1) * (w + 1), 64 * block_of(c, 4).y);

    return BC_COUNTERS * sizeof(unsigned) + (chunks + 1) * n * c * sizeof(float2);
}

/* A chunk's mean and sum of squares about it, of channel CH, from the sums about its first value: that
 * is near the others, so that nothing is lost in the difference of the squares. */
template <typename T> static __device__ inline float2
chunk_moments(const struct bc_view &z, int begin, int count, int ch, float2 sum)
{
    float first = load_one(element<T>(z, blockIdx.y, begin / z.w, begin % z.w, ch));
    float mean = sum.x / (float)count;

    return make_float2(first + mean, fmaxf(sum.y - sum.x * mean, 0.0f));
}

/* Moments of all pixels from those of the chunks (Chan, Golub and LeVeque 1983). */
static __device__ inline void
join_moments(const float2 *partial, int chunks, int chunk, int pixels, int c, float *mean_p,
             float *inverse_p)
{
    double mean = 0.0, squares = 0.0;
    int    j;

#pragma unroll 8
    for (j = 0; j < chunks; j++)
        mean += (double)__ldcg(&partial[(size_t)j * c]).x * min(chunk, pixels - j * chunk);
    mean /= pixels;
#pragma unroll 8
    for (j = 0; j < chunks; j++) {
        float2 m = __ldcg(&partial[(size_t)j * c]);
        double d = m.x - mean;

        squares += m.y + d * d * min(chunk, pixels - j * chunk);
    }
    *mean_p = (float)mean;
    *inverse_p = (float)(1.0 / sqrt(squares / pixels + BC_NORM_EPSILON));
}

template <typename T> static __global__ void __launch_bounds__(THREADS)
stats(struct bc_view z, int chunk, float *mean, float *inverse, struct norm_scratch scratch)
{
    const int N = vec<T>::N;
    int       i = blockIdx.y, chunks = gridDim.x, pixels = z.h * z.w, begin = blockIdx.x * chunk;
    int       end = min(begin + chunk, pixels), slab = blockIdx.z * THREADS;
    int       ch = slab + threadIdx.x * N, own = slab + threadIdx.y * blockDim.x + threadIdx.x;
    int       mine = own - slab < (int)blockDim.x * N && own < z.c;
    int       at = begin + threadIdx.y, y = at / z.w, x = at % z.w;
    float     v[N], shift[N], a[N] = { 0 }, b[N] = { 0 };

    if (ch < z.c) {
        unpack(*place<T>(z, i, begin / z.w, begin % z.w, ch), shift);
#pragma unroll 4
        for (; at < end; at += blockDim.y) {
            unpack(*place<T>(z, i, y, x, ch), v);
            for (int k = 0; k < N; k++) {
                float d = v[k] - shift[k];

                a[k] += d;
                b[k] = fmaf(d, d, b[k]);
            }
            walk_on(&y, &x, blockDim.y, z.w);
        }
    }
    float2  sum = block_sums<N>(a, b);
    float2 *partial = scratch.partial + (size_t)i * chunks * z.c + own;

    if (mine)
        partial[(size_t)blockIdx.x * z.c] = chunk_moments<T>(z, begin, end - begin, own, sum);
    if (is_last(&scratch.counter[i * gridDim.z + blockIdx.z], chunks) && mine)
        join_moments(partial, chunks, chunk, pixels, z.c, &mean[(size_t)i * z.c + own],
                     &inverse[(size_t)i * z.c + own]);
}

cudaError_t
cuda_stats(const struct bc_view *z, float *mean, float *inverse, void *scratch, cudaStream_t stream)
{
    dim3               block = block_of(z->c, z->type == BC_F32 ? 4 : 8);
    int                pixels = z->h * z->w, chunk = chunk_of(pixels, block.y);
    int                chunks = ceil_div(pixels, chunk), slabs = slabs_of(z->c);
    cudaLaunchConfig_t config = config_of(dim3(chunks, z->n, slabs), block, SUMS_SHARED, stream);

    if (z->n > BC_MOST_SAMPLES || z->c > BC_MOST_CHANNELS || z->c % 8 != 0)
        return cudaErrorInvalidValue;
    return cudaLaunchKernelEx(&config, z->type == BC_F32 ? stats<float> : stats<bf16>, *z, chunk, mean,
                              inverse, norm_scratch_of(scratch, z->n, chunks, z->c));
}
