/* test_formula.c -- pixel formulas find the coefficients that made the data, and leave out what they must.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "bandcast.h"
#include "check.h"
#include "formula.h"
#include "random.h"

enum { N = 4000 };

static struct bc_formula *
fit(enum bc_formula_kind kind, int nin, const float *bands, const double *sigma)
{
    struct bc_formula *f = malloc(sizeof *f);
    int                pass;

    if (f == NULL)
        exit(EXIT_FAILURE);
    bc_formula_begin(f, kind, nin);
    for (pass = 0; pass < BC_FORMULA_PASSES; pass++) {
        bc_formula_add(f, bands, nin, sigma, N / 4);    /* in two pieces of nin + 1 bands each */
        bc_formula_add(f, bands + (nin + 1) * (N / 4), nin, sigma, N / 4);
        bc_formula_solve(f);
    }
    return f;
}

/* Fill two pieces of (3, N / 4) with inputs from 0.5 to 1000 and the truth that MAKE gives. */
static void
make(float *bands, double (*truth)(double, double), struct bc_random *r)
{
    int i, piece;

    for (piece = 0; piece < 2; piece++)
        for (i = 0; i < N / 4; i++) {
            float *x = bands + piece * 3 * (N / 4) + i;

            x[0] = (float)pow(10.0, 3.3 * bc_random_uniform(r) - 0.3);
            x[N / 4] = (float)(x[0] * pow(10.0, bc_random_uniform(r) - 0.5));
            x[N / 2] = (float)truth(x[0], x[N / 4]);
        }
}

static double
power_law(double g, double z)
{
    return exp(0.4 * log(g) + 0.55 * log(z) - 0.2);
}

static double
linear(double g, double z)
{
    return 0.3 * g + 0.6 * z - 2.0;
}

/* A row of an evaluation holds the formula of as many inputs as there may be. */
static void
check_long_text(struct bc_formula *f)
{
    const char *names[BC_MAX_INPUT];
    bc_score    s;
    int         b;

    for (b = 0; b < BC_MAX_INPUT; b++)
        names[b] = "F200W";
    for (b = 0; b <= BC_MAX_INPUT; b++)
        f->coefficient[b] = -1.2345e-5;
    f->nin = BC_MAX_INPUT;
    bc_formula_text(f, names, s.formula, sizeof s.formula);
    CHECK(s.formula[strlen(s.formula) - 1] == ')');
}

static void
test_log(struct bc_random *r)
{
    static float       bands[6 * N / 4];
    const double       sigma[3] = { 1.0, 1.0, 1.0 };
    static const float x[8] = { 2, -1, 0, NAN, 3, 4, 5, 6 };
    const char *const  names[] = { "g", "Z" };
    struct bc_formula *f;
    float              out[4];
    char               text[80];
    int                i;

    make(bands, power_law, r);
    for (i = 0; i < N / 4; i += 50) {
        bands[i + N / 2] *= 3.0f;                       /* a wrong truth now and then: clipped */
        bands[i + 1] = NAN;
        bands[i + 2] = -4.0f;
    }
    for (i = 0; i < N / 4; i++)                         /* where a band is faint the formula does not hold */
        if (bands[i] <= 10.0f)
            bands[i + N / 2] = 77.0f;
    f = fit(BC_FORMULA_LOG, 2, bands, sigma);
    check_near("log a", f->coefficient[0], 0.4, 2e-3);
    check_near("log b", f->coefficient[1], 0.55, 2e-3);
    check_near("log c", f->coefficient[2], -0.2, 1e-2);
    CHECK(f->npixel > N / 4 && f->npixel < N / 2);

    bc_formula_apply(f, x, 4, out);
    check_near("applied", out[0], power_law(2.0, 3.0), 1e-2);
    CHECK(out[1] == 0.0f && out[2] == 0.0f && isnan(out[3]));
    bc_formula_text(f, names, text, sizeof text);
    CHECK(strncmp(text, "exp(0.", 6) == 0 && strstr(text, " log g + 0.5") != NULL && strstr(text, " log Z - 0.") != NULL
          && text[strlen(text) - 1] == ')');
    bc_formula_text(f, names, text, 12);                /* cut off, not run over */
    CHECK(strlen(text) == 11);
    check_long_text(f);
    free(f);
}

static void
test_linear(struct bc_random *r)
{
    static float       bands[6 * N / 4];
    const double       sigma[3] = { 1.0, 1.0, 1.0 };
    static const float x[4] = { 2, NAN, 3, 4 };
    struct bc_formula *f;
    float              out[2];

    make(bands, linear, r);
    bands[7] = NAN;
    f = fit(BC_FORMULA_LINEAR, 2, bands, sigma);
    check_near("linear a", f->coefficient[0], 0.3, 1e-5);
    check_near("linear b", f->coefficient[1], 0.6, 1e-5);
    check_near("linear c", f->coefficient[2], -2.0, 1e-5);
    CHECK(f->npixel == N / 2 - 1);
    bc_formula_apply(f, x, 2, out);
    check_near("applied", out[0], 0.3 * 2 + 0.6 * 3 - 2.0, 1e-5);
    CHECK(isnan(out[1]));
    free(f);
}

/* A faint pixel that is off counts for more than a bright one that is off by as much. */
static void
test_weights(void)
{
    /* One band that is always 1 makes the formula a weighted mean: a + c = sum w t / sum w. */
    static float       bands[2 * N / 2];
    const double       sigma[2] = { 1.0, 2.0 };
    struct bc_formula *f;
    double             w1 = 1.0 / (4.0 + 1.0), w2 = 1.0 / (4.0 + 100.0);
    int                i;

    for (i = 0; i < N / 4; i++) {
        bands[i] = bands[N / 2 + i] = 1.0f;
        bands[N / 4 + i] = bands[3 * N / 4 + i] = i % 2 == 0 ? 10.0f : 100.0f;
    }
    f = fit(BC_FORMULA_LINEAR, 1, bands, sigma);
    check_near("weighted mean", f->coefficient[0] + f->coefficient[1], (10.0 * w1 + 100.0 * w2) / (w1 + w2), 1e-9);
    free(f);
}

/* A band that is a copy of another does not spoil the fit; too few pixels say so. */
static void
test_degenerate(struct bc_random *r)
{
    static float       bands[6 * N / 4];
    const double       sigma[3] = { 1.0, 1.0, 1.0 }, noisy[3] = { 1.0, 1.0, 1e9 };
    struct bc_formula *f;
    int                i, piece;

    make(bands, linear, r);
    for (piece = 0; piece < 2; piece++)
        for (i = 0; i < N / 4; i++) {
            float *x = bands + piece * 3 * (N / 4) + i;

            x[N / 4] = x[0];
            x[N / 2] = 2.0f * x[0] + 1.0f;
        }
    f = fit(BC_FORMULA_LINEAR, 2, bands, sigma);
    check_near("sum of coefficients of copies", f->coefficient[0] + f->coefficient[1], 2.0, 1e-6);
    check_near("constant", f->coefficient[2], 1.0, 1e-4);
    free(f);
    f = fit(BC_FORMULA_LOG, 2, bands, noisy);
    CHECK(isnan(f->coefficient[0]) && f->npixel == 0);
    free(f);
}

int
main(void)
{
    struct bc_random r;

    bc_random_seed(&r, 20250104);
    test_log(&r);
    test_linear(&r);
    test_weights();
    test_degenerate(&r);
    return check_end();
}
