/* image.c -- an image: pixels, header, sky coordinates, extra planes.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "image.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "fits.h"
#include "units.h"

/* ---- making ---------------------------------------------------------------------------------- */

/* Memory that the machine does not have would be granted all the same, and the process killed when
 * it is used. */
bc_status
bc_image_allocate(struct bc_image *image)
{
    const double have = (double)sysconf(_SC_PHYS_PAGES) * (double)sysconf(_SC_PAGESIZE);
    const double need = (double)image->nx * (double)image->ny * sizeof *image->pixels;
    size_t       n = (size_t)image->nx * (size_t)image->ny, i;

    if (have > 0.0 && need > have)
        return bc_fail(BC_NO_MEMORY, "%s: %ld x %ld pixels take %.1f GB, this machine has %.1f GB",
                       image->name, image->nx, image->ny, need / 1e9, have / 1e9);
    image->pixels = malloc(n * sizeof *image->pixels);
    if (image->pixels == NULL)
        return bc_fail_memory(n * sizeof *image->pixels, "an image");
    for (i = 0; i < n; i++)
        image->pixels[i] = NAN;
    return BC_OK;
}

/* For the name of an image that is in no file: who was given it keeps it when it changes with FILTER. */
enum { NAME_ROOM = 128 };

static bc_status
new_without_pixels(long nx, long ny, bc_image **image_p)
{
    bc_image *image;

    if (nx < 1 || ny < 1)
        return bc_fail(BC_BAD_ARG, "an image of %ld x %ld pixels", nx, ny);
    image = calloc(1, sizeof *image);
    if (image == NULL || (image->name = malloc(NAME_ROOM)) == NULL) {
        free(image);
        return bc_fail_memory(sizeof *image, "an image");
    }
    snprintf(image->name, NAME_ROOM, "an image without a file");
    image->nx = nx;
    image->ny = ny;
    image->zeropoint = image->vega = NAN;
    *image_p = image;
    return BC_OK;
}

static bc_status
add_pixels(bc_image *image, bc_image **image_p)
{
    bc_status st = bc_image_allocate(image);

    if (st == BC_OK)
        *image_p = image;
    else
        bc_image_close(image);
    return st;
}

bc_status
bc_image_new(long nx, long ny, bc_image **image_p)
{
    bc_image *image;
    bc_status st = new_without_pixels(nx, ny, &image);

    return st == BC_OK ? add_pixels(image, image_p) : st;
}

bc_status
bc_image_derive(const bc_image *like, bc_image **image_p)
{
    bc_image *image;
    bc_status st = bc_image_derive_header(like, &image);

    return st == BC_OK ? add_pixels(image, image_p) : st;
}

bc_status
bc_image_derive_header(const bc_image *like, bc_image **image_p)
{
    bc_image *image;
    bc_status st = new_without_pixels(like->nx, like->ny, &image);

    if (st != BC_OK)
        return st;
    st = bc_header_derive(&like->header, BC_OTHER_BAND, &image->header);
    if (st == BC_OK)
        st = bc_wcs_open(&image->header, &image->wcs, image->why, sizeof image->why);
    if (st == BC_OK)
        *image_p = image;
    else
        bc_image_close(image);
    return st;
}

bc_status
bc_image_crop(bc_image *image, long x0, long y0, long nx, long ny)
{
    bc_status st = bc_header_crop(&image->header, x0, y0);

    image->nx = nx;
    image->ny = ny;
    bc_wcs_close(image->wcs);
    image->wcs = NULL;
    return st == BC_OK ? bc_wcs_open(&image->header, &image->wcs, image->why, sizeof image->why) : st;
}

bc_status
bc_image_remake(const bc_image *image, const bc_image *like, bc_image **image_p)
{
    bc_image *made;
    bc_status st = new_without_pixels(like->nx, like->ny, &made);

    if (st != BC_OK)
        return st;
    free(made->name);
    made->name = strdup(image->name);
    made->row = calloc((size_t)made->ny, sizeof *made->row);
    if (made->name == NULL || made->row == NULL)
        st = bc_fail_memory((size_t)made->ny * sizeof *made->row, "the rows of an image");
    snprintf(made->band, sizeof made->band, "%s", image->band);
    snprintf(made->unit, sizeof made->unit, "%s", image->unit);
    bc_image_calibrate(made, image->zeropoint, image->vega);
    snprintf(made->masks, sizeof made->masks, "%s", image->masks);
    snprintf(made->notes, sizeof made->notes, "%s", image->notes);
    if (st == BC_OK)
        st = bc_header_regrid(&image->header, &like->header, &made->header);
    if (st == BC_OK)
        st = bc_wcs_open(&made->header, &made->wcs, made->why, sizeof made->why);
    if (st == BC_OK)
        *image_p = made;
    else
        bc_image_close(made);
    return st;
}

