/* calibration.c -- how bright is a pixel of value 1: by the unit, or by what a header says of counts.
 *
 * Who means what by which card:
 * PHOTFLAM, PHOTPLAM: erg/s/cm2/Angstrom of 1 count/s, pivot wavelength in Angstrom (HST; the ACS and
 * WFC3 data handbooks of STScI).  PHOTFNU: Jy of 1 count/s (HST's NICMOS and WFC3/IR).  PHOTMJSR:
 * MJy/sr of 1 DN/s (JWST).  MAGZERO (DES), PHOTZP (CFHT's MegaPipe): AB, of 1 unit.  MAGZP: Vega,
 * of 1 unit, in 2MASS (Atlas images) and WISE, AB in ZTF.  MAGZPT: Vega, of 1 count/s, in what CASU
 * makes of UKIRT's WFCAM and VISTA's VIRCAM; of VST's OmegaCAM at airmass 1, too, and by GALFIT in
 * either system.  FPA.ZP: AB, of 1 count/s, in Pan-STARRS.  ZEROPNT: AB, in KiDS.  FLUXMAG0: pixel
 * values of AB 0, in HSC and LSST.  GALEX's intensity maps are counts/s of AB 18.82 in FUV and
 * 20.08 in NUV (Morrissey et al. 2007).  Cut-outs of the Legacy Surveys are nanomaggies.  MAGSYS,
 * PHOTSYS or ZPSYS say which system where the survey does not.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "calibration.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "image.h"
#include "units.h"

enum system { SAID, AB, VEGA };         /* SAID: by another card, or not at all */

static const struct { const char *survey, *key, *text; } surveys[] = {
    { "2MASS", "ORIGIN", "2MASS" },   { "WISE", "TELESCOP", "WISE" },     { "UKIRT", "TELESCOP", "UKIRT" },
    { "VISTA", "TELESCOP", "VISTA" }, { "VISTA", "INSTRUME", "VIRCAM" },  { "ZTF", "INSTRUME", "ZTF" },
    { "KiDS", "INSTRUME", "OMEGACAM" }, { "GALEX", "MPSTYPE", "" },       { "GALEX", "TELESCOP", "GALEX" },
    { "GALEX", "INSTRUME", "GALEX" }, { "Legacy", "SURVEY", "DECaLS" },   { "Legacy", "SURVEY", "MzLS" },
    { "Legacy", "SURVEY", "BASS" },   { "Legacy", "SURVEY", "LegacySurvey" },
};

/* The first of them that is there counts. */
static const struct card { const char *survey, *key; enum system system; int per_second; } cards[] = {
    { "2MASS", "MAGZP", VEGA, 0 },   { "WISE", "MAGZP", VEGA, 0 },    { "ZTF", "MAGZP", AB, 0 },
    { "UKIRT", "MAGZPT", VEGA, 1 },  { "VISTA", "MAGZPT", VEGA, 1 },  { "KiDS", "ZEROPNT", AB, 0 },
    { "", "MAGZERO", AB, 0 },        { "", "PHOTZP", AB, 0 },         { "", "ABMAGZP", AB, 0 },
    { "", "ZPAB", AB, 0 },           { "", "FPA.ZP", AB, 1 },         { "", "MAGZPT", SAID, 1 },
    { "", "MAGZP", SAID, 0 },        { "", "ZP", SAID, 0 },           { "", "ZPT", SAID, 0 },
    { "", "ZEROPNT", SAID, 0 },      { "", "ZEROPOIN", SAID, 0 },     { "", "ZEROPT", SAID, 0 },
    { "", "MAG_ZP", SAID, 0 },       { "", "PHOT_C", SAID, 0 },
};

/* AB - Vega where a survey's bands are not those of bands.c: Blanton & Roweis (2007), Hewett et al. (2006). */
static const struct { const char *survey, *band; double offset; } offsets[] = {
    { "2MASS", "J", 0.91 },  { "2MASS", "H", 1.39 },  { "2MASS", "Ks", 1.85 },  { "UKIRT", "Z", 0.528 },
    { "UKIRT", "Y", 0.634 }, { "UKIRT", "J", 0.938 }, { "UKIRT", "H", 1.379 },  { "UKIRT", "Ks", 1.900 },
};

