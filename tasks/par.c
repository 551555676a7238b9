/* par.c -- reads parameter files.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "par.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading --------------------------------------------------------------------------------- */

enum { FIELDS = 7 };

/* Length of the quoted text at S with its quotes, 0 if it does not end. */
static size_t
quoted_length(const char *s)
{
    const char *p;

    for (p = s + 1; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (*p == *s && p[1] == *s)        /* a doubled quote stands for one */
            p++;
        else if (*p == *s)
            return (size_t)(p - s) + 1;
    }
    return 0;
}

/* The text between the quotes, escapes undone, in place at TO. */
static void
unquote(const char *s, size_t length, char *to)
{
    size_t i;

    for (i = 1; i + 1 < length; i++) {
        if ((s[i] == '\\' || s[i] == s[0]) && i + 2 < length && (s[i + 1] == s[0] || s[i + 1] == '\\'))
            i++;
        *to++ = s[i];
    }
    *to = '\0';
}

/* One field from *LINE, blanks around it dropped; *LINE then stands behind its comma.  NULL: wrong, *WHY says how. */
static char *
take_field(const char **line, int *last_p, const char **why)
{
    const char *s = *line, *end;
    char       *field = malloc(strlen(s) + 1);

    if (field == NULL)
        return NULL;
    s += strspn(s, " \t");
    if (*s == '"' || *s == '\'') {
        size_t length = quoted_length(s);

        if (length == 0) {
            *why = "unterminated quote";
            free(field);
            return NULL;
        }
        unquote(s, length, field);
        end = s + length;
        end += strspn(end, " \t");
        if (*end != ',' && *end != '\0' && *end != '#') {
            *why = "text after a quoted field";
            free(field);
            return NULL;
        }
    } else {
        size_t n = strcspn(s, ",");

        end = s + n;
        while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
            n--;
        memcpy(field, s, n);
        field[n] = '\0';
    }
    *last_p = *end != ',';
    *line = *end == ',' ? end + 1 : end;
    return field;
}

static void
free_one(struct par *p)
{
    free(p->name);
    free(p->mode);
    free(p->value);
    free(p->min);
    free(p->max);
    free(p->prompt);
    free(p->line);
    free(p->source);
}

static int
is_name(const char *s)
{
    return *s != '\0' && !isdigit((unsigned char)*s)
           && s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")] == '\0';
}

/* What is wrong with the fields of P, NULL = nothing. */
static const char *
check_fields(const struct par_list *list, const struct par *p, const char *type, char *text, size_t size)
{
    const struct par *other;
    int               count;

    if (!is_name(p->name))
        return "a name is made of letters, digits and _";
    if (strlen(type) != 1 || strchr("birsf", *type) == NULL)
        return "type is not one of b, i, r, s, f";
    if (*p->mode == '\0' || strspn(p->mode, "aqhl") != strlen(p->mode))
        return "mode is not made of a, q, h, l";
    other = par_find(list, p->name, strlen(p->name), 0, &count);
    if (other == NULL)
        return NULL;
    snprintf(text, size, "%s stands in %s already", p->name, other->line);
    return text;
}

/* The fields of LINE, blanks and quotes taken off; those that are not there are empty.  NULL = good. */
static const char *
split_line(const char *line, char *field[FIELDS])
{
    const char *why = "out of memory";
    int         n = 0, last = 0;

    while (n < FIELDS && !last) {
        field[n] = take_field(&line, &last, &why);
        if (field[n++] == NULL)
            return why;
    }
    if (!last)
        return "too many fields (7 are possible)";
    if (n < 3)
        return "at least name,type,mode are needed";
    for (; n < FIELDS; n++)
        if ((field[n] = calloc(1, 1)) == NULL)
            return "out of memory";
    return NULL;
}

/* One line into a new parameter of LIST; NULL = good, else what is wrong, perhaps in TEXT. */
static const char *
read_line(struct par_list *list, const char *line, const char *where, char *text, size_t size)
{
    char       *field[FIELDS] = { NULL };
    const char *why = split_line(line, field);
    struct par  p = { .name = field[0], .mode = field[2], .value = field[3], .min = field[4], .max = field[5],
                      .prompt = field[6], .line = strdup(where), .source = strdup(where) }, *grown;

    if (why == NULL)
        why = check_fields(list, &p, field[1], text, size);
    if (why == NULL) {
        p.type = *field[1];
        p.indef = par_is_indef(p.value);
        why = par_check_definition(&p, text, size);
    }
    grown = why == NULL ? realloc(list->par, ((size_t)list->n + 1) * sizeof *grown) : NULL;
    if (grown != NULL)
        list->par = grown;
    if (why == NULL && (grown == NULL || p.line == NULL || p.source == NULL))
        why = "out of memory";
    free(field[1]);
    if (why == NULL)
        list->par[list->n++] = p;
    else
        free_one(&p);
    return why;
}

int
par_read(const char *file, struct par_list *list, void (*complain)(const char *sentence))
{
    FILE       *f = fopen(file, "r");
    const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;
    char       *line = NULL, where[320], text[512], sentence[1024];
    size_t      size = 0;
    ssize_t     n;
    int         number = 0, wrong = 0;

    if (f == NULL)
        return -1;
    while ((n = getline(&line, &size, f)) >= 0) {
        char       *s = line;
        const char *why;

        number++;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (number == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0)
            s += 3;
        s += strspn(s, " \t");
        if (*s == '\0' || *s == '#')
            continue;
        snprintf(where, sizeof where, "%s:%d", base, number);
        why = read_line(list, s, where, text, sizeof text);
        if (why != NULL) {
            snprintf(sentence, sizeof sentence, "%s:%d: %s", file, number, why);
            complain(sentence);
            wrong++;
        }
    }
    free(line);
    fclose(f);
    return wrong;
}

void
par_free(struct par_list *list)
{
    int i;

    for (i = 0; i < list->n; i++)
        free_one(&list->par[i]);
    free(list->par);
    *list = (struct par_list){ NULL, 0 };
}

/* ---- finding --------------------------------------------------------------------------------- */

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

/* Edits (insert, delete, replace, swap of neighbours) from A to B of at most 31 characters. */
static int
distance(const char *a, size_t na, const char *b, size_t nb)
{
    int    d[32][32];
    size_t i, j;

    if (na > 31 || nb > 31)
        return 99;
    for (i = 0; i <= na; i++)
        for (j = 0; j <= nb; j++) {
            int best;

            if (i == 0 || j == 0) {
                d[i][j] = (int)(i + j);
                continue;
            }
            best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[na][nb];
}

const char *
par_nearest(const struct par_list *list, const char *name, size_t length)
{
    const char *best = NULL;
    int         least = 3, i;       /* three edits are another word */

    for (i = 0; i < list->n; i++) {
        int d = distance(list->par[i].name, strlen(list->par[i].name), name, length);

        if (d < least) {
            least = d;
            best = list->par[i].name;
        }
    }
    return best;
}
