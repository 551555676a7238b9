/* train.c -- trains a generator on a training set: validation after every epoch, the best weights
 * kept.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "ssim.h"
#include "status.h"
#include "symmetry.h"
#include "train.h"

/* Samples ORDER[0..n) into t->in and t->truth. */
static bc_status
fill_batch(bc_training *t, const long *order, int n, int augment)
{
    size_t    area = (size_t)t->model.size * t->model.size;
    int       nin = t->model.graph->nin, nout = t->model.generator.nout, i, b;
    bc_status st;

    for (i = 0; i < n; i++) {
        int s = augment ? (int)bc_random_below(&t->random, BC_SYMMETRIES) : 0;

        st = bc_training_load(t, order[i], augment ? BC_DROP_SOME : BC_DROP_NONE, NULL);
        if (st != BC_OK)
            return st;
        for (b = 0; b < nin; b++)
            bc_turn(t->stamp + b * area, t->model.size, t->model.size, s, t->in + (i * nin + b) * area);
        for (b = 0; b < nout; b++)
            bc_turn(t->stamp + (nin + b) * area, t->model.size, t->model.size, s, t->truth + (i * nout + b) * area);
    }
    return BC_OK;
}

static bc_status
fail_stopped(const bc_training *t)
{
    return bc_fail(BC_STOPPED, "stopped in epoch %d of %d", t->nepoch + 1, t->recipe.epochs);
}

static bc_status
fail_diverged(const bc_training *t)
{
    const int kept = t->best.epoch > 0 && t->checkpoint.file[0] != '\0';

    return bc_fail(BC_DIVERGED,
                   "the loss is not a number any more in epoch %d (a smaller lr may help)%s%s",
                   t->nepoch + 1, kept ? "; the best model before that is " : "",
                   kept ? t->checkpoint.file : "");
}

/* The learning rate when so much of the training is done: up in its first 3 %, as without norms a network may lose
 * all its ReLUs in the first steps, then down along half a cosine. */
static double
schedule(double done)
{
    return fmin(1.0, (done + 0.001) / 0.03) * 0.5 * (1.0 + cos(3.14159265358979 * done));
}

/* The rest of this epoch's training samples. */
static bc_status
train_epoch(bc_training *t, bc_tell tell, void *arg)
{
    const bc_recipe *r = &t->recipe;
    bc_status        st;

    while (t->at < t->ntrain) {
        int             n = t->ntrain - t->at < r->batch ? (int)(t->ntrain - t->at) : r->batch;
        double          done = (t->nepoch + (double)t->at / (double)t->ntrain) / r->epochs;
        struct bc_batch b = { t->in, t->truth, (size_t)n, r->rate * (r->cosine ? schedule(done) : 1.0) };

        bc_training_save_sometimes(t);
        if (tell != NULL && tell(arg, done) != 0)
            return fail_stopped(t);
        st = fill_batch(t, t->train + t->at, n, r->augment);
        if (st == BC_OK)
            st = t->model.backend->step(t->plan, &b, &t->loss);
        if (st != BC_OK)
            return st;
        t->sum += t->loss * n;
        if (!isfinite(t->loss))
            return fail_diverged(t);
        t->at += n;
    }
    return BC_OK;
}

struct validation { double l1, loss, ssim; };   /* sums over samples of means over bands */

/* Sample I of the batch: its loss O and its parts. */
static void
add_sample(const bc_training *t, const struct bc_loss *o, int i, struct validation *v)
{
    const struct bc_loss no_ssim = { .lambda = 0.0 };
    size_t               area = (size_t)t->model.size * t->model.size, j;
    int                  size = t->model.size, bands = t->model.generator.nout, b;
    double              *truth = t->scratch, *y = truth + area;

    for (b = 0; b < bands; b++) {
        for (j = 0; j < area; j++) {
            truth[j] = t->truth[((size_t)i * bands + b) * area + j];
            y[j] = t->out[((size_t)i * t->model.graph->nout + b) * area + j];
        }
        v->l1 += bc_loss(&no_ssim, truth, y, NULL, size, size, NULL, NULL) / bands;
        v->loss += bc_loss(o, truth, y, NULL, size, size, NULL, NULL) / bands;
        v->ssim += bc_ssim_mean(truth, y, size, size, 1.0, NULL) / bands;
    }
}