static const char *
survey_of(const bc_image *image)
{
    char   text[BC_CARD];
    size_t i;

    for (i = 0; i < sizeof surveys / sizeof *surveys; i++)
        if (bc_header_text(&image->header, surveys[i].key, text, sizeof text)
            && strcasestr(text, surveys[i].text) != NULL)
            return surveys[i].survey;
    return "";
}

static int
has_word(const char *text, const char *const *words, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        if (strcasestr(text, words[i]) != NULL)
            return 1;
    return 0;
}

enum rate { COUNTS, RATE, UNSAID, NEITHER };

/* What a pixel's value is, counts or counts in a second. */
static enum rate
rate_of(const char *unit)
{
    static const char *const counts[] = { "count", "ct", "cps", "electron", "e-", "DN", "ADU", "photon" };
    static const char *const rates[] = { "/s", "s-1", "s^-1", "s**-1", "persec", "per s", "cps" };

    if (*unit == '\0')
        return UNSAID;
    if (!has_word(unit, counts, sizeof counts / sizeof *counts)
        && !((*unit == 'e' || *unit == 'E') && !isalpha((unsigned char)unit[1])))
        return NEITHER;
    return has_word(unit, rates, sizeof rates / sizeof *rates) ? RATE : COUNTS;
}

/* From a zero point of 1 count/s to that of a pixel; counts without a word are taken for totals if LOOSE. */
static void
per_pixel(const bc_image *image, int loose, struct bc_calibration *c)
{
    enum rate rate = rate_of(image->unit);
    double    seconds = bc_header_number(&image->header, "EXPTIME");

    if (rate == RATE)
        return;
    if (rate == NEITHER) {
        c->zeropoint = (double)NAN;
        snprintf(c->how, sizeof c->how, "that is neither a known unit of flux nor counts");
    } else if (rate == UNSAID && !loose) {
        c->zeropoint = (double)NAN;
        snprintf(c->how, sizeof c->how, "no BUNIT says whether its pixels are counts or counts/s");
    } else if (!(seconds > 0.0)) {
        c->zeropoint = (double)NAN;
        snprintf(c->how, sizeof c->how, "it has counts, and no EXPTIME");
    } else {
        c->zeropoint += 2.5 * log10(seconds);
        snprintf(c->how + strlen(c->how), sizeof c->how - strlen(c->how), ", EXPTIME %g", seconds);
    }
}

/* ---- Vega ------------------------------------------------------------------------------------ */

static void
from_vega(const bc_image *image, const char *survey, const char *band, struct bc_calibration *c)
{
    const bc_band *known = *band != '\0' ? bc_band_find(band) : NULL;
    double         offset = image->vega;
    size_t         i;

    for (i = 0; isnan(offset) && known != NULL && i < sizeof offsets / sizeof *offsets; i++)
        if (strcmp(survey, offsets[i].survey) == 0 && strcmp(known->name, offsets[i].band) == 0)
            offset = offsets[i].offset;
    if (isnan(offset) && known != NULL)
        offset = known->vega_to_ab;
    c->zeropoint += offset;
    if (isnan(offset))
        snprintf(c->how, sizeof c->how, "its zero point is of Vega magnitudes, and AB - Vega of its "
                 "band '%s' is not known (vega= says it)", band);
    else
        snprintf(c->how + strlen(c->how), sizeof c->how - strlen(c->how), " Vega, AB - Vega %g", offset);
}

static enum system
said_system(const bc_image *image)
{
    static const char *const keys[] = { "MAGSYS", "PHOTSYS", "ZPSYS" };
    char                     text[BC_CARD];
    size_t                   i;

    for (i = 0; i < sizeof keys / sizeof *keys; i++)
        if (bc_header_text(&image->header, keys[i], text, sizeof text)) {
            if (strncasecmp(text, "AB", 2) == 0)
                return AB;
            if (strncasecmp(text, "VEGA", 4) == 0)
                return VEGA;
        }
    return SAID;
}

