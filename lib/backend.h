/* backend.h -- what a backend must provide: it takes a whole network at once and plans, fuses and reorders.
 * Tensors at this border are float, (n, channels, height, width).
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_BACKEND_H
#define BC_BACKEND_H

#include "bandcast.h"
#include "loss.h"

enum bc_op  { BC_CONV, BC_CONVT };              /* convolution; transposed convolution, stride 2, output 2n */
enum bc_pad { BC_PAD_REFLECT, BC_PAD_SAME };    /* k/2 mirrored on each side; TensorFlow's zeros (method: 0 low, 1 high) */
enum bc_act { BC_ACT_NONE, BC_ACT_RELU, BC_ACT_TANH };
enum { BC_FROM_INPUT = -1, BC_FROM_NONE = -2 }; /* instead of the number of a layer */

/* One layer: out = act(norm(op(src) + bias)) + add.  Kernels are (k, k, cin, cout), those of BC_CONVT
 * (k, k, cout, cin), as Keras keeps them; no kernel is flipped. */
struct bc_layer {
    char        name[24];       /* unique; part of the tensor names in a model file */
    enum bc_op  op;
    int         src;            /* earlier layer or BC_FROM_INPUT */
    int         add;            /* earlier layer whose output is added, or BC_FROM_NONE */
    int         cin, cout;
    int         k, stride;      /* stride 2 halves (rounding up), BC_CONVT doubles */
    enum bc_pad pad;
    int         norm;           /* 1: instance norm over (h, w), epsilon BC_NORM_EPSILON, with scale and offset */
    int         bias;
    enum bc_act act;
    size_t      kernel_at, bias_at, scale_at, offset_at;   /* in the weights; bias_at only if bias, the others if norm */
};

#define BC_NORM_EPSILON 1e-3    /* Keras's GroupNormalization */

struct bc_graph {
    int              nin, nout;     /* channels of the input and of the last layer */
    int              multiple;      /* height and width must be divisible by it */
    int              nlayer;
    struct bc_layer *layer;         /* in an order in which they can run; the last is the output */
    size_t           nweight;
};

/* Height and width of layer I's output for an input of (height, width). */
void bc_graph_shape(const struct bc_graph *g, int i, int height, int width, int *h_p, int *w_p);

struct bc_plan_options {
    int    height, width;           /* pixels */
    int    batch;                   /* most samples in one call */
    int    train;                   /* 1: step is going to be called */
    int    threads;                 /* 0 = all cores */
    int    direct;                  /* 1: no Winograd, all convolutions as they are defined */
    size_t memory;                  /* most bytes for the layers; 0 = any */
    struct bc_loss loss;            /* averaged over the batch */
    double beta1, beta2, epsilon;   /* Adam, as TensorFlow writes it */
};

struct bc_batch {
    const float *in;                /* (n, nin, height, width) */
    const float *truth;             /* (n, bc_loss_bands, height, width); NaN: the pixel does not count */
    size_t       n;
    double       rate;              /* learning rate of this step */
};

struct bc_weights {                 /* each (nweight); m and v may be NULL where the optimiser is of no interest */
    float *value, *m, *v;
    long   step;                    /* Adam steps done */
};

struct bc_plan;                     /* each backend has its own */

struct bc_backend {
    const char *name;                                   /* "ref", "cpu", "cuda" */
    int       (*probe)(void);                           /* devices usable now; 0 = skip me; never fails */
    /* One sentence fragment on what will compute, "avx512, 2 threads"; what stands before the threads
     * decides the bits of a result. */
    void      (*describe)(const struct bc_plan *plan, char *text, size_t size);
    /* Copies the weights.  A layer it cannot do is BC_UNSUPPORTED here, never a silent fallback. */
    bc_status (*compile)(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o,
                         struct bc_plan **plan_p);
    bc_status (*run)(struct bc_plan *plan, const float *in, float *out, size_t n);
    bc_status (*step)(struct bc_plan *plan, const struct bc_batch *batch, double *loss_p); /* forward, loss, backward, Adam */
    bc_status (*read)(struct bc_plan *plan, struct bc_weights *w);  /* weights and optimiser state back */
    void      (*release)(struct bc_plan *plan);
};

extern const struct bc_backend bc_backend_ref;          /* plain C, double inside: the judge of the others */
extern const struct bc_backend bc_backend_cpu;          /* own vector kernels */
extern const struct bc_backend *const bc_backends[];    /* what this build has, fastest first, ref last, then NULL */

/* The backend that DEVICE ("auto", "cpu", "ref", "cuda:0") names and that can run here; *direct_p = 1 if
 * ",direct" follows. */
bc_status bc_backend_choose(const char *device, const struct bc_backend **backend_p, int *direct_p);

#endif
