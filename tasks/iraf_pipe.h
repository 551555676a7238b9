/* iraf_pipe.h -- the connection with IRAF's CL, or PyRAF, over this process's standard input and
 * output.
 *
 * Both sides send records: the bytes 'P' and 2, the length of the rest in bytes as a 16-bit
 * integer, then 16-bit characters.  The CL interrupts with SIGTERM.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef IRAF_PIPE_H
#define IRAF_PIPE_H

#include <poll.h>
#include <stddef.h>

enum { IRAF_STDIN = 3, IRAF_STDOUT = 4, IRAF_STDERR = 5 };     /* the CL's numbers of its streams */

/* What iraf_pipe_wait has seen. */
enum { IRAF_INTERRUPT = 1, IRAF_GONE = 2, IRAF_CHILD = 4 };

/* From now on signals are heard.  -1: no more files can be opened. */
int iraf_pipe_open(void);

/* The CL's next line without its newline, until the next call.  NULL: there is none, and *event_p
 * is IRAF_GONE or IRAF_INTERRUPT; what had come before an interrupt is dropped. */
const char *iraf_pipe_line(int *event_p);

/* Commands for the CL, as one record where they fit. */
void iraf_pipe_send(const char *text);

/* N characters for its STREAM. */
void iraf_pipe_print(int stream, const char *text, size_t n);

/* Up to SIZE characters of the CL's STDIN; 0 = its end, or *event_p as above. */
size_t iraf_pipe_read(char *text, size_t size, int *event_p);

/* Wait as poll does, at most TIMEOUT ms if it is not negative; the CL's end of the connection and
 * signals count as well.  The events seen. */
int iraf_pipe_wait(struct pollfd *fd, int n, int timeout);

/* 1: somebody sits at the CL's terminal and can answer its queries. */
int iraf_pipe_interactive(void);

#endif
