/* mask.c -- images that say which pixels of another image are bad: beside it in its file, or named.
 *
 * In a file an image and its masks have one EXTVER, and EXTNAMEs that differ in the word for what
 * each is: SCI and DQ, g and invvar_g, CCD2.SCI and CCD2.WHT, none and MASK.  Cutouts of the Legacy
 * Surveys have IMAGETYP in the place of EXTNAME.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "mask.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fits.h"
#include "image.h"

enum { NAME = 72, PIECE = 65536 };

static const struct {
    const char       *words;
    enum bc_mask_kind kind;
} kinds[] = {
    { " DQ DQM MASK MSK BPM BADPIX FLAG FLAGS FLG ", BC_MASK_BITS },
    { " WHT WEIGHT WEIGHTS WGT WT IVAR INVVAR ", BC_MASK_WEIGHT },
    { " ERR ERROR RMS SIGMA STDDEV UNCERT VAR VARIANCE ", BC_MASK_ERROR },
};

/* What the image itself may be called. */
static const char science[] = " SCI SCIENCE IMAGE IMG DATA PRIMARY COADD COMPRESSED ";

/* Mask planes of LSST and HSC, which number theirs in cards MP_name, whose pixels were not
 * measured.  Others say that something was detected, or repaired. */
static const char *const planes[] = { "MP_BAD", "MP_SAT", "MP_NO_DATA" };

/* ---- by their names -------------------------------------------------------------------------- */

/* What kind of mask NAME names; REST gets its other words but for those of images, with dots. */
static enum bc_mask_kind
read_name(const char *name, char rest[NAME])
{
    enum bc_mask_kind kind = BC_MASK_NONE;
    char              word[NAME + 2], *end;
    size_t            n = 0, i;

    rest[0] = '\0';
    while (*name != '\0') {
        end = word;
        *end++ = ' ';
        for (; isalnum((unsigned char)*name) && end < word + NAME; name++)
            *end++ = (char)toupper((unsigned char)*name);
        strcpy(end, " ");
        for (i = 0; i < 3 && strstr(kinds[i].words, word) == NULL; i++)
            continue;
        if (end > word + 1 && i < 3 && kind == BC_MASK_NONE) {
            kind = kinds[i].kind;
        } else if (end > word + 1 && strstr(science, word) == NULL) {
            *end = '\0';
            n += (size_t)snprintf(rest + n, NAME - n, "%s.", word + 1);
            n = n < NAME ? n : NAME - 1;
        }
        name += *name != '\0' && !isalnum((unsigned char)*name);
    }
    return kind;
}

/* Which bits of a mask with header H mean that a pixel is bad. */
static uint64_t
bad_bits(const struct bc_image *image, const struct bc_header *h)
{
    char     telescope[NAME];
    uint64_t bits = 0;
    size_t   i;
    int      bit, named = 0;

    for (i = 0; i < sizeof planes / sizeof planes[0]; i++) {
        bit = bc_header_integer(h, planes[i], 0, 63);
        named += bit >= 0;
        bits |= bit >= 0 ? UINT64_C(1) << bit : 0;
    }
    if (named > 0)
        return bits;
    if (bc_header_text(&image->header, "TELESCOP", telescope, sizeof telescope)
        && (strcmp(telescope, "JWST") == 0 || strcmp(telescope, "ROMAN") == 0))
        return 1;                       /* DO_NOT_USE; the others say what happened to a pixel */
    if (bc_header_find(&image->header, "BCMODEL") >= 0)
        return BC_NO_PREDICTION;        /* ours; the others are of pixels that have one */
    return UINT64_MAX;
}

/* N floats of F from FIRST on, in a file called NAME, which says neither mask nor weight: a weight, but where they are
 * 0 and 1 alone they may be either, and the rarer one is the bad one.  A note on IMAGE says so. */
static bc_status
judge_floats(struct bc_image *image, struct bc_fits *f, long first, long n, const char *name, enum bc_mask_kind *kind_p)
{
    double   *values = malloc(PIECE * sizeof *values);
    long      zeros = 0, ones = 0, others = 0, i, m;
    int       is_mask;
    bc_status st = values != NULL ? BC_OK : bc_fail_memory(PIECE * sizeof *values, "a mask");

    for (; st == BC_OK && others == 0 && n > 0; first += m, n -= m) {
        m = n < PIECE ? n : PIECE;
        st = bc_fits_read_double(f, first, m, values);
        for (i = 0; st == BC_OK && i < m; i++) {
            zeros += values[i] == 0.0;
            ones += values[i] == 1.0;
            others += isfinite(values[i]) && values[i] != 0.0 && values[i] != 1.0;
        }
    }
    free(values);
    is_mask = others == 0 && ones < zeros;
    *kind_p = is_mask ? BC_MASK_BITS : BC_MASK_WEIGHT;
    if (st == BC_OK && others == 0)
        bc_image_note(image, "%s holds 0 and 1 alone: taken for a %s, bad where %d (%s in its name would say "
                      "otherwise)", name, is_mask ? "mask" : "weight", is_mask, is_mask ? "weight" : "mask");
    return st;
}

/* ---- adding one ------------------------------------------------------------------------------ */

/* The image of the current HDU of F becomes a mask, called NAME; F is taken over.  Not if its shape
 * is another one: *added_p. */
