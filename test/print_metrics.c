/* print_metrics.c -- for metrics.sh: print_metrics A B NX NY RANGE prints, of two images of raw floats, MAE, MSE and
 * SSIM; the SSIM of the authors; the Gini coefficients of A in both orders, its M20 ratio, the Wasserstein distance of
 * A's and B's pixels; and of A's segmentation map with noise SIGMA, if that is given: Petrosian radius, pixels, Gini,
 * log10 of M20.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "morph.h"

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

static void
print_spread(const float *a, const float *b, long nx, long ny, double range)
{
    size_t  n = (size_t)nx * ny, i;
    double *x = malloc(2 * n * sizeof *x);

    for (i = 0; x != NULL && i < n; i++) {
        x[i] = a[i];
        x[n + i] = b[i];
    }
    if (x != NULL)
        printf("%.17g %.17g %.17g %.17g %.17g\n", bc_ssim_lcs(a, b, nx, ny, range),
               bc_gini(a, NULL, n, BC_GINI_ABS_FIRST),
               bc_gini(a, NULL, n, BC_GINI_SORT_FIRST), bc_m20_ratio(a, NULL, nx, ny),
               bc_wasserstein(x, n, x + n, n / 2));
    free(x);
}

static void
print_segment(const float *a, long nx, long ny, double sigma)
{
    size_t            n = (size_t)nx * ny, i;
    unsigned char    *in = malloc(2 * n);
    struct bc_ellipse e;
    long              pixels = 0;

    if (in == NULL || bc_segment(a, nx, ny, sigma, in, in + n, &e) != BC_OK)
        exit(EXIT_FAILURE);
    for (i = 0; i < n; i++)
        pixels += in[i];
    printf("%.17g %ld %.17g %.17g\n", e.radius, pixels, bc_gini(a, in, n, BC_GINI_ABS_FIRST),
           log10(bc_m20_ratio(a, in, nx, ny)));
    free(in);
}

int
main(int argc, char **argv)
{
    float *a, *b;
    long   nx, ny;
    size_t n;

    if (argc != 6 && argc != 7)
        return EXIT_FAILURE;
    nx = atol(argv[3]);
    ny = atol(argv[4]);
    n = (size_t)nx * ny;
    a = read_floats(argv[1], n);
    b = read_floats(argv[2], n);
    printf("%.17g %.17g %.17g\n", bc_mae(a, b, n), bc_mse(a, b, n), bc_ssim(a, b, nx, ny, atof(argv[5])));
    print_spread(a, b, nx, ny, atof(argv[5]));
    if (argc == 7)
        print_segment(a, nx, ny, atof(argv[6]));
    free(a);
    free(b);
    return EXIT_SUCCESS;
}
