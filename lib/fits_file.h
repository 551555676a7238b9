/* fits_file.h -- what an open FITS file is, for fits*.c: only they include this, and only this sees
 * CFITSIO.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_FITS_FILE_H
#define BC_FITS_FILE_H

#include "fits.h"

#include <fitsio.h>

#include "newfile.h"

struct bc_fits {
    fitsfile         *file;
    char             *name;     /* as the caller said it, for messages */
    int               plain;    /* the name is a path and nothing else */
    struct bc_newfile out;      /* all zero: read only */
    struct bc_newfile packed;   /* what commit makes of it; all zero: nothing else */
    void             *memory;   /* the whole file, where it had to be padded */
    size_t            size;
};

/* One sentence of ours, WHAT, with CFITSIO's reason.  check: BC_OK for STATUS 0. */
bc_status bc_fits_fail(const struct bc_fits *f, int status, const char *what);
bc_status bc_fits_check(const struct bc_fits *f, int status, const char *what);

/* The smallest FITS file into the empty FD, so that CFITSIO opens it.  finish: commit's cards in every
 * HDU of FILE. */
bc_status bc_fits_seed(const struct bc_fits *f, int fd);
void      bc_fits_finish(fitsfile *file, int *status);
/* f->out, complete and closed, into f->packed. */
bc_status bc_fits_pack(const struct bc_fits *f);

/* Give the current HDU the cards that commit fills in.  Before its data are written: later, a
 * header that needs another block would move them all. */
void      bc_fits_stamp(fitsfile *file, int *status);

#endif
