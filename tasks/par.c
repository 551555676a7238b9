/* par.c -- reads and checks parameter files.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "par.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- reading --------------------------------------------------------------------------------- */

enum { FIELDS = 7 };

/* Length of the quoted text at S with its quotes, 0 if it does not end. */
static size_t
quoted_length(const char *s)
{
    const char *p;

    for (p = s + 1; *p != '\0'; p++) {
        if (*p == '\\' && p[1] != '\0')
            p++;
        else if (*p == *s && p[1] == *s)        /* a doubled quote stands for one */
            p++;
        else if (*p == *s)
            return (size_t)(p - s) + 1;
    }
    return 0;
}

/* The text between the quotes, escapes undone, in place at TO. */
static void
unquote(const char *s, size_t length, char *to)
{
    size_t i;

    for (i = 1; i + 1 < length; i++) {
        if ((s[i] == '\\' || s[i] == s[0]) && i + 2 < length && (s[i + 1] == s[0] || s[i + 1] == '\\'))
            i++;
        *to++ = s[i];
    }
    *to = '\0';
}

/* One field from *LINE, blanks around it dropped; *LINE then stands behind its comma.  NULL: wrong, *WHY says how. */
static char *
take_field(const char **line, int *last_p, const char **why)
{
    const char *s = *line, *end;
    char       *field = malloc(strlen(s) + 1);

    if (field == NULL)
        return NULL;
    s += strspn(s, " \t");
    if (*s == '"' || *s == '\'') {
        size_t length = quoted_length(s);

        if (length == 0) {
            *why = "unterminated quote";
            free(field);
            return NULL;
        }
        unquote(s, length, field);
        end = s + length;
        end += strspn(end, " \t");
        if (*end != ',' && *end != '\0' && *end != '#') {
            *why = "text after a quoted field";
            free(field);
            return NULL;
        }
    } else {
        size_t n = strcspn(s, ",");

        end = s + n;
        while (n > 0 && (s[n - 1] == ' ' || s[n - 1] == '\t'))
            n--;
        memcpy(field, s, n);
        field[n] = '\0';
    }
    *last_p = *end != ',';
    *line = *end == ',' ? end + 1 : end;
    return field;
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
}

static const char *
check_shape(const struct par_list *list, const struct par *p, const char *type, int nfield, int more)
{
    int count;

    if (nfield < 3)
        return "at least name,type,mode are needed";
    if (more)
        return "too many fields (7 are possible)";
    if (strlen(type) != 1 || strchr("birsf", *type) == NULL)
        return "type is not one of b, i, r, s, f";
    if (*p->mode == '\0' || strspn(p->mode, "aqhl") != strlen(p->mode))
        return "mode is not made of a, q, h, l";
    if (par_find(list, p->name, strlen(p->name), 0, &count) != NULL)
        return "the parameter is there twice";
    return NULL;
}

/* One line into a new parameter of LIST; NULL = good, else what is wrong. */
static const char *
read_line(struct par_list *list, const char *line, const char *source)
{
    char       *field[FIELDS] = { NULL };
    const char *why = "out of memory";
    struct par  p = { .name = NULL }, *grown;
    int         n = 0, last = 0, i;

    while (n < FIELDS && !last) {
        field[n] = take_field(&line, &last, &why);
        if (field[n] == NULL)
            break;
        n++;
    }
    for (i = n; i < FIELDS && field[n > 0 ? n - 1 : 0] != NULL; i++)
        field[i] = calloc(1, 1);
    p.name = field[0];
    p.mode = field[2];
    p.value = field[3];
    p.min = field[4];
    p.max = field[5];
    p.prompt = field[6];
    if (last || n == FIELDS)
        why = check_shape(list, &p, field[1], n, n == FIELDS && !last);
    if (why == NULL) {
        p.type = *field[1];
        snprintf(p.source, sizeof p.source, "%s", source);
        grown = realloc(list->par, ((size_t)list->n + 1) * sizeof *grown);
        if (grown != NULL) {
            list->par = grown;
            list->par[list->n++] = p;
            free(field[1]);
            return NULL;
        }
        why = "out of memory";
    }
    for (i = 0; i < FIELDS; i++)
        free(field[i]);
    return why;
}

