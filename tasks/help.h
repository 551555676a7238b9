/* help.h -- what a task says about itself: its page, help/<task>.hlp, or a part of it.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef HELP_H
#define HELP_H

#include <stdio.h>

/* Print the page of TASK on stdout, as wide as the terminal.  -1: it cannot be read. */
int help_print(const char *task);

/* Print what TASK's page says about one parameter.  -1: nothing, or the page cannot be read. */
int help_parameter(const char *task, const char *parameter, FILE *to);

#endif
