/* wildcard.h -- names of files by patterns: * ? [abc] [!a-c], and %old%new%, which puts new where
 * the file's name has old.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef WILDCARD_H
#define WILDCARD_H

#include <stddef.h>

#include "stringlist.h"

/* Whether the N characters of PATTERN have something of that. */
int wildcard_is_in(const char *pattern, size_t n);

/* Whether PATTERN is substitutions alone, "%old%new%", which edit other names. */
int wildcard_is_edit(const char *pattern);

/* Add the names of the files that match, sorted, as edited.  None is BC_BAD_FILE. */
bc_status wildcard_expand(const char *pattern, struct strings *s);

/* NAME as PATTERN edits it, in the caller's memory; NULL: it does not match, or out of memory. */
char *wildcard_edit(const char *pattern, const char *name);

#endif
