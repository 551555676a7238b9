/* train_checkpoint.c -- keeps the state of a training in a file, and goes on from it.
 *
 * The file is a model of the best epoch so far, and behind its tensors:
 *   TRAINING   image (nweight, 3): the weights as they are now, Adam's two moments.  Its header has
 *              the recipe under bandtrain's names of parameters, what names the training set, and
 *              numbers that say how far the training is;
 *   ORDER      table, the training samples in this epoch's order;
 *   LOSS       table, a row an epoch.
 * It is locked (flock) as long as its training runs, so that no second run goes on from it
 * meanwhile.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fits.h"
#include "status.h"
#include "train.h"

/* ---- writing --------------------------------------------------------------------------------- */

/* How far the training is. */
static bc_status
put_position(const bc_training *t, long step, struct bc_header *h)
{
    const uint64_t *s = t->random.s;
    char            random[65];
    bc_status       st;

    snprintf(random, sizeof random, "%016" PRIx64 "%016" PRIx64 "%016" PRIx64 "%016" PRIx64, s[0],
             s[1], s[2], s[3]);
    st = bc_header_set_integer(h, "NEPOCH", t->nepoch, "epochs that have ended");
    if (st == BC_OK)
        st = bc_header_set_integer(h, "NSAMPLE", t->at, "samples of the next one that are done");
    if (st == BC_OK)
        st = bc_header_set_number(h, "LOSSSUM", t->sum, "of their losses");
    if (st == BC_OK)
        st = bc_header_set_integer(h, "STEP", step, "of Adam");
    if (st == BC_OK)
        st = bc_header_set_number(h, "SECONDS", bc_training_clock() - t->begun, "[s] of training");
    return st == BC_OK ? bc_header_set_text(h, "RANDOM", random, NULL) : st;
}

static bc_status
put_weights(const bc_training *t, struct bc_fits *f)
{
    long              naxis[2] = { (long)t->model.graph->nweight, 3 };
    float            *x = malloc(3 * sizeof *x * (size_t)naxis[0]);
    struct bc_weights w = { .value = x, .m = x + naxis[0], .v = x + 2 * naxis[0] };
    struct bc_header  h = { 0 };
    bc_status         st;

    if (x == NULL)
        return bc_fail_memory(3 * sizeof *x * (size_t)naxis[0], "a copy of the weights");
    st = t->model.backend->read(t->plan, &w);
    if (st == BC_OK)
        st = bc_fits_append_image(f, "TRAINING", -32, 2, naxis);
    if (st == BC_OK)
        st = bc_training_describe(t, &h);
    if (st == BC_OK)
        st = put_position(t, w.step, &h);
    if (st == BC_OK)
        st = bc_fits_write_header(f, &h);
    if (st == BC_OK)
        st = bc_fits_write(f, 0, 3 * naxis[0], x);
    bc_header_free(&h);
    free(x);
    return st;
}

static bc_status
put_order(const bc_training *t, struct bc_fits *f)
{
    static const char *const names[] = { "SAMPLE" }, *const forms[] = { "1K" };
    double                  *x = malloc((size_t)t->ntrain * sizeof *x);
    long                     i;
    bc_status                st;

    if (x == NULL)
        return bc_fail_memory((size_t)t->ntrain * sizeof *x, "the order of samples");
    for (i = 0; i < t->ntrain; i++)
        x[i] = (double)t->train[i] + 1.0;
    st = bc_fits_append_table(f, "ORDER", 1, names, forms, NULL);
    if (st == BC_OK)
        st = bc_fits_write_column(f, "SAMPLE", 0, t->ntrain, x);
    free(x);
    return st;
}

enum { NCURVE = 6 };
static const char *const curve_names[NCURVE] = { "TRAIN", "VALID", "VALID_L1", "VALID_SSIM", "BEST",
                                                 "SECONDS" };
static const char *const curve_forms[NCURVE] = { "1D", "1D", "1D", "1D", "1J", "1D" };

