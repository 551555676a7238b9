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

/* FUNCTION of the images in double; NaN where a pixel is not finite. */
static double
measure(double (*function)(const double *, const double *, int, int, double), const float *a, const float *b, long nx,
        long ny, double range)
{
    size_t  n = (size_t)nx * ny, i;
    double *x, *y, value;

    if (nx < BC_SSIM_TAPS || ny < BC_SSIM_TAPS || !(range > 0.0))
        return (double)NAN;
    x = malloc(2 * n * sizeof *x);
    if (x == NULL)
        return (double)NAN;
    y = x + n;
    for (i = 0; i < n; i++) {
        x[i] = isfinite(a[i]) ? a[i] : (double)NAN;
        y[i] = isfinite(b[i]) ? b[i] : (double)NAN;
    }
    value = function(x, y, (int)ny, (int)nx, range);
    free(x);
    return value;
}

static double
mean_ssim(const double *x, const double *y, int h, int w, double range)
{
    return bc_ssim_mean(x, y, h, w, range, NULL);
}

double
bc_ssim(const float *a, const float *b, long nx, long ny, double range)
{
    return measure(mean_ssim, a, b, nx, ny, range);
}

double
bc_ssim_lcs(const float *a, const float *b, long nx, long ny, double range)
{
    return measure(bc_ssim_factors, a, b, nx, ny, range);
}
