/* bands.c -- which band is this, and how bright is 1 of its unit.
 * Wavelengths: effective, of the filter profile service of the Spanish Virtual Observatory, rounded; for GALEX, SDSS and 2MASS Ks
 * those of table 1 of Zaazou et al. (2025).  AB - Vega: Blanton & Roweis (2007) for Johnson-Cousins and 2MASS,
 * Gonzalez-Fernandez et al. (2018) for VISTA, Jarrett et al. (2011) for WISE.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bandcast.h"

static const bc_band bands[] = {
    { "FUV", "GALEX", 151.3, NAN }, { "NUV", "GALEX", 230.0, NAN },
    { "u", "SDSS", 357.3, 0.91 }, { "g", "SDSS", 472.4, -0.08 }, { "r", "SDSS", 620.1, 0.16 },
    { "i", "SDSS", 767.3, 0.37 }, { "z", "SDSS", 891.7, 0.54 },
    { "U", "Johnson", 360.0, 0.79 }, { "B", "Johnson", 438.0, -0.09 }, { "V", "Johnson", 545.0, 0.02 },
    { "R", "Cousins", 641.0, 0.21 }, { "I", "Cousins", 798.0, 0.45 },
    { "Z", "VISTA", 877.0, 0.502 }, { "Y", "VISTA", 1020.0, 0.600 }, { "J", "VISTA", 1252.0, 0.916 },
    { "H", "VISTA", 1645.0, 1.366 }, { "Ks", "VISTA", 2147.0, 1.827 },
    { "K", "2MASS", 2162.0, 1.85 },
    { "W1", "WISE", 3368.0, 2.699 }, { "W2", "WISE", 4618.0, 3.339 }, { "W3", "WISE", 12082.0, 5.174 },
    { "W4", "WISE", 22194.0, 6.620 },
    { "F435W", "HST/ACS", 433.0, NAN }, { "F475W", "HST/ACS", 475.0, NAN }, { "F606W", "HST/ACS", 592.0, NAN },
    { "F775W", "HST/ACS", 769.0, NAN }, { "F814W", "HST/ACS", 806.0, NAN }, { "F850LP", "HST/ACS", 904.0, NAN },
    { "F105W", "HST/WFC3", 1055.0, NAN }, { "F125W", "HST/WFC3", 1249.0, NAN }, { "F160W", "HST/WFC3", 1537.0, NAN },
    { "F070W", "JWST/NIRCam", 704.0, NAN }, { "F090W", "JWST/NIRCam", 902.0, NAN },
    { "F115W", "JWST/NIRCam", 1154.0, NAN }, { "F140M", "JWST/NIRCam", 1405.0, NAN },
    { "F150W", "JWST/NIRCam", 1501.0, NAN }, { "F162M", "JWST/NIRCam", 1627.0, NAN },
    { "F182M", "JWST/NIRCam", 1845.0, NAN }, { "F200W", "JWST/NIRCam", 1988.0, NAN },
    { "F210M", "JWST/NIRCam", 2096.0, NAN }, { "F250M", "JWST/NIRCam", 2503.0, NAN },
    { "F277W", "JWST/NIRCam", 2776.0, NAN }, { "F300M", "JWST/NIRCam", 2996.0, NAN },
    { "F335M", "JWST/NIRCam", 3362.0, NAN }, { "F356W", "JWST/NIRCam", 3565.0, NAN },
    { "F360M", "JWST/NIRCam", 3624.0, NAN }, { "F410M", "JWST/NIRCam", 4084.0, NAN },
    { "F430M", "JWST/NIRCam", 4281.0, NAN }, { "F444W", "JWST/NIRCam", 4402.0, NAN },
    { "F460M", "JWST/NIRCam", 4630.0, NAN }, { "F480M", "JWST/NIRCam", 4817.0, NAN },
    { "F560W", "JWST/MIRI", 5640.0, NAN }, { "F770W", "JWST/MIRI", 7640.0, NAN },
    { "F1000W", "JWST/MIRI", 9950.0, NAN }, { "F1130W", "JWST/MIRI", 11310.0, NAN },
    { "F1280W", "JWST/MIRI", 12810.0, NAN }, { "F1500W", "JWST/MIRI", 15060.0, NAN },
    { "F1800W", "JWST/MIRI", 17980.0, NAN }, { "F2100W", "JWST/MIRI", 20800.0, NAN },
    { "F2550W", "JWST/MIRI", 25360.0, NAN },
};

/* What surveys write into FILTER: a band's name behind one of these, or one of these as it stands. */
static const char *const prefixes[] = {
    "GALEX ", "GALEX_", "SDSS ", "SDSS_", "SDSS-", "sdss ", "DECam ", "DES ", "DES_", "PS1 ", "PS1_", "KiDS ", "VST ",
    "OCAM_", "VIKING ", "VISTA ", "VISTA_", "2MASS ", "2MASS_", "WISE ", "WISE_", "JWST ", "NIRCam ", "NIRCAM ",
    "ACS ", "WFC3 ",
};

