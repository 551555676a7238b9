/* lint.c -- what IRAF, PyRAF, HEASoft's APE and PIL would refuse or misread in a parameter file.
 *
 * The rules were found by giving the same lines to IRAF 2.17's ECL, PyRAF 2.2.1, APE 2.7 and PIL 2.0: what all four
 * read alike is the subset that par_write.c writes.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "lint.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "par.h"

enum { IRAF_LINE = 132, IRAF_CHOICES = 159, LPARAM_NAME = 12 };

struct lint {
    const char *file;
    FILE       *to;
    long        line;
    int         found;
    char      **names;          /* of the parameters so far */
    int         n, room;
    int         modes, last_is_mode;
};

static void
flag(struct lint *k, const char *format, ...)
{
    va_list args;

    fprintf(k->to, "%s:%ld: ", k->file, k->line);
    va_start(args, format);
    vfprintf(k->to, format, args);
    va_end(args);
    fputc('\n', k->to);
    k->found++;
}

static int
is_one_of(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return 1;
    return 0;
}

/* ---- the fields ------------------------------------------------------------------------------ */

static void
check_name(struct lint *k, const char *name)
{
    size_t n = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");
    int    i;

    if (name[n] != '\0' || !islower((unsigned char)*name))
        flag(k, "%s: a name not of small letters, digits and _ cannot be set in IRAF's CL, or is found blind to case",
             name);
    if (strlen(name) > LPARAM_NAME)
        flag(k, "%s: IRAF's lparam shows %d characters of a name", name, LPARAM_NAME);
    for (i = 0; i < k->n && strcmp(k->names[i], name) != 0; i++)
        ;
    if (i < k->n)
        flag(k, "%s: is there twice; APE refuses the file, the others take the first", name);
    if (k->n == k->room) {
        char **grown = realloc(k->names, (size_t)(k->room + 64) * sizeof *grown);

        if (grown == NULL)
            return;
        k->names = grown;
        k->room += 64;
    }
    k->names[k->n] = strdup(name);
    k->n += k->names[k->n] != NULL;
}

/* 1: the type is one that is looked at further. */
static int
check_type(struct lint *k, const char *name, const char *type)
{
    static const char *const plain[] = { "b", "i", "r", "s", "f", NULL };

    if (is_one_of(type, plain))
        return 1;
    if (*type == 'f' && strspn(type + 1, "enrw") == strlen(type + 1)) {
        flag(k, "%s: PyRAF refuses the type %s%s", name, type, strchr(type, 'e') != NULL ? ", IRAF too" : "");
        return 1;
    }
    if (strlen(type) == 1 && strchr("BIRSF", *type) != NULL) {
        flag(k, "%s: PyRAF refuses, PIL drops a type in upper case", name);
        return 1;
    }
    flag(k, "%s: the type '%s' is not known to all of IRAF, PyRAF, APE and PIL", name, type);
    return 0;
}

static void
check_mode(struct lint *k, const char *name, const char *mode)
{
    static const char *const plain[] = { "a", "h", "q", "ql", "hl", NULL };

    if (!is_one_of(mode, plain))
        flag(k, "%s: the mode '%s' is not read alike: a, h, q, ql, hl are", name, mode);
}

/* A plain decimal that fits 32 bits. */
static int
is_plain_int(const char *s)
{
    char *end;
    long  x = strtol(s, &end, 10);

    return end != s && *end == '\0' && !isspace((unsigned char)*s) && x > -2147483648L && x <= 2147483647L;
}

static int
is_plain_real(const char *s)
{
    return *s != '\0' && strspn(s, "+-.0123456789eE") == strlen(s) && strpbrk(s, "0123456789") != NULL;
}

