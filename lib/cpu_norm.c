/* cpu_norm.c -- instance norm, activation and sum, row by row, forward and backward.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_act.h"

#include <math.h>

static inline __attribute__((always_inline)) void
moments(int nv, const float *z, int n, int pitch, float *mean, float *m2)
{
    V   m[4], s[4];
    int x, v;

    for (v = 0; v < nv; v++)
        m[v] = s[v] = (V){0};
    for (x = 0; x < n; x++)
        for (v = 0; v < nv; v++)
            m[v] += load(z + (size_t)x * pitch + v * LANES);
    for (v = 0; v < nv; v++)
        m[v] /= splat((float)n);
    for (x = 0; x < n; x++)
        for (v = 0; v < nv; v++) {
            V d = load(z + (size_t)x * pitch + v * LANES) - m[v];

            s[v] += d * d;
        }
    for (v = 0; v < nv; v++) {
        store(mean + v * LANES, m[v]);
        store(m2 + v * LANES, s[v]);
    }
}

/* A row's squares are taken about the row's own mean: nothing cancels where that is far from 0. */
void
ISA(cpu_moments)(const struct cpu_channels *s, const float *z, float *mean, float *m2)
{
    int c = 0;

    for (; c + 4 * LANES <= s->pitch; c += 4 * LANES)
        moments(4, z + c, s->n, s->pitch, mean + c, m2 + c);
    for (; c < s->pitch; c += LANES)
        moments(1, z + c, s->n, s->pitch, mean + c, m2 + c);
}

void
ISA(cpu_statistics)(const struct cpu_channels *s, const float *mean, const float *m2, int nrow)
{
    int c, y, i;

    for (c = 0; c < s->pitch; c += LANES) {
        double m[LANES] = { 0 }, v[LANES] = { 0 };

        for (y = 0; y < nrow; y++)
            for (i = 0; i < LANES; i++)
                m[i] += mean[(size_t)y * s->pitch + c + i];
        for (i = 0; i < LANES; i++)
            m[i] /= nrow;
        for (y = 0; y < nrow; y++)
            for (i = 0; i < LANES; i++) {
                double d = mean[(size_t)y * s->pitch + c + i] - m[i];

                v[i] += m2[(size_t)y * s->pitch + c + i] + s->n * d * d;
            }
        for (i = 0; i < LANES; i++) {
            v[i] /= (double)nrow * s->n;
            s->mean[c + i] = (float)m[i];
            s->inverse[c + i] = (float)(1.0 / sqrt(v[i] + BC_NORM_EPSILON));
        }
    }
}

void
ISA(cpu_columns)(const float *rows, int nrow, int pitch, float *total)
{
    int c, y, i, n = pitch < LANES ? pitch : LANES;

    for (c = 0; c < pitch; c += n) {
        double s[LANES] = { 0 };

        for (y = 0; y < nrow; y++)
            for (i = 0; i < n; i++)
                s[i] += rows[(size_t)y * pitch + c + i];
        for (i = 0; i < n; i++)
            total[c + i] = (float)s[i];
    }
}

static inline __attribute__((always_inline)) V
before(const struct cpu_channels *s, int c, V z)
{
    return (z - load(s->mean + c)) * load(s->a + c) + load(s->offset + c);
}

/* Without a norm z is overwritten by the activation's value, which the way back needs. */
static inline __attribute__((always_inline)) void
finish(enum bc_act act, const struct cpu_channels *s, float *z, const float *add, float *y)
{
    size_t at = 0;
    int    x, c;

    for (x = 0; x < s->n; x++)
        for (c = 0; c < s->pitch; c += LANES, at += LANES) {
            V t = activate(act, before(s, c, load(z + at)));

            if (!s->norm)
                store(z + at, t);
            store(y + at, add != NULL ? t + load(add + at) : t);
        }
}

/* Few channels, pixel beside pixel: the last vector may be a part of one. */
static inline __attribute__((always_inline)) void
finish_dense(enum bc_act act, const struct cpu_channels *s, float *z, const float *add, float *y)
{
    int n = s->n * s->pitch, x;

    for (x = 0; x < n; x += LANES) {
        V t = activate(act, load_some(z + x, n - x) + load_some(s->offset + x % s->pitch, LANES));

        store_some(z + x, t, n - x);
        if (add != NULL)
            t += load_some(add + x, n - x);
        store_some(y + x, t, n - x);
    }
}

static inline __attribute__((always_inline)) void
finish_any(enum bc_act act, const struct cpu_channels *s, float *z, const float *add, float *y)
{
    if (s->pitch < LANES)
        finish_dense(act, s, z, add, y);
    else
        finish(act, s, z, add, y);
}

