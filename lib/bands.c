/* bands.c -- which band is this?
 *
 * Wavelengths: pivot, sqrt(int T l dl / int T dl / l), which unlike an effective one needs no
 * spectrum.  AB - Vega: of Vega's spectrum alpha_lyr_stis_005 of STScI's CALSPEC.  Both integrated
 * over the response curves that come with astro-sedpy 0.4.1; only the AB - Vega of WISE are the
 * mission's own (Jarrett et al. 2011).  Of the many u g r i z systems SDSS's stands for all, of the
 * many J H K VISTA's.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "bandcast.h"

static const bc_band bands[] = {
    { "FUV", "GALEX", 153.5, 2.13 }, { "NUV", "GALEX", 230.1, 1.67 },
    { "u", "SDSS", 355.7, 0.93 }, { "g", "SDSS", 470.2, -0.10 }, { "r", "SDSS", 617.5, 0.14 },
    { "i", "SDSS", 749.1, 0.36 }, { "z", "SDSS", 894.6, 0.52 }, { "y", "PS1", 962.8, 0.54 },
    { "U", "Johnson", 358.5, 0.81 }, { "B", "Johnson", 437.1, -0.10 },
    { "V", "Johnson", 547.7, 0.01 }, { "R", "Cousins", 650.2, 0.19 },
    { "I", "Cousins", 802.0, 0.44 }, { "Z", "VISTA", 880.5, 0.51 }, { "Y", "VISTA", 1022, 0.60 },
    { "J", "VISTA", 1253, 0.92 }, { "H", "VISTA", 1643, 1.36 }, { "Ks", "VISTA", 2150, 1.82 },
    { "W1", "WISE", 3368, 2.70 }, { "W2", "WISE", 4618, 3.34 }, { "W3", "WISE", 12072, 5.17 },
    { "W4", "WISE", 22194, 6.62 }, { "IRAC1", "Spitzer", 3551, 2.78 },
    { "IRAC2", "Spitzer", 4496, 3.26 }, { "IRAC3", "Spitzer", 5724, 3.74 },
    { "IRAC4", "Spitzer", 7884, 4.38 }, { "F225W", "HST/WFC3", 237.3, 1.66 },
    { "F275W", "HST/WFC3", 271.0, 1.50 }, { "F336W", "HST/WFC3", 335.5, 1.19 },
    { "F390W", "HST/WFC3", 392.2, 0.22 }, { "F435W", "HST/ACS", 432.7, -0.10 },
    { "F475W", "HST/ACS", 474.5, -0.10 }, { "F555W", "HST/ACS", 536.0, -0.01 },
    { "F606W", "HST/ACS", 591.9, 0.09 }, { "F625W", "HST/ACS", 631.1, 0.16 },
    { "F775W", "HST/ACS", 769.3, 0.39 }, { "F814W", "HST/ACS", 806.0, 0.42 },
    { "F850LP", "HST/ACS", 903.6, 0.52 }, { "F098M", "HST/WFC3", 986.5, 0.56 },
    { "F105W", "HST/WFC3", 1055, 0.65 }, { "F110W", "HST/WFC3", 1153, 0.76 },
    { "F125W", "HST/WFC3", 1249, 0.90 }, { "F140W", "HST/WFC3", 1392, 1.08 },
    { "F160W", "HST/WFC3", 1537, 1.25 }, { "F070W", "JWST/NIRCam", 704.7, 0.29 },
    { "F090W", "JWST/NIRCam", 902.4, 0.51 }, { "F115W", "JWST/NIRCam", 1154, 0.78 },
    { "F140M", "JWST/NIRCam", 1405, 1.10 }, { "F150W", "JWST/NIRCam", 1501, 1.21 },
    { "F150W2", "JWST/NIRCam", 1672, 1.23 }, { "F162M", "JWST/NIRCam", 1627, 1.35 },
    { "F182M", "JWST/NIRCam", 1845, 1.56 }, { "F200W", "JWST/NIRCam", 1988, 1.68 },
    { "F210M", "JWST/NIRCam", 2096, 1.78 }, { "F250M", "JWST/NIRCam", 2503, 2.12 },
    { "F277W", "JWST/NIRCam", 2776, 2.30 }, { "F300M", "JWST/NIRCam", 2996, 2.46 },
    { "F322W2", "JWST/NIRCam", 3247, 2.54 }, { "F335M", "JWST/NIRCam", 3362, 2.68 },
    { "F356W", "JWST/NIRCam", 3565, 2.78 }, { "F360M", "JWST/NIRCam", 3623, 2.83 },
    { "F410M", "JWST/NIRCam", 4083, 3.07 }, { "F430M", "JWST/NIRCam", 4281, 3.17 },
    { "F444W", "JWST/NIRCam", 4402, 3.21 }, { "F460M", "JWST/NIRCam", 4630, 3.33 },
    { "F480M", "JWST/NIRCam", 4817, 3.41 }, { "F560W", "JWST/MIRI", 5635, 3.72 },
    { "F770W", "JWST/MIRI", 7639, 4.34 }, { "F1000W", "JWST/MIRI", 9953, 4.91 },
    { "F1130W", "JWST/MIRI", 11309, 5.19 }, { "F1280W", "JWST/MIRI", 12810, 5.44 },
    { "F1500W", "JWST/MIRI", 15064, 5.79 }, { "F1800W", "JWST/MIRI", 17984, 6.17 },
    { "F2100W", "JWST/MIRI", 20795, 6.48 }, { "F2550W", "JWST/MIRI", 25364, 6.91 },
    { "F158M", "JWST/NIRISS", 1585, 1.31 }, { "F380M", "JWST/NIRISS", 3828, 2.95 },
    { "F062", "Roman", 627.5, 0.14 }, { "F087", "Roman", 871.8, 0.49 }, { "F106", "Roman", 1062, 0.65 },
    { "F129", "Roman", 1284, 0.94 }, { "F146", "Roman", 1434, 1.01 }, { "F158", "Roman", 1580, 1.29 },
    { "F184", "Roman", 1838, 1.55 }, { "F213", "Roman", 2131, 1.81 }, { "UVW2", "Swift/UVOT", 205.8, 1.73 },
    { "UVM2", "Swift/UVOT", 224.7, 1.69 }, { "UVW1", "Swift/UVOT", 258.3, 1.51 },
};

static const struct { const char *alias, *name; } aliases[] = {
    { "K", "Ks" }, { "K_s", "Ks" }, { "Kshort", "Ks" }, { "K_short", "Ks" }, { "K'", "Ks" },
    { "u'", "u" }, { "g'", "g" }, { "r'", "r" }, { "i'", "i" }, { "z'", "z" },
    { "Rc", "R" }, { "Ic", "I" },
    { "I1", "IRAC1" }, { "I2", "IRAC2" }, { "I3", "IRAC3" }, { "I4", "IRAC4" },
};

/* Beside one of these words a single letter is a band of the u g r i z family, whatever its case:
 * "HSC-R". */
