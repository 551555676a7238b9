/* train_bands.c -- which bands of the set a training predicts, and from which.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "status.h"
#include "train.h"

static bc_status
fail_missing(const bc_dataset *set, const char *band)
{
    char   there[200] = "";
    size_t n = 0;
    int    b;

    for (b = 0; b < bc_dataset_bands(set) && n < sizeof there; b++)
        n += (size_t)snprintf(there + n, sizeof there - n, "%s%s", b > 0 ? ", " : "", bc_dataset_band(set, b));
    return bc_fail(BC_BAD_SHAPE, "%s has no band '%s'; it has %s", bc_dataset_file(set), band, there);
}

static bc_status
name_band(bc_training *t, int i, const char *band)
{
    int j;

    t->plane[i] = bc_dataset_find(t->set, band);
    if (t->plane[i] < 0)
        return fail_missing(t->set, band);
    for (j = 0; j < i; j++)
        if (t->plane[j] == t->plane[i])
            return bc_fail(BC_BAD_ARG, "band '%s' is named twice", band);
    snprintf(t->model.band[i], BC_NAME_SIZE, "%s", band);
    snprintf(t->model.unit[i], BC_NAME_SIZE, "%s", bc_dataset_unit(t->set, t->plane[i]));
    return BC_OK;
}

/* The bands of LIST, "g,Z", behind the FIRST that have been named; *n_p how many there are. */
static bc_status
name_bands(bc_training *t, int first, const char *list, int most, const char *what, int *n_p)
{
    char      band[BC_NAME_SIZE];
    bc_status st = BC_OK;

    *n_p = 0;
    while (st == BC_OK && *list != '\0') {
        size_t length = strcspn(list, ",");

        if (*n_p == most)
            return bc_fail(BC_BAD_ARG, "more than %d %s bands", most, what);
        snprintf(band, sizeof band, "%.*s", (int)length, list);
        st = name_band(t, first + (*n_p)++, band);
        list += length + (list[length] == ',');
    }
    return st;
}

/* Is plane B of SET one of the bands of LIST, "r,i"? */
static int
is_listed(const bc_dataset *set, int b, const char *list)
{
    char   band[BC_NAME_SIZE];
    size_t n;

    for (; *list != '\0'; list += n + (list[n] == ',')) {
        n = strcspn(list, ",");
        snprintf(band, sizeof band, "%.*s", (int)n, list);
        if (bc_dataset_find(set, band) == b)
            return 1;
    }
    return 0;
}

/* inbands if they are not said: those of the model to begin with, or all of the set but OUT. */
static bc_status
default_inputs(bc_training *t, const char *out, int *n_p)
{
    const bc_model *start = t->recipe.start;
    int             b;
    bc_status       st = BC_OK;

    *n_p = 0;
    if (start != NULL)
        for (b = 0; st == BC_OK && b < bc_model_inputs(start); b++)
            st = name_band(t, (*n_p)++, bc_model_input(start, b));
    else
        for (b = 0; st == BC_OK && b < bc_dataset_bands(t->set); b++)
            if (!is_listed(t->set, b, out))
                st = name_band(t, (*n_p)++, bc_dataset_band(t->set, b));
    return st;
}

/* outband if it is not said: those of the model to begin with, or the last of the set. */
static const char *
default_outputs(const bc_training *t, char *list, size_t size)
{
    const bc_model *start = t->recipe.start;
    size_t          n = 0;
    int             k;

    if (start == NULL)
        return bc_dataset_band(t->set, bc_dataset_bands(t->set) - 1);
    for (k = 0; k < bc_model_outputs(start) && n < size; k++)
        n += (size_t)snprintf(list + n, size - n, "%s%s", k > 0 ? "," : "", bc_model_output(start, k));
    return list;
}

bc_status
bc_training_bands(bc_training *t)
{
    struct bc_generator *g = &t->model.generator;
    char                 list[(BC_NAME_SIZE + 1) * BC_MAX_OUTPUT];
    const char          *in = t->recipe.inbands;
    const char          *out = *t->recipe.outband != '\0' ? t->recipe.outband : default_outputs(t, list, sizeof list);
    bc_status            st = *in != '\0' ? name_bands(t, 0, in, BC_MAX_INPUT, "input", &g->nin)
                                           : default_inputs(t, out, &g->nin);

    if (st == BC_OK && g->nin == 0)
        st = bc_fail(BC_BAD_SHAPE, "%s: no input band is left beside '%s'",
                     bc_dataset_file(t->set), out);
    return st == BC_OK ? name_bands(t, g->nin, out, BC_MAX_OUTPUT, "output", &g->nout) : st;
}
