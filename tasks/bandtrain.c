/* bandtrain -- train a network to predict one band of a training set from others.
 * Parameters: par/bandtrain.par.  Their meaning: help/bandtrain.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "models.h"
#include "progress.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

struct pars {
    const char *input, *output, *inbands, *outband, *start, *arch, *stretch, *recipe, *filters,
               *norm, *combine, *augment, *shuffle, *cosine, *title, *credit, *license, *comment,
               *log, *device;
    int         resblocks, epochs, batch, resume, seed, threads, winograd, verbose, clobber;
    double      softening, lr, lambda, flux, dropout, checkpoint;
};

static const struct task_par table[] = {
    { "input",     TASK_STRING, offsetof(struct pars, input)     },
    { "output",    TASK_STRING, offsetof(struct pars, output)    },
    { "inbands",   TASK_STRING, offsetof(struct pars, inbands)   },
    { "outband",   TASK_STRING, offsetof(struct pars, outband)   },
    { "start",     TASK_STRING, offsetof(struct pars, start)     },
    { "arch",      TASK_STRING, offsetof(struct pars, arch)      },
    { "stretch",   TASK_STRING, offsetof(struct pars, stretch)   },
    { "softening", TASK_REAL,   offsetof(struct pars, softening) },
    { "recipe",    TASK_STRING, offsetof(struct pars, recipe)    },
    { "filters",   TASK_STRING, offsetof(struct pars, filters)   },
    { "resblocks", TASK_INT,    offsetof(struct pars, resblocks) },
    { "epochs",    TASK_INT,    offsetof(struct pars, epochs)    },
    { "batch",     TASK_INT,    offsetof(struct pars, batch)     },
    { "lr",        TASK_REAL,   offsetof(struct pars, lr)        },
    { "lambda",    TASK_REAL,   offsetof(struct pars, lambda)    },
    { "flux",      TASK_REAL,   offsetof(struct pars, flux)      },
    { "dropout",   TASK_REAL,   offsetof(struct pars, dropout)   },
    { "norm",      TASK_STRING, offsetof(struct pars, norm)      },
    { "combine",   TASK_STRING, offsetof(struct pars, combine)   },
    { "augment",   TASK_STRING, offsetof(struct pars, augment)   },
    { "shuffle",   TASK_STRING, offsetof(struct pars, shuffle)   },
    { "cosine",    TASK_STRING, offsetof(struct pars, cosine)    },
    { "title",     TASK_STRING, offsetof(struct pars, title)     },
    { "credit",    TASK_STRING, offsetof(struct pars, credit)    },
    { "license",   TASK_STRING, offsetof(struct pars, license)   },
    { "comment",   TASK_STRING, offsetof(struct pars, comment)   },
    { "resume",    TASK_BOOL,   offsetof(struct pars, resume)    },
    { "checkpoint", TASK_REAL,  offsetof(struct pars, checkpoint) },
    { "log",       TASK_STRING, offsetof(struct pars, log)       },
    { "seed",      TASK_INT,    offsetof(struct pars, seed)      },
    { "device",    TASK_STRING, offsetof(struct pars, device)    },
    { "threads",   TASK_INT,    offsetof(struct pars, threads)   },
    { "winograd",  TASK_BOOL,   offsetof(struct pars, winograd)  },
    { "verbose",   TASK_INT,    offsetof(struct pars, verbose)   },
    { "clobber",   TASK_BOOL,   offsetof(struct pars, clobber)   },
    { NULL,        0,           0                                }
};

/* filters="64,128" -> the recipe's list. */
static bc_status
read_filters(const char *text, bc_recipe *r)
{
    const char *at = text;
    char       *end;
    int         n = 0;

    if (*text == '\0')
        return BC_OK;
    memset(r->filters, 0, sizeof r->filters);
    for (;;) {
        long value = strtol(at, &end, 10);

        if (end == at || (*end != ',' && *end != '\0') || value < 2 || value > 4096 || n == 4)
            return task_fail(BC_BAD_ARG, "filters=%s: up to four even numbers from 2 to 4096, each twice the one "
                             "before, e.g. 64,128", text);
        r->filters[n++] = (int)value;
        if (*end == '\0')
            return BC_OK;
        at = end + 1;
    }
}

