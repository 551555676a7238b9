/* gzip.h -- a file, packed.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_GZIP_H
#define BC_GZIP_H

#include "status.h"

/* All of the file FROM into the empty file TO, which is going to be called NAME. */
bc_status bc_gzip(int from, int to, const char *name);

#endif
