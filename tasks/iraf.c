/* iraf.c -- the tasks inside IRAF's CL and PyRAF.
 *
 * The CL sends lines: "set name=value", "chdir folder", "_go_" when it is ready, "bye", or a task,
 *
 *     bandpredict < $ > $\
 *     input="a.fits,b.fits"\
 *     size=0\
 *     $nargs=1
 *
 * with the parameters that it would not ask the user for; the $ stand for streams that are
 * redirected.  While the task runs the CL does what we say: "=size" sends the value of a parameter,
 * after asking the user for it where mode and range want that; "=size.p_value" sends it as it is;
 * "xmit" and "xfer" move text (iraf_pipe.c); "size=3" sets a parameter; "bye" and "ERROR (1,
 * "why")" end the run.  PyRAF sends no parameters and wants what sets them in one record with the
 * "bye".
 * SPDX-License-Identifier: BSD-3-Clause */
#include "iraf.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "iraf_name.h"
#include "iraf_pipe.h"
#include "iraf_run.h"
#include "parfiles.h"

enum {
    KEYBOARD_INTERRUPT = 503,           /* IRAF's SYS_XINT */
    LONGEST_ERROR = 900                 /* the CL copies errors to lines of 1023 without looking */
};

/* What the CL wants done. */
struct command {
    char   *name;                       /* of the task */
    int     timed, redirected_in;       /* $task; task < file */
    int     hidden;                     /* mode=h: what the CL has learned is taken */
    int     argc, room;
    char  **argv;                       /* argv[0] is the name; then name=value */
};

static void
free_command(struct command *c)
{
    int i;

    for (i = 0; i < c->argc; i++)
        free(c->argv[i]);
    free(c->argv);
    free(c->name);
    *c = (struct command){ .name = NULL };
}

/* ---- the end of a run ------------------------------------------------------------------------ */

/* ERROR with the lines of TEXT as one; nothing in it may end the CL's string. */
static void
send_error(int code, const char *task, const char *text)
{
    char   line[LONGEST_ERROR + 8];
    size_t n = (size_t)snprintf(line, sizeof line, "ERROR (%d, \"%s: ", code, task);

    for (; *text != '\0' && n < LONGEST_ERROR; text++)
        if (*text == '\n' && text[1] == '\0') {
            break;
        } else if (*text == '\n') {
            line[n++] = ';';
            line[n++] = ' ';
        } else if (*text == '"' || *text == '\\') {
            line[n++] = *text == '"' ? '\'' : '/';
        } else {
            line[n++] = iscntrl((unsigned char)*text) ? '?' : *text;
        }
    if (n >= LONGEST_ERROR) {           /* PyRAF reads UTF-8, and no part of a character: the last one goes */
        while ((line[n - 1] & 0xc0) == 0x80)
            n--;
        n -= (line[n - 1] & 0x80) != 0;
    }
    strcpy(line + n, "\")\n");
    iraf_pipe_send(line);
}

static void
send_result(const struct command *c, const struct iraf_run *run)
{
    const char *outputs = run->outputs != NULL ? run->outputs : "";
    char        why[64], *text;

    if (run->events & IRAF_INTERRUPT) {
        send_error(KEYBOARD_INTERRUPT, c->name, run->errors != NULL ? run->errors : "interrupted");
    } else if (WIFEXITED(run->status) && WEXITSTATUS(run->status) == 0) {
        text = malloc(strlen(outputs) + 5);
        if (text == NULL) {
            send_error(EXIT_FAILURE, c->name, "out of memory");
            return;
        }
        strcpy(text, outputs);
        strcat(text, "bye\n");
        iraf_pipe_send(text);
        free(text);
    } else if (WIFEXITED(run->status)) {
        snprintf(why, sizeof why, "failed with status %d", WEXITSTATUS(run->status));
        send_error(WEXITSTATUS(run->status), c->name, run->errors != NULL ? run->errors : why);
    } else {
        snprintf(why, sizeof why, "ended by signal %d", WTERMSIG(run->status));
        send_error(EXIT_FAILURE, c->name, why);
    }
}

/* ---- parameters ------------------------------------------------------------------------------ */

/* Add name=VALUE to the arguments, logical folders resolved.  -1: out of memory. */
static int
add_argument(struct command *c, const char *name, const char *value)
{
    char *host = iraf_name_host(value), **grown, *text;
    int   status = -1;

    if (c->argc + 1 >= c->room) {
        grown = realloc(c->argv, (size_t)(c->room + 64) * sizeof *grown);
        if (grown == NULL)
            goto done;
        c->argv = grown;
        c->room += 64;
    }
    text = host != NULL ? malloc(strlen(name) + strlen(host) + 2) : NULL;
    if (text == NULL)
        goto done;
    sprintf(text, "%s%s%s", name, *name != '\0' ? "=" : "", host);
    c->argv[c->argc++] = text;
    c->argv[c->argc] = NULL;
    status = 0;
done:
    free(host);
    return status;
}

