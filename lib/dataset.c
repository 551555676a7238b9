/* dataset.c -- a training set is one FITS file: cube PIXELS (x, y, band, sample) and table SAMPLES, a row a sample.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fits.h"
#include "model.h"
#include "status.h"

enum { FORMAT = 1, MAX_BANDS = BC_MAX_INPUT + 1, MAX_SIZE = 1 << 14 };

struct bc_dataset {
    struct bc_fits *fits;
    char            file[1024];
    char            checksum[17], credit[256];
    char            band[MAX_BANDS][BC_NAME_SIZE];
    char            unit[MAX_BANDS][BC_NAME_SIZE];
    int             nband, size;
    double          scale;              /* arcsec per pixel */
    long            count, capacity;
    bc_sample      *sample;             /* (count) */
    double         *sigma;              /* (count, nband) */
    long            room;               /* being made: samples that PIXELS has room for */
    uint64_t        fingerprint;
    struct bc_header texts;             /* being made: what set_text was given */
};

static size_t
stamp(const bc_dataset *set)
{
    return (size_t)set->size * set->size;
}

/* ---- reading --------------------------------------------------------------------------------- */

static void
get_name(const struct bc_header *h, const char *key, int n, char *text)
{
    char name[32];

    snprintf(name, sizeof name, "%s%d", key, n);
    bc_header_text(h, name, text, BC_NAME_SIZE);
}

static bc_status
read_primary(bc_dataset *set)
{
    struct bc_header h = { 0 };
    char             type[BC_NAME_SIZE];
    int              b;
    bc_status        st = bc_fits_read_header(set->fits, &h);

    if (st != BC_OK)
        return st;
    bc_header_text(&h, "BCTYPE", type, sizeof type);
    bc_header_text(&h, "PIXELSUM", set->checksum, sizeof set->checksum);
    bc_header_text(&h, "CREDIT", set->credit, sizeof set->credit);
    set->nband = bc_header_integer(&h, "NBAND", 1, MAX_BANDS);
    set->size = bc_header_integer(&h, "SIZE", 1, MAX_SIZE);
    set->scale = bc_header_number(&h, "PIXSCALE");
    if (strcmp(type, "TRAINSET") != 0)
        st = bc_fail(BC_BAD_FILE, "%s is not a bandcast training set (bandprep makes one)", set->file);
    else if (bc_header_integer(&h, "BCFORMAT", 1, FORMAT) < 0 || set->nband < 0 || set->size < 0)
        st = bc_fail(BC_BAD_FILE, "%s: its header does not describe a training set of this version", set->file);
    for (b = 0; st == BC_OK && b < set->nband; b++) {
        get_name(&h, "BAND", b + 1, set->band[b]);
        get_name(&h, "UNIT", b + 1, set->unit[b]);
    }
    bc_header_free(&h);
    return st;
}

static bc_status
read_column(bc_dataset *set, const char *name, size_t at)
{
    double   *x = malloc((size_t)set->count * sizeof *x);
    long      i;
    bc_status st;

    if (x == NULL)
        return bc_fail_memory((size_t)set->count * sizeof *x, "a table's column");
    st = bc_fits_read_column(set->fits, name, 0, set->count, x);
    for (i = 0; st == BC_OK && i < set->count; i++)
        *(double *)((char *)&set->sample[i] + at) = x[i];
    free(x);
    return st;
}

