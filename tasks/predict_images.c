/* predict_images.c -- the images of one prediction: which is which, on one grid.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_images.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "task.h"

/* Which band image I is: said by the user, else its header's. */
static const char *
band_of(const struct job *j, int i)
{
    return j->bands.n > 0 ? j->bands.text[i] : bc_image_band(j->image[i]);
}

/* "g DECam SDSS c0001 4720.0 1520.0" is g */
static const char *
short_name(const char *band)
{
    const bc_band *known = bc_band_find(band);

    return known != NULL ? known->name : band;
}

/* "of g, z", or what stands for none. */
static void
bands_text(const struct job *j, char *text, size_t size)
{
    size_t n = 0;
    int    i;

    snprintf(text, size, "of no band that is known");
    for (i = 0; i < j->nimage && n < size; i++)
        if (*band_of(j, i) != '\0')
            n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? ", " : "of ", short_name(band_of(j, i)));
}

/* A header that contradicts bands= may be wrong, or the order of bands= is. */
static void
compare_headers(const struct job *j)
{
    int i;

    for (i = 0; i < j->bands.n; i++) {
        const char *said = bc_image_band(j->image[i]);

        if (bc_band_find(said) != NULL && !bc_band_same(said, j->bands.text[i]))
            task_say(1, "%s: taken for %s as bands= says; its header says %s", bc_image_name(j->image[i]),
                     j->bands.text[i], short_name(said));
    }
}

/* Put the images into the model's order: by their bands, or as they come if none is known.  A cube may hold more planes
 * than the model needs; their bands must then be known. */
static bc_status
order_bands(struct job *j)
{
    char there[200];
    int  i, b, need = bc_model_inputs(j->model), named = 0;

    for (i = 0; i < j->nimage; i++)
        named += *band_of(j, i) != '\0';
    if (named == 0 && j->nimage == need) {
        task_say(1, "no FILTER card: the images are taken in the model's order");
        for (i = 0; i < need; i++)
            j->band[i] = j->image[i];
        return BC_OK;
    }
    for (b = 0; b < need; b++) {
        for (i = 0; i < j->nimage; i++)
            if (bc_band_same(band_of(j, i), bc_model_input(j->model, b))) {
                if (j->band[b] != NULL)
                    return task_fail(j->bands.n > 0 ? BC_BAD_ARG : BC_BAD_SHAPE, "two images are of band %s",
                                     bc_model_input(j->model, b));
                j->band[b] = j->image[i];
            }
        if (j->band[b] == NULL) {
            bands_text(j, there, sizeof there);
            return task_fail(BC_BAD_SHAPE, "no image of band %s, which %s needs; there are images %s (bands= says "
                             "which is which)", bc_model_input(j->model, b), bc_model_name(j->model), there);
        }
    }
    compare_headers(j);
    return BC_OK;
}

/* One file per band, or one cube whose planes are the bands. */
static bc_status
open_images(struct job *j, const struct strings *names)
{
    long      planes = 1;
    int       i, need = bc_model_inputs(j->model), cube;
    bc_status st = BC_OK;

    if (names->n == 1 && need > 1)
        st = bc_image_count(names->text[0], &planes);
    cube = planes > 1;
    if (st == BC_OK && !cube && names->n != need)
        st = task_fail(BC_BAD_SHAPE, "%d image%s given, %s needs %d%s", names->n, task_s(names->n),
                       bc_model_name(j->model), need, names->n == 1 && strchr(names->text[0], '[') == NULL
                       ? " (extensions of one file are named each: m.fits[1],m.fits[2])" : "");
    if (st != BC_OK)
        return st;
    j->nimage = cube ? (int)planes : names->n;
    j->image = calloc((size_t)j->nimage, sizeof *j->image);
    j->band = calloc((size_t)need, sizeof *j->band);
    if (j->image == NULL || j->band == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    for (i = 0; st == BC_OK && i < j->nimage; i++)
        st = bc_image_open_rows(names->text[cube ? 0 : i], cube ? i + 1 : 0, &j->image[i]);
    return st;
}

/* One mask for all images, or one each. */
static bc_status
mask_images(struct job *j, const char *mask)
{
    struct strings masks = { 0 };
    int            i;
    bc_status      st = strings_split(mask, &masks);

    if (st == BC_OK && masks.n > 1 && masks.n != j->nimage)
        st = task_fail(BC_BAD_ARG, "mask= names %d masks for %d image%s", masks.n, j->nimage, task_s(j->nimage));
    for (i = 0; st == BC_OK && masks.n > 0 && i < j->nimage; i++)
        st = bc_image_mask(j->image[i], masks.text[masks.n > 1 ? i : 0]);
    strings_free(&masks);
    return st;
}

/* Number I of the list TEXT of KEY: one for all N, or one each; NaN for an empty list or "none". */
static bc_status
number_of(const char *key, const char *text, int i, int n, double *value_p)
{
    struct strings list = { 0 };
    const char    *item;
    bc_status      st = strings_split(text, &list);

    *value_p = (double)NAN;
    if (st == BC_OK && list.n > 1 && list.n != n)
        st = task_fail(BC_BAD_ARG, "%s= has %d numbers for %d image%s", key, list.n, n, task_s(n));
    if (st == BC_OK && list.n > 0) {
        item = list.text[list.n > 1 ? i : 0];
        *value_p = strcmp(item, "none") == 0 ? (double)NAN : strtod(item, NULL);
    }
    strings_free(&list);
    return st;
}

/* AB - Vega where nothing asks for it: is the zero point the same, whatever it is? */
static void
say_vega(bc_image *image, double zeropoint, double vega)
{
    double with = bc_image_zeropoint(image), other;

    bc_image_calibrate(image, zeropoint, vega + 1.0);
    other = bc_image_zeropoint(image);
    bc_image_calibrate(image, zeropoint, vega);
    if (with == other)
        task_say(1, "%s: its zero point is not of Vega magnitudes, vega=%g is not used", bc_image_name(image), vega);
}

/* What the user says of the images' zero points. */
static bc_status
calibrate_images(struct job *j)
{
    double    zeropoint, vega;
    int       i;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < j->nimage; i++) {
        st = number_of("zeropoint", j->p->zeropoint, i, j->nimage, &zeropoint);
        if (st == BC_OK)
            st = number_of("vega", j->p->vega, i, j->nimage, &vega);
        if (st == BC_OK)
            bc_image_calibrate(j->image[i], zeropoint, vega);
        if (st == BC_OK && !isnan(vega))
            say_vega(j->image[i], zeropoint, vega);
    }
    return st;
}

