/* par_write.c -- writes parameters so that IRAF, PyRAF, APE and PIL read them alike.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "par.h"

enum { LINE = 132 };        /* IRAF breaks longer lines */

/* The shortest decimal that reads back as X, with the point or exponent that marks it as real. */
static void
write_real(double x, FILE *to)
{
    char text[40];
    int  digits;

    for (digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, x);
        if (strtod(text, NULL) == x)
            break;
    }
    fprintf(to, "%s%s", text, strpbrk(text, ".e") != NULL ? "" : ".");
}

/* In the quotes that TEXT does not hold, where there is a choice: not all readers know \". */
static void
write_text(const char *text, FILE *to)
{
    char quote = strchr(text, '"') != NULL && strchr(text, '\'') == NULL ? '\'' : '"';

    fputc(quote, to);
    for (; *text != '\0'; text++) {
        if (*text == '\n') {
            fputs("\\n", to);
            continue;
        }
        if (*text == quote || *text == '\\')
            fputc('\\', to);
        fputc(*text, to);
    }
    fputc(quote, to);
}

/* TEXT of the type of P; a value that is not of it (empty, a reference, choices) as it stands. */
static void
write_typed(const struct par *p, const char *text, FILE *to)
{
    struct par copy = *p;
    int        whole;
    double     real;

    copy.value = (char *)text;
    whole = par_int(&copy);
    real = par_real(&copy);
    if (p->type == 'i' && whole != INT_MIN)
        fprintf(to, "%d", whole);
    else if (p->type == 'r' && !isnan(real))
        write_real(real, to);
    else if ((p->type == 'i' || p->type == 'r') && par_is_indef(text))
        fputs("INDEF", to);
    else if (*text != '\0' && p->type == 'b' && strchr(")|", *text) == NULL)
        fputs(par_bool(&copy) ? "yes" : "no", to);
    else if (p->type == 's' || p->type == 'f' || *text != '\0')
        write_text(text, to);
}

void
par_write_value(const struct par *p, FILE *to)
{
    write_typed(p, p->reference != NULL ? p->reference : p->value, to);
}

static void
write_limit(const struct par *p, const char *limit, FILE *to)
{
    int is_text = p->type == 's' || p->type == 'f';

    fputc(',', to);
    if (*limit == '\0' || (!is_text && par_is_indef(limit)))
        return;
    if (strchr(limit, '|') != NULL || par_is_reference(limit))
        write_text(limit, to);
    else
        write_typed(p, limit, to);
}

/* All but the prompt. */
static void
write_fields(const struct par *p, FILE *to)
{
    fprintf(to, "%s,%c%s,%s,", p->name, p->type, p->access, *p->mode != '\0' ? p->mode : "a");
    par_write_value(p, to);
    write_limit(p, p->min, to);
    write_limit(p, p->max, to);
    fputc(',', to);
}

/* A prompt that would make the line too long for IRAF is left out; the package's file has it. */
void
par_write(const struct par *p, FILE *to)
{
    char  *text = NULL;
    size_t n = 0;
    FILE  *line = open_memstream(&text, &n);

    if (line == NULL)
        return;
    write_fields(p, line);
    fflush(line);
    if (*p->prompt != '\0' && n + strlen(p->prompt) + 2 <= LINE)
        write_text(p->prompt, line);
    fputc('\n', line);
    fclose(line);
    fputs(text, to);
    free(text);
}

void
par_dump(const char *task, const struct par_list *list, FILE *to)
{
    int i;

    for (i = 0; i < list->n; i++) {
        const struct par *p = &list->par[i];

        if (*p->value == '\0' && p->type != 's' && p->type != 'f')
            continue;           /* nothing that could be set */
        fprintf(to, "%s.%s = ", task, p->name);
        par_write_value(p, to);
        fputc('\n', to);
    }
    fputs("# EOF\n", to);
}
