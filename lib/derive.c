/* derive.c -- which cards of a header stay true and legal in another file.
 *
 * Everything stays, in order, but for the cards of the table below, and but for the axes beyond the
 * second, which an image of one plane does not have.  What is kept is made legal (legal.c).
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "header.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum reason {
    STRUCTURE,   /* says how the file is laid out: written anew */
    SCALING,     /* how stored integers become values: the new pixels are floats */
    COMPRESSION, /* of the old file, or for a program that would compress it */
    SUM,         /* checksums of the old HDU */
    BAND,        /* names the band, its response or its instrument's way of selecting it */
    FLUX,        /* turns the old band's pixels into fluxes or magnitudes */
    PIXELS       /* statistics, noise, exposure, saturation, sharpness, file or program of the old band's pixels */
};

/* '#' stands for digits.  The rows up to SUM go for every new file, the rest where the band is
 * another one. */
static const struct {
    enum reason why;
    const char *keys;
} dropped[] = {
    { STRUCTURE,
      "SIMPLE XTENSION BITPIX NAXIS NAXIS# EXTEND PCOUNT GCOUNT GROUPS BLOCKED END NEXTEND "
      "INHERIT EXTNAME EXTVER EXTLEVEL HDUNAME TFIELDS THEAP TTYPE# TFORM# TUNIT# TNULL# TSCAL# "
      "TZERO# TDIM# TDISP# IMAGEW IMAGEH" },
    { SCALING,
      "BSCALE BZERO BLANK O_BSCALE O_BZERO" },
    { COMPRESSION,
      "ZIMAGE ZSIMPLE ZTENSION ZEXTEND ZBITPIX ZNAXIS ZNAXIS# ZPCOUNT ZGCOUNT ZBLOCKED ZCMPTYPE "
      "ZTILE# ZNAME# ZVAL# ZQUANTIZ ZDITHER0 ZBLANK ZSCALE ZZERO ZMASKCMP ZTABLE ZFORM# ZCTYP# "
      "FZALGOR FZALG# FZDTHRSD FZQVALUE FZQMETHD FZTILE FZINT2F" },
    { SUM,
      "CHECKSUM DATASUM ZHECKSUM ZDATASUM" },
    { BAND,
      "FILTER FILTER# FILTERID FILTERS FILT_ID FILTNAME FILTNAM FILTNAM# FILTID FILT# FILTYP# "
      "FILTSYS FILTDESC INSFLNAM CAMROW BAND BANDS BAND# BANDPASS BANDNAME PUPIL PHOTMODE WAVELEN "
      "WAVELENG WAVELNTH WAVEBAND WAVE_EFF CHNLNUM LAMBDA BANDWID BANDWIDT CENTRWAV FPA.FILTER FPA.FILTERID "
      "ESO_INS_FILT#_NAME ESO_INS_FILT#_ID ESO_INS_FILT#_NO ESO_INS_FILT#_WLEN" },
    { FLUX,
      "BUNIT IMUNIT PHOTFLAM PHOTFNU PHOTPLAM PHOTBW PHOTZPT PHOTZP PHOT_C PHOT_C# PHOT_K PHOTMJSR PHOTUJA# PHOTSYS "
      "PHOTCAL ZPSYS KMAGZP APCOR# COLORTRM EXTINCT ABABSZP MAGZP MAGZPUNC MAGZPT MAGZPRMS MAGZRMS MAGZERO MAGZERR ZP "
      "ZPT ZPAB ZPVEGA ZEROPT ZEROPNT ZEROPOIN ZPNTERR ZPT_# ZPERR ZEROP ZP_# MAG0 MAG_ZP ABMAGZP ABZP ABMAG ZPOINT "
      "MAGZEROE MAGSYS FLUXMAG0 FLUXMAG0ERR FLUXCONV FLUXZP FLXSCALE FLXSCLZP FSCALE NMGY NMGYIVAR CALFACT CALFCTR "
      "JANSCALE BSOFTEN BOFFSET FPA.ZP" },
    { PIXELS,
      "DATAMIN DATAMAX DATAMEAN DATAMED DATASIG MEDIAN MEDINT MININT MAXINT ROBSIG GOODMIN GOODMAX GOODMEAN GOODPIX "
      "NGOODPIX IRAF-MAX IRAF-MIN STD_DEV MEANDARK SNRMIN SNRMAX SNRMEAN SOFTERRS STATMIN STATMAX STATMEAN STATDEV "
      "STATMED STATMINX STATMINY STATMAXX STATMAXY STATNPIX PIXCHIS# SKY SKYVAL SKYSIG SKYLEVEL SKYLEV SKYRMS "
      "SKYNOISE SKYVAR SKYMED SKYSIGMA MDRIZSKY BACKGRND BACKGROU BACKLEV BACKSIG BKGLEV BKGSIG NOISE RMS GAIN? EGAIN "
      "CCDGAIN RDNOISE? READNOIS SATURATE SATURATI SATLEVEL SATLEV MAGLIM MAGLIMIT ABMAGLIM LIMMAG ABMAGSAT DEPTH "
      "SEEING SEEING# FWHM PSF_FWHM PSFFWHM QT# SOFTBIAS PSF_RAD SEESH EXPTIME EXPOSURE XPOSURE EFFEXPTM TEXPTIME "
      "TELAPSE ONTIME LIVETIME EXPSTART EXPEND DURATION NCOMBINE NAVERAGE NCOADD NDRIZIM D###DATA D###EXPT MEAN "
      "STDDEV STDEV ATODGAIN ATODGN? GAIN# RDNOISE# READNSE? SCDSKYL SCDSKYR AIRMASS AIRMASS# NINTS NGROUPS READPATT "
      "FRAMTIME ZODY_EST ISM_EST CIB_EST SKYDRKZB SKYDKMED INP_# SCL_# EXP_# AIR_# CELL.GAIN CELL.READNOISE "
      "CELL.SATURATION CHIP.SEEING FPA.AIRMASS FPA.EXPOSURE ESO_TEL_AIRM_START ESO_TEL_AIRM_END ESO_DET_OUT#_GAIN "
      "ESO_DET_OUT#_RON FILENAME ORIGFILE IRAFNAME ROOTNAME DESFNAME CREATOR DATAMODL SOFTNAME SOFTVERS SOFTDATE "
      "SOFTAUTH SOFTINST" },
};

