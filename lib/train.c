/* train.c -- trains a generator on a training set: validation after every epoch, the best weights
 * kept.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "ssim.h"
#include "status.h"
#include "symmetry.h"
#include "train.h"

/* Samples ORDER[0..n) into B, to LEARN from them turned and without some bands as the recipe has it. */
static bc_status
fill_batch(bc_training *t, const long *order, int n, int learn, const struct bc_samples *b)
{
    size_t    area = (size_t)t->model.size * t->model.size;
    int       nin = t->model.graph->nin, nout = t->model.generator.nout, i, k;
    bc_status st;

    for (i = 0; i < n; i++) {
        int s = learn && t->recipe.augment ? (int)bc_random_below(&t->random, BC_SYMMETRIES) : 0;

        st = bc_training_load(t, order[i], learn ? BC_DROP_SOME : BC_DROP_NONE, NULL);
        if (st != BC_OK)
            return st;
        for (k = 0; k < nin; k++)
            bc_turn(t->stamp + k * area, t->model.size, t->model.size, s, b->in + (i * nin + k) * area);
        for (k = 0; k < nout; k++)
            bc_turn(t->stamp + (nin + k) * area, t->model.size, t->model.size, s, b->truth + (i * nout + k) * area);
    }
    return BC_OK;
}

/* ---- a batch ahead ------------------------------------------------------------------------------ */

/* The batch after the one that the device has: a thread fills it meanwhile, since reading and stretching it takes about
 * as long as a step on a GPU.  What is drawn at random for it counts when it is taken, so that a checkpoint before that
 * knows nothing of it. */
struct ahead {
    bc_training     *t;
    const long      *order;
    int              learn, n;      /* 0 samples: there is none */
    struct bc_random before, after; /* it was drawn */
    pthread_t        thread;
    bc_status        st;
    char             why[512];
};

static void *
fill_ahead(void *arg)
{
    struct ahead *a = arg;

    a->st = fill_batch(a->t, a->order, a->n, a->learn, &a->t->next);
    snprintf(a->why, sizeof a->why, "%s", bc_message());        /* which is this thread's */
    return NULL;
}

