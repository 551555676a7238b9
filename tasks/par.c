/* par.c -- finds parameters by name and says what their modes mean.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "par.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void
par_say(const struct par_ear *ear, enum par_grade grade, const char *format, ...)
{
    char    sentence[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(sentence, sizeof sentence, format, args);
    va_end(args);
    ear->hear(ear->arg, grade, sentence);
}

/* ---- names ----------------------------------------------------------------------------------- */

int
par_is_name(const char *s, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (!isascii((unsigned char)s[i]) || (!isalnum((unsigned char)s[i]) && s[i] != '_'))
            return 0;
    return n > 0 && !isdigit((unsigned char)*s);
}

struct par *
par_find(const struct par_list *list, const char *name, size_t length, int abbreviate, int *count_p)
{
    struct par *found = NULL;
    int         i;

    *count_p = 0;
    for (i = 0; i < list->n; i++) {
        if (strncmp(list->par[i].name, name, length) != 0)
            continue;
        if (list->par[i].name[length] == '\0') {
            *count_p = 1;
            return &list->par[i];
        }
        if (abbreviate && length > 0) {
            ++*count_p;
            found = &list->par[i];
        }
    }
    return *count_p == 1 ? found : NULL;
}

struct par *
par_get(const struct par_list *list, const char *name)
{
    int count;

    return par_find(list, name, strlen(name), 0, &count);
}

enum { LONGEST = 31 };

static int
differ(char a, char b)
{
    return tolower((unsigned char)a) != tolower((unsigned char)b);
}

/* Edits (insert, delete, replace, swap of neighbours) from A to B, whatever the case; 99 = longer
 * than is looked at. */
static int
distance(const char *a, size_t na, const char *b, size_t nb)
{
    int    d[LONGEST + 1][LONGEST + 1];
    size_t i, j;

    if (na > LONGEST || nb > LONGEST)
        return 99;
    for (i = 0; i <= na; i++)
        for (j = 0; j <= nb; j++) {
            int best;

            if (i == 0 || j == 0) {
                d[i][j] = (int)(i + j);
                continue;
            }
            best = d[i - 1][j - 1] + differ(a[i - 1], b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && !differ(a[i - 1], b[j - 2]) && !differ(a[i - 2], b[j - 1])
                && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[na][nb];
}

const char *
par_nearest(const struct par_list *list, const char *name, size_t length)
{
    const char *best = NULL;
    int         least = length < 3 ? (int)length : 3, i;    /* so many edits are another word */

    for (i = 0; i < list->n; i++) {
        int d = distance(list->par[i].name, strlen(list->par[i].name), name, length);

        if (d < least) {
            least = d;
            best = list->par[i].name;
        }
    }
    return best;
}

/* All names that NAME abbreviates, a comma between two. */
static void
list_candidates(const struct par_list *list, const char *name, size_t length, char *text,
                size_t size)
{
    size_t n = 0;
    int    i;

    for (i = 0; i < list->n && n < size; i++)
        if (strncmp(list->par[i].name, name, length) == 0)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? ", " : "", list->par[i].name);
}

struct par *
par_want(const struct par_list *list, const char *name, size_t length, const char *source,
         const struct par_ear *ear)
{
    int         count, shown = (int)(length < 200 ? length : 200);
    char        candidates[1024] = "";
    const char *before = source != NULL ? source : "", *colon = source != NULL ? ": " : "", *near;
    struct par *p = par_find(list, name, length, 1, &count);

    if (p != NULL)
        return p;
    near = par_nearest(list, name, length);
    list_candidates(list, name, length, candidates, sizeof candidates);
    if (count > 1)
        par_say(ear, PAR_WRONG, "%s%sparameter '%.*s' is ambiguous (%s)", before, colon, shown,
                name, candidates);
    else if (near != NULL)
        par_say(ear, PAR_WRONG, "%s%sunknown parameter '%.*s' (did you mean %s?)", before, colon,
                shown, name, near);
    else
        par_say(ear, PAR_WRONG, "%s%sunknown parameter '%.*s'", before, colon, shown, name);
    return NULL;
}

/* ---- modes ----------------------------------------------------------------------------------- */

/* What holds for parameters that leave it open: the first that says q or h, as in IRAF's CL, which
 * ends with "ql". */
static const char *
session_mode(const char *task_mode, const char *package_mode)
{
    if (strpbrk(task_mode, "qh") != NULL)
        return task_mode;
    return strpbrk(package_mode, "qh") != NULL ? package_mode : "ql";
}

int
par_is_needed(const struct par *p)
{
    return !p->optional && strchr(p->mode, 'h') == NULL;
}

/* Only a parameter's own q asks for what has a value already: a run in a shell is not to stop for
 * each positional argument that may be left out. */
char
par_mode(const struct par *p, const char *task_mode, const char *package_mode)
{
    const char *own = strpbrk(p->mode, "qh");

    if (own != NULL)
        return *own;
    return !p->optional && strchr(session_mode(task_mode, package_mode), 'q') != NULL ? 'q' : 'h';
}

int
par_learns(const struct par *p, const char *task_mode, const char *package_mode)
{
    if (strchr(p->mode, 'l') != NULL)
        return 1;
    return par_mode(p, task_mode, package_mode) == 'q'
           && strchr(session_mode(task_mode, package_mode), 'l') != NULL;
}
