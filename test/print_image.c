/* print_image.c -- what the library makes of an image file, for the scripts that compare it with
 * astropy.
 *     print_image info NAME PLANE             size, planes, band, unit, zero point, scale, sky?
 *     print_image pixels NAME PLANE           float32, to standard output
 *     print_image sky NAME PLANE              of pixels "x y" on standard input: lon lat, back: x y
 *     print_image noise NAME PLANE            level and noise of its sky
 *     print_image text NAME PLANE KEY         a card's text
 *     print_image derive NAME PLANE OUTPUT    band "new" with the same pixels, SIGMA and MASK
 *     print_image flags NAME PLANE MASK       names of the masks and numbers of bad pixels; a line end;
 *                                             flags, by five rows each, and again of all at once
 *     print_image same NAME NAME TOLERANCE    are both on one grid?
 * Exit 1 and the library's sentence on failure.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"

static bc_status
info(const char *name, bc_image *image)
{
    long      count = 0;
    bc_status st = bc_image_count(name, &count);

    printf("%ld %ld %ld|%s|%s|%.17g|%.17g|%d\n", bc_image_nx(image), bc_image_ny(image), count,
           bc_image_band(image), bc_image_unit(image), bc_image_zeropoint(image),
           bc_image_pixel_scale(image), bc_image_has_wcs(image));
    return st;
}

static bc_status
sky(const bc_image *image)
{
    double    x, y, lon, lat;
    bc_status st = BC_OK;

    while (st == BC_OK && scanf("%lf %lf", &x, &y) == 2) {
        st = bc_image_to_sky(image, x, y, &lon, &lat);
        if (st == BC_OK)
            st = bc_image_from_sky(image, lon, lat, &x, &y);
        if (st == BC_OK)
            printf("%.17g %.17g %.17g %.17g\n", lon, lat, x, y);
    }
    return st;
}

static void
noise(bc_image *image)
{
    double level, sigma;

    bc_sky(bc_image_pixels(image), (size_t)bc_image_nx(image) * (size_t)bc_image_ny(image), &level,
           &sigma);
    printf("%.17g %.17g\n", level, sigma);
}

static bc_status
derive(bc_image *image, const char *output)
{
    size_t    n = (size_t)bc_image_nx(image) * (size_t)bc_image_ny(image), i;
    float    *mask = malloc(n * sizeof *mask), *sigma = malloc(n * sizeof *sigma);
    bc_image *new = NULL;
    bc_status st = bc_image_derive(image, &new);

    for (i = 0; st == BC_OK && i < n; i++) {
        mask[i] = isnan(bc_image_pixels(image)[i]) ? 1.0f : 0.0f;
        sigma[i] = (float)i;
    }
    if (st == BC_OK) {
        memcpy(bc_image_pixels(new), bc_image_pixels(image), n * sizeof *mask);
        bc_image_set_text(new, "FILTER", "new", "predicted band");
        bc_image_set_text(new, "BUNIT", "nanomaggy", NULL);
        bc_image_history(new, "derived by print_image, a test program, in a line that is long "
                              "enough to need a second");
        st = bc_image_set_plane(new, "SIGMA", sigma);
    }
    if (st == BC_OK)
        st = bc_image_set_plane(new, "MASK", mask);
    if (st == BC_OK)
        st = bc_image_write(new, output, 0);
    bc_image_close(new);
    free(mask);
    free(sigma);
    return st;
}

/* IMAGE is by rows at first. */
static bc_status
flags(bc_image *image, const char *mask)
{
    long           nx = bc_image_nx(image), ny = bc_image_ny(image), y, n;
    float         *pixels = malloc((size_t)(nx * ny) * sizeof *pixels);
    unsigned char *rows = malloc((size_t)(nx * ny)), *whole = malloc((size_t)(nx * ny));
    bc_status      st = *mask != '\0' ? bc_image_mask(image, mask) : BC_OK;

    for (y = 0; st == BC_OK && y < ny; y += n) {
        n = ny - y < 5 ? ny - y : 5;
        st = bc_image_rows(image, y, n, pixels, rows + y * nx);
    }
    if (st == BC_OK)
        printf("%s|%ld|%ld|%ld\n", bc_image_masks(image), bc_image_bad(image, BC_NO_DATUM),
               bc_image_bad(image, BC_FLAGGED), bc_image_bad(image, BC_BLANK));
    if (st == BC_OK)
        st = bc_image_load(image);
    if (st == BC_OK)
        st = bc_image_rows(image, 0, ny, pixels, whole);
    if (st == BC_OK) {
        fwrite(rows, 1, (size_t)(nx * ny), stdout);
        fwrite(whole, 1, (size_t)(nx * ny), stdout);
    }
    free(pixels);
    free(rows);
    free(whole);
    return st;
}

static bc_status
same(const bc_image *a, const char *name, double tolerance)
{
    bc_image *b = NULL;
    int       by_size = 0;
    bc_status st = bc_image_open(name, 0, &b);

    if (st == BC_OK)
        st = bc_image_same_grid(a, b, tolerance, &by_size);
    if (st == BC_OK)
        printf("%s\n", by_size ? "by size" : "yes");
    bc_image_close(b);
    return st;
}

int
main(int argc, char **argv)
{
    bc_image   *image = NULL;
    const char *text;
    int         is_same = argc > 1 && strcmp(argv[1], "same") == 0;
    int         is_flags = argc > 1 && strcmp(argv[1], "flags") == 0;
    bc_status   st;

    if (argc < 4)
        return 2;
    st = is_flags ? bc_image_open_rows(argv[2], atol(argv[3]), &image)
                  : bc_image_open(argv[2], is_same ? 0 : atol(argv[3]), &image);
    if (st == BC_OK && strcmp(argv[1], "info") == 0)
        st = info(argv[2], image);
    else if (st == BC_OK && strcmp(argv[1], "pixels") == 0)
        fwrite(bc_image_pixels(image), sizeof(float),
               (size_t)bc_image_nx(image) * (size_t)bc_image_ny(image), stdout);
    else if (st == BC_OK && strcmp(argv[1], "sky") == 0)
        st = sky(image);
    else if (st == BC_OK && strcmp(argv[1], "noise") == 0)
        noise(image);
    else if (st == BC_OK && strcmp(argv[1], "text") == 0)
        puts((text = bc_image_text(image, argv[4])) == NULL ? "(none)" : text);
    else if (st == BC_OK && strcmp(argv[1], "derive") == 0)
        st = derive(image, argv[4]);
    else if (st == BC_OK && is_flags)
        st = flags(image, argv[4]);
    else if (st == BC_OK && is_same)
        st = same(image, argv[3], atof(argv[4]));
    bc_image_close(image);
    if (st != BC_OK)
        fprintf(stderr, "%d %s\n", st, bc_message());
    return st == BC_OK ? 0 : 1;
}
