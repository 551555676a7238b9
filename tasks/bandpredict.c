/* bandpredict -- predict the missing band of a galaxy image.
 * Parameters: par/bandpredict.par.  Their meaning: help/bandpredict.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "models.h"
#include "predict_images.h"
#include "progress.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

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
    { "skip",     TASK_BOOL,   offsetof(struct pars, skip)     },
    { NULL,       0,           0                               }
};

/* Was any band on another grid? */
static int
is_resampled(const struct job *j)
{
    bc_align_report r = { 0 };
    int             b, any = 0;

    for (b = 0; b < bc_model_inputs(j->model); b++)
        any = (bc_alignment_report(j->aligned, b, &r) == BC_OK && r.resampled) || any;
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
        if (bc_alignment_report(j->aligned, b, &r) == BC_OK && r.fwhm > 0.0) {
            least = fmin(least, hypot(r.fwhm, r.blur));
            most = fmax(most, hypot(r.fwhm, r.blur));
        }
    if (most > 1.1 * least)
        task_say(1, "the PSFs of the bands differ by a factor of %.2f (psf=match convolves the sharper ones)",
                 most / least);
}

/* What was done to input band B, and what was left out of it and why. */
static void
report_band(const struct job *j, const bc_predict_report *r, int b)
{
    const bc_image *image = j->band[b];
    double          n = (double)bc_image_nx(image) * (double)bc_image_ny(image);

    if (*bc_image_notes(image) != '\0')
        task_say(1, "%s (%s): %s", bc_model_input(j->model, b), bc_image_name(image), bc_image_notes(image));
    if ((r->unit_assumed >> b & 1) != 0)
        task_say(1, "%s (%s): no BUNIT: taken to be in the model's unit", bc_model_input(j->model, b),
                 bc_image_name(image));
    if ((r->sky_left >> b & 1) != 0)
        task_say(1, "%s (%s): its sky is more than 10 times its noise from 0; models know images without sky",
                 bc_model_input(j->model, b), bc_image_name(image));
    if (bc_image_bad(image, BC_OUTSIDE) > 0)
        task_say(1, "%s (%s): %.3g %% of the pixels are outside the image", bc_model_input(j->model, b),
                 bc_image_name(image), 100.0 * (double)bc_image_bad(image, BC_OUTSIDE) / n);
    if (bc_image_bad(image, BC_FLAGGED) > 0)
        task_say(1, "%s (%s): %.3g %% of the pixels are bad by %s", bc_model_input(j->model, b),
                 bc_image_name(image), 100.0 * (double)bc_image_bad(image, BC_FLAGGED) / n,
                 bc_image_masks(image));
    if (bc_image_bad(image, BC_BLANK) > 0)
        task_say(1, "%s (%s): %.3g %% of the pixels are filled with zeros and count as missing",
                 bc_model_input(j->model, b), bc_image_name(image),
                 100.0 * (double)bc_image_bad(image, BC_BLANK) / n);
}

/* Likewise to the real image of output band K. */
static void
report_truth(const struct job *j, const bc_predict_report *r, int k)
{
    const bc_image *image = j->truth != NULL ? j->truth[k] : NULL;

    if (image != NULL && *bc_image_notes(image) != '\0')
        task_say(1, "truth (%s): %s", bc_image_name(image), bc_image_notes(image));
    if (image != NULL && (r->truth_assumed >> k & 1) != 0)
        task_say(1, "truth (%s): no BUNIT: taken to be in the model's unit", bc_image_name(image));
}

/* Are the images what the model knows? */
static void
report_unlike(const struct job *j, const bc_predict_report *r)
{
    double scale = bc_image_pixel_scale(j->band[0]), usual = bc_model_pixel_scale(j->model);

    if (scale > 1.5 * usual || usual > 1.5 * scale)
        task_say(1, "pixels of %.3g arcsec; %s was trained on those of %.3g (reference= chooses the grid)", scale,
                 bc_model_name(j->model), usual);
    /* A section that shows nothing but a galaxy has its light for noise. */
    if (r->noise > 3.0)
        task_say(1, "the inputs scatter %.3g times as much as what %s was trained on (BCSCALE): if that is not noise, "
                 "but there is little sky in them, region= of the whole images predicts better%s", r->noise,
                 bc_model_name(j->model), r->sigma > 0 ? "; SIGMA is not calibrated for that" : "");
    else if (r->noise < 1.0 / 3.0)
        task_say(1, "the inputs have %.3g times the noise of what %s was trained on (BCSCALE)%s", r->noise,
                 bc_model_name(j->model), r->sigma > 0 ? ": SIGMA is not calibrated for that" : "");
    if (r->uncalibrated)
        task_say(1, "%s has not been calibrated (no validation samples, or its training goes on): SIGMA is what it "
                 "says itself", bc_model_name(j->model));
}

