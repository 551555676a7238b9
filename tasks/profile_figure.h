/* profile_figure.h -- a figure of galaxies' surface brightness and curves of growth.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROFILE_FIGURE_H
#define PROFILE_FIGURE_H

#include "bandcast.h"

/* NAME.pdf and NAME.png: profiles, their differences and curves of growth of the first galaxies of the first row that
 * have a profile; nothing if none has one.  CREDIT stands below. */
bc_status profile_figure_write(const char *name, int clobber, bc_evaluation *evaluation, const char *credit);

#endif
