/* image.c -- an image: pixels, header, sky coordinates, extra planes.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fits.h"
#include "status.h"
#include "wcs.h"

enum { PLANES = 4, NAME = 4096 };

struct bc_image {
    long             nx, ny;
    float           *pixels;
    struct bc_header header;            /* as read, without what bc_image_derive drops if derived */
    struct bc_wcs   *wcs;               /* NULL = none that can be used */
    char             name[NAME], band[72], unit[72];
    char             text[1024];        /* what bc_image_text gave last */
    double           zeropoint;
    char             plane_name[PLANES][72];
    float           *plane[PLANES];
};

static const double SR_PER_ARCSEC2 = 2.350443053909789e-11;

/* ---- reading --------------------------------------------------------------------------------- */

/* Band of plane PLANE (1-based, 0 = the only one): FILTER, BAND; of a cube BANDS='grz' or BANDn. */
static void
find_band(bc_image *image, long plane)
{
    char key[32], text[72];

    bc_header_text(&image->header, "BANDS", text, sizeof text);
    if (plane > 0 && (size_t)plane <= strlen(text) && strchr(text, ',') == NULL) {
        snprintf(image->band, sizeof image->band, "%c", text[plane - 1]);
        return;
    }
    if (plane > 0) {
        snprintf(key, sizeof key, "BAND%ld", bc_header_find(&image->header, "BAND0") >= 0 ? plane - 1 : plane);
        bc_header_text(&image->header, key, image->band, sizeof image->band);
    }
    if (image->band[0] == '\0')
        bc_header_text(&image->header, "FILTER", image->band, sizeof image->band);
    if (image->band[0] == '\0')
        bc_header_text(&image->header, "BAND", image->band, sizeof image->band);
}

/* AB zero point: of the unit, else of a card that says so. */
static void
find_zeropoint(bc_image *image)
{
    static const char *const keys[] = { "MAGZERO", "MAGZPT", "PHOTZP" };
    double                   arcsec = bc_image_pixel_scale(image);
    size_t                   i;

    image->zeropoint = bc_unit_zeropoint(image->unit, isnan(arcsec) ? 0.0 : arcsec * arcsec * SR_PER_ARCSEC2);
    for (i = 0; isnan(image->zeropoint) && i < sizeof keys / sizeof *keys; i++)
        image->zeropoint = bc_header_number(&image->header, keys[i]);
}

/* Go to the first HDU with an image if the one at hand has none and the user named none. */
static bc_status
find_image(struct bc_fits *f, const char *name, int *naxis_p, long naxis[9])
{
    int       bitpix, hdu;
    bc_status st = bc_fits_image_size(f, &bitpix, naxis_p, naxis);

    if (st == BC_OK && *naxis_p == 0 && strchr(name, '[') == NULL)
        for (hdu = 2; *naxis_p == 0 && bc_fits_move(f, NULL, hdu) == BC_OK; hdu++)
            if (bc_fits_image_size(f, &bitpix, naxis_p, naxis) != BC_OK)
                *naxis_p = 0;
    if (st == BC_OK && *naxis_p == 0)
        return bc_fail(BC_BAD_FILE, "%s holds no image", name);
    return st;
}

/* Width, height and planes of an image of any number of axes. */
static bc_status
measure(const char *name, int n, const long naxis[9], long *nx_p, long *ny_p, long *nplane_p)
{
    int i;

    if (n < 2)
        return bc_fail(BC_BAD_SHAPE, "%s has one axis, an image has two", name);
    *nplane_p = 1;
    for (i = 0; i < n; i++) {
        if (naxis[i] < 1)
            return bc_fail(BC_BAD_SHAPE, "%s has no pixels", name);
        if (i >= 2)
            *nplane_p *= naxis[i];
    }
    *nx_p = naxis[0];
    *ny_p = naxis[1];
    if (*nx_p > (1L << 31) / *ny_p)
        return bc_fail(BC_UNSUPPORTED, "%s says that it has %ld x %ld pixels, more than 2^31", name, *nx_p, *ny_p);
    return BC_OK;
}

