/* legal.c -- a card as the FITS standard (4.0, section 4) allows it.
 *
 * Keys and exponents become upper case, an open string is closed, a number that was written as a
 * string is a number again where the standard wants one; a card for which there is no such help
 * goes on as a COMMENT.  (Bytes that are not printable ASCII have gone when the header was read.)
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "header.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* Keys whose values must be numbers, by their letters: "CRPIX" stands for CRPIX1, CRPIX2A... */
static const char *const numeric[] = { "WCSAXES", "CRPIX",   "CRVAL",   "CDELT",   "CROTA", "CRDER",
                                       "CSYER",   "LONPOLE", "LATPOLE", "EQUINOX", "EPOCH" };
/* The same with two indices: PC1_2, CD2_1A, PV2_3. */
static const char *const matrix[] = { "PC", "CD", "PV" };

/* Keys whose values must be strings, likewise. */
static const char *const textual[] = { "AUTHOR",  "BUNIT",    "CNAME",   "CTYPE",    "CUNIT",
                                       "DATE",    "INSTRUME", "OBJECT",  "OBSERVER", "ORIGIN",
                                       "RADESYS", "REFERENC", "SPECSYS", "SSYSOBS",  "SSYSSRC",
                                       "TELESCOP", "WCSNAME" };

/* Is KEY one of the N roots and nothing, digits or letters behind it? */
static int
has_root(const char *key, const char *const *roots, size_t n)
{
    size_t i, length;

    for (i = 0; i < n; i++) {
        length = strlen(roots[i]);
        if (strncmp(key, roots[i], length) == 0
            && strspn(key + length, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ") == strlen(key + length))
            return 1;
    }
    return 0;
}

static int
must_be_string(const char *key)
{
    return has_root(key, textual, sizeof textual / sizeof textual[0])
           || strncmp(key, "DATE-", 5) == 0;
}

static int
must_be_number(const char *key)
{
    size_t i;

    if (has_root(key, numeric, sizeof numeric / sizeof numeric[0]))
        return 1;
    for (i = 0; i < sizeof matrix / sizeof matrix[0]; i++)
        if (strncmp(key, matrix[i], 2) == 0 && isdigit((unsigned char)key[2])
            && strchr(key, '_') != NULL)
            return 1;
    return 0;
}

int
bc_key_takes(const char *key, int text)
{
    return text ? !must_be_number(key) : !must_be_string(key);
}

/* Characters of the number at S, which ends there or before a blank or '/'; 0 if it is none. */
static int
number_length(const char *s)
{
    char  copy[BC_CARD + 1], *end, *c;
    size_t n = strspn(s, "+-0123456789.EDed");

    memcpy(copy, s, n);
    copy[n] = '\0';
    for (c = copy; *c != '\0'; c++)
        if (*c == 'D' || *c == 'd')
            *c = 'E';
    strtod(copy, &end);
    return n > 0 && end == copy + n ? (int)n : 0;
}

/* Length of the value at VALUE, without a comment; 0 if it is no value, -1 for a string that is not
 * closed. */
static int
value_length(const char *value)
{
    const char *c = value;

    if (*c == '\'') {
        for (c++; *c != '\0'; c++)
            if (*c == '\'' && *++c != '\'')
                return (int)(c - value);
        return -1;
    }
    if ((*c == 'T' || *c == 'F') && strchr(" /", c[1]) != NULL)
        return 1;
    if (*c == '(')                              /* complex */
        return (int)strcspn(c, ")") + (strchr(c, ')') != NULL);
    return number_length(c);
}

/* "2010-04-15", "2010-04-15T21:37:17.5", "15/04/98", or nothing. */
static int
is_date(const char *s, size_t n)
{
    static const char *const forms[] = { "####-##-##", "####-##-##T##:##:##", "##/##/##" };
    size_t                   i, k, length;

    while (n > 0 && s[n - 1] == ' ')
        n--;
    for (i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        length = strlen(forms[i]);
        for (k = 0; k < length && k < n; k++)
            if (forms[i][k] == '#' ? !isdigit((unsigned char)s[k]) : forms[i][k] != s[k])
                break;
        if (k == length
            && (n == length
                || (i == 1 && s[k] == '.' && strspn(s + k + 1, "0123456789") == n - k - 1)))
            return 1;
    }
    return n == 0;
}

/* What the standard says of this very key's value. */
static int
suits_key(const char *key, char *value, int n)
{
    int k;

    if (*value != '\''
        && (must_be_string(key) || (must_be_number(key) && n != number_length(value))))
        return 0;
    if (*value == '\'' && must_be_number(key)) {
        k = (int)strspn(value + 1, " ");
        k += 1 + number_length(value + 1 + k);
        if (k == 1 || (int)strspn(value + k, " ") + k != n - 1)
            return 0;
        value[0] = value[n - 1] = ' ';
    }
    return strncmp(key, "DATE", 4) != 0 || *value != '\'' || is_date(value + 1, (size_t)n - 2);
}

/* Make the value that begins at VALUE legal in its place; 0 if that cannot be done. */
static int
repair_value(char *card, const char *key, char *value)
{
    int  n = value_length(value), i;
    char rest;

    if (*value == '\0' || *value == '/')      /* other keys may be without a value */
        return !must_be_string(key) && !must_be_number(key);
    if (n < 0) {
        n = BC_CARD;
        while (n > 0 && card[n - 1] == ' ')
            n--;
        card[n < BC_CARD ? n : BC_CARD - 1] = '\'';
        n = value_length(value);
        return n > 0 && suits_key(key, value, n);
    }
    if (*value != '\'')
        for (i = 0; i < n; i++)
            value[i] = (char)toupper((unsigned char)value[i]);
    rest = value[n + (int)strspn(value + n, " ")];
    return n > 0 && (rest == '\0' || rest == '/') && suits_key(key, value, n);
}

void
bc_card_make_legal(char card[BC_CARD + 1])
{
    char        old[BC_CARD + 1], key[BC_KEY + 1];
    const char *value;
    size_t      n;
    int         legal, i;

    strcpy(old, card);
    if (strncmp(card, "CONTINUE  ", 10) == 0)
        return;
    for (i = 0; i < 8; i++)
        card[i] = (char)toupper((unsigned char)card[i]);
    n = strspn(card, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_");
    legal = n >= 8 || n + strspn(card + n, " ") >= 8;
    bc_card_parse(card, key, &value, NULL);
    if (legal && bc_card_has_value(card))
        legal = key[0] != '\0' && repair_value(card, key, card + (value - card));
    else if (legal)
        legal = !must_be_string(key) && !must_be_number(key);
    if (!legal) {
        value = old + strspn(old, " ");
        n = strlen(value) < BC_CARD - 8 ? strlen(value) : BC_CARD - 8;
        memcpy(card, "COMMENT ", 8);
        memset(card + 8, ' ', BC_CARD - 8);
        memcpy(card + 8, value, n);
    }
}
