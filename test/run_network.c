/* run_network.c -- a model's bare network, for the scripts that compare it with others.
 *     run_network MODEL DEVICE SIZE       float32 stamps (inputs, SIZE, SIZE) from standard input, what
 *                                         becomes of each (SIZE, SIZE) to standard output
 * Exit 1 and the library's sentence on failure.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "model.h"

int
main(int argc, char **argv)
{
    int       size = argc == 4 ? atoi(argv[3]) : 0;
    size_t    area = (size_t)size * size, n;
    bc_model *model = NULL;
    float    *in = NULL, *out = malloc(area * sizeof *out);
    bc_status st = BC_BAD_ARG;

    if (size > 0 && out != NULL)
        st = bc_model_open(argv[1], argv[2], 0, &model);
    n = st == BC_OK ? area * model->graph->nin : 0;
    in = malloc(n * sizeof *in + 1);
    while (st == BC_OK && in != NULL && fread(in, sizeof *in, n, stdin) == n) {
        st = bc_model_run(model, size, in, out, NULL);
        if (st == BC_OK && fwrite(out, sizeof *out, area, stdout) != area)
            st = BC_BAD_FILE;
    }
    if (st != BC_OK)
        fprintf(stderr, "run_network: %s\n", bc_message());
    bc_model_close(model);
    free(in);
    free(out);
    return st != BC_OK;
}
