/* phot.c -- aperture photometry.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "phot.h"

#include <math.h>

/* Area of the disc within [0, x] x [0, y]; an odd function of x and of y. */
static double
corner_area(double r, double x, double y)
{
    double sign = (x < 0.0) == (y < 0.0) ? 1.0 : -1.0, from;

    x = fmin(fabs(x), r);
    y = fmin(fabs(y), r);
    from = sqrt(r * r - y * y);         /* up to here the rectangle is as high as y, then the disc is lower */
    if (x <= from)
        return sign * x * y;
    return sign * (from * y + 0.5 * (x * sqrt(r * r - x * x) + r * r * asin(x / r))
                   - 0.5 * (from * y + r * r * asin(from / r)));
}

double
bc_disc_overlap(double radius, double x0, double x1, double y0, double y1)
{
    if (hypot(fmax(fmax(x0, -x1), 0.0), fmax(fmax(y0, -y1), 0.0)) >= radius)
        return 0.0;                     /* exactly: a missing pixel outside must not count */
    return corner_area(radius, x1, y1) - corner_area(radius, x0, y1) - corner_area(radius, x1, y0)
           + corner_area(radius, x0, y0);
}

double
bc_aperture_sum(const float *pixels, long nx, long ny, double x, double y, double radius, double *area_p)
{
    double sum = 0.0, area = 0.0;
    long   i0 = (long)fmax(floor(x - radius - 0.5), 0.0), i1 = (long)fmin(ceil(x + radius), (double)nx);
    long   j0 = (long)fmax(floor(y - radius - 0.5), 0.0), j1 = (long)fmin(ceil(y + radius), (double)ny), i, j;

    for (j = j0; j < j1; j++)
        for (i = i0; i < i1; i++) {
            /* Pixel i, 0-based, reaches from i + 0.5 to i + 1.5 in the coordinates of x. */
            double part = bc_disc_overlap(radius, (double)i + 0.5 - x, (double)i + 1.5 - x, (double)j + 0.5 - y,
                                          (double)j + 1.5 - y);

            if (part > 0.0) {
                sum += isfinite(pixels[j * nx + i]) ? part * pixels[j * nx + i] : (double)NAN;
                area += part;
            }
        }
    *area_p = area;
    return sum;
}