/* Which output band real image I is of: the only one, else by its header, else by its place; -1: none. */
static int
output_of(const struct job *j, int i)
{
    const char *name = bc_image_band(j->given[i]);
    int         k, nout = bc_model_outputs(j->model);

    if (nout == 1 || *name == '\0')
        return i;
    for (k = 0; k < nout && !bc_band_same(name, bc_model_output(j->model, k)); k++)
        continue;
    return k < nout ? k : -1;
}

/* By its header, is real image I of output band K?  One without a FILTER card that is known is. */
static bc_status
check_truth_band(const struct job *j, int i, int k)
{
    const char *said = bc_image_band(j->given[i]), *want = bc_model_output(j->model, k);

    if (bc_band_find(said) == NULL || bc_band_same(said, want))
        return BC_OK;
    if (!j->p->force && bc_band_find(want) != NULL)
        return task_fail(BC_BAD_SHAPE, "truth: %s is of band %s, %s is predicted (force=yes subtracts them all the "
                         "same)", bc_image_name(j->given[i]), short_name(said), want);
    task_say(1, "truth: %s is of band %s, %s is predicted", bc_image_name(j->given[i]), short_name(said), want);
    return BC_OK;
}

/* Real images, each of one output band; there need not be one of all. */
static bc_status
order_truths(struct job *j)
{
    int       i, k;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < bc_model_outputs(j->model); i++) {
        if (j->given[i] == NULL)
            continue;
        k = output_of(j, i);
        if (k < 0)
            st = task_fail(BC_BAD_SHAPE, "truth: %s is of no band that %s predicts", bc_image_name(j->given[i]),
                           bc_model_name(j->model));
        else if (j->truth[k] != NULL)
            st = task_fail(BC_BAD_SHAPE, "truth: two images are of band %s", bc_model_output(j->model, k));
        else
            j->truth[k] = j->given[i];
        if (st == BC_OK)
            st = check_truth_band(j, i, k);
    }
    return st;
}

/* mask=none holds for the truths, too; other masks are of the inputs. */
static bc_status
open_truths(struct job *j, const char *truth)
{
    struct strings names = { 0 };
    int            i, nout = bc_model_outputs(j->model);
    bc_status      st = strings_split(truth, &names);

    if (st == BC_OK && nout == 1 && names.n != 1)
        st = task_fail(BC_BAD_ARG, "truth= takes one image for each set, not '%s'", truth);
    else if (st == BC_OK && names.n > nout)
        st = task_fail(BC_BAD_ARG, "truth=%s: %d images of %d output bands", truth, names.n, nout);
    j->given = calloc((size_t)nout, sizeof *j->given);
    j->truth = calloc((size_t)nout, sizeof *j->truth);
    j->truth_aligned = calloc((size_t)nout, sizeof *j->truth_aligned);
    if (j->given == NULL || j->truth == NULL || j->truth_aligned == NULL)
        st = task_fail(BC_NO_MEMORY, "out of memory");
    for (i = 0; st == BC_OK && i < names.n; i++) {
        if (strcmp(names.text[i], "none") == 0)
            continue;
        st = bc_image_open_rows(names.text[i], 0, &j->given[i]);
        if (st == BC_OK && strcmp(j->p->mask, "none") == 0)
            st = bc_image_mask(j->given[i], "none");
    }
    strings_free(&names);
    return st == BC_OK ? order_truths(j) : st;
}

