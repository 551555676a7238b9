/* train.h -- a training under way.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_TRAIN_H
#define BC_TRAIN_H

#include "model.h"
#include "newfile.h"
#include "random.h"

/* Where the state of a training is kept; file[0] = '\0': nowhere. */
struct bc_checkpoint {
    char   file[BC_MAX_PATH];
    int    lock;                /* descriptor that holds its lock; -1 = none */
    double interval, last;      /* seconds between two; when the last was written */
    char   trouble[256];        /* why that failed; "" = it did not */
};

struct bc_samples { float *in, *truth; };       /* (n, channels, size, size), (n, outputs, size, size) */

struct bc_training {
    bc_dataset      *set;
    bc_recipe        recipe;
    struct bc_model  model;                 /* its weights are the best so far */
    struct bc_plan  *plan;                  /* that trains */
    struct bc_header texts;                 /* for the model file */
    char             start[BC_NAME_SIZE];   /* name of the model it began with; "" = none */
    char             start_sum[17];         /* its weights' checksum */
    int              plane[BC_MAX_BAND];    /* of the set: inputs, then outputs */
    long            *valid;                 /* sample numbers */
    long             ntrain, nvalid, ntest;
    float           *stamp;                 /* a sample for the network: (channels + outputs, size, size) */
    struct bc_samples batch, next;          /* and the one after it, filled meanwhile */
    float           *out;                   /* of a batch */
    double          *scratch;               /* truth and output in double, for the validation loss */

    /* How far it is.  This, model.weights and what the backend's read gives are all that goes on
     * from step to step, and so what a checkpoint must hold. */
    struct bc_random random;
    long            *train;                 /* sample numbers in this epoch's order */
    long             at;                    /* how many of them are done */
    double           sum;                   /* of their losses; not finite: the end */
    double           loss;                  /* of the last step, which a checkpoint does not hold */
    bc_epoch        *history;               /* (recipe.epochs); those that have ended */
    int              nepoch;
    bc_epoch         best;                  /* epoch = 0: none has ended */
    double           begun;                 /* on the clock, had it never been interrupted */

    struct bc_checkpoint checkpoint;
};

/* The recipe's network, all but the numbers of bands. */
void      bc_recipe_network(const bc_recipe *recipe, struct bc_generator *g);
/* The model's bands and their planes of the set.  What the recipe does not say: the bands of the model to begin with,
 * or all bands of the set but the last predict the last. */
bc_status bc_training_bands(bc_training *t);

/* Sample I as the network sees it, into t->stamp: its channels, then the true outputs.  drop: the input band that it is
 * to be without, BC_DROP_NONE, or BC_DROP_SOME: now and then one, in a part of it or in all, if the recipe says so.
 * *scale_p (NULL: not wanted) of its stretch. */
enum { BC_DROP_NONE = -1, BC_DROP_SOME = -2 };
bc_status bc_training_load(bc_training *t, long i, int drop, double *scale_p);
/* What a step minimises. */
void      bc_training_loss(const bc_training *t, struct bc_loss *loss);
/* A plan that goes on from W, in the place of the one there is. */
bc_status bc_training_compile(bc_training *t, const struct bc_weights *w);
/* A new order for the next epoch, if the recipe wants one. */
void      bc_training_shuffle(bc_training *t);

/* Append what must be the same for this training to be gone on with, a card each, the recipe under
 * the names of bandtrain's parameters.  compare: BC_BAD_SHAPE, and the message names what differs
 * from the cards THEIRS. */
bc_status bc_training_describe(const bc_training *t, struct bc_header *h);
bc_status bc_training_compare(const bc_training *t, const struct bc_header *theirs);

/* The best weights' gains and intervals, from the validation and the training samples.  The training cannot go on
 * after that; BC_STOPPED if TELL (NULL: none) says so. */
bc_status bc_training_calibrate(bc_training *t, bc_tell tell, void *arg);

/* Seconds of a clock that is never set. */
double    bc_training_clock(void);
/* Write the checkpoint, if there is to be one.  What it replaces is gone only when the new one is
 * complete. */
bc_status bc_training_save(bc_training *t);
/* The same when it is time; a failure is kept as trouble. */
void      bc_training_save_sometimes(bc_training *t);
/* The model is written: nothing is left to go on with. */
void      bc_training_forget(bc_training *t);

/* The model of the best weights so far, which is going to be called FILE, into F. */
bc_status bc_training_put(const bc_training *t, const char *file, struct bc_fits *f);

#endif
