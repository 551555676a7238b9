/* print_logs.c -- print_logs < LOG aggregates a per-image log of the authors of Zaazou et al. (2025), for logs.sh:
 * prints SSIM, MAE, PSNR of the mean MSE, mean PSNR, GINI_W1, M20_W1.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "score.h"

int
main(void)
{
    char            line[1000];
    struct bc_tally t;
    bc_score        s;

    bc_tally_begin(&t, "log");
    if (fgets(line, sizeof line, stdin) == NULL)        /* the names of the columns */
        return EXIT_FAILURE;
    while (fgets(line, sizeof line, stdin) != NULL) {
        bc_image_score i = { .magnitude = (double)NAN };

        if (sscanf(line, "%*d,%lf,%lf,%lf,%*f,%*f,%lf,%lf,%*f,%*f,%lf,%lf", &i.ssim, &i.mae, &i.mse, &i.true_gini,
                   &i.gini, &i.true_m20, &i.m20) != 7)
            return EXIT_FAILURE;
        i.psnr = -10.0 * log10(i.mse);
        if (bc_tally_append(&t, &i, NULL) != BC_OK)
            return EXIT_FAILURE;
    }
    if (bc_tally_score(&t, &s) != BC_OK)
        return EXIT_FAILURE;
    printf("%.17g %.17g %.17g %.17g %.17g %.17g\n", s.ssim, s.mae, s.psnr, s.psnr_mean, s.gini_w1, s.m20_w1);
    bc_tally_free(&t);
    return EXIT_SUCCESS;
}
