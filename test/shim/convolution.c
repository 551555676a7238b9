/* convolution.c -- stands in for cuda/cudnn.c: the same convolutions by their definition, on the processor.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "conv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

struct conv       { struct conv_shape shape; struct conv *next; };
struct conv_maker { struct conv *made; cudaStream_t stream; };

bc_status
conv_maker_open(cudaStream_t stream, const struct bc_device *device, size_t memory, struct conv_maker **maker_p)
{
    (void)device;
    (void)memory;
    *maker_p = calloc(1, sizeof **maker_p);
    if (*maker_p == NULL)
        return BC_NO_MEMORY;
    (*maker_p)->stream = stream;
    return BC_OK;
}

void
conv_maker_close(struct conv_maker *m)
{
    struct conv *c;

    while (m != NULL && (c = m->made) != NULL) {
        m->made = c->next;
        free(c);
    }
    free(m);
}

bc_status
conv_make(struct conv_maker *m, const struct conv_shape *s, const struct conv **conv_p)
{
    struct conv *c = calloc(1, sizeof *c);

    if (c == NULL)
        return BC_NO_MEMORY;
    c->shape = *s;
    c->next = m->made;
    m->made = c;
    *conv_p = c;
    return BC_OK;
}

size_t
conv_workspace(const struct conv *c)
{
    (void)c;
    return 16;
}

static double
get(const void *at, enum bc_type type, size_t i)
{
    unsigned bits;
    float    x;

    if (type == BC_F32)
        return ((const float *)at)[i];
    bits = (unsigned)((const unsigned short *)at)[i] << 16;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* To nearest, ties to even. */
static void
put(void *at, enum bc_type type, size_t i, double value)
{
    float    x = (float)value;
    unsigned bits;

    if (type == BC_F32) {
        ((float *)at)[i] = x;
        return;
    }
    memcpy(&bits, &x, sizeof bits);
    if (!isnan(x))
        bits += 0x7fff + (bits >> 16 & 1);
    ((unsigned short *)at)[i] = (unsigned short)(bits >> 16);
}

static double *
doubles(const void *at, enum bc_type type, size_t n, int zero)
{
    double *x = malloc(n * sizeof *x);
    size_t  i;

    if (x == NULL)
        exit(EXIT_FAILURE);
    for (i = 0; i < n; i++)
        x[i] = zero ? 0.0 : get(at, type, i);
    return x;
}

/* All products of pixel (i, y, x) of the output with one tap. */
static void
products(const struct conv_shape *s, double *x, double *w, double *y)
{
    int c, k;

    for (k = 0; k < s->k; k++, y++, w += (size_t)s->size * s->size * s->c)
        for (c = 0; c < s->c; c++)
            if (s->kind == CONV_FORWARD)
                *y += x[c] * w[c];
            else if (s->kind == CONV_BACK_DATA)
                x[c] += *y * w[c];
            else
                w[c] += *y * x[c];
}

/* A convolution that a stream is to do. */
struct job { struct conv_shape shape; void *x, *w, *y, *workspace; };

static void
convolve(const void *arg)
{
    const struct job        *job = arg;
    const struct conv_shape *s = &job->shape;
    void                    *x = job->x, *w = job->w, *y = job->y;
    int     oh = (s->rows - s->size) / s->stride + 1, ow = (s->cols - s->size) / s->stride + 1, i, oy, ox, ky, kx;
    size_t  nx = (size_t)s->n * s->rows * s->cols * s->c, nw = (size_t)s->k * s->size * s->size * s->c;
    size_t  ny = (size_t)s->n * oh * ow * s->k, j;
    double *dx = doubles(x, s->type, nx, s->kind == CONV_BACK_DATA);
    double *dw = doubles(w, s->type, nw, s->kind == CONV_BACK_KERNEL);
    double *dy = doubles(y, s->type, ny, s->kind == CONV_FORWARD);

    memset(job->workspace, 0xff, conv_workspace(NULL));
    for (i = 0; i < s->n; i++)
        for (oy = 0; oy < oh; oy++)
            for (ox = 0; ox < ow; ox++)
                for (ky = 0; ky < s->size; ky++)
                    for (kx = 0; kx < s->size; kx++)
                        products(s, dx + (((size_t)i * s->rows + oy * s->stride + ky) * s->cols + ox * s->stride + kx)
                                          * s->c,
                                 dw + ((size_t)ky * s->size + kx) * s->c,
                                 dy + (((size_t)i * oh + oy) * ow + ox) * s->k);
    for (j = 0; s->kind == CONV_BACK_DATA && j < nx; j++)
        put(x, s->type, j, dx[j]);
    for (j = 0; s->kind == CONV_BACK_KERNEL && j < nw; j++)
        put(w, s->type, j, dw[j]);
    for (j = 0; s->kind == CONV_FORWARD && j < ny; j++)
        put(y, s->type, j, dy[j]);
    free(dx);
    free(dw);
    free(dy);
}

bc_status
conv_run(struct conv_maker *m, const struct conv *c, void *x, void *w, void *y, void *workspace)
{
    struct job job = { c->shape, x, w, y, workspace };

    shim_later(m->stream, convolve, &job, sizeof job);
    return BC_OK;
}
