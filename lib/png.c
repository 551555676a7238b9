/* png.c -- the only file that sees libpng.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "source.h"
#include "status.h"

#ifdef HAVE_PNG

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>

enum { MOST = 1 << 13 };                    /* pixels of an axis */

struct reading {
    png_structp    png;
    png_infop      info;
    FILE          *f;
    unsigned char *rgb;
    png_bytep     *row;
    int            nx, ny, grey;
};

static void
fail(png_structp png, png_const_charp text)
{
    (void)text;
    longjmp(png_jmpbuf(png), 1);            /* worded by who called */
}

static void
ignore(png_structp png, png_const_charp text)
{
    (void)png;
    (void)text;
}

/* 0 if libpng jumped out of it.  All that must survive the jump is in R. */
static int
read_rows(struct reading *r)
{
    int y;

    if (setjmp(png_jmpbuf(r->png)) != 0)
        return 0;
    png_init_io(r->png, r->f);
    png_set_user_limits(r->png, MOST, MOST);
    png_read_info(r->png, r->info);
    r->grey = (png_get_color_type(r->png, r->info) & PNG_COLOR_MASK_COLOR) == 0;
    if (r->grey)
        return 0;
    png_set_expand(r->png);
    png_set_strip_16(r->png);
    png_set_strip_alpha(r->png);
    png_set_interlace_handling(r->png);
    png_read_update_info(r->png, r->info);
    r->nx = (int)png_get_image_width(r->png, r->info);
    r->ny = (int)png_get_image_height(r->png, r->info);
    if (png_get_rowbytes(r->png, r->info) != (size_t)3 * r->nx)
        return 0;
    r->rgb = malloc((size_t)3 * r->nx * r->ny);
    r->row = malloc((size_t)r->ny * sizeof *r->row);
    if (r->rgb == NULL || r->row == NULL)
        return 0;
    for (y = 0; y < r->ny; y++)
        r->row[y] = r->rgb + (size_t)3 * r->nx * y;
    png_read_image(r->png, r->row);
    return 1;
}

bc_status
bc_png_read(const char *file, unsigned char **rgb_p, int *nx_p, int *ny_p)
{
    struct reading r = { .f = fopen(file, "rb") };
    int            good = 0;

    r.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, NULL, fail, ignore);
    r.info = r.png != NULL ? png_create_info_struct(r.png) : NULL;
    if (r.f != NULL && r.info != NULL)
        good = read_rows(&r);
    if (r.png != NULL)
        png_destroy_read_struct(&r.png, &r.info, NULL);
    if (r.f != NULL)
        fclose(r.f);
    free(r.row);
    if (!good) {
        free(r.rgb);
        return r.grey ? bc_fail(BC_BAD_SHAPE, "%s is grey, three bands need a picture in colour", file)
                      : bc_fail(BC_BAD_FILE, "%s is a damaged PNG file", file);
    }
    *rgb_p = r.rgb;
    *nx_p = r.nx;
    *ny_p = r.ny;
    return BC_OK;
}

#else

bc_status
bc_png_read(const char *file, unsigned char **rgb_p, int *nx_p, int *ny_p)
{
    (void)rgb_p; (void)nx_p; (void)ny_p;
    return bc_fail(BC_UNSUPPORTED, "%s is a PNG file, and this build is without libpng", file);
}

#endif
