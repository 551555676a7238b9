/* image_open.c -- an image from a file: which HDU and plane, pixels, header, band, unit.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "calibration.h"
#include "fits.h"
#include "image.h"
#include "section.h"
#include "units.h"

/* ---- which band ------------------------------------------------------------------------------ */

/* Entry INDEX (0-based) of COUNT in BANDS: "grz", "g,r,z" or "g r z". */
static int
band_of_list(const char *list, long index, long count, char *band, size_t size)
{
    const char *c = list;
    long        n = 0;

    if (strpbrk(list, ", ") == NULL) {
        if ((long)strlen(list) != count)
            return 0;
        snprintf(band, size, "%c", list[index]);
        return 1;
    }
    for (c += strspn(c, ", "); *c != '\0'; c += strspn(c, ", "), n++) {
        if (n == index)
            snprintf(band, size, "%.*s", (int)strcspn(c, ", "), c);
        c += strcspn(c, ", ");
    }
    return n == count;
}

/* Band INDEX (0-based) of the COUNT along a cube's third axis, by BANDS or BANDn, which count from
 * 0 or 1. */
static void
band_of_plane(const struct bc_header *h, long index, long count, char *band, size_t size)
{
    char key[32], list[200];

    if (bc_header_text(h, "BANDS", list, sizeof list)
        && band_of_list(list, index, count, band, size))
        return;
    snprintf(key, sizeof key, "BAND%ld", bc_header_find(h, "BAND0") >= 0 ? index : index + 1);
    bc_header_text(h, key, band, size);
}

/* 1 if BAND names a band and not an empty place of a filter wheel, or a number. */
static int
is_band(const char *band)
{
    static const char *const none[] = { "N/A", "OPEN", "NONE", "EMPTY", "BLANK" };
    size_t                   i;

    for (i = 0; i < sizeof none / sizeof none[0]; i++)
        if (strcasecmp(band, none[i]) == 0)
            return 0;
    return band[0] != '\0' && strncasecmp(band, "CLEAR", 5) != 0 && strspn(band, "0123456789. ") < strlen(band);
}

/* Of an image of one band.  WISE writes 1 to 4 into BAND, Spitzer's IRAC into CHNLNUM, GALEX 1 for NUV and 2 for FUV
 * into BAND. */
static void
band_of_image(const struct bc_header *h, char *band, size_t size)
{
    static const char *const keys[] = { "FILTER",  "FILTER1",  "FILTER2",  "FILTER3",  "BAND",         "FILT_ID",
                                        "FILTNAM", "FILTNAME", "FILTNAM1", "FILTERID", "FPA.FILTERID", "FPA.FILTER",
                                        "INSFLNAM", "BANDNAME", "BANDPASS", "ESO INS FILT1 NAME" };
    char                     text[72];
    double                   number = bc_header_number(h, "BAND");
    size_t                   i;

    if (bc_header_text(h, "PUPIL", band, size) && band[0] == 'F' && isdigit((unsigned char)band[1]))
        return;                         /* JWST: the narrower of two filters in the beam */
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++)
        if (bc_header_text(h, keys[i], band, size) && is_band(band))
            return;
    band[0] = '\0';
    if (bc_header_text(h, "TELESCOP", text, sizeof text) && strcmp(text, "WISE") == 0
        && number >= 1.0 && number <= 4.0)
        snprintf(band, size, "W%.0f", number);
    if (bc_header_text(h, "INSTRUME", text, sizeof text) && strcmp(text, "IRAC") == 0
        && bc_header_integer(h, "CHNLNUM", 1, 4) > 0)
        snprintf(band, size, "IRAC%d", bc_header_integer(h, "CHNLNUM", 1, 4));
    if (bc_header_find(h, "MPSTYPE") >= 0 && (number == 1.0 || number == 2.0))
        snprintf(band, size, "%s", number == 1.0 ? "NUV" : "FUV");
}

/* ---- which plane ----------------------------------------------------------------------------- */

static const char PLANE[] = ", plane ";     /* between the names of a cube and of its plane */

/* CFITSIO takes "x.fits[*,*,7]" of an image of two axes for all of it. */
static int
axes_of_section(const char *name)
{
    const char *c = strrchr(name, '[');
    int         axes = 1;

    if (c == NULL || strpbrk(c, ":*") == NULL || c[strlen(c) - 1] != ']')
        return 0;
    for (; *c != '\0'; c++)
        axes += *c == ',';
    return axes;
}

/* CFITSIO takes pixel 0 for the last one: "x.fits[0:63,*]" would be mirrored. */
static int
section_has_zero(const char *name)
{
    const char *c = strrchr(name, '[');
    char       *end;

    if (axes_of_section(name) == 0 || c[1 + strspn(c + 1, "0123456789*:-, ")] != ']')
        return 0;
    for (c++; *c != '\0'; c = end) {
        if (isdigit((unsigned char)*c) && strtol(c, &end, 10) == 0)
            return 1;
        end = isdigit((unsigned char)*c) ? end : (char *)c + 1;
    }
    return 0;
}

