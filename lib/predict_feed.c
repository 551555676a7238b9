/* predict_feed.c -- windows on their way through a network.
 *
 * They are gathered in lots.  With more windows than one lot holds there are two: a thread of its own waits for the
 * device with one of them, while the caller takes what came of the lot before and fills it again.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_feed.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "status.h"

enum { SAMPLE = 128 * 128 };        /* pixels of those samples of which a backend's batch is enough to keep it busy */

struct lot {
    float          *window, *result;
    long           *which;
    struct bc_part *part;               /* of each that is wanted */
    int             n;
};

struct feed {
    struct bc_prediction *p;
    int                   h, w, batch, member;
    struct lot            lot[2];
    int                   lots, next;       /* next: is being filled */
    feed_take            *take;
    void                 *arg;

    pthread_t             thread;
    int                   has_thread;
    pthread_mutex_t       lock;
    pthread_cond_t        turn;
    struct lot           *job;              /* is being computed; NULL = none is */
    int                   done, stop;
    bc_status             st;               /* of the job, and why */
    char                  why[512];
};

/* ---- how many --------------------------------------------------------------------------------- */

static size_t
area(const struct feed *f)
{
    return (size_t)f->h * f->w;
}

int
feed_batch(const struct bc_model *m, int h, int w, long most)
{
    size_t one = (size_t)h * w, pixels = (size_t)m->backend->batch * SAMPLE, n;

    if (m->most_pixels > 0 && m->most_pixels < pixels)
        pixels = m->most_pixels;
    n = pixels / one;
    return n < 1 ? 1 : n > (size_t)most ? (int)most : (int)n;
}

static int
count_lots(int batch, long most)
{
    return most > batch ? 2 : 1;
}

size_t
feed_size(const struct bc_model *m, int h, int w, int batch, long most)
{
    return (size_t)count_lots(batch, most) * batch * h * w * (m->graph->nin + m->graph->nout) * sizeof(float)
           + bc_model_windows_size(m, h, w, batch);
}

/* Memory was short, as bc_message says: half of the windows at a time from now on. */
static void
give_way(struct feed *f)
{
    bc_predict_report *r = &f->p->report;

    bc_model_release(f->p->model);          /* the other members', too */
    f->batch /= 2;
    f->p->model->most_pixels = f->batch * area(f);
    snprintf(r->memory, sizeof r->memory, "%s: %d window%s at a time", bc_message(), f->batch,
             f->batch == 1 ? "" : "s");
}

static bc_status
make_plan(struct feed *f)
{
    bc_status st;

    while ((st = bc_model_plan(f->p->model, f->member, f->h, f->w, f->batch)) == BC_NO_MEMORY && f->batch > 1)
        give_way(f);
    return st;
}

/* ---- a lot ------------------------------------------------------------------------------------ */

static bc_status
run_lot(struct feed *f, const struct lot *l)
{
    struct bc_model       *m = f->p->model;
    const struct bc_graph *g = m->graph;
    int                    at, n;
    bc_status              st = BC_OK;

    for (at = 0; st == BC_OK && at < l->n; at += n) {
        n = l->n - at < f->batch ? l->n - at : f->batch;
        st = bc_model_windows(m, l->window + at * area(f) * g->nin, l->result + at * area(f) * g->nout, (size_t)n,
                              l->part + at);
    }
    return st;
}

/* A lot was run with ST: as often as memory was short again with fewer windows at a time, then taken. */
static bc_status
finish_lot(struct feed *f, struct lot *l, bc_status st)
{
    int i;

    while (st == BC_NO_MEMORY && f->batch > 1) {
        give_way(f);
        st = make_plan(f);
        if (st == BC_OK)
            st = run_lot(f, l);
    }
    for (i = 0; st == BC_OK && i < l->n; i++)
        f->take(f->arg, l->which[i], l->result + i * area(f) * f->p->model->graph->nout);
    l->n = 0;
    return st;
}

/* ---- the thread ------------------------------------------------------------------------------- */

static void *
work(void *arg)
{
    struct feed *f = arg;

    pthread_mutex_lock(&f->lock);
    while (!f->stop) {
        if (f->job != NULL && !f->done) {
            bc_status st;

            pthread_mutex_unlock(&f->lock);
            st = run_lot(f, f->job);
            pthread_mutex_lock(&f->lock);
            f->st = st;
            snprintf(f->why, sizeof f->why, "%s", bc_message());        /* which is this thread's */
            f->done = 1;
            pthread_cond_signal(&f->turn);
        } else {
            pthread_cond_wait(&f->turn, &f->lock);
        }
    }
    pthread_mutex_unlock(&f->lock);
    return NULL;
}

