/* ref_loss.c -- the loss of Zaazou et al. (2025): L1 + lambda (1 - SSIM), data range 1.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ref.h"

#include <math.h>

#include "ssim.h"

double
ref_loss(const double *truth, const double *y, int h, int w, double lambda, double *dy)
{
    size_t n = (size_t)h * w, i;
    double l1 = 0.0, ssim;

    for (i = 0; i < n; i++)
        l1 += fabs(y[i] - truth[i]);
    if (lambda == 0.0) {            /* also for images too small for a window */
        for (i = 0; dy != NULL && i < n; i++)
            dy[i] = 0.0;
        ssim = 1.0;
    } else {
        ssim = bc_ssim_mean(truth, y, h, w, 1.0, dy);
    }
    for (i = 0; dy != NULL && i < n; i++)
        dy[i] = -lambda * dy[i] + ((y[i] > truth[i]) - (y[i] < truth[i])) / (double)n;
    return l1 / (double)n + lambda * (1.0 - ssim);
}
