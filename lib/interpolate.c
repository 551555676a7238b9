/* interpolate.c -- an image between its pixels: bilinear, and with Lanczos's kernel of 3 pixels.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bandcast.h"
#include "resample.h"

#include <math.h>

static const double PI = 3.14159265358979323846;

enum { TAPS = 6 };

/* Lanczos's kernel at the TAPS pixels around a point that is F, in [0, 1), behind the third of
 * them. The sum is 1, so that a constant stays what it is; a point on a pixel gets that alone. */
static void
lanczos(double f, double weight[TAPS])
{
    static const double half = 0.86602540378443864676;  /* root of 3/4 */
    const double        c[TAPS] = { -0.5, 0.5, 1.0, 0.5, -0.5, -1.0 };     /* of pi (k - 2) / 3 */
    const double        s[TAPS] = { -half, -half, 0.0, half, half, 0.0 };
    double sine = sin(PI * f), third = sin(PI * f / 3.0), cosine = cos(PI * f / 3.0), sum = 0.0;
    int    k;

    for (k = 0; k < TAPS; k++) {
        double d = f - (double)(k - 2);     /* sin(pi d) and sin(pi d / 3) by the sums of angles */

        weight[k] = f == 0.0 ? (double)(k == 2)
                             : (k % 2 == 0 ? sine : -sine)
                                   * (third * c[k] - cosine * s[k]) / (d * d);
        sum += weight[k];
    }
    for (k = 0; k < TAPS; k++)
        weight[k] /= sum;
}

/* At the point that is (fx, fy) behind pixel (x, y); *value_p is set, and 1 returned, if all
 * pixels have data. */
static int
take_lanczos(const struct bc_patch *p, long x, long y, double fx, double fy, double *value_p)
{
    double wx[TAPS], wy[TAPS], sum = 0.0;
    long   i, j;

    if (x < 2 || y < 2 || x + 3 >= p->nx || y + 3 >= p->ny)
        return 0;
    lanczos(fx, wx);
    lanczos(fy, wy);
    for (j = 0; j < TAPS; j++) {
        const float         *pixels = p->pixels + (y - 2 + j - p->first) * p->nx + x - 2;
        const unsigned char *flags = p->flags + (y - 2 + j - p->first) * p->nx + x - 2;
        double               row = 0.0;

        for (i = 0; i < TAPS; i++) {
            if (flags[i] != 0)
                return 0;
            row += wx[i] * pixels[i];
        }
        sum += wy[j] * row;
    }
    *value_p = sum;
    return 1;
}

/* The same of the four pixels around the point; the weight that has data is returned. */
static double
take_bilinear(const struct bc_patch *p, long x, long y, double fx, double fy, double *value_p,
              unsigned char *why_p)
{
    double sum = 0.0, good = 0.0;
    long   i, j;

    for (j = 0; j < 2; j++)
        for (i = 0; i < 2; i++) {
            double w = (i == 0 ? 1.0 - fx : fx) * (j == 0 ? 1.0 - fy : fy);
            long   at = (y + j - p->first) * p->nx + x + i;

            if (w == 0.0)
                continue;
            if (x + i < 0 || y + j < 0 || x + i >= p->nx || y + j >= p->ny) {
                *why_p |= BC_OUTSIDE;
            } else if (p->flags[at] != 0) {
                *why_p |= p->flags[at];
            } else {
                sum += w * p->pixels[at];
                good += w;
            }
        }
    *value_p = good > 0.0 ? sum / good : 0.0;
    return good;
}

/* At the point (u, v) of the image's plane; 1 if there are data. */
static int
take(const struct bc_patch *p, double u, double v, enum bc_kernel kernel, double *value_p,
     unsigned char *why_p)
{
    double x = floor(u - 0.5), y = floor(v - 0.5);

    if (!(x >= -1.0 && y >= -1.0 && x < (double)p->nx && y < (double)p->ny)) {
        *why_p |= BC_OUTSIDE;
        return 0;
    }
    return (kernel == BC_LANCZOS
            && take_lanczos(p, (long)x, (long)y, u - 0.5 - x, v - 0.5 - y, value_p))
           || take_bilinear(p, (long)x, (long)y, u - 0.5 - x, v - 0.5 - y, value_p, why_p) >= 0.5;
}

float
bc_resample_kernel(const struct bc_patch *p, const struct bc_quad *q, int surface,
                   enum bc_kernel kernel, int over, unsigned char *why_p)
{
    double sum = 0.0, value;
    int    i, j, good = 0;

    *why_p = 0;
    for (j = 0; j < over; j++)
        for (i = 0; i < over; i++) {
            double s = (i + 0.5) / over, t = (j + 0.5) / over;
            double a = (1.0 - s) * (1.0 - t), b = s * (1.0 - t), c = s * t, d = (1.0 - s) * t;
            double u = a * q->u[0] + b * q->u[1] + c * q->u[2] + d * q->u[3];
            double v = a * q->v[0] + b * q->v[1] + c * q->v[2] + d * q->v[3];

            if (take(p, u, v, kernel, &value, why_p)) {
                sum += value;
                good++;
            }
        }
    if (2 * good < over * over)
        return NAN;
    *why_p = 0;
    sum /= good;
    return (float)(surface ? sum : sum * fabs(bc_quad_area(q)));
}
