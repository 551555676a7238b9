/* task.c -- the frame of a task.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "task.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"
#include "help.h"
#include "par.h"
#include "parfiles.h"
#include "progress.h"

/* The task that runs in this process; there is one at a time. */
static struct {
    const char     *name;
    struct par_list list;           /* keeps the texts that the task's struct points to */
    char            message[1024];
    int             verbose, wrong, done;
} task;

const char *
task_name(void)
{
    return task.name;
}

int
task_verbose(void)
{
    return task.verbose;
}

bc_status
task_fail(bc_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(task.message, sizeof task.message, format, args);
    va_end(args);
    return status;
}

/* Print TEXT on one line whatever is in it. */
static void
print_line(FILE *to, const char *text)
{
    fprintf(to, "%s: ", task.name);
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, to);
    fputc('\n', to);
    fflush(to);
}

void
task_say(int level, const char *format, ...)
{
    char    text[1024];
    va_list args;

    if (task.verbose < level)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    progress_wipe();
    print_line(stdout, text);
}

void
task_warn(const char *format, ...)
{
    char    text[1024] = "warning: ";
    size_t  n = strlen(text);
    va_list args;

    va_start(args, format);
    vsnprintf(text + n, sizeof text - n, format, args);
    va_end(args);
    progress_wipe();
    print_line(stderr, text);
}

/* A wrong parameter: said at once, the run ends after all of them are said. */
static void
complain(const char *sentence)
{
    print_line(stderr, sentence);
    task.wrong++;
}

static void
warn(const char *sentence)
{
    task_warn("%s", sentence);
}

/* ---- into the task's struct ------------------------------------------------------------------ */

static int
fits_type(enum task_type type, char letter)
{
    return type == TASK_BOOL ? letter == 'b' : type == TASK_INT ? letter == 'i' : type == TASK_REAL ? letter == 'r'
           : letter == 's' || letter == 'f';
}

/* The task's table and its .par must name the same parameters; neither may have one that the other lacks. */
static void
check_table(const struct task_par *table)
{
    char text[256];
    int  i, k, count;

    for (k = 0; table[k].name != NULL; k++) {
        const struct par *p = par_find(&task.list, table[k].name, strlen(table[k].name), 0, &count);

        if (p == NULL || !fits_type(table[k].type, p->type)) {
            snprintf(text, sizeof text, "%s.par %s the parameter '%s'", task.name,
                     p == NULL ? "lacks" : "has another type for", table[k].name);
            complain(text);
        }
    }
    for (i = 0; i < task.list.n; i++) {
        const char *name = task.list.par[i].name;

        for (k = 0; table[k].name != NULL && strcmp(table[k].name, name) != 0; k++)
            ;
        if (table[k].name == NULL && strcmp(name, "mode") != 0) {
            snprintf(text, sizeof text, "%s.par has a parameter '%s' that the task does not know", task.name, name);
            complain(text);
        }
    }
}

static void
fill(const struct task_par *table, void *pars)
{
    int count;

    for (; table->name != NULL; table++) {
        const struct par *p = par_find(&task.list, table->name, strlen(table->name), 0, &count);
        char             *at = (char *)pars + table->offset;

        if (table->type == TASK_STRING)
            *(const char **)at = p->value;
        else if (table->type == TASK_BOOL)
            *(int *)at = par_bool(p);
        else if (table->type == TASK_INT)
            *(int *)at = par_int(p);
        else
            *(double *)at = par_real(p);
        if (strcmp(p->name, "verbose") == 0)
            task.verbose = par_int(p);
    }
}

/* ---- begin and end --------------------------------------------------------------------------- */

/* Temporary files go, the bar's line ends, then the signal does what it would have done. */
static void
on_signal(int number)
{
    bc_cleanup();
    progress_abandon();
    signal(number, SIG_DFL);
    raise(number);
}

/* A signal that whoever started us ignores (nohup, a background job) stays ignored. */
static void
catch_signals(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction  old, own = { .sa_handler = on_signal };
    size_t            i;

    sigemptyset(&own.sa_mask);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &own, NULL);
}

static bc_status
begin(int argc, char **argv, const struct task_par *table, void *pars)
{
    if (arguments_have(argc, argv, "--version")) {
        printf("%s (bandcast) %s\n", task.name, bc_version());
        task.done = 1;
        return BC_STOPPED;
    }
    if (arguments_have(argc, argv, "--help")) {
        task.done = help_print(task.name) == 0;
        return task.done ? BC_STOPPED : task_fail(BC_BAD_FILE, "its help page is not installed");
    }
    if (parfiles_read(task.name, &task.list, complain, warn) == 0)
        check_table(table);
    if (task.wrong > 0)
        return BC_BAD_FILE;
    arguments_read(&task.list, argc, argv, complain);
    arguments_check(&task.list, complain);
    if (task.wrong > 0)
        return BC_BAD_ARG;
    fill(table, pars);
    return BC_OK;
}

bc_status
task_begin(const char *name, int argc, char **argv, const struct task_par *table, void *pars)
{
    task.name = name;
    task.verbose = 1;
    catch_signals();
    return begin(argc, argv, table, pars);
}

int
task_end(bc_status st)
{
    int failed = st != BC_OK && !task.done;

    if (failed && task.wrong == 0) {
        progress_wipe();
        print_line(stderr, *task.message != '\0' ? task.message : bc_message());
    }
    par_free(&task.list);
    return !failed ? EXIT_SUCCESS : st == BC_BAD_ARG ? 2 : EXIT_FAILURE;
}
