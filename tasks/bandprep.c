/* bandprep -- build a training set from images: one set of bands a sample, or stamps at a catalogue's positions.
 * Parameters: par/bandprep.par.  Their meaning: help/bandprep.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "prep.h"
#include "task.h"
#include "tasks.h"

static const struct task_par table[] = {
    { "input",   TASK_STRING, offsetof(struct pars, input)   },
    { "output",  TASK_STRING, offsetof(struct pars, output)  },
    { "bands",   TASK_STRING, offsetof(struct pars, bands)   },
    { "catalog", TASK_STRING, offsetof(struct pars, catalog) },
    { "format",  TASK_STRING, offsetof(struct pars, format)  },
    { "size",    TASK_INT,    offsetof(struct pars, size)    },
    { "crop",    TASK_INT,    offsetof(struct pars, crop)    },
    { "split",   TASK_STRING, offsetof(struct pars, split)   },
    { "maxbad",  TASK_REAL,   offsetof(struct pars, maxbad)  },
    { "resample", TASK_STRING, offsetof(struct pars, resample) },
    { "credit",  TASK_STRING, offsetof(struct pars, credit)  },
    { "verbose", TASK_INT,    offsetof(struct pars, verbose) },
    { "clobber", TASK_BOOL,   offsetof(struct pars, clobber) },
    { NULL,      0,           0                              }
};

enum { FOLD, POSITION, CATALOG, ALL_TRAIN };

struct prep {
    const struct pars *p;
    struct strings     bands;           /* as the user named them, or empty */
    struct catalog     catalog;         /* n = 0: none */
    int                rule;            /* how samples are split */
    double             valid_from, test_from;   /* POSITION: x in pixels, 1-based */
    bc_dataset        *set;
    int                nband;
    bc_image         **file;            /* of the set at hand */
    bc_alignment      *aligned;         /* these on the first one's grid */
    bc_image         **image;           /* which are here */
    double            *sigma;           /* sky noise of each */
    float             *pixels;          /* (nband, size, size) */
    long               kept[BC_TEST + 1], nowhere, outside, bad, unsplit, constant;
    long               rescaled;        /* of those that are kept: their pixels are not as large as the set's */
};

static bc_status
read_split(struct prep *k)
{
    const char *s = k->p->split;
    char        end;

    if (strcmp(s, "fold") == 0)
        k->rule = FOLD;
    else if (strcmp(s, "train") == 0)
        k->rule = ALL_TRAIN;
    else if (strcmp(s, "catalog") == 0)
        k->rule = CATALOG;
    else if (sscanf(s, "x:%lf,%lf%c", &k->valid_from, &k->test_from, &end) == 2 && k->valid_from <= k->test_from)
        k->rule = POSITION;
    else if (strstr(s, ".npy") != NULL)
        return task_fail(BC_BAD_ARG, "split=%s: lists of numbers are not for FITS images, and %s is taken for some", s,
                         k->p->input);
    else
        return task_fail(BC_BAD_ARG, "split=%s: fold, train, catalog or x:V,T with V <= T (see --help)", s);
    if (k->rule == CATALOG && k->catalog.name[CATALOG_SPLIT][0] == '\0')
        return task_fail(BC_BAD_ARG, "split=catalog needs a catalogue with a column 'split'");
    return BC_OK;
}

/* Split of the sample from row ROW, stamp columns x0 .. x0 + size - 1 (1-based); -1: it has none. */
static int
split_of(const struct prep *k, long row, double x0)
{
    double x1 = x0 + k->p->size - 1, said;

    switch (k->rule) {
    case FOLD:
        return row % 5 == 4 ? BC_TEST : row % 5 == 3 ? BC_VALIDATE : BC_TRAIN;
    case POSITION:
        if (x1 < k->valid_from)
            return BC_TRAIN;
        if (x0 >= k->valid_from && x1 < k->test_from)
            return BC_VALIDATE;
        return x0 >= k->test_from ? BC_TEST : -1;
    case CATALOG:
        said = k->catalog.row[row].value[CATALOG_SPLIT];
        return said >= BC_TRAIN && said <= BC_TEST ? (int)said : -1;
    default:
        return BC_TRAIN;
    }
}

