/* test_cpu.c -- the vector kernels, of every instruction set that this processor has, against
 * the plain C of ref.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "generator.h"
#include "random.h"
#include "ref.h"

enum { MAX_LAYERS = 8 };
static const double TOLERANCE = 1e-9;       /* normalised squared error */
static const char  *isa;                    /* the instruction set under test */
static int          direct;                 /* 1: without Winograd */

/* Name of what is being compared, for check_close. */
static const char *
label(const char *name, const char *what, int h, int w, int batch)
{
    static char text[200];

    snprintf(text, sizeof text, "%s: %s %s, %d x %d, batch %d", isa, name, what, w, h, batch);
    return text;
}

static float *
normals(size_t n, double sigma, uint64_t seed)
{
    float           *x = malloc(n * sizeof *x);
    struct bc_random r;
    size_t           i;

    bc_random_seed(&r, seed);
    for (i = 0; i < n; i++)
        x[i] = (float)(sigma * bc_random_normal(&r));
    return x;
}

static float *
poisoned(size_t n)
{
    float *x = malloc(n * sizeof *x);
    size_t i;

    for (i = 0; i < n; i++)
        x[i] = NAN;
    return x;
}

/* Random weights, as large as keeps a layer's result near 1. */
static float *
start(const struct bc_graph *g, uint64_t seed)
{
    float *w = normals(g->nweight, 0.3, seed);
    int    i;
    size_t j;

    for (i = 0; i < g->nlayer; i++) {
        const struct bc_layer *l = &g->layer[i];
        size_t                 n = (size_t)l->k * l->k * l->cin;

        for (j = 0; j < n * l->cout; j++)
            w[l->kernel_at + j] *= 3.0f / sqrtf((float)n);
        for (j = 0; l->norm && j < (size_t)l->cout; j++)
            w[l->scale_at + j] += 1.0f;
    }
    return w;
}

/* What a backend makes of one step, and of a prediction before it. */
struct result { float *out, *value, *m, *v; double loss; };

static void
forget(struct result *r)
{
    free(r->out);
    free(r->value);
    free(r->m);
    free(r->v);
}

static struct bc_loss loss = { .lambda = 1.0 };
static int            holes;                    /* 1: some pixels have no truth */

static struct bc_plan_options
options(int h, int w, int batch, int threads, double beta1)
{
    return (struct bc_plan_options){ .height = h, .width = w, .batch = batch, .train = 1,
                                     .threads = threads, .device = { .direct = direct }, .loss = loss,
                                     .beta1 = beta1, .beta2 = 0.999, .epsilon = 1e-7 };
}

/* beta1 = 0: the gradient is what m holds after the step. */
static struct result
compute(const struct bc_backend *b, const struct bc_graph *g, int h, int w, int batch, int threads)
{
    size_t                 area = (size_t)h * w;
    float                 *in = normals(batch * area * g->nin, 0.5, 7);
    float                 *truth = normals(batch * area * g->nout, 0.5, 8), *weights = start(g, 9);
    struct result          r = { poisoned(batch * area * g->nout), poisoned(g->nweight),
                                 poisoned(g->nweight), poisoned(g->nweight), NAN };
    struct bc_plan_options o = options(h, w, batch, threads, 0.0), forward = o;
    struct bc_weights      state = { weights, NULL, NULL, 0 }, after = { r.value, r.m, r.v, 0 };
    struct bc_batch        data = { in, truth, (size_t)batch, 1e-3 };
    struct bc_plan        *plan = NULL;

    if (holes)
        truth[3] = truth[area + 40] = truth[area + 41] = NAN;
    forward.train = 0;
    CHECK(b->compile(g, &state, &forward, &plan) == BC_OK);
    CHECK(b->run(plan, in, r.out, (size_t)batch, NULL) == BC_OK);
    b->release(plan);
    CHECK(b->compile(g, &state, &o, &plan) == BC_OK);
    CHECK(b->step(plan, &data, &r.loss) == BC_OK);
    CHECK(b->read(plan, &after) == BC_OK);
    CHECK(after.step == 1);
    b->release(plan);
    free(in);
    free(truth);
    free(weights);
    return r;
}

