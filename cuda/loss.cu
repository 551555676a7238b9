/* loss.cu -- what a step minimises and its gradient, as lib/loss.c and lib/ssim.c define them; their letters.
 * In double: local variances are differences of nearly equal numbers, and there are few of these operations
 * beside a network's.  One launch makes what is known of each window, and sums; a second, when the sums are
 * known, gives every pixel its share.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "device.h"

enum {
    TAPS = 11, BOX = BC_LOSS_BOX,
    ROWS = 16, COLS = 32, HALO = TAPS - 1,      /* windows or pixels of a block, and what it reads beyond */
    HIGH = ROWS + HALO, WIDE = COLS + HALO,
    WARP = 32
};

/* As bc_ssim_weights. */
static __constant__ double weights[TAPS] = {
    0.00102838008447911, 0.00759875813523919, 0.03600077212843083, 0.10936068950970002,
    0.21300553771125370, 0.26601172486179436, 0.21300553771125370, 0.10936068950970002,
    0.03600077212843083, 0.00759875813523919, 0.00102838008447911
};

/* Sums of a plane, and of a block of it. */
enum { L1, PIXELS, SSIM, WINDOWS, FLUX, BOXES, LAPLACE, NSUM };
/* What a window gives to each of its pixels: three factors of SSIM's gradient, one of the fluxes'. */
enum { BY_ONE, BY_TRUTH, BY_Y, BY_FLUX, NFACTOR };

struct problem {
    struct bc_loss o;
    const float   *truth, *y;
    int            n, nout, bands, h, w;
    float         *dy;
    double        *loss;
    unsigned      *counter;
    double        *sums, *planes;       /* (planes, NSUM), (planes) */
    double        *factor, *partial;    /* (planes, NFACTOR, h, w), (planes, blocks, NSUM) */
};

/* Blocks for all windows, and so for all pixels: those of the high edges look after what is left. */
static dim3
blocks_of(int h, int w, int planes)
{
    return dim3(ceil_div(w - BOX + 1 > 1 ? w - BOX + 1 : 1, COLS), ceil_div(h - BOX + 1 > 1 ? h - BOX + 1 : 1, ROWS),
                planes);
}

size_t
cuda_loss_scratch(int n, int nout, int h, int w)
{
    size_t planes = (size_t)n * nout;
    dim3   g = blocks_of(h, w, (int)planes);

    return BC_COUNTERS * sizeof(unsigned)
        + planes * (((size_t)g.x * g.y + 1) * NSUM + 1 + (size_t)NFACTOR * h * w) * sizeof(double);
}

/* The plane of y, or of its scales, that belongs to plane P of the truth. */
static __device__ inline size_t
plane_of(const struct problem &k, int p, int scales)
{
    return ((size_t)(p / k.bands) * k.nout + p % k.bands + (scales ? k.bands : 0)) * k.h * k.w;
}

struct tile {
    float x[HIGH][WIDE], y[HIGH][WIDE];
    union {
        double row[4][HIGH][COLS];                                      /* averages along rows: x, y, xy, x^2 + y^2 */
        struct { double e[2][HIGH][WIDE], row[2][HIGH][COLS]; } flux;   /* fluxes, and their sums along rows */
        double sum[THREADS / WARP][NSUM];
    } u;
};

/* SSIM of the window at (r, c) of the tile, and its factors; 0 if it lacks a truth. */
static __device__ inline int
window(const struct tile *t, int r, int c, double *factor, size_t area, double *s_p)
{
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    double       m[4] = { 0 };

#pragma unroll
    for (int j = 0; j < TAPS; j++)
#pragma unroll
        for (int k = 0; k < 4; k++)
            m[k] += weights[j] * t->u.row[k][r + j][c];

    double mx = m[0], my = m[1], a = 2.0 * mx * my + c1, b = mx * mx + my * my + c1;
    double cc = 2.0 * (m[2] - mx * my) + c2, d = m[3] - mx * mx - my * my + c2, s = a * cc / (b * d);
    int    none = mx != mx;

    factor[BY_ONE * area] = none ? 0.0 : 2.0 * mx * (cc - a) / (b * d) + 2.0 * my * s * (1.0 / d - 1.0 / b);
    factor[BY_TRUTH * area] = none ? 0.0 : a / (b * d);
    factor[BY_Y * area] = none ? 0.0 : s / d;
    *s_p = s;
    return !none;
}

