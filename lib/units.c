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

/* What units are made of.  FLUX is a flux density by itself, as Jy; WAVELENGTH what one is per; FLAM all of it. */
enum kind { FLUX, FLAM, ENERGY, POWER, TIME, LENGTH, FREQUENCY, WAVELENGTH, SR, ARCSEC, PIXEL, KINDS };

/* Magnitudes: -2.5 log10 of SI units, of FLUX the AB magnitude. */
static const struct word {
    const char *name;
    enum kind   kind;
    double      magnitude;
} words[] = {
    { "nanomaggies", FLUX, 22.5 },        { "nanomaggie", FLUX, 22.5 },         { "nanomaggy", FLUX, 22.5 },
    { "nmaggies", FLUX, 22.5 },           { "nmaggie", FLUX, 22.5 },            { "nmaggy", FLUX, 22.5 },
    { "nmgy", FLUX, 22.5 },               { "maggies", FLUX, 0.0 },             { "maggie", FLUX, 0.0 },
    { "maggy", FLUX, 0.0 },               { "mgy", FLUX, 0.0 },                 { "MJy", FLUX, -6.1 },
    { "megaJy", FLUX, -6.1 },             { "megaJansky", FLUX, -6.1 },         { "kJy", FLUX, 1.4 },
    { "Jansky", FLUX, 8.9 },              { "Jy", FLUX, 8.9 },                  { "mJy", FLUX, 16.4 },
    { "milliJy", FLUX, 16.4 },            { "milliJansky", FLUX, 16.4 },        { "uJy", FLUX, 23.9 },
    { "microJy", FLUX, 23.9 },            { "microJansky", FLUX, 23.9 },        { "nanoJy", FLUX, 31.4 },
    { "nanoJansky", FLUX, 31.4 },         { "nJy", FLUX, 31.4 },                { "fnu", FLUX, -48.6 },
    { "flam", FLAM, -17.5 },              { "Angstroms", WAVELENGTH, 25.0 },    { "nm", WAVELENGTH, 22.5 },
    { "erg", ENERGY, 17.5 },              { "ergs", ENERGY, 17.5 },             { "W", POWER, 0.0 },
    { "s", TIME, 0.0 },                   { "sec", TIME, 0.0 },                 { "cm", LENGTH, 5.0 },
    { "m", LENGTH, 0.0 },                 { "Hz", FREQUENCY, 0.0 },             { "Angstrom", WAVELENGTH, 25.0 },
    { "Ang", WAVELENGTH, 25.0 },          { "AA", WAVELENGTH, 25.0 },           { "A", WAVELENGTH, 25.0 },
    { "um", WAVELENGTH, 15.0 },           { "micron", WAVELENGTH, 15.0 },       { "sr", SR, 0.0 },
    { "arcsec", ARCSEC, 0.0 },            { "pixel", PIXEL, 0.0 },              { "pix", PIXEL, 0.0 },
};

/* A text that was taken apart: FACTOR times words to their powers. */
struct unit {
    double factor, magnitude;
    int    brackets;
    int    small_mega;                  /* a word is "mjy" */
    int    power[KINDS];
};

/* ---- reading --------------------------------------------------------------------------------- */

/* FITS tells mega from milli by case: so does the first letter where the others are not as they should be ("mjy",
 * "MJY"), and only then it may be of either case, too ("UJY"). */
static const struct word *
find_word(const char *s, size_t n)
{
    size_t i;
    int    loose;

    for (loose = 0; loose <= 2; loose++)
        for (i = 0; i < sizeof words / sizeof words[0]; i++) {
            const char *name = words[i].name;

            if (strlen(name) == n && (loose == 2 || *s == *name)
                && (loose > 0 ? strncasecmp(s, name, n) : strncmp(s, name, n)) == 0)
                return &words[i];
        }
    return NULL;
}

