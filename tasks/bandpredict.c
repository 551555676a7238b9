/* bandpredict -- predict the missing band of a galaxy image.
 * Parameters: par/bandpredict.par.  Their meaning: help/bandpredict.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"
#include "models.h"
#include "progress.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

struct pars {
    const char *input, *output, *model, *bands, *truth, *mask, *region, *reference, *resample, *psf, *window,
               *unit, *zeropoint, *vega, *sigma, *device;
    int         size, symmetries, force, threads, winograd, memory, verbose, clobber;
};

static const struct task_par table[] = {
    { "input",    TASK_STRING, offsetof(struct pars, input)    },
    { "output",   TASK_STRING, offsetof(struct pars, output)   },
    { "model",    TASK_STRING, offsetof(struct pars, model)    },
    { "bands",    TASK_STRING, offsetof(struct pars, bands)    },
    { "truth",    TASK_STRING, offsetof(struct pars, truth)    },
    { "mask",     TASK_STRING, offsetof(struct pars, mask)     },
    { "region",   TASK_STRING, offsetof(struct pars, region)   },
    { "reference", TASK_STRING, offsetof(struct pars, reference) },
    { "resample", TASK_STRING, offsetof(struct pars, resample) },
    { "psf",      TASK_STRING, offsetof(struct pars, psf)      },
    { "unit",     TASK_STRING, offsetof(struct pars, unit)     },
    { "zeropoint", TASK_STRING, offsetof(struct pars, zeropoint) },
    { "vega",     TASK_STRING, offsetof(struct pars, vega)     },
    { "window",   TASK_STRING, offsetof(struct pars, window)   },
    { "size",     TASK_INT,    offsetof(struct pars, size)     },
    { "sigma",    TASK_STRING, offsetof(struct pars, sigma)    },
    { "symmetries", TASK_BOOL, offsetof(struct pars, symmetries) },
    { "force",    TASK_BOOL,   offsetof(struct pars, force)    },
    { "device",   TASK_STRING, offsetof(struct pars, device)   },
    { "threads",  TASK_INT,    offsetof(struct pars, threads)  },
    { "winograd", TASK_BOOL,   offsetof(struct pars, winograd) },
    { "memory",   TASK_INT,    offsetof(struct pars, memory)   },
    { "verbose",  TASK_INT,    offsetof(struct pars, verbose)  },
    { "clobber",  TASK_BOOL,   offsetof(struct pars, clobber)  },
    { NULL,       0,           0                               }
};

/* One prediction: what is opened for it. */
struct job {
    const struct pars *p;
    bc_model          *model;
    struct strings     bands;       /* as the user named them, or empty */
    int                nimage;
    bc_image         **image;       /* as given */
    bc_image         **band;        /* in the model's order; later on one grid */
    bc_image          *reference;   /* whose grid that is, if none of the images */
    bc_image          *truth;
    bc_alignment      *aligned[2];  /* bands, truth */
};

/* Which band image I is: said by the user, else its header's. */
static const char *
band_of(const struct job *j, int i)
{
    return j->bands.n > 0 ? j->bands.text[i] : bc_image_band(j->image[i]);
}

static int
same_band(const char *a, const char *b)
{
    const bc_band *x = bc_band_find(a), *y = bc_band_find(b);

    return strcmp(a, b) == 0 || (x != NULL && x == y);
}

/* Put the images into the model's order: by their bands, or as they come if none is known.  A cube may hold more planes
 * than the model needs; their bands must then be known. */
