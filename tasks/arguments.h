/* arguments.h -- a task's command line.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "par.h"

/* Set the parameters of LIST from the command line: positionals go to the parameters of mode a in their order;
 * name=value, name = value, name+ and name- by name or unique abbreviation; behind -- all are positionals.  "name="
 * empties a text; any other parameter takes the next argument.  Each thing wrong goes to COMPLAIN. */
void arguments_read(struct par_list *list, int argc, char **argv, void (*complain)(const char *sentence));

/* 1: OPTION ("--help") is among the arguments before --. */
int arguments_have(int argc, char **argv, const char *option);

/* Every parameter that is missing or has a value that may not be goes to COMPLAIN. */
void arguments_check(struct par_list *list, void (*complain)(const char *sentence));

#endif
