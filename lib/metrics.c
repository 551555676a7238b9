/* metrics.c -- how near two images are.  Wang et al. (2004) for SSIM.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "bandcast.h"
#include "ssim.h"

double
bc_mae(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    size_t i, good = 0;

    for (i = 0; i < n; i++)
        if (isfinite(a[i]) && isfinite(b[i])) {
            sum += fabs((double)a[i] - b[i]);
            good++;
        }
    return good > 0 ? sum / (double)good : (double)NAN;
}

double
bc_mse(const float *a, const float *b, size_t n)
{
    double sum = 0.0;
    size_t i, good = 0;

    for (i = 0; i < n; i++)
        if (isfinite(a[i]) && isfinite(b[i])) {
            sum += ((double)a[i] - b[i]) * ((double)a[i] - b[i]);
            good++;
        }
    return good > 0 ? sum / (double)good : (double)NAN;
}

double
bc_ssim(const float *a, const float *b, long nx, long ny, double range)
{
    size_t  n = (size_t)nx * ny, i;
    double *x, *y, ssim;

    if (nx < BC_SSIM_TAPS || ny < BC_SSIM_TAPS)
        return (double)NAN;
    x = malloc(2 * n * sizeof *x);
    if (x == NULL)
        return (double)NAN;
    y = x + n;
    for (i = 0; i < n; i++) {
        x[i] = isfinite(a[i]) ? a[i] : (double)NAN;
        y[i] = isfinite(b[i]) ? b[i] : (double)NAN;
    }
    ssim = bc_ssim_mean(x, y, (int)ny, (int)nx, range, NULL);
    free(x);
    return ssim;
}