static const struct { const char *alias, *name; } aliases[] = {
    { "Ks-band", "Ks" }, { "K_s", "Ks" }, { "Kshort", "Ks" }, { "K_short", "Ks" },
    { "u_SDSS", "u" }, { "g_SDSS", "g" }, { "r_SDSS", "r" }, { "i_SDSS", "i" }, { "z_SDSS", "z" },
    { "u.MP9301", "u" }, { "g.MP9401", "g" }, { "r.MP9601", "r" }, { "i.MP9702", "i" }, { "z.MP9801", "z" },
    { "u'", "u" }, { "g'", "g" }, { "r'", "r" }, { "i'", "i" }, { "z'", "z" },
    { "g DECam SDSS c0001 4720.0 1520.0", "g" }, { "r DECam SDSS c0002 6415.0 1480.0", "r" },
    { "i DECam SDSS c0003 7835.0 1470.0", "i" }, { "z DECam SDSS c0004 9260.0 1520.0", "z" },
    { "g.00000", "g" }, { "r.00000", "r" }, { "i.00000", "i" }, { "z.00000", "z" },
};

static const bc_band *
find_exact(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof bands / sizeof *bands; i++)
        if (strcmp(bands[i].name, name) == 0)
            return &bands[i];
    return NULL;
}

/* The one band whose name differs from NAME in case only. */
static const bc_band *
find_caseless(const char *name)
{
    const bc_band *found = NULL;
    size_t         i;

    for (i = 0; i < sizeof bands / sizeof *bands; i++)
        if (strcasecmp(bands[i].name, name) == 0) {
            if (found != NULL)
                return NULL;
            found = &bands[i];
        }
    return found;
}

const bc_band *
bc_band_find(const char *name)
{
    const bc_band *band = find_exact(name);
    size_t         i;

    for (i = 0; band == NULL && i < sizeof aliases / sizeof *aliases; i++)
        if (strcmp(aliases[i].alias, name) == 0)
            band = find_exact(aliases[i].name);
    for (i = 0; band == NULL && i < sizeof prefixes / sizeof *prefixes; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            band = find_exact(name + strlen(prefixes[i]));
    return band != NULL ? band : find_caseless(name);
}

/* Units as the standard and as surveys write them; jansky is what 1 of them is. */
static const struct { const char *name; double jansky; int per_sr; } units[] = {
    { "Jy", 1.0, 0 }, { "mJy", 1e-3, 0 }, { "uJy", 1e-6, 0 }, { "nJy", 1e-9, 0 },
    { "MJy/sr", 1e6, 1 }, { "Jy/sr", 1.0, 1 }, { "MJy sr-1", 1e6, 1 },
    { "maggy", 3630.780547701, 0 }, { "maggies", 3630.780547701, 0 },
    { "nanomaggy", 3.630780547701e-6, 0 }, { "nanomaggies", 3.630780547701e-6, 0 }, { "nmgy", 3.630780547701e-6, 0 },
    { "nMgy", 3.630780547701e-6, 0 },
};

double
bc_unit_zeropoint(const char *unit, double pixel_sr)
{
    size_t i;

    for (i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, unit) == 0) {
            double jansky = units[i].jansky * (units[i].per_sr ? pixel_sr : 1.0);

            /* AB magnitude 0 is 3631 Jy (Oke & Gunn 1983), here to its full digits: 10^(-48.6 / 2.5) erg/s/cm2/Hz */
            return jansky > 0.0 ? -2.5 * log10(jansky / 3630.780547701) : (double)NAN;
        }
    return (double)NAN;
}
