/* population.h -- the light of stars that were born together.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_POPULATION_H
#define BC_POPULATION_H

/* Flux density per unit of frequency, of a population of AGE (Gyr, 0.001 to 14) at WAVELENGTH (nm, 100 to 5000),
 * in units of its own at 617.5 nm: a caricature that has the colours of real populations to some tenths of a
 * magnitude, for simulated galaxies. */
double bc_population_flux(double age, double wavelength);

#endif
