/* geometry.h -- what a network looks like on the GPU: the size of each tensor with the border that its
 * readers want, the convolutions, and the order of the weights.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_GEOMETRY_H
#define BC_GEOMETRY_H

#include "conv.h"

/* A layer's output or the input: (n, h, w, c) in a canvas of (h + low + high, w + low + high), c
 * rounded up to a multiple of 8. */
struct gpu_tensor {
    int            h, w, c, low, high;
    enum bc_border border;
};

struct gpu_layer {
    struct gpu_tensor out;
    int               zrows, zcols;             /* canvas of what its convolution gives */
    struct conv_shape conv;                     /* forward */
    size_t            kernel_at, bias_at, scale_at, offset_at;  /* in the weights on the GPU */
};

/* A tensor of weights: element (tap, i, o), from + (tap a + i) b + o in struct bc_graph's order, is
 * at + (o taps + tap) wide + i on the GPU, where a is rounded up to wide with zeros. */
struct gpu_weights {
    size_t from, at;
    int    taps, a, b, wide;
};

struct geometry {
    const struct bc_graph *g;
    enum bc_type           type;
    int                    batch, height, width;
    struct gpu_tensor      in;
    struct gpu_layer      *layer;
    int                    combine;             /* layer that is done with the last one; -1 = none */
    struct gpu_weights    *tensor;
    int                    ntensor;
    size_t                 nkernel, nweight;    /* kernels of convolutions come first, then all else */
};

/* For samples of (HEIGHT, WIDTH), BATCH at a time.  A network that cannot be done is BC_UNSUPPORTED. */
bc_status geometry_open(const struct bc_graph *g, enum bc_type type, int batch, int height, int width,
                        struct geometry **geometry_p);
void      geometry_close(struct geometry *m);

/* The tensor that layer I reads; I may be BC_FROM_INPUT in geometry_tensor. */
const struct gpu_tensor *geometry_tensor(const struct geometry *m, int i);
/* Is layer I one of cuDNN's: neither the last one nor the combination that is done with it? */
int  geometry_is_conv(const struct geometry *m, int i);
/* The convolutions of layer I's backward pass: by its source, and by its kernel. */
struct conv_shape geometry_back_data(const struct geometry *m, int i);
struct conv_shape geometry_back_kernel(const struct geometry *m, int i);

/* Weights in the graph's order <-> in the GPU's, nweight, whose padding is 0. */
void geometry_pack(const struct geometry *m, const float *weights, float *gpu);
void geometry_unpack(const struct geometry *m, const float *gpu, float *weights);

#endif
