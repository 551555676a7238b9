/* jpeg.c -- the only file that sees libjpeg.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "source.h"
#include "status.h"

#ifdef HAVE_JPEG

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <jpeglib.h>

enum { MOST = 1 << 13 };                    /* pixels of an axis */

struct reading {
    struct jpeg_decompress_struct jpeg;
    struct jpeg_error_mgr         error;
    jmp_buf                       out;
    FILE                         *f;
    unsigned char                *rgb;
    int                           grey;
};

static void
fail(j_common_ptr jpeg)
{
    longjmp(((struct reading *)jpeg->client_data)->out, 1);
}

static void
ignore(j_common_ptr jpeg)
{
    (void)jpeg;
}

/* 0 if libjpeg jumped out of it.  All that must survive the jump is in R. */
static int
read_rows(struct reading *r)
{
    struct jpeg_decompress_struct *j = &r->jpeg;

    if (setjmp(r->out) != 0)
        return 0;
    jpeg_create_decompress(j);
    jpeg_stdio_src(j, r->f);
    jpeg_read_header(j, TRUE);
    r->grey = j->num_components == 1;
    if (j->image_width > MOST || j->image_height > MOST || r->grey)
        return 0;
    j->out_color_space = JCS_RGB;
    jpeg_start_decompress(j);
    r->rgb = malloc((size_t)3 * j->output_width * j->output_height);
    while (r->rgb != NULL && j->output_scanline < j->output_height) {
        JSAMPROW row = r->rgb + (size_t)3 * j->output_width * j->output_scanline;

        jpeg_read_scanlines(j, &row, 1);
    }
    /* A missing end only warns, and the rest of the picture is grey. */
    return r->rgb != NULL && j->err->num_warnings == 0;
}

bc_status
bc_jpeg_read(const char *file, unsigned char **rgb_p, int *nx_p, int *ny_p)
{
    struct reading *r = calloc(1, sizeof *r);
    int             good = 0, grey;

    if (r == NULL)
        return bc_fail_memory(sizeof *r, "a picture");
    r->jpeg.err = jpeg_std_error(&r->error);
    r->error.error_exit = fail;
    r->error.output_message = ignore;
    r->jpeg.client_data = r;
    r->f = fopen(file, "rb");
    if (r->f != NULL)
        good = read_rows(r);
    if (good) {
        *rgb_p = r->rgb;
        *nx_p = (int)r->jpeg.output_width;
        *ny_p = (int)r->jpeg.output_height;
    } else {
        free(r->rgb);
    }
    jpeg_destroy_decompress(&r->jpeg);
    if (r->f != NULL)
        fclose(r->f);
    grey = r->grey;
    free(r);
    return good ? BC_OK : grey ? bc_fail(BC_BAD_SHAPE, "%s is grey, three bands need a picture in colour", file)
           : bc_fail(BC_BAD_FILE, "%s is a damaged JPEG file", file);
}

#else

bc_status
bc_jpeg_read(const char *file, unsigned char **rgb_p, int *nx_p, int *ny_p)
{
    (void)rgb_p; (void)nx_p; (void)ny_p;
    return bc_fail(BC_UNSUPPORTED, "%s is a JPEG file, and this build is without libjpeg", file);
}

#endif
