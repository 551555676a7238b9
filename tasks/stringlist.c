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
    char **grown = realloc(s->text, ((size_t)s->n + 1) * sizeof *grown);

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
    const char *end = *item == '"' || *item == '\'' ? strchr(item + 1, *item) : NULL;

    return end != NULL ? (size_t)(end - item) + 1 : 0;
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

/* The N characters of an item, blanks around them and the quotes of KEEP = 0 left out. */
static bc_status
add_item(struct strings *s, const char *item, size_t n, int keep)
{
    size_t    quoted;
    bc_status st;

    while (n > 0 && strchr(blanks, item[0]) != NULL) {
        item++;
        n--;
    }
    while (n > 0 && strchr(blanks, item[n - 1]) != NULL)
        n--;
    quoted = keep || n == 0 ? 0 : strings_quoted(item);
    st = strings_add_part(s, item, n);
    if (st == BC_OK && quoted > 0) {        /* what follows the quotes moves up to their text */
        char *text = s->text[s->n - 1];

        memmove(text, text + 1, quoted - 2);
        memmove(text + quoted - 2, text + quoted, n - quoted + 1);
    }
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

/* Whether an item needs quotes: it would be split, trimmed or unquoted. */
static int
is_plain(const char *item)
{
    size_t n = strlen(item);

    return n > 0 && item_length(item) == n && strings_quoted(item) == 0
           && strchr(blanks, item[0]) == NULL && strchr(blanks, item[n - 1]) == NULL;
}

char *
strings_join(const struct strings *s)
{
    size_t size = 1;
    char  *text, *to;
    int    i;

    for (i = 0; i < s->n; i++)
        size += strlen(s->text[i]) + 3;
    to = text = malloc(size);
    if (text == NULL)
        return NULL;
    *to = '\0';
    for (i = 0; i < s->n; i++) {
        const char *quote = is_plain(s->text[i]) ? "" : strchr(s->text[i], '"') != NULL ? "'" : "\"";

        if (i > 0)
            *to++ = ',';
        to = stpcpy(stpcpy(stpcpy(to, quote), s->text[i]), quote);
    }
    return text;
}
