/* test_train.c -- training lowers the loss, keeps the best epoch, gives the same bits again; the model file says what
 * it is, is refused when damaged, and predicts.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "check.h"
#include "galaxies.h"

static const char *const SET = "test_train_set.fits", *const MODEL = "test_train_model.fits";

struct curve { double first, last, best; int n; };

static int
keep(void *arg, const bc_epoch *e)
{
    struct curve *c = arg;

    if (c->n++ == 0)
        c->first = c->best = e->valid;
    c->last = e->train;
    c->best = fmin(c->best, e->valid);
    CHECK(e->best == (e->valid <= c->best));
    return 0;
}

static bc_status
train(const char *file, struct curve *c)
{
    bc_dataset  *set = NULL;
    bc_training *training = NULL;
    bc_recipe    r;
    bc_status    st = bc_dataset_open(SET, &set);

    bc_recipe_default(&r);
    memset(r.filters, 0, sizeof r.filters);
    r.filters[0] = 16;
    r.resblocks = 1;
    r.epochs = 6;
    r.arch = "resnet";
    r.norm = 1;
    r.batch = 5;                /* 24 samples: the last batch is smaller */
    r.rate = 1e-3;
    r.lambda = 0.2;
    r.inbands = "b,a";
    r.outband = "t";
    if (st == BC_OK)
        st = bc_training_open(set, &r, &training);
    if (st == BC_OK)
        st = bc_training_run(training, NULL, keep, c);
    if (st == BC_OK)
        st = bc_training_set_text(training, "CREDIT", "nobody", "of the data");
    if (st == BC_OK)
        st = bc_training_write(training, file, 1);
    bc_training_close(training);
    bc_dataset_close(set);
    return st;
}

static void
test_training(void)
{
    struct curve a = { 0 }, b = { 0 };
    bc_model    *m = NULL, *n = NULL;

    CHECK(train(MODEL, &a) == BC_OK);
    CHECK(a.n == 6 && a.best < 0.8 * a.first);
    CHECK(train("test_train_again.fits", &b) == BC_OK);
    CHECK(bc_model_open(MODEL, NULL, 0, &m) == BC_OK && bc_model_open("test_train_again.fits", NULL, 0, &n) == BC_OK);
    if (m != NULL && n != NULL) {
        CHECK(strcmp(bc_model_checksum(m), bc_model_checksum(n)) == 0);
        CHECK(strcmp(bc_model_name(m), "test_train_model") == 0 && strcmp(bc_model_text(m, "CREDIT"), "nobody") == 0);
        CHECK(bc_model_inputs(m) == 2 && strcmp(bc_model_input(m, 0), "b") == 0
              && strcmp(bc_model_output(m, 0), "t") == 0 && strcmp(bc_model_output_unit(m, 0), "nanomaggy") == 0);
        CHECK(strcmp(bc_model_architecture(m), "resnet 8-16 x1 +combine") == 0 && bc_model_size(m) == 32);
    }
    bc_model_close(m);
    bc_model_close(n);
    unlink("test_train_again.fits");
}

/* Stops as often as MORE says at step number N of the run at hand. */
struct stop { int n, more; };

static int
stop(void *arg, double done)
{
    struct stop *s = arg;

    (void)done;
    return s->more > 0 && s->n-- == 0;
}

/* A training with its state in a file; *training_p is NULL if it cannot be gone on with. */
static bc_status
open_saved(bc_dataset *set, const char *device, int threads, bc_training **training_p)
{
    bc_training *training = NULL;
    bc_recipe    r;
    bc_status    st;

    bc_recipe_default(&r);
    r.filters[0] = 4;
    r.resblocks = 1;
    r.epochs = 3;
    r.batch = 7;                /* 24 samples: the last batch is smaller */
    r.device = device;
    r.threads = threads;
    st = bc_training_open(set, &r, &training);
    if (st == BC_OK)
        st = bc_training_checkpoint(training, "test_train.resume", 1e6, 1, 0);
    if (st == BC_OK)
        *training_p = training;
    else
        bc_training_close(training);
    return st;
}

