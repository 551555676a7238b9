/* lroff.c -- reads IRAF's help pages: .ih and .sh titles, .ls lists, .nf text as it stands, filled
 * text, \fB \fI \fR.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "lroff.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MOST_INDENT = 20, USUAL_INDENT = 4 };

struct reader {
    struct lroff   *page;
    int             literal;    /* between .nf and .fi */
    int             depth;      /* items that are open */
    int             joined;     /* the next line belongs to the block before it */
    int             blanks;     /* blank lines of literal text that wait for a line after them */
    enum lroff_kind next;       /* of the next line: title, subtitle, centred, or text */
    int             failed;     /* out of memory */
};

/* ---- blocks ---------------------------------------------------------------------------------- */

static void
add(struct reader *r, enum lroff_kind kind, int indent, const char *text)
{
    struct lroff       *page = r->page;
    struct lroff_block *grown = realloc(page->block, ((size_t)page->n + 1) * sizeof *grown);
    char               *copy = strdup(text);

    r->joined = 0;
    if (grown != NULL)
        page->block = grown;
    if (grown == NULL || copy == NULL) {
        free(copy);
        r->failed = 1;
        return;
    }
    page->block[page->n++] = (struct lroff_block){ kind, indent, copy };
}

/* Lengthen the last block by N characters of BETWEEN and by TEXT. */
static void
append(struct reader *r, char between, int n, const char *text)
{
    struct lroff_block *last = &r->page->block[r->page->n - 1];
    size_t              length = strlen(last->text);
    char               *grown = realloc(last->text, length + (size_t)n + strlen(text) + 1);

    if (grown == NULL) {
        r->failed = 1;
        return;
    }
    memset(grown + length, between, (size_t)n);
    strcpy(grown + length + n, text);
    last->text = grown;
}

static void
add_literal(struct reader *r, const char *line)
{
    if (*line == '\0') {
        r->blanks++;
        return;
    }
    if (r->joined) {
        append(r, '\n', r->blanks + 1, line);
    } else {
        if (r->blanks > 0)
            add(r, LROFF_SPACE, 0, "");
        add(r, LROFF_LITERAL, 0, line);
        r->joined = 1;
    }
    r->blanks = 0;
}

static void
add_text(struct reader *r, const char *line)
{
    const char *start = line + strspn(line, " \t");

    if (r->next != LROFF_TEXT) {
        for (; r->next == LROFF_TITLE && r->depth > 0; r->depth--)
            add(r, LROFF_END, 0, "");
        add(r, r->next, 0, start);
        r->next = LROFF_TEXT;
    } else if (r->literal) {
        add_literal(r, line);
    } else if (*start == '\0') {
        add(r, LROFF_SPACE, 0, "");
    } else if (r->joined) {
        append(r, ' ', 1, start);
    } else {
        add(r, LROFF_TEXT, 0, start);
        r->joined = 1;
    }
}

/* ---- directives ------------------------------------------------------------------------------ */

/* The word behind the dot, with a blank or the line's end behind it; *ARGUMENT is what follows. */
static int
is_directive(const char *line, const char *word, const char **argument)
{
    size_t n = strlen(word);

    if (strncasecmp(line + 1, word, n) != 0 || strchr(" \t", line[1 + n]) == NULL)
        return 0;
    *argument = line + 1 + n + strspn(line + 1 + n, " \t");
    return 1;
}

/* .ls [n] label */
static void
begin_item(struct reader *r, const char *text)
{
    char *label;
    long  n = strtol(text, &label, 10);

    if (label == text || strchr(" \t", *label) == NULL) {
        n = USUAL_INDENT;
        label = (char *)text;
    }
    n = n < 0 ? 0 : n > MOST_INDENT ? MOST_INDENT : n;
    add(r, LROFF_ITEM, (int)n, label + strspn(label, " \t"));
    r->depth++;
}

static void
end_item(struct reader *r)
{
    if (r->depth > 0) {
        add(r, LROFF_END, 0, "");
        r->depth--;
    }
}

static void
set_literal(struct reader *r, int literal)
{
    if (r->literal && r->blanks > 0)
        add(r, LROFF_SPACE, 0, "");
    r->blanks = 0;
    r->joined = 0;
    r->literal = literal;
}

