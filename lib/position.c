/* position.c -- where a galaxy lies in a predicted image, and where in the true one.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "position.h"

#include <math.h>

#include "score.h"

static const double NARROWEST = 1.0;        /* pixels, the window's standard deviation at least */
static const double REACH = 4.0;            /* standard deviations that it is summed over */
static const double CLOSE = 1e-4;           /* pixels, the last step */
enum { STEPS = 100 };

/* Twice the mean distance of FLUX from (x, y), 0-based, in the window of WIDTH about it: the step towards the centroid.
 * Its x is NaN if there is no light. */
static void
find_step(const struct bc_comparison *c, const float *flux, double x, double y, double width, double *dx_p,
          double *dy_p)
{
    const double reach = REACH * width;
    const long   x0 = (long)fmax(ceil(x - reach), 0.0), x1 = (long)fmin(x + reach, (double)(c->nx - 1));
    const long   y0 = (long)fmax(ceil(y - reach), 0.0), y1 = (long)fmin(y + reach, (double)(c->ny - 1));
    double       sum = 0.0, sum_x = 0.0, sum_y = 0.0;
    long         i, j;

    for (j = y0; j <= y1; j++)
        for (i = x0; i <= x1; i++) {
            const long   k = j * c->nx + i;
            const double u = (double)i - x, v = (double)j - y, rr = u * u + v * v;
            double       w;

            if (rr > reach * reach || c->others[k] != 0 || !isfinite(c->flux[k]) || !isfinite(c->true_flux[k]))
                continue;
            w = exp(-0.5 * rr / (width * width)) * flux[k];
            sum += w;
            sum_x += w * u;
            sum_y += w * v;
        }
    *dx_p = sum > 0.0 ? 2.0 * sum_x / sum : (double)NAN;
    *dy_p = 2.0 * sum_y / sum;
}

/* NaN if it is not found within WIDTH of the profile's centre. */
static void
find_centroid(const struct bc_comparison *c, const float *flux, double width, double *x_p, double *y_p)
{
    double x = c->ellipse.x, y = c->ellipse.y, dx, dy;
    int    i;

    *x_p = *y_p = (double)NAN;
    for (i = 0; i < STEPS; i++) {
        find_step(c, flux, x, y, width, &dx, &dy);
        x += dx;
        y += dy;
        if (!(hypot(x - c->ellipse.x, y - c->ellipse.y) < width))
            return;
        if (hypot(dx, dy) < CLOSE) {
            *x_p = x;
            *y_p = y;
            return;
        }
    }
}

void
bc_position_measure(const struct bc_comparison *c, bc_image_score *s)
{
    double width = fmax(2.0 * s->true_r50 / sqrt(8.0 * log(2.0)), NARROWEST), x, y, true_x, true_y;

    s->dx = s->dy = (double)NAN;
    if (isnan(s->true_r50))
        return;
    find_centroid(c, c->flux, width, &x, &y);
    find_centroid(c, c->true_flux, width, &true_x, &true_y);
    s->dx = x - true_x;
    s->dy = y - true_y;
}