/* Signals are for the threads of the program. */
static bc_status
start_thread(struct feed *f)
{
    sigset_t all, before;
    int      failed;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    failed = pthread_create(&f->thread, NULL, work, f);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    f->has_thread = !failed;
    return failed ? bc_fail(BC_NO_MEMORY, "a thread could not be started") : BC_OK;
}

static void
post(struct feed *f, struct lot *l)
{
    pthread_mutex_lock(&f->lock);
    f->job = l;
    f->done = 0;
    pthread_cond_signal(&f->turn);
    pthread_mutex_unlock(&f->lock);
}

/* Wait for the lot that is being computed, if one is. */
static bc_status
receive(struct feed *f)
{
    struct lot *l = f->job;

    if (l == NULL)
        return BC_OK;
    pthread_mutex_lock(&f->lock);
    while (!f->done)
        pthread_cond_wait(&f->turn, &f->lock);
    f->job = NULL;
    pthread_mutex_unlock(&f->lock);
    return finish_lot(f, l, f->st == BC_OK ? BC_OK : bc_fail(f->st, "%s", f->why));
}

static bc_status
send_lot(struct feed *f)
{
    struct lot *l = &f->lot[f->next];
    bc_status   st = receive(f);

    if (st != BC_OK || l->n == 0)
        return st;
    if (f->lots == 1)
        return finish_lot(f, l, run_lot(f, l));
    post(f, l);
    f->next = 1 - f->next;
    return BC_OK;
}

/* ---- for the caller --------------------------------------------------------------------------- */

bc_status
feed_open(struct bc_prediction *p, int h, int w, int batch, long most, struct feed **feed_p)
{
    struct feed           *f = calloc(1, sizeof *f);
    const struct bc_graph *g = p->model->graph;
    size_t                 n = (size_t)batch * h * w;
    int                    i, taken = f != NULL;
    bc_status              st = BC_OK;

    *feed_p = f;
    if (f == NULL)
        return bc_fail_memory(sizeof *f, "windows");
    f->p = p;
    f->h = h;
    f->w = w;
    f->batch = batch;
    f->lots = count_lots(batch, most);
    pthread_mutex_init(&f->lock, NULL);
    pthread_cond_init(&f->turn, NULL);
    for (i = 0; i < f->lots; i++) {
        f->lot[i].window = malloc(n * g->nin * sizeof *f->lot[i].window);
        f->lot[i].result = malloc(n * g->nout * sizeof *f->lot[i].result);
        f->lot[i].which = malloc((size_t)batch * sizeof *f->lot[i].which);
        f->lot[i].part = malloc((size_t)batch * sizeof *f->lot[i].part);
        taken = taken && f->lot[i].window != NULL && f->lot[i].result != NULL && f->lot[i].which != NULL
                && f->lot[i].part != NULL;
    }
    if (!taken)
        st = bc_fail_memory(n * (g->nin + g->nout) * sizeof(float), "windows");
    if (st == BC_OK)
        st = make_plan(f);
    if (st == BC_OK && f->lots > 1)
        st = start_thread(f);
    return st;
}

void
feed_close(struct feed *f)
{
    int i;

    if (f == NULL)
        return;
    if (f->has_thread) {
        pthread_mutex_lock(&f->lock);
        f->stop = 1;
        pthread_cond_signal(&f->turn);
        pthread_mutex_unlock(&f->lock);
        pthread_join(f->thread, NULL);
    }
    pthread_cond_destroy(&f->turn);
    pthread_mutex_destroy(&f->lock);
    for (i = 0; i < 2; i++) {
        free(f->lot[i].window);
        free(f->lot[i].result);
        free(f->lot[i].which);
        free(f->lot[i].part);
    }
    free(f);
}

bc_status
feed_begin(struct feed *f, int k, feed_take *take, void *arg)
{
    f->member = k;
    f->take = take;
    f->arg = arg;
    return make_plan(f);
}

float *
feed_place(struct feed *f)
{
    struct lot *l = &f->lot[f->next];

    return l->window + l->n * area(f) * f->p->model->graph->nin;
}

bc_status
feed_push(struct feed *f, long i, const struct bc_part *part)
{
    struct lot *l = &f->lot[f->next];

    l->part[l->n] = part != NULL ? *part : (struct bc_part){ 0, f->h, 0, f->w };
    l->which[l->n++] = i;
    return l->n >= f->batch ? send_lot(f) : BC_OK;
}

bc_status
feed_end(struct feed *f)
{
    bc_status st = send_lot(f);

    return st == BC_OK ? receive(f) : st;
}
