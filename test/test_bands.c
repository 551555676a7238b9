/* test_bands.c -- bands by their many names, wavelengths that suit the names, zero points of units.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "bandcast.h"

#include <string.h>

/* NAME finds the band called WANT; NULL = none. */
static void
check_band(const char *name, const char *want)
{
    const bc_band *band = bc_band_find(name);

    if ((band == NULL) != (want == NULL) || (band != NULL && strcmp(band->name, want) != 0)) {
        printf("'%s' finds %s, expected %s\n", name, band == NULL ? "nothing" : band->name,
               want == NULL ? "nothing" : want);
        check_failures++;
    }
}

static void
test_names(void)
{
    static const char *const pairs[][2] = {
        { "r", "r" }, { "R", "R" }, { "z", "z" }, { "Z", "Z" }, { "y", "y" }, { "Y", "Y" },
        { "u", "u" }, { "U", "U" }, { "G", "g" }, { "h", "H" }, { "j", "J" }, { "k", "Ks" },
        { "K", "Ks" }, { "KS", "Ks" }, { "K_s", "Ks" }, { "fuv", "FUV" }, { "f200w", "F200W" },
        { "w1", "W1" }, { "r'", "r" },
        /* as they stand in FILTER cards and catalogues */
        { "g.MP9401", "g" }, { "OCAM_g_SDSS", "g" }, { "i_SDSS.res", "i" },
        { "g DECam SDSS c0001 4720.0 1520.0", "g" }, { "z DECam SDSS c0004 9260.0 1520.0", "z" },
        { "GALEX_NUV", "NUV" }, { "2MASS_K", "Ks" }, { "2MASS J", "J" }, { "WISE_W4", "W4" },
        { "HSC-R", "r" }, { "HSC-Z", "z" }, { "HSC-Y", "y" }, { "SDSS u", "u" },
        { "r.00000", "r" }, { "Ks-band", "Ks" }, { "KiDS-test_g", "g" },
        { "ceers_10983_f277w", "F277W" }, { "VISTA Z", "Z" }, { "F158", "F158" }, { "WFI F158M", "F158M" },
        /* nothing, or not only one */
        { "", NULL }, { "CLEAR", NULL }, { "3", NULL }, { "g r", NULL }, { "FUV/NUV", NULL },
        { "H-alpha", NULL }, { "none", NULL }, { "a h", NULL }
    };
    size_t i;

    for (i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        check_band(pairs[i][0], pairs[i][1]);
}

/* HST, JWST and Roman write the wavelength into the name, in 10 nm for the infrared, else in nm. */
static void
test_wavelengths(void)
{
    static const char *const names[] = {
        "F225W", "F275W", "F336W", "F390W", "F435W", "F475W", "F555W", "F606W", "F625W", "F775W",
        "F814W", "F850LP", "F098M", "F105W", "F110W", "F125W", "F140W", "F160W", "F070W", "F090W",
        "F115W", "F140M", "F150W", "F162M", "F182M", "F200W", "F210M", "F250M", "F277W", "F300M",
        "F335M", "F356W", "F360M", "F410M", "F430M", "F444W", "F460M", "F480M", "F560W", "F770W",
        "F1000W", "F1130W", "F1280W", "F1500W", "F1800W", "F2100W", "F2550W", "F158M", "F380M", "F062",
        "F087", "F106", "F129", "F146", "F158", "F184", "F213"
    };
    static const char *const sequence[] = {
        "FUV", "NUV", "u", "g", "r", "i", "z", "y", "J", "H", "Ks", "W1", "IRAC2", "W2", "IRAC3",
        "IRAC4", "W3", "W4"
    };
    const bc_band           *a, *b;
    size_t                   i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        double nominal = atof(names[i] + 1);

        a = bc_band_find(names[i]);
        CHECK(a != NULL && strcmp(a->name, names[i]) == 0);
        if (a != NULL) {
            if (strncmp(a->instrument, "JWST", 4) == 0 || strcmp(a->instrument, "Roman") == 0 || nominal < 200.0)
                nominal *= 10.0;
            check_near(names[i], a->wavelength, nominal, 0.065);
        }
    }
    for (i = 0; i + 1 < sizeof sequence / sizeof sequence[0]; i++) {
        a = bc_band_find(sequence[i]);
        b = bc_band_find(sequence[i + 1]);
        CHECK(a != NULL && b != NULL && a->wavelength < b->wavelength);
    }
}

/* Table 1 of Blanton & Roweis (2007), of another Vega and other curves; Gonzalez-Fernandez et al.
 * (2018) for VISTA. */
