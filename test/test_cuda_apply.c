/* test_cuda_apply.c -- the GPU's kernels around a convolution against ref: statistics, norm or bias with
 * activation, skip and border in one pass, their backward pass, images in and out.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cuda_memory.h"

/* One layer's surroundings: REAL of C channels, PAD and BORDER of what the next convolution reads. */
struct layer {
    const char    *name;
    enum bc_type   type;
    int            n, h, w, real, c, norm, bias;
    enum bc_act    act;
    int            skip, pad;
    enum bc_border border;
    int            crop;        /* z in a canvas with one row and column more, as BC_CONVT leaves it */
    int            readers;     /* gradients that come back */
    double         level;       /* mean of z in units of its scatter */
};

static const struct layer layers[] = {
    { "res a",       BC_F32,  2, 13, 11,  24,  24, 1, 0, BC_ACT_RELU, 0, 1, BC_BORDER_REFLECT, 0, 1, 0.3 },
    { "res b",       BC_F32,  1, 16, 18, 128, 128, 1, 0, BC_ACT_NONE, 1, 1, BC_BORDER_REFLECT, 0, 2, 0.3 },
    { "res b bf16",  BC_BF16, 3, 13, 11, 128, 128, 1, 0, BC_ACT_NONE, 1, 1, BC_BORDER_REFLECT, 0, 2, 0.3 },
    { "stem bf16",   BC_BF16, 2, 18, 14,  64,  64, 1, 0, BC_ACT_RELU, 0, 0, BC_BORDER_ZERO,    0, 1, 0.3 },
    { "up",          BC_F32,  2, 10, 12,   5,   8, 1, 0, BC_ACT_RELU, 0, 3, BC_BORDER_REFLECT, 1, 1, 0.3 },
    { "up bf16",     BC_BF16, 1, 14,  9,  13,  16, 1, 0, BC_ACT_RELU, 0, 3, BC_BORDER_REFLECT, 1, 1, 0.3 },
    { "bias",        BC_F32,  3,  9, 17,  16,  16, 0, 1, BC_ACT_RELU, 0, 1, BC_BORDER_REFLECT, 0, 1, 0.3 },
    { "bias up",     BC_F32,  2, 10,  6,  40,  40, 0, 1, BC_ACT_RELU, 0, 3, BC_BORDER_REFLECT, 1, 1, 0.3 },
    { "bias skip",   BC_BF16, 2,  9, 17,  16,  16, 0, 1, BC_ACT_NONE, 1, 1, BC_BORDER_ZERO,    0, 3, 0.3 },
    { "tanh",        BC_F32,  2,  7,  8,   3,   8, 0, 1, BC_ACT_TANH, 1, 0, BC_BORDER_NONE,    0, 4, 0.3 },
    { "tanh norm",   BC_F32,  1,  8,  7,   8,   8, 1, 0, BC_ACT_TANH, 0, 2, BC_BORDER_NONE,    0, 1, 0.3 },
    { "nothing",     BC_F32,  1,  6,  5,   8,   8, 0, 0, BC_ACT_NONE, 1, 2, BC_BORDER_REFLECT, 0, 1, 0.3 },
    { "wide",        BC_BF16, 1,  5,  6, 270, 272, 1, 0, BC_ACT_RELU, 0, 1, BC_BORDER_REFLECT, 0, 1, 0.3 },
    { "wide float",  BC_F32,  2,  5,  6, 520, 520, 1, 0, BC_ACT_RELU, 1, 1, BC_BORDER_REFLECT, 0, 2, 0.3 },
    { "far level",   BC_F32,  1, 40, 33,   8,   8, 1, 0, BC_ACT_RELU, 0, 1, BC_BORDER_REFLECT, 0, 1, 50.0 },
    { "many chunks", BC_F32,  1, 90, 97, 128, 128, 1, 0, BC_ACT_RELU, 0, 1, BC_BORDER_REFLECT, 0, 1, 0.3 },
    { "two pixels",  BC_F32,  1,  2,  2,   8,   8, 1, 0, BC_ACT_RELU, 0, 1, BC_BORDER_REFLECT, 0, 1, 0.3 }
};

/* A layer's tensors, (n, c, h, w) in double here and canvases on the device. */
struct work {
    const struct layer *l;
    size_t              area, count;
    struct bc_apply     a;
    struct bc_view      skip, out;
    double             *z, *add, *scale, *offset;
    float              *host_scale, *host_offset, *mean, *inverse;
    void               *scratch;
};

