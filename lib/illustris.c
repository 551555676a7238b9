/* illustris.c -- stellar mocks of Illustris (Torrey et al. 2015): galaxies seen by SUNRISE's cameras in
 * 36 bands, as its web interface hands them out: an HDF5 file a galaxy and band, or a FITS file a galaxy.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "h5file.h"
#include "source.h"
#include "status.h"
#include "trial.h"

enum { NBAND = 36, CAMERAS = 16, CROP = 54, TRIAL_SECONDS = 60 };   /* CROP: the paper's, of 256 pixels */

/* In the order of SUNRISE's filters, number 1 first. */
static const char *const names[NBAND] = {
    "FUV", "NUV", "u", "g", "r", "i", "z", "IRAC1", "IRAC2", "IRAC3", "IRAC4", "Johnson_U", "B",
    "Cousins_R", "Cousins_I", "V", "Johnson_J", "Johnson_H", "Johnson_K", "H", "Ks", "F435W",
    "F606W", "F775W", "F850LP", "F105W", "F125W", "F160W", "F070W", "F090W",
    "F115W", "F150W", "F200W", "F277W", "F356W", "F444W"
};

struct mocks {
    int   number[BC_SOURCE_BANDS];      /* of each band, from 1 */
    int   fits;                         /* 1: broadband_I.fits; 0: band_N_id_I.hdf5 */
    long *id;                           /* of the galaxies, ascending */
    long  n, room;
    long  at;                           /* galaxy that is in memory, -1 = none */
};

/* ---- which bands, which galaxies ------------------------------------------------------------- */

/* SUNRISE's number of TEXT, a number or a name; 0 = there is none.  The paper writes U, G, R, Z for
 * SDSS's. */
static int
find_number(const char *text)
{
    const bc_band *band;
    char          *end;
    long           n = strtol(text, &end, 10);
    int            i;

    if (end != text && *end == '\0')
        return n >= 1 && n <= NBAND ? (int)n : 0;
    for (i = 0; i < NBAND; i++)
        if (strcasecmp(names[i], text) == 0)
            return i + 1;
    band = bc_band_find(text);
    for (i = 0; band != NULL && i < NBAND; i++)
        if (strcmp(names[i], band->name) == 0)
            return i + 1;
    return 0;
}

/* The band is called as the caller calls it, unless that is a number. */
static bc_status
add_band(struct bc_source *s, int number, const char *name)
{
    struct mocks *m = s->own;
    int           b;

    for (b = 0; b < s->nband; b++)
        if (m->number[b] == number)
            return bc_fail(BC_BAD_ARG, "band %s is named twice", names[number - 1]);
    m->number[s->nband] = number;
    snprintf(s->band[s->nband++], BC_SOURCE_NAME, "%s",
             strspn(name, "0123456789") == strlen(name) ? names[number - 1] : name);
    return BC_OK;
}

/* The bands that are asked for, or those of which there are files. */
static bc_status
choose_bands(struct bc_source *s, const char *const *bands, int nband, const int have[NBAND + 1])
{
    int       b, number;
    bc_status st = BC_OK;

    for (b = 0; st == BC_OK && b < nband; b++) {
        number = find_number(bands[b]);
        if (number <= 0)
            st = bc_fail(BC_BAD_ARG, "%s is no band of Illustris's stellar mocks", bands[b]);
        else if (!have[number])
            st = bc_fail(BC_BAD_FILE, "%s has no file of band %s (band_%d_...)", s->file, bands[b], number);
        else
            st = add_band(s, number, bands[b]);
    }
    for (number = 1; st == BC_OK && nband == 0 && number <= NBAND; number++)
        if (have[number])
            st = add_band(s, number, names[number - 1]);
    return st;
}

static bc_status
add_galaxy(struct mocks *m, long id)
{
    if (m->n == m->room) {
        long  room = m->room > 0 ? 2 * m->room : 1024;
        long *grown = realloc(m->id, (size_t)room * sizeof *grown);

        if (grown == NULL)
            return bc_fail_memory((size_t)room * sizeof *grown, "a list of galaxies");
        m->id = grown;
        m->room = room;
    }
    m->id[m->n++] = id;
    return BC_OK;
}

