/* kernels.h -- what the GPU computes beside the convolutions: launches, to be called from C.
 *
 * Every function puts its work on STREAM and returns what the launch gave; none waits, allocates or
 * keeps state, so that all may be captured in a graph.  Everything is deterministic: sums are taken
 * in an order that the shapes alone decide, no floating-point number is added atomically.  Pointers
 * are device memory, aligned to 16 bytes.  Statistics, weights and their gradients are float,
 * whatever the type of the layers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_KERNELS_H
#define BC_KERNELS_H

#include <stddef.h>
#include <cuda_runtime_api.h>

#include "backend.h"

#ifdef __cplusplus
extern "C" {
#endif

enum bc_type { BC_F32, BC_BF16 };

/* A tensor between layers: (n, h, w, c) in a canvas of (n, rows, cols, c), first pixel at (y0, x0);
 * c is a multiple of 8, the channels beyond a layer's own hold zeros.  The element (i, y, x, ch) is
 * number ((i rows + y0 + y) cols + x0 + x) c + ch. */
struct bc_view {
    void        *at;
    enum bc_type type;
    int          n, h, w, c, rows, cols, y0, x0;
};

/* What stands around (h, w) in a canvas.  Written: nothing, mirror images or zeros.  In a gradient,
 * REFLECT is folded onto the pixels that were mirrored; any other border is not read. */
enum bc_border { BC_BORDER_NONE, BC_BORDER_REFLECT, BC_BORDER_ZERO };

enum {
    BC_MOST_SAMPLES   = 1024,   /* n of a view */
    BC_MOST_CHANNELS  = 4096,   /* c of a view */
    BC_MOST_GRADIENTS = 4,      /* readers of one layer */
    BC_MOST_PLANES    = 16,     /* nout of the output layer */
    BC_MOST_INPUTS    = 16,     /* nin of its combine */
    BC_OUT_K          = 7,      /* its kernel */
    BC_COUNTERS       = 16 * (BC_MOST_SAMPLES + 1)  /* of each sample and of all: a plane's, or 256 channels' */
};

/* Scratch of a call: at least as many bytes as the function for it says, BC_COUNTERS first.  Zeroed once after
 * it was allocated; every call leaves the counters in it at zero, so calls one after another may share it. */
size_t cuda_norm_scratch(int n, int h, int w, int c);                   /* stats, apply_back */
size_t cuda_out_scratch(int n, int h, int w, int c, int nin, int nout); /* out_back */
size_t cuda_loss_scratch(int n, int nout, int h, int w);                /* loss */

/* in (n, nin, h, w) float -> canvas, channels nin .. c-1 zero. */
cudaError_t cuda_pack(const float *in, int nin, const struct bc_view *canvas, enum bc_border border,
                      cudaStream_t stream);

/* The first nout channels of a view -> out (n, nout, h, w) float. */
cudaError_t cuda_unpack(const struct bc_view *view, int nout, float *out, cudaStream_t stream);

/* mean and 1 / sqrt(variance + BC_NORM_EPSILON) over (h, w), (n, c) each. */
cudaError_t cuda_stats(const struct bc_view *z, float *mean, float *inverse, void *scratch,
                       cudaStream_t stream);

/* What follows a convolution: out = act(norm(z)) + skip in one pass, border included.
 * norm(z) = (z - mean) inverse scale + offset; mean NULL: z + offset, a bias; offset NULL too: z. */
struct bc_apply {
    struct bc_view z;                   /* what the convolution gave */
    const float   *mean, *inverse;      /* (n, c) */
    const float   *scale, *offset;      /* (c) */
    enum bc_act    act;
};
cudaError_t cuda_apply(const struct bc_apply *a, const struct bc_view *skip,
                       const struct bc_view *out, enum bc_border border, cudaStream_t stream);

/* Backward of cuda_apply.  The gradient by its output is the sum over FROM, whose borders are
 * folded; sum is where that is kept, for the skip's own layer, or NULL.  dz is written with its
 * border, NONE or ZERO.  dscale and doffset (c) are set; NULL where there is nothing to learn.
 * a->z.at may be NULL where there is neither norm nor act. */
struct bc_gradient {
    struct bc_view view;
    enum bc_border border;
};
cudaError_t cuda_apply_back(const struct bc_apply *a, const struct bc_gradient *from, int nfrom,
                            const struct bc_view *sum, const struct bc_view *dz,
                            enum bc_border border, float *dscale, float *doffset, void *scratch,
                            cudaStream_t stream);

/* The last layer: 7x7 to a few channels, most of all one or two, a shape that tensor cores waste.
 * out (n, nout, h, w) = act(conv(x) + bias) + combine, combine = combine_kernel in + combine_bias
 * in each pixel; act is NONE or TANH. */
struct bc_out {
    struct bc_view x;                           /* canvas (h + 6, w + 6), y0 = x0 = 3 */
    int            nin, nout;
    const float   *kernel, *bias;               /* (nout, 7, 7, c), (nout) or NULL */
    enum bc_act    act;
    const float   *in;                          /* (n, nin, h, w), or NULL: no combine */
    const float   *combine_kernel, *combine_bias;       /* (nout, nin), (nout) */
};
/* tanh (n, nout, h, w): what act gives is kept for the backward pass, or NULL. */
cudaError_t cuda_out(const struct bc_out *o, float *tanh, float *out, cudaStream_t stream);

/* Backward from dout (n, nout, h, w), which is overwritten.  dx: the gradient by every pixel of x's
 * canvas, not folded.  The gradients by the weights are set, where they are wanted. */
struct bc_out_gradients { float *kernel, *bias, *combine_kernel, *combine_bias; };
cudaError_t cuda_out_back(const struct bc_out *o, const float *tanh, float *dout,
                          const struct bc_view *dx, const struct bc_out_gradients *d, void *scratch,
                          cudaStream_t stream);

/* The loss of lib/loss.h, mean over the bands of all samples, and its gradient: truth (n, bands, h, w)
 * with NaN where there is none, y and dy (n, nout, h, w); loss may be the host's memory that the GPU reaches. */
cudaError_t cuda_loss(const struct bc_loss *o, const float *truth, const float *y, int n, int nout,
                      int h, int w, void *scratch, float *dy, double *loss, cudaStream_t stream);

/* Adam as ref_adam has it, for n weights in one launch.  alpha = rate sqrt(1 - beta2^t) /
 * (1 - beta1^t) lies on the device, so that a captured step can be repeated.  The gradients of the
 * first n16 weights are bf16 in grad16, the others float in grad, which starts at weight 0 too.
 * n and n16 are multiples of 4. */
struct bc_adam {
    size_t       n, n16;
    float       *value, *m, *v;
    void        *copy;              /* the new values as bf16 for the convolutions, or NULL */
    const float *grad;
    const void  *grad16;
    const float *alpha;
    double       beta1, beta2, epsilon;
};
cudaError_t cuda_adam(const struct bc_adam *a, cudaStream_t stream);

/* n floats as bf16; n is a multiple of 4. */
cudaError_t cuda_round(const float *from, size_t n, void *to, cudaStream_t stream);

#ifdef __cplusplus
}
#endif

#endif
