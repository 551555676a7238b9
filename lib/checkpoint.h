/* checkpoint.h -- what a file of another program says of a network: tensors by our names.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CHECKPOINT_H
#define BC_CHECKPOINT_H

#include "generator.h"
#include "header.h"

enum { BC_MAX_TENSORS = 2048 };         /* the largest generator has 1561 */

struct bc_named {               /* one tensor, as struct bc_tensor */
    char   name[40];
    int    ndim;
    long   dim[5];             /* slowest first; of an ensemble the members come before all */
    float *x;
};

struct bc_checkpoint {                  /* all zero = empty */
    struct bc_named *tensor;            /* (BC_MAX_TENSORS) */
    int              n;
    size_t           nnumber;           /* in all of them */
    struct bc_header header;            /* cards of the model file that it was made from, if any */
    char            *config;            /* Keras's description of the network (JSON), or NULL */
};

void bc_checkpoint_free(struct bc_checkpoint *c);

/* A new tensor with memory for its numbers, to be filled by the caller; FILE is for messages. */
bc_status bc_checkpoint_add(struct bc_checkpoint *c, const char *file, const char *name, int ndim,
                            const long *dim, float **x_p);
const struct bc_named *bc_checkpoint_find(const struct bc_checkpoint *c, const char *name);

/* Read FILE, of which the first bytes were looked at.  keras: HDF5 or zip. */
bc_status bc_keras_read(const char *file, struct bc_checkpoint *c);
bc_status bc_safetensors_read(const char *file, struct bc_checkpoint *c);

/* BC_UNSUPPORTED or BC_BAD_FILE if the network that CONFIG describes computes something else than
 * GRAPH; *size_p = side of the images it was made for, 0 if it does not say. */
bc_status bc_keras_check(const char *file, const char *config, const struct bc_graph *graph,
                         int *size_p);

#endif