static __device__ inline void
ssim_windows(const struct problem &k, struct tile *t, int y0, int x0, double *factor, double *sum)
{
    size_t area = (size_t)k.h * k.w;

    for (int at = threadIdx.x; at < HIGH * COLS; at += THREADS) {
        int    r = at / COLS, c = at % COLS;
        double m[4] = { 0 };

        for (int j = 0; j < TAPS; j++) {
            double x = t->x[r][c + j], y = t->y[r][c + j];

            m[0] += weights[j] * x;
            m[1] += weights[j] * y;
            m[2] += weights[j] * (x * y);
            m[3] += weights[j] * (x * x + y * y);
        }
        for (int j = 0; j < 4; j++)
            t->u.row[j][r][c] = m[j];
    }
    __syncthreads();
    for (int at = threadIdx.x; at < ROWS * COLS; at += THREADS) {
        int r = at / COLS, c = at % COLS, y = y0 + r, x = x0 + c;

        if (y <= k.h - TAPS && x <= k.w - TAPS) {
            double s;

            if (window(t, r, c, factor + (size_t)y * k.w + x, area, &s)) {
                sum[SSIM] += s;
                sum[WINDOWS] += 1.0;
            }
        }
    }
    __syncthreads();
}

static __device__ inline void
flux_windows(const struct problem &k, struct tile *t, int y0, int x0, double *factor, double *sum)
{
    for (int at = threadIdx.x; at < HIGH * WIDE; at += THREADS) {
        t->u.flux.e[0][at / WIDE][at % WIDE] = sinh(k.o.range * t->x[at / WIDE][at % WIDE]);
        t->u.flux.e[1][at / WIDE][at % WIDE] = sinh(k.o.range * t->y[at / WIDE][at % WIDE]);
    }
    __syncthreads();
    for (int at = threadIdx.x; at < 2 * HIGH * COLS; at += THREADS) {
        int    m = at / (HIGH * COLS), r = at / COLS % HIGH, c = at % COLS;
        double s = 0.0;

        for (int j = 0; j < BOX; j++)
            s += t->u.flux.e[m][r][c + j];
        t->u.flux.row[m][r][c] = s;
    }
    __syncthreads();
    for (int at = threadIdx.x; at < ROWS * COLS; at += THREADS) {
        int    r = at / COLS, c = at % COLS, y = y0 + r, x = x0 + c;
        double of_truth = 0.0, of_y = 0.0, d, to = 0.0;

        if (y > k.h - BOX || x > k.w - BOX)
            continue;
        for (int j = 0; j < BOX; j++) {
            of_truth += t->u.flux.row[0][r + j][c];
            of_y += t->u.flux.row[1][r + j][c];
        }
        of_y /= BOX;
        d = (asinh(of_y) - asinh(of_truth / BOX)) / k.o.range;
        if (of_truth > BOX) {           /* false for NaN */
            sum[FLUX] += fabs(d);
            sum[BOXES] += 1.0;
            to = ((d > 0.0) - (d < 0.0)) / (k.o.range * sqrt(1.0 + of_y * of_y) * BOX);
        }
        factor[BY_FLUX * (size_t)k.h * k.w + (size_t)y * k.w + x] = to;
    }
    __syncthreads();
}

/* The block's own pixels: |y - truth|, and the likelihood of the scales. */
static __device__ inline void
pixels(const struct problem &k, const struct tile *t, int p, int y0, int x0, double *sum)
{
    int rows = (int)(blockIdx.y + 1 == gridDim.y ? k.h - y0 : ROWS);
    int cols = (int)(blockIdx.x + 1 == gridDim.x ? k.w - x0 : COLS);

    for (int at = threadIdx.x; at < rows * cols; at += THREADS) {
        int    r = at / cols, c = at % cols;
        double d = fabs((double)t->y[r][c] - t->x[r][c]);

        if (t->x[r][c] != t->x[r][c])
            continue;
        sum[L1] += d;
        sum[PIXELS] += 1.0;
        if (k.o.scale > 0.0) {
            double s = k.y[plane_of(k, p, 1) + (size_t)(y0 + r) * k.w + x0 + c];

            sum[LAPLACE] += d * exp(-s) + s;
        }
    }
}

/* 0 of nothing, since the sum is 0 then. */
static __device__ inline double
mean(double sum, double count)
{
    return sum / (count > 0.0 ? count : 1.0);
}

