/* cpu_winograd_dw.c -- gradients by the weights of 3x3 convolutions, by Winograd's F(4x4, 3x3),
 * in three stages: transform tiles of the input and of the gradient, sum their products
 * position by position, transform back.  Each stage is shared out in pieces that have one owner
 * and a fixed order inside.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_winograd.h"

enum { POSITIONS = 36 };

/* Places of position P's values of input, gradient and sum. */
static float *
inputs_at(const struct cpu_winograd_dw *d, float *memory, int p)
{
    return memory + p * d->x_position;
}

static float *
slopes_at(const struct cpu_winograd_dw *d, float *memory, int p)
{
    return memory + POSITIONS * d->x_position + p * d->dz_position;
}

static float *
sums_at(const struct cpu_winograd_dw *d, float *memory, int p)
{
    return memory + POSITIONS * (d->x_position + d->dz_position) + (size_t)p * d->cin * d->dz_pixel;
}

/* The 36 values A e A' of channels c .. c + LANES - 1. */
static inline __attribute__((always_inline)) void
slope_vector(const struct square *q, int ny, int nx, int c, float *to, ptrdiff_t position)
{
    V   t[4][6];
    int y, x;

    for (y = 0; y < 4; y++) {
        V e[4];

        for (x = 0; x < 4; x++)
            e[x] = winograd_pixel(q, ny, nx, y, x, c);
        winograd_slope(e, t[y]);
    }
    for (x = 0; x < 6; x++) {
        V e[4] = { t[0][x], t[1][x], t[2][x], t[3][x] }, v[6];

        winograd_slope(e, v);
        for (y = 0; y < 6; y++)
            store(to + (6 * y + x) * position + c, v[y]);
    }
}

static void
slope_tile(const struct square *q, float *to, ptrdiff_t position)
{
    int c;

    for (c = 0; c < q->pixel; c += LANES)
        if (q->ny >= 4 && q->nx >= 4)
            slope_vector(q, 4, 4, c, to, position);
        else
            slope_vector(q, q->ny, q->nx, c, to, position);
}

void
ISA(cpu_winograd_tiles)(const struct cpu_winograd_dw *d, int first, int item, const float *x,
                        const float *dz, float *memory)
{
    int i, end = first + d->band < d->ntile ? first + d->band : d->ntile;
    int tile = first + item * CPU_WINOGRAD_ITEM;

    for (i = 0; i < CPU_WINOGRAD_ITEM && tile < end; i++, tile++) {
        int           at_y = tile / d->tiles_x * 4, at_x = tile % d->tiles_x * 4;
        int           ny = d->ny - at_y, nx = d->nx - at_x;
        struct square in = { x + d->x_at + at_y * d->x_row + at_x * d->x_pixel,
                             d->x_row, d->x_pixel, ny + 2, nx + 2 };
        struct square slopes = { dz + d->dz_at + at_y * d->dz_row + at_x * d->dz_pixel,
                                 d->dz_row, d->dz_pixel, ny, nx };

        winograd_input_tile(4, &in, inputs_at(d, memory, 0) + (tile - first) * d->x_pixel,
                            d->x_position);
        slope_tile(&slopes, slopes_at(d, memory, 0) + (tile - first) * d->dz_pixel,
                   d->dz_position);
    }
}

void
ISA(cpu_winograd_sums)(const struct cpu_winograd_dw *d, int first, int item, float *memory)
{
    int    p = item / d->nblock, ci = item % d->nblock * CPU_WINOGRAD_BLOCK, lane;
    int    nr = d->cin - ci < CPU_WINOGRAD_BLOCK ? d->cin - ci : CPU_WINOGRAD_BLOCK;
    int    n = d->ntile - first < d->band ? d->ntile - first : d->band;
    float *sum = sums_at(d, memory, p) + ci * d->dz_pixel;

    if (first == 0)
        memset(sum, 0, (size_t)nr * d->dz_pixel * sizeof *sum);
    for (lane = 0; lane < d->dz_pixel; lane += 2 * LANES) {
        struct cpu_outer at = { inputs_at(d, memory, p) + ci, slopes_at(d, memory, p) + lane,
                                d->x_pixel, d->dz_pixel, d->x_position, d->dz_position, n,
                                sum + lane, d->dz_pixel };

        ISA(cpu_outer_rows)(nr, d->dz_pixel - lane, at);
    }
}

/* Input channel CI of the kernel's gradient (ky, kx, cin, cout). */
void
ISA(cpu_winograd_weights)(const struct cpu_winograd_dw *d, int ci, float *memory, float *dw)
{
    int lane, r, c;

    for (lane = 0; lane < d->dz_pixel; lane += LANES) {
        V t[6][3], k[3];

        for (c = 0; c < 6; c++) {
            V u[6];

            for (r = 0; r < 6; r++)
                u[r] = load(sums_at(d, memory, 6 * r + c) + ci * d->dz_pixel + lane);
            winograd_kernel_back(u, t[c]);
        }
        for (r = 0; r < 3; r++) {
            V u[6] = { t[0][r], t[1][r], t[2][r], t[3][r], t[4][r], t[5][r] };

            winograd_kernel_back(u, k);
            for (c = 0; c < 3; c++)
                store_some(dw + ((size_t)(3 * r + c) * d->cin + ci) * d->cout + lane, k[c],
                           d->cout - lane);
        }
    }
}
