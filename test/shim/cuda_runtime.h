/* cuda_runtime.h -- as much of CUDA's language as the kernels use, for a C++ compiler: with this folder
 * first among those of the headers, cuda/\*.cu are C++, and a launch runs them thread by thread
 * (shim.cc).  Barriers and shuffles are real; a thread that misses one is found, as is one that writes
 * beyond its block's shared memory.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef SHIM_CUDA_RUNTIME_H
#define SHIM_CUDA_RUNTIME_H

#include <math.h>
#include <string.h>
#include <functional>
#include <tuple>

#include "cuda_runtime_api.h"

#define __device__
#define __host__
#define __global__
#define __shared__
#define __constant__
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)

struct uint3 { unsigned x, y, z; };
struct uint2 { unsigned x, y; };
struct alignas(16) uint4 { unsigned x, y, z, w; };
struct alignas(8) float2 { float x, y; };
struct alignas(16) double2 { double x, y; };

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned nx = 1, unsigned ny = 1, unsigned nz = 1) : x(nx), y(ny), z(nz) { }
};

/* Those of the thread that runs. */
extern uint3 threadIdx, blockIdx;
extern dim3  blockDim, gridDim;

void shim_syncthreads(void);
void shim_shuffle(void *value, size_t bytes, int lanes);

static inline void __syncthreads(void) { shim_syncthreads(); }
static inline void __threadfence(void) { }
static inline int min(int a, int b) { return a < b ? a : b; }
static inline int max(int a, int b) { return a > b ? a : b; }
static inline uint2 make_uint2(unsigned x, unsigned y) { return { x, y }; }
static inline uint4 make_uint4(unsigned x, unsigned y, unsigned z, unsigned w) { return { x, y, z, w }; }
static inline float2 make_float2(float x, float y) { return { x, y }; }
static inline double2 make_double2(double x, double y) { return { x, y }; }

static inline unsigned
__float_as_uint(float x)
{
    unsigned u;

    memcpy(&u, &x, sizeof u);
    return u;
}

static inline float
__uint_as_float(unsigned u)
{
    float x;

    memcpy(&x, &u, sizeof x);
    return x;
}

template <typename T> static inline T
__ldcg(const T *p)
{
    return *p;
}

static inline unsigned
atomicInc(unsigned *p, unsigned most)
{
    unsigned old = *p;

    *p = old >= most ? 0 : old + 1;
    return old;
}

/* Every lane of the warp must come here, as the mask of all of them says. */
template <typename T> static inline T
__shfl_xor_sync(unsigned, T value, int lanes)
{
    shim_shuffle(&value, sizeof value, lanes);
    return value;
}

struct cudaLaunchConfig_t {
    dim3         gridDim, blockDim;
    size_t       dynamicSmemBytes;
    cudaStream_t stream;
};

cudaError_t shim_launch(const cudaLaunchConfig_t *config, const std::function<void()> &kernel);
/* Work for a stream; that which all share, NULL, does it at once. */
cudaError_t shim_put(cudaStream_t stream, const std::function<void()> &work);

template <typename... P, typename... A> cudaError_t
cudaLaunchKernelEx(const cudaLaunchConfig_t *config, void (*kernel)(P...), A &&...arguments)
{
    std::tuple<P...> values(arguments...);

    return shim_launch(config, [=] { std::apply(kernel, values); });
}

#endif