static __device__ inline double
loss_of(const struct problem &k, const double *s)
{
    double loss = mean(s[L1], s[PIXELS]) + k.o.flux * mean(s[FLUX], s[BOXES]) + k.o.scale * mean(s[LAPLACE], s[PIXELS]);

    if (k.o.lambda > 0.0 && (k.h < TAPS || k.w < TAPS))
        return NAN;
    return s[WINDOWS] > 0.0 ? loss + k.o.lambda * (1.0 - s[SSIM] / s[WINDOWS]) : loss;
}

/* The block's sums to memory; the last block of a plane adds up the plane, the last of all the loss. */
static __device__ inline void
add_up(const struct problem &k, struct tile *t, int p, const double (&sum)[NSUM])
{
    int     blocks = gridDim.x * gridDim.y, block = blockIdx.y * gridDim.x + blockIdx.x, at = threadIdx.x;
    double *partial = k.partial + (size_t)p * blocks * NSUM, all = 0.0;

#pragma unroll
    for (int j = 0; j < NSUM; j++) {
        double v = sum[j];

#pragma unroll
        for (int step = WARP / 2; step > 0; step /= 2)
            v += __shfl_xor_sync(ALL_LANES, v, step);
        if (at % WARP == 0)
            t->u.sum[at / WARP][j] = v;
    }
    __syncthreads();
    for (int j = 0; at < NSUM && j < THREADS / WARP; j++)
        all += t->u.sum[j][at];
    if (at < NSUM)
        partial[(size_t)block * NSUM + at] = all;
    if (!is_last(&k.counter[p], blocks))
        return;
    all = 0.0;
#pragma unroll 8
    for (int j = 0; j < (at < NSUM ? blocks : 0); j++)
        all += __ldcg(&partial[(size_t)j * NSUM + at]);
    if (at < NSUM)
        k.sums[(size_t)p * NSUM + at] = t->u.sum[0][at] = all;
    __syncthreads();
    if (at == 0)
        k.planes[p] = loss_of(k, t->u.sum[0]);
    if (!is_last(&k.counter[BC_COUNTERS - 1], gridDim.z) || at > 0)
        return;
    all = 0.0;
#pragma unroll 8
    for (int j = 0; j < (int)gridDim.z; j++)
        all += __ldcg(&k.planes[j]);
    *k.loss = all / gridDim.z;
}

static __global__ void __launch_bounds__(THREADS)
windows(struct problem k)
{
    struct tile *t = (struct tile *)shared_memory;
    int          p = blockIdx.z, y0 = blockIdx.y * ROWS, x0 = blockIdx.x * COLS;
    double      *factor = k.factor + (size_t)p * NFACTOR * k.h * k.w, sum[NSUM] = { 0 };

    for (int at = threadIdx.x; at < HIGH * WIDE; at += THREADS) {
        int r = at / WIDE, c = at % WIDE, inside = y0 + r < k.h && x0 + c < k.w;

        t->x[r][c] = inside ? k.truth[((size_t)p * k.h + y0 + r) * k.w + x0 + c] : 0.0f;
        t->y[r][c] = inside ? k.y[plane_of(k, p, 0) + (size_t)(y0 + r) * k.w + x0 + c] : 0.0f;
    }
    __syncthreads();
    pixels(k, t, p, y0, x0, sum);
    if (k.o.lambda > 0.0)
        ssim_windows(k, t, y0, x0, factor, sum);
    if (k.o.flux > 0.0)
        flux_windows(k, t, y0, x0, factor, sum);
    add_up(k, t, p, sum);
}

/* ---- the gradient ------------------------------------------------------------------------------ */

struct spread_tile { double f[HIGH][WIDE], column[ROWS][WIDE]; };

/* What the windows of SIZE x SIZE give to the two pixels of each thread: got = the sum over windows of
 * FACTOR (h, w, of which the windows' first pixels are used), by the weights or, where there are none, by 1. */
static __device__ inline void
spread(struct spread_tile *t, const double *factor, int h, int w, int y0, int x0, int size, int weighted,
       double (&got)[2])
{
    for (int at = threadIdx.x; at < HIGH * WIDE; at += THREADS) {
        int y = y0 - HALO + at / WIDE, x = x0 - HALO + at % WIDE;

        t->f[at / WIDE][at % WIDE] =
            y >= 0 && x >= 0 && y <= h - size && x <= w - size ? factor[(size_t)y * w + x] : 0.0;
    }
    __syncthreads();
    for (int at = threadIdx.x; at < ROWS * WIDE; at += THREADS) {
        double s = 0.0;

        for (int j = 0; j < size; j++)
            s += (weighted ? weights[j] : 1.0) * t->f[at / WIDE + HALO - j][at % WIDE];
        t->column[at / WIDE][at % WIDE] = s;
    }
    __syncthreads();
#pragma unroll
    for (int k = 0; k < 2; k++) {
        int r = threadIdx.x / COLS + k * (ROWS / 2), c = threadIdx.x % COLS;

        got[k] = 0.0;
        for (int j = 0; j < size; j++)
            got[k] += (weighted ? weights[j] : 1.0) * t->column[r][c + HALO - j];
    }
    __syncthreads();
}

