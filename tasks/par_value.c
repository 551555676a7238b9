/* par_value.c -- values of parameters: types, ranges, choices, INDEF.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "par.h"

int
par_set(struct par *p, const char *value, enum par_origin origin, const char *source)
{
    char *new_value = strdup(value), *new_source = strdup(source);

    if (new_value == NULL || new_source == NULL) {
        free(new_value);
        free(new_source);
        return -1;
    }
    free(p->value);
    free(p->source);
    free(p->reference);
    p->value = new_value;
    p->source = new_source;
    p->reference = NULL;
    p->origin = origin;
    return 0;
}

/* The value in its plain form; where it is from stays. */
static int
replace_value(struct par *p, const char *value, size_t n)
{
    char *copy = strndup(value, n);

    if (copy == NULL)
        return -1;
    free(p->value);
    p->value = copy;
    return 0;
}

/* ---- from text ------------------------------------------------------------------------------- */

static int
is_one_of(const char *text, const char *const *words, size_t n)
{
    while (n-- > 0)
        if (strcasecmp(text, words[n]) == 0)
            return 1;
    return 0;
}

/* INDEF as IRAF, APE and GammaLib write it. */
int
par_is_indef(const char *value)
{
    static const char *const words[] = { "INDEF", "INDEFI", "INDEFR", "INDEFD", "UNDEF",
                                         "UNDEFINED", "NONE" };

    return is_one_of(value, words, sizeof words / sizeof *words);
}

int
par_is_reference(const char *value)
{
    return *value == ')';
}

/* At most one of a, q, h (none is a) and at most one l. */
int
par_is_mode(const char *mode)
{
    int decides = 0, learns = 0;

    for (; *mode != '\0'; mode++) {
        if (strchr("aqhl", *mode) == NULL)
            return 0;
        if (*mode == 'l')
            learns++;
        else
            decides++;
    }
    return decides <= 1 && learns <= 1;
}

/* Decimal; hexadecimal as 0x1f or IRAF's 1fx, octal as IRAF's 17b. */
static int
read_int(const char *text, int *value_p)
{
    const char *digits = text + (*text == '+' || *text == '-');
    size_t      n = strlen(digits);
    char        last = n > 1 ? (char)tolower((unsigned char)digits[n - 1]) : '\0', *end;
    int         prefixed = strncasecmp(digits, "0x", 2) == 0;
    int         base = prefixed || last == 'x' ? 16 : last == 'b' ? 8 : 10;
    int         suffixed = !prefixed && base != 10;
    long        value;

    if (!isxdigit((unsigned char)*digits))
        return -1;
    errno = 0;
    value = strtol(text, &end, base);
    if (end != digits + n - suffixed || errno != 0 || value <= INT_MIN || value > INT_MAX)
        return -1;
    *value_p = (int)value;
    return 0;
}

/* Decimal, with e or Fortran's d before the exponent; no hexadecimal, no NaN, nothing infinite.
 * Tasks never set LC_NUMERIC, so strtod wants a point. */
static int
read_decimal(const char *text, size_t n, double *value_p)
{
    char copy[64], *end, *d;

    if (n == 0 || n >= sizeof copy)
        return -1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    if (copy[strspn(copy, "+-.0123456789eEdD")] != '\0')
        return -1;
    d = strpbrk(copy, "dD");
    if (d != NULL)
        *d = 'e';
    *value_p = strtod(copy, &end);
    return end == copy || *end != '\0' || !isfinite(*value_p) ? -1 : 0;
}

/* The same, or 12:30:45.5 as degrees or hours; the sign stands before all of it, also before -0. */
static int
read_real(const char *text, double *value_p)
{
    const char *part = text + (*text == '+' || *text == '-');
    double      value = 0.0, x, unit = 1.0;
    int         parts;

    if (strchr(text, ':') == NULL)
        return read_decimal(text, strlen(text), value_p);
    for (parts = 0; parts < 3; parts++, unit /= 60.0) {
        size_t n = strcspn(part, ":");

        if (!isdigit((unsigned char)*part) || (part[n] == ':' && strspn(part, "0123456789") != n)
            || strspn(part, ".0123456789") != n || read_decimal(part, n, &x) != 0
            || (parts > 0 && x >= 60.0))
            return -1;
        value += x * unit;
        part += n + (part[n] == ':');
        if (part[-1] != ':' || *part == '\0')
            break;
    }
    if (*part != '\0' || part[-1] == ':')
        return -1;
    *value_p = *text == '-' ? -value : value;
    return 0;
}

