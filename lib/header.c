/* header.c -- a FITS header as cards in memory.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "header.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

enum { VALUE_AT = 10, LONGEST_TEXT = 4096 };

void
bc_header_free(struct bc_header *h)
{
    free(h->card);
    *h = (struct bc_header){ NULL, 0 };
}

const char *
bc_header_card(const struct bc_header *h, int i)
{
    return i >= 0 && i < h->n ? h->card[i] : NULL;
}

/* Room for one more card at position I. */
static bc_status
open_place(struct bc_header *h, int i)
{
    char (*grown)[BC_CARD + 1] = realloc(h->card, ((size_t)h->n + 1) * sizeof *grown);

    if (grown == NULL)
        return bc_fail_memory(((size_t)h->n + 1) * sizeof *grown, "a header");
    h->card = grown;
    memmove(h->card + i + 1, h->card + i, ((size_t)h->n - i) * sizeof *h->card);
    h->n++;
    return BC_OK;
}

/* What FITS does not allow in a card becomes '?'; the rest of the card is blank. */
static void
put_card(char *to, const char *card)
{
    int i, ended = 0;

    for (i = 0; i < BC_CARD; i++) {
        ended = ended || card[i] == '\0';
        to[i] = ended ? ' ' : card[i] >= ' ' && card[i] <= '~' ? card[i] : '?';
    }
    to[BC_CARD] = '\0';
}

bc_status
bc_header_append(struct bc_header *h, const char *card)
{
    bc_status st = open_place(h, h->n);

    if (st == BC_OK)
        put_card(h->card[h->n - 1], card);
    return st;
}

bc_status
bc_header_copy(const struct bc_header *from, struct bc_header *to)
{
    int       i;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < from->n; i++)
        st = bc_header_append(to, from->card[i]);
    return st;
}

static int
is_key(const char *card, const char *key)
{
    size_t n = strlen(key);

    return n <= 8 && strncmp(card, key, n) == 0 && strspn(card + n, " ") >= 8 - n;
}

int
bc_header_find(const struct bc_header *h, const char *key)
{
    int i;

    for (i = 0; i < h->n; i++)
        if (is_key(h->card[i], key))
            return i;
    return -1;
}

void
bc_header_delete(struct bc_header *h, int i)
{
    h->n--;
    memmove(h->card + i, h->card + i + 1, ((size_t)h->n - i) * sizeof *h->card);
}

/* ---- values ---------------------------------------------------------------------------------- */

/* Add the quoted text at S to TO; returns 1 if it ends in '&', which then is dropped. */
static int
read_quoted(const char *s, char *to)
{
    size_t n = strlen(to), start = n;

    for (s++; *s != '\0' && !(*s == '\'' && s[1] != '\''); s++) {
        s += *s == '\'';
        if (n + 1 < LONGEST_TEXT)
            to[n++] = *s;
    }
    while (n > start && to[n - 1] == ' ')
        n--;
    to[n] = '\0';
    if (n > start && to[n - 1] == '&') {
        to[n - 1] = '\0';
        return 1;
    }
    return 0;
}

int
bc_header_text(const struct bc_header *h, const char *key, char *text, size_t size)
{
    char        whole[LONGEST_TEXT] = "";
    int         i = bc_header_find(h, key);
    const char *s;

    *text = '\0';
    if (i < 0 || h->card[i][8] != '=')
        return 0;
    s = h->card[i] + VALUE_AT;
    s += strspn(s, " ");
    if (*s != '\'') {
        snprintf(text, size, "%.*s", (int)strcspn(s, " /"), s);
        return 1;
    }
    while (read_quoted(s, whole) && ++i < h->n && is_key(h->card[i], "CONTINUE")) {
        s = h->card[i] + VALUE_AT;
        s += strspn(s, " ");
        if (*s != '\'')
            break;
    }
    snprintf(text, size, "%s", whole);
    return 1;
}