/* Train to FILE, stopped STOPS times after N steps, with one thread and two in turns. */
static int
train_in_pieces(bc_dataset *set, const char *device, int n, int stops, const char *file)
{
    bc_training *training = NULL;
    bc_status    st = BC_STOPPED;
    int          runs = 0;

    while (st == BC_STOPPED) {
        struct stop s = { n, stops - runs };
        bc_epoch    e;
        int         i, epochs;

        training = NULL;
        st = open_saved(set, device, 1 + runs++ % 2, &training);
        if (st != BC_OK)
            break;
        st = bc_training_run(training, stop, NULL, &s);
        epochs = bc_training_epochs(training);
        for (i = 0; i < epochs; i++)
            CHECK(bc_training_epoch(training, i, &e) == BC_OK && e.epoch == i + 1 && e.train > 0.0);
        CHECK(bc_training_epoch(training, epochs, &e) == BC_BAD_ARG);
        if (st == BC_OK)
            st = bc_training_write(training, file, 1);
        bc_training_close(training);
    }
    CHECK(st == BC_OK && access("test_train.resume", F_OK) != 0);
    return runs;
}

/* In pieces of any length or in one: the same weights, on every backend. */
static void
test_resume(void)
{
    static const char *const devices[] = { "cpu", "ref" };
    bc_dataset              *set = NULL;
    bc_training             *training = NULL;
    bc_model                *whole = NULL, *pieces = NULL;
    int                      d, n;

    CHECK(bc_dataset_open(SET, &set) == BC_OK);
    for (d = 0; d < 2; d++) {
        CHECK(train_in_pieces(set, devices[d], 0, 0, "test_train_whole.fits") == 1);
        for (n = 1; n < (d == 0 ? 6 : 2); n++) {
            CHECK(train_in_pieces(set, devices[d], n, 3, "test_train_pieces.fits") == 4);
            CHECK(bc_model_open("test_train_whole.fits", NULL, 0, &whole) == BC_OK
                  && bc_model_open("test_train_pieces.fits", NULL, 0, &pieces) == BC_OK);
            CHECK(whole != NULL && pieces != NULL
                  && strcmp(bc_model_checksum(whole), bc_model_checksum(pieces)) == 0);
            bc_model_close(whole);
            bc_model_close(pieces);
            whole = pieces = NULL;
        }
    }
    CHECK(open_saved(set, "cpu", 1, &training) == BC_OK);
    bc_training_close(training);
    CHECK(open_saved(set, "ref", 1, &training) == BC_BAD_SHAPE
          && strstr(bc_message(), "device=cpu") != NULL);
    bc_dataset_close(set);
    unlink("test_train.resume");
    unlink("test_train_whole.fits");
    unlink("test_train_pieces.fits");
}

/* What only a program can choose counts, too. */
static void
test_other_recipe(void)
{
    static const char *const names[] = { "beta1=", "beta2=", "epsilon=", "uncertainty=" };
    bc_dataset              *set = NULL;
    bc_training             *training = NULL;
    bc_recipe                r;
    int                      i;

    CHECK(bc_dataset_open(SET, &set) == BC_OK);
    for (i = -1; i < 4; i++) {                          /* -1: the first run */
        bc_recipe_default(&r);
        r.filters[0] = 4;
        r.resblocks = 1;
        r.beta1 *= i == 0 ? 0.5 : 1.0;
        r.beta2 *= i == 1 ? 0.5 : 1.0;
        r.epsilon *= i == 2 ? 0.5 : 1.0;
        r.uncertainty *= i == 3 ? 0.5 : 1.0;
        training = NULL;
        CHECK(bc_training_open(set, &r, &training) == BC_OK);
        CHECK(training != NULL && bc_training_checkpoint(training, "test_train.resume", 1e6, 1, 0)
              == (i < 0 ? BC_OK : BC_BAD_SHAPE));
        CHECK(i < 0 || strstr(bc_message(), names[i]) != NULL);
        bc_training_close(training);
    }
    bc_dataset_close(set);
    unlink("test_train.resume");
}

static int
keep_last(void *arg, const bc_epoch *e)
{
    *(bc_epoch *)arg = *e;
    return 0;
}

/* Training that begins with a model has its bands, network and stretch: without a step worth the name
 * it gives the model's own validation loss and weights. */
