/* predict.c -- the library on one page: predict a band from images of others.
 *
 *     cc predict.c $(pkg-config --cflags --libs bandcast) -o predict
 *     ./predict MODEL OUTPUT IMAGE...         one image per input band, in the model's order
 *
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include <bandcast.h>

int
main(int argc, char **argv)
{
    bc_model *model = NULL;
    bc_image *band[8] = { NULL }, *predicted = NULL;
    int       n = argc - 3, i;
    bc_status st;

    if (n < 1 || n > 8) {
        fprintf(stderr, "predict, with bandcast %s: predict MODEL OUTPUT IMAGE...\n", bc_version());
        return 2;
    }
    st = bc_model_open(argv[1], "auto", 0, &model);
    if (st == BC_OK && bc_model_inputs(model) != n) {
        fprintf(stderr, "predict: %s needs %d images\n", bc_model_name(model), bc_model_inputs(model));
        return 2;
    }
    if (st == BC_OK && bc_model_outputs(model) != 1) {
        fprintf(stderr, "predict: %s gives %d images, not one\n", bc_model_name(model), bc_model_outputs(model));
        return 2;
    }
    for (i = 0; st == BC_OK && i < n; i++)
        st = bc_image_open(argv[3 + i], 0, &band[i]);
    if (st == BC_OK)
        st = bc_predict(model, (const bc_image *const *)band, NULL, NULL, &predicted);
    if (st == BC_OK)
        st = bc_image_write(predicted, argv[2], 0);
    if (st == BC_OK)
        printf("%s: band %s on %s\n", argv[2], bc_model_output(model, 0), bc_model_device(model));
    else
        fprintf(stderr, "predict: %s\n", bc_message());
    for (i = 0; i < n; i++)
        bc_image_close(band[i]);
    bc_image_close(predicted);
    bc_model_close(model);
    return st != BC_OK;
}