/* ---- cards ----------------------------------------------------------------------------------- */

/* By the flux of one count in a second; 0 if no card says it. */
static int
by_flux(const bc_image *image, struct bc_calibration *c)
{
    double flam = bc_header_number(&image->header, "PHOTFLAM");
    double plam = bc_header_number(&image->header, "PHOTPLAM");
    double fnu = bc_header_number(&image->header, "PHOTFNU");
    double mjsr = bc_header_number(&image->header, "PHOTMJSR");
    double sr = bc_image_pixel_sr(image);

    if (flam > 0.0 && plam > 0.0) {
        c->zeropoint = bc_st_to_ab(-2.5 * log10(flam) + BC_ST_ZEROPOINT, plam);
        snprintf(c->how, sizeof c->how, "PHOTFLAM %g, PHOTPLAM %g", flam, plam);
    } else if (mjsr > 0.0 && sr > 0.0) {
        c->zeropoint = bc_unit_zeropoint("MJy/sr", sr) - 2.5 * log10(mjsr);
        snprintf(c->how, sizeof c->how, "PHOTMJSR %g", mjsr);
    } else if (fnu > 0.0) {
        c->zeropoint = bc_unit_zeropoint("Jy", 0.0) - 2.5 * log10(fnu);
        snprintf(c->how, sizeof c->how, "PHOTFNU %g", fnu);
    } else {
        return 0;
    }
    per_pixel(image, 0, c);
    return 1;
}

/* The zero point that KEY has.  No flux unit is that bright or faint: -99, 99 and -999 stand for none. */
static double
zeropoint_of(const bc_image *image, const char *key)
{
    double zeropoint = bc_header_number(&image->header, key);

    return fabs(zeropoint) <= BC_MOST_ZEROPOINT ? zeropoint : (double)NAN;
}

static int
by_zeropoint(const bc_image *image, const char *survey, const char *band, struct bc_calibration *c)
{
    const struct card *card;
    enum system        system;
    double             fluxmag0 = bc_header_number(&image->header, "FLUXMAG0");
    size_t             i;

    if (fluxmag0 > 0.0) {
        c->zeropoint = 2.5 * log10(fluxmag0);
        snprintf(c->how, sizeof c->how, "FLUXMAG0 %g", fluxmag0);
        return 1;
    }
    for (i = 0; i < sizeof cards / sizeof *cards; i++) {
        card = &cards[i];
        c->zeropoint = zeropoint_of(image, card->key);
        if (isnan(c->zeropoint) || (*card->survey != '\0' && strcmp(card->survey, survey) != 0))
            continue;
        system = *card->survey == '\0' && said_system(image) != SAID ? said_system(image) : card->system;
        snprintf(c->how, sizeof c->how, "%s %g", card->key, c->zeropoint);
        if (system == SAID) {
            snprintf(c->how, sizeof c->how, "its %s may be of AB or of Vega magnitudes (zeropoint= "
                     "says the former)", card->key);
            c->zeropoint = (double)NAN;
        } else if (system == VEGA) {
            from_vega(image, survey, band, c);
        }
        if (card->per_second && !isnan(c->zeropoint))
            per_pixel(image, 1, c);
        return 1;
    }
    return 0;
}

/* What everybody knows of a survey's images and no card says. */
static void
by_survey(const bc_image *image, const char *survey, const char *band, struct bc_calibration *c)
{
    const bc_band *known = *band != '\0' ? bc_band_find(band) : NULL;
    const char    *name = known != NULL ? known->name : "";

    c->zeropoint = (double)NAN;
    snprintf(c->how, sizeof c->how, "no card that is known says how bright a pixel of 1 is "
             "(zeropoint= does)");
    if (*image->unit != '\0' && !(rate_of(image->unit) == RATE && strcmp(survey, "GALEX") == 0))
        return;
    if (strcmp(survey, "GALEX") == 0 && (strcmp(name, "FUV") == 0 || strcmp(name, "NUV") == 0))
        c->zeropoint = strcmp(name, "FUV") == 0 ? 18.82 : 20.08;
    else if (strcmp(survey, "Legacy") == 0)
        c->zeropoint = bc_unit_zeropoint("nanomaggy", 0.0);
    if (!isnan(c->zeropoint))
        snprintf(c->how, sizeof c->how, "AB %g in all images of its survey", c->zeropoint);
}

