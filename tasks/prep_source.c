/* prep_source.c -- bandprep's importers: images that other projects hand out become a training set.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "npy.h"
#include "prep.h"
#include "task.h"

enum { FOLD, CATALOG, LISTS, ALL_TRAIN, NONE = -1 };

struct work {
    const struct pars *p;
    const struct catalog   *catalog;
    bc_source              *source;
    bc_dataset             *set;
    int                     rule, crop;
    struct strings          files;              /* LISTS: names of those that were given, */
    struct numbers          list[3];            /* and ids of BC_TRAIN, BC_VALIDATE, BC_TEST */
    float                  *pixels;             /* (band, size, size) */
    double                 *sigma;
    char                   *matched;            /* (rows of the catalogue) 1: it is a picture's */
    long                    kept[BC_TEST + 1], missing, constant, unlisted, damaged;
};

int
prep_is_source(const struct pars *p, const struct strings *sets)
{
    static const char *const ends[] = { ".hdf5", ".h5", ".png", ".jpg", ".jpeg" };
    const char              *name = sets->n > 0 ? sets->text[0] : "", *dot = strrchr(name, '.');
    struct stat              info;
    size_t                   i;

    if (strcmp(p->format, "auto") != 0)
        return strcmp(p->format, "fits") != 0;
    if (stat(name, &info) == 0 && S_ISDIR(info.st_mode))
        return 1;
    for (i = 0; dot != NULL && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot, ends[i]) == 0)
            return 1;
    return 0;
}

/* ---- who trains, who tests ------------------------------------------------------------------- */

/* The numbers in file I of split=: "train_ids.npy,test_ids.npy", or three with the validation's in the middle. */
static struct numbers *
list_of(struct work *k, int i)
{
    return &k->list[i == k->files.n - 1 ? BC_TEST : i];
}

static bc_status
read_lists(struct work *k)
{
    int       i;
    bc_status st = strings_split(k->p->split, &k->files);

    if (st == BC_OK && k->files.n != 2 && k->files.n != 3)
        st = task_fail(BC_BAD_ARG, "split=%s: two lists (train, test) or three (train, validate, test)",
                       k->p->split);
    for (i = 0; st == BC_OK && i < k->files.n; i++)
        st = numbers_read(k->files.text[i], list_of(k, i));
    k->rule = LISTS;
    return st;
}

static bc_status
read_split(struct work *k)
{
    const char *s = k->p->split;

    if (strcmp(s, "fold") == 0)
        k->rule = FOLD;
    else if (strcmp(s, "train") == 0)
        k->rule = ALL_TRAIN;
    else if (strstr(s, ".npy") != NULL)
        return read_lists(k);
    else if (strcmp(s, "catalog") == 0 && k->catalog->name[CATALOG_SPLIT][0] != '\0')
        k->rule = CATALOG;
    else
        return task_fail(BC_BAD_ARG, "split=%s: of such images fold, train, catalog (with a column "
                         "'split') or lists TRAIN.npy,TEST.npy", s);
    return BC_OK;
}

/* Split of sample I, row ROW of the catalogue; NONE = of no one. */
static int
split_of(struct work *k, long i, long row, const char *id)
{
    long   object = bc_source_object(k->source, i), number = strtol(id, NULL, 10);
    double said;
    int    s;

    switch (k->rule) {
    case FOLD:
        return object % 5 == 4 ? BC_TEST : object % 5 == 3 ? BC_VALIDATE : BC_TRAIN;
    case CATALOG:
        said = row < 0 ? (double)NAN : k->catalog->row[row].value[CATALOG_SPLIT];
        return said >= BC_TRAIN && said <= BC_TEST ? (int)said : NONE;
    case LISTS:
        for (s = BC_TRAIN; s <= BC_TEST; s++)
            if (numbers_have(&k->list[s], number))
                return s;
        return NONE;
    default:
        return BC_TRAIN;
    }
}

/* ---- samples --------------------------------------------------------------------------------- */

/* Row of the catalogue with the sample's id, or where no id fits that of its number; -1 = none. */
static long
find_row(const struct work *k, long i, const char *id)
{
    const struct catalog *c = k->catalog;
    long                  row;

    for (row = 0; row < c->n; row++)
        if (strcmp(c->row[row].id, id) == 0)
            return row;
    return c->n == bc_source_count(k->source) ? i : -1;
}

/* Cropped and resized; *bad_p = largest fraction of bad pixels of a band, *constant_p = a band has one
 * value only. */
