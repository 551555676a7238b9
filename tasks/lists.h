/* lists.h -- lists of images as users write them: commas, @files, wildcards, %old%new%, //, ranges
 * of extensions.  help/bandlists.hlp is the rule book.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef LISTS_H
#define LISTS_H

#include <stdio.h>
#include <sys/stat.h>

#include "stringlist.h"

enum list_use {
    LIST_NAMES,     /* each item of TEXT is a name, or many */
    LIST_OUTPUTS,   /* the same for files to be written: they need not exist */
    LIST_SETS       /* items between commas are of one set: "a.fits,b.fits"; lists give many */
};

/* Add what TEXT names.  LIST_SETS gives texts that strings_split takes apart.  A list that cannot
 * be read or gives nothing is BC_BAD_FILE, what breaks the rules BC_BAD_ARG. */
bc_status lists_expand(const char *text, enum list_use use, struct strings *s);

/* Was the file S read as a list in this run? */
int lists_have_read(const struct stat *s);

/* Open a text file that a user named; WHAT ("list", "catalogue") is for the sentence.  A pipe that
 * nobody writes to is an empty file: nothing is waited for. */
bc_status lists_open(const char *what, const char *file, FILE **f_p);

/* Take off the mark that some programs begin a text in UTF-8 with; LINE is its first. */
void lists_skip_mark(char *line);

#endif