static void
test_start(void)
{
    bc_dataset  *set = NULL;
    bc_training *training = NULL;
    bc_model    *m = NULL, *n = NULL;
    bc_recipe    r;
    bc_epoch     e = { .epoch = 0 };

    CHECK(bc_dataset_open(SET, &set) == BC_OK && bc_model_open(MODEL, NULL, 0, &m) == BC_OK);
    bc_recipe_default(&r);
    r.epochs = 1;
    r.lambda = 0.2;
    r.rate = 1e-30;
    r.start = m;
    CHECK(bc_training_open(set, &r, &training) == BC_OK);
    CHECK(training != NULL && bc_training_run(training, NULL, keep_last, &e) == BC_OK);
    CHECK(training != NULL && bc_training_write(training, "test_train_start.fits", 1) == BC_OK);
    bc_training_close(training);
    training = NULL;
    CHECK(m != NULL && fabs(e.valid - atof(bc_model_text(m, "VALLOSS"))) < 1e-6 * e.valid);
    CHECK(bc_model_open("test_train_start.fits", NULL, 0, &n) == BC_OK);
    if (m != NULL && n != NULL) {
        CHECK(strcmp(bc_model_checksum(m), bc_model_checksum(n)) == 0);
        CHECK(strcmp(bc_model_architecture(m), bc_model_architecture(n)) == 0);
        CHECK(strcmp(bc_model_text(n, "STARTSUM"), bc_model_checksum(m)) == 0);
        CHECK(strcmp(bc_model_input(n, 0), "b") == 0 && strcmp(bc_model_output(n, 0), "t") == 0);
    }
    r.inbands = "a";
    CHECK(bc_training_open(set, &r, &training) == BC_BAD_SHAPE
          && strstr(bc_message(), "2 input bands, not 1") != NULL);
    bc_model_close(m);
    bc_model_close(n);
    bc_dataset_close(set);
    unlink("test_train_start.fits");
}

/* Losses of an epoch that changes nothing, of samples that are not turned, DROPOUT of which lose a band. */
static bc_epoch
lose_bands(bc_dataset *set, double dropout)
{
    bc_training *training = NULL;
    bc_recipe    r;
    bc_epoch     e = { .epoch = 0 };

    bc_recipe_default(&r);
    r.filters[0] = 4;
    r.resblocks = 1;
    r.epochs = 1;
    r.rate = 1e-30;
    r.augment = 0;
    r.dropout = dropout;
    CHECK(bc_training_open(set, &r, &training) == BC_OK);
    CHECK(training != NULL && bc_training_run(training, NULL, keep_last, &e) == BC_OK);
    bc_training_close(training);
    return e;
}

/* Training samples lose bands whether they are turned or not, validation samples never do. */
static void
test_dropout(void)
{
    bc_dataset *set = NULL;
    bc_epoch    all, some;

    CHECK(bc_dataset_open(SET, &set) == BC_OK);
    all = lose_bands(set, 0.0);
    some = lose_bands(set, 1.0);
    CHECK(fabs(some.train - all.train) > 1e-3 * fabs(all.train));
    CHECK(some.valid == all.valid);
    bc_dataset_close(set);
}

/* One flipped byte in the middle of the file: a checksum is wrong. */
static void
test_damage(void)
{
    FILE     *f = fopen(MODEL, "rb");
    long      n;
    char     *bytes;
    bc_model *m = NULL;

    if (f == NULL)
        return;
    fseek(f, 0, SEEK_END);
    n = ftell(f);
    rewind(f);
    bytes = malloc((size_t)n);
    CHECK(fread(bytes, 1, (size_t)n, f) == (size_t)n);
    fclose(f);
    bytes[n - 2880 + 3] ^= 1;       /* the last tensor's data */
    f = fopen("test_train_damaged.fits", "wb");
    fwrite(bytes, 1, (size_t)n, f);
    fclose(f);
    CHECK(bc_model_open("test_train_damaged.fits", NULL, 0, &m) == BC_BAD_FILE && m == NULL);
    f = fopen("test_train_damaged.fits", "wb");
    fwrite(bytes, 1, (size_t)n / 2, f);
    fclose(f);
    CHECK(bc_model_open("test_train_damaged.fits", NULL, 0, &m) == BC_BAD_FILE && m == NULL);
    CHECK(bc_model_open(SET, NULL, 0, &m) == BC_BAD_FILE && strstr(bc_message(), "not a bandcast model") != NULL);
    unlink("test_train_damaged.fits");
    free(bytes);
}

