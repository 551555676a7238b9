/* arena.c -- one piece of memory for many buffers.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "arena.h"

#include <stdlib.h>

#include "status.h"

enum { ALIGNMENT = 256 };       /* of cudaMalloc */

/* Those that are in place and in the way of B at AT; NULL: none. */
static const struct arena_buffer *
in_the_way(const struct arena_buffer *buffer, int n, const unsigned char *placed,
           const struct arena_buffer *b, size_t at)
{
    int i;

    for (i = 0; i < n; i++)
        if (placed[i] && buffer[i].from <= b->to && b->from <= buffer[i].to
            && buffer[i].at < at + b->size && at < buffer[i].at + buffer[i].size)
            return &buffer[i];
    return NULL;
}

/* The largest of those that are not in place yet; -1: none. */
static int
largest(const struct arena_buffer *buffer, int n, const unsigned char *placed)
{
    int i, best = -1;

    for (i = 0; i < n; i++)
        if (!placed[i] && buffer[i].size > 0 && (best < 0 || buffer[i].size > buffer[best].size))
            best = i;
    return best;
}

bc_status
arena_place(struct arena_buffer *buffer, int n, size_t *size_p)
{
    unsigned char *placed = calloc((size_t)n + 1, 1);
    size_t         size = 0;
    int            i;

    if (placed == NULL)
        return bc_fail_memory((size_t)n, "a network's layers");
    for (i = 0; i < n; i++)
        buffer[i].size = (buffer[i].size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    while ((i = largest(buffer, n, placed)) >= 0) {
        const struct arena_buffer *other;
        size_t                     at = 0;

        while ((other = in_the_way(buffer, n, placed, &buffer[i], at)) != NULL)
            at = other->at + other->size;
        buffer[i].at = at;
        placed[i] = 1;
        size = at + buffer[i].size > size ? at + buffer[i].size : size;
    }
    free(placed);
    *size_p = size;
    return BC_OK;
}