/* Forward and each tensor's gradient: cpu against ref. */
static void
compare(const char *name, const struct bc_graph *g, int h, int w, int batch, int threads)
{
    struct result    want = compute(&bc_backend_ref, g, h, w, batch, 1);
    struct result    got = compute(&bc_backend_cpu, g, h, w, batch, threads);
    struct bc_tensor t;
    int              i;

    check_close(label(name, "prediction", h, w, batch), got.out, want.out,
                (size_t)h * w * batch * g->nout, TOLERANCE);
    check_near(label(name, "loss", h, w, batch), got.loss, want.loss, 1e-5);
    for (i = 0; bc_graph_tensor(g, i, &t); i++)
        check_close(label(name, t.name, h, w, batch), got.m + t.at, want.m + t.at, t.n, TOLERANCE);
    forget(&want);
    forget(&got);
}

/* A graph with room for some layers; layers are appended by hand. */
struct hand { struct bc_graph g; struct bc_layer layer[MAX_LAYERS]; };

static void
append(struct hand *n, struct bc_layer l)
{
    l.kernel_at = n->g.nweight;
    l.bias_at = l.kernel_at + (size_t)l.k * l.k * l.cin * l.cout;
    l.scale_at = l.bias_at + (l.bias ? (size_t)l.cout : 0);
    l.offset_at = l.scale_at + (l.norm ? (size_t)l.cout : 0);
    n->g.nweight = l.offset_at + (l.norm ? (size_t)l.cout : 0);
    snprintf(l.name, sizeof l.name, "layer%d", n->g.nlayer);
    n->layer[n->g.nlayer++] = l;
    n->g.layer = n->layer;
    n->g.nout = l.cout;
}

/* The layer L between two that give it something to read and bring the image back to its size. */
static void
one_layer(const char *name, struct bc_layer l, int h, int w, int batch, int threads)
{
    struct hand     n = { .g = { .nin = 2, .multiple = 1 } };
    struct bc_layer first = { .op = BC_CONV, .src = BC_FROM_INPUT, .add = BC_FROM_NONE,
                              .cin = 2, .cout = l.cin, .k = 1, .stride = 1 };
    struct bc_layer last = { .op = BC_CONV, .src = 1, .add = BC_FROM_NONE,
                             .cin = l.cout, .cout = 2, .k = 3, .stride = 2, .pad = BC_PAD_SAME };

    l.src = 0;
    l.add = BC_FROM_NONE;
    append(&n, first);
    append(&n, l);
    if (l.stride == 2) {
        last.op = l.op == BC_CONV ? BC_CONVT : BC_CONV;
        append(&n, last);
    }
    compare(name, &n.g, h, w, batch, threads);
}

/* All terms of the loss: of the local generator, which says how wrong it is, and of one that does not; a truth
 * with holes. */
static void
test_losses(void)
{
    struct bc_generator generator = { .nin = 2, .filters = { 12 }, .resblocks = 1, .no_norm = 1, .combine = 1 };
    struct bc_graph    *g;

    loss = (struct bc_loss){ .lambda = 0.3, .flux = 0.2, .range = 3.0 };
    for (generator.local = 0; generator.local < 2; generator.local++) {
        loss.scale = 0.1 * generator.local;
        CHECK(bc_generator_graph(&generator, &g) == BC_OK);
        for (holes = 0; holes < 2; holes++)
            compare(generator.local ? "all losses, local" : "all losses", g, 22, 26, 3, 2);
        bc_graph_free(g);
    }
    loss = (struct bc_loss){ .lambda = 1.0 };
    holes = 0;
}

