/* composite.c -- colour pictures of galaxies as PNG and JPEG: three planes of 8 bits.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "source.h"
#include "status.h"

struct pictures { char **file; long n, room; };

static bc_status
add_file(struct pictures *p, const char *folder, const char *name)
{
    size_t n = strlen(folder) + strlen(name) + 2;

    if (p->n == p->room) {
        long   room = p->room > 0 ? 2 * p->room : 1024;
        char **grown = realloc(p->file, (size_t)room * sizeof *grown);

        if (grown == NULL)
            return bc_fail_memory((size_t)room * sizeof *grown, "a list of pictures");
        p->file = grown;
        p->room = room;
    }
    p->file[p->n] = malloc(n);
    if (p->file[p->n] == NULL)
        return bc_fail_memory(n, "a picture's name");
    snprintf(p->file[p->n++], n, "%s%s%s", folder, *folder != '\0' ? "/" : "", name);
    return BC_OK;
}

static int
is_picture(const char *name)
{
    static const char *const ends[] = { ".png", ".jpg", ".jpeg" };
    const char              *dot = strrchr(name, '.');
    size_t                   i;

    for (i = 0; dot != NULL && *name != '.' && i < sizeof ends / sizeof *ends; i++)
        if (strcasecmp(dot, ends[i]) == 0)
            return 1;
    return 0;
}

static int
by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The pictures of a folder, in the order of their names; a picture is its own only one. */
static bc_status
find_files(struct pictures *p, const char *name)
{
    DIR           *d = opendir(name);
    struct dirent *e;
    bc_status      st = BC_OK;

    if (d == NULL)
        return errno == ENOTDIR ? add_file(p, "", name)
                                : bc_fail(BC_BAD_FILE, "the folder %s cannot be read: %s", name,
                                          strerror(errno));
    while (st == BC_OK && (e = readdir(d)) != NULL)
        if (is_picture(e->d_name))
            st = add_file(p, name, e->d_name);
    closedir(d);
    if (p->n > 0)
        qsort(p->file, (size_t)p->n, sizeof *p->file, by_name);
    return st == BC_OK && p->n == 0 ? bc_fail(BC_BAD_FILE, "%s holds neither Illustris's stellar mocks nor "
                                              "PNG or JPEG pictures", name) : st;
}

static bc_status
read_picture(const char *file, unsigned char **rgb_p, int *nx_p, int *ny_p)
{
    unsigned char b[8] = { 0 };
    FILE         *f = fopen(file, "rb");

    if (f == NULL)
        return bc_fail(BC_BAD_FILE, "%s cannot be read: %s", file, strerror(errno));
    if (fread(b, 1, sizeof b, f) != sizeof b)
        b[0] = 0;
    fclose(f);
    if (memcmp(b, "\211PNG\r\n\032\n", 8) == 0)
        return bc_png_read(file, rgb_p, nx_p, ny_p);
    if (memcmp(b, "\377\330\377", 3) == 0)
        return bc_jpeg_read(file, rgb_p, nx_p, ny_p);
    return bc_fail(BC_BAD_FILE, "%s is neither PNG nor JPEG", file);
}

/* The picture's first row is its top, FITS's first row the bottom.  Its name without folder and ending is its id. */
static bc_status
read_sample(struct bc_source *s, long i, bc_sample *sample_p, const float **pixels_p)
{
    struct pictures *p = s->own;
    const char      *slash = strrchr(p->file[i], '/'), *stem = slash != NULL ? slash + 1 : p->file[i];
    const char      *dot = strrchr(stem, '.');
    unsigned char   *rgb = NULL;
    int              b, y, x;
    bc_status        st = read_picture(p->file[i], &rgb, &s->nx, &s->ny);

    if (st != BC_OK)
        return st;
    free(s->pixels);
    s->pixels = malloc((size_t)3 * s->nx * s->ny * sizeof *s->pixels);
    if (s->pixels == NULL)
        st = bc_fail_memory((size_t)3 * s->nx * s->ny * sizeof *s->pixels, "a picture");
    for (b = 0; st == BC_OK && b < 3; b++)
        for (y = 0; y < s->ny; y++)
            for (x = 0; x < s->nx; x++)
                s->pixels[((size_t)b * s->ny + s->ny - 1 - y) * s->nx + x]
                    = rgb[((size_t)y * s->nx + x) * 3 + b];
    free(rgb);
    snprintf(sample_p->id, sizeof sample_p->id, "%.*s",
             (int)(dot != NULL ? dot - stem : (long)strlen(stem)), stem);
    snprintf(sample_p->source, sizeof sample_p->source, "%.255s", p->file[i]);
    *pixels_p = s->pixels;
    return st;
}

static void
close_pictures(struct bc_source *s)
{
    struct pictures *p = s->own;
    long             i;

    for (i = 0; i < p->n; i++)
        free(p->file[i]);
    free(p->file);
    free(p);
}

bc_status
bc_composite_open(struct bc_source *s, const char *const *files, long nfile, const char *const *bands,
                  int nband)
{
    static const char *const planes[3] = { "z", "r", "g" };
    struct pictures         *p = calloc(1, sizeof *p);
    long                     i;
    bc_status                st = bc_source_name_planes(s, bands, nband, planes);

    if (p == NULL)
        return bc_fail_memory(sizeof *p, "a list of pictures");
    s->own = p;
    s->close = close_pictures;
    s->read = read_sample;
    for (i = 0; st == BC_OK && i < nfile; i++)
        st = add_file(p, "", files[i]);
    if (st == BC_OK && nfile == 0)
        st = find_files(p, s->file);
    s->count = p->n;
    return st;
}
