/* catalog.c -- reads a catalogue of objects: CSV and its kin, SExtractor's, VizieR's and TOPCAT's texts, FITS tables.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "catalog.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "lists.h"
#include "task.h"

enum { MOST = 1024, NAME = 72 };        /* columns; characters of a column's name */

/* Names of columns in any case; of what has several the first is taken, positions only as pairs. */
static const struct { int column; const char *first, *second; } known[] = {
    { CATALOG_X, "x", "y" }, { CATALOG_X, "x_pix", "y_pix" }, { CATALOG_X, "x_image", "y_image" },
    { CATALOG_X, "xwin_image", "ywin_image" },
    { CATALOG_RA, "ra", "dec" }, { CATALOG_RA, "ra_deg", "dec_deg" }, { CATALOG_RA, "raj2000", "dej2000" },
    { CATALOG_RA, "raj2000", "decj2000" }, { CATALOG_RA, "_raj2000", "_dej2000" }, { CATALOG_RA, "ra_icrs", "de_icrs" },
    { CATALOG_RA, "alpha_j2000", "delta_j2000" }, { CATALOG_RA, "alphawin_j2000", "deltawin_j2000" },
    { CATALOG_SPLIT, "split", NULL },
    { CATALOG_ID, "id", NULL }, { CATALOG_ID, "index", NULL }, { CATALOG_ID, "name", NULL },
    { CATALOG_ID, "number", NULL }, { CATALOG_ID, "source_id", NULL }, { CATALOG_ID, "objid", NULL },
    { CATALOG_ID, "designation", NULL },
};

static const char known_names[] = "x_pix,y_pix, X_IMAGE,Y_IMAGE, ra,dec, RAJ2000,DEJ2000, RA_ICRS,DE_ICRS and "
                                  "ALPHA_J2000,DELTA_J2000 are known";

struct reader {
    struct catalog *c;
    const char     *file;
    int             from[CATALOG_COLUMNS];      /* cells of the columns; -1 = none */
    int             ncell;                      /* of each row; of columns that SExtractor numbered at least so many */
    int             numbered;
    char            separator;                  /* ' ': any run of blanks and tabs */
    long            capacity;
};

/* ---- columns --------------------------------------------------------------------------------- */

static int
find_name(char *const *name, int n, const char *want)
{
    int i;

    for (i = 0; i < n; i++)
        if (strcasecmp(name[i], want) == 0)
            return i;
    return -1;
}

/* Which of the N columns are known?  Returns 0 none, 1 some, 2 positions among them. */
static int
find_columns(struct reader *r, char *const *name, int n)
{
    size_t k;
    int    i, first, second, some = 0;

    for (i = 0; i < CATALOG_COLUMNS; i++)
        r->from[i] = -1;
    for (k = 0; k < sizeof known / sizeof *known; k++) {
        first = find_name(name, n, known[k].first);
        second = known[k].second != NULL ? find_name(name, n, known[k].second) : first;
        if (first < 0 || second < 0 || r->from[known[k].column] >= 0)
            continue;
        r->from[known[k].column] = first;
        if (known[k].second != NULL)
            r->from[known[k].column + 1] = second;
        some |= known[k].second != NULL ? 3 : 1;
    }
    for (i = 0; i < CATALOG_COLUMNS; i++)
        snprintf(r->c->name[i], sizeof r->c->name[i], "%s", r->from[i] >= 0 ? name[r->from[i]] : "");
    r->ncell = n;
    return some == 3 ? 2 : some;
}

int
catalog_has_pair(const struct catalog *c, int column)
{
    return c->name[column][0] != '\0' && c->name[column + 1][0] != '\0';
}

/* ---- cells ----------------------------------------------------------------------------------- */

