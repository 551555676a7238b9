/* predict_report.c -- what a user is told of a prediction.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>

#include "predict_images.h"
#include "task.h"

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
    long   pixels = bc_image_nx(j->band[0]) * bc_image_ny(j->band[0]);

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
    if (!isnan(r->noise) && pixels < 300)               /* the noise of so many is right to some 10 % */
        task_say(1, "the noise of the inputs, and with it %s, is that of %ld pixels: region= of larger images predicts "
                 "better", r->sigma > 0 ? "SIGMA" : "the prediction", pixels);
    if (r->uncalibrated)
        task_say(1, "%s has not been calibrated (no validation samples, or its training goes on): SIGMA is what it "
                 "says itself", bc_model_name(j->model));
}

void
predict_report(const struct job *j, const bc_predict_report *r)
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
}

void
predict_report_files(const struct job *j, const bc_predict_report *r, const char *const *outputs)
{
    int k;

    for (k = 0; k < bc_model_outputs(j->model); k++) {
        task_say(2, "%s: extensions MASK%s%s", outputs[k], r->sigma > 1 ? " SIGMA SIGMA95" : r->sigma ? " SIGMA" : "",
                 j->truth != NULL && j->truth[k] != NULL ? " RESIDUAL" : "");
        task_say(1, "%s: band %s predicted on %s", outputs[k], bc_model_output(j->model, k), bc_model_device(j->model));
    }
}
