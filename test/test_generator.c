/* test_generator.c -- the paper's generator: its layers and weights, its start, and its output for weights and an input
 * of which the output is known (data/keras_tiny.fits, from Keras's own layers in float64).
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "fits.h"
#include "generator.h"
#include "ref.h"

static struct bc_graph *
new_graph(struct bc_generator g)
{
    struct bc_graph *graph = NULL;

    if (bc_generator_graph(&g, &graph) != BC_OK) {
        printf("%s\n", bc_message());
        exit(EXIT_FAILURE);
    }
    return graph;
}

/* ---- layers and weights ------------------------------------------------------------------------ */

/* Numbers of weights as Keras counts them (method: table of variants); the tensors fill them without a gap. */
static void
test_counts(void)
{
    static const struct { struct bc_generator g; size_t n; int nlayer, multiple; } cases[] = {
        { { .nin = 2, .filters = { 128 },      .resblocks = 9 },   2816193, 22, 2 },
        { { .nin = 2, .filters = { 128, 256 }, .resblocks = 6 },   7832001, 18, 4 },
        { { .nin = 2, .filters = { 128, 256 }, .resblocks = 9 },  11374017, 24, 4 },
        { { .nin = 2, .filters = { 128 },      .resblocks = 6 },   1929921, 16, 2 },
        { { .nin = 2, .stem = 64,              .resblocks = 9 },    675393, 20, 1 },
        { { .nin = 2, .filters = { 128 }, .resblocks = 9, .combine = 1 }, 2816193 + 3, 23, 2 },
        /* a bias a channel where the norm has a scale and an offset: 21 layers of 64 + 19 x 128 + 64 channels */
        { { .nin = 2, .filters = { 128 }, .resblocks = 9, .no_norm = 1 }, 2816193 - (64 + 19 * 128 + 64), 22, 2 }
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bc_graph *graph = new_graph(cases[i].g);
        struct bc_tensor t;
        size_t           at = 0, product;
        int              k, d;

        CHECK(graph->nweight == cases[i].n);
        CHECK(graph->nlayer == cases[i].nlayer);
        CHECK(graph->multiple == cases[i].multiple);
        CHECK(graph->nin == 2 && graph->nout == 1);
        for (k = 0; bc_graph_tensor(graph, k, &t); k++) {
            CHECK(t.at == at);
            for (d = 0, product = 1; d < t.ndim; d++)
                product *= (size_t)t.dim[d];
            CHECK(t.n == product);
            at += t.n;
        }
        CHECK(at == graph->nweight);
        bc_graph_free(graph);
    }
}

static void
check_shape(const struct bc_graph *g, int i, int height, int width, int want_h, int want_w)
{
    int h, w;

    bc_graph_shape(g, i, height, width, &h, &w);
    if (h != want_h || w != want_w) {
        printf("layer %d of %dx%d: %dx%d, expected %dx%d\n", i, height, width, h, w, want_h, want_w);
        check_failures++;
    }
}

/* Layers: 0 stem, 1 and 2 down, 3 and 4 residual, 5 and 6 up, 7 out. */
static void
test_shapes(void)
{
    struct bc_graph *g = new_graph((struct bc_generator){ .nin = 2, .filters = { 8, 16 }, .resblocks = 1 });

    check_shape(g, BC_FROM_INPUT, 129, 64, 129, 64);
    check_shape(g, 0, 129, 64, 129, 64);
    check_shape(g, 1, 129, 64, 65, 32);         /* 'same' rounds up */
    check_shape(g, 2, 129, 64, 33, 16);
    check_shape(g, 4, 129, 64, 33, 16);
    check_shape(g, 5, 129, 64, 66, 32);
    check_shape(g, 7, 129, 64, 132, 64);        /* why the size must be a multiple of 4 */
    check_shape(g, 7, 128, 64, 128, 64);
    bc_graph_free(g);
}

static void
test_errors(void)
{
    static const struct { struct bc_generator g; const char *says; } cases[] = {
        { { .nin = 0,  .filters = { 8 } },                   "0 input bands" },
        { { .nin = 65, .filters = { 8 } },                   "65 input bands" },
        { { .nin = 2 },                                      "0 channels in its first layer" },
        { { .nin = 2, .stem = 5000 },                        "5000 channels" },
        { { .nin = 2, .filters = { 8 }, .resblocks = -1 },   "-1 residual blocks" },
        { { .nin = 2, .filters = { 8 }, .resblocks = 257 },  "257 residual blocks" },
        { { .nin = 2, .filters = { 9 } },                    "filters=9" },
        { { .nin = 2, .filters = { 8, 20 } },                "filters=20 after 8" },
        { { .nin = 2, .filters = { 8, 8192 } },              "filters=8192" },
        { { .nin = 2, .stem = 8, .filters = { 8 } },         "a stem of 8 channels before filters=8" }
    };
    struct bc_graph *none = NULL;
    size_t           i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(bc_generator_graph(&cases[i].g, &none) == BC_BAD_SHAPE);
        if (strstr(bc_message(), cases[i].says) == NULL) {
            printf("says \"%s\", not \"%s\"\n", bc_message(), cases[i].says);
            check_failures++;
        }
    }
    CHECK(none == NULL);
}