static int
read_bool(const char *text, int *value_p)
{
    static const char *const yes[] = { "yes", "y", "true", "t", "on", "1", "+" };
    static const char *const no[] = { "no", "n", "false", "f", "off", "0", "-" };

    *value_p = is_one_of(text, yes, sizeof yes / sizeof *yes);
    return *value_p || is_one_of(text, no, sizeof no / sizeof *no) ? 0 : -1;
}

/* TEXT as a number of the type of P; no is 0, yes is 1. */
static int
read_number(const struct par *p, const char *text, double *value_p)
{
    int whole, failed;

    if (p->type == 'r')
        return read_real(text, value_p);
    failed = p->type == 'i' ? read_int(text, &whole) : read_bool(text, &whole);
    if (failed == 0)
        *value_p = whole;
    return failed;
}

/* ---- choices --------------------------------------------------------------------------------- */

static int
is_text(const struct par *p)
{
    return p->type == 's' || p->type == 'f';
}

static int
has_choices(const struct par *p)
{
    if (strchr(p->min, '|') != NULL)
        return 1;
    return is_text(p) && *p->min != '\0' && *p->max == '\0' && !par_is_reference(p->min);
}

/* The choice at C without the blanks around it; its length. */
static size_t
trim_choice(const char **c)
{
    size_t n;

    *c += strspn(*c, " ");
    n = strcspn(*c, "|");
    while (n > 0 && (*c)[n - 1] == ' ')
        n--;
    return n;
}

/* How well the N bytes at C fit the value of P: 3 = the same, 2 = but for the case, 1 = the value
 * abbreviates them. */
static int
fit(const struct par *p, const char *c, size_t n)
{
    size_t length = strlen(p->value);
    double a, b;
    char   choice[64];

    if (!is_text(p)) {
        if (n >= sizeof choice)
            return 0;
        memcpy(choice, c, n);
        choice[n] = '\0';
        if (read_number(p, choice, &a) != 0 || read_number(p, p->value, &b) != 0)
            return 0;
        return a == b ? 3 : 0;
    }
    if (length > n || strncasecmp(c, p->value, length) != 0)
        return 0;
    if (length < n)
        return length > 0;
    return strncmp(c, p->value, n) == 0 ? 3 : 2;
}

static void
list_candidates(const struct par *p, char *text, size_t size)
{
    const char *c = p->min;
    size_t      used = (size_t)snprintf(text, size, "%s=%s is ambiguous:", p->name, p->value), n;

    for (;; c++) {
        n = trim_choice(&c);
        if (fit(p, c, n) > 0 && used < size)
            used += (size_t)snprintf(text + used, size - used, "%s %.*s",
                                     text[used - 1] == ':' ? "" : ",", (int)n, c);
        c += strcspn(c, "|");
        if (*c == '\0')
            break;
    }
}

/* The best fit becomes the value; an abbreviation must fit one alone. */
static int
check_choice(struct par *p, char *text, size_t size)
{
    const char *c = p->min, *found = NULL;
    size_t      length = 0;
    int         best = 0, count = 0;

    for (;; c++) {
        size_t n = trim_choice(&c);
        int    how = fit(p, c, n);

        if (how > 0 && how >= best) {
            count = how > best ? 1 : count + 1;
            best = how;
            found = c;
            length = n;
        }
        c += strcspn(c, "|");
        if (*c == '\0')
            break;
    }
    if (count == 1 || best > 1) {
        if (replace_value(p, found, length) == 0)
            return 0;
        snprintf(text, size, "out of memory for %s", p->name);
    } else if (count > 1) {
        list_candidates(p, text, size);
    } else {
        snprintf(text, size, "%s=%s is not one of %s", p->name, p->value, p->min);
    }
    return -1;
}

/* ---- checks ---------------------------------------------------------------------------------- */

static int
is_limit(const char *text)
{
    return *text != '\0' && !par_is_indef(text) && !par_is_reference(text);
}

/* Texts are compared byte by byte, as APE does. */
static int
compare(const struct par *p, const char *limit)
{
    double a, b;

    if (is_text(p))
        return strcmp(p->value, limit);
    if (read_number(p, p->value, &a) != 0 || read_number(p, limit, &b) != 0)
        return 0;
    return a < b ? -1 : a > b;
}

