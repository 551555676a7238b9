/* symmetry.c -- images turned and flipped.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "symmetry.h"

#include <stddef.h>

/* Where pixel (y, x) of an image of H rows of W goes to. */
static size_t
place(int h, int w, int s, int y, int x)
{
    int rows = s & BC_TRANSPOSED ? w : h, columns = s & BC_TRANSPOSED ? h : w;
    int row = s & BC_TRANSPOSED ? x : y, column = s & BC_TRANSPOSED ? y : x;

    row = s & 2 ? rows - 1 - row : row;
    column = s & 4 ? columns - 1 - column : column;
    return (size_t)row * columns + column;
}

void
bc_turn(const float *from, int h, int w, int s, float *to)
{
    int y, x;

    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++)
            to[place(h, w, s, y, x)] = *from++;
}

void
bc_turn_back(const float *from, int h, int w, int s, float *to)
{
    int y, x;

    for (y = 0; y < h; y++)
        for (x = 0; x < w; x++)
            *to++ = from[place(h, w, s, y, x)];
}