static void
test_layers(void)
{
    static const struct {
        const char *name;
        enum bc_op  op;
        int         k, stride;
        enum bc_pad pad;
        int         cin, cout, norm, bias;
        enum bc_act act;
    } cases[] = {
        { "3x3 reflect",          BC_CONV,  3, 1, BC_PAD_REFLECT,  8, 16, 1, 0, BC_ACT_RELU },
        { "3x3 reflect 9-33",     BC_CONV,  3, 1, BC_PAD_REFLECT,  9, 33, 1, 0, BC_ACT_NONE },
        { "3x3 same 16-8",        BC_CONV,  3, 1, BC_PAD_SAME,    16,  8, 0, 1, BC_ACT_NONE },
        { "3x3 reflect 5-3",      BC_CONV,  3, 1, BC_PAD_REFLECT,  5,  3, 0, 1, BC_ACT_RELU },
        { "3x3 reflect 40-24",    BC_CONV,  3, 1, BC_PAD_REFLECT, 40, 24, 1, 0, BC_ACT_NONE },
        { "3x3 reflect 1-1",      BC_CONV,  3, 1, BC_PAD_REFLECT,  1,  1, 0, 1, BC_ACT_TANH },
        { "3x3 1-1 norm",         BC_CONV,  3, 1, BC_PAD_REFLECT,  1,  1, 1, 0, BC_ACT_TANH },
        { "7x7 reflect 20-1",     BC_CONV,  7, 1, BC_PAD_REFLECT, 20,  1, 0, 1, BC_ACT_TANH },
        { "7x7 reflect 2-6",      BC_CONV,  7, 1, BC_PAD_REFLECT,  2,  6, 1, 0, BC_ACT_RELU },
        { "7x7 reflect 20-2",     BC_CONV,  7, 1, BC_PAD_REFLECT, 20,  2, 0, 1, BC_ACT_TANH },
        { "7x7 reflect 20-3",     BC_CONV,  7, 1, BC_PAD_REFLECT, 20,  3, 0, 1, BC_ACT_RELU },
        { "3x3 same 33-7",        BC_CONV,  3, 1, BC_PAD_SAME,    33,  7, 0, 1, BC_ACT_NONE },
        { "3x3 reflect 16-8 end", BC_CONV,  3, 1, BC_PAD_REFLECT, 16,  8, 0, 1, BC_ACT_TANH },
        { "5x5 same 3-1",         BC_CONV,  5, 1, BC_PAD_SAME,     3,  1, 0, 0, BC_ACT_RELU },
        { "3x3 same 3-5",         BC_CONV,  3, 1, BC_PAD_SAME,     3,  5, 0, 1, BC_ACT_NONE },
        { "4x4 same 3-5",         BC_CONV,  4, 1, BC_PAD_SAME,     3,  5, 0, 1, BC_ACT_NONE },
        { "1x1 33-17",            BC_CONV,  1, 1, BC_PAD_REFLECT, 33, 17, 1, 0, BC_ACT_TANH },
        { "1x1 tanh bias",        BC_CONV,  1, 1, BC_PAD_REFLECT,  3,  2, 0, 1, BC_ACT_TANH },
        { "3x3 down same",        BC_CONV,  3, 2, BC_PAD_SAME,     6, 12, 1, 0, BC_ACT_RELU },
        { "3x3 down same to 1",   BC_CONV,  3, 2, BC_PAD_SAME,     2,  1, 0, 1, BC_ACT_NONE },
        { "3x3 down reflect",     BC_CONV,  3, 2, BC_PAD_REFLECT,  3, 20, 1, 0, BC_ACT_NONE },
        { "5x5 down reflect",     BC_CONV,  5, 2, BC_PAD_REFLECT,  3,  4, 1, 0, BC_ACT_NONE },
        { "2x2 down same",        BC_CONV,  2, 2, BC_PAD_SAME,     3,  4, 0, 1, BC_ACT_NONE },
        { "1x1 down same",        BC_CONV,  1, 2, BC_PAD_SAME,     3,  4, 0, 1, BC_ACT_NONE },
        { "3x3 up",               BC_CONVT, 3, 2, BC_PAD_REFLECT, 12,  6, 1, 0, BC_ACT_RELU },
        { "3x3 up 1-1",           BC_CONVT, 3, 2, BC_PAD_REFLECT,  1,  1, 0, 1, BC_ACT_NONE },
        { "2x2 up",               BC_CONVT, 2, 2, BC_PAD_REFLECT,  5, 33, 0, 1, BC_ACT_NONE },
        { "1x1 up",               BC_CONVT, 1, 2, BC_PAD_REFLECT,  2,  3, 0, 1, BC_ACT_NONE },
        { "5x5 up",               BC_CONVT, 5, 2, BC_PAD_REFLECT,  3,  4, 1, 0, BC_ACT_RELU }
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int             even = cases[i].stride == 2 && cases[i].op == BC_CONV;
        struct bc_layer l = { .op = cases[i].op, .k = cases[i].k, .stride = cases[i].stride,
                              .pad = cases[i].pad, .cin = cases[i].cin, .cout = cases[i].cout,
                              .norm = cases[i].norm, .bias = cases[i].bias, .act = cases[i].act };

        one_layer(cases[i].name, l, 12, 12, 1, 1);
        one_layer(cases[i].name, l, even ? 14 : 13, even ? 22 : 19, 3, 2);
    }
}

