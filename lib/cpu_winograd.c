/* cpu_winograd.c -- 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3) or F(8x8, 3x3), some tiles
 * at a time, so that what lies between the transforms stays in L2.  SIDE is that of the tiles, known
 * to the compiler in all that computes.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cpu_winograd.h"

/* One batch of tiles, counted along the rows of tiles from FIRST on. */
struct batch { int first, n, tiles_x; ptrdiff_t in_position, out_position; };

/* The first pixel that a tile reads, or makes. */
static inline const float *
input_of(const struct cpu_gather *g, const struct batch *b, int tile, const float *in)
{
    ptrdiff_t corner = g->phase[0].tap[8] < 0 ? g->phase[0].tap[8] : 0;

    return in + g->phase[0].in + corner + tile / b->tiles_x * g->winograd * g->in_row
           + tile % b->tiles_x * g->winograd * g->in_pixel;
}

static inline float *
output_of(const struct cpu_gather *g, const struct batch *b, int tile, float *out)
{
    return out + g->phase[0].out + tile / b->tiles_x * g->winograd * g->out_row
           + tile % b->tiles_x * g->winograd * g->out_pixel;
}

static inline __attribute__((always_inline)) void
transform_input(int side, const struct cpu_gather *g, const struct batch *b, const float *in, float *v)
{
    int i;

    for (i = 0; i < b->n; i++) {
        int           y = (b->first + i) / b->tiles_x * side, x = (b->first + i) % b->tiles_x * side;
        struct square q = { input_of(g, b, b->first + i, in), g->in_row, g->in_pixel,
                            g->phase[0].ny + 2 - y, g->phase[0].nx + 2 - x };

        winograd_input_tile(side, &q, v + i * g->in_pixel, b->in_position);
    }
}

/* Pixel (r, c) of the tiles that the next batch reads and of those that this one writes: sent for
 * while the products are made, which leave the memory idle; the transforms would wait for it.
 * Always inlined, as gcc takes a function that does no more than this for one that does nothing. */
static inline __attribute__((always_inline)) void
fetch(const struct cpu_gather *g, const struct batch *b, int r, int c, const float *in, float *out)
{
    int       ntile = b->tiles_x * ((g->phase[0].ny + g->winograd - 1) / g->winograd), i;
    ptrdiff_t k;

    for (i = b->first + b->n; c < g->winograd && i < b->first + 2 * b->n && i < ntile; i++)
        for (k = 0; k < g->in_pixel; k += CACHE_LINE)
            __builtin_prefetch(input_of(g, b, i, in) + r * g->in_row + c * g->in_pixel + k, 0, 2);
    for (i = b->first; c < g->winograd && r < g->winograd && i < b->first + b->n; i++)
        for (k = 0; k < g->out_pixel; k += CACHE_LINE)
            __builtin_prefetch(output_of(g, b, i, out) + r * g->out_row + c * g->out_pixel + k,
                               1, 2);
}

/* At one position: (tiles, nsum) times (nsum, lanes). */
static void
multiply(const struct cpu_gather *g, const struct batch *b, const float *v, const float *w,
         float *m, int position)
{
    static const ptrdiff_t no_tap = 0;
    int                    lane;

    for (lane = 0; lane < g->pitch; lane += 2 * LANES) {
        struct cpu_place at = {
            v + position * b->in_position, g->in_pixel, &no_tap, 1, g->nsum,
            w + ((size_t)position * g->pitch + lane) * g->nsum,
            m + position * b->out_position + lane, g->pitch, 0
        };

        ISA(cpu_gather_row)(b->n, g->pitch - lane, at);
    }
}