/* N samples from ORDER on, if there are any.  Signals are for the threads of the program. */
static void
begin_ahead(struct ahead *a, const long *order, int n)
{
    sigset_t all, old;

    a->order = order;
    a->n = n;
    a->before = a->t->random;
    if (n == 0)
        return;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (pthread_create(&a->thread, NULL, fill_ahead, a) != 0)
        a->n = 0;                   /* then it is filled when it is wanted */
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static void
end_ahead(struct ahead *a)
{
    if (a->n == 0)
        return;
    pthread_join(a->thread, NULL);
    a->after = a->t->random;
    a->t->random = a->before;
}

/* N samples from ORDER on, whether they are ready or not, into t->batch. */
static bc_status
take_batch(struct ahead *a, const long *order, int n)
{
    bc_training      *t = a->t;
    struct bc_samples ready = t->next;

    if (a->n == 0)
        return fill_batch(t, order, n, a->learn, &t->batch);
    t->random = a->after;
    t->next = t->batch;
    t->batch = ready;
    return a->st == BC_OK ? BC_OK : bc_fail(a->st, "%s", a->why);
}

/* ---- an epoch ----------------------------------------------------------------------------------- */

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

/* Samples of the next batch when LEFT are left. */
static int
batch_size(const bc_training *t, long left)
{
    return left < t->recipe.batch ? (int)left : t->recipe.batch;
}

/* The rest of this epoch's training samples. */
static bc_status
train_epoch(bc_training *t, bc_tell tell, void *arg)
{
    const bc_recipe *r = &t->recipe;
    struct ahead     a = { .t = t, .learn = 1 };
    bc_status        st;

    while (t->at < t->ntrain) {
        int             n = batch_size(t, t->ntrain - t->at);
        double          done = (t->nepoch + (double)t->at / (double)t->ntrain) / r->epochs;
        struct bc_batch b = { .n = (size_t)n, .rate = r->rate * (r->cosine ? schedule(done) : 1.0) };

        bc_training_save_sometimes(t);
        if (tell != NULL && tell(arg, done) != 0)
            return fail_stopped(t);
        st = take_batch(&a, t->train + t->at, n);
        if (st != BC_OK)
            return st;
        b.in = t->batch.in;
        b.truth = t->batch.truth;
        begin_ahead(&a, t->train + t->at + n, batch_size(t, t->ntrain - t->at - n));
        st = t->model.backend->step(t->plan, &b, &t->loss);
        end_ahead(&a);
        if (st != BC_OK)
            return st;
        t->sum += t->loss * n;
        if (!isfinite(t->loss))
            return fail_diverged(t);
        t->at += n;
    }
    return BC_OK;
}

struct validation { double l1, loss, ssim, nssim; };    /* sums over samples of means over bands; nssim: who has one */

/* Sample I of the batch: its loss O and its parts.  SSIM takes by far the most time, so it is not asked for twice. */
static void
add_sample(const bc_training *t, const struct bc_loss *o, int i, struct validation *v)
{
    const struct bc_loss no_ssim = { .lambda = 0.0 };
    struct bc_loss       rest = *o;
    size_t               area = (size_t)t->model.size * t->model.size, j;
    int                  size = t->model.size, bands = t->model.generator.nout, b;
    double              *truth = t->scratch, *y = truth + area;

    rest.lambda = 0.0;
    for (b = 0; b < bands; b++) {
        double ssim = (double)NAN;

        for (j = 0; j < area; j++) {
            truth[j] = t->batch.truth[((size_t)i * bands + b) * area + j];
            y[j] = t->out[((size_t)i * t->model.graph->nout + b) * area + j];
        }
        if (o->lambda > 0.0)
            ssim = bc_ssim_mean(truth, y, size, size, 1.0, NULL);
        if (o->lambda > 0.0 && (!isnan(ssim) || size < BC_SSIM_TAPS))       /* NaN: no window has a truth */
            v->loss += o->lambda * (1.0 - ssim) / bands;
        v->loss += bc_loss(&rest, truth, y, NULL, size, size, NULL, NULL) / bands;
        v->l1 += bc_loss(&no_ssim, truth, y, NULL, size, size, NULL, NULL) / bands;
        v->ssim += isnan(ssim) ? 0.0 : ssim / bands;
        v->nssim += isnan(ssim) ? 0.0 : 1.0 / bands;
    }
}

/* Loss and its parts over the validation samples, without augmentation and without what it says of itself. */
static bc_status
validate(bc_training *t, bc_tell tell, void *arg, bc_epoch *e)
{
    struct validation v = { .loss = 0.0 };
    struct ahead      a = { .t = t };
    struct bc_loss    o;
    long              at;
    int               n, i;
    bc_status         st;

    bc_training_loss(t, &o);
    o.scale = 0.0;
    for (at = 0; at < t->nvalid; at += n) {
        n = batch_size(t, t->nvalid - at);
        if (tell != NULL && tell(arg, (t->nepoch + 1.0) / t->recipe.epochs) != 0)
            return fail_stopped(t);
        st = take_batch(&a, t->valid + at, n);
        if (st != BC_OK)
            return st;
        begin_ahead(&a, t->valid + at + n, batch_size(t, t->nvalid - at - n));
        st = t->model.backend->run(t->plan, t->batch.in, t->out, (size_t)n, NULL);
        for (i = 0; st == BC_OK && i < n; i++)
            add_sample(t, &o, i, &v);
        end_ahead(&a);
        if (st != BC_OK)
            return st;
    }
    e->valid = v.loss / (double)t->nvalid;      /* NaN if there are none */
    e->valid_l1 = v.l1 / (double)t->nvalid;
    e->valid_ssim = v.nssim > 0.0 ? v.ssim / v.nssim : (double)NAN;
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
