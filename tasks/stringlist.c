/* stringlist.c -- lists of strings, and texts with commas between them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "stringlist.h"

#include <stdlib.h>
#include <string.h>

#include "task.h"

static const char blanks[] = " \t\r\n";

void
strings_free(struct strings *s)
{
    int i;

    for (i = 0; i < s->n; i++)
        free(s->text[i]);
    free(s->text);
    *s = (struct strings){ NULL, 0 };
}

bc_status
strings_add_part(struct strings *s, const char *text, size_t n)
{
    char **grown = s->text;

    if ((s->n & (s->n - 1)) == 0)           /* full: there is room for the next power of two */
        grown = realloc(s->text, (s->n > 0 ? 2 * (size_t)s->n : 1) * sizeof *grown);
    if (grown != NULL)
        s->text = grown;
    if (grown == NULL || (s->text[s->n] = strndup(text, n)) == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for a list of images");
    s->n++;
    return BC_OK;
}

bc_status
strings_add(struct strings *s, const char *text)
{
    return strings_add_part(s, text, strlen(text));
}

size_t
strings_quoted(const char *item)
{
    size_t      n = 0;
    const char *end;

    while ((item[n] == '"' || item[n] == '\'') && (end = strchr(item + n + 1, item[n])) != NULL)
        n = (size_t)(end - item) + 1;
    return n;
}

/* Where the item at TEXT ends: at a comma, or with the text. */
static size_t
item_length(const char *text)
{
    size_t start = strspn(text, blanks), n = start + strings_quoted(text + start);
    int    depth = 0;

    for (; text[n] != '\0' && (text[n] != ',' || depth > 0); n++) {
        depth += text[n] == '[' || text[n] == '(';
        depth -= depth > 0 && (text[n] == ']' || text[n] == ')');
    }
    return n;
}

/* Take the quotes off ITEM's start. */
static void
unquote(char *item)
{
    size_t      quoted = strings_quoted(item);
    const char *from = item, *end = item + quoted;
    char       *to = item;

    while (from < end) {
        char quote = *from++;

        while (*from != quote)
            *to++ = *from++;
        from++;
    }
    memmove(to, from, strlen(from) + 1);
}

/* The N characters of an item, without the blanks around them, and without quotes unless KEEP. */
static bc_status
add_item(struct strings *s, const char *item, size_t n, int keep)
{
    bc_status st;

    while (n > 0 && strchr(blanks, item[0]) != NULL) {
        item++;
        n--;
    }
    while (n > 0 && strchr(blanks, item[n - 1]) != NULL)
        n--;
    st = strings_add_part(s, item, n);
    if (st == BC_OK && !keep)
        unquote(s->text[s->n - 1]);
    return st;
}

static bc_status
split(const char *list, struct strings *s, int keep)
{
    const char *p = list;
    size_t      n;
    bc_status   st = BC_OK;

    if (*list == '\0')
        return BC_OK;
    for (;;) {
        n = item_length(p);
        if (strspn(p, blanks) >= n)
            return task_fail(BC_BAD_ARG, "'%s' has an empty item", list);
        st = add_item(s, p, n, keep);
        if (st != BC_OK || p[n] == '\0')
            return st;
        p += n + 1;
    }
}

bc_status
strings_split(const char *list, struct strings *s)
{
    return split(list, s, 0);
}

bc_status
strings_split_raw(const char *list, struct strings *s)
{
    return split(list, s, 1);
}

/* Whether an item may stand between others as it is: it is not split, trimmed or unquoted, and
 * nothing in it is left open. */
static int
is_plain(const char *item)
{
    size_t n = strlen(item), i;
    int    depth = 0;

    for (i = 0; i < n; i++) {
        depth += item[i] == '[' || item[i] == '(';
        depth -= depth > 0 && (item[i] == ']' || item[i] == ')');
    }
    return n > 0 && depth == 0 && item_length(item) == n && item[0] != '"' && item[0] != '\''
           && strchr(blanks, item[0]) == NULL && strchr(blanks, item[n - 1]) == NULL;
}

/* ITEM in quotes at TO; where both kinds are in it, in parts.  Returns the end of TO. */
static char *
put_quoted(char *to, const char *item)
{
    do {
        char   quote = *item == '"' ? '\'' : '"';
        size_t n = strcspn(item, quote == '"' ? "\"" : "'");

        *to++ = quote;
        to = mempcpy(to, item, n);
        *to++ = quote;
        item += n;
    } while (*item != '\0');
    return to;
}

/* Memory for ITEM in quotes and a comma: each of its characters quoted, at worst. */
static size_t
quoted_size(const char *item)
{
    return 3 * strlen(item) + 3;
}

static char *
put_item(char *to, const char *item)
{
    return is_plain(item) ? stpcpy(to, item) : put_quoted(to, item);
}

bc_status
strings_add_quoted(struct strings *s, const char *text)
{
    char     *quoted = malloc(quoted_size(text));
    bc_status st;

    if (quoted == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    *put_item(quoted, text) = '\0';
    st = strings_add(s, quoted);
    free(quoted);
    return st;
}

char *
strings_join(const struct strings *s)
{
    size_t size = 1;
    char  *text, *to;
    int    i;

    for (i = 0; i < s->n; i++)
        size += quoted_size(s->text[i]);
    to = text = malloc(size);
    if (text == NULL)
        return NULL;
    for (i = 0; i < s->n; i++) {
        if (i > 0)
            *to++ = ',';
        to = put_item(to, s->text[i]);
    }
    *to = '\0';
    return text;
}
