/* plot.h -- a panel of a figure: axes, and what is drawn between them.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PLOT_H
#define PLOT_H

#include "canvas.h"

struct plot {
    double      x, y, w, h;             /* the panel on the page, points; numbers, labels and key stand outside */
    double      left, right;            /* values at its edges; which is the greater one does not matter */
    double      bottom, top;
    int         powers;                 /* 1: x is log10 of what its numbers say */
    int         whole;                  /* 1: y counts something */
    const char *xlabel, *ylabel;        /* NULL = none; then x has no numbers either */
};

struct plot_style {
    const char *name;                   /* in the key */
    int         colour, dash;           /* canvas's */
    double      width, radius;          /* of line and marks, points; 0 = none */
    int         filled;                 /* the marks */
};

/* V in so many DIGITS, with the minus sign of print. */
const char *plot_number(double v, int digits, char text[40]);
void plot_axes(struct canvas *c, const struct plot *p);
/* Through N points of values, those that are not finite left out; cut off at the edges. */
void plot_line(struct canvas *c, const struct plot *p, const struct plot_style *s, const double (*point)[2], int n);
/* A mark with a bar of that much on each side (0 or NaN = none).  What lies beyond bottom or top is an arrow there. */
void plot_mark(struct canvas *c, const struct plot *p, const struct plot_style *s, double x, double y, double bar);
/* A thin line from the left to the right. */
void plot_level(struct canvas *c, const struct plot *p, double y, int dash);
/* What is what, above the panel in as many rows as it takes. */
void plot_key(struct canvas *c, const struct plot *p, const struct plot_style *const *style, int n);

#endif