static void
close_images(struct prep *k)
{
    int b;

    bc_alignment_close(k->aligned);
    k->aligned = NULL;
    for (b = 0; k->file != NULL && b < k->nband; b++) {
        bc_image_close(k->file[b]);
        k->file[b] = NULL;
    }
}

/* The unit of IMAGE's pixels in a set.  Where one says nothing of how bright it is (counts), but the image's zero point
 * is known, that is nanomaggy, and *FACTOR_P what to multiply by: the next image's counts may mean something else. */
static const char *
unit_in_set(const bc_image *image, double *factor_p)
{
    const char *unit = bc_image_unit(image);
    double      zeropoint = bc_image_zeropoint(image);

    *factor_p = 1.0;
    if (isnan(zeropoint) || !isnan(bc_unit_zeropoint(unit, bc_image_pixel_sr(image))))
        return unit;
    *factor_p = pow(10.0, 0.4 * (bc_unit_zeropoint("nanomaggy", 0.0) - zeropoint));
    return "nanomaggy";
}

/* What an astronomer should know of the unit of band B, FILE's. */
static void
report_unit(const bc_image *file, const char *unit, double factor)
{
    const char *have = bc_image_unit(file);

    if (*unit == '\0')
        task_say(1, "%s has no BUNIT: its unit stays unknown", bc_image_name(file));
    else if (strcmp(unit, have) != 0)
        task_say(1, "%s: times %.7g to be in %s (AB zero point %.7g)", bc_image_name(file), factor, unit,
                 bc_image_zeropoint(file));
    else if (!bc_unit_is_flux(unit))
        task_say(1, "%s is in '%s', and how bright that is is not known", bc_image_name(file), unit);
}

/* The training set's bands and units are those of the first set of images. */
static bc_status
create_set(struct prep *k)
{
    const char **names = malloc((size_t)k->nband * sizeof *names), **units = malloc((size_t)k->nband * sizeof *units);
    double       factor;
    int          a, b;
    bc_status    st = BC_OK;

    if (names == NULL || units == NULL)
        st = task_fail(BC_NO_MEMORY, "out of memory");
    for (b = 0; st == BC_OK && b < k->nband; b++) {
        names[b] = k->bands.n > 0 ? k->bands.text[b] : bc_image_band(k->image[b]);
        units[b] = unit_in_set(k->file[b], &factor);
        if (*names[b] == '\0')
            st = task_fail(BC_BAD_SHAPE, "%s has no FILTER card: name the bands with bands=",
                           bc_image_name(k->image[b]));
        for (a = 0; st == BC_OK && a < b && k->bands.n == 0; a++)
            if (strcmp(names[a], names[b]) == 0)
                st = task_fail(BC_BAD_SHAPE, "%s and %s are both of band %s (bands= goes over the headers)",
                               bc_image_name(k->image[a]), bc_image_name(k->image[b]), names[b]);
        report_unit(k->file[b], units[b], factor);
    }
    if (st == BC_OK)
        st = bc_dataset_create(k->p->output, k->p->clobber, k->p->size, k->nband, names, units,
                               bc_image_pixel_scale(k->image[0]), &k->set);
    if (st == BC_OK && *k->p->credit != '\0')
        st = bc_dataset_set_text(k->set, "CREDIT", k->p->credit, "of the data");
    free(names);
    free(units);
    return st;
}

static void
multiply(bc_image *image, double factor)
{
    float *pixels = bc_image_pixels(image);
    size_t n = (size_t)bc_image_nx(image) * bc_image_ny(image), i;

    for (i = 0; factor != 1.0 && i < n; i++)
        pixels[i] = (float)(factor * pixels[i]);
}

