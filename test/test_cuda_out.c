/* test_cuda_out.c -- the GPU's last layer, forward and backward, against ref's convolution.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cuda_memory.h"

enum {
    K       = BC_OUT_K,
    PAD     = K / 2,
    COMBINE = BC_MOST_PLANES * BC_MOST_INPUTS,
    PLANES  = BC_MOST_PLANES * sizeof(float)
};

static const struct layer {
    const char  *name;
    enum bc_type type;
    int          n, h, w, c, nin, nout;     /* nin 0: no combine */
    enum bc_act  act;
    int          bias;
} layers[] = {
    { "64-1",         BC_F32,  2, 13, 35,  64, 2, 1, BC_ACT_TANH, 1 },
    { "64-1 bf16",    BC_BF16, 1, 20, 70,  64, 3, 1, BC_ACT_TANH, 1 },
    { "16-2",         BC_F32,  3,  9, 17,  16, 1, 2, BC_ACT_NONE, 1 },
    { "8-1",          BC_F32,  2, 11, 40,   8, 0, 1, BC_ACT_TANH, 0 },
    { "8-3 bf16",     BC_BF16, 2,  7, 33,   8, 8, 3, BC_ACT_TANH, 1 },
    { "24-4",         BC_F32,  1, 17, 12,  24, 8, 4, BC_ACT_NONE, 1 },
    { "72-4 bf16",    BC_BF16, 2, 10, 21,  72, 5, 4, BC_ACT_NONE, 1 },
    { "64-16 bf16",   BC_BF16, 1, 11, 23,  64, 16, 16, BC_ACT_NONE, 1 },
    { "16-13",        BC_F32,  2, 10, 39,  16, 3, 13, BC_ACT_TANH, 1 },
    { "16-6",         BC_F32,  1,  9, 70,  16, 10, 6, BC_ACT_NONE, 1 },
    { "128-2",        BC_F32,  1,  8, 19, 128, 2, 2, BC_ACT_TANH, 1 },
    { "small",        BC_F32,  1,  4,  4,  16, 1, 1, BC_ACT_TANH, 1 },
    { "many rows",    BC_F32,  2, 129, 4,   8, 1, 1, BC_ACT_TANH, 1 }
};

struct work {
    const struct layer *l;
    size_t              area, planes, nkernel;
    struct bc_layer     conv;
    double             *x, *weights;            /* (n, c, h, w); ref's order: kernel, bias */
    float              *in, *kernel, *bias, *combine, *combine_bias, *dout;
    struct bc_out       o;
    float              *tanh, *out;             /* device */
    double             *want_tanh;
};

/* The canvas around x, as cuda_apply leaves it. */
static void
mirror(const struct work *k)
{
    const struct bc_view *v = &k->o.x;
    float                *canvas = get_canvas(v);
    int                   s, y, x, ch;

    for (s = 0; s < v->n; s++)
        for (y = -PAD; y < v->h + PAD; y++)
            for (x = -PAD; x < v->w + PAD; x++)
                for (ch = 0; ch < v->c; ch++) {
                    int r = ref_source(&k->conv, y, PAD, v->h), q = ref_source(&k->conv, x, PAD, v->w);

                    canvas[canvas_at(v, s, y, x, ch)] = canvas[canvas_at(v, s, r, q, ch)];
                }
    set_canvas(v, canvas);
    free(canvas);
}

