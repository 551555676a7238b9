/* apply_back.cu -- backward of apply.cu: the fold of the reflected border, the skip's gradient, the
 * activation and the norm.  With a norm two launches, since its gradient needs sums over the image:
 * with g the gradient by the norm's result and u = (z - mean) inverse,
 *   dz = scale inverse (g - mean(g) - u mean(g u)),  dscale = sum(g u),  doffset = sum(g).
 * Without one a single launch.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "norm.h"

enum { HELD = 2, NOWHERE = -(1 << 30) };

struct back {
    struct bc_gradient from[BC_MOST_GRADIENTS];
    int                nfrom;
    struct bc_view     sum, dz;
    enum bc_border     border;
};

/* The three places of a line of N pixels, with LOW and HIGH mirrored ones beside it, where pixel I can
 * stand: itself and its two images. */
static __device__ inline int
image(int i, int k, int n, int low, int high)
{
    if (k == 0)
        return i;
    if (k == 1)
        return i >= 1 && i <= low ? -i : NOWHERE;
    return i <= n - 2 && i >= n - 1 - high ? 2 * (n - 1) - i : NOWHERE;
}

/* v += the mirror images of (y, x) in D's border; what stands at (y, x) itself is in v. */
template <typename T> static __device__ inline void
fold(const struct bc_gradient &d, int i, int y, int x, int ch, float (&v)[vec<T>::N])
{
    int   low = d.view.y0, high = d.view.rows - d.view.h - d.view.y0;
    int   left = d.view.x0, right = d.view.cols - d.view.w - d.view.x0;
    float u[vec<T>::N];

    if (d.border != BC_BORDER_REFLECT
        || (y > low && y < d.view.h - 1 - high && x > left && x < d.view.w - 1 - right))
        return;
    for (int k = 1; k < 9; k++) {
        int r = image(y, k / 3, d.view.h, low, high), q = image(x, k % 3, d.view.w, left, right);

        if (r != NOWHERE && q != NOWHERE) {
            unpack(*place<T>(d.view, i, r, q, ch), u);
            for (int j = 0; j < vec<T>::N; j++)
                v[j] += u[j];
        }
    }
}

/* What has to be read for one pixel; the two usual gradients are asked for before either is used. */
struct held { uint4 z, first, second; };

template <typename T> static __device__ inline void
hold(const struct bc_view &z, const struct back &b, int i, int y, int x, int ch, struct held *p)
{
    if (z.at != NULL)
        p->z = *place<T>(z, i, y, x, ch);
    if (b.nfrom > 0)
        p->first = *place<T>(b.from[0].view, i, y, x, ch);
    if (b.nfrom > 1)
        p->second = *place<T>(b.from[1].view, i, y, x, ch);
}

/* g = the sum of all gradients by the layer's output at (y, x). */
template <typename T> static __device__ inline void
gather(const struct back &b, const struct held &p, int i, int y, int x, int ch, float (&g)[vec<T>::N])
{
    float u[vec<T>::N];

    for (int j = 0; j < vec<T>::N; j++)
        g[j] = 0.0f;
    for (int k = 0; k < b.nfrom; k++) {
        if (k < 2)
            unpack(k == 0 ? p.first : p.second, u);
        else
            unpack(*place<T>(b.from[k].view, i, y, x, ch), u);
        fold<T>(b.from[k], i, y, x, ch, u);
        for (int j = 0; j < vec<T>::N; j++)
            g[j] += u[j];
    }
}

/* The gradient by the norm's result u, from G by the activation's. */
static __device__ inline float
before_act(enum bc_act act, float u, float g)
{
    if (act == BC_ACT_RELU)
        return u > 0.0f ? g : 0.0f;
    if (act == BC_ACT_TANH) {
        float t = tanhf(u);

        return g * fmaf(-t, t, 1.0f);
    }
    return g;
}

/* The sums of one chunk of a canvas's pixels; without a norm, dz too.  The last block of a sample adds
 * up the sample, the last of all the batch. */
