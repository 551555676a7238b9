/* test_header.c -- cards: read, set in place, wrapped, made legal, derived.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "header.h"

#include <string.h>

static void
fill(struct bc_header *h, const char *const *cards)
{
    h->n = 0;
    for (; *cards != NULL; cards++)
        CHECK(bc_header_append(h, *cards) == BC_OK);
}

/* KEY's text is WANT; NULL = there is no such card. */
static void
check_text(const struct bc_header *h, const char *key, const char *want)
{
    char *got = bc_header_string(h, key);

    if ((got == NULL) != (want == NULL) || (got != NULL && strcmp(got, want) != 0)) {
        printf("%s: '%s', expected '%s'\n", key, got == NULL ? "(none)" : got,
               want == NULL ? "(none)" : want);
        check_failures++;
    }
    free(got);
}

static void
check_card(const struct bc_header *h, int i, const char *want)
{
    char padded[BC_CARD + 1];

    snprintf(padded, sizeof padded, "%-80s", want);
    if (i >= h->n || strcmp(h->card[i], padded) != 0) {
        printf("card %d: '%s', expected '%s'\n", i, i < h->n ? h->card[i] : "(none)", padded);
        check_failures++;
    }
}

static void
test_read(void)
{
    static const char *const cards[] = {
        "SIMPLE  =                    T / conforms",
        "FILTER  = 'r.MP9602 '           / slash/in comment",
        "OBJECT  = 'O''Neill''s / galaxy'",
        "EXPTIME =              1.5D+02",
        "LONG    = 'one &'",
        "CONTINUE  'two &'",
        "CONTINUE  'three' / end",
        "AMP     = 'ends with &'",
        "HIERARCH ESO INS FILT1 NAME = 'g_SDSS' / name",
        "BLANKED =",
        "NOTANUM = 'NaN'",
        "HALF    =                  2.5",
        "SMALL   =              1.5d+02",
        "UNIT    = '15 s    '",
        "PLAIN   = 'one'",
        "CONTINUE  'of nothing'",
        "COMMENT a = b",
        NULL
    };
    struct bc_header h = { NULL, 0, 0 };

    fill(&h, cards);
    check_text(&h, "filter", "r.MP9602");
    check_text(&h, "OBJECT", "O'Neill's / galaxy");
    check_text(&h, "LONG", "one two three");
    check_text(&h, "AMP", "ends with &");
    check_text(&h, "PLAIN", "one");
    check_text(&h, "ESO INS FILT1 NAME", "g_SDSS");
    check_text(&h, "HIERARCH ESO INS FILT1 NAME", "g_SDSS");
    check_text(&h, "BLANKED", "");
    check_text(&h, "SIMPLE", "T");
    check_text(&h, "COMMENT", "a = b");
    check_text(&h, "NOSUCH", NULL);
    check_near("EXPTIME", bc_header_number(&h, "EXPTIME"), 150.0, 0.0);
    check_near("SMALL", bc_header_number(&h, "SMALL"), 150.0, 0.0);
    CHECK(bc_header_integer(&h, "EXPTIME", 0, 150) == 150 && bc_header_integer(&h, "EXPTIME", 0, 149) == -1);
    CHECK(bc_header_integer(&h, "EXPTIME", 151, 999) == -1 && bc_header_integer(&h, "HALF", 0, 9) == -1);
    CHECK(isnan(bc_header_number(&h, "NOTANUM")) && isnan(bc_header_number(&h, "UNIT")));
    CHECK(isnan(bc_header_number(&h, "FILTER")));
    CHECK(isnan(bc_header_number(&h, "NOSUCH")));
    bc_header_free(&h);
}

static void
test_set(void)
{
    static const char *const cards[] = {
        "A       =                    1 / first", "LONG    = 'one &'", "CONTINUE  'two'",
        "B       =                    2", NULL
    };
    struct bc_header h = { NULL, 0, 0 };
    const double             numbers[] = {
        0.1, 22.5, -1e-300, 1.0 / 3.0, 3.0, 1e22, 123456789.0, 6.02214076e23, 0.1 + 0.2
    };
    size_t           i;
    int              at;
    char             text[400];

    fill(&h, cards);
    CHECK(bc_header_set_integer(&h, "A", 7, NULL) == BC_OK);
    check_card(&h, 0, "A       =                    7 / first");
    CHECK(bc_header_set_text(&h, "LONG", "it's", "now short") == BC_OK);
    check_card(&h, 1, "LONG    = 'it''s   '           / now short");
    check_card(&h, 2, "B       =                    2");
    CHECK(bc_header_set_text(&h, "new", "", NULL) == BC_OK);
    check_card(&h, 3, "NEW     = '        '");
    CHECK(bc_header_set(&h, "FLAG", "T", "logical") == BC_OK);
    check_card(&h, 4, "FLAG    =                    T / logical");
    CHECK(bc_header_set_text(&h, "ESO DET NAME", "caf\303\251", NULL) == BC_OK);
    check_card(&h, 5, "HIERARCH ESO DET NAME = 'caf??   '");
    for (i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        CHECK(bc_header_set_number(&h, "NUMBER", numbers[i], NULL) == BC_OK);
        CHECK(bc_header_number(&h, "NUMBER") == numbers[i]);
    }
    CHECK(bc_header_set_number(&h, "NUMBER", NAN, NULL) == BC_OK
          && isnan(bc_header_number(&h, "NUMBER")));
    CHECK(bc_header_find(&h, "NUMBER") == h.n - 1);
    CHECK(bc_header_set_number(&h, "NUMBER", 6.02214076e23, NULL) == BC_OK);
    for (i = 0; i < sizeof text - 1; i++)
        text[i] = "a'b c/&d"[i % 8];
    text[i] = '\0';
    CHECK(bc_header_set_text(&h, "NEW", text, "long") == BC_OK);
    check_text(&h, "NEW", text);
    at = bc_header_find(&h, "NEW");
    for (i = 0; i + 1 < (size_t)bc_header_span(&h, at); i++)       /* the closing quote has room */
        CHECK(strspn(strrchr(h.card[at + i], '\'') + 1, " ") == strlen(strrchr(h.card[at + i], '\'') + 1));
    check_card(&h, h.n - 1, "NUMBER  =       6.02214076E+23");
    bc_header_delete(&h, "NEW");
    CHECK(h.n == 6);
    bc_header_free(&h);
}