static void
test_vega(void)
{
    static const struct {
        const char *name;
        double      ab;
    } known[] = {
        { "U", 0.79 }, { "B", -0.09 }, { "V", 0.02 }, { "R", 0.21 }, { "I", 0.45 }, { "u", 0.91 },
        { "g", -0.08 }, { "r", 0.16 }, { "i", 0.37 }, { "z", 0.54 }, { "Z", 0.502 },
        { "Y", 0.600 }, { "J", 0.916 }, { "H", 1.366 }, { "Ks", 1.827 }
    };
    size_t i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        CHECK(fabs(bc_band_find(known[i].name)->vega_to_ab - known[i].ab) <= 0.03);
}

static void
test_units(void)
{
    const double arcsec = 3.14159265358979323846 / 648000.0, sr = 0.03 * 0.03 * arcsec * arcsec;
    const double jy = 2.5 * log10(3630.7805477), surface = jy - 2.5 * log10(1e6 * sr);
    const struct {
        const char *unit;
        double      want;
    } known[] = {
        { "nanomaggy", 22.5 }, { "nanomaggies", 22.5 }, { "nMgy", 22.5 }, { "NMAGGIE", 22.5 },
        { "nmgy", 22.5 }, { "maggies", 0.0 }, { "Jy", jy }, { "JY", jy }, { "mJy", jy + 7.5 },
        { "uJy", jy + 15.0 }, { "nJy", jy + 22.5 }, { "Jy/pixel", jy }, { "1e-9 maggies", 22.5 },
        { "10^-6 Jy", jy + 15.0 }, { "10**(-6)*Jy", jy + 15.0 },
        { "3.631 uJy", jy + 15.0 - 2.5 * log10(3.631) }, { "erg/s/cm2/Hz", -48.6 },
        { "erg s-1 cm-2 Hz-1", -48.6 }, { "cm-2 erg Hz-1 s-1", -48.6 }, { "erg.Hz-1.s-1.cm-2", -48.6 },
        { "fnu", -48.6 }, { "10-17 erg/cm2/s/Hz", -48.6 + 42.5 }, { "10+3 Jy", jy - 7.5 },
        { "erg / (cm2 Hz s)", -48.6 }, { "erg/(cm**2)/s/Hz", -48.6 }, { "cm**-2.erg.Hz**-1.s**-1", -48.6 },
        { "10**3 erg s^(-1) m^-2 Hz^-1", -48.6 + 10.0 - 7.5 }, { "sr-1 MJy", surface }, { "MJy/sr", surface }, { "MJy sr-1", surface },
        { "MJy.sr**-1", surface }, { "MJY/SR", surface }, { " MJy / sr ", surface },
        { "nanomaggy/arcsec2", 22.5 - 2.5 * log10(0.03 * 0.03) },
        { "nanomaggies arcsec^-2", 22.5 - 2.5 * log10(0.03 * 0.03) }
    };
    static const char *const none[] = {
        "", "DN", "electrons", "counts/s", "mag", "mag/arcsec2", "Jy/beam", "Jy km/s", "m", "nan",
        "0 Jy", "MJy/sr/s", "W/m2", "erg/s/cm2/A", "erg/cm2", "erg/s/cm2", "Jy Hz", "Jy^2", "Jy/sr/arcsec2", "1/Jy",
        "Jy/sr/pixel", "Jy/pixel2", "(Jy", "Jy)", "Jy^", "Jy**(1", "Jy/", "1e400 Jy", "10^ Jy", "((((((((((Jy))))))))))"
    };
    size_t                   i;

    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        check_near(known[i].unit, bc_unit_zeropoint(known[i].unit, sr), known[i].want, 1e-8);
    for (i = 0; i < sizeof none / sizeof none[0]; i++)
        if (!isnan(bc_unit_zeropoint(none[i], sr))) {
            printf("'%s' has a zero point\n", none[i]);
            check_failures++;
        }
    CHECK(isnan(bc_unit_zeropoint("MJy/sr", 0.0)));
    for (i = 0; i < sizeof known / sizeof known[0]; i++)
        CHECK(bc_unit_is_flux(known[i].unit));
    CHECK(bc_unit_is_flux("1e-17 erg/s/cm2/Ang") && bc_unit_is_flux("W m-2 nm-1 arcsec-2"));
    CHECK(!bc_unit_is_flux(NULL) && !bc_unit_is_flux("") && !bc_unit_is_flux("adu") && !bc_unit_is_flux("erg/s/cm2") && !bc_unit_is_flux("mag"));
}

int
main(void)
{
    test_names();
    test_wavelengths();
    test_vega();
    test_units();
    return check_end();
}