/* "recipe" leaves *flag_p as the recipe has it. */
static void
read_switch(const char *text, int *flag_p)
{
    if (strcmp(text, "recipe") != 0)
        *flag_p = strcmp(text, "yes") == 0;
}

static bc_status
read_recipe(const struct pars *p, bc_recipe *r)
{
    if (strcmp(p->recipe, "paper") == 0)
        bc_recipe_paper(r);
    else
        bc_recipe_default(r);
    r->inbands = p->inbands;
    r->outband = p->outband;
    if (strcmp(p->arch, "recipe") != 0)
        r->arch = p->arch;
    if (strcmp(p->stretch, "recipe") != 0)
        r->stretch = p->stretch;
    if (!isnan(p->softening))
        r->softening = p->softening;
    if (p->resblocks != TASK_INDEF_INT)
        r->resblocks = p->resblocks;
    if (p->epochs != TASK_INDEF_INT)
        r->epochs = p->epochs;
    if (p->batch != TASK_INDEF_INT)
        r->batch = p->batch;
    if (!isnan(p->lr))
        r->rate = p->lr;
    if (!isnan(p->lambda))
        r->lambda = p->lambda;
    if (!isnan(p->flux))
        r->flux = p->flux;
    if (!isnan(p->dropout))
        r->dropout = p->dropout;
    read_switch(p->norm, &r->norm);
    read_switch(p->combine, &r->combine);
    read_switch(p->augment, &r->augment);
    read_switch(p->shuffle, &r->shuffle);
    read_switch(p->cosine, &r->cosine);
    r->seed = (uint64_t)p->seed;
    r->device = models_device(p->device, p->winograd);
    r->threads = p->threads;
    return read_filters(p->filters, r);
}

/* ---- while it runs --------------------------------------------------------------------------- */

/* The model to begin with says what its network and stretch are. */
static bc_status
check_start(const struct pars *p)
{
    const struct { const char *name; int said; } settings[] = {
        { "arch",      strcmp(p->arch, "recipe") != 0 },
        { "stretch",   strcmp(p->stretch, "recipe") != 0 },
        { "softening", !isnan(p->softening) },
        { "filters",   *p->filters != '\0' },
        { "resblocks", p->resblocks != TASK_INDEF_INT },
        { "norm",      strcmp(p->norm, "recipe") != 0 },
        { "combine",   strcmp(p->combine, "recipe") != 0 },
    };
    size_t i;

    for (i = 0; *p->start != '\0' && i < sizeof settings / sizeof *settings; i++)
        if (settings[i].said)
            return task_fail(BC_BAD_ARG, "%s= is that of the model start=%s and cannot be chosen",
                             settings[i].name, p->start);
    return BC_OK;
}

/* What the chosen network and stretch have no use for. */
static bc_status
check_use(const struct pars *p, const bc_recipe *r)
{
    const int resnet = strcmp(r->arch, "local") != 0;
    const struct { const char *name; int vain; const char *of; } settings[] = {
        { "flux",      p->flux > 0.0 && resnet, "arch=local" },
        { "dropout",   p->dropout > 0.0 && resnet, "arch=local" },
        { "softening", !isnan(p->softening) && strcmp(r->stretch, "flux") != 0, "stretch=flux" },
    };
    size_t i;

    for (i = 0; i < sizeof settings / sizeof *settings; i++)
        if (settings[i].vain)
            return task_fail(BC_BAD_ARG, "%s= is for %s, this training has arch=%s and stretch=%s", settings[i].name,
                             settings[i].of, r->arch, r->stretch);
    return BC_OK;
}

struct report {
    bc_training     *training;
    FILE            *log;
    struct progress *progress;
    int              epochs;        /* wanted */
    int              told, warned, calibrates;  /* 1: of the start, of the trouble that there is, of the end */
    long             steps;         /* told of */
};

static void
tell_step(struct report *r)
{
    double loss;
    long   steps = bc_training_steps(r->training, &loss);

    if (steps > r->steps && !isnan(loss))
        task_say(2, "step %ld: loss %.9g", steps, loss);
    r->steps = steps;
}

static int
tell(void *arg, double done)
{
    struct report *r = arg;
    const char    *trouble = bc_training_trouble(r->training);

    if (!r->told)
        progress_begin_at(r->progress, done);
    r->told = 1;
    if (trouble != NULL && !r->warned)
        task_warn("%s; the training goes on without being saved", trouble);
    r->warned = trouble != NULL;
    tell_step(r);
    if (!r->calibrates && bc_training_epochs(r->training) == r->epochs) {
        task_say(1, "the fluxes and SIGMA are calibrated on validation and training samples");
        r->calibrates = 1;
    }
    return task_is_stopped() || progress_tell(r->progress, done);
}

