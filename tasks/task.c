/* task.c -- the frame of a task.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "task.h"

#include <math.h>
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
#include "prompt.h"

/* The task that runs in this process; there is one at a time. */
static struct {
    const char     *name;
    struct par_list list;           /* keeps the texts that the task's struct points to */
    char            mode[8], package_mode[8];
    int             verbose, wrong, done;
    FILE           *errors, *outputs;   /* NULL = stderr, nowhere */
} task;

/* Of each thread of it: why it failed, and its lines for stdout, if they are to wait. */
static _Thread_local struct {
    char        message[1024];
    const char *about;
    FILE       *lines;
    char       *text;
    size_t      size;
} own;

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
    vsnprintf(own.message, sizeof own.message, format, args);
    va_end(args);
    return status;
}

/* Print TEXT on one line whatever is in it. */
static void
print_line(FILE *to, const char *text)
{
    to = to == stdout && own.lines != NULL ? own.lines : to;
    flockfile(to);
    if (to != task.errors)
        fprintf(to, "%s: ", task.name);
    for (; *text != '\0'; text++)
        fputc((unsigned char)*text < ' ' || *text == 127 ? '?' : *text, to);
    fputc('\n', to);
    fflush(to);
    funlockfile(to);
}

void
task_gather(void)
{
    own.lines = open_memstream(&own.text, &own.size);      /* NULL: they do not wait */
}

void
task_release(int print)
{
    if (own.lines == NULL)
        return;
    if (fclose(own.lines) == 0 && print) {
        fwrite(own.text, 1, own.size, stdout);
        fflush(stdout);
    }
    free(own.text);
    own.lines = NULL;
}

void
task_about(const char *what)
{
    own.about = what;
}

static void
print_error(const char *text)
{
    progress_wipe();
    print_line(task.errors != NULL ? task.errors : stderr, text);
}

void
task_report_to(FILE *errors, FILE *outputs)
{
    task.errors = errors;
    task.outputs = outputs;
}

void
task_output(const char *name, double value)
{
    struct par *p = par_get(&task.list, name);
    char        text[32] = "INDEF";

    if (isfinite(value))
        snprintf(text, sizeof text, "%.15g", value);
    if (task.outputs != NULL)
        fprintf(task.outputs, "%s=%s\n", name, text);
    if (p != NULL && par_set(p, text, PAR_TYPED, "this run") == 0)
        p->save = PAR_KEEP;
}

void
task_say(int level, const char *format, ...)
{
    char    text[4096] = "";
    size_t  n;
    va_list args;

    if (task.verbose < level)
        return;
    if (own.about != NULL)
        snprintf(text, sizeof text / 2, "%s: ", own.about);
    n = strlen(text);
    va_start(args, format);
    vsnprintf(text + n, sizeof text - n, format, args);
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

const char *
task_why(void)
{
    return *own.message != '\0' ? own.message : bc_message();
}

void
task_complain(const char *what)
{
    char text[4096];

    snprintf(text, sizeof text, "%s: %s", what, task_why());
    *own.message = '\0';
    progress_wipe();
    print_line(stderr, text);
}

/* A wrong parameter is said at once, the run ends after all of them are said. */
static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    (void)arg;
    if (grade == PAR_WARNING) {
        task_warn("%s", sentence);
        return;
    }
    print_error(sentence);
    task.wrong++;
}

static const struct par_ear ear = { hear, NULL };

/* ---- into the task's struct ------------------------------------------------------------------ */

static int
fits_type(enum task_type type, char letter)
{
    switch (type) {
    case TASK_BOOL:
        return letter == 'b';
    case TASK_INT:
        return letter == 'i';
    case TASK_REAL:
        return letter == 'r';
    default:
        return letter == 's' || letter == 'f';
    }
}

/* The task's table and its .par must name the same parameters; neither may have one that the other
 * lacks. */
static void
check_table(const struct task_par *table)
{
    int i, k;

    for (k = 0; table[k].name != NULL; k++) {
        const struct par *p = par_get(&task.list, table[k].name);

        if (p == NULL || !fits_type(table[k].type, p->type))
            par_say(&ear, PAR_WRONG, "%s.par %s the parameter '%s'", task.name,
                    p == NULL ? "lacks" : "has another type for", table[k].name);
    }
    for (i = 0; i < task.list.n; i++) {
        const char *name = task.list.par[i].name;

        for (k = 0; table[k].name != NULL && strcmp(table[k].name, name) != 0; k++)
            ;
        if (table[k].name == NULL && strcmp(name, "mode") != 0)
            par_say(&ear, PAR_WRONG, "%s.par has a parameter '%s' that the task does not know",
                    task.name, name);
    }
}