/* The power at S of what stands before it, "-2", "^-2", "**2", "**(-2)"; 1 if there is none, NaN if it is no number. */
static double
read_power(const char **s_p)
{
    const char *s = *s_p;
    char       *end;
    double      power;
    int         sign = *s == '^' ? 1 : strncmp(s, "**", 2) == 0 ? 2 : 0, bracket;

    if (sign == 0 && !isdigit((unsigned char)s[strspn(s, "+-")]))
        return 1.0;
    s += sign;
    bracket = sign > 0 && *s == '(';
    power = strtod(s + bracket, &end);
    if (end == s + bracket || (bracket && *end != ')'))
        return NAN;
    *s_p = end + bracket;
    return power;
}

/* Words up to the end or a closing bracket, to the power SIGN; '/' is of the one behind it.  0: they are no unit. */
static int
read_words(const char **s_p, int sign, struct unit *u)
{
    const char *s = *s_p;
    int         power;

    for (;;) {
        const struct word *word;
        size_t             n;
        double             raised;

        s += strspn(s, " .*");
        power = *s == '/' ? -sign : sign;
        s += *s == '/';
        s += strspn(s, " ");
        *s_p = s;
        if (*s == '\0' || *s == ')')
            return power == sign;
        if (*s == '(') {
            *s_p = s + 1;
            if (++u->brackets > 9 || !read_words(s_p, power, u) || **s_p != ')')
                return 0;
            s = *s_p + 1;
            continue;
        }
        for (n = 0; isalpha((unsigned char)s[n]); n++)
            ;
        word = find_word(s, n);
        u->small_mega = u->small_mega || (n == 3 && strncmp(s, "mjy", 3) == 0);
        s += n;
        raised = read_power(&s);
        if (word == NULL || raised != floor(raised) || fabs(raised) > 9.0)
            return 0;
        u->power[word->kind] += power * (int)raised;
        u->magnitude += power * raised * word->magnitude;
    }
}

/* 0: TEXT is no unit that we know all words of. */
static int
read_unit(const char *text, struct unit *u)
{
    const char *s = text + strspn(text, " ");
    char       *end;

    *u = (struct unit){ .factor = 1.0 };
    if (isdigit((unsigned char)*s)) {                /* "1e-9", "10^-9", "10-9" */
        u->factor = strtod(s, &end);
        s = end;
        if (*s == '^' || strncmp(s, "**", 2) == 0 || (u->factor == 10.0 && (*s == '+' || *s == '-')))
            u->factor = pow(u->factor, read_power(&s));
    }
    return u->factor > 0.0 && isfinite(u->factor) && read_words(&s, 1, u) && *s == '\0';
}

/* ---- what it is of ---------------------------------------------------------------------------- */

enum area { PER_PIXEL, PER_SR, PER_ARCSEC2 };

/* The magnitude of 1 of U but for its factor and area: AB, or if PER_WAVELENGTH -2.5 log10(W/m2/m).  NaN: U is of
 * something else. */
static double
magnitude_of(const struct unit *u, int per_wavelength, enum area *area_p)
{
    const int *p = u->power;
    const int  energy = p[ENERGY] + p[POWER] + p[FLAM], time = p[TIME] - p[POWER] - p[FLAM];
    const int  length = p[LENGTH] - 2 * p[FLAM], wavelength = p[WAVELENGTH] - p[FLAM];
    const int  is_flux = p[FLUX] == 1 && energy == 0 && time == 0 && length == 0;
    const int  is_power = p[FLUX] == 0 && energy == 1 && time == -1 && length == -2;

    *area_p = p[SR] == -1 ? PER_SR : p[ARCSEC] == -2 ? PER_ARCSEC2 : PER_PIXEL;
    if (p[SR] != -(*area_p == PER_SR) || p[ARCSEC] != -2 * (*area_p == PER_ARCSEC2)
        || (p[PIXEL] != 0 && (p[PIXEL] != -1 || *area_p != PER_PIXEL)))
        return NAN;
    if (per_wavelength)
        return is_power && wavelength == -1 && p[FREQUENCY] == 0 ? u->magnitude : (double)NAN;
    if (is_flux && wavelength == 0 && p[FREQUENCY] == 0)
        return u->magnitude;
    /* -2.5 log10(erg/s/cm2/Hz) - 48.6 (Oke & Gunn 1983) */
    return is_power && wavelength == 0 && p[FREQUENCY] == -1 ? u->magnitude - 56.1 : (double)NAN;
}

