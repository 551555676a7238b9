/* test_ref.c -- the ref backend as a whole: gradients of the loss and of small generators by differences, Adam against
 * numbers worked out by hand, and a step of the backend against both.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "generator.h"
#include "gradient.h"
#include "ref.h"

/* ---- loss -------------------------------------------------------------------------------------- */

struct loss_case { int h, w; struct bc_loss o; double *truth; };

static double
loss_of_image(void *arg, double *y, unsigned long *kink_p)
{
    struct loss_case *c = arg;

    (void)kink_p;
    return bc_loss(&c->o, c->truth, y, NULL, c->h, c->w, NULL, NULL);
}

static double
loss_of_scales(void *arg, double *s, unsigned long *kink_p)
{
    struct loss_case *c = arg;

    (void)kink_p;
    return bc_loss(&c->o, c->truth, s - c->h * c->w, s, c->h, c->w, NULL, NULL);
}

/* A truth that is nowhere within 0.05 of Y, where |y - truth| has no derivative. */
static void
set_apart(const double *y, size_t n, struct bc_random *r, double *truth)
{
    size_t i;

    for (i = 0; i < n; i++) {
        double distance = 0.05 + 0.2 * bc_random_uniform(r);

        truth[i] = y[i] + (bc_random_uniform(r) < 0.5 ? distance : -distance);
    }
}

/* The gradient of S reaches the scales alone: that by y is checked without it. */
static void
test_loss(struct bc_random *r)
{
    static const struct bc_loss losses[] = { { 0.0, 0.0, 0.0, 0.0 }, { 1.0, 0.0, 0.0, 0.0 }, { 0.3, 0.0, 0.0, 0.0 },
                                             { 0.0, 0.7, 3.0, 0.0 }, { 0.3, 0.2, 5.0, 0.0 }, { 0.3, 0.2, 5.0, 0.4 } };
    struct loss_case            c = { .h = 16, .w = 19 };
    size_t                      n = 16 * 19, i, holes;
    double                     *y = new_vector(2 * n), *dy = new_vector(2 * n);
    char                        name[64];

    c.truth = new_vector(n);
    for (i = 0; i < 2 * n; i++)
        y[i] = bc_random_uniform(r);
    for (holes = 0; holes < 2; holes++) {
        set_apart(y, n, r, c.truth);
        c.truth[0] = c.truth[15] = c.truth[3 * 19 + 18] = holes ? NAN : c.truth[0];
        for (i = 0; i < sizeof losses / sizeof *losses; i++) {
            c.o = losses[i];
            bc_loss(&c.o, c.truth, y, y + n, c.h, c.w, dy, dy + n);
            snprintf(name, sizeof name, "loss %zu, holes=%zu", i, holes);
            if (c.o.scale > 0.0)
                check_gradient(name, loss_of_scales, &c, y + n, n, dy + n);
            else
                check_gradient(name, loss_of_image, &c, y, n, dy);
        }
    }
    c.o = losses[4];
    CHECK(bc_loss(&c.o, y, y, NULL, c.h, c.w, NULL, NULL) < 1e-15);
    free(y);
    free(dy);
    free(c.truth);
}

/* ---- generators -------------------------------------------------------------------------------- */

struct net {
    struct bc_graph *g;
    int              h, w;
    double          *in, *truth, *weights, **layers;
};

static const struct bc_loss plain = { .lambda = 1.0 };

/* A sum over the ReLUs that are on: it changes when one switches. */
static unsigned long
switches(const struct net *c)
{
    unsigned long sum = 0, weight = 1;
    int           i, h, w;
    size_t        j;

    for (i = 0; i < c->g->nlayer; i++) {
        bc_graph_shape(c->g, i, c->h, c->w, &h, &w);
        for (j = 0; c->g->layer[i].act == BC_ACT_RELU && j < (size_t)c->g->layer[i].cout * h * w; j++) {
            weight = weight * 6364136223846793005u + 1442695040888963407u;
            sum += c->layers[i][j] > 0.0 ? weight : 0;
        }
    }
    return sum;
}

static double
loss_of_weights(void *arg, double *weights, unsigned long *kink_p)
{
    struct net *c = arg;

    ref_forward(c->g, weights, c->h, c->w, c->in, c->layers);
    *kink_p = switches(c);
    return bc_loss(&plain, c->truth, c->layers[c->g->nlayer - 1], NULL, c->h, c->w, NULL, NULL);
}