static void
fill(const struct task_par *table, void *pars)
{
    for (; table->name != NULL; table++) {
        const struct par *p = par_get(&task.list, table->name);
        char             *at = (char *)pars + table->offset;

        if (table->type == TASK_STRING)
            *(const char **)at = p->value;
        else if (table->type == TASK_BOOL)
            *(int *)at = par_bool(p);
        else if (table->type == TASK_INT)
            *(int *)at = par_int(p);
        else
            *(double *)at = par_real(p);
        if (strcmp(p->name, "verbose") == 0 && table->type == TASK_INT)
            task.verbose = par_int(p);
    }
}

/* ---- what nobody gave ------------------------------------------------------------------------ */

/* The task's mode and the package's; what they are when the run begins holds to its end. */
static void
find_modes(void)
{
    struct par *mode = par_get(&task.list, "mode");

    snprintf(task.mode, sizeof task.mode, "%s", mode != NULL ? mode->value : "");
    if (strpbrk(task.mode, "qh") == NULL)
        parfiles_mode(task.package_mode, sizeof task.package_mode);
}

/* A value that is to be asked for is missing where nobody can be asked, whatever was learned: what
 * a run without a terminal does depends on its command line. */
static void
miss(const struct par *p)
{
    const char *what = *p->prompt != '\0' ? p->prompt : "no default";

    if (*p->value != '\0')
        par_say(&ear, PAR_WRONG, "%s is missing (%s; mode=h takes '%s' of %s)", p->name, what,
                p->value, p->source);
    else
        par_say(&ear, PAR_WRONG, "%s is missing (%s)", p->name, what);
}

/* Ask for what is to be asked for and was not given, unless something is wrong already. */
static void
complete(int may_ask)
{
    int i, ask = may_ask && prompt_possible();

    if (ask && task.wrong > 0)
        return;
    for (i = 0; i < task.list.n; i++) {
        struct par *p = &task.list.par[i];
        char        mode = par_mode(p, task.mode, task.package_mode);

        if (p->origin >= PAR_FILE)
            continue;
        if (mode == 'q' && ask)
            ask = prompt_ask(task.name, p, &ear) == 0;
        else if (par_is_needed(p) && (mode == 'q' || *p->value == '\0'))
            miss(p);
    }
}

/* What a successful run was given is kept where the modes say so. */
static void
learn(void)
{
    int i, any = 0;

    if (!parfiles_learn())
        return;
    for (i = 0; i < task.list.n; i++) {
        struct par *p = &task.list.par[i];

        if (p->origin >= PAR_FILE && strcmp(p->name, "mode") != 0
            && par_learns(p, task.mode, task.package_mode))
            p->save = PAR_KEEP;
        any |= p->save == PAR_KEEP;
    }
    if (any)
        parfiles_save(task.name, &task.list, &ear);
}

/* The user's values that are in use, for those who want to know. */
static void
say_learned(void)
{
    int i;

    for (i = 0; i < task.list.n; i++)
        if (task.list.par[i].origin == PAR_USER)
            task_say(2, "%s=%s (learned, %s)", task.list.par[i].name, task.list.par[i].value,
                     task.list.par[i].source);
}

/* ---- begin and end --------------------------------------------------------------------------- */

static volatile sig_atomic_t held;          /* 1: the next signal is kept for task_is_stopped */
static volatile sig_atomic_t stopped_by;    /* the kept one; 0 = none */

/* Temporary files go, the bar's line ends, then the signal does what it would have done. */
static void
on_signal(int number)
{
    if (stopped_by != 0 && (number == SIGHUP || number == SIGPIPE))
        return;                     /* a closing terminal sends several, the end of a pipe one more */
    if (held) {
        held = 0;
        stopped_by = number;
        return;
    }
    bc_cleanup();
    progress_abandon();
    signal(number, SIG_DFL);
    raise(number);
}

void
task_hold_signals(void)
{
    held = 1;
}

int
task_is_stopped(void)
{
    return stopped_by != 0;
}

/* A signal that whoever started us ignores (nohup, a background job) stays ignored.  Batch systems announce the end by
 * SIGUSR1 or SIGUSR2.  A file that grows beyond the user's limit is a failed write like any other. */
