/* units.h -- units of flux, and of area on the sky.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_UNITS_H
#define BC_UNITS_H

#include <stddef.h>

#define BC_SR_PER_ARCSEC2 2.350443053909789e-11

/* Magnitudes of flux per wavelength: -2.5 log10(erg/s/cm2/Angstrom) - 21.1. */
#define BC_ST_ZEROPOINT (-21.1)

/* UNIT as the FITS standard spells it: "uJy" for "UJY", "10**-6 Jy" for "1e-6 Jansky"; what is not known as it is. */
void   bc_unit_spell(const char *unit, char *spelled, size_t size);

/* "mjy/sr": millijansky by its first letter, but who writes it means mega; bc_unit_zeropoint does not know it. */
int    bc_unit_is_ambiguous(const char *unit);

/* Zero point of that kind of 1 UNIT, and of pixels of PIXEL_SR steradian; NaN if it is not a flux per wavelength. */
double bc_unit_st_zeropoint(const char *unit, double pixel_sr);
/* The AB zero point of what has the ST zero point ST at a pivot wavelength in Angstrom. */
double bc_st_to_ab(double st, double angstrom);

/* 1: surface brightness, 0: a pixel of twice the solid angle has twice the value.  Units that we do not know are asked
 * for their name. */
int    bc_unit_is_brightness(const char *unit);

#endif
