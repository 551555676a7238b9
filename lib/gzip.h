/* gzip.h -- a file, packed, and unpacked.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_GZIP_H
#define BC_GZIP_H

#include <stddef.h>

#include "status.h"

/* All of the file FROM into the empty file TO, which is going to be called NAME. */
bc_status bc_gzip(int from, int to, const char *name);

/* The first SIZE bytes of FILE, which may be packed, into BYTES; 0 if it cannot be read or is shorter. */
int bc_gunzip(const char *file, void *bytes, size_t size);

#endif