static bc_status
put_curve(const bc_training *t, struct bc_fits *f)
{
    size_t    n = (size_t)t->nepoch, i;
    double   *x = malloc(NCURVE * (n + 1) * sizeof *x);
    int       j;
    bc_status st = bc_fits_append_table(f, "LOSS", NCURVE, curve_names, curve_forms, NULL);

    if (x == NULL)
        st = bc_fail_memory(NCURVE * (n + 1) * sizeof *x, "the loss curve");
    for (i = 0; st == BC_OK && i < n; i++) {
        const bc_epoch *e = &t->history[i];
        const double    row[NCURVE] = { e->train, e->valid, e->valid_l1, e->valid_ssim, e->best,
                                        e->seconds };

        for (j = 0; j < NCURVE; j++)
            x[(size_t)j * n + i] = row[j];
    }
    for (j = 0; st == BC_OK && n > 0 && j < NCURVE; j++)
        st = bc_fits_write_column(f, curve_names[j], 0, (long)n, x + (size_t)j * n);
    free(x);
    return st;
}

static bc_status
save(bc_training *t, int clobber)
{
    struct bc_checkpoint *c = &t->checkpoint;
    struct bc_fits       *f = NULL;
    int                   lock = -1;
    bc_status             st = bc_fits_create(c->file, clobber, &f);

    c->last = bc_training_clock();
    if (st == BC_OK)
        st = bc_training_put(t, c->file, f);
    if (st == BC_OK)
        st = put_weights(t, f);
    if (st == BC_OK)
        st = put_order(t, f);
    if (st == BC_OK)
        st = put_curve(t, f);
    if (st == BC_OK) {
        lock = bc_fits_lock(f);
        st = bc_fits_commit(f);
    }
    bc_fits_close(f);
    if (st != BC_OK && lock >= 0)
        close(lock);
    if (st != BC_OK)
        return st;
    if (c->lock >= 0)
        close(c->lock);
    c->lock = lock;
    return BC_OK;
}

bc_status
bc_training_save(bc_training *t)
{
    return t->checkpoint.file[0] != '\0' ? save(t, 1) : BC_OK;
}

void
bc_training_save_sometimes(bc_training *t)
{
    struct bc_checkpoint *c = &t->checkpoint;

    if (c->file[0] == '\0' || bc_training_clock() - c->last < c->interval)
        return;
    c->trouble[0] = '\0';
    if (save(t, 1) != BC_OK)
        snprintf(c->trouble, sizeof c->trouble, "%s", bc_message());
}

void
bc_training_forget(bc_training *t)
{
    struct bc_checkpoint *c = &t->checkpoint;

    if (c->file[0] != '\0')
        unlink(c->file);
    c->file[0] = '\0';
}

const char *
bc_training_trouble(const bc_training *t)
{
    return t->checkpoint.trouble[0] != '\0' ? t->checkpoint.trouble : NULL;
}

/* ---- going on -------------------------------------------------------------------------------- */

static bc_status
fail_contents(const bc_training *t)
{
    return bc_fail(BC_BAD_FILE, "%s: what it says on how far the training is makes no sense",
                   t->checkpoint.file);
}

static bc_status
get_position(bc_training *t, const struct bc_header *h, long *step_p)
{
    uint64_t *s = t->random.s;
    double    at = bc_header_number(h, "NSAMPLE"), step = bc_header_number(h, "STEP");
    double    seconds = bc_header_number(h, "SECONDS");
    char      random[BC_NAME_SIZE];

    t->nepoch = bc_header_integer(h, "NEPOCH", 0, t->recipe.epochs);
    t->sum = bc_header_number(h, "LOSSSUM");
    bc_header_text(h, "RANDOM", random, sizeof random);
    if (t->nepoch < 0 || !(at >= 0.0 && at <= (double)t->ntrain) || !(step >= 0.0 && step < 9e15)
        || !isfinite(seconds)
        || sscanf(random, "%16" SCNx64 "%16" SCNx64 "%16" SCNx64 "%16" SCNx64, &s[0], &s[1], &s[2],
                  &s[3]) != 4)
        return fail_contents(t);
    if (!isfinite(t->sum))
        return bc_fail(BC_DIVERGED, "%s is of a training whose loss was not a number any more; it "
                       "can be used as a model, but not be gone on with (resume=no clobber=yes "
                       "starts anew)", t->checkpoint.file);
    t->at = (long)at;
    t->begun = bc_training_clock() - seconds;
    *step_p = (long)step;
    return BC_OK;
}

