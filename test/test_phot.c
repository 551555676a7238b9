/* test_phot.c -- areas of discs in pixels against sums over a fine grid, and apertures with known sums.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "phot.h"

#define PI 3.14159265358979323846

/* The shared area counted on FINE x FINE points. */
static double
counted_overlap(double r, double x0, double x1, double y0, double y1)
{
    enum { FINE = 1000 };
    long inside = 0, i, j;

    for (j = 0; j < FINE; j++)
        for (i = 0; i < FINE; i++)
            inside += hypot(x0 + (x1 - x0) * (i + 0.5) / FINE, y0 + (y1 - y0) * (j + 0.5) / FINE) < r;
    return (x1 - x0) * (y1 - y0) * (double)inside / FINE / FINE;
}

static void
test_overlap(void)
{
    static const double cases[][5] = {      /* radius, x0, x1, y0, y1 */
        { 2.0,  0.0, 1.0,  0.0, 1.0 },      /* inside */
        { 2.0,  1.0, 2.0,  1.0, 2.0 },      /* a corner inside */
        { 2.0,  1.5, 2.5, -0.5, 0.5 },      /* an edge inside */
        { 2.0,  1.9, 2.9, -0.5, 0.5 },      /* a piece of the rim, no corner inside */
        { 2.0, -1.7, -0.7, 1.2, 2.2 },      /* another quadrant */
        { 0.3, -0.5, 0.5, -0.5, 0.5 },      /* the disc inside the pixel */
        { 0.6, -0.5, 0.5, -0.5, 0.5 },      /* the disc over all four edges */
        { 0.6, -0.2, 0.8, -0.9, 0.1 },
        { 2.0,  1.5, 2.5,  1.5, 2.5 },      /* outside */
        { 5.3, -3.0, 9.0, -8.0, 1.5 }
    };
    size_t i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        const double *c = cases[i];

        check_near("overlap", bc_disc_overlap(c[0], c[1], c[2], c[3], c[4]),
                   counted_overlap(c[0], c[1], c[2], c[3], c[4]), 1e-3);
    }
    check_near("all", bc_disc_overlap(1.7, -9.0, 9.0, -9.0, 9.0), PI * 1.7 * 1.7, 1e-14);
    CHECK(bc_disc_overlap(2.0, 1.5, 2.5, 1.5, 2.5) == 0.0);
}

static void
test_sums(void)
{
    enum { NX = 15, NY = 11 };
    static float pixels[NX * NY];
    double       area, sum;
    int          i;

    /* A plane about the centre of a pixel: the sum is the area times the value there. */
    for (i = 0; i < NX * NY; i++)
        pixels[i] = 2.0f + 3.0f * (float)(i % NX + 1) - 0.5f * (float)(i / NX + 1);
    sum = bc_aperture_sum(pixels, NX, NY, 8.0, 6.0, 3.9, &area);
    check_near("area", area, PI * 3.9 * 3.9, 1e-13);
    check_near("plane", sum, area * (2.0 + 3.0 * 8.0 - 0.5 * 6.0), 1e-12);
    bc_aperture_sum(pixels, NX, NY, 0.5, 5.5, 4.0, &area);
    check_near("half outside", area, PI * 8.0, 1e-13);
    bc_aperture_sum(pixels, NX, NY, 40.0, 5.5, 4.0, &area);
    CHECK(area == 0.0);

    /* A pixel that is missing counts only where the disc touches it. */
    pixels[5 * NX + 11] = NAN;              /* at (12, 6), its near edge 11.5 */
    CHECK(isnan(bc_aperture_sum(pixels, NX, NY, 8.0, 6.0, 3.6, &area)));
    CHECK(isfinite(bc_aperture_sum(pixels, NX, NY, 8.0, 6.0, 3.4, &area)));
    pixels[5 * NX + 11] = INFINITY;
    CHECK(isnan(bc_aperture_sum(pixels, NX, NY, 8.0, 6.0, 3.6, &area)));
}

/* The shared area of an ellipse and a pixel counted on FINE x FINE points. */
static double
counted_ellipse(const struct bc_ellipse *e, double a, double x, double y)
{
    enum { FINE = 1000 };
    long inside = 0, i, j;

    for (j = 0; j < FINE; j++)
        for (i = 0; i < FINE; i++)
            inside += bc_ellipse_radius(e, x - 0.5 + (i + 0.5) / FINE, y - 0.5 + (j + 0.5) / FINE) < a;
    return (double)inside / FINE / FINE;
}

static void
test_ellipse(void)
{
    static const struct bc_ellipse shapes[] = {
        { 7.2, 5.9, 0.8, 0.6, 0.3, 0.0 }, { 7.0, 6.0, 1.0, 0.0, 1.0, 0.0 }, { 6.5, 5.5, 0.0, 1.0, 0.02, 0.0 }
    };
    static const double axes[] = { 0.3, 1.0, 4.7 };
    int                 i, k, x, y;

    for (i = 0; i < 3; i++) {
        const struct bc_ellipse *e = &shapes[i];

        check_near("on the major axis", bc_ellipse_radius(e, e->x + 3.0 * e->c, e->y + 3.0 * e->s), 3.0, 1e-14);
        check_near("on the minor axis", bc_ellipse_radius(e, e->x - e->q * e->s, e->y + e->q * e->c), 1.0, 1e-12);
        for (k = 0; k < 3; k++) {
            double sum = 0.0;

            for (y = 0; y < 12; y++)
                for (x = 0; x < 14; x++)
                    sum += bc_ellipse_overlap(e, axes[k], x, y);
            check_near("all pixels", sum, PI * e->q * axes[k] * axes[k], 1e-12);
            for (y = 5; y < 8; y++)
                for (x = 6; x < 10; x++)
                    CHECK(fabs(bc_ellipse_overlap(e, axes[k], x, y) - counted_ellipse(e, axes[k], x, y)) < 1e-3);
        }
        CHECK(bc_ellipse_overlap(e, 0.0, 7.0, 6.0) == 0.0);
    }
}

int
main(void)
{
    test_overlap();
    test_ellipse();
    test_sums();
    return check_end();
}
