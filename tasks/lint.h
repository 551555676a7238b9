/* lint.h -- what IRAF, PyRAF, HEASoft's APE and PIL would refuse or misread in a parameter file.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef LINT_H
#define LINT_H

#include <stdio.h>

/* Print a line "FILE:line: what" to TO for everything in FILE that one of them would not read as it is meant.  The
 * number of them; -1 = FILE cannot be read (errno). */
int lint_file(const char *file, FILE *to);

#endif
