/* out_back.cu -- backward of the last layer.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "out.h"

enum {
    BLOCKS = 256,                   /* most partial sums; not the GPU's size, so that all give the same bits */
    SLOTS  = BC_MOST_INPUTS + 2     /* sums of each plane's bias and combine */
};

/* Partial sums of the kernel (blocks, nout, 7, 7, c), of the small ones (nout, blocks, SLOTS). */
struct out_scratch {
    unsigned *counter;
    float    *kernel, *small;
};

/* Rows of all samples that one block sums, and how many blocks that makes. */
static int
rows_of(int n, int h, int *blocks_p)
{
    int rows = ceil_div((size_t)n * h, BLOCKS);

    *blocks_p = ceil_div((size_t)n * h, rows);
    return rows;
}

size_t
cuda_out_scratch(int n, int h, int w, int c, int nin, int nout)
{
    (void)n, (void)h, (void)w, (void)nin;
    return BC_COUNTERS * sizeof(unsigned) + BLOCKS * (size_t)nout * (K * K * c + SLOTS) * sizeof(float);
}

/* ---- what is no convolution -------------------------------------------------------------------- */

struct small_shared { float sum[THREADS / WARP][SLOTS]; };

/* Sum over a warp, in all its lanes. */
static __device__ inline float
warp_sum(float v)
{
#pragma unroll
    for (int step = WARP / 2; step > 0; step /= 2)
        v += __shfl_xor_sync(ALL_LANES, v, step);
    return v;
}

/* Plane k of dout becomes the gradient before the activation; on the way its sums, which are the bias's gradient, and
 * those of the combine from what dout was.  Slots: bias, combine's bias, combine's kernel. */
static __global__ void __launch_bounds__(THREADS)
before_tanh(struct bc_out o, const float *tanh_p, float *dout, int rows, struct bc_out_gradients d,
            struct out_scratch scratch)
{
    struct small_shared *s = (struct small_shared *)shared_memory;
    size_t               area = (size_t)o.x.h * o.x.w;
    int                  first = blockIdx.x * rows, end = min(first + rows, o.x.n * o.x.h), t = threadIdx.x;
    int                  k = blockIdx.y;
    float                sums[SLOTS] = { 0 }, sum = 0.0f, *partial = scratch.small + (size_t)k * gridDim.x * SLOTS;

    for (int at = t; at < (end - first) * o.x.w; at += THREADS) {
        int    row = first + at / o.x.w, i = row / o.x.h;
        size_t pixel = (size_t)(row % o.x.h) * o.x.w + at % o.x.w, to = ((size_t)i * o.nout + k) * area + pixel;
        float  g = dout[to], v = o.act == BC_ACT_TANH ? g * fmaf(-tanh_p[to], tanh_p[to], 1.0f) : g;

        dout[to] = v;
        sums[0] += v;
        sums[1] += g;
#pragma unroll
        for (int b = 0; b < BC_MOST_INPUTS; b++)
            if (o.in != NULL && b < o.nin)
                sums[2 + b] = fmaf(g, o.in[((size_t)i * o.nin + b) * area + pixel], sums[2 + b]);
    }
#pragma unroll
    for (int b = 0; b < SLOTS; b++) {
        float all = warp_sum(sums[b]);

        if (t % WARP == 0)
            s->sum[t / WARP][b] = all;
    }
    __syncthreads();
    for (int j = 0; t < SLOTS && j < THREADS / WARP; j++)
        sum += s->sum[j][t];
    if (t < SLOTS)
        partial[blockIdx.x * SLOTS + t] = sum;
    if (!is_last(&scratch.counter[k], gridDim.x) || t >= SLOTS)
        return;

    double all = 0.0;
    float *to = t == 0 ? d.bias : t == 1 ? d.combine_bias : t - 2 < o.nin ? d.combine_kernel : NULL;

#pragma unroll 8
    for (int j = 0; j < (int)gridDim.x; j++)
        all += __ldcg(&partial[j * SLOTS + t]);
    if (to != NULL && (t == 0 || o.in != NULL))
        to[t < 2 ? k : k * o.nin + t - 2] = (float)all;
}

/* ---- the gradient by the input ----------------------------------------------------------------- */

/* Pixels of a canvas's row that a lane keeps, two channels each, and the gradients by all outputs that
 * reach a block's: read once, zero outside the image. */
enum { SPAN = 16, HEIGHT = WARPS + K - 1 };

static inline size_t
dx_shared(int nout, int lanes)
{
    return (size_t)nout * HEIGHT * (SPAN * (WARP / lanes) + K - 1) * sizeof(float);
}

