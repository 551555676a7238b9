/* catalog.h -- a catalogue of objects: a CSV file whose first line names the columns.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef CATALOG_H
#define CATALOG_H

#include <stddef.h>

#include "bandcast.h"

struct catalog {        /* all zero = none */
    char  **cell;       /* (n, ncolumn) */
    char  **name;       /* (ncolumn) */
    int     ncolumn;
    long    n;
};

bc_status catalog_read(const char *file, struct catalog *c);
void      catalog_free(struct catalog *c);

/* The column called NAME in any case, or by one of its other names: x (x_pix, x_image), y, ra (ra_deg, alpha_j2000),
 * dec (dec_deg, delta_j2000), id (index, name).  -1 = none. */
int    catalog_column(const struct catalog *c, const char *name);
double catalog_value(const struct catalog *c, long row, int column);    /* NaN if it is no number */
/* An angle in degrees: a number of them, or sexagesimal, 10:00:00, in units of UNIT degrees (15 for hours). */
double catalog_angle(const struct catalog *c, long row, int column, double unit);
void   catalog_id(const struct catalog *c, long row, char *text, size_t size);     /* else the row's number, from 1 */

#endif
