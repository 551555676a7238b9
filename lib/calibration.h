/* calibration.h -- how bright is a pixel of value 1.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CALIBRATION_H
#define BC_CALIBRATION_H

#include "bandcast.h"

struct bc_calibration {
    double zeropoint;       /* AB magnitude of a pixel of value 1; NaN = unknown */
    int    said;            /* the user, the unit or a card says something of it, be it enough or not */
    char   how[160];        /* by what it is known, or why it is not */
};

/* Of IMAGE, which shows BAND ("" = unknown). */
void bc_calibrate(const bc_image *image, const char *band, struct bc_calibration *c);

/* AB zero point of 1 UNIT in a pixel of PIXEL_SR steradian (0 = unknown); NaN = not known.  That of a flux per
 * wavelength is of the pivot wavelength of BAND, and *ANGSTROM_P is it, else 0. */
double bc_band_zeropoint(const char *band, const char *unit, double pixel_sr, double *angstrom_p);

/* A note on IMAGE where its unit and a card contradict each other. */
void bc_calibration_compare(bc_image *image);

#endif
