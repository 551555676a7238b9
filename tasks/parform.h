/* parform.h -- parameters in a form that fills the terminal.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PARFORM_H
#define PARFORM_H

#include "bandcast.h"
#include "par.h"

/* Let the user change the values of LIST, the parameters of TASK, each checked when its field is left.  BC_OK: those
 * that were changed are marked PAR_KEEP.  BC_STOPPED: the user gave up.  BC_UNSUPPORTED: no terminal, or this build
 * has no ncurses. */
bc_status parform_edit(const char *task, struct par_list *list);

#endif
