/* fits_pack.c -- compressed FITS files: tiles (CFITSIO's, Pence et al. 2010) and gzip.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "fits_file.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "gzip.h"

/* The images of IN as extensions of OUT, a row a tile: integers by Rice's algorithm, floats byte by
 * byte (GZIP_2) and bit for bit, NaN included. */
static void
pack_images(fitsfile *in, fitsfile *out, int *status)
{
    int count = 0, bitpix = 0, i;

    fits_get_num_hdus(in, &count, status);
    for (i = 1; i <= count && *status == 0; i++) {      /* each takes the settings with it */
        fits_movabs_hdu(in, i, NULL, status);
        fits_get_img_type(in, &bitpix, status);
        fits_set_quantize_level(out, 0.0f, status);     /* 0 = not at all */
        fits_set_compression_type(out, bitpix < 0 ? GZIP_2 : RICE_1, status);
        fits_img_compress(in, out, status);
    }
}

static bc_status
pack_tiles(const struct bc_fits *f)
{
    fitsfile *in = NULL, *out = NULL;
    int       status = 0, closed = 0;

    errno = 0;
    fits_open_diskfile(&in, f->out.temporary, READONLY, &status);
    fits_open_diskfile(&out, f->packed.temporary, READWRITE, &status);
    if (status == 0)
        pack_images(in, out, &status);
    if (status == 0)
        bc_fits_finish(out, NULL, &status);
    if (out != NULL)
        fits_close_file(out, status == 0 ? &status : &closed);
    closed = 0;
    if (in != NULL)
        fits_close_file(in, &closed);
    return bc_fits_check(f, status, "could not be written");
}

bc_status
bc_fits_pack(const struct bc_fits *f)
{
    const size_t n = strlen(f->name);
    bc_status    st;

    if (strcasecmp(f->name + n - 3, ".gz") == 0)
        return bc_gzip(f->out.fd, f->packed.fd, f->name);
    st = bc_fits_seed(f, f->packed.fd);
    return st == BC_OK ? pack_tiles(f) : st;
}