/* Where on the sky the pixels are.  '?' at the end stands for an alternate's letter or nothing: a header may describe
 * its axes in several ways. */
#define AXES \
    "CTYPE#? CRPIX#? CRVAL#? CDELT#? CUNIT#? CROTA#? CNAME#? CRDER#? CSYER#? PC#_#? PC###### CD#_#? PV#_#? PS#_#? "
#define ALL_AXES "WCSAXES? LONPOLE? LATPOLE? WCSNAME? "
static const char axis_keys[] = AXES, all_axes_keys[] = ALL_AXES;
/* The solution of a photographic plate, as the Digitized Sky Survey has it in the place of CTYPEi. */
#define PLATE \
    "AMDX# AMDY# CNPIX# PPO# PLTRAH PLTRAM PLTRAS PLTDECSN PLTDECD PLTDECM PLTDECS PLTSCALE XPIXELSZ YPIXELSZ"
static const char grid_keys[] = AXES ALL_AXES
    "RADESYS? RADECSYS EQUINOX? EPOCH PROJP# DP#? DQ#? CPDIS#? CQDIS#? CPERR#? "
    "CQERR#? DVERR? A_ORDER B_ORDER AP_ORDER BP_ORDER A_#_# B_#_# AP_#_# BP_#_# A_DMAX B_DMAX "
    "LTV# LTM#_# VELREF WAT#_### " PLATE;

/* Which part of the sky, or of a detector, all of the image shows. */
static const char extent_keys[] =
    "S_REGION RA_CENT DEC_CENT RAC# DECC# RACMIN RACMAX DECCMIN DECCMAX CORN#RA CORN#DEC DATASEC TRIMSEC BIASSEC "
    "CCDSEC DETSEC AMPSEC ORIGSEC";

/* When it was observed and from where. */
static const char epoch_keys[] =
    "DATE-OBS DATE-BEG DATE-AVG DATE-END MJD-OBS MJD-BEG MJD-AVG MJD-END JEPOCH BEPOCH TIMESYS MJDREF MJDREFI MJDREFF "
    "JDREF JDREFI JDREFF DATEREF OBSGEO-X OBSGEO-Y OBSGEO-Z OBSGEO-L OBSGEO-B OBSGEO-H";

