/* gradient.h -- analytic gradients against central differences, in double.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef GRADIENT_H
#define GRADIENT_H

#include "check.h"
#include "random.h"

#define STEP 1e-5       /* of the differences: their error is about STEP^2 + 1e-16 / STEP */
#define GRADIENT 1e-6   /* relative error that is allowed */

static inline double *
new_vector(size_t n)
{
    double *x = calloc(n, sizeof *x);

    if (x == NULL) {
        perror("test");
        exit(EXIT_FAILURE);
    }
    return x;
}

static inline double *
new_normal(size_t n, struct bc_random *r)
{
    double *x = new_vector(n);
    size_t  i;

    for (i = 0; i < n; i++)
        x[i] = bc_random_normal(r);
    return x;
}

static inline double
dot(const double *a, const double *b, size_t n)
{
    double s = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        s += a[i] * b[i];
    return s;
}

/* What is differentiated: a number that depends on x.  *kink_p names the piece of a piecewise smooth function. */
typedef double (*function)(void *arg, double *x, unsigned long *kink_p);

/* GRADIENT of F at x (n) against central differences.  A difference across a kink (a ReLU that switches) says
 * nothing and is left out; there may be few of them. */
static inline void
check_gradient(const char *name, function f, void *arg, double *x, size_t n, const double *gradient)
{
    double error = 0.0, norm = 0.0;
    size_t i, used = 0;

    for (i = 0; i < n; i++) {
        double        x0 = x[i], up, down, d;
        unsigned long kink_up = 0, kink_down = 0;

        x[i] = x0 + STEP;
        up = f(arg, x, &kink_up);
        x[i] = x0 - STEP;
        down = f(arg, x, &kink_down);
        x[i] = x0;
        if (kink_up != kink_down)
            continue;
        d = (up - down) / (2.0 * STEP) - gradient[i];
        error += d * d;
        norm += gradient[i] * gradient[i];
        used++;
    }
    if (!(sqrt(error) <= GRADIENT * sqrt(norm)) || norm == 0.0) {
        printf("%s: gradient of norm %.6g is wrong by %.3g\n", name, sqrt(norm), sqrt(error));
        check_failures++;
    }
    if (used * 10 < n * 9) {
        printf("%s: only %zu of %zu differences could be used\n", name, used, n);
        check_failures++;
    }
}

#endif
