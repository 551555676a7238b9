/* stringlist.h -- lists of strings, and texts with commas between them.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef STRINGLIST_H
#define STRINGLIST_H

#include <stddef.h>

#include "bandcast.h"

struct strings { char **text; int n; };     /* all zero = empty */

void strings_free(struct strings *s);

/* Add a copy of TEXT, of its first N characters. */
bc_status strings_add(struct strings *s, const char *text);
bc_status strings_add_part(struct strings *s, const char *text, size_t n);
/* As a list for strings_split that has this one item. */
bc_status strings_add_quoted(struct strings *s, const char *text);

/* Split at commas, blanks around each item dropped; a comma within [] or () belongs to the item, as
 * do all characters of quotes at its start, which are taken off.  "" gives none; an empty item is
 * BC_BAD_ARG. */
bc_status strings_split(const char *list, struct strings *s);

/* The same with the quotes left on. */
bc_status strings_split_raw(const char *list, struct strings *s);

/* The length of what stands in quotes at ITEM's start, quotes included; 0 = nothing. */
size_t strings_quoted(const char *item);

/* The items of S as strings_split takes them apart, in the caller's memory; NULL: there is none. */
char *strings_join(const struct strings *s);

#endif