static int
check_range(const struct par *p, char *text, size_t size)
{
    if (is_limit(p->min) && compare(p, p->min) < 0)
        snprintf(text, size, "%s=%s is below the minimum %s", p->name, p->value, p->min);
    else if (is_limit(p->max) && compare(p, p->max) > 0)
        snprintf(text, size, "%s=%s is above the maximum %s", p->name, p->value, p->max);
    else
        return 0;
    return -1;
}

static int
check_value(struct par *p, char *text, size_t size)
{
    const char *plain = NULL, *kind = p->type == 'i' ? "a whole number below 2147483648"
                                      : p->type == 'r' ? "a number" : "yes or no";
    double      value;

    if ((p->type == 'i' || p->type == 'r') && p->indef && par_is_indef(p->value))
        plain = "INDEF";
    else if (!is_text(p) && read_number(p, p->value, &value) != 0) {
        snprintf(text, size, "%s=%s is not %s", p->name, p->value, kind);
        return -1;
    } else if (p->type == 'b')
        plain = value != 0.0 ? "yes" : "no";
    if (plain != NULL && replace_value(p, plain, strlen(plain)) != 0) {
        snprintf(text, size, "out of memory for %s", p->name);
        return -1;
    }
    if (plain != NULL && p->type != 'b')
        return 0;
    if ((has_choices(p) ? check_choice(p, text, size) : check_range(p, text, size)) != 0)
        return -1;
    if (strcmp(p->name, "mode") != 0 || par_is_mode(p->value))
        return 0;
    snprintf(text, size, "mode=%s is not made of one of a, q, h and perhaps l", p->value);
    return -1;
}

/* Where a reader should look: at the file that has the wrong value, or at the limits that a typed
 * value breaks. While a line is being read its place is known to who reads it.  Gives -1. */
static int
say_place(const struct par *p, char *text, size_t size)
{
    const char *place = p->origin >= PAR_TYPED ? p->line : p->source;
    size_t      n = strlen(text);

    if (place != NULL)
        snprintf(text + n, size - n, " (%s)", place);
    return -1;
}

int
par_check(struct par *p, char *text, size_t size)
{
    return check_value(p, text, size) == 0 ? 0 : say_place(p, text, size);
}

/* The name of a file in a value: CFITSIO's brackets behind it do not belong to it. */
int
par_check_file(const struct par *p, char *text, size_t size)
{
    size_t      n = strcspn(p->value, "[");
    char       *file = n > 0 && strcmp(p->value, "-") != 0 ? strndup(p->value, n) : NULL;
    const char *what = NULL;

    if (file == NULL)
        return 0;
    if (strchr(p->access, 'n') != NULL && access(file, F_OK) == 0)
        what = "exists already";
    else if (strchr(p->access, 'e') != NULL && access(file, F_OK) != 0)
        what = "does not exist";
    else if (strchr(p->access, 'r') != NULL && access(file, R_OK) != 0)
        what = "cannot be read";
    else if (strchr(p->access, 'w') != NULL && access(file, W_OK) != 0 && errno != ENOENT)
        what = "cannot be written";
    if (what != NULL)
        snprintf(text, size, "%s=%s: %s %s", p->name, p->value, file, what);
    free(file);
    return what != NULL ? say_place(p, text, size) : 0;
}

/* A limit that is no number, or a maximum below the minimum, would never be noticed later. */
int
par_check_definition(struct par *p, char *text, size_t size)
{
    int    has_min = is_limit(p->min), has_max = is_limit(p->max);
    double low = 0.0, high = 0.0;

    if (!is_text(p) && !has_choices(p)) {
        if (has_min && read_number(p, p->min, &low) != 0) {
            snprintf(text, size, "the minimum %s of %s does not fit its type", p->min, p->name);
            return PAR_MIN;
        }
        if (has_max && read_number(p, p->max, &high) != 0) {
            snprintf(text, size, "the maximum %s of %s does not fit its type", p->max, p->name);
            return PAR_MAX;
        }
        if (has_min && has_max && low > high) {
            snprintf(text, size, "the maximum %s of %s is below the minimum %s", p->max, p->name,
                     p->min);
            return PAR_MAX;
        }
    }
    if (*p->value == '\0' || par_is_reference(p->value) || par_check(p, text, size) == 0)
        return -1;
    return PAR_VALUE;
}

/* ---- what the tasks get ---------------------------------------------------------------------- */

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
    int value;

    return read_bool(p->value, &value) == 0 && value;
}
