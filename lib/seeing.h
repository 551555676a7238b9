/* seeing.h -- how wide the stars of an image are.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_SEEING_H
#define BC_SEEING_H

#include "status.h"

/* FWHM in arcsec of the stars of IMAGE, and in FROM (SIZE bytes) "12 stars", or if there are too
 * few of its card PSF_FWHM, FWHM or SEEING, "card FWHM"; NaN and "" if neither is known. */
bc_status bc_seeing(const bc_image *image, double *fwhm_p, char *from, size_t size);

#endif
