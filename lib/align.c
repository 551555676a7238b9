/* align.c -- images of one field on one grid.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "memory.h"
#include "offset.h"
#include "seeing.h"
#include "smooth.h"
#include "threads.h"

struct bc_alignment {
    int              n;
    bc_image       **image;         /* as given, or in its place */
    bc_image       **made;          /* what was made of it; NULL = nothing */
    bc_image       **sharp;         /* what that was before it was convolved; NULL = it was not */
    bc_align_report *report;
};

static const bc_align_options defaults = { .resample = "auto" };

void
bc_alignment_close(bc_alignment *a)
{
    int i;

    if (a == NULL)
        return;
    for (i = 0; a->made != NULL && i < a->n; i++)
        bc_image_close(a->made[i]);
    for (i = 0; a->sharp != NULL && i < a->n; i++)
        bc_image_close(a->sharp[i]);
    free(a->made);
    free(a->sharp);
    free(a->image);
    free(a->report);
    free(a);
}

bc_image *
bc_alignment_image(const bc_alignment *a, int i)
{
    return i >= 0 && i < a->n ? a->image[i] : NULL;
}

bc_status
bc_alignment_report(const bc_alignment *a, int i, bc_align_report *report_p)
{
    if (i < 0 || i >= a->n)
        return bc_fail(BC_BAD_ARG, "image %d of %d", i, a->n);
    *report_p = a->report[i];
    return BC_OK;
}

static bc_status
new_alignment(bc_image *const *images, int n, bc_alignment **a_p)
{
    bc_alignment *a = calloc(1, sizeof *a);

    if (a != NULL) {
        a->n = n;
        a->image = calloc((size_t)n, sizeof *a->image);
        a->made = calloc((size_t)n, sizeof *a->made);
        a->sharp = calloc((size_t)n, sizeof *a->sharp);
        a->report = calloc((size_t)n, sizeof *a->report);
    }
    if (a == NULL || a->image == NULL || a->made == NULL || a->sharp == NULL
        || a->report == NULL) {
        bc_alignment_close(a);
        return bc_fail_memory((size_t)n * sizeof *a->report, "images");
    }
    memcpy(a->image, images, (size_t)n * sizeof *images);
    *a_p = a;
    return BC_OK;
}

/* Images without sky coordinates can be aligned by their size only. */
static bc_status
place(bc_alignment *a, int i, const bc_image *reference, const bc_align_options *o, size_t memory)
{
    const char       *how = o->resample != NULL ? o->resample : "auto";
    bc_regrid_options ro = { .method = how, .threads = o->threads, .memory = memory };
    double            tolerance = o->tolerance > 0.0 ? o->tolerance : 0.1;
    bc_status         st;

    st = bc_image_same_grid(reference, a->image[i], tolerance, &a->report[i].by_size);
    if (st == BC_OK || strcmp(how, "no") == 0
        || !bc_image_has_wcs(reference) || !bc_image_has_wcs(a->image[i]))
        return st;
    st = bc_image_regrid(a->image[i], reference, &ro, &a->made[i]);
    if (st != BC_OK)
        return st;
    a->image[i] = a->made[i];
    a->report[i].resampled = 1;
    return BC_OK;
}

/* ---- is each where it says it is? ------------------------------------------------------------ */

/* The image at I, resampled from IMAGE, against what ANCHOR shows. */
static bc_status
check_place(bc_alignment *a, int i, const bc_image *image, const bc_image *anchor, int force)
{
    bc_align_report *r = &a->report[i];
    struct bc_offset o;
    bc_status        st = bc_offset_find(anchor, image, &o);

    if (st != BC_OK || !o.is_clear)
        return st;
    r->is_off = 1;
    r->off_pixels = o.pixels;
    r->off_arcsec = o.arcsec;
    if (!force)
        return bc_fail(BC_BAD_SHAPE, "%s: what it shows is %.1f pixels (%.2f arcsec) from where its "
                       "sky coordinates put it, compared with %s: those of one of the two are wrong, or they "
                       "show two objects (force=yes goes on)", image->name, o.pixels, o.arcsec, anchor->name);
    bc_image_note(a->image[i], "what it shows is %.1f pixels (%.2f arcsec) from where its sky "
                  "coordinates put it, compared with %s", o.pixels, o.arcsec, anchor->name);
    return BC_OK;
}

static bc_status
check_places(bc_alignment *a, bc_image *const *images, const bc_image *reference, int force)
{
    const bc_image *anchor = images[0];
    int             i;
    bc_status       st = BC_OK;

    for (i = 0; i < a->n; i++)
        if (images[i] == reference)
            anchor = reference;
    for (i = 0; st == BC_OK && i < a->n; i++)
        if (a->report[i].resampled && images[i] != anchor)
            st = check_place(a, i, images[i], anchor, force);
    return st;
}