/* Sums with another layer, one reader or many. */
static void
test_sums(void)
{
    struct bc_layer l = { .op = BC_CONV, .src = BC_FROM_INPUT, .add = BC_FROM_NONE, .cin = 2,
                          .cout = 5, .k = 3, .stride = 1, .norm = 1, .act = BC_ACT_RELU };
    struct hand     n = { .g = { .nin = 2, .multiple = 1 } };

    append(&n, l);                              /* 0, read by 1, 2 and 3 */
    l.src = 0; l.cin = 5;
    append(&n, l);
    l.src = 1; l.add = 0; l.act = BC_ACT_TANH;
    append(&n, l);
    l.src = 2; l.add = 0; l.k = 5; l.norm = 0; l.bias = 1;
    append(&n, l);
    l.src = 3; l.add = 3; l.k = 1;              /* reads and adds the same layer */
    append(&n, l);
    l.src = 4; l.add = 4; l.k = 3; l.stride = 1; l.pad = BC_PAD_REFLECT;
    append(&n, l);
    compare("sums", &n.g, 13, 11, 2, 2);
}

/* A layer that two read, each with as much of its mirrored border as its kernel needs. */
static void
test_borders(void)
{
    struct bc_layer l = { .op = BC_CONV, .src = BC_FROM_INPUT, .add = BC_FROM_NONE, .cin = 2, .cout = 6, .k = 1,
                          .stride = 1, .pad = BC_PAD_REFLECT, .bias = 1 };
    struct hand     n = { .g = { .nin = 2, .multiple = 1 } };

    append(&n, l);
    l.src = 0; l.cin = 6; l.k = 5;
    append(&n, l);
    l.add = 1; l.k = 3;
    append(&n, l);
    compare("borders", &n.g, 13, 11, 3, 1);
}

/* Sums of layers whose few channels stand beside each other without a gap. */
static void
test_dense_sums(int channels)
{
    struct bc_layer l = { .op = BC_CONV, .src = BC_FROM_INPUT, .add = BC_FROM_NONE, .cin = 4,
                          .cout = channels, .k = 1, .stride = 1, .bias = 1 };
    struct hand     n = { .g = { .nin = 4, .multiple = 1 } };

    append(&n, l);                              /* added twice */
    append(&n, l);
    n.layer[1].add = 0;
    append(&n, l);
    n.layer[2].add = 0;
    l.k = 7; l.add = 1; l.act = BC_ACT_TANH;    /* and a layer that nothing reads: number 2 */
    append(&n, l);
    compare("dense sums", &n.g, 16, 15, 2, 1);
}

