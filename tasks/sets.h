/* sets.h -- which images a task works on.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef SETS_H
#define SETS_H

#include <stdio.h>

#include "bandcast.h"

struct strings { char **text; int n; };     /* all zero = empty */

void strings_free(struct strings *s);

/* Add a copy of TEXT. */
bc_status strings_add(struct strings *s, const char *text);

/* Split at commas, blanks around each item dropped; a comma within [] or () belongs to the item.  "" gives none;
 * an empty item is BC_BAD_ARG. */
bc_status strings_split(const char *list, struct strings *s);

/* A parameter that names one or many sets: "@file" = its lines, without blank ones and # comments; anything else is
 * one set.  BC_BAD_FILE if the file cannot be read or holds none. */
bc_status sets_read(const char *value, struct strings *s);

/* Open a text file that a user named; WHAT ("list", "catalogue") is for the sentence.  A pipe that nobody writes to
 * is an empty file: nothing is waited for. */
bc_status sets_open_text(const char *what, const char *file, FILE **f_p);

/* BC_OK if OUTPUT may be written: bc_output_check, and it is none of the files that SETS ("a.fits,b.fits[SCI]") name,
 * under whatever name. */
bc_status sets_check_output(const char *output, int clobber, const struct strings *sets);

#endif
