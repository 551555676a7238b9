/* ssim.c -- structural similarity and its gradient.
 *
 * With G the Gaussian window, mx = G(x), my = G(y):
 *   A = 2 mx my + c1,  B = mx^2 + my^2 + c1,  C = 2 G(xy) - 2 mx my + c2,  D = G(x^2 + y^2) - mx^2 - my^2 + c2,
 *   S = A C / (B D),  c1 = (0.01 range)^2,  c2 = (0.03 range)^2,
 *   dS/dy = G'[2 mx (C - A) / (B D) + 2 my S (1/D - 1/B)] + 2 x G'[A / (B D)] - 2 y G'[S / D],
 * where G' is the full correlation with the same window.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "ssim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"

enum { TAPS = BC_SSIM_TAPS };

const double bc_ssim_weights[TAPS] = {
    0.00102838008447911, 0.00759875813523919, 0.03600077212843083, 0.10936068950970002,
    0.21300553771125370, 0.26601172486179436, 0.21300553771125370, 0.10936068950970002,
    0.03600077212843083, 0.00759875813523919, 0.00102838008447911
};

/* out (h-10, w-10) = window averages of in (h, w). */
static void
blur(const double *in, int h, int w, double *scratch, double *out)
{
    int vh = h - TAPS + 1, vw = w - TAPS + 1, y, x, t;

    for (y = 0; y < h; y++)
        for (x = 0; x < vw; x++) {
            double s = 0.0;

            for (t = 0; t < TAPS; t++)
                s += bc_ssim_weights[t] * in[y * w + x + t];
            scratch[y * vw + x] = s;
        }
    for (y = 0; y < vh; y++)
        for (x = 0; x < vw; x++) {
            double s = 0.0;

            for (t = 0; t < TAPS; t++)
                s += bc_ssim_weights[t] * scratch[(y + t) * vw + x];
            out[y * vw + x] = s;
        }
}

/* The adjoint of blur: out (h, w) = every window's value spread over its pixels. */
static void
spread(const double *in, int h, int w, double *scratch, double *out)
{
    int vh = h - TAPS + 1, vw = w - TAPS + 1, y, x, t;

    memset(scratch, 0, (size_t)h * vw * sizeof *scratch);
    memset(out, 0, (size_t)h * w * sizeof *out);
    for (y = 0; y < vh; y++)
        for (t = 0; t < TAPS; t++)
            for (x = 0; x < vw; x++)
                scratch[(y + t) * vw + x] += bc_ssim_weights[t] * in[y * vw + x];
    for (y = 0; y < h; y++)
        for (x = 0; x < vw; x++)
            for (t = 0; t < TAPS; t++)
                out[y * w + x + t] += bc_ssim_weights[t] * scratch[y * vw + x];
}

/* Scratch of one call: the moments, and on return of moments() what the gradient needs. */
struct work { double *mx, *my, *xy, *qq, *product, *scratch; };

static double
windows(struct work *k, size_t n, double range)
{
    double c1 = 0.01 * range * 0.01 * range, c2 = 0.03 * range * 0.03 * range, sum = 0.0, good = 0.0;
    size_t i;

    for (i = 0; i < n; i++)
        good += !isnan(k->xy[i]);
    for (i = 0; i < n; i++) {
        double a = 2.0 * k->mx[i] * k->my[i] + c1, b = k->mx[i] * k->mx[i] + k->my[i] * k->my[i] + c1;
        double c = 2.0 * k->xy[i] - 2.0 * k->mx[i] * k->my[i] + c2;
        double d = k->qq[i] - k->mx[i] * k->mx[i] - k->my[i] * k->my[i] + c2, s = a * c / (b * d);
        double mx = k->mx[i], my = k->my[i];

        if (isnan(s)) {
            k->mx[i] = k->my[i] = k->xy[i] = 0.0;
            continue;
        }
        sum += s;
        k->mx[i] = (2.0 * mx * (c - a) / (b * d) + 2.0 * my * s * (1.0 / d - 1.0 / b)) / good;
        k->my[i] = a / (b * d) / good;
        k->xy[i] = s / d / good;
    }
    return sum / good;
}

double
bc_ssim_mean(const double *x, const double *y, int h, int w, double range, double *dy)
{
    size_t      n = (size_t)h * w, nv = (size_t)(h - TAPS + 1) * (w - TAPS + 1), i;
    double     *memory, mean;
    struct work k;

    if (h < TAPS || w < TAPS)
        return (double)NAN;
    memory = malloc((4 * nv + 2 * n) * sizeof *memory);
    if (memory == NULL)
        return (double)NAN;
    k.mx = memory;
    k.my = k.mx + nv;
    k.xy = k.my + nv;
    k.qq = k.xy + nv;
    k.product = k.qq + nv;
    k.scratch = k.product + n;
    blur(x, h, w, k.scratch, k.mx);
    blur(y, h, w, k.scratch, k.my);
    for (i = 0; i < n; i++)
        k.product[i] = x[i] * y[i];
    blur(k.product, h, w, k.scratch, k.xy);
    for (i = 0; i < n; i++)
        k.product[i] = x[i] * x[i] + y[i] * y[i];
    blur(k.product, h, w, k.scratch, k.qq);
    mean = windows(&k, nv, range);
    if (dy != NULL) {
        spread(k.mx, h, w, k.scratch, dy);
        spread(k.my, h, w, k.scratch, k.product);
        for (i = 0; i < n; i++)
            dy[i] += 2.0 * x[i] * k.product[i];
        spread(k.xy, h, w, k.scratch, k.product);
        for (i = 0; i < n; i++)
            dy[i] = isnan(x[i]) ? 0.0 : dy[i] - 2.0 * y[i] * k.product[i];
    }
    free(memory);
    return mean;
}

double
bc_ssim_factors(const double *x, const double *y, int h, int w, double range)
{
    size_t  n = (size_t)h * w, nv = (size_t)(h - TAPS + 1) * (w - TAPS + 1), i, good = 0;
    double  c1 = 0.01 * range * 0.01 * range, c2 = 0.03 * range * 0.03 * range, l = 0.0, c = 0.0, s = 0.0;
    double *m, *product, *scratch;
    int     k;

    if (h < TAPS || w < TAPS)
        return (double)NAN;
    m = malloc((5 * nv + 2 * n) * sizeof *m);               /* averages of x, y, x^2, y^2, xy */
    if (m == NULL)
        return (double)NAN;
    product = m + 5 * nv;
    scratch = product + n;
    for (k = 0; k < 5; k++) {
        for (i = 0; i < n; i++)
            product[i] = k == 0 ? x[i] : k == 1 ? y[i] : k == 2 ? x[i] * x[i] : k == 3 ? y[i] * y[i] : x[i] * y[i];
        blur(product, h, w, scratch, m + k * nv);
    }
    for (i = 0; i < nv; i++) {
        double mx = m[i], my = m[nv + i], vx = fmax(m[2 * nv + i] - mx * mx, 0.0);
        double vy = fmax(m[3 * nv + i] - my * my, 0.0), vxy = fmax(m[4 * nv + i] - mx * my, 0.0);

        if (isnan(mx) || isnan(my))
            continue;
        l += (2.0 * mx * my + c1) / (mx * mx + my * my + c1);
        c += (2.0 * sqrt(vx * vy) + c2) / (vx + vy + c2);
        s += (vxy + 0.5 * c2) / (sqrt(vx * vy) + 0.5 * c2);
        good++;
    }
    free(m);
    return l / (double)good * (c / (double)good) * (s / (double)good);      /* NaN if no window is left */
}