/* The same of all of U in a pixel of PIXEL_SR steradian. */
static double
magnitude_in_pixel(const struct unit *u, int per_wavelength, double pixel_sr)
{
    enum area    area;
    const double magnitude = magnitude_of(u, per_wavelength, &area);
    const double size = area == PER_PIXEL ? 1.0 : area == PER_SR ? pixel_sr : pixel_sr / BC_SR_PER_ARCSEC2;

    return size > 0.0 ? magnitude - 2.5 * log10(u->factor * size) : (double)NAN;
}

int
bc_unit_is_ambiguous(const char *unit)
{
    struct unit u;

    return read_unit(unit, &u) && u.small_mega && u.power[SR] == -1;
}

double
bc_unit_zeropoint(const char *unit, double pixel_sr)
{
    struct unit u;

    if (unit == NULL || !read_unit(unit, &u) || (u.small_mega && u.power[SR] == -1))
        return NAN;
    return magnitude_in_pixel(&u, 0, pixel_sr);
}

void
bc_unit_spell(const char *unit, char *spelled, size_t size)
{
    static const struct { int per_wavelength; double magnitude; const char *name; } names[] = {
        { 0, 22.5, "nanomaggy" }, { 0, 0.0, "maggy" }, { 0, -6.1, "MJy" }, { 0, 1.4, "kJy" }, { 0, 8.9, "Jy" },
        { 0, 16.4, "mJy" }, { 0, 23.9, "uJy" }, { 0, 31.4, "nJy" }, { 0, -48.6, "erg s-1 cm-2 Hz-1" },
        { 0, -56.1, "W m-2 Hz-1" }, { 1, -17.5, "erg s-1 cm-2 Angstrom-1" }, { 1, -15.0, "W m-2 um-1" },
    };                                          /* FITS standard 4.3, and maggies */
    static const char *const per_area[][2] = {  /* behind a name with powers, behind others */
        [PER_PIXEL] = { "", "" }, [PER_SR] = { " sr-1", "/sr" }, [PER_ARCSEC2] = { " arcsec-2", "/arcsec2" },
    };
    char        factor[24] = "";
    struct unit u;
    enum area   area;
    size_t      i;

    snprintf(spelled, size, "%s", unit);        /* also where its factor is no power of ten */
    if (!read_unit(unit, &u) || fabs(remainder(log10(u.factor), 1.0)) > 1e-9)
        return;
    if (u.factor != 1.0)
        snprintf(factor, sizeof factor, "10**%.0f ", log10(u.factor));
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (fabs(magnitude_of(&u, names[i].per_wavelength, &area) - names[i].magnitude) < 1e-6)
            snprintf(spelled, size, "%s%s%s", factor, names[i].name,
                     per_area[area][strchr(names[i].name, '-') == NULL]);
}

double
bc_unit_st_zeropoint(const char *unit, double pixel_sr)
{
    const double si = -17.5;            /* erg/s/cm2/Angstrom */
    struct unit  u;

    return read_unit(unit, &u) ? magnitude_in_pixel(&u, 1, pixel_sr) - si + BC_ST_ZEROPOINT : (double)NAN;
}

/* f_nu = f_lambda lambda^2 / c, c in Angstrom/s. */
double
bc_st_to_ab(double st, double angstrom)
{
    return st - BC_ST_ZEROPOINT - 48.6 - 5.0 * log10(angstrom) + 2.5 * log10(2.99792458e18);
}

int
bc_unit_is_flux(const char *unit)
{
    return unit != NULL && (!isnan(bc_unit_zeropoint(unit, 1.0)) || !isnan(bc_unit_st_zeropoint(unit, 1.0)));
}

int
bc_unit_is_brightness(const char *unit)
{
    static const char *const names[] = { "/sr", "sr-1", "sr^-1", "sr**-1", "sr**(-1)", "arcsec" };
    struct unit              u;
    size_t                   i;

    if (read_unit(unit, &u))
        return u.power[SR] != 0 || u.power[ARCSEC] != 0;
    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strstr(unit, names[i]) != NULL)
            return 1;
    return 0;
}