static void
test_remark(void)
{
    struct bc_header h = { NULL, 0, 0 };
    char             text[151] = "", card[81];

    CHECK(bc_header_remark(&h, "HISTORY",
                           "a sentence that is a good deal longer than the seventy-two characters of "
                           "one card\nand a line") == BC_OK);
    check_card(&h, 0,
               "HISTORY a sentence that is a good deal longer than the seventy-two characters of");
    check_card(&h, 1, "HISTORY   one card");
    check_card(&h, 2, "HISTORY and a line");
    CHECK(h.n == 3);
    bc_header_free(&h);

    h.n = 0;                                            /* the name of a file is not cut if a card can hold it */
    CHECK(bc_header_remark(&h, "HISTORY",
                           "  F150W: /a/folder/with/a/longer/name/of/its/own/and/then/g_wcsfixed.fits") == BC_OK);
    CHECK(h.n == 2);
    check_card(&h, 0, "HISTORY   F150W:");
    check_card(&h, 1, "HISTORY     /a/folder/with/a/longer/name/of/its/own/and/then/g_wcsfixed.fits");
    h.n = 0;
    memset(text, 'x', sizeof text - 1);                 /* no blank to break it at */
    memcpy(text, "  of ", 5);
    CHECK(bc_header_remark(&h, "HISTORY", text) == BC_OK && h.n == 3);
    snprintf(card, sizeof card, "HISTORY %.72s", text);
    check_card(&h, 0, card);
    snprintf(card, sizeof card, "HISTORY     %.68s", text + 72);
    check_card(&h, 1, card);
    snprintf(card, sizeof card, "HISTORY     %s", text + 140);
    check_card(&h, 2, card);
    bc_header_free(&h);
}

/* What goes for the same pixels (S), what for another band as well (B), what stays (K); the comment
 * says which. */
