/* task.c -- the frame of a task.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "task.h"

#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "help.h"
#include "par.h"
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

static void __attribute__((format(printf, 1, 2)))
complain_of(const char *format, ...)
{
    char    text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    complain(text);
}

/* ---- parameter files ------------------------------------------------------------------------- */

/* The folder of the package's own .par files. */
static const char *
package_folder(void)
{
    const char *folder = getenv("BANDCAST_PAR");    /* a tree that is not installed */

    return folder != NULL && *folder != '\0' ? folder : PKGDATADIR "/par";
}

/* The user's values over the package's: in the folders of PFILES before its ';', else in UPARM. */
static void
read_user_files(void)
{
    const char     *folders = getenv("PFILES"), *p;
    struct par_list user = { NULL, 0 };
    char            file[4096];
    int             i, count;

    if (folders == NULL)
        folders = getenv("UPARM");
    for (p = folders; p != NULL && *p != '\0' && *p != ';'; p += strcspn(p, ":;") + (p[strcspn(p, ":;")] == ':')) {
        size_t n = strcspn(p, ":;");

        if (n == 0)
            continue;
        snprintf(file, sizeof file, "%.*s/%s.par", (int)n, p, task.name);
        if (par_read(file, &user, complain) >= 0)
            break;                                  /* the first folder that has one */
    }
    for (i = 0; i < user.n; i++) {
        struct par *ours = par_find(&task.list, user.par[i].name, strlen(user.par[i].name), 0, &count);

        if (ours != NULL)       /* one that the package dropped since is of no use any more */
            par_set(ours, user.par[i].value, user.par[i].source);
    }
    par_free(&user);
}

/* ---- the command line ------------------------------------------------------------------------ */

/* The parameter that NAME names; what is wrong with it is said. */
static struct par *
find(const char *name, size_t length)
{
    int         count, i;
    char        candidates[256] = "";
    const char *near;
    struct par *p = par_find(&task.list, name, length, 1, &count);

    if (p != NULL)
        return p;
    if (count > 1) {
        for (i = 0; i < task.list.n; i++)
            if (strncmp(task.list.par[i].name, name, length) == 0)
                snprintf(candidates + strlen(candidates), sizeof candidates - strlen(candidates), " %s",
                         task.list.par[i].name);
        complain_of("parameter '%.*s' is ambiguous:%s", (int)length, name, candidates);
        return NULL;
    }
    near = par_nearest(&task.list, name, length);
    complain_of("unknown parameter '%.*s'%s%s%s", (int)length, name, near != NULL ? " (did you mean " : "",
                near != NULL ? near : "", near != NULL ? "?)" : "");
    return NULL;
}

static void
set(struct par *p, const char *value)
{
    if (strcmp(p->source, "command line") == 0)
        complain_of("%s is given twice", p->name);
    else
        par_set(p, value, "command line");
}

static struct par *
next_positional(void)
{
    int i;

    for (i = 0; i < task.list.n; i++)
        if (strchr(task.list.par[i].mode, 'a') != NULL && strcmp(task.list.par[i].source, "command line") != 0)
            return &task.list.par[i];
    return NULL;
}

static int
is_name(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!((s[i] >= 'a' && s[i] <= 'z') || (s[i] >= 'A' && s[i] <= 'Z') || s[i] == '_'
              || (i > 0 && s[i] >= '0' && s[i] <= '9')))
            return 0;
    return n > 0;
}

static void
take_positional(const char *value)
{
    struct par *p = next_positional();

    if (p != NULL)
        par_set(p, value, "command line");
    else
        complain_of("too many positional arguments, '%s' has no parameter", value);
}

