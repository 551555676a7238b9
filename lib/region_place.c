/* region_place.c -- which pixels of an image a region is.
 *
 * A shape on the sky is laid out from west over north, as DS9 has it: an angle of 0 points west,
 * one of 90 degrees north, whatever way the image is turned or mirrored.  A pixel belongs to a shape
 * if its centre does.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "region.h"

static const double DEGREE = 0.017453292519943295;      /* radian */
static const double EDGE = 1e-9;                        /* of half a box or an axis: rounding */

struct bc_place {
    enum bc_region_kind kind;
    int     exclude, n;
    double *point;              /* (n, 2) image pixels, 1-based */
    double  inverse[2][2];      /* from pixels about the centre to the shape's own axes */
    double  hole[2];            /* how much larger it is than its hole, along its axes; 0 = it has none */
    double  low[2], high[2];    /* the rectangle around it */
};

/* ---- coordinates ----------------------------------------------------------------------------- */

/* Number of a card, or what it is where there is none. */
static double
card_or(const bc_image *image, const char *key, double otherwise)
{
    double value = bc_image_number(image, key);

    return isnan(value) ? otherwise : value;
}

/* image = scale * physical + shift */
static void
physical_axis(const bc_image *image, int axis, double *scale_p, double *shift_p)
{
    *scale_p = card_or(image, axis == 0 ? "LTM1_1" : "LTM2_2", 1.0);
    *shift_p = card_or(image, axis == 0 ? "LTV1" : "LTV2", 0.0);
}

static bc_status
to_pixel(const bc_image *image, enum bc_region_frame frame, const double from[2], double to[2])
{
    double scale, shift;
    int    axis;

    if (frame >= BC_REGION_SKY)
        return bc_image_find(image, frame == BC_REGION_GALACTIC, from[0], from[1], &to[0], &to[1]);
    for (axis = 0; axis < 2; axis++) {
        physical_axis(image, axis, &scale, &shift);
        to[axis] = frame == BC_REGION_PHYSICAL ? scale * from[axis] + shift : from[axis];
    }
    return BC_OK;
}

/* The directions, in pixels, that an angle of 0 and one of 90 degrees point to: of length 1 for
 * pixels, of an arcsec for the sky. */
static bc_status
find_axes(const bc_image *image, const struct bc_outline *s, const double at[2], double axes[2][2])
{
    const double step = 1.0 / 3600.0, lat = s->point[1];
    double       west[2] = { s->point[0] - step / cos(lat * DEGREE), lat };
    double       north[2] = { s->point[0], lat + (lat > 0.0 ? -step : step) };
    double       to[2];
    int          i;
    bc_status    st = BC_OK;

    for (i = 0; st == BC_OK && i < 2; i++) {
        axes[i][0] = i == 0;
        axes[i][1] = i == 1;
        if (s->frame < BC_REGION_SKY)
            continue;
        st = to_pixel(image, s->frame, i == 0 ? west : north, to);
        axes[i][0] = (to[0] - at[0]) * (i == 1 && lat > 0.0 ? -1.0 : 1.0);
        axes[i][1] = (to[1] - at[1]) * (i == 1 && lat > 0.0 ? -1.0 : 1.0);
    }
    return st;
}

/* LENGTH in the unit of the shape's axes. */
static bc_status
in_axes(const bc_image *image, const struct bc_outline *s, const struct bc_length *length,
        double *value_p)
{
    double arcsec = bc_image_pixel_scale(image), scale, shift, pixels = length->value;
    int    sky = s->frame >= BC_REGION_SKY;

    *value_p = length->value;
    if (sky && length->unit == '"')
        return BC_OK;
    if (isnan(arcsec) && (sky || length->unit == '"'))
        return bc_fail(BC_BAD_SHAPE, "%s has no pixel scale, which its region in arcsec needs",
                       image->name);
    physical_axis(image, 0, &scale, &shift);
    if (length->unit == '"')
        pixels = length->value / arcsec;
    else if (length->unit == 'p')
        pixels = length->value * fabs(scale);
    *value_p = sky ? pixels * arcsec : pixels;
    return BC_OK;
}

/* ---- placing --------------------------------------------------------------------------------- */