static void
check_number(struct lint *k, const char *name, char type, const char *what, const char *text)
{
    if (*text == '\0' || par_is_reference(text))
        return;
    if (strcmp(text, "INDEF") == 0) {
        if (strcmp(what, "value") != 0)         /* as a value it is undefined to all but PIL, which has no such thing */
            flag(k, "%s: APE refuses INDEF as a %s; leave it empty", name, what);
    } else if (type == 'i' && !is_plain_int(text)) {
        flag(k, "%s: the %s %s is no plain decimal of 32 bits, which IRAF, APE or PIL refuse or take for another", name,
             what, text);
    } else if (type == 'r' && !is_plain_real(text)) {
        flag(k, "%s: the %s %s is no plain real number, which PyRAF, APE or PIL refuse or take for another", name, what,
             text);
    }
}

/* Quotes and what is in them, of a text field. */
static void
check_quotes(struct lint *k, const char *name, const char *what, const struct par_field *f)
{
    size_t i;

    if (f->length == 0)
        return;
    if (f->quote == 0 && !par_is_reference(f->text))
        flag(k, "%s: the %s is not in quotes; blanks and # in it would not be read alike", name, what);
    if (f->quote == '\'')
        flag(k, "%s: the %s is in single quotes", name, what);
    for (i = 1; f->quote != 0 && i + 1 < f->length; i++)
        if (f->raw[i] == '\\' || f->raw[i] == '"' || f->raw[i] == '\n') {
            flag(k, "%s: the %s holds a quote, a backslash or a newline, which are not read alike", name, what);
            break;
        }
}

/* The choices "a|b|c" of a text parameter, and the VALUE among them. */
static void
check_choices(struct lint *k, const char *name, const char *choices, const char *value)
{
    const char *a, *b;
    int         listed = 0;

    if (strlen(choices) > IRAF_CHOICES)
        flag(k, "%s: IRAF cuts choices of more than %d characters", name, IRAF_CHOICES);
    if (strchr(choices, ' ') != NULL)
        flag(k, "%s: IRAF keeps the blanks of a choice", name);
    for (a = choices; *a != '\0'; a++)
        if (isupper((unsigned char)*a)) {
            flag(k, "%s: choices in upper case are not read alike", name);
            break;
        }
    for (a = choices; a != NULL; a = strchr(a, '|') != NULL ? strchr(a, '|') + 1 : NULL) {
        size_t n = strcspn(a, "|");

        listed |= strlen(value) == n && strncmp(a, value, n) == 0;
        for (b = choices; b != NULL; b = strchr(b, '|') != NULL ? strchr(b, '|') + 1 : NULL)
            if (a != b && n < strcspn(b, "|") && strncmp(a, b, n) == 0)
                flag(k, "%s: IRAF finds %.*s ambiguous beside %.*s", name, (int)n, a, (int)strcspn(b, "|"), b);
    }
    if (!listed && !par_is_reference(value))
        flag(k, "%s: the default '%s' is none of its choices as they are written", name, value);
}

static void
check_value(struct lint *k, char type, const struct par_line *l)
{
    static const char *const yes_no[] = { "yes", "no", "", NULL };
    const char              *name = l->field[PAR_NAME].text, *value = l->field[PAR_VALUE].text;
    const char              *min = l->field[PAR_MIN].text, *max = l->field[PAR_MAX].text;

    if (par_is_reference(value) || par_is_reference(min) || par_is_reference(max))
        flag(k, "%s: APE and PIL take a reference for a text", name);
    if (strchr(max, '|') != NULL)
        flag(k, "%s: choices stand in the field of the minimum", name);
    if (type == 'b') {
        if (!is_one_of(value, yes_no) && !par_is_reference(value))
            flag(k, "%s: '%s' is not yes or no to all", name, value);
        if (*min != '\0' || *max != '\0')
            flag(k, "%s: IRAF refuses limits of a switch", name);
    } else if (type == 'i' || type == 'r') {
        check_number(k, name, type, "value", value);
        if (strchr(min, '|') != NULL) {
            flag(k, "%s: IRAF does not heed choices of a number", name);
            return;
        }
        check_number(k, name, type, "minimum", min);
        check_number(k, name, type, "maximum", max);
        if ((*min == '\0') != (*max == '\0') || par_is_indef(min) != par_is_indef(max))
            flag(k, "%s: PIL heeds limits only if there are both", name);
        if (*min != '\0' && *max != '\0' && strtod(min, NULL) > strtod(max, NULL))
            flag(k, "%s: the minimum is above the maximum; APE refuses it, the others heed none", name);
    } else {
        check_quotes(k, name, "value", &l->field[PAR_VALUE]);
        check_quotes(k, name, "minimum", &l->field[PAR_MIN]);
        if (strchr(min, '|') != NULL)
            check_choices(k, name, min, value);
        else if (type == 's' && (*max != '\0' || (*min != '\0' && strcmp(min, value) != 0)))
            flag(k, "%s: limits of a text are not read alike", name);
    }
}

