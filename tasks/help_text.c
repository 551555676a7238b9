/* help_text.c -- a help page as text.
 * The layout is that of IRAF's help: titles at the left edge, text four columns in.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "help_format.h"

#include <string.h>

enum { MARGIN = 4, DEPTH = 16 };

struct sheet {
    FILE *to;
    int   width, bold;          /* columns; 1: show \fB and \fI */
    int   indent[DEPTH], depth; /* of the lists around this text */
    int   column;               /* where the line stands, 0 = nothing is on it yet */
    int   blank;                /* the last line was blank, or no blank one is wanted after it */
    int   started;              /* something was printed */
};

/* ---- lines ----------------------------------------------------------------------------------- */

static void
end_line(struct sheet *s)
{
    if (s->column > 0) {
        fputc('\n', s->to);
        s->column = 0;
        s->blank = 0;
        s->started = 1;
    }
}

static void
blank_line(struct sheet *s)
{
    end_line(s);
    if (s->started && !s->blank)
        fputc('\n', s->to);
    s->blank = 1;
}

static void
go_to(struct sheet *s, int column)
{
    for (; s->column < column; s->column++)
        fputc(' ', s->to);
}

static int
left(const struct sheet *s)
{
    return MARGIN + s->indent[s->depth];
}

/* Columns that N bytes at TEXT take: one a UTF-8 character. */
static int
columns(const char *text, size_t n)
{
    int count = 0;

    for (; n > 0; n--)
        count += ((unsigned char)*text++ & 0xc0) != 0x80;
    return count;
}

static void
put(struct sheet *s, const char *text, size_t n)
{
    fwrite(text, 1, n, s->to);
    s->column += columns(text, n);
}

static void
set_font(struct sheet *s, char *font, char new)
{
    if (s->bold && new != *font)
        fputs(new == 'B' ? "\033[0;1m" : new == 'I' ? "\033[0;4m" : "\033[0m", s->to);
    *font = new;
}

/* TEXT on the line at hand, as it stands, fonts shown; FONT is that of its start. */
static void
put_text(struct sheet *s, const char *text, char font)
{
    char   shown = 'R';
    size_t n;

    while ((n = lroff_piece(&text, &font)) > 0) {
        set_font(s, &shown, font);
        put(s, text, n);
        text += n;
    }
    set_font(s, &shown, 'R');
}

/* ---- blocks ---------------------------------------------------------------------------------- */

/* Columns of the word at TEXT, which may change its font. */
static int
word_columns(const char *text)
{
    char   font = 'R';
    int    count = 0;
    size_t n, m;

    while ((n = lroff_piece(&text, &font)) > 0) {
        m = 0;
        while (m < n && text[m] != ' ' && text[m] != '\t')
            m++;
        count += columns(text, m);
        if (m < n)
            break;
        text += n;
    }
    return count;
}

/* Words go on the line at hand while they fit. */
static void
fill(struct sheet *s, const char *text)
{
    char   font = 'R', shown = 'R';
    int    within = 0;          /* a word goes on in another font */
    size_t n, i, m;

    for (; (n = lroff_piece(&text, &font)) > 0; text += n)
        for (i = 0; i < n; i += m) {
            m = strspn(text + i, " \t");
            if (m > 0) {
                within = 0;
                continue;
            }
            m = strcspn(text + i, " \t");
            m = m < n - i ? m : n - i;
            if (!within && s->column > left(s)) {
                set_font(s, &shown, 'R');
                if (s->column + 1 + word_columns(text + i) > s->width)
                    end_line(s);
                else
                    put(s, " ", 1);
            }
            go_to(s, left(s));
            set_font(s, &shown, font);
            put(s, text + i, m);
            within = 1;
        }
    set_font(s, &shown, 'R');
    end_line(s);
}

/* Lines as they stand. */
static void
copy(struct sheet *s, const char *text)
{
    char   font = 'R', shown = 'R';
    size_t n, m;

    end_line(s);
    for (; (n = lroff_piece(&text, &font)) > 0; text += m) {
        m = strcspn(text, "\n");
        m = m < n ? m : n;
        if (m > 0) {
            go_to(s, left(s));
            set_font(s, &shown, font);
            put(s, text, m);
        } else {
            fputc('\n', s->to);
            s->column = 0;
            m = 1;
        }
    }
    set_font(s, &shown, 'R');
    end_line(s);
}

static void
title(struct sheet *s, const char *text, int column)
{
    blank_line(s);
    go_to(s, column);
    put_text(s, text, 'B');
    end_line(s);
    s->blank = 1;               /* nothing between a title and its text */
}

static void
centre(struct sheet *s, const char *text)
{
    int n = columns(text, strlen(text));

    end_line(s);
    go_to(s, n < s->width ? (s->width - n) / 2 : 0);
    put_text(s, text, 'R');
    end_line(s);
}

/* The label at the old indent, the text further in. */
static void
begin_item(struct sheet *s, const struct lroff_block *b)
{
    end_line(s);
    if (s->depth == 0)
        blank_line(s);
    if (*b->text != '\0') {
        go_to(s, left(s));
        put_text(s, b->text, 'R');
    }
    if (s->depth + 1 < DEPTH) {
        s->indent[s->depth + 1] = s->indent[s->depth] + b->indent;
        s->depth++;
    }
    if (s->column >= left(s))   /* the label leaves no room for text beside it */
        end_line(s);
}

static void
end_item(struct sheet *s)
{
    end_line(s);
    if (s->depth > 0)
        s->depth--;
}

static void
print_block(struct sheet *s, const struct lroff_block *b)
{
    switch (b->kind) {
    case LROFF_TITLE:    title(s, b->text, 0);  break;
    case LROFF_SUBTITLE: title(s, b->text, 2);  break;
    case LROFF_TEXT:     fill(s, b->text);      break;
    case LROFF_LITERAL:  copy(s, b->text);      break;
    case LROFF_CENTRED:  centre(s, b->text);    break;
    case LROFF_ITEM:     begin_item(s, b);      break;
    case LROFF_END:      end_item(s);           break;
    case LROFF_BREAK:    end_line(s);           break;
    case LROFF_SPACE:    blank_line(s);         break;
    }
}

void
help_text_part(const struct lroff *page, int first, int end, FILE *to, int width, int bold)
{
    struct sheet s = { .to = to, .width = width, .bold = bold };
    int          i;

    for (i = first; i < end; i++)
        print_block(&s, &page->block[i]);
    end_line(&s);
}

void
help_text(const struct lroff *page, FILE *to, int width, int bold)
{
    help_text_part(page, 0, page->n, to, width, bold);
}