static bc_status
take_pixels(struct work *k, const float *image, int nx, int ny, double *bad_p, int *constant_p)
{
    int       size = k->p->size, b;
    size_t    area = (size_t)size * size, i;
    double    level;
    bc_status st = BC_OK;

    *bad_p = 0.0;
    *constant_p = 0;
    for (b = 0; st == BC_OK && b < bc_source_bands(k->source); b++) {
        float *to = k->pixels + b * area, low = INFINITY, high = -INFINITY;
        long   nbad = 0;

        st = bc_resize(image + (size_t)b * nx * ny, nx, ny, k->crop, size, to);
        if (st != BC_OK)
            break;
        bc_sky(to, area, &level, &k->sigma[b]);
        for (i = 0; i < area; i++) {
            low = fminf(low, to[i]);
            high = fmaxf(high, to[i]);
            nbad += !isfinite(to[i]);
            to[i] = isfinite(to[i]) ? to[i] : NAN;
        }
        *bad_p = fmax(*bad_p, (double)nbad / (double)area);
        *constant_p |= !(high > low);
    }
    return st;
}

/* Sample I is S, of NX x NY pixels. */
static bc_status
add_sample(struct work *k, long i, bc_sample s, const float *image, int nx, int ny)
{
    double    bad;
    long      row;
    int       constant;
    bc_status st;

    row = k->catalog->n > 0 ? find_row(k, i, s.id) : -1;
    if (row >= 0)
        k->matched[row] = 1;
    s.split = split_of(k, i, row, s.id);
    if (s.split == NONE) {
        k->unlisted++;
        return BC_OK;
    }
    if (row >= 0)
        catalog_sample(k->catalog, row, &s);
    st = take_pixels(k, image, nx, ny, &bad, &constant);
    if (st != BC_OK)
        return st;
    if (bad > k->p->maxbad || constant) {
        k->missing += bad > k->p->maxbad;
        k->constant += !(bad > k->p->maxbad);
        task_say(2, "%s: left out, %s", s.id, bad > k->p->maxbad ? "too many bad pixels"
                                                                 : "a band is constant");
        return BC_OK;
    }
    k->kept[s.split]++;
    return bc_dataset_append(k->set, &s, k->pixels, k->sigma);
}

/* ---- the set --------------------------------------------------------------------------------- */