static void
report(const struct job *j, const bc_predict_report *r, const char *const *outputs)
{
    int b, k;

    for (b = 0; b < bc_model_inputs(j->model); b++)
        report_band(j, r, b);
    for (k = 0; k < bc_model_outputs(j->model); k++)
        report_truth(j, r, k);
    report_psf(j);
    report_unlike(j, r);
    if (r->by_size)
        task_say(1, "a band has no sky coordinates: aligned because the sizes agree");
    if (*j->p->region != '\0' && r->asked == 1.0)
        task_say(1, "the region holds the whole image (sizes on the sky are degrees unless \" or ' says otherwise)");
    if (r->missing > 0.0)
        task_say(1, "%.3g %% of the pixels have no prediction: an input has no datum there (MASK)",
                 100.0 * r->missing);
    if (r->filled > 0.0)
        task_say(1, "%.3g %% of the pixels are predicted without a band that has no datum there (MASK)",
                 100.0 * r->filled);
    if (*r->memory != '\0')
        task_say(1, "%s", r->memory);
    if (!isnan(r->spread))
        task_say(1, "overlapping windows of %d pixels scatter by %.4f in the network's scale", r->size, r->spread);
    for (k = 0; k < bc_model_outputs(j->model); k++) {
        task_say(2, "%s: extensions MASK%s%s", outputs[k], r->sigma > 1 ? " SIGMA SIGMA95" : r->sigma ? " SIGMA" : "",
                 j->truth != NULL && j->truth[k] != NULL ? " RESIDUAL" : "");
        task_say(1, "%s: band %s predicted on %s", outputs[k], bc_model_output(j->model, k), bc_model_device(j->model));
    }
}

/* One set of bands to one output file for each band of the model. */
static bc_status
predict(const struct pars *p, bc_model *model, const bc_region *region, const struct set *set, char *const *outputs)
{
    struct job         j = { .p = p, .model = model };
    const char *const *files = (const char *const *)outputs;
    bc_predict_report  r;
    struct progress   *progress = progress_open();
    bc_predict_options o = { .window = p->window, .size = p->size, .sigma = p->sigma, .unit = p->unit,
                             .force = p->force, .tell = progress_tell, .arg = progress,
                             .memory = (size_t)p->memory << 20,
                             .region = region };
    bc_status          st = predict_open(&j, set);

    if (st == BC_OK && is_resampled(&j))
        o.memory /= 2;          /* the other half is for rows of the images */
    if (st == BC_OK)
        st = bc_predict_file(model, (const bc_image *const *)j.band, (const bc_image *const *)j.truth, &o, files,
                             p->clobber, &r);
    progress_close(progress);
    if (st == BC_OK)
        report(&j, &r, files);
    predict_close(&j);
    return st;
}

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What the user names: sets of images, a text each, and what is made of them. */
struct files { struct strings inputs, masks, truths, references, outputs; };

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

/* With skip=yes a set is passed over when all its outputs are there: one that is has been completed. */
static int
is_passed_over(const struct pars *p, const struct files *f, int i)
{
    int n = f->outputs.n / f->inputs.n, k;

    for (k = 0; k < n && access(f->outputs.text[i * n + k], F_OK) == 0; k++)
        continue;
    return p->skip && k == n;
}

/* Is every image there that is needed? */
static bc_status
check_inputs(const struct pars *p, const struct files *f)
{
    const struct strings *const lists[] = { &f->inputs, &f->masks, &f->truths };
    struct strings              wanted = { 0 };
    int                         i, k;
    bc_status                   st = BC_OK;

    for (k = 0; k < 3; k++)
        for (i = 0; st == BC_OK && i < lists[k]->n; i++)
            if (lists[k]->n != f->inputs.n || !is_passed_over(p, f, i))
                st = strings_split(lists[k]->text[i], &wanted);
    if (st == BC_OK)
        st = sets_check_names(&wanted);
    strings_free(&wanted);
    return st;
}

