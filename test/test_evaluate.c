/* test_evaluate.c -- an evaluation gives what training saw on the validation samples, stops when asked, and refuses
 * what does not go together.  Its numbers are in bandeval.sh.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "check.h"
#include "evaluate.h"
#include "fits.h"
#include "galaxies.h"

static const char *const SET = "test_evaluate_set.fits", *const MODEL = "test_evaluate_model.fits";

static int
keep_best(void *arg, const bc_epoch *e)
{
    if (e->best)
        *(bc_epoch *)arg = *e;
    return 0;
}

static void
train(bc_dataset *set, bc_epoch *best)
{
    bc_training *training = NULL;
    bc_recipe    r;

    bc_recipe_default(&r);
    r.arch = "resnet";         /* no gain comes between validation and evaluation */
    memset(r.filters, 0, sizeof r.filters);
    r.filters[0] = 8;
    r.resblocks = 1;
    r.epochs = 3;
    r.inbands = "a,b";
    r.outband = "t";
    CHECK(bc_training_open(set, &r, &training) == BC_OK && bc_training_run(training, NULL, keep_best, best) == BC_OK
          && bc_training_write(training, MODEL, 1) == BC_OK);
    bc_training_close(training);
}

static int
stop_at_half(void *arg, double done)
{
    double *last = arg;

    CHECK(done >= *last && done <= 1.0);        /* never backwards */
    *last = done;
    return done > 0.5;
}

static int
go_on(void *arg, double done)
{
    *(double *)arg = done;
    return 0;
}

static void
test_set(bc_dataset *set, bc_model *model, const bc_epoch *best)
{
    double                done = 0.0;
    bc_evaluation_options o = { .bright = 10.0, .aperture = 3.0, .tell = go_on, .arg = &done };
    bc_evaluation        *e = NULL;
    bc_score              s;

    CHECK(bc_evaluation_open(&o, &e) == BC_OK && bc_evaluation_rows(e) == 0);
    CHECK(bc_evaluation_set(e, model, set, BC_VALIDATE) == BC_OK && done == 1.0);
    CHECK(bc_evaluation_rows(e) == 5 && bc_evaluation_score(e, 0, &s) == BC_OK);
    check_near("MAE", s.mae, best->valid_l1, 1e-6);
    check_near("SSIM", s.ssim, best->valid_ssim, 1e-6);
    CHECK(s.n == 4 && s.nflux == 4 && strcmp(s.name, "model") == 0 && *s.formula == '\0');
    CHECK(s.psnr <= s.psnr_mean && s.relative_error > 0.0 && s.flux_scatter >= 0.0);
    CHECK(bc_evaluation_score(e, 1, &s) == BC_OK && strncmp(s.formula, "exp(", 4) == 0);
    CHECK(bc_evaluation_score(e, 4, &s) == BC_OK && strcmp(s.name, "copy of b") == 0);
    CHECK(bc_evaluation_score(e, 5, &s) == BC_BAD_ARG && bc_evaluation_score(e, -1, &s) == BC_BAD_ARG);
    CHECK(bc_evaluation_set(e, model, set, BC_TEST) == BC_BAD_ARG);
    bc_evaluation_close(e);

    done = 0.0;
    o.tell = stop_at_half;
    CHECK(bc_evaluation_open(&o, &e) == BC_OK);
    CHECK(bc_evaluation_set(e, model, set, -1) == BC_STOPPED);
    CHECK(done > 0.5 && done < 0.6);
    bc_evaluation_close(e);
}

