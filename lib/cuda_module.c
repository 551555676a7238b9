/* cuda_module.c -- the GPU backend: a module of its own, loaded when a device is asked for, so that
 * the library needs neither a driver nor CUDA's libraries.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config.h"
#include "module.h"
#include "status.h"

static const struct bc_module *module;          /* NULL: it could not be loaded */
static char                    trouble[512];    /* and that is why */

/* In a build that is not installed BANDCAST_CUDA says where the module is. */
static const char *
module_file(void)
{
    const char *file = getenv("BANDCAST_CUDA");

    return file != NULL ? file : PKGLIBDIR "/bandcast_cuda.so";
}

static void
load_module(const char *file)
{
    void                   *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    const struct bc_module *m = handle != NULL ? dlsym(handle, BC_MODULE_SYMBOL) : NULL;

    if (handle == NULL)
        snprintf(trouble, sizeof trouble, "the GPU module cannot be loaded: %s", dlerror());
    else if (m == NULL)
        snprintf(trouble, sizeof trouble, "%s is not a GPU module of bandcast", file);
    else if (m->interface != BC_MODULE_INTERFACE || strcmp(m->version, PACKAGE_VERSION) != 0)
        snprintf(trouble, sizeof trouble, "%s was built for another bandcast than this %s", file,
                 PACKAGE_VERSION);
    else
        module = m;
    if (module == NULL && handle != NULL)
        dlclose(handle);
}

/* CUDA's libraries are large: they are not touched where no driver is. */
static void
load(void)
{
    const char *file = module_file();
    void       *driver;

    if (access(file, R_OK) != 0) {
        snprintf(trouble, sizeof trouble, "there is no GPU module %s", file);
        return;
    }
    driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (driver == NULL) {
        snprintf(trouble, sizeof trouble, "this machine has no NVIDIA driver (libcuda.so.1)");
        return;
    }
    load_module(file);
    dlclose(driver);
}

static const struct bc_backend *
loaded(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;

    pthread_once(&once, load);
    return module != NULL ? module->backend : NULL;
}

/* The module keeps its failures; make them ours. */
static bc_status
pass_on(bc_status st)
{
    return st == BC_OK ? st : bc_fail(st, "%s", module->message());
}

static int
probe(void)
{
    const struct bc_backend *b = loaded();
    int                      n = b != NULL ? b->probe() : 0;

    if (n == 0)
        bc_fail(BC_NO_DEVICE, "%s", b != NULL ? module->message() : trouble);
    return n;
}

static bc_status
compile(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o,
        struct bc_plan **plan_p)
{
    return loaded() == NULL ? bc_fail(BC_NO_DEVICE, "%s", trouble)
                            : pass_on(loaded()->compile(g, w, o, plan_p));
}

/* Whoever has a plan has loaded the module. */
static void
describe(const struct bc_plan *plan, char *text, size_t size)
{
    loaded()->describe(plan, text, size);
}

static bc_status
run(struct bc_plan *plan, const float *in, float *out, size_t n, const struct bc_part *parts)
{
    return pass_on(loaded()->run(plan, in, out, n, parts));
}

static bc_status
step(struct bc_plan *plan, const struct bc_batch *batch, double *loss_p)
{
    return pass_on(loaded()->step(plan, batch, loss_p));
}

static bc_status
read_back(struct bc_plan *plan, struct bc_weights *w)
{
    return pass_on(loaded()->read(plan, w));
}

static void
release(struct bc_plan *plan)
{
    if (plan != NULL)
        loaded()->release(plan);
}

const struct bc_backend bc_backend_cuda = {
    "cuda", 64, probe, describe, compile, run, step, read_back, release
};