static void
begin(struct work *k, const struct layer *l, struct bc_random *r)
{
    int ch, tap, o;

    memset(k, 0, sizeof *k);
    k->l = l;
    k->area = (size_t)l->h * l->w;
    k->planes = (size_t)l->n * l->nout;
    k->nkernel = (size_t)K * K * l->c * l->nout;
    k->conv = (struct bc_layer){ .op = BC_CONV, .cin = l->c, .cout = l->nout, .k = K, .stride = 1,
                                 .pad = BC_PAD_REFLECT, .bias = l->bias, .bias_at = k->nkernel };
    k->o.x = new_canvas(l->type, l->n, l->h, l->w, l->c, PAD, 0);
    k->x = fill_canvas(&k->o.x, l->c, 0.0, 1.0, r);
    mirror(k);
    k->in = normals(k->area * l->n * BC_MOST_INPUTS, 1.0, r);
    k->kernel = normals(k->nkernel, 0.5 / sqrt(K * K * l->c), r);
    k->bias = normals(BC_MOST_PLANES, 0.3, r);
    k->combine = normals(COMBINE, 0.3, r);
    k->combine_bias = normals(BC_MOST_PLANES, 0.3, r);
    k->dout = normals(k->area * k->planes, 1.0, r);
    k->weights = room((k->nkernel + BC_MOST_PLANES) * sizeof *k->weights);
    for (o = 0; o < l->nout; o++) {
        k->weights[k->nkernel + (size_t)o] = k->bias[o];
        for (tap = 0; tap < K * K; tap++)
            for (ch = 0; ch < l->c; ch++)
                k->weights[((size_t)tap * l->c + ch) * l->nout + o] = k->kernel[((size_t)o * K * K + tap) * l->c + ch];
    }
    k->o.nin = l->nin;
    k->o.nout = l->nout;
    k->o.kernel = up(k->kernel, k->nkernel * sizeof(float));
    k->o.bias = l->bias ? up(k->bias, (size_t)l->nout * sizeof(float)) : NULL;
    k->o.act = l->act;
    if (l->nin > 0) {
        k->o.in = up(k->in, k->area * l->n * l->nin * sizeof(float));
        k->o.combine_kernel = up(k->combine, (size_t)l->nout * l->nin * sizeof(float));
        k->o.combine_bias = up(k->combine_bias, (size_t)l->nout * sizeof(float));
    }
    k->tanh = fresh(k->area * k->planes * sizeof(float));
    k->out = fresh(k->area * k->planes * sizeof(float));
    k->want_tanh = room(k->area * k->planes * sizeof(double));
}

static void
end(struct work *k)
{
    void *const device[] = { k->o.x.at, (void *)k->o.kernel, (void *)k->o.bias, (void *)k->o.in,
                             (void *)k->o.combine_kernel, (void *)k->o.combine_bias, k->tanh, k->out };
    void *const host[] = { k->x, k->weights, k->in, k->kernel, k->bias, k->combine, k->combine_bias, k->dout,
                           k->want_tanh };
    size_t      i;

    for (i = 0; i < sizeof device / sizeof device[0]; i++)
        cudaFree(device[i]);
    for (i = 0; i < sizeof host / sizeof host[0]; i++)
        free(host[i]);
}

static void
check_device(const char *name, const float *device, const double *want, size_t n, double limit)
{
    float *got = room(n * sizeof *got), *expected = room(n * sizeof *expected);
    size_t i;

    down(device, n * sizeof *got, got);
    for (i = 0; i < n; i++)
        expected[i] = (float)want[i];
    check_close(name, got, expected, n, limit);
    free(got);
    free(expected);
}

static void
test_forward(struct work *k)
{
    const struct layer *l = k->l;
    double             *want = room(k->area * k->planes * sizeof *want);
    size_t              i;
    int                 s, b;

    for (s = 0; s < l->n; s++)
        ref_conv(&k->conv, k->weights, l->h, l->w, k->x + (size_t)s * l->c * k->area,
                 k->want_tanh + (size_t)s * l->nout * k->area);
    ref_act(l->act, k->area * k->planes, k->want_tanh);
    for (i = 0; i < k->area * k->planes; i++) {
        size_t plane = i / k->area, o = plane % (size_t)l->nout, sample = plane / (size_t)l->nout;

        want[i] = k->want_tanh[i] + (l->nin > 0 ? k->combine_bias[o] : 0.0);
        for (b = 0; b < l->nin; b++)
            want[i] += (double)k->combine[o * l->nin + b] * k->in[(sample * l->nin + b) * k->area + i % k->area];
    }
    check_launch(cuda_out(&k->o, k->tanh, k->out, NULL));
    check_device(l->name, k->tanh, k->want_tanh, k->area * k->planes, 1e-11);
    check_device(l->name, k->out, want, k->area * k->planes, 1e-11);
    check_launch(cudaMemset(k->out, 0xff, k->area * k->planes * sizeof(float)));
    check_launch(cuda_out(&k->o, NULL, k->out, NULL));
    check_device(l->name, k->out, want, k->area * k->planes, 1e-11);
    free(want);
}

/* The gradient by every pixel of the canvas, from its definition: g (n, nout, h, w). */
static double *
by_canvas(const struct work *k, const double *g)
{
    const struct layer   *l = k->l;
    const struct bc_view *v = &k->o.x;
    double               *dx = calloc(canvas_count(v), sizeof *dx);
    int                   s, o, y, x, tap, ch;

    for (s = 0; s < l->n; s++)
        for (o = 0; o < l->nout; o++)
            for (y = 0; y < l->h; y++)
                for (x = 0; x < l->w; x++)
                    for (tap = 0; tap < K * K; tap++)
                        for (ch = 0; ch < l->c; ch++)
                            dx[canvas_at(v, s, y + tap / K - PAD, x + tap % K - PAD, ch)] +=
                                k->kernel[((size_t)o * K * K + tap) * l->c + ch]
                                * g[((size_t)s * l->nout + o) * k->area + (size_t)y * l->w + x];
    return dx;
}

