/* memory.h -- how much memory there is to be had: see bc_memory_free.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MEMORY_H
#define BC_MEMORY_H

#include "bandcast.h"

/* Bytes that the control groups in the file GROUPS (/proc/self/cgroup), whose folders are in ROOT (/sys/fs/cgroup),
 * leave to this process, at least 1; SIZE_MAX = they set no limit. */
size_t bc_memory_group(const char *groups, const char *root);

#endif
