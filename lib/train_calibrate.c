/* train_calibrate.c -- what a trained local network is multiplied by so that its fluxes are right on the validation
 * samples, and its errors on those and on the training samples.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "inputs.h"
#include "median.h"
#include "phot.h"
#include "status.h"
#include "train.h"

enum { MOST_PIXELS = 1 << 21, LEAST_SOURCES = 10 };

/* What is gathered of an output band. */
struct band {
    float                 *ratio;       /* observed over predicted flux, of each source */
    size_t                 nratio;
    struct bc_trial_pixel *pixel;
    size_t                 npixel, seen;
};

struct calibration {
    struct bc_training *t;
    bc_tell             tell;
    void               *arg;
    int                 drop;           /* the input that the samples are without, or BC_DROP_NONE */
    int                 learnt;         /* they are training samples */
    double              scale;          /* of the sample at hand */
    float              *out, *error;    /* (bands, area) what the network says of it, in its units */
    float              *flux, *truth;   /* (area) predicted, observed, of one band, in units of the noise */
    size_t              stride;         /* pixels from one that counts to the next */
    struct band         band[BC_MAX_OUTPUT];
};

static size_t
area(const struct calibration *c)
{
    return (size_t)c->t->model.size * c->t->model.size;
}

/* Sample I, predicted. */
static bc_status
predict(struct calibration *c, long i)
{
    struct bc_training *t = c->t;
    bc_status           st;

    if (c->tell != NULL && c->tell(c->arg, 1.0) != 0)
        return bc_fail(BC_STOPPED, "stopped in the calibration after the last epoch");
    st = bc_training_load(t, i, c->drop, &c->scale);
    return st == BC_OK ? bc_model_run(&t->model, t->model.size, t->stamp, c->out, c->error) : st;
}

/* Its fluxes in output band K; the observed ones are NaN where another input is missing than is to be. */
static void
measure(struct calibration *c, int k)
{
    struct bc_training      *t = c->t;
    const struct bc_stretch *s = &t->model.stretch;
    const uint64_t           without = c->drop >= 0 ? (uint64_t)1 << c->drop : 0;
    size_t                   n = area(c), j;
    int                      b = s->nin + k;
    double                   noise = c->scale * s->noise[b];

    for (j = 0; j < n; j++) {
        c->flux[j] = c->out[k * n + j];
        c->truth[j] = t->stamp[(t->model.graph->nin + k) * n + j];
    }
    bc_stretch_invert(s, b, c->scale, c->flux, n);
    bc_stretch_invert(s, b, c->scale, c->truth, n);
    for (j = 0; j < n; j++) {
        c->flux[j] /= (float)noise;
        c->truth[j] /= (float)(noise * s->gain[k]);             /* it was observed, not predicted */
        if (bc_inputs_missing(t->stamp, s->nin, n, j) != without)
            c->truth[j] = NAN;
    }
}

/* The source in the middle of the sample, if it is well above the noise. */
static void
add_source(struct calibration *c, int k)
{
    struct band *band = &c->band[k];
    long         size = c->t->model.size;
    double       middle = 0.5 * ((double)size + 1.0), pixels;
    double       predicted = bc_aperture_sum(c->flux, size, size, middle, middle, 0.5 * BC_LOSS_BOX, &pixels);
    double       observed = bc_aperture_sum(c->truth, size, size, middle, middle, 0.5 * BC_LOSS_BOX, &pixels);

    if (predicted > 0.0 && observed > 10.0 * sqrt(pixels))
        band->ratio[band->nratio++] = (float)(observed / predicted);
}

/* Of many pixels every stride-th. */
static void
add_pixels(struct calibration *c, int k)
{
    const struct bc_stretch *s = &c->t->model.stretch;
    struct band             *band = &c->band[k];
    size_t                   n = area(c), j;
    int                      b = s->nin + k;

    for (j = 0; j < n; j++) {
        double error = bc_stretch_error(s, b, c->scale, c->out[k * n + j], c->error[k * n + j])
                       / (c->scale * s->noise[b]);
        double ratio = fabs(c->flux[j] - c->truth[j]) / error;

        if (!isfinite(ratio) || band->seen++ % c->stride != 0)
            continue;
        band->pixel[band->npixel++] = (struct bc_trial_pixel){ c->flux[j], (float)ratio, c->learnt };
    }
}