static bc_status
read_table(bc_dataset *set)
{
    double   *split = NULL;
    long      i;
    bc_status st = bc_fits_move(set->fits, "SAMPLES", 0);

    set->sample = calloc((size_t)set->count, sizeof *set->sample);
    set->sigma = malloc((size_t)set->count * set->nband * sizeof *set->sigma);
    split = malloc((size_t)set->count * sizeof *split);
    if (set->sample == NULL || set->sigma == NULL || split == NULL)
        st = bc_fail_memory((size_t)set->count * sizeof *set->sample, "a training set's table");
    if (st == BC_OK)
        st = read_column(set, "RA", offsetof(bc_sample, ra));
    if (st == BC_OK)
        st = read_column(set, "DEC", offsetof(bc_sample, dec));
    if (st == BC_OK)
        st = read_column(set, "X", offsetof(bc_sample, x));
    if (st == BC_OK)
        st = read_column(set, "Y", offsetof(bc_sample, y));
    if (st == BC_OK)
        st = bc_fits_read_column(set->fits, "SIGMA", 0, set->count, set->sigma);
    if (st == BC_OK)
        st = bc_fits_read_column(set->fits, "SPLIT", 0, set->count, split);
    for (i = 0; st == BC_OK && i < set->count; i++) {
        set->sample[i].split = (int)split[i];
        st = bc_fits_read_text(set->fits, "ID", i, set->sample[i].id, sizeof set->sample[i].id);
        if (st == BC_OK)
            st = bc_fits_read_text(set->fits, "SOURCE", i, set->sample[i].source, sizeof set->sample[i].source);
    }
    free(split);
    return st;
}

bc_status
bc_dataset_open(const char *file, bc_dataset **set_p)
{
    bc_dataset *set;
    long        naxis[9];
    int         bitpix, n;
    bc_status   st = bc_need_text(file, "the name of a training set");

    if (st != BC_OK)
        return st;
    set = calloc(1, sizeof *set);
    if (set == NULL)
        return bc_fail_memory(sizeof *set, "a training set");
    snprintf(set->file, sizeof set->file, "%s", file);
    st = bc_fits_open_file(file, &set->fits);
    if (st == BC_OK)
        st = read_primary(set);
    if (st == BC_OK)
        st = bc_fits_move(set->fits, "PIXELS", 0);
    if (st == BC_OK)
        st = bc_fits_image_size(set->fits, &bitpix, &n, naxis);
    if (st == BC_OK && (n != 4 || naxis[0] != set->size || naxis[1] != set->size || naxis[2] != set->nband
                        || naxis[3] < 1))
        st = bc_fail(BC_BAD_SHAPE, "%s: PIXELS has another shape than its header says", file);
    if (st == BC_OK)
        st = bc_fits_complete(set->fits);               /* before memory is taken for so many samples */
    if (st == BC_OK) {
        set->count = naxis[3];
        st = read_table(set);
    }
    if (st == BC_OK)
        st = bc_fits_move(set->fits, "PIXELS", 0);      /* where bc_dataset_read reads */
    if (st != BC_OK) {
        bc_dataset_close(set);
        return st;
    }
    *set_p = set;
    return BC_OK;
}

void
bc_dataset_close(bc_dataset *set)
{
    if (set == NULL)
        return;
    bc_fits_close(set->fits);
    bc_header_free(&set->texts);
    free(set->sample);
    free(set->sigma);
    free(set);
}

const char *bc_dataset_file(const bc_dataset *set)        { return set->file; }
long        bc_dataset_count(const bc_dataset *set)       { return set->count; }
int         bc_dataset_size(const bc_dataset *set)        { return set->size; }
int         bc_dataset_bands(const bc_dataset *set)       { return set->nband; }
double      bc_dataset_scale(const bc_dataset *set)       { return set->scale; }
const char *bc_dataset_checksum(const bc_dataset *set)    { return set->checksum; }
const char *bc_dataset_credit(const bc_dataset *set)      { return set->credit; }

const char *
bc_dataset_band(const bc_dataset *set, int b)
{
    return b >= 0 && b < set->nband ? set->band[b] : NULL;
}

int
bc_dataset_find(const bc_dataset *set, const char *name)
{
    int b, found = -1;

    for (b = set->nband - 1; name != NULL && b >= 0; b--)
        if (strcmp(set->band[b], name) == 0)
            return b;
        else if (bc_band_same(set->band[b], name))
            found = b;
    return found;
}

