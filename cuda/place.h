/* place.h -- where in a plan's memory each layer's tensors lie.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PLACE_H
#define BC_PLACE_H

#include "plan.h"

/* Gives each tensor of p->m its place; *size_p = the bytes of them all. */
bc_status plan_place(struct bc_plan *p, size_t *size_p);
/* From places to pointers, now that p->memory is there. */
void      plan_point(struct bc_plan *p);

#endif
