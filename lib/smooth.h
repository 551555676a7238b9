/* smooth.h -- an image convolved with a Gaussian.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_SMOOTH_H
#define BC_SMOOTH_H

#include "status.h"

/* IMAGE, which must stay open, convolved with a Gaussian of SIGMA pixels: an image by rows.
 * Pixels without a datum count for nothing in those around them and stay as they are. */
bc_status bc_image_smooth(const bc_image *image, double sigma, bc_image **image_p);

#endif
