/* generator.h -- describes generators as a short list of layers.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_GENERATOR_H
#define BC_GENERATOR_H

#include "backend.h"

enum { BC_MAX_DOWN = 4 };

/* What a model's header says of its network. */
struct bc_generator {
    int local;                  /* 0: resnet, the paper's; 1: local, see bc_generator_graph */
    int nin;                    /* input bands */
    int nout;                   /* output bands, several of local only; 0 = 1 */
    int stem;                   /* channels of the first layer, F0; 0 = filters[0] / 2 */
    int filters[BC_MAX_DOWN];   /* channels after each down-sampling; 0 ends the list */
    int resblocks;
    int no_norm;                /* 0: instance norm as in the paper; 1: a bias in its place, and levels stay */
    int combine;                /* 1: + learned combination of the inputs (1x1 convolution with bias) */
};

/* resnet: the generator of Zaazou, Bihlo & Tricco (2025), appendix A.2, for any widths; nin channels in, one out.
 * local: the same layers without statistics over space and without tanh, for a stretch that can be inverted.  In: nin
 * bands, then nin planes that are 1 where the band had no datum and was filled in, else 0 (inputs.h).  Out: nout
 * bands, then for each the logarithm of how wrong it is (struct bc_loss, S).  The caller frees. */
bc_status bc_generator_graph(const struct bc_generator *g, struct bc_graph **graph_p);
/* BC_BAD_SHAPE if there is no such network. */
bc_status bc_generator_check(const struct bc_generator *g);
/* So many pixels away, an input pixel has no influence on the output any more, to the last bit, whatever backend
 * computes it: a multiple of BC_TILE << down-samplings.  Of a network without instance norm. */
int       bc_graph_halo(const struct bc_graph *graph);
/* In that sense, what PART of the output depends on: of the input (needed[0]) and of layer I's output (needed[I + 1]),
 * for an input of (height, width). */
void      bc_graph_needs(const struct bc_graph *graph, int height, int width, const struct bc_part *part,
                         struct bc_part *needed);
enum { BC_TILE = 4 };       /* the tiles of Winograd's algorithm round together what lies in one */
void      bc_graph_free(struct bc_graph *graph);

/* Start weights.  paper = 1: N(0, 0.02) for kernels and norm scales, the same numbers for the same shape, as
 * Keras's seeded initialisers give, glorot_uniform for the last layer.
 * paper = 0: He-normal kernels, scales 1, without norm 0 at the end of a residual block (it starts as the identity),
 * last kernel 0 where the output is added to a combination, combination = mean of the inputs; a local network's
 * scale exp(-4), the size of usual errors. */
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
