/* test_population.c -- populations have the colours that galaxies are observed to have.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "population.h"

/* Magnitude at WAVELENGTH minus that in r. */
static double
colour(double age, double wavelength)
{
    return -2.5 * log10(bc_population_flux(age, wavelength));
}

int
main(void)
{
    static const double ages[] = { 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 6.0, 12.0 };
    size_t              i;

    check_near("r of itself", colour(5.0, 617.5), 0.0, 1e-12);
    /* The red sequence: NUV - r 5 to 6.5 (Wyder et al. 2007), u - r 2.2 to 3 (Strateva et al. 2001), g - r 0.7 to
     * 0.95 (Blanton et al. 2003); r - Ks 0.6 to 1.1 in AB (Mannucci et al. 2001: 2.4 to 2.9 of Vega). */
    for (i = 6; i < 8; i++) {
        CHECK(colour(ages[i], 230.1) > 5.0 && colour(ages[i], 230.1) < 6.5);
        CHECK(colour(ages[i], 355.7) > 2.2 && colour(ages[i], 355.7) < 3.0);
        CHECK(colour(ages[i], 470.2) > 0.7 && colour(ages[i], 470.2) < 0.95);
        CHECK(-colour(ages[i], 2150.0) > 0.6 && -colour(ages[i], 2150.0) < 1.1);
    }
    /* O and B stars: as blue as the Rayleigh-Jeans tail allows, 2.5 log10 (617.5 / 153.5)^2 = 3.0. */
    CHECK(colour(0.003, 153.5) < -0.5 && colour(0.003, 153.5) > -3.1);
    for (i = 1; i < sizeof ages / sizeof *ages; i++) {                  /* older is redder */
        CHECK(colour(ages[i], 230.1) > colour(ages[i - 1], 230.1));
        CHECK(colour(ages[i], 470.2) > colour(ages[i - 1], 470.2));
    }
    return check_end();
}
