/* parfiles.h -- where parameter files are: the package's, a site's and the user's.
 *
 * Names, types, ranges and defaults are those of the package's file.  Values of a site go over its
 * defaults, the user's values over those.  PFILES="local:local;system:system" names the folders of
 * both, the first folder first; without it UPARM is the user's folder, and without both
 * $XDG_STATE_HOME/bandcast (~/.local/state/bandcast), in which runs learn nothing by themselves.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PARFILES_H
#define PARFILES_H

#include "par.h"

#define PARFILES_PACKAGE "bandcast"     /* the package's own parameters, )_.name in IRAF's words */

/* The parameters of TASK as the package has them, in the folder BANDCAST_PAR if that is set.  0 =
 * done; else what is wrong was said. */
int parfiles_package(const char *task, struct par_list *list, const struct par_ear *ear);

/* The name of that file; -1 = it is too long. */
int parfiles_package_file(const char *task, char *file, size_t size);

/* The same with a site's and the user's values.  A user's file or value that cannot be is passed
 * over with a warning. */
int parfiles_read(const char *task, struct par_list *list, const struct par_ear *ear);

/* Values, limits and prompts that stand in another parameter, )task.name, are fetched from
 * there. */
int parfiles_resolve(const char *task, struct par_list *list, const struct par_ear *ear);

/* The package's mode, "" if it has none. */
void parfiles_mode(char *mode, size_t size);

/* 1: runs are to remember what they were given: the user has said where, by PFILES or UPARM. */
int parfiles_learn(void);

/* Put the values of LIST marked PAR_KEEP into the user's file of TASK, take those marked PAR_FORGET
 * out of it; what other runs have put there since stays.  The file is replaced as a whole or not at
 * all.  0 = done, else a warning was said. */
int parfiles_save(const char *task, const struct par_list *list, const struct par_ear *ear);

/* ---- for parfiles_save ----------------------------------------------------------------------- */

/* The user's file of TASK; "" = there is no folder for one. */
void parfiles_user(const char *task, char *file, size_t size);

/* Could the value of FROM, a line of a user's file, be that of OURS?  If not, why is in TEXT, "" =
 * there is no such value or it has another type. */
int parfiles_fits(const struct par *ours, const struct par *from, const char *source, char *text,
                  size_t size);

#endif
