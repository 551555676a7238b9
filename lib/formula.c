/* formula.c -- formulas that give a pixel of one band from the same pixel of others.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "formula.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double BRIGHT = 10.0;              /* sky sigmas above which a pixel's logarithm is used */
static const double CLIP = 3.0;                 /* standard deviations */
static const double ROUNDING = 1e-6;            /* residuals of a formula that is exact */
static const double RELATIVE_ERROR = 0.1;       /* of a formula, assumed in the weights of the linear fit */

void
bc_formula_begin(struct bc_formula *f, enum bc_formula_kind kind, int nin)
{
    memset(f, 0, sizeof *f);
    f->kind = kind;
    f->nin = nin;
    f->limit = (double)INFINITY;
}

/* Pixel I of all bands as the fit sees it, into v (nin inputs, 1, truth); returns its weight, 0 = of no use. */
static double
equation(const struct bc_formula *f, const float *bands, int truth, const double *sigma, size_t n, size_t i, double *v)
{
    double weight = 1.0;
    int    b;

    for (b = 0; b <= f->nin; b++) {
        int    from = b < f->nin ? b : truth;
        double x = bands[from * n + i];

        if (f->kind == BC_FORMULA_LOG && !(x > BRIGHT * sigma[from] && x > 0.0))
            return 0.0;
        v[b] = f->kind == BC_FORMULA_LOG ? log(x) : x;
        weight += v[b];
    }
    if (!isfinite(weight))
        return 0.0;                             /* a missing pixel, or the noise is not known */
    v[f->nin + 1] = v[f->nin];
    v[f->nin] = 1.0;
    weight = 1.0;
    if (f->kind == BC_FORMULA_LINEAR)
        weight = 1.0 / (pow(sigma[truth], 2) + pow(RELATIVE_ERROR * v[f->nin + 1], 2));
    return isfinite(weight) ? weight : 0.0;
}

void
bc_formula_add(struct bc_formula *f, const float *bands, int truth, const double *sigma, size_t n)
{
    double v[BC_MAX_INPUT + 2];
    int    m = f->nin + 2, j, k;
    size_t i;

    for (i = 0; i < n; i++) {
        double weight = equation(f, bands, truth, sigma, n, i, v), residual = v[m - 1];

        if (weight == 0.0)
            continue;
        for (j = 0; isfinite(f->limit) && j < m - 1; j++)
            residual -= f->coefficient[j] * v[j];
        if (isfinite(f->limit) && fabs(residual) > f->limit)
            continue;
        for (j = 0; j < m; j++)
            for (k = j; k < m; k++)
                f->sum[j][k] += weight * v[j] * v[k];
        f->count++;
    }
}

/* Gauss-Jordan elimination of the normal equations a (m, m + 1), which are symmetric and positive: no pivoting is
 * needed.  An unknown that depends on the ones before it (a band that is another's copy) becomes 0. */
static void
solve(double a[][BC_MAX_INPUT + 2], int m)
{
    double diagonal[BC_MAX_INPUT + 1];
    int    j, k, l;

    for (j = 0; j < m; j++)
        diagonal[j] = a[j][j];
    for (j = 0; j < m; j++) {
        double pivot = a[j][j];
        int    free = !(pivot > 1e-12 * diagonal[j]);

        for (l = 0; l <= m; l++)
            a[j][l] = free ? 0.0 : a[j][l] / pivot;
        for (k = 0; k < m; k++) {
            double factor = a[k][j];

            if (k == j)
                continue;
            for (l = 0; l <= m; l++)
                a[k][l] = free && l == j ? 0.0 : a[k][l] - factor * a[j][l];
        }
    }
}

void
bc_formula_solve(struct bc_formula *f)
{
    int    m = f->nin + 1, j, k;
    double square = f->sum[m][m];

    for (j = 0; j <= m; j++)
        for (k = 0; k < j; k++)
            f->sum[j][k] = f->sum[k][j];
    solve(f->sum, m);
    for (j = 0; j < m; j++) {
        f->coefficient[j] = f->count > m ? f->sum[j][m] : (double)NAN;
        square -= f->coefficient[j] * f->sum[m][j];     /* the last row still holds the products with the truth */
    }
    if (f->kind == BC_FORMULA_LOG)
        f->limit = fmax(CLIP * sqrt(fmax(square, 0.0) / (double)(f->count > 0 ? f->count : 1)), ROUNDING);
    f->npixel = f->count;
    f->count = 0;
    memset(f->sum, 0, sizeof f->sum);
}

void
bc_formula_apply(const struct bc_formula *f, const float *bands, size_t n, float *out)
{
    size_t i;
    int    b;

    for (i = 0; i < n; i++) {
        double sum = f->coefficient[f->nin];
        int    positive = 1;

        for (b = 0; b < f->nin; b++) {
            double x = bands[b * n + i];

            positive &= !(x <= 0.0);            /* a missing pixel gives a missing pixel */
            sum += f->coefficient[b] * (f->kind == BC_FORMULA_LOG ? log(x) : x);
        }
        if (f->kind == BC_FORMULA_LOG)
            sum = positive ? exp(sum) : 0.0;
        out[i] = (float)sum;
    }
}

void
bc_formula_text(const struct bc_formula *f, const char *const *names, char *text, size_t size)
{
    const char *open = f->kind == BC_FORMULA_LOG ? "exp(" : "", *log = f->kind == BC_FORMULA_LOG ? "log " : "";
    size_t      n = 0;
    int         b;

    for (b = 0; b <= f->nin && n < size; b++) {
        double      c = f->coefficient[b];
        const char *sign = b == 0 ? (c < 0.0 ? "-" : "") : c < 0.0 ? " - " : " + ";

        n += (size_t)snprintf(text + n, size - n, "%s%s%.4g", b == 0 ? open : "", sign, fabs(c));
        if (b < f->nin && n < size)
            n += (size_t)snprintf(text + n, size - n, " %s%s", log, names[b]);
    }
    if (n < size)
        snprintf(text + n, size - n, "%s", f->kind == BC_FORMULA_LOG ? ")" : "");
}