static bc_status
choose_bands(struct job *j, const struct strings *names)
{
    int       b, need = bc_model_inputs(j->model);
    bc_status st = strings_split(j->p->bands, &j->bands);

    if (st == BC_OK && j->bands.n > 0 && j->bands.n != j->nimage)
        st = task_fail(BC_BAD_ARG, "bands= names %d band%s for %d image%s", j->bands.n, task_s(j->bands.n), j->nimage,
                       task_s(j->nimage));
    else if (st == BC_OK && j->nimage < need)
        st = task_fail(BC_BAD_SHAPE, "%s has %d plane%s, %s needs %d", names->text[0], j->nimage,
                       task_s(j->nimage), bc_model_name(j->model), need);
    else if (st == BC_OK)
        st = order_bands(j);
    for (b = 0; st == BC_OK && b < need; b++)
        task_say(2, "%s: %s", bc_model_input(j->model, b), bc_image_name(j->band[b]));
    return st;
}

/* Whose grid: the first image's, that of a number or a band among the images, or another image's.  In the name of a
 * file there may be a word that is a band, too. */
static bc_status
find_reference(struct job *j, const char *name, const bc_image **reference_p)
{
    char     *end;
    long      number = strtol(name, &end, 10);
    int       i;
    bc_status st;

    *reference_p = j->image[0];
    if (*name == '\0')
        return BC_OK;
    if (*end == '\0') {
        if (number < 1 || number > j->nimage)
            return task_fail(BC_BAD_ARG, "reference=%s: there are images 1 to %d", name, j->nimage);
        *reference_p = j->image[number - 1];
        return BC_OK;
    }
    for (i = 0; strpbrk(name, "./[") == NULL && i < j->nimage; i++)
        if (bc_band_same(band_of(j, i), name)) {
            *reference_p = j->image[i];
            return BC_OK;
        }
    if (strpbrk(name, "./[") == NULL && access(name, F_OK) != 0)
        return task_fail(BC_BAD_ARG, "reference=%s: no image is of that band, and there is no such file", name);
    st = bc_image_open_rows(name, 0, &j->reference);
    *reference_p = j->reference;
    return st;
}

/* All images on the grid of the reference. */
static bc_status
align(struct job *j, const char *reference)
{
    const bc_image  *grid = NULL;
    bc_align_options o = { .resample = j->p->resample, .psf = j->p->psf, .force = j->p->force,
                           .threads = j->p->threads, .memory = j->memory / 2 };
    int              b, k, need = bc_model_inputs(j->model);
    bc_status        st = find_reference(j, reference, &grid);

    if (st == BC_OK)
        st = bc_align(j->band, need, grid, &o, &j->aligned);
    for (b = 0; st == BC_OK && b < need; b++)
        j->band[b] = bc_alignment_image(j->aligned, b);
    o.psf = "no";               /* the truths stay as sharp as they are */
    for (k = 0; st == BC_OK && j->truth != NULL && k < bc_model_outputs(j->model); k++)
        if (j->truth[k] != NULL) {
            st = bc_align(&j->truth[k], 1, grid, &o, &j->truth_aligned[k]);
            if (st == BC_OK)
                j->truth[k] = bc_alignment_image(j->truth_aligned[k], 0);
        }
    return st;
}

bc_status
predict_open(struct job *j, const struct set *set)
{
    struct strings names = { 0 };
    bc_status      st = strings_split(set->input, &names);

    if (st == BC_OK)
        st = open_images(j, &names);
    if (st == BC_OK)
        st = choose_bands(j, &names);
    if (st == BC_OK)
        st = calibrate_images(j);
    if (st == BC_OK)
        st = mask_images(j, set->mask);
    if (st == BC_OK && *set->truth != '\0')
        st = open_truths(j, set->truth);
    if (st == BC_OK)
        st = align(j, set->reference);
    strings_free(&names);
    return st;
}

void
predict_close(struct job *j)
{
    int i;

    bc_alignment_close(j->aligned);
    for (i = 0; j->given != NULL && i < bc_model_outputs(j->model); i++)
        bc_image_close(j->given[i]);
    for (i = 0; j->truth_aligned != NULL && i < bc_model_outputs(j->model); i++)
        bc_alignment_close(j->truth_aligned[i]);
    for (i = 0; i < j->nimage && j->image != NULL; i++)
        bc_image_close(j->image[i]);
    bc_image_close(j->reference);
    free(j->image);
    free(j->band);
    free(j->given);
    free(j->truth);
    free(j->truth_aligned);
    strings_free(&j->bands);
}
