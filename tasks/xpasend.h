/* xpasend.h -- requests to an XPA access point, such as a DS9.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef XPASEND_H
#define XPASEND_H

#include "bandcast.h"

/* Send DATA with the words WORDS ("tcl") to the one access point that WHERE means: a template
 * ("DS9:*"), a name or a method (a socket path, "7f000001:44433").  BC_BAD_ARG if there is none or
 * more than one; the other side's answer to a bad request becomes the message of BC_BAD_FILE. */
bc_status xpa_send(const char *where, const char *words, const char *data);

#endif
