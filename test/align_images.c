/* align_images.c -- align_images REFERENCE IMAGE PSF FORCE OUTPUT OUTPUT2: both images on the grid of the first one,
 * for grids.py.  Prints for each "resampled fwhm blur off pixels arcsec|from|notes".
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>

#include "bandcast.h"

int
main(int argc, char **argv)
{
    bc_image        *image[2] = { NULL, NULL };
    bc_alignment    *aligned = NULL;
    bc_align_options o = { 0 };
    bc_align_report  r;
    int              i;
    bc_status        st = BC_OK;

    if (argc != 7)
        return 2;
    o.psf = argv[3];
    o.force = atoi(argv[4]);
    for (i = 0; st == BC_OK && i < 2; i++)
        st = bc_image_open_rows(argv[1 + i], 0, &image[i]);
    if (st == BC_OK)
        st = bc_align(image, 2, image[0], &o, &aligned);
    for (i = 0; st == BC_OK && i < 2; i++) {
        st = bc_image_load(bc_alignment_image(aligned, i));
        if (st == BC_OK)
            st = bc_image_write(bc_alignment_image(aligned, i), argv[5 + i], 1);
        if (st == BC_OK)
            st = bc_alignment_report(aligned, i, &r);
        if (st == BC_OK)
            printf("%d %.6g %.6g %d %.6g %.6g|%s|%s\n", r.resampled, r.fwhm, r.blur, r.is_off,
                   r.off_pixels, r.off_arcsec, r.fwhm_from,
                   bc_image_notes(bc_alignment_image(aligned, i)));
    }
    if (st != BC_OK)
        printf("%s\n", bc_message());
    bc_alignment_close(aligned);
    bc_image_close(image[0]);
    bc_image_close(image[1]);
    return st != BC_OK;
}
