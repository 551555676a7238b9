/* source.c -- images that other projects hand out, by the kind of file.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "source.h"

#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "status.h"

/* Whether folder NAME holds a file that Illustris hands out. */
static int
has_illustris(const char *name)
{
    DIR           *d = opendir(name);
    struct dirent *e;
    int            found = 0, end;
    long           id;

    while (d != NULL && !found && (e = readdir(d)) != NULL) {
        end = 0;
        found = (sscanf(e->d_name, "band_%*d_id_%ld.hdf5%n", &id, &end) == 1 && end > 0)
                || (sscanf(e->d_name, "broadband_%ld.fits%n", &id, &end) == 1 && end > 0);
    }
    if (d != NULL)
        closedir(d);
    return found;
}

static int
is_hdf5(const char *name)
{
    unsigned char b[8] = { 0 };
    FILE         *f = fopen(name, "rb");
    size_t        n = f != NULL ? fread(b, 1, sizeof b, f) : 0;

    if (f != NULL)
        fclose(f);
    return n == 8 && memcmp(b, "\211HDF\r\n\032\n", 8) == 0;
}

bc_status
bc_source_open(const char *name, const char *const *files, long nfile, const char *const *bands,
               int nband, bc_source **source_p)
{
    struct stat info;
    bc_source  *s;
    bc_status   st = bc_need_text(name, "the name of a source of images");

    if (st == BC_OK && (nfile < 0 || (nfile > 0 && files == NULL) || nband < 0 || (nband > 0 && bands == NULL)))
        st = bc_fail(BC_BAD_ARG, "%s: no list of %ld files and %d bands", name, nfile, nband);
    if (st != BC_OK)
        return st;
    s = calloc(1, sizeof *s);
    if (s == NULL)
        return bc_fail_memory(sizeof *s, "a source of images");
    if (nband > BC_SOURCE_BANDS)
        st = bc_fail(BC_BAD_ARG, "%d bands: up to %d are possible", nband, BC_SOURCE_BANDS);
    else if ((size_t)snprintf(s->file, sizeof s->file, "%s", name) >= sizeof s->file)
        st = bc_fail(BC_BAD_FILE, "a name of %zu bytes is too long", strlen(name));
    else if (nfile == 0 && stat(name, &info) != 0)
        st = bc_fail(BC_BAD_FILE, "%s cannot be read: %s", name, strerror(errno));
    s->scale = (double)NAN;
    s->unit = "";
    s->views = 1;
    s->format = "composite";
    if (st == BC_OK && nfile == 0 && S_ISDIR(info.st_mode) && has_illustris(name)) {
        s->format = "illustris";
        st = bc_illustris_open(s, bands, nband);
    } else if (st == BC_OK && nfile == 0 && is_hdf5(name)) {
        s->format = "galaxy10";
        st = bc_galaxy10_open(s, bands, nband);
    } else if (st == BC_OK) {
        st = bc_composite_open(s, files, nfile, bands, nband);
    }
    if (st == BC_OK && s->count == 0)
        st = bc_fail(BC_BAD_FILE, "%s holds no sample", name);
    if (st != BC_OK) {
        bc_source_close(s);
        return st;
    }
    *source_p = s;
    return BC_OK;
}

void
bc_source_close(bc_source *s)
{
    if (s == NULL)
        return;
    if (s->close != NULL)
        s->close(s);
    free(s->pixels);
    free(s);
}

const char *bc_source_format(const bc_source *s)         { return s->format; }
long        bc_source_count(const bc_source *s)          { return s->count; }
long        bc_source_left_out(const bc_source *s)       { return s->left_out; }
int         bc_source_bands(const bc_source *s)          { return s->nband; }
const char *bc_source_band(const bc_source *s, int b)    { return b >= 0 && b < s->nband ? s->band[b] : NULL; }
const char *bc_source_unit(const bc_source *s)           { return s->unit; }
int         bc_source_crop(const bc_source *s)           { return s->crop; }
double      bc_source_scale(const bc_source *s)          { return s->scale; }
long        bc_source_object(const bc_source *s, long i) { return i / s->views; }

bc_status
bc_source_read(bc_source *s, long i, bc_sample *sample_p, const float **pixels_p, int *nx_p, int *ny_p)
{
    bc_sample sample = { .ra = (double)NAN, .dec = (double)NAN, .x = (double)NAN, .y = (double)NAN };
    bc_status st;

    if (i < 0 || i >= s->count)
        return bc_fail(BC_BAD_ARG, "%s has %ld samples, none has number %ld", s->file, s->count, i);
    st = s->read(s, i, &sample, pixels_p);
    if (st != BC_OK)
        return st;
    *sample_p = sample;
    *nx_p = s->nx;
    *ny_p = s->ny;
    return BC_OK;
}

bc_status
bc_source_name_planes(struct bc_source *s, const char *const *bands, int nband,
                      const char *const planes[3])
{
    int b;

    if (nband != 0 && nband != 3)
        return bc_fail(BC_BAD_ARG, "%s: a composite has 3 planes, not %d", s->file, nband);
    s->nband = 3;
    for (b = 0; b < 3; b++)
        snprintf(s->band[b], BC_SOURCE_NAME, "%s", nband == 3 ? bands[b] : planes[b]);
    return BC_OK;
}

/* Where pixel O of SIZE lies among N: between LO and HI, by W of the way. */
static float
place(int o, int n, int size, int *lo_p, int *hi_p)
{
    float step = (float)n / (float)size, at = ((float)o + 0.5f) * step - 0.5f, low = floorf(at);

    *lo_p = low > 0.0f ? (int)low : 0;
    *hi_p = ceilf(at) < (float)(n - 1) ? (int)ceilf(at) : n - 1;
    return at - low;
}

bc_status
bc_resize(const float *image, int nx, int ny, int crop, int size, float *resized)
{
    int least = nx < ny ? nx : ny, side, x0, y0, y, x;

    if (least < 1 || crop < 0 || crop > (least - 1) / 2 || size < 1)
        return bc_fail(BC_BAD_SHAPE, "nothing is left of %d x %d pixels without %d on each side", nx,
                       ny, crop);
    side = least - 2 * crop;
    x0 = (nx - side) / 2;
    y0 = (ny - side) / 2;
    for (y = 0; y < size; y++) {
        int          yl, yh, xl, xh;
        float        wy = place(y, side, size, &yl, &yh);
        const float *low = image + (size_t)(y0 + yl) * nx + x0;
        const float *high = image + (size_t)(y0 + yh) * nx + x0;

        for (x = 0; x < size; x++) {
            float wx = place(x, side, size, &xl, &xh);
            float top = low[xl] + (low[xh] - low[xl]) * wx;
            float bottom = high[xl] + (high[xh] - high[xl]) * wx;

            resized[(size_t)y * size + x] = top + (bottom - top) * wy;
        }
    }
    return BC_OK;
}