template <typename T, bool NORM> static __global__ void __launch_bounds__(THREADS)
back_sums(struct bc_apply a, struct back b, int chunk, float *dscale, float *doffset,
          struct norm_scratch scratch)
{
    const int N = vec<T>::N;
    int       i = blockIdx.y, chunks = gridDim.x, c = b.dz.c, slab = blockIdx.z * THREADS;
    int       rows = NORM ? b.dz.h : b.dz.rows, cols = NORM ? b.dz.w : b.dz.cols;
    int       y0 = NORM ? 0 : b.dz.y0, x0 = NORM ? 0 : b.dz.x0;
    int       end = min((int)(blockIdx.x + 1) * chunk, rows * cols), ch = slab + threadIdx.x * N;
    int       at = blockIdx.x * chunk + threadIdx.y, y = at / cols, x = at % cols;
    int       own = slab + threadIdx.y * blockDim.x + threadIdx.x;
    int       mine = own - slab < (int)blockDim.x * N && own < c;
    float     s1[N] = { 0 }, s2[N] = { 0 };
    normal<N> norm;

    if (ch < c)
        normal_of<N>(a, i, c, ch, &norm);
    while (ch < c && at < end) {
        struct held p[HELD];
        int         py[HELD], px[HELD], inside[HELD];

#pragma unroll
        for (int j = 0; j < HELD; j++) {
            py[j] = y - y0;
            px[j] = x - x0;
            inside[j] = at + j * (int)blockDim.y < end && py[j] >= 0 && py[j] < b.dz.h && px[j] >= 0
                        && px[j] < b.dz.w;
            if (inside[j])
                hold<T>(a.z, b, i, py[j], px[j], ch, &p[j]);
            walk_on(&y, &x, blockDim.y, cols);
        }
#pragma unroll
        for (int j = 0; j < HELD; j++, at += blockDim.y) {
            float g[N] = { 0 }, z[N] = { 0 };

            if (at < end && inside[j]) {
                gather<T>(b, p[j], i, py[j], px[j], ch, g);
                if (b.sum.at != NULL)
                    *place<T>(b.sum, i, py[j], px[j], ch) = packed(g);
                if (a.z.at != NULL)
                    unpack(p[j].z, z);
                for (int k = 0; k < N; k++) {
                    g[k] = before_act(a.act, normalised(norm, k, z[k]), g[k]);
                    s1[k] += g[k];
                    s2[k] = fmaf(g[k], z[k] - norm.mean[k], s2[k]);
                }
            }
            if (!NORM && at < end && (inside[j] || b.border == BC_BORDER_ZERO))
                *place<T>(b.dz, i, py[j], px[j], ch) = packed(g);
        }
    }
    if (!NORM && doffset == NULL)
        return;

    float2  sum = block_sums<N>(s1, s2);
    float2 *partial = scratch.partial + (size_t)i * chunks * c + own;

    if (mine) {
        if (NORM)
            sum.y *= a.inverse[(size_t)i * c + own];
        partial[(size_t)blockIdx.x * c] = sum;
    }
    if (!is_last(&scratch.counter[i * gridDim.z + blockIdx.z], chunks))
        return;
    if (mine) {
        double g = 0.0, gu = 0.0;

#pragma unroll 8
        for (int j = 0; j < chunks; j++) {
            float2 s = __ldcg(&partial[(size_t)j * c]);

            g += s.x;
            gu += s.y;
        }
        scratch.sums[(size_t)i * c + own] = make_float2((float)g, (float)gu);
    }
    if (!is_last(&scratch.counter[BC_COUNTERS - 1 - blockIdx.z], gridDim.y) || !mine)
        return;
    double g = 0.0, gu = 0.0;

#pragma unroll 8
    for (int j = 0; j < (int)gridDim.y; j++) {
        float2 s = __ldcg(&scratch.sums[(size_t)j * c + own]);

        g += s.x;
        gu += s.y;
    }
    if (doffset != NULL)
        doffset[own] = (float)g;
    if (dscale != NULL)
        dscale[own] = (float)gu;
}

