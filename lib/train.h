/* train.h -- a training under way.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_TRAIN_H
#define BC_TRAIN_H

#include "model.h"
#include "random.h"

struct bc_training {
    bc_dataset      *set;
    bc_recipe        recipe;
    struct bc_model  model;                 /* its weights are the best so far */
    struct bc_header texts;                 /* for the model file */
    int              plane[BC_MAX_INPUT + 1];   /* of the set: inputs, then the output */
    long            *train, *valid;         /* sample numbers */
    long             ntrain, nvalid, ntest;
    float           *stamp;                 /* one sample as the network sees it: (nin + 1, size, size) */
    float           *in, *truth, *out;      /* one batch */
    double          *scratch;               /* two stamps in double, for the validation loss */
    struct bc_random random;
    bc_epoch         best;
    int              epochs_done;
};

/* BC_BAD_ARG unless the recipe's numbers make sense. */
bc_status bc_recipe_check(const bc_recipe *recipe);

#endif
