/* progress.c -- how far long work is.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "task.h"

enum { BAR = 40, BESIDE = 28, LINE = 96 };      /* columns of the bar, beside it; bytes of its line */

struct progress {
    double start, last_bar, last_line;      /* seconds */
    double begun_at;                        /* what was done at the start, of 1 */
    int    bar_percent, line_percent;       /* as last shown */
};

static volatile sig_atomic_t bar_is_shown;  /* columns of it on the process's one terminal */

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
progress_begin_at(struct progress *p, double done)
{
    if (p != NULL)
        p->begun_at = done;
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
        fprintf(stderr, "\r%*s\r", (int)bar_is_shown, "");
        fflush(stderr);
        bar_is_shown = 0;
    }
}

void
progress_abandon(void)
{
    if (bar_is_shown && write(STDERR_FILENO, "\n", 1) == 1)
        bar_is_shown = 0;
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

void
progress_left(const struct progress *p, double done, char *text, size_t size)
{
    if (p == NULL || !(done > p->begun_at))
        snprintf(text, size, "?");
    else
        time_text((now() - p->start) * (1.0 - done) / (done - p->begun_at), text, size);
}

/* What goes on a line of the terminal: its last column would begin another one. */
static int
line_width(void)
{
    struct winsize size;

    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 79;
    return size.ws_col > 1 ? size.ws_col - 1 : 1;
}

static void
show_bar(int percent, const char *left)
{
    static const char full[BAR + 1] = "========================================";
    char              line[LINE];
    int               width = line_width(), bar = width - BESIDE < BAR ? width - BESIDE : BAR;

    if (bar > 0)
        snprintf(line, sizeof line, "[%-*.*s] %3d %%, %s left", bar, percent * bar / 100, full, percent, left);
    else
        snprintf(line, sizeof line, "%d %%, %s left", percent, left);
    progress_wipe();
    fprintf(stderr, "%.*s", width, line);
    fflush(stderr);
    bar_is_shown = (int)strlen(line) < width ? (int)strlen(line) : width;
}

/* Is it time to show PERCENT, in steps of STEP, at most ten times a second?  The end is always shown. */
static int
is_due(int percent, int step, double t, int *last_percent, double *last)
{
    if (percent / step == *last_percent / step || (t - *last < 0.1 && percent < 100))
        return 0;
    *last_percent = percent;
    *last = t;
    return 1;
}

int
progress_tell(void *arg, double done)
{
    struct progress *p = arg;
    double           t = now();
    int              percent = (int)(100.0 * done + 1e-9), bar = isatty(STDERR_FILENO);
    char             left[32];

    if (p == NULL || task_verbose() < 1 || !(done > p->begun_at))
        return 0;
    progress_left(p, done, left, sizeof left);
    if ((!bar || !isatty(STDOUT_FILENO))
        && (task_verbose() >= 2 || t - p->start >= 1.0)
        && is_due(percent, task_verbose() >= 2 ? 1 : 10, t, &p->line_percent, &p->last_line))
        task_say(1, "%d %% done, %s left", percent, left);
    if (bar && is_due(percent, 1, t, &p->bar_percent, &p->last_bar))
        show_bar(percent, left);
    return 0;
}
