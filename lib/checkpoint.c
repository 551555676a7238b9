/* checkpoint.c -- tensors by name.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "checkpoint.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "status.h"

void
bc_checkpoint_free(struct bc_checkpoint *c)
{
    int i;

    for (i = 0; i < c->n; i++)
        free(c->tensor[i].x);
    free(c->tensor);
    bc_header_free(&c->header);
    free(c->config);
    *c = (struct bc_checkpoint){ .n = 0 };
}

bc_status
bc_checkpoint_add(struct bc_checkpoint *c, const char *file, const char *name, int ndim,
                  const long *dim, float **x_p)
{
    struct bc_named *t;
    size_t           n = 1;
    int              i;

    if (c->tensor == NULL)
        c->tensor = calloc(BC_MAX_TENSORS, sizeof *c->tensor);
    if (c->tensor == NULL)
        return bc_fail_memory(BC_MAX_TENSORS * sizeof *c->tensor, "a network's tensors");
    if (c->n == BC_MAX_TENSORS)
        return bc_fail(BC_UNSUPPORTED, "%s has more than %d tensors", file, BC_MAX_TENSORS);
    if (bc_checkpoint_find(c, name) != NULL)
        return bc_fail(BC_BAD_FILE, "%s has two tensors %s", file, name);
    for (i = 0; i < ndim; i++) {
        if (dim[i] < 1 || (size_t)dim[i] > (BC_MAX_WEIGHTS - c->nnumber) / n)
            return bc_fail(BC_BAD_SHAPE, "%s: tensor %s has a size that no generator's has", file,
                           name);
        n *= (size_t)dim[i];
    }
    t = &c->tensor[c->n];
    t->x = malloc(n * sizeof *t->x);
    if (t->x == NULL)
        return bc_fail_memory(n * sizeof *t->x, "a tensor");
    snprintf(t->name, sizeof t->name, "%s", name);
    t->ndim = ndim;
    memcpy(t->dim, dim, (size_t)ndim * sizeof *dim);
    c->nnumber += n;
    c->n++;
    *x_p = t->x;
    return BC_OK;
}

const struct bc_named *
bc_checkpoint_find(const struct bc_checkpoint *c, const char *name)
{
    int i;

    for (i = 0; i < c->n; i++)
        if (strcmp(c->tensor[i].name, name) == 0)
            return &c->tensor[i];
    return NULL;
}
