/* gpu.h -- how a call of CUDA fails; memory; what other threads must not be disturbed by.
 *
 * Other threads may use the same GPU, and one of them may be recording its work (replay.c): whoever waits for the
 * whole GPU then fails, and ends that recording.  So we wait for our own streams only, and all work has one of them.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_GPU_H
#define BC_GPU_H

#include <cuda_runtime_api.h>

#include "bandcast.h"

/* BC_OK, or E as a status with a sentence; DOING says what failed: "copying a batch". */
bc_status gpu_check(cudaError_t e, const char *doing);

/* NBYTES on the GPU for WHAT; and the same, zeroed before what comes next on STREAM. */
bc_status gpu_take(size_t nbytes, const char *what, void **memory_p);
bc_status gpu_alloc(size_t nbytes, const char *what, cudaStream_t stream, void **memory_p);
/* On the host, zeroed, where the GPU reads and writes by itself; cudaFreeHost frees it. */
bc_status gpu_host_alloc(size_t nbytes, void **memory_p);
/* N weights from or to any host memory, after what is on STREAM; they are there when it returns. */
bc_status gpu_copy(void *to, const void *from, size_t n, enum cudaMemcpyKind kind, cudaStream_t stream);

/* cuDNN waits for the whole GPU where it starts and ends, and giving back memory may.  Any number of threads may do
 * that at a time, or one may record: ALONE. */
void gpu_lock(int alone);
void gpu_unlock(void);

#endif