void
bc_image_close(bc_image *image)
{
    int i;

    if (image == NULL)
        return;
    for (i = 0; i < BC_PLANES; i++)
        free(image->plane[i]);
    bc_image_close_file(image);
    if (image->maker != NULL)
        image->maker->close(image->maker);
    bc_header_free(&image->header);
    bc_wcs_close(image->wcs);
    free(image->text);
    free(image->name);
    free(image->row);
    free(image->flags);
    free(image->pixels);
    free(image);
}

/* ---- what it is ------------------------------------------------------------------------------ */

long        bc_image_nx(const bc_image *image)      { return image->nx; }
long        bc_image_ny(const bc_image *image)      { return image->ny; }
float      *bc_image_pixels(bc_image *image)        { return image->pixels; }
const char *bc_image_name(const bc_image *image)    { return image->name; }
const char *bc_image_band(const bc_image *image)    { return image->band; }
const char *bc_image_unit(const bc_image *image)    { return image->unit; }
const char *bc_image_notes(const bc_image *image)   { return image->notes; }
int         bc_image_has_wcs(const bc_image *image) { return image->wcs != NULL; }

void
bc_image_note(bc_image *image, const char *format, ...)
{
    size_t  n = strlen(image->notes);
    va_list args;

    if (n > 0 && n + 3 < sizeof image->notes)
        n += (size_t)sprintf(image->notes + n, "; ");
    va_start(args, format);
    vsnprintf(image->notes + n, sizeof image->notes - n, format, args);
    va_end(args);
}

/* From the sky coordinates at the centre, else from a card that says so. */
double
bc_image_pixel_scale(const bc_image *image)
{
    static const char *const keys[] = { "PIXSCALE", "SECPIX", "PIXSCAL1" };
    double                   scale = NAN;
    size_t                   i;

    if (image->wcs != NULL)
        scale =
            bc_wcs_scale(image->wcs, 0.5 * (double)(image->nx + 1), 0.5 * (double)(image->ny + 1));
    for (i = 0; isnan(scale) && i < sizeof keys / sizeof keys[0]; i++) {
        scale = bc_header_number(&image->header, keys[i]);
        if (!(scale > 0.0))
            scale = NAN;
    }
    return scale;
}

double
bc_image_pixel_sr(const bc_image *image)
{
    double arcsec = bc_image_pixel_scale(image);

    return isnan(arcsec) ? 0.0 : arcsec * arcsec * BC_SR_PER_ARCSEC2;
}

static bc_status
need_wcs(const bc_image *image)
{
    if (image->wcs != NULL)
        return BC_OK;
    if (image->why[0] != '\0')
        return bc_fail(BC_BAD_SHAPE, "%s: its sky coordinates cannot be used (%s)", image->name,
                       image->why);
    return bc_fail(BC_BAD_SHAPE, "%s has no sky coordinates", image->name);
}

bc_status
bc_image_to_sky(const bc_image *image, double x, double y, double *lon_p, double *lat_p)
{
    bc_status st = need_wcs(image);

    return st == BC_OK ? bc_wcs_to_sky(image->wcs, x, y, lon_p, lat_p) : st;
}

/* WCSLIB goes on over the pole. */
static bc_status
need_sky(const bc_image *image, double lat)
{
    bc_status st = need_wcs(image);

    return st == BC_OK && !(fabs(lat) <= 90.0)
               ? bc_fail(BC_BAD_ARG, "there is no declination or latitude of %g degrees", lat) : st;
}

bc_status
bc_image_from_sky(const bc_image *image, double lon, double lat, double *x_p, double *y_p)
{
    bc_status st = need_sky(image, lat);

    return st == BC_OK ? bc_wcs_from_sky(image->wcs, lon, lat, x_p, y_p) : st;
}

bc_status
bc_image_find(const bc_image *image, int galactic, double lon, double lat, double *x_p, double *y_p)
{
    bc_status st = need_sky(image, lat);

    if (st == BC_OK)
        st = bc_wcs_find(image->wcs, galactic, lon, lat, x_p, y_p);
    return st == BC_UNSUPPORTED ? bc_fail(st, "%s: %s", image->name, bc_message()) : st;
}

