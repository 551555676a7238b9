/* ref.h -- the layers in plain C and double, for one sample: what every other backend is judged by.
 * Tensors are (channels, height, width), row-major, the caller's memory.  Nothing here can fail.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_REF_H
#define BC_REF_H

#include "backend.h"

/* Where output pixel OUT and tap TAP of layer L read along an axis of N input pixels; -1 = a zero. */
int ref_source(const struct bc_layer *l, int out, int tap, int n);

/* y = op(x) + bias.  x (cin, h, w); y (cout, oh, ow) as bc_graph_shape gives; w = all weights of the network. */
void ref_conv(const struct bc_layer *l, const double *w, int h, int wd, const double *x, double *y);
/* dx += and dw += for dy, the gradient of the loss by y.  dx may be NULL. */
void ref_conv_back(const struct bc_layer *l, const double *w, int h, int wd, const double *x, const double *dy,
                   double *dx, double *dw);

/* y = (x - mean) / sqrt(variance + epsilon) * scale + offset over each channel's n pixels (population variance). */
void ref_norm(const double *scale, const double *offset, int channels, size_t n, const double *x, double *y);
/* dx = (it may be dy), dscale +=, doffset += for dy. */
void ref_norm_back(const double *scale, int channels, size_t n, const double *x, const double *dy, double *dx,
                   double *dscale, double *doffset);

/* In place; back: d *= slope at y, the activation's value. */
void ref_act(enum bc_act act, size_t n, double *x);
void ref_act_back(enum bc_act act, size_t n, const double *y, double *d);

/* One step of Adam in TensorFlow's form; STEP counts from 1.  Rounded to float, as the weights are kept. */
void ref_adam(const struct bc_plan_options *o, double rate, long step, size_t n, const double *grad,
              float *value, float *m, float *v);

/* Whole network.  layers: one tensor per layer, given by ref_new_layers; the last is the output. */
double **ref_new_layers(const struct bc_graph *g, int height, int width);       /* NULL: out of memory */
void     ref_free_layers(const struct bc_graph *g, double **layers);
void     ref_forward(const struct bc_graph *g, const double *w, int height, int width, const double *in,
                     double **layers);
/* dw += for dout, the gradient by the output; uses what ref_forward left in LAYERS.  GRADS is scratch like LAYERS. */
void     ref_backward(const struct bc_graph *g, const double *w, int height, int width, const double *in,
                      double **layers, double **grads, const double *dout, double *dw);

#endif