/* All images of the set on the first one's grid, with their pixels, in the set's unit, and their noise. */
static bc_status
align(struct prep *k)
{
    const bc_align_options o = { .resample = k->p->resample, .force = 1 };
    double                 level, factor;
    int                    b;
    bc_status              st = bc_align(k->file, k->nband, k->file[0], &o, &k->aligned);

    for (b = 0; st == BC_OK && b < k->nband; b++) {
        bc_image *image = bc_alignment_image(k->aligned, b);

        unit_in_set(k->file[b], &factor);
        st = bc_image_load(image);
        if (st == BC_OK) {
            multiply(image, factor);
            bc_sky(bc_image_pixels(image), (size_t)bc_image_nx(image) * bc_image_ny(image), &level, &k->sigma[b]);
        }
        if (*bc_image_notes(image) != '\0')
            task_say(k->set == NULL ? 1 : 2, "%s: %s", bc_image_name(image), bc_image_notes(image));
        k->image[b] = image;
    }
    return st;
}

/* Is image B of the band that it is taken for?  One without a FILTER card is.  What bands= says goes over the cards. */
static bc_status
check_band(const struct prep *k, int b)
{
    const char *name = bc_image_band(k->file[b]);
    const char *want = k->bands.n > 0 ? k->bands.text[b] : k->set != NULL ? bc_dataset_band(k->set, b) : name;

    if (*name == '\0' || bc_band_same(name, want))
        return BC_OK;
    if (k->bands.n == 0)
        return task_fail(BC_BAD_SHAPE, "%s is of band %s, the sets before it have %s there (bands= goes over the "
                         "headers)", bc_image_name(k->file[b]), name, want);
    if (bc_band_find(name) != NULL)
        task_say(k->set == NULL ? 1 : 2, "%s: taken for %s as bands= says; its header says %s",
                 bc_image_name(k->file[b]), want, name);
    return BC_OK;
}

/* The images of one set: all on one grid, in the units of the first set. */
static bc_status
open_images(struct prep *k, const char *line)
{
    struct strings names = { 0 };
    const char    *unit;
    double         factor;
    int            b;
    bc_status      st = strings_split(line, &names);

    if (st == BC_OK && k->image == NULL) {
        k->nband = names.n;
        k->file = calloc((size_t)k->nband, sizeof *k->file);
        k->image = calloc((size_t)k->nband, sizeof *k->image);
        k->sigma = calloc((size_t)k->nband, sizeof *k->sigma);
        k->pixels = malloc((size_t)k->nband * k->p->size * k->p->size * sizeof *k->pixels);
        if (k->file == NULL || k->image == NULL || k->sigma == NULL || k->pixels == NULL)
            st = task_fail(BC_NO_MEMORY, "out of memory");
        else if (k->bands.n > 0 && k->bands.n != k->nband)
            st = task_fail(BC_BAD_ARG, "bands= names %d band%s for %d image%s", k->bands.n, task_s(k->bands.n),
                           k->nband, task_s(k->nband));
    } else if (st == BC_OK && names.n != k->nband) {
        st = task_fail(BC_BAD_SHAPE, "'%s' has %d image%s, the sets before it %d", line, names.n, task_s(names.n),
                       k->nband);
    }
    for (b = 0; st == BC_OK && b < k->nband; b++) {
        st = bc_image_open_rows(names.text[b], 0, &k->file[b]);
        unit = st == BC_OK ? unit_in_set(k->file[b], &factor) : "";
        if (st == BC_OK && k->set != NULL && strcmp(unit, bc_dataset_unit(k->set, b)) != 0)
            st = task_fail(BC_BAD_SHAPE, "%s is in '%s', the sets before it in '%s'", names.text[b], unit,
                           bc_dataset_unit(k->set, b));
        if (st == BC_OK)
            st = check_band(k, b);
    }
    strings_free(&names);
    if (st == BC_OK)
        st = align(k);
    return st == BC_OK && k->set == NULL ? create_set(k) : st;
}

/* Stamp with its first pixel at (x0, y0), 0-based; *bad_p = largest fraction of bad pixels in a band,
 * *constant_p = some band has one value only. */
