/* unusual.c -- what is the brightest, the bluest, the reddest and the sharpest that a model knows.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "unusual.h"

#include <math.h>

#include "fits.h"

enum { BRIGHT = 10 };                   /* noises from which on colours and peaks mean something */

struct bc_channels
bc_channels_of(const struct bc_stretch *s, const float *planes, size_t pitch, long nx, long ny)
{
    return (struct bc_channels){ planes, pitch, nx, ny, s->nin, (float)(asinh(BRIGHT / s->softening) / s->range) };
}

/* Band B there, NaN in a hole and where it is faint. */
static float
bright(const struct bc_channels *c, int b, long y, long x)
{
    const float *at = c->planes + b * c->pitch + y * c->nx + x;

    return at[c->nin * c->pitch] != 0.0f || *at < c->bright ? NAN : *at;
}

static float
colour(const struct bc_channels *c, int b, long y, long x)
{
    return bright(c, b, y, x) - bright(c, b - 1, y, x);
}

/* How far a bright pixel stands out of those around it. */
static float
peak(const struct bc_channels *c, int b, long y, long x)
{
    float highest = -INFINITY, value = bright(c, b, y, x);
    long  i, j;

    for (j = y > 0 ? y - 1 : 0; !isnan(value) && j <= y + 1 && j < c->ny; j++)
        for (i = x > 0 ? x - 1 : 0; i <= x + 1 && i < c->nx; i++)
            if (i != x || j != y)
                highest = fmaxf(highest, c->planes[b * c->pitch + j * c->nx + i]);
    return value - highest;
}

void
bc_usual_add(struct bc_usual *u, const struct bc_channels *c)
{
    long y, x;
    int  b;

    for (b = 0; !u->known && b < c->nin; b++) {
        u->low[b] = INFINITY;
        u->high[b] = -INFINITY;
    }
    u->known = 1;
    for (b = 0; b < c->nin; b++)
        for (y = 0; y < c->ny; y++)
            for (x = 0; x < c->nx; x++) {
                u->peak[b] = fmaxf(u->peak[b], peak(c, b, y, x));       /* which passes over NaN */
                if (b > 0) {
                    u->low[b] = fminf(u->low[b], colour(c, b, y, x));
                    u->high[b] = fmaxf(u->high[b], colour(c, b, y, x));
                }
            }
}

unsigned
bc_unusual(const struct bc_usual *u, const struct bc_channels *c, long y, long x)
{
    unsigned flags = 0;
    int      b;

    for (b = 0; b < c->nin; b++) {
        float value = bright(c, b, y, x), d = b > 0 ? colour(c, b, y, x) : NAN;

        if (value > 1.0f || (u->known && (d < u->low[b] || d > u->high[b])))    /* never true of NaN */
            flags |= BC_UNUSUAL;
        if (u->known && peak(c, b, y, x) > u->peak[b])
            flags |= BC_SHARP;
    }
    return flags;
}

/* ---- cards ------------------------------------------------------------------------------------ */

int
bc_usual_read(struct bc_usual *u, int nin, const struct bc_header *h)
{
    int b;

    u->known = bc_header_find(h, "INPEAK1") >= 0;
    for (b = 0; u->known && b < nin; b++) {
        double low = bc_header_numbered(h, "INCLO", b + 1), high = bc_header_numbered(h, "INCHI", b + 1);

        u->low[b] = isnan(low) ? INFINITY : (float)low;
        u->high[b] = isnan(high) ? -INFINITY : (float)high;
        u->peak[b] = (float)bc_header_numbered(h, "INPEAK", b + 1);
        if (!(u->peak[b] >= 0.0f))
            return 0;
    }
    return 1;
}

bc_status
bc_usual_put(const struct bc_usual *u, int nin, struct bc_fits *f)
{
    int       b;
    bc_status st = BC_OK;

    for (b = 0; u->known && st == BC_OK && b < nin; b++) {
        st = bc_fits_set_numbered(f, "INPEAK", b + 1, u->peak[b],
                                  "most that a pixel exceeds its neighbours, network units");
        if (st != BC_OK || b == 0 || u->low[b] > u->high[b])            /* none was bright in both */
            continue;
        st = bc_fits_set_numbered(f, "INCLO", b + 1, u->low[b], "least difference from the input before it");
        if (st == BC_OK)
            st = bc_fits_set_numbered(f, "INCHI", b + 1, u->high[b], "most, of pixels that are bright in both");
    }
    return st;
}