double
bc_header_number(const struct bc_header *h, const char *key)
{
    char   copy[BC_CARD + 1], *d, *end;
    double value;

    if (!bc_header_text(h, key, copy, sizeof copy))
        return (double)NAN;
    d = strpbrk(copy, "dD");        /* FITS allows Fortran's exponents */
    if (d != NULL)
        *d = 'E';
    value = strtod(copy, &end);
    return end != copy && *end == '\0' ? value : (double)NAN;
}

/* KEY = VALUE / COMMENT in KEY's place or at the end; CONTINUE cards of an old value go. */
static bc_status
set_card(struct bc_header *h, const char *key, const char *value, const char *comment)
{
    char      card[2 * BC_CARD];
    int       i = bc_header_find(h, key), n;
    bc_status st = BC_OK;

    n = snprintf(card, sizeof card, "%-8s= %s", key, value);
    if (comment != NULL && n < BC_CARD - 4)
        snprintf(card + n, sizeof card - n, " / %s", comment);
    if (i < 0) {
        i = h->n;
        st = open_place(h, i);
    }
    if (st == BC_OK)
        put_card(h->card[i], card);
    while (st == BC_OK && i + 1 < h->n && is_key(h->card[i + 1], "CONTINUE"))
        bc_header_delete(h, i + 1);
    return st;
}

bc_status
bc_header_set_text(struct bc_header *h, const char *key, const char *text, const char *comment)
{
    char value[BC_CARD + 1] = "'";
    int  n = 1, i;

    /* 68 characters fit between the quotes; a longer text goes on in CONTINUE cards. */
    for (; *text != '\0' && n < 68 - (*text == '\''); text++) {
        value[n++] = *text;
        if (*text == '\'')
            value[n++] = '\'';
    }
    if (*text == '\0') {
        while (n < 9)
            value[n++] = ' ';
        strcpy(value + n, "'");
        return set_card(h, key, value, comment);
    }
    strcpy(value + n, "&'");
    if (set_card(h, key, value, NULL) != BC_OK)
        return BC_NO_MEMORY;
    for (i = bc_header_find(h, key) + 1; *text != '\0'; i++) {
        char card[BC_CARD + 1] = "CONTINUE  '";

        for (n = 11; *text != '\0' && n < 77 - (*text == '\''); text++) {
            card[n++] = *text;
            if (*text == '\'')
                card[n++] = '\'';
        }
        strcpy(card + n, *text != '\0' ? "&'" : "'");
        if (open_place(h, i) != BC_OK)
            return BC_NO_MEMORY;
        put_card(h->card[i], card);
    }
    return BC_OK;
}

