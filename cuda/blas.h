/* blas.h -- cuBLASLt, which cuDNN loads by itself, and ends the program where it cannot.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_BLAS_H
#define BC_BLAS_H

#include "bandcast.h"

/* That of CUDA's generation, 12 or 13: loaded where cuDNN would look, and it stays, so that cuDNN finds the same. */
bc_status blas_load(int generation);

#endif
