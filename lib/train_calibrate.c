/* train_calibrate.c -- what a trained local network is multiplied by so that its fluxes are right on the validation
 * samples, and its errors on those and on the training samples.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>

#include "status.h"
#include "train.h"

enum { BOX = BC_LOSS_BOX };
enum { MOST_PIXELS = 1 << 21, LEAST_BOXES = 20 };

struct box { double ratio, flux; };         /* observed over predicted flux; predicted */

/* What is gathered of an output band. */
struct band {
    struct box            *box;
    size_t                 nbox;
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
    size_t              room, stride;   /* boxes of a band; pixels from one that counts to the next */
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

/* Its fluxes in output band K. */
static void
measure(struct calibration *c, int k)
{
    struct bc_training      *t = c->t;
    const struct bc_stretch *s = &t->model.stretch;
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
    }
}

/* Boxes well above the noise, which sum up BOX * BOX pixels. */
static void
add_boxes(struct calibration *c, int k)
{
    struct band *band = &c->band[k];
    int          size = c->t->model.size, y, x, i;

    for (y = 0; y + BOX <= size; y += BOX)
        for (x = 0; x + BOX <= size && band->nbox < c->room; x += BOX) {
            double predicted = 0.0, observed = 0.0;

            for (i = 0; i < BOX * BOX; i++) {
                size_t at = (size_t)(y + i / BOX) * size + x + i % BOX;

                predicted += c->flux[at];
                observed += c->truth[at];
            }
            if (predicted > 0.0 && observed > 0.0 && predicted + observed > 2.0 * 10.0 * BOX)
                band->box[band->nbox++] = (struct box){ observed / predicted, predicted };
        }
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

static int
by_ratio(const void *a, const void *b)
{
    const struct box *p = a, *q = b;

    return (p->ratio > q->ratio) - (p->ratio < q->ratio);
}

/* The median of the boxes' ratios, each weighted by its flux: it is magnitudes of sources that are to be right. */
static double
median_ratio(struct box *box, size_t n)
{
    double sum = 0.0, total = 0.0;
    size_t i;

    qsort(box, n, sizeof *box, by_ratio);
    for (i = 0; i < n; i++)
        total += box[i].flux;
    for (i = 0; i + 1 < n && (sum += box[i].flux) < 0.5 * total; i++)
        continue;
    return box[i].ratio;
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

    c->room = area(c) * (size_t)c->t->nvalid / (BOX * BOX) + 1;
    c->stride = all / MOST_PIXELS + 1;
    c->out = malloc((2 * bands + 2) * area(c) * sizeof *c->out);
    ok = c->out != NULL;
    for (k = 0; k < bands; k++) {
        c->band[k].box = malloc(c->room * sizeof *c->band[k].box);
        c->band[k].pixel = malloc((all / c->stride + 1) * sizeof *c->band[k].pixel);
        ok = ok && c->band[k].box != NULL && c->band[k].pixel != NULL;
    }
    if (!ok)
        return bc_fail_memory(c->room * sizeof *c->band[0].box, "a calibration");
    c->error = c->out + bands * area(c);
    c->flux = c->error + bands * area(c);
    c->truth = c->flux + area(c);
    return BC_OK;
}

static bc_status
fit_gains(struct calibration *c)
{
    struct bc_model *m = &c->t->model;
    int              k;
    bc_status        st;

    c->drop = BC_DROP_NONE;
    for (k = 0; k < m->generator.nout; k++)
        m->stretch.gain[k] = 1.0;
    st = each_sample(c, c->t->valid, c->t->nvalid, add_boxes);
    for (k = 0; st == BC_OK && k < m->generator.nout; k++)
        if (c->band[k].nbox >= LEAST_BOXES)
            m->stretch.gain[k] = median_ratio(c->band[k].box, c->band[k].nbox);
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
        free(c.band[i].box);
        free(c.band[i].pixel);
    }
    return st;
}
