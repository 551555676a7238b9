/* random.h -- random numbers whose state can be saved.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_RANDOM_H
#define BC_RANDOM_H

#include <stdint.h>

struct bc_random { uint64_t s[4]; };        /* xoshiro256** (Blackman & Vigna 2021) */

void     bc_random_seed(struct bc_random *r, uint64_t seed);    /* splitmix64 fills the state */
uint64_t bc_random_next(struct bc_random *r);
double   bc_random_uniform(struct bc_random *r);                /* [0, 1) */
double   bc_random_normal(struct bc_random *r);                 /* mean 0, variance 1 */
uint64_t bc_random_below(struct bc_random *r, uint64_t n);      /* 0 .. n-1, unbiased */

#endif