static void
begin(struct work *k, const struct layer *l, struct bc_random *r)
{
    int j;

    memset(k, 0, sizeof *k);
    k->l = l;
    k->area = (size_t)l->h * l->w;
    k->count = k->area * l->n * l->c;
    k->a.z = new_canvas(l->type, l->n, l->h, l->w, l->c, 0, l->crop);
    k->z = fill_canvas(&k->a.z, l->real, l->level, 1.0, r);
    k->skip = new_canvas(l->type, l->n, l->h, l->w, l->c, 2, 1);
    k->add = fill_canvas(&k->skip, l->real, 0.0, 1.0, r);
    k->out = new_canvas(l->type, l->n, l->h, l->w, l->c, l->pad, l->border == BC_BORDER_ZERO);
    k->host_scale = some_normals((size_t)l->real, (size_t)(l->c - l->real), 1.0, r);
    k->host_offset = some_normals((size_t)l->real, (size_t)(l->c - l->real), 0.5, r);
    k->scale = room((size_t)l->c * sizeof *k->scale);
    k->offset = room((size_t)l->c * sizeof *k->offset);
    for (j = 0; j < l->c; j++) {
        k->scale[j] = k->host_scale[j];
        k->offset[j] = l->norm || l->bias ? k->host_offset[j] : 0.0;
    }
    k->mean = fresh((size_t)l->n * l->c * sizeof(float));
    k->inverse = fresh((size_t)l->n * l->c * sizeof(float));
    k->scratch = zeroed(cuda_norm_scratch(l->n, l->h, l->w, l->c));
    k->a.act = l->act;
    if (l->norm) {
        k->a.mean = k->mean;
        k->a.inverse = k->inverse;
        k->a.scale = up(k->host_scale, (size_t)l->c * sizeof(float));
    }
    if (l->norm || l->bias)
        k->a.offset = up(k->host_offset, (size_t)l->c * sizeof(float));
}

static void
end(struct work *k)
{
    cudaFree(k->a.z.at);
    cudaFree(k->skip.at);
    cudaFree(k->out.at);
    cudaFree(k->mean);
    cudaFree(k->inverse);
    cudaFree(k->scratch);
    cudaFree((void *)k->a.scale);
    cudaFree((void *)k->a.offset);
    free(k->z);
    free(k->add);
    free(k->scale);
    free(k->offset);
    free(k->host_scale);
    free(k->host_offset);
}

/* u = norm(z) or z + offset, and act(u), of all samples. */
static void
normal_forward(const struct work *k, double *u)
{
    const struct layer *l = k->l;
    size_t              sample = k->area * l->c, j;
    int                 i;

    for (i = 0; i < l->n; i++)
        if (l->norm)
            ref_norm(k->scale, k->offset, l->c, k->area, k->z + i * sample, u + i * sample);
    for (j = 0; !l->norm && j < k->count; j++)
        u[j] = k->z[j] + k->offset[j / k->area % l->c];
    ref_act(l->act, k->count, u);
}

/* What the pixel (y, x) around an image of (h, w) must be: an index, -1 for zero, -2 for untouched. */
static long
around(const struct layer *l, int y, int x)
{
    if (y >= 0 && y < l->h && x >= 0 && x < l->w)
        return (long)y * l->w + x;
    if (l->border != BC_BORDER_REFLECT)
        return l->border == BC_BORDER_ZERO ? -1 : -2;
    y = abs(y);
    x = abs(x);
    y = y < l->h ? y : 2 * (l->h - 1) - y;
    x = x < l->w ? x : 2 * (l->w - 1) - x;
    return (long)y * l->w + x;
}

static void
test_stats(struct work *k)
{
    const struct layer *l = k->l;
    size_t              n = (size_t)l->n * l->c, i, j;
    float              *mean = room(n * sizeof *mean), *inverse = room(n * sizeof *inverse);

    check_launch(cuda_stats(&k->a.z, k->mean, k->inverse, k->scratch, NULL));
    down(k->mean, n * sizeof *mean, mean);
    down(k->inverse, n * sizeof *inverse, inverse);
    for (i = 0; i < n; i++) {
        double m = 0.0, v = 0.0;

        for (j = 0; j < k->area; j++)
            m += k->z[i * k->area + j] / (double)k->area;
        for (j = 0; j < k->area; j++)
            v += pow(k->z[i * k->area + j] - m, 2.0) / (double)k->area;
        check_near(l->name, mean[i], m, 1e-6);
        check_near(l->name, inverse[i], 1.0 / sqrt(v + BC_NORM_EPSILON), 2e-6);
    }
    free(mean);
    free(inverse);
}