static bc_status
order_bands(struct job *j)
{
    int i, b, need = bc_model_inputs(j->model), named = 0;

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
            if (same_band(band_of(j, i), bc_model_input(j->model, b))) {
                if (j->band[b] != NULL)
                    return task_fail(BC_BAD_SHAPE, "two images are of band %s", bc_model_input(j->model, b));
                j->band[b] = j->image[i];
            }
        if (j->band[b] == NULL)
            return task_fail(BC_BAD_SHAPE, "no image of band %s, which %s needs (bands= says which is which)",
                             bc_model_input(j->model, b), bc_model_name(j->model));
    }
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
        st = task_fail(BC_BAD_SHAPE, "%d image%s given, %s needs %d", names->n, names->n == 1 ? "" : "s",
                       bc_model_name(j->model), need);
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
        st = task_fail(BC_BAD_ARG, "mask= names %d masks for %d images", masks.n, j->nimage);
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
    char          *end;
    bc_status      st = strings_split(text, &list);

    *value_p = (double)NAN;
    if (st == BC_OK && list.n > 1 && list.n != n)
        st = task_fail(BC_BAD_ARG, "%s= has %d numbers for %d images", key, list.n, n);
    if (st == BC_OK && list.n > 0) {
        item = list.text[list.n > 1 ? i : 0];
        *value_p = strtod(item, &end);
        if (strcmp(item, "none") == 0)
            *value_p = (double)NAN;
        else if (end == item || *end != '\0' || !isfinite(*value_p))
            st = task_fail(BC_BAD_ARG, "%s=%s: '%s' is no magnitude", key, text, item);
    }
    strings_free(&list);
    return st;
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
    }
    return st;
}

/* mask=none holds for the truth, too; other masks are of the inputs. */
static bc_status
open_truth(struct job *j, const char *truth)
{
    struct strings name = { 0 };
    bc_status      st = strings_split(truth, &name);

    if (st == BC_OK && name.n != 1)
        st = task_fail(BC_BAD_ARG, "truth= takes one image for each set, not '%s'", truth);
    if (st == BC_OK)
        st = bc_image_open_rows(name.text[0], 0, &j->truth);
    if (st == BC_OK && strcmp(j->p->mask, "none") == 0)
        st = bc_image_mask(j->truth, "none");
    strings_free(&name);
    return st;
}

static bc_status
choose_bands(struct job *j, const struct strings *names)
{
    int       b, need = bc_model_inputs(j->model);
    bc_status st = strings_split(j->p->bands, &j->bands);

    if (st == BC_OK && j->bands.n > 0 && j->bands.n != j->nimage)
        st = task_fail(BC_BAD_ARG, "bands= names %d bands for %d images", j->bands.n, j->nimage);
    else if (st == BC_OK && j->nimage < need)
        st = task_fail(BC_BAD_SHAPE, "%s has %d planes, %s needs %d", names->text[0], j->nimage,
                       bc_model_name(j->model), need);
    else if (st == BC_OK)
        st = order_bands(j);
    for (b = 0; st == BC_OK && b < need; b++)
        task_say(2, "%s: %s", bc_model_input(j->model, b), bc_image_name(j->band[b]));
    return st;
}

/* Whose grid: the first image's, that of a number or a band among the images, or another image's. */
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
    for (i = 0; i < j->nimage; i++)
        if (same_band(band_of(j, i), name)) {
            *reference_p = j->image[i];
            return BC_OK;
        }
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
                           .threads = j->p->threads, .memory = (size_t)j->p->memory << 19 };
    int              b, need = bc_model_inputs(j->model);
    bc_status        st = find_reference(j, reference, &grid);

    if (st == BC_OK)
        st = bc_align(j->band, need, grid, &o, &j->aligned[0]);
    for (b = 0; st == BC_OK && b < need; b++)
        j->band[b] = bc_alignment_image(j->aligned[0], b);
    o.psf = "no";               /* the truth stays as sharp as it is */
    if (st == BC_OK && j->truth != NULL)
        st = bc_align(&j->truth, 1, grid, &o, &j->aligned[1]);
    return st;
}

/* Was any band on another grid? */
static int
is_resampled(const struct job *j)
{
    bc_align_report r = { 0 };
    int             b, any = 0;

    for (b = 0; b < bc_model_inputs(j->model); b++)
        any = (bc_alignment_report(j->aligned[0], b, &r) == BC_OK && r.resampled) || any;
    return any;
}

/* By how much do the PSFs differ that are known, if they were not matched? */
static void
report_psf(const struct job *j)
{
    bc_align_report r = { 0 };
    double          least = INFINITY, most = 0.0;
    int             b;

    for (b = 0; b < bc_model_inputs(j->model); b++)
        if (bc_alignment_report(j->aligned[0], b, &r) == BC_OK && r.fwhm > 0.0) {
            least = fmin(least, hypot(r.fwhm, r.blur));
            most = fmax(most, hypot(r.fwhm, r.blur));
        }
    if (most > 1.1 * least)
        task_say(1, "the PSFs of the bands differ by a factor of %.2f (psf=match convolves the sharper ones)",
                 most / least);
}