static int
has_argument(const struct command *c, const char *name)
{
    size_t n = strlen(name);
    int    i;

    for (i = 1; i < c->argc; i++)
        if (strncmp(c->argv[i], name, n) == 0 && c->argv[i][n] == '=')
            return 1;
    return 0;
}

/* Take the quotes from a value of the command, in place; the CL puts a backslash before a quote and
 * writes \n for a new line, and leaves other backslashes as they are. */
static void
unquote(char *value)
{
    char *to = value, *from = value;

    if (*value != '"')
        return;
    for (from++; *from != '\0' && !(*from == '"' && from[1] == '\0'); from++) {
        if (*from == '\\' && from[1] == '"')
            from++;
        *to++ = *from == '\\' && from[1] == 'n' ? (from++, '\n') : *from;
    }
    *to = '\0';
}

/* One line "name=value" of the command; $nargs and its like are the CL's own. */
static int
take_assignment(struct command *c, char *line)
{
    char *equals = strchr(line, '=');

    if (equals == NULL || *line == '$')
        return 0;
    *equals = '\0';
    unquote(equals + 1);
    if (strcmp(line, "mode") == 0) {
        c->hidden = strchr(equals + 1, 'h') != NULL;
        return 0;
    }
    return add_argument(c, line, equals + 1);
}

/* Ask the CL for parameter P that it has not given: it is to be asked of the user, undefined, taken
 * from another parameter, or out of its range.  A CL that reads a script repeats its query for ever
 * if the answer cannot be: where nobody sits at a terminal the value is taken as it is, and the
 * task says what is wrong with it.  What is to be asked has no value then, unless one is there that
 * is wrong: the CL gives back a wrong word of the command as what it has not given.  PyRAF, which
 * does not tell what is to be asked, asks by itself. */
static int
ask(struct command *c, struct par *p, int interactive, int is_pyraf, int *event_p)
{
    char        request[256], why[512];
    const char *answer;
    int         nobody = !interactive && !is_pyraf && !c->hidden && strchr(p->mode, 'h') == NULL;

    if (nobody && *p->min == '\0' && *p->max == '\0')
        return 0;
    if (snprintf(request, sizeof request, "=%s%s\n", p->name, interactive ? "" : ".p_value")
        >= (int)sizeof request)
        return -1;
    iraf_pipe_send(request);
    answer = iraf_pipe_line(event_p);
    if (answer == NULL)
        return -1;
    if (*answer == '\0' && (strchr(p->mode, 'h') == NULL || strchr("sf", p->type) == NULL))
        return 0;                       /* undefined; the task says so */
    if (nobody) {
        if (par_set(p, answer, PAR_TYPED, "") != 0)
            return -1;
        if (par_check(p, why, sizeof why) == 0)
            return 0;
    }
    return add_argument(c, p->name, answer);
}

/* What is wrong with the package's parameter file, one line each. */
static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    (void)grade;
    fprintf(arg, "%s\n", sentence);
}

/* All parameters of the task that the command does not give.  0 = done; -1: an error was sent, or
 * *event_p is set. */
static int
complete(struct command *c, int *event_p)
{
    struct par_list list = { 0 };
    char           *text = NULL;
    size_t          size;
    FILE           *sentences = open_memstream(&text, &size);
    struct par_ear  ear = { hear, sentences };
    int             interactive = iraf_pipe_interactive(), is_pyraf = c->argc == 1, i, wrong;

    if (sentences == NULL) {
        send_error(EXIT_FAILURE, c->name, "out of memory");
        return -1;
    }
    wrong = parfiles_package(c->name, &list, &ear);
    fclose(sentences);
    for (i = 0; wrong == 0 && *event_p == 0 && i < list.n; i++)
        if (strcmp(list.par[i].name, "mode") != 0 && !has_argument(c, list.par[i].name))
            wrong = ask(c, &list.par[i], interactive, is_pyraf, event_p);
    if (wrong == 0 && *event_p == 0)
        wrong = add_argument(c, "mode", "h");           /* the CL has asked what is to be asked */
    if (*event_p == 0 && wrong != 0)
        send_error(EXIT_FAILURE, c->name, text != NULL && *text != '\0' ? text : "out of memory");
    par_free(&list);
    free(text);
    return wrong != 0 || *event_p != 0 ? -1 : 0;
}

/* ---- commands -------------------------------------------------------------------------------- */

/* The CL's STDIN in a file without a name; NULL: it cannot be written, or *event_p is set. */
static FILE *
read_input(int *event_p)
{
    FILE  *f = tmpfile();
    char   part[2048];
    size_t n;

    while (f != NULL && (n = iraf_pipe_read(part, sizeof part, event_p)) > 0)
        fwrite(part, 1, n, f);
    if (f == NULL || *event_p != 0 || fflush(f) != 0 || ferror(f)) {
        if (f != NULL)
            fclose(f);
        return NULL;
    }
    rewind(f);
    return f;
}

