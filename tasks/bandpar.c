/* bandpar -- list, get, set, edit, unlearn, lint and dump parameters.
 * Parameters: par/bandpar.par.  Their meaning: help/bandpar.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "lint.h"
#include "par.h"
#include "parfiles.h"
#include "parform.h"
#include "stringlist.h"
#include "task.h"
#include "tasks.h"

struct pars { const char *action, *task, *names; int verbose; };

static const struct task_par table[] = {
    { "action",  TASK_STRING, offsetof(struct pars, action)  },
    { "task",    TASK_STRING, offsetof(struct pars, task)    },
    { "names",   TASK_STRING, offsetof(struct pars, names)   },
    { "verbose", TASK_INT,    offsetof(struct pars, verbose) },
    { NULL,      0,           0                              }
};

/* The task whose parameters are looked at. */
struct subject {
    const struct pars *p;
    struct par_list    list;
    int                words;           /* of the command line behind action and task */
    char             **word;
    char               wrong[1024];     /* the first thing that was wrong */
    int                nwrong;
};

static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    struct subject *k = arg;

    if (grade == PAR_WARNING)
        task_warn("%s", sentence);
    else if (k->nwrong++ == 0)
        snprintf(k->wrong, sizeof k->wrong, "%s", sentence);
    else
        fprintf(stderr, "bandpar: %s\n", sentence);
}

static bc_status
failed(const struct subject *k)
{
    return task_fail(BC_BAD_ARG, "%s", k->wrong);
}

/* The parameters that the words behind the task name, or all; MARK is put into their save. */
static bc_status
choose(struct subject *k, const struct par_ear *ear, enum par_save mark)
{
    int i;

    for (i = 0; i < k->list.n; i++)
        k->list.par[i].save = k->words == 0 ? mark : PAR_LEAVE;
    for (i = 0; i < k->words; i++) {
        struct par *par = par_want(&k->list, k->word[i], strlen(k->word[i]), NULL, ear);

        if (par != NULL)
            par->save = mark;
    }
    return k->nwrong > 0 ? failed(k) : BC_OK;
}

static bc_status
list(struct subject *k)
{
    int i;

    for (i = 0; i < k->list.n; i++) {
        const struct par *par = &k->list.par[i];
        int               hidden = strchr(par->mode, 'h') != NULL;

        printf("%c%-12s = ", hidden ? '(' : ' ', par->name);
        par_write_value(par, stdout);
        printf("%s  %s", hidden ? ")" : "", par->prompt);
        if (par->origin != PAR_PACKAGE)
            printf("  [%s]", par->source);
        putchar('\n');
    }
    return BC_OK;
}

static bc_status
get(struct subject *k, const struct par_ear *ear)
{
    int       i;
    bc_status st = choose(k, ear, PAR_KEEP);

    for (i = 0; st == BC_OK && i < k->list.n; i++)
        if (k->list.par[i].save == PAR_KEEP) {
            if (k->words != 1)
                printf("%s=", k->list.par[i].name);
            printf("%s\n", k->list.par[i].value);
        }
    return st;
}

static bc_status
save(struct subject *k, const struct par_ear *ear)
{
    return parfiles_save(k->p->task, &k->list, ear) == 0 ? BC_OK
           : task_fail(BC_BAD_FILE, "the parameters of %s are as they were", k->p->task);
}

/* The words are what a command line of the task would have. */
static bc_status
set(struct subject *k, const struct par_ear *ear)
{
    int i;

    if (k->words == 0)
        return task_fail(BC_BAD_ARG, "set: nothing to set was named (bandpar set %s name=value)", k->p->task);
    if (arguments_options(k->words + 1, k->word - 1) != 0)
        return task_fail(BC_BAD_ARG, "set: options are for %s itself", k->p->task);
    arguments_read(k->p->task, &k->list, k->words + 1, k->word - 1, ear);
    if (parfiles_resolve(k->p->task, &k->list, ear) == 0)       /* a reference has the type of where it leads */
        arguments_check(&k->list, 0, ear);
    if (k->nwrong > 0)
        return failed(k);
    for (i = 0; i < k->list.n; i++)
        if (k->list.par[i].origin >= PAR_FILE)
            k->list.par[i].save = PAR_KEEP;
    return save(k, ear);
}

static bc_status
unlearn(struct subject *k, const struct par_ear *ear)
{
    bc_status st = choose(k, ear, PAR_FORGET);

    return st == BC_OK ? save(k, ear) : st;
}