/* ---- start weights ----------------------------------------------------------------------------- */

static const struct bc_layer *
layer(const struct bc_graph *g, const char *name)
{
    int i;

    for (i = 0; i < g->nlayer; i++)
        if (strcmp(g->layer[i].name, name) == 0)
            return &g->layer[i];
    printf("no layer %s\n", name);
    exit(EXIT_FAILURE);
}

static double
rms(const float *x, size_t n)
{
    double s = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        s += (double)x[i] * x[i];
    return sqrt(s / (double)n);
}

/* The paper's: N(0, 0.02) for kernels and scales, the same numbers for the same shape, as one seeded Keras
 * initialiser gives; the last kernel uniform within sqrt(6 / (49 (64 + 1))) = 0.0434. */
static void
test_paper_start(void)
{
    struct bc_graph       *g = new_graph((struct bc_generator){ .nin = 2, .filters = { 128 }, .resblocks = 2 });
    const struct bc_layer *a = layer(g, "res1a"), *b = layer(g, "res2b"), *out = layer(g, "out");
    const struct bc_layer *stem = layer(g, "stem"), *up = layer(g, "up1");
    float                 *w = malloc(g->nweight * sizeof *w), most = 0.0f;
    size_t                 i;

    bc_generator_start(g, 1, 1, w);
    CHECK(memcmp(w + a->kernel_at, w + b->kernel_at, 9 * 128 * 128 * sizeof *w) == 0);
    CHECK(memcmp(w + a->scale_at, w + b->scale_at, 128 * sizeof *w) == 0);
    CHECK(memcmp(w + stem->scale_at, w + up->scale_at, 64 * sizeof *w) == 0);
    check_near("sigma of a kernel", rms(w + a->kernel_at, 9 * 128 * 128) / 0.02, 1.0, 0.005);
    check_near("sigma of scales", rms(w + a->scale_at, 128) / 0.02, 1.0, 0.15);
    CHECK(rms(w + a->offset_at, 128) == 0.0 && w[out->bias_at] == 0.0f);
    for (i = 0; i < 49 * 64; i++)
        most = fmaxf(most, fabsf(w[out->kernel_at + i]));
    CHECK(most <= 0.0434015f && most > 0.0430f);
    check_near("sigma of the last kernel", rms(w + out->kernel_at, 49 * 64) / (0.0434015 / sqrt(3.0)), 1.0, 0.02);
    free(w);
    bc_graph_free(g);
}

/* Ours: He-normal kernels, all different, scales 1; with a combination the network starts as the mean input. */
static void
test_own_start(void)
{
    struct bc_graph       *g = new_graph((struct bc_generator){ .nin = 3, .filters = { 64 }, .resblocks = 2,
                                                                .combine = 1 });
    const struct bc_layer *a = layer(g, "res1a"), *b = layer(g, "res2b"), *out = layer(g, "out");
    const struct bc_layer *combine = layer(g, "combine");
    float                 *w = malloc(g->nweight * sizeof *w), *again = malloc(g->nweight * sizeof *w);
    size_t                 i;

    bc_generator_start(g, 0, 1, w);
    bc_generator_start(g, 0, 1, again);
    CHECK(memcmp(w, again, g->nweight * sizeof *w) == 0);
    bc_generator_start(g, 0, 2, again);
    CHECK(memcmp(w + a->kernel_at, again + a->kernel_at, 16 * sizeof *w) != 0);
    CHECK(memcmp(w + a->kernel_at, w + b->kernel_at, 16 * sizeof *w) != 0);
    check_near("He", rms(w + a->kernel_at, 9 * 64 * 64) / sqrt(2.0 / (9 * 64)), 1.0, 0.01);
    for (i = 0; i < 64; i++)
        CHECK(w[a->scale_at + i] == 1.0f && w[a->offset_at + i] == 0.0f);
    CHECK(rms(w + out->kernel_at, 49 * 32) == 0.0 && w[out->bias_at] == 0.0f && w[combine->bias_at] == 0.0f);
    for (i = 0; i < 3; i++)
        check_near("combination", w[combine->kernel_at + i], 1.0 / 3.0, 1e-7);
    free(w);
    free(again);
    bc_graph_free(g);
}

/* ---- Keras's numbers --------------------------------------------------------------------------- */

enum { SIDE = 32, AREA = SIDE * SIDE };

static void
read_hdu(struct bc_fits *f, const char *name, size_t n, float *x)
{
    if (bc_fits_move(f, name, 0) != BC_OK || bc_fits_read(f, 0, (long)n, x) != BC_OK) {
        printf("%s\n", bc_message());
        exit(EXIT_FAILURE);
    }
}

