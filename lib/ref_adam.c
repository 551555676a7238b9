/* ref_adam.c -- Adam as TensorFlow's legacy optimiser writes it: epsilon is outside the bias correction.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ref.h"

#include <math.h>

void
ref_adam(const struct bc_plan_options *o, double rate, long step, size_t n, const double *grad, float *value,
         float *m, float *v)
{
    double alpha = rate * sqrt(1.0 - pow(o->beta2, (double)step)) / (1.0 - pow(o->beta1, (double)step));
    size_t i;

    for (i = 0; i < n; i++) {
        double mi = m[i] + (grad[i] - m[i]) * (1.0 - o->beta1);
        double vi = v[i] + (grad[i] * grad[i] - v[i]) * (1.0 - o->beta2);

        value[i] = (float)(value[i] - alpha * mi / (sqrt(vi) + o->epsilon));
        m[i] = (float)mi;
        v[i] = (float)vi;
    }
}
