/* memory.h -- how much memory there is to be had: see bc_memory_free.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MEMORY_H
#define BC_MEMORY_H

#include "bandcast.h"

/* Bytes that the control group with this FOLDER leaves, at least 4; caches that it would drop are not used.  See
 * cgroup.h. */
size_t bc_memory_group(const char *folder, int second);

#endif