bc_status
bc_image_count(const char *name, long *nplane_p)
{
    struct bc_fits *f = NULL;
    long            naxis[9], nx, ny;
    int             n;
    bc_status       st = bc_fits_open(name, &f);

    if (st == BC_OK)
        st = find_image(f, name, &n, naxis);
    if (st == BC_OK)
        st = measure(name, n, naxis, &nx, &ny, nplane_p);
    bc_fits_close(f);
    return st;
}

static bc_status
read_pixels(bc_image *image, struct bc_fits *f, long plane, long nplane)
{
    long n = image->nx * image->ny, i;

    if (plane < 0 || plane > nplane)
        return bc_fail(BC_BAD_ARG, "%s has %ld planes, not a plane %ld", image->name, nplane, plane);
    if (plane == 0 && nplane > 1)
        return bc_fail(BC_BAD_SHAPE, "%s is a cube of %ld planes; name one, as in %s[*,*,1:1]", image->name, nplane,
                       image->name);
    image->pixels = malloc((size_t)n * sizeof *image->pixels);
    if (image->pixels == NULL)
        return bc_fail_memory((size_t)n * sizeof *image->pixels, image->name);
    for (i = 0; i < n; i++)
        image->pixels[i] = NAN;
    return bc_fits_read(f, plane > 1 ? (plane - 1) * n : 0, n, image->pixels);
}

bc_status
bc_image_open(const char *name, long plane, bc_image **image_p)
{
    bc_image       *image = calloc(1, sizeof *image);
    struct bc_fits *f = NULL;
    char            why[200];
    long            naxis[9], nplane;
    int             n;
    bc_status       st;

    if (image == NULL)
        return bc_fail_memory(sizeof *image, "an image");
    snprintf(image->name, sizeof image->name, "%s", name);
    st = bc_fits_open(name, &f);
    if (st == BC_OK)
        st = find_image(f, name, &n, naxis);
    if (st == BC_OK)
        st = measure(name, n, naxis, &image->nx, &image->ny, &nplane);
    if (st == BC_OK)
        st = read_pixels(image, f, plane, nplane);
    if (st == BC_OK)
        st = bc_fits_read_header(f, &image->header);
    bc_fits_close(f);
    if (st == BC_OK)
        st = bc_wcs_open(&image->header, &image->wcs, why, sizeof why);
    if (st != BC_OK) {
        bc_image_close(image);
        return st;
    }
    bc_header_text(&image->header, "BUNIT", image->unit, sizeof image->unit);
    find_band(image, nplane > 1 ? (plane > 0 ? plane : 1) : 0);
    find_zeropoint(image);
    *image_p = image;
    return BC_OK;
}

/* ---- making ---------------------------------------------------------------------------------- */

bc_status
bc_image_new(long nx, long ny, bc_image **image_p)
{
    bc_image *image = calloc(1, sizeof *image);
    long      i;

    if (image != NULL)
        image->pixels = malloc((size_t)nx * ny * sizeof *image->pixels);
    if (image == NULL || image->pixels == NULL) {
        free(image);
        return bc_fail_memory((size_t)nx * ny * sizeof(float), "an image");
    }
    image->nx = nx;
    image->ny = ny;
    image->zeropoint = (double)NAN;
    for (i = 0; i < nx * ny; i++)
        image->pixels[i] = NAN;
    *image_p = image;
    return BC_OK;
}

bc_status
bc_image_derive(const bc_image *like, bc_image **image_p)
{
    bc_image *image;
    char      why[200];
    bc_status st = bc_image_new(like->nx, like->ny, &image);

    if (st != BC_OK)
        return st;
    st = bc_header_derive(&like->header, BC_OTHER_BAND, &image->header);
    if (st == BC_OK)
        st = bc_wcs_open(&image->header, &image->wcs, why, sizeof why);
    if (st != BC_OK) {
        bc_image_close(image);
        return st;
    }
    *image_p = image;
    return BC_OK;
}

void
bc_image_close(bc_image *image)
{
    int i;

    if (image == NULL)
        return;
    for (i = 0; i < PLANES; i++)
        free(image->plane[i]);
    bc_header_free(&image->header);
    bc_wcs_close(image->wcs);
    free(image->pixels);
    free(image);
}

