/* cpu_winograd.h -- the transforms of Winograd's F(4x4, 3x3) (Lavin & Gray 2016): 36 products
 * where 144 were; and of F(8x8, 3x3): 100 where 576 were.
 *   output = A' [ (G g G') . (B' d B) ] A,   d the 6 x 6 input of a 4 x 4 tile, g the 3 x 3 kernel.
 * The gradient by the kernel is G' [ sum over tiles (A e A') . (B' d B) ] G, e the gradient by
 * the 4 x 4 output.  The points of four are 0, +-1/sqrt 2, +-sqrt 2 and infinity: with the usual 0,
 * +-1, +-2 the rounding error is twice as large on average, and four times at worst.  Those of
 * eight are 0, +-2/5, +-4/5, +-5/4, +-5/2 and infinity; no symmetric ones were found that round
 * noticeably less, and a layer of random numbers comes out with 25 times the error of four.
 * Each function is one dimension of one of these, of tiles of N by N, 4 or 8; lanes are channels.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CPU_WINOGRAD_H
#define BC_CPU_WINOGRAD_H

#include "cpu_vector.h"

/* Their squares are 1/2 and 2. */
static const float WINOGRAD_A = 0.70710678f, WINOGRAD_B = 1.41421356f;

/* The points of eight, and with y for the others' squares: y1 + y2 + y3, y1 y2 + y1 y3 + y2 y3, y1 y2 y3, and
 * 1 / (2 (square - y1) (square - y2) (square - y3)). */
static const struct { float point, square, e1, e2, e3, scale; } WINOGRAD_EIGHT[4] = {
    { 0.4f, 0.16f, 8.4525f, 14.765625f, 6.25f, -0.12195753f },
    { 0.8f, 0.64f, 7.9725f, 11.015625f, 1.5625f, 0.20127949f },
    { 1.25f, 1.5625f, 7.05f, 5.1024f, 0.64f, -0.082444081f },
    { 2.5f, 6.25f, 2.3625f, 1.3524f, 0.16f, 0.0031221126f }
};

/* t = B' d */
static inline __attribute__((always_inline)) void
winograd_input_four(const V d[6], V t[6])
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

static inline __attribute__((always_inline)) void
winograd_input_eight(const V d[10], V t[10])
{
    int i;

    t[0] = d[0] - splat(8.6125f) * (d[2] + d[6]) + splat(16.118025f) * d[4] + d[8];
    for (i = 0; i < 4; i++) {
        V e1 = splat(WINOGRAD_EIGHT[i].e1), e2 = splat(WINOGRAD_EIGHT[i].e2), e3 = splat(WINOGRAD_EIGHT[i].e3);
        V even = d[8] - e1 * d[6] + e2 * d[4] - e3 * d[2];
        V odd = splat(WINOGRAD_EIGHT[i].point) * (d[7] - e1 * d[5] + e2 * d[3] - e3 * d[1]);

        t[2 * i + 1] = even + odd;
        t[2 * i + 2] = even - odd;
    }
    t[9] = d[1] - splat(8.6125f) * (d[3] + d[7]) + splat(16.118025f) * d[5] + d[9];
}

static inline __attribute__((always_inline)) void
winograd_input(int n, const V *d, V *t)
{
    if (n == 4)
        winograd_input_four(d, t);
    else
        winograd_input_eight(d, t);
}

/* o = A' m */
static inline __attribute__((always_inline)) void
winograd_output_four(const V m[6], V o[4])
{
    V plus_a = m[1] + m[2], minus_a = splat(WINOGRAD_A) * (m[1] - m[2]);
    V plus_b = m[3] + m[4], minus_b = splat(WINOGRAD_B) * (m[3] - m[4]);

    o[0] = m[0] + plus_a + plus_b;
    o[1] = minus_a + minus_b;
    o[2] = splat(0.5f) * plus_a + splat(2) * plus_b;
    o[3] = splat(0.5f) * minus_a + splat(2) * minus_b + m[5];
}

static inline __attribute__((always_inline)) void
winograd_output_eight(const V m[10], V o[8])
{
    V   plus[4], minus[4];
    int i, j;

    for (j = 0; j < 4; j++) {
        plus[j] = m[2 * j + 1] + m[2 * j + 2];
        minus[j] = splat(WINOGRAD_EIGHT[j].point) * (m[2 * j + 1] - m[2 * j + 2]);
    }
    for (i = 0; i < 8; i += 2) {
        o[i] = plus[0] + plus[1] + plus[2] + plus[3];
        o[i + 1] = minus[0] + minus[1] + minus[2] + minus[3];
        for (j = 0; j < 4; j++) {
            plus[j] *= splat(WINOGRAD_EIGHT[j].square);
            minus[j] *= splat(WINOGRAD_EIGHT[j].square);
        }
    }
    o[0] += m[0];
    o[7] += m[9];
}

static inline __attribute__((always_inline)) void
winograd_output(int n, const V *m, V *o)
{
    if (n == 4)
        winograd_output_four(m, o);
    else
        winograd_output_eight(m, o);
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
winograd_kernel_four(const V g[3], V u[6])
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

static inline __attribute__((always_inline)) void
winograd_kernel_eight(const V g[3], V u[10])
{
    int i;

    u[0] = g[0];
    for (i = 0; i < 4; i++) {
        V scale = splat(WINOGRAD_EIGHT[i].scale), square = splat(WINOGRAD_EIGHT[i].square);
        V even = scale * (g[0] / square + g[2]), odd = scale / splat(WINOGRAD_EIGHT[i].point) * g[1];

        u[2 * i + 1] = even + odd;
        u[2 * i + 2] = even - odd;
    }
    u[9] = g[2];
}

static inline __attribute__((always_inline)) void
winograd_kernel(int n, const V *g, V *u)
{
    if (n == 4)
        winograd_kernel_four(g, u);
    else
        winograd_kernel_eight(g, u);
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

/* B' d B of channels c .. c + LANES - 1 of a tile of N by N, POSITION floats from one value to the next. */
static inline __attribute__((always_inline)) void
winograd_input_vector(int n, const struct square *q, int ny, int nx, int c, float *to, ptrdiff_t position)
{
    V   t[10][10];
    int y, x;

    for (y = 0; y < n + 2; y++) {
        V d[10];

        for (x = 0; x < n + 2; x++)
            d[x] = winograd_pixel(q, ny, nx, y, x, c);
        winograd_input(n, d, t[y]);
    }
    for (x = 0; x < n + 2; x++) {
        V d[10], v[10];

        for (y = 0; y < n + 2; y++)
            d[y] = t[y][x];
        winograd_input(n, d, v);
        for (y = 0; y < n + 2; y++)
            store(to + ((n + 2) * y + x) * position + c, v[y]);
    }
}

/* Of all channels. */
static inline __attribute__((always_inline)) void
winograd_input_tile(int n, const struct square *q, float *to, ptrdiff_t position)
{
    int c;

    for (c = 0; c < q->pixel; c += LANES)
        if (q->ny >= n + 2 && q->nx >= n + 2)       /* nearly always: no questions asked pixel by pixel */
            winograd_input_vector(n, q, n + 2, n + 2, c, to, position);
        else
            winograd_input_vector(n, q, q->ny, q->nx, c, to, position);
}

#endif