/* The first images have NX x NY pixels. */
static bc_status
create(struct work *k, int nx, int ny)
{
    const char *names[65], *units[65];
    int         nband = bc_source_bands(k->source), b;
    size_t      n = (size_t)nband * k->p->size * k->p->size;
    double      scale = bc_source_scale(k->source);
    bc_status   st;

    for (b = 0; b < nband; b++) {
        names[b] = bc_source_band(k->source, b);
        units[b] = bc_source_unit(k->source);
    }
    k->crop = k->p->crop >= 0 ? k->p->crop : bc_source_crop(k->source);
    k->pixels = malloc(n * sizeof *k->pixels);
    k->sigma = malloc((size_t)nband * sizeof *k->sigma);
    if (k->pixels == NULL || k->sigma == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory");
    st = bc_dataset_create(k->p->output, k->p->clobber, k->p->size, nband, names, units,
                           scale * ((nx < ny ? nx : ny) - 2 * k->crop) / k->p->size, &k->set);
    if (st == BC_OK && *k->p->credit != '\0')
        st = bc_dataset_set_text(k->set, "CREDIT", k->p->credit, "of the data");
    return st == BC_OK ? bc_dataset_set_text(k->set, "SOURCE", bc_source_format(k->source),
                                             "format of the images it was made of") : st;
}

/* Of several files one that cannot be read is left out, with all views of its galaxy: *I_P becomes the last of them.
 * What concerns all of them ends the run. */
static bc_status
leave_out(struct work *k, bc_status st, long *i_p)
{
    long n = bc_source_count(k->source), object = bc_source_object(k->source, *i_p);

    if ((st != BC_BAD_FILE && st != BC_BAD_SHAPE) || strcmp(bc_source_format(k->source), "galaxy10") == 0
        || (k->set == NULL && object == bc_source_object(k->source, n - 1)))
        return st;
    task_warn("left out: %s", bc_message());
    for (k->damaged++; *i_p + 1 < n && bc_source_object(k->source, *i_p + 1) == object; ++*i_p)
        k->damaged++;
    return BC_OK;
}

static bc_status
add_samples(struct work *k, struct progress *progress)
{
    const float *image;
    bc_sample    s;
    long         i, n = bc_source_count(k->source);
    int          nx, ny;
    bc_status    st = BC_OK;

    for (i = 0; st == BC_OK && i < n; i++) {
        st = bc_source_read(k->source, i, &s, &image, &nx, &ny);
        if (st != BC_OK) {
            st = leave_out(k, st, &i);
            continue;
        }
        if (k->set == NULL)
            st = create(k, nx, ny);
        if (st == BC_OK)
            st = add_sample(k, i, s, image, nx, ny);
        if (st == BC_OK && progress_tell(progress, (double)(i + 1) / (double)n) != 0)
            st = task_fail(BC_STOPPED, "stopped");
    }
    return st;
}

/* Numbers of split= of which there is no galaxy: the lists may be of other data. */
static void
report_lists(struct work *k)
{
    long i, none;
    int  f;

    for (f = 0; f < k->files.n; f++) {
        const struct numbers *list = list_of(k, f);

        for (i = none = 0; i < list->n; i++)
            none += !list->found[i];
        if (none > 0)
            task_say(1, "%s: of %ld of its %ld numbers there is no galaxy", k->files.text[f], none, list->n);
    }
}

/* Rows of the catalogue that are of no galaxy. */
static void
report_rows(const struct work *k)
{
    const struct catalog *c = k->catalog;
    long                  none = 0, first = 0, i;

    for (i = c->n - 1; i >= 0; i--)
        if (!k->matched[i]) {
            none++;
            first = i;
        }
    if (none > 0)
        task_say(1, "%s: %ld of its %ld row%s (first: %s) match%s no picture", k->p->catalog, none, c->n, task_s(c->n),
                 c->row[first].id, none == 1 ? "es" : "");
}

static void
report_left_out(const struct work *k)
{
    if (bc_source_left_out(k->source) > 0)
        task_say(1, "%ld left out: the file of a band is missing", bc_source_left_out(k->source));
    if (k->damaged > 0)
        task_say(1, "%ld left out: a file cannot be read", k->damaged);
    if (k->unlisted > 0)
        task_say(1, "%ld left out: %s", k->unlisted,
                 k->rule == LISTS ? "they are in none of the lists of split="
                                  : "the catalogue's split is not 0, 1 or 2 for them");
    if (k->missing > 0)
        task_say(1, "%ld left out: more than %g of the pixels of a band are bad", k->missing, k->p->maxbad);
    if (k->constant > 0)
        task_say(1, "%ld left out: a band is constant", k->constant);
}

void
prep_report(const struct pars *p, const long kept[BC_TEST + 1], int nband)
{
    long n = kept[BC_TRAIN] + kept[BC_VALIDATE] + kept[BC_TEST];

    task_say(1, "%s: %ld sample%s of %d x %d pixels in %d band%s: %ld to train, %ld to validate, %ld to test",
             p->output, n, task_s(n), p->size, p->size, nband, task_s(nband), kept[BC_TRAIN], kept[BC_VALIDATE],
             kept[BC_TEST]);
}

static void
report(const struct work *k)
{
    int b;

    if (strcmp(bc_source_format(k->source), "illustris") != 0)
        task_say(1, "these are pictures: a plane may hold light of the other bands");
    for (b = 0; b < bc_source_bands(k->source); b++)
        task_say(2, "plane %d: %s", b + 1, bc_source_band(k->source, b));
    prep_report(k->p, k->kept, bc_source_bands(k->source));
}

static bc_status
check_format(const struct work *k)
{
    if (strcmp(k->p->format, "auto") == 0 || strcmp(k->p->format, bc_source_format(k->source)) == 0)
        return BC_OK;
    return task_fail(BC_BAD_FILE, "%s is not of format %s but %s", k->p->input, k->p->format,
                     bc_source_format(k->source));
}

bc_status
prep_source(const struct pars *p, const struct strings *sets, const struct strings *bands,
            const struct catalog *catalog, struct progress *progress)
{
    struct work k = { .p = p, .catalog = catalog };
    int         several = sets->n > 1 || *p->input == '@', i;
    bc_status   st = read_split(&k);

    k.matched = calloc((size_t)catalog->n + 1, 1);
    if (st == BC_OK && k.matched == NULL)
        st = task_fail(BC_NO_MEMORY, "out of memory");
    if (st == BC_OK)
        st = bc_source_open(sets->text[0], (const char *const *)sets->text, several ? sets->n : 0,
                            (const char *const *)bands->text, bands->n, &k.source);
    if (st == BC_OK)
        st = check_format(&k);
    if (st == BC_OK)
        st = add_samples(&k, progress);
    if (st == BC_OK) {
        report_left_out(&k);
        report_lists(&k);
        report_rows(&k);
        st = bc_dataset_commit(k.set);
    }
    if (st == BC_OK)
        report(&k);
    for (i = 0; i < 3; i++)
        numbers_free(&k.list[i]);
    strings_free(&k.files);
    bc_dataset_close(k.set);
    bc_source_close(k.source);
    free(k.pixels);
    free(k.sigma);
    free(k.matched);
    return st;
}
