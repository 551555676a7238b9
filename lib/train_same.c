/* train_same.c -- what must be the same for a training to go on: samples, recipe, what it is
 * computed on.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"
#include "train.h"

/* The samples' splits and noise, which PIXELSUM does not cover. */
static bc_status
describe_set(const bc_training *t, struct bc_header *h)
{
    uint64_t  state = BC_FINGERPRINT_START;
    char      text[17];
    bc_sample s;
    long      i;
    int       b;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < bc_dataset_count(t->set); i++) {
        float x[1 + BC_MAX_BAND];

        st = bc_dataset_sample(t->set, i, &s);
        x[0] = (float)s.split;
        for (b = 0; b < t->model.generator.nin + t->model.generator.nout; b++)
            x[1 + b] = (float)bc_dataset_sigma(t->set, i, t->plane[b]);
        bc_fingerprint(x, (size_t)b + 1, &state);
    }
    bc_fingerprint_text(state, text);
    if (st == BC_OK)
        st = bc_header_set_text(h, "PIXELSUM", bc_dataset_checksum(t->set), "of the training set");
    if (st == BC_OK)
        st = bc_header_set_text(h, "TABLESUM", text, "of its samples' splits and noise");
    return st;
}

/* "g,Z" */
static void
list_bands(const char (*band)[BC_NAME_SIZE], int nband, char *text, size_t size)
{
    size_t n = 0;
    int    i;

    for (i = 0; i < nband && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", i > 0 ? "," : "", band[i]);
}

static void
list_filters(const bc_recipe *r, char *text, size_t size)
{
    size_t n = 0;
    int    i;

    for (i = 0; i < 4 && r->filters[i] != 0; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%d", i > 0 ? "," : "", r->filters[i]);
}

static bc_status
describe_texts(const bc_training *t, struct bc_header *h)
{
    const bc_recipe *r = &t->recipe;
    const struct bc_model *m = &t->model;
    char             inputs[(BC_NAME_SIZE + 1) * BC_MAX_INPUT], outputs[(BC_NAME_SIZE + 1) * BC_MAX_OUTPUT];
    char             filters[32], device[BC_NAME_SIZE];
    const struct { const char *name, *value; } texts[] = {
        { "inbands", inputs },
        { "outband", outputs },
        { "arch",    r->arch },
        { "stretch", r->stretch },
        { "filters", filters },
        { "norm",    r->norm ? "yes" : "no" },
        { "combine", r->combine ? "yes" : "no" },
        { "augment", r->augment ? "yes" : "no" },
        { "shuffle", r->shuffle ? "yes" : "no" },
        { "cosine",  r->cosine ? "yes" : "no" },
        { "start",   t->start_sum },
        { "device",  device }
    };
    size_t           i;
    bc_status        st = BC_OK;

    list_bands(m->band, m->generator.nin, inputs, sizeof inputs);
    list_bands(m->band + m->generator.nin, m->generator.nout, outputs, sizeof outputs);
    list_filters(r, filters, sizeof filters);
    bc_device_name(t->model.device, device, sizeof device);
    for (i = 0; st == BC_OK && i < sizeof texts / sizeof *texts; i++)
        st = bc_header_set_text(h, texts[i].name, texts[i].value, NULL);
    return st;
}

static bc_status
describe_numbers(const bc_training *t, struct bc_header *h)
{
    const bc_recipe *r = &t->recipe;
    const struct { const char *name; long value; } integers[] = {
        { "stem",      t->model.generator.stem },
        { "resblocks", r->resblocks },
        { "epochs",    r->epochs },
        { "batch",     r->batch },
        { "seed",      (long)r->seed }
    };
    const struct { const char *name; double value; } reals[] = {
        { "softening",   r->softening },
        { "lr",          r->rate },
        { "beta1",       r->beta1 },
        { "beta2",       r->beta2 },
        { "epsilon",     r->epsilon },
        { "lambda",      r->lambda },
        { "flux",        r->flux },
        { "uncertainty", r->uncertainty },
        { "dropout",     r->dropout }
    };
    size_t           i;
    bc_status        st = BC_OK;

    for (i = 0; st == BC_OK && i < sizeof integers / sizeof *integers; i++)
        st = bc_header_set_integer(h, integers[i].name, integers[i].value, NULL);
    for (i = 0; st == BC_OK && i < sizeof reals / sizeof *reals; i++)
        st = bc_header_set_number(h, reals[i].name, reals[i].value, NULL);
    return st;
}

static bc_status
describe_recipe(const bc_training *t, struct bc_header *h)
{
    bc_status st = describe_texts(t, h);

    return st == BC_OK ? describe_numbers(t, h) : st;
}

bc_status
bc_training_describe(const bc_training *t, struct bc_header *h)
{
    bc_status st = describe_set(t, h);

    return st == BC_OK ? describe_recipe(t, h) : st;
}

/* Add "name=value" of the card called KEY to LIST, or as much of it as there is room for. */
static void
add_value(char *list, size_t size, const struct bc_header *h, const char *key)
{
    char  *value = bc_header_string(h, key), name[BC_KEY + 1];
    size_t n = strlen(list), i;

    for (i = 0; key[i] != '\0'; i++)
        name[i] = (char)tolower((unsigned char)key[i]);
    name[i] = '\0';
    snprintf(list + n, size - n, "%s%s=%s", n > 0 ? " " : "", name, value != NULL ? value : "?");
    free(value);
}

/* BC_BAD_SHAPE unless the header THEIRS has all that OURS has. */
static bc_status
compare(const bc_training *t, const struct bc_header *ours, const struct bc_header *theirs)
{
    char was[400] = "", is[400] = "", key[BC_KEY + 1], *a, *b;
    int  i;

    for (i = 0; bc_header_card(ours, i) != NULL; i++) {
        bc_card_parse(bc_header_card(ours, i), key, NULL, NULL);
        if (strcmp(key, "CONTINUE") == 0)
            continue;
        a = bc_header_string(ours, key);
        b = bc_header_string(theirs, key);
        if (a == NULL || b == NULL || strcmp(a, b) != 0) {
            add_value(was, sizeof was, theirs, key);
            add_value(is, sizeof is, ours, key);
        }
        free(a);
        free(b);
    }
    if (was[0] == '\0')
        return BC_OK;
    return bc_fail(BC_BAD_SHAPE,
                   "%s is of a training with %s, not %s (resume=no clobber=yes starts anew)",
                   t->checkpoint.file, was, is);
}

bc_status
bc_training_compare(const bc_training *t, const struct bc_header *theirs)
{
    struct bc_header ours = { 0 };
    bc_status        st = describe_recipe(t, &ours);    /* first: the noise of other bands is another one */

    if (st == BC_OK)
        st = compare(t, &ours, theirs);
    bc_header_free(&ours);
    if (st == BC_OK)
        st = describe_set(t, &ours);
    if (st == BC_OK && compare(t, &ours, theirs) != BC_OK)
        st = bc_fail(BC_BAD_SHAPE, "%s is of a training with other samples than those of %s "
                     "(resume=no clobber=yes starts anew)", t->checkpoint.file,
                     bc_dataset_file(t->set));
    bc_header_free(&ours);
    return st;
}