/* A recipe that cannot be: one sentence, no crash. */
static void
test_refusals(void)
{
    bc_dataset  *set = NULL;
    bc_training *training = NULL;
    bc_recipe    r;

    CHECK(bc_dataset_open(SET, &set) == BC_OK);
    bc_recipe_default(&r);
    r.inbands = "a,q";
    r.outband = "t";
    CHECK(bc_training_open(set, &r, &training) == BC_BAD_SHAPE && strstr(bc_message(), "'q'") != NULL);
    r.inbands = "a,t";
    CHECK(bc_training_open(set, &r, &training) == BC_BAD_ARG && strstr(bc_message(), "twice") != NULL);
    r.inbands = "a";
    r.filters[0] = 7;
    CHECK(bc_training_open(set, &r, &training) == BC_BAD_ARG);
    bc_recipe_default(&r);
    r.filters[0] = 4;
    r.resblocks = 1;
    r.rate = 1e39;          /* no float: the weights overflow */
    r.cosine = 0;
    CHECK(bc_training_open(set, &r, &training) == BC_OK);
    CHECK(training == NULL || bc_training_run(training, NULL, NULL, NULL) == BC_DIVERGED);
    bc_training_close(training);
    r.uncertainty = 0.0;
    CHECK(bc_training_open(set, &r, &training) == BC_BAD_ARG && strstr(bc_message(), "uncertainty=0") != NULL);
    bc_dataset_close(set);
}

/* A prediction of the model is closer to the truth than the better of its inputs, keeps NaN where an input has none,
 * and its windows join without a seam. */
static void
test_prediction(void)
{
    bc_dataset        *set = NULL;
    bc_model          *m = NULL;
    bc_image          *in[2] = { NULL, NULL }, *out = NULL;
    bc_predict_report  report;
    bc_predict_options whole = { .window = "whole" }, blend = { .window = "blend", .size = 16 };
    float              truth[32 * 32];
    double             error;

    CHECK(bc_dataset_open(SET, &set) == BC_OK && bc_model_open(MODEL, "auto", 1, &m) == BC_OK);
    CHECK(bc_image_new(32, 32, &in[0]) == BC_OK && bc_image_new(32, 32, &in[1]) == BC_OK);
    bc_dataset_read(set, 4, 1, bc_image_pixels(in[0]));
    bc_dataset_read(set, 4, 0, bc_image_pixels(in[1]));
    bc_dataset_read(set, 4, 2, truth);
    CHECK(bc_predict(m, (const bc_image *const *)in, &whole, &report, &out) == BC_OK);
    CHECK(report.unit_assumed == 3 && report.by_size == 1 && report.missing == 0.0);
    error = out != NULL ? bc_mae(bc_image_pixels(out), truth, 32 * 32) : NAN;
    CHECK(error < 0.6 * bc_mae(bc_image_pixels(in[0]), truth, 32 * 32));
    CHECK(out != NULL && strcmp(bc_image_band(out), "t") == 0 && strcmp(bc_image_unit(out), "nanomaggy") == 0);
    bc_image_close(out);
    out = NULL;
    bc_image_pixels(in[1])[5 * 32 + 7] = NAN;
    CHECK(bc_predict(m, (const bc_image *const *)in, &blend, &report, &out) == BC_OK);
    CHECK(strcmp(report.window, "blend") == 0 && report.spread >= 0.0 && report.missing == 1.0 / 1024.0);
    if (out != NULL) {
        CHECK(isnan(bc_image_pixels(out)[5 * 32 + 7]) && bc_image_plane(out, "MASK")[5 * 32 + 7] == 1.0f);
        CHECK(isfinite(bc_image_pixels(out)[5 * 32 + 8]) && bc_image_plane(out, "MASK")[5 * 32 + 8] == 0.0f);
    }
    bc_image_close(out);
    bc_image_close(in[0]);
    bc_image_close(in[1]);
    bc_model_close(m);
    bc_dataset_close(set);
}

int
main(void)
{
    CHECK(make_galaxies(SET, 40, 32) == BC_OK);
    test_training();
    test_resume();
    test_other_recipe();
    test_start();
    test_dropout();
    test_damage();
    test_refusals();
    test_prediction();
    unlink(SET);
    unlink(MODEL);
    return check_end();
}