/* KEY against one pattern of LENGTH characters. */
static int
matches(const char *key, const char *pattern, size_t length)
{
    const char *end = pattern + length;

    for (; pattern < end; pattern++) {
        if (*pattern == '?' && pattern + 1 == end)
            return *key == '\0' || (isupper((unsigned char)*key) && key[1] == '\0');
        if (*pattern == '#') {
            if (!isdigit((unsigned char)*key))
                return 0;
            while (isdigit((unsigned char)*key) && pattern[1] != '#')
                key++;
            if (pattern[1] == '#')
                key++;
        } else if (*pattern == *key || (*pattern == '_' && *key == ' ')) {
            key++;
        } else {
            return 0;
        }
    }
    return *key == '\0';
}

static int
matches_any(const char *key, const char *patterns)
{
    while (*patterns != '\0') {
        size_t n = strcspn(patterns, " ");

        if (matches(key, patterns, n))
            return 1;
        patterns += n;
        patterns += strspn(patterns, " ");
    }
    return 0;
}

static int
is_dropped(const char *key, enum reason first, enum reason last)
{
    size_t i;

    for (i = 0; i < sizeof dropped / sizeof dropped[0]; i++)
        if (dropped[i].why >= first && dropped[i].why <= last && matches_any(key, dropped[i].keys))
            return 1;
    return 0;
}

int
bc_key_is_structure(const char *key)
{
    return is_dropped(key, STRUCTURE, SUM);
}

/* The highest axis that KEY speaks of: 3 for CRPIX3, CD3_1, PC1_3, PC001003, PV3_1; 0 where it is
 * not of an axis. */
static int
axis_of(const char *key)
{
    static const char one[] =
        "CTYPE#? CRPIX#? CRVAL#? CDELT#? CUNIT#? CROTA#? CNAME#? CRDER#? CSYER#? PV#_#? PS#_#? "
        "DP#? DQ#? CPDIS#? CQDIS#? CPERR#? CQERR#? LTV# WAT#_###";
    const char *digits = key + strcspn(key, "0123456789");
    int         i, j;

    if (matches(key, "PC######", 8)) {
        j = atoi(digits + 3);
        i = atoi(digits) / 1000;
    } else if (matches_any(key, "PC#_#? CD#_#? LTM#_#")) {
        char *rest;

        i = (int)strtol(digits, &rest, 10);
        j = atoi(rest + 1);
    } else {
        i = matches_any(key, one) ? atoi(digits) : 0;
        j = 0;
    }
    return i > j ? i : j;
}

/* The letter of an alternate description at the end of KEY, ' ' for the primary one. */
static char
alternate(const char *key)
{
    char last = key[strlen(key) - 1];

    return isupper((unsigned char)last) ? last : ' ';
}

/* PCi_j excludes CDi_j and CROTAi.  Where a header has them side by side, WCSLIB and those built on
 * it go by PCi_j. */
static int
is_superseded(const struct bc_header *h, const char *key)
{
    char other[BC_KEY + 1];
    int  i;

    if (!matches_any(key, "CD#_#? CROTA#?"))
        return 0;
    for (i = 0; i < h->n; i++) {
        bc_card_parse(h->card[i], other, NULL, NULL);
        if (matches(other, "PC#_#?", 6) && alternate(other) == alternate(key))
            return 1;
    }
    return 0;
}

/* 1 if KEY of H is of axes whose coordinates stand in a table of another HDU (-TAB, Greisen et al. 2006), which a new
 * file does not have. */
static int
is_tabular(const struct bc_header *h, const char *key)
{
    char name[16], ctype[72], letter;
    int  axis;

    if (matches_any(key, axis_keys))
        letter = alternate(key) == ' ' ? '\0' : alternate(key);
    else if (matches_any(key, all_axes_keys))
        letter = key[strlen("WCSAXES")];        /* the others are as long */
    else
        return 0;
    for (axis = 1; axis <= 2; axis++) {
        snprintf(name, sizeof name, "CTYPE%d%c", axis, letter);
        if (bc_header_text(h, name, ctype, sizeof ctype) && strlen(ctype) == 8 && strcmp(ctype + 4, "-TAB") == 0)
            return 1;
    }
    return 0;
}

