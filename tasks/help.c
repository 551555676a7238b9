/* help.c -- formats IRAF's lroff: .ih and .sh titles, .ls lists, .nf text as it stands, filled text, \fB \fI \fR.
 * The layout is that of IRAF's help: titles at the left edge, text four columns in.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "help.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { MARGIN = 4, DEPTH = 16, LEAST_WIDTH = 40, MOST_WIDTH = 100 };

struct page {
    FILE *to;
    int   width, bold;          /* columns; 1: show \fB and \fI */
    int   indent[DEPTH], depth; /* of the lists around this text */
    int   column;               /* where the line stands, 0 = nothing is on it yet */
    int   filled;               /* 0 between .nf and .fi */
    int   blank;                /* the last line was blank, or no blank one is wanted after it */
    int   started;              /* something was printed */
};

/* ---- text ------------------------------------------------------------------------------------ */

static void
end_line(struct page *p)
{
    if (p->column > 0) {
        fputc('\n', p->to);
        p->column = 0;
        p->blank = 0;
        p->started = 1;
    }
}

static void
blank_line(struct page *p)
{
    end_line(p);
    if (p->started && !p->blank)
        fputc('\n', p->to);
    p->blank = 1;
}

static int
is_font(const char *s)
{
    return s[0] == '\\' && s[1] == 'f' && s[2] != '\0' && strchr("BIRP", s[2]) != NULL;
}

/* Columns that the N bytes at S take: no fonts, one a UTF-8 character. */
static int
columns(const char *s, size_t n)
{
    const char *end = s + n;
    int         count = 0;

    while (s < end) {
        if (end - s >= 3 && is_font(s)) {
            s += 3;
        } else {
            count += ((unsigned char)*s & 0xc0) != 0x80;
            s++;
        }
    }
    return count;
}

static void
put(struct page *p, const char *s, size_t n)
{
    const char *end = s + n;

    p->column += columns(s, n);
    while (s < end) {
        if (end - s >= 3 && is_font(s)) {
            if (p->bold)
                fputs(s[2] == 'B' ? "\033[1m" : s[2] == 'I' ? "\033[4m" : "\033[0m", p->to);
            s += 3;
        } else {
            fputc(*s++, p->to);
        }
    }
}

static void
go_to(struct page *p, int column)
{
    for (; p->column < column; p->column++)
        fputc(' ', p->to);
}

/* Words of LINE go on the line at hand while they fit. */
static void
fill(struct page *p, const char *line)
{
    int left = MARGIN + p->indent[p->depth];

    for (;;) {
        size_t n;

        line += strspn(line, " \t");
        n = strcspn(line, " \t");
        if (n == 0)
            return;
        if (p->column > left && p->column + 1 + columns(line, n) > p->width)
            end_line(p);
        if (p->column > left)
            put(p, " ", 1);
        go_to(p, left);
        put(p, line, n);
        line += n;
    }
}

static void
copy(struct page *p, const char *line)
{
    if (*line == '\0') {
        blank_line(p);
        return;
    }
    end_line(p);
    go_to(p, MARGIN + p->indent[p->depth]);
    put(p, line, strlen(line));
    end_line(p);
}

/* ---- directives ------------------------------------------------------------------------------ */

static void
title(struct page *p, const char *text, int column)
{
    blank_line(p);
    go_to(p, column);
    if (p->bold)
        fputs("\033[1m", p->to);
    put(p, text, strlen(text));
    if (p->bold)
        fputs("\033[0m", p->to);
    end_line(p);
    p->blank = 1;               /* nothing between a title and its text */
}

static void
centre(struct page *p, const char *text)
{
    int n = columns(text, strlen(text));

    end_line(p);
    go_to(p, n < p->width ? (p->width - n) / 2 : 0);
    put(p, text, strlen(text));
    end_line(p);
}