bc_status
bc_image_measure(const char *name, struct bc_fits *f, struct bc_shape *s)
{
    int       i;
    bc_status st = bc_fits_image_size(f, &s->bitpix, &s->naxis, s->axis);

    if (st != BC_OK)
        return st;
    if (s->naxis == 0)
        return bc_fail(BC_BAD_FILE, "%s holds no image", name);
    if (s->naxis == 1)
        return bc_fail(BC_BAD_SHAPE, "%s has one axis, an image has two", name);
    if (axes_of_section(name) > s->naxis)
        return bc_fail(BC_BAD_SHAPE, "%s: the image has %d axes", name, s->naxis);
    if (section_has_zero(name))
        return bc_fail(BC_BAD_SHAPE, "%s: the pixels of a section count from 1", name);
    s->nplane = 1;
    for (i = 0; i < s->naxis; i++) {
        if (s->axis[i] < 1)
            return bc_fail(BC_BAD_SHAPE, "%s has no pixels", name);
        if (i >= 2)
            s->nplane *= s->axis[i];
    }
    return bc_fits_complete(f); /* before any memory is taken for what the header promises */
}

bc_status
bc_image_count(const char *name, long *nplane_p)
{
    struct bc_fits *f = NULL;
    struct bc_shape    s;
    bc_status       st = bc_fits_open(name, &f);

    if (st == BC_OK)
        st = bc_image_measure(name, f, &s);
    if (st == BC_OK)
        *nplane_p = s.nplane;
    bc_fits_close(f);
    return st;
}

/* "x.fits is a cube of 3 planes (g, r, z); name one, as in x.fits[*,*,1:1]" */
static bc_status
fail_cube(const char *name, const struct bc_header *h, const struct bc_shape *s)
{
    char   bands[300] = "", band[72];
    size_t n = 0;
    long   i;

    for (i = 0; i < s->axis[2] && n < 200; i++) {
        band_of_plane(h, i, s->axis[2], band, sizeof band);
        if (band[0] == '\0')
            break;
        n += (size_t)snprintf(bands + n, sizeof bands - n, "%s%s", i == 0 ? " (" : ", ", band);
    }
    if (n > 0)
        snprintf(bands + n, sizeof bands - n, "%s", i < s->axis[2] ? ", ...)" : ")");
    return bc_fail(BC_BAD_SHAPE, "%s is a cube of %ld planes%s; name one, as in %s[*,*,1:1]", name,
                   s->nplane, bands, name);
}

/* The plane that a section of one plane, "c.fits[*,*,2:2]", has taken from its cube; 0 = none. */
static long
plane_of_section(const char *name)
{
    const char *c = strrchr(name, '[');
    long        first, last;
    char       *end;
    int         commas;

    for (commas = 0; c != NULL && commas < 2; commas++) {
        c = strchr(c, ',');
        c = c != NULL ? c + 1 : NULL;
    }
    if (c == NULL)
        return 0;
    first = strtol(c, &end, 10);
    last = *end == ':' ? strtol(end + 1, &end, 10) : first;
    return first == last && (*end == ']' || *end == ',') && first > 0 ? first : 0;
}

/* "c.fits, plane 2" and "c.fits[*,*,2]" differ from others of their cube in what stands behind the last comma. */
int
bc_image_same_cube(const struct bc_image *a, const struct bc_image *b)
{
    const char *x = strrchr(a->name, ','), *y = strrchr(b->name, ',');

    return x != NULL && y != NULL && x - a->name == y - b->name
           && strncmp(a->name, b->name, (size_t)(x - a->name)) == 0
           && (strncmp(x, PLANE, strlen(PLANE)) == 0 || plane_of_section(a->name) > 0)
           && (strncmp(y, PLANE, strlen(PLANE)) == 0 || plane_of_section(b->name) > 0);
}

/* The header's own count of planes is gone in a section; BANDS or the BANDn know it. */
static long
count_bands(const struct bc_header *h)
{
    char list[200], key[32];
    long n = 0, from = bc_header_find(h, "BAND0") >= 0 ? 0 : 1;

    if (bc_header_text(h, "BANDS", list, sizeof list) && strpbrk(list, ", ") == NULL)
        return (long)strlen(list);
    do
        snprintf(key, sizeof key, "BAND%ld", from + n++);
    while (bc_header_find(h, key) >= 0);
    return n - 1;
}

