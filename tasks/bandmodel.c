/* bandmodel -- list, show, check, import, export and join models.
 * Parameters: par/bandmodel.par.  Their meaning: help/bandmodel.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "models.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

struct pars {
    const char *action, *model, *output, *inbands, *outband, *stretch, *title, *credit, *license;
    int         size, verbose, clobber;
};

static const struct task_par table[] = {
    { "action",  TASK_STRING, offsetof(struct pars, action)  },
    { "model",   TASK_STRING, offsetof(struct pars, model)   },
    { "output",  TASK_STRING, offsetof(struct pars, output)  },
    { "inbands", TASK_STRING, offsetof(struct pars, inbands) },
    { "outband", TASK_STRING, offsetof(struct pars, outband) },
    { "stretch", TASK_STRING, offsetof(struct pars, stretch) },
    { "size",    TASK_INT,    offsetof(struct pars, size)    },
    { "title",   TASK_STRING, offsetof(struct pars, title)   },
    { "credit",  TASK_STRING, offsetof(struct pars, credit)  },
    { "license", TASK_STRING, offsetof(struct pars, license) },
    { "verbose", TASK_INT,    offsetof(struct pars, verbose) },
    { "clobber", TASK_BOOL,   offsetof(struct pars, clobber) },
    { NULL,      0,           0                              }
};

enum { COLUMNS = 6 };

/* "F150W,F277W": the N bands of a model that NAME gives. */
static void
name_bands(const bc_model *model, int n, const char *(*name)(const bc_model *, int), char *text, size_t size)
{
    int    i;
    size_t length = 0;

    *text = '\0';
    for (i = 0; i < n && length < size; i++)
        length += (size_t)snprintf(text + length, size - length, "%s%s", i > 0 ? "," : "", name(model, i));
}

/* Name, by which tasks find it, inputs, outputs, architecture, file; and its title if that is another one. */
static bc_status
add_row(const bc_model *model, struct strings *cells)
{
    const char *title = bc_model_name(model);
    char        inputs[1024], outputs[1024], name[256];
    bc_status   st;

    models_name(bc_model_file(model), name, sizeof name);
    st = strings_add(cells, name);
    name_bands(model, bc_model_inputs(model), bc_model_input, inputs, sizeof inputs);
    name_bands(model, bc_model_outputs(model), bc_model_output, outputs, sizeof outputs);
    if (st == BC_OK)
        st = strings_add(cells, inputs);
    if (st == BC_OK)
        st = strings_add(cells, outputs);
    if (st == BC_OK)
        st = strings_add(cells, bc_model_architecture(model));
    if (st == BC_OK)
        st = strings_add(cells, bc_model_file(model));
    return st == BC_OK ? strings_add(cells, strcmp(title, name) != 0 ? title : "") : st;
}

static void
print_rows(const struct strings *cells)
{
    const char *text, *gap;
    int         width[COLUMNS] = { 0 }, i;

    for (i = 0; i < cells->n; i++)
        if ((int)strlen(cells->text[i]) > width[i % COLUMNS])
            width[i % COLUMNS] = (int)strlen(cells->text[i]);
    for (i = 0; i < cells->n; i++) {
        text = cells->text[i];
        gap = i % COLUMNS == 0 || *text == '\0' ? "" : "  ";
        if (i % COLUMNS < COLUMNS - 2)
            printf("%s%-*s", gap, width[i % COLUMNS], text);
        else
            printf("%s%s%s", gap, text, i % COLUMNS == COLUMNS - 1 ? "\n" : "");
    }
}

/* A folder may hold other FITS files as well. */
static void
tell_of_others(int others)
{
    if (others > 0)
        task_warn("%d other FITS file%s passed over: no usable model%s ('bandmodel check' says why)", others,
                  task_s(others), task_s(others));
}

