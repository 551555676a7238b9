/* overlap.c -- which parts of an image's pixels are in a quadrilateral, exactly.
 *
 * Going around the quadrilateral, each side takes the area to the right of it from the pixels of a
 * row, or gives it, by its direction; where a side passes through a pixel the part of it that is
 * to the right is a trapezoid.  A running sum along the row then is the area in each pixel.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bandcast.h"
#include "resample.h"

#include <math.h>

/* Corners are multiples of 2^-20: a smaller area is a rounding error. */
static const double NOTHING = 1e-13;

double
bc_quad_area(const struct bc_quad *q)
{
    return 0.5 * ((q->u[2] - q->u[0]) * (q->v[3] - q->v[1])
                  - (q->u[3] - q->u[1]) * (q->v[2] - q->v[0]));
}

/* A side that climbs by DY between the columns LEFT and RIGHT of one row; columns outside 0 .. NX
 * are as good as 0 and NX. */
static void
add_side(double *cover, long nx, double left, double right, double dy)
{
    double part;
    long   c;

    if (left < 0.0 && right > 0.0) {
        part = dy * -left / (right - left);
        cover[0] += part;
        dy -= part;
    }
    if (right > (double)nx && left < (double)nx) {
        part = dy * (right - (double)nx) / (right - fmax(left, 0.0));
        cover[nx] += part;
        dy -= part;
    }
    left = fmin(fmax(left, 0.0), (double)nx);
    right = fmin(fmax(right, 0.0), (double)nx);
    for (c = (long)left; (double)(c + 1) < right; c++) {
        double middle = 0.5 * (left + (double)(c + 1)) - (double)c;

        part = dy * ((double)(c + 1) - left) / (right - left);
        cover[c] += part * (1.0 - middle);
        cover[c + 1] += part * middle;
        dy -= part;
        left = (double)(c + 1);
    }
    part = 0.5 * (left + right) - (double)c;
    cover[c] += dy * (1.0 - part);
    cover[c + 1] += dy * part;
}

/* The sides of Q in row ROW: afterwards the running sum of COVER is the area in each pixel. */
static void
add_sides(double *cover, long nx, const struct bc_quad *q, long row)
{
    const double low = (double)row, high = (double)(row + 1);
    int          i;

    for (i = 0; i < 4; i++) {
        double ua = q->u[i], ub = q->u[(i + 1) % 4], va = q->v[i], vb = q->v[(i + 1) % 4];
        double slope = (ub - ua) / (vb - va), a = fmin(fmax(va, low), high);
        double b = fmin(fmax(vb, low), high), left, right;

        if (a == b)
            continue;
        left = a == va ? ua : ua + slope * (a - va);
        right = b == vb ? ub : ub + slope * (b - vb);
        add_side(cover, nx, fmin(left, right), fmax(left, right), b - a);
    }
}

static long
clip(double x, long n)
{
    return !(x > 0.0) ? 0 : x > (double)n ? n : (long)x;
}

float
bc_resample_exact(const struct bc_patch *p, const struct bc_quad *q, int surface, double *cover,
                  unsigned char *why_p)
{
    double u0 = fmin(fmin(q->u[0], q->u[1]), fmin(q->u[2], q->u[3]));
    double u1 = fmax(fmax(q->u[0], q->u[1]), fmax(q->u[2], q->u[3]));
    double v0 = fmin(fmin(q->v[0], q->v[1]), fmin(q->v[2], q->v[3]));
    double v1 = fmax(fmax(q->v[0], q->v[1]), fmax(q->v[2], q->v[3]));
    double area = bc_quad_area(q), sign = area < 0.0 ? 1.0 : -1.0, sum = 0.0, good = 0.0, all = 0.0;
    long   first = clip(floor(u0), p->nx), end = clip(ceil(u1), p->nx);
    long   row = clip(floor(v0), p->ny), last = clip(ceil(v1), p->ny), x;

    area = fabs(area);
    *why_p = 0;
    for (; area > 0.0 && row < last; row++) {
        const float         *pixels = p->pixels + (row - p->first) * p->nx;
        const unsigned char *flags = p->flags + (row - p->first) * p->nx;
        double               part = 0.0;

        add_sides(cover, p->nx, q, row);
        for (x = first; x < end; x++) {
            part += sign * cover[x];
            cover[x] = 0.0;
            if (fabs(part) < NOTHING)
                continue;
            all += part;
            *why_p |= flags[x];
            if (flags[x] == 0) {
                good += part;
                sum += part * pixels[x];
            }
        }
        cover[end] = cover[end + 1] = 0.0;
    }
    if (!(all > (1.0 - 1e-9) * area))
        *why_p |= BC_OUTSIDE;
    if (!(good >= 0.5 * area) || !(area > 0.0))
        return NAN;
    *why_p = 0;
    return (float)(surface ? sum / good : good == area ? sum : sum * (area / good));
}
