/* predict_strip.h -- the rows of an image that are being predicted, so that no image need fit into memory.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_PREDICT_STRIP_H
#define BC_PREDICT_STRIP_H

#include "predict_feed.h"
#include "threads.h"

struct strip {                          /* rows [first, first + ny) of the image; room for more */
    struct bc_prediction *p;
    struct bc_threads    *threads;      /* for what is done row by row */
    long                  first, ny, room;
    long                  done;         /* rows of the image that have been put out */
    float                *input;        /* (channels, room, nx), network units, 0 where there is no datum */
    unsigned char        *flags;        /* (room, nx) what MASK is going to say */
    unsigned char        *of_band;      /* (room, nx) of one band */
    float                *output;       /* (members, nout, room, nx) */
    float                *weight;       /* (room, nx), of one member's windows so far */
    float                *square;       /* (room, nx), sum of weight * value^2 over all members */
    struct feed          *feed;         /* windows on their way */
    float                *taper;        /* weights along a side of a window; NULL: none are blended */
    double                scatter;      /* sum over the finished pixels of the windows' variance */
    double                covered;      /* finished pixels that windows cover */
    double                asked, missing, filled;       /* pixels of the area, without a prediction, with BC_FILLED */
};

/* Room for ROOM rows, and for windows of (h, w), of which a row has MOST, on their way through a plan that takes what
 * memory is left. */
bc_status strip_allocate(struct strip *s, long room, int h, int w, long most);
void      strip_release(struct strip *s);

/* Read on, so that the strip reaches to row END of the image. */
bc_status strip_load(struct strip *s, long end);
/* Plane I of what member K gave. */
float    *strip_output(const struct strip *s, int k, int i);
/* Window (h, w) at column X0 and row Y0 of the image, for the network; outside the image is its mirror image. */
void      strip_cut(const struct strip *s, long y0, long x0, int h, int w, float *to);
/* Put out what the area has of the rows before END that have not been, and forget those before KEEP. */
bc_status strip_finish(struct strip *s, long end, long keep);
bc_status strip_tell(const struct strip *s, double done);

/* Two ways to fill a strip; both return with everything put out. */
bc_status bc_predict_windows(struct strip *s);
bc_status bc_predict_tiles(struct strip *s);

#endif