static void
cut(struct prep *k, long x0, long y0, double *bad_p, int *constant_p)
{
    int size = k->p->size, b, y, x;

    *bad_p = 0.0;
    *constant_p = 0;
    for (b = 0; b < k->nband; b++) {
        float *to = k->pixels + (size_t)b * size * size, low = INFINITY, high = -INFINITY;
        long   nbad = 0;

        for (y = 0; y < size; y++)
            for (x = 0; x < size; x++) {
                float value = bc_image_pixels(k->image[b])[(y0 + y) * bc_image_nx(k->image[b]) + x0 + x];

                nbad += !isfinite(value);
                low = fminf(low, value);
                high = fmaxf(high, value);
                to[y * size + x] = isfinite(value) ? value : NAN;
            }
        *bad_p = fmax(*bad_p, (double)nbad / ((double)size * size));
        *constant_p |= !(high > low);
    }
}

/* Why a stamp has no split. */
static const char *
why_unsplit(const struct prep *k)
{
    return k->rule == POSITION ? "a border of split= goes through the stamp"
                               : "the catalogue's split is not 0, 1 or 2";
}

/* Add the stamp around (x, y), 1-based, as the sample of row ROW. */
static bc_status
add_sample(struct prep *k, long row, double x, double y, bc_sample *s)
{
    double bad, ra, dec;
    long   x0, y0;
    int    constant;

    if (isnan(x) || isnan(y)) {
        k->nowhere++;
        task_say(2, "%s: left out, the catalogue has no position", s->id);
        return BC_OK;
    }
    x = fmax(fmin(x, INT_MAX), INT_MIN);                /* beyond that no whole number may hold them */
    y = fmax(fmin(y, INT_MAX), INT_MIN);
    x0 = (long)floor(x - 0.5 * k->p->size);             /* of an even size the pixel of (x, y) is at size / 2 */
    y0 = (long)floor(y - 0.5 * k->p->size);
    s->split = split_of(k, row, (double)x0 + 1.0);
    s->x = x;
    s->y = y;
    if ((isnan(s->ra) || isnan(s->dec)) && bc_image_locate(k->image[0], x, y, &ra, &dec) == BC_OK) {
        s->ra = ra;
        s->dec = dec;
    }
    snprintf(s->source, sizeof s->source, "%s", bc_image_name(k->image[0]));
    if (x0 < 0 || y0 < 0 || x0 + k->p->size > bc_image_nx(k->image[0])
        || y0 + k->p->size > bc_image_ny(k->image[0])) {
        k->outside++;
        task_say(2, "%s: left out, its stamp reaches over the edge", s->id);
        return BC_OK;
    }
    if (s->split < BC_TRAIN || s->split > BC_TEST) {
        k->unsplit++;
        task_say(2, "%s: left out, %s", s->id, why_unsplit(k));
        return BC_OK;
    }
    cut(k, x0, y0, &bad, &constant);
    if (bad > k->p->maxbad || constant) {
        k->bad += !constant;
        k->constant += constant;
        task_say(2, "%s: left out, %s", s->id, constant ? "a band is constant" : "too many bad pixels");
        return BC_OK;
    }
    k->kept[s->split]++;
    k->rescaled += fabs(bc_image_pixel_scale(k->image[0]) / bc_dataset_scale(k->set) - 1.0) > 0.01;
    return bc_dataset_append(k->set, s, k->pixels, k->sigma);
}

/* A field is seldom meant to give one stamp. */
static void
suggest_catalog(const struct prep *k)
{
    long nx = bc_image_nx(k->image[0]), ny = bc_image_ny(k->image[0]);

    if (k->catalog.n == 0 && (nx > 4 * k->p->size || ny > 4 * k->p->size))
        task_say(1, "%s: of its %ld x %ld pixels the central %d x %d are taken (with catalog= stamps at the positions "
                 "of a catalogue)", bc_image_name(k->image[0]), nx, ny, k->p->size, k->p->size);
}

/* Is every image there? */
static bc_status
check_inputs(const struct strings *sets)
{
    struct strings names = { 0 };
    int            i;
    bc_status      st = BC_OK;

    for (i = 0; st == BC_OK && i < sets->n; i++)
        st = strings_split(sets->text[i], &names);
    if (st == BC_OK)
        st = sets_check_names(&names);
    strings_free(&names);
    return st;
}

