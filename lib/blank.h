/* blank.h -- areas without data that were filled with zeros.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_BLANK_H
#define BC_BLANK_H

#include "status.h"

/* So many zeros in a row or a column are no chance in any image.  A piece of an image needs that many rows less
 * one before and behind it to be judged like the whole. */
enum { BC_BLANK_RUN = 16 };

/* MOST below: how far each pixel may be from what it was before lossy packing (bc_rounding_most); what is no farther
 * from zero counts as one.  NULL: pixels are exact. */

/* Add BC_BLANK to the FLAGS of the pixels (ny, nx) that are zero and in such a run. */
void      bc_blank_find(const float *pixels, const float *most, long nx, long ny, unsigned char *flags);

/* Is an image of which this is a part such that runs of zeros can only be a filling?  Where there
 * is noise they can; but photons may be rare, and simulations without noise have true zeros. */
bc_status bc_blank_judge(const float *pixels, const float *most, long nx, long ny, int *filling_p);

#endif
