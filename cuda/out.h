/* out.h -- the last layer, 7x7 to a few channels: how its kernels share out the work.
 * A lane of a warp looks after two input channels, L lanes after a pixel's, so that reads are whole lines and
 * each number that is read serves 7 x 2 products or more, from registers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_OUT_H
#define BC_OUT_H

#include "device.h"

enum {
    K     = BC_OUT_K,
    PAD   = K / 2,
    WARP  = 32,
    WARPS = 8       /* rows of the image that a block looks after: 7 of 14 that it reads are its neighbours' too */
};

/* Few channels leave lanes over, which then take other columns: 8 lanes for up to 16 channels, else 32. */
static inline int
lanes_of(int c)
{
    return c <= 16 ? 8 : WARP;
}

/* Output channels that a kernel is compiled for: 3 are computed as 4. */
static inline int
planes_of(int nout)
{
    return nout == 3 ? 4 : nout;
}

/* Two input channels' kernel elements of row KY, for NOUT outputs; those of no output are zero. */
template <int NOUT> static __device__ inline void
kernel_row(const struct bc_out &o, int ky, int ch, float2 (&w)[NOUT][K])
{
#pragma unroll
    for (int k = 0; k < NOUT; k++)
#pragma unroll
        for (int kx = 0; kx < K; kx++)
            w[k][kx] = k < o.nout ? load_two(o.kernel + (((size_t)k * K + ky) * K + kx) * o.x.c + ch)
                                  : make_float2(0.0f, 0.0f);
}

#endif
