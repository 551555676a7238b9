/* cgroup.h -- what the control groups of a batch job or a container allow.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_CGROUP_H
#define BC_CGROUP_H

#include <stddef.h>

/* What the group with this FOLDER allows, of version 2 of control groups or the first; SIZE_MAX = it sets no limit. */
typedef size_t bc_cgroup_limit(const char *folder, int second);

/* The least that LIMIT says of the groups in the file GROUPS (/proc/self/cgroup) whose folders are in ROOT
 * (/sys/fs/cgroup), of the first version in that of CONTROLLER ("memory"). */
size_t bc_cgroup_least(const char *groups, const char *root, const char *controller, bc_cgroup_limit *limit);

/* The same of those that this process is in. */
size_t bc_cgroup_own(const char *controller, bc_cgroup_limit *limit);

#endif
