/* lattice.h -- where the corners of one image's pixels are among those of another.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_LATTICE_H
#define BC_LATTICE_H

#include "wcs.h"

/* Exact positions every so many pixels and between them bilinear interpolation, which is checked in
 * the middle of each cell and each side: where it is off by more than BC_LATTICE_ERROR pixels, the
 * cells are halved, down to a pixel, where all positions are exact. */
#define BC_LATTICE_ERROR 2.5e-4
enum { BC_LATTICE_BAND = 64 };      /* rows of pixels that are worked out at a time */

struct bc_lattice;

/* Of the NX x NY pixels of the image of FROM in that of TO; both WCS stay the caller's. */
bc_status bc_lattice_open(struct bc_wcs *from, struct bc_wcs *to, long nx, long ny,
                          struct bc_lattice **lattice_p);
void      bc_lattice_close(struct bc_lattice *lattice);

/* Work out band BAND: rows of pixels from BAND * BC_LATTICE_BAND on. */
bc_status bc_lattice_band(struct bc_lattice *lattice, long band);

/* The nx + 1 corners between row Y - 1 and row Y of that band (Y up to the row behind it, all from
 * 0 on): pixel (i, j) of TO has its corners at i, i + 1 and j, j + 1.  Multiples of 2^-20 pixels,
 * so that grids which differ by rounding only are one grid; NaN where there is no sky. */
void      bc_lattice_row(const struct bc_lattice *lattice, long y, double *u, double *v);

/* Of the rows [Y0, Y1) of this band, all that is within BC_LATTICE_MARGIN of TO's columns 0 to NU
 * lies between TO's rows *low_p and *high_p; infinite and the wrong way round if nothing is. */
#define BC_LATTICE_MARGIN 4.0
void      bc_lattice_reach(const struct bc_lattice *lattice, long y0, long y1, long nu,
                           double *low_p, double *high_p);

#endif
