/* train_bands.c -- which bands of the set a training predicts, and from which.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "status.h"
#include "train.h"

/* The plane of the set that holds BAND: called so, or a known band of another spelling. */
static bc_status
find_plane(const bc_dataset *set, const char *band, int *plane_p)
{
    char   there[200] = "";
    size_t n = 0;
    int    b, found = -1;

    for (b = 0; b < bc_dataset_bands(set); b++) {
        const char *name = bc_dataset_band(set, b);

        if (strcmp(name, band) == 0 || (found < 0 && bc_band_same(name, band)))
            found = b;
        n += n < sizeof there ? (size_t)snprintf(there + n, sizeof there - n, "%s%s", b > 0 ? ", " : "", name) : 0;
    }
    if (found < 0)
        return bc_fail(BC_BAD_SHAPE, "%s has no band '%s'; it has %s", bc_dataset_file(set), band, there);
    *plane_p = found;
    return BC_OK;
}

static bc_status
name_band(bc_training *t, int i, const char *band)
{
    int       j;
    bc_status st = find_plane(t->set, band, &t->plane[i]);

    for (j = 0; st == BC_OK && j < i; j++)
        if (t->plane[j] == t->plane[i])
            return bc_fail(BC_BAD_ARG, "band '%s' is named twice", band);
    if (st == BC_OK) {
        snprintf(t->model.band[i], BC_NAME_SIZE, "%s", band);
        snprintf(t->model.unit[i], BC_NAME_SIZE, "%s", bc_dataset_unit(t->set, t->plane[i]));
    }
    return st;
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

/* Is BAND in LIST, "r,i"? */
static int
is_listed(const char *band, const char *list)
{
    size_t n = strlen(band);

    for (; *list != '\0'; list += strcspn(list, ","), list += *list == ',')
        if (strcspn(list, ",") == n && strncmp(list, band, n) == 0)
            return 1;
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
            if (!is_listed(bc_dataset_band(t->set, b), out))
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