/* What was done to input band B, and what was left out of it and why. */
static void
report_band(const struct job *j, int b)
{
    const bc_image *image = j->band[b];
    double          n = (double)bc_image_nx(image) * (double)bc_image_ny(image);

    if (*bc_image_notes(image) != '\0')
        task_say(1, "%s (%s): %s", bc_model_input(j->model, b), bc_image_name(image), bc_image_notes(image));
    if (bc_image_bad(image, BC_OUTSIDE) > 0)
        task_say(1, "%s (%s): %.2f %% of the pixels are outside the image", bc_model_input(j->model, b),
                 bc_image_name(image), 100.0 * (double)bc_image_bad(image, BC_OUTSIDE) / n);
    if (bc_image_bad(image, BC_FLAGGED) > 0)
        task_say(1, "%s (%s): %.2f %% of the pixels are bad by %s", bc_model_input(j->model, b),
                 bc_image_name(image), 100.0 * (double)bc_image_bad(image, BC_FLAGGED) / n,
                 bc_image_masks(image));
    if (bc_image_bad(image, BC_BLANK) > 0)
        task_say(1, "%s (%s): %.2f %% of the pixels are filled with zeros and count as missing",
                 bc_model_input(j->model, b), bc_image_name(image),
                 100.0 * (double)bc_image_bad(image, BC_BLANK) / n);
}

static void
report(const struct job *j, const bc_predict_report *r, const char *output)
{
    int b;

    for (b = 0; b < bc_model_inputs(j->model); b++)
        report_band(j, b);
    report_psf(j);
    if (r->by_size)
        task_say(1, "a band has no sky coordinates: aligned because the sizes agree");
    if (r->unit_assumed)
        task_say(1, "a band has no BUNIT: taken to be in the model's unit");
    if (r->missing > 0.0)
        task_say(1, "%.2f %% of the pixels have no prediction: an input has no datum there (MASK)",
                 100.0 * r->missing);
    if (r->filled > 0.0)
        task_say(1, "%.2f %% of the pixels are predicted without a band that has no datum there (MASK)",
                 100.0 * r->filled);
    if (*r->memory != '\0')
        task_say(1, "%s", r->memory);
    if (!isnan(r->spread))
        task_say(1, "overlapping windows of %d pixels scatter by %.4f in the network's scale", r->size, r->spread);
    task_say(2, "%s: extensions MASK%s%s", output, r->sigma > 1 ? " SIGMA SIGMA95" : r->sigma ? " SIGMA" : "",
             j->truth != NULL ? " RESIDUAL" : "");
    task_say(1, "%s: band %s predicted on %s", output, bc_model_output(j->model), bc_model_device(j->model));
}

