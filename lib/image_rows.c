/* image_rows.c -- pixels from the file, by rows or all of them, and which of them are no data.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "blank.h"
#include "fits.h"
#include "image.h"

/* ---- by rows --------------------------------------------------------------------------------- */

/* The runs of zeros in NY rows from row Y on. */
static bc_status
flag_blank(const bc_image *image, long y, long ny, const float *pixels, unsigned char *flags)
{
    size_t n = (size_t)(ny * image->nx);
    float *most = NULL;

    if (image->rounding != NULL) {
        most = malloc(n * sizeof *most);
        if (most == NULL)
            return bc_fail_memory(n * sizeof *most, "the rounding of pixels");
        bc_rounding_most(image->rounding, image->first + y * image->nx, (long)n, most);
    }
    bc_blank_find(pixels, most, image->nx, ny, flags);
    free(most);
    return BC_OK;
}

/* Pixels and flags of NY rows from row Y on, and of as many rows around them as it takes to see all
 * runs of zeros. */
struct piece {
    long           y, ny, from, to;
    float         *pixels;
    unsigned char *flags;
};

/* Asinh magnitudes become fluxes; NaN where they are no numbers, or those of no float. */
static void
make_linear(const bc_image *image, float *pixels, long n)
{
    const double a = 2.5 / log(10.0);
    double       flux;
    long         i;

    for (i = 0; i < n; i++) {
        flux = image->offset + 2.0 * image->softening * sinh(pixels[i] / a);
        pixels[i] = fabs(flux) <= FLT_MAX ? (float)flux : NAN;
    }
}

static bc_status
read_piece(const bc_image *image, struct piece *p)
{
    long      first = p->from * image->nx, n = (p->to - p->from) * image->nx, i;
    int       k;
    bc_status st = bc_fits_read(image->file, image->first + first, n, p->pixels);

    if (st != BC_OK)
        return st;
    memset(p->flags, 0, (size_t)n);
    if (image->filling)
        st = flag_blank(image, p->from, p->to - p->from, p->pixels, p->flags);
    if (image->softening > 0.0)
        make_linear(image, p->pixels, n);
    for (i = 0; i < n; i++)
        p->flags[i] |= isfinite(p->pixels[i]) ? 0 : BC_NO_DATUM;
    for (k = 0; k < image->nmask && st == BC_OK; k++)
        st = bc_mask_apply(&image->mask[k], p->y * image->nx, p->ny * image->nx,
                           p->flags + (p->y - p->from) * image->nx);
    for (i = 0; i < n; i++)
        if (p->flags[i] != 0)
            p->pixels[i] = NAN;
    return st;
}

static void
count_bad(const bc_image *image, long y, long ny, const unsigned char *flags)
{
    struct bc_row *row;
    long           x;

    for (; ny > 0; ny--, y++) {
        row = &image->row[y];
        *row = (struct bc_row){ 0 };
        for (x = 0; x < image->nx; x++, flags++) {
            row->no_datum += (*flags & BC_NO_DATUM) != 0;
            row->flagged += (*flags & BC_FLAGGED) != 0;
            row->blank += (*flags & BC_BLANK) != 0;
            row->outside += (*flags & BC_OUTSIDE) != 0;
        }
    }
}

/* From the file; where PIXELS and FLAGS take all that is read, straight into them. */
static bc_status
read_rows(const bc_image *image, long y, long ny, float *pixels, unsigned char *flags)
{
    struct piece p = { y, ny, y, y + ny, pixels, flags };
    size_t       n, skip;
    int          whole;
    bc_status    st;

    if (image->filling) {
        p.from = y < BC_BLANK_RUN - 1 ? 0 : y - (BC_BLANK_RUN - 1);
        p.to = image->ny - y - ny < BC_BLANK_RUN - 1 ? image->ny : y + ny + BC_BLANK_RUN - 1;
    }
    whole = p.to - p.from == ny;
    n = (size_t)((p.to - p.from) * image->nx);
    skip = (size_t)((y - p.from) * image->nx);
    p.pixels = whole ? pixels : malloc(n * sizeof *pixels);
    p.flags = whole && flags != NULL ? flags : malloc(n);
    if (p.pixels == NULL || p.flags == NULL)
        st = bc_fail_memory(n * (sizeof *pixels + 1), "rows of an image");
    else
        st = read_piece(image, &p);
    if (st == BC_OK) {
        count_bad(image, y, ny, p.flags + skip);
        n = (size_t)(ny * image->nx);
        if (p.pixels != pixels)
            memcpy(pixels, p.pixels + skip, n * sizeof *pixels);
        if (flags != NULL && p.flags != flags)
            memcpy(flags, p.flags + skip, n);
    }
    if (p.pixels != pixels)
        free(p.pixels);
    if (p.flags != flags)
        free(p.flags);
    return st;
}

