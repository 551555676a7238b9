/* source.h -- what a kind of other projects' images must provide.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_SOURCE_H
#define BC_SOURCE_H

#include "bandcast.h"

enum { BC_SOURCE_BANDS = 65, BC_SOURCE_NAME = 24 };

struct bc_source {
    const char *format;
    char        file[1024];                 /* or folder */
    char        band[BC_SOURCE_BANDS][BC_SOURCE_NAME];
    int         nband, crop;
    const char *unit;
    long        count, left_out;
    int         views;                      /* samples of one object */
    double      scale;                      /* arcsec per pixel; NaN */
    float      *pixels;                     /* of the last samples that were read */
    int         nx, ny;
    void       *own;                        /* the kind's */
    bc_status (*read)(struct bc_source *s, long i, bc_sample *sample_p, const float **pixels_p);
    void      (*close)(struct bc_source *s);
};

/* Each fills all but file, format and the bands that were asked for, which it may correct. */
bc_status bc_illustris_open(struct bc_source *s, const char *const *bands, int nband);
bc_status bc_galaxy10_open(struct bc_source *s, const char *const *bands, int nband);
bc_status bc_composite_open(struct bc_source *s, const char *const *files, long nfile,
                            const char *const *bands, int nband);

/* Names of the three planes of a composite: BANDS, or else R, G, B of the image. */
bc_status bc_source_name_planes(struct bc_source *s, const char *const *bands, int nband,
                                const char *const planes[3]);

/* Pixels (*ny_p, *nx_p, 3) of an image of 8 bits a colour; the caller frees them. */
bc_status bc_png_read(const char *file, unsigned char **rgb_p, int *nx_p, int *ny_p);
bc_status bc_jpeg_read(const char *file, unsigned char **rgb_p, int *nx_p, int *ny_p);

#endif
