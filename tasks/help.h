/* help.h -- prints a task's help page, help/<task>.hlp, as text.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

/* Print the page of TASK on stdout, as wide as the terminal.  -1: it cannot be read. */
int help_print(const char *task);

/* The same from an open file, WIDTH columns wide, with bold face where BOLD. */
void help_format(FILE *from, FILE *to, int width, int bold);

#endif