static void
test_generators(void)
{
    static const struct { const char *name; struct bc_generator g; int h, w, batch; } cases[] = {
        { "generator 8",           { .nin = 2, .filters = { 8 }, .resblocks = 2 }, 16, 20, 1 },
        { "generator 16 combine",  { .nin = 3, .filters = { 16 }, .resblocks = 1, .combine = 1 },
                                   18, 14, 3 },
        { "generator 6,12",        { .nin = 1, .filters = { 6, 12 }, .resblocks = 1 }, 20, 28, 2 },
        { "generator stem 5",      { .nin = 2, .stem = 5, .resblocks = 1 }, 13, 17, 2 },
        { "generator 64",          { .nin = 2, .filters = { 64 }, .resblocks = 1 }, 24, 20, 1 },
        { "generator no block",    { .nin = 2, .filters = { 4, 8 } }, 16, 16, 1 },
        { "generator no norm",     { .nin = 2, .filters = { 16 }, .resblocks = 2, .no_norm = 1, .combine = 1 },
                                   22, 18, 2 }
    };
    struct bc_graph *g;
    size_t           i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CHECK(bc_generator_graph(&cases[i].g, &g) == BC_OK);
        compare(cases[i].name, g, cases[i].h, cases[i].w, cases[i].batch, 2);
        bc_graph_free(g);
    }
}

/* Large enough for more than one band of tiles; channels enough for tiles of 8 x 8; Winograd switched off. */
static void
test_winograd(void)
{
    struct bc_layer l = { .op = BC_CONV, .cin = 8, .cout = 10, .k = 3, .stride = 1, .norm = 1,
                          .act = BC_ACT_RELU };

    one_layer("3x3 two bands", l, 37, 70, 1, 2);
    one_layer("3x3 narrow", l, 66, 11, 1, 1);
    l.cin = 64;
    l.cout = 66;
    one_layer("3x3 large tiles", l, 18, 26, 1, 2);
    l.cin = 8;
    l.cout = 10;
    direct = 1;
    one_layer("3x3 directly", l, 37, 70, 1, 2);
    direct = 0;
}

/* The same bits from 1, 2 and 3 threads, whether they share an image or have one each. */
static void
test_threads(void)
{
    struct bc_generator  s = { .nin = 2, .filters = { 16 }, .resblocks = 2, .combine = 1 };
    struct bc_graph     *g;
    int                  threads, batch;

    CHECK(bc_generator_graph(&s, &g) == BC_OK);
    for (batch = 1; batch <= 5; batch += 2) {
        struct result want = compute(&bc_backend_cpu, g, 22, 18, batch, 1);

        for (threads = 2; threads <= 3; threads++) {
            struct result got = compute(&bc_backend_cpu, g, 22, 18, batch, threads);

            CHECK(memcmp(got.out, want.out, sizeof(float) * 22 * 18 * batch) == 0);
            CHECK(memcmp(got.m, want.m, sizeof(float) * g->nweight) == 0);
            CHECK(memcmp(got.value, want.value, sizeof(float) * g->nweight) == 0);
            CHECK(got.loss == want.loss);
            forget(&got);
        }
        forget(&want);
    }
    bc_graph_free(g);
}

