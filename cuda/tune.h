/* tune.h -- which plans for a convolution run, and which of them is the fastest.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_TUNE_H
#define BC_TUNE_H

#include "conv.h"

/* Number of the fastest of the N plans in LIST, all of SHAPE, on STREAM, to which MAKER's work goes; -1: none of them
 * runs, and bc_message() says why the last one does not.  One alone is run once. */
bc_status conv_fastest(struct conv_maker *maker, cudaStream_t stream, const struct conv_shape *shape,
                       const struct conv *const *list, int n, int *best_p);

#endif
