/* units.c -- how bright is 1 of a flux unit.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bandcast.h"
#include "units.h"

static const char NANOMAGGY[] = "nanomaggy", MAGGY[] = "maggy", CGS[] = "erg s-1 cm-2 Hz-1", SI[] = "W m-2 Hz-1";

/* AB magnitude of 1 unit: -2.5 log10(erg/s/cm2/Hz) - 48.6 (Oke & Gunn 1983); a maggy is AB 0.  As the FITS standard
 * spells it, 4.3; maggies are not in it.  Longer names first. */
static const struct {
    const char *name;
    double      magnitude;
    const char *fits;           /* NULL: NAME */
} units[] = {
    { "nanomaggies", 22.5, NANOMAGGY }, { "nanomaggie", 22.5, NANOMAGGY }, { "nanomaggy", 22.5, NANOMAGGY },
    { "nmaggies", 22.5, NANOMAGGY },    { "nmaggie", 22.5, NANOMAGGY },    { "nmaggy", 22.5, NANOMAGGY },
    { "nmgy", 22.5, NANOMAGGY },        { "maggies", 0.0, MAGGY },         { "maggie", 0.0, MAGGY },
    { "maggy", 0.0, MAGGY },            { "mgy", 0.0, MAGGY },             { "MJy", -6.1, NULL },
    { "kJy", 1.4, NULL },               { "Jansky", 8.9, "Jy" },           { "Jy", 8.9, NULL },
    { "mJy", 16.4, NULL },              { "uJy", 23.9, NULL },             { "microJy", 23.9, "uJy" },
    { "nJy", 31.4, NULL },              { "erg/s/cm2/Hz", -48.6, CGS },    { "erg/cm2/s/Hz", -48.6, CGS },
    { "ergs-1cm-2Hz-1", -48.6, CGS },   { "W/m2/Hz", -56.1, SI },          { "Wm-2Hz-1", -56.1, SI },
};

enum area { PIXEL, STERADIAN, ARCSEC2 };

static const struct {
    const char *name;
    enum area   area;
} areas[] = {
    { "", PIXEL },         { "/pixel", PIXEL },      { "/pix", PIXEL },       { "/sr", STERADIAN },
    { "sr-1", STERADIAN }, { "/arcsec2", ARCSEC2 },  { "arcsec-2", ARCSEC2 },
};

static const char *const per_area[][2] = {      /* behind a name with powers, behind others */
    [PIXEL] = { "", "" }, [STERADIAN] = { " sr-1", "/sr" }, [ARCSEC2] = { " arcsec-2", "/arcsec2" },
};

/* "MJy sr**(-1)", "MJy.sr^-1", "MJy*sr-1" become "MJysr-1"; a power of a number keeps its '^'. */
static void
normalise(const char *unit, char *s, size_t size)
{
    size_t n = 0;

    for (; *unit != '\0' && n + 1 < size; unit++) {
        int power = *unit == '^' || (unit[0] == '*' && unit[1] == '*');

        if (power && unit[0] == '*')
            unit++;
        if (power && n > 0 && isdigit((unsigned char)s[n - 1]))
            s[n++] = '^';
        else if (*unit == '.'
                 && (isdigit((unsigned char)unit[1])
                     || (n > 0 && isdigit((unsigned char)s[n - 1]))))
            s[n++] = '.';
        else if (!power && strchr(" *().", *unit) == NULL)
            s[n++] = *unit;
    }
    s[n] = '\0';
}

/* The number before a unit, "1e-9" or "10^-9"; 1 if there is none. */
static double
read_factor(const char **s_p)
{
    const char *s = *s_p;
    char       *end;
    double      factor;

    if (!isdigit((unsigned char)*s))
        return 1.0;
    factor = strtod(s, &end);
    if (*end == '^')
        factor = pow(factor, strtod(end + 1, &end));
    *s_p = end;
    return factor;
}

/* FITS tells mega from milli by case: so does the first letter where the others are not as they should be ("mjy",
 * "MJY"), and only then it may be of either case, too ("UJY").  NULL = it is none; *I_P: which. */
