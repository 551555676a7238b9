/* intervals.h -- how wrong a prediction may be: what a local generator says of it, held against data that it has not
 * learnt from (conformal prediction; Angelopoulos & Bates 2023, section 2.2, per group of predicted fluxes).
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_INTERVALS_H
#define BC_INTERVALS_H

#include <stddef.h>

#include "header.h"

enum { BC_MAX_INTERVALS = 8 };

/* The network's own scale times a factor is half of the interval that holds 68.27 % (95.45 %) of what is observed. */
struct bc_intervals {
    int    n;                                   /* groups; 0 = not calibrated */
    double flux[BC_MAX_INTERVALS];              /* typical predicted flux, rising, in units of the sky noise */
    double one[BC_MAX_INTERVALS], two[BC_MAX_INTERVALS];    /* factors for 68.27 % and 95.45 % */
};

/* Between the groups linear in asinh of the flux.  Not calibrated: those of Laplace's distribution. */
double bc_intervals_one(const struct bc_intervals *v, double flux);
double bc_intervals_two(const struct bc_intervals *v, double flux);

/* A pixel to calibrate with. */
struct bc_trial_pixel {
    float flux, ratio;                          /* predicted flux / sky noise; |observed - predicted| / scale */
    int   learnt;                               /* the network has learnt from it */
};
/* Each group's factors are what the pixels ask for that it has not learnt from, or those that all ask for where they
 * are larger: what is learnt is hardly more wrong than the rest, so where it seems to be, the rest is of too few
 * galaxies.  Sorts the pixels. */
void bc_intervals_fit(struct bc_intervals *v, struct bc_trial_pixel *pixel, size_t n);

/* Of N models together: the geometric means of their factors, at the means of their fluxes' asinh; not calibrated if
 * one of them is not. */
void bc_intervals_join(const struct bc_intervals *const *models, int n, struct bc_intervals *v);

/* Cards of a model, of its output K (from 0): those with all inputs (B = 0), those without input B.  read: 0 if they
 * make no sense. */
struct bc_fits;
int       bc_intervals_read(struct bc_intervals *v, const struct bc_header *h, int k, int b);
bc_status bc_intervals_put(const struct bc_intervals *v, struct bc_fits *f, int k, int b);

#endif