static bc_status
get_weights(bc_training *t, struct bc_fits *f, long step)
{
    size_t            n = t->model.graph->nweight;
    long              naxis[9];
    int               bitpix, dim;
    float            *x = malloc(3 * n * sizeof *x);
    struct bc_weights w = { .value = x, .m = x + n, .v = x + 2 * n, .step = step };
    bc_status         st = x != NULL ? bc_fits_image_size(f, &bitpix, &dim, naxis)
                                     : bc_fail_memory(3 * n * sizeof *x, "the weights");

    if (st == BC_OK && (bitpix != -32 || dim != 2 || naxis[0] != (long)n || naxis[1] != 3))
        st = fail_contents(t);
    if (st == BC_OK)
        st = bc_fits_read_exact(f, 0, 3 * (long)n, x);
    if (st == BC_OK)
        st = bc_training_compile(t, &w);
    free(x);
    return st;
}

static int
compare_numbers(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;

    return (x > y) - (x < y);
}

/* The order must be one of the training samples. */
static bc_status
get_order(bc_training *t, struct bc_fits *f)
{
    size_t    n = (size_t)t->ntrain, i;
    double   *x = malloc(n * sizeof *x);
    long     *sorted = malloc(n * sizeof *sorted);
    bc_status st = BC_OK;

    if (x == NULL || sorted == NULL)
        st = bc_fail_memory(n * sizeof *x, "the order of samples");
    if (st == BC_OK)
        st = bc_fits_move(f, "ORDER", 0);
    if (st == BC_OK)
        st = bc_fits_checksum(f);
    if (st == BC_OK)
        st = bc_fits_read_column(f, "SAMPLE", 0, t->ntrain, x);
    for (i = 0; st == BC_OK && i < n; i++)
        sorted[i] = (long)x[i] - 1;
    if (st == BC_OK) {
        qsort(sorted, n, sizeof *sorted, compare_numbers);
        qsort(t->train, n, sizeof *t->train, compare_numbers);
        st = memcmp(sorted, t->train, n * sizeof *sorted) == 0 ? BC_OK : fail_contents(t);
    }
    for (i = 0; st == BC_OK && i < n; i++)
        t->train[i] = (long)x[i] - 1;
    free(x);
    free(sorted);
    return st;
}

static bc_status
get_curve(bc_training *t, struct bc_fits *f)
{
    size_t    n = (size_t)t->nepoch, i;
    double   *x = malloc(NCURVE * (n + 1) * sizeof *x);
    int       j;
    bc_status st = bc_fits_move(f, "LOSS", 0);

    if (x == NULL)
        st = bc_fail_memory(NCURVE * (n + 1) * sizeof *x, "the loss curve");
    if (st == BC_OK)
        st = bc_fits_checksum(f);
    for (j = 0; st == BC_OK && n > 0 && j < NCURVE; j++)
        st = bc_fits_read_column(f, curve_names[j], 0, (long)n, x + (size_t)j * n);
    for (i = 0; st == BC_OK && i < n; i++) {
        t->history[i] = (bc_epoch){ .epoch = (int)i + 1, .train = x[i], .valid = x[n + i],
                                    .valid_l1 = x[2 * n + i], .valid_ssim = x[3 * n + i],
                                    .best = x[4 * n + i] != 0.0, .seconds = x[5 * n + i] };
        if (t->history[i].best)
            t->best = t->history[i];
    }
    free(x);
    return st;
}

