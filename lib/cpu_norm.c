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

/* A row's squares are taken about the row's own mean: nothing cancels where the mean is far from zero. */
void
ISA(cpu_moments)(const float *z, int n, int pitch, float *mean, float *m2)
{
    int c = 0;

    for (; c + 4 * LANES <= pitch; c += 4 * LANES)
        moments(4, z + c, n, pitch, mean + c, m2 + c);
    for (; c < pitch; c += LANES)
        moments(1, z + c, n, pitch, mean + c, m2 + c);
}

void
ISA(cpu_statistics)(const float *mean, const float *m2, int nrow, int n, int pitch, struct cpu_channels *s)
{
    int c, y, i;

    for (c = 0; c < pitch; c += LANES) {
        double m[LANES] = { 0 }, v[LANES] = { 0 };

        for (y = 0; y < nrow; y++)
            for (i = 0; i < LANES; i++)
                m[i] += mean[(size_t)y * pitch + c + i];
        for (i = 0; i < LANES; i++)
            m[i] /= nrow;
        for (y = 0; y < nrow; y++)
            for (i = 0; i < LANES; i++) {
                double d = mean[(size_t)y * pitch + c + i] - m[i];

                v[i] += m2[(size_t)y * pitch + c + i] + n * d * d;
            }
        for (i = 0; i < LANES; i++) {
            s->mean[c + i] = (float)m[i];
            s->inverse[c + i] = (float)(1.0 / sqrt(v[i] / ((double)nrow * n) + BC_NORM_EPSILON));
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

static inline __attribute__((always_inline)) void
finish(enum bc_act act, float *z, int n, int pitch, const struct cpu_channels *s, int keep, const float *add, float *y)
{
    int x, c;

    for (x = 0; x < n; x++, z += pitch, y += pitch)
        for (c = 0; c < pitch; c += LANES) {
            V t = activate(act, before(s, c, load(z + c)));

            if (keep)
                store(z + c, t);
            store(y + c, add != NULL ? t + load(add + (size_t)x * pitch + c) : t);
        }
}

/* One channel, pixel beside pixel: the last vector may be a part of one. */
static void
finish_dense(float *z, int n, const struct cpu_channels *s, enum bc_act act, int keep, const float *add, float *y)
{
    int x;

    for (x = 0; x < n; x += LANES) {
        size_t bytes = (size_t)(n - x < LANES ? n - x : LANES) * sizeof *z;
        V      t = { 0 }, sum = { 0 };

        memcpy(&t, z + x, bytes);
        t += splat(s->offset[0]);
        t = act == BC_ACT_RELU ? activate(BC_ACT_RELU, t) : act == BC_ACT_TANH ? activate(BC_ACT_TANH, t) : t;
        if (keep)
            memcpy(z + x, &t, bytes);
        if (add != NULL)
            memcpy(&sum, add + x, bytes);
        sum += t;
        memcpy(y + x, &sum, bytes);
    }
}

void
ISA(cpu_finish)(float *z, int n, int pitch, const struct cpu_channels *s, enum bc_act act, int keep, const float *add,
                float *y)
{
    if (pitch == 1)
        finish_dense(z, n, s, act, keep, add, y);
    else if (act == BC_ACT_RELU)
        finish(BC_ACT_RELU, z, n, pitch, s, keep, add, y);
    else if (act == BC_ACT_TANH)
        finish(BC_ACT_TANH, z, n, pitch, s, keep, add, y);
    else
        finish(BC_ACT_NONE, z, n, pitch, s, keep, add, y);
}

/* The gradient by pre.  Without a norm z holds the activation's value already. */
static inline __attribute__((always_inline)) V
gradient(enum bc_act act, int norm, const struct cpu_channels *s, int c, V z, V dy)
{
    return act == BC_ACT_NONE ? dy : slope(act, norm ? activate(act, before(s, c, z)) : z, dy);
}

static inline __attribute__((always_inline)) void
slopes(enum bc_act act, int norm, const float *z, const float *dy, int n, int pitch, const struct cpu_channels *s,
       float *sum, float *dot)
{
    int x, c;

    for (c = 0; c < pitch; c += LANES) {
        V total = { 0 }, with_z = { 0 }, mean = load(s->mean + c);

        for (x = 0; x < n; x++) {
            V v = load(z + (size_t)x * pitch + c), d = gradient(act, norm, s, c, v, load(dy + (size_t)x * pitch + c));

            total += d;
            with_z += d * (v - mean);
        }
        store(sum + c, total);
        store(dot + c, with_z);
    }
}

static inline __attribute__((always_inline)) void
unfinish(enum bc_act act, int norm, const float *z, const float *dy, int n, int pitch, const struct cpu_channels *s,
         float *dz)
{
    int x, c;

    for (x = 0; x < n; x++, z += pitch, dy += pitch, dz += pitch)
        for (c = 0; c < pitch; c += LANES) {
            V v = load(z + c), d = gradient(act, norm, s, c, v, load(dy + c));

            if (norm)
                d = load(s->a + c) * d - load(s->k1 + c) - (v - load(s->mean + c)) * load(s->k2 + c);
            store(dz + c, d);
        }
}

/* The same for one channel; there is no norm then. */
static inline float
dense_gradient(enum bc_act act, float t, float dy)
{
    return act == BC_ACT_RELU ? (t > 0.0f ? dy : 0.0f) : act == BC_ACT_TANH ? dy * (1.0f - t * t) : dy;
}

static void
slopes_dense(const float *t, const float *dy, int n, enum bc_act act, float *sum)
{
    double s = 0.0;
    int    x;

    for (x = 0; x < n; x++)
        s += dense_gradient(act, t[x], dy[x]);
    *sum = (float)s;
}

void
ISA(cpu_slopes)(const float *z, const float *dy, int n, int pitch, const struct cpu_channels *s, enum bc_act act,
                int norm, float *sum, float *dot)
{
    if (pitch == 1)
        slopes_dense(z, dy, n, act, sum);
    else if (act == BC_ACT_RELU)
        slopes(BC_ACT_RELU, norm, z, dy, n, pitch, s, sum, dot);
    else if (act == BC_ACT_TANH)
        slopes(BC_ACT_TANH, norm, z, dy, n, pitch, s, sum, dot);
    else
        slopes(BC_ACT_NONE, norm, z, dy, n, pitch, s, sum, dot);
}

void
ISA(cpu_unfinish)(const float *z, const float *dy, int n, int pitch, const struct cpu_channels *s, enum bc_act act,
                  int norm, float *dz)
{
    int x;

    if (pitch == 1)
        for (x = 0; x < n; x++)
            dz[x] = dense_gradient(act, z[x], dy[x]);
    else if (act == BC_ACT_RELU)
        unfinish(BC_ACT_RELU, norm, z, dy, n, pitch, s, dz);
    else if (act == BC_ACT_TANH)
        unfinish(BC_ACT_TANH, norm, z, dy, n, pitch, s, dz);
    else
        unfinish(BC_ACT_NONE, norm, z, dy, n, pitch, s, dz);
}

void
ISA(cpu_add)(const float *from, size_t n, float *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        to[i] += from[i];
}