/* .ls [n] label: the label at the old indent, the text n columns further in (4). */
static void
begin_list(struct page *p, const char *text)
{
    char *label;
    long  n = strtol(text, &label, 10);

    if (label == text || (*label != ' ' && *label != '\0')) {
        n = 4;
        label = (char *)text;
    }
    label += strspn(label, " \t");
    end_line(p);
    if (p->depth == 0)
        blank_line(p);
    if (*label != '\0') {
        go_to(p, MARGIN + p->indent[p->depth]);
        put(p, label, strlen(label));
    }
    if (p->depth + 1 < DEPTH) {
        p->indent[p->depth + 1] = p->indent[p->depth] + (int)(n < 0 ? 0 : n > 20 ? 20 : n);
        p->depth++;
    }
    if (p->column >= MARGIN + p->indent[p->depth])      /* the label leaves no room for text beside it */
        end_line(p);
}

static void
end_list(struct page *p)
{
    end_line(p);
    if (p->depth > 0)
        p->depth--;
}

/* The word behind the dot; *ARGUMENT is what follows it. */
static int
is_directive(const char *line, const char *word, const char **argument)
{
    size_t n = strlen(word);

    if (strncasecmp(line + 1, word, n) != 0 || (line[1 + n] != ' ' && line[1 + n] != '\t' && line[1 + n] != '\0'))
        return 0;
    *argument = line + 1 + n + strspn(line + 1 + n, " \t");
    return 1;
}

/* Directives that this page has no use for (.help, .ks, .bp...) are passed over.  *NEXT: what the next line of text
 * is to be, 'i' or 's' a title, 'c' centred. */
static void
obey(struct page *p, const char *line, char *next)
{
    const char *argument;

    if (is_directive(line, "ih", &argument))
        *next = 'i';
    else if (is_directive(line, "sh", &argument))
        *next = 's';
    else if (is_directive(line, "ce", &argument))
        *next = 'c';
    else if (is_directive(line, "ls", &argument))
        begin_list(p, argument);
    else if (is_directive(line, "le", &argument))
        end_list(p);
    else if (is_directive(line, "sp", &argument))
        blank_line(p);
    else if (is_directive(line, "br", &argument))
        end_line(p);
    else if (is_directive(line, "nf", &argument) || is_directive(line, "fi", &argument)) {
        end_line(p);
        p->filled = line[1] == 'f' || line[1] == 'F';
    }
}

static void
print_text(struct page *p, const char *line, char *next)
{
    switch (*next) {
    case 'i':
        p->depth = 0;
        title(p, line, 0);
        break;
    case 's':
        title(p, line, 2);
        break;
    case 'c':
        centre(p, line);
        break;
    default:
        if (!p->filled)
            copy(p, line);
        else if (line[strspn(line, " \t")] == '\0')
            blank_line(p);
        else
            fill(p, line);
    }
    *next = '\0';
}

void
help_format(FILE *from, FILE *to, int width, int bold)
{
    struct page p = { .to = to, .width = width, .bold = bold, .filled = 1 };
    char       *line = NULL, next = '\0';
    size_t      size = 0;
    ssize_t     n;

    while ((n = getline(&line, &size, from)) >= 0) {
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (strncasecmp(line, ".endhelp", 8) == 0)
            break;
        if (line[0] == '.' && line[1] != '\0' && strchr(" .", line[1]) == NULL)
            obey(&p, line, &next);
        else
            print_text(&p, line, &next);
    }
    end_line(&p);
    free(line);
}

/* ---- a task's page --------------------------------------------------------------------------- */

static int
terminal_width(void)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    return size.ws_col < LEAST_WIDTH ? LEAST_WIDTH : size.ws_col > MOST_WIDTH ? MOST_WIDTH : size.ws_col;
}

int
help_print(const char *task)
{
    const char *folder = getenv("BANDCAST_HELP");       /* a tree that is not installed */
    char        file[4096];
    FILE       *f;

    snprintf(file, sizeof file, "%s/%s.hlp", folder != NULL && *folder != '\0' ? folder : PKGDATADIR "/help", task);
    f = fopen(file, "r");
    if (f == NULL)
        return -1;
    help_format(f, stdout, terminal_width(), isatty(STDOUT_FILENO));
    fclose(f);
    return 0;
}