/* Gradients by the weights, in the order of kernels.h: kernel, bias, combine's kernel, combine's bias. */
static void
by_weights(const struct work *k, double *g, double *dkernel, double *dbias, double *dcombine, double *dcombine_bias)
{
    const struct layer *l = k->l;
    double             *dw = calloc(k->nkernel + BC_MOST_PLANES, sizeof *dw);
    size_t              i;
    int                 s, b, o, tap, ch;

    for (i = 0; i < k->area * k->planes; i++) {
        size_t plane = i / k->area, sample = plane / (size_t)l->nout;

        o = (int)(plane % (size_t)l->nout);
        dcombine_bias[o] += g[i];
        for (b = 0; b < l->nin; b++)
            dcombine[o * l->nin + b] += g[i] * k->in[(sample * l->nin + b) * k->area + i % k->area];
    }
    ref_act_back(l->act, k->area * k->planes, k->want_tanh, g);
    for (s = 0; s < l->n; s++)
        ref_conv_back(&k->conv, k->weights, l->h, l->w, k->x + (size_t)s * l->c * k->area,
                      g + (size_t)s * l->nout * k->area, NULL, dw);
    for (o = 0; o < l->nout; o++) {
        dbias[o] = dw[k->nkernel + (size_t)o];
        for (tap = 0; tap < K * K; tap++)
            for (ch = 0; ch < l->c; ch++)
                dkernel[((size_t)o * K * K + tap) * l->c + ch] = dw[((size_t)tap * l->c + ch) * l->nout + o];
    }
    free(dw);
}

static void
test_back(struct work *k)
{
    const struct layer     *l = k->l;
    size_t                  n = k->area * k->planes, i;
    double                 *g = room(n * sizeof *g), *dkernel = room(k->nkernel * sizeof *dkernel), *dx;
    double                  dbias[BC_MOST_PLANES] = { 0 }, dcombine_bias[BC_MOST_PLANES] = { 0 };
    double                  dcombine[COMBINE] = { 0 };
    struct bc_out_gradients d = { fresh(k->nkernel * sizeof(float)), l->bias ? fresh(PLANES) : NULL,
                                  l->nin > 0 ? fresh(COMBINE * sizeof(float)) : NULL,
                                  l->nin > 0 ? fresh(PLANES) : NULL };
    struct bc_view          v = new_canvas(l->type, l->n, l->h, l->w, l->c, PAD, 0);
    float                  *dout = up(k->dout, n * sizeof(float)), *got, *want;
    void                   *scratch = zeroed(cuda_out_scratch(l->n, l->h, l->w, l->c, l->nin, l->nout));
    int                     turn;

    for (i = 0; i < n; i++)
        g[i] = k->dout[i];
    by_weights(k, g, dkernel, dbias, dcombine, dcombine_bias);
    dx = by_canvas(k, g);
    want = room(canvas_count(&v) * sizeof *want);
    for (i = 0; i < canvas_count(&v); i++)
        want[i] = (float)dx[i];
    for (turn = 0; turn < 2; turn++) {          /* again with the counters that the first left */
        check_launch(cudaMemcpy(dout, k->dout, n * sizeof(float), cudaMemcpyHostToDevice));
        check_launch(cuda_out_back(&k->o, k->tanh, dout, &v, &d, scratch, NULL));
        got = get_canvas(&v);
        check_close(l->name, got, want, canvas_count(&v), tolerance(l->type));
        free(got);
        check_device(l->name, d.kernel, dkernel, k->nkernel, 1e-10);
        if (l->bias)
            check_device(l->name, d.bias, dbias, (size_t)l->nout, 1e-9);
        if (l->nin > 0) {
            check_device(l->name, d.combine_kernel, dcombine, (size_t)l->nout * l->nin, 1e-9);
            check_device(l->name, d.combine_bias, dcombine_bias, (size_t)l->nout, 1e-9);
        }
    }
    cudaFree(d.kernel);
    cudaFree(d.bias);
    cudaFree(d.combine_kernel);
    cudaFree(d.combine_bias);
    cudaFree(v.at);
    cudaFree(dout);
    cudaFree(scratch);
    free(g);
    free(dkernel);
    free(dx);
    free(want);
}

int
main(void)
{
    struct bc_random r;
    struct work      k;
    size_t           i;

    need_device();
    bc_random_seed(&r, 12);
    for (i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        begin(&k, &layers[i], &r);
        test_forward(&k);
        test_back(&k);
        end(&k);
    }
    return check_end();
}
