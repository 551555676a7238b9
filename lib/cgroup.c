/* cgroup.c -- what the control groups of a batch job or a container allow.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "cgroup.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Is NAME in LIST, as in "cpu,cpuacct", which ends at a colon? */
static int
is_among(const char *list, const char *name)
{
    size_t n = strlen(name), length;

    for (;; list += length + 1) {
        length = strcspn(list, ",:");
        if (length == n && strncmp(list, name, n) == 0)
            return 1;
        if (list[length] != ',')
            return 0;
    }
}

size_t
bc_cgroup_least(const char *groups, const char *root, const char *controller, bc_cgroup_limit *limit)
{
    FILE  *f = fopen(groups, "r");
    char   line[1024], folder[1100];
    size_t least = SIZE_MAX;

    while (f != NULL && fgets(line, sizeof line, f) != NULL) {
        /* "4:memory:/a/b", of version 2 "0::/a/b".  All groups above count; in a container they may be out of sight,
         * and its own is the root. */
        char *what = strchr(line, ':'), *path = what != NULL ? strchr(what + 1, ':') : NULL, *end;
        int   second = path != NULL && path == what + 1;

        if (path == NULL || (!second && !is_among(what + 1, controller)))
            continue;
        path++;
        for (end = path + strcspn(path, "\n"); end != NULL; end = strrchr(path, '/')) {
            size_t here;

            *end = '\0';
            snprintf(folder, sizeof folder, "%s%s%s%s", root, second ? "" : "/", second ? "" : controller, path);
            here = limit(folder, second);
            least = here < least ? here : least;
        }
    }
    if (f != NULL)
        fclose(f);
    return least;
}

size_t
bc_cgroup_own(const char *controller, bc_cgroup_limit *limit)
{
    return bc_cgroup_least("/proc/self/cgroup", "/sys/fs/cgroup", controller, limit);
}
