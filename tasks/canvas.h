/* canvas.h -- a page to draw figures on, in points from the top left, and its PDF and PNG.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef CANVAS_H
#define CANVAS_H

#include "bandcast.h"

enum { CANVAS_COLOURS = 7 };            /* told apart by colour-blind readers, too; 0 is black */

struct canvas;

/* Draws a page of W x H points. */
typedef void (*canvas_draw)(struct canvas *c, const void *arg, double w, double h);

/* 0 in a build that has nothing to draw with. */
int       canvas_works(void);
/* BC_OK if NAME.pdf and NAME.png could be written now. */
bc_status canvas_check(const char *name, int clobber);
bc_status canvas_write(const char *name, int clobber, canvas_draw draw, const void *arg, double w,
                       double h);

void canvas_colour(struct canvas *c, int i);
/* TEXT with ALIGN 0 beginning, 0.5 centred, 1 ending at (x, y). */
void canvas_text(struct canvas *c, double x, double y, double align, const char *text);
/* The same upwards, centred. */
void canvas_text_up(struct canvas *c, double x, double y, const char *text);
double canvas_text_width(struct canvas *c, const char *text);
/* A line WIDTH wide through N points; solid, or as canvas_dash says from now on. */
void canvas_line(struct canvas *c, const double (*point)[2], int n, double width);
enum { CANVAS_SOLID, CANVAS_DASHED, CANVAS_DOTTED };
void canvas_dash(struct canvas *c, int dash);
/* A disc, or a ring that is white inside. */
void canvas_mark(struct canvas *c, double x, double y, double radius, int filled);
/* Draw within the rectangle only; W 0 = on the whole page again. */
void canvas_clip(struct canvas *c, double x, double y, double w, double h);

enum { CANVAS_GREY, CANVAS_RESIDUAL };  /* black to white; blue, white, red */
/* Pixels (ny, nx), north up, LOW to HIGH in COLOURS, into the square SIDE wide at (x, y). */
void canvas_image(struct canvas *c, const float *pixels, long nx, long ny, double low, double high,
                  int colours, double x, double y, double side);

#endif
