/* ref_conv.c -- convolutions, straight from their definition.
 * Padding as Keras: reflection without repeating the edge, or 'same' with the odd zero at the high end.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ref.h"

int
ref_source(const struct bc_layer *l, int out, int tap, int n)
{
    int at;

    if (l->pad == BC_PAD_REFLECT) {
        at = out * l->stride + tap - l->k / 2;
        if (at < 0)
            at = -at;
        if (at >= n)
            at = 2 * (n - 1) - at;
    } else {
        int nout = (n + l->stride - 1) / l->stride, total = (nout - 1) * l->stride + l->k - n;

        at = out * l->stride + tap - (total > 0 ? total / 2 : 0);
        if (at < 0 || at >= n)
            at = -1;
    }
    return at;
}

/* Kernel index (ky, kx, i, o) of a convolution, (ky, kx, o, i) of a transposed one. */
static size_t
kernel_at(const struct bc_layer *l, int ky, int kx, int i, int o)
{
    size_t tap = (size_t)ky * l->k + kx;

    return l->kernel_at + (l->op == BC_CONVT ? (tap * l->cout + o) * l->cin + i : (tap * l->cin + i) * l->cout + o);
}

/* Visits every product of a layer: input pixel P of channel I, kernel element K, output pixel Q of channel O. */
typedef void (*visit)(void *arg, size_t x, size_t k, size_t y);

static void
each_conv(const struct bc_layer *l, int h, int w, visit f, void *arg)
{
    int oh = (h + l->stride - 1) / l->stride, ow = (w + l->stride - 1) / l->stride, o, i, y, x, ky, kx;

    for (o = 0; o < l->cout; o++)
        for (y = 0; y < oh; y++)
            for (x = 0; x < ow; x++)
                for (ky = 0; ky < l->k; ky++)
                    for (kx = 0; kx < l->k; kx++) {
                        int sy = ref_source(l, y, ky, h), sx = ref_source(l, x, kx, w);

                        if (sy < 0 || sx < 0)
                            continue;
                        for (i = 0; i < l->cin; i++)
                            f(arg, ((size_t)i * h + sy) * w + sx, kernel_at(l, ky, kx, i, o),
                              ((size_t)o * oh + y) * ow + x);
                    }
}

/* out[2y+ky][2x+kx] += in[y][x] K[ky][kx] on a (2h+1, 2w+1) canvas whose last row and column are dropped. */
static void
each_convt(const struct bc_layer *l, int h, int w, visit f, void *arg)
{
    int oh = 2 * h, ow = 2 * w, o, i, y, x, ky, kx;

    for (i = 0; i < l->cin; i++)
        for (y = 0; y < h; y++)
            for (x = 0; x < w; x++)
                for (ky = 0; ky < l->k && 2 * y + ky < oh; ky++)
                    for (kx = 0; kx < l->k && 2 * x + kx < ow; kx++)
                        for (o = 0; o < l->cout; o++)
                            f(arg, ((size_t)i * h + y) * w + x, kernel_at(l, ky, kx, i, o),
                              ((size_t)o * oh + 2 * y + ky) * ow + 2 * x + kx);
}

static void
each(const struct bc_layer *l, int h, int w, visit f, void *arg)
{
    if (l->op == BC_CONVT)
        each_convt(l, h, w, f, arg);
    else
        each_conv(l, h, w, f, arg);
}

struct products { const double *x, *w, *dy; double *y, *dx, *dw; };

static void
forward(void *arg, size_t x, size_t k, size_t y)
{
    struct products *p = arg;

    p->y[y] += p->x[x] * p->w[k];
}

static void
backward(void *arg, size_t x, size_t k, size_t y)
{
    struct products *p = arg;

    p->dw[k] += p->dy[y] * p->x[x];
    if (p->dx != NULL)
        p->dx[x] += p->dy[y] * p->w[k];
}

/* Pixels of one output channel. */
static size_t
area(const struct bc_layer *l, int h, int w)
{
    if (l->op == BC_CONVT)
        return (size_t)4 * h * w;
    return (size_t)((h + l->stride - 1) / l->stride) * ((w + l->stride - 1) / l->stride);
}

void
ref_conv(const struct bc_layer *l, const double *w, int h, int wd, const double *x, double *y)
{
    struct products p = { .x = x, .w = w, .y = y };
    size_t          n = area(l, h, wd), i;
    int             o;

    for (o = 0; o < l->cout; o++)
        for (i = 0; i < n; i++)
            y[o * n + i] = l->bias ? w[l->bias_at + o] : 0.0;
    each(l, h, wd, forward, &p);
}

void
ref_conv_back(const struct bc_layer *l, const double *w, int h, int wd, const double *x, const double *dy,
              double *dx, double *dw)
{
    struct products p = { .x = x, .w = w, .dy = dy, .dx = dx, .dw = dw };
    size_t          n = area(l, h, wd), i;
    int             o;

    each(l, h, wd, backward, &p);
    for (o = 0; l->bias && o < l->cout; o++)
        for (i = 0; i < n; i++)
            dw[l->bias_at + o] += dy[o * n + i];
}
