/* cpu_adam.c -- Adam as TensorFlow writes it: epsilon is outside the bias correction.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

#include <math.h>

void
ISA(cpu_adam)(const struct bc_plan_options *o, double rate, long step, size_t n, const float *grad,
              float *value, float *m, float *v)
{
    double power = (double)step;
    float  alpha = (float)(rate * sqrt(1.0 - pow(o->beta2, power)) / (1.0 - pow(o->beta1, power)));
    float  new1 = (float)(1.0 - o->beta1), new2 = (float)(1.0 - o->beta2);
    float  epsilon = (float)o->epsilon;
    size_t i;

    for (i = 0; i < n; i++) {
        float g = grad[i], mi = m[i] + (g - m[i]) * new1, vi = v[i] + (g * g - v[i]) * new2;

        m[i] = mi;
        v[i] = vi;
        value[i] -= alpha * mi / (sqrtf(vi) + epsilon);
    }
}
