/* inputs.h -- the channels of a local generator: bands without holes, and where there were some.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_INPUTS_H
#define BC_INPUTS_H

#include "stretch.h"

/* Fluxes of nin bands, N pixels of each, PITCH floats from one to the next, and behind them nin planes of the same
 * pitch.  Those become 1 where the band is NaN and 0 where it has a datum (mostly 0: a plane of ones would drown the
 * bands in the first layer, and training did not get off the ground).  Where it is NaN the band gets the flux that the
 * other bands let expect of a source of usual colour (s->colour), weighted by how well they see one; 0 where no
 * band has a datum. */
void bc_inputs_complete(const struct bc_stretch *s, float *planes, size_t pitch, size_t n);
/* Of its result, at pixel I: bit b is set where band b had no datum. */
uint64_t bc_inputs_missing(const float *planes, int nin, size_t pitch, size_t i);

/* Colours: the geometric mean of each band over pixels that are bright in all, from many images. */
struct bc_colours {
    int    n;                           /* bands */
    double sum[BC_MAX_INPUT], pixels;
};
/* Pixels of (c->n, npix) above 10 SIGMA of their band. */
void bc_colours_add(struct bc_colours *c, const float *bands, const double *sigma, size_t npix);
/* COLOUR (n), their product 1; that of the noise if no pixel is bright. */
void bc_colours_get(const struct bc_colours *c, const double *noise, double *colour);

#endif
