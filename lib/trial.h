/* trial.h -- reading that may go very wrong is tried in a child process first.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_TRIAL_H
#define BC_TRIAL_H

#include "status.h"

/* Run ATTEMPT(ARG) in a copy of this process, of which nothing but the status and its sentence comes
 * back.  If the copy dies or takes more than SECONDS of processor time, that is BC_BAD_FILE: "FILE is
 * damaged". */
bc_status bc_trial(const char *file, bc_status (*attempt)(void *arg), void *arg, int seconds);

#endif
