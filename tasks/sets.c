/* sets.c -- which images a task works on, and what it writes.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sets.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "imname.h"
#include "lists.h"
#include "task.h"
#include "wildcard.h"

static bc_status
some(bc_status st, const char *what, const struct strings *s)
{
    return st == BC_OK && s->n == 0 ? task_fail(BC_BAD_ARG, "no %s is named", what) : st;
}

bc_status
sets_read(const char *value, struct strings *sets)
{
    return some(lists_expand(value, LIST_SETS, sets), "image", sets);
}

bc_status
sets_names(const char *value, struct strings *names)
{
    return some(lists_expand(value, LIST_NAMES, names), "image", names);
}

/* The file that an image's NAME opens: that of this name, or what stands before its [extension]. */
static int
stat_image(const char *name, struct stat *s_p)
{
    char *path;
    int   failed;

    if (stat(name, s_p) == 0)
        return 0;
    path = strndup(name, strcspn(name, "["));
    failed = path == NULL || stat(path, s_p) != 0;
    free(path);
    return failed;
}

bc_status
sets_check_names(const struct strings *names)
{
    const char *first = NULL;
    struct stat s;
    int         i, missing = 0, standard = 0;

    for (i = 0; i < names->n; i++)
        standard += strcmp(names->text[i], "-") == 0;
    if (standard > 1)
        return task_fail(BC_BAD_ARG, "standard input (-) can be one image only, not %d", standard);
    for (i = 0; i < names->n; i++)
        if (strcmp(names->text[i], "none") != 0 && !imname_is_special(names->text[i])
            && stat_image(names->text[i], &s) != 0 && errno == ENOENT && missing++ == 0)
            first = names->text[i];
    if (missing > 1)
        return task_fail(BC_BAD_FILE, "%s and %d more: %s", first, missing - 1, strerror(ENOENT));
    return missing > 0 ? task_fail(BC_BAD_FILE, "%s: %s", first, strerror(ENOENT)) : BC_OK;
}

int
sets_hopeless(bc_status st, int i)
{
    return st == BC_NO_ROOM || st == BC_NO_MEMORY || st == BC_NO_DEVICE || (st == BC_BAD_ARG && i == 0);
}

/* ---- outputs --------------------------------------------------------------------------------- */

static int
is_folder(const char *value)
{
    struct stat s;
    size_t      n = strlen(value);

    return (n > 0 && value[n - 1] == '/') || (stat(value, &s) == 0 && S_ISDIR(s.st_mode));
}

/* The %old%new% that VALUE ends in, behind a folder or alone; NULL: there is none. */
static const char *
edit_of(const char *value)
{
    const char *slash = strrchr(value, '/'), *edit = wildcard_is_edit(value) || slash == NULL ? value : slash + 1;

    return wildcard_is_edit(edit) ? edit : NULL;
}

/* "A" + BETWEEN + "B", in the caller's memory. */
static char *
paste(const char *a, size_t n, const char *between, const char *b)
{
    char *text = malloc(n + strlen(between) + strlen(b) + 1);

    if (text != NULL)
        sprintf(text, "%.*s%s%s", (int)n, a, between, b);
    return text;
}

/* The output that VALUE makes of FITS, an input's name; NULL: it does not fit, or out of memory. */
static char *
derive_name(const char *value, const char *fits)
{
    const char *slash = strrchr(fits, '/'), *base = slash != NULL ? slash + 1 : fits, *edit = edit_of(value);
    size_t      n = strlen(value);
    char       *pattern, *edited, *output;

    if (strncmp(value, "//", 2) == 0)
        return imname_join(fits, value + 2);
    if (is_folder(value))
        return paste(value, n, value[n - 1] == '/' ? "" : "/", base);
    pattern = paste("*", 1, edit, "*");
    edited = pattern != NULL ? wildcard_edit(pattern, base) : NULL;
    output = edited == NULL ? NULL
           : edit > value   ? paste(value, (size_t)(edit - value), "", edited)
                            : paste(fits, (size_t)(base - fits), "", edited);
    free(pattern);
    free(edited);
    return output;
}

/* One output from the first image of SET.  What was packed comes out as plain FITS. */
static bc_status
derive(const char *value, const char *set, struct strings *outputs)
{
    struct strings names = { 0 };
    char          *fits = NULL, *output = NULL;
    bc_status      st = strings_split(set, &names);

    if (st == BC_OK && imname_is_special(names.text[0])) {
        st = task_fail(BC_BAD_ARG, "'%s' takes names from the images, and %s has none: say how the output is called",
                       value, names.text[0]);
    } else if (st == BC_OK) {
        fits = paste(names.text[0], imname_root(names.text[0]), ".fits", "");
        output = fits != NULL ? derive_name(value, fits) : NULL;
        st = output != NULL ? strings_add(outputs, output)
                            : task_fail(BC_BAD_ARG, "'%s' does not fit %s", value, names.text[0]);
    }
    free(fits);
    free(output);
    strings_free(&names);
    return st;
}

bc_status
sets_outputs(const char *value, const struct strings *sets, struct strings *outputs)
{
    int       i;
    bc_status st = BC_OK;

    if (edit_of(value) == NULL && strncmp(value, "//", 2) != 0 && !is_folder(value))
        st = some(lists_expand(value, LIST_OUTPUTS, outputs), "output", outputs);
    else
        for (i = 0; st == BC_OK && i < sets->n; i++)
            st = derive(value, sets->text[i], outputs);
    if (st == BC_OK && sets->n != outputs->n)
        st = task_fail(BC_BAD_ARG, "%d set%s of images and %d output%s", sets->n, task_s(sets->n), outputs->n,
                       task_s(outputs->n));
    return st;
}