/* All that can be known of the outputs before any work. */
static bc_status
check_outputs(const struct pars *p, const struct files *f)
{
    const struct strings *const sets[] = { &f->inputs, &f->masks, &f->truths };
    struct strings              used = { 0 };
    int                         i, k, n = f->outputs.n / f->inputs.n;
    bc_status                   st = check_distinct(&f->outputs);

    for (k = 0; k < 3; k++)
        for (i = 0; st == BC_OK && i < sets[k]->n; i++)
            st = strings_add(&used, sets[k]->text[i]);
    for (i = 0; st == BC_OK && i < f->references.n; i++)
        st = strings_add_quoted(&used, f->references.text[i]);
    if (st == BC_OK)
        st = strings_add_quoted(&used, p->model);
    if (st == BC_OK && *p->region != '\0')
        st = strings_add_quoted(&used, p->region);
    for (i = 0; st == BC_OK && i < f->outputs.n; i++)
        if (!is_passed_over(p, f, i / n)) {
            st = sets_check_fits(f->outputs.text[i], p->clobber, &used);
            if (st == BC_BUSY && p->skip)       /* it may be there when its turn comes */
                st = BC_OK;
        }
    strings_free(&used);
    return st;
}

/* The files of all sets, those of the model's bands side by side. */
static bc_status
name_outputs(const char *value, const bc_model *model, struct files *f)
{
    struct strings bands = { 0 };
    int            k;
    bc_status      st = BC_OK;

    if (bc_model_outputs(model) == 1)
        return sets_outputs(value, &f->inputs, &f->outputs);
    for (k = 0; st == BC_OK && k < bc_model_outputs(model); k++)
        st = strings_add(&bands, bc_model_output(model, k));
    if (st == BC_OK)
        st = sets_band_outputs(value, &f->inputs, &bands, &f->outputs);
    strings_free(&bands);
    return st;
}

/* The images that are named, as many of each kind as there are sets, or one for all. */
static bc_status
name_images(const struct pars *p, struct files *f)
{
    bc_status st = sets_read(p->input, &f->inputs);

    if (st == BC_OK && *p->mask != '\0')
        st = sets_read(p->mask, &f->masks);
    if (st == BC_OK && *p->truth != '\0')
        st = sets_read(p->truth, &f->truths);
    /* A number or a band is no file, also where one is called so. */
    if (st == BC_OK && *p->reference != '\0')
        st = strpbrk(p->reference, "./[@,*?%'\"$") == NULL ? strings_add(&f->references, p->reference)
                                                          : sets_names(p->reference, &f->references);
    if (st == BC_OK && f->references.n > 1 && f->references.n != f->inputs.n)
        st = task_fail(BC_BAD_ARG, "%d set%s of images and %d of reference=", f->inputs.n, task_s(f->inputs.n),
                       f->references.n);
    if (st == BC_OK && f->truths.n > 0 && f->truths.n != f->inputs.n)
        st = task_fail(BC_BAD_ARG, "%d set%s of images and %d of truth=", f->inputs.n, task_s(f->inputs.n),
                       f->truths.n);
    if (st == BC_OK && f->masks.n > 0 && f->masks.n != f->inputs.n && strcmp(p->mask, "none") != 0)
        st = task_fail(BC_BAD_ARG, "%d set%s of images and %d of masks", f->inputs.n, task_s(f->inputs.n),
                       f->masks.n);
    return st;
}

/* Text I of LIST, which may have one for all, or none. */
static const char *
text_of(const struct strings *list, int i)
{
    return list->n == 0 ? "" : list->text[list->n > 1 ? i : 0];
}

/* Would every further set fail as well? */
static int
is_hopeless(bc_status st, int i)
{
    return st == BC_NO_ROOM || st == BC_NO_MEMORY || st == BC_NO_DEVICE || (st == BC_BAD_ARG && i == 0);
}

/* Of many sets one that fails is said, and the others are predicted.  With skip=yes runs share a list: what another one
 * is writing, or has written since this one looked, has not failed. */
