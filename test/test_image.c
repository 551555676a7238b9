/* test_image.c -- an image's life: made, changed, written, read again, refused.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "bandcast.h"
#include "fits.h"

#include <string.h>
#include <unistd.h>

static const char file[] = "test_image.fits";

static int
says(const char *words)
{
    if (strstr(bc_message(), words) != NULL)
        return 1;
    printf("said: %s\n", bc_message());
    return 0;
}

static bc_image *
make(void)
{
    bc_image *image = NULL;
    float     plane[12];
    int       i;

    CHECK(bc_image_new(4, 3, &image) == BC_OK);
    CHECK(isnan(bc_image_pixels(image)[0]) && isnan(bc_image_pixels(image)[11]));
    for (i = 0; i < 12; i++) {
        bc_image_pixels(image)[i] = (float)i;
        plane[i] = i == 7 ? 1.0f : 0.0f;
    }
    bc_image_pixels(image)[7] = NAN;
    CHECK(bc_image_set_text(image, "FILTER", "g", "band") == BC_OK);
    CHECK(bc_image_set_text(image, "BUNIT", "nanomaggy", NULL) == BC_OK);
    CHECK(bc_image_set_text(image, "OBJECT", "NGC 1", NULL) == BC_OK);
    CHECK(bc_image_set_number(image, "REDSHIFT", 0.25, "of the galaxy") == BC_OK);
    CHECK(bc_image_set_plane(image, "MASK", plane) == BC_OK);
    plane[0] = NAN;
    CHECK(bc_image_set_plane(image, "SIGMA", plane) == BC_OK);
    plane[0] = 7.0f;
    CHECK(bc_image_set_plane(image, "SIGMA", plane) == BC_OK);         /* replaces */
    CHECK(bc_image_plane(image, "SIGMA")[0] == 7.0f && bc_image_plane(image, "RESIDUAL") == NULL);
    return image;
}

static void
test_round_trip(void)
{
    bc_image   *image = make(), *again = NULL, *derived = NULL, *plane = NULL;
    const char *name = bc_image_name(image);

    CHECK(bc_image_set_text(image, "filter", "r", NULL) == BC_OK);
    CHECK(bc_image_set_text(image, "bunit", "Jy", NULL) == BC_OK);
    CHECK(strcmp(bc_image_band(image), "r") == 0 && strcmp(bc_image_unit(image), "Jy") == 0);
    CHECK(strcmp(bc_image_text(image, "FILTER"), "r") == 0 && bc_image_zeropoint(image) == 8.90);
    CHECK(bc_image_set_text(image, "FILTER", "g", NULL) == BC_OK);
    CHECK(bc_image_set_text(image, "BUNIT", "nanomaggy", NULL) == BC_OK);
    CHECK(strcmp(name, "the image of band g") == 0 && bc_image_name(image) == name && !bc_image_has_wcs(image));
    CHECK(bc_image_write(image, file, 0) == BC_OK);
    CHECK(bc_image_write(image, file, 0) == BC_BAD_FILE && says("exists"));
    CHECK(bc_image_write(image, file, 1) == BC_OK);
    CHECK(bc_image_open(file, 0, &again) == BC_OK);
    CHECK(strcmp(bc_image_name(again), file) == 0 && bc_image_nx(again) == 4
          && bc_image_ny(again) == 3);
    CHECK(bc_image_pixels(again)[11] == 11.0f && isnan(bc_image_pixels(again)[7]));
    CHECK(strcmp(bc_image_band(again), "g") == 0 && strcmp(bc_image_unit(again), "nanomaggy") == 0);
    CHECK(bc_image_zeropoint(again) == 22.5 && isnan(bc_image_pixel_scale(again)));
    CHECK(strcmp(bc_image_text(again, "OBJECT"), "NGC 1") == 0
          && bc_image_text(again, "NOSUCH") == NULL);
    CHECK(bc_image_number(again, "REDSHIFT") == 0.25);
    CHECK(bc_image_set_text(again, "FILTER", "g", NULL) == BC_OK && strcmp(bc_image_name(again), file) == 0);
    CHECK(bc_image_open("test_image.fits[SIGMA]", 0, &plane) == BC_OK
          && bc_image_pixels(plane)[0] == 7.0f);
    CHECK(strcmp(bc_image_unit(plane), "nanomaggy") == 0);

    CHECK(bc_image_derive(again, &derived) == BC_OK);
    CHECK(isnan(bc_image_pixels(derived)[3]) && bc_image_band(derived)[0] == '\0'
          && bc_image_unit(derived)[0] == '\0');
    CHECK(isnan(bc_image_zeropoint(derived)) && bc_image_plane(derived, "MASK") == NULL);
    CHECK(strcmp(bc_image_text(derived, "OBJECT"), "NGC 1") == 0);
    CHECK(bc_image_set_text(derived, "FILTER", "r", NULL) == BC_OK
          && strcmp(bc_image_band(derived), "r") == 0);
    bc_image_close(image);
    bc_image_close(again);
    bc_image_close(derived);
    bc_image_close(plane);
    unlink(file);
}