static void
bound_points(struct bc_place *p)
{
    int i, axis;

    for (axis = 0; axis < 2; axis++) {
        p->low[axis] = INFINITY;
        p->high[axis] = -INFINITY;
        for (i = 0; i < p->n; i++) {
            p->low[axis] = fmin(p->low[axis], p->point[2 * i + axis]);
            p->high[axis] = fmax(p->high[axis], p->point[2 * i + axis]);
        }
    }
}

/* A box, circle, ring or ellipse: half its sides, or its semi-axes, as vectors in pixels. */
static bc_status
place_round(const bc_image *image, const struct bc_outline *s, struct bc_place *p)
{
    double    c = cos(s->angle * DEGREE), sine = sin(s->angle * DEGREE);
    double    axes[2][2], half[2], hole, v[2][2], determinant;
    int       i, box = s->kind == BC_REGION_BOX;
    bc_status st = find_axes(image, s, p->point, axes);

    for (i = 0; st == BC_OK && i < 2; i++) {
        st = in_axes(image, s, &s->size[i], &half[i]);
        if (st == BC_OK && s->hole[i].value > 0.0) {
            st = in_axes(image, s, &s->hole[i], &hole);
            p->hole[i] = st == BC_OK ? half[i] / hole : 0.0;
        }
    }
    if (st != BC_OK)
        return st;
    for (i = 0; i < 2; i++) {
        double h0 = (box ? 0.5 : 1.0) * half[0], h1 = (box ? 0.5 : 1.0) * half[1], reach;

        v[i][0] = h0 * (c * axes[0][i] + sine * axes[1][i]);
        v[i][1] = h1 * (c * axes[1][i] - sine * axes[0][i]);
        reach = box ? fabs(v[i][0]) + fabs(v[i][1]) : hypot(v[i][0], v[i][1]);
        p->low[i] = p->point[i] - reach;
        p->high[i] = p->point[i] + reach;
    }
    determinant = v[0][0] * v[1][1] - v[0][1] * v[1][0];
    p->inverse[0][0] = v[1][1] / determinant;
    p->inverse[0][1] = -v[0][1] / determinant;
    p->inverse[1][0] = -v[1][0] / determinant;
    p->inverse[1][1] = v[0][0] / determinant;
    return BC_OK;
}

static bc_status
place_shape(const bc_image *image, const struct bc_outline *s, struct bc_place *p)
{
    int       i;
    bc_status st = BC_OK;

    p->kind = s->kind;
    p->exclude = s->exclude;
    p->point = malloc(2 * (size_t)s->n * sizeof *p->point);
    if (p->point == NULL)
        return bc_fail_memory(2 * (size_t)s->n * sizeof *p->point, "a region");
    p->n = s->n;
    for (i = 0; st == BC_OK && i < s->n; i++)
        st = to_pixel(image, s->frame, s->point + 2 * i, p->point + 2 * i);
    if (st == BC_OK && s->kind == BC_REGION_POLYGON)
        bound_points(p);
    else if (st == BC_OK)
        st = place_round(image, s, p);
    return st;
}

/* The pixels whose centres are between what is included, or all if nothing is. */
static int
find_rectangle(struct bc_area *a, long nx, long ny)
{
    const long n[2] = { nx, ny };
    long       from[2], to[2];
    int        i, axis, included = 0;

    for (axis = 0; axis < 2; axis++) {
        double low = INFINITY, high = -INFINITY;

        for (i = 0; i < a->n; i++)
            if (!a->place[i].exclude) {
                low = fmin(low, a->place[i].low[axis]);
                high = fmax(high, a->place[i].high[axis]);
                included = 1;
            }
        from[axis] = !included ? 1 : (long)fmin(fmax(ceil(low), 1.0), (double)n[axis] + 1.0);
        to[axis] = !included ? n[axis] : (long)fmax(fmin(floor(high), (double)n[axis]), 0.0);
    }
    a->x0 = from[0] - 1;
    a->y0 = from[1] - 1;
    a->nx = to[0] - a->x0;
    a->ny = to[1] - a->y0;
    return a->nx > 0 && a->ny > 0;
}