/* dz of a layer with norm, from the sums. */
template <typename T> static __global__ void __launch_bounds__(THREADS)
back_norm(struct bc_apply a, struct back b, const float2 *sums, int turns)
{
    const int N = vec<T>::N;
    int       i = blockIdx.y, pixels = b.dz.rows * b.dz.cols, c = b.dz.c;
    int       ch = blockIdx.z * THREADS + threadIdx.x * N;
    int       at = blockIdx.x * turns * HELD * blockDim.y + threadIdx.y;
    int       y = at / b.dz.cols, x = at % b.dz.cols;
    float     level[N], slope[N];       /* dz = scale g - level - slope (z - mean) */
    normal<N> norm;

    if (ch >= c)
        return;
    normal_of<N>(a, i, c, ch, &norm);
    for (int k = 0; k < N; k++) {
        float2 s = sums[(size_t)i * c + ch + k];
        float  count = (float)(b.dz.h * b.dz.w), inverse = a.inverse[(size_t)i * c + ch + k];

        level[k] = norm.scale[k] * (s.x / count);
        slope[k] = norm.scale[k] * inverse * (s.y / count);
    }
    for (; turns > 0 && at < pixels; turns--) {
        struct held p[HELD];
        int         py[HELD], px[HELD], inside[HELD];

#pragma unroll
        for (int j = 0; j < HELD; j++) {
            py[j] = y - b.dz.y0;
            px[j] = x - b.dz.x0;
            inside[j] = at + j * (int)blockDim.y < pixels && py[j] >= 0 && py[j] < b.dz.h
                        && px[j] >= 0 && px[j] < b.dz.w;
            if (inside[j])
                hold<T>(a.z, b, i, py[j], px[j], ch, &p[j]);
            walk_on(&y, &x, blockDim.y, b.dz.cols);
        }
#pragma unroll
        for (int j = 0; j < HELD; j++, at += blockDim.y) {
            float g[N] = { 0 }, z[N];

            if (at >= pixels || (!inside[j] && b.border != BC_BORDER_ZERO))
                continue;
            if (inside[j]) {
                gather<T>(b, p[j], i, py[j], px[j], ch, g);
                unpack(p[j].z, z);
                for (int k = 0; k < N; k++) {
                    float d = z[k] - norm.mean[k];

                    g[k] = before_act(a.act, normalised(norm, k, z[k]), g[k]);
                    g[k] = fmaf(norm.scale[k], g[k], -fmaf(slope[k], d, level[k]));
                }
            }
            *place<T>(b.dz, i, py[j], px[j], ch) = packed(g);
        }
    }
}

/* Both launches of one type of layers. */
template <typename T> static cudaError_t
launch_back(const struct bc_apply *a, const struct back *b, float *dscale, float *doffset,
            void *scratch, cudaStream_t stream)
{
    const struct bc_view *dz = &b->dz;
    int                   norm = a->mean != NULL, slabs = slabs_of(dz->c);
    dim3                  block = block_of(dz->c, vec<T>::N);
    int                   pixels = norm ? dz->h * dz->w : dz->rows * dz->cols;
    int                   chunk = chunk_of(pixels, block.y), chunks = ceil_div(pixels, chunk);
    int                   turns = turns_of(dz, block.y * HELD);
    size_t                canvas = (size_t)dz->rows * dz->cols;
    struct norm_scratch   s = norm_scratch_of(scratch, dz->n, chunks, dz->c);
    cudaLaunchConfig_t    sums = config_of(dim3(chunks, dz->n, slabs), block, SUMS_SHARED, stream);
    cudaLaunchConfig_t    rest = config_of(
           dim3(ceil_div(canvas, (size_t)turns * HELD * block.y), dz->n, slabs), block, 0, stream);
    struct back           again = *b;
    cudaError_t           e;

    e = cudaLaunchKernelEx(&sums, norm ? back_sums<T, true> : back_sums<T, false>, *a, *b, chunk,
                           dscale, doffset, s);
    if (e != cudaSuccess || !norm)
        return e;
    if (b->sum.at != NULL) {                    /* already folded and added up */
        again.from[0].view = b->sum;
        again.from[0].border = BC_BORDER_NONE;
        again.nfrom = 1;
    }
    return cudaLaunchKernelEx(&rest, back_norm<T>, *a, again, (const float2 *)s.sums, turns);
}

cudaError_t
cuda_apply_back(const struct bc_apply *a, const struct bc_gradient *from, int nfrom,
                const struct bc_view *sum, const struct bc_view *dz, enum bc_border border,
                float *dscale, float *doffset, void *scratch, cudaStream_t stream)
{
    struct back b;
    int         k;

    memset(&b, 0, sizeof b);
    if (nfrom > BC_MOST_GRADIENTS || dz->n > BC_MOST_SAMPLES || dz->c > BC_MOST_CHANNELS || dz->c % 8 != 0
        || border == BC_BORDER_REFLECT)
        return cudaErrorInvalidValue;
    for (k = 0; k < nfrom; k++)
        b.from[k] = from[k];
    b.nfrom = nfrom;
    if (sum != NULL)
        b.sum = *sum;
    b.dz = *dz;
    b.border = border;
    return (dz->type == BC_F32 ? launch_back<float> : launch_back<bf16>)(a, &b, dscale, doffset,
                                                                         scratch, stream);
}
