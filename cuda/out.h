/* out.h -- the last layer, 7x7 to a few channels: how its kernels share out the work.
 * A lane of a warp looks after two input channels, L lanes after a pixel's, so that reads are whole lines and
 * each number that is read serves 7 x 2 products or more, from registers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_OUT_H
#define BC_OUT_H

#include "device.h"

enum {
    K      = BC_OUT_K,
    PAD    = K / 2,
    WARP   = 32,
    WARPS  = 8,     /* rows of the image that a block looks after: 7 of 14 that it reads are its neighbours' too */
    PLANES = 4      /* output channels that a kernel makes at a time: more are made by more launches */
};

/* Few channels leave lanes over, which then take other columns: 8 lanes for up to 16 channels, else 32, as where many
 * outputs make those columns too many for the shared memory. */
static inline int
lanes_of(const struct bc_out *o)
{
    return o->x.c <= 16 && o->nout <= 8 ? 8 : WARP;
}

/* Output channels from FIRST on that a kernel is compiled for: 3 are computed as 4. */
static inline int
planes_of(const struct bc_out *o, int first)
{
    int n = min(o->nout - first, (int)PLANES);

    return n == 3 ? 4 : n;
}

/* Two input channels' kernel elements of row KY, for NOUT outputs from FIRST on; those of no output are zero. */
template <int NOUT> static __device__ inline void
kernel_row(const struct bc_out &o, int first, int ky, int ch, float2 (&w)[NOUT][K])
{
#pragma unroll
    for (int k = 0; k < NOUT; k++)
#pragma unroll
        for (int kx = 0; kx < K; kx++)
            w[k][kx] = first + k < o.nout
                ? load_two(o.kernel + (((size_t)(first + k) * K + ky) * K + kx) * o.x.c + ch) : make_float2(0.0f, 0.0f);
}

#endif
