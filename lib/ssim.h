/* ssim.h -- structural similarity and its gradient (Wang et al. 2004), as tf.image.ssim computes it.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_SSIM_H
#define BC_SSIM_H

enum { BC_SSIM_TAPS = 11 };                         /* Gaussian, sigma 1.5, normalised to sum 1 */
extern const double bc_ssim_weights[BC_SSIM_TAPS];  /* exp(-r^2 / 4.5) / sum */

/* Mean SSIM of images x (the truth) and y, (h, w), data range RANGE, over the (h-10, w-10) windows that fit
 * inside and hold no NaN.  dy = gradient of that mean by y (NULL if not wanted), 0 where x is NaN.
 * NaN if no window is left or there is no memory. */
double bc_ssim_mean(const double *x, const double *y, int h, int w, double range, double *dy);

/* Mean luminance times mean contrast times mean structure of the same windows, variances and the covariance cut at 0:
 * what the authors of Zaazou et al. (2025) call SSIM when they validate.  NaN as above. */
double bc_ssim_factors(const double *x, const double *y, int h, int w, double range);

#endif