static int
is_empty(const char *text)
{
    static const char *const words[] = { "", "-", "--", "nan", "null", "none" };
    size_t                   i;

    for (i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return 1;
    return 0;
}

/* All of TEXT, also with FORTRAN's exponent, "1.5D-03"; a D before digits alone is that only where no ANGLE is meant,
 * "1d30". */
static int
read_decimal(const char *text, int angle, double *value_p)
{
    char *end, copy[64];

    *value_p = strtod(text, &end);
    if (end == text || (*end != 'd' && *end != 'D') || (angle && end[1] != '+' && end[1] != '-'))
        return end != text && *end == '\0';
    snprintf(copy, sizeof copy, "%s", text);
    copy[strcspn(copy, "dD")] = 'e';
    *value_p = strtod(copy, &end);
    return *end == '\0';
}

/* "-12.5"; sexagesimal "12:30:00.5" or "12 30 00.5" in units of UNIT degrees, or NaN: of no angle; "12h30m00.5s" of
 * hours, "12d30m00.5s". */
static int
read_number(const char *text, double unit, double *value_p)
{
    double part[3] = { 0.0, 0.0, 0.0 };
    char  *end;
    int    minus = *text == '-', letters = 0, mark, i;

    if (read_decimal(text, !isnan(unit), value_p))
        return isfinite(*value_p);
    if (isnan(unit))
        return 0;
    text += minus || *text == '+';
    for (i = 0; i < 3; i++) {
        if (!isdigit((unsigned char)*text))
            return 0;
        part[i] = strtod(text, &end);
        text = end + strspn(end, " ");
        if (i > 0 && !(part[i] < 60.0))
            return 0;
        mark = tolower((unsigned char)*text);
        if (i == 0 && (mark == 'd' || (mark == 'h' && unit > 1.0))) {
            letters = 1;
            unit = mark == 'd' ? 1.0 : unit;
        }
        if (*text == '\0')
            break;
        if (letters ? i == 0 || mark == " ms"[i] : mark == ':')
            text += 1 + strspn(text + 1, " ");
        else if (letters || text == end)
            return 0;
        if (letters && *text == '\0')
            break;
    }
    *value_p = (minus ? -unit : unit) * (part[0] + part[1] / 60.0 + part[2] / 3600.0);
    return i < 3 && (i > 0 || letters);
}

/* Add a row, the texts of its known columns in CELL; WHERE it stands is for the sentence. */
static bc_status
add_row(struct reader *r, char *const cell[CATALOG_COLUMNS], const char *where)
{
    static const double unit[CATALOG_ID] = { [CATALOG_X] = NAN, [CATALOG_Y] = NAN, [CATALOG_RA] = 15.0,
                                             [CATALOG_DEC] = 1.0, [CATALOG_SPLIT] = NAN };
    static const double most[CATALOG_ID] = { [CATALOG_X] = INFINITY, [CATALOG_Y] = INFINITY, [CATALOG_RA] = 360.0,
                                             [CATALOG_DEC] = 90.0, [CATALOG_SPLIT] = INFINITY };
    struct catalog     *c = r->c;
    struct catalog_row *row;
    int                 i;

    if (c->n == r->capacity) {
        r->capacity = r->capacity > 0 ? 2 * r->capacity : 256;
        row = realloc(c->row, (size_t)r->capacity * sizeof *row);
        if (row == NULL)
            return task_fail(BC_NO_MEMORY, "out of memory for a catalogue");
        c->row = row;
    }
    row = &c->row[c->n++];
    for (i = 0; i < CATALOG_ID; i++) {
        row->value[i] = (double)NAN;
        if (r->from[i] >= 0 && !is_empty(cell[i])
            && (!read_number(cell[i], unit[i], &row->value[i]) || fabs(row->value[i]) > most[i]))
            return task_fail(BC_BAD_FILE, "%s: '%s' in column %s is no %s", where, cell[i], c->name[i],
                             isnan(unit[i]) ? "number"
                             : i == CATALOG_RA ? "right ascension, in degrees or as hh:mm:ss"
                                               : "declination, in degrees or as dd:mm:ss");
    }
    if (r->from[CATALOG_ID] >= 0)
        snprintf(row->id, sizeof row->id, "%s", cell[CATALOG_ID]);
    else
        snprintf(row->id, sizeof row->id, "%ld", c->n);
    return BC_OK;
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* Split LINE into cells in place; returns how many, at most MOST are kept. */
static int
split(char *line, char separator, char **cell)
{
    const char  stop[] = { separator, separator == ' ' ? '\t' : '\0', '\0' };
    const char *blank = separator == '\t' ? " " : " \t";
    char       *p = line, *start, *to, end;
    int         n = 0;

    for (;;) {
        p += strspn(p, blank);
        start = to = p;
        if (*p == '"') {
            for (p++; *p != '\0' && !(*p == '"' && p[1] != '"'); p++) {
                p += *p == '"';                 /* a doubled quote stands for one */
                *to++ = *p;
            }
            p += *p == '"';
            p += strcspn(p, stop);
        } else {
            p += strcspn(p, stop);
            for (to = p; to > start && strchr(blank, to[-1]) != NULL; to--)
                ;
        }
        end = *p;
        if (separator == ' ' && end != '\0')
            end = p[1 + strspn(p + 1, blank)];  /* blanks at the end begin no cell */
        if (n < MOST)
            cell[n] = start;
        n++;
        p += *p != '\0';
        *to = '\0';
        if (end == '\0')
            return n;
    }
}

/* Are the columns of ROW, as many as it has cells, named on LINE?  By the first separator for which that is so. */
static int
read_names(struct reader *r, const char *line, const char *row)
{
    static const char separators[] = ",;\t ";
    char             *cell[MOST];
    int               i, n, found = 0;

    for (i = 0; !found && separators[i] != '\0'; i++) {
        char *names = strdup(line), *values = strdup(row);

        r->separator = separators[i];
        if (names != NULL && values != NULL && (n = split(values, r->separator, cell)) <= MOST
            && split(names, r->separator, cell) == n)
            found = find_columns(r, cell, n) > 0;
        free(names);
        free(values);
    }
    return found;
}

/* What stands in # lines before the first row. */
struct comments {
    char name[MOST][NAME];          /* "#   3 X_IMAGE   Object position along x   [pixel]", as SExtractor has it */
    int  n;
    char last[8192];                /* TOPCAT and others write the names so */
};

static void
read_comment(struct comments *k, const char *line)
{
    char name[NAME];
    int  number;

    line += strspn(line, "# \t");
    snprintf(k->last, sizeof k->last, "%s", line);
    if (sscanf(line, "%d %71s", &number, name) != 2 || number <= k->n || number > MOST || (k->n == 0 && number != 1))
        return;
    for (; k->n < number - 1; k->n++)               /* more numbers of the column before */
        k->name[k->n][0] = '\0';
    memcpy(k->name[k->n++], name, NAME);
}

/* The names of the columns: on LINE, the first that is no comment, else in the comments before it. */
static bc_status
read_head(struct reader *r, const struct comments *k, const char *line, int number, int *is_row_p)
{
    char *name[MOST];
    int   i;

    *is_row_p = 0;
    if (read_names(r, line, line))
        return BC_OK;
    *is_row_p = 1;
    for (i = 0; i < k->n; i++)
        name[i] = (char *)k->name[i];
    if (k->n > 0 && find_columns(r, name, k->n) > 0) {
        r->separator = ' ';
        r->numbered = 1;
        return BC_OK;
    }
    return read_names(r, k->last, line)
        ? BC_OK : task_fail(BC_BAD_FILE, "%s:%d names no column that is known; %s", r->file, number, known_names);
}

static bc_status
read_line(struct reader *r, char *line, int number)
{
    char *cell[MOST], *known_cell[CATALOG_COLUMNS], where[4200];
    int   i, n = split(line, r->separator, cell);

    if (r->numbered ? n < r->ncell : n != r->ncell)
        return task_fail(BC_BAD_FILE, "%s:%d has %d cells for %d columns", r->file, number, n, r->ncell);
    for (i = 0; i < CATALOG_COLUMNS; i++)
        known_cell[i] = r->from[i] >= 0 ? cell[r->from[i]] : NULL;
    snprintf(where, sizeof where, "%s:%d", r->file, number);
    return add_row(r, known_cell, where);
}

/* "------;------": VizieR's line between the names, and their units, and the rows. */
static int
is_rule(const char *line)
{
    return strstr(line, "---") != NULL && line[strspn(line, "-,; \t")] == '\0';
}

/* The first line after the names is held until the next one says whether it is a row, or VizieR's units. */
static bc_status
read_lines(struct reader *r, FILE *f, struct comments *k)
{
    char     *line = NULL, *held = NULL;
    size_t    size = 0;
    int       number = 0, held_number = 0, named = 0, after = 0, is_row;
    bc_status st = BC_OK;

    while (st == BC_OK && getline(&line, &size, f) >= 0) {
        if (number++ == 0)
            lists_skip_mark(line);
        line[strcspn(line, "\r\n")] = '\0';
        if (*line == '#' && !named)
            read_comment(k, line);
        if (line[strspn(line, " \t")] == '\0' || *line == '#')
            continue;
        is_row = 1;
        if (!named)
            st = read_head(r, k, line, number, &is_row);
        named = 1;
        if (st != BC_OK || !is_row)
            continue;
        if (after < 2 && is_rule(line)) {
            free(held);
            held = NULL;
            after = 2;
        } else if (after++ == 0) {
            held = line;
            held_number = number;
            line = NULL;
            size = 0;
        } else {
            st = held != NULL ? read_line(r, held, held_number) : BC_OK;
            free(held);
            held = NULL;
            if (st == BC_OK)
                st = read_line(r, line, number);
        }
    }
    if (st == BC_OK && held != NULL)
        st = read_line(r, held, held_number);
    free(held);
    free(line);
    return st;
}

static bc_status
read_text(struct reader *r)
{
    struct comments *k = calloc(1, sizeof *k);
    FILE            *f = NULL;
    bc_status        st = k != NULL ? lists_open("catalogue", r->file, &f)
                                    : task_fail(BC_NO_MEMORY, "out of memory for a catalogue");

    if (st == BC_OK) {
        st = read_lines(r, f, k);
        fclose(f);
    }
    free(k);
    return st;
}

/* ---- FITS tables ----------------------------------------------------------------------------- */

/* Is FILE for CFITSIO: FITS, packed or not, or a name with an [extension]? */
static int
is_fits(const char *file)
{
    struct stat s;
    char        start[8] = "";
    FILE       *f;

    if (stat(file, &s) != 0)
        return strchr(file, '[') != NULL;
    if (!S_ISREG(s.st_mode) || (f = fopen(file, "rb")) == NULL)
        return 0;
    if (fread(start, 1, 6, f) < 2)
        start[0] = '\0';
    fclose(f);
    return strcmp(start, "SIMPLE") == 0 || strncmp(start, "\037\213", 2) == 0;
}

static int
find_in_table(struct reader *r, const bc_table *table)
{
    int    n = bc_table_columns(table), j, found;
    char **name = calloc((size_t)n + 1, sizeof *name);

    for (j = 0; name != NULL && j < n; j++)
        name[j] = (char *)bc_table_column(table, j);
    found = name != NULL ? find_columns(r, name, n) : 0;
    free(name);
    return found;
}

/* The first table of the file with positions, else the first with anything that is known. */
static bc_status
open_table(struct reader *r, bc_table **table_p)
{
    int       need, i;
    bc_status st = BC_OK;

    for (need = 2; need > 0; need--)
        for (i = 0; (st = bc_table_open(r->file, i, table_p)) == BC_OK; i++) {
            if (find_in_table(r, *table_p) >= need)
                return BC_OK;
            bc_table_close(*table_p);
            *table_p = NULL;
        }
    return st != BC_BAD_SHAPE ? st
        : task_fail(BC_BAD_FILE, "%s has no table with columns that are known; %s", r->file, known_names);
}

/* Numbers are degrees; texts say what they are: "h:m:s". */
static bc_status
check_units(const struct reader *r, const bc_table *table)
{
    int i;

    for (i = CATALOG_RA; i <= CATALOG_DEC; i++) {
        const char *unit = r->from[i] >= 0 ? bc_table_unit(table, r->from[i]) : "";

        if (*unit != '\0' && strncasecmp(unit, "deg", 3) != 0 && strchr(unit, ':') == NULL)
            return task_fail(BC_BAD_FILE, "%s: column %s is in '%s', not in degrees", r->file, r->c->name[i], unit);
    }
    return BC_OK;
}

static bc_status
read_table(struct reader *r)
{
    char      text[CATALOG_COLUMNS][NAME], *cell[CATALOG_COLUMNS], where[4200];
    bc_table *table = NULL;
    long      row;
    int       i;
    bc_status st = open_table(r, &table);

    if (st == BC_OK)
        st = check_units(r, table);
    for (row = 0; st == BC_OK && row < bc_table_rows(table); row++) {
        for (i = 0; st == BC_OK && i < CATALOG_COLUMNS; i++) {
            cell[i] = text[i];
            if (r->from[i] >= 0)
                st = bc_table_cell(table, row, r->from[i], text[i], sizeof text[i]);
        }
        snprintf(where, sizeof where, "%s, row %ld", r->file, row + 1);
        if (st == BC_OK)
            st = add_row(r, cell, where);
    }
    bc_table_close(table);
    return st;
}

bc_status
catalog_read(const char *file, struct catalog *c)
{
    struct reader r = { .c = c, .file = file };
    bc_status     st = is_fits(file) ? read_table(&r) : read_text(&r);

    return st == BC_OK && c->n == 0 ? task_fail(BC_BAD_FILE, "the catalogue %s has no rows", file) : st;
}

void
catalog_free(struct catalog *c)
{
    free(c->row);
    *c = (struct catalog){ 0 };
}

void
catalog_sample(const struct catalog *c, long row, bc_sample *sample)
{
    snprintf(sample->id, sizeof sample->id, "%s", c->row[row].id);
    if (catalog_has_pair(c, CATALOG_RA)) {
        sample->ra = c->row[row].value[CATALOG_RA];
        sample->dec = c->row[row].value[CATALOG_DEC];
    }
}
