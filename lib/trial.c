/* trial.c -- reading that may go very wrong is tried in a child process first.
 *
 * libhdf5 trusts what stands in a file: a few flipped bits can make it read from anywhere, turn in a
 * circle, or keep objects that it complains of when the program ends.  A file that a child has read
 * without harm does none to its parent, who does the same again.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "trial.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "h5file.h"

/* Nothing of the parent's is left to act: no handlers, no messages of the C library's. */
static void
isolate(int seconds)
{
    static const int signals[] = { SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGXCPU, SIGINT, SIGTERM };
    struct rlimit    time = { .rlim_cur = (rlim_t)seconds, .rlim_max = (rlim_t)seconds + 1 };
    struct rlimit    core = { .rlim_cur = 0, .rlim_max = 0 };
    int              none = open("/dev/null", O_RDWR);
    size_t           i;

    for (i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_CORE, &core);
    if (none >= 0)
        dup2(none, 2);
}

static void
child(int out, bc_status (*attempt)(void *arg), void *arg, int seconds)
{
    bc_status st;
    size_t    n;

    isolate(seconds);
    st = attempt(arg);
    n = st != BC_OK ? strlen(bc_message()) : 0;
    if (write(out, &st, sizeof st) != sizeof st || (n > 0 && write(out, bc_message(), n) != (ssize_t)n))
        _exit(1);
    _exit(0);                               /* the child's end: without what atexit would do */
}

/* All that the child says, up to SIZE bytes. */
static size_t
hear(int in, char *text, size_t size)
{
    size_t  n = 0;
    ssize_t got = 1;

    while (n < size && (got > 0 || (got < 0 && errno == EINTR))) {
        got = read(in, text + n, size - n);
        n += got > 0 ? (size_t)got : 0;
    }
    return n;
}

bc_status
bc_trial(const char *file, bc_status (*attempt)(void *arg), void *arg, int seconds)
{
    struct { bc_status st; char text[2048]; } said = { BC_OK, "" };
    int    ends[2], how = 0;
    size_t n;
    pid_t  pid;

    if (pipe(ends) != 0)
        return bc_fail(BC_NO_MEMORY, "no pipe to a child process: %s", strerror(errno));
    bc_h5_hold();           /* a lock that another thread has would never be free in the child */
    pid = fork();
    bc_h5_resume();
    if (pid == 0) {
        close(ends[0]);
        child(ends[1], attempt, arg, seconds);
    }
    close(ends[1]);
    n = pid > 0 ? hear(ends[0], (char *)&said, sizeof said - 1) : 0;
    close(ends[0]);
    while (pid > 0 && waitpid(pid, &how, 0) < 0 && errno == EINTR)
        ;
    if (pid < 0)
        return bc_fail(BC_NO_MEMORY, "no child process: %s", strerror(errno));
    if (!WIFEXITED(how) || WEXITSTATUS(how) != 0 || n < sizeof said.st)
        return bc_fail(BC_BAD_FILE, "%s is damaged", file);
    return said.st == BC_OK ? BC_OK : bc_fail(said.st, "%s", said.text);
}
