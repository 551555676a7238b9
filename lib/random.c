/* random.c -- xoshiro256**, seeded by splitmix64.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "random.h"

#include <math.h>

static uint64_t
rotate(uint64_t x, int k)
{
    return x << k | x >> (64 - k);
}

void
bc_random_seed(struct bc_random *r, uint64_t seed)
{
    int i;

    for (i = 0; i < 4; i++) {
        uint64_t z = seed += 0x9e3779b97f4a7c15u;

        z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
        z = (z ^ z >> 27) * 0x94d049bb133111ebu;
        r->s[i] = z ^ z >> 31;
    }
}

uint64_t
bc_random_next(struct bc_random *r)
{
    uint64_t *s = r->s, out = rotate(s[1] * 5, 7) * 9, t = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate(s[3], 45);
    return out;
}

double
bc_random_uniform(struct bc_random *r)
{
    return (double)(bc_random_next(r) >> 11) * 0x1p-53;
}

/* Box and Muller; the second number is dropped so that the state is all there is to save. */
double
bc_random_normal(struct bc_random *r)
{
    double u = 1.0 - bc_random_uniform(r), v = bc_random_uniform(r);

    return sqrt(-2.0 * log(u)) * cos(2.0 * 3.14159265358979323846 * v);
}

uint64_t
bc_random_below(struct bc_random *r, uint64_t n)
{
    uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;

    do
        x = bc_random_next(r);
    while (x >= limit);
    return x % n;
}
