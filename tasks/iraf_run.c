/* iraf_run.c -- runs a task for IRAF's CL.
 *
 * The CL keeps this process for many runs.  Each run is a child, so that none can leave anything
 * behind, or take the connection with it when it fails.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "iraf_run.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "iraf_pipe.h"
#include "task.h"

/* The four ways of text from the child. */
enum { OUT, ERR, ERRORS, OUTPUTS, WAYS };

struct way {
    int    mine, theirs;        /* the ends of a pipe, -1 = closed */
    int    stream;              /* the CL's, or 0 = kept */
    char  *text;
    size_t n, size;
};

static void
close_fd(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

static int
open_ways(struct way *way)
{
    static const int stream[WAYS] = { [OUT] = IRAF_STDOUT, [ERR] = IRAF_STDERR };
    int              i, fd[2];

    for (i = 0; i < WAYS; i++)
        way[i] = (struct way){ .mine = -1, .theirs = -1, .stream = stream[i] };
    for (i = 0; i < WAYS; i++) {
        if (pipe(fd) != 0)
            return -1;
        way[i].mine = fd[0];
        way[i].theirs = fd[1];
        fcntl(fd[0], F_SETFD, FD_CLOEXEC);
        fcntl(fd[1], F_SETFD, FD_CLOEXEC);
    }
    return 0;
}

/* ---- the child ------------------------------------------------------------------------------- */

static void __attribute__((noreturn))
be_the_task(const struct iraf_run *run, struct way *way)
{
    int   input = run->input >= 0 ? run->input : open("/dev/null", O_RDONLY);
    FILE *errors = fdopen(way[ERRORS].theirs, "w"), *outputs = fdopen(way[OUTPUTS].theirs, "w");

    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (input < 0 || errors == NULL || outputs == NULL || dup2(input, STDIN_FILENO) < 0
        || dup2(way[OUT].theirs, STDOUT_FILENO) < 0 || dup2(way[ERR].theirs, STDERR_FILENO) < 0)
        _exit(EXIT_FAILURE);
    task_report_to(errors, outputs);
    exit(run->task(run->argc, run->argv));
}

/* ---- its text -------------------------------------------------------------------------------- */

/* Whole lines go to the CL, and all there is where FLUSH says so. */
static void
pass_on(struct way *way, int flush)
{
    size_t n = way->n;

    while (n > 0 && !flush && way->text[n - 1] != '\n')
        n--;
    if (way->stream == 0 || n == 0)
        return;
    iraf_pipe_print(way->stream, way->text, n);
    way->n -= n;
    memmove(way->text, way->text + n, way->n);
}

/* Take what has come; the way is closed at its end. */
static int
take(struct way *way)
{
    char    part[4096], *grown;
    ssize_t got = read(way->mine, part, sizeof part);

    if (got < 0 && errno == EINTR)
        return 0;
    if (got <= 0) {
        close_fd(&way->mine);
        return 0;
    }
    if (way->n + (size_t)got >= way->size) {
        grown = realloc(way->text, 2 * (way->n + sizeof part));
        if (grown == NULL)
            return -1;
        way->text = grown;
        way->size = 2 * (way->n + sizeof part);
    }
    memcpy(way->text + way->n, part, (size_t)got);
    way->n += (size_t)got;
    way->text[way->n] = '\0';
    pass_on(way, 0);
    return 0;
}

/* Take what comes until TIMEOUT; how many ways had something.  The signals and the CL's end are
 * added to *events_p. */
static int
take_any(struct way *way, int timeout, int *events_p)
{
    struct pollfd fd[WAYS];
    int           i, n = 0;

    for (i = 0; i < WAYS; i++)
        fd[i] = (struct pollfd){ .fd = way[i].mine, .events = POLLIN };    /* poll passes over -1 */
    *events_p |= iraf_pipe_wait(fd, WAYS, timeout);
    for (i = 0; i < WAYS; i++)
        if (fd[i].revents != 0) {
            if (take(&way[i]) != 0)
                *events_p |= IRAF_INTERRUPT;
            n++;
        }
    return n;
}

/* Until the child has ended.  A process that it left running may hold the ways open for ever. */
static void
follow(struct iraf_run *run, struct way *way, pid_t child, struct rusage *used)
{
    while (wait4(child, &run->status, WNOHANG, used) == 0) {
        int events = 0;

        take_any(way, -1, &events);
        if ((events & IRAF_INTERRUPT) || (events & ~run->events & IRAF_GONE))
            kill(child, SIGTERM);       /* perhaps twice: a task may take the first as a wish */
        run->events |= events;
    }
    while (take_any(way, 0, &run->events) > 0)
        ;
    pass_on(&way[OUT], 1);
    pass_on(&way[ERR], 1);
}

/* As IRAF's own tasks do it: seconds of the processor, minutes and seconds of the clock, the share
 * of it. */
static void
tell_time(const char *task, const struct rusage *used, double clock)
{
    char   text[256];
    double seconds = (double)(used->ru_utime.tv_sec + used->ru_stime.tv_sec)
                     + 1e-6 * (double)(used->ru_utime.tv_usec + used->ru_stime.tv_usec);

    snprintf(text, sizeof text, "Time (%s) %.3f %ld:%02ld %.0f%%\n", task, seconds,
             (long)clock / 60, (long)clock % 60, clock > 0.0 ? 100.0 * seconds / clock : 100.0);
    iraf_pipe_print(IRAF_STDERR, text, strlen(text));
}

int
iraf_run(struct iraf_run *run)
{
    struct way    way[WAYS];
    struct rusage used = { 0 };
    time_t        start = time(NULL);
    sigset_t      held, before;
    pid_t         child = -1;
    int           i;

    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    if (open_ways(way) == 0) {
        sigprocmask(SIG_BLOCK, &held, &before);         /* at first the child has our handler */
        child = fork();
        if (child == 0) {
            signal(SIGTERM, SIG_DFL);
            sigprocmask(SIG_SETMASK, &before, NULL);
            be_the_task(run, way);
        }
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    for (i = 0; i < WAYS; i++)
        close_fd(&way[i].theirs);
    if (child > 0) {
        follow(run, way, child, &used);
        if (run->timed)
            tell_time(run->argv[0], &used, difftime(time(NULL), start));
    }
    for (i = 0; i < WAYS; i++)
        close_fd(&way[i].mine);
    run->errors = way[ERRORS].text;
    run->outputs = way[OUTPUTS].text;
    free(way[OUT].text);
    free(way[ERR].text);
    return child > 0 ? 0 : -1;
}
