/* cpu_winograd.h -- the transforms of Winograd's F(4x4, 3x3) (Lavin & Gray 2016): 36 products
 * where 144 were.
 *   output = A' [ (G g G') . (B' d B) ] A,   d the 6 x 6 input of a 4 x 4 tile, g the 3 x 3 kernel.
 * The gradient by the kernel is G' [ sum over tiles (A e A') . (B' d B) ] G, e the gradient by
 * the 4 x 4 output.  The points are 0, +-1/sqrt 2, +-sqrt 2 and infinity: with the usual 0,
 * +-1, +-2 the rounding error is twice as large on average, and four times at worst.
 * Each function is one dimension of one of these; lanes are channels.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_WINOGRAD_H
#define BC_CPU_WINOGRAD_H

#include "cpu_vector.h"

enum { POSITIONS = 36 };

/* Their squares are 1/2 and 2. */
static const float WINOGRAD_A = 0.70710678f, WINOGRAD_B = 1.41421356f;

/* t = B' d */
static inline __attribute__((always_inline)) void
winograd_input(const V d[6], V t[6])
{
    V even_a = d[4] - splat(2) * d[2], odd_a = splat(WINOGRAD_A) * (d[3] - splat(2) * d[1]);
    V even_b = d[4] - splat(0.5f) * d[2], odd_b = splat(WINOGRAD_B) * (d[3] - splat(0.5f) * d[1]);

    t[0] = d[0] - splat(2.5f) * d[2] + d[4];
    t[1] = even_a + odd_a;
    t[2] = even_a - odd_a;
    t[3] = even_b + odd_b;
    t[4] = even_b - odd_b;
    t[5] = d[1] - splat(2.5f) * d[3] + d[5];
}

/* o = A' m */
static inline __attribute__((always_inline)) void
winograd_output(const V m[6], V o[4])
{
    V plus_a = m[1] + m[2], minus_a = splat(WINOGRAD_A) * (m[1] - m[2]);
    V plus_b = m[3] + m[4], minus_b = splat(WINOGRAD_B) * (m[3] - m[4]);

    o[0] = m[0] + plus_a + plus_b;
    o[1] = minus_a + minus_b;
    o[2] = splat(0.5f) * plus_a + splat(2) * plus_b;
    o[3] = splat(0.5f) * minus_a + splat(2) * minus_b + m[5];
}

/* t = A e */
static inline __attribute__((always_inline)) void
winograd_slope(const V e[4], V t[6])
{
    V even_a = e[0] + splat(0.5f) * e[2], odd_a = splat(WINOGRAD_A) * (e[1] + splat(0.5f) * e[3]);
    V even_b = e[0] + splat(2) * e[2], odd_b = splat(WINOGRAD_B) * (e[1] + splat(2) * e[3]);

    t[0] = e[0];
    t[1] = even_a + odd_a;
    t[2] = even_a - odd_a;
    t[3] = even_b + odd_b;
    t[4] = even_b - odd_b;
    t[5] = e[3];
}

/* u = G g */
static inline __attribute__((always_inline)) void
winograd_kernel(const V g[3], V u[6])
{
    V even_a = splat(-2.0f / 3) * g[0] - splat(1.0f / 3) * g[2];
    V even_b = splat(1.0f / 6) * g[0] + splat(1.0f / 3) * g[2];
    V odd_a = splat(-2.0f / 3 * WINOGRAD_A) * g[1], odd_b = splat(1.0f / 6 * WINOGRAD_B) * g[1];

    u[0] = g[0];
    u[1] = even_a + odd_a;
    u[2] = even_a - odd_a;
    u[3] = even_b + odd_b;
    u[4] = even_b - odd_b;
    u[5] = g[2];
}

/* g = G' u */
static inline __attribute__((always_inline)) void
winograd_kernel_back(const V u[6], V g[3])
{
    V plus_a = u[1] + u[2], minus_a = u[1] - u[2], plus_b = u[3] + u[4], minus_b = u[3] - u[4];

    g[0] = u[0] - splat(2.0f / 3) * plus_a + splat(1.0f / 6) * plus_b;
    g[1] = splat(1.0f / 6 * WINOGRAD_B) * minus_b - splat(2.0f / 3 * WINOGRAD_A) * minus_a;
    g[2] = splat(1.0f / 3) * (plus_b - plus_a) + u[5];
}

/* Where a tile's pixels are; those beyond NY by NX count as 0. */
struct square { const float *at; ptrdiff_t row, pixel; int ny, nx; };

static inline __attribute__((always_inline)) V
winograd_pixel(const struct square *q, int ny, int nx, int y, int x, int c)
{
    V v = { 0 };

    if (y < ny && x < nx)
        v = load(q->at + y * q->row + x * q->pixel + c);
    return v;
}

/* The 36 values B' d B of channels c .. c + LANES - 1, POSITION floats from one to the next. */
static inline __attribute__((always_inline)) void
winograd_input_vector(const struct square *q, int ny, int nx, int c, float *to, ptrdiff_t position)
{
    V   t[6][6];
    int y, x;

    for (y = 0; y < 6; y++) {
        V d[6];

        for (x = 0; x < 6; x++)
            d[x] = winograd_pixel(q, ny, nx, y, x, c);
        winograd_input(d, t[y]);
    }
    for (x = 0; x < 6; x++) {
        V d[6] = { t[0][x], t[1][x], t[2][x], t[3][x], t[4][x], t[5][x] }, v[6];

        winograd_input(d, v);
        for (y = 0; y < 6; y++)
            store(to + (6 * y + x) * position + c, v[y]);
    }
}

/* Of all channels. */
static inline void
winograd_input_tile(const struct square *q, float *to, ptrdiff_t position)
{
    int c;

    for (c = 0; c < q->pixel; c += LANES)
        if (q->ny >= 6 && q->nx >= 6)       /* nearly always: no questions asked pixel by pixel */
            winograd_input_vector(q, 6, 6, c, to, position);
        else
            winograd_input_vector(q, q->ny, q->nx, c, to, position);
}

#endif