/* Mean, standard deviation and first pixel of each layer, as Keras gives them in float64. */
static void
check_layers(const struct bc_graph *g, const float *weights, const float *input)
{
    static const struct { const char *name; int channels, side; double mean, sigma, first; } known[] = {
        { "stem",  4, 32, 0.250624734040, 0.858355920471, 0.0 },
        { "down1", 8, 16, 0.441120212508, 0.527979683615, 0.470209705121 },
        { "res1b", 8, 16, 0.381681764574, 1.005864352223, 1.187561734527 },
        { "res2b", 8, 16, 0.518903620617, 1.382836533023, 1.485263584536 },
        { "res3b", 8, 16, 0.423234060017, 1.686144734525, 1.955742512242 },
        { "up1",   4, 32, 0.413935621539, 0.704620572459, 0.231651126841 },
        { "out",   1, 32, -0.659637569017, 0.398105726485, -0.783865664652 }
    };
    double **layers = ref_new_layers(g, SIDE, SIDE), *w = malloc(g->nweight * sizeof *w), in[2 * AREA];
    size_t   i, j;

    if (layers == NULL || w == NULL)
        exit(EXIT_FAILURE);
    for (i = 0; i < g->nweight; i++)
        w[i] = weights[i];
    for (i = 0; i < 2 * AREA; i++)
        in[i] = input[i];
    ref_forward(g, w, SIDE, SIDE, in, layers);
    for (i = 0; i < sizeof known / sizeof *known; i++) {
        const double *y = layers[layer(g, known[i].name) - g->layer];
        size_t        n = (size_t)known[i].channels * known[i].side * known[i].side;
        double        mean = 0.0, square = 0.0;

        for (j = 0; j < n; j++)
            mean += y[j] / (double)n;
        for (j = 0; j < n; j++)
            square += (y[j] - mean) * (y[j] - mean) / (double)n;
        check_near(known[i].name, mean, known[i].mean, 1e-6);
        check_near(known[i].name, sqrt(square), known[i].sigma, 1e-6);
        check_near(known[i].name, y[0], known[i].first, 1e-6);
    }
    ref_free_layers(g, layers);
    free(w);
}

static void
check_backend(const struct bc_backend *b, const struct bc_graph *g, float *weights, const float *input,
              const float *want)
{
    struct bc_weights      w = { .value = weights };
    struct bc_plan_options o = { .height = SIDE, .width = SIDE, .batch = 1, .threads = 1 };
    struct bc_plan        *plan = NULL;
    float                  got[AREA];
    double                 worst = 0.0;
    int                    i;

    if (b->probe() == 0) {
        printf("%s: no device, skipped\n", b->name);
        return;
    }
    if (b->compile(g, &w, &o, &plan) != BC_OK || b->run(plan, input, got, 1, NULL) != BC_OK) {
        printf("%s: %s\n", b->name, bc_message());
        check_failures++;
        return;
    }
    b->release(plan);
    for (i = 0; i < AREA; i++) {
        double d = fabs((double)got[i] - want[i]);

        if (!(d <= worst))
            worst = isnan(d) ? (double)INFINITY : d;
    }
    printf("%s: within %.2g of Keras\n", b->name, worst);
    /* Float's roundings alone make 1e-5 of this network's sums: PyTorch in float32 comes within 1.04e-5 of these
     * numbers, in float64 within 1.1e-14. */
    CHECK(worst <= (b == &bc_backend_ref ? 1e-6 : 2e-5));
}

static void
test_keras(void)
{
    struct bc_graph                *g = new_graph((struct bc_generator){ .nin = 2, .filters = { 8 }, .resblocks = 3 });
    const struct bc_backend *const *b;
    struct bc_fits                 *f = NULL;
    struct bc_tensor                t;
    const char                     *folder = getenv("srcdir");
    float                          *weights = malloc(g->nweight * sizeof *weights), input[2 * AREA], want[AREA];
    char                            name[1024];
    int                             i;

    snprintf(name, sizeof name, "%s/data/keras_tiny.fits", folder != NULL ? folder : ".");
    if (weights == NULL || bc_fits_open_file(name, &f) != BC_OK) {
        printf("%s\n", bc_message());
        exit(EXIT_FAILURE);
    }
    for (i = 0; bc_graph_tensor(g, i, &t); i++)
        read_hdu(f, t.name, t.n, weights + t.at);
    read_hdu(f, "INPUT", 2 * AREA, input);
    read_hdu(f, "EXPECTED", AREA, want);
    check_layers(g, weights, input);
    for (b = bc_backends; *b != NULL; b++)
        check_backend(*b, g, weights, input, want);
    bc_fits_close(f);
    free(weights);
    bc_graph_free(g);
}

int
main(void)
{
    test_counts();
    test_shapes();
    test_errors();
    test_paper_start();
    test_own_start();
    test_keras();
    return check_end();
}
