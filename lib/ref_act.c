/* ref_act.c -- activations.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ref.h"

#include <math.h>

void
ref_act(enum bc_act act, size_t n, double *x)
{
    size_t i;

    for (i = 0; i < n; i++)
        x[i] = act == BC_ACT_RELU ? (x[i] > 0.0 ? x[i] : 0.0) : act == BC_ACT_TANH ? tanh(x[i]) : x[i];
}

void
ref_act_back(enum bc_act act, size_t n, const double *y, double *d)
{
    size_t i;

    for (i = 0; i < n; i++)
        d[i] *= act == BC_ACT_RELU ? (y[i] > 0.0) : act == BC_ACT_TANH ? 1.0 - y[i] * y[i] : 1.0;
}