static void
check_prompt(struct lint *k, const char *name, const struct par_field *f)
{
    check_quotes(k, name, "prompt", f);
    if (strchr(f->text, '%') != NULL)
        flag(k, "%s: a %% in a prompt crashes IRAF's CL and PIL", name);
}

/* ---- lines ----------------------------------------------------------------------------------- */

static void
check_line(struct lint *k, const char *text, int lines)
{
    struct par_line l;
    const char     *wrong = par_split(text, &l), *name = l.n > 0 ? l.field[PAR_NAME].text : "";
    const char     *type = l.field[PAR_TYPE].text;
    int             i, is_mode;

    if (wrong != NULL) {
        flag(k, "%s", wrong);
        par_line_free(&l);
        return;
    }
    is_mode = strcmp(name, "mode") == 0;
    if (l.n < PAR_FIELDS)
        flag(k, "%s: %d of 7 fields; APE refuses the file, PIL drops the line", name, l.n);
    for (i = 0; i < l.n; i++)
        if (l.field[i].blanks) {
            flag(k, "%s: IRAF and PyRAF refuse blanks beside a comma", name);
            break;
        }
    if (lines > 1)
        flag(k, "%s: APE and PIL take a line that goes on for two", name);
    if (strlen(text) > IRAF_LINE)
        flag(k, "%s: IRAF breaks a line of more than %d characters", name, IRAF_LINE);
    check_name(k, name);
    if (l.n > PAR_MODE)
        check_mode(k, name, l.field[PAR_MODE].text);
    if (check_type(k, name, type))
        check_value(k, (char)tolower((unsigned char)*type), &l);
    check_prompt(k, name, &l.field[PAR_PROMPT]);
    k->modes += is_mode;
    k->last_is_mode = is_mode;
    par_line_free(&l);
}

static int
is_comment(const char *line)
{
    line += strspn(line, " \t\r");
    return *line == '\0' || *line == '#';
}

int
lint_file(const char *file, FILE *to)
{
    struct lint k = { .file = file, .to = to, .line = 1 };
    size_t      n;
    char       *text = par_load(file, &n), *line;
    const char *at = text, *end;
    int         taken;

    line = text != NULL ? malloc(n + 1) : NULL;
    if (line == NULL) {
        free(text);
        return -1;
    }
    for (end = text + n; at < end; k.line += abs(taken)) {
        taken = par_next_line(&at, end, line);
        if (taken < 0)
            flag(&k, "there is a zero byte in this line");
        else if (!is_comment(line))
            check_line(&k, line, taken);
    }
    if (k.n == 0)
        flag(&k, "there are no parameters; IRAF and PyRAF refuse such a file");
    else if (k.modes == 0)
        flag(&k, "there is no line mode,s,h,\"ql\",,, ; APE then refuses mode a");
    else if (!k.last_is_mode)
        flag(&k, "mode is not the last line");
    while (k.n > 0)
        free(k.names[--k.n]);
    free(k.names);
    free(line);
    free(text);
    return k.found;
}