/* From its maker, which wants to say why a pixel is NaN. */
static bc_status
make_rows(const bc_image *image, long y, long ny, float *pixels, unsigned char *flags)
{
    size_t         n = (size_t)(ny * image->nx);
    unsigned char *why = flags != NULL ? flags : malloc(n);
    bc_status      st;

    if (why == NULL)
        return bc_fail_memory(n, "rows of an image");
    st = image->maker->rows(image->maker, y, ny, pixels, why);
    if (st == BC_OK)
        count_bad(image, y, ny, why);
    if (why != flags)
        free(why);
    return st;
}

bc_status
bc_image_rows(const bc_image *image, long y, long ny, float *pixels, unsigned char *flags)
{
    long first = y * image->nx, n = ny * image->nx, i;

    if (y < 0 || ny < 1 || ny > image->ny - y)
        return bc_fail(BC_BAD_ARG, "%s: %ld rows from row %ld of %ld", image->name, ny, y,
                       image->ny);
    if (image->file != NULL)
        return read_rows(image, y, ny, pixels, flags);
    if (image->maker != NULL && image->pixels == NULL)
        return make_rows(image, y, ny, pixels, flags);
    memcpy(pixels, image->pixels + first, (size_t)n * sizeof *pixels);
    for (i = 0; flags != NULL && i < n; i++)
        flags[i] = image->flags != NULL      ? image->flags[first + i]
                   : isfinite(pixels[i]) ? 0 : BC_NO_DATUM;
    return BC_OK;
}

/* ---- all of them ----------------------------------------------------------------------------- */

void
bc_image_close_file(bc_image *image)
{
    bc_masks_close(image);
    bc_fits_close(image->file);
    image->file = NULL;
    free(image->rounding);
    image->rounding = NULL;
}

bc_status
bc_image_load(bc_image *image)
{
    size_t    n = (size_t)image->nx * (size_t)image->ny;
    bc_status st;

    if (image->pixels != NULL)
        return BC_OK;
    st = bc_image_allocate(image);
    if (st != BC_OK)
        return st;
    image->flags = malloc(n);
    if (image->flags == NULL)
        return bc_fail_memory(n, "an image");
    st = image->file != NULL ? read_rows(image, 0, image->ny, image->pixels, image->flags)
                             : make_rows(image, 0, image->ny, image->pixels, image->flags);
    if (st != BC_OK)
        return st;
    if (bc_image_bad(image, BC_FLAGGED | BC_BLANK | BC_OUTSIDE) == 0) {
        free(image->flags);
        image->flags = NULL;
    }
    bc_image_close_file(image);
    return BC_OK;
}

bc_status
bc_image_open(const char *name, long plane, bc_image **image_p)
{
    bc_image *image;
    bc_status st = bc_image_open_rows(name, plane, &image);

    if (st != BC_OK)
        return st;
    st = bc_image_load(image);
    if (st == BC_OK)
        *image_p = image;
    else
        bc_image_close(image);
    return st;
}

/* The image extension EXTNAME in IMAGE's file; *f_p = NULL if there is none of its size. */
static bc_status
open_extension(const bc_image *image, const char *extname, struct bc_fits **f_p)
{
    int             here = bc_fits_here(image->file), count = bc_fits_count(image->file), bitpix, naxis, i;
    long            axis[9];
    struct bc_hdu   hdu;
    struct bc_fits *f = NULL;
    bc_status       st = BC_OK;

    for (i = 1; i <= count && st == BC_OK && f == NULL; i++) {
        st = bc_fits_move(image->file, NULL, i);
        if (st == BC_OK)
            st = bc_fits_describe(image->file, &hdu);
        if (st == BC_OK && i != here && hdu.is_image && strcmp(hdu.extname, extname) == 0)
            st = bc_fits_open_beside(image->file, i, &f);
    }
    if (st == BC_OK)
        st = bc_fits_move(image->file, NULL, here);
    if (st == BC_OK && f != NULL)
        st = bc_fits_image_size(f, &bitpix, &naxis, axis);
    if (st != BC_OK || f == NULL || naxis != 2 || axis[0] != image->nx || axis[1] != image->ny) {
        bc_fits_close(f);
        f = NULL;
    }
    *f_p = f;
    return st;
}

