/* bandtrain -- train a network to predict one band of a training set from others.
 * Parameters: par/bandtrain.par.  Their meaning: help/bandtrain.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"
#include "progress.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

struct pars {
    const char *input, *output, *inbands, *outband, *arch, *stretch, *recipe, *filters, *norm, *combine, *augment, *shuffle,
               *cosine, *title, *credit, *license, *comment, *log, *device;
    int         resblocks, epochs, batch, seed, threads, verbose, clobber;
    double      softening, lr, lambda;
};

static const struct task_par table[] = {
    { "input",     TASK_STRING, offsetof(struct pars, input)     },
    { "output",    TASK_STRING, offsetof(struct pars, output)    },
    { "inbands",   TASK_STRING, offsetof(struct pars, inbands)   },
    { "outband",   TASK_STRING, offsetof(struct pars, outband)   },
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
    { "norm",      TASK_STRING, offsetof(struct pars, norm)      },
    { "combine",   TASK_STRING, offsetof(struct pars, combine)   },
    { "augment",   TASK_STRING, offsetof(struct pars, augment)   },
    { "shuffle",   TASK_STRING, offsetof(struct pars, shuffle)   },
    { "cosine",    TASK_STRING, offsetof(struct pars, cosine)    },
    { "title",     TASK_STRING, offsetof(struct pars, title)     },
    { "credit",    TASK_STRING, offsetof(struct pars, credit)    },
    { "license",   TASK_STRING, offsetof(struct pars, license)   },
    { "comment",   TASK_STRING, offsetof(struct pars, comment)   },
    { "log",       TASK_STRING, offsetof(struct pars, log)       },
    { "seed",      TASK_INT,    offsetof(struct pars, seed)      },
    { "device",    TASK_STRING, offsetof(struct pars, device)    },
    { "threads",   TASK_INT,    offsetof(struct pars, threads)   },
    { "verbose",   TASK_INT,    offsetof(struct pars, verbose)   },
    { "clobber",   TASK_BOOL,   offsetof(struct pars, clobber)   },
    { NULL,        0,           0                                }
};

/* filters="64,128" -> the recipe's list. */
static bc_status
read_filters(const char *text, bc_recipe *r)
{
    int  n = 0;
    char *end;

    if (*text == '\0')
        return BC_OK;
    memset(r->filters, 0, sizeof r->filters);
    for (;;) {
        long value = strtol(text, &end, 10);

        if (end == text || (*end != ',' && *end != '\0') || value < 2 || value > 4096 || n == 4)
            return task_fail(BC_BAD_ARG, "filters=%s: up to four even numbers from 2 to 4096, e.g. 64,128", text);
        r->filters[n++] = (int)value;
        if (*end == '\0')
            return BC_OK;
        text = end + 1;
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
    read_switch(p->norm, &r->norm);
    read_switch(p->combine, &r->combine);
    read_switch(p->augment, &r->augment);
    read_switch(p->shuffle, &r->shuffle);
    read_switch(p->cosine, &r->cosine);
    r->seed = (uint64_t)p->seed;
    r->device = p->device;
    r->threads = p->threads;
    return read_filters(p->filters, r);
}

struct report { FILE *log; struct progress *progress; };

static int
tell(void *arg, double done)
{
    return progress_tell(((struct report *)arg)->progress, done);
}

/* One line an epoch, on the terminal and in the log. */
static int
tell_epoch(void *arg, const bc_epoch *e)
{
    struct report *r = arg;

    task_say(1, "epoch %d: loss %.5f, validation %.5f (L1 %.5f, SSIM %.4f)%s, %.0f s", e->epoch, e->train, e->valid,
             e->valid_l1, e->valid_ssim, e->best ? ", best so far" : "", e->seconds);
    if (r->log != NULL) {
        fprintf(r->log, "%d,%.9g,%.9g,%.9g,%.9g,%d,%.1f\n", e->epoch, e->train, e->valid, e->valid_l1,
                e->valid_ssim, e->best, e->seconds);
        fflush(r->log);
    }
    return 0;
}

static bc_status
open_log(const char *file, int clobber, FILE **log_p)
{
    if (*file == '\0')
        return BC_OK;
    *log_p = fopen(file, clobber ? "w" : "wx");
    if (*log_p == NULL && errno == EEXIST)
        return task_fail(BC_BAD_FILE, "%s exists; say clobber=yes to replace it", file);
    if (*log_p == NULL)
        return task_fail(BC_BAD_FILE, "%s cannot be written: %s", file, strerror(errno));
    fprintf(*log_p, "epoch,train_loss,valid_loss,valid_l1,valid_ssim,best,seconds\n");
    return BC_OK;
}

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

static bc_status
work(const struct pars *p)
{
    struct strings input = { 0 };
    bc_dataset    *set = NULL;
    bc_training   *training = NULL;
    bc_recipe      recipe;
    struct report  report = { NULL, NULL };
    bc_status      st = read_recipe(p, &recipe);

    if (st == BC_OK)
        st = strings_add(&input, p->input);
    if (st == BC_OK)
        st = sets_check_output(p->output, p->clobber, &input);
    if (st == BC_OK)
        st = bc_dataset_open(p->input, &set);
    if (st == BC_OK)
        st = bc_training_open(set, &recipe, &training);
    if (st == BC_OK)
        st = name_model(training, p);
    if (st == BC_OK)
        st = open_log(p->log, p->clobber, &report.log);
    if (st == BC_OK) {
        task_say(1, "%ld samples of %d x %d pixels, %d epochs, on %s", bc_dataset_count(set), bc_dataset_size(set),
                 bc_dataset_size(set), recipe.epochs, bc_training_device(training));
        report.progress = progress_open();
        st = bc_training_run(training, tell, tell_epoch, &report);
        progress_close(report.progress);
    }
    if (st == BC_OK)
        st = bc_training_write(training, p->output, p->clobber);
    if (st == BC_OK)
        task_say(1, "wrote %s", p->output);
    if (report.log != NULL)
        fclose(report.log);
    bc_training_close(training);
    bc_dataset_close(set);
    strings_free(&input);
    return st;
}

/* Called by tasks/main.c under the name bandtrain. */
int
bandtrain(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin("bandtrain", argc, argv, table, &p);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
