/* loss.c -- the loss of one band and its gradient, in double.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "loss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ssim.h"

enum { BOX = BC_LOSS_BOX };

static double
sign(double x)
{
    return (x > 0.0) - (x < 0.0);
}

/* ---- pixels ------------------------------------------------------------------------------------ */

/* How many pixels count; 1 for none, whose sums are 0. */
static double
count(const double *truth, size_t n)
{
    size_t i, good = 0;

    for (i = 0; i < n; i++)
        good += !isnan(truth[i]);
    return good > 0 ? (double)good : 1.0;
}

static double
l1(const double *truth, const double *y, size_t n, double *dy)
{
    double sum = 0.0, good = count(truth, n);
    size_t i;

    for (i = 0; i < n; i++) {
        double d = y[i] - truth[i];

        if (isnan(truth[i]))
            continue;
        sum += fabs(d);
        if (dy != NULL)
            dy[i] += sign(d) / good;
    }
    return sum / good;
}

static double
laplace(double weight, const double *truth, const double *y, const double *s, size_t n, double *ds)
{
    double sum = 0.0, good = count(truth, n);
    size_t i;

    for (i = 0; i < n; i++) {
        double ratio = fabs(y[i] - truth[i]) * exp(-s[i]);

        if (isnan(truth[i]))
            continue;
        sum += ratio + s[i];
        if (ds != NULL)
            ds[i] += weight * (1.0 - ratio) / good;
    }
    return weight * sum / good;
}

/* ---- sums over windows ------------------------------------------------------------------------- */

/* out (h - 8, w - 8) = sums of in (h, w) over windows; columns (w) is scratch.  NaN in one window says nothing of
 * the next, so nothing is carried along. */
static void
add_up(const double *in, int h, int w, double *columns, double *out)
{
    int y, x, t;

    for (y = 0; y + BOX <= h; y++) {
        memset(columns, 0, (size_t)w * sizeof *columns);
        for (t = 0; t < BOX; t++)
            for (x = 0; x < w; x++)
                columns[x] += in[(size_t)(y + t) * w + x];
        for (x = 0; x + BOX <= w; x++) {
            double sum = 0.0;

            for (t = 0; t < BOX; t++)
                sum += columns[x + t];
            *out++ = sum;
        }
    }
}

/* The adjoint: out (h, w) = for each pixel the sum of the windows that hold it. */
static void
give_back(const double *in, int h, int w, double *columns, double *out)
{
    int vh = h - BOX + 1, vw = w - BOX + 1, y, x, t;

    for (y = 0; y < h; y++, out += w) {
        memset(columns, 0, (size_t)vw * sizeof *columns);
        for (t = y < vh ? 0 : y - vh + 1; t < BOX && t <= y; t++)
            for (x = 0; x < vw; x++)
                columns[x] += in[(size_t)(y - t) * vw + x];
        memset(out, 0, (size_t)w * sizeof *out);
        for (t = 0; t < BOX; t++)
            for (x = 0; x < vw; x++)
                out[x + t] += columns[x];
    }
}

/* Difference of the windows' fluxes, on the stretch; SUM becomes its derivative by the predicted sum. */
static double
compare_sums(const double *truth, double *sum, size_t n, double range)
{
    double total = 0.0, good = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        good += truth[i] > BOX;             /* false for NaN */
    for (i = 0; i < n; i++) {
        double a = sum[i] / BOX, d = (asinh(a) - asinh(truth[i] / BOX)) / range;

        sum[i] = 0.0;
        if (!(truth[i] > BOX))
            continue;
        sum[i] = sign(d) / (range * sqrt(1.0 + a * a) * BOX * good);
        total += fabs(d) / good;
    }
    return total;
}

/* Term F times WEIGHT; NaN: no memory. */
static double
fluxes(double weight, double range, const double *truth, const double *y, int h, int w, double *dy)
{
    size_t  n = (size_t)h * w, nv = (size_t)(h - BOX + 1) * (w - BOX + 1), i;
    double *memory, *flux, *sum, *true_sum, *columns, value;

    if (h < BOX || w < BOX)
        return 0.0;
    memory = malloc((n + 2 * nv + w) * sizeof *memory);
    if (memory == NULL)
        return (double)NAN;
    flux = memory;
    sum = flux + n;
    true_sum = sum + nv;
    columns = true_sum + nv;
    for (i = 0; i < n; i++)
        flux[i] = sinh(range * truth[i]);
    add_up(flux, h, w, columns, true_sum);
    for (i = 0; i < n; i++)
        flux[i] = sinh(range * y[i]);
    add_up(flux, h, w, columns, sum);
    value = weight * compare_sums(true_sum, sum, nv, range);
    if (dy != NULL) {
        give_back(sum, h, w, columns, flux);
        for (i = 0; i < n; i++)
            dy[i] += weight * flux[i] * range * cosh(range * y[i]);
    }
    free(memory);
    return value;
}

/* ---- the whole --------------------------------------------------------------------------------- */

double
bc_loss_rest(const struct bc_loss *o, const double *truth, const double *y, const double *s, int h, int w, double *dy,
             double *ds)
{
    double loss = 0.0;

    if (o->flux > 0.0)
        loss += fluxes(o->flux, o->range, truth, y, h, w, dy);
    if (s != NULL)
        loss += laplace(o->scale, truth, y, s, (size_t)h * w, ds);
    return loss;
}

double
bc_loss(const struct bc_loss *o, const double *truth, const double *y, const double *s, int h, int w, double *dy,
        double *ds)
{
    size_t n = (size_t)h * w, i;
    double ssim = o->lambda > 0.0 ? bc_ssim_mean(truth, y, h, w, 1.0, dy) : (double)NAN, loss = 0.0;

    for (i = 0; dy != NULL && i < n; i++)
        dy[i] = isnan(ssim) ? 0.0 : -o->lambda * dy[i];
    for (i = 0; ds != NULL && i < n; i++)
        ds[i] = 0.0;
    if (!isnan(ssim))
        loss = o->lambda * (1.0 - ssim);
    else if (o->lambda > 0.0 && (h < BC_SSIM_TAPS || w < BC_SSIM_TAPS))
        return (double)NAN;
    return loss + l1(truth, y, n, dy) + bc_loss_rest(o, truth, y, s, h, w, dy, ds);
}
