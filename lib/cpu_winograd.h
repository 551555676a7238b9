/* cpu_winograd.h -- the transforms of Winograd's F(4x4, 3x3) (Lavin & Gray 2016): 36 products where 144 were.
 *   output = A' [ (G g G') . (B' d B) ] A,   d the 6 x 6 input of a 4 x 4 tile, g the 3 x 3 kernel.
 * The gradient by the kernel is  G' [ sum over tiles (A e A') . (B' d B) ] G,  e the gradient by the 4 x 4 output.
 * Each function is one dimension of one of these; lanes are channels.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_WINOGRAD_H
#define BC_CPU_WINOGRAD_H

#include "cpu_tile.h"

enum { POSITIONS = 36 };

/* t = B' d */
static inline __attribute__((always_inline)) void
winograd_input(const V d[6], V t[6])
{
    V even = d[4] - splat(4) * d[2], odd = d[3] - splat(4) * d[1], near = d[4] - d[2], far = splat(2) * (d[3] - d[1]);

    t[0] = splat(4) * d[0] - splat(5) * d[2] + d[4];
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = near + far;
    t[4] = near - far;
    t[5] = splat(4) * d[1] - splat(5) * d[3] + d[5];
}

/* o = A' m */
static inline __attribute__((always_inline)) void
winograd_output(const V m[6], V o[4])
{
    V plus = m[1] + m[2], minus = m[1] - m[2], plus2 = m[3] + m[4], minus2 = m[3] - m[4];

    o[0] = m[0] + plus + plus2;
    o[1] = minus + splat(2) * minus2;
    o[2] = plus + splat(4) * plus2;
    o[3] = minus + splat(8) * minus2 + m[5];
}

/* t = A e */
static inline __attribute__((always_inline)) void
winograd_slope(const V e[4], V t[6])
{
    V even = e[0] + e[2], odd = e[1] + e[3], even2 = e[0] + splat(4) * e[2], odd2 = splat(2) * e[1] + splat(8) * e[3];

    t[0] = e[0];
    t[1] = even + odd;
    t[2] = even - odd;
    t[3] = even2 + odd2;
    t[4] = even2 - odd2;
    t[5] = e[3];
}

/* u = G g */
static inline __attribute__((always_inline)) void
winograd_kernel(const V g[3], V u[6])
{
    V ends = splat(-1.0f / 6) * (g[0] + g[2]), middle = splat(1.0f / 6) * g[1];
    V ends2 = splat(1.0f / 24) * g[0] + splat(1.0f / 6) * g[2], middle2 = splat(1.0f / 12) * g[1];

    u[0] = splat(0.25f) * g[0];
    u[1] = ends - middle;
    u[2] = ends + middle;
    u[3] = ends2 + middle2;
    u[4] = ends2 - middle2;
    u[5] = g[2];
}

/* g = G' u */
static inline __attribute__((always_inline)) void
winograd_kernel_back(const V u[6], V g[3])
{
    V plus = u[1] + u[2], minus = u[2] - u[1], plus2 = u[3] + u[4], minus2 = u[3] - u[4];

    g[0] = splat(0.25f) * u[0] - splat(1.0f / 6) * plus + splat(1.0f / 24) * plus2;
    g[1] = splat(1.0f / 6) * minus + splat(1.0f / 12) * minus2;
    g[2] = splat(1.0f / 6) * (plus2 - plus) + u[5];
}

/* The 36 values of a tile's input for one vector of channels.  NY by NX pixels are there, the others count as 0. */
static inline __attribute__((always_inline)) void
winograd_input_tile(const float *in, ptrdiff_t row, ptrdiff_t pixel, int ny, int nx, float *to, ptrdiff_t position)
{
    V   t[6][6];
    int r, c;

    for (r = 0; r < 6; r++) {
        V d[6];

        for (c = 0; c < 6; c++) {
            d[c] = (V){0};
            if (r < ny && c < nx)
                d[c] = load(in + r * row + c * pixel);
        }
        winograd_input(d, t[r]);
    }
    for (c = 0; c < 6; c++) {
        V d[6] = { t[0][c], t[1][c], t[2][c], t[3][c], t[4][c], t[5][c] }, q[6];

        winograd_input(d, q);
        for (r = 0; r < 6; r++)
            store(to + (6 * r + c) * position, q[r]);
    }
}

#endif
