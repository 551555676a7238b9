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

struct calibration {
    struct bc_training    *t;
    int                    band;            /* of the output bands, from 0 */
    int                    drop;            /* the input that the samples are without, or BC_DROP_NONE */
    double                 scale;           /* of the sample at hand */
    float                 *all, *all_error; /* (bands, area) what the network says of it, in its units */
    float                 *out, *error;     /* (area) the same of the band */
    float                 *flux, *truth;    /* (area) predicted, observed, in units of the noise */
    struct box            *box;
    size_t                 nbox, room;
    struct bc_trial_pixel *pixel;
    size_t                 npixel, stride, seen;
    int                    learnt;          /* it is of the training samples */
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
    struct bc_training      *t = c->t;
    const struct bc_stretch *s = &t->model.stretch;
    size_t                   n = area(c), j;
    int                      b = s->nin + c->band;
    double                   noise;
    bc_status                st = bc_training_load(t, i, c->drop, &c->scale);

    if (st == BC_OK)
        st = bc_model_run(&t->model, t->model.size, t->stamp, c->all, c->all_error);
    for (j = 0; st == BC_OK && j < n; j++) {
        c->flux[j] = c->out[j];
        c->truth[j] = t->stamp[(t->model.graph->nin + c->band) * n + j];
    }
    if (st != BC_OK)
        return st;
    noise = c->scale * s->noise[b];
    bc_stretch_invert(s, b, c->scale, c->flux, n);
    bc_stretch_invert(s, b, c->scale, c->truth, n);
    for (j = 0; j < n; j++) {
        c->flux[j] /= (float)noise;
        c->truth[j] /= (float)(noise * s->gain[c->band]);       /* it was observed, not predicted */
    }
    return BC_OK;
}

/* Boxes well above the noise, which sum up BOX * BOX pixels. */
static void
add_boxes(struct calibration *c)
{
    int size = c->t->model.size, y, x, i;

    for (y = 0; y + BOX <= size; y += BOX)
        for (x = 0; x + BOX <= size && c->nbox < c->room; x += BOX) {
            double predicted = 0.0, observed = 0.0;

            for (i = 0; i < BOX * BOX; i++) {
                size_t at = (size_t)(y + i / BOX) * size + x + i % BOX;

                predicted += c->flux[at];
                observed += c->truth[at];
            }
            if (predicted > 0.0 && observed > 0.0 && predicted + observed > 2.0 * 10.0 * BOX)
                c->box[c->nbox++] = (struct box){ observed / predicted, predicted };
        }
}

/* Of many pixels every stride-th. */
static void
add_pixels(struct calibration *c)
{
    const struct bc_stretch *s = &c->t->model.stretch;
    size_t                   n = area(c), j;
    int                      b = s->nin + c->band;

    for (j = 0; j < n; j++) {
        double error = bc_stretch_error(s, b, c->scale, c->out[j], c->error[j]) / (c->scale * s->noise[b]);
        double ratio = fabs(c->flux[j] - c->truth[j]) / error;

        if (!isfinite(ratio) || c->seen++ % c->stride != 0)
            continue;
        c->pixel[c->npixel++] = (struct bc_trial_pixel){ c->flux[j], (float)ratio, c->learnt };
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
each_sample(struct calibration *c, const long *sample, long n, void (*add)(struct calibration *))
{
    long      i;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < n; i++) {
        st = predict(c, sample[i]);
        if (st == BC_OK)
            add(c);
    }
    return st;
}

static bc_status
allocate(struct calibration *c)
{
    size_t all = area(c) * (size_t)(c->t->nvalid + c->t->ntrain), bands = (size_t)c->t->model.generator.nout;

    c->room = area(c) * (size_t)c->t->nvalid / (BOX * BOX) + 1;
    c->stride = all / MOST_PIXELS + 1;
    c->all = malloc((2 * bands + 2) * area(c) * sizeof *c->all);
    c->box = malloc(c->room * sizeof *c->box);
    c->pixel = malloc((all / c->stride + 1) * sizeof *c->pixel);
    if (c->all == NULL || c->box == NULL || c->pixel == NULL)
        return bc_fail_memory(c->room * sizeof *c->box, "a calibration");
    c->all_error = c->all + bands * area(c);
    c->flux = c->all_error + bands * area(c);
    c->truth = c->flux + area(c);
    return BC_OK;
}

/* Output band K: its gain, then its intervals. */
static bc_status
calibrate(struct calibration *c, int k)
{
    const struct bc_training *t = c->t;
    struct bc_model          *m = &c->t->model;
    int                       nin = m->generator.nin, b;
    bc_status                 st;

    c->band = k;
    c->drop = BC_DROP_NONE;
    c->out = c->all + k * area(c);
    c->error = c->all_error + k * area(c);
    c->nbox = 0;
    m->stretch.gain[k] = 1.0;
    st = each_sample(c, t->valid, t->nvalid, add_boxes);
    if (st == BC_OK && c->nbox >= LEAST_BOXES)
        m->stretch.gain[k] = median_ratio(c->box, c->nbox);
    for (b = 0; st == BC_OK && b <= (nin > 1 ? nin : 0); b++) {
        c->drop = b == 0 ? BC_DROP_NONE : b - 1;
        c->npixel = c->seen = 0;
        c->learnt = 0;
        st = each_sample(c, t->valid, t->nvalid, add_pixels);
        c->learnt = 1;
        if (st == BC_OK)
            st = each_sample(c, t->train, t->ntrain, add_pixels);
        if (st == BC_OK)
            bc_intervals_fit(&m->intervals[k][b], c->pixel, c->npixel);
    }
    return st;
}

bc_status
bc_training_calibrate(bc_training *t)
{
    struct calibration c = { .t = t };
    int                k;
    bc_status          st = allocate(&c);

    for (k = 0; st == BC_OK && k < t->model.generator.nout; k++)
        st = calibrate(&c, k);
    free(c.all);
    free(c.box);
    free(c.pixel);
    return st;
}