static void
test_derive(void)
{
    static const char *const cards[] = {
        "SIMPLE  =                    T / S", "BITPIX  =                   16 / S",
        "NAXIS   =                    3 / S", "NAXIS3  =                    3 / S",
        "BSCALE  =                  2.0 / S", "BLANK   =               -32768 / S",
        "ZDITHER0=                 1865 / S", "FZALGOR = 'RICE_1  '           / S",
        "CHECKSUM= 'abc     '           / S", "EXTNAME = 'SCI     '           / S",
        "CTYPE3  = 'BAND    '           / S", "CD3_3   =                  1.0 / S",
        "CD1_3   =                  0.0 / S", "CRPIX3B =                  1.0 / S",
        "PC001003=                  0.0 / S", "PV3_1   =                  0.0 / S",
        "CPDIS1  = 'LOOKUP  '           / S", "DP1     = 'EXTVER: 1' / S",
        "FILTER  = 'g       '           / B", "FILTER2 = 'F814W   '           / B",
        "BANDS   = 'grz     '           / B", "BAND0   = 'g       '           / B",
        "BUNIT   = 'nanomaggy'          / B", "PHOTFLAM=                1E-20 / B",
        "MAGZERO =                 30.0 / B", "DATAMAX =                  1.0 / B",
        "FILTNAM = 'g       '           / B", "ABZP    =                 30.0 / B",
        "NCOMBINE=                    4 / B", "GAINA   =                  1.5 / B",
        "RDNOISE2=                  5.0 / B", "D001DATA= 'x_flt.fits'         / B",
        "FILENAME= 'x_drz.fits'         / B", "STDDEV  =                  1.0 / B",
        "IMAGEW  =                  424 / S", "CTYPE1T = 'RA---TAB'           / S",
        "PS1_0T  = 'WCS-TAB '           / S", "CRVAL2T =                  1.0 / S",
        "AIRMASS =                  1.2 / B", "ZPSYS   = 'AB      '           / B",
        "CREATOR = 'SWarp   '           / B", "HIERARCH ESO TEL AIRM START = 1.2 / B",
        "NOISE   =                  1.0 / B", "HIERARCH ESO INS FILT1 NAME = 'g' / B",
        "CHNLNUM =                    1 / B", "WAVELNTH=                160.0 / B",
        "EXP_0003=                 43.0 / B", "HIERARCH CHIP.SEEING = 1.1 / B",
        "HIERARCH FPA.ZP = 25.0 / B", "WAT3_001= 'wtype=linear'        / S",
        "WAT1_001= 'wtype=tnx'           / K", "AMDX1   =                 67.2 / K",
        "CTYPE1  = 'RA---TAN'           / K", "CTYPE2A = 'GLAT-CAR'           / K",
        "PC1_2A  =                  0.0 / K", "CD1_2A  =                  0.0 / S",
        "PC001002=                  0.0 / K", "CD1_2   =                  0.0 / K",
        "PV2_3   =                  0.0 / K", "A_3_0   =                  0.0 / K",
        "CRPIX1  =                  0.0 / K", "CPDIS2  = 'SIP     '           / K",
        "DP2     = 'NAXES: 2' / K", "OBJECT  = 'NGC 1   '           / K",
        "TELESCOP= 'HST     '           / K", "EXPTIME =                  1.0 / B",
        "LONG    = 'one &'", "CONTINUE  'two' / K", "HIERARCH ESO OBS ID = 5 / K",
        "COMMENT with words K", "HISTORY of the past K", NULL
    };
    struct bc_header h = { NULL, 0, 0 }, d = { NULL, 0, 0 };
    int              use, i, k;

    fill(&h, cards);
    for (use = BC_SAME_PIXELS; use <= BC_OTHER_BAND; use++) {
        CHECK(bc_header_derive(&h, use, &d) == BC_OK);
        for (i = k = 0; i < h.n; i++) {
            char mark = cards[i][strlen(cards[i]) - 1];
            int  keep = mark != 'S' && (mark != 'B' || use == BC_SAME_PIXELS);

            if (keep)
                check_card(&d, k++, cards[i]);
        }
        CHECK(k == d.n);
    }
    bc_header_free(&h);
    bc_header_free(&d);
}

/* Cards of real and of broken headers, and what becomes of them. */
static void
test_legal(void)
{
    static const char *const cards[] = {
        "OBSERVER= 'Jos\351 Mu\361oz'", "altitude=                 1e-5 / low",
        "OPEN    = 'no end", "EXP.TIME=                  1.0", "BAD     = hello",
        "WCSAXES =                    3 / n", "MISSING =", "TWO     = 1 2",
        "NAN     =                  NaN", "TAB     = 'a\tb'", "COMMENT caf\351", "FLAG    = t",
        "CRVAL1  =                      / where", "EQUINOX =                    T",
        "CTYPE2  =                   12", "RADESYS of a broken file", "CD1_1   'x'",
        "DATE-OBS=                 2001", "EPOCH   = '2000.0'", NULL
    };
    static const char *const want[] = {
        "OBSERVER= 'Jos? Mu?oz'", "ALTITUDE=                 1E-5 / low", "OPEN    = 'no end'",
        "COMMENT EXP.TIME=                  1.0", "COMMENT BAD     = hello",
        "WCSAXES =                    2 / n", "MISSING =", "COMMENT TWO     = 1 2",
        "COMMENT NAN     =                  NaN", "TAB     = 'a b'", "COMMENT caf?",
        "COMMENT FLAG    = t", "COMMENT CRVAL1  =                      / where",
        "COMMENT EQUINOX =                    T", "COMMENT CTYPE2  =                   12",
        "COMMENT RADESYS of a broken file", "COMMENT CD1_1   'x'",
        "COMMENT DATE-OBS=                 2001", "EPOCH   =  2000.0", NULL
    };
    struct bc_header h = { NULL, 0, 0 }, d = { NULL, 0, 0 };
    int              i;

    fill(&h, cards);
    CHECK(bc_header_derive(&h, BC_OTHER_BAND, &d) == BC_OK);
    for (i = 0; want[i] != NULL; i++)
        check_card(&d, i, want[i]);
    CHECK(d.n == i);
    bc_header_free(&h);
    bc_header_free(&d);
}

static void
test_inherit(void)
{
    static const char *const primary[] = {
        "NAXIS   =                    0", "TELESCOP= 'HST'", "OBJECT  = 'primary'",
        "CRVAL1  =                  1.0", "HISTORY no", NULL
    };
    static const char *const own[] = { "OBJECT  = 'own'", NULL };
    struct bc_header         p = { NULL, 0, 0 }, h = { NULL, 0, 0 };

    fill(&p, primary);
    fill(&h, own);
    CHECK(bc_header_inherit(&p, &h) == BC_OK);
    CHECK(h.n == 2);
    check_text(&h, "OBJECT", "own");
    check_text(&h, "TELESCOP", "HST");
    bc_header_free(&p);
    bc_header_free(&h);
}

int
main(void)
{
    test_read();
    test_set();
    test_remark();
    test_derive();
    test_legal();
    test_inherit();
    return check_end();
}
