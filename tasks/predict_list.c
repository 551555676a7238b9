/* predict_list.c -- the sets of a list: one after the other with all threads, or, of small images, one with each.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_list.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "imname.h"
#include "models.h"
#include "progress.h"
#include "sets.h"
#include "task.h"

/* What the workers of a list share. */
struct list {
    const struct pars  *p;
    const bc_region    *region;
    const struct files *files;
    const char         *device;
    int                 nout, alone;
    int                 workers;        /* at present */
    char               *later;          /* of each set: memory was short beside the others */
    pthread_mutex_t     lock;           /* of what follows */
    int                 next, failed, there, busy;
    bc_status           st;             /* of what ends the run, and why */
    char                why[1024];
};

/* Was any band on another grid? */
static int
is_resampled(const struct job *j)
{
    bc_align_report r = { 0 };
    int             b, any = 0;

    for (b = 0; b < bc_model_inputs(j->model); b++)
        any = (bc_alignment_report(j->aligned, b, &r) == BC_OK && r.resampled) || any;
    return any;
}

/* Bytes for each of the sets that are predicted at present; 0: half of what is free. */
static size_t
share_of_memory(const struct list *l)
{
    size_t memory = (size_t)l->p->memory << 20;

    if (memory == 0 && l->workers > 1)
        memory = bc_memory_free() / 2;
    return memory / (size_t)l->workers;
}

/* One set of bands to one output file for each band of the model.  What is said of one of many begins with its name. */
static bc_status
predict(const struct list *l, bc_model *model, const struct set *set, char *const *outputs)
{
    const struct pars *p = l->p;
    struct job         j = { .p = p, .model = model, .memory = share_of_memory(l) };
    const char *const *files = (const char *const *)outputs;
    bc_predict_report  r;
    struct progress   *progress = l->alone ? progress_open() : NULL;   /* there is one bar */
    bc_predict_options o = { .window = p->window, .size = p->size, .sigma = p->sigma, .unit = p->unit,
                             .force = p->force, .tell = progress_tell, .arg = progress,
                             .memory = j.memory, .region = l->region };
    bc_status          st;

    task_about(set->name);
    st = predict_open(&j, set);
    if (st == BC_OK && is_resampled(&j))
        o.memory /= 2;          /* the other half is for rows of the images */
    if (st == BC_OK)
        st = bc_predict_file(model, (const bc_image *const *)j.band, (const bc_image *const *)j.truth, &o, files,
                             p->clobber, &r);
    progress_close(progress);
    if (st == BC_OK)
        predict_report(&j, &r);
    task_about(NULL);
    if (st == BC_OK)
        predict_report_files(&j, &r, files);
    predict_close(&j);
    return st;
}

int
predict_is_passed_over(const struct pars *p, const struct files *f, int i)
{
    int n = f->outputs.n / f->inputs.n, k;

    for (k = 0; k < n && access(f->outputs.text[i * n + k], F_OK) == 0; k++)
        continue;
    return p->skip && k == n;
}

/* Text I of LIST, which may have one for all, or none. */
static const char *
text_of(const struct strings *list, int i)
{
    return list->n == 0 ? "" : list->text[list->n > 1 ? i : 0];
}

/* ---- many sets -------------------------------------------------------------------------------- */

struct worker {
    struct list *list;
    pthread_t    thread;
    int          runs;
};

enum { ON_GPU = 8 };                /* workers at most, so that each other's plans find room on it */

/* What became of set I.  With skip=yes runs share a list: what another one is writing, or has written since this one
 * looked, has not failed. */
static void
count(struct list *l, int i, bc_status st)
{
    if (st == BC_OK)
        return;
    if (st == BC_BUSY && l->p->skip) {
        l->busy++;
    } else if (predict_is_passed_over(l->p, l->files, i)) {
        l->there++;
    } else if (st == BC_NO_MEMORY && l->workers > 1 && l->later != NULL) {
        l->later[i] = 1;
    } else if (l->files->inputs.n == 1 || sets_hopeless(st, i)) {
        snprintf(l->why, sizeof l->why, "%s", task_why());
        l->st = st;
    } else {
        task_complain(l->files->outputs.text[i * l->nout]);
        l->failed++;
    }
}

static void
do_set(struct list *l, bc_model *model, int i)
{
    const struct files *f = l->files;
    struct set          set = { .input = f->inputs.text[i], .mask = text_of(&f->masks, i),
                                .truth = text_of(&f->truths, i), .reference = text_of(&f->references, i),
                                .name = f->inputs.n > 1 ? f->outputs.text[i * l->nout] : NULL };
    bc_status           st = BC_OK;

    if (predict_is_passed_over(l->p, f, i)) {       /* another run may have written it by now */
        pthread_mutex_lock(&l->lock);
        l->there++;
    } else {
        st = predict(l, model, &set, f->outputs.text + i * l->nout);
        pthread_mutex_lock(&l->lock);
        count(l, i, st);
    }
    pthread_mutex_unlock(&l->lock);
}

