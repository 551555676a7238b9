/* help_html.c -- a help page as HTML 5, and the page that leads to all of them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <string.h>

#include "bandcast.h"
#include "help_format.h"

static const char style[] =
    "body { max-width: 46em; margin: 2em auto; padding: 0 1em; line-height: 1.45;\n"
    "       font-family: sans-serif; color: #222; background: #fff; }\n"
    "h1 { font-size: 1.5em; }\n"
    "h2 { font-size: 1.15em; margin-top: 1.8em; border-bottom: 1px solid #ccc; }\n"
    "h3 { font-size: 1em; }\n"
    "pre { padding: .7em 1em; overflow-x: auto; background: #f4f4f4; border: 1px solid #ddd; }\n"
    "#usage p, dt { font-family: monospace; }\n"
    "dt { margin-top: .6em; }\n"
    "nav { font-size: .9em; } footer { margin-top: 3em; font-size: .85em; color: #666; }\n";

enum { NONE, OPEN, BARE };

struct sheet {
    FILE               *to;
    const struct lroff *pages;      /* all N that there are... */
    int                 n, self;    /* ... and which one this is */
    int                 section;    /* one is open */
    int                 parameters; /* within that section: items may be pointed at */
    int                 depth;      /* items that are open */
    int                 paragraph;  /* text goes on: OPEN in a <p>, BARE beside a label */
    int                 list;       /* that of the items at this depth is open for the next */
};

/* ---- characters ------------------------------------------------------------------------------ */

static void
put_escaped(FILE *to, const char *text, size_t n)
{
    for (; n > 0; n--, text++)
        switch (*text) {
        case '&': fputs("&amp;", to);  break;
        case '<': fputs("&lt;", to);   break;
        case '>': fputs("&gt;", to);   break;
        case '"': fputs("&quot;", to); break;
        default:  fputc(*text, to);
        }
}

/* The length of the address at TEXT, 0 if there is none: https:// and what follows, without the full stop or bracket
 * that closes the sentence. */
static size_t
address_length(const char *text, size_t n)
{
    static const char start[] = "https://";
    size_t            m = 0, least = strlen(start);

    if (strncmp(text, start, least) != 0)
        return 0;
    while (m < n && !isspace((unsigned char)text[m]) && strchr("<>\"", text[m]) == NULL)
        m++;
    while (m > 0 && strchr(".,;:)", text[m - 1]) != NULL)
        m--;
    return m > least ? m : 0;
}

/* Parts of a file's name: bandcast.par, share/bandcast. */
static int
is_joint(char c)
{
    return c == '/' || c == '.' || c == '_' || c == '-';
}

/* The page that the word at TEXT names, NULL if none or this one; *LENGTH_P: the word's. */
static const struct lroff *
page_named(const struct sheet *s, const char *text, size_t *length_p)
{
    char   word[64];
    size_t n = 0;
    int    i;

    while (isalnum((unsigned char)text[n]))
        n++;
    *length_p = n;
    if (is_joint(text[n]) && isalnum((unsigned char)text[n + 1]))
        return NULL;
    snprintf(word, sizeof word, "%.*s", (int)n, text);
    i = lroff_find(s->pages, s->n, word);
    return i >= 0 && i != s->self ? &s->pages[i] : NULL;
}

/* N characters, addresses and names of pages as links. */
static void
put_linked(const struct sheet *s, const char *text, size_t n)
{
    const char *end = text + n;
    int         within = 0;     /* a word */

    while (text < end) {
        size_t              word = 0, address = 0;
        const struct lroff *page = within ? NULL : page_named(s, text, &word);

        if (!within)
            address = address_length(text, (size_t)(end - text));
        n = address > 0 ? address : page != NULL ? word : 1;
        within = isalnum((unsigned char)text[n - 1]) || is_joint(text[n - 1]);
        if (address > 0 || page != NULL) {
            fputs("<a href=\"", s->to);
            put_escaped(s->to, text, n);
            fputs(page != NULL ? ".html\">" : "\">", s->to);
        }
        put_escaped(s->to, text, n);
        if (address > 0 || page != NULL)
            fputs("</a>", s->to);
        text += n;
    }
}

/* TEXT with its fonts. */
static void
put_text(const struct sheet *s, const char *text)
{
    char   font = 'R', shown = 'R';
    size_t n;

    for (; (n = lroff_piece(&text, &font)) > 0; text += n) {
        if (shown != font && shown != 'R')
            fprintf(s->to, "</%c>", tolower((unsigned char)shown));
        if (shown != font && font != 'R')
            fprintf(s->to, "<%c>", tolower((unsigned char)font));
        shown = font;
        put_linked(s, text, n);
    }
    if (shown != 'R')
        fprintf(s->to, "</%c>", tolower((unsigned char)shown));
}

/* A title as the name of a place: "see-also". */
static void
put_place(FILE *to, const char *text)
{
    for (; *text != '\0'; text++)
        fputc(isalnum((unsigned char)*text) ? tolower((unsigned char)*text) : '-', to);
}

/* Lines as they stand, without the blanks that all of them start with. */
static void
put_lines(FILE *to, const char *text)
{
    const char *line;
    size_t      least = 1000;

    for (line = text; line != NULL && *line != '\0'; line = strchr(line, '\n')) {
        size_t n;

        line += *line == '\n';
        n = strspn(line, " ");
        if (line[n] != '\n' && n < least)
            least = n;
    }
    fputs("<pre>", to);
    for (line = text; *line != '\0';) {
        size_t n = strcspn(line, "\n"), skip = n < least ? n : least;

        put_escaped(to, line + skip, n - skip);
        fputc('\n', to);
        line += n + (line[n] == '\n');
    }
    fputs("</pre>\n", to);
}

