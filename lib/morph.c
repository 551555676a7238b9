/* morph.c -- how the light of a galaxy is spread, and how far two distributions are apart.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "morph.h"

#include <math.h>
#include <stdlib.h>

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* The finite values of x (n), in ascending order; *kept_p of them.  NULL if there is no memory. */
static double *
sorted(const double *x, size_t n, size_t *kept_p)
{
    double *s = malloc((n > 0 ? n : 1) * sizeof *s);
    size_t  i, kept = 0;

    for (i = 0; s != NULL && i < n; i++)
        if (isfinite(x[i]))
            s[kept++] = x[i];
    if (s != NULL)
        qsort(s, kept, sizeof *s, compare_doubles);
    *kept_p = kept;
    return s;
}

double
bc_gini(const float *pixels, const unsigned char *in, size_t n, enum bc_gini_order order)
{
    double *x = malloc((n > 0 ? n : 1) * sizeof *x), sum = 0.0, mean = 0.0;
    size_t  i, kept = 0;

    if (x == NULL)
        return (double)NAN;
    for (i = 0; i < n; i++)
        if (isfinite(pixels[i]) && (in == NULL || in[i]))
            x[kept++] = order == BC_GINI_ABS_FIRST ? fabs(pixels[i]) : (double)pixels[i];
    qsort(x, kept, sizeof *x, compare_doubles);
    for (i = 0; i < kept; i++) {
        sum += (2.0 * (double)(i + 1) - (double)kept - 1.0) * fabs(x[i]);
        mean += x[i] / (double)kept;
    }
    free(x);
    if (kept < 2 || mean == 0.0)
        return (double)NAN;
    return sum / (fabs(mean) * (double)kept * (double)(kept - 1));
}

/* The value from which on, in ascending order, the pixels x (n) hold the last 20 % of the light. */
static double
brightest_fifth(const double *x, size_t n, double total)
{
    double below = 0.0;
    size_t i;

    for (i = 0; i < n; i++) {
        below += x[i];
        if (below / total >= 0.8)
            return x[i];
    }
    return (double)NAN;
}

double
bc_m20_ratio(const float *pixels, const unsigned char *in, long nx, long ny)
{
    size_t  n = (size_t)nx * ny, i, kept;
    double *light = calloc(n > 0 ? n : 1, sizeof *light), *s;
    double  total = 0.0, x = 0.0, y = 0.0, all = 0.0, brightest = 0.0, from;

    if (light == NULL)
        return (double)NAN;
    for (i = 0; i < n; i++) {
        light[i] = isfinite(pixels[i]) && (in == NULL || in[i]) ? pixels[i] : 0.0;
        total += light[i];
        x += light[i] * (double)(i % nx);
        y += light[i] * (double)(i / nx);
    }
    s = sorted(light, n, &kept);
    from = s != NULL && total > 0.0 ? brightest_fifth(s, kept, total) : (double)NAN;
    for (i = 0; i < n; i++) {
        double dx = (double)(i % nx) - x / total, dy = (double)(i / nx) - y / total;

        all += light[i] * (dx * dx + dy * dy);
        if (light[i] >= from)
            brightest += light[i] * (dx * dx + dy * dy);
    }
    free(s);
    free(light);
    return isnan(from) || !(all > 0.0) ? (double)NAN : brightest / all;
}

double
bc_wasserstein(const double *a, size_t na, const double *b, size_t nb)
{
    size_t  n, m, i = 0, j = 0;
    double *x = sorted(a, na, &n), *y = sorted(b, nb, &m), distance = 0.0, here, next;

    if (x == NULL || y == NULL || n == 0 || m == 0) {
        free(x);
        free(y);
        return (double)NAN;
    }
    here = fmin(x[0], y[0]);
    while (i < n || j < m) {
        next = j == m || (i < n && x[i] <= y[j]) ? x[i] : y[j];
        distance += fabs((double)i / (double)n - (double)j / (double)m) * (next - here);
        here = next;
        while (i < n && x[i] == here)
            i++;
        while (j < m && y[j] == here)
            j++;
    }
    free(x);
    free(y);
    return distance;
}