/* All galaxies of which there is a file, and HAVE[N] = there is one of band N. */
static bc_status
scan(struct bc_source *s, int have[NBAND + 1])
{
    struct mocks  *m = s->own;
    DIR           *d = opendir(s->file);
    struct dirent *e;
    bc_status      st = BC_OK;

    if (d == NULL)
        return bc_fail(BC_BAD_FILE, "the folder %s cannot be read: %s", s->file, strerror(errno));
    while (st == BC_OK && (e = readdir(d)) != NULL) {
        int  number = 0, end = 0;
        long id;

        if (sscanf(e->d_name, "band_%2d_id_%9ld.hdf5%n", &number, &id, &end) == 2 && end > 0
            && e->d_name[end] == '\0' && number >= 1 && number <= NBAND) {
            have[number] = 1;
            st = add_galaxy(m, id);
        } else if (sscanf(e->d_name, "broadband_%9ld.fits%n", &id, &end) == 1 && end > 0
                   && e->d_name[end] == '\0') {
            m->fits = 1;
            st = add_galaxy(m, id);
        }
    }
    closedir(d);
    return st;
}

static int
by_id(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;

    return (x > y) - (x < y);
}

static void
name_file(const struct bc_source *s, long id, int b, char *file, size_t size)
{
    const struct mocks *m = s->own;

    if (m->fits)
        snprintf(file, size, "%s/broadband_%ld.fits", s->file, id);
    else
        snprintf(file, size, "%s/band_%d_id_%ld.hdf5", s->file, m->number[b], id);
}

/* Each galaxy once, and only those that have all bands. */
static void
keep_complete(struct bc_source *s)
{
    struct mocks *m = s->own;
    char          file[1100];
    long          i, n = 0, last = -1;

    qsort(m->id, (size_t)m->n, sizeof *m->id, by_id);
    for (i = 0; i < m->n; i++) {
        int b, complete = 1;

        if (i > 0 && m->id[i] == last)
            continue;
        last = m->id[i];
        for (b = 0; complete && b < s->nband; b++) {
            name_file(s, last, b, file, sizeof file);
            complete = access(file, F_OK) == 0;
        }
        if (complete)
            m->id[n++] = last;
        else
            s->left_out++;
    }
    m->n = n;
}

/* ---- pixels ---------------------------------------------------------------------------------- */

struct camera_file {                    /* one file of one band */
    struct bc_source *s;
    const char       *file;
    int               cameras;          /* found */
    int               b;
    int               keep;             /* 1: pixels go into s->pixels (camera, band, ny, nx) */
};

static float *
plane(struct bc_source *s, int camera, int b)
{
    return s->pixels + ((size_t)camera * s->nband + b) * s->nx * s->ny;
}

static bc_status
check_shape(struct camera_file *c, long ny, long nx)
{
    struct bc_source *s = c->s;

    if (s->nx == 0) {
        if (nx < 1 || ny < 1 || nx > 8192 || ny > 8192)
            return bc_fail(BC_BAD_SHAPE, "%s has images of %ld x %ld pixels", c->file, nx, ny);
        s->nx = (int)nx;
        s->ny = (int)ny;
    }
    return nx == s->nx && ny == s->ny
               ? BC_OK : bc_fail(BC_BAD_SHAPE, "%s has images of %ld x %ld pixels, those before it %d x %d",
                                 c->file, nx, ny, s->nx, s->ny);
}

static bc_status
read_hdf5(void *arg)
{
    struct camera_file *c = arg;
    struct bc_h5       *h = NULL;
    char                path[24];
    long                dim[BC_H5_DIMS];
    int                 ndim;
    bc_status           st = bc_h5_open(c->file, &h);

    for (c->cameras = 0; st == BC_OK && c->cameras < CAMERAS; c->cameras++) {
        snprintf(path, sizeof path, "/camera%d", c->cameras);
        if (!bc_h5_has(h, path))
            break;
        st = bc_h5_shape(h, path, &ndim, dim);
        if (st == BC_OK && ndim != 2)
            st = bc_fail(BC_BAD_SHAPE, "%s: %s is no image", c->file, path);
        if (st == BC_OK)
            st = check_shape(c, dim[0], dim[1]);
        if (st == BC_OK && c->keep && c->cameras < c->s->views)
            st = bc_h5_read(h, path, 0, dim[0], plane(c->s, c->cameras, c->b));
    }
    bc_h5_close(h);
    return st;
}