/* One model a line.  A file that was named must be a model. */
static bc_status
list(const struct strings *files, int named)
{
    struct strings cells = { 0 };
    int            i, others = 0;
    bc_status      st = BC_OK;

    for (i = 0; st == BC_OK && i < files->n; i++) {
        bc_model *model = NULL;

        st = bc_model_open(files->text[i], NULL, 0, &model);
        if (st == BC_OK) {
            st = add_row(model, &cells);
        } else if (!named) {
            others++;
            st = BC_OK;
        }
        bc_model_close(model);
    }
    if (st == BC_OK)
        print_rows(&cells);
    tell_of_others(others);
    strings_free(&cells);
    return st;
}

static void
print_cards(const bc_model *model)
{
    const char *card;
    int         k;

    printf("# %s\n", bc_model_file(model));
    for (k = 0; (card = bc_model_card(model, k)) != NULL; k++)
        printf("%s\n", card);
}

/* The header of each, as text; what is no model is passed over as in list. */
static bc_status
show(const struct strings *files, int named)
{
    int       i, shown = 0, others = 0;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < files->n; i++) {
        bc_model *model = NULL;

        st = bc_model_open(files->text[i], NULL, 0, &model);
        if (st == BC_OK) {
            if (shown++ > 0)
                printf("\n");
            print_cards(model);
        } else if (!named) {
            others++;
            st = BC_OK;
        }
        bc_model_close(model);
    }
    tell_of_others(others);
    return st;
}

/* Opening a model compares its shapes and checksums.  All are looked at, whatever the first ones are. */
static bc_status
check(const struct strings *files)
{
    int i, wrong = 0;

    for (i = 0; i < files->n; i++) {
        bc_model *model = NULL;

        if (bc_model_open(files->text[i], NULL, 0, &model) == BC_OK) {
            task_say(1, "%s: good, %zu weights, checksum %s", files->text[i], bc_model_weights(model),
                     bc_model_checksum(model));
        } else {
            task_warn("%s", bc_message());
            wrong++;
        }
        bc_model_close(model);
    }
    if (wrong == 0)
        return BC_OK;
    return files->n == 1 ? task_fail(BC_BAD_FILE, "the model is not usable")
                         : task_fail(BC_BAD_FILE, "%d of %d files %s", wrong, files->n,
                                     wrong == 1 ? "is no usable model" : "are no usable models");
}

/* ---- actions that write ---------------------------------------------------------------------- */

/* One file, or a list as of images. */
static bc_status
read_names(const char *what, struct strings *names)
{
    return access(what, F_OK) == 0 ? strings_add(names, what) : sets_names(what, names);
}

static bc_status
open_one(const struct pars *p, const char *name, bc_model **model_p)
{
    bc_import_options o = { .inbands = p->inbands, .outband = p->outband, .stretch = p->stretch,
                            .size = p->size, .name = p->title };

    return strcmp(p->action, "import") == 0 ? bc_model_import(name, &o, model_p)
                                            : models_open(name, NULL, 0, model_p);
}

/* Open them all; of several make one. */
static bc_status
open_all(const struct pars *p, const struct strings *names, bc_model **model_p)
{
    bc_model **models = calloc((size_t)names->n, sizeof *models);
    int        i, average = strcmp(p->action, "average") == 0;
    bc_status  st = models != NULL ? BC_OK : task_fail(BC_NO_MEMORY, "out of memory");

    for (i = 0; st == BC_OK && i < names->n; i++)
        st = open_one(p, names->text[i], &models[i]);
    if (st == BC_OK && (names->n > 1 || average || strcmp(p->action, "ensemble") == 0))
        st = bc_model_join(models, names->n, average, model_p);
    else if (st == BC_OK) {
        *model_p = models[0];
        models[0] = NULL;
    }
    for (i = 0; models != NULL && i < names->n; i++)
        bc_model_close(models[i]);
    free(models);
    return st;
}

