/* predict_feed.h -- windows on their way through a network: as many at a time as keep the device busy and as memory
 * allows.  Where there are more, the next ones are cut from the image while these are computed.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PREDICT_FEED_H
#define BC_PREDICT_FEED_H

#include "predict.h"

struct feed;

/* What became of window I: (graph->nout, h, w). */
typedef void feed_take(void *arg, long i, const float *result);

/* How many windows of (h, w) are best computed at a time, if there are MOST. */
int       feed_batch(const struct bc_model *model, int h, int w, long most);
/* Bytes that BATCH of them take on their way. */
size_t    feed_size(const struct bc_model *model, int h, int w, int batch, long most);

/* For windows of (h, w), up to BATCH at a time, of which there are up to MOST in a row; with a plan for the first
 * member.  Where the device has no memory for so many there will be fewer, and the prediction's report says so. */
bc_status feed_open(struct bc_prediction *p, int h, int w, int batch, long most, struct feed **feed_p);
void      feed_close(struct feed *feed);

/* The windows that follow go through member K; TAKE gets them in the order in which they come, from this thread. */
bc_status feed_begin(struct feed *feed, int k, feed_take *take, void *arg);
float    *feed_place(struct feed *feed);                /* where the next window is to be put, (graph->nin, h, w) */
/* It is there, and its number is I; PART of its result is wanted, or all (NULL). */
bc_status feed_push(struct feed *feed, long i, const struct bc_part *part);
bc_status feed_end(struct feed *feed);                  /* all have been taken */

#endif