/* One set of bands to one output file. */
static bc_status
predict(const struct pars *p, bc_model *model, const bc_region *region, const char *input,
        const char *mask, const char *truth, const char *reference, const char *output)
{
    struct job         j = { .p = p, .model = model };
    struct strings     names = { 0 };
    bc_predict_report  r;
    struct progress   *progress = progress_open();
    bc_predict_options o = { .window = p->window, .size = p->size, .sigma = p->sigma, .unit = p->unit,
                             .force = p->force, .tell = progress_tell, .arg = progress,
                             .memory = (size_t)p->memory << 20,
                             .region = region };
    int                i;
    bc_status          st = strings_split(input, &names);

    if (st == BC_OK)
        st = open_images(&j, &names);
    if (st == BC_OK)
        st = choose_bands(&j, &names);
    if (st == BC_OK)
        st = calibrate_images(&j);
    if (st == BC_OK)
        st = mask_images(&j, mask);
    if (st == BC_OK && *truth != '\0')
        st = open_truth(&j, truth);
    if (st == BC_OK)
        st = align(&j, reference);
    if (st == BC_OK && is_resampled(&j))
        o.memory /= 2;          /* the other half is for rows of the images */
    if (st == BC_OK)
        st = bc_predict_file(model, (const bc_image *const *)j.band,
                             j.truth != NULL ? bc_alignment_image(j.aligned[1], 0) : NULL, &o, output,
                             p->clobber, &r);
    progress_close(progress);
    if (st == BC_OK)
        report(&j, &r, output);
    bc_alignment_close(j.aligned[0]);
    bc_alignment_close(j.aligned[1]);
    for (i = 0; i < j.nimage && j.image != NULL; i++)
        bc_image_close(j.image[i]);
    bc_image_close(j.reference);
    bc_image_close(j.truth);
    free(j.image);
    free(j.band);
    strings_free(&j.bands);
    strings_free(&names);
    return st;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* No name may be there twice: the second prediction would replace the first. */
static bc_status
check_distinct(const struct strings *outputs)
{
    char    **sorted = malloc((size_t)outputs->n * sizeof *sorted);
    int       i;
    bc_status st = BC_OK;

    if (sorted == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    memcpy(sorted, outputs->text, (size_t)outputs->n * sizeof *sorted);
    qsort(sorted, (size_t)outputs->n, sizeof *sorted, by_text);
    for (i = 1; st == BC_OK && i < outputs->n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            st = task_fail(BC_BAD_ARG, "%s is named twice as an output", sorted[i]);
    free(sorted);
    return st;
}

/* All that can be known of the outputs before any work. */
static bc_status
check_outputs(const struct pars *p, const struct strings *inputs, const struct strings *truths,
              const struct strings *outputs)
{
    struct strings used = { 0 };
    int            i;
    bc_status      st = check_distinct(outputs);

    for (i = 0; st == BC_OK && i < inputs->n; i++)
        st = strings_add(&used, inputs->text[i]);
    for (i = 0; st == BC_OK && i < truths->n; i++)
        st = strings_add(&used, truths->text[i]);
    if (st == BC_OK)
        st = strings_add(&used, p->model);
    for (i = 0; st == BC_OK && i < outputs->n; i++)
        st = sets_check_output(outputs->text[i], p->clobber, &used);
    strings_free(&used);
    return st;
}

static bc_status
work(const struct pars *p)
{
    struct strings inputs = { 0 }, outputs = { 0 }, masks = { 0 }, truths = { 0 }, references = { 0 };
    bc_model      *model = NULL;
    bc_region     *region = NULL;
    int            i;
    bc_status      st = sets_read(p->input, &inputs);

    if (st == BC_OK)
        st = sets_outputs(p->output, &inputs, &outputs);
    if (st == BC_OK && *p->mask != '\0')
        st = sets_read(p->mask, &masks);
    if (st == BC_OK && *p->truth != '\0')
        st = sets_read(p->truth, &truths);
    if (st == BC_OK && *p->reference != '\0')
        st = sets_names(p->reference, &references);
    if (st == BC_OK && references.n > 1 && references.n != inputs.n)
        st = task_fail(BC_BAD_ARG, "%d sets of images and %d of reference=", inputs.n, references.n);
    if (st == BC_OK && truths.n > 0 && truths.n != inputs.n)
        st = task_fail(BC_BAD_ARG, "%d sets of images and %d of truth=", inputs.n, truths.n);
    if (st == BC_OK && masks.n > 0 && masks.n != inputs.n && strcmp(p->mask, "none") != 0)
        st = task_fail(BC_BAD_ARG, "%d sets of images and %d of masks", inputs.n, masks.n);
    if (st == BC_OK)
        st = check_outputs(p, &inputs, &truths, &outputs);
    if (st == BC_OK && *p->region != '\0')
        st = bc_region_open(p->region, &region);
    if (st == BC_OK)
        st = models_open(p->model, models_device(p->device, p->winograd), p->threads, &model);
    if (st == BC_OK)
        bc_model_average(model, p->symmetries);
    for (i = 0; st == BC_OK && i < inputs.n; i++)
        st = predict(p, model, region, inputs.text[i],
                     masks.n == 0 ? "" : masks.text[masks.n > 1 ? i : 0],
                     truths.n == 0 ? "" : truths.text[i],
                     references.n == 0 ? "" : references.text[references.n > 1 ? i : 0], outputs.text[i]);
    bc_model_close(model);
    bc_region_close(region);
    strings_free(&masks);
    strings_free(&truths);
    strings_free(&references);
    strings_free(&inputs);
    strings_free(&outputs);
    return st;
}

/* Called by tasks/main.c under the name bandpredict. */
int
bandpredict(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin("bandpredict", argc, argv, table, &p);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
