/* catalog.c -- reads a catalogue of objects.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "catalog.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "lists.h"
#include "task.h"

/* Split LINE into cells in place; returns how many, at most MOST are kept. */
static int
split(char *line, char **cell, int most)
{
    char *p = line;
    int   n = 0;

    for (;;) {
        char *start, *to;

        p += strspn(p, " \t");
        start = to = p;
        if (*p == '"') {
            for (p++; *p != '\0' && !(*p == '"' && p[1] != '"'); p++) {
                p += *p == '"';                 /* a doubled quote stands for one */
                *to++ = *p;
            }
            p += *p == '"';
            p += strcspn(p, ",");
        } else {
            p += strcspn(p, ",\r\n");
            for (to = p; to > start && (to[-1] == ' ' || to[-1] == '\t'); to--)
                ;
        }
        if (n < most)
            cell[n] = start;
        n++;
        if (*p != ',') {
            *to = '\0';
            return n;
        }
        p++;
        *to = '\0';
    }
}

static bc_status
read_header(struct catalog *c, char *line, const char *file)
{
    char *cell[1024];
    int   i, n = split(line, cell, 1024);

    if (n > 1024)
        return task_fail(BC_BAD_FILE, "%s has %d columns, up to 1024 are possible", file, n);
    c->name = calloc((size_t)n, sizeof *c->name);
    for (i = 0; c->name != NULL && i < n; i++, c->ncolumn++)
        if ((c->name[i] = strdup(cell[i])) == NULL)
            break;
    return c->ncolumn == n ? BC_OK : task_fail(BC_NO_MEMORY, "out of memory for a catalogue");
}

static bc_status
read_row(struct catalog *c, char *line, const char *file, int number)
{
    char *cell[1024], **grown;
    int   i, n = split(line, cell, 1024);

    if (n != c->ncolumn)
        return task_fail(BC_BAD_FILE, "%s:%d has %d cells, the first line %d", file, number, n, c->ncolumn);
    grown = realloc(c->cell, (size_t)(c->n + 1) * c->ncolumn * sizeof *grown);
    if (grown == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for a catalogue");
    c->cell = grown;
    memset(c->cell + c->n * n, 0, (size_t)n * sizeof *c->cell);
    c->n++;
    for (i = 0; i < n; i++)
        if ((c->cell[(c->n - 1) * n + i] = strdup(cell[i])) == NULL)
            return task_fail(BC_NO_MEMORY, "out of memory for a catalogue");
    return BC_OK;
}

bc_status
catalog_read(const char *file, struct catalog *c)
{
    FILE     *f;
    char     *line = NULL;
    size_t    size = 0;
    int       number = 0;
    bc_status st = lists_open("catalogue", file, &f);

    if (st != BC_OK)
        return st;
    while (st == BC_OK && getline(&line, &size, f) >= 0) {
        if (number++ == 0 && strncmp(line, "\xef\xbb\xbf", 3) == 0)    /* some programs mark UTF-8 so */
            memmove(line, line + 3, strlen(line + 3) + 1);
        if (line[strspn(line, " \t\r\n")] == '\0' || *line == '#')
            continue;
        st = c->name == NULL ? read_header(c, line, file) : read_row(c, line, file, number);
    }
    free(line);
    fclose(f);
    return st == BC_OK && c->n == 0 ? task_fail(BC_BAD_FILE, "the catalogue %s has no rows", file) : st;
}

void
catalog_free(struct catalog *c)
{
    long i;

    for (i = 0; i < c->n * c->ncolumn; i++)
        free(c->cell[i]);
    for (i = 0; i < c->ncolumn; i++)
        free(c->name[i]);
    free(c->cell);
    free(c->name);
    *c = (struct catalog){ 0 };
}

int
catalog_column(const struct catalog *c, const char *name)
{
    static const char *const others[][4] = {
        { "x", "x_pix", "x_image", NULL }, { "y", "y_pix", "y_image", NULL },
        { "ra", "ra_deg", "alpha_j2000", NULL }, { "dec", "dec_deg", "delta_j2000", NULL },
        { "id", "index", "name", NULL },
    };
    size_t k;
    int    i, j;

    for (i = 0; i < c->ncolumn; i++)
        if (strcasecmp(c->name[i], name) == 0)
            return i;
    for (k = 0; k < sizeof others / sizeof *others; k++)
        for (j = 1; strcmp(others[k][0], name) == 0 && others[k][j] != NULL; j++)
            for (i = 0; i < c->ncolumn; i++)
                if (strcasecmp(c->name[i], others[k][j]) == 0)
                    return i;
    return -1;
}

double
catalog_value(const struct catalog *c, long row, int column)
{
    const char *text = c->cell[row * c->ncolumn + column];
    char       *end;
    double      value = strtod(text, &end);

    return end != text && end[strspn(end, " \t")] == '\0' ? value : (double)NAN;
}

double
catalog_angle(const struct catalog *c, long row, int column, double unit)
{
    const char *text = c->cell[row * c->ncolumn + column];
    double      part[3] = { 0.0, 0.0, 0.0 };
    char       *end;
    int         minus = *text == '-', i;

    if (strchr(text, ':') == NULL)
        return catalog_value(c, row, column);
    text += minus || *text == '+';
    for (i = 0; i < 3; i++) {
        if (!isdigit((unsigned char)*text))
            return (double)NAN;
        part[i] = strtod(text, &end);
        text = end;
        if ((i > 0 && !(part[i] < 60.0)) || i == 2 || *text != ':')
            break;
        text++;
    }
    if ((i > 0 && !(part[i] < 60.0)) || text[strspn(text, " \t")] != '\0')
        return (double)NAN;
    return (minus ? -unit : unit) * (part[0] + part[1] / 60.0 + part[2] / 3600.0);
}

void
catalog_id(const struct catalog *c, long row, char *text, size_t size)
{
    int column = catalog_column(c, "id");

    if (column >= 0)
        snprintf(text, size, "%s", c->cell[row * c->ncolumn + column]);
    else
        snprintf(text, size, "%ld", row + 1);
}
