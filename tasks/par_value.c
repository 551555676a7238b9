/* par_value.c -- values of parameters: types, ranges, choices, INDEF.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "par.h"

int
par_set(struct par *p, const char *value, const char *source)
{
    char *new_value = strdup(value), *new_source = strdup(source);

    if (new_value == NULL || new_source == NULL) {
        free(new_value);
        free(new_source);
        return -1;
    }
    free(p->value);
    free(p->source);
    p->value = new_value;
    p->source = new_source;
    return 0;
}

/* ---- from text ------------------------------------------------------------------------------- */

int
par_is_indef(const char *value)
{
    return strcasecmp(value, "INDEF") == 0;
}

static int
read_int(const char *text, int *value_p)
{
    char *end;
    long  value;

    errno = 0;
    value = strtol(text, &end, 10);
    if (end == text || *end != '\0' || errno != 0 || value <= INT_MIN || value > INT_MAX)
        return -1;
    *value_p = (int)value;
    return 0;
}

/* Decimal, with e or Fortran's d before the exponent; no hexadecimal, no NaN, nothing infinite.  Tasks never call
 * setlocale, so strtod wants a point. */
static int
read_real(const char *text, double *value_p)
{
    char copy[64], *end, *d;

    if (strlen(text) >= sizeof copy || text[strspn(text, "+-.0123456789eEdD")] != '\0')
        return -1;
    strcpy(copy, text);
    d = strpbrk(copy, "dD");
    if (d != NULL)
        *d = 'e';
    *value_p = strtod(copy, &end);
    return end == copy || *end != '\0' || !isfinite(*value_p) ? -1 : 0;
}

static int
read_number(const struct par *p, const char *text, double *value_p)
{
    int whole;

    if (p->type != 'i')
        return read_real(text, value_p);
    if (read_int(text, &whole) != 0)
        return -1;
    *value_p = whole;
    return 0;
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

/* ---- checks ---------------------------------------------------------------------------------- */

/* Where a reader should look: at the file that has the wrong value, or at the limits that a typed value breaks. */
static const char *
place(const struct par *p)
{
    return strcmp(p->source, "command line") == 0 ? p->line : p->source;
}

/* An exact choice, else the one that VALUE abbreviates, in either case; p->value becomes that choice. */
static int
check_choice(struct par *p, char *text, size_t size)
{
    size_t      n = strlen(p->value), length;
    const char *c, *found = NULL;
    char       *choice;
    int         count = 0, failed;

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
        snprintf(text, size, "%s=%s is not one of %s (%s)", p->name, p->value, p->min, place(p));
        return -1;
    }
    choice = strndup(found, strcspn(found, "|"));
    failed = choice == NULL || par_set(p, choice, p->source) != 0;
    if (failed)
        snprintf(text, size, "out of memory for %s", p->name);
    free(choice);
    return -failed;
}

static int
check_range(const struct par *p, double value, char *text, size_t size)
{
    double limit;

    if (*p->min != '\0' && read_number(p, p->min, &limit) == 0 && value < limit) {
        snprintf(text, size, "%s=%s is below the minimum %s (%s)", p->name, p->value, p->min, place(p));
        return -1;
    }
    if (*p->max != '\0' && read_number(p, p->max, &limit) == 0 && value > limit) {
        snprintf(text, size, "%s=%s is above the maximum %s (%s)", p->name, p->value, p->max, place(p));
        return -1;
    }
    return 0;
}

static int
check_number(struct par *p, char *text, size_t size)
{
    double value;

    if (p->indef && par_is_indef(p->value))
        return 0;
    if (read_number(p, p->value, &value) != 0) {
        snprintf(text, size, "%s=%s is not a %s (%s)", p->name, p->value,
                 p->type == 'i' ? "whole number below 2147483648" : "number", place(p));
        return -1;
    }
    return strchr(p->min, '|') != NULL ? check_choice(p, text, size) : check_range(p, value, text, size);
}

int
par_check(struct par *p, char *text, size_t size)
{
    int yes;

    if (p->type == 'i' || p->type == 'r')
        return check_number(p, text, size);
    if (p->type != 'b')
        return *p->min != '\0' ? check_choice(p, text, size) : 0;
    if (read_bool(p->value, &yes) == 0)
        return par_set(p, yes ? "yes" : "no", p->source);
    snprintf(text, size, "%s=%s is not yes or no (%s)", p->name, p->value, place(p));
    return -1;
}

/* A limit that is not a number, or a maximum below the minimum, would never be noticed later. */
const char *
par_check_definition(struct par *p, char *text, size_t size)
{
    int    is_number = p->type == 'i' || p->type == 'r', has_min = *p->min != '\0' && !par_is_indef(p->min);
    int    has_max = *p->max != '\0' && !par_is_indef(p->max);
    double low = 0.0, high = 0.0;

    if (p->type == 'b' && (has_min || has_max))
        return "yes and no have no limits";
    if (!is_number && has_max)
        return "a text has no maximum";
    if (is_number && strchr(p->min, '|') == NULL) {
        if ((has_min && read_number(p, p->min, &low) != 0) || (has_max && read_number(p, p->max, &high) != 0))
            return "a limit is not a number";
        if (has_min && has_max && low > high)
            return "the maximum is below the minimum";
    }
    return *p->value != '\0' && par_check(p, text, size) != 0 ? text : NULL;
}

/* ---- what the tasks get ----------------------------------------------------------------------- */

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