static void
test_refused(bc_dataset *set, bc_model *model)
{
    bc_evaluation_options o = { .bright = 10.0, .aperture = 30.0 };
    bc_evaluation        *e = NULL;
    bc_image             *image = NULL;
    int                   i;

    CHECK(bc_image_new(16, 16, &image) == BC_OK);
    for (i = 0; i < 256; i++)
        bc_image_pixels(image)[i] = (float)(i % 7);
    CHECK(bc_evaluation_open(&o, &e) == BC_OK);
    CHECK(bc_evaluation_set(e, model, set, BC_TEST) == BC_BAD_ARG);         /* 60 pixels in stamps of 32 */
    CHECK(strstr(bc_message(), "60 pixels do not fit") != NULL);
    bc_evaluation_close(e);
    o.aperture = 3.0;
    CHECK(bc_evaluation_open(&o, &e) == BC_OK);
    CHECK(bc_evaluation_pair(e, image, image, NULL) == BC_OK && bc_evaluation_rows(e) == 1);
    CHECK(bc_evaluation_set(e, model, set, BC_TEST) == BC_BAD_ARG);
    bc_evaluation_close(e);
    CHECK(bc_evaluation_open(&o, &e) == BC_OK);
    CHECK(bc_evaluation_set(e, model, set, 7) == BC_BAD_ARG);
    CHECK(bc_evaluation_set(e, model, set, BC_TEST) == BC_OK);
    CHECK(bc_evaluation_pair(e, image, image, NULL) == BC_BAD_ARG);
    bc_evaluation_close(e);
    o.aperture = NAN;
    CHECK(bc_evaluation_open(&o, &e) == BC_BAD_ARG);
    bc_image_close(image);
}

/* A model that was opened to be looked at does not compute. */
static void
test_without_device(void)
{
    bc_model       *model = NULL;
    bc_image       *images[2] = { NULL, NULL }, *made[1] = { NULL };
    const bc_image *bands[2];
    int             b;

    CHECK(bc_model_open(MODEL, NULL, 0, &model) == BC_OK);
    for (b = 0; b < 2; b++) {
        CHECK(bc_image_new(40, 40, &images[b]) == BC_OK);
        bands[b] = images[b];
    }
    CHECK(model != NULL && bc_predict(model, bands, NULL, NULL, made) == BC_BAD_ARG);
    CHECK(strstr(bc_message(), "opened without a device") != NULL);
    for (b = 0; b < 2; b++)
        bc_image_close(images[b]);
    bc_model_close(model);
}

/* Of a list of large images more pixels than 32 bits count. */
static void
test_many_pixels(void)
{
    static const char *const file = "test_evaluate_photometry.fits", *const text = "test_evaluate_photometry.csv";
    bc_evaluation_options    o = { .aperture = 3.0 };
    bc_evaluation           *e = NULL;
    struct bc_fits          *f = NULL;
    double                   n = 0.0;
    char                     line[400] = "";
    FILE                    *csv;

    CHECK(bc_evaluation_open(&o, &e) == BC_OK && bc_evaluation_begin_rows(e, 1, 1) == BC_OK);
    bc_tally_begin(e->tally, "prediction");
    e->tally->coverage.bin[BC_COVERAGE_ALL] = (struct bc_coverage_bin){ .n = 30000000001, .images = 2 };
    CHECK(bc_evaluation_write_photometry(e, file, 1) == BC_OK);
    CHECK(bc_fits_open_file(file, &f) == BC_OK && bc_fits_move(f, "PHOTOMETRY", 0) == BC_OK
          && bc_fits_read_column(f, "N", 0, 1, &n) == BC_OK && n == 30000000001.0);
    CHECK(bc_evaluation_write_photometry(e, text, 1) == BC_OK && (csv = fopen(text, "r")) != NULL
          && fgets(line, sizeof line, csv) != NULL && fgets(line, sizeof line, csv) != NULL && fclose(csv) == 0
          && strstr(line, ",30000000001,") != NULL);
    bc_fits_close(f);
    bc_evaluation_close(e);
    unlink(file);
    unlink(text);
}

int
main(void)
{
    bc_dataset *set = NULL;
    bc_model   *model = NULL;
    bc_epoch    best = { 0 };

    CHECK(make_galaxies(SET, 20, 32) == BC_OK && bc_dataset_open(SET, &set) == BC_OK);
    if (set != NULL)
        train(set, &best);
    CHECK(bc_model_open(MODEL, "auto", 0, &model) == BC_OK);
    if (set != NULL && model != NULL) {
        test_set(set, model, &best);
        test_refused(set, model);
        CHECK(isnan(bc_dataset_sigma(set, 99, 0)) && isnan(bc_dataset_sigma(set, 0, 7)));
    }
    test_without_device();
    test_many_pixels();
    bc_model_close(model);
    bc_dataset_close(set);
    unlink(SET);
    unlink(MODEL);
    return check_end();
}
