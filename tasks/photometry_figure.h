/* photometry_figure.h -- a figure of what predicted fluxes are worth.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PHOTOMETRY_FIGURE_H
#define PHOTOMETRY_FIGURE_H

#include "bandcast.h"

/* NAME.pdf and NAME.png, of the first row: errors of magnitudes, colours, radii and surface brightness, and how often
 * SIGMA is right; nothing if none of it was measured.  BAND and that of COLOUR are named ("" = not known); CREDIT
 * stands below. */
bc_status photometry_figure_write(const char *name, int clobber, bc_evaluation *evaluation, const char *band,
                                  const char *colour, const char *credit);

#endif
