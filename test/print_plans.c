/* print_plans.c -- which of cuDNN's engines the GPU backend takes for a network, on a GPU that need
 * not be there. print_plans GPU.json PRECISION[,fast] BATCH SIZE NETWORK... A network is a model file, or
 * "paper" for the generator of Zaazou et al. (2025).  A line each convolution; those that have no
 * plan are counted in the exit status.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "geometry.h"
#include "model.h"

static int failures;

static void
print_plan(struct conv_maker *maker, const char *network, const char *layer,
           const struct conv_shape *s)
{
    static const char *const kinds[] = { "forward", "back to data", "back to kernel" };
    const struct conv       *conv;
    char                     what[80];
    bc_status                st = conv_make(maker, s, &conv);

    if (st == BC_OK)
        conv_describe(conv, what, sizeof what);
    printf("%s, %s, %s: %s\n", network, layer, kinds[s->kind], st == BC_OK ? what : bc_message());
    failures += st != BC_OK;
}

static bc_status
print_network(struct conv_maker *maker, const char *name, const struct bc_graph *g,
              enum bc_type type, int batch, int size)
{
    struct geometry *m;
    bc_status        st = geometry_open(g, type, batch, size, size, &m);
    int              i;

    if (st != BC_OK)
        return st;
    for (i = 0; i < g->nlayer; i++) {
        struct conv_shape data, kernel;

        if (!geometry_is_conv(m, i))
            continue;
        data = geometry_back_data(m, i);
        kernel = geometry_back_kernel(m, i);
        print_plan(maker, name, g->layer[i].name, &m->layer[i].conv);
        if (g->layer[i].src != BC_FROM_INPUT)
            print_plan(maker, name, g->layer[i].name, &data);
        print_plan(maker, name, g->layer[i].name, &kernel);
    }
    geometry_close(m);
    return BC_OK;
}

static bc_status
print_named(struct conv_maker *maker, const char *name, enum bc_type type, int batch, int size)
{
    struct bc_generator paper = { .nin = 2, .stem = 64, .filters = { 128 }, .resblocks = 9 };
    struct bc_graph    *g = NULL;
    bc_model           *model = NULL;
    bc_status           st = strcmp(name, "paper") == 0 ? bc_generator_graph(&paper, &g)
                                                        : bc_model_open(name, NULL, 0, &model);

    if (st == BC_OK)
        st = print_network(maker, name, g != NULL ? g : model->graph, type, batch, size);
    bc_graph_free(g);
    bc_model_close(model);
    return st;
}

int
main(int argc, char **argv)
{
    struct bc_device   device = { .precision = BC_PRECISION_FP32 };
    struct conv_maker *maker = NULL;
    char               json[8192];
    FILE              *file = argc > 5 ? fopen(argv[1], "r") : NULL;
    size_t             n = file != NULL ? fread(json, 1, sizeof json - 1, file) : 0;
    bc_status          st;
    int                i;

    if (file != NULL)
        fclose(file);
    if (n == 0) {
        fprintf(stderr, "usage: print_plans GPU.json fp32|tf32|bf16[,fast] BATCH SIZE NETWORK...\n");
        return 2;
    }
    json[n] = '\0';
    device.fast = strstr(argv[2], ",fast") != NULL;
    if (strncmp(argv[2], "fp32", 4) != 0)
        device.precision = strncmp(argv[2], "bf16", 4) == 0 ? BC_PRECISION_BF16 : BC_PRECISION_TF32;
    st = conv_maker_open_like(json, &device, (size_t)1 << 31, &maker);
    for (i = 5; st == BC_OK && i < argc; i++)
        st = print_named(maker, argv[i], device.precision == BC_PRECISION_BF16 ? BC_BF16 : BC_F32,
                         atoi(argv[3]), atoi(argv[4]));
    conv_maker_close(maker);
    if (st != BC_OK)
        fprintf(stderr, "print_plans: %s\n", bc_message());
    return st != BC_OK || failures > 0;
}
