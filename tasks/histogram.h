/* histogram.h -- a panel of a figure: how several series of values are distributed.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef HISTOGRAM_H
#define HISTOGRAM_H

#include "canvas.h"

struct series {
    char    name[48];
    double *x;                          /* those that are not finite are left out */
    long    n;
};

struct histogram {                      /* the first series is drawn on top */
    const char   *title;
    struct series series[CANVAS_COLOURS];
    int           n;
};

/* Into the rectangle (x, y, w, h), the numbers of the axes beside it. */
void histogram_draw(struct canvas *c, const struct histogram *p, double x, double y, double w,
                    double h);

#endif
