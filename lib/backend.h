/* backend.h -- what a backend must provide: it takes a whole network at once and plans, fuses and reorders.
 * Tensors at this border are float, (n, channels, height, width).
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_BACKEND_H
#define BC_BACKEND_H

#include "bandcast.h"
#include "loss.h"

enum bc_op  { BC_CONV, BC_CONVT };              /* convolution; transposed convolution, stride 2, output 2n */
enum bc_pad { BC_PAD_REFLECT, BC_PAD_SAME };    /* k/2 mirrored on each side; TensorFlow's zeros (0 low, 1 high) */
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
    size_t      kernel_at, bias_at;     /* in the weights; bias_at only if bias, */
    size_t      scale_at, offset_at;    /* these only if norm */
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

/* Products of a convolution on a GPU; sums, weights and the optimiser are float in all of them.  AUTO: what is
 * fast and close to float, TF32 where the GPU has it. */
enum bc_precision { BC_PRECISION_AUTO, BC_PRECISION_FP32, BC_PRECISION_TF32, BC_PRECISION_BF16 };

/* What a device parameter says beside the name of a backend: "cuda:1,bf16", "cpu,direct". */
struct bc_device {
    int               any;          /* "auto": a backend that cannot do a network leaves it to the next */
    int               number;       /* of the GPU */
    int               direct;       /* 1: no Winograd, all convolutions as they are defined */
    int               fast;         /* 1: the fastest kernels, though their sums may come in any order */
    enum bc_precision precision;
};

struct bc_plan_options {
    int    height, width;           /* pixels */
    int    batch;                   /* most samples in one call */
    int    train;                   /* 1: step is going to be called */
    int    threads;                 /* 0 = all cores */
    struct bc_device device;
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

struct bc_part { int y0, y1, x0, x1; };     /* pixels (y, x), y0 <= y < y1, x0 <= x < x1 */

struct bc_plan;                     /* each backend has its own */

struct bc_backend {
    const char *name;                                   /* "ref", "cpu", "cuda" */
    int         batch;                                  /* samples in one call that keep it busy */
    int       (*probe)(void);                           /* devices usable now; 0 = none, and bc_message says why */
    /* One sentence fragment on what will compute, "avx512, 2 threads"; what stands before the threads
     * decides the bits of a result. */
    void      (*describe)(const struct bc_plan *plan, char *text, size_t size);
    /* Copies the weights.  A layer it cannot do is BC_UNSUPPORTED here, never a silent fallback. */
    bc_status (*compile)(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o,
                         struct bc_plan **plan_p);
    /* PARTS, one a sample, or NULL: what is wanted of the output; the rest of OUT may be anything. */
    bc_status (*run)(struct bc_plan *plan, const float *in, float *out, size_t n, const struct bc_part *parts);
    /* forward, loss, backward, Adam */
    bc_status (*step)(struct bc_plan *plan, const struct bc_batch *batch, double *loss_p);
    bc_status (*read)(struct bc_plan *plan, struct bc_weights *w);  /* weights and optimiser state back */
    void      (*release)(struct bc_plan *plan);
};

extern const struct bc_backend bc_backend_ref;          /* plain C, double inside: the judge of the others */
extern const struct bc_backend bc_backend_cpu;          /* own vector kernels */
extern const struct bc_backend bc_backend_cuda;         /* a module that is loaded where there is an NVIDIA driver */
extern const struct bc_backend *const bc_backends[];    /* fastest first, ref last, then NULL */

/* The backend that DEVICE ("auto", "cpu,direct", "ref", "cuda:0,bf16") names, if it can run here; what else it says. */
bc_status bc_backend_choose(const char *device, const struct bc_backend **backend_p, struct bc_device *device_p);
/* The backend's compile; of "auto", a network that *BACKEND_P cannot do goes to the next that can. */
bc_status bc_backend_compile(const struct bc_backend **backend_p, const struct bc_graph *g, const struct bc_weights *w,
                             const struct bc_plan_options *o, struct bc_plan **plan_p);

/* What the bits depend on of DEVICE, as bc_model_device has it: "cpu (avx512, 2 threads)" without the threads. */
void bc_device_name(const char *device, char *text, size_t size);

#endif
