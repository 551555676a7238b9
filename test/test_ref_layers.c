/* test_ref_layers.c -- the layers of the ref backend: which pixels they read, and their gradients by differences.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "gradient.h"
#include "ref.h"

/* ---- convolutions ------------------------------------------------------------------------------ */

/* One layer and its surroundings: a random linear functional of the output is differentiated. */
struct layer_case {
    struct bc_layer l;
    int             h, w;
    size_t          nx, ny, nw;
    double         *x, *y, *weights, *functional;
};

static void
begin_case(struct layer_case *c, struct bc_random *r)
{
    int oh = c->l.op == BC_CONVT ? 2 * c->h : (c->h + c->l.stride - 1) / c->l.stride;
    int ow = c->l.op == BC_CONVT ? 2 * c->w : (c->w + c->l.stride - 1) / c->l.stride;

    c->nx = (size_t)c->l.cin * c->h * c->w;
    c->ny = (size_t)c->l.cout * oh * ow;
    c->l.bias_at = (size_t)c->l.k * c->l.k * c->l.cin * c->l.cout;
    c->nw = c->l.bias_at + (c->l.bias ? c->l.cout : 0);
    c->x = new_normal(c->nx, r);
    c->y = new_vector(c->ny);
    c->weights = new_normal(c->nw, r);
    c->functional = new_normal(c->ny, r);
}

static void
end_case(struct layer_case *c)
{
    free(c->x);
    free(c->y);
    free(c->weights);
    free(c->functional);
}

static double
conv_of_weights(void *arg, double *weights, unsigned long *kink_p)
{
    struct layer_case *c = arg;

    (void)kink_p;
    ref_conv(&c->l, weights, c->h, c->w, c->x, c->y);
    return dot(c->y, c->functional, c->ny);
}

static double
conv_of_input(void *arg, double *x, unsigned long *kink_p)
{
    struct layer_case *c = arg;

    (void)kink_p;
    ref_conv(&c->l, c->weights, c->h, c->w, x, c->y);
    return dot(c->y, c->functional, c->ny);
}

