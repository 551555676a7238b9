/* test_wcs.c -- sky coordinates: a tangent plane by hand, frames, scales, grids that agree, headers
 * that do not do. images.py compares many projections with astropy and the textbook.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "wcs.h"

#include <string.h>

static const double DEGREE = 3.14159265358979323846 / 180.0;

/* A tangent plane of 0.36 arcsec pixels at (CRVAL1, CRVAL2) with some cards more. */
static void
fill(struct bc_header *h, double lon, double lat, const char *const *more)
{
    h->n = 0;
    bc_header_set_text(h, "CTYPE1", "RA---TAN", NULL);
    bc_header_set_text(h, "CTYPE2", "DEC--TAN", NULL);
    bc_header_set_number(h, "CRPIX1", 50.5, NULL);
    bc_header_set_number(h, "CRPIX2", -20.25, NULL);
    bc_header_set_number(h, "CRVAL1", lon, NULL);
    bc_header_set_number(h, "CRVAL2", lat, NULL);
    bc_header_set_number(h, "CD1_1", -1e-4, NULL);
    bc_header_set_number(h, "CD1_2", 2e-5, NULL);
    bc_header_set_number(h, "CD2_1", 2e-5, NULL);
    bc_header_set_number(h, "CD2_2", 1e-4, NULL);
    for (; more != NULL && *more != NULL; more += 2)
        bc_header_set(h, more[0], more[1], NULL);
}

/* Sky coordinates of such a header; WHY it has none must hold WORDS. */
static struct bc_wcs *
open_wcs(double lon, double lat, const char *const *more, const char *words)
{
    struct bc_header h = { NULL, 0, 0 };
    struct bc_wcs   *wcs = NULL;
    char             why[200];

    fill(&h, lon, lat, more);
    CHECK(bc_wcs_open(&h, &wcs, why, sizeof why) == BC_OK);
    CHECK((wcs == NULL) == (words != NULL) && strchr(why, '\n') == NULL);
    if (words != NULL && strstr(why, words) == NULL) {
        printf("said '%s', expected '%s'\n", why, words);
        check_failures++;
    }
    bc_header_free(&h);
    return wcs;
}

/* Gnomonic projection: the point at (x, y) of the plane that touches the sphere at (lon, lat). */
static void
test_tangent_plane(void)
{
    struct bc_wcs *wcs = open_wcs(359.999, 60.0, NULL, NULL);
    double         x, y, lon, lat, back_x, back_y;

    for (y = -100.0; y <= 300.0; y += 100.0)
        for (x = -300.0; x <= 300.0; x += 100.0) {
            double u = DEGREE * (-1e-4 * (x - 50.5) + 2e-5 * (y + 20.25)), c = cos(60.0 * DEGREE);
            double v = DEGREE * (2e-5 * (x - 50.5) + 1e-4 * (y + 20.25)), s = sin(60.0 * DEGREE);
            double want_lon = 359.999 + atan2(u, c - v * s) / DEGREE;
            double want_lat = atan2(s + v * c, hypot(u, c - v * s)) / DEGREE;

            CHECK(bc_wcs_to_sky(wcs, x, y, &lon, &lat) == BC_OK);
            CHECK(lon >= 0.0 && lon < 360.0);
            CHECK(fabs(remainder(lon - want_lon, 360.0)) < 1e-11 && fabs(lat - want_lat) < 1e-11);
            CHECK(bc_wcs_from_sky(wcs, lon, lat, &back_x, &back_y) == BC_OK);
            CHECK(fabs(back_x - x) < 1e-6 && fabs(back_y - y) < 1e-6);
        }
    check_near("pixel scale", bc_wcs_scale(wcs, 50.5, -20.25), 3600.0 * sqrt(1e-8 + 4e-10), 1e-7);
    CHECK(bc_wcs_from_sky(wcs, 180.0, -60.0, &x, &y) == BC_BAD_ARG);    /* behind the plane */
    CHECK(bc_wcs_to_sky(wcs, NAN, 1.0, &lon, &lat) == BC_BAD_ARG);
    bc_wcs_close(wcs);
}

