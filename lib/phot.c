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

double
bc_ellipse_radius(const struct bc_ellipse *e, double x, double y)
{
    return hypot(e->c * (x - e->x) + e->s * (y - e->y), (e->c * (y - e->y) - e->s * (x - e->x)) / e->q);
}

static double
cross(const double p[2], const double q[2])
{
    return p[0] * q[1] - p[1] * q[0];
}

/* Area of the unit disc's sector from the direction of P to that of Q; negative if that is clockwise. */
static double
sector(const double p[2], const double q[2])
{
    return 0.5 * atan2(cross(p, q), p[0] * q[0] + p[1] * q[1]);
}

/* Area that the unit disc shares with the triangle of (0, 0), P and Q, with the same sign. */
static double
triangle_overlap(const double p[2], const double q[2])
{
    const double d[2] = { q[0] - p[0], q[1] - p[1] };
    double       a = d[0] * d[0] + d[1] * d[1], b = p[0] * d[0] + p[1] * d[1];
    double       root = b * b - a * (p[0] * p[0] + p[1] * p[1] - 1.0), from, to, enter[2], leave[2];

    if (root <= 0.0)
        return sector(p, q);
    from = (-b - sqrt(root)) / a;               /* p + t d is in the disc between those t */
    to = (-b + sqrt(root)) / a;
    if (to <= 0.0 || from >= 1.0)
        return sector(p, q);
    from = fmax(from, 0.0);
    to = fmin(to, 1.0);
    enter[0] = p[0] + from * d[0];
    enter[1] = p[1] + from * d[1];
    leave[0] = p[0] + to * d[0];
    leave[1] = p[1] + to * d[1];
    return sector(p, enter) + 0.5 * cross(enter, leave) + sector(leave, q);
}

double
bc_ellipse_overlap(const struct bc_ellipse *e, double a, double x, double y)
{
    static const double corner[4][2] = { { -0.5, -0.5 }, { 0.5, -0.5 }, { 0.5, 0.5 }, { -0.5, 0.5 } };
    double              p[4][2], area = 0.0;
    int                 i;

    if (!(a > 0.0))
        return 0.0;
    for (i = 0; i < 4; i++) {                   /* where the ellipse is the unit circle */
        double dx = x - e->x + corner[i][0], dy = y - e->y + corner[i][1];

        p[i][0] = (e->c * dx + e->s * dy) / a;
        p[i][1] = (e->c * dy - e->s * dx) / (e->q * a);
    }
    for (i = 0; i < 4; i++)
        area += triangle_overlap(p[i], p[(i + 1) % 4]);
    return fmax(area, 0.0) * e->q * a * a;
}