static bc_status
add(struct bc_image *image, struct bc_fits *f, enum bc_mask_kind kind, const char *name,
    int *added_p)
{
    struct bc_header h = { NULL, 0, 0 };
    struct bc_mask   mask = { .file = f, .kind = kind != BC_MASK_NONE ? kind : BC_MASK_BITS };
    struct bc_shape  s;
    long             n = image->nx * image->ny;
    size_t           end = strlen(image->masks);
    bc_status        st = bc_fits_image_size(f, &s.bitpix, &s.naxis, s.axis);

    *added_p = st == BC_OK && s.naxis >= 2 && s.axis[0] == image->nx && s.axis[1] == image->ny
               && image->nmask < BC_MASKS;
    if (*added_p)
        st = bc_image_measure(name, f, &s);
    *added_p = *added_p && st == BC_OK && (s.nplane == 1 || image->first / n < s.nplane);
    if (*added_p)
        st = bc_fits_read_header(f, &h);
    mask.first = *added_p && s.nplane > 1 ? image->first : 0;
    if (st == BC_OK && *added_p && kind == BC_MASK_NONE && s.bitpix < 0)
        st = judge_floats(image, f, mask.first, n, name, &mask.kind);
    if (st != BC_OK || !*added_p) {
        bc_header_free(&h);
        bc_fits_close(f);
        return st;
    }
    mask.bits = bad_bits(image, &h);
    image->mask[image->nmask++] = mask;
    snprintf(image->masks + end, sizeof image->masks - end, "%s%s", end > 0 ? ", " : "", name);
    bc_header_free(&h);
    return BC_OK;
}

bc_status
bc_masks_find(struct bc_image *image)
{
    struct bc_fits   *f = image->file, *g;
    struct bc_hdu     own, hdu;
    char              own_rest[NAME], rest[NAME];
    const char       *name;
    int               here = bc_fits_here(f), count = bc_fits_count(f), i, added;
    enum bc_mask_kind kind;
    bc_status         st = bc_fits_describe(f, &own);

    if (st != BC_OK || read_name(own.extname, own_rest) != BC_MASK_NONE)
        return st;
    for (i = 1; i <= count && st == BC_OK; i++) {
        st = i == here ? BC_OK : bc_fits_move(f, NULL, i);
        if (i == here || st != BC_OK)
            continue;
        st = bc_fits_describe(f, &hdu);
        name = hdu.extname[0] != '\0' ? hdu.extname : hdu.imagetyp;
        kind = read_name(name, rest);
        if (st != BC_OK || !hdu.is_image || kind == BC_MASK_NONE || hdu.extver != own.extver
            || strcmp(rest, own_rest) != 0)
            continue;
        st = bc_fits_open_beside(f, i, &g);
        if (st == BC_OK && g != NULL)
            st = add(image, g, kind, name, &added);
    }
    return st == BC_OK ? bc_fits_move(f, NULL, here) : st;
}

/* By the name of its extension or its file, "g.weight.fits"; if they do not say, add() goes by its
 * pixels. */
static bc_status
kind_of(const char *name, struct bc_fits *f, enum bc_mask_kind *kind_p)
{
    const char   *base, *bracket = name + strcspn(name, "[");
    char          text[NAME], rest[NAME];
    struct bc_hdu hdu;
    bc_status     st = bc_fits_describe(f, &hdu);

    *kind_p = read_name(hdu.extname, rest);
    if (*kind_p != BC_MASK_NONE)
        return st;
    for (base = bracket; base > name && base[-1] != '/'; base--)
        continue;
    snprintf(text, sizeof text, "%.*s", (int)(bracket - base), base);
    *kind_p = read_name(text, rest);
    return st;
}

bc_status
bc_mask_add(struct bc_image *image, const char *name)
{
    bc_image         *mask = NULL;
    struct bc_fits   *f = NULL;
    enum bc_mask_kind kind = BC_MASK_NONE;
    int               added = 0;
    bc_status         st = bc_image_open_rows(name, 0, &mask);

    if (st == BC_OK)
        st = bc_image_same_grid(image, mask, 0.1, NULL);
    bc_image_close(mask);
    if (st == BC_OK)
        st = bc_fits_open(name, &f);
    if (st == BC_OK)
        st = kind_of(name, f, &kind);
    if (st == BC_OK)
        return add(image, f, kind, name, &added);
    bc_fits_close(f);
    return st;
}

void
bc_masks_close(struct bc_image *image)
{
    while (image->nmask > 0)
        bc_fits_close(image->mask[--image->nmask].file);
}

/* ---- using one ------------------------------------------------------------------------------- */

static int
is_bad(const struct bc_mask *mask, double value)
{
    if (mask->kind == BC_MASK_WEIGHT)
        return !(value > 0.0);
    if (mask->kind == BC_MASK_ERROR || mask->bits == UINT64_MAX)
        return !isfinite(value) || (mask->kind == BC_MASK_BITS && value != 0.0);
    if (!(fabs(value) < 0x1p63))
        return !(value >= 0x1p63 && value < 0x1p64) || ((uint64_t)value & mask->bits) != 0;
    return ((uint64_t)(int64_t)value & mask->bits) != 0;
}

bc_status
bc_mask_apply(const struct bc_mask *mask, long from, long n, unsigned char *flags)
{
    double   *values = malloc(PIECE * sizeof *values);
    long      i, m;
    bc_status st = BC_OK;

    if (values == NULL)
        return bc_fail_memory(PIECE * sizeof *values, "a mask");
    for (; n > 0 && st == BC_OK; from += m, flags += m, n -= m) {
        m = n < PIECE ? n : PIECE;
        st = bc_fits_read_double(mask->file, mask->first + from, m, values);
        for (i = 0; i < m && st == BC_OK; i++)
            flags[i] |= is_bad(mask, values[i]) ? BC_FLAGGED : 0;
    }
    free(values);
    return st;
}
