/* ref_norm.c -- instance norm with scale and offset, as Keras's GroupNormalization(groups=-1).
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ref.h"

#include <math.h>

static void
statistics(size_t n, const double *x, double *mean_p, double *inverse_p)
{
    double mean = 0.0, variance = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        mean += x[i];
    mean /= (double)n;
    for (i = 0; i < n; i++)
        variance += (x[i] - mean) * (x[i] - mean);
    *mean_p = mean;
    *inverse_p = 1.0 / sqrt(variance / (double)n + BC_NORM_EPSILON);
}

void
ref_norm(const double *scale, const double *offset, int channels, size_t n, const double *x, double *y)
{
    int c;

    for (c = 0; c < channels; c++, x += n, y += n) {
        double mean, inverse;
        size_t i;

        statistics(n, x, &mean, &inverse);
        for (i = 0; i < n; i++)
            y[i] = (x[i] - mean) * inverse * scale[c] + offset[c];
    }
}

/* With z = (x - mean) * inverse:  dx = scale * inverse * (dy - mean(dy) - z * mean(dy * z)). */
void
ref_norm_back(const double *scale, int channels, size_t n, const double *x, const double *dy, double *dx,
              double *dscale, double *doffset)
{
    int c;

    for (c = 0; c < channels; c++, x += n, dy += n, dx += n) {
        double mean, inverse, sum = 0.0, dot = 0.0;
        size_t i;

        statistics(n, x, &mean, &inverse);
        for (i = 0; i < n; i++) {
            sum += dy[i];
            dot += dy[i] * (x[i] - mean) * inverse;
        }
        dscale[c] += dot;
        doffset[c] += sum;
        for (i = 0; i < n; i++)
            dx[i] = scale[c] * inverse * (dy[i] - sum / (double)n - (x[i] - mean) * inverse * dot / (double)n);
    }
}
