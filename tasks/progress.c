/* progress.c -- how far long work is.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "task.h"

enum { BAR = 40 };

struct progress {
    double start, last_said;        /* seconds */
    int    last_percent;
};

static int bar_is_shown;            /* on the process's one terminal */

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

struct progress *
progress_open(void)
{
    struct progress *p = calloc(1, sizeof *p);

    if (p != NULL)
        p->start = now();
    return p;
}

void
progress_close(struct progress *p)
{
    progress_wipe();
    free(p);
}

void
progress_wipe(void)
{
    if (bar_is_shown) {
        fprintf(stderr, "\r%*s\r", BAR + 30, "");
        fflush(stderr);
        bar_is_shown = 0;
    }
}

/* "12 s", "3 min 20 s", "2 h 05 min" */
static void
time_text(double seconds, char *text, size_t size)
{
    long s = seconds > 0.0 ? (long)(seconds + 0.5) : 0;

    if (s < 60)
        snprintf(text, size, "%ld s", s);
    else if (s < 3600)
        snprintf(text, size, "%ld min %02ld s", s / 60, s % 60);
    else
        snprintf(text, size, "%ld h %02ld min", s / 3600, s / 60 % 60);
}

static void
show_bar(int percent, const char *left)
{
    char bar[BAR + 1];
    int  filled = percent * BAR / 100;

    memset(bar, ' ', BAR);
    memset(bar, '=', (size_t)filled);
    bar[BAR] = '\0';
    progress_wipe();
    fprintf(stderr, "[%s] %3d %%, %s left", bar, percent, left);
    fflush(stderr);
    bar_is_shown = 1;
}

int
progress_tell(void *arg, double done)
{
    struct progress *p = arg;
    double           t = now(), elapsed;
    int              percent = (int)(100.0 * done), terminal = isatty(STDERR_FILENO);
    int              step = terminal || task_verbose() >= 2 ? 1 : 10;
    char             left[32];

    if (p == NULL || task_verbose() < 1 || percent / step == p->last_percent / step
        || (t - p->last_said < 0.1 && percent < 100))
        return 0;
    elapsed = t - p->start;
    p->last_percent = percent;
    p->last_said = t;
    time_text(done > 0.0 ? elapsed / done - elapsed : 0.0, left, sizeof left);
    if (terminal)
        show_bar(percent, left);
    else
        task_say(1, "%d %% done, %s left", percent, left);
    return 0;
}
