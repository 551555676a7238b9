/* npy.h -- lists of whole numbers as numpy saves them.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef NPY_H
#define NPY_H

#include "bandcast.h"

struct numbers {                            /* all zero = none */
    long *x, n;                             /* ascending, each once */
    char *found;                            /* 1: numbers_have was asked for it */
};

/* A one-dimensional array of 4 or 8 byte integers, little-endian. */
bc_status numbers_read(const char *file, struct numbers *numbers);
void      numbers_free(struct numbers *numbers);
int       numbers_have(struct numbers *numbers, long x);

#endif