const char *
bc_dataset_unit(const bc_dataset *set, int b)
{
    return b >= 0 && b < set->nband ? set->unit[b] : NULL;
}

bc_status
bc_dataset_sample(bc_dataset *set, long i, bc_sample *sample_p)
{
    if (i < 0 || i >= set->count)
        return bc_fail(BC_BAD_ARG, "%s has %ld samples, none has number %ld", set->file, set->count, i);
    *sample_p = set->sample[i];
    return BC_OK;
}

double
bc_dataset_sigma(const bc_dataset *set, long i, int b)
{
    return i < 0 || i >= set->count || b < 0 || b >= set->nband ? (double)NAN : set->sigma[i * set->nband + b];
}

bc_status
bc_dataset_read(bc_dataset *set, long i, int b, float *pixels)
{
    if (i < 0 || i >= set->count || b < 0 || b >= set->nband)
        return bc_fail(BC_BAD_ARG, "%s has no sample %ld in band %d", set->file, i, b);
    if (set->fits == NULL)
        return bc_fail(BC_BAD_ARG, "%s has been committed: it is read by who opens it", set->file);
    return bc_fits_read(set->fits, (i * set->nband + b) * (long)stamp(set), (long)stamp(set), pixels);
}

/* ---- making one ------------------------------------------------------------------------------ */

/* In the primary header for what comes after the pixels, which would have to be moved for more. */
enum { ROOM_FOR_CARDS = 72 };

static bc_status
write_primary(bc_dataset *set)
{
    char      key[32];
    int       b;
    bc_status st = bc_fits_append_image(set->fits, NULL, 8, 0, NULL);

    if (st == BC_OK)
        st = bc_fits_set_text(set->fits, "BCTYPE", "TRAINSET", "what this file is: a bandcast training set");
    if (st == BC_OK)
        st = bc_fits_set_integer(set->fits, "BCFORMAT", FORMAT, "version of the layout");
    if (st == BC_OK)
        st = bc_fits_set_integer(set->fits, "NBAND", set->nband, "bands");
    if (st == BC_OK)
        st = bc_fits_set_integer(set->fits, "SIZE", set->size, "[pixel] side of the stamps");
    if (st == BC_OK && !isnan(set->scale))
        st = bc_fits_set_number(set->fits, "PIXSCALE", set->scale, "[arcsec] per pixel");
    for (b = 0; st == BC_OK && b < set->nband; b++) {
        snprintf(key, sizeof key, "BAND%d", b + 1);
        st = bc_fits_set_text(set->fits, key, set->band[b], "band of this plane");
        snprintf(key, sizeof key, "UNIT%d", b + 1);
        if (st == BC_OK)
            st = bc_fits_set_text(set->fits, key, set->unit[b], "unit of its pixels");
    }
    return st == BC_OK ? bc_fits_header_room(set->fits, ROOM_FOR_CARDS) : st;
}

/* Names and units of the bands, and the pixel scale, NaN if it is not known. */
static bc_status
check_bands(int nband, const char *const *bands, const char *const *units, double scale)
{
    int b, k;

    for (b = 0; b < nband; b++) {
        if (bands == NULL || bands[b] == NULL || *bands[b] == '\0' || units == NULL || units[b] == NULL)
            return bc_fail(BC_BAD_ARG, "a band of a training set has a name, and a unit, if an empty one");
        for (k = 0; k < b; k++)
            if (strcmp(bands[k], bands[b]) == 0)
                return bc_fail(BC_BAD_ARG, "band %s is named twice", bands[b]);
    }
    if (scale <= 0.0 || isinf(scale))
        return bc_fail(BC_BAD_ARG, "a training set of %g arcsec per pixel cannot be made", scale);
    return BC_OK;
}