int
par_read(const char *file, struct par_list *list, void (*complain)(const char *sentence))
{
    FILE       *f = fopen(file, "r");
    const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;
    char       *line = NULL, source[320], sentence[640];
    size_t      size = 0;
    ssize_t     n;
    int         number = 0, wrong = 0;

    if (f == NULL)
        return -1;
    while ((n = getline(&line, &size, f)) >= 0) {
        char       *s = line;
        const char *why;

        number++;
        while (n > 0 && (line[n - 1] == '\n' || line[n - 1] == '\r'))
            line[--n] = '\0';
        if (number == 1 && strncmp(s, "\xef\xbb\xbf", 3) == 0)
            s += 3;
        s += strspn(s, " \t");
        if (*s == '\0' || *s == '#')
            continue;
        snprintf(source, sizeof source, "%s:%d", base, number);
        why = read_line(list, s, source);
        if (why != NULL) {
            snprintf(sentence, sizeof sentence, "%s:%d: %s", file, number, why);
            complain(sentence);
            wrong++;
        }
    }
    free(line);
    fclose(f);
    return wrong;
}

void
par_free(struct par_list *list)
{
    int i;

    for (i = 0; i < list->n; i++)
        free_one(&list->par[i]);
    free(list->par);
    *list = (struct par_list){ NULL, 0 };
}

/* ---- finding --------------------------------------------------------------------------------- */

struct par *
par_find(const struct par_list *list, const char *name, size_t length, int abbreviate, int *count_p)
{
    struct par *found = NULL;
    int         i;

    *count_p = 0;
    for (i = 0; i < list->n; i++) {
        if (strncmp(list->par[i].name, name, length) != 0)
            continue;
        if (list->par[i].name[length] == '\0') {
            *count_p = 1;
            return &list->par[i];
        }
        if (abbreviate && length > 0) {
            ++*count_p;
            found = &list->par[i];
        }
    }
    return *count_p == 1 ? found : NULL;
}

/* Edits (insert, delete, replace, swap of neighbours) from A to B of at most 31 characters. */
static int
distance(const char *a, size_t na, const char *b, size_t nb)
{
    int    d[32][32];
    size_t i, j;

    if (na > 31 || nb > 31)
        return 99;
    for (i = 0; i <= na; i++)
        for (j = 0; j <= nb; j++) {
            int best;

            if (i == 0 || j == 0) {
                d[i][j] = (int)(i + j);
                continue;
            }
            best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best)
                best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best)
                best = d[i][j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] && d[i - 2][j - 2] + 1 < best)
                best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[na][nb];
}

const char *
par_nearest(const struct par_list *list, const char *name, size_t length)
{
    const char *best = NULL;
    int         least = 3, i;       /* three edits are another word */

    for (i = 0; i < list->n; i++) {
        int d = distance(list->par[i].name, strlen(list->par[i].name), name, length);

        if (d < least) {
            least = d;
            best = list->par[i].name;
        }
    }
    return best;
}

/* ---- values ---------------------------------------------------------------------------------- */

int
par_set(struct par *p, const char *value, const char *source)
{
    char *copy = strdup(value);

    if (copy == NULL)
        return -1;
    free(p->value);
    p->value = copy;
    if (source != p->source)
        snprintf(p->source, sizeof p->source, "%s", source);
    return 0;
}

static int
is_indef(const char *value)
{
    return strcasecmp(value, "INDEF") == 0;
}

static int
read_int(const char *text, int *value_p)
{
    char *end;
    long  value;

    errno = 0;
    value = strtol(text, &end, strncasecmp(text, "0x", 2) == 0 ? 16 : 10);
    if (end == text || *end != '\0' || errno != 0 || value <= INT_MIN || value > INT_MAX)
        return -1;
    *value_p = (int)value;
    return 0;
}

