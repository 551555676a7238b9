/* arguments.c -- a task's command line.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "arguments.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const HERE = "command line";

struct reader {
    const char          *task;
    struct par_list     *list;
    const struct par_ear *ear;
};

/* ---- values ---------------------------------------------------------------------------------- */

/* A parameter that was not found (P is NULL) has been complained of already. */
static void
set(const struct reader *r, struct par *p, const char *value)
{
    if (p == NULL)
        return;
    if (p->origin == PAR_TYPED)
        par_say(r->ear, PAR_WRONG, "%s is given twice", p->name);
    else if (par_set(p, value, PAR_TYPED, HERE) != 0)
        par_say(r->ear, PAR_WRONG, "out of memory for %s", p->name);
}

static struct par *
find(const struct reader *r, const char *name, size_t length)
{
    return par_want(r->list, name, length, NULL, r->ear);
}

static void
set_positional(const struct reader *r, const char *value)
{
    int i, accepted = 0;

    for (i = 0; i < r->list->n; i++) {
        struct par *p = &r->list->par[i];

        if (strchr(p->mode, 'h') != NULL)
            continue;
        if (p->origin != PAR_TYPED) {
            set(r, p, value);
            return;
        }
        accepted++;
    }
    par_say(r->ear, PAR_WRONG, "too many positional arguments: '%s' (%d accepted)", value,
            accepted);
}

/* name=value: 1 argument.  "name= value" is 2, but not for a text, which may well be empty. */
static int
take_assignment(const struct reader *r, char **argv, int left)
{
    size_t      n = strcspn(argv[0], "=");
    struct par *p = find(r, argv[0], n);
    const char *value = argv[0] + n + 1;
    int         is_text = p == NULL || p->type == 's' || p->type == 'f';

    if (*value == '\0' && !is_text && left > 1) {
        set(r, p, argv[1]);
        return 2;
    }
    set(r, p, value);
    return 1;
}

/* "name = value" and "name =value"; 0 = it is neither. */
static int
take_spaced_assignment(const struct reader *r, char **argv, int left)
{
    size_t n = strlen(argv[0]);

    if (left < 2 || *argv[1] != '=' || !par_is_name(argv[0], n))
        return 0;
    if (argv[1][1] == '\0' && left < 3)
        return 0;
    set(r, find(r, argv[0], n), argv[1][1] != '\0' ? argv[1] + 1 : argv[2]);
    return argv[1][1] != '\0' ? 2 : 3;
}

/* name+ and name-, where such a switch is; a file may be called so. */
static int
take_switch(const struct reader *r, const char *s)
{
    size_t      n = strlen(s);
    struct par *p;
    int         count;

    if (n < 2 || (s[n - 1] != '+' && s[n - 1] != '-') || !par_is_name(s, n - 1))
        return 0;
    p = par_find(r->list, s, n - 1, 1, &count);
    if (p == NULL || p->type != 'b')
        return 0;
    set(r, p, s[n - 1] == '+' ? "yes" : "no");
    return 1;
}

/* ---- @@file ---------------------------------------------------------------------------------- */

static void
set_from_file(const struct reader *r, struct par *p, const char *value, const char *where)
{
    if (p != NULL && p->origin != PAR_TYPED && par_set(p, value, PAR_FILE, where) != 0)
        par_say(r->ear, PAR_WRONG, "out of memory for %s", p->name);
}

/* "name = value" or "task.name = value", N bytes before the =.  -1: it is not of that form. */
static int
take_statement(const struct reader *r, char *line, size_t n, const char *where)
{
    char  *dot = memchr(line, '.', n), *name = dot != NULL ? dot + 1 : line, *value = line + n + 1;
    size_t length = n - (size_t)(name - line);

    while (length > 0 && strchr(" \t", name[length - 1]) != NULL)
        length--;
    if (!par_is_name(name, length) || par_unquote(value) != 0)
        return -1;
    if (dot != NULL
        && ((size_t)(dot - line) != strlen(r->task)
            || strncmp(line, r->task, strlen(r->task)) != 0))
        par_say(r->ear, PAR_WRONG, "%s: %.*s is not a parameter of %s", where,
                (int)(name + length - line), line, r->task);
    else
        set_from_file(r, par_want(r->list, name, length, where, r->ear), value, where);
    return 0;
}

