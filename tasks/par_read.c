/* par_read.c -- reads parameter files of every dialect.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "par.h"

/* ---- a line as a parameter ------------------------------------------------------------------- */

struct reader {
    const char      *file, *base;   /* as given, and without its folder */
    const char      *line;          /* the one at hand, its comments and continuation with it */
    int              number;
    int              checked;
    struct par_list *list;
    int              wrong;
    const struct par_ear *ear;      /* who hears of it */
};

/* What is wrong, or worth a warning, at the place AT in the line. */
static void __attribute__((format(printf, 4, 5)))
say(struct reader *r, enum par_grade grade, const char *at, const char *format, ...)
{
    char    text[1024];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    par_say(r->ear, grade, "%.900s:%d:%d: %s", r->file, r->number, (int)(at - r->line) + 1, text);
    r->wrong += grade == PAR_WRONG;
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
    free(p->reference);
}

/* b i r s f, in either case; PyRAF's and APE's d is r; letters behind f say what is checked of the
 * file, IRAF's b and t (binary, text) that it can be read. */
static int
read_type(const char *type, struct par *p)
{
    char   letter = (char)tolower((unsigned char)*type);
    size_t n = strlen(type + (letter != '\0')), i;

    p->type = letter == 'd' ? 'r' : letter;
    if (letter == '\0' || strchr("birsf", p->type) == NULL || n >= sizeof p->access
        || (n > 0 && letter != 'f'))
        return -1;
    for (i = 0; i < n; i++) {
        letter = (char)tolower((unsigned char)type[1 + i]);
        if (strchr("enrwbt", letter) == NULL)
            return -1;
        p->access[i] = strchr("bt", letter) != NULL ? 'r' : letter;
    }
    return 0;
}

/* Types that only IRAF's CL has, arrays and lists among them. */
static int
is_irafs(const char *type)
{
    static const char *const names[] = { "struct", "gcur", "imcur", "ukey", "pset", "g" };
    size_t                   i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(type, names[i]) == 0)
            return 1;
    return *type == '*' || (*type == 'a' && strlen(type) == 2 && strchr("birs", type[1]) != NULL);
}

