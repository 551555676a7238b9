/* par_line.c -- takes a line of a parameter file apart, whatever its dialect.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "par.h"

static int
is_blank(char c)
{
    return c == ' ' || c == '\t';
}

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

/* The N bytes between the quotes at S to TO, which may be S: \n is a new line as in IRAF, a
 * backslash before a quote or another backslash goes. */
static void
undo_quotes(const char *s, size_t n, char quote, char *to)
{
    size_t i;

    for (i = 0; i < n; i++) {
        char c = s[i];

        if ((c == '\\' || c == quote) && i + 1 < n
            && (s[i + 1] == quote || (c == '\\' && s[i + 1] == '\\')))
            c = s[++i];
        else if (c == '\\' && i + 1 < n && s[i + 1] == 'n') {
            c = '\n';
            i++;
        }
        *to++ = c;
    }
    *to = '\0';
}

/* Bytes of a field without quotes: up to the comma, or to a # behind a blank, which begins a
 * comment. */
static size_t
plain_length(const char *s)
{
    size_t n = 0;

    while (s[n] != '\0' && s[n] != ',' && !(s[n] == '#' && n > 0 && is_blank(s[n - 1])))
        n++;
    return n;
}

/* A backslash before a # is APE's way to write one. */
static void
undo_plain(const char *s, size_t n, char *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (s[i] != '\\' || i + 1 == n || s[i + 1] != '#')
            *to++ = s[i];
    *to = '\0';
}

/* One field at *LINE into F; *LINE then stands at the comma or at the end of the fields.  NULL =
 * good. */
static const char *
take_field(const char **line, struct par_field *f, const char **at)
{
    const char *s = *line + strspn(*line, " \t"), *end;

    *at = f->raw = s;
    f->quote = *s == '"' || *s == '\'' ? *s : '\0';
    f->length = f->quote != '\0' ? quoted_length(s) : *s == '#' && s != *line ? 0 : plain_length(s);
    if (f->quote != '\0' && f->length == 0)
        return "unterminated quote";
    end = s + f->length;
    while (f->quote == '\0' && f->length > 0 && is_blank(s[f->length - 1]))
        f->length--;
    end += strspn(end, " \t");
    f->blanks = s != *line || (*end == ',' && end != s + f->length);
    f->text = malloc(f->length + 1);
    if (f->text == NULL)
        return "out of memory";
    if (f->quote != '\0')
        undo_quotes(s + 1, f->length - 2, f->quote, f->text);
    else
        undo_plain(s, f->length, f->text);
    if (*end != ',' && *end != '\0' && *end != '#') {
        *at = end;
        return "text after a quoted field";
    }
    *line = end;
    return NULL;
}

const char *
par_split(const char *line, struct par_line *l)
{
    const char *why;
    int         i;

    *l = (struct par_line){ .at = line };
    do {
        line += l->n > 0;       /* the comma */
        if (l->n == PAR_FIELDS) {
            l->at = line;
            return "too many fields (7 are possible)";
        }
        why = take_field(&line, &l->field[l->n++], &l->at);
        if (why != NULL)
            return why;
    } while (*line == ',');
    l->at = line;
    if (l->n < PAR_MODE + 1)
        return "at least name,type,mode are needed";
    for (i = l->n; i < PAR_FIELDS; i++) {
        l->field[i].raw = line;
        l->field[i].text = calloc(1, 1);
        if (l->field[i].text == NULL)
            return "out of memory";
    }
    return NULL;
}

void
par_line_free(struct par_line *l)
{
    int i;

    for (i = 0; i < PAR_FIELDS; i++)
        free(l->field[i].text);
}

int
par_unquote(char *value)
{
    char  *s = value + strspn(value, " \t");
    size_t n = strlen(s);

    if (*s == '"' || *s == '\'') {
        size_t length = quoted_length(s), after = length + strspn(s + length, " \t");

        if (length == 0 || (s[after] != '\0' && s[after] != '#'))
            return -1;
        undo_quotes(s + 1, length - 2, *s, value);
        return 0;
    }
    while (n > 0 && is_blank(s[n - 1]))
        n--;
    memmove(value, s, n);
    value[n] = '\0';
    return 0;
}
