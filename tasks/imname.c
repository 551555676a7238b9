/* imname.c -- the parts of an image's name.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "imname.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "task.h"

enum { MOST_EXTENSIONS = 10000 };

/* ---- parts ----------------------------------------------------------------------------------- */

/* Groups are the brackets at the end; those with text behind them are classes of characters. */
size_t
imname_file(const char *name)
{
    size_t n = strlen(name), i;
    int    depth;

    while (n > 0 && name[n - 1] == ']') {
        depth = 0;
        for (i = n; i > 0; i--) {
            depth += name[i - 1] == ']';
            depth -= name[i - 1] == '[';
            if (depth == 0)
                break;
        }
        if (i <= 1)
            break;
        n = i - 1;
    }
    return n;
}

/* Take one of ENDINGS off the N characters of FILE; a name that is nothing else keeps it. */
static size_t
without(const char *file, size_t n, const char *const *endings)
{
    for (; *endings != NULL; endings++) {
        size_t m = strlen(*endings);

        if (n > m && file[n - m - 1] != '/' && strncasecmp(file + n - m, *endings, m) == 0)
            return n - m;
    }
    return n;
}

static const char *const packed[] = { ".fz", ".gz", ".Z", ".bz2", NULL };
static const char *const images[] = { ".fits", ".fit", ".fts", ".imh", NULL };

size_t
imname_extension(const char *file, size_t n)
{
    return without(file, without(file, n, packed), images);
}

size_t
imname_root(const char *name)
{
    return imname_extension(name, imname_file(name));
}

int
imname_is_special(const char *name)
{
    return strcmp(name, "-") == 0 || strstr(name, "://") != NULL;
}

/* Whether the N characters of FILE are one of ENDINGS. */
static int
is_one_of(const char *file, size_t n, const char *const *endings)
{
    while (*endings != NULL && (strlen(*endings) != n || strncasecmp(file, *endings, n) != 0))
        endings++;
    return *endings != NULL;
}

char *
imname_join(const char *left, const char *right)
{
    size_t file = imname_file(left), more = *right == '[' ? 0 : imname_file(right);
    size_t cut = imname_root(left), again = file;   /* where LEFT is cut and goes on */
    char  *joined = malloc(strlen(left) + strlen(right) + 1);

    if (joined == NULL)
        return NULL;
    if (more == 0 || is_one_of(right, more, packed))
        cut = file;
    else if (imname_extension(right, more) == more && !is_one_of(right, more, images))
        again = cut;
    sprintf(joined, "%.*s%.*s%s%s", (int)cut, left, (int)more, right, left + again, right + more);
    return joined;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* "1-3" or "7" at TEXT: its length; 0 = neither. */
static size_t
read_range(const char *text, long *first_p, long *last_p)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return 0;
    *first_p = *last_p = strtol(text, &end, 10);
    if (*end == '-' && isdigit((unsigned char)end[1]))
        *last_p = strtol(end + 1, &end, 10);
    return (size_t)(end - text);
}

int
imname_has_range(const char *name)
{
    const char *p = name + imname_file(name);
    int         ranges = 0;
    long        first, last;
    size_t      n;

    if (*p != '[')
        return 0;
    do {
        n = read_range(++p, &first, &last);
        ranges += memchr(p, '-', n) != NULL;
        p += n;
    } while (n > 0 && *p == ',');
    return n > 0 && *p == ']' && ranges > 0;
}

/* Is the group of N characters at TEXT, brackets included, an image section: only numbers, stars,
 * colons, minus signs, at least one comma, and one axis that is more than a number? */
static int
is_section(const char *text, size_t n)
{
    size_t i;
    int    commas = 0, spans = 0;

    if (*text != '[')           /* what is left behind brackets in brackets */
        return 0;
    for (i = 1; i + 1 < n; i++) {
        if (!isdigit((unsigned char)text[i]) && strchr("*:-, ", text[i]) == NULL)
            return 0;
        commas += text[i] == ',';
        spans += text[i] == '*' || text[i] == ':';
    }
    return commas > 0 && spans > 0;
}

/* A section as CFITSIO wants it: the one pixel of an axis, 3, becomes 3:3, and blanks go: behind one before a comma
 * it takes the next axis whole.  Returns TO's end. */
static char *
copy_section(char *to, const char *text, size_t n)
{
    size_t i = 0, m;

    while (i < n) {
        m = strspn(text + i, "0123456789");
        if (m > 0 && strchr("[, ", text[i - 1]) != NULL && strchr(",] ", text[i + m]) != NULL)
            to += sprintf(to, "%.*s:%.*s", (int)m, text + i, (int)m, text + i);
        else if (text[i] != ' ')
            to += sprintf(to, "%.*s", m > 0 ? (int)m : 1, text + i);
        i += m > 0 ? m : 1;
    }
    return to;
}

/* Add FILE with the groups at GROUPS. */
static bc_status
add_grouped(struct strings *s, const char *file, size_t n, const char *groups)
{
    char     *name = malloc(n + 2 * strlen(groups) + 32), *to = name;
    bc_status st = BC_OK;

    if (name == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for a list of images");
    to += sprintf(to, "%.*s", (int)n, file);
    while (*groups != '\0') {
        size_t m = strcspn(groups, "]") + 1;

        if (m > strlen(groups))
            m = strlen(groups);
        if (is_section(groups, m))
            to = copy_section(to, groups, m);
        else
            to += sprintf(to, "%.*s", (int)m, groups);
        groups += m;
    }
    st = strings_add(s, name);
    free(name);
    return st;
}

/* FILE[3] for each of the extensions that the range of the first group names. */
static bc_status
add_extensions(struct strings *s, const char *name, size_t file)
{
    const char *p = name + file, *rest = strchr(p, ']') + 1;
    char       *group = malloc(strlen(rest) + 32);
    long        first, last, k, count = 0;
    bc_status   st = BC_OK;

    if (group == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for a list of images");
    while (st == BC_OK && *p != ']') {
        p++;
        p += read_range(p, &first, &last);
        count += last < first ? 0 : last - first > MOST_EXTENSIONS ? MOST_EXTENSIONS : last - first;
        if (last < first || last > INT_MAX || count >= MOST_EXTENSIONS)
            st = task_fail(BC_BAD_ARG, "'%s': a range of extensions goes up, by at most %d", name,
                           MOST_EXTENSIONS);
        for (k = first; st == BC_OK && k <= last; k++) {
            sprintf(group, "[%ld]%s", k, rest);
            st = add_grouped(s, name, file, group);
        }
    }
    free(group);
    return st;
}

bc_status
imname_add(struct strings *s, const char *name)
{
    size_t file = imname_file(name);

    if (strcmp(name + file, "[*]") == 0)
        return task_fail(BC_BAD_ARG, "'%s' is ambiguous: [1-3] names extensions, [*,*] a whole "
                                     "image", name);
    if (imname_has_range(name))
        return add_extensions(s, name, file);
    return add_grouped(s, name, file, name + file);
}
