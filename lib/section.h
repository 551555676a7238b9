/* section.h -- the header of an image section.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_SECTION_H
#define BC_SECTION_H

#include "header.h"

/* Make H, as CFITSIO gives it for the NX x NY pixels of NAME, true; without a section nothing is done.  *STEPS_P = of
 * how many pixels of the original one is here: the product of the section's steps. */
bc_status bc_header_section(struct bc_header *h, const char *name, long nx, long ny, int *steps_p);

#endif