static void
catch_signals(void)
{
    static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGXCPU, SIGUSR1, SIGUSR2 };
    struct sigaction  old, own = { .sa_handler = on_signal };
    size_t            i;

    sigemptyset(&own.sa_mask);
    for (i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (sigaction(numbers[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
            sigaction(numbers[i], &own, NULL);
    signal(SIGXFSZ, SIG_IGN);
}

/* --version and --help; 1 = that was all. */
static int
tell(int options, bc_status *st)
{
    *st = BC_STOPPED;
    if (options & ARGUMENTS_VERSION) {
        printf("%s (bandcast) %s\n", task.name, bc_version());
        task.done = 1;
    } else if (options & ARGUMENTS_HELP) {
        task.done = help_print(task.name) == 0;
        if (!task.done)
            *st = task_fail(BC_BAD_FILE, "its help page is not installed");
    }
    return (options & (ARGUMENTS_VERSION | ARGUMENTS_HELP)) != 0;
}

/* Outputs could not carry this date. */
static void
check_date(void)
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char       *end = NULL;
    long long   t = epoch != NULL ? strtoll(epoch, &end, 10) : 0;

    if (epoch != NULL && *epoch != '\0' && (*end != '\0' || t < 0 || t > 253402300799))
        par_say(&ear, PAR_WRONG, "SOURCE_DATE_EPOCH=%s is not a number of seconds from 1970 to the end of 9999", epoch);
}

/* What was given, before anybody is asked for the rest. */
static void
check_given(const struct task_par *table, void *pars, bc_status (*check)(const void *pars))
{
    arguments_check(&task.list, 1, &ear);
    check_date();
    if (task.wrong > 0 || check == NULL)
        return;
    fill(table, pars);
    if (check(pars) != BC_OK)
        par_say(&ear, PAR_WRONG, "%s", task_why());
}

/* The parameters of this run, all of them good; --dump takes those that are missing for granted. */
static void
settle(int argc, char **argv, int options, const struct task_par *table, void *pars,
       bc_status (*check)(const void *pars))
{
    const int dump = (options & ARGUMENTS_DUMP) != 0;

    arguments_read(task.name, &task.list, argc, argv, &ear);
    parfiles_resolve(task.name, &task.list, &ear);
    find_modes();
    check_given(table, pars, dump ? NULL : check);
    if (!dump)
        complete(!(options & ARGUMENTS_CHECK));
    if (task.wrong > 0)
        return;
    parfiles_resolve(task.name, &task.list, &ear);      /* answers may lead elsewhere too */
    arguments_check(&task.list, 0, &ear);
}

static bc_status
begin(int argc, char **argv, const struct task_par *table, void *pars, bc_status (*check)(const void *pars))
{
    int       options = arguments_options(argc, argv);
    bc_status st;

    if (tell(options, &st))
        return st;
    if (parfiles_read(task.name, &task.list, &ear) == 0)
        check_table(table);
    if (task.wrong > 0)
        return BC_BAD_FILE;
    settle(argc, argv, options, table, pars, check);
    if (task.wrong > 0)
        return BC_BAD_ARG;
    if (options & ARGUMENTS_DUMP)
        par_dump(task.name, &task.list, stdout);
    fill(table, pars);
    st = check != NULL && !(options & ARGUMENTS_DUMP) ? check(pars) : BC_OK;
    if (st == BC_OK && (options & (ARGUMENTS_DUMP | ARGUMENTS_CHECK))) {
        task.done = 1;
        return BC_STOPPED;
    }
    if (st == BC_OK)
        say_learned();
    return st;
}

bc_status
task_begin(const char *name, int argc, char **argv, const struct task_par *table, void *pars)
{
    return task_begin_checked(name, argc, argv, table, pars, NULL);
}

bc_status
task_begin_checked(const char *name, int argc, char **argv, const struct task_par *table, void *pars,
                   bc_status (*check)(const void *pars))
{
    task.name = name;
    task.verbose = 1;
    held = stopped_by = 0;
    catch_signals();
    return begin(argc, argv, table, pars, check);
}

int
task_end(bc_status st)
{
    int failed = st != BC_OK && !task.done, number = stopped_by;

    if (!failed && (fflush(stdout) != 0 || ferror(stdout))) {
        st = task_fail(BC_BAD_FILE, "standard output cannot be written");
        failed = 1;
    }
    if (failed && task.wrong == 0)
        print_error(task_why());
    if (st == BC_OK)
        learn();
    par_free(&task.list);
    stopped_by = 0;
    if (failed && number != 0)
        on_signal(number);
    return !failed ? EXIT_SUCCESS : st == BC_BAD_ARG ? 2 : EXIT_FAILURE;
}
