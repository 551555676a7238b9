/* bandmock -- simulate galaxies in many bands, as a training set or as FITS images.
 * Parameters: par/bandmock.par.  Their meaning: help/bandmock.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"
#include "progress.h"
#include "sets.h"
#include "task.h"
#include "tasks.h"

struct pars {
    const char *output, *bands, *magnitude, *psf, *noise;
    int         number, size, seed, verbose, clobber;
    double      pixscale;
};

static const struct task_par table[] = {
    { "output",    TASK_STRING, offsetof(struct pars, output)   },
    { "number",    TASK_INT,    offsetof(struct pars, number)   },
    { "bands",     TASK_STRING, offsetof(struct pars, bands)    },
    { "size",      TASK_INT,    offsetof(struct pars, size)     },
    { "pixscale",  TASK_REAL,   offsetof(struct pars, pixscale) },
    { "magnitude", TASK_STRING, offsetof(struct pars, magnitude) },
    { "psf",       TASK_STRING, offsetof(struct pars, psf)      },
    { "noise",     TASK_STRING, offsetof(struct pars, noise)    },
    { "seed",      TASK_INT,    offsetof(struct pars, seed)     },
    { "verbose",   TASK_INT,    offsetof(struct pars, verbose)  },
    { "clobber",   TASK_BOOL,   offsetof(struct pars, clobber)  },
    { NULL,        0,           0                               }
};

static const char *const CREDIT = "simulated galaxies, bandcast's bandmock";

struct mock {
    const struct pars *p;
    bc_mock_options    o;
    int                folder;          /* 1: an image a galaxy and band, into the folder p->output */
    bc_dataset        *set;
    float             *pixels;          /* (nband, size, size) */
    double            *sigma;           /* (nband) */
};

static void
image_name(const struct mock *k, const bc_sample *s, int b, char *name, size_t size)
{
    snprintf(name, size, "%s%s_%s.fits", k->p->output, s->id, k->o.bands[b]);
}

/* Band B's image of the galaxy S: TAN, north up, the galaxy's position in the middle. */
static bc_status
write_image(const struct mock *k, const bc_sample *s, int b)
{
    size_t      area = (size_t)k->p->size * k->p->size;
    double      middle = 0.5 * (k->p->size + 1), step = k->p->pixscale / 3600.0;
    const struct { const char *key; double value; } numbers[] = {
        { "CRPIX1", middle }, { "CRPIX2", middle }, { "CRVAL1", s->ra }, { "CRVAL2", s->dec },
        { "CDELT1", -step }, { "CDELT2", step }, { "EQUINOX", 2000.0 }, { "MAGZERO", 22.5 }
    };
    const struct { const char *key, *text, *comment; } texts[] = {
        { "OBJECT", s->id, "simulated, no observation" }, { "FILTER", k->o.bands[b], "" },
        { "BUNIT", "nanomaggy", "" }, { "CTYPE1", "RA---TAN", "" }, { "CTYPE2", "DEC--TAN", "" },
        { "RADESYS", "ICRS", "" }, { "ORIGIN", CREDIT, "" }
    };
    char        name[4200];
    bc_image   *image = NULL;
    size_t      i;
    bc_status   st = bc_image_new(k->p->size, k->p->size, &image);

    if (st == BC_OK)
        memcpy(bc_image_pixels(image), k->pixels + b * area, area * sizeof *k->pixels);
    for (i = 0; st == BC_OK && i < sizeof texts / sizeof *texts; i++)
        st = bc_image_set_text(image, texts[i].key, texts[i].text, texts[i].comment);
    for (i = 0; st == BC_OK && i < sizeof numbers / sizeof *numbers; i++)
        st = bc_image_set_number(image, numbers[i].key, numbers[i].value, "");
    if (st == BC_OK)
        st = bc_image_history(image, s->source);
    image_name(k, s, b, name, sizeof name);
    if (st == BC_OK)
        st = bc_image_write(image, name, k->p->clobber);
    bc_image_close(image);
    return st;
}