/* Name, type, mode of P from L; -1: wrong, which is said. */
static int
read_head(struct reader *r, const struct par_line *l, struct par *p)
{
    const struct par_field *f = l->field;
    char                   *c;

    for (c = p->mode; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    if (!par_is_name(p->name, strlen(p->name)))
        say(r, PAR_WRONG, f[PAR_NAME].raw, "the name '%s' is not made of letters, digits and _",
            p->name);
    else if (is_irafs(f[PAR_TYPE].text))
        say(r, PAR_WRONG, f[PAR_TYPE].raw, "type '%s' is known in IRAF only (b, i, r, s, f are)",
            f[PAR_TYPE].text);
    else if (read_type(f[PAR_TYPE].text, p) != 0)
        say(r, PAR_WRONG, f[PAR_TYPE].raw, "type '%s' is not one of b, i, r, s, f",
            f[PAR_TYPE].text);
    else if (!par_is_mode(p->mode))
        say(r, PAR_WRONG, f[PAR_MODE].raw, "mode '%s' is not made of one of a, q, h and perhaps l",
            p->mode);
    else
        return 0;
    return -1;
}

/* IRAF takes any # outside of quotes for a comment, the others do not. */
static void
warn_of_hashes(struct reader *r, const struct par_line *l)
{
    int i;

    for (i = 0; i < l->n; i++) {
        const struct par_field *f = &l->field[i];
        const char *hash = f->quote == '\0' ? memchr(f->raw, '#', f->length) : NULL;

        if (hash != NULL && (hash == f->raw || hash[-1] != '\\'))
            say(r, PAR_WARNING, hash,
                "a # that is not in quotes is a comment to IRAF; here it is not");
    }
}

static int
append(struct par_list *list, const struct par *p)
{
    if (list->n == list->room) {
        int         room = list->room > 0 ? 2 * list->room : 32;
        struct par *grown = realloc(list->par, (size_t)room * sizeof *grown);

        if (grown == NULL)
            return -1;
        list->par = grown;
        list->room = room;
    }
    list->par[list->n++] = *p;
    return 0;
}

/* The fields of L become a parameter of the list. */
static void
read_fields(struct reader *r, struct par_line *l)
{
    char       where[320], text[1024];
    struct par p = { 0 };
    int        faulty;

    snprintf(where, sizeof where, "%.300s:%d", r->base, r->number);
    p.name = l->field[PAR_NAME].text;
    p.mode = l->field[PAR_MODE].text;
    p.value = l->field[PAR_VALUE].text;
    p.min = l->field[PAR_MIN].text;
    p.max = l->field[PAR_MAX].text;
    p.prompt = l->field[PAR_PROMPT].text;
    if (read_head(r, l, &p) != 0) {
        faulty = PAR_NAME;
    } else {
        p.indef = par_is_indef(p.value);
        p.optional = *p.value != '\0';
        faulty = r->checked ? par_check_definition(&p, text, sizeof text) : -1;
        if (faulty >= 0)
            say(r, PAR_WRONG, l->field[faulty].raw, "%s", text);
    }
    p.line = strdup(where);
    p.source = strdup(where);
    if (faulty < 0 && (p.line == NULL || p.source == NULL || append(r->list, &p) != 0)) {
        say(r, PAR_WRONG, r->line, "out of memory");
        faulty = PAR_NAME;
    }
    if (faulty >= 0)
        free_one(&p);
    free(l->field[PAR_TYPE].text);
}

static void
read_line(struct reader *r, const char *line)
{
    struct par_line l;
    const char     *why;

    r->line = line;
    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#')
        return;
    why = par_split(line, &l);
    if (why != NULL) {
        say(r, PAR_WRONG, l.at, "%s", why);
        par_line_free(&l);
        return;
    }
    warn_of_hashes(r, &l);
    read_fields(r, &l);
}

/* ---- a file ---------------------------------------------------------------------------------- */

static int
by_name(const void *a, const void *b)
{
    const struct par *const *p = a, *const *q = b;
    int                      order = strcmp((*p)->name, (*q)->name);

    return order != 0 ? order : *p < *q ? -1 : *p > *q;
}

/* A name that stands twice is a fault of the second; sorted, since there may be thousands. */
static void
drop_doubles(struct reader *r)
{
    struct par_list *list = r->list;
    size_t           n = (size_t)list->n;
    struct par     **sorted = malloc((n + 1) * sizeof *sorted);
    int              i, kept = 0;

    if (sorted == NULL)
        return;
    for (i = 0; i < list->n; i++)
        sorted[i] = &list->par[i];
    qsort(sorted, n, sizeof *sorted, by_name);
    for (i = 1; i < list->n; i++) {
        if (strcmp(sorted[i - 1]->name, sorted[i]->name) != 0)
            continue;
        par_say(r->ear, PAR_WRONG, "%s: %.300s stands in %s already", sorted[i]->line,
                sorted[i]->name, sorted[i - 1]->line);
        r->wrong++;
        sorted[i]->type = '\0';
    }
    for (i = 0; i < list->n; i++)
        if (list->par[i].type != '\0')
            list->par[kept++] = list->par[i];
        else
            free_one(&list->par[i]);
    list->n = kept;
    free(sorted);
}

int
par_next_line(const char **text, const char *end, char *line)
{
    int lines = 0, zero = 0;

    for (;;) {
        const char *s = *text, *stop = memchr(s, '\n', (size_t)(end - s));
        size_t      n = (size_t)((stop != NULL ? stop : end) - s);

        *text = stop != NULL ? stop + 1 : end;
        lines++;
        if (n > 0 && s[n - 1] == '\r')
            n--;
        memcpy(line, s, n);
        line += n;
        zero |= memchr(s, '\0', n) != NULL;
        if (n == 0 || line[-1] != '\\' || *text == end || (n > 1 && line[-2] == '\\'))
            break;
        line--;
    }
    *line = '\0';
    return zero ? -lines : lines;
}

int
par_read_text(const char *text, size_t n, const char *file, int checked, struct par_list *list,
              const struct par_ear *ear)
{
    const char   *slash = strrchr(file, '/'), *end = text + n;
    struct reader r = { .file = file, .base = slash != NULL ? slash + 1 : file, .number = 1,
                        .checked = checked, .list = list, .ear = ear };
    char         *line = malloc(n + 1);

    if (line == NULL) {
        par_say(ear, PAR_WRONG, "out of memory for a parameter file");
        return 1;
    }
    if (n >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
        text += 3;
    while (text < end) {
        int lines = par_next_line(&text, end, line);

        if (lines < 0) {
            r.line = line;
            say(&r, PAR_WRONG, line, "a zero byte is no text");
            lines = -lines;
        } else {
            read_line(&r, line);
        }
        r.number += lines;
    }
    free(line);
    drop_doubles(&r);
    return r.wrong;
}

char *
par_load(const char *file, size_t *n_p)
{
    enum { MOST = 1 << 24 };        /* no parameter file; /dev/zero never ends */
    FILE  *f = fopen(file, "r");
    char  *text = NULL;
    size_t n = 0, room = 0, got = 1;
    int    failed = f == NULL;

    while (!failed && got > 0) {
        if (room - n < 2) {
            char *grown = realloc(text, room = 2 * room + 4096);

            failed = grown == NULL || n > MOST;
            text = grown != NULL ? grown : text;
            if (n > MOST)
                errno = EFBIG;
        }
        if (!failed) {
            got = fread(text + n, 1, room - n - 1, f);
            n += got;
            failed = ferror(f);
        }
    }
    if (f != NULL && fclose(f) != 0)
        failed = 1;
    if (failed) {
        free(text);
        return NULL;
    }
    text[n] = '\0';
    *n_p = n;
    return text;
}

int
par_read(const char *file, int checked, struct par_list *list, const struct par_ear *ear)
{
    size_t n;
    char  *text = par_load(file, &n);
    int    wrong;

    if (text == NULL)
        return -1;
    wrong = par_read_text(text, n, file, checked, list, ear);
    free(text);
    return wrong;
}

void
par_free(struct par_list *list)
{
    int i;

    for (i = 0; i < list->n; i++)
        free_one(&list->par[i]);
    free(list->par);
    *list = (struct par_list){ NULL, 0, 0 };
}