static bc_status
each_sample(struct calibration *c, const long *sample, long n, void (*add)(struct calibration *, int k))
{
    long      i;
    int       k;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < n; i++) {
        st = predict(c, sample[i]);
        for (k = 0; st == BC_OK && k < c->t->model.generator.nout; k++) {
            measure(c, k);
            add(c, k);
        }
    }
    return st;
}

static bc_status
allocate(struct calibration *c)
{
    size_t all = area(c) * (size_t)(c->t->nvalid + c->t->ntrain), bands = (size_t)c->t->model.generator.nout, k;
    int    ok;

    c->stride = all / MOST_PIXELS + 1;
    c->out = malloc((2 * bands + 2) * area(c) * sizeof *c->out);
    ok = c->out != NULL;
    for (k = 0; k < bands; k++) {
        c->band[k].ratio = malloc((size_t)(c->t->nvalid + 1) * sizeof *c->band[k].ratio);
        c->band[k].pixel = malloc((all / c->stride + 1) * sizeof *c->band[k].pixel);
        ok = ok && c->band[k].ratio != NULL && c->band[k].pixel != NULL;
    }
    if (!ok)
        return bc_fail_memory((2 * bands + 2) * area(c) * sizeof *c->out, "a calibration");
    c->error = c->out + bands * area(c);
    c->flux = c->error + bands * area(c);
    c->truth = c->flux + area(c);
    return BC_OK;
}

/* Each source counts once, as it does in the median of magnitudes that the gain is to put right.  Weighted by their
 * flux they left Z, Y -> J 0.05 mag too bright on the validation galaxies. */
static bc_status
fit_gains(struct calibration *c)
{
    struct bc_model *m = &c->t->model;
    int              k;
    bc_status        st;

    c->drop = BC_DROP_NONE;
    for (k = 0; k < m->generator.nout; k++)
        m->stretch.gain[k] = 1.0;
    st = each_sample(c, c->t->valid, c->t->nvalid, add_source);
    for (k = 0; st == BC_OK && k < m->generator.nout; k++)
        if (c->band[k].nratio >= LEAST_SOURCES)
            m->stretch.gain[k] = bc_median(c->band[k].ratio, c->band[k].nratio);
    return st;
}

/* Number I: with all inputs, or without input I - 1. */
static bc_status
fit_intervals(struct calibration *c, int i)
{
    struct bc_model *m = &c->t->model;
    int              k;
    bc_status        st;

    c->drop = i == 0 ? BC_DROP_NONE : i - 1;
    for (k = 0; k < m->generator.nout; k++)
        c->band[k].npixel = c->band[k].seen = 0;
    c->learnt = 0;
    st = each_sample(c, c->t->valid, c->t->nvalid, add_pixels);
    c->learnt = 1;
    if (st == BC_OK)
        st = each_sample(c, c->t->train, c->t->ntrain, add_pixels);
    for (k = 0; st == BC_OK && k < m->generator.nout; k++)
        bc_intervals_fit(&m->intervals[k][i], c->band[k].pixel, c->band[k].npixel);
    return st;
}

bc_status
bc_training_calibrate(bc_training *t, bc_tell tell, void *arg)
{
    struct calibration c = { .t = t, .tell = tell, .arg = arg };
    int                nin = t->model.generator.nin, i;
    bc_status          st = allocate(&c);

    if (st == BC_OK)
        st = fit_gains(&c);
    for (i = 0; st == BC_OK && i <= (nin > 1 ? nin : 0); i++)
        st = fit_intervals(&c, i);
    free(c.out);
    for (i = 0; i < BC_MAX_OUTPUT; i++) {
        free(c.band[i].ratio);
        free(c.band[i].pixel);
    }
    return st;
}