bc_status
bc_dataset_create(const char *file, int clobber, int size, int nband, const char *const *bands,
                  const char *const *units, double arcsec_per_pixel, bc_dataset **set_p)
{
    const long  naxis[4] = { size, size, nband, 1 };
    bc_dataset *set;
    int         b;
    bc_status   st = bc_need_text(file, "the name of a training set");

    if (st != BC_OK)
        return st;
    if (size < 1 || size > MAX_SIZE || nband < 1 || nband > MAX_BANDS)
        return bc_fail(BC_BAD_ARG, "a training set of %d bands and %d pixel stamps cannot be made", nband, size);
    st = check_bands(nband, bands, units, arcsec_per_pixel);
    if (st != BC_OK)
        return st;
    set = calloc(1, sizeof *set);
    if (set == NULL)
        return bc_fail_memory(sizeof *set, "a training set");
    snprintf(set->file, sizeof set->file, "%s", file);
    set->size = size;
    set->nband = nband;
    set->scale = arcsec_per_pixel;
    set->room = 1;
    set->fingerprint = BC_FINGERPRINT_START;
    for (b = 0; b < nband; b++) {
        snprintf(set->band[b], BC_NAME_SIZE, "%s", bands[b]);
        snprintf(set->unit[b], BC_NAME_SIZE, "%s", units[b]);
    }
    st = bc_fits_create(file, clobber, &set->fits);
    if (st == BC_OK)
        st = write_primary(set);
    if (st == BC_OK)
        st = bc_fits_append_image(set->fits, "PIXELS", -32, 4, naxis);
    if (st != BC_OK) {
        bc_dataset_close(set);
        return st;
    }
    *set_p = set;
    return BC_OK;
}

static bc_status
grow_table(bc_dataset *set)
{
    long       capacity = set->capacity > 0 ? 2 * set->capacity : 256;
    bc_sample *s = realloc(set->sample, (size_t)capacity * sizeof *s);
    double    *d = NULL;

    if (s != NULL) {
        set->sample = s;
        d = realloc(set->sigma, (size_t)capacity * set->nband * sizeof *d);
    }
    if (d == NULL)
        return bc_fail_memory((size_t)capacity * sizeof *s, "a training set's table");
    set->sigma = d;
    set->capacity = capacity;
    return BC_OK;
}

/* Give PIXELS the fourth axis COUNT. */
static bc_status
resize_pixels(bc_dataset *set, long count)
{
    const long naxis[4] = { set->size, set->size, set->nband, count };
    bc_status  st = bc_fits_resize_image(set->fits, 4, naxis);

    if (st == BC_OK)
        set->room = count;
    return st;
}

/* Twice as many samples, but not more than 16 MB at once. */
static bc_status
grow_pixels(bc_dataset *set)
{
    const long most = (1 << 24) / (long)(stamp(set) * set->nband * sizeof(float)) + 1;

    return resize_pixels(set, set->room + (set->room < most ? set->room : most));
}

static bc_status
check_making(const bc_dataset *set)
{
    return set->room > 0 ? BC_OK : bc_fail(BC_BAD_ARG, "%s is complete, nothing can be added", set->file);
}

static bc_status
check_sample(const bc_dataset *set, const bc_sample *s, const double *sigma)
{
    int b;

    if (s->split < BC_TRAIN || s->split > BC_TEST)
        return bc_fail(BC_BAD_ARG, "%s: a sample of split %d", set->file, s->split);
    if (memchr(s->id, '\0', sizeof s->id) == NULL || memchr(s->source, '\0', sizeof s->source) == NULL)
        return bc_fail(BC_BAD_ARG, "%s: a sample's id or source has no end", set->file);
    for (b = 0; b < set->nband; b++)
        if (sigma[b] < 0.0 || isinf(sigma[b]))
            return bc_fail(BC_BAD_ARG, "%s: a sample whose sky noise is %g", set->file, sigma[b]);
    return BC_OK;
}

