/* wildcard.c -- names of files by patterns.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "wildcard.h"

#include <fnmatch.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "task.h"

/* ---- patterns -------------------------------------------------------------------------------- */

/* Length of the class "[...]" at TEXT; 0 = no class. */
static size_t
class_length(const char *text)
{
    size_t      skip = text[0] != '[' ? 0 : text[1] == '!' || text[1] == '^' ? 3 : 2;
    const char *end;

    if (skip == 0 || memchr(text, '\0', skip) != NULL)
        return 0;
    end = strchr(text + skip, ']');
    return end != NULL ? (size_t)(end - text) + 1 : 0;
}

/* Of "%old%new%" at TEXT: *NEW_P and *END_P point behind the second and the third sign. */
static int
is_substitution(const char *text, const char **new_p, const char **end_p)
{
    const char *second = *text == '%' ? strchr(text + 1, '%') : NULL;
    const char *third = second != NULL ? strchr(second + 1, '%') : NULL;

    if (third == NULL)
        return 0;
    *new_p = second + 1;
    *end_p = third + 1;
    return 1;
}

int
wildcard_is_in(const char *pattern, size_t n)
{
    const char *new, *end;
    size_t      i;

    for (i = 0; i < n; i++)
        if (pattern[i] == '*' || pattern[i] == '?'
            || (pattern[i] == '[' && class_length(pattern + i) > 0
                && i + class_length(pattern + i) <= n)
            || (is_substitution(pattern + i, &new, &end) && end <= pattern + n))
            return 1;
    return 0;
}

int
wildcard_is_edit(const char *pattern)
{
    const char *new, *end = pattern;

    while (is_substitution(end, &new, &end))
        ;
    return end != pattern && *end == '\0';
}

/* ---- a name that matches, edited ------------------------------------------------------------- */

/* A place in the pattern and in the name, and what has been written so far. */
struct place {
    const char *pattern, *name;
    const char *new, *end;      /* within "%old%": where new is and where the pattern goes on */
    size_t      written;
};

/* Does the element at the place match one character?  *NEXT_P: the pattern behind it. */
static int
matches_one(const struct place *p, const char **next_p)
{
    const char *e = p->pattern;
    size_t      n = class_length(e);

    *next_p = e + 1;
    if (*p->name == '\0' || *e == '\0')
        return 0;
    if (n > 0) {
        char class[256], one[2] = { *p->name, '\0' };

        *next_p = e + n;
        if (n >= sizeof class)
            return 0;
        memcpy(class, e, n);
        class[n] = '\0';
        return fnmatch(class, one, FNM_NOESCAPE) == 0;
    }
    return *e == '?' ? *p->name != '/' : *e == *p->name;
}

/* Steps over substitution signs, writing what they put in. */
static void
step(struct place *p, char *out)
{
    const char *new, *end;

    for (;;) {
        if (p->new != NULL && p->pattern + 1 == p->new) {           /* old has been matched */
            size_t n = (size_t)(p->end - 1 - p->new);

            memcpy(out + p->written, p->new, n);
            p->written += n;
            p->pattern = p->end;
            p->new = NULL;
        } else if (p->new == NULL && is_substitution(p->pattern, &new, &end)) {
            p->new = new;
            p->end = end;
            p->pattern++;
        } else {
            return;
        }
    }
}

/* A star is tried with ever more characters; only the last one seen needs to be, as all that could
 * match behind an earlier one can match behind it. */
char *
wildcard_edit(const char *pattern, const char *name)
{
    char        *out = malloc(strlen(pattern) + strlen(name) + 1);
    struct place p = { .pattern = pattern, .name = name }, star = { .pattern = NULL };
    const char  *next;

    if (out == NULL)
        return NULL;
    for (;;) {
        step(&p, out);
        if (*p.pattern == '*') {
            star = p;
            p.pattern++;
            continue;
        }
        if (*p.pattern == '\0' && *p.name == '\0')
            break;
        if (matches_one(&p, &next)) {
            if (p.new == NULL)
                out[p.written++] = *p.name;
            p.name++;
            p.pattern = next;
            continue;
        }
        if (star.pattern == NULL || *star.name == '\0' || *star.name == '/') {
            free(out);
            return NULL;
        }
        if (star.new == NULL)
            out[star.written++] = *star.name;
        star.name++;
        p = star;
        p.pattern++;
    }
    out[p.written] = '\0';
    return out;
}

/* ---- files ----------------------------------------------------------------------------------- */

/* PATTERN as glob wants it: substitutions by what they replace. */
static char *
glob_pattern(const char *pattern)
{
    char       *out = malloc(strlen(pattern) + 1), *to = out;
    const char *new, *end, *from = pattern;

    while (out != NULL && *from != '\0') {
        if (is_substitution(from, &new, &end)) {
            to = mempcpy(to, from + 1, (size_t)(new - from) - 2);
            from = end;
        } else {
            *to++ = *from++;
        }
    }
    if (out != NULL)
        *to = '\0';
    return out;
}

bc_status
wildcard_expand(const char *pattern, struct strings *s)
{
    char     *old = glob_pattern(pattern);
    glob_t    found = { 0 };
    size_t    i;
    int       failed = old == NULL ? GLOB_NOSPACE : glob(old, GLOB_NOESCAPE, NULL, &found);
    bc_status st = BC_OK;

    if (failed == GLOB_NOSPACE)
        st = task_fail(BC_NO_MEMORY, "out of memory for a list of images");
    else if (failed != 0)
        st = task_fail(BC_BAD_FILE, "no file is called '%s'", old);
    for (i = 0; st == BC_OK && i < found.gl_pathc; i++) {
        char *edited = wildcard_edit(pattern, found.gl_pathv[i]);

        st = edited == NULL ? task_fail(BC_BAD_FILE, "'%s' does not fit %s", pattern,
                                        found.gl_pathv[i])
                            : strings_add(s, edited);
        free(edited);
    }
    globfree(&found);
    free(old);
    return st;
}
