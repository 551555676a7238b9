/* memory.h -- how much memory there is to be had.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MEMORY_H
#define BC_MEMORY_H

#include <stddef.h>

/* Bytes that could be taken now without swapping; 0 = unknown. */
size_t bc_memory_free(void);

#endif
