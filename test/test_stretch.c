/* test_stretch.c -- the paper's stretch by hand, the way back of the flux stretch, its scale.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "stretch.h"

#include <string.h>

#include "check.h"

/* The authors' rescale in double: x - min + 1e-10, asinh(a q x) / q, then [min, max] to [0, 1]. */
static void
test_minmax(void)
{
    struct bc_stretch s = { .kind = BC_STRETCH_MINMAX, .nin = 1 };
    const float       x[5] = { 3.0f, -1.0f, 0.5f, 40.0f, NAN };
    float             u[5];
    double            low = asinh(0.21 * 1e-10) / 3.5, high = asinh(0.21 * 41.0) / 3.5;
    int               i;

    bc_stretch_apply(&s, 0, 1.0, x, 5, u);
    for (i = 0; i < 4; i++)
        check_near("minmax", u[i], (asinh(0.21 * (x[i] + 1.0 + 1e-10)) / 3.5 - low) / (high - low), 1e-6);
    CHECK(isnan(u[4]));
    CHECK(u[1] == 0.0f && u[3] == 1.0f);
}

/* An image in parts gives the bits of the image as a whole. */
static void
test_parts(void)
{
    struct bc_stretch s = { .kind = BC_STRETCH_MINMAX, .nin = 1 };
    const float       x[5] = { 3.0f, -1.0f, 0.5f, 40.0f, NAN };
    float             whole[5], parts[5], limits[2] = { INFINITY, -INFINITY };

    bc_stretch_apply(&s, 0, 1.0, x, 5, whole);
    bc_stretch_limits(x, 2, limits);
    bc_stretch_limits(x + 2, 3, limits);
    CHECK(limits[0] == -1.0f && limits[1] == 40.0f);
    bc_stretch_apply_within(&s, 0, 1.0, limits, x, 2, parts);
    bc_stretch_apply_within(&s, 0, 1.0, limits, x + 2, 3, parts + 2);
    CHECK(memcmp(whole, parts, 4 * sizeof *whole) == 0 && isnan(parts[4]));
}

static void
test_unit(void)
{
    struct bc_stretch s = { .kind = BC_STRETCH_UNIT, .nin = 1 };
    float             u[2] = { 0.0f, 255.0f };

    bc_stretch_apply(&s, 0, 1.0, u, 2, u);
    CHECK(u[0] == 0.0f && u[1] == 1.0f);
    bc_stretch_invert(&s, 1, 1.0, u, 2);
    CHECK(u[1] == 255.0f);
}

/* Fluxes come back, and an image of twice the flux and noise gives the same network units. */
static void
test_flux(void)
{
    struct bc_stretch s = { .kind = BC_STRETCH_FLUX, .gain = { 1.0 }, .nin = 2, .softening = 2.0, .range = 7.0,
                            .noise = { 0.01, 0.02, 0.05 } };
    const double      sigma[2] = { 0.03, 0.06 }, twice[2] = { 0.06, 0.12 };
    float             x[4] = { -0.1f, 0.0f, 0.3f, 250.0f }, u[4], v[4];
    double            scale, scale2;
    int               i;

    CHECK(bc_stretch_scale(&s, sigma, &scale) == BC_OK);
    check_near("scale", scale, 3.0, 1e-12);
    CHECK(bc_stretch_scale(&s, twice, &scale2) == BC_OK);
    check_near("scale of twice the noise", scale2, 6.0, 1e-12);
    bc_stretch_apply(&s, 2, scale, x, 4, u);
    check_near("asinh", u[2], asinh(0.3 / (2.0 * 3.0 * 0.05)) / 7.0, 1e-6);
    for (i = 0; i < 4; i++)
        v[i] = 2.0f * x[i];
    bc_stretch_apply(&s, 2, scale2, v, 4, v);
    for (i = 0; i < 4; i++)
        check_near("scaled input", v[i], u[i], 1e-6);
    bc_stretch_invert(&s, 2, scale, u, 4);
    for (i = 0; i < 4; i++)
        check_near("the way back", u[i], x[i], 2e-6);
    for (i = 0; i < 3; i++) {               /* half of what lies between two ends of an interval */
        float end[2] = { 0.3f * (float)i + 0.1f, 0.3f * (float)i - 0.1f };

        bc_stretch_invert(&s, 2, scale, end, 2);
        check_near("error", bc_stretch_error(&s, 2, scale, 0.3 * i, 0.1), 0.5 * (end[0] - end[1]), 1e-5);
    }
}

static void
test_errors(void)
{
    struct bc_stretch    s = { .kind = BC_STRETCH_FLUX, .gain = { 1.0 }, .nin = 1, .noise = { 1.0, 1.0 } };
    enum bc_stretch_kind kind;
    double               sigma = 0.0, scale = -1.0;

    CHECK(bc_stretch_scale(&s, &sigma, &scale) == BC_BAD_SHAPE && scale == -1.0);
    sigma = INFINITY;
    CHECK(bc_stretch_scale(&s, &sigma, &scale) == BC_BAD_SHAPE && scale == -1.0);
    CHECK(bc_stretch_parse("log", &kind) == BC_BAD_ARG);
    CHECK(bc_stretch_parse("flux", &kind) == BC_OK && kind == BC_STRETCH_FLUX);
}

int
main(void)
{
    test_minmax();
    test_parts();
    test_unit();
    test_flux();
    test_errors();
    return check_end();
}
