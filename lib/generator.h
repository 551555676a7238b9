/* generator.h -- describes generators as a short list of layers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_GENERATOR_H
#define BC_GENERATOR_H

#include "backend.h"

enum { BC_MAX_DOWN = 4 };

/* What a model's header says of its network. */
struct bc_generator {
    int nin;                    /* input bands */
    int stem;                   /* channels of the first layer, F0; 0 = filters[0] / 2 */
    int filters[BC_MAX_DOWN];   /* channels after each down-sampling; 0 ends the list */
    int resblocks;
    int no_norm;                /* 0: instance norm as in the paper; 1: a bias in its place, and levels stay */
    int combine;                /* 1: + learned combination of the inputs (1x1 convolution with bias) */
};

/* The generator of Zaazou, Bihlo & Tricco (2025), appendix A.2, for any widths.  The caller frees. */
bc_status bc_generator_graph(const struct bc_generator *g, struct bc_graph **graph_p);
void      bc_graph_free(struct bc_graph *graph);

/* Start weights.  paper = 1: N(0, 0.02) for kernels and norm scales, the same numbers for the same shape, as
 * Keras's seeded initialisers give, glorot_uniform for the last layer.
 * paper = 0: He-normal kernels, scales 1, without norm 0 at the end of a residual block (it starts as the identity), last kernel 0 where the output is added to a combination,
 * combination = mean of the inputs. */
void bc_generator_start(const struct bc_graph *graph, int paper, uint64_t seed, float *weights);

/* Tensors of a layer, in the order of Keras's weights: kernel, bias or scale, offset. */
struct bc_tensor {
    char   name[40];            /* "res3a.kernel" */
    int    ndim;
    long   dim[4];              /* slowest first, as in backend.h */
    size_t at, n;
};
/* Tensor number I of the graph; 0 past the last. */
int bc_graph_tensor(const struct bc_graph *graph, int i, struct bc_tensor *tensor_p);

#endif
