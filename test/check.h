/* check.h -- what the unit tests say: a test names what must hold, and can fail.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static int check_failures;

/* The one function-like macro of the project: it knows the line that failed. */
#define CHECK(condition) check_true((condition), #condition, __FILE__, __LINE__)

static inline void
check_true(int ok, const char *text, const char *file, int line)
{
    if (!ok) {
        printf("%s:%d: does not hold: %s\n", file, line, text);
        check_failures++;
    }
}

/* Normalised squared error |got - want|^2 / |want|^2 at most TOLERANCE; a NaN fails. */
static inline void
check_close(const char *name, const float *got, const float *want, size_t n, double tolerance)
{
    double d = 0.0, s = 0.0;
    size_t i;

    for (i = 0; i < n; i++) {
        d += ((double)got[i] - want[i]) * ((double)got[i] - want[i]);
        s += (double)want[i] * want[i];
    }
    if (!(d <= tolerance * s) && !(d == 0.0)) {
        printf("%s: normalised squared error %.3g, at most %.3g is allowed\n", name, d / s, tolerance);
        check_failures++;
    }
}

/* |got - want| <= TOLERANCE (1 + |want|); a NaN fails. */
static inline void
check_near(const char *name, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance * (1.0 + fabs(want)))) {
        printf("%s: %.15g, expected %.15g within %.3g\n", name, got, want, tolerance);
        check_failures++;
    }
}

static inline int
check_end(void)
{
    return check_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

#endif