bc_status
bc_image_locate(const bc_image *image, double x, double y, double *ra_p, double *dec_p)
{
    bc_status st = need_wcs(image);

    if (st == BC_OK)
        st = bc_wcs_locate(image->wcs, x, y, ra_p, dec_p);
    return st == BC_UNSUPPORTED ? bc_fail(st, "%s: %s", image->name, bc_message()) : st;
}

bc_status
bc_image_same_grid(const bc_image *a, const bc_image *b, double tolerance, int *by_size_p)
{
    const bc_image *blind = a->wcs == NULL ? a : b->wcs == NULL ? b : NULL;
    double          shift;

    if (!(tolerance >= 0.0))
        return bc_fail(BC_BAD_ARG, "grids cannot differ by %g pixels", tolerance);
    if (a->nx != b->nx || a->ny != b->ny)
        return bc_fail(BC_BAD_SHAPE, "%s is %ld x %ld pixels, %s is %ld x %ld: they must be on one grid%s%s%s", a->name,
                       a->nx, a->ny, b->name, b->nx, b->ny, blind != NULL ? ", as " : "",
                       blind != NULL ? blind->name : "", blind != NULL ? " has no sky coordinates" : "");
    if (by_size_p != NULL)
        *by_size_p = blind != NULL && !bc_image_same_cube(a, b);
    if (blind != NULL)
        return BC_OK;
    if (strcmp(bc_wcs_frame(a->wcs), bc_wcs_frame(b->wcs)) != 0)
        return bc_fail(BC_BAD_SHAPE, "%s is in %s coordinates, %s in %s: they must be on one grid",
                       a->name, bc_wcs_frame(a->wcs), b->name, bc_wcs_frame(b->wcs));
    shift = bc_wcs_shift(a->wcs, b->wcs, a->nx, a->ny);
    if (!(shift <= tolerance))
        return bc_fail(
            BC_BAD_SHAPE,
            "%s and %s are on different grids: equal pixels are up to %.4g pixels apart on the sky",
            a->name, b->name, shift);
    return BC_OK;
}

/* ---- header and planes ----------------------------------------------------------------------- */

const char *
bc_image_text(bc_image *image, const char *key)
{
    free(image->text);
    image->text = key != NULL ? bc_header_string(&image->header, key) : NULL;
    return image->text;
}

double
bc_image_number(const bc_image *image, const char *key)
{
    return key != NULL ? bc_header_number(&image->header, key) : (double)NAN;
}

