/* task.h -- the frame of a task: parameters in, one line of error and the exit status out.
 *
 *     struct pars { const char *input; int clobber; };
 *     static const struct task_par table[] = {
 *         { "input",   TASK_STRING, offsetof(struct pars, input)   },
 *         { "clobber", TASK_BOOL,   offsetof(struct pars, clobber) },
 *         { NULL,      0,           0                              }
 *     };
 *     int bandx(int argc, char **argv)
 *     {
 *         struct pars p;
 *         bc_status   st = task_begin("bandx", argc, argv, table, &p);
 *
 *         if (st == BC_OK)
 *             st = work(&p);
 *         return task_end(st);
 *     }
 *
 * Defaults, types, ranges and modes stand in par/bandx.par alone, explanations in help/bandx.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef TASK_H
#define TASK_H

#include <limits.h>
#include <stddef.h>
#include <stdio.h>

#include "bandcast.h"

enum task_type { TASK_STRING, TASK_BOOL, TASK_INT, TASK_REAL };  /* const char *, int 0 or 1, int, double */

#define TASK_INDEF_INT INT_MIN      /* an undefined int; an undefined real is NaN */

struct task_par {
    const char    *name;
    enum task_type type;
    size_t         offset;          /* in the task's struct; all parameters of the .par but mode are there */
};

/* Fill PARS from the parameter files and the command line.  Everything wrong is said at once on stderr.
 * Not BC_OK: go straight to task_end (also after --help and the like, which then gives 0). */
bc_status task_begin(const char *name, int argc, char **argv, const struct task_par *table, void *pars);
/* The same; CHECK, which may be NULL, looks at PARS for what their file cannot know: so does --check, then. */
bc_status task_begin_checked(const char *name, int argc, char **argv, const struct task_par *table, void *pars,
                             bc_status (*check)(const void *pars));

/* Keep the task's own sentence for task_end and return STATUS; BC_BAD_ARG makes the exit status 2. */
bc_status task_fail(bc_status status, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Why the work failed: this thread's own sentence, else the library's. */
const char *task_why(void);

/* Of a thread that works beside others: its lines for stdout wait, and come together, or not at all. */
void task_gather(void);
void task_release(int print);

/* What this thread says on stdout from now on begins with WHAT, which stays the caller's; NULL: it does no longer. */
void task_about(const char *what);

/* Say on stderr why a part of the run, called WHAT, has failed; the run goes on. */
void task_complain(const char *what);

/* "s" unless N is 1. */
static inline const char *task_s(long n) { return n == 1 ? "" : "s"; }

/* "task: text" on stdout if verbose >= LEVEL. */
void task_say(int level, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "task: warning: text" on stderr, whatever verbose is. */
void task_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* The value of verbose, and the task's name. */
int         task_verbose(void);
const char *task_name(void);

/* From now on the first signal does not end the process, but task_is_stopped tells of it; a second
 * one does, other than SIGHUP and SIGPIPE.  A task that then fails ends by that signal in task_end, as its shell
 * expects. */
void task_hold_signals(void);
int  task_is_stopped(void);

/* The value of an output parameter, INDEF if it is not finite: for scripts that run the task in
 * IRAF's CL, and for the user's parameter file. */
void task_output(const char *name, double value);

/* For who runs tasks in another program: why a run failed goes to ERRORS instead of stderr, a line a
 * sentence, without the task's name; output parameters to OUTPUTS, "name=value" a line. */
void task_report_to(FILE *errors, FILE *outputs);

/* One line of error on stderr unless ST is BC_OK; the exit status: 0, 1 a failed run, 2 wrong parameters. */
int task_end(bc_status st);

#endif