/* The task never calls setlocale, so strtod reads points.  A d exponent is Fortran's. */
static int
read_real(const char *text, double *value_p)
{
    char   copy[64], *end, *d;

    if (snprintf(copy, sizeof copy, "%s", text) >= (int)sizeof copy)
        return -1;
    d = strpbrk(copy, "dD");
    if (d != NULL)
        *d = 'e';
    *value_p = strtod(copy, &end);
    return end == copy || *end != '\0' || !isfinite(*value_p) ? -1 : 0;
}

static int
read_bool(const char *text, int *value_p)
{
    static const char *const yes[] = { "yes", "y", "true", "t", "on", "1" };
    static const char *const no[] = { "no", "n", "false", "f", "off", "0" };
    size_t                   i;

    for (i = 0; i < sizeof yes / sizeof *yes; i++) {
        *value_p = strcasecmp(text, yes[i]) == 0;
        if (*value_p || strcasecmp(text, no[i]) == 0)
            return 0;
    }
    return -1;
}

/* An exact choice, else the one that VALUE abbreviates, in either case; p->value becomes that choice. */
static int
check_choice(struct par *p, char *text, size_t size)
{
    size_t      n = strlen(p->value), length;
    const char *c, *found = NULL;
    char        copy[64];
    int         count = 0;

    for (c = p->min; *c != '\0'; c += length + (c[length] == '|')) {
        length = strcspn(c, "|");
        if (length == n && strncasecmp(c, p->value, n) == 0) {
            found = c;
            count = 1;
            break;
        }
        if (n > 0 && n < length && strncasecmp(c, p->value, n) == 0) {
            found = c;
            count++;
        }
    }
    if (count != 1) {
        snprintf(text, size, "%s=%s is not one of %s (%s)", p->name, p->value, p->min, p->source);
        return -1;
    }
    snprintf(copy, sizeof copy, "%.*s", (int)strcspn(found, "|"), found);
    return par_set(p, copy, p->source);
}

static int
check_range(const struct par *p, double value, char *text, size_t size)
{
    double limit;

    if (*p->min != '\0' && read_real(p->min, &limit) == 0 && value < limit) {
        snprintf(text, size, "%s=%s is below the minimum %s (%s)", p->name, p->value, p->min, p->source);
        return -1;
    }
    if (*p->max != '\0' && read_real(p->max, &limit) == 0 && value > limit) {
        snprintf(text, size, "%s=%s is above the maximum %s (%s)", p->name, p->value, p->max, p->source);
        return -1;
    }
    return 0;
}

static int
check_number(struct par *p, char *text, size_t size)
{
    double value = 0.0;
    int    whole = 0;

    if (is_indef(p->value))
        return 0;
    if (p->type == 'i' ? read_int(p->value, &whole) != 0 : read_real(p->value, &value) != 0) {
        snprintf(text, size, "%s=%s is not %s (%s)", p->name, p->value,
                 p->type == 'i' ? "a whole number" : "a number", p->source);
        return -1;
    }
    if (strchr(p->min, '|') != NULL)
        return check_choice(p, text, size);
    return check_range(p, p->type == 'i' ? whole : value, text, size);
}

int
par_check(struct par *p, char *text, size_t size)
{
    int yes;

    if (p->type == 'i' || p->type == 'r')
        return check_number(p, text, size);
    if (p->type == 'b') {
        if (read_bool(p->value, &yes) == 0)
            return par_set(p, yes ? "yes" : "no", p->source);
        snprintf(text, size, "%s=%s is not yes or no (%s)", p->name, p->value, p->source);
        return -1;
    }
    return *p->min != '\0' ? check_choice(p, text, size) : 0;
}

int
par_int(const struct par *p)
{
    int value = INT_MIN;

    return read_int(p->value, &value) == 0 ? value : INT_MIN;
}

double
par_real(const struct par *p)
{
    double value;

    return read_real(p->value, &value) == 0 ? value : (double)NAN;
}

int
par_bool(const struct par *p)
{
    return strcmp(p->value, "yes") == 0;
}
