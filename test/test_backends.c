/* test_backends.c -- what a device parameter asks for.  No GPU module is loaded here.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "backend.h"
#include "check.h"

/* DEVICE is refused with STATUS, and the sentence holds WHY. */
static void
refused(const char *device, bc_status status, const char *why)
{
    const struct bc_backend *b;
    struct bc_device         d;
    bc_status                st = bc_backend_choose(device, &b, &d);

    if (st != status || strstr(bc_message(), why) == NULL)
        printf("device=%s gives %d: %s\n", device, (int)st, bc_message());
    CHECK(st == status && strstr(bc_message(), why) != NULL);
}

int
main(void)
{
    const struct bc_backend *b;
    struct bc_device         d;

    setenv("BANDCAST_CUDA", "none", 1);
    CHECK(bc_backend_choose("auto", &b, &d) == BC_OK && b == &bc_backend_cpu && d.any && !d.direct);
    CHECK(bc_backend_choose("auto,direct", &b, &d) == BC_OK && b == &bc_backend_cpu && d.any && d.direct);
    CHECK(bc_backend_choose("cpu,fp32,direct", &b, &d) == BC_OK && b == &bc_backend_cpu && !d.any && d.direct
          && d.precision == BC_PRECISION_FP32);
    CHECK(bc_backend_choose("ref", &b, &d) == BC_OK && b == &bc_backend_ref);
    refused("cuda", BC_NO_DEVICE, "device=cuda: there is no GPU module none");
    refused("cuda:1,bf16", BC_NO_DEVICE, "device=cuda:1,bf16: there is no GPU module none");
    refused("cuda:-1", BC_BAD_ARG, "a number of a GPU");
    refused("cuda:1x", BC_BAD_ARG, "a number of a GPU");
    refused("cuda:", BC_BAD_ARG, "a number of a GPU");
    refused("cpu:0", BC_BAD_ARG, "only cuda has numbers");
    refused("cpu,bf16", BC_UNSUPPORTED, "cpu computes in float only");
    refused("auto,tf32", BC_UNSUPPORTED, "cpu computes in float only");
    refused("ref,fast", BC_UNSUPPORTED, "ref computes in float only");
    refused("cpu,", BC_BAD_ARG, "may follow a device");
    refused("cpu,direct,", BC_BAD_ARG, "may follow a device");
    refused("cud", BC_BAD_ARG, "are known");
    refused("", BC_BAD_ARG, "are known");
    return check_end();
}
