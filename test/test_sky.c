/* test_sky.c -- level and noise of a sky that is known, with sources, without data, with few
 * photons. images.py compares with astropy's clipped statistics.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "bandcast.h"
#include "random.h"

enum { SIDE = 256, N = SIDE * SIDE };

static float x[N];

/* A sky of level 5 and noise 2. */
static void
fill(uint64_t seed)
{
    struct bc_random random;
    int              i;

    bc_random_seed(&random, seed);
    for (i = 0; i < N; i++)
        x[i] = 5.0f + 2.0f * (float)bc_random_normal(&random);
}

/* Round, exponential galaxies on a lattice of COUNT x COUNT, peak in units of the noise, scale in
 * pixels. */
static void
add_galaxies(int count, double peak, double scale)
{
    int i, j, k;

    for (i = 0; i < N; i++)
        for (k = 0; k < count; k++)
            for (j = 0; j < count; j++) {
                double r =
                    hypot(i % SIDE - (k + 0.5) * SIDE / count, i / SIDE - (j + 0.5) * SIDE / count);

                x[i] += (float)(2.0 * peak * exp(-r / scale));
            }
}

/* Both within so many noises of the truth; for the empty sky five times what the number of pixels
 * allows. */
static void
check_sky(const char *name, double level_within, double sigma_within)
{
    double level, sigma;

    bc_sky(x, N, &level, &sigma);
    printf("%s: level %.3f, noise %.3f\n", name, level, sigma);
    CHECK(fabs(level - 5.0) <= 2.0 * level_within && fabs(sigma - 2.0) <= 2.0 * sigma_within);
}

int
main(void)
{
    double level, sigma;
    int    i;

    fill(1);
    check_sky("empty", 0.025, 0.035);
    for (i = 0; i < N / 2; i++)
        x[2 * i] = NAN;
    check_sky("half of it NaN", 0.035, 0.05);
    fill(2);
    add_galaxies(4, 100.0, 2.0);
    check_sky("16 small galaxies", 0.1, 0.1);
    fill(3);
    add_galaxies(1, 1000.0, 10.0);
    check_sky("a bright one over a quarter of it", 0.4, 0.2);
    fill(4);
    for (i = 0; i < N; i++)
        if (i % SIDE < 160)
            x[i] = 5.0f;                    /* no data, filled with a value within the sky's */
    check_sky("filled over five eighths", 0.05, 0.07);
    fill(5);
    for (i = 0; i < N; i++)
        if (i % SIDE < 80)
            x[i] = 0.0f;                    /* the same, with a value below the sky's */
    check_sky("filled over five sixteenths", 0.05, 0.07);
    fill(6);
    for (i = 0; i < N; i++)
        x[i] = rintf(x[i]); /* integers: the noise of rounding is added, level to half a step */
    check_sky("rounded", 0.25, 0.25);
    fill(7);
    for (i = 0; i < N; i++)
        x[i] = rintf(5.0f + 0.3f * (x[i] - 5.0f));      /* noise of 0.6: three pixels in five are 5, and no filling */
    bc_sky(x, N, &level, &sigma);
    CHECK(level == 5.0 && sigma == 1.0);

    for (i = 0; i < N; i++)                 /* a photon in every tenth pixel, 0.006 each */
        x[i] = i % 10 == 0 ? (i % 100 == 0 ? 0.012f : 0.006f) : 0.0f;
    bc_sky(x, N, &level, &sigma);
    CHECK(level == 0.0);
    check_near("photons", sigma, 0.006, 1e-7);

    for (i = 0; i <= 1000; i++)             /* -1 to 1 in some order: quantiles are known */
        x[i] = (float)((i * 387 % 1001) - 500) / 500.0f;
    bc_sky(x, 1001, &level, &sigma);
    CHECK(level == 0.0);
    check_near("evenly spread", sigma, 2.0 * (0.5 - 0.158655253931457), 1e-7);

    for (i = 0; i < N; i++)
        x[i] = 3.0f;
    bc_sky(x, N, &level, &sigma);
    CHECK(level == 3.0 && sigma == 0.0);
    bc_sky(x, 1, &level, &sigma);
    CHECK(level == 3.0 && sigma == 0.0);
    x[0] = NAN;
    bc_sky(x, 1, &level, &sigma);
    CHECK(isnan(level) && isnan(sigma));
    bc_sky(x, 0, &level, &sigma);
    CHECK(isnan(level) && isnan(sigma));
    return check_end();
}
