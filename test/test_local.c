/* test_local.c -- what a local generator is given and what is made of what it says: holes against numbers by hand,
 * intervals against counting.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "generator.h"
#include "inputs.h"
#include "intervals.h"
#include "random.h"
#include "unusual.h"

/* Colours 2 : 0.5, noises 1 : 2: band 0 sees a source (2 / 1)^2 / (0.5 / 2)^2 = 64 times better than band 1. */
static void
test_holes(void)
{
    struct bc_stretch s = { .nin = 3, .noise = { 1.0, 2.0, 1.0 }, .colour = { 2.0, 0.5, 1.0 } };
    float             x[6][4] = { { 8.0f, NAN, NAN, 1.0f }, { 1.0f, 3.0f, NAN, 2.0f }, { NAN, NAN, NAN, 3.0f } };

    memset(x[3], 7, 3 * sizeof x[3]);
    bc_inputs_complete(&s, x[0], 4, 4);
    check_near("both others", x[2][0], (4.0 * 8.0 / 2.0 + 1.0 / 16.0 * 1.0 / 0.5) / (4.0 + 1.0 / 16.0), 1e-6);
    check_near("one is left", x[0][1], 2.0 * 3.0 / 0.5, 1e-6);
    check_near("one is left", x[2][1], 3.0 / 0.5, 1e-6);
    CHECK(x[0][2] == 0.0f && x[1][2] == 0.0f && x[2][2] == 0.0f);
    CHECK(x[0][3] == 1.0f && x[1][3] == 2.0f && x[2][3] == 3.0f);
    CHECK(x[3][0] == 0.0f && x[4][0] == 0.0f && x[5][0] == 1.0f && x[3][1] == 1.0f && x[4][1] == 0.0f);
    CHECK(x[3][2] == 1.0f && x[4][2] == 1.0f && x[5][2] == 1.0f && x[3][3] == 0.0f);
}

static void
test_colours(void)
{
    struct bc_colours c = { .n = 2 };
    const double      sigma[] = { 0.1, 0.1 }, noise[] = { 1.0, 4.0 };
    const float       x[] = { 2.0f, 8.0f, 0.5f, NAN, 8.0f, 2.0f, 9.0f, 9.0f };   /* two pixels are bright in both */
    double            colour[2];

    bc_colours_get(&c, noise, colour);
    check_near("of noise", colour[1] / colour[0], 4.0, 1e-12);
    bc_colours_add(&c, x, sigma, 4);
    bc_colours_get(&c, noise, colour);
    check_near("ratio", colour[1] / colour[0], 1.0, 1e-12);
    check_near("product", colour[0] * colour[1], 1.0, 1e-12);
    CHECK(c.pixels == 2.0);
}

enum { N = 20000 };

/* Normal errors, whose scale depends on the flux: of new ones the asked-for shares lie within. */
static void
test_intervals(void)
{
    static struct bc_trial_pixel p[N];
    struct bc_intervals          v;
    struct bc_random             r;
    double                       flux, error, within[2] = { 0.0, 0.0 };
    int                          i;

    bc_random_seed(&r, 5);
    for (i = 0; i < N; i++) {
        flux = 200.0 * bc_random_uniform(&r) * bc_random_uniform(&r);
        p[i].flux = (float)flux;
        p[i].ratio = (float)fabs((flux > 30.0 ? 3.0 : 0.5) * bc_random_normal(&r));
    }
    bc_intervals_fit(&v, p, N);
    CHECK(v.n >= 4 && v.n <= BC_MAX_INTERVALS);
    for (i = 1; i < v.n; i++)
        CHECK(v.flux[i] > v.flux[i - 1]);
    check_near("faint", bc_intervals_one(&v, v.flux[0]), 0.5, 0.05);
    check_near("bright", bc_intervals_two(&v, 1e9), 6.0, 0.3);
    CHECK(bc_intervals_one(&v, -1e9) == v.one[0] && bc_intervals_one(&v, v.flux[1]) == v.one[1]);
    for (i = 0; i < N; i++) {
        flux = v.flux[v.n - 1] + 50.0 * bc_random_uniform(&r);
        error = fabs(3.0 * bc_random_normal(&r));
        within[0] += error <= bc_intervals_one(&v, flux);
        within[1] += error <= bc_intervals_two(&v, flux);
    }
    check_near("68 %", within[0] / N, 0.6827, 0.03);
    check_near("95 %", within[1] / N, 0.9545, 0.02);
    for (i = 0; i < N; i += 2) {                    /* half of them are learnt, the bright ones badly */
        p[i].learnt = 1;
        p[i].ratio *= p[i].flux > 30.0f ? 2.0f : 0.5f;
    }
    bc_intervals_fit(&v, p, N);
    check_near("faint, of those not learnt", bc_intervals_one(&v, v.flux[0]), 0.5, 0.05);
    /* 0.6827 = mean of erf(x / (3, 6) / sqrt 2) */
    check_near("bright, of all", bc_intervals_one(&v, 1e9), 4.25, 0.15);
    for (i = 0; i < N; i++)                         /* a sky of one flux above the noise */
        p[i].flux = i < 100 ? 0.5f : i < N - 400 ? 5.0f : 20.0f + (float)i;
    bc_intervals_fit(&v, p, N);
    CHECK(v.n == 2 && v.flux[0] == 5.0f && v.flux[1] > 20.0f);
    bc_intervals_fit(&v, p, 0);
    CHECK(v.n == 0);
    check_near("not calibrated, 68.27 %", bc_intervals_one(&v, 3.0), -log(1.0 - 0.6827), 1e-4);
    check_near("not calibrated, 95.45 %", bc_intervals_two(&v, 3.0), -log(1.0 - 0.9545), 1e-4);
}

