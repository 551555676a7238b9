/* gpu.h -- how a call of CUDA fails.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_GPU_H
#define BC_GPU_H

#include <cuda_runtime_api.h>

#include "bandcast.h"

/* BC_OK, or E as a status with a sentence; DOING says what failed: "copying a batch". */
bc_status gpu_check(cudaError_t e, const char *doing);

/* NBYTES on the GPU for WHAT; and the same, zeroed. */
bc_status gpu_take(size_t nbytes, const char *what, void **memory_p);
bc_status gpu_alloc(size_t nbytes, const char *what, void **memory_p);
/* On the host, zeroed, where the GPU reads and writes by itself; cudaFreeHost frees it. */
bc_status gpu_host_alloc(size_t nbytes, void **memory_p);

#endif