/* 1 if KEY of H points at a distortion table in another HDU. */
static int
is_lookup(const struct bc_header *h, const char *key)
{
    char name[16], text[16];

    if (matches_any(key, "D2IMDIS# D2IMERR# D2IM#.EXTVER D2IM# D2IMEXT AXISCORR"))
        return 1;
    if (!matches_any(key, "DP#? DQ#? CPDIS#? CQDIS#? CPERR#? CQERR#?"))
        return 0;
    strcpy(name, key[0] == 'D' && key[1] == 'Q' ? "CQDIS" : "CPDIS");
    if (key[0] == 'C')
        memcpy(name, key, 2);
    strncat(name, key + strcspn(key, "0123456789"), 4);
    return bc_header_text(h, name, text, sizeof text) && strcasecmp(text, "LOOKUP") == 0;
}

/* Keys that the standard reserves for strings: without a value they are neither legal nor do they
 * say anything. */
static int
is_empty_string(const char *card, const char *key)
{
    char        same[BC_KEY + 1];
    const char *value;

    if (!matches_any(key, "AUTHOR CTYPE#? CUNIT#? DATE-OBS INSTRUME OBJECT OBSERVER ORIGIN "
                          "RADESYS? REFERENC TELESCOP"))
        return 0;
    bc_card_parse(card, same, &value, NULL);
    return *value == '\0' || *value == '/';
}

/* WCSAXES must stand before all cards that it counts the axes of. */
static void
put_wcsaxes_first(struct bc_header *h)
{
    char key[BC_KEY + 1], card[BC_CARD + 1];
    int  i, first = h->n;

    for (i = 0; i < h->n; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        if (matches(key, "WCSAXES?", 8) && first < i) {
            strcpy(card, h->card[i]);
            memmove(h->card + first + 1, h->card + first, (size_t)(i - first) * sizeof *h->card);
            strcpy(h->card[first++], card);
        } else if (first == h->n && matches_any(key, grid_keys) && strcmp(key, "EPOCH") != 0) {
            first = i;
        }
    }
}

bc_status
bc_header_derive(const struct bc_header *like, enum bc_header_use use, struct bc_header *h)
{
    char      key[BC_KEY + 1];
    int       i, n, k;
    bc_status st = BC_OK;

    h->n = 0;
    for (i = 0; i < like->n && st == BC_OK; i += n) {
        n = bc_header_span(like, i);
        bc_card_parse(like->card[i], key, NULL, NULL);
        if (is_dropped(key, STRUCTURE, use == BC_OTHER_BAND ? PIXELS : SUM) || axis_of(key) > 2
            || is_tabular(like, key) || is_lookup(like, key) || is_superseded(like, key)
            || is_empty_string(like->card[i], key))
            continue;
        for (k = 0; k < n && st == BC_OK; k++) {
            st = bc_header_append(h, like->card[i + k]);
            if (st == BC_OK)
                bc_card_make_legal(h->card[h->n - 1]);
        }
        if (st == BC_OK && matches(key, "WCSAXES?", 8) && bc_header_number(h, key) > 2)
            st = bc_header_set_integer(h, key, 2, NULL);
    }
    put_wcsaxes_first(h);
    while (h->n > 0 && strspn(h->card[h->n - 1], " ") == BC_CARD)       /* room that nobody used */
        h->n--;
    return st;
}

/* What the tables of H's distortions move a pixel by at most, pixels; 0 = no card says it. */
static double
largest_distortion(const struct bc_header *h)
{
    static const char *const keys[] = { "CPERR", "CQERR", "D2IMERR" };
    double                   sum[2] = { 0.0, 0.0 };
    size_t                   i;
    int                      axis;

    for (axis = 0; axis < 2; axis++)
        for (i = 0; i < sizeof keys / sizeof *keys; i++)
            sum[axis] += fmax(0.0, bc_header_numbered(h, keys[i], axis + 1));       /* of NaN 0 */
    return hypot(sum[0], sum[1]);
}

void
bc_header_sky_tables(const struct bc_header *h, char *text, size_t size)
{
    char   key[BC_KEY + 1];
    double most = largest_distortion(h);
    size_t n = 0;
    int    i;

    *text = '\0';
    for (i = 0; i < h->n; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        if (is_tabular(h, key)) {
            snprintf(text, size, "its sky coordinates are in a table (-TAB), which is not read");
            return;
        }
        if (is_lookup(h, key) && matches_any(key, "CPDIS#? CQDIS#? D2IMDIS# D2IMEXT AXISCORR") && n < size / 2)
            n += (size_t)snprintf(text + n, size - n, "%s%s", n > 0 ? ", " : "", key);
    }
    if (n > 0)
        n += (size_t)snprintf(text + n, size - n, ": the tables of distortions in its file (LOOKUP) are not applied to "
                              "its sky coordinates");
    if (n > 0 && n < size && most > 0.0)
        snprintf(text + n, size - n, ", which they move by up to %.2g pixels", most);
}