static bc_status
make(struct mock *k, long i)
{
    bc_sample s;
    int       b;
    bc_status st = bc_mock_galaxy(&k->o, i, k->pixels, k->sigma, &s);

    if (st == BC_OK && !k->folder)
        return bc_dataset_append(k->set, &s, k->pixels, k->sigma);
    for (b = 0; st == BC_OK && b < k->o.nband; b++)
        st = write_image(k, &s, b);
    return st;
}

/* Before any work: the options, by making one galaxy, and every name that is to be written. */
static bc_status
check(struct mock *k)
{
    char      name[4200];
    bc_sample s;
    long      i;
    int       b;
    bc_status st = bc_mock_galaxy(&k->o, 0, k->pixels, k->sigma, &s);

    if (st == BC_OK && !k->folder)
        return bc_output_check(k->p->output, k->p->clobber);
    for (i = 0; st == BC_OK && i < k->p->number; i++) {
        snprintf(s.id, sizeof s.id, "mock%06ld", i + 1);
        for (b = 0; st == BC_OK && b < k->o.nband; b++) {
            image_name(k, &s, b, name, sizeof name);
            st = bc_output_check(name, k->p->clobber);
        }
    }
    return st;
}

static bc_status
begin_set(struct mock *k)
{
    const char **units = malloc((size_t)k->o.nband * sizeof *units);
    int          b;
    bc_status    st;

    if (units == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    for (b = 0; b < k->o.nband; b++)
        units[b] = "nanomaggy";
    st = bc_dataset_create(k->p->output, k->p->clobber, k->p->size, k->o.nband, k->o.bands, units, k->p->pixscale,
                           &k->set);
    free(units);
    return st == BC_OK ? bc_dataset_set_text(k->set, "CREDIT", CREDIT, "data") : st;
}

static bc_status
work(const struct pars *p)
{
    struct strings   bands = { 0 };
    struct mock      k = { .p = p, .folder = *p->output != '\0' && p->output[strlen(p->output) - 1] == '/' };
    struct progress *progress;
    long             i;
    double           brightest, faintest;
    char             end;
    bc_status        st;

    if (sscanf(p->magnitude, "%lf,%lf%c", &brightest, &faintest, &end) != 2 || !(brightest <= faintest))
        return task_fail(BC_BAD_ARG, "magnitude=%s: the brightest and the faintest, 14.5,17.5", p->magnitude);
    st = strings_split(p->bands, &bands);
    if (st != BC_OK)
        return st;
    k.o = (bc_mock_options){ .bands = (const char *const *)bands.text, .nband = bands.n, .size = p->size,
                             .arcsec = p->pixscale, .brightest = brightest,
                             .faintest = faintest, .psf = p->psf, .noise = p->noise, .seed = (uint64_t)p->seed };
    k.pixels = malloc(((size_t)bands.n + 1) * p->size * p->size * sizeof *k.pixels);
    k.sigma = malloc(((size_t)bands.n + 1) * sizeof *k.sigma);
    st = k.pixels == NULL || k.sigma == NULL ? task_fail(BC_NO_MEMORY, "out of memory") : check(&k);
    if (st == BC_OK && !k.folder)
        st = begin_set(&k);
    progress = progress_open();
    for (i = 0; st == BC_OK && i < p->number; i++) {
        st = make(&k, i);
        if (st == BC_OK && progress_tell(progress, (i + 1.0) / p->number) != 0)
            st = task_fail(BC_STOPPED, "stopped");
    }
    progress_close(progress);
    if (st == BC_OK && !k.folder)
        st = bc_dataset_commit(k.set);
    if (st == BC_OK)
        task_say(1, "%s: %d simulated galax%s of %d x %d pixels in %d band%s", p->output, p->number,
                 p->number == 1 ? "y" : "ies", p->size, p->size, bands.n, task_s(bands.n));
    bc_dataset_close(k.set);
    free(k.pixels);
    free(k.sigma);
    strings_free(&bands);
    return st;
}

/* Called by tasks/main.c under the name bandmock. */
int
bandmock(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin("bandmock", argc, argv, table, &p);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