/* One sample a set: its central part. */
static bc_status
prepare_sets(struct prep *k, const struct strings *sets, struct progress *progress)
{
    int       i;
    bc_status st = check_inputs(sets);

    if (st == BC_OK && k->catalog.n > 0 && k->catalog.n != sets->n)
        return task_fail(BC_BAD_SHAPE, "%s has %ld row%s for %d set%s of images", k->p->catalog, k->catalog.n,
                         task_s(k->catalog.n), sets->n, task_s(sets->n));
    for (i = 0; st == BC_OK && i < sets->n; i++) {
        bc_sample s = { .ra = (double)NAN, .dec = (double)NAN };

        snprintf(s.id, sizeof s.id, "%d", i + 1);
        if (k->catalog.n > 0)
            catalog_sample(&k->catalog, i, &s);
        st = open_images(k, sets->text[i]);
        if (st == BC_OK && (bc_image_nx(k->image[0]) < k->p->size || bc_image_ny(k->image[0]) < k->p->size))
            st = task_fail(BC_BAD_SHAPE, "%s is %ld x %ld pixels, smaller than size=%d", bc_image_name(k->image[0]),
                           bc_image_nx(k->image[0]), bc_image_ny(k->image[0]), k->p->size);
        if (st == BC_OK && i == 0)
            suggest_catalog(k);
        if (st == BC_OK)
            st = add_sample(k, i, 0.5 * (double)(bc_image_nx(k->image[0]) + 1),
                            0.5 * (double)(bc_image_ny(k->image[0]) + 1), &s);
        close_images(k);
        if (st == BC_OK && progress_tell(progress, (i + 1.0) / sets->n) != 0)
            st = task_fail(BC_STOPPED, "stopped");
    }
    return st;
}

/* Of a catalogue that has both: are its pixels where its ra, dec are on the image?  Those of another image are not. */
static void
compare_positions(const struct prep *k)
{
    static const double far = 2.0;              /* pixels: one is of counting them from 0 */
    const struct catalog *c = &k->catalog;
    double                x, y, most = far;
    long                  i, n = 0, off = 0;

    for (i = 0; i < c->n; i++) {
        const double *v = c->row[i].value;
        bc_status     st;

        if (isnan(v[CATALOG_X] + v[CATALOG_Y] + v[CATALOG_RA] + v[CATALOG_DEC]))
            continue;
        st = bc_image_find(k->image[0], 0, v[CATALOG_RA], v[CATALOG_DEC], &x, &y);
        if (st != BC_OK && st != BC_BAD_ARG)    /* no sky coordinates that can be compared */
            return;
        n++;
        off += st != BC_OK || hypot(v[CATALOG_X] - x, v[CATALOG_Y] - y) > far;
        if (st == BC_OK)
            most = fmax(most, hypot(v[CATALOG_X] - x, v[CATALOG_Y] - y));
    }
    if (off > 0)
        task_say(1, "%ld of %ld positions %s, %s are more than %g pixels (up to %.0f) from where %s, %s are on %s: are "
                 "they pixels of another image?", off, n, c->name[CATALOG_X], c->name[CATALOG_Y], far, most,
                 c->name[CATALOG_RA], c->name[CATALOG_DEC], bc_image_name(k->image[0]));
}