static void
test_conv_gradients(struct bc_random *r)
{
    static const struct { enum bc_op op; int k, stride; enum bc_pad pad; int bias; } kinds[] = {
        { BC_CONV, 1, 1, BC_PAD_REFLECT, 1 }, { BC_CONV, 3, 1, BC_PAD_REFLECT, 0 },
        { BC_CONV, 7, 1, BC_PAD_REFLECT, 1 }, { BC_CONV, 3, 2, BC_PAD_REFLECT, 0 },
        { BC_CONV, 3, 2, BC_PAD_SAME, 0 },    { BC_CONV, 3, 1, BC_PAD_SAME, 1 },
        { BC_CONV, 7, 2, BC_PAD_SAME, 0 },    { BC_CONV, 1, 2, BC_PAD_SAME, 1 },
        { BC_CONVT, 3, 2, BC_PAD_SAME, 0 },   { BC_CONVT, 3, 2, BC_PAD_SAME, 1 }
    };
    static const int sizes[][2] = { { 8, 8 }, { 7, 9 }, { 5, 6 } };
    size_t           i, s;

    for (i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (s = 0; s < 3; s++) {
            struct layer_case c = { .l = { .op = kinds[i].op, .cin = 2, .cout = 3, .k = kinds[i].k,
                                           .stride = kinds[i].stride, .pad = kinds[i].pad, .bias = kinds[i].bias },
                                    .h = sizes[s][0], .w = sizes[s][1] };
            double           *dx, *dw;
            char              name[80];

            begin_case(&c, r);
            dx = new_vector(c.nx);
            dw = new_vector(c.nw);
            ref_conv_back(&c.l, c.weights, c.h, c.w, c.x, c.functional, dx, dw);
            snprintf(name, sizeof name, "%s k=%d stride=%d %s %dx%d", c.l.op == BC_CONVT ? "convt" : "conv", c.l.k,
                     c.l.stride, c.l.pad == BC_PAD_SAME ? "same" : "reflect", c.h, c.w);
            check_gradient(name, conv_of_weights, &c, c.weights, c.nw, dw);
            check_gradient(name, conv_of_input, &c, c.x, c.nx, dx);
            free(dx);
            free(dw);
            end_case(&c);
        }
}

/* Which pixel each tap reads: a kernel that is 1 at one tap, on an image that is the row 1, 2, 3...; 0 is padding. */
static void
check_row(const char *name, struct bc_layer l, int n, int tap, const char *want)
{
    double weights[49] = { 0 }, x[16], y[32];
    char   got[40] = "";
    int    i, nout = l.op == BC_CONVT ? 2 * n : (n + l.stride - 1) / l.stride;

    l.cin = l.cout = 1;
    for (i = 0; i < n; i++)
        x[i] = i + 1;
    /* On one row the middle row of a kernel counts; a transposed convolution writes its first row there. */
    weights[(l.op == BC_CONVT ? 0 : l.k / 2) * l.k + tap] = 1.0;
    ref_conv(&l, weights, 1, n, x, y);
    for (i = 0; i < nout; i++)
        snprintf(got + i, sizeof got - i, "%d", (int)y[i]);
    if (strcmp(got, want) != 0) {
        printf("%s, %d pixels, tap %d: reads %s, expected %s\n", name, n, tap, got, want);
        check_failures++;
    }
}

static void
test_padding(void)
{
    struct bc_layer same = { .op = BC_CONV, .k = 3, .stride = 2, .pad = BC_PAD_SAME };
    struct bc_layer up = { .op = BC_CONVT, .k = 3, .stride = 2, .pad = BC_PAD_SAME };
    struct bc_layer mirror = { .op = BC_CONV, .k = 7, .stride = 1, .pad = BC_PAD_REFLECT };

    /* TensorFlow's 'same': an even axis gets its zero at the high end, an odd one a zero at each. */
    check_row("same", same, 5, 0, "024");
    check_row("same", same, 5, 1, "135");
    check_row("same", same, 5, 2, "240");
    check_row("same", same, 6, 0, "135");
    check_row("same", same, 6, 1, "246");
    check_row("same", same, 6, 2, "350");
    check_row("up", up, 3, 0, "102030");
    check_row("up", up, 3, 1, "010203");
    check_row("up", up, 3, 2, "001020");
    mirror.k = 3;
    check_row("reflect", mirror, 4, 0, "2123");
    check_row("reflect", mirror, 4, 2, "2343");
}

/* A 7x7 kernel needs 4 pixels each way, so here the mirrored column is 4 high. */
static void
test_mirror7(void)
{
    struct bc_layer l = { .op = BC_CONV, .cin = 1, .cout = 1, .k = 7, .stride = 1, .pad = BC_PAD_REFLECT };
    double          weights[49] = { 0 }, x[20], y[20];
    int             i;
    const double    want[5] = { 4, 3, 2, 1, 2 };    /* tap 0 reads 3 pixels to the left of 1 2 3 4 5 */

    for (i = 0; i < 20; i++)
        x[i] = i % 5 + 1;
    weights[3 * 7 + 0] = 1.0;
    ref_conv(&l, weights, 4, 5, x, y);
    for (i = 0; i < 20; i++)
        CHECK(y[i] == want[i % 5]);
}

/* <down(x), y> = <x, up(y)>: the transposed convolution is the adjoint of the one on an image of twice the size,
 * and both keep their kernel in the same order. */
static void
test_adjoint(struct bc_random *r)
{
    struct layer_case down = { .l = { .op = BC_CONV, .cin = 3, .cout = 5, .k = 3, .stride = 2, .pad = BC_PAD_SAME },
                               .h = 10, .w = 14 };
    struct bc_layer   up = { .op = BC_CONVT, .cin = 5, .cout = 3, .k = 3, .stride = 2, .pad = BC_PAD_SAME };
    double           *x;

    begin_case(&down, r);
    x = new_vector(down.nx);
    ref_conv(&down.l, down.weights, 10, 14, down.x, down.y);
    ref_conv(&up, down.weights, 5, 7, down.functional, x);
    check_near("adjoint of down", dot(x, down.x, down.nx), dot(down.y, down.functional, down.ny), 1e-13);
    free(x);
    end_case(&down);
}

/* ---- norm and activations ---------------------------------------------------------------------- */

struct norm_case { int channels; size_t n; double *x, *y, *scale, *functional; };

static double
norm_of_input(void *arg, double *x, unsigned long *kink_p)
{
    struct norm_case *c = arg;

    (void)kink_p;
    ref_norm(c->scale, c->scale + c->channels, c->channels, c->n, x, c->y);
    return dot(c->y, c->functional, c->channels * c->n);
}

static double
norm_of_scale(void *arg, double *scale, unsigned long *kink_p)
{
    struct norm_case *c = arg;

    (void)kink_p;
    ref_norm(scale, scale + c->channels, c->channels, c->n, c->x, c->y);
    return dot(c->y, c->functional, c->channels * c->n);
}

static void
test_norm(struct bc_random *r)
{
    struct norm_case c = { .channels = 3, .n = 35 };
    double          *dx = new_vector(105), dscale[6] = { 0 }, value[2] = { 1.0, 3.0 }, y[2], scale = 2.0, offset = 5.0;
    size_t           i;

    /* mean 2, population variance 1, epsilon 1e-3. */
    ref_norm(&scale, &offset, 1, 2, value, y);
    check_near("norm", y[0], 5.0 - 2.0 / sqrt(1.001), 1e-15);
    check_near("norm", y[1], 5.0 + 2.0 / sqrt(1.001), 1e-15);

    c.x = new_normal(105, r);
    c.y = new_vector(105);
    c.scale = new_normal(6, r);             /* scales, then offsets */
    c.functional = new_normal(105, r);
    for (i = 0; i < 35; i++)
        c.x[i] = 0.01 * c.x[i] + 7.0;       /* a channel of small variance, where epsilon matters */
    ref_norm_back(c.scale, 3, 35, c.x, c.functional, dx, dscale, dscale + 3);
    check_gradient("norm of its input", norm_of_input, &c, c.x, 105, dx);
    check_gradient("norm of scale and offset", norm_of_scale, &c, c.scale, 6, dscale);
    free(c.x);
    free(c.y);
    free(c.scale);
    free(c.functional);
    free(dx);
}

struct act_case { enum bc_act act; size_t n; double *functional; };

static double
act_of_input(void *arg, double *x, unsigned long *kink_p)
{
    struct act_case *c = arg;
    double           y[64], value;

    (void)kink_p;
    memcpy(y, x, c->n * sizeof *y);
    ref_act(c->act, c->n, y);
    value = dot(y, c->functional, c->n);
    return value;
}

static void
test_act(struct bc_random *r)
{
    static const char *const names[] = { "no activation", "relu", "tanh" };
    struct act_case          c = { .n = 64 };
    double                  *x = new_normal(64, r), y[64], d[64];
    int                      act;
    size_t                   i;

    c.functional = new_normal(64, r);
    for (i = 0; i < 64; i++)
        if (fabs(x[i]) < 0.01)
            x[i] = 0.01;                    /* ReLU has no derivative at 0 */
    for (act = BC_ACT_NONE; act <= BC_ACT_TANH; act++) {
        c.act = act;
        memcpy(y, x, sizeof y);
        memcpy(d, c.functional, sizeof d);
        ref_act(c.act, 64, y);
        ref_act_back(c.act, 64, y, d);
        check_gradient(names[act], act_of_input, &c, x, 64, d);
    }
    free(c.functional);
    free(x);
}

int
main(void)
{
    struct bc_random r;

    bc_random_seed(&r, 20250101);
    test_padding();
    test_mirror7();
    test_adjoint(&r);
    test_conv_gradients(&r);
    test_norm(&r);
    test_act(&r);
    return check_end();
}
