/* cpu_vector.h -- vectors of the instruction set that a kernel file is being compiled for.
 * Every kernel file is compiled once per instruction set, under names that end in it.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_VECTOR_H
#define BC_CPU_VECTOR_H

#include <string.h>

/* The kernels need their short loops unrolled, whatever the user's CFLAGS say. */
#if defined __GNUC__ && !defined __clang__
#pragma GCC optimize ("O3")
#endif

#include "cpu.h"

/* TILE * 2 sums, two vectors of weights and one scalar fill the registers. */
#if defined CPU_AVX512
#define LANES 16
#define TILE 8
#define ISA(name) name##_avx512     /* the one way to compile a name once per instruction set */
#elif defined CPU_AVX2
#define LANES 8
#define TILE 6
#define ISA(name) name##_avx2
#else
#define LANES 4
#define TILE 6
#define ISA(name) name##_baseline
#endif

enum { CACHE_LINE = 16 };           /* floats */

typedef float V __attribute__((vector_size(4 * LANES)));
typedef int   VI __attribute__((vector_size(4 * LANES)));
typedef V     V_in_memory __attribute__((may_alias));       /* aligned */

static inline V
splat(float x)
{
    return x - (V){0};
}

static inline V
load(const float *p)
{
    return *(const V_in_memory *)p;
}

static inline void
store(float *p, V v)
{
    *(V_in_memory *)p = v;
}

/* The first N lanes from and to any place. */
static inline V
load_some(const float *p, int n)
{
    V v = { 0 };

    if (n >= LANES)
        memcpy(&v, p, sizeof v);        /* one instruction */
    else
        memcpy(&v, p, (size_t)n * sizeof *p);
    return v;
}

static inline void
store_some(float *p, V v, int n)
{
    if (n >= LANES)
        memcpy(p, &v, sizeof v);
    else
        memcpy(p, &v, (size_t)n * sizeof *p);
}

/* a where mask is -1, b where it is 0. */
static inline V
choose(VI mask, V a, V b)
{
    return (V)((mask & (VI)a) | (~mask & (VI)b));
}

/* Pixels by lanes: out[pixel] (+)= sum over taps and channels of in[pixel + tap][channel] * w. */
struct cpu_place {
    const float     *in;
    ptrdiff_t        in_pixel;
    const ptrdiff_t *tap;
    int              ntap, nsum;
    const float     *w;             /* (tap, channel, lane) */
    float           *out;
    ptrdiff_t        out_pixel;
    int              add;
};

/* Scalars by lanes: sum[r] += scalar[x][r] * lanes[x], summed over N places x. */
struct cpu_outer {
    const float *scalar, *lanes;
    ptrdiff_t    scalar_step, lane_step;
    ptrdiff_t    scalar_next, lane_next;    /* floats to where the next call reads */
    int          n;
    float       *sum;
    ptrdiff_t    sum_r;             /* floats from sum[r] to sum[r + 1] */
};

/* NX pixels, NR scalars; two vectors of lanes, or one if NLANE leaves no more. */
void   ISA(cpu_gather_row)(int nx, int nlane, struct cpu_place at);
void   ISA(cpu_outer_rows)(int nr, int nlane, struct cpu_outer at);

/* The kernel families; cpu.h says what they do. */
void ISA(cpu_gather)(const struct cpu_gather *g, int py, int y0, int y1, const float *in,
                     const float *w, float *out, int add, float *scratch);
void ISA(cpu_dense)(const struct cpu_gather *g, int y0, int y1, const float *in, const float *w,
                    float *out);
void ISA(cpu_winograd)(const struct cpu_gather *g, int y0, int y1, const float *in, const float *w,
                       float *out, int add, float *scratch);
void ISA(cpu_pack)(const struct cpu_gather *g, int item, const float *kernel, float *packed);
void ISA(cpu_pack_lanes)(const struct cpu_gather *g, const float *tap, int lane, float *to,
                         int step);
void ISA(cpu_winograd_pack)(const struct cpu_gather *g, int item, const float *kernel,
                            float *packed);
void ISA(cpu_dweight)(const struct cpu_dweight *d, int item, const float *scalar,
                      const float *lanes, float *scratch, float *dw);
void ISA(cpu_winograd_tiles)(const struct cpu_winograd_dw *d, int first, int item, const float *x,
                             const float *dz, float *memory);
void ISA(cpu_winograd_sums)(const struct cpu_winograd_dw *d, int first, int item, float *memory);
void ISA(cpu_winograd_weights)(const struct cpu_winograd_dw *d, int ci, float *memory, float *dw);

void ISA(cpu_moments)(const struct cpu_channels *s, const float *z, float *mean, float *m2);
void ISA(cpu_statistics)(const struct cpu_channels *s, const float *mean, const float *m2,
                         int nrow);
void ISA(cpu_columns)(const float *rows, int nrow, int pitch, float *total);
void ISA(cpu_finish)(const struct cpu_channels *s, float *z, const float *add, float *y);
void ISA(cpu_slopes)(const struct cpu_channels *s, const float *z, const float *dy, float *sum,
                     float *dot);
void ISA(cpu_unfinish)(const struct cpu_channels *s, const float *z, const float *dy, float *dz);
void ISA(cpu_add)(const float *from, size_t n, float *to);

double ISA(cpu_loss)(const float *truth, const float *y, int h, int w, double lambda, double factor,
                     double *scratch, float *dy);
void   ISA(cpu_adam)(const struct bc_plan_options *o, double rate, long step, size_t n,
                     const float *grad, float *value, float *m, float *v);

#endif
