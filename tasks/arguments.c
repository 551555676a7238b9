/* arguments.c -- a task's command line.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "arguments.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const HERE = "command line";

struct reader {
    struct par_list *list;
    void           (*complain)(const char *sentence);
};

static void __attribute__((format(printf, 2, 3)))
complain_of(const struct reader *r, const char *format, ...)
{
    char    text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->complain(text);
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Could the N characters at S name a parameter?  A file name with other characters is never taken for one. */
static int
is_name(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!isalnum((unsigned char)s[i]) && s[i] != '_')
            return 0;
    return n > 0 && !isdigit((unsigned char)*s);
}

/* The parameter that the name means; what is wrong with it is said. */
static struct par *
find(const struct reader *r, const char *name, size_t length)
{
    int         count, i;
    char        candidates[512] = "";
    const char *near;
    struct par *p = par_find(r->list, name, length, 1, &count);

    if (p != NULL)
        return p;
    if (count > 1) {
        for (i = 0; i < r->list->n; i++)
            if (strncmp(r->list->par[i].name, name, length) == 0)
                snprintf(candidates + strlen(candidates), sizeof candidates - strlen(candidates), "%s%s",
                         *candidates != '\0' ? ", " : "", r->list->par[i].name);
        complain_of(r, "parameter '%.*s' is ambiguous (%s)", (int)length, name, candidates);
        return NULL;
    }
    near = par_nearest(r->list, name, length);
    complain_of(r, "unknown parameter '%.*s'%s%s%s", (int)length, name, near != NULL ? " (did you mean " : "",
                near != NULL ? near : "", near != NULL ? "?)" : "");
    return NULL;
}

/* ---- values ---------------------------------------------------------------------------------- */

/* A parameter that was not found (P is NULL) has been complained of already. */
static void
set(const struct reader *r, struct par *p, const char *value)
{
    if (p == NULL)
        return;
    if (strcmp(p->source, HERE) == 0)
        complain_of(r, "%s is given twice", p->name);
    else if (par_set(p, value, HERE) != 0)
        complain_of(r, "out of memory for %s", p->name);
}

static void
set_positional(const struct reader *r, const char *value)
{
    int i, accepted = 0;

    for (i = 0; i < r->list->n; i++) {
        struct par *p = &r->list->par[i];

        if (strchr(p->mode, 'a') == NULL)
            continue;
        if (strcmp(p->source, HERE) != 0) {
            set(r, p, value);
            return;
        }
        accepted++;
    }
    complain_of(r, "'%s' is one positional argument too many (%d accepted)", value, accepted);
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

    if (left < 2 || *argv[1] != '=' || !is_name(argv[0], n))
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

    if (n < 2 || (s[n - 1] != '+' && s[n - 1] != '-') || !is_name(s, n - 1))
        return 0;
    p = par_find(r->list, s, n - 1, 1, &count);
    if (p == NULL || p->type != 'b')
        return 0;
    set(r, p, s[n - 1] == '+' ? "yes" : "no");
    return 1;
}

void
arguments_read(struct par_list *list, int argc, char **argv, void (*complain)(const char *sentence))
{
    struct reader r = { list, complain };
    int           i = 1, only_positionals = 0;

    while (i < argc) {
        size_t n = strcspn(argv[i], "=");
        int    taken = 0;

        if (only_positionals) {
            set_positional(&r, argv[i++]);
            continue;
        }
        if (strcmp(argv[i], "--") == 0) {
            only_positionals = taken = 1;
        } else if (argv[i][n] == '=' && is_name(argv[i], n)) {
            taken = take_assignment(&r, argv + i, argc - i);
        } else if (strncmp(argv[i], "--", 2) == 0) {
            complain_of(&r, "unknown option %s (--help and --version are known)", argv[i]);
            taken = 1;
        } else {
            taken = take_spaced_assignment(&r, argv + i, argc - i);
            if (taken == 0)
                taken = take_switch(&r, argv[i]);
        }
        if (taken == 0)
            set_positional(&r, argv[i]);
        i += taken > 0 ? taken : 1;
    }
}

int
arguments_have(int argc, char **argv, const char *option)
{
    int i;

    for (i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], option) == 0)
            return 1;
    return 0;
}

void
arguments_check(struct par_list *list, void (*complain)(const char *sentence))
{
    struct reader r = { list, complain };
    char          text[1024];
    int           i;

    for (i = 0; i < list->n; i++) {
        struct par *p = &list->par[i];

        if (*p->value == '\0' && strchr(p->mode, 'a') != NULL && strcmp(p->source, HERE) != 0)
            complain_of(&r, "%s is missing (%s)", p->name, *p->prompt != '\0' ? p->prompt : "no default");
        else if (par_check(p, text, sizeof text) != 0)
            complain(text);
    }
}