/* By rows: the same pixels, piece by piece, of a plane of a cube, too. */
static void
test_rows(void)
{
    const long      axes[3] = { 5, 7, 3 };
    struct bc_fits *f = NULL;
    bc_image       *whole = NULL, *rows = NULL;
    float           cube[105], some[35];
    unsigned char   flags[35];
    long            plane, y, ny, i;

    for (i = 0; i < 105; i++)
        cube[i] = i % 11 == 3 ? NAN : (float)i;
    CHECK(bc_fits_create(file, 0, &f) == BC_OK);
    CHECK(bc_fits_append_image(f, NULL, -32, 3, axes) == BC_OK);
    CHECK(bc_fits_write(f, 0, 105, cube) == BC_OK && bc_fits_commit(f) == BC_OK);
    bc_fits_close(f);
    for (plane = 1; plane <= 3; plane++) {
        CHECK(bc_image_open(file, plane, &whole) == BC_OK);
        CHECK(bc_image_open_rows(file, plane, &rows) == BC_OK && bc_image_pixels(rows) == NULL);
        for (y = 0; y < 7; y++)
            for (ny = 1; ny <= 7 - y; ny++) {
                CHECK(bc_image_rows(rows, y, ny, some, flags) == BC_OK);
                CHECK(memcmp(some, cube + 35 * (plane - 1) + 5 * y, 5 * ny * sizeof *some) == 0);
                CHECK(bc_image_rows(whole, y, ny, some, NULL) == BC_OK);
                CHECK(memcmp(some, cube + 35 * (plane - 1) + 5 * y, 5 * ny * sizeof *some) == 0);
                for (i = 0; i < 5 * ny; i++)
                    CHECK(flags[i] == (isnan(some[i]) ? BC_NO_DATUM : 0));
            }
        CHECK(bc_image_rows(rows, 3, 5, some, flags) == BC_BAD_ARG && says("5 rows from row 3 of 7"));
        CHECK(bc_image_rows(whole, -1, 1, some, NULL) == BC_BAD_ARG);
        CHECK(bc_image_write(rows, "x.fits", 0) == BC_BAD_ARG && says("were not read"));
        CHECK(bc_image_mask(whole, "none") == BC_BAD_ARG && says("have been read already"));
        CHECK(bc_image_mask(rows, "none") == BC_OK && bc_image_load(rows) == BC_OK);
        CHECK(bc_image_load(rows) == BC_OK && bc_image_pixels(rows)[2] == cube[35 * plane - 33]);
        CHECK(bc_image_bad(rows, BC_NO_DATUM) == bc_image_bad(whole, BC_NO_DATUM)
              && bc_image_bad(rows, BC_NO_DATUM) > 2 && bc_image_bad(rows, BC_FLAGGED) == 0);
        bc_image_close(whole);
        bc_image_close(rows);
    }
    unlink(file);
}

static void
test_refused(void)
{
    bc_image *image = make(), *other = NULL;
    double    x, y;
    int       by_size = 0;

    CHECK(bc_image_new(0, 3, &other) == BC_BAD_ARG);
    CHECK(bc_image_new(1L << 40, 1L << 20, &other) == BC_NO_MEMORY);
    CHECK(bc_image_to_sky(image, 1.0, 1.0, &x, &y) == BC_BAD_SHAPE
          && says("the image of band g has no sky coordinates"));
    CHECK(bc_image_write(image, "nosuch/x.fits", 1) == BC_BAD_FILE);
    CHECK(bc_image_new(3, 4, &other) == BC_OK);
    CHECK(bc_image_same_grid(image, other, 1.0, &by_size) == BC_BAD_SHAPE
          && says("the image of band g is 4 x 3 pixels, an image without a file is 3 x 4"));
    CHECK(bc_image_same_grid(image, image, 1.0, &by_size) == BC_OK && by_size == 1);
    CHECK(bc_image_same_grid(image, image, 1.0, NULL) == BC_OK);
    CHECK(bc_image_set_plane(image, "A", bc_image_pixels(image)) == BC_OK);
    CHECK(bc_image_set_plane(image, "B", bc_image_pixels(image)) == BC_OK);
    CHECK(bc_image_set_plane(image, "C", bc_image_pixels(image)) == BC_BAD_ARG);
    bc_image_close(image);
    bc_image_close(other);
    bc_image_close(NULL);
}

int
main(void)
{
    unlink(file);
    test_round_trip();
    test_rows();
    test_refused();
    return check_end();
}
