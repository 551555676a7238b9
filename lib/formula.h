/* formula.h -- what a network has to beat: formulas that give a pixel of one band from the same pixel of others.
 *
 *     bc_formula_begin(f, BC_FORMULA_LOG, nin);
 *     for (pass = 0; pass < BC_FORMULA_PASSES; pass++) {
 *         for each training sample: bc_formula_add(f, bands, truth, sigma, n);
 *         bc_formula_solve(f);
 *     }
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_FORMULA_H
#define BC_FORMULA_H

#include <stddef.h>

#include "stretch.h"

enum bc_formula_kind {
    BC_FORMULA_LOG,         /* exp(sum a_b log x_b + c): least squares of log on pixels above 10 sigma in all bands */
    BC_FORMULA_LINEAR       /* sum a_b x_b + c: least squares weighted by 1 / (sigma^2 + (0.1 truth)^2) */
};

enum { BC_FORMULA_PASSES = 2 };     /* the second leaves out what was beyond 3 standard deviations: log formula only */

struct bc_formula {
    enum bc_formula_kind kind;
    int                  nin;
    double               coefficient[BC_MAX_INPUT + 1]; /* of each input, then the constant; NaN: cannot be fitted */
    double               limit;                         /* largest residual that this pass uses */
    long                 npixel;                        /* used in the last pass */
    long                 count;                         /* so far in this pass */
    double               sum[BC_MAX_INPUT + 2][BC_MAX_INPUT + 2];   /* weighted products of inputs, 1 and truth */
};

void bc_formula_begin(struct bc_formula *f, enum bc_formula_kind kind, int nin);

/* Take in N pixels of bands (any number, n) whose sky noise is SIGMA: the first nin are the inputs, number TRUTH is
 * what is to be predicted. */
void bc_formula_add(struct bc_formula *f, const float *bands, int truth, const double *sigma, size_t n);

/* End a pass: coefficients from what was taken in. */
void bc_formula_solve(struct bc_formula *f);

/* out (n) from the inputs (nin, n).  The log formula gives 0 where an input is not positive. */
void bc_formula_apply(const struct bc_formula *f, const float *bands, size_t n, float *out);

/* "exp(0.41 log g + 0.6 log Z - 0.2)" with the inputs' NAMES. */
void bc_formula_text(const struct bc_formula *f, const char *const *names, char *text, size_t size);

#endif