static void
begin_net(struct net *c, const struct bc_generator *generator, struct bc_random *r)
{
    size_t area = (size_t)c->h * c->w, i;
    float *start;

    if (bc_generator_graph(generator, &c->g) != BC_OK) {
        printf("%s\n", bc_message());
        exit(EXIT_FAILURE);
    }
    start = malloc(c->g->nweight * sizeof *start);
    c->weights = new_vector(c->g->nweight);
    c->in = new_vector(c->g->nin * area);
    c->truth = new_vector(area);
    c->layers = ref_new_layers(c->g, c->h, c->w);
    if (start == NULL || c->layers == NULL)
        exit(EXIT_FAILURE);
    /* Random everywhere, so that no gradient is zero: offsets, biases and the last kernel as well. */
    bc_generator_start(c->g, 0, 7, start);
    for (i = 0; i < c->g->nweight; i++)
        c->weights[i] = (float)(start[i] + 0.1 * bc_random_normal(r));
    for (i = 0; i < c->g->nin * area; i++)
        c->in[i] = (float)bc_random_uniform(r);
    ref_forward(c->g, c->weights, c->h, c->w, c->in, c->layers);
    set_apart(c->layers[c->g->nlayer - 1], area, r, c->truth);
    for (i = 0; i < area; i++)
        c->truth[i] = (float)c->truth[i];
    free(start);
}

static void
end_net(struct net *c)
{
    ref_free_layers(c->g, c->layers);
    bc_graph_free(c->g);
    free(c->weights);
    free(c->in);
    free(c->truth);
}

/* dw (nweight) = gradient of one sample's loss. */
static double
loss_gradient(struct net *c, double *dw)
{
    double **grads = ref_new_layers(c->g, c->h, c->w), loss;
    double  *dout = new_vector((size_t)c->h * c->w);

    if (grads == NULL)
        exit(EXIT_FAILURE);
    ref_forward(c->g, c->weights, c->h, c->w, c->in, c->layers);
    loss = bc_loss(&plain, c->truth, c->layers[c->g->nlayer - 1], NULL, c->h, c->w, dout, NULL);
    ref_backward(c->g, c->weights, c->h, c->w, c->in, c->layers, grads, dout, dw);
    ref_free_layers(c->g, grads);
    free(dout);
    return loss;
}

static void
test_generators(struct bc_random *r)
{
    static const struct { const char *name; struct bc_generator g; int h, w; } cases[] = {
        { "one down",      { .nin = 2, .filters = { 4 }, .resblocks = 2 },                 14, 12 },
        { "no down",       { .nin = 2, .stem = 3, .resblocks = 1 },                        11, 13 },
        { "combine",       { .nin = 3, .filters = { 4 }, .resblocks = 1, .combine = 1 },   12, 12 },
        { "two downs",     { .nin = 1, .filters = { 4, 8 }, .resblocks = 1, .combine = 1 }, 16, 12 }
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct net c = { .h = cases[i].h, .w = cases[i].w };
        double    *dw;

        begin_net(&c, &cases[i].g, r);
        dw = new_vector(c.g->nweight);
        loss_gradient(&c, dw);
        check_gradient(cases[i].name, loss_of_weights, &c, c.weights, c.g->nweight, dw);
        free(dw);
        end_net(&c);
    }
}

/* ---- Adam -------------------------------------------------------------------------------------- */

/* method: m += (g - m)(1 - beta1), v += (g^2 - v)(1 - beta2),
 * value -= rate sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + epsilon), with the paper's constants. */
