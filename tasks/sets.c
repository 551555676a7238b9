/* sets.c -- which images a task works on.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "sets.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

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
sets_open_text(const char *what, const char *file, FILE **f_p)
{
    struct stat s = { 0 };
    int         fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    FILE       *f = NULL;

    if (fd >= 0 && fstat(fd, &s) == 0 && S_ISDIR(s.st_mode))
        errno = EISDIR;
    else if (fd >= 0 && fcntl(fd, F_SETFL, 0) == 0)     /* a pipe that is being written to is waited for */
        f = fdopen(fd, "r");
    if (f == NULL) {
        int why = errno;

        if (fd >= 0)
            close(fd);
        return why == ENAMETOOLONG
            ? task_fail(BC_BAD_FILE, "a %s's name of %zu characters is too long", what, strlen(file))
            : task_fail(BC_BAD_FILE, "the %s %s cannot be read: %s", what, file, strerror(why));
    }
    *f_p = f;
    return BC_OK;
}

bc_status
sets_read(const char *value, struct strings *s)
{
    FILE     *f;
    char     *line = NULL;
    size_t    size = 0;
    bc_status st;

    if (*value != '@')
        return add(s, value, strlen(value));
    st = sets_open_text("list", value + 1, &f);
    if (st != BC_OK)
        return st;
    while (st == BC_OK && getline(&line, &size, f) >= 0) {
        size_t n = comment_start(line);

        if (strspn(line, " \t\r\n") < n)
            st = add(s, line, n);
    }
    free(line);
    fclose(f);
    return st == BC_OK && s->n == 0 ? task_fail(BC_BAD_FILE, "the list %s names nothing", value + 1) : st;
}

/* The file that an image's NAME opens: that of this name, or what stands before its [extension]. */
static int
stat_image(const char *name, struct stat *s_p)
{
    char *path;
    int   failed;

    if (stat(name, s_p) == 0)
        return 0;
    path = strndup(name, strcspn(name, "["));
    failed = path == NULL || stat(path, s_p) != 0;
    free(path);
    return failed;
}

bc_status
sets_check_output(const char *output, int clobber, const struct strings *sets)
{
    struct stat    out, in;
    struct strings names = { 0 };
    int            i, k;
    bc_status      st = bc_output_check(output, clobber);

    if (st != BC_OK || stat(output, &out) != 0)
        return st;
    for (i = 0; st == BC_OK && i < sets->n; i++) {
        st = strings_split(sets->text[i], &names);
        for (k = 0; st == BC_OK && k < names.n; k++)
            if (stat_image(names.text[k], &in) == 0 && in.st_dev == out.st_dev && in.st_ino == out.st_ino)
                st = task_fail(BC_BAD_FILE, "%s is an input, too: it is not replaced", output);
        strings_free(&names);
    }
    return st;
}
