/* plan_layer.h -- what the kernels are told of a plan's layers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PLAN_LAYER_H
#define BC_PLAN_LAYER_H

#include "plan.h"

struct bc_view  plan_source(const struct bc_plan *p, int i);    /* what layer I reads */
void           *plan_kernel(const struct bc_plan *p, int i);    /* of its convolution */
struct bc_apply plan_apply(const struct bc_plan *p, int i);     /* what follows that */
struct bc_out   plan_out(const struct bc_plan *p, const float *in);     /* the last layer */

#endif
