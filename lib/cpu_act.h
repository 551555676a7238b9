/* cpu_act.h -- activations on vectors.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_ACT_H
#define BC_CPU_ACT_H

#include "cpu_vector.h"

/* tanh x = e / (e + 2), e = exp(2 x) - 1.  With 2 x = k ln 2 + r, e = 2^k (exp r - 1) + (2^k -
 * 1), where exp r - 1 is its series up to r^7: within 2.4e-7 of the value, for small x too.  NaN
 * stays NaN. */
static inline V
vector_tanh(V x)
{
    /* Added to a number, 1.5 * 2^23 leaves its nearest integer in the low bits. */
    const V big = splat(10.0f), round = splat(12582912.0f);
    V       t, k, r, p, two, e;

    x = choose(x > big, big, choose(x < -big, -big, x));
    x = x + x;
    t = x * splat(1.44269504f) + round;
    k = t - round;
    r = x - k * splat(0.693145752f) - k * splat(1.42860677e-6f);    /* ln 2 in two pieces */
    p = splat(1.0f / 5040);
    p = p * r + splat(1.0f / 720);
    p = p * r + splat(1.0f / 120);
    p = p * r + splat(1.0f / 24);
    p = p * r + splat(1.0f / 6);
    p = p * r + splat(0.5f);
    p = p * r + splat(1.0f);
    p = p * r;
    two = (V)(((VI)t << 23) + (127 << 23));
    e = two * p + (two - splat(1.0f));
    return e / (e + splat(2.0f));
}

static inline __attribute__((always_inline)) V
activate(enum bc_act act, V x)
{
    if (act == BC_ACT_RELU)
        return choose(x <= (V){0}, (V){0}, x);      /* so that a NaN is seen, not hidden */
    return act == BC_ACT_TANH ? vector_tanh(x) : x;
}

/* d times the activation's slope, from the activation's value. */
static inline __attribute__((always_inline)) V
slope(enum bc_act act, V value, V d)
{
    if (act == BC_ACT_RELU)
        return choose(value > (V){0}, d, (V){0});
    return act == BC_ACT_TANH ? d * (splat(1.0f) - value * value) : d;
}

#endif
