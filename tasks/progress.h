/* progress.h -- how far long work is: a bar with time left on a terminal, plain lines in a log or for another program.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef PROGRESS_H
#define PROGRESS_H

#include <stddef.h>

struct progress;

struct progress *progress_open(void);               /* the clock starts; NULL (no memory) is fine below */
void             progress_close(struct progress *progress);

/* Work that was begun in an earlier run: DONE of it, from 0 to 1, took none of this run's time. */
void progress_begin_at(struct progress *progress, double done);

/* "3 min 20 s": what is left when DONE is done. */
void progress_left(const struct progress *progress, double done, char *text, size_t size);

/* A bc_tell: ARG is the struct progress.  Always 0.  The bar is drawn where stderr is a terminal; lines
 * "task: 40 % done, 12 s left" go to stdout unless both are one: every 10 %, of what takes more than a second, or with
 * verbose=2 every 1 %, never more than ten a second.  verbose=0 says nothing. */
int progress_tell(void *arg, double done);

/* Wipe the bar before other text; it comes back with the next progress_tell. */
void progress_wipe(void);

/* End the bar's line, from a signal handler. */
void progress_abandon(void);

#endif
