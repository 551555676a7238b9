/* train_write.c -- a training's result as a model file that says how it was made.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "config.h"
#include "fits.h"
#include "status.h"
#include "train.h"

bc_status
bc_training_set_text(bc_training *t, const char *key, const char *text, const char *comment)
{
    return bc_header_set_text(&t->texts, key, text, comment);
}

struct number_card { const char *key; double value; const char *comment; };

/* How it was trained. */
static bc_status
record(const bc_training *t, struct bc_header *h)
{
    const bc_recipe         *r = &t->recipe;
    const char              *set = bc_dataset_file(t->set), *slash = strrchr(set, '/');
    char                     credit[BC_NAME_SIZE];
    const int                local = t->model.generator.local;
    const struct number_card cards[] = {
        { "NTRAIN",   (double)t->ntrain, "training samples" },
        { "NVALID",   (double)t->nvalid, "validation samples: they chose the epoch" },
        { "NTEST",    (double)t->ntest,  "test samples: not looked at in training" },
        { "EPOCHS",   t->nepoch,         "epochs done" },
        { "BESTEPOC", t->best.epoch,     "the epoch these weights are from" },
        { "BATCH",    r->batch,          "samples a step" },
        { "RATE",     r->rate,           "Adam's learning rate at the start" },
        { "BETA1",    r->beta1,          "Adam" },
        { "BETA2",    r->beta2,          "Adam" },
        { "EPSILON",  r->epsilon,        "Adam" },
        { "LAMBDA",   r->lambda,         "loss = L1 + LAMBDA (1 - SSIM)" },
        { "FLUX",     local ? r->flux : NAN, "weight of the fluxes of boxes in the loss" },
        { "DROPOUT",  local ? r->dropout : NAN, "share of samples without a band" },
        { "COSINE",   r->cosine,         "1: the rate falls along half a cosine" },
        { "SHUFFLE",  r->shuffle,        "1: a new order every epoch" },
        { "AUGMENT",  r->augment,        "1: flips and quarter turns at random" },
        { "SEED",     (double)r->seed,   "of all random numbers" },
        { "LOSS",     t->best.train,     "mean training loss of that epoch" },
        { "VALLOSS",  t->best.valid,     "validation loss" },
        { "VALL1",    t->best.valid_l1,  "its L1, network units" },
        { "VALSSIM",  t->best.valid_ssim, "its SSIM, network units" },
    };
    char      device[BC_NAME_SIZE];
    size_t    i;
    bc_status st;

    st = bc_header_set_text(h, "TRAINSET", slash != NULL ? slash + 1 : set, "training set");
    if (st == BC_OK)
        st = bc_header_set_text(h, "TRAINSUM", bc_dataset_checksum(t->set),
                                "PIXELSUM of the training set");
    if (st == BC_OK && *bc_dataset_credit(t->set) != '\0'
        && !bc_header_text(&t->texts, "CREDIT", credit, sizeof credit))
        st = bc_header_set_text(h, "CREDIT", bc_dataset_credit(t->set), "of the training set");
    if (st == BC_OK && t->start_sum[0] != '\0')
        st = bc_header_set_text(h, "START", t->start, "the model that training began with");
    if (st == BC_OK && t->start_sum[0] != '\0')
        st = bc_header_set_text(h, "STARTSUM", t->start_sum, "its WEIGHSUM");
    for (i = 0; st == BC_OK && i < sizeof cards / sizeof *cards; i++)
        if (!isnan(cards[i].value))
            st = bc_header_set_number(h, cards[i].key, cards[i].value, cards[i].comment);
    bc_device_name(t->model.device, device, sizeof device);
    if (st == BC_OK)
        st = bc_header_set_text(h, "DEVICE", device, "it was trained on");
    return st == BC_OK ? bc_header_set_text(h, "CREATOR", "bandcast " PACKAGE_VERSION, NULL) : st;
}

/* MODEL, or the base of the file's name. */
static void
name_model(const bc_training *t, const char *file, struct bc_model *model)
{
    const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;

    if (!bc_header_text(&t->texts, "MODEL", model->name, sizeof model->name))
        snprintf(model->name, sizeof model->name, "%.*s", (int)strcspn(base, "."), base);
}

bc_status
bc_training_put(const bc_training *t, const char *file, struct bc_fits *f)
{
    struct bc_model  model = t->model;
    struct bc_header cards = { 0 };
    bc_status        st = record(t, &cards);
    int              i;

    name_model(t, file, &model);
    for (i = 0; st == BC_OK && bc_header_card(&t->texts, i) != NULL; i++)
        if (strncmp(bc_header_card(&t->texts, i), "MODEL ", 6) != 0)
            st = bc_header_append(&cards, bc_header_card(&t->texts, i));
    if (st == BC_OK)
        st = bc_model_put(&model, &cards, f);
    bc_header_free(&cards);
    return st;
}

bc_status
bc_training_write(bc_training *t, const char *file, int clobber)
{
    struct bc_fits *f = NULL;
    bc_status       st = bc_need_text(file, "the name of a model's file");

    if (st != BC_OK)
        return st;
    if (t->best.epoch == 0)
        return bc_fail(BC_BAD_ARG, "no epoch has ended yet, there is nothing to write to %s", file);
    st = bc_fits_create(file, clobber, &f);
    if (st == BC_OK)
        st = bc_training_put(t, file, f);
    if (st == BC_OK)
        st = bc_fits_commit(f);
    bc_fits_close(f);
    if (st == BC_OK)
        bc_training_forget(t);
    return st;
}
