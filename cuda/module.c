/* module.c -- what the GPU module shows to the library.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "module.h"

#include "config.h"
#include "plan.h"
#include "status.h"

/* The first generation that has kernels in this module. */
enum { LEAST_GENERATION = BC_CUDA_FIRST };

/* GPUs are numbered as CUDA does.  One that is too old makes all those from there on unusable:
 * their numbers would move. */
static int
probe(void)
{
    struct cudaDeviceProp of;
    int                   n = 0, i, driver = 0;
    cudaError_t           e = cudaGetDeviceCount(&n);

    cudaDriverGetVersion(&driver);
    if (e == cudaErrorInsufficientDriver && driver == 0)
        bc_fail(BC_NO_DEVICE, "no NVIDIA driver is running");
    else if (e == cudaErrorInsufficientDriver)
        bc_fail(BC_NO_DEVICE, "the NVIDIA driver is for CUDA %d.%d, this build for %d.%d; a newer "
                "driver is needed", driver / 1000, driver % 1000 / 10, CUDART_VERSION / 1000,
                CUDART_VERSION % 1000 / 10);
    else if (e != cudaSuccess)
        bc_fail(BC_NO_DEVICE, "no GPU can be used: %s", cudaGetErrorString(e));
    else if (n == 0)
        bc_fail(BC_NO_DEVICE, "this machine has no GPU");
    for (i = 0; e == cudaSuccess && i < n; i++)
        if (cudaGetDeviceProperties(&of, i) == cudaSuccess
            && 10 * of.major + of.minor < LEAST_GENERATION) {
            bc_fail(BC_NO_DEVICE,
                    "GPU %d is of generation %d.%d, this build is for %d.%d and later", i, of.major,
                    of.minor, LEAST_GENERATION / 10, LEAST_GENERATION % 10);
            break;
        }
    return e == cudaSuccess ? i : 0;
}

static const struct bc_backend backend = {
    "cuda", 64, probe, cuda_describe, cuda_compile, cuda_run, cuda_step, cuda_read, cuda_release
};

BC_API extern const struct bc_module bandcast_cuda_module;
const struct bc_module bandcast_cuda_module = { BC_MODULE_INTERFACE, PACKAGE_VERSION, &backend,
                                                bc_message };