static bc_status
predict_all(const struct pars *p, bc_model *model, const bc_region *region, const struct files *f)
{
    int       i, n = f->inputs.n, failed = 0, there = 0, busy = 0;
    bc_status st;

    for (i = 0; i < n; i++) {
        struct set   set = { .input = f->inputs.text[i], .mask = text_of(&f->masks, i),
                             .truth = text_of(&f->truths, i), .reference = text_of(&f->references, i) };
        char *const *outputs = f->outputs.text + i * bc_model_outputs(model);

        if (is_passed_over(p, f, i)) {      /* another run may have written it by now */
            there++;
            continue;
        }
        st = predict(p, model, region, &set, outputs);
        if (st == BC_BUSY && p->skip) {
            busy++;
        } else if (st != BC_OK && is_passed_over(p, f, i)) {
            there++;
        } else if (st != BC_OK && (n == 1 || is_hopeless(st, i))) {
            return st;
        } else if (st != BC_OK) {
            task_complain(outputs[0]);
            failed++;
        }
    }
    if (there > 0)
        task_say(1, "%d of %d set%s passed over: the outputs are there", there, n, task_s(n));
    if (busy > 0)
        task_say(1, "%d of %d set%s passed over: another run is writing the outputs", busy, n, task_s(n));
    return failed == 0 ? BC_OK : task_fail(BC_BAD_FILE, "%d of %d sets failed", failed, n);
}

static bc_status
work(const struct pars *p)
{
    struct files f = { 0 };
    bc_model    *model = NULL;
    bc_region   *region = NULL;
    bc_status    st = name_images(p, &f);

    if (st == BC_OK)
        st = models_open(p->model, models_device(p->device, p->winograd), p->threads, &model);
    if (st == BC_OK)
        bc_model_average(model, p->symmetries);
    if (st == BC_OK)
        st = name_outputs(p->output, model, &f);
    if (st == BC_OK)
        st = check_outputs(p, &f);
    if (st == BC_OK)
        st = check_inputs(p, &f);
    if (st == BC_OK && *p->region != '\0')
        st = bc_region_open(p->region, &region);
    if (region != NULL && *bc_region_marks(region) != '\0')
        task_say(1, "the region's %s: passed over, as they enclose no area", bc_region_marks(region));
    if (st == BC_OK)
        st = predict_all(p, model, region, &f);
    bc_model_close(model);
    bc_region_close(region);
    strings_free(&f.inputs);
    strings_free(&f.masks);
    strings_free(&f.truths);
    strings_free(&f.references);
    strings_free(&f.outputs);
    return st;
}

/* Are the numbers of the list TEXT of KEY magnitudes from -MOST to MOST, or none? */
static bc_status
check_magnitudes(const char *key, const char *text, int most)
{
    struct strings list = { 0 };
    char          *end;
    int            i;
    bc_status      st = strings_split(text, &list);

    for (i = 0; st == BC_OK && i < list.n; i++) {
        double value = strtod(list.text[i], &end);

        if (strcmp(list.text[i], "none") != 0 && (end == list.text[i] || *end != '\0' || !isfinite(value)))
            st = task_fail(BC_BAD_ARG, "%s=%s: '%s' is no magnitude", key, text, list.text[i]);
        else if (fabs(value) > most)
            st = task_fail(BC_BAD_ARG, "%s=%s: %g is not between -%d and %d (none: as the header says)", key,
                           text, value, most, most);
    }
    strings_free(&list);
    return st;
}

/* What can be known before any file is opened. */
static bc_status
check(const void *pars)
{
    const struct pars *p = pars;
    bc_region         *region = NULL;
    bc_status          st = check_magnitudes("zeropoint", p->zeropoint, BC_MOST_ZEROPOINT);

    if (st == BC_OK)
        st = check_magnitudes("vega", p->vega, 20);     /* 11 at 160 micrometres */
    if (st == BC_OK && *p->unit != '\0' && isnan(bc_unit_zeropoint(p->unit, 1.0)))
        st = task_fail(BC_BAD_ARG, "unit=%s: no unit of flux that is known%s", p->unit,
                       strncmp(p->unit, "mjy", 3) == 0 ? " (MJy or mJy?)" : "");
    if (st == BC_OK && *p->region != '\0' && access(p->region, F_OK) != 0
        && bc_region_open(p->region, &region) != BC_OK)
        st = task_fail(BC_BAD_ARG, "%s", bc_message());
    bc_region_close(region);
    return st;
}

/* Called by tasks/main.c under the name bandpredict. */
int
bandpredict(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin_checked("bandpredict", argc, argv, table, &p, check);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