/* Ratios 1, 2... N of one flux, by hand: the ceil((N + 1) share)-th. */
static void
test_quantiles(void)
{
    static struct bc_trial_pixel p[1000];
    struct bc_intervals          v;
    int                          i;

    for (i = 0; i < 1000; i++)
        p[i] = (struct bc_trial_pixel){ .flux = 2.0f, .ratio = (float)(1000 - i) };
    bc_intervals_fit(&v, p, 1000);
    CHECK(v.n == 1 && v.flux[0] == 2.0 && v.one[0] == 684.0 && v.two[0] == 956.0);
    bc_intervals_fit(&v, p, 10);                    /* which are 1 to 10 by now */
    CHECK(v.n == 1 && v.one[0] == 8.0 && v.two[0] == 10.0);
    for (i = 0; i < 1000; i++)                      /* the 299 largest not learnt: too few to be asked alone */
        p[i] = (struct bc_trial_pixel){ .flux = 2.0f, .ratio = (float)(i + 1), .learnt = i < 701 };
    bc_intervals_fit(&v, p, 1000);
    CHECK(v.one[0] == 684.0 && v.two[0] == 956.0);
    for (i = 0; i < 1000; i++)                      /* 300: 701 to 1000, of which the 206th and the 288th */
        p[i] = (struct bc_trial_pixel){ .flux = 2.0f, .ratio = (float)(i + 1), .learnt = i < 700 };
    bc_intervals_fit(&v, p, 1000);
    CHECK(v.one[0] == 906.0 && v.two[0] == 988.0);
    for (i = 0; i < 1000; i++)                      /* a network whose scales are infinite */
        p[i] = (struct bc_trial_pixel){ .flux = 2.0f, .ratio = 0.0f };
    bc_intervals_fit(&v, p, 1000);
    CHECK(v.one[0] == 1.0 && v.two[0] == 1.0);
}

/* Groups by flux: below 1, 3, 10... 1000, and above; what has less than 300 pixels at the end joins those before. */
static void
test_groups(void)
{
    static const float           flux[] = { 0.99f, 2.99f, 9.99f, 29.9f, 99.9f, 299.0f, 999.0f, 1001.0f };
    static struct bc_trial_pixel p[8 * 300];
    struct bc_intervals          v;
    int                          few, i;

    for (few = 0; few <= 1; few++) {
        for (i = 0; i < 8 * 300 - few; i++)
            p[i] = (struct bc_trial_pixel){ .flux = flux[i / 300], .ratio = (float)(1 + i / 300) };
        bc_intervals_fit(&v, p, (size_t)i);
        CHECK(v.n == 8 - few);
        for (i = 0; i < 7 - few; i++)
            CHECK(v.flux[i] == flux[i] && v.one[i] == i + 1.0 && v.two[i] == i + 1.0);
    }
    CHECK(v.two[6] == 8.0);
}

