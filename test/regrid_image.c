/* regrid_image.c -- regrid_image IMAGE LIKE METHOD THREADS MEMORY OUTPUT: an image on the grid of another one, with the
 * flags of its pixels as MASK, for regrid.py.  MEMORY in bytes, 0 = as much as it likes; then the rows are made
 * some at a time.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "bandcast.h"

/* IMAGE's rows, STEP at a time, into a new image. */
static bc_status
collect(const bc_image *image, const bc_image *like, long step, bc_image **all_p)
{
    long           nx = bc_image_nx(image), ny = bc_image_ny(image), y, n, i;
    float         *mask = malloc((size_t)(nx * ny) * sizeof *mask);
    unsigned char *flags = malloc((size_t)(nx * ny));
    bc_status      st = bc_image_derive(like, all_p);

    for (y = 0; st == BC_OK && y < ny; y += n) {
        n = ny - y < step ? ny - y : step;
        st = bc_image_rows(image, y, n, bc_image_pixels(*all_p) + y * nx, flags + y * nx);
    }
    for (i = 0; i < nx * ny; i++)
        mask[i] = flags[i];
    if (st == BC_OK)
        st = bc_image_set_plane(*all_p, "MASK", mask);
    free(mask);
    free(flags);
    return st;
}

int
main(int argc, char **argv)
{
    bc_image         *image = NULL, *like = NULL, *made = NULL, *all = NULL;
    bc_regrid_options o = { 0 };
    bc_status         st;

    if (argc != 7)
        return 2;
    o.method = argv[3];
    o.threads = atoi(argv[4]);
    o.memory = (size_t)atol(argv[5]);
    st = bc_image_open_rows(argv[1], 0, &image);
    if (st == BC_OK)
        st = bc_image_open_rows(argv[2], 0, &like);
    if (st == BC_OK)
        st = bc_image_regrid(image, like, &o, &made);
    if (st == BC_OK)
        st = collect(made, like, o.memory > 0 ? 7 : bc_image_ny(like), &all);
    if (st == BC_OK)
        st = bc_image_write(all, argv[6], 1);
    printf("%s\n", st == BC_OK ? bc_image_notes(made) : bc_message());
    bc_image_close(all);
    bc_image_close(made);
    bc_image_close(like);
    bc_image_close(image);
    return st != BC_OK;
}