static void
log_epoch(FILE *log, const bc_epoch *e)
{
    fprintf(log, "%d,%.9g,%.9g,%.9g,%.9g,%d,%.1f\n", e->epoch, e->train, e->valid, e->valid_l1,
            e->valid_ssim, e->best, e->seconds);
    fflush(log);
}

/* One line an epoch, on the terminal and in the log. */
static int
tell_epoch(void *arg, const bc_epoch *e)
{
    struct report *r = arg;
    char           left[32], valid[100] = "", ssim[32] = "";

    tell_step(r);
    progress_left(r->progress, (double)e->epoch / r->epochs, left, sizeof left);
    if (!isnan(e->valid_ssim))
        snprintf(ssim, sizeof ssim, ", SSIM %.4f", e->valid_ssim);
    if (!isnan(e->valid))
        snprintf(valid, sizeof valid, ", validation %.5f (L1 %.5f%s)", e->valid, e->valid_l1, ssim);
    task_say(1, "epoch %d of %d: loss %.5f%s%s, %s left", e->epoch, r->epochs, e->train, valid,
             e->best ? ", best so far" : "", left);
    if (r->log != NULL)
        log_epoch(r->log, e);
    return 0;
}

static const char *const log_columns =
    "epoch,train_loss,valid_loss,valid_l1,valid_ssim,best,seconds\n";

/* Is FILE the log of an earlier run?  One that was killed early left an empty one. */
static int
is_log(const char *file)
{
    char  line[100] = "";
    FILE *f = fopen(file, "r");

    if (f == NULL)
        return 0;
    if (fgets(line, sizeof line, f) == NULL)
        line[0] = '\0';
    fclose(f);
    return line[0] == '\0' || strcmp(line, log_columns) == 0;
}

/* The log, with the epochs that an earlier run did. */
static bc_status
open_log(const char *file, int clobber, struct report *r)
{
    bc_epoch  e;
    int       i;
    bc_status st = BC_OK;

    if (*file == '\0')
        return BC_OK;
    r->log = fopen(file, clobber ? "w" : "wx");
    if (r->log == NULL && errno == EEXIST)
        return task_fail(BC_BAD_FILE, "%s exists; say clobber=yes to replace it", file);
    if (r->log == NULL)
        return task_fail(BC_BAD_FILE, "%s cannot be written: %s", file, strerror(errno));
    fputs(log_columns, r->log);
    fflush(r->log);
    for (i = 0; st == BC_OK && i < bc_training_epochs(r->training); i++) {
        st = bc_training_epoch(r->training, i, &e);
        if (st == BC_OK)
            log_epoch(r->log, &e);
    }
    return st;
}

/* ---- the work -------------------------------------------------------------------------------- */

static bc_status
name_model(bc_training *training, const struct pars *p)
{
    const struct { const char *key, *text, *comment; } cards[] = {
        { "MODEL",   p->title,   "name" },
        { "CREDIT",  p->credit,  "of the data" },
        { "LICENSE", p->license, "of this model" },
        { "NOTE",    p->comment, NULL },
    };
    size_t    i;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < sizeof cards / sizeof *cards; i++)
        if (*cards[i].text != '\0')
            st = bc_training_set_text(training, cards[i].key, cards[i].text, cards[i].comment);
    return st;
}

/* Go on from OUTPUT.resume, or begin it. */
static bc_status
begin(const struct pars *p, const char *checkpoint, struct report *r)
{
    int       resumed = p->resume && access(checkpoint, F_OK) == 0;
    bc_status st = bc_training_checkpoint(r->training, checkpoint, p->checkpoint, p->resume,
                                          p->clobber);

    if (st == BC_OK)
        st = name_model(r->training, p);
    if (st == BC_OK)
        st = open_log(p->log, p->clobber || (resumed && is_log(p->log)), r);
    if (st == BC_OK && resumed)
        task_say(1, "goes on after epoch %d of %d, from %s", bc_training_epochs(r->training),
                 r->epochs, checkpoint);
    return st;
}

