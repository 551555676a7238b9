/* bandmodel -- list, show and check models.
 * Parameters: par/bandmodel.par.  Their meaning: help/bandmodel.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"
#include "models.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

struct pars { const char *action, *model; int verbose; };

static const struct task_par table[] = {
    { "action",  TASK_STRING, offsetof(struct pars, action)  },
    { "model",   TASK_STRING, offsetof(struct pars, model)   },
    { "verbose", TASK_INT,    offsetof(struct pars, verbose) },
    { NULL,      0,           0                              }
};

enum { COLUMNS = 5 };

/* "F150W,F277W" */
static void
name_inputs(const bc_model *model, char *text, size_t size)
{
    int    i;
    size_t n = 0;

    *text = '\0';
    for (i = 0; i < bc_model_inputs(model) && n < size; i++)
        n += (size_t)snprintf(text + n, size - n, "%s%s", i > 0 ? "," : "", bc_model_input(model, i));
}

/* Name, inputs, output, architecture, file. */
static bc_status
add_row(const bc_model *model, struct strings *cells)
{
    char      inputs[1024];
    bc_status st = strings_add(cells, bc_model_name(model));

    name_inputs(model, inputs, sizeof inputs);
    if (st == BC_OK)
        st = strings_add(cells, inputs);
    if (st == BC_OK)
        st = strings_add(cells, bc_model_output(model));
    if (st == BC_OK)
        st = strings_add(cells, bc_model_architecture(model));
    return st == BC_OK ? strings_add(cells, bc_model_file(model)) : st;
}

static void
print_rows(const struct strings *cells)
{
    int width[COLUMNS] = { 0 }, i;

    for (i = 0; i < cells->n; i++)
        if ((int)strlen(cells->text[i]) > width[i % COLUMNS])
            width[i % COLUMNS] = (int)strlen(cells->text[i]);
    for (i = 0; i < cells->n; i++)
        if (i % COLUMNS == COLUMNS - 1)
            printf("%s\n", cells->text[i]);
        else
            printf("%-*s  ", width[i % COLUMNS], cells->text[i]);
}

/* One model a line.  A folder may hold other FITS files as well; a file that was named must be a model. */
static bc_status
list(const struct strings *files, int named)
{
    struct strings cells = { 0 };
    int            i;
    bc_status      st = BC_OK;

    for (i = 0; st == BC_OK && i < files->n; i++) {
        bc_model *model = NULL;

        st = bc_model_open(files->text[i], NULL, 0, &model);
        if (st == BC_OK) {
            st = add_row(model, &cells);
        } else if (!named) {
            task_warn("%s", bc_message());
            st = BC_OK;
        }
        bc_model_close(model);
    }
    if (st == BC_OK)
        print_rows(&cells);
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
    int       i, shown = 0;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < files->n; i++) {
        bc_model *model = NULL;

        st = bc_model_open(files->text[i], NULL, 0, &model);
        if (st == BC_OK) {
            if (shown++ > 0)
                printf("\n");
            print_cards(model);
        } else if (!named) {
            task_warn("%s", bc_message());
            st = BC_OK;
        }
        bc_model_close(model);
    }
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
                         : task_fail(BC_BAD_FILE, "%d of %d files are not usable models", wrong, files->n);
}

static bc_status
work(const struct pars *p)
{
    struct strings files = { 0 };
    const char    *what = strcmp(p->model, "installed") == 0 ? "" : p->model;
    bc_status      st = models_find(what, &files);
    int            named = files.n == 1 && strcmp(files.text[0], what) == 0;

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