/* SUNRISE calls its images CAMERA0-BROADBAND, without dust CAMERA0-BROADBAND-NONSCATTER. */
static bc_status
read_fits(struct camera_file *c)
{
    static const char *const forms[] = { "%s[CAMERA%d-BROADBAND]", "%s[CAMERA%d-BROADBAND-NONSCATTER]" };
    struct mocks            *m = c->s->own;
    char                     name[1200];
    int                      form = 0;
    bc_status                st = BC_OK;

    for (c->cameras = 0; st == BC_OK && c->cameras < CAMERAS; c->cameras++) {
        bc_image *image = NULL;

        snprintf(name, sizeof name, forms[form], c->file, c->cameras);
        st = bc_image_open(name, m->number[c->b], &image);
        if (st != BC_OK && c->cameras == 0 && form == 0) {
            snprintf(name, sizeof name, forms[form = 1], c->file, c->cameras);
            st = bc_image_open(name, m->number[c->b], &image);
        }
        if (st != BC_OK && c->cameras > 0) {
            st = BC_OK;                         /* that was the last one */
            break;
        }
        if (st == BC_OK)
            st = check_shape(c, bc_image_ny(image), bc_image_nx(image));
        if (st == BC_OK && c->keep && c->cameras < c->s->views)
            memcpy(plane(c->s, c->cameras, c->b), bc_image_pixels(image),
                   (size_t)c->s->nx * c->s->ny * sizeof(float));
        bc_image_close(image);
    }
    return st;
}

/* All cameras of one band of galaxy ID; if not KEEP, only how many and how large they are. */
static bc_status
read_cameras(struct bc_source *s, long id, int b, int keep)
{
    struct mocks      *m = s->own;
    char               file[1100];
    struct camera_file c = { .s = s, .file = file, .b = b, .keep = keep };
    bc_status          st;

    name_file(s, id, b, file, sizeof file);
    if (m->fits)
        st = read_fits(&c);
    else {
        st = bc_trial(file, read_hdf5, &c, TRIAL_SECONDS);
        if (st == BC_OK)
            st = read_hdf5(&c);
    }
    if (st == BC_OK && !keep)
        s->views = c.cameras;
    if (st == BC_OK && (c.cameras == 0 || c.cameras < s->views))
        st = bc_fail(BC_BAD_FILE, "%s has %d camera%s, %d needed", file, c.cameras,
                     c.cameras == 1 ? "" : "s", s->views > 0 ? s->views : 1);
    return st;
}

static bc_status
read_sample(struct bc_source *s, long i, bc_sample *sample_p, const float **pixels_p)
{
    struct mocks *m = s->own;
    long          galaxy = i / s->views;
    int           camera = (int)(i % s->views), b;
    char          file[1100];
    bc_status     st = BC_OK;

    if (m->at != galaxy) {
        m->at = -1;
        for (b = 0; st == BC_OK && b < s->nband; b++)
            st = read_cameras(s, m->id[galaxy], b, 1);
        if (st != BC_OK)
            return st;
        m->at = galaxy;
    }
    name_file(s, m->id[galaxy], 0, file, sizeof file);
    snprintf(sample_p->id, sizeof sample_p->id, "%ld_camera%d", m->id[galaxy], camera);
    snprintf(sample_p->source, sizeof sample_p->source, "%.255s", file);
    *pixels_p = plane(s, camera, 0);
    return BC_OK;
}

static void
close_mocks(struct bc_source *s)
{
    struct mocks *m = s->own;

    free(m->id);
    free(m);
}

bc_status
bc_illustris_open(struct bc_source *s, const char *const *bands, int nband)
{
    int           have[NBAND + 1] = { 0 }, b;
    long          i = 0;
    struct mocks *m = calloc(1, sizeof *m);
    bc_status     st;

    if (m == NULL)
        return bc_fail_memory(sizeof *m, "a list of galaxies");
    s->own = m;
    s->close = close_mocks;
    s->read = read_sample;
    s->crop = CROP;
    s->unit = "W m-3 sr-1";
    m->at = -1;
    st = scan(s, have);
    for (b = 1; m->fits && b <= NBAND; b++)
        have[b] = 1;
    if (st == BC_OK)
        st = choose_bands(s, bands, nband, have);
    if (st != BC_OK)
        return st;
    keep_complete(s);
    if (m->n == 0)
        return bc_fail(BC_BAD_FILE, "%s has no galaxy of which all bands are there (%d)", s->file, s->nband);
    for (st = BC_BAD_FILE; i < m->n && (st == BC_BAD_FILE || st == BC_BAD_SHAPE); i++) {
        s->nx = s->ny = s->views = 0;           /* by the first one that can be read */
        st = read_cameras(s, m->id[i], 0, 0);
    }
    if (st != BC_OK)
        return st;
    s->count = m->n * s->views;
    s->pixels = malloc((size_t)s->views * s->nband * s->nx * s->ny * sizeof *s->pixels);
    return s->pixels != NULL ? BC_OK : bc_fail_memory((size_t)s->nband * s->nx * s->ny, "a galaxy");
}