/* Of two models the one with fewer groups says how many there are. */
static void
test_join(void)
{
    struct bc_intervals a = { 3, { 1.0, 2.0, 50.0 }, { 1.0, 4.0, 9.0 }, { 2.0, 8.0, 9.0 } };
    struct bc_intervals b = { 2, { 1.0, 2.0 }, { 4.0, 9.0 }, { 8.0, 18.0 } }, none = { 0 }, v;
    const struct bc_intervals *both[] = { &a, &b }, *other[] = { &b, &a }, *lacking[] = { &a, &none };
    double                     of_a, of_b;

    bc_intervals_join(both, 2, &v);
    CHECK(v.n == 2);
    check_near("flux", v.flux[1], 2.0, 1e-12);
    check_near("geometric mean, 68 %", v.one[0], 2.0, 1e-12);
    check_near("geometric mean, 68 %", v.one[1], 6.0, 1e-12);
    check_near("geometric mean, 95 %", v.two[0], 4.0, 1e-12);
    check_near("geometric mean, 95 %", v.two[1], 12.0, 1e-12);
    bc_intervals_join(other, 2, &v);
    CHECK(v.n == 2 && fabs(v.two[1] - 12.0) < 1e-12);
    b.flux[1] = 20.0;                               /* halfway to it in asinh, each says what it knows of that flux */
    bc_intervals_join(both, 2, &v);
    check_near("between", asinh(v.flux[1]), 0.5 * (asinh(2.0) + asinh(20.0)), 1e-12);
    of_a = bc_intervals_one(&a, v.flux[1]);
    of_b = bc_intervals_one(&b, v.flux[1]);
    CHECK(of_a > 4.0 && of_b < 9.0);
    check_near("between, 68 %", v.one[1], sqrt(of_a * of_b), 1e-12);
    bc_intervals_join(lacking, 2, &v);
    CHECK(v.n == 0);
}

/* Two bands of 4 x 3 pixels, softening 10: asinh(1) and more is bright. */
static void
test_unusual(void)
{
    struct bc_stretch  s = { .nin = 2, .softening = 10.0, .range = 1.0 };
    float              x[4][12] = { { [1] = 1.5f, [2] = 1.25f, [5] = 0.5f, [7] = 2.0f },
                                    { [1] = 1.0f, [2] = 1.75f, [7] = 2.5f } };
    struct bc_channels c = bc_channels_of(&s, x[0], 12, 4, 3);
    struct bc_usual    u = { 0 };

    bc_usual_add(&u, &c);
    CHECK(u.known && u.low[1] == -0.5f && u.high[1] == 0.5f);
    CHECK(u.peak[0] == 0.75f && u.peak[1] == 0.75f);    /* (7) above (2), both bands */
    CHECK(bc_unusual(&u, &c, 0, 1) == BC_UNUSUAL);      /* 1.5 is brighter than range */
    x[0][1] = x[0][7] = 0.96f, x[0][2] = 0.9f;
    x[1][1] = x[1][7] = 0.97f, x[1][2] = 0.95f;
    CHECK(bc_unusual(&u, &c, 0, 1) == 0 && bc_unusual(&u, &c, 1, 3) == 0);
    x[1][11] = 0.99f;
    x[0][11] = 0.3f;                                    /* faint in the first: no colour */
    CHECK(bc_unusual(&u, &c, 2, 3) == 0);
    u.high[1] = 0.02f;
    CHECK(bc_unusual(&u, &c, 0, 2) == BC_UNUSUAL && bc_unusual(&u, &c, 0, 1) == 0);
    u.high[1] = 0.5f;
    u.low[1] = 0.03f;
    CHECK(bc_unusual(&u, &c, 0, 2) == 0 && bc_unusual(&u, &c, 0, 1) == BC_UNUSUAL);
    u.low[1] = -0.5f;
    x[0][8] = x[1][8] = 0.95f;                          /* alone in its corner */
    CHECK(bc_unusual(&u, &c, 2, 0) == BC_SHARP);
    x[2][8] = x[3][8] = 1.0f;                           /* but filled: it was never observed */
    CHECK(bc_unusual(&u, &c, 2, 0) == 0);
    u.known = 0;
    x[2][8] = 0.0f;
    CHECK(bc_unusual(&u, &c, 2, 0) == 0);
}

/* By hand, one residual block after one down-sampling, in the block's pixels: 3 tiles of 4 and a bit; all of it must
 * be a multiple of 8 pixels. */
static void
test_halo(void)
{
    struct bc_generator g = { .local = 1, .nin = 1, .filters = { 4 }, .resblocks = 1, .no_norm = 1, .combine = 1 };
    struct bc_graph    *graph = NULL;

    CHECK(bc_generator_graph(&g, &graph) == BC_OK);
    CHECK(graph != NULL && bc_graph_halo(graph) == 24);
    bc_graph_free(graph);
}

int
main(void)
{
    test_holes();
    test_colours();
    test_intervals();
    test_quantiles();
    test_groups();
    test_join();
    test_unusual();
    test_halo();
    return check_end();
}