/* name=value, name= value, name = value, name+, name-, or a positional. */
static void
read_arguments(int argc, char **argv)
{
    int i, only_positionals = 0;

    for (i = 1; i < argc; i++) {
        size_t      n = strcspn(argv[i], "="), end = strlen(argv[i]);
        char        last = end > 0 ? argv[i][end - 1] : '\0';
        struct par *p;
        int         count;

        if (!only_positionals && strcmp(argv[i], "--") == 0) {
            only_positionals = 1;
        } else if (!only_positionals && argv[i][n] == '=' && is_name(argv[i], n)) {
            p = find(argv[i], n);
            if (p != NULL)
                set(p, argv[i] + n + 1);
        } else if (!only_positionals && i + 2 < argc && strcmp(argv[i + 1], "=") == 0 && is_name(argv[i], end)) {
            p = find(argv[i], end);
            if (p != NULL)
                set(p, argv[i + 2]);
            i += 2;
        } else if (!only_positionals && end > 1 && (last == '+' || last == '-') && is_name(argv[i], end - 1)
                   && (p = par_find(&task.list, argv[i], end - 1, 1, &count)) != NULL && p->type == 'b') {
            set(p, last == '+' ? "yes" : "no");
        } else if (!only_positionals && strncmp(argv[i], "--", 2) == 0) {
            complain_of("unknown option %s (--help and --version are known)", argv[i]);
        } else {
            take_positional(argv[i]);
        }
    }
}

/* ---- into the task's struct ------------------------------------------------------------------ */

static void
check_all(void)
{
    char text[512];
    int  i;

    for (i = 0; i < task.list.n; i++) {
        struct par *p = &task.list.par[i];

        if (*p->value == '\0' && strchr(p->mode, 'a') != NULL && strcmp(p->source, "command line") != 0)
            complain_of("%s is missing: %s", p->name, p->prompt);
        else if ((*p->value != '\0' || p->type != 's') && par_check(p, text, sizeof text) != 0)
            complain(text);
    }
}

static void
fill(const struct task_par *table, void *pars)
{
    for (; table->name != NULL; table++) {
        int         count;
        struct par *p = par_find(&task.list, table->name, strlen(table->name), 0, &count);
        char       *at = (char *)pars + table->offset;

        if (p == NULL)
            complain_of("%s.par lacks the parameter '%s'", task.name, table->name);
        else if (table->type == TASK_STRING)
            *(const char **)at = p->value;
        else if (table->type == TASK_BOOL)
            *(int *)at = par_bool(p);
        else if (table->type == TASK_INT)
            *(int *)at = par_int(p);
        else
            *(double *)at = par_real(p);
        if (p != NULL && strcmp(p->name, "verbose") == 0)
            task.verbose = par_int(p);
    }
}

/* Temporary files go, then the signal does what it would have done. */
static void
on_signal(int number)
{
    bc_cleanup();
    signal(number, SIG_DFL);
    raise(number);
}

static bc_status
begin(int argc, char **argv, const struct task_par *table, void *pars)
{
    char file[4096];
    int  wrong;

    if (argc > 1 && strcmp(argv[1], "--version") == 0) {
        printf("%s (bandcast) %s\n", task.name, bc_version());
        task.done = 1;
        return BC_STOPPED;
    }
    if (argc > 1 && strcmp(argv[1], "--help") == 0) {
        task.done = help_print(task.name) == 0;
        return task.done ? BC_STOPPED : task_fail(BC_BAD_FILE, "its help page is not installed");
    }
    snprintf(file, sizeof file, "%s/%s.par", package_folder(), task.name);
    wrong = par_read(file, &task.list, complain);
    if (wrong != 0)
        return task_fail(BC_BAD_FILE, "%s %s", file, wrong < 0 ? "cannot be read" : "is faulty");
    read_user_files();
    read_arguments(argc, argv);
    check_all();
    fill(table, pars);
    return BC_OK;
}

bc_status
task_begin(const char *name, int argc, char **argv, const struct task_par *table, void *pars)
{
    bc_status st;

    task.name = name;
    task.verbose = 1;
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGHUP, on_signal);
    st = begin(argc, argv, table, pars);
    return st == BC_OK && task.wrong > 0 ? BC_BAD_ARG : st;
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
