/* predict_images.h -- the images of one prediction, and what is told of it.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PREDICT_IMAGES_H
#define PREDICT_IMAGES_H

#include "bandcast.h"
#include "stringlist.h"

struct pars {
    const char *input, *output, *model, *bands, *truth, *mask, *region, *reference, *resample, *psf, *window,
               *unit, *zeropoint, *vega, *sigma, *device;
    int         size, symmetries, force, threads, winograd, memory, verbose, clobber, skip;
};

/* What one prediction is of, as the user named it; NAME: the output, NULL if there is one set. */
struct set {
    const char *input, *mask, *truth, *reference, *name;
};

/* What is opened for it. */
struct job {
    const struct pars *p;
    bc_model          *model;
    size_t             memory;      /* bytes that it may take; 0 = half of what is free */
    struct strings     bands;       /* as the user named them, or empty */
    int                nimage;
    bc_image         **image;       /* as given */
    bc_image         **band;        /* in the model's order; later on one grid */
    bc_image          *reference;   /* whose grid that is, if none of the images */
    bc_image         **given;       /* the real images as given; NULL = none */
    bc_image         **truth;       /* of each output band; NULL = none; later on that grid */
    bc_alignment      *aligned, **truth_aligned;        /* owners of what was resampled */
};

/* Open the images of SET, find out which is which, mask and calibrate them and bring them onto one
 * grid.  close, whatever comes of it. */
bc_status predict_open(struct job *j, const struct set *set);
void      predict_close(struct job *j);

/* predict_report.c: say what was done, R, and then what it is in. */
void      predict_report(const struct job *j, const bc_predict_report *r);
void      predict_report_files(const struct job *j, const bc_predict_report *r, const char *const *outputs);

#endif
