/* evaluate.h -- the rows of an evaluation, for what fills them.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_EVALUATE_H
#define BC_EVALUATE_H

#include "bandcast.h"
#include "formula.h"
#include "model.h"
#include "score.h"

/* Rows of a model on a training set, for each output band; the copies of the inputs come last.  Pairs of images have
 * one row, 0. */
enum { BC_ROW_MODEL, BC_ROW_LOG, BC_ROW_LINEAR, BC_ROW_COPY };

struct bc_evaluation {
    bc_evaluation_options o;
    struct bc_tally      *tally;                /* (nrow) */
    int                   nrow, per_band;       /* all; of one output band */
    struct bc_formula    *formula;              /* (nrow), of rows LOG and LINEAR; NULL for pairs */
    char                  band[BC_MAX_INPUT][BC_NAME_SIZE];
    int                   nin;
    struct bc_lines       photometry;           /* ... if they are measured: */
    int                   measured;
    char                  unit[BC_NAME_SIZE];   /* of the true images; "" = none, or they differ */
    double                zeropoint;            /* AB, of the first true image; NaN = not known */
    int                   units_differ;
    int                   lotz;                 /* Gini and M20: 1 of fluxes in segmentation maps, 0 of all pixels */
};

/* Pixels by which an aperture may be wider than an image: the pixel scale is not known better. */
#define BC_APERTURE_SLACK 0.01

bc_status bc_evaluation_begin_rows(bc_evaluation *e, int bands, int per_band);
/* How Gini and M20 are measured, now that it is known whether pixels are FLUXES. */
bc_status bc_evaluation_choose_morph(bc_evaluation *e, int fluxes);
/* A true image in UNIT, of that AB zero point, is to come, the FIRST or one more. */
void      bc_evaluation_note_unit(bc_evaluation *e, const char *unit, double zeropoint, int first);
/* Take in a comparison; MAPS (3, ny, nx) is scratch.  Pixels without a datum in one image count in neither. */
bc_status bc_evaluation_add(bc_evaluation *e, int row, const char *id, struct bc_comparison *c, unsigned char *maps);

#endif