static __global__ void __launch_bounds__(THREADS)
gradient(struct problem k)
{
    struct spread_tile *t = (struct spread_tile *)shared_memory;
    int                 p = blockIdx.z, y0 = blockIdx.y * ROWS, x0 = blockIdx.x * COLS;
    size_t              area = (size_t)k.h * k.w;
    const double       *factor = k.factor + (size_t)p * NFACTOR * area, *sums = k.sums + (size_t)p * NSUM;
    double              one[2] = { 0 }, truth[2] = { 0 }, by_y[2] = { 0 }, flux[2] = { 0 };
    double              part = 1.0 / gridDim.z, ssim = mean(-k.o.lambda * part, sums[WINDOWS]);
    double              pixel = mean(part, sums[PIXELS]), box = mean(k.o.flux * part, sums[BOXES]);

    if (k.o.lambda > 0.0) {
        spread(t, factor + BY_ONE * area, k.h, k.w, y0, x0, TAPS, 1, one);
        spread(t, factor + BY_TRUTH * area, k.h, k.w, y0, x0, TAPS, 1, truth);
        spread(t, factor + BY_Y * area, k.h, k.w, y0, x0, TAPS, 1, by_y);
    }
    if (k.o.flux > 0.0)
        spread(t, factor + BY_FLUX * area, k.h, k.w, y0, x0, BOX, 0, flux);
#pragma unroll
    for (int j = 0; j < 2; j++) {
        int    r = y0 + threadIdx.x / COLS + j * (ROWS / 2), c = x0 + threadIdx.x % COLS;
        size_t at = plane_of(k, p, 0) + (size_t)r * k.w + c, of_scale = plane_of(k, p, 1) + (size_t)r * k.w + c;

        if (r >= k.h || c >= k.w)
            continue;

        double x = k.truth[p * area + (size_t)r * k.w + c], y = k.y[at], d = y - x;
        double g = ssim * (one[j] + 2.0 * x * truth[j] - 2.0 * y * by_y[j]) + pixel * ((d > 0.0) - (d < 0.0));

        if (k.o.flux > 0.0)
            g += box * flux[j] * k.o.range * cosh(k.o.range * y);
        k.dy[at] = x == x ? (float)g : 0.0f;
        if (k.o.scale > 0.0)
            k.dy[of_scale] = x == x ? (float)(k.o.scale * pixel * (1.0 - fabs(d) * exp(-(double)k.y[of_scale]))) : 0.0f;
    }
}

cudaError_t
cuda_loss(const struct bc_loss *o, const float *truth, const float *y, int n, int nout, int h, int w,
          void *scratch, float *dy, double *loss, cudaStream_t stream)
{
    int                bands = bc_loss_bands(o, nout), planes = n * bands;
    dim3               grid = blocks_of(h, w, planes), all(ceil_div(w, COLS), ceil_div(h, ROWS), planes);
    cudaLaunchConfig_t first = config_of(grid, dim3(THREADS), sizeof(struct tile), stream);
    cudaLaunchConfig_t second = config_of(all, dim3(THREADS), sizeof(struct spread_tile), stream);
    struct problem     k;
    cudaError_t        e;

    if (n < 1 || n > BC_MOST_SAMPLES || bands < 1 || bands > BC_MOST_PLANES)
        return cudaErrorInvalidValue;
    k.o = *o;
    k.truth = truth;
    k.y = y;
    k.n = n;
    k.nout = nout;
    k.bands = bands;
    k.h = h;
    k.w = w;
    k.dy = dy;
    k.loss = loss;
    k.counter = (unsigned *)scratch;
    k.sums = (double *)(k.counter + BC_COUNTERS);
    k.planes = k.sums + (size_t)planes * NSUM;
    k.factor = k.planes + planes;
    k.partial = k.factor + (size_t)planes * NFACTOR * h * w;
    e = cudaLaunchKernelEx(&first, windows, k);
    return e != cudaSuccess ? e : cudaLaunchKernelEx(&second, gradient, k);
}