static void
find_band(bc_image *image, long plane, const struct bc_shape *s)
{
    long section = s->nplane == 1 ? plane_of_section(image->name) : 0, n;

    if (s->nplane > 1) {
        band_of_plane(&image->header, (plane - 1) % s->axis[2], s->axis[2], image->band,
                      sizeof image->band);
    } else if (section > 0) {
        n = count_bands(&image->header);
        if (section <= n)
            band_of_plane(&image->header, section - 1, n, image->band, sizeof image->band);
    }
    if (image->band[0] == '\0')
        band_of_image(&image->header, image->band, sizeof image->band);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* What a cube's plane is called. */
static bc_status
name_plane(bc_image *image, long plane)
{
    size_t size = strlen(image->name) + 32;
    char  *name = malloc(size);

    if (name == NULL)
        return bc_fail_memory(size, "a name");
    snprintf(name, size, "%s%s%ld", image->name, PLANE, plane);
    free(image->name);
    image->name = name;
    return BC_OK;
}

/* The pixels of Pan-STARRS's stacks are v = a asinh((flux - BOFFSET) / (2 BSOFTEN)), a = 2.5 / ln 10 (Waters et al.
 * 2020, ApJS 251, 4).  Whoever gave them a unit of flux has made them linear. */
static void
find_asinh(bc_image *image)
{
    double softening = bc_header_number(&image->header, "BSOFTEN");
    double offset = bc_header_number(&image->header, "BOFFSET");

    if (!(softening > 0.0) || isnan(offset) || !isnan(bc_unit_zeropoint(image->unit, 1.0)))
        return;
    image->softening = softening;
    image->offset = offset;
    bc_header_delete(&image->header, "BSOFTEN");
    bc_header_delete(&image->header, "BOFFSET");
    bc_image_note(image, "its asinh magnitudes made linear by BSOFTEN %g, BOFFSET %g", softening, offset);
}

/* Why an astronomer might miss IMAGE's place on the sky. */
static void
note_sky(bc_image *image)
{
    char tables[240];

    bc_header_sky_tables(&image->header, tables, sizeof tables);
    if (*tables != '\0')
        bc_image_note(image, "%s", tables);
    if (image->wcs == NULL && image->why[0] != '\0')
        bc_image_note(image, "its sky coordinates cannot be used (%s)", image->why);
}

/* All but the pixels. */
static bc_status
describe(bc_image *image, long plane)
{
    struct bc_shape s;
    int             steps;
    bc_status       st = bc_image_measure(image->name, image->file, &s);

    if (st == BC_OK)
        st = bc_fits_read_header(image->file, &image->header);
    if (st != BC_OK)
        return st;
    if (plane < 0 || plane > s.nplane)
        return bc_fail(plane < 0 ? BC_BAD_ARG : BC_BAD_SHAPE, "%s has %ld plane%s, not a plane %ld", image->name,
                       s.nplane, s.nplane == 1 ? "" : "s", plane);
    if (plane == 0 && s.nplane > 1)
        return fail_cube(image->name, &image->header, &s);
    image->nx = s.axis[0];
    image->ny = s.axis[1];
    image->first = plane > 1 ? (plane - 1) * image->nx * image->ny : 0;
    image->row = calloc((size_t)image->ny, sizeof *image->row);
    if (image->row == NULL)
        return bc_fail_memory((size_t)image->ny * sizeof *image->row, "the rows of an image");
    st = bc_header_section(&image->header, image->name, image->nx, image->ny, &steps);
    if (st == BC_OK)
        st = bc_wcs_open(&image->header, &image->wcs, image->why, sizeof image->why);
    if (st == BC_OK)
        note_sky(image);
    if (st == BC_OK && !bc_header_text(&image->header, "BUNIT", image->unit, sizeof image->unit))
        bc_header_text(&image->header, "IMUNIT", image->unit, sizeof image->unit); /* Illustris */
    if (st == BC_OK)
        find_asinh(image);
    if (st == BC_OK && steps > 1 && !bc_unit_is_brightness(image->unit))
        bc_image_note(image, "its section takes one pixel of %d, so that fluxes are too low by as much", steps);
    if (st == BC_OK)
        find_band(image, plane, &s);
    if (st == BC_OK)
        bc_calibration_compare(image);
    if (st == BC_OK && s.nplane > 1)
        st = name_plane(image, plane);
    if (st == BC_OK)
        st = bc_masks_find(image);
    return st == BC_OK ? bc_image_judge_zeros(image, s.bitpix) : st;
}

bc_status
bc_image_open_rows(const char *name, long plane, bc_image **image_p)
{
    bc_image *image;
    bc_status st = bc_need_text(name, "the name of an image");

    if (st != BC_OK)
        return st;
    image = calloc(1, sizeof *image);
    if (image == NULL || (image->name = strdup(name)) == NULL) {
        free(image);
        return bc_fail_memory(sizeof *image, "an image");
    }
    bc_image_calibrate(image, (double)NAN, (double)NAN);
    st = bc_fits_open(name, &image->file);
    if (st == BC_OK)
        st = describe(image, plane);
    if (st == BC_OK)
        *image_p = image;
    else
        bc_image_close(image);
    return st;
}