static void
test_apply(struct work *k)
{
    const struct layer *l = k->l;
    size_t              n = canvas_count(&k->out), area = k->area, untouched = 0, i;
    float              *got, *want = room(n * sizeof *want);
    double             *u = room(k->count * sizeof *u);
    int                 s, ch, y, x;

    normal_forward(k, u);
    for (i = 0; l->skip && i < k->count; i++)
        u[i] += k->add[i];
    check_launch(cuda_apply(&k->a, l->skip ? &k->skip : NULL, &k->out, l->border, NULL));
    got = get_canvas(&k->out);
    for (s = 0; s < l->n; s++)
        for (ch = 0; ch < l->c; ch++)
            for (y = -k->out.y0; y < k->out.rows - k->out.y0; y++)
                for (x = -k->out.x0; x < k->out.cols - k->out.x0; x++) {
                    long   from = around(l, y, x);
                    size_t at = canvas_at(&k->out, s, y, x, ch);

                    want[at] = from >= 0 ? (float)u[((size_t)s * l->c + ch) * area + (size_t)from] : 0.0f;
                    if (from == -2 && isnan(got[at])) {
                        got[at] = 0.0f;
                        untouched++;
                    }
                }
    CHECK(l->border != BC_BORDER_NONE || untouched == n - k->count);
    check_close(l->name, got, want, n, tolerance(l->type));
    free(got);
    free(want);
    free(u);
}

/* A gradient of a reader with its own canvas, added, folded, to g (n, c, h, w). */
static struct bc_gradient
one_gradient(const struct work *k, int number, struct bc_random *r, double *g)
{
    const struct layer *l = k->l;
    struct layer        as = *l;
    struct bc_gradient  d = { .border = number == 0 ? l->border : BC_BORDER_NONE };
    float              *x;
    size_t              i;
    int                 s, ch, y, col;

    d.view = number == 0 ? new_canvas(l->type, l->n, l->h, l->w, l->c, l->pad, l->border == BC_BORDER_ZERO)
                         : new_canvas(l->type, l->n, l->h, l->w, l->c, number - 1, 0);
    as.border = d.border;
    x = normals(canvas_count(&d.view), 1.0, r);
    for (i = 0; i < canvas_count(&d.view); i++)
        x[i] = (int)(i % (size_t)l->c) < l->real ? rounded(x[i], l->type) : 0.0f;
    for (s = 0; s < l->n; s++)
        for (ch = 0; ch < l->c; ch++)
            for (y = -d.view.y0; y < d.view.rows - d.view.y0; y++)
                for (col = -d.view.x0; col < d.view.cols - d.view.x0; col++) {
                    long   to = around(&as, y, col);
                    size_t at = canvas_at(&d.view, s, y, col, ch);

                    if (to >= 0)
                        g[((size_t)s * l->c + ch) * k->area + (size_t)to] += x[at];
                    else
                        x[at] = NAN;            /* must not be read */
                }
    set_canvas(&d.view, x);
    free(x);
    return d;
}

/* dz, dscale and doffset from g; g becomes the gradient before the activation. */
static void
normal_back(const struct work *k, double *g, double *dz, double *dscale, double *doffset)
{
    const struct layer *l = k->l;
    size_t              sample = k->area * l->c, j;
    double             *u = room(k->count * sizeof *u);
    int                 i;

    normal_forward(k, u);
    ref_act_back(l->act, k->count, u, g);
    for (i = 0; l->norm && i < l->n; i++)
        ref_norm_back(k->scale, l->c, k->area, k->z + i * sample, g + i * sample, dz + i * sample, dscale,
                      doffset);
    for (j = 0; !l->norm && j < k->count; j++) {
        dz[j] = g[j];
        doffset[j / k->area % l->c] += g[j];
    }
    free(u);
}

/* The inside of a canvas against (n, c, h, w); elsewhere it holds ELSE. */
static void
check_canvas(const char *name, const struct bc_view *v, const double *want, float other, double limit)
{
    size_t area = (size_t)v->h * v->w, n = canvas_count(v), i;
    float *got = get_canvas(v), *expected = room(n * sizeof *expected);
    int    s, ch, y, x;

    for (i = 0; i < n; i++)
        expected[i] = other;
    for (s = 0; s < v->n; s++)
        for (ch = 0; ch < v->c; ch++)
            for (y = 0; y < v->h; y++)
                for (x = 0; x < v->w; x++)
                    expected[canvas_at(v, s, y, x, ch)] =
                        (float)want[((size_t)s * v->c + ch) * area + (size_t)y * v->w + x];
    for (i = 0; i < n; i++)
        if (isnan(expected[i]) && isnan(got[i]))
            expected[i] = got[i] = 0.0f;
    check_close(name, got, expected, n, limit);
    free(got);
    free(expected);
}

static void
check_vector(const char *name, const float *device, const double *want, int n, double limit)
{
    float *got = room((size_t)n * sizeof *got), *expected = room((size_t)n * sizeof *expected);
    int    i;

    down(device, (size_t)n * sizeof *got, got);
    for (i = 0; i < n; i++)
        expected[i] = (float)want[i];
    check_close(name, got, expected, (size_t)n, limit);
    free(got);
    free(expected);
}

