/* score.h -- one row of an evaluation: image after image goes in, a bc_score comes out.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_SCORE_H
#define BC_SCORE_H

#include "bandcast.h"
#include "phot.h"
#include "photometry.h"
#include "profile.h"

struct bc_comparison {          /* one predicted image and the true one, pixels (ny, nx), NaN = left out */
    const float *predicted, *truth;
    double       range;         /* data range of SSIM and PSNR */
    const float *flux, *true_flux;  /* the same in flux units; NULL where there are none */
    double       sigma;         /* sky noise of true_flux; NaN = unknown */
    double       zeropoint;     /* magnitude of 1 unit of both; NaN = unknown */
    double       arcsec;        /* per pixel; NaN = unknown */
    const float *error, *error95;       /* SIGMA and SIGMA95 of the prediction, in the unit of flux; NULL = none */
    const float *colour;        /* flux of the band of colours; NULL = none */
    double       colour_sigma, colour_zeropoint;        /* its sky noise, its zero point */
    double       bright;        /* sky sigmas above which relative errors and magnitudes are taken */
    double       radius;        /* of the central aperture, pixels */
    const unsigned char *segment, *true_segment;    /* (ny, nx), the pixels of which Gini and M20 are */
    struct bc_ellipse    ellipse;   /* of the true galaxy's profile, to its Petrosian radius */
    const unsigned char *others;    /* (ny, nx), 1 where another source is in the true image */
    int          keep;          /* 1: the profile is kept */
    int          lotz;          /* 1: as Lotz et al. 2004, of fluxes; 0: as Zaazou et al. 2025, of all pixels */
    long         nx, ny;
};

struct bc_values { float *x; size_t n, capacity; };

struct bc_tally {
    char              name[40];
    bc_image_score   *image;                    /* (n) */
    struct bc_profile *profile;                 /* (n); without rings if they are not kept */
    long              n, capacity;
    struct bc_values  relative;
    struct bc_coverage coverage;
};

void      bc_tally_begin(struct bc_tally *t, const char *name);
/* ID says which image it is. */
bc_status bc_tally_add(struct bc_tally *t, const char *id, const struct bc_comparison *c);
/* An image whose values are known.  PROFILE, which may be NULL, belongs to T if that succeeds. */
bc_status bc_tally_append(struct bc_tally *t, const bc_image_score *image, const struct bc_profile *profile);
/* Reorders its values, so that more images may follow. */
bc_status bc_tally_score(struct bc_tally *t, bc_score *score_p);
void      bc_tally_free(struct bc_tally *t);

#endif
