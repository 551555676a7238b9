/* bandpredict -- predict the missing band of a galaxy image.
 * Parameters: par/bandpredict.par.  Their meaning: help/bandpredict.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "models.h"
#include "predict_list.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

static const struct task_par table[] = {
    { "input",    TASK_STRING, offsetof(struct pars, input)    },
    { "output",   TASK_STRING, offsetof(struct pars, output)   },
    { "model",    TASK_STRING, offsetof(struct pars, model)    },
    { "bands",    TASK_STRING, offsetof(struct pars, bands)    },
    { "truth",    TASK_STRING, offsetof(struct pars, truth)    },
    { "mask",     TASK_STRING, offsetof(struct pars, mask)     },
    { "region",   TASK_STRING, offsetof(struct pars, region)   },
    { "reference", TASK_STRING, offsetof(struct pars, reference) },
    { "resample", TASK_STRING, offsetof(struct pars, resample) },
    { "psf",      TASK_STRING, offsetof(struct pars, psf)      },
    { "unit",     TASK_STRING, offsetof(struct pars, unit)     },
    { "zeropoint", TASK_STRING, offsetof(struct pars, zeropoint) },
    { "vega",     TASK_STRING, offsetof(struct pars, vega)     },
    { "window",   TASK_STRING, offsetof(struct pars, window)   },
    { "size",     TASK_INT,    offsetof(struct pars, size)     },
    { "sigma",    TASK_STRING, offsetof(struct pars, sigma)    },
    { "symmetries", TASK_BOOL, offsetof(struct pars, symmetries) },
    { "force",    TASK_BOOL,   offsetof(struct pars, force)    },
    { "device",   TASK_STRING, offsetof(struct pars, device)   },
    { "threads",  TASK_INT,    offsetof(struct pars, threads)  },
    { "winograd", TASK_BOOL,   offsetof(struct pars, winograd) },
    { "memory",   TASK_INT,    offsetof(struct pars, memory)   },
    { "verbose",  TASK_INT,    offsetof(struct pars, verbose)  },
    { "clobber",  TASK_BOOL,   offsetof(struct pars, clobber)  },
    { "skip",     TASK_BOOL,   offsetof(struct pars, skip)     },
    { NULL,       0,           0                               }
};

static int
by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* No name may be there twice: the second prediction would replace the first. */
static bc_status
check_distinct(const struct strings *outputs)
{
    char    **sorted = malloc((size_t)outputs->n * sizeof *sorted);
    int       i;
    bc_status st = BC_OK;

    if (sorted == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    memcpy(sorted, outputs->text, (size_t)outputs->n * sizeof *sorted);
    qsort(sorted, (size_t)outputs->n, sizeof *sorted, by_text);
    for (i = 1; st == BC_OK && i < outputs->n; i++)
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            st = task_fail(BC_BAD_ARG, "%s is named twice as an output", sorted[i]);
    free(sorted);
    return st;
}

/* Is every image there that is needed? */
static bc_status
check_inputs(const struct pars *p, const struct files *f)
{
    const struct strings *const lists[] = { &f->inputs, &f->masks, &f->truths };
    struct strings              wanted = { 0 };
    int                         i, k;
    bc_status                   st = BC_OK;

    for (k = 0; k < 3; k++)
        for (i = 0; st == BC_OK && i < lists[k]->n; i++)
            if (lists[k]->n != f->inputs.n || !predict_is_passed_over(p, f, i))
                st = strings_split(lists[k]->text[i], &wanted);
    if (st == BC_OK)
        st = sets_check_names(&wanted);
    strings_free(&wanted);
    return st;
}

/* All that can be known of the outputs before any work. */
static bc_status
check_outputs(const struct pars *p, const struct files *f)
{
    const struct strings *const sets[] = { &f->inputs, &f->masks, &f->truths };
    const struct strings        none = { 0 };
    struct strings              used = { 0 }, written = { 0 };
    int                         i, k, n = f->outputs.n / f->inputs.n;
    bc_status                   st = check_distinct(&f->outputs);

    for (k = 0; k < 3; k++)
        for (i = 0; st == BC_OK && i < sets[k]->n; i++)
            st = strings_add(&used, sets[k]->text[i]);
    for (i = 0; st == BC_OK && i < f->references.n; i++)
        st = strings_add_quoted(&used, f->references.text[i]);
    if (st == BC_OK)
        st = strings_add_quoted(&used, p->model);
    if (st == BC_OK && *p->region != '\0')
        st = strings_add_quoted(&used, p->region);
    for (i = 0; st == BC_OK && i < f->outputs.n; i++)
        if (!predict_is_passed_over(p, f, i / n)) {
            st = sets_check_fits(f->outputs.text[i], p->clobber, &none);
            if (st == BC_BUSY && p->skip)       /* it may be there when its turn comes */
                st = BC_OK;
            if (st == BC_OK)
                st = strings_add(&written, f->outputs.text[i]);
        }
    if (st == BC_OK)
        st = sets_check_apart(&written, &used);
    strings_free(&used);
    strings_free(&written);
    return st;
}

/* The files of all sets, those of the model's bands side by side. */
static bc_status
name_outputs(const char *value, const bc_model *model, struct files *f)
{
    struct strings bands = { 0 };
    int            k;
    bc_status      st = BC_OK;

    if (bc_model_outputs(model) == 1)
        return sets_outputs(value, &f->inputs, &f->outputs);
    for (k = 0; st == BC_OK && k < bc_model_outputs(model); k++)
        st = strings_add(&bands, bc_model_output(model, k));
    if (st == BC_OK)
        st = sets_band_outputs(value, &f->inputs, &bands, &f->outputs);
    strings_free(&bands);
    return st;
}

/* The images that are named, as many of each kind as there are sets, or one for all. */
static bc_status
name_images(const struct pars *p, struct files *f)
{
    bc_status st = sets_read(p->input, &f->inputs);

    if (st == BC_OK && *p->mask != '\0')
        st = sets_read(p->mask, &f->masks);
    if (st == BC_OK && *p->truth != '\0')
        st = sets_read(p->truth, &f->truths);
    /* A number or a band is no file, also where one is called so. */
    if (st == BC_OK && *p->reference != '\0')
        st = strpbrk(p->reference, "./[@,*?%'\"$") == NULL ? strings_add(&f->references, p->reference)
                                                          : sets_names(p->reference, &f->references);
    if (st == BC_OK && f->references.n > 1 && f->references.n != f->inputs.n)
        st = task_fail(BC_BAD_ARG, "%d set%s of images and %d of reference=", f->inputs.n, task_s(f->inputs.n),
                       f->references.n);
    if (st == BC_OK && f->truths.n > 0 && f->truths.n != f->inputs.n)
        st = task_fail(BC_BAD_ARG, "%d set%s of images and %d of truth=", f->inputs.n, task_s(f->inputs.n),
                       f->truths.n);
    if (st == BC_OK && f->masks.n > 0 && f->masks.n != f->inputs.n && strcmp(p->mask, "none") != 0)
        st = task_fail(BC_BAD_ARG, "%d set%s of images and %d of masks", f->inputs.n, task_s(f->inputs.n),
                       f->masks.n);
    return st;
}

static bc_status
work(struct pars *p)
{
    struct files f = { 0 };
    int          workers = 1;
    bc_model    *model = NULL;
    bc_region   *region = NULL;
    bc_status    st = name_images(p, &f);

    if (st == BC_OK) {
        workers = predict_workers(p, &f);
        if (workers > 1)
            p->threads = (p->threads > 0 ? p->threads : bc_cores()) / workers;
        st = models_open(p->model, models_device(p->device, p->winograd), p->threads, &model);
    }
    if (st == BC_OK)
        bc_model_average(model, p->symmetries);
    if (st == BC_OK)
        st = name_outputs(p->output, model, &f);
    if (st == BC_OK)
        st = check_outputs(p, &f);
    if (st == BC_OK)
        st = check_inputs(p, &f);
    if (st == BC_OK && *p->region != '\0')
        st = bc_region_open(p->region, &region);
    if (region != NULL && *bc_region_marks(region) != '\0')
        task_say(1, "the region's %s: passed over, as they enclose no area", bc_region_marks(region));
    if (st == BC_OK)
        st = predict_list(p, model, region, &f, workers);
    bc_model_close(model);
    bc_region_close(region);
    strings_free(&f.inputs);
    strings_free(&f.masks);
    strings_free(&f.truths);
    strings_free(&f.references);
    strings_free(&f.outputs);
    return st;
}

/* Are the numbers of the list TEXT of KEY magnitudes from -MOST to MOST, or none? */
static bc_status
check_magnitudes(const char *key, const char *text, int most)
{
    struct strings list = { 0 };
    char          *end;
    int            i;
    bc_status      st = strings_split(text, &list);

    for (i = 0; st == BC_OK && i < list.n; i++) {
        double value = strtod(list.text[i], &end);

        if (strcmp(list.text[i], "none") != 0 && (end == list.text[i] || *end != '\0' || !isfinite(value)))
            st = task_fail(BC_BAD_ARG, "%s=%s: '%s' is no magnitude", key, text, list.text[i]);
        else if (fabs(value) > most)
            st = task_fail(BC_BAD_ARG, "%s=%s: %g is not between -%d and %d (none: as the header says)", key,
                           text, value, most, most);
    }
    strings_free(&list);
    return st;
}

/* What can be known before any file is opened. */
static bc_status
check(const void *pars)
{
    const struct pars *p = pars;
    bc_region         *region = NULL;
    bc_status          st = check_magnitudes("zeropoint", p->zeropoint, BC_MOST_ZEROPOINT);

    if (st == BC_OK)
        st = check_magnitudes("vega", p->vega, 20);     /* 11 at 160 micrometres */
    if (st == BC_OK && *p->unit != '\0' && !bc_unit_is_flux(p->unit))
        st = task_fail(BC_BAD_ARG, "unit=%s: no unit of flux that is known%s", p->unit,
                       strncmp(p->unit, "mjy", 3) == 0 ? " (MJy or mJy?)" : "");
    if (st == BC_OK && *p->region != '\0' && access(p->region, F_OK) != 0
        && bc_region_open(p->region, &region) != BC_OK)
        st = task_fail(BC_BAD_ARG, "%s", bc_message());
    bc_region_close(region);
    return st;
}

/* Called by tasks/main.c under the name bandpredict. */
int
bandpredict(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin_checked("bandpredict", argc, argv, table, &p, check);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
