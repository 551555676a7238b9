/* print_metrics.c -- MAE, MSE and SSIM of two images of raw floats: print_metrics A B NX NY RANGE, for metrics.sh.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "bandcast.h"

static float *
read_floats(const char *name, size_t n)
{
    float *x = malloc(n * sizeof *x);
    FILE  *file = fopen(name, "rb");

    if (x == NULL || file == NULL || fread(x, sizeof *x, n, file) != n) {
        fprintf(stderr, "print_metrics: %s: not %zu floats\n", name, n);
        exit(EXIT_FAILURE);
    }
    fclose(file);
    return x;
}

int
main(int argc, char **argv)
{
    float *a, *b;
    long   nx, ny;
    size_t n;

    if (argc != 6)
        return EXIT_FAILURE;
    nx = atol(argv[3]);
    ny = atol(argv[4]);
    n = (size_t)nx * ny;
    a = read_floats(argv[1], n);
    b = read_floats(argv[2], n);
    printf("%.17g %.17g %.17g\n", bc_mae(a, b, n), bc_mse(a, b, n), bc_ssim(a, b, nx, ny, atof(argv[5])));
    free(a);
    free(b);
    return EXIT_SUCCESS;
}
