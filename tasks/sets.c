/* sets.c -- which images a task works on.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task.h"

void
strings_free(struct strings *s)
{
    int i;

    for (i = 0; i < s->n; i++)
        free(s->text[i]);
    free(s->text);
    *s = (struct strings){ NULL, 0 };
}

/* Add the N characters at TEXT without the blanks around them. */
static bc_status
add(struct strings *s, const char *text, size_t n)
{
    char **grown = realloc(s->text, ((size_t)s->n + 1) * sizeof *grown);

    if (grown == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for a list of images");
    s->text = grown;
    while (n > 0 && strchr(" \t\r\n", text[0]) != NULL) {
        text++;
        n--;
    }
    while (n > 0 && strchr(" \t\r\n", text[n - 1]) != NULL)
        n--;
    s->text[s->n] = strndup(text, n);
    if (s->text[s->n] == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for a list of images");
    s->n++;
    return BC_OK;
}

bc_status
strings_add(struct strings *s, const char *text)
{
    return add(s, text, strlen(text));
}

bc_status
strings_split(const char *list, struct strings *s)
{
    const char *start = list, *p;
    int         depth = 0;
    bc_status   st = BC_OK;

    if (*list == '\0')
        return BC_OK;
    for (p = list; st == BC_OK; p++) {
        depth += (*p == '[' || *p == '(');
        depth -= depth > 0 && (*p == ']' || *p == ')');
        if (*p != '\0' && (*p != ',' || depth > 0))
            continue;
        st = add(s, start, (size_t)(p - start));
        if (st == BC_OK && *s->text[s->n - 1] == '\0')
            st = task_fail(BC_BAD_ARG, "'%s' has an empty item", list);
        if (*p == '\0')
            break;
        start = p + 1;
    }
    return st;
}

/* Where a comment starts in LINE, or its end: a # at the start or behind a blank; CFITSIO's names may hold others. */
static size_t
comment_start(const char *line)
{
    const char *p;

    for (p = line; *p != '\0'; p++)
        if (*p == '#' && (p == line || p[-1] == ' ' || p[-1] == '\t'))
            break;
    return (size_t)(p - line);
}

bc_status
sets_read(const char *value, struct strings *s)
{
    FILE     *f;
    char     *line = NULL;
    size_t    size = 0;
    bc_status st = BC_OK;

    if (*value != '@')
        return add(s, value, strlen(value));
    f = fopen(value + 1, "r");
    if (f == NULL)
        return task_fail(BC_BAD_FILE, "the list %s cannot be read: %s", value + 1, strerror(errno));
    while (st == BC_OK && getline(&line, &size, f) >= 0) {
        size_t n = comment_start(line);

        if (strspn(line, " \t\r\n") < n)
            st = add(s, line, n);
    }
    free(line);
    fclose(f);
    return st == BC_OK && s->n == 0 ? task_fail(BC_BAD_FILE, "the list %s names nothing", value + 1) : st;
}
