/* status.h -- how a function of the library fails.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_STATUS_H
#define BC_STATUS_H

#include "bandcast.h"

/* Keep one sentence for bc_message() and return STATUS.  The function that first sees a failure words it: the
 * thing, then the fact, no guess, no full stop.  Control characters in names become '?'. */
bc_status bc_fail(bc_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for memory: "out of memory (NBYTES bytes for WHAT)". */
bc_status bc_fail_memory(size_t nbytes, const char *what);

/* The same for a file that could not be written, from errno: BC_NO_ROOM or BC_BAD_FILE. */
bc_status bc_fail_write(const char *name);

/* BC_BAD_ARG if a caller's TEXT is NULL; WHAT it is: "a file's name". */
bc_status bc_need_text(const char *text, const char *what);

#endif
