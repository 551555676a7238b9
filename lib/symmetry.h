/* symmetry.h -- the eight ways to turn and flip an image.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_SYMMETRY_H
#define BC_SYMMETRY_H

enum { BC_SYMMETRIES = 8, BC_TRANSPOSED = 1 };      /* bit 0 transposes, then bit 1 flips y, bit 2 flips x */

/* to = from, of H rows of W pixels, by symmetry S: W rows of H pixels if S has BC_TRANSPOSED.  back: the way back, to H
 * rows of W. */
void bc_turn(const float *from, int h, int w, int s, float *to);
void bc_turn_back(const float *from, int h, int w, int s, float *to);

#endif