/* Several models become one called as its file is, unless a title is given. */
static bc_status
set_texts(const struct pars *p, bc_model *model, int several)
{
    const char *slash = strrchr(p->output, '/'), *stem = slash != NULL ? slash + 1 : p->output;
    char        name[72];
    bc_status   st = BC_OK;

    snprintf(name, sizeof name, "%.*s", (int)strcspn(stem, "."), stem);
    if (*p->title != '\0' || several)
        st = bc_model_set_text(model, "MODEL", *p->title != '\0' ? p->title : name, "name");
    if (st == BC_OK && *p->credit != '\0')
        st = bc_model_set_text(model, "CREDIT", p->credit, "of the model");
    if (st == BC_OK && *p->license != '\0')
        st = bc_model_set_text(model, "LICENSE", p->license, "of the model");
    return st;
}

/* What was made of it, as it is read back. */
static bc_status
tell_result(const struct pars *p)
{
    bc_model *model = NULL;
    char      inputs[1024], outputs[1024];
    bc_status st = bc_model_open(p->output, NULL, 0, &model);

    if (st == BC_OK) {
        name_bands(model, bc_model_inputs(model), bc_model_input, inputs, sizeof inputs);
        name_bands(model, bc_model_outputs(model), bc_model_output, outputs, sizeof outputs);
        task_say(1, "%s: %s, from %s to %s, stretch %s, %zu weights, checksum %s", p->output,
                 bc_model_architecture(model), inputs, outputs,
                 bc_model_stretch(model), bc_model_weights(model), bc_model_checksum(model));
    }
    bc_model_close(model);
    return st;
}

static bc_status
make(const struct pars *p)
{
    struct strings names = { 0 }, used = { 0 };
    bc_model      *model = NULL;
    int            export = strcmp(p->action, "export") == 0, i;
    bc_status      st = BC_OK;

    if (*p->output == '\0')
        st = task_fail(BC_BAD_ARG, "%s writes a file: say output=", p->action);
    if (st == BC_OK)
        st = read_names(p->model, &names);
    for (i = 0; st == BC_OK && i < names.n; i++)
        st = strings_add_quoted(&used, names.text[i]);
    if (st == BC_OK)
        st = sets_check_output(p->output, p->clobber, &used);
    if (st == BC_OK && export && names.n != 1)
        st = task_fail(BC_BAD_ARG, "export takes one model");
    if (st == BC_OK)
        st = open_all(p, &names, &model);
    if (st == BC_OK)
        st = set_texts(p, model, names.n > 1);
    if (st == BC_OK)
        st = export ? bc_model_export(model, p->output, p->clobber)
                    : bc_model_save(model, p->output, p->clobber);
    bc_model_close(model);
    strings_free(&names);
    strings_free(&used);
    return st == BC_OK && !export ? tell_result(p) : st;
}

static bc_status
work(const struct pars *p)
{
    struct strings files = { 0 };
    const char    *what = strcmp(p->model, "installed") == 0 ? "" : p->model;
    int            named;
    bc_status      st;

    if (strcmp(p->action, "list") != 0 && strcmp(p->action, "show") != 0
        && strcmp(p->action, "check") != 0)
        return make(p);
    if ((*what == '@' || strchr(what, ',') != NULL) && access(what, F_OK) != 0)
        return task_fail(BC_BAD_ARG, "%s takes one model, or a folder of them, not %s", p->action, what);
    st = models_find(what, &files);
    named = files.n == 1 && strcmp(files.text[0], what) == 0;
    if (st == BC_OK && strcmp(p->action, "list") == 0)
        st = list(&files, named);
    else if (st == BC_OK && strcmp(p->action, "show") == 0)
        st = show(&files, named);
    else if (st == BC_OK)
        st = check(&files);
    strings_free(&files);
    return st;
}

/* Called by tasks/main.c under the name bandmodel. */
int
bandmodel(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin("bandmodel", argc, argv, table, &p);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
