/* catalog.h -- a catalogue of objects: text whose columns have names, or a table of a FITS file.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef CATALOG_H
#define CATALOG_H

#include <stddef.h>

#include "bandcast.h"

/* What is taken of it.  x and y are FITS's pixels, the first one's centre is 1; ra and dec are degrees. */
enum { CATALOG_X, CATALOG_Y, CATALOG_RA, CATALOG_DEC, CATALOG_SPLIT, CATALOG_ID, CATALOG_COLUMNS };

struct catalog_row {
    double value[CATALOG_ID];               /* NaN = none */
    char   id[64];                          /* else the row's number, from 1 */
};

struct catalog {                            /* all zero = none */
    struct catalog_row *row;
    long                n;
    char                name[CATALOG_COLUMNS][72];  /* of the columns in the file; "" = it has no such one */
};

/* FILE may name an extension; without one, the first table that has positions is taken, else the first that has
 * anything.  A cell that cannot be read is BC_BAD_FILE; an empty one, "-", "nan", "null" or "none" is no value. */
bc_status catalog_read(const char *file, struct catalog *c);
void      catalog_free(struct catalog *c);

/* Id and, where the file has the columns, ra and dec of ROW, 0-based, into SAMPLE. */
void      catalog_sample(const struct catalog *c, long row, bc_sample *sample);

/* Has it columns COLUMN and COLUMN + 1: CATALOG_X or CATALOG_RA? */
int       catalog_has_pair(const struct catalog *c, int column);

#endif