/* What is asked for of an output has the bits that it has in the whole, wherever it lies. */
static void
test_parts(void)
{
    static const struct bc_part parts[] = { { 0, 40, 0, 52 }, { 0, 1, 0, 1 }, { 39, 40, 51, 52 }, { 9, 22, 13, 18 },
                                            { 16, 24, 0, 52 }, { 3, 40, 47, 50 } };
    struct bc_generator    s = { .local = 1, .nin = 1, .filters = { 16 }, .resblocks = 1, .no_norm = 1, .combine = 1 };
    struct bc_plan_options o = { .height = 40, .width = 52, .batch = 2, .threads = 2 };
    struct bc_graph       *g;
    struct bc_plan        *plan;
    struct bc_weights      w = { NULL, NULL, NULL, 0 };
    float                 *in = normals(2 * 2 * 40 * 52, 1.0, 1), *want = poisoned(2 * 2 * 40 * 52), *got;
    size_t                 i;
    int                    plane, y;

    CHECK(bc_generator_graph(&s, &g) == BC_OK);
    w.value = start(g, 3);
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_OK);
    CHECK(bc_backend_cpu.run(plan, in, want, 2, NULL) == BC_OK);
    for (i = 0; i + 1 < sizeof parts / sizeof parts[0]; i++) {
        got = poisoned(2 * 2 * 40 * 52);
        CHECK(bc_backend_cpu.run(plan, in, got, 2, parts + i) == BC_OK);
        for (plane = 0; plane < 4; plane++) {
            const struct bc_part *p = &parts[i + plane / 2];

            for (y = p->y0; y < p->y1; y++)
                CHECK(memcmp(got + (plane * 40 + y) * 52 + p->x0, want + (plane * 40 + y) * 52 + p->x0,
                             (size_t)(p->x1 - p->x0) * sizeof *got) == 0);
        }
        free(got);
    }
    bc_backend_cpu.release(plan);
    free(w.value);
    free(in);
    free(want);
    bc_graph_free(g);
}

/* Several steps from a given state: weights and moments as ref's formula gives them for the same
 * gradients. */
static void
test_adam(void)
{
    struct bc_generator    s = { .nin = 1, .filters = { 4 }, .resblocks = 1 };
    struct bc_plan_options o = options(12, 12, 1, 2, 0.5);
    struct bc_graph       *g;
    struct bc_plan        *plan;
    struct bc_weights      w = { .step = 3 };
    float                 *in = normals(144, 1.0, 1), *truth = normals(144, 1.0, 2), *value, *m, *v;
    struct bc_batch        data = { in, truth, 1, 2e-4 };
    double                 loss, *gradient;
    size_t                 i;

    CHECK(bc_generator_graph(&s, &g) == BC_OK);
    w.value = start(g, 3);
    w.m = normals(g->nweight, 1e-3, 4);
    w.v = normals(g->nweight, 1e-3, 5);
    for (i = 0; i < g->nweight; i++)
        w.v[i] *= w.v[i];
    value = start(g, 3);
    m = malloc(g->nweight * sizeof *m);
    v = malloc(g->nweight * sizeof *v);
    memcpy(m, w.m, g->nweight * sizeof *m);
    memcpy(v, w.v, g->nweight * sizeof *v);
    gradient = malloc(g->nweight * sizeof *gradient);
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_OK);
    CHECK(bc_backend_cpu.step(plan, &data, &loss) == BC_OK);
    CHECK(bc_backend_cpu.read(plan, &w) == BC_OK && w.step == 4);
    for (i = 0; i < g->nweight; i++)
        gradient[i] = 2.0 * w.m[i] - m[i];      /* beta1 = 0.5 */
    ref_adam(&o, data.rate, 4, g->nweight, gradient, value, m, v);
    check_close("Adam: m", w.m, m, g->nweight, 1e-12);
    check_close("Adam: v", w.v, v, g->nweight, 1e-12);
    check_close("Adam: weights", w.value, value, g->nweight, 1e-12);
    bc_backend_cpu.release(plan);
    free(w.value);
    free(w.m);
    free(w.v);
    free(value);
    free(m);
    free(v);
    free(gradient);
    free(in);
    free(truth);
    bc_graph_free(g);
}