static inline __attribute__((always_inline)) void
transform_output(int side, const struct cpu_gather *g, const struct batch *b, const float *m, float *out, int add)
{
    const struct cpu_phase *f = &g->phase[0];
    int                     i, lane, r, c;

    for (i = 0; i < b->n; i++) {
        int    y = (b->first + i) / b->tiles_x * side, x = (b->first + i) % b->tiles_x * side;
        int    ny = f->ny - y < side ? f->ny - y : side, nx = f->nx - x < side ? f->nx - x : side;
        float *at = output_of(g, b, b->first + i, out);

        for (lane = 0; lane < g->pitch; lane += LANES) {
            V s[10][8];

            for (c = 0; c < side + 2; c++) {
                V q[10];

                for (r = 0; r < side + 2; r++)
                    q[r] = load(m + ((side + 2) * r + c) * b->out_position + (size_t)i * g->pitch + lane);
                winograd_output(side, q, s[c]);
            }
            for (r = 0; r < ny; r++) {
                V q[10], o[8];

                for (c = 0; c < side + 2; c++)
                    q[c] = s[c][r];
                winograd_output(side, q, o);
                for (c = 0; c < nx; c++) {
                    float *to = at + r * g->out_row + c * g->out_pixel + lane;

                    if (add)
                        o[c] += load(to);
                    store(to, o[c]);
                }
            }
        }
    }
}

static inline __attribute__((always_inline)) void
convolve(int side, const struct cpu_gather *g, int y0, int y1, const float *in, const float *w, float *out,
         int add, float *scratch)
{
    struct batch b = { .tiles_x = (g->phase[0].nx + side - 1) / side };
    int          last = (y1 + side - 1) / side * b.tiles_x, most = cpu_winograd_tiles(side), position;
    float       *m;

    b.in_position = most * g->in_pixel + CPU_WINOGRAD_SKEW;
    b.out_position = (ptrdiff_t)most * g->pitch + CPU_WINOGRAD_SKEW;
    m = scratch + cpu_winograd_positions(side) * b.in_position;
    for (b.first = y0 / side * b.tiles_x; b.first < last; b.first += b.n) {
        int left = (last - b.first + most - 1) / most;

        b.n = (last - b.first + left - 1) / left;       /* as evenly as possible */
        transform_input(side, g, &b, in, scratch);
        for (position = 0; position < cpu_winograd_positions(side); position++) {
            fetch(g, &b, position / (side + 2), position % (side + 2), in, out);
            multiply(g, &b, scratch, w, m, position);
        }
        transform_output(side, g, &b, m, out, add);
    }
}

/* Rows y0 .. y1 - 1 of the result, y0 a multiple of the tiles' side. */
void
ISA(cpu_winograd)(const struct cpu_gather *g, int y0, int y1, const float *in, const float *w,
                  float *out, int add, float *scratch)
{
    if (g->winograd == 4)
        convolve(4, g, y0, y1, in, w, out, add, scratch);
    else
        convolve(8, g, y0, y1, in, w, out, add, scratch);
}

/* packed (position, block of two vectors, sum, lane) = G g G', where g is turned round if the taps
 * go backwards. */
static inline __attribute__((always_inline)) void
pack(int side, const struct cpu_gather *g, int item, const float *kernel, float *packed)
{
    size_t per_tap = (size_t)g->nsum * g->nlane, per_position = (size_t)g->nsum * g->pitch;
    int    backwards = g->phase[0].tap[8] < 0, lane, s, r, c;
    int    block = item * 2 * LANES, left = g->pitch - block;
    int    n = left < 2 * LANES ? left : 2 * LANES;

    for (lane = block; lane < block + n; lane += LANES) {
        float *to = packed + (size_t)block * g->nsum + lane - block;

        /* The nine taps go where the first nine positions will, and are replaced there. */
        for (r = 0; r < 9; r++) {
            int tap = g->phase[0].kernel_tap[backwards ? 8 - r : r];

            ISA(cpu_pack_lanes)(g, kernel + tap * per_tap, lane, to + r * per_position, n);
        }
        for (s = 0; s < g->nsum; s++, to += n) {
            V t[3][10], u[10];

            for (c = 0; c < 3; c++) {
                V k[3] = { load(to + c * per_position), load(to + (3 + c) * per_position),
                           load(to + (6 + c) * per_position) };

                winograd_kernel(side, k, t[c]);
            }
            for (r = 0; r < side + 2; r++) {
                V k[3] = { t[0][r], t[1][r], t[2][r] };

                winograd_kernel(side, k, u);
                for (c = 0; c < side + 2; c++)
                    store(to + ((side + 2) * r + c) * per_position, u[c]);
            }
        }
    }
}

void
ISA(cpu_winograd_pack)(const struct cpu_gather *g, int item, const float *kernel, float *packed)
{
    if (g->winograd == 4)
        pack(4, g, item, kernel, packed);
    else
        pack(8, g, item, kernel, packed);
}
