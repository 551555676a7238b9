/* predict.h -- a prediction at work: rows of the bands in, windows through the network, rows of the
 * new image out, so that no image need fit into memory.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PREDICT_H
#define BC_PREDICT_H

#include "model.h"
#include "region.h"

/* A registration error of that size, in pixels, is usual in good mosaics. */
#define BC_GRID_TOLERANCE 0.1

/* One output band and where it goes. */
struct bc_product {
    const char     *unit;
    char            asked[72];                          /* it, where the caller asked for one */
    double          zeropoint, angstrom;                /* of it: AB, NaN = none; pivot wavelength, 0 = needs none */
    double          to_unit, truth_factor;              /* from the model's, from the truth's */
    bc_image       *image;                              /* the new one */
    float          *mask, *sigma[2];                    /* in memory: its MASK, SIGMA and SIGMA95 */
    const bc_image *truth;                              /* into a file: of RESIDUAL; NULL = none */
    int             reached;                            /* 1: its image has pixels of what is predicted */
    char            how[160];                           /* how truth_factor is known; "" = it is not */
    const char     *name;
    struct bc_fits *file;
};

struct bc_prediction {
    struct bc_model          *model;
    const bc_image *const    *bands;
    const bc_predict_options *o;
    bc_predict_report         report;
    long                      nx, ny;               /* of the bands */
    struct bc_area            area;                 /* what is predicted of them */
    int                       whole;                /* 1: one pass, 0: windows */
    int                       may_divide;           /* 1: one pass was not asked for */
    int                       size;                 /* side of the windows */
    size_t                    memory;               /* bytes that may be used */
    double                    factor[BC_MAX_INPUT]; /* from a band's unit to the model's */
    char                      how[BC_MAX_INPUT][160];       /* how the factors are known; "" = they are not */
    float                     limits[BC_MAX_INPUT][2];      /* of its stretch */
    double                    scale;                /* of the stretch */
    int                       sigmas;               /* planes that say how wrong it is: 0, 1 SIGMA, 2 also SIGMA95 */
    /* Takes NY rows of the area of output band K from its row Y (0-based) on, in order, in the output's unit, NaN where
     * FLAGS has a bit of BC_NO_PREDICTION.  SIGMA: see sigmas. */
    bc_status               (*put)(struct bc_prediction *p, int k, long y, long ny, const float *pixels,
                                   const float *const sigma[2], const unsigned char *flags);
    struct bc_product         product[BC_MAX_OUTPUT];
    int                       clobber;
};

/* Check the bands and the options, then look at all pixels once: limits and noise. */
bc_status bc_predict_prepare(struct bc_prediction *p);
/* All rows, from the bands through the network to put. */
bc_status bc_predict_rows(struct bc_prediction *p);

#endif