bc_status
bc_image_read_plane(bc_image *image, const char *extname)
{
    long            n = image->nx * image->ny;
    struct bc_fits *f = NULL;
    float          *pixels;
    bc_status       st;

    if (image->file == NULL)
        return bc_fail(BC_BAD_ARG, "%s: its pixels have been read already", image->name);
    st = bc_need_text(extname, "the name of a plane");
    if (st == BC_OK)
        st = open_extension(image, extname, &f);
    if (st != BC_OK || f == NULL)
        return st;
    pixels = malloc((size_t)n * sizeof *pixels);
    st = pixels == NULL ? bc_fail_memory((size_t)n * sizeof *pixels, extname) : bc_fits_read(f, 0, n, pixels);
    if (st == BC_OK)
        st = bc_image_set_plane(image, extname, pixels);
    free(pixels);
    bc_fits_close(f);
    return st;
}

/* ---- what is bad ----------------------------------------------------------------------------- */

/* Some bands of rows, spread evenly, tell whether zeros are a filling; of small images all rows.
 * Integers have zeros by chance. */
bc_status
bc_image_judge_zeros(bc_image *image, int bitpix)
{
    enum { BAND = 16, ENOUGH = 1 << 20 };
    long      nband = ENOUGH / image->nx / BAND > 1 ? ENOUGH / image->nx / BAND : 2, i, y;
    long      rows = nband * BAND < image->ny ? BAND : image->ny;
    size_t    bytes, from;
    float    *some, *most = NULL;
    bc_status st;

    if (bitpix > 0)
        return BC_OK;
    nband = rows == image->ny ? 1 : nband;
    bytes = (size_t)(nband * rows * image->nx) * sizeof *some;
    some = malloc(bytes);
    if (some == NULL)
        return bc_fail_memory(bytes, "some rows");
    st = bc_fits_rounding(image->file, &image->rounding);
    if (image->rounding != NULL && (most = malloc(bytes)) == NULL)
        st = bc_fail_memory(bytes, "some rows");
    for (i = 0; i < nband && st == BC_OK; i++) {
        y = nband == 1 ? 0 : (long)((double)i * (double)(image->ny - rows) / (double)(nband - 1));
        from = (size_t)(i * rows * image->nx);
        st = bc_fits_read(image->file, image->first + y * image->nx, rows * image->nx, some + from);
        if (most != NULL)
            bc_rounding_most(image->rounding, image->first + y * image->nx, rows * image->nx, most + from);
    }
    if (st == BC_OK)
        st = bc_blank_judge(some, most, image->nx, nband * rows, &image->filling);
    free(most);
    free(some);
    return st;
}

bc_status
bc_image_mask(bc_image *image, const char *name)
{
    if (image->file == NULL)
        return bc_fail(BC_BAD_ARG, "%s: its pixels have been read already", image->name);
    if (name == NULL)
        return bc_need_text(name, "the name of a mask");
    bc_masks_close(image);
    image->masks[0] = '\0';
    if (*name == '\0')
        return bc_masks_find(image);
    return strcmp(name, "none") == 0 ? BC_OK : bc_mask_add(image, name);
}

long
bc_image_bad(const bc_image *image, int why)
{
    long y, n = 0;

    for (y = 0; image->row != NULL && y < image->ny; y++)
        n += ((why & BC_NO_DATUM) != 0 ? image->row[y].no_datum : 0)
             + ((why & BC_FLAGGED) != 0 ? image->row[y].flagged : 0)
             + ((why & BC_BLANK) != 0 ? image->row[y].blank : 0)
             + ((why & BC_OUTSIDE) != 0 ? image->row[y].outside : 0);
    return n;
}

const char *
bc_image_masks(const bc_image *image)
{
    return image->masks;
}