bc_status
bc_image_set_text(bc_image *image, const char *key, const char *text, const char *comment)
{
    bc_status st = bc_header_set_text(&image->header, key, text, comment);

    if (st == BC_OK && strcasecmp(key, "FILTER") == 0) {
        snprintf(image->band, sizeof image->band, "%s", text);
        if (image->row == NULL && *text != '\0')        /* it is in no file */
            snprintf(image->name, NAME_ROOM, "the image of band %s", image->band);
    }
    if (st == BC_OK && strcasecmp(key, "BUNIT") == 0)
        snprintf(image->unit, sizeof image->unit, "%s", text);
    return st;
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

static int
is_mask(const char *extname)
{
    return strcmp(extname, "MASK") == 0;
}

bc_status
bc_image_set_plane(bc_image *image, const char *extname, const float *pixels)
{
    size_t n = (size_t)image->nx * (size_t)image->ny, bytes = n * sizeof *pixels, j;
    int    i = 0;

    if (extname == NULL || *extname == '\0' || pixels == NULL)
        return bc_fail(BC_BAD_ARG, "a plane has a name and pixels");
    for (j = 0; is_mask(extname) && j < n; j++)
        if (!(pixels[j] >= 0.0f && pixels[j] <= 255.0f) || pixels[j] != floorf(pixels[j]))
            return bc_fail(BC_BAD_ARG, "MASK: whole numbers from 0 to 255, not %g", pixels[j]);
    if (strlen(extname) >= sizeof image->plane_name[0] || strcasecmp(extname, "PRIMARY") == 0)
        return bc_fail(BC_BAD_ARG, "'%.80s' is no name for a plane", extname);
    while (i < BC_PLANES && image->plane[i] != NULL && strcmp(image->plane_name[i], extname) != 0)
        i++;
    if (i == BC_PLANES)
        return bc_fail(BC_BAD_ARG, "an image takes up to %d planes", BC_PLANES);
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

    for (i = 0; extname != NULL && i < BC_PLANES && image->plane[i] != NULL; i++)
        if (strcmp(image->plane_name[i], extname) == 0)
            return image->plane[i];
    return NULL;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* What an extension says of itself: its place on the sky, the time of that, by which DS9 goes from ICRS to FK5, and
 * if its pixels are fluxes, their unit. */
static bc_status
plane_header(const struct bc_header *primary, int is_flux, struct bc_header *h)
{
    static const char *const keys[] = { "OBJECT", "FILTER", "BUNIT", "MAGZERO", "PHOTPLAM" };
    size_t                   i, n = is_flux ? 5 : 2;
    int                      at;
    bc_status                st = bc_header_add_grid(primary, h);

    if (st == BC_OK)
        st = bc_header_add_epoch(primary, h);
    for (i = 0; i < n && st == BC_OK; i++) {
        at = bc_header_find(primary, keys[i]);
        if (at >= 0)
            st = bc_header_append(h, primary->card[at]);
    }
    return st;
}

/* The current HDU's cards; the data come later. */
static bc_status
write_header(struct bc_fits *f, const struct bc_header *h)
{
    bc_status st = bc_fits_write_header(f, h);

    return st == BC_OK ? bc_fits_reserve(f) : st;
}

/* The flags of bandcast.h. */
static const char mask_bits[] =
    "0 as usual, else the sum of (up to 16: no prediction)\n"
    "  1 no datum in an input\n"
    "  2 flagged as bad\n"
    "  4 one of many exact zeros\n"
    "  8 outside of an input that was resampled\n"
    " 16 not asked for\n"
    " 32 predicted without some of the bands\n"
    " 64 brighter, or of another colour, than the training data\n"
    "128 sharper than the training data";

static bc_status
create_plane(struct bc_fits *f, const bc_image *image, const char *extname,
             const struct bc_header *primary)
{
    const long       axes[2] = { image->nx, image->ny };
    struct bc_header h = { NULL, 0, 0 };
    bc_status        st = bc_fits_append_image(f, extname, is_mask(extname) ? 8 : -32, 2, axes);

    if (st == BC_OK)
        st = plane_header(primary, !is_mask(extname), &h);
    if (st == BC_OK && is_mask(extname))
        st = bc_header_remark(&h, "COMMENT", mask_bits);
    if (st == BC_OK)
        st = write_header(f, &h);
    bc_header_free(&h);
    return st;
}

bc_status
bc_image_create(const bc_image *image, const char *const *planes, const char *file, int clobber,
                struct bc_fits **f_p)
{
    const long       axes[2] = { image->nx, image->ny };
    struct bc_header h = { NULL, 0, 0 };
    struct bc_fits  *f = NULL;
    bc_status        st = bc_header_derive(&image->header, BC_SAME_PIXELS, &h);

    if (st == BC_OK)
        st = bc_fits_create_images(file, clobber, &f);
    if (st == BC_OK)
        st = bc_fits_append_image(f, NULL, -32, 2, axes);
    if (st == BC_OK)
        st = write_header(f, &h);
    for (; st == BC_OK && *planes != NULL; planes++)
        st = create_plane(f, image, *planes, &h);
    bc_header_free(&h);
    if (st == BC_OK)
        *f_p = f;
    else
        bc_fits_close(f);
    return st;
}

bc_status
bc_image_put_rows(const bc_image *image, struct bc_fits *f, int i, long y, long ny,
                  const float *pixels)
{
    bc_status st = bc_fits_move(f, NULL, i + 1);

    return st == BC_OK ? bc_fits_write(f, y * image->nx, ny * image->nx, pixels) : st;
}

bc_status
bc_image_write(const bc_image *image, const char *file, int clobber)
{
    const char     *planes[BC_PLANES + 1] = { NULL };
    struct bc_fits *f = NULL;
    int             i;
    bc_status       st;

    if (image->pixels == NULL)
        return bc_fail(BC_BAD_ARG, "%s: its pixels were not read", image->name);
    for (i = 0; i < BC_PLANES && image->plane[i] != NULL; i++)
        planes[i] = image->plane_name[i];
    st = bc_image_create(image, planes, file, clobber, &f);
    if (st == BC_OK)
        st = bc_image_put_rows(image, f, 0, 0, image->ny, image->pixels);
    for (i = 0; st == BC_OK && planes[i] != NULL; i++)
        st = bc_image_put_rows(image, f, i + 1, 0, image->ny, image->plane[i]);
    if (st == BC_OK)
        st = bc_fits_commit(f);
    bc_fits_close(f);
    return st;
}