bc_status
bc_dataset_append(bc_dataset *set, const bc_sample *sample, const float *pixels, const double *sigma)
{
    size_t    n = stamp(set) * set->nband;
    bc_status st = check_making(set);

    if (st == BC_OK)
        st = check_sample(set, sample, sigma);
    if (st != BC_OK)
        return st;
    if (set->count == set->capacity)
        st = grow_table(set);
    if (st == BC_OK && set->count == set->room)
        st = grow_pixels(set);
    if (st == BC_OK)
        st = bc_fits_write(set->fits, set->count * (long)n, (long)n, pixels);
    if (st != BC_OK)
        return st;
    bc_fingerprint(pixels, n, &set->fingerprint);
    set->sample[set->count] = *sample;
    memcpy(set->sigma + set->count * set->nband, sigma, set->nband * sizeof *sigma);
    set->count++;
    return BC_OK;
}

bc_status
bc_dataset_set_text(bc_dataset *set, const char *key, const char *text, const char *comment)
{
    bc_status st = check_making(set);

    return st == BC_OK ? bc_header_set_text(&set->texts, key, text, comment) : st;
}

/* The cards that could not be known before the last sample. */
static bc_status
finish_primary(bc_dataset *set)
{
    bc_status st = bc_fits_move(set->fits, NULL, 1);

    bc_fingerprint_text(set->fingerprint, set->checksum);
    if (st == BC_OK)
        st = bc_fits_set_text(set->fits, "PIXELSUM", set->checksum, "FNV-1a of all pixels in order");
    return st == BC_OK ? bc_fits_write_header(set->fits, &set->texts) : st;
}

static bc_status
write_table(bc_dataset *set)
{
    static const char *const names[] = { "ID", "RA", "DEC", "X", "Y", "SPLIT", "SIGMA", "SOURCE" };
    static const char *const units[] = { "", "deg", "deg", "pixel", "pixel", "", "", "" };
    char                     width[16];
    const char              *forms[] = { "64A", "1D", "1D", "1D", "1D", "1J", width, "256A" };
    long                     i;
    bc_status                st;

    snprintf(width, sizeof width, "%dE", set->nband);
    st = bc_fits_append_table(set->fits, "SAMPLES", 8, names, forms, units);
    for (i = 0; st == BC_OK && i < set->count; i++) {
        const bc_sample *s = &set->sample[i];
        const double     split = s->split;

        st = bc_fits_write_text(set->fits, "ID", i, s->id);
        if (st == BC_OK)
            st = bc_fits_write_column(set->fits, "RA", i, 1, &s->ra);
        if (st == BC_OK)
            st = bc_fits_write_column(set->fits, "DEC", i, 1, &s->dec);
        if (st == BC_OK)
            st = bc_fits_write_column(set->fits, "X", i, 1, &s->x);
        if (st == BC_OK)
            st = bc_fits_write_column(set->fits, "Y", i, 1, &s->y);
        if (st == BC_OK)
            st = bc_fits_write_column(set->fits, "SPLIT", i, 1, &split);
        if (st == BC_OK)
            st = bc_fits_write_column(set->fits, "SIGMA", i, 1, set->sigma + i * set->nband);
        if (st == BC_OK)
            st = bc_fits_write_text(set->fits, "SOURCE", i, s->source);
    }
    return st;
}

bc_status
bc_dataset_commit(bc_dataset *set)
{
    bc_status st = check_making(set);

    if (st != BC_OK)
        return st;
    if (set->count == 0)
        return bc_fail(BC_BAD_SHAPE, "no sample is left for %s", set->file);
    st = resize_pixels(set, set->count);
    if (st == BC_OK)
        st = finish_primary(set);
    if (st == BC_OK)
        st = write_table(set);
    if (st == BC_OK)
        st = bc_fits_commit(set->fits);
    bc_fits_close(set->fits);
    set->fits = NULL;
    set->room = 0;
    return st;
}