/* A NaN in an input ends as a NaN, in a loss too, and in no crash. */
static void
test_nan(void)
{
    struct bc_generator    s = { .nin = 1, .filters = { 4 }, .resblocks = 1 };
    struct bc_plan_options o = options(12, 12, 1, 1, 0.5);
    struct bc_graph       *g;
    struct bc_plan        *plan;
    float                 *in = poisoned(144), *out = normals(144, 1.0, 2);
    struct bc_weights      w = { NULL, NULL, NULL, 0 };
    struct bc_batch        data = { in, out, 1, 2e-4 };
    double                 loss;

    CHECK(bc_generator_graph(&s, &g) == BC_OK);
    w.value = start(g, 3);
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_OK);
    CHECK(bc_backend_cpu.step(plan, &data, &loss) == BC_OK && isnan(loss));
    data.n = 2;                                                     /* of a plan for one */
    CHECK(bc_backend_cpu.step(plan, &data, &loss) == BC_BAD_ARG);
    CHECK(bc_backend_cpu.run(plan, in, out, 1, NULL) == BC_OK && isnan(out[0]) && isnan(out[143]));
    bc_backend_cpu.release(plan);
    free(w.value);
    free(in);
    free(out);
    bc_graph_free(g);
}

/* What cannot be done is said at compile. */
static void
test_refusals(void)
{
    struct bc_generator    s = { .nin = 1, .filters = { 4 }, .resblocks = 1 }, stem = { .nin = 1, .stem = 4 };
    struct bc_plan_options o = options(12, 13, 1, 1, 0.5);
    struct bc_graph       *g;
    struct bc_plan        *plan = NULL;
    struct bc_weights      w = { NULL, NULL, NULL, 0 };

    CHECK(bc_generator_graph(&s, &g) == BC_OK);
    w.value = start(g, 3);
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_BAD_SHAPE);    /* 13 is not even */
    o.width = 2;
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_BAD_SHAPE);    /* none to mirror */
    o.width = 12;
    o.threads = -1;
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_BAD_ARG);
    o.threads = 1;
    setenv("BANDCAST_ISA", "mmx", 1);
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_NO_DEVICE);
    CHECK(strstr(bc_message(), "mmx") != NULL);
    unsetenv("BANDCAST_ISA");
    CHECK(plan == NULL);
    free(w.value);
    bc_graph_free(g);
    CHECK(bc_generator_graph(&stem, &g) == BC_OK);
    w.value = start(g, 3);
    o.height = 3;
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_BAD_SHAPE);    /* 7 x 7 mirrors the third beside an edge */
    o.height = 4;
    CHECK(bc_backend_cpu.compile(g, &w, &o, &plan) == BC_OK);
    bc_backend_cpu.release(plan);
    free(w.value);
    bc_graph_free(g);
}

int
main(void)
{
    static const char *const names[] = { "sse2", "avx2", "avx512", "baseline" };
    struct hand              n = { .g = { .nin = 1, .multiple = 1 } };
    struct bc_plan_options   o = options(12, 12, 1, 1, 0.5);
    struct bc_weights        w = { normals(9, 1.0, 1), NULL, NULL, 0 };
    struct bc_plan          *plan;
    int                      i, channels, tried = 0;
    char                     text[64];

    append(&n, (struct bc_layer){ .op = BC_CONV, .src = BC_FROM_INPUT, .add = BC_FROM_NONE,
                                  .cin = 1, .cout = 1, .k = 3, .stride = 1 });
    for (i = 0; i < 4; i++) {
        setenv("BANDCAST_ISA", names[i], 1);
        if (bc_backend_cpu.compile(&n.g, &w, &o, &plan) != BC_OK) {
            printf("%s: skipped\n", bc_message());
            continue;
        }
        bc_backend_cpu.describe(plan, text, sizeof text);
        CHECK(strncmp(text, names[i], strlen(names[i])) == 0);
        bc_backend_cpu.release(plan);
        isa = names[i];
        tried++;
        test_layers();
        test_losses();
        test_winograd();
        test_sums();
        test_borders();
        for (channels = 1; channels <= 4; channels++)
            test_dense_sums(channels);
        test_generators();
        test_threads();
        test_parts();
        test_adam();
        test_nan();
    }
    CHECK(tried > 0);
    unsetenv("BANDCAST_ISA");
    test_refusals();
    free(w.value);
    return check_end();
}