static const char *const lower_case[] = { "SDSS",   "HSC",     "PS1",       "DES",      "DECam",
                                          "DECaLS", "LSST",    "KiDS",      "VST",      "OmegaCAM",
                                          "OCAM",   "MegaCam", "MegaPrime", "SkyMapper" };

enum { NBAND = sizeof bands / sizeof bands[0], WORD = 32, WORDS = 12 };

/* Exact names win over aliases, those over names that differ in case only and are unique. */
static const bc_band *
find_word(const char *word, int any_case)
{
    const bc_band *found = NULL;
    size_t         i;

    for (i = 0; i < NBAND; i++)
        if (strcmp(bands[i].name, word) == 0)
            return &bands[i];
    for (i = 0; i < sizeof aliases / sizeof aliases[0]; i++)
        if (strcmp(aliases[i].alias, word) == 0)
            return find_word(aliases[i].name, 0);
    for (i = 0; any_case && i < NBAND; i++)
        if (strcasecmp(bands[i].name, word) == 0) {
            if (found != NULL)
                return NULL;
            found = &bands[i];
        }
    for (i = 0; any_case && found == NULL && i < sizeof aliases / sizeof aliases[0]; i++)
        if (strcasecmp(aliases[i].alias, word) == 0)
            return find_word(aliases[i].name, 0);
    return found;
}

static int
is_lower_case(const char *word)
{
    size_t i;

    for (i = 0; i < sizeof lower_case / sizeof lower_case[0]; i++)
        if (strcasecmp(lower_case[i], word) == 0)
            return 1;
    return 0;
}

/* NAME cut at everything that is neither letter nor digit; returns the number of words. */
static int
split(const char *name, char word[WORDS][WORD])
{
    int n = 0;

    while (n < WORDS) {
        size_t length = 0;

        while (*name != '\0' && !isalnum((unsigned char)*name))
            name++;
        while (isalnum((unsigned char)name[length]))
            length++;
        if (length == 0)
            break;
        snprintf(word[n++], WORD, "%.*s", (int)length, name);
        name += length;
    }
    return n;
}

/* The one band among the words of NAME: "OCAM_g_SDSS", "r.MP9601", "2MASS J", "g DECam SDSS c0001
 * 4720.0 1520.0". Words of one or two letters count in their own case only. */
static const bc_band *
find_among_words(const char *name)
{
    char           word[WORDS][WORD];
    const bc_band *found = NULL, *band;
    int            n = split(name, word), lower = 0, i;

    for (i = 0; i < n; i++)
        lower = lower || is_lower_case(word[i]);
    for (i = 0; i < n; i++) {
        if (strcasecmp(word[i], "alpha") == 0 || strcasecmp(word[i], "beta") == 0)
            return NULL;                /* a line, not the band H */
        if (lower && word[i][1] == '\0')
            word[i][0] = (char)tolower((unsigned char)word[i][0]);
        band = find_word(word[i], strlen(word[i]) > 2 || lower);
        if (band == NULL)
            continue;
        if (found != NULL && found != band)
            return NULL;
        found = band;
    }
    return found;
}

const bc_band *
bc_band_find(const char *name)
{
    const bc_band *band;

    if (name == NULL)
        return NULL;
    band = find_word(name, 1);
    return band != NULL ? band : find_among_words(name);
}

int
bc_band_same(const char *a, const char *b)
{
    const bc_band *x = bc_band_find(a), *y = bc_band_find(b);

    return (x != NULL && x == y) || (a != NULL && b != NULL && strcmp(a, b) == 0);
}