/* The smallest rectangle that has all pixels; 0 if there are none. */
static bc_status
shrink(struct bc_area *a, int *any_p)
{
    unsigned char *flags = malloc((size_t)a->nx);
    long           x, y, x0 = a->nx, x1 = -1, y0 = -1, y1 = -1;

    if (flags == NULL)
        return bc_fail_memory((size_t)a->nx, "a region");
    for (y = a->y0; y < a->y0 + a->ny; y++) {
        int some = 0;

        memset(flags, 0, (size_t)a->nx);
        bc_area_flag(a, y, flags);
        for (x = 0; x < a->nx; x++)
            if (flags[x] == 0) {
                x0 = x < x0 ? x : x0;
                x1 = x > x1 ? x : x1;
                some = 1;
            }
        y0 = some && y0 < 0 ? y : y0;
        y1 = some ? y : y1;
    }
    free(flags);
    *any_p = y0 >= 0;
    a->x0 += x0;
    a->nx = x1 - x0 + 1;
    a->y0 = y0;
    a->ny = y1 - y0 + 1;
    return BC_OK;
}

bc_status
bc_region_place(const struct bc_region *region, const bc_image *image, struct bc_area *area_p)
{
    struct bc_area a = { .place = calloc((size_t)region->n, sizeof *a.place), .n = region->n };
    int            i, any = 0;
    bc_status      st = BC_OK;

    if (a.place == NULL)
        return bc_fail_memory((size_t)region->n * sizeof *a.place, "a region");
    for (i = 0; st == BC_OK && i < a.n; i++)
        st = place_shape(image, &region->shape[i], &a.place[i]);
    if (st == BC_BAD_ARG)
        st = bc_fail(BC_BAD_SHAPE, "region %s: %s, which is that of %s", region->name, bc_message(), image->name);
    if (st == BC_OK && find_rectangle(&a, image->nx, image->ny))
        st = shrink(&a, &any);
    if (st == BC_OK && !any)
        st = bc_fail(BC_BAD_SHAPE, "region %s: it has no pixel of %s", region->name,
                     image->name);
    if (st == BC_OK)
        *area_p = a;
    else
        bc_area_free(&a);
    return st;
}

void
bc_area_free(struct bc_area *area)
{
    int i;

    for (i = 0; i < area->n; i++)
        free(area->place[i].point);
    free(area->place);
    memset(area, 0, sizeof *area);
}

/* ---- pixels ---------------------------------------------------------------------------------- */

/* Is (x, y) between an odd number of edges to its left and to its right? */
static int
in_polygon(const struct bc_place *p, double x, double y)
{
    int i, j, inside = 0;

    for (i = 0, j = p->n - 1; i < p->n; j = i++) {
        const double *a = p->point + 2 * i, *b = p->point + 2 * j;

        if ((a[1] > y) != (b[1] > y) && x < a[0] + (b[0] - a[0]) * (y - a[1]) / (b[1] - a[1]))
            inside = !inside;
    }
    return inside;
}

/* (u, v): a place on the shape's own axes, which end at 1. */
static int
fills(const struct bc_place *p, double u, double v)
{
    if (p->kind == BC_REGION_BOX)   /* of two boxes side by side one has the pixel between them */
        return u >= -1.0 - EDGE && u < 1.0 - EDGE && v >= -1.0 - EDGE && v < 1.0 - EDGE;
    return u * u + v * v <= 1.0 + EDGE;
}

static int
is_in(const struct bc_place *p, double x, double y)
{
    double u, v;

    if (x < p->low[0] || x > p->high[0] || y < p->low[1] || y > p->high[1])
        return 0;
    if (p->kind == BC_REGION_POLYGON)
        return in_polygon(p, x, y);
    u = p->inverse[0][0] * (x - p->point[0]) + p->inverse[0][1] * (y - p->point[1]);
    v = p->inverse[1][0] * (x - p->point[0]) + p->inverse[1][1] * (y - p->point[1]);
    return fills(p, u, v) && !(p->hole[0] > 0.0 && p->hole[1] > 0.0 && fills(p, u * p->hole[0], v * p->hole[1]));
}

void
bc_area_flag(const struct bc_area *area, long y, unsigned char *flags)
{
    long x;
    int  i;

    for (x = 0; x < area->nx; x++) {
        int included = 0, any = 0, excluded = 0;

        for (i = 0; i < area->n; i++) {
            const struct bc_place *p = &area->place[i];
            int in = is_in(p, (double)(area->x0 + x + 1), (double)(y + 1));

            any |= !p->exclude;
            included |= in && !p->exclude;
            excluded |= in && p->exclude;
        }
        if (excluded || (any && !included))
            flags[x] |= BC_UNASKED;
    }
}