void
ISA(cpu_finish)(const struct cpu_channels *s, float *z, const float *add, float *y)
{
    if (s->act == BC_ACT_RELU)
        finish_any(BC_ACT_RELU, s, z, add, y);
    else if (s->act == BC_ACT_TANH)
        finish_any(BC_ACT_TANH, s, z, add, y);
    else
        finish_any(BC_ACT_NONE, s, z, add, y);
}

/* The gradient by pre. */
static inline __attribute__((always_inline)) V
gradient(enum bc_act act, const struct cpu_channels *s, int c, V z, V dy)
{
    if (act == BC_ACT_NONE)
        return dy;
    return slope(act, s->norm ? activate(act, before(s, c, z)) : z, dy);
}

/* NV vectors at a time: enough in a row for the memory to be read fast. */
static inline __attribute__((always_inline)) void
slopes_of(int nv, enum bc_act act, const struct cpu_channels *s, int c, const float *z, const float *dy,
          float *sum, float *dot)
{
    V      total[4], with_z[4];
    size_t at = (size_t)c;
    int    x, v;

    for (v = 0; v < nv; v++)
        total[v] = with_z[v] = (V){0};
    for (x = 0; x < s->n; x++, at += s->pitch)
        for (v = 0; v < nv; v++) {
            int i = c + v * LANES;
            V   value = load(z + at + v * LANES);
            V   d = gradient(act, s, i, value, load(dy + at + v * LANES));

            total[v] += d;
            with_z[v] += d * (value - load(s->mean + i));
        }
    for (v = 0; v < nv; v++) {
        store(sum + c + v * LANES, total[v]);
        store(dot + c + v * LANES, with_z[v]);
    }
}

static inline __attribute__((always_inline)) void
slopes(enum bc_act act, const struct cpu_channels *s, const float *z, const float *dy, float *sum,
       float *dot)
{
    int c = 0;

    for (; c + 4 * LANES <= s->pitch; c += 4 * LANES)
        slopes_of(4, act, s, c, z, dy, sum, dot);
    for (; c < s->pitch; c += LANES)
        slopes_of(1, act, s, c, z, dy, sum, dot);
}

static inline __attribute__((always_inline)) void
unfinish(enum bc_act act, const struct cpu_channels *s, const float *z, const float *dy, float *dz)
{
    size_t at = 0;
    int    x, c;

    for (x = 0; x < s->n; x++)
        for (c = 0; c < s->pitch; c += LANES, at += LANES) {
            V v = load(z + at), d = gradient(act, s, c, v, load(dy + at));

            if (s->norm) {
                d = load(s->a + c) * d - load(s->k1 + c);
                d -= (v - load(s->mean + c)) * load(s->k2 + c);
            }
            store(dz + at, d);
        }
}

/* The same where pixels are dense; there is no norm then. */
static inline float
dense_gradient(enum bc_act act, float t, float dy)
{
    if (act == BC_ACT_RELU)
        return t > 0.0f ? dy : 0.0f;
    return act == BC_ACT_TANH ? dy * (1.0f - t * t) : dy;
}

static void
slopes_dense(const struct cpu_channels *s, const float *t, const float *dy, float *sum)
{
    int c, x;

    for (c = 0; c < s->pitch; c++) {
        double total = 0.0;

        for (x = c; x < s->n * s->pitch; x += s->pitch)
            total += dense_gradient(s->act, t[x], dy[x]);
        sum[c] = (float)total;
    }
}

void
ISA(cpu_slopes)(const struct cpu_channels *s, const float *z, const float *dy, float *sum,
                float *dot)
{
    if (s->pitch < LANES)
        slopes_dense(s, z, dy, sum);
    else if (s->act == BC_ACT_RELU)
        slopes(BC_ACT_RELU, s, z, dy, sum, dot);
    else if (s->act == BC_ACT_TANH)
        slopes(BC_ACT_TANH, s, z, dy, sum, dot);
    else
        slopes(BC_ACT_NONE, s, z, dy, sum, dot);
}

void
ISA(cpu_unfinish)(const struct cpu_channels *s, const float *z, const float *dy, float *dz)
{
    int x;

    if (s->pitch < LANES)
        for (x = 0; x < s->n * s->pitch; x++)
            dz[x] = dense_gradient(s->act, z[x], dy[x]);
    else if (s->act == BC_ACT_RELU)
        unfinish(BC_ACT_RELU, s, z, dy, dz);
    else if (s->act == BC_ACT_TANH)
        unfinish(BC_ACT_TANH, s, z, dy, dz);
    else
        unfinish(BC_ACT_NONE, s, z, dy, dz);
}

void
ISA(cpu_add)(const float *from, size_t n, float *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        to[i] += from[i];
}
