/* backends.c -- what this build can compute on.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "backend.h"

#include <string.h>

#include "status.h"

const struct bc_backend *const bc_backends[] = { &bc_backend_cpu, &bc_backend_ref, NULL };

bc_status
bc_backend_choose(const char *device, const struct bc_backend **backend_p, int *direct_p)
{
    size_t n = strcspn(device, ":,"), end = strcspn(device, ",");
    int    i, any = n == 4 && strncmp(device, "auto", n) == 0;

    if (device[end] != '\0' && strcmp(device + end, ",direct") != 0)
        return bc_fail(BC_BAD_ARG, "device=%s: only ',direct' may follow a device", device);
    *direct_p = device[end] != '\0';

    for (i = 0; bc_backends[i] != NULL; i++) {
        const struct bc_backend *b = bc_backends[i];
        int                      named = strlen(b->name) == n && strncmp(b->name, device, n) == 0;

        if (!named && !any)
            continue;
        if (b->probe() > 0) {
            *backend_p = b;
            return BC_OK;
        }
        if (named)
            return bc_fail(BC_NO_DEVICE, "device=%s: no such device can be used on this machine", device);
    }
    if (strncmp(device, "cuda", n) == 0)
        return bc_fail(BC_NO_DEVICE, "device=%s: this build has no GPU backend; device=cpu computes the same", device);
    return bc_fail(BC_BAD_ARG, "device=%s: auto, cpu, ref or cuda are known", device);
}