/* Loss and its parts over the validation samples, without augmentation and without what it says of itself. */
static bc_status
validate(bc_training *t, bc_tell tell, void *arg, bc_epoch *e)
{
    struct validation v = { 0.0, 0.0, 0.0 };
    struct bc_loss    o;
    long              at;
    int               i;
    bc_status         st;

    bc_training_loss(t, &o);
    o.scale = 0.0;
    for (at = 0; at < t->nvalid; at += t->recipe.batch) {
        int n = t->nvalid - at < t->recipe.batch ? (int)(t->nvalid - at) : t->recipe.batch;

        if (tell != NULL && tell(arg, (t->nepoch + 1.0) / t->recipe.epochs) != 0)
            return fail_stopped(t);
        st = fill_batch(t, t->valid + at, n, 0);
        if (st == BC_OK)
            st = t->model.backend->run(t->plan, t->in, t->out, (size_t)n, NULL);
        if (st != BC_OK)
            return st;
        for (i = 0; i < n; i++)
            add_sample(t, &o, i, &v);
    }
    e->valid = v.loss / (double)t->nvalid;      /* NaN if there are none */
    e->valid_l1 = v.l1 / (double)t->nvalid;
    e->valid_ssim = o.lambda > 0.0 ? v.ssim / (double)t->nvalid : (double)NAN;
    return BC_OK;
}

long
bc_training_steps(const bc_training *t, double *loss_p)
{
    const long batch = t->recipe.batch;

    if (loss_p != NULL)
        *loss_p = t->loss;
    return t->nepoch * ((t->ntrain + batch - 1) / batch) + (t->at + batch - 1) / batch;
}

double
bc_training_clock(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Validate, keep the weights if they are the best so far, and turn to the next epoch. */
static bc_status
end_epoch(bc_training *t, bc_tell tell, void *arg)
{
    bc_epoch  e = { .epoch = t->nepoch + 1, .train = t->sum / (double)t->ntrain };
    double    score, best;
    bc_status st = validate(t, tell, arg, &e);

    if (st != BC_OK)
        return st;
    score = t->nvalid > 0 ? e.valid : e.train;
    best = t->nvalid > 0 ? t->best.valid : t->best.train;
    if (!isfinite(score)) {
        t->sum = NAN;               /* tells a later run, too */
        return fail_diverged(t);
    }
    e.best = t->best.epoch == 0 || score < best;
    e.seconds = bc_training_clock() - t->begun;
    if (e.best) {
        struct bc_weights w = { .value = t->model.weights };

        st = t->model.backend->read(t->plan, &w);
        if (st != BC_OK)
            return st;
        t->best = e;
    }
    t->history[t->nepoch++] = e;
    t->at = 0;
    t->sum = 0.0;
    bc_training_shuffle(t);
    return BC_OK;
}

/* What a failed or finished run leaves in its checkpoint. */
static bc_status
leave(bc_training *t, bc_status st)
{
    if (st != BC_OK && st != BC_STOPPED && st != BC_DIVERGED)
        return st;
    if (bc_training_save(t) != BC_OK && st == BC_STOPPED)
        return BC_BAD_FILE;
    if (st == BC_STOPPED)
        return fail_stopped(t);
    return st == BC_DIVERGED ? fail_diverged(t) : st;
}

bc_status
bc_training_run(bc_training *t, bc_tell tell, bc_tell_epoch tell_epoch, void *arg)
{
    bc_status st = BC_OK;

    while (st == BC_OK && t->nepoch < t->recipe.epochs) {
        st = train_epoch(t, tell, arg);
        if (st == BC_OK)
            st = end_epoch(t, tell, arg);
        if (st == BC_OK && tell_epoch != NULL && tell_epoch(arg, &t->history[t->nepoch - 1]) != 0)
            break;
    }
    st = leave(t, st);
    if (st == BC_OK && t->model.generator.local && t->nvalid > 0)
        st = bc_training_calibrate(t, tell, arg);
    return st;
}