/* ---- how sharp is each? ---------------------------------------------------------------------- */

/* To the broadest PSF that is known. */
static bc_status
match(bc_alignment *a)
{
    double    broadest = 0.0, blur, scale;
    int       i;
    bc_status st = BC_OK;

    for (i = 0; i < a->n; i++)
        broadest = fmax(broadest, a->report[i].fwhm);      /* NaN counts for nothing */
    for (i = 0; st == BC_OK && i < a->n; i++) {
        blur = sqrt(broadest * broadest - a->report[i].fwhm * a->report[i].fwhm);
        scale = bc_image_pixel_scale(a->image[i]);
        if (!(a->report[i].fwhm < 0.98 * broadest) || !(scale > 0.0))
            continue;
        a->sharp[i] = a->made[i];
        a->made[i] = NULL;
        st = bc_image_smooth(a->image[i], blur / scale / 2.35482, &a->made[i]);
        if (st != BC_OK)
            continue;
        a->image[i] = a->made[i];
        a->report[i].blur = blur;
        bc_image_note(a->image[i], "convolved with a Gaussian of FWHM %.2f arcsec", blur);
    }
    return st;
}

static bc_status
measure_psf(bc_alignment *a, bc_image *const *images, const char *psf, int force)
{
    int       matched = psf != NULL && strcmp(psf, "match") == 0, any = matched, i;
    bc_status st = BC_OK;

    for (i = 0; i < a->n; i++)
        any = any || a->report[i].resampled;
    for (i = 0; i < a->n; i++)
        a->report[i].fwhm = (double)NAN;
    for (i = 0; any && (psf == NULL || strcmp(psf, "no") != 0) && st == BC_OK && i < a->n; i++) {
        bc_align_report *r = &a->report[i];

        st = bc_seeing(images[i], &r->fwhm, r->fwhm_from, sizeof r->fwhm_from);
        if (st == BC_OK && !isnan(r->fwhm))
            bc_image_note(a->image[i], "PSF of %.2f arcsec (%s)", r->fwhm, r->fwhm_from);
        else if (st == BC_OK && matched && a->n > 1 && !force)
            st = bc_fail(BC_BAD_SHAPE, "%s: the width of its PSF is not known for psf=match: it has too few stars of "
                         "one width, and no card PSF_FWHM, FWHM or SEEING (force=yes leaves it as it is)",
                         bc_image_name(images[i]));
        else if (st == BC_OK && matched)
            bc_image_note(a->image[i], "the width of its PSF is not known, it stays as sharp as it is");
    }
    return st == BC_OK && matched ? match(a) : st;
}

/* TEXT is NULL, or one of WORDS. */
static bc_status
check_word(const char *what, const char *text, const char *const *words)
{
    while (text != NULL && *words != NULL && strcmp(text, *words) != 0)
        words++;
    return *words != NULL ? BC_OK : bc_fail(BC_BAD_ARG, "%s=%s is not known", what, text);
}

static bc_status
check(bc_image *const *images, int n, const bc_image *reference, const bc_align_options *o)
{
    static const char *const resample[] = { "auto", "exact", "lanczos", "bilinear", "no", NULL };
    static const char *const psf[] = { "report", "match", "no", NULL };
    int                      i;
    bc_status                st;

    if (n < 1 || images == NULL || reference == NULL)
        return bc_fail(BC_BAD_ARG, "no image is to be aligned, or there is none to align it with");
    for (i = 0; i < n; i++)
        if (images[i] == NULL)
            return bc_fail(BC_BAD_ARG, "image %d of %d is missing", i + 1, n);
    if (!(o->tolerance >= 0.0))
        return bc_fail(BC_BAD_ARG, "grids cannot differ by %g pixels", o->tolerance);
    st = check_word("resample", o->resample, resample);
    if (st == BC_OK)
        st = check_word("psf", o->psf, psf);
    return st == BC_OK ? bc_threads_check(o->threads) : st;
}

bc_status
bc_align(bc_image *const *images, int n, const bc_image *reference, const bc_align_options *o,
         bc_alignment **alignment_p)
{
    bc_alignment *a = NULL;
    size_t        memory;
    int           i;
    bc_status     st;

    o = o != NULL ? o : &defaults;
    st = check(images, n, reference, o);
    if (st == BC_OK)
        st = new_alignment(images, n, &a);
    if (st != BC_OK)
        return st;
    memory = (o->memory > 0 ? o->memory : bc_memory_free() / 4) / (size_t)n;
    for (i = 0; st == BC_OK && i < n; i++)
        st = place(a, i, reference, o, memory);
    if (st == BC_OK)
        st = check_places(a, images, reference, o->force);
    if (st == BC_OK)
        st = measure_psf(a, images, o->psf, o->force);
    if (st == BC_OK)
        *alignment_p = a;
    else
        bc_alignment_close(a);
    return st;
}
