/* stretch.h -- between fluxes and the numbers that a network sees.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_STRETCH_H
#define BC_STRETCH_H

#include "bandcast.h"

enum { BC_MAX_INPUT = 64, BC_MAX_OUTPUT = 8, BC_MAX_BAND = BC_MAX_INPUT + BC_MAX_OUTPUT };

enum bc_stretch_kind {
    BC_STRETCH_MINMAX,      /* Zaazou et al. (2025): asinh, then the image's own [min, max] to [0, 1]; no way back */
    BC_STRETCH_UNIT,        /* x / 255, for 8-bit composites */
    BC_STRETCH_FLUX         /* asinh(x / (softening * scale * noise[b])) / range: the way back needs the inputs only */
};

/* Constants of a model.  NOISE is the sky noise of each band that is typical for the training set, in the band's
 * unit; it fixes the ratio between bands, so that colours pass through.  An object's one SCALE is how its
 * inputs' noise compares to it: an image twice as bright, noise included, gives exactly twice the output. */
struct bc_stretch {
    enum bc_stretch_kind kind;
    int                  nin;
    double               softening;                 /* in units of the noise: 2 */
    double               range;                     /* asinh value that becomes 1 */
    double               noise[BC_MAX_BAND];         /* inputs, then the output bands */
    double               gain[BC_MAX_OUTPUT];       /* predicted fluxes are multiplied by it; 1 */
    double               colour[BC_MAX_INPUT];      /* of usual sources, local generators only: ratios of the inputs */
};

/* "minmax", "unit", "flux" -> kind; BC_BAD_ARG otherwise. */
bc_status   bc_stretch_parse(const char *name, enum bc_stretch_kind *kind_p);
const char *bc_stretch_name(enum bc_stretch_kind kind);

/* The object's scale from the sky noise of its inputs (nin): geometric mean of sigma[b] / noise[b]; 1 for kinds that
 * have none.  BC_BAD_SHAPE if a sigma is not a positive number. */
bc_status bc_stretch_scale(const struct bc_stretch *s, const double *sigma, double *scale_p);

/* Network units of one image of band B (from nin on: the output bands).  NaN stays NaN.  u may be x. */
void bc_stretch_apply(const struct bc_stretch *s, int b, double scale, const float *x, size_t n,
                      float *u);

/* The same for a part of an image: minmax needs the limits of all of it.  They start as { INFINITY,
 * -INFINITY } and are widened to hold x. */
void bc_stretch_limits(const float *x, size_t n, float limits[2]);
void bc_stretch_apply_within(const struct bc_stretch *s, int b, double scale, const float limits[2],
                             const float *x, size_t n, float *u);

/* Half of what lies between u - error and u + error in the unit of the output band B; for minmax the error itself. */
double bc_stretch_error(const struct bc_stretch *s, int b, double scale, double u, double error);

/* Back to the unit of the output band B, in place; for minmax u is left as it is. */
void bc_stretch_invert(const struct bc_stretch *s, int b, double scale, float *u, size_t n);

#endif