template <typename T, int L> static __global__ void __launch_bounds__(WARP *WARPS, 2)
by_input(struct bc_out o, const float *g, struct bc_view dx)
{
    float    *s = (float *)shared_memory;           /* (nout, HEIGHT, WIDTH) */
    const int GROUPS = WARP / L, WIDTH = GROUPS * SPAN + K - 1, TILE = HEIGHT * WIDTH;
    int       i = blockIdx.z, row0 = blockIdx.y * WARPS, col0 = blockIdx.x * GROUPS * SPAN;
    int       row = row0 + threadIdx.y, mine = threadIdx.x / L * SPAN;
    float2    w[1][K];

    for (int at = threadIdx.y * WARP + threadIdx.x; at < o.nout * TILE; at += WARP * WARPS) {
        int k = at / TILE, r = at % TILE / WIDTH, q = at % WIDTH;
        int y = row0 + r - (K - 1), x = col0 + q - (K - 1), inside = y >= 0 && y < o.x.h && x >= 0 && x < o.x.w;

        s[at] = inside ? g[(((size_t)i * o.nout + k) * o.x.h + y) * o.x.w + x] : 0.0f;
    }
    __syncthreads();
    for (int ch = 2 * (threadIdx.x % L); row < dx.rows && ch < dx.c; ch += 2 * L) {
        float sx[SPAN], sy[SPAN];

#pragma unroll
        for (int j = 0; j < SPAN; j++)
            sx[j] = sy[j] = 0.0f;
        for (int k = 0; k < o.nout; k++)
            for (int ky = 0; ky < K; ky++) {
                const float *line = s + (k * HEIGHT + threadIdx.y + K - 1 - ky) * WIDTH + mine;

                kernel_row<1>(o, k, ky, ch, w);
#pragma unroll
                for (int at = 0; at < SPAN + K - 1; at++) {
                    float v = line[at];

                    /* column col0 + mine + j gets it through tap kx = j - at + 6 */
#pragma unroll
                    for (int kx = 0; kx < K; kx++) {
                        int j = at + kx - (K - 1);

                        if (j >= 0 && j < SPAN) {
                            sx[j] = fmaf(v, w[0][kx].x, sx[j]);
                            sy[j] = fmaf(v, w[0][kx].y, sy[j]);
                        }
                    }
                }
            }
        T *to = element<T>(dx, i, row - dx.y0, col0 + mine - dx.x0, ch);

#pragma unroll
        for (int j = 0; j < SPAN; j++)
            if (col0 + mine + j < dx.cols)
                store_two(to + (size_t)j * dx.c, sx[j], sy[j]);
    }
}

/* ---- the gradient by the kernel ---------------------------------------------------------------- */

/* One warp a row of the kernel; a lane keeps its 7 elements for two channels.  A column of x is read once
 * for all of them, and the gradients of S columns are kept beside. */
template <typename T, int NOUT, int L> static __global__ void __launch_bounds__(WARP *K)
by_kernel(struct bc_out o, int first_plane, const float *g, int rows, struct out_scratch scratch)
{
    const int S = NOUT == 4 ? 8 : 16, GROUPS = WARP / L;
    int       lane = threadIdx.x % L, ky = threadIdx.y, ch = 2 * (lane + L * blockIdx.y);
    int       first = blockIdx.x * rows, end = min(first + rows, o.x.n * o.x.h), c = min(ch, o.x.c - 2);
    float     sx[NOUT][K], sy[NOUT][K];

#pragma unroll
    for (int k = 0; k < NOUT * K; k++)
        sx[k / K][k % K] = sy[k / K][k % K] = 0.0f;
    for (int line = first; line < end; line++)
        for (int x0 = threadIdx.x / L * S; x0 < o.x.w; x0 += GROUPS * S) {
            int      i = line / o.x.h, y = line % o.x.h, last = o.x.cols - 1 - x0;
            const T *row = element<T>(o.x, i, y + ky - PAD, x0 - PAD, c);
            float    d[NOUT][S];

#pragma unroll
            for (int k = 0; k < NOUT; k++)
#pragma unroll
                for (int j = 0; j < S; j++)
                    d[k][j] = first_plane + k < o.nout && x0 + j < o.x.w
                        ? g[(((size_t)i * o.nout + first_plane + k) * o.x.h + y) * o.x.w + x0 + j] : 0.0f;
#pragma unroll
            for (int at = 0; at < S + K - 1; at++) {
                float2 v = load_two(row + min(at, last) * o.x.c);

#pragma unroll
                for (int kx = 0; kx < K; kx++)
                    if (at - kx >= 0 && at - kx < S)
#pragma unroll
                        for (int k = 0; k < NOUT; k++) {
                            sx[k][kx] = fmaf(d[k][at - kx], v.x, sx[k][kx]);
                            sy[k][kx] = fmaf(d[k][at - kx], v.y, sy[k][kx]);
                        }
            }
        }
#pragma unroll
    for (int k = 0; k < NOUT; k++)
#pragma unroll
        for (int kx = 0; kx < K; kx++) {
            float a = sx[k][kx], b = sy[k][kx];

#pragma unroll
            for (int step = L; step < WARP; step *= 2) {
                a += __shfl_xor_sync(ALL_LANES, a, step);
                b += __shfl_xor_sync(ALL_LANES, b, step);
            }
            if ((int)threadIdx.x < L && ch < o.x.c && first_plane + k < o.nout)
                store_two(scratch.kernel + ((((size_t)blockIdx.x * o.nout + first_plane + k) * K + ky) * K + kx) * o.x.c
                          + ch, a, b);
        }
}