static void
tell_unvalidated(bc_dataset *set)
{
    bc_sample s;
    long      i;

    for (i = 0; i < bc_dataset_count(set); i++)
        if (bc_dataset_sample(set, i, &s) != BC_OK || s.split == BC_VALIDATE)
            return;
    task_say(1, "no validation samples: the epoch of the smallest training loss is kept, and fluxes and SIGMA are not "
             "calibrated (split= of bandprep)");
}

/* What can be gone on with is not lost: the model that could not be written is not, either. */
static bc_status
train(const struct pars *p, const char *checkpoint, struct report *r)
{
    int       kept;
    bc_status st;

    task_hold_signals();
    r->progress = progress_open();
    st = bc_training_run(r->training, tell, tell_epoch, r);
    progress_close(r->progress);
    kept = st == BC_STOPPED;
    if (st == BC_OK) {
        st = bc_training_write(r->training, p->output, p->clobber);
        kept = st != BC_OK;
    }
    if (kept)
        st = task_fail(st, "%s; %s keeps what was done: %s goes on", bc_message(), checkpoint,
                       p->resume ? "the same command" : "resume=yes");
    return st;
}

/* No output may be an input, nor replace anything unasked. */
static bc_status
check_outputs(const struct pars *p, const char *checkpoint)
{
    struct strings used = { 0 };
    int            resumes = p->resume && access(checkpoint, F_OK) == 0;
    bc_status      st = strings_add_quoted(&used, p->input);

    if (st == BC_OK && *p->start != '\0')
        st = strings_add_quoted(&used, p->start);
    if (st == BC_OK)
        st = sets_check_fits(p->output, p->clobber, &used);
    if (st == BC_OK && (strcmp(p->log, p->output) == 0 || strcmp(p->log, checkpoint) == 0))
        st = task_fail(BC_BAD_ARG, "log=%s: that is where the model goes", p->log);
    if (st == BC_OK && *p->log != '\0')
        st = sets_check_output(p->log, p->clobber || (resumes && is_log(p->log)), &used);
    strings_free(&used);
    return st;
}

static bc_status
work(const struct pars *p)
{
    bc_dataset   *set = NULL;
    bc_model     *model = NULL;
    bc_recipe     recipe;
    struct report report = { 0 };
    char          checkpoint[4096];
    int           n = snprintf(checkpoint, sizeof checkpoint, "%s.resume", p->output);
    bc_status     st = read_recipe(p, &recipe);

    if (st == BC_OK)
        st = n < (int)sizeof checkpoint ? check_outputs(p, checkpoint)
             : task_fail(BC_BAD_FILE, "a file name of %zu characters is too long", strlen(p->output));
    if (st == BC_OK)
        st = bc_dataset_open(p->input, &set);
    if (st == BC_OK && *p->start != '\0')
        st = models_open(p->start, NULL, 0, &model);
    recipe.start = model;
    if (st == BC_OK)
        st = bc_training_open(set, &recipe, &report.training);
    report.epochs = recipe.epochs;
    if (st == BC_OK) {
        task_say(1, "%ld sample%s of %d x %d pixels, %d epoch%s, on %s", bc_dataset_count(set),
                 task_s(bc_dataset_count(set)), bc_dataset_size(set), bc_dataset_size(set), recipe.epochs,
                 task_s(recipe.epochs), bc_training_device(report.training));
        tell_unvalidated(set);
        st = begin(p, checkpoint, &report);
    }
    if (st == BC_OK)
        st = train(p, checkpoint, &report);
    if (st == BC_OK)
        task_say(1, "wrote %s", p->output);
    if (report.log != NULL)
        fclose(report.log);
    bc_training_close(report.training);
    bc_model_close(model);
    bc_dataset_close(set);
    return st;
}

/* What can be known before any file is opened. */
static bc_status
check(const void *pars)
{
    const struct pars *p = pars;
    bc_recipe          recipe;
    bc_status          st = read_recipe(p, &recipe);

    if (st == BC_OK)
        st = check_start(p);
    if (st == BC_OK && *p->start == '\0')
        st = bc_recipe_check(&recipe);
    return st == BC_OK && *p->start == '\0' ? check_use(p, &recipe) : st;
}

/* Called by tasks/main.c under the name bandtrain. */
int
bandtrain(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin_checked("bandtrain", argc, argv, table, &p, check);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
