/* parfiles.h -- where parameter files are: the package's, the site's and the user's.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PARFILES_H
#define PARFILES_H

#include "par.h"

/* The parameters of TASK.  Names, types, ranges and defaults are those of the package's file, in the folder
 * BANDCAST_PAR if that is set.  Values in the first <task>.par of PFILES' system folders go over them, and those in the
 * first of its local folders ("local:local;system:system") over these; without PFILES those of the folder UPARM.
 * 0 = done; else COMPLAIN has heard what is wrong.  A user's file or value that cannot be is passed over with a
 * sentence to WARN. */
int parfiles_read(const char *task, struct par_list *list, void (*complain)(const char *sentence),
                  void (*warn)(const char *sentence));

#endif
