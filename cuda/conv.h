/* conv.h -- convolutions on the GPU, planned once for each shape.
 *
 * x (n, rows, cols, c), w (k, size, size, c), y (n, (rows - size) / stride + 1,
 * (cols - size) / stride + 1, k), channels last: y is the correlation of x with w.  Nothing is padded;
 * whoever wrote x has put around it what is to be there.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CONV_H
#define BC_CONV_H

#include "kernels.h"

enum conv_kind {
    CONV_FORWARD,           /* x, w -> y */
    CONV_BACK_DATA,         /* y, w -> x: the gradient by x for y's; also a transposed convolution of y */
    CONV_BACK_KERNEL        /* x, y -> w: the gradient by w for y's */
};

struct conv_shape {
    enum conv_kind kind;
    enum bc_type   type;    /* of x, w and y */
    int            n, rows, cols, c, k, size, stride;
};

struct conv;                /* one shape, ready to run */
struct conv_maker;          /* makes and keeps those of one device */

/* Work goes to STREAM.  DEVICE says the precision (not AUTO) and what kernels are allowed, MEMORY how
 * much workspace. */
bc_status conv_maker_open(cudaStream_t stream, const struct bc_device *device, size_t memory,
                          struct conv_maker **maker_p);
/* For a GPU that is not there: JSON is cuDNN's description of one.  What is made cannot run. */
bc_status conv_maker_open_like(const char *json, const struct bc_device *device, size_t memory,
                               struct conv_maker **maker_p);
void      conv_maker_close(struct conv_maker *maker);

/* The maker keeps what it made; the same shape gives the same one. */
bc_status conv_make(struct conv_maker *maker, const struct conv_shape *shape,
                    const struct conv **conv_p);
size_t    conv_workspace(const struct conv *conv);      /* bytes */
/* "engine 62, tensor cores, 17 MB"; and ", adds in any order", where the bits differ from run to run */
void      conv_describe(const struct conv *conv, char *text, size_t size);

bc_status conv_run(struct conv_maker *maker, const struct conv *conv, void *x, void *w, void *y,
                   void *workspace);

#endif
