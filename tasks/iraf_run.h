/* iraf_run.h -- runs a task for IRAF's CL.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef IRAF_RUN_H
#define IRAF_RUN_H

struct iraf_run {
    int  (*task)(int argc, char **argv);
    int    argc;
    char **argv;
    int    input;           /* its standard input, or -1 */
    int    timed;           /* say how long it took */
    /* what comes of it */
    int    events;          /* IRAF_INTERRUPT: the CL interrupted; IRAF_GONE */
    int    status;          /* as waitpid gives it */
    char  *errors;          /* why it failed, a line a sentence; to be freed */
    char  *outputs;         /* "name=value" a line; to be freed */
};

/* Run the task in a process of its own; what it prints goes to the CL meanwhile.  The CL's
 * interrupt, and its end, end the task as a signal does.  -1: no process, pipe or memory for it. */
int iraf_run(struct iraf_run *run);

#endif
