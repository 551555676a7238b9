/* zipfile.h -- one member of a zip archive; zip.c alone sees libzip.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_ZIPFILE_H
#define BC_ZIPFILE_H

#include "status.h"

/* The member called MEMBER of FILE, at most MOST bytes of it and one NUL after them; the caller frees
 * it.  *bytes_p is NULL if there is no such member. */
bc_status bc_zip_read(const char *file, const char *member, size_t most, char **bytes_p,
                      size_t *n_p);

#endif
