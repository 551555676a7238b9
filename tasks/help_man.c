/* help_man.c -- a help page for man.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <string.h>

#include "bandcast.h"
#include "help_format.h"

enum { LINE = 76 };

struct sheet {
    FILE *to;
    const struct lroff *pages;  /* all N that there are */
    int   n;
    int   section;              /* which one this is */
    int   depth;                /* items that are open */
    int   paragraph;            /* a new one is wanted before the next text */
    int   text;                 /* some since the title or label: a paragraph is not empty */
    int   column;               /* of the output's line */
};

enum { OTHER, NAME, SYNOPSIS, SEE_ALSO };

/* ---- characters ------------------------------------------------------------------------------ */

static int
is_letter(char c)
{
    return isalpha((unsigned char)c);
}

/* How roff writes the character at C of TEXT; NULL: as it is.  A hyphen between letters is one, any
 * other a minus sign, as in names and numbers that a reader may copy. */
static const char *
escape(const struct sheet *s, const char *text, const char *c, int literal)
{
    switch (*c) {
    case '\\': return "\\e";
    case '\'': return "\\(aq";
    case '`':  return "\\(ga";
    case '^':  return "\\(ha";
    case '~':  return "\\(ti";
    case '.':  return s->column == 0 ? "\\&." : NULL;
    case '-':  return !literal && c > text && is_letter(c[-1]) && is_letter(c[1]) ? NULL : "\\-";
    default:   return NULL;
    }
}

static void
put_char(struct sheet *s, const char *text, const char *c, int literal)
{
    const char *escaped = escape(s, text, c, literal);

    if (escaped != NULL)
        s->column += fprintf(s->to, "%s", escaped);
    else
        s->column += fputc(*c, s->to) != EOF;
}

static void
new_line(struct sheet *s)
{
    if (s->column > 0)
        fputc('\n', s->to);
    s->column = 0;
}

static void
set_font(struct sheet *s, char *shown, char font)
{
    if (font != *shown)
        s->column += fprintf(s->to, "\\f%c", font);
    *shown = font;
}

/* TEXT with its fonts, starting in FONT.  Filled text gets new lines at blanks, for those who read
 * the source. */
static void
put_text(struct sheet *s, const char *text, char font, int literal)
{
    char        shown = 'R';
    const char *c;
    size_t      n;

    for (; (n = lroff_piece(&text, &font)) > 0; text += n) {
        set_font(s, &shown, font);
        for (c = text; c < text + n; c++)
            if (*c == '\n' || (!literal && *c == ' ' && s->column + strcspn(c + 1, " ") > LINE)) {
                fputc('\n', s->to);
                s->column = 0;
            } else if (literal || *c != ' ' || (s->column > 0 && c[1] != ' ')) {
                put_char(s, text, c, literal);
            }
    }
    set_font(s, &shown, 'R');
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void
begin_text(struct sheet *s)
{
    new_line(s);
    if (s->paragraph && s->text)
        fputs(s->depth > 0 ? ".IP\n" : ".PP\n", s->to);
    s->paragraph = 0;
    s->text = 1;
}

static void
title(struct sheet *s, const char *text)
{
    static const char *const names[] = { "", "NAME", "USAGE", "SEE ALSO" };

    s->section = SEE_ALSO;
    while (s->section > OTHER && strcmp(text, names[s->section]) != 0)
        s->section--;
    new_line(s);
    fprintf(s->to, ".SH %s\n", s->section == SYNOPSIS ? "SYNOPSIS" : text);
    s->paragraph = 0;
    s->text = 0;
}

static int
section_of(const struct lroff *page)
{
    return lroff_has_usage(page) ? 1 : 7;
}

/* "bandeval, bandmodel": pages of ours, as man's readers expect them, with their section. */
static void
put_pages(struct sheet *s, const char *text)
{
    while (*text != '\0') {
        size_t n = strcspn(text, ",");
        char   word[64];
        int    i;

        snprintf(word, sizeof word, "%.*s", (int)n, text);
        i = lroff_find(s->pages, s->n, word);
        if (i >= 0)
            fprintf(s->to, ".BR %s (%d)", word, section_of(&s->pages[i]));
        else
            put_text(s, word, 'R', 0);
        fputs(text[n] == ',' ? ",\n" : "\n", s->to);
        s->column = 0;
        text += n + strspn(text + n, ", ");
    }
}

static void
begin_item(struct sheet *s, const struct lroff_block *b)
{
    new_line(s);
    if (s->depth > 0)
        fputs(".RS\n", s->to);
    fprintf(s->to, ".TP %d\n", b->indent);
    put_text(s, b->text, 'B', 0);
    new_line(s);
    s->depth++;
    s->paragraph = 0;
    s->text = 0;
}

static void
end_item(struct sheet *s)
{
    new_line(s);
    if (--s->depth > 0)
        fputs(".RE\n", s->to);
    s->paragraph = 1;
    s->text = 1;
}

static void
print_text(struct sheet *s, const char *text)
{
    const char *dash = strstr(text, " -- ");

    begin_text(s);
    if (s->section == NAME && dash != NULL)     /* the form that whatis reads */
        fprintf(s->to, "%.*s \\- %s\n", (int)(dash - text), text, dash + 4);
    else if (s->section == SEE_ALSO)
        put_pages(s, text);
    else
        put_text(s, text, 'R', s->section == SYNOPSIS);
}

static void
print_block(struct sheet *s, const struct lroff_block *b)
{
    switch (b->kind) {
    case LROFF_TITLE:
        title(s, b->text);
        break;
    case LROFF_SUBTITLE:
        new_line(s);
        fprintf(s->to, ".SS %s\n", b->text);
        s->paragraph = s->text = 0;
        break;
    case LROFF_TEXT:
    case LROFF_CENTRED:
        print_text(s, b->text);
        break;
    case LROFF_LITERAL:
        begin_text(s);
        fputs(".nf\n", s->to);
        put_text(s, b->text, 'R', 1);
        fputs("\n.fi\n", s->to);
        s->column = 0;
        break;
    case LROFF_ITEM:
        begin_item(s, b);
        break;
    case LROFF_END:
        end_item(s);
        break;
    case LROFF_BREAK:
        new_line(s);
        if (s->text)
            fputs(".br\n", s->to);
        break;
    case LROFF_SPACE:
        s->paragraph = 1;
        break;
    }
}

/* IRAF's "Nov26" as man pages have dates, which have a day. */
static void
put_date(FILE *to, const char *date)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    char              month[4] = "";
    const char       *found;
    int               year;

    found = sscanf(date, "%3s%2d", month, &year) == 2 ? strstr(months, month) : NULL;
    if (found != NULL)
        fprintf(to, "20%02d-%02d-01", year, (int)(found - months) / 3 + 1);
    else
        fprintf(to, "\"%s\"", date);
}

void
help_man(const struct lroff *pages, int n, int i, FILE *to)
{
    const struct lroff *page = &pages[i];
    struct sheet        s = { .to = to, .pages = pages, .n = n };
    int                 k;

    fprintf(to, ".\\\" Made from %s.hlp; changes belong there.\n", page->name);
    fputs(".TH ", to);
    for (k = 0; page->name[k] != '\0'; k++)
        fputc(toupper((unsigned char)page->name[k]), to);
    fprintf(to, " %d ", section_of(page));
    put_date(to, page->date);
    fprintf(to, " \"bandcast %s\" Bandcast\n", bc_version());
    for (k = 0; k < page->n; k++)
        print_block(&s, &page->block[k]);
    new_line(&s);
}