/* Angstrom; 0 = not known. */
static double
pivot_of(const char *band)
{
    const bc_band *known = *band != '\0' ? bc_band_find(band) : NULL;

    return known != NULL ? 10.0 * known->wavelength : 0.0;
}

void
bc_calibrate(const bc_image *image, const char *band, struct bc_calibration *c)
{
    const char    *survey = survey_of(image);
    double         sr = bc_image_pixel_sr(image), st = bc_unit_st_zeropoint(image->unit, sr);
    double         plam = bc_header_number(&image->header, "PHOTPLAM");

    c->said = 1;
    c->zeropoint = (double)NAN;
    snprintf(c->how, sizeof c->how, "magnitudes are no linear scale");
    if (strncasecmp(image->unit, "mag", 3) == 0 && strncasecmp(image->unit, "magg", 4) != 0)
        return;
    c->zeropoint = image->zeropoint;
    snprintf(c->how, sizeof c->how, "AB zero point %g as it was given", image->zeropoint);
    if (!isnan(c->zeropoint))
        return;
    snprintf(c->how, sizeof c->how, "in lower case that may be MJy/sr or mJy/sr");
    if (bc_unit_is_ambiguous(image->unit))      /* cards do not help: PHOTMJSR is that of the counts before */
        return;
    c->zeropoint = bc_unit_zeropoint(image->unit, sr);
    snprintf(c->how, sizeof c->how, "BUNIT %s", image->unit);
    if (!isnan(c->zeropoint))
        return;
    if (!(plam > 0.0))
        plam = pivot_of(band);
    if (!isnan(st) && plam > 0.0) {
        c->zeropoint = bc_st_to_ab(st, plam);
        snprintf(c->how, sizeof c->how, "BUNIT %s at %g Angstrom", image->unit, plam);
        return;
    }
    c->said = by_flux(image, c) || by_zeropoint(image, survey, band, c);
    if (!c->said)
        by_survey(image, survey, band, c);
    if (isnan(c->zeropoint) && !isnan(st)) {
        c->said = 1;
        snprintf(c->how, sizeof c->how, "no PHOTPLAM says its pivot wavelength");
    }
}

double
bc_band_zeropoint(const char *band, const char *unit, double pixel_sr, double *angstrom_p)
{
    double st = bc_unit_st_zeropoint(unit, pixel_sr);

    *angstrom_p = isnan(st) ? 0.0 : pivot_of(band);
    return *angstrom_p > 0.0 ? bc_st_to_ab(st, *angstrom_p) : bc_unit_zeropoint(unit, pixel_sr);
}

/* BUNIT counts before these cards.  PHOTFLAM and its kin say how counts were turned into the unit, and stay. */
void
bc_calibration_compare(bc_image *image)
{
    struct bc_calibration card;
    double                zeropoint = bc_unit_zeropoint(image->unit, bc_image_pixel_sr(image));

    if (!isnan(zeropoint) && by_zeropoint(image, survey_of(image), image->band, &card)
        && fabs(card.zeropoint - zeropoint) > 0.05)
        bc_image_note(image, "%s is passed over: it contradicts BUNIT %s, whose AB zero point is %.4g", card.how,
                      image->unit, zeropoint);
}

double
bc_image_zeropoint(const bc_image *image)
{
    struct bc_calibration c;

    bc_calibrate(image, image->band, &c);
    return c.zeropoint;
}

void
bc_image_calibrate(bc_image *image, double zeropoint, double vega)
{
    image->zeropoint = fabs(zeropoint) <= BC_MOST_ZEROPOINT ? zeropoint : (double)NAN;
    image->vega = isfinite(vega) ? vega : (double)NAN;
}
