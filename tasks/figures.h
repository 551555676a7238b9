/* figures.h -- figures of an evaluation, PDF and PNG: those of Zaazou et al. (2025), profiles and photometry.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef FIGURES_H
#define FIGURES_H

#include "bandcast.h"

struct figures;

/* PREFIX_images, _morph, _profiles and _photometry, each .pdf and .png, are to be written; an existing one is
 * refused unless CLOBBER.  COLOUR as in bc_evaluation_options.  BC_UNSUPPORTED if this build has no cairo. */
bc_status figures_open(const char *prefix, const char *colour, int clobber, struct figures **figures_p);
void      figures_close(struct figures *figures);

/* For bc_evaluation_options: keeps the first galaxies for PREFIX_images. */
void      figures_show(void *figures, const bc_shown *shown);

/* Draw: inputs, truth, prediction and residual of each galaxy kept; distributions of Gini and M20;
 * where pixels are fluxes, profiles and what the photometry is worth.  CREDIT stands below them. */
bc_status figures_write(struct figures *figures, bc_evaluation *evaluation, const char *credit);

#endif