/* The blocks' sums together: 32 elements a block of threads, each by 8 of them. */
struct join_shared { double part[THREADS / WARP][WARP]; };

static __global__ void __launch_bounds__(THREADS)
join_kernel(const float *partial, int blocks, int n, float *to)
{
    struct join_shared *s = (struct join_shared *)shared_memory;
    int                 at = blockIdx.x * WARP + threadIdx.x;
    double              sum = 0.0;

#pragma unroll 8
    for (int j = threadIdx.y; at < n && j < blocks; j += THREADS / WARP)
        sum += partial[(size_t)j * n + at];
    s->part[threadIdx.y][threadIdx.x] = sum;
    __syncthreads();
    if (threadIdx.y > 0 || at >= n)
        return;
    sum = 0.0;
    for (int j = 0; j < THREADS / WARP; j++)
        sum += s->part[j][threadIdx.x];
    to[at] = (float)sum;
}

/* ---- all of it --------------------------------------------------------------------------------- */

template <typename T, int L> static cudaError_t
launch_back(const struct bc_out *o, const float *g, const struct bc_view *dx, float *dkernel,
            struct out_scratch s, cudaStream_t stream)
{
    int                blocks, rows = rows_of(o->x.n, o->x.h, &blocks);
    int                n = o->nout * K * K * o->x.c;
    cudaLaunchConfig_t input = config_of(dim3(ceil_div(dx->cols, SPAN * (WARP / L)), ceil_div(dx->rows, WARPS), dx->n),
                                         dim3(WARP, WARPS), dx_shared(o->nout, L), stream);
    cudaLaunchConfig_t kernel = config_of(dim3(blocks, ceil_div(o->x.c, 2 * L)), dim3(WARP, K), 0, stream);
    cudaLaunchConfig_t join = config_of(dim3(ceil_div(n, WARP)), dim3(WARP, THREADS / WARP),
                                        sizeof(struct join_shared), stream);
    cudaError_t        e = cudaLaunchKernelEx(&input, by_input<T, L>, *o, g, *dx);

    if (e != cudaSuccess || dkernel == NULL)
        return e;
    for (int first = 0; e == cudaSuccess && first < o->nout; first += PLANES) {
        int planes = planes_of(o, first);

        e = cudaLaunchKernelEx(&kernel, planes == 1 ? by_kernel<T, 1, L> : planes == 2 ? by_kernel<T, 2, L>
                               : by_kernel<T, 4, L>, *o, first, g, rows, s);
    }
    if (e != cudaSuccess)
        return e;
    return cudaLaunchKernelEx(&join, join_kernel, (const float *)s.kernel, blocks, n, dkernel);
}

cudaError_t
cuda_out_back(const struct bc_out *o, const float *tanh, float *dout, const struct bc_view *dx,
              const struct bc_out_gradients *d, void *scratch, cudaStream_t stream)
{
    int                blocks, rows = rows_of(o->x.n, o->x.h, &blocks);
    cudaLaunchConfig_t config = config_of(dim3(blocks, o->nout), dim3(THREADS), sizeof(struct small_shared), stream);
    struct out_scratch s;
    const float       *g = dout;
    cudaError_t        e;

    if (o->nout < 1 || o->nout > BC_MOST_PLANES || o->nin > BC_MOST_INPUTS || o->x.c % 8 != 0
        || o->x.rows != o->x.h + 2 * PAD || o->x.cols != o->x.w + 2 * PAD || o->act == BC_ACT_RELU
        || dx->rows != o->x.rows || dx->cols != o->x.cols || dx->type != o->x.type)
        return cudaErrorInvalidValue;
    s.counter = (unsigned *)scratch;
    s.small = (float *)(s.counter + BC_COUNTERS);
    s.kernel = s.small + BLOCKS * SLOTS * o->nout;
    e = cudaLaunchKernelEx(&config, before_tanh, *o, tanh, dout, rows, *d, s);
    if (e != cudaSuccess)
        return e;
    if (lanes_of(o) == WARP)
        return (o->x.type == BC_F32 ? launch_back<float, WARP> : launch_back<bf16, WARP>)(o, g, dx, d->kernel, s,
                                                                                          stream);
    return (o->x.type == BC_F32 ? launch_back<float, 8> : launch_back<bf16, 8>)(o, g, dx, d->kernel, s, stream);
}
