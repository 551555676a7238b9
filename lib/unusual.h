/* unusual.h -- inputs that are unlike all that a local model was trained on: brighter, of another colour, sharper.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_UNUSUAL_H
#define BC_UNUSUAL_H

#include "header.h"
#include "stretch.h"

/* Of the training samples, in network units. */
struct bc_usual {
    int   known;                        /* 0: a model from before it was measured */
    float low[BC_MAX_INPUT], high[BC_MAX_INPUT];        /* of band b less band b - 1, pixels that are bright in both */
    float peak[BC_MAX_INPUT];           /* the most by which a bright pixel exceeds the brightest of its neighbours */
};

/* NY rows of NX pixels of a local network's channels: planes PITCH apart, bands, then where they have holes. */
struct bc_channels {
    const float *planes;
    size_t       pitch;
    long         nx, ny;
    int          nin;                   /* bands */
    float        bright;                /* what is well above the noise */
};
struct bc_channels bc_channels_of(const struct bc_stretch *s, const float *planes, size_t pitch, long nx, long ny);

/* Widened to hold these pixels; it starts as { 0 }. */
void bc_usual_add(struct bc_usual *u, const struct bc_channels *c);
/* Of one pixel: BC_UNUSUAL and BC_SHARP, or 0. */
unsigned bc_unusual(const struct bc_usual *u, const struct bc_channels *c, long y, long x);

/* Cards of a model.  read: 0 if they make no sense. */
struct bc_fits;
int       bc_usual_read(struct bc_usual *u, int nin, const struct bc_header *h);
bc_status bc_usual_put(const struct bc_usual *u, int nin, struct bc_fits *f);

#endif
