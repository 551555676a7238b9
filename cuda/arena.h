/* arena.h -- one piece of memory for many buffers, of which those that are not needed at the same time
 * may share their place.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_ARENA_H
#define BC_ARENA_H

#include "bandcast.h"

struct arena_buffer {
    size_t size;            /* bytes; 0 = there is none */
    int    from, to;        /* moments of its first and last use */
    size_t at;              /* where it is put */
};

/* Puts each of the N buffers somewhere, the largest first; *size_p = how many bytes that takes. */
bc_status arena_place(struct arena_buffer *buffer, int n, size_t *size_p);

#endif