/* ---- what it is ------------------------------------------------------------------------------ */

long        bc_image_nx(const bc_image *image)        { return image->nx; }
long        bc_image_ny(const bc_image *image)        { return image->ny; }
float      *bc_image_pixels(bc_image *image)          { return image->pixels; }
const char *bc_image_name(const bc_image *image)      { return image->name; }
const char *bc_image_band(const bc_image *image)      { return image->band; }
const char *bc_image_unit(const bc_image *image)      { return image->unit; }
double      bc_image_zeropoint(const bc_image *image) { return image->zeropoint; }
int         bc_image_has_wcs(const bc_image *image)   { return image->wcs != NULL; }

const char *
bc_image_text(bc_image *image, const char *key)
{
    return bc_header_text(&image->header, key, image->text, sizeof image->text) ? image->text : NULL;
}

double
bc_image_number(const bc_image *image, const char *key)
{
    return bc_header_number(&image->header, key);
}

/* From the sky coordinates at the centre, else from a PIXSCALE card. */
double
bc_image_pixel_scale(const bc_image *image)
{
    double scale = (double)NAN;

    if (image->wcs != NULL)
        scale = bc_wcs_scale(image->wcs, 0.5 * (double)(image->nx + 1), 0.5 * (double)(image->ny + 1));
    return isnan(scale) ? bc_header_number(&image->header, "PIXSCALE") : scale;
}

static bc_status
need_wcs(const bc_image *image)
{
    return image->wcs != NULL ? BC_OK
           : bc_fail(BC_BAD_SHAPE, "%s has no sky coordinates that can be used", image->name);
}

bc_status
bc_image_to_sky(const bc_image *image, double x, double y, double *lon_p, double *lat_p)
{
    bc_status st = need_wcs(image);

    return st == BC_OK ? bc_wcs_to_sky(image->wcs, x, y, lon_p, lat_p) : st;
}

bc_status
bc_image_from_sky(const bc_image *image, double lon, double lat, double *x_p, double *y_p)
{
    bc_status st = need_wcs(image);

    return st == BC_OK ? bc_wcs_from_sky(image->wcs, lon, lat, x_p, y_p) : st;
}

/* Largest distance on the sky between equal pixels of A and B, in pixels of A, over a lattice with the corners. */
static bc_status
largest_shift(const bc_image *a, const bc_image *b, double *shift_p)
{
    double    scale = bc_image_pixel_scale(a), largest = 0.0;
    int       i, j;
    bc_status st = BC_OK;

    for (j = 0; j <= 8; j++)
        for (i = 0; st == BC_OK && i <= 8; i++) {
            double x = 0.5 + (double)a->nx * i / 8.0, y = 0.5 + (double)a->ny * j / 8.0, lon[2], lat[2];

            st = bc_wcs_to_sky(a->wcs, x, y, &lon[0], &lat[0]);
            if (st == BC_OK)
                st = bc_wcs_to_sky(b->wcs, x, y, &lon[1], &lat[1]);
            if (st == BC_OK)
                largest = fmax(largest, bc_sky_distance(lon[0], lat[0], lon[1], lat[1]) / scale);
        }
    *shift_p = largest;
    return st;
}

bc_status
bc_image_same_grid(const bc_image *a, const bc_image *b, double tolerance, int *by_size_p)
{
    double    shift;
    bc_status st;

    if (a->nx != b->nx || a->ny != b->ny)
        return bc_fail(BC_BAD_SHAPE, "%s is %ld x %ld pixels, %s is %ld x %ld: they must be on one grid", a->name,
                       a->nx, a->ny, b->name, b->nx, b->ny);
    if (by_size_p != NULL)
        *by_size_p = a->wcs == NULL || b->wcs == NULL;
    if (a->wcs == NULL || b->wcs == NULL)
        return BC_OK;
    if (strcmp(bc_wcs_frame(a->wcs), bc_wcs_frame(b->wcs)) != 0)
        return bc_fail(BC_BAD_SHAPE, "%s is in %s, %s in %s: they must be on one grid", a->name,
                       bc_wcs_frame(a->wcs), b->name, bc_wcs_frame(b->wcs));
    st = largest_shift(a, b, &shift);
    if (st != BC_OK)
        return st;
    return shift <= tolerance ? BC_OK
           : bc_fail(BC_BAD_SHAPE, "%s and %s are on different grids: their pixels lie up to %.4g pixels apart on the sky",
                     a->name, b->name, shift);
}

