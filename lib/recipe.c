/* recipe.c -- how networks are trained: the paper's way and ours.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>

#include "status.h"
#include "threads.h"
#include "train.h"

void
bc_recipe_paper(bc_recipe *r)
{
    *r = (bc_recipe){ .inbands = "", .outband = "", .arch = "resnet", .stretch = "minmax",
                      .softening = 2.0, .filters = { 128 }, .resblocks = 9, .norm = 1,
                      .epochs = 128, .batch = 1, .rate = 2e-4, .beta1 = 0.5, .beta2 = 0.999,
                      .epsilon = 1e-7, .lambda = 1.0, .uncertainty = 0.002, .seed = 1, .device = "auto" };
}

void
bc_recipe_default(bc_recipe *r)
{
    bc_recipe_paper(r);
    r->arch = "local";
    r->stretch = "flux";
    r->filters[0] = 64;
    r->resblocks = 6;
    r->norm = 0;
    r->combine = 1;
    r->epochs = 80;
    r->softening = 4.0;
    r->rate = 5e-4;
    r->beta1 = 0.9;
    r->lambda = 0.02;
    r->flux = 0.1;
    r->dropout = 0.2;
    r->cosine = 1;
    r->shuffle = 1;
    r->augment = 1;
}

/* How many names LIST, "r,i", has. */
static int
count_names(const char *list)
{
    int n = 0;

    for (; *list != '\0'; n++) {
        list += strcspn(list, ",");
        list += *list == ',';
    }
    return n;
}

void
bc_recipe_network(const bc_recipe *r, struct bc_generator *g)
{
    g->local = strcmp(r->arch, "local") == 0;
    memcpy(g->filters, r->filters, sizeof g->filters);
    g->stem = r->stem != 0 ? r->stem : r->filters[0] / 2;
    g->resblocks = r->resblocks;
    g->no_norm = !r->norm;
    g->combine = r->combine;
}

/* The network, as far as the bands are said; one to begin with is as it is. */
static bc_status
check_network(const bc_recipe *r)
{
    struct bc_generator g = { .nin = count_names(r->inbands), .nout = count_names(r->outband) };

    if (g.nin == 0)
        g.nin = 1;
    bc_recipe_network(r, &g);
    return r->start != NULL || bc_generator_check(&g) == BC_OK ? BC_OK : BC_BAD_ARG;
}

bc_status
bc_recipe_check(const bc_recipe *r)
{
    enum bc_stretch_kind kind;
    bc_status            st;

    if (r->inbands == NULL || r->outband == NULL || r->arch == NULL || r->stretch == NULL || r->device == NULL)
        return bc_fail(BC_BAD_ARG, "a recipe has inbands, outband, arch, stretch and device");
    st = bc_threads_check(r->threads);
    if (st == BC_OK)
        st = bc_stretch_parse(r->stretch, &kind);
    if (st != BC_OK)
        return st;
    if (strcmp(r->arch, "resnet") != 0 && strcmp(r->arch, "local") != 0)
        return bc_fail(BC_BAD_ARG, "arch=%s: local or resnet are known", r->arch);
    if (strcmp(r->arch, "local") == 0 && (r->norm || !r->combine || strcmp(r->stretch, "flux") != 0))
        return bc_fail(BC_BAD_ARG, "stretch=%s, norm=%s, combine=%s: arch=local has stretch=flux, norm=no and "
                       "combine=yes; arch=resnet has the choice", r->stretch, r->norm ? "yes" : "no",
                       r->combine ? "yes" : "no");
    if (r->epochs < 1 || r->batch < 1 || r->batch > 4096)
        return bc_fail(BC_BAD_ARG, "epochs=%d, batch=%d: from 1 on, a batch up to 4096", r->epochs,
                       r->batch);
    if (!(r->rate > 0.0 && isfinite(r->rate)) || !(r->lambda >= 0.0 && isfinite(r->lambda))
        || !(r->softening > 0.0 && isfinite(r->softening)))
        return bc_fail(BC_BAD_ARG, "lr=%g, lambda=%g, softening=%g: a positive rate and softening, "
                       "a lambda from 0 on", r->rate, r->lambda, r->softening);
    if (!(r->beta1 >= 0.0 && r->beta1 < 1.0) || !(r->beta2 >= 0.0 && r->beta2 < 1.0)
        || !(r->epsilon > 0.0 && isfinite(r->epsilon)))
        return bc_fail(BC_BAD_ARG, "beta1=%g, beta2=%g, epsilon=%g: from 0 to below 1, and a positive number", r->beta1,
                       r->beta2, r->epsilon);
    if (!(r->flux >= 0.0 && isfinite(r->flux)) || !(r->uncertainty > 0.0 && isfinite(r->uncertainty))
        || !(r->dropout >= 0.0 && r->dropout <= 1.0))
        return bc_fail(BC_BAD_ARG, "flux=%g, uncertainty=%g, dropout=%g: a weight from 0 on, a positive one and a "
                       "share from 0 to 1", r->flux, r->uncertainty, r->dropout);
    return check_network(r);
}
