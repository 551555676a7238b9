/* galaxies.h -- simulated galaxies as a small training set: an exponential disc and a bulge of another colour, noise.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef GALAXIES_H
#define GALAXIES_H

#include <math.h>
#include <stdlib.h>

#include "bandcast.h"
#include "random.h"

/* N samples of SIZE pixels in bands a, b and t: disc + bulge with band-dependent weights, noise 0.01; every fifth
 * sample is test, the one before it validation. */
static inline bc_status
make_galaxies(const char *file, int n, int size)
{
    static const char *const bands[] = { "a", "b", "t" }, *const units[] = { "nanomaggy", "nanomaggy", "nanomaggy" };
    static const double      disc[] = { 1.0, 0.5, 0.7 }, bulge[] = { 0.3, 1.0, 0.8 }, sigma[] = { 0.01, 0.01, 0.01 };
    float                   *pixels = malloc(3 * sizeof *pixels * size * size);
    bc_dataset              *set = NULL;
    struct bc_random         random;
    int                      i, b, y, x;
    bc_status                st = bc_dataset_create(file, 1, size, 3, bands, units, 0.5, &set);

    bc_random_seed(&random, 7);
    for (i = 0; st == BC_OK && i < n; i++) {
        bc_sample s = { .id = "galaxy", .ra = 10.0 + i, .dec = -3.0, .x = NAN, .y = NAN, .split = i % 5 == 4 ? BC_TEST
                        : i % 5 == 3 ? BC_VALIDATE : BC_TRAIN };
        double    radius = size * (0.08 + 0.08 * bc_random_uniform(&random)), flux = 0.5 + bc_random_uniform(&random);
        double    ratio = 0.4 + 0.6 * bc_random_uniform(&random);

        for (b = 0; b < 3; b++)
            for (y = 0; y < size; y++)
                for (x = 0; x < size; x++) {
                    double r = hypot(x - 0.5 * size, (y - 0.5 * size) / ratio);

                    pixels[(b * size + y) * size + x] = (float)(flux * (disc[b] * exp(-r / radius)
                        + bulge[b] * exp(-r * r / 8.0)) + 0.01 * bc_random_normal(&random));
                }
        st = bc_dataset_append(set, &s, pixels, sigma);
    }
    if (st == BC_OK)
        st = bc_dataset_commit(set);
    bc_dataset_close(set);
    free(pixels);
    return st;
}

#endif
