/* status.c -- this thread's last failure, in one sentence.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "config.h"

static _Thread_local char message[2048];      /* the longest name that CFITSIO takes, and what is wrong with it */

bc_status
bc_fail(bc_status status, const char *format, ...)
{
    char    text[sizeof message];   /* the last failure may be part of this one */
    va_list args;
    char   *c;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(message, text, sizeof message);
    for (c = message; *c != '\0'; c++)      /* a file name must not break the line or drive the terminal */
        if ((unsigned char)*c < ' ' || *c == 127)
            *c = '?';
    return status;
}

bc_status
bc_fail_memory(size_t nbytes, const char *what)
{
    return bc_fail(BC_NO_MEMORY, "out of memory (%zu bytes for %s)", nbytes, what);
}

bc_status
bc_fail_write(const char *name)
{
    return bc_fail(errno == ENOSPC || errno == EDQUOT || errno == EFBIG ? BC_NO_ROOM : BC_BAD_FILE,
                   "%s cannot be written: %s", name, strerror(errno));
}

bc_status
bc_need_text(const char *text, const char *what)
{
    return text != NULL ? BC_OK : bc_fail(BC_BAD_ARG, "%s is missing", what);
}

const char *
bc_message(void)
{
    return message;
}

const char *
bc_version(void)
{
    return PACKAGE_VERSION;
}