/* Stamps of one field at the catalogue's positions. */
static bc_status
prepare_field(struct prep *k, const char *field, struct progress *progress)
{
    const struct catalog *c = &k->catalog;
    const char (*name)[72] = c->name;
    int       pixels = catalog_has_pair(c, CATALOG_X), sky = catalog_has_pair(c, CATALOG_RA);
    long      i;
    bc_status st = open_images(k, field);

    if (st == BC_OK && !pixels && !sky)
        st = task_fail(BC_BAD_FILE, "%s has neither columns x_pix, y_pix nor ra, dec", k->p->catalog);
    if (st == BC_OK && pixels && sky) {
        task_say(1, "stamps are cut at %s, %s of %s, not at %s, %s", name[CATALOG_X], name[CATALOG_Y], k->p->catalog,
                 name[CATALOG_RA], name[CATALOG_DEC]);
        compare_positions(k);
    }
    for (i = 0; st == BC_OK && i < k->catalog.n; i++) {
        bc_sample s = { .ra = (double)NAN, .dec = (double)NAN };
        double    x, y;

        catalog_sample(c, i, &s);
        if (pixels) {
            x = c->row[i].value[CATALOG_X];
            y = c->row[i].value[CATALOG_Y];
        } else {
            x = y = isnan(s.ra) || isnan(s.dec) ? (double)NAN : (double)INFINITY;
            if (!isnan(x))
                st = bc_image_find(k->image[0], 0, s.ra, s.dec, &x, &y);
            if (st == BC_BAD_ARG)       /* on the other side of the sky */
                st = BC_OK;
        }
        if (st == BC_OK)
            st = add_sample(k, i, x, y, &s);
        if (st == BC_OK && progress_tell(progress, (i + 1.0) / (double)k->catalog.n) != 0)
            st = task_fail(BC_STOPPED, "stopped");
    }
    close_images(k);
    return st;
}

static void
report_samples(const struct prep *k)
{
    if (k->nowhere > 0)
        task_say(1, "%ld left out: the catalogue has no position for them", k->nowhere);
    if (k->outside > 0)
        task_say(1, "%ld left out: stamps there reach over the edge", k->outside);
    if (k->unsplit > 0)
        task_say(1, "%ld left out: %s", k->unsplit, why_unsplit(k));
    if (k->bad > 0)
        task_say(1, "%ld left out: more than %g of the pixels of a band are bad", k->bad, k->p->maxbad);
    if (k->constant > 0)
        task_say(1, "%ld left out: a band is constant", k->constant);
    if (k->rescaled > 0)
        task_say(1, "%ld with another pixel scale than the first's %.4g arcsec, which counts for all", k->rescaled,
                 bc_dataset_scale(k->set));
}

/* What is read is not replaced. */
static bc_status
check_output(const struct pars *p, const struct strings *sets)
{
    struct strings used = { 0 };
    int            i;
    bc_status      st = *p->catalog != '\0' ? strings_add_quoted(&used, p->catalog) : BC_OK;

    for (i = 0; st == BC_OK && i < sets->n; i++)
        st = strings_add(&used, sets->text[i]);
    if (st == BC_OK)
        st = sets_check_fits(p->output, p->clobber, &used);
    strings_free(&used);
    return st;
}

static bc_status
work(const struct pars *p)
{
    struct prep      k = { .p = p };
    struct strings   sets = { 0 };
    struct progress *progress = NULL;
    int              importer;
    bc_status        st = sets_read(p->input, &sets);

    if (st == BC_OK)
        st = check_output(p, &sets);
    if (st == BC_OK)
        st = strings_split(p->bands, &k.bands);
    if (st == BC_OK && *p->catalog != '\0')
        st = catalog_read(p->catalog, &k.catalog);
    importer = st == BC_OK && prep_is_source(p, &sets);
    if (st == BC_OK && !importer)
        st = read_split(&k);
    progress = progress_open();
    if (importer)
        st = prep_source(p, &sets, &k.bands, &k.catalog, progress);
    else if (st == BC_OK && k.catalog.n > 0 && sets.n == 1 && *p->input != '@')
        st = prepare_field(&k, sets.text[0], progress);
    else if (st == BC_OK)
        st = prepare_sets(&k, &sets, progress);
    progress_close(progress);
    if (st == BC_OK && !importer) {
        report_samples(&k);
        st = bc_dataset_commit(k.set);
    }
    if (st == BC_OK && !importer)
        prep_report(p, k.kept, k.nband);
    close_images(&k);
    bc_dataset_close(k.set);
    catalog_free(&k.catalog);
    strings_free(&k.bands);
    strings_free(&sets);
    free(k.file);
    free(k.image);
    free(k.sigma);
    free(k.pixels);
    return st;
}

/* Called by tasks/main.c under the name bandprep. */
int
bandprep(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin("bandprep", argc, argv, table, &p);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