static void
obey(struct reader *r, const char *line)
{
    const char *argument;

    if (is_directive(line, "help", &argument))
        sscanf(argument, "%63s %63s %63s", r->page->name, r->page->date, r->page->package);
    else if (is_directive(line, "ih", &argument))
        r->next = LROFF_TITLE;
    else if (is_directive(line, "sh", &argument))
        r->next = LROFF_SUBTITLE;
    else if (is_directive(line, "ce", &argument))
        r->next = LROFF_CENTRED;
    else if (is_directive(line, "ls", &argument))
        begin_item(r, argument);
    else if (is_directive(line, "le", &argument))
        end_item(r);
    else if (is_directive(line, "sp", &argument))
        add(r, LROFF_SPACE, 0, "");
    else if (is_directive(line, "br", &argument))
        add(r, LROFF_BREAK, 0, "");
    else if (is_directive(line, "nf", &argument))
        set_literal(r, 1);
    else if (is_directive(line, "fi", &argument))
        set_literal(r, 0);
}

/* IRAF's .sh ends the indent of the section that it stands in.  So parts of a section have as their
 * titles paragraphs that are bold as a whole. */
static void
find_subtitles(struct lroff *page)
{
    int i;

    for (i = 0; i < page->n; i++) {
        char  *text = page->block[i].text;
        size_t n = strlen(text);

        if (page->block[i].kind != LROFF_TEXT || n < 7 || strncmp(text, "\\fB", 3) != 0
            || strstr(text + 3, "\\f") != text + n - 3)
            continue;
        text[n - 3] = '\0';
        memmove(text, text + 3, n - 5);
        page->block[i].kind = LROFF_SUBTITLE;
    }
}

int
lroff_read(FILE *from, struct lroff *page)
{
    struct reader r = { .page = page, .next = LROFF_TEXT };
    char         *line = NULL;
    size_t        size = 0;
    ssize_t       n;

    *page = (struct lroff){ .n = 0 };
    while ((n = getline(&line, &size, from)) >= 0 && !r.failed) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (strncasecmp(line, ".endhelp", 8) == 0)
            break;
        if (line[0] == '.' && strchr(" .", line[1]) == NULL)
            obey(&r, line);
        else
            add_text(&r, line);
    }
    free(line);
    while (r.depth > 0)
        end_item(&r);
    find_subtitles(page);
    if (!r.failed)
        return 0;
    lroff_free(page);
    return -1;
}

void
lroff_free(struct lroff *page)
{
    int i;

    for (i = 0; i < page->n; i++)
        free(page->block[i].text);
    free(page->block);
    *page = (struct lroff){ .n = 0 };
}

/* ---- what a page is -------------------------------------------------------------------------- */

int
lroff_find(const struct lroff *pages, int n, const char *name)
{
    int i;

    for (i = 0; i < n; i++)
        if (strcmp(pages[i].name, name) == 0)
            return i;
    return -1;
}

/* Index of the title of a section, or -1. */
static int
section(const struct lroff *page, const char *title)
{
    int i;

    for (i = 0; i < page->n; i++)
        if (page->block[i].kind == LROFF_TITLE && strcmp(page->block[i].text, title) == 0)
            return i;
    return -1;
}

const char *
lroff_purpose(const struct lroff *page)
{
    int         i = section(page, "NAME");
    const char *dash = i >= 0 && i + 1 < page->n ? strstr(page->block[i + 1].text, " -- ") : NULL;

    return dash != NULL ? dash + 4 : "";
}

int
lroff_has_usage(const struct lroff *page)
{
    return section(page, "USAGE") >= 0;
}

/* ---- text ------------------------------------------------------------------------------------ */

/* \fB, \fI or \fR; \fP is roff's, and taken for \fR. */
static int
is_font(const char *s)
{
    return s[0] == '\\' && s[1] == 'f' && s[2] != '\0' && strchr("BIRP", s[2]) != NULL;
}

size_t
lroff_piece(const char **text, char *font)
{
    size_t n;

    for (; is_font(*text); *text += 3)
        *font = (*text)[2] == 'P' ? 'R' : (*text)[2];
    for (n = 0; (*text)[n] != '\0' && !is_font(*text + n); n++)
        ;
    return n;
}

void
lroff_word(const char *text, char *word, size_t size)
{
    char   font = 'R';
    size_t n = 0, length, i;

    while ((length = lroff_piece(&text, &font)) > 0) {
        for (i = 0; i < length && text[i] != ' ' && text[i] != ','; i++)
            if (n + 1 < size)
                word[n++] = text[i];
        if (i < length)
            break;
        text += length;
    }
    word[n] = '\0';
}