static bc_status
edit(struct subject *k, const struct par_ear *ear)
{
    bc_status st = parform_edit(k->p->task, &k->list);

    return st == BC_OK ? save(k, ear) : st == BC_STOPPED ? task_fail(st, "nothing was changed") : st;
}

static bc_status
find_file(const char *task, char *file, size_t size)
{
    if (parfiles_package_file(task, file, size) != 0 || access(file, F_OK) != 0)
        return task_fail(BC_BAD_ARG, "task=%s: there is no such task ('bandcast' alone lists them)", task);
    return BC_OK;
}

/* A task's own file, or the file of that name. */
static bc_status
lint(const struct pars *p)
{
    char      file[4096];
    int       found;
    bc_status st = BC_OK;

    if (par_is_name(p->task, strlen(p->task)))
        st = find_file(p->task, file, sizeof file);
    else if (snprintf(file, sizeof file, "%s", p->task) >= (int)sizeof file)
        st = task_fail(BC_BAD_ARG, "task=%s: that is too long for a file's name", p->task);
    if (st != BC_OK)
        return st;
    found = lint_file(file, stdout);
    if (found < 0)
        return task_fail(BC_BAD_FILE, "%s cannot be read: %s", file, strerror(errno));
    if (found > 0)
        return task_fail(BC_BAD_SHAPE, "%s: %d place%s that IRAF, PyRAF, APE or PIL would not read as meant", file,
                         found, task_s(found));
    task_say(1, "%s: read alike by IRAF, PyRAF, APE and PIL", file);
    return BC_OK;
}

static bc_status
work(const struct pars *p, int words, char **word)
{
    struct subject k = { .p = p, .words = words, .word = word };
    struct par_ear ear = { hear, &k };
    char           file[4096];
    bc_status      st;

    if (*p->task == '\0')
        return task_fail(BC_BAD_ARG, "task: %s of which task?", p->action);
    if (strcmp(p->action, "lint") == 0)
        return lint(p);
    if (!par_is_name(p->task, strlen(p->task)))
        return task_fail(BC_BAD_ARG, "task=%s: that is no name of a task", p->task);
    st = find_file(p->task, file, sizeof file);
    if (st != BC_OK)
        return st;
    if (parfiles_read(p->task, &k.list, &ear) != 0 || k.nwrong > 0)
        st = failed(&k);
    else if (strcmp(p->action, "list") == 0)
        st = list(&k);
    else if (strcmp(p->action, "get") == 0)
        st = get(&k, &ear);
    else if (strcmp(p->action, "set") == 0)
        st = set(&k, &ear);
    else if (strcmp(p->action, "unlearn") == 0)
        st = unlearn(&k, &ear);
    else if (strcmp(p->action, "edit") == 0)
        st = edit(&k, &ear);
    else {
        par_dump(p->task, &k.list, stdout);
        st = BC_OK;
    }
    par_free(&k.list);
    return st;
}

/* How many arguments are bandpar's own: "set task" and "get task" take what follows for themselves, unless it asks for
 * help. */
static int
own_arguments(int argc, char **argv)
{
    static const char *const takers[] = { "set", "get", "unlearn", NULL };
    int                      i;

    if (arguments_options(argc, argv) & (ARGUMENTS_HELP | ARGUMENTS_VERSION))
        return argc;
    for (i = 0; argc > 3 && takers[i] != NULL; i++)
        if (strcmp(argv[1], takers[i]) == 0 && strchr(argv[2], '=') == NULL && *argv[2] != '-')
            return 3;
    return argc;
}

/* names=, for those who cannot give words behind the task. */
static bc_status
work_on_names(const struct pars *p)
{
    struct strings names = { 0 };
    bc_status      st = strings_add(&names, "bandpar");     /* a command line begins with a program */

    if (st == BC_OK)
        st = strings_split(p->names, &names);
    if (st == BC_OK)
        st = work(p, names.n - 1, names.text + 1);
    strings_free(&names);
    return st;
}

/* Called by tasks/main.c under the name bandpar. */
int
bandpar(int argc, char **argv)
{
    struct pars p;
    int         own = own_arguments(argc, argv);
    bc_status   st = task_begin("bandpar", own, argv, table, &p);

    if (st == BC_OK)
        st = own < argc ? work(&p, argc - own, argv + own) : work_on_names(&p);
    return task_end(st);
}