/* Run the task with all its parameters.  What has happened to the CL. */
static int
run_task(struct command *c, iraf_task task, FILE *input)
{
    struct iraf_run run = { .task = task, .argc = c->argc, .argv = c->argv, .timed = c->timed,
                            .input = input != NULL ? fileno(input) : -1 };

    if (iraf_run(&run) == 0)
        send_result(c, &run);
    else
        send_error(EXIT_FAILURE, c->name, "no process can be started");
    free(run.errors);
    free(run.outputs);
    return run.events;
}

/* Do what the command says; the CL hears how it ended.  What has happened to the CL. */
static int
run_command(struct command *c, iraf_task task)
{
    FILE *input = NULL;
    int   event = 0, good = complete(c, &event) == 0;

    if (good && c->redirected_in) {
        input = read_input(&event);
        good = input != NULL;
        if (!good && event == 0)
            send_error(EXIT_FAILURE, c->name, "its input cannot be kept in a temporary file");
    }
    if (good)
        event = run_task(c, task, input);
    else if (event == IRAF_INTERRUPT)
        send_error(KEYBOARD_INTERRUPT, c->name, "interrupted");
    if (input != NULL)
        fclose(input);
    return event;
}

/* Enter the folder that the CL calls NAME and DOLLAR ("$" or ""); with ABSOLUTE no other will do.
 * -1: it cannot be entered. */
static int
enter(const char *name, const char *dollar, int absolute)
{
    char *logical = NULL, *folder = NULL;
    int   status = -1;

    if (asprintf(&logical, "%s%s", iraf_name_without_node(name), dollar) < 0)
        return -1;
    folder = iraf_name_host(logical);
    if (folder != NULL && (!absolute || *folder == '/'))
        status = chdir(folder);
    free(folder);
    free(logical);
    return status;
}

/* Go where the CL is; it takes "data" for data$ where no folder data is.  LOST, room for SIZE
 * characters, is why this process is elsewhere, "" = it is not: from elsewhere a relative name
 * leads nowhere. */
static void
change_folder(const char *name, char *lost, size_t size)
{
    int absolute = *lost != '\0';

    if (enter(name, "", absolute) == 0 || enter(name, "$", absolute) == 0)
        *lost = '\0';
    else
        snprintf(lost, size, "the folder %s cannot be entered", iraf_name_without_node(name));
}

/* LINE begins a command; those that go on end with a backslash.  LOST is why it cannot be done,
 * "" = it can.  What has happened to the CL. */
static int
do_command(const char *line, const char *lost, iraf_task (*find)(const char *name))
{
    struct command c = { .timed = *line == '$' };
    size_t         n = strcspn(line + c.timed, " \t<>\\");
    int            event = 0, good, more;
    iraf_task      task;

    c.name = strndup(line + c.timed, n);
    c.redirected_in = strchr(line + c.timed + n, '<') != NULL;
    good = c.name != NULL && add_argument(&c, "", c.name) == 0;
    more = strlen(line) > 0 && line[strlen(line) - 1] == '\\';
    while (more) {
        char *copy;

        line = iraf_pipe_line(&event);
        if (line == NULL)
            break;
        copy = strdup(line);
        more = copy != NULL && *copy != '\0' && copy[strlen(copy) - 1] == '\\';
        if (more)
            copy[strlen(copy) - 1] = '\0';
        good = good && copy != NULL && take_assignment(&c, copy) == 0;
        free(copy);
    }
    task = good && event == 0 ? find(c.name) : NULL;
    if (task != NULL && *lost != '\0')
        send_error(EXIT_FAILURE, c.name, lost);
    else if (task != NULL)
        event = run_command(&c, task);
    else if (event == 0)
        send_error(EXIT_FAILURE, "bandcast", good ? "no task of this name is in the executable"
                   : "out of memory");
    free_command(&c);
    return event;
}

int
iraf_serve(iraf_task (*find)(const char *name))
{
    const char *line;
    char        lost[LONGEST_ERROR] = "";
    int         event = 0;

    if (isatty(STDIN_FILENO) || iraf_pipe_open() != 0) {
        fprintf(stderr, "bandcast: -c is how IRAF's CL starts its tasks\n");
        return 2;
    }
    setenv("PFILES", ";", 1);           /* the CL keeps the user's values, not we */
    unsetenv("UPARM");
    while (event != IRAF_GONE) {
        line = iraf_pipe_line(&event);
        if (line == NULL || *line == '\0' || *line == '#' || strcmp(line, "_go_") == 0)
            continue;                   /* an interrupt between two runs means nothing */
        if (strcmp(line, "bye") == 0)
            break;
        if (strncmp(line, "set ", 4) == 0 || strncmp(line, "reset ", 6) == 0) {
            iraf_name_set(strchr(line, ' ') + 1);
        } else if (strncmp(line, "chdir ", 6) == 0) {
            change_folder(line + 6, lost, sizeof lost);
        } else if (do_command(line, lost, find) & IRAF_GONE) {
            break;
        }
    }
    return EXIT_SUCCESS;
}