/* ---- blocks ---------------------------------------------------------------------------------- */

static void
end_paragraph(struct sheet *s)
{
    if (s->paragraph == OPEN)
        fputs("</p>\n", s->to);
    s->paragraph = NONE;
}

/* The list of the items before is over: something else follows. */
static void
end_list(struct sheet *s)
{
    end_paragraph(s);
    if (s->list)
        fputs("</dl>\n", s->to);
    s->list = 0;
}

static void
begin_section(struct sheet *s, const char *text)
{
    end_list(s);
    if (s->section)
        fputs("</section>\n", s->to);
    s->section = 1;
    s->parameters = strcmp(text, "PARAMETERS") == 0;
    fputs("<section id=\"", s->to);
    put_place(s->to, text);
    fputs("\">\n<h2>", s->to);
    put_text(s, text);
    fputs("</h2>\n", s->to);
}

static void
print_text(struct sheet *s, const char *text)
{
    if (s->paragraph == NONE) {
        end_list(s);
        fputs("<p>", s->to);
        s->paragraph = OPEN;
    }
    put_text(s, text);
}

static void
begin_item(struct sheet *s, const struct lroff_block *b)
{
    char word[64];

    end_paragraph(s);
    if (!s->list)
        fputs("<dl>\n", s->to);
    lroff_word(b->text, word, sizeof word);
    if (s->parameters && s->depth == 0)
        fprintf(s->to, "<dt id=\"%s\"><b>", word);
    else
        fputs("<dt><b>", s->to);
    put_text(s, b->text);
    fputs("</b></dt>\n<dd>", s->to);
    s->depth++;
    s->list = 0;
    s->paragraph = BARE;
}

static void
end_item(struct sheet *s)
{
    end_list(s);
    fputs("</dd>\n", s->to);
    s->depth--;
    s->list = 1;
}

static void
print_block(struct sheet *s, const struct lroff_block *b)
{
    switch (b->kind) {
    case LROFF_TITLE:
        begin_section(s, b->text);
        break;
    case LROFF_SUBTITLE:
        end_list(s);
        fputs("<h3>", s->to);
        put_text(s, b->text);
        fputs("</h3>\n", s->to);
        break;
    case LROFF_TEXT:
    case LROFF_CENTRED:
        print_text(s, b->text);
        break;
    case LROFF_LITERAL:
        end_list(s);
        put_lines(s->to, b->text);
        break;
    case LROFF_ITEM:
        begin_item(s, b);
        break;
    case LROFF_END:
        end_item(s);
        break;
    case LROFF_BREAK:
        if (s->paragraph != NONE)
            fputs("<br>\n", s->to);
        break;
    case LROFF_SPACE:
        end_paragraph(s);
        break;
    }
}

/* ---- pages ----------------------------------------------------------------------------------- */

static void
begin_page(FILE *to, const char *title)
{
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width\">\n", to);
    fprintf(to, "<title>%s</title>\n<style>\n%s</style>\n</head>\n<body>\n", title, style);
}

static void
end_page(FILE *to, const char *date)
{
    fprintf(to, "<footer>bandcast %s%s%s</footer>\n</body>\n</html>\n", bc_version(),
            *date != '\0' ? ", " : "", date);
}

/* Where the page's sections are. */
static void
put_contents(const struct lroff *page, FILE *to)
{
    int i;

    fputs("<nav><a href=\"index.html\">bandcast</a>:", to);
    for (i = 0; i < page->n; i++)
        if (page->block[i].kind == LROFF_TITLE) {
            fputs("\n<a href=\"#", to);
            put_place(to, page->block[i].text);
            fputs("\">", to);
            for (const char *c = page->block[i].text; *c != '\0'; c++)
                fputc(tolower((unsigned char)*c), to);
            fputs("</a>", to);
        }
    fputs("</nav>\n", to);
}

void
help_html(const struct lroff *pages, int n, int i, FILE *to)
{
    struct sheet s = { .to = to, .pages = pages, .n = n, .self = i };
    int          k;

    begin_page(to, pages[i].name);
    put_contents(&pages[i], to);
    fprintf(to, "<h1>%s</h1>\n", pages[i].name);
    for (k = 0; k < pages[i].n; k++)
        print_block(&s, &pages[i].block[k]);
    end_list(&s);
    if (s.section)
        fputs("</section>\n", to);
    end_page(to, pages[i].date);
}

void
help_index(const struct lroff *pages, int n, FILE *to)
{
    const struct sheet s = { .to = to };
    int                i;

    begin_page(to, "bandcast");
    fputs("<h1>bandcast</h1>\n"
          "<p>Predicts a photometric band of galaxy images from bands that were observed.</p>\n"
          "<dl>\n", to);
    for (i = 0; i < n; i++) {
        fprintf(to, "<dt><a href=\"%s.html\">%s</a></dt>\n<dd>", pages[i].name, pages[i].name);
        put_text(&s, lroff_purpose(&pages[i]));
        fputs("</dd>\n", to);
    }
    fputs("</dl>\n", to);
    end_page(to, "");
}
