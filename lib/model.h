/* model.h -- what a model file holds, for the rest of the library.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MODEL_H
#define BC_MODEL_H

#include "backend.h"
#include "generator.h"
#include "header.h"
#include "intervals.h"
#include "stretch.h"
#include "unusual.h"

enum { BC_NAME_SIZE = 72 };     /* longest text of a card, and its end */
enum { BC_MAX_MEMBERS = 64 };
enum { BC_MODEL_FORMAT = 2 };   /* of the file, a reader refuses later ones; 2: of several output bands */
enum { BC_MAX_WEIGHTS = 1 << 28 };       /* 1 GB: no generator comes near; a hostile file would */

struct bc_kept_plan {
    const struct bc_backend *backend;                   /* of the plan: "auto" may change the model's */
    struct bc_plan          *plan;                      /* NULL = none */
    struct bc_plan_options   options;
};

struct bc_model {
    char                     file[1024];
    char                     name[BC_NAME_SIZE];
    char                     architecture[BC_NAME_SIZE];
    char                     checksum[17];              /* hexadecimal */
    char                     device[BC_NAME_SIZE];
    char                     band[BC_MAX_BAND][BC_NAME_SIZE];   /* inputs, then outputs */
    char                     unit[BC_MAX_BAND][BC_NAME_SIZE];
    int                      size;                      /* side of the training stamps, pixels */
    double                   scale;                     /* arcsec per pixel of the training set; NaN */
    struct bc_generator      generator;
    struct bc_stretch        stretch;
    struct bc_intervals      intervals[BC_MAX_OUTPUT][1 + BC_MAX_INPUT];    /* local generators only: with all inputs,
                                                         * without each of them */
    struct bc_usual          usual;                     /* local generators only */
    struct bc_graph         *graph;
    int                      members;                   /* networks that predict together; 1 = no ensemble */
    float                   *weights;                   /* (members, graph->nweight) */
    struct bc_header         header;                    /* of the file, as it stands there */
    char                     text[1024];                /* what bc_model_text gave last */
    const struct bc_backend *backend;                   /* NULL: opened to look only */
    struct bc_device         on;                        /* what its device parameter says beside the backend */
    int                      threads;
    size_t                   memory;                    /* most bytes for the plans' layers; 0 = any */
    int                      symmetries;                /* 1: windows are predicted in all eight orientations */
    size_t                   most_pixels;               /* of windows at a time, since memory was short; 0 = any */
    struct bc_kept_plan      kept[BC_MAX_MEMBERS];      /* each member's, for its last shape */
    int                      member;                    /* whose plan was asked for last */
    int                      alone;                     /* 1: the memory holds one plan at a time */
};

/* Everything about the network but its weights from model->header. */
bc_status bc_model_describe(struct bc_model *model);
/* Weights that have come from somewhere: all finite, and those of WEIGHSUM in the header if EXPECTED. */
bc_status bc_model_check_weights(struct bc_model *model, int expected);

/* A plan for windows of (height, width), BATCH at a time, of one MEMBER (0 unless it is an ensemble): the kept one
 * or a new one. */
bc_status bc_model_plan(struct bc_model *model, int member, int height, int width, int batch);
void      bc_model_release(struct bc_model *model);     /* all plans */
/* N windows (graph->nin, h, w), as the plan has them, to (graph->nout, h, w); in all orientations if the model is to:
 * the mean, and of local generators the scale that also has their scatter.  The plan is the same afterwards.  PARTS as
 * in the backend's run. */
bc_status bc_model_windows(struct bc_model *model, const float *in, float *out, size_t n, const struct bc_part *parts);
/* Bytes that it takes for that. */
size_t    bc_model_windows_size(const struct bc_model *model, int height, int width, int batch);
/* One stamp (graph->nin, size, size) through all members: the output bands (nout, size, size) and how wrong they are,
 * as bc_model_conclude has it; error may be NULL. */
bc_status bc_model_run(struct bc_model *model, int size, const float *in, float *out, float *error);
/* Output band K (from 0) of what each member gave, (members, graph->nout) planes of N floats, PITCH from one to the
 * next: the first member's plane of it becomes the mean.  error (n, NULL: not wanted), in network units: of a local
 * generator the scale of Laplace's distribution, from the members' own scales and their scatter; of others the standard
 * deviation of the members, 0 of one. */
void      bc_model_conclude(const struct bc_model *model, int k, float *planes, size_t pitch, size_t n, float *error);
/* A pixel's prediction: in network units, in the output's unit; error from bc_model_conclude. */
struct bc_predicted {
    double   u, flux, error;
    uint64_t missing;           /* bit b: input b had no datum there */
};
/* Half of the interval around the flux of output band K, in its unit, that holds 68.27 % (WHICH = 1) or 95.45 % (2) of
 * what is observed; SCALE as in stretch.h.  Of models that are not local simply the standard deviation, and twice. */
double    bc_model_interval(const struct bc_model *model, int k, double scale, const struct bc_predicted *pixel,
                            int which);
/* 1: it knows how wrong it is. */
int       bc_model_has_sigma(const struct bc_model *model);

struct bc_fits;
/* Write MODEL (everything but file, device, header's structural cards) into F, where more may follow; EXTRA's cards go
 * into the primary header after the model's own, but for those that these say. */
bc_status bc_model_put(const struct bc_model *model, const struct bc_header *extra, struct bc_fits *f);

/* The card of output band K (from 0) that is called KEY for the first: KEY2 for the second, if need be without the last
 * character of eight. */
const char *bc_model_output_key(const char *key, int k, char name[BC_KEY + 1]);

/* FNV-1a over the bytes of N floats, little-endian, as 16 hexadecimal digits: names a set of weights or pixels. */
void bc_fingerprint(const float *x, size_t n, uint64_t *state);
void bc_fingerprint_text(uint64_t state, char text[17]);
#define BC_FINGERPRINT_START 0xcbf29ce484222325u

#endif
