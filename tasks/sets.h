/* sets.h -- which images a task works on.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef SETS_H
#define SETS_H

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

#endif
