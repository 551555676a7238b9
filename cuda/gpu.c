/* gpu.c -- how a call of CUDA fails; memory; what other threads must not be disturbed by.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "gpu.h"

#include <pthread.h>
#include <string.h>

#include "status.h"

bc_status
gpu_check(cudaError_t e, const char *doing)
{
    if (e == cudaSuccess)
        return BC_OK;
    cudaGetLastError(); /* one that can be survived must not turn up again in a later call */
    if (e == cudaErrorMemoryAllocation)
        return bc_fail(BC_NO_MEMORY, "out of memory on the GPU, %s", doing);
    return bc_fail(BC_NO_DEVICE, "the GPU failed, %s: %s", doing, cudaGetErrorString(e));
}

bc_status
gpu_take(size_t nbytes, const char *what, void **memory_p)
{
    void       *memory = NULL;
    cudaError_t e = cudaMalloc(&memory, nbytes > 0 ? nbytes : 1);

    if (e == cudaErrorMemoryAllocation) {
        cudaGetLastError();
        return bc_fail(BC_NO_MEMORY, "out of memory on the GPU (%zu MB for %s)",
                       nbytes / 1000000 + 1, what);
    }
    if (e == cudaSuccess)
        *memory_p = memory;
    return gpu_check(e, "taking memory");
}

bc_status
gpu_alloc(size_t nbytes, const char *what, cudaStream_t stream, void **memory_p)
{
    bc_status st = gpu_take(nbytes, what, memory_p);

    return st == BC_OK ? gpu_check(cudaMemsetAsync(*memory_p, 0, nbytes, stream), "clearing memory") : st;
}

bc_status
gpu_host_alloc(size_t nbytes, void **memory_p)
{
    cudaError_t e = cudaHostAlloc(memory_p, nbytes, cudaHostAllocDefault);

    if (e == cudaErrorMemoryAllocation) {
        cudaGetLastError();
        return bc_fail(BC_NO_MEMORY, "out of memory (%zu MB for samples, where the GPU reaches them)",
                       nbytes / 1000000 + 1);
    }
    if (e == cudaSuccess)
        memset(*memory_p, 0, nbytes);
    return gpu_check(e, "taking host memory");
}

bc_status
gpu_copy(void *to, const void *from, size_t n, enum cudaMemcpyKind kind, cudaStream_t stream)
{
    cudaError_t e = cudaMemcpyAsync(to, from, n * sizeof(float), kind, stream);

    return gpu_check(e == cudaSuccess ? cudaStreamSynchronize(stream) : e, "copying weights");
}

static pthread_rwlock_t turn = PTHREAD_RWLOCK_INITIALIZER;

void
gpu_lock(int alone)
{
    if (alone)
        pthread_rwlock_wrlock(&turn);
    else
        pthread_rwlock_rdlock(&turn);
}

void
gpu_unlock(void)
{
    pthread_rwlock_unlock(&turn);
}
