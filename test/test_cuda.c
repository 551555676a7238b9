/* test_cuda.c -- the GPU module can be loaded, and says what it finds.  Needs no GPU.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "check.h"
#include "module.h"

static const struct bc_module *
module(void)
{
    const char *file = getenv("BANDCAST_CUDA");
    void       *handle = file != NULL ? dlopen(file, RTLD_NOW | RTLD_LOCAL) : NULL;

    if (file != NULL && handle == NULL)
        printf("%s\n", dlerror());
    return handle != NULL ? dlsym(handle, BC_MODULE_SYMBOL) : NULL;
}

int
main(void)
{
    const struct bc_module  *m = module();
    const struct bc_backend *b;
    struct bc_device         d;
    int                      n;

    CHECK(m != NULL);
    if (m == NULL)
        return check_end();
    CHECK(m->interface == BC_MODULE_INTERFACE);
    CHECK(strcmp(m->version, bc_version()) == 0);
    CHECK(strcmp(m->backend->name, "cuda") == 0);
    n = m->backend->probe();
    printf("%d GPUs%s%s\n", n, n == 0 ? ": " : "", n == 0 ? m->message() : "");
    CHECK(n > 0 || m->message()[0] != '\0');
    CHECK(bc_message()[0]
          == '\0'); /* the module's failures are its own until the library takes them */

    CHECK((bc_backend_cuda.probe() > 0) == (n > 0));
    CHECK((bc_backend_choose("cuda", &b, &d) == BC_OK) == (n > 0));
    CHECK(bc_backend_choose("cuda:1000", &b, &d) == BC_NO_DEVICE
          && strstr(bc_message(), "device=cuda:1000: ") != NULL);
    CHECK(bc_backend_choose("auto", &b, &d) == BC_OK && (b == &bc_backend_cuda) == (n > 0));
    return check_end();
}