static void
test_adam(void)
{
    struct bc_plan_options o = { .beta1 = 0.5, .beta2 = 0.999, .epsilon = 1e-7 };
    double                 g[2] = { 0.5, -2e-6 };
    float                  value[2] = { 1.0f, 1.0f }, m[2] = { 0 }, v[2] = { 0 };

    /* Step 1: m = g / 2, v = g^2 / 1000, so value moves by 2e-4 g / (|g| + epsilon / sqrt(0.001)). */
    ref_adam(&o, 2e-4, 1, 2, g, value, m, v);
    check_near("m", m[0], 0.25, 1e-7);
    check_near("v", v[0], 2.5e-4, 1e-9);
    check_near("value", value[0], 1.0 - 2e-4, 1e-7);
    check_near("value of a small gradient", (value[1] - 1.0) / 2e-4, 2.0 / (2.0 + 3.1622776601683795), 3e-4);
    /* Step 3 from given moments: m = 0.25 + (1 - 0.25) / 2 = 0.625, v = 0.5 + 0.0005 = 0.5005,
     * factor = 0.1 sqrt(1 - 0.999^3) / (1 - 0.5^3) = 0.00625655679. */
    m[0] = 0.25f;
    v[0] = 0.5f;
    value[0] = 0.0f;
    g[0] = 1.0;
    ref_adam(&o, 0.1, 3, 1, g, value, m, v);
    check_near("m, step 3", m[0], 0.625, 1e-7);
    check_near("v, step 3", v[0], 0.5005, 1e-7);
    check_near("value, step 3", value[0] / -0.005527303423, 1.0, 1e-7);
}

/* A step on a batch of two: the loss is the mean, Adam's first moment half of the mean gradient, and the second
 * its square / 1000. */
static void
test_step(struct bc_random *r)
{
    struct bc_generator    generator = { .nin = 2, .filters = { 4 }, .resblocks = 1, .combine = 1 };
    struct net             c = { .h = 12, .w = 14 };
    struct bc_plan_options o = { .height = 12, .width = 14, .batch = 2, .train = 1, .loss = { .lambda = 1.0 },
                                 .beta1 = 0.5, .beta2 = 0.999, .epsilon = 1e-7 };
    enum { AREA = 12 * 14 };
    static float           in[4 * AREA], truth[2 * AREA];
    struct bc_batch        batch = { .in = in, .truth = truth, .n = 2, .rate = 2e-4 };
    struct bc_weights      w;
    struct bc_plan        *plan = NULL;
    double                *dw, expected = 0.0, loss = 0.0, bad = 0.0, norm = 0.0;
    size_t                 i, s;

    begin_net(&c, &generator, r);
    dw = new_vector(c.g->nweight);
    w.value = malloc(c.g->nweight * sizeof *w.value);
    w.m = calloc(c.g->nweight, sizeof *w.m);
    w.v = calloc(c.g->nweight, sizeof *w.v);
    w.step = 0;
    for (i = 0; i < c.g->nweight; i++)
        w.value[i] = (float)c.weights[i];
    for (s = 0; s < 2; s++) {               /* the second sample: the same truth from fainter inputs */
        for (i = 0; i < 2 * AREA; i++)
            c.in[i] = in[2 * AREA * s + i] = (float)(c.in[i] * (1.0 - 0.5 * s));
        for (i = 0; i < AREA; i++)
            truth[AREA * s + i] = (float)c.truth[i];
        expected += 0.5 * loss_gradient(&c, dw);
    }
    CHECK(bc_backend_ref.compile(c.g, &w, &o, &plan) == BC_OK);
    CHECK(bc_backend_ref.step(plan, &batch, &loss) == BC_OK);
    CHECK(bc_backend_ref.read(plan, &w) == BC_OK);
    CHECK(w.step == 1);
    check_near("loss of a batch", loss, expected, 1e-12);
    for (i = 0; i < c.g->nweight; i++) {
        double g = 0.5 * dw[i];

        bad += (w.m[i] - 0.5 * g) * (w.m[i] - 0.5 * g);
        norm += 0.25 * g * g;
        check_near("v", sqrt(w.v[i] * 1e3), fabs(g), 1e-6);
        check_near("weight", w.value[i], c.weights[i] - 2e-4 * g / (fabs(g) + 1e-7 / sqrt(1e-3)), 2e-7);
    }
    CHECK(sqrt(bad) <= 1e-6 * sqrt(norm));
    bc_backend_ref.release(plan);
    free(w.value);
    free(w.m);
    free(w.v);
    free(dw);
    end_net(&c);
}

int
main(void)
{
    struct bc_random r;

    bc_random_seed(&r, 20250102);
    test_loss(&r);
    test_generators(&r);
    test_adam();
    test_step(&r);
    return check_end();
}