/* With the sum of the gradients kept for a skip's layer, or not. */
static void
test_back(struct work *k, int keep, struct bc_random *r)
{
    const struct layer *l = k->l;
    struct bc_gradient  from[BC_MOST_GRADIENTS];
    struct bc_view      sum = new_canvas(l->type, l->n, l->h, l->w, l->c, 1, 0);
    struct bc_view      dz = new_canvas(l->type, l->n, l->h, l->w, l->c, 0, l->crop);
    double             *g = calloc(k->count, sizeof *g), *want = room(k->count * sizeof *want);
    double             *dscale = calloc((size_t)l->c, sizeof *g), *doffset = calloc((size_t)l->c, sizeof *g);
    float              *got_scale = fresh((size_t)l->c * sizeof(float));
    float              *got_offset = fresh((size_t)l->c * sizeof(float));
    enum bc_border      border = l->crop ? BC_BORDER_ZERO : BC_BORDER_NONE;
    struct bc_apply     a = k->a;
    int                 j, learns = l->norm || l->bias;

    for (j = 0; j < l->readers; j++)
        from[j] = one_gradient(k, j, r, g);
    if (!l->norm && l->act == BC_ACT_NONE)
        a.z.at = NULL;
    check_launch(cuda_apply_back(&a, from, l->readers, keep ? &sum : NULL, &dz, border,
                                 l->norm ? got_scale : NULL, learns ? got_offset : NULL, k->scratch, NULL));
    if (keep)
        check_canvas(l->name, &sum, g, NAN, tolerance(l->type));
    normal_back(k, g, want, dscale, doffset);
    check_canvas(l->name, &dz, want, 0.0f, tolerance(l->type) * (l->norm ? 4.0 : 1.0));
    if (l->norm)
        check_vector(l->name, got_scale, dscale, l->c, 1e-10);
    if (learns)
        check_vector(l->name, got_offset, doffset, l->c, 1e-10);
    for (j = 0; j < l->readers; j++)
        cudaFree(from[j].view.at);
    cudaFree(sum.at);
    cudaFree(dz.at);
    cudaFree(got_scale);
    cudaFree(got_offset);
    free(g);
    free(want);
    free(dscale);
    free(doffset);
}

static void
test_pack(enum bc_type type, int nin, int c, int pad, enum bc_border border)
{
    struct bc_random r;
    struct layer     l = { .n = 2, .h = 9, .w = 13, .border = border };
    struct bc_view   v = new_canvas(type, l.n, l.h, l.w, c, pad, border == BC_BORDER_ZERO);
    size_t           area = (size_t)l.h * l.w, n = canvas_count(&v), count = 2 * area * (size_t)nin, i;
    float           *in, *got, *back = room(count * sizeof *back), *device, *planes;
    int              s, ch, y, x;

    bc_random_seed(&r, 5);
    in = normals(count, 1.0, &r);
    for (i = 0; i < count; i++)
        in[i] = rounded(in[i], type);
    device = up(in, count * sizeof *in);
    planes = fresh(count * sizeof *in);
    check_launch(cuda_pack(device, nin, &v, border, NULL));
    check_launch(cuda_unpack(&v, nin, planes, NULL));
    down(planes, count * sizeof *in, back);
    CHECK(memcmp(back, in, count * sizeof *in) == 0);
    got = get_canvas(&v);
    for (s = 0; s < 2; s++)
        for (y = -v.y0; y < v.rows - v.y0; y++)
            for (x = -v.x0; x < v.cols - v.x0; x++)
                for (ch = 0; ch < c; ch++) {
                    long  from = around(&l, y, x);
                    float u = got[canvas_at(&v, s, y, x, ch)];

                    CHECK(from == -2 ? isnan(u) : u == (ch < nin && from >= 0
                                                        ? in[((size_t)s * nin + ch) * area + (size_t)from] : 0.0f));
                }
    CHECK(n == (size_t)2 * v.rows * v.cols * c);
    free(in);
    free(got);
    free(back);
    cudaFree(device);
    cudaFree(planes);
    cudaFree(v.at);
}

int
main(void)
{
    struct bc_random r;
    struct work      k;
    size_t           i;

    need_device();
    bc_random_seed(&r, 11);
    for (i = 0; i < sizeof layers / sizeof layers[0]; i++) {
        begin(&k, &layers[i], &r);
        test_stats(&k);
        test_apply(&k);
        test_back(&k, 0, &r);
        test_back(&k, 1, &r);
        end(&k);
    }
    test_pack(BC_F32, 2, 8, 3, BC_BORDER_REFLECT);
    test_pack(BC_BF16, 8, 8, 3, BC_BORDER_REFLECT);
    test_pack(BC_BF16, 9, 16, 0, BC_BORDER_ZERO);
    test_pack(BC_F32, 3, 8, 1, BC_BORDER_NONE);
    return check_end();
}