/* NAME for BAND: out.fits becomes out_r.fits. */
static bc_status
add_band(const char *name, const char *band, struct strings *outputs)
{
    char     *end = paste("_", 1, band, ""), *output = NULL, *p;
    bc_status st;

    for (p = end; p != NULL && *p != '\0'; p++)
        if (!isalnum((unsigned char)*p) && strchr("_-.", *p) == NULL)    /* a band may be called anything */
            *p = '_';
    if (end != NULL)
        output = imname_join(name, end);
    st = output != NULL ? strings_add(outputs, output) : task_fail(BC_NO_MEMORY, "out of memory");
    free(end);
    free(output);
    return st;
}

bc_status
sets_band_outputs(const char *value, const struct strings *sets, const struct strings *bands,
                  struct strings *outputs)
{
    struct strings items = { 0 }, *names = calloc((size_t)bands->n, sizeof *names);
    int            i, k;
    bc_status      st = names != NULL ? strings_split_raw(value, &items)
                                      : task_fail(BC_NO_MEMORY, "out of memory");

    if (st == BC_OK && items.n != 1 && items.n != bands->n)
        st = task_fail(BC_BAD_ARG, "output=%s: %d names for %d bands (one for each, or one that "
                       "gets their names)", value, items.n, bands->n);
    for (k = 0; st == BC_OK && k < items.n; k++)
        st = sets_outputs(items.text[k], sets, &names[k]);
    for (i = 0; st == BC_OK && i < sets->n; i++)
        for (k = 0; st == BC_OK && k < bands->n; k++)
            st = items.n == 1 ? add_band(names[0].text[i], bands->text[k], outputs)
                              : strings_add(outputs, names[k].text[i]);
    for (k = 0; names != NULL && k < bands->n; k++)
        strings_free(&names[k]);
    free(names);
    strings_free(&items);
    return st;
}

/* ---- what must not be written ---------------------------------------------------------------- */

/* Which file it is, whatever it is called. */
struct identity {
    dev_t device;
    ino_t number;
};

static int
by_identity(const void *a, const void *b)
{
    const struct identity *x = a, *y = b;

    return x->device != y->device ? (x->device > y->device) - (x->device < y->device)
                                  : (x->number > y->number) - (x->number < y->number);
}

/* Those files of the images NAMES that are there, sorted; *n_p of them. */
static struct identity *
identify(const struct strings *names, int *n_p)
{
    struct identity *file = malloc((size_t)(names->n + 1) * sizeof *file);
    struct stat      s;
    int              i;

    *n_p = 0;
    for (i = 0; file != NULL && i < names->n; i++)
        if (stat_image(names->text[i], &s) == 0)
            file[(*n_p)++] = (struct identity){ s.st_dev, s.st_ino };
    if (file != NULL)
        qsort(file, (size_t)*n_p, sizeof *file, by_identity);
    return file;
}

bc_status
sets_check_apart(const struct strings *outputs, const struct strings *sets)
{
    struct strings   names = { 0 };
    struct identity *file = NULL;
    struct stat      s;
    int              i, n = 0;
    bc_status        st = BC_OK;

    for (i = 0; st == BC_OK && i < sets->n; i++)
        st = strings_split(sets->text[i], &names);
    if (st == BC_OK && (file = identify(&names, &n)) == NULL)
        st = task_fail(BC_NO_MEMORY, "out of memory");
    for (i = 0; st == BC_OK && i < outputs->n; i++)
        if (stat(outputs->text[i], &s) == 0
            && (lists_have_read(&s) || bsearch(&(struct identity){ s.st_dev, s.st_ino }, file, (size_t)n, sizeof *file,
                                               by_identity) != NULL))
            st = task_fail(BC_BAD_FILE, "%s is an input, too: it is not replaced", outputs->text[i]);
    free(file);
    strings_free(&names);
    return st;
}

bc_status
sets_check_output(const char *output, int clobber, const struct strings *sets)
{
    char                *text = (char *)output;
    const struct strings one = { &text, 1 };
    bc_status            st = bc_output_check(output, clobber);

    return st == BC_OK ? sets_check_apart(&one, sets) : st;
}

bc_status
sets_check_fits(const char *output, int clobber, const struct strings *sets)
{
    static const char others[] = " bz2 xz zst zip png jpg jpeg gif tif tiff pdf csv txt npy h5 hdf5 imh hhh qp pl ";
    const char       *slash = strrchr(output, '/'), *base = slash != NULL ? slash + 1 : output;
    const char       *dot = strrchr(base, '.');
    char              ending[16] = "";

    if (dot != NULL && snprintf(ending, sizeof ending, " %s ", dot + 1) < (int)sizeof ending
        && strcasestr(others, ending) != NULL)
        return task_fail(BC_BAD_ARG, "%s: FITS is written, plain or as .fits.fz or .fits.gz", output);
    if (*base == '!')
        return task_fail(BC_BAD_ARG, "%s: a '!' replaces nothing here, clobber=yes does", output);
    if (strchr(base, '[') != NULL)
        return task_fail(BC_BAD_ARG, "%s: an output is a whole file, without [brackets]", output);
    return sets_check_output(output, clobber, sets);
}