/* ---- changing and writing --------------------------------------------------------------------- */

bc_status
bc_image_set_text(bc_image *image, const char *key, const char *text, const char *comment)
{
    if (strcmp(key, "FILTER") == 0)
        snprintf(image->band, sizeof image->band, "%s", text);
    if (strcmp(key, "BUNIT") == 0)
        snprintf(image->unit, sizeof image->unit, "%s", text);
    return bc_header_set_text(&image->header, key, text, comment);
}

bc_status
bc_image_set_number(bc_image *image, const char *key, double value, const char *comment)
{
    return bc_header_set_number(&image->header, key, value, comment);
}

bc_status
bc_image_history(bc_image *image, const char *text)
{
    return bc_header_remark(&image->header, "HISTORY", text);
}

bc_status
bc_image_set_plane(bc_image *image, const char *extname, const float *pixels)
{
    size_t bytes = (size_t)image->nx * image->ny * sizeof *pixels;
    int    i = 0;

    while (i < PLANES && image->plane[i] != NULL && strcmp(image->plane_name[i], extname) != 0)
        i++;
    if (i == PLANES)
        return bc_fail(BC_BAD_ARG, "an image takes up to %d planes", PLANES);
    if (image->plane[i] == NULL)
        image->plane[i] = malloc(bytes);
    if (image->plane[i] == NULL)
        return bc_fail_memory(bytes, extname);
    memcpy(image->plane[i], pixels, bytes);
    snprintf(image->plane_name[i], sizeof image->plane_name[i], "%s", extname);
    return BC_OK;
}

const float *
bc_image_plane(const bc_image *image, const char *extname)
{
    int i;

    for (i = 0; i < PLANES && image->plane[i] != NULL; i++)
        if (strcmp(image->plane_name[i], extname) == 0)
            return image->plane[i];
    return NULL;
}

/* The header of an extension: the image's sky coordinates and object, not its history. */
static bc_status
write_plane(const bc_image *image, struct bc_fits *f, int i)
{
    const long axes[2] = { image->nx, image->ny };
    int        mask = strcmp(image->plane_name[i], "MASK") == 0, k;
    bc_status  st = bc_fits_append_image(f, image->plane_name[i], mask ? 8 : -32, 2, axes);

    for (k = 0; st == BC_OK && k < image->header.n; k++) {
        const char      *card = image->header.card[k];
        struct bc_header one = { (char (*)[BC_CARD + 1])card, 1, 1 };

        if (strncmp(card, "HISTORY", 7) == 0 || strncmp(card, "COMMENT", 7) == 0
            || strncmp(card, "BC", 2) == 0 || (mask && (strncmp(card, "BUNIT  ", 7) == 0
                                                        || strncmp(card, "MAGZERO ", 8) == 0)))
            continue;
        st = bc_fits_write_header(f, &one);
    }
    return st == BC_OK ? bc_fits_write(f, 0, image->nx * image->ny, image->plane[i]) : st;
}

bc_status
bc_image_write(const bc_image *image, const char *file, int clobber)
{
    const long      axes[2] = { image->nx, image->ny };
    struct bc_fits *f = NULL;
    int             i;
    bc_status       st = bc_fits_create(file, clobber, &f);

    if (st == BC_OK)
        st = bc_fits_append_image(f, NULL, -32, 2, axes);
    if (st == BC_OK)
        st = bc_fits_write_header(f, &image->header);
    if (st == BC_OK)
        st = bc_fits_write(f, 0, image->nx * image->ny, image->pixels);
    for (i = 0; st == BC_OK && i < PLANES && image->plane[i] != NULL; i++)
        st = write_plane(image, f, i);
    if (st == BC_OK)
        st = bc_fits_commit(f);
    bc_fits_close(f);
    return st;
}
