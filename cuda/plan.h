/* plan.h -- a network ready to run on one GPU.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PLAN_H
#define BC_PLAN_H

#include "geometry.h"

/* Where a layer's tensors are. */
struct plan_layer {
    struct bc_view     z, out;          /* what its convolution gives; its output */
    struct bc_view     dcanvas;         /* training: gradient by its source's canvas, through this layer */
    struct bc_view     sum, dz;         /* by its output, kept for the layer that it adds; by z */
    float             *mean, *inverse;  /* (batch, c) */
    const struct conv *forward, *back_data, *back_kernel;
};

/* Work that is done again and again: as it is first, then recorded, then replayed. */
struct replay {
    cudaGraphExec_t recorded;           /* NULL: not yet */
    int             done;               /* once as it is */
};

/* The way of some samples through bc_plan's run: from the host to the GPU and back. */
struct lane {
    float        *host_in, *host_out;   /* in memory that the GPU can reach */
    float        *in, *out;
    cudaEvent_t   uploaded, computed, downloaded;
    struct replay replay;
    size_t        n;                    /* samples on their way */
    float        *to;                   /* where the caller wants them */
};

struct bc_plan {
    const struct bc_graph *g;
    struct bc_plan_options o;
    struct geometry       *m;           /* m->batch samples at a time */
    struct conv_maker     *maker;
    cudaStream_t           stream, upload, download;
    char                   name[256];   /* of the GPU */
    char                   no_replay[200];  /* why something in it cannot be recorded */

    struct plan_layer     *layer;
    struct bc_view         in;
    struct arena_buffer   *buffer;      /* place.c: which of the layers' tensors are when and where */
    char                  *memory;      /* of them all */
    float                 *statistics;
    void                  *scratch, *workspace;

    float                 *value, *mean, *variance, *grad;  /* (m->nweight), in the GPU's order */
    void                  *rounded;     /* bf16: of all weights */
    void                  *grad16;      /* bf16: by the kernels of convolutions */
    long                   steps;

    struct lane            lane[2];     /* run */

    /* Training: a batch as it is uploaded, and what the loss is computed from. */
    float                 *host_batch, *batch;      /* alpha, inputs, truth */
    size_t                 in_at, truth_at;         /* in a batch */
    float                 *y, *tanh, *dy;           /* (batch, nout, height, width) */
    double                *loss;                    /* on the host, where the GPU puts it */
    struct replay         *step;                    /* of a batch of n samples */
};

/* in (m->batch, nin, h, w) -> out (m->batch, nout, h, w), both on the GPU; tanh NULL but in training. */
bc_status plan_forward(struct bc_plan *p, const float *in, float *tanh, float *out);
/* p->dy -> p->grad, after plan_forward from the same IN. */
bc_status plan_backward(struct bc_plan *p, const float *in);

/* WORK puts what it does on p->stream and does the same each time. */
bc_status plan_replay(struct bc_plan *p, struct replay *r, bc_status (*work)(struct bc_plan *p, void *arg), void *arg);

/* What run and step need beside the layers. */
bc_status plan_open_lanes(struct bc_plan *p);
void      plan_close_lanes(struct bc_plan *p);
/* When it returns, nothing is on its way any more. */
void      plan_settle(struct bc_plan *p);
bc_status plan_open_step(struct bc_plan *p);
void      plan_close_step(struct bc_plan *p);

/* The backend's functions. */
void      cuda_describe(const struct bc_plan *p, char *text, size_t size);
bc_status cuda_compile(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o,
                       struct bc_plan **plan_p);
bc_status cuda_run(struct bc_plan *p, const float *in, float *out, size_t n, const struct bc_part *parts);
bc_status cuda_step(struct bc_plan *p, const struct bc_batch *batch, double *loss_p);
bc_status cuda_read(struct bc_plan *p, struct bc_weights *w);
void      cuda_release(struct bc_plan *p);

#endif
