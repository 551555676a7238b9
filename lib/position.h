/* position.h -- where a galaxy lies in a predicted image, and where in the true one.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_POSITION_H
#define BC_POSITION_H

#include "bandcast.h"

struct bc_comparison;

/* S's dx and dy: windowed centroid (SExtractor's XWIN, YWIN: Bertin & Arnouts 1996) of the predicted galaxy of C minus
 * that of the true one, pixels.  The window is that of S's true_r50 for both; NaN where one of them is not known. */
void bc_position_measure(const struct bc_comparison *c, bc_image_score *s);

#endif