/* The number of a set that nobody has begun; -1: there is none, or none will do. */
static int
next_set(struct list *l)
{
    int i;

    pthread_mutex_lock(&l->lock);
    i = l->st == BC_OK && l->next < l->files->inputs.n ? l->next++ : -1;
    pthread_mutex_unlock(&l->lock);
    return i;
}

static void
do_sets(struct list *l, bc_model *model)
{
    int i;

    while ((i = next_set(l)) >= 0) {
        task_gather();
        do_set(l, model, i);
        task_release(l->later == NULL || !l->later[i]);     /* what is put off is said when its turn comes */
    }
}

/* With a model of its own.  A worker that gets none leaves the work to the others. */
static void *
work(void *arg)
{
    struct list *l = ((struct worker *)arg)->list;
    bc_model    *model = NULL;

    if (models_open(l->p->model, l->device, l->p->threads, &model) == BC_OK) {
        bc_model_average(model, l->p->symmetries);
        do_sets(l, model);
    }
    bc_model_close(model);
    return NULL;
}

/* This thread is a worker, too; it takes the signals. */
static void
do_side_by_side(struct list *l, bc_model *model, int workers)
{
    struct worker *worker = calloc((size_t)workers, sizeof *worker);
    sigset_t       all, before;
    int            i;

    l->workers = workers;
    l->later = calloc((size_t)l->files->inputs.n, 1);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    for (i = 1; worker != NULL && i < workers; i++) {
        worker[i].list = l;
        worker[i].runs = pthread_create(&worker[i].thread, NULL, work, &worker[i]) == 0;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    do_sets(l, model);
    for (i = 1; worker != NULL && i < workers; i++)
        if (worker[i].runs)
            pthread_join(worker[i].thread, NULL);
    free(worker);
    l->workers = 1;
    for (i = 0; l->later != NULL && i < l->files->inputs.n && l->st == BC_OK; i++)
        if (l->later[i])
            do_set(l, model, i);
}

/* Are the images of the set NAMES?  Not one that cannot be opened, nor standard input, which is read once. */
static int
is_small(const char *names)
{
    enum { SIDE = 512 };
    struct strings files = { 0 };
    bc_image      *image = NULL;
    int            small;

    small = strings_split(names, &files) == BC_OK && files.n > 0 && !imname_is_special(files.text[0])
            && bc_image_open_rows(files.text[0], 1, &image) == BC_OK
            && bc_image_nx(image) <= SIDE && bc_image_ny(image) <= SIDE;
    bc_image_close(image);
    strings_free(&files);
    return small;
}

int
predict_workers(const struct pars *p, const struct files *f)
{
    enum { SETS = 4, MEGABYTES = 256 };     /* for each, at least */
    double memory = p->memory > 0 ? p->memory : 0.5 / (1 << 20) * (double)bc_memory_free();
    int    most = p->threads > 0 ? p->threads : bc_cores();

    most = f->inputs.n / SETS < most ? f->inputs.n / SETS : most;
    most = memory / MEGABYTES < most ? (int)(memory / MEGABYTES) : most;
    return most > 1 && bc_is_reentrant() && is_small(f->inputs.text[0]) ? most : 1;
}

bc_status
predict_list(const struct pars *p, bc_model *model, const bc_region *region, const struct files *f, int workers)
{
    struct list l = { .p = p, .region = region, .files = f, .nout = bc_model_outputs(model), .alone = workers == 1,
                      .workers = 1, .device = models_device(p->device, p->winograd) };
    int         n = f->inputs.n, i;

    if (strncmp(bc_model_device(model), "cuda", 4) == 0 && workers > ON_GPU)
        workers = ON_GPU;
    pthread_mutex_init(&l.lock, NULL);
    do_set(&l, model, l.next++);            /* alone: what is wrong with the parameters is said once */
    if (workers > 1)
        do_side_by_side(&l, model, workers);
    while ((i = next_set(&l)) >= 0)
        do_set(&l, model, i);
    pthread_mutex_destroy(&l.lock);
    free(l.later);
    if (l.st != BC_OK)
        return task_fail(l.st, "%s", l.why);
    if (l.there > 0)
        task_say(1, "%d of %d set%s passed over: the outputs are there", l.there, n, task_s(n));
    if (l.busy > 0)
        task_say(1, "%d of %d set%s passed over: another run is writing the outputs", l.busy, n, task_s(n));
    return l.failed == 0 ? BC_OK : task_fail(BC_BAD_FILE, "%d of %d sets failed", l.failed, n);
}
