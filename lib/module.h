/* module.h -- what the library and the GPU module that it loads say to each other.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_MODULE_H
#define BC_MODULE_H

#include "backend.h"

/* Both sides must have been compiled with the same backend.h; its sizes tell. */
#define BC_MODULE_INTERFACE \
    ((unsigned long)(sizeof(struct bc_layer) + 1000 * sizeof(struct bc_plan_options) \
                     + 1000000 * (sizeof(struct bc_graph) + sizeof(struct bc_batch) + sizeof(struct bc_weights))))

struct bc_module {
    unsigned long            interface;         /* BC_MODULE_INTERFACE; the first, so that it can always be read */
    const char              *version;           /* of bandcast */
    const struct bc_backend *backend;
    const char            *(*message)(void);    /* the module's own bc_message */
};

/* The only symbol that the module shows: a struct bc_module. */
#define BC_MODULE_SYMBOL "bandcast_cuda_module"

#endif
