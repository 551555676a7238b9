/* units.h -- units of flux, and of area on the sky.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_UNITS_H
#define BC_UNITS_H

#define BC_SR_PER_ARCSEC2 2.350443053909789e-11

#endif