static const char *
match_unit(const char *s, size_t *i_p)
{
    size_t i, n;
    int    loose;

    for (loose = 0; loose <= 2; loose++)
        for (i = 0; i < sizeof units / sizeof units[0]; i++) {
            const char *name = units[i].name;

            n = strlen(name);
            if ((loose == 2 || *s == *name) && (loose > 0 ? strncasecmp(s, name, n) : strncmp(s, name, n)) == 0) {
                *i_p = i;
                return s + n;
            }
        }
    return NULL;
}

/* Which of areas[] S is; -1 = none. */
static int
match_area(const char *s)
{
    int i;

    for (i = 0; i < (int)(sizeof areas / sizeof areas[0]); i++)
        if (strcasecmp(s, areas[i].name) == 0)
            return (int)areas[i].area;
    return -1;
}

int
bc_unit_is_ambiguous(const char *unit)
{
    char        text[72];
    const char *s = text;

    normalise(unit, text, sizeof text);
    read_factor(&s);
    return strncmp(s, "mjy", 3) == 0 && match_area(s + 3) == STERADIAN;
}

double
bc_unit_zeropoint(const char *unit, double pixel_sr)
{
    char        text[72];
    const char *s = text;
    double      factor, area;
    size_t      i;
    int         of;

    normalise(unit != NULL ? unit : "", text, sizeof text);
    factor = read_factor(&s);
    s = match_unit(s, &i);
    of = s != NULL ? match_area(s) : -1;
    if (of < 0 || !(factor > 0.0) || bc_unit_is_ambiguous(unit))
        return NAN;
    area = of == PIXEL ? 1.0 : of == ARCSEC2 ? pixel_sr / BC_SR_PER_ARCSEC2 : pixel_sr;
    return area > 0.0 ? units[i].magnitude - 2.5 * log10(factor * area) : NAN;
}

void
bc_unit_spell(const char *unit, char *spelled, size_t size)
{
    char        text[72];
    const char *s, *name;
    size_t      i;
    int         of;

    normalise(unit, text, sizeof text);
    s = match_unit(text, &i);               /* a factor stays as it is written */
    of = s != NULL ? match_area(s) : -1;
    if (of < 0) {
        snprintf(spelled, size, "%s", unit);
        return;
    }
    name = units[i].fits != NULL ? units[i].fits : units[i].name;
    snprintf(spelled, size, "%s%s", name, per_area[of][strchr(name, '-') == NULL]);
}

double
bc_unit_st_zeropoint(const char *unit)
{
    static const char *const names[] = {
        "erg/s/cm2/Angstrom", "erg/s/cm2/A", "erg/cm2/s/Angstrom", "erg/cm2/s/A",
        "erg/A/cm2/s", "erg/Angstrom/cm2/s", "ergs-1cm-2A-1", "ergs-1cm-2Angstrom-1",
        "ergA-1cm-2s-1", "ergAngstrom-1cm-2s-1", "flam",
    };
    char        text[72];
    const char *s = text;
    double      factor;
    size_t      i;

    normalise(unit, text, sizeof text);
    factor = read_factor(&s);
    for (i = 0; factor > 0.0 && i < sizeof names / sizeof names[0]; i++)
        if (strcasecmp(s, names[i]) == 0)
            return BC_ST_ZEROPOINT - 2.5 * log10(factor);
    return NAN;
}

/* f_nu = f_lambda lambda^2 / c, c in Angstrom/s. */
double
bc_st_to_ab(double st, double angstrom)
{
    return st - BC_ST_ZEROPOINT - 48.6 - 5.0 * log10(angstrom) + 2.5 * log10(2.99792458e18);
}

int
bc_unit_is_brightness(const char *unit)
{
    static const char *const names[] = { "/sr", "sr-1", "sr^-1", "sr**-1", "sr**(-1)", "arcsec" };
    double                   one = bc_unit_zeropoint(unit, 1.0), two = bc_unit_zeropoint(unit, 2.0);
    size_t                   i;

    if (!isnan(one) && !isnan(two))
        return one != two;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(unit, names[i]) != NULL)
            return 1;
    return 0;
}
