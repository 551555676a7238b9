/* profile.h -- how a galaxy's light falls off: surface brightness in rings, curve of growth, radii.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PROFILE_H
#define BC_PROFILE_H

#include "bandcast.h"

struct bc_comparison;

struct bc_profile { bc_ring *ring; int n; };

/* Profiles of the true and the predicted galaxy of C, in the same rings about the true one, as far as at least half of
 * each ring has data, at the most a little beyond twice the true Petrosian radius; and what S has of it.  Without a
 * galaxy, and where there are no fluxes, *p has no rings.  The caller frees p->ring. */
bc_status bc_profile_measure(const struct bc_comparison *c, bc_image_score *s, struct bc_profile *p);

#endif