/* A line of a parameter file; one without a value says nothing. */
static void
take_fields(const struct reader *r, const char *line, const char *where)
{
    struct par_line l;
    const char     *why = par_split(line, &l), *name = l.field[PAR_NAME].text;

    if (why != NULL)
        par_say(r->ear, PAR_WRONG, "%s: %s", where, why);
    else if (*l.field[PAR_VALUE].text != '\0')
        set_from_file(r, par_want(r->list, name, strlen(name), where, r->ear),
                      l.field[PAR_VALUE].text, where);
    par_line_free(&l);
}

void
arguments_read_text(const char *task, struct par_list *list, const char *text, size_t n,
                    const char *file, const struct par_ear *ear)
{
    struct reader r = { task, list, ear };
    const char   *end = text + n;
    int           number = 1;
    char         *line = malloc(n + 1), where[320];

    if (line == NULL)
        par_say(ear, PAR_WRONG, "out of memory for %s", file);
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (line != NULL && text < end) {
        int    lines = par_next_line(&text, end, line);
        char  *s = line + strspn(line, " \t");
        size_t name = strcspn(s, "=,");

        snprintf(where, sizeof where, "%.300s:%d", file, number);
        number += abs(lines);
        if (lines < 0)
            par_say(ear, PAR_WRONG, "%s: a zero byte is no text", where);
        else if (*s == '\0' || *s == '#')
            continue;
        else if (s[name] == ',')
            take_fields(&r, s, where);
        else if (s[name] == '\0' || take_statement(&r, s, name, where) != 0)
            par_say(ear, PAR_WRONG, "%s: neither name = value nor a line of a parameter file",
                    where);
    }
    free(line);
}

static void
read_file(const struct reader *r, const char *file)
{
    size_t n;
    char  *text = par_load(strcmp(file, "-") == 0 ? "/dev/stdin" : file, &n);

    if (text != NULL)
        arguments_read_text(r->task, r->list, text, n, file, r->ear);
    else
        par_say(r->ear, PAR_WRONG, "the parameter file %s cannot be read: %s", file,
                strerror(errno));
    free(text);
}

/* ---- all of it ------------------------------------------------------------------------------- */

static const struct { const char *word; int bit; } options[] = {
    { "--help",    ARGUMENTS_HELP    },
    { "-h",        ARGUMENTS_HELP    },
    { "--version", ARGUMENTS_VERSION },
    { "--dump",    ARGUMENTS_DUMP    },
    { "--check",   ARGUMENTS_CHECK   },
    { NULL,        0                 }
};

static int
option(const char *argument)
{
    int i;

    for (i = 0; options[i].word != NULL; i++)
        if (strcmp(argument, options[i].word) == 0)
            return options[i].bit;
    return 0;
}

int
arguments_options(int argc, char **argv)
{
    int i, found = 0;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        found |= option(argv[i]);
    return found;
}

/* How many arguments were more than one positional; 0 = it is one. */
static int
take(const struct reader *r, char **argv, int left)
{
    size_t n = strcspn(argv[0], "=");
    int    taken;

    if (argv[0][n] == '=' && par_is_name(argv[0], n))
        return take_assignment(r, argv, left);
    if (strncmp(argv[0], "@@", 2) == 0) {
        read_file(r, argv[0] + 2);
        return 1;
    }
    if (option(argv[0]) != 0)
        return 1;
    if (strncmp(argv[0], "--", 2) == 0) {
        par_say(r->ear, PAR_WRONG, "unknown option %s (--help, --version, --dump and --check are known)", argv[0]);
        return 1;
    }
    taken = take_spaced_assignment(r, argv, left);
    return taken > 0 ? taken : take_switch(r, argv[0]);
}

void
arguments_read(const char *task, struct par_list *list, int argc, char **argv,
               const struct par_ear *ear)
{
    struct reader r = { task, list, ear };
    int           i = 1, only_positionals = 0;

    while (i < argc) {
        int taken = 0;

        if (!only_positionals && strcmp(argv[i], "--") == 0)
            only_positionals = taken = 1;
        else if (!only_positionals)
            taken = take(&r, argv + i, argc - i);
        if (taken == 0)
            set_positional(&r, argv[i]);
        i += taken > 0 ? taken : 1;
    }
}

void
arguments_check(struct par_list *list, int given, const struct par_ear *ear)
{
    char text[1024];
    int  i;

    for (i = 0; i < list->n; i++) {
        struct par *p = &list->par[i];

        if (p->origin < PAR_FILE && (given || (*p->value == '\0' && par_is_needed(p))))
            continue;
        if (given && p->reference != NULL)
            continue;
        if (par_check(p, text, sizeof text) != 0 || par_check_file(p, text, sizeof text) != 0)
            par_say(ear, PAR_WRONG, "%s", text);
    }
}
