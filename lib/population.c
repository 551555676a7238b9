/* population.c -- the light of stars that were born together.
 *
 * Main sequence: Salpeter's mass function, textbook relations of mass, luminosity and radius, black bodies with the
 * line blanketing of cool stars below 400 nm.  What has left it shines as two black bodies of giants, a part of the
 * whole that grows with age (fuel consumption; Renzini & Buzzoni 1986 for its size).
 * SPDX-License-Identifier: BSD-3-Clause */
#include "population.h"

#include <math.h>

static const double SUN = 5772.0;               /* K */
static const double HOT_GIANTS = 4800.0, COLD_GIANTS = 3000.0, EXPOSED_CORES = 22000.0;   /* K; cores: UV upturn */
static const double LEAST = 0.1, MOST = 60.0;   /* solar masses */

/* Flux density of a black body of TEMPERATURE and bolometric luminosity 1. */
static double
black_body(double temperature, double wavelength)
{
    double x = 1.438777e7 / (wavelength * temperature);     /* h c / k, nm K */

    return x * x * x / expm1(x) / temperature;
}

/* The part that line blanketing leaves: metal lines, the 400 nm break; hot stars have none. */
static double
blanketing(double temperature, double wavelength)
{
    double cool = 1.0 / (1.0 + exp((temperature - 8500.0) / 700.0));

    return wavelength >= 400.0 ? 1.0 : exp(-cool * (0.30 + (400.0 - wavelength) / 130.0));
}

static double
luminosity(double mass)
{
    if (mass < 0.43)
        return 0.23 * pow(mass, 2.3);
    if (mass < 2.0)
        return pow(mass, 4.0);
    return mass < 20.0 ? 1.4 * pow(mass, 3.5) : 1.4 * pow(20.0, 3.5) * pow(mass / 20.0, 1.6);
}

/* Main-sequence lifetime in Gyr. */
static double
lifetime(double mass)
{
    return fmax(10.0 * mass / luminosity(mass), 0.003);
}

static double
flux(double age, double wavelength)
{
    enum { STEPS = 300 };
    double step = log(MOST / LEAST) / STEPS, main = 0.0, whole = 0.0, part;
    int    i;

    for (i = 0; i < STEPS; i++) {
        double mass = LEAST * exp((i + 0.5) * step), l = luminosity(mass);
        double radius = pow(mass, mass < 1.0 ? 0.8 : 0.57), t = SUN * pow(l / (radius * radius), 0.25);
        double n = pow(mass, -1.35) * step;

        if (lifetime(mass) < age)
            break;
        main += n * l * black_body(t, wavelength) * blanketing(t, wavelength);
        whole += n * l;
    }
    part = fmin(fmax(0.10 + 0.20 * log10(age / 0.01), 0.05), 0.75);     /* of giants, in bolometric light */
    return (1.0 - part) * main / whole
           + part * (0.55 * black_body(HOT_GIANTS, wavelength) * blanketing(HOT_GIANTS, wavelength)
                     + 0.44 * black_body(COLD_GIANTS, wavelength) * blanketing(COLD_GIANTS, wavelength)
                     + 0.01 * black_body(EXPOSED_CORES, wavelength));
}

double
bc_population_flux(double age, double wavelength)
{
    return flux(age, wavelength) / flux(age, 617.5);
}