static bc_status
add_matching(const struct bc_header *from, const char *patterns, struct bc_header *to)
{
    char      key[BC_KEY + 1];
    int       i;
    bc_status st = BC_OK;

    for (i = 0; i < from->n && st == BC_OK; i++) {
        bc_card_parse(from->card[i], key, NULL, NULL);
        if (matches_any(key, patterns))
            st = bc_header_append(to, from->card[i]);
    }
    return st;
}

bc_status
bc_header_add_grid(const struct bc_header *from, struct bc_header *to)
{
    return add_matching(from, grid_keys, to);
}

bc_status
bc_header_add_epoch(const struct bc_header *from, struct bc_header *to)
{
    return add_matching(from, epoch_keys, to);
}

static void
drop(struct bc_header *h, const char *patterns)
{
    char key[BC_KEY + 1];
    int  i, n = 0;

    for (i = 0; i < h->n; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        if (!matches_any(key, patterns))
            memmove(h->card[n++], h->card[i], sizeof *h->card);
    }
    h->n = n;
}

/* LTVi says where the first pixel was, as IRAF has it; DS9's physical coordinates stay by that. */
bc_status
bc_header_crop(struct bc_header *h, long x0, long y0)
{
    char      key[BC_KEY + 1];
    double    value;
    int       i, axis;
    bc_status st = BC_OK;

    drop(h, extent_keys);
    for (i = 0; i < h->n && st == BC_OK; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        axis = matches(key, "CRPIX#?", 7) ? axis_of(key) : 0;
        value = bc_header_number(h, key);
        if ((axis == 1 || axis == 2) && !isnan(value))
            st = bc_header_set_number(h, key, value - (double)(axis == 1 ? x0 : y0), NULL);
        else if (matches_any(key, "CNPIX1 CNPIX2") && !isnan(value))        /* the corner on the plate */
            st = bc_header_set_number(h, key, value + (double)(key[5] == '1' ? x0 : y0), NULL);
    }
    for (axis = 1; axis <= 2 && st == BC_OK; axis++) {
        value = bc_header_number(h, axis == 1 ? "LTV1" : "LTV2");
        st = bc_header_set_number(h, axis == 1 ? "LTV1" : "LTV2",
                                  (isnan(value) ? 0.0 : value) - (double)(axis == 1 ? x0 : y0),
                                  "this pixel's number minus the original's");
    }
    return st;
}

void
bc_header_drop_scale(struct bc_header *h)
{
    drop(h, "PIXSCALE SECPIX SECPIX# PIXSCAL# PIXAR_SR PIXAR_A2 D###SCAL D###ISCL IMAGEW IMAGEH");
}

void
bc_header_drop_plate(struct bc_header *h)
{
    drop(h, PLATE);
}

bc_status
bc_header_regrid(const struct bc_header *header, const struct bc_header *like, struct bc_header *h)
{
    struct bc_header grid = { NULL, 0, 0 };
    bc_status        st = bc_header_derive(header, BC_SAME_PIXELS, h);

    if (st == BC_OK)
        st = bc_header_derive(like, BC_SAME_PIXELS, &grid);
    if (st == BC_OK) {
        drop(h, grid_keys);
        drop(h, extent_keys);
        bc_header_drop_scale(h);
        st = bc_header_add_grid(&grid, h);
    }
    bc_header_free(&grid);
    put_wcsaxes_first(h);
    return st;
}

bc_status
bc_header_inherit(const struct bc_header *primary, struct bc_header *to)
{
    char      key[BC_KEY + 1];
    int       i, k, n, own = to->n;
    bc_status st = BC_OK;

    for (i = 0; i < primary->n && st == BC_OK; i += n) {
        n = bc_header_span(primary, i);
        bc_card_parse(primary->card[i], key, NULL, NULL);
        if (!bc_card_has_value(primary->card[i]) || is_dropped(key, STRUCTURE, SUM)
            || matches_any(key, grid_keys)
            || (bc_header_find(to, key) >= 0 && bc_header_find(to, key) < own))
            continue;
        for (k = 0; k < n && st == BC_OK; k++)
            st = bc_header_append(to, primary->card[i + k]);
    }
    return st;
}