bc_status
bc_header_set_number(struct bc_header *h, const char *key, double value, const char *comment)
{
    char text[32], right[32];
    int  digits;

    for (digits = 9; digits <= 17; digits++) {      /* the shortest that reads back to the same number */
        snprintf(text, sizeof text, "%.*G", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    snprintf(right, sizeof right, "%20s", text);
    return set_card(h, key, right, comment);
}

bc_status
bc_header_history(struct bc_header *h, const char *text)
{
    char      card[BC_CARD + 1];
    bc_status st = BC_OK;

    do {
        size_t n = strlen(text) > 72 ? 72 : strlen(text);

        snprintf(card, sizeof card, "HISTORY %.*s", (int)n, text);
        st = bc_header_append(h, card);
        text += n;
    } while (st == BC_OK && *text != '\0');
    return st;
}

/* ---- the header of another band's image -------------------------------------------------------- */

/* Cards that are not true or not legal for the new image.  A '#' stands for digits, a '*' for anything. */
static const char *const dropped[] = {
    /* the layout of the file it came from, which the new file has its own cards for */
    "SIMPLE", "XTENSION", "BITPIX", "NAXIS", "NAXIS#", "EXTEND", "PCOUNT", "GCOUNT", "GROUPS", "EXTNAME", "EXTVER",
    "EXTLEVEL", "INHERIT", "END", "BSCALE", "BZERO", "BLANK", "CHECKSUM", "DATASUM", "ZHECKSUM", "ZDATASUM",
    /* tile compression */
    "ZIMAGE", "ZTENSION", "ZBITPIX", "ZNAXIS", "ZNAXIS#", "ZTILE#", "ZCMPTYPE", "ZNAME#", "ZVAL#", "ZQUANTIZ",
    "ZDITHER0", "ZBLANK", "ZPCOUNT", "ZGCOUNT", "ZSIMPLE", "ZEXTEND", "TFIELDS", "TTYPE#", "TFORM#",
    /* what was observed through and how its pixels are calibrated */
    "FILTER", "FILTER#", "FILTNAM#", "FILTERID", "BAND", "BAND#", "BANDS", "PUPIL", "WAVELEN*", "LAMBDA*",
    "BUNIT", "PHOTFLAM", "PHOTFNU", "PHOTPLAM", "PHOTBW", "PHOTZPT", "PHOTZP", "PHOTMODE", "PHOTMJSR", "PHOTUJA*",
    "PIXAR_*", "MAGZP", "MAGZPT", "MAGZERO", "MAGZPUNC", "ZP", "ZPT", "ZEROPNT", "ZEROPOIN", "ABMAGZP", "ABMAGSAT",
    "MAGZRR", "FLUX0", "NMGY*", "GAIN", "RDNOISE", "READNOIS", "SATURATE", "SATLEVEL", "SKYLEVEL", "SKYSIGMA",
    "SKYVAL", "SEEING", "PSF_FWHM", "FWHM", "NOISE", "EXPTIME", "XPOSURE", "TELAPSE", "EFFEXPTM", "TEXPTIME",
    /* of the pixel values themselves */
    "DATAMIN", "DATAMAX", "DATAMEAN", "GOODMEAN", "GOODMIN", "GOODMAX", "GOODPIX", "MEDIAN", "MEAN", "STDDEV",
};

/* Cards of axes past the second. */
static const char *const third_axis[] = {
    "WCSAXES", "CTYPE#", "CRPIX#", "CRVAL#", "CDELT#", "CUNIT#", "CROTA#", "CNAME#", "CD#_#", "PC#_#", "PV#_#", "PS#_#",
};

/* Does the key of CARD fit PATTERN?  *axis_p = the largest of the numbers in it, 0 = none. */
static int
fits_pattern(const char *card, const char *pattern, int *axis_p)
{
    int i = 0;

    *axis_p = 0;
    for (; *pattern != '\0'; pattern++) {
        if (*pattern == '*')
            return 1;
        if (*pattern == '#') {
            int number = 0, start = i;

            while (i < 8 && isdigit((unsigned char)card[i]))
                number = 10 * number + card[i++] - '0';
            if (i == start)
                return 0;
            *axis_p = number > *axis_p ? number : *axis_p;
        } else if (i == 8 || card[i++] != *pattern) {
            return 0;
        }
    }
    return i == 8 || card[i] == ' ';
}

static int
is_dropped(const char *card)
{
    size_t i;
    int    axis;

    for (i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (fits_pattern(card, dropped[i], &axis))
            return 1;
    for (i = 0; i < sizeof third_axis / sizeof *third_axis; i++)
        if (fits_pattern(card, third_axis[i], &axis) && (axis > 2 || i == 0))
            return 1;
    /* what CFITSIO says of the compression it has undone */
    return strncmp(card, "HISTORY Image was compressed by CFITSIO", 39) == 0
           || strncmp(card, "HISTORY   q = ", 14) == 0 || strncmp(card, "HISTORY 'SUBTRACTIVE_DITHER", 27) == 0;
}

bc_status
bc_header_derive(const struct bc_header *h, struct bc_header *out)
{
    int       i, dropping = 0;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < h->n; i++) {
        if (!is_key(h->card[i], "CONTINUE"))        /* goes with the card it continues */
            dropping = is_dropped(h->card[i]);
        if (!dropping && strspn(h->card[i], " ") < BC_CARD)
            st = bc_header_append(out, h->card[i]);
    }
    return st;
}
