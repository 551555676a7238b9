/* arguments.h -- a task's command line.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef ARGUMENTS_H
#define ARGUMENTS_H

#include "par.h"

/* Options, which stand before -- and are no parameters. */
enum { ARGUMENTS_HELP = 1, ARGUMENTS_VERSION = 2, ARGUMENTS_DUMP = 4, ARGUMENTS_CHECK = 8 };

/* Those of the command line, and 0. */
int arguments_options(int argc, char **argv);

/* Set the parameters of LIST, those of TASK, from the command line: positionals go to the
 * parameters that are not hidden, in their order; name=value, name = value, name+ and name- by name
 * or unique abbreviation; @@file gives what the command line does not; behind -- all are
 * positionals.  "name=" empties a text; any other parameter takes the next argument.  What is wrong
 * is said. */
void arguments_read(const char *task, struct par_list *list, int argc, char **argv,
                    const struct par_ear *ear);

/* Set parameters from the N bytes of a file: lines of a parameter file, "name = value", or
 * "task.name = value" as IRAF's dparam writes them.  What the command line has set stays. */
void arguments_read_text(const char *task, struct par_list *list, const char *text, size_t n,
                         const char *file, const struct par_ear *ear);

/* Every parameter whose value may not be is said; that one is missing is said by who asks for
 * it.  GIVEN: only of values that the command line or a file of it has in so many words. */
void arguments_check(struct par_list *list, int given, const struct par_ear *ear);

#endif