static void
test_frames(void)
{
    static const struct { const char *card[5], *frame; } known[] = {
        { { NULL }, "equatorial J2000" },
        { { "RADESYS", "'ICRS'", NULL }, "equatorial J2000" },
        { { "RADESYS", "'FK5'", "EQUINOX", "2000.0", NULL }, "equatorial J2000" },
        { { "EQUINOX", "1950.0", NULL }, "equatorial B1950" },
        { { "RADECSYS", "'FK4'", NULL }, "equatorial B1950" },
        { { "RADESYS", "'FK4-NO-E'", NULL }, "equatorial B1950 without E-terms" },
        { { "RADESYS", "'FK5'", "EQUINOX", "1950.0", NULL }, "equatorial J1950" },
        { { "EQUINOX", "2015.5", NULL }, "equatorial J2015.5" },
        { { "CTYPE1", "'GLON-TAN'", "CTYPE2", "'GLAT-TAN'", NULL }, "galactic" }
    };
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++) {
        struct bc_wcs *wcs = open_wcs(10.0, 20.0, known[i].card, NULL);

        if (wcs == NULL || strcmp(bc_wcs_frame(wcs), known[i].frame) != 0) {
            printf("frame '%s', expected '%s'\n", wcs == NULL ? "none" : bc_wcs_frame(wcs),
                   known[i].frame);
            check_failures++;
        }
        bc_wcs_close(wcs);
    }
}

/* A reference pixel moved by one tenth of a pixel moves all pixels by that, at the pole and across
 * RA = 0, too. */
static void
test_shift(void)
{
    static const char *const moved[] = { "CRPIX1", "50.6", NULL };
    static const double      at[][2] = { { 10.0, 0.0 }, { 0.0, -45.0 }, { 77.0, 89.9999 } };
    size_t                   i;

    for (i = 0; i < sizeof at / sizeof at[0]; i++) {
        struct bc_wcs *a = open_wcs(at[i][0], at[i][1], NULL, NULL),
                      *b = open_wcs(at[i][0], at[i][1], moved, NULL);

        CHECK(bc_wcs_shift(a, a, 200, 100) == 0.0);
        check_near("shift", bc_wcs_shift(a, b, 200, 100), 0.1, 1e-5);
        bc_wcs_close(a);
        bc_wcs_close(b);
    }
}

/* Headers that must neither crash nor pass for coordinates. */
static void
test_broken(void)
{
    static const char *const zeros[] = { "CD1_1", "0.0",   "CD1_2", "0.0", "CD2_1",
                                         "0.0",   "CD2_2", "0.0",   NULL };
    static const char *const unknown[] = { "CTYPE1", "'RA---XYZ'", "CTYPE2", "'DEC--XYZ'", NULL };
    static const char *const half[] = { "CTYPE2", "'FREQ'", NULL };
    static const char *const mixed[] = { "CTYPE2", "'DEC--SIN'", NULL };
    static const char *const none[] = { "CTYPE1", "'LINEAR'", "CTYPE2", "'LINEAR'", NULL };
    struct bc_header         h = { NULL, 0, 0 };
    struct bc_wcs           *wcs;
    char                     why[200];

    CHECK(open_wcs(10.0, 20.0, zeros, "singular") == NULL);
    CHECK(open_wcs(10.0, 20.0, unknown, "unrecognized") == NULL);
    CHECK(open_wcs(10.0, 20.0, half, "") == NULL);
    CHECK(open_wcs(10.0, 20.0, mixed, "") == NULL);
    CHECK(open_wcs(10.0, 20.0, none, "") == NULL);
    CHECK(open_wcs(10.0, 200.0, NULL, "") == NULL);
    CHECK(bc_wcs_open(&h, &wcs, why, sizeof why) == BC_OK && wcs == NULL && why[0] == '\0');
}

int
main(void)
{
    test_tangent_plane();
    test_frames();
    test_shift();
    test_broken();
    return check_end();
}