/* The best weights so far are those of the model that the file is. */
static bc_status
get_best(bc_training *t)
{
    bc_model *m = NULL;
    bc_status st = bc_model_open(t->checkpoint.file, NULL, 0, &m);

    if (st == BC_OK && m->graph->nweight != t->model.graph->nweight)
        st = fail_contents(t);
    if (st == BC_OK)
        memcpy(t->model.weights, m->weights, m->graph->nweight * sizeof *m->weights);
    bc_model_close(m);
    return st;
}

static bc_status
go_on(bc_training *t)
{
    struct bc_fits  *f = NULL;
    struct bc_header h = { 0 };
    long             step = 0;
    bc_status        st = bc_fits_open_file(t->checkpoint.file, &f);

    if (st == BC_OK && bc_fits_move(f, "TRAINING", 0) != BC_OK)
        st = bc_fail(BC_BAD_FILE, "%s is not the state of a training", t->checkpoint.file);
    if (st == BC_OK)
        st = bc_fits_checksum(f);
    if (st == BC_OK)
        st = bc_fits_read_header(f, &h);
    if (st == BC_OK)
        st = bc_training_compare(t, &h);
    if (st == BC_OK)
        st = get_position(t, &h, &step);
    if (st == BC_OK)
        st = get_weights(t, f, step);
    if (st == BC_OK)
        st = get_order(t, f);
    if (st == BC_OK)
        st = get_curve(t, f);
    bc_header_free(&h);
    bc_fits_close(f);
    return st == BC_OK ? get_best(t) : st;
}

/* Lock the file if it is there.  A run that writes it just now may rename another one to its name:
 * then again. */
static bc_status
lock_old(bc_training *t, int *exists_p)
{
    struct bc_checkpoint *c = &t->checkpoint;
    struct stat           s, now;

    *exists_p = 0;
    while ((c->lock = open(c->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) >= 0) {
        if (flock(c->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
            return bc_fail(BC_BAD_FILE, "%s belongs to a training that is running", c->file);
        if (fstat(c->lock, &s) == 0 && stat(c->file, &now) == 0 && s.st_ino == now.st_ino
            && s.st_dev == now.st_dev) {
            *exists_p = 1;
            return BC_OK;
        }
        close(c->lock);
    }
    return errno == ENOENT ? BC_OK : bc_fail(BC_BAD_FILE, "%s: %s", c->file, strerror(errno));
}

bc_status
bc_training_checkpoint(bc_training *t, const char *file, double minutes, int resume, int clobber)
{
    struct bc_checkpoint *c = &t->checkpoint;
    int                   exists;
    bc_status             st = bc_need_text(file, "the name of a training's state");

    if (st == BC_OK && !(minutes >= 0.0))
        st = bc_fail(BC_BAD_ARG, "a training cannot be saved every %g minutes", minutes);
    if (st != BC_OK)
        return st;
    if (strlen(file) >= sizeof c->file)
        return bc_fail(BC_BAD_FILE, "a file name of %zu characters is too long", strlen(file));
    strcpy(c->file, file);
    c->interval = 60.0 * minutes;
    c->last = bc_training_clock();
    st = lock_old(t, &exists);
    if (st == BC_OK && exists && resume)
        st = go_on(t);
    else if (st == BC_OK && exists && !clobber)
        st = bc_fail(BC_BAD_FILE, "%s keeps a training that was interrupted: resume=yes goes on "
                     "with it, clobber=yes replaces it", file);
    else if (st == BC_OK)
        st = save(t, exists);
    if (st != BC_OK)
        c->file[0] = '\0';
    return st;
}

int
bc_training_epochs(const bc_training *t)
{
    return t->nepoch;
}

bc_status
bc_training_epoch(const bc_training *t, int i, bc_epoch *epoch_p)
{
    if (i < 0 || i >= t->nepoch)
        return bc_fail(BC_BAD_ARG, "%d epochs have ended, none has number %d", t->nepoch, i);
    *epoch_p = t->history[i];
    return BC_OK;
}
