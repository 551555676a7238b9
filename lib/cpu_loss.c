/* cpu_loss.c -- L1 + lambda (1 - SSIM) of one plane, and its gradient; data range 1.  Double,
 * because local variances are differences of nearly equal numbers; loops that compilers make
 * vectors of.  The formulae are in ssim.c.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_vector.h"

#include <math.h>

#include "ssim.h"

enum { TAPS = BC_SSIM_TAPS };

/* What is averaged over the windows, and then, of the same windows, what is spread back over the
 * pixels. */
enum { MX, MY, XY, QQ, NMOMENT };

/* One row of the products whose window averages the moments are. */
static void
products(const float *x, const float *y, int w, double *row)
{
    int i;

    for (i = 0; i < w; i++) {
        double a = x[i], b = y[i];

        row[MX * w + i] = a;
        row[MY * w + i] = b;
        row[XY * w + i] = a * b;
        row[QQ * w + i] = a * a + b * b;
    }
}

/* moment (4, h - 10, w - 10): along the rows first, each result added to the windows that it
 * lies in. */
static void
blur(const float *x, const float *y, int h, int w, double *row, double *moment)
{
    int vh = h - TAPS + 1, vw = w - TAPS + 1, r, m, t, i;

    memset(moment, 0, sizeof *moment * NMOMENT * (size_t)vh * vw);
    for (r = 0; r < h; r++) {
        double *b = row + (size_t)NMOMENT * w;

        products(x + (size_t)r * w, y + (size_t)r * w, w, row);
        for (m = 0; m < NMOMENT; m++) {
            const double *p = row + (size_t)m * w;

            for (i = 0; i < vw; i++) {
                double s = 0.0;

                for (t = 0; t < TAPS; t++)
                    s += bc_ssim_weights[t] * p[i + t];
                b[i] = s;
            }
            for (t = 0; t < TAPS; t++)
                if (r - t >= 0 && r - t < vh) {
                    double *to = moment + ((size_t)m * vh + r - t) * vw;

                    for (i = 0; i < vw; i++)
                        to[i] += bc_ssim_weights[t] * b[i];
                }
        }
    }
}

/* Sum of SSIM over the windows; the moments become the factors of the gradient. */
static double
windows(double *moment, size_t n)
{
    const double c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;
    double      *px = moment, *py = px + n, *pxy = py + n, *pqq = pxy + n, sum = 0.0;
    size_t       i;

    for (i = 0; i < n; i++) {
        double mx = px[i], my = py[i];
        double a = 2.0 * mx * my + c1, b = mx * mx + my * my + c1;
        double c = 2.0 * pxy[i] - 2.0 * mx * my + c2, d = pqq[i] - mx * mx - my * my + c2;
        double s = a * c / (b * d);

        pqq[i] = s;
        px[i] = 2.0 * mx * (c - a) / (b * d) + 2.0 * my * s * (1.0 / d - 1.0 / b);
        py[i] = a / (b * d);
        pxy[i] = s / d;
    }
    for (i = 0; i < n; i++)
        sum += pqq[i];
    return sum;
}

/* dy = what the windows' factors give to each pixel, times FACTOR. */
static void
spread(const float *x, const float *y, int h, int w, const double *moment, double factor,
       double *row, float *dy)
{
    int vh = h - TAPS + 1, vw = w - TAPS + 1, r, m, t, i;

    for (r = 0; r < h; r++) {
        double *g = row, *b = row + (size_t)3 * w;

        memset(g, 0, sizeof *g * 3 * (size_t)w);
        for (m = 0; m < 3; m++) {
            memset(b, 0, sizeof *b * (size_t)vw);
            for (t = 0; t < TAPS; t++)
                if (r - t >= 0 && r - t < vh) {
                    const double *from = moment + ((size_t)m * vh + r - t) * vw;

                    for (i = 0; i < vw; i++)
                        b[i] += bc_ssim_weights[t] * from[i];
                }
            for (t = 0; t < TAPS; t++)
                for (i = 0; i < vw; i++)
                    g[(size_t)m * w + i + t] += bc_ssim_weights[t] * b[i];
        }
        for (i = 0; i < w; i++) {
            size_t at = (size_t)r * w + i;

            dy[at] = (float)(factor * (g[i] + 2.0 * x[at] * g[w + i] - 2.0 * y[at] * g[2 * w + i]));
        }
    }
}

double
ISA(cpu_loss)(const float *truth, const float *y, int h, int w, double lambda, double factor,
              double *scratch, float *dy)
{
    size_t n = (size_t)h * w, i, nv;
    double l1 = 0.0, ssim = 1.0;

    if (lambda == 0.0) {                    /* also for images too small for a window */
        memset(dy, 0, n * sizeof *dy);
    } else if (h < TAPS || w < TAPS) {
        for (i = 0; i < n; i++)
            dy[i] = NAN;
        return (double)NAN;
    } else {
        double *moment = scratch + (size_t)(NMOMENT + 1) * w;

        nv = (size_t)(h - TAPS + 1) * (w - TAPS + 1);
        blur(truth, y, h, w, scratch, moment);
        ssim = windows(moment, nv) / (double)nv;
        spread(truth, y, h, w, moment, -lambda * factor / (double)nv, scratch, dy);
    }
    for (i = 0; i < n; i++) {
        l1 += fabs((double)y[i] - truth[i]);
        dy[i] += (float)(factor / (double)n) * (float)((y[i] > truth[i]) - (y[i] < truth[i]));
    }
    return l1 / (double)n + lambda * (1.0 - ssim);
}
