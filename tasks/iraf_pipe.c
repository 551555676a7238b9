/* iraf_pipe.c -- the connection with IRAF's CL.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "iraf_pipe.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    RECORD = 2048,                      /* most characters of a record */
    FDS = 8                             /* most files that are waited for at once */
};

static const unsigned char MAGIC[2] = { 'P', 2 };

/* The one connection of this process. */
static struct {
    char  *text;                        /* what has come and is not read yet, from at to n */
    size_t at, n, size;
    int    gone;                        /* its end has been told */
    int    signals[2];                  /* a pipe: the handler writes a letter for each signal */
} cl;

/* ---- signals --------------------------------------------------------------------------------- */

static void
on_signal(int number)
{
    char letter = number == SIGTERM ? 'T' : 'C';
    int  saved = errno;

    if (write(cl.signals[1], &letter, 1) < 0)
        letter = ' ';                   /* the pipe is full: it is being woken anyhow */
    errno = saved;
}

int
iraf_pipe_open(void)
{
    struct sigaction own = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };
    int              i;

    if (pipe(cl.signals) != 0)
        return -1;
    for (i = 0; i < 2; i++) {
        fcntl(cl.signals[i], F_SETFD, FD_CLOEXEC);
        fcntl(cl.signals[i], F_SETFL, O_NONBLOCK);
    }
    sigemptyset(&own.sa_mask);
    sigemptyset(&ignore.sa_mask);
    sigaction(SIGTERM, &own, NULL);
    sigaction(SIGCHLD, &own, NULL);
    sigaction(SIGINT, &ignore, NULL);   /* ^C is for the CL, which passes it on */
    sigaction(SIGPIPE, &ignore, NULL);
    return 0;
}

/* The signals since the last call. */
static int
take_signals(void)
{
    char letter;
    int  events = 0;

    while (read(cl.signals[0], &letter, 1) == 1)
        events |= letter == 'T' ? IRAF_INTERRUPT : IRAF_CHILD;
    return events;
}

int
iraf_pipe_wait(struct pollfd *fd, int n, int timeout)
{
    struct pollfd all[FDS + 2];
    int           i, ready;

    memcpy(all, fd, (size_t)n * sizeof *fd);
    all[n] = (struct pollfd){ .fd = cl.gone ? -1 : STDIN_FILENO };  /* a hang-up is told unasked */
    all[n + 1] = (struct pollfd){ .fd = cl.signals[0], .events = POLLIN };
    ready = poll(all, (nfds_t)n + 2, timeout);
    for (i = 0; i < n; i++)
        fd[i].revents = ready > 0 ? all[i].revents : 0;
    cl.gone |= ready > 0 && all[n].revents != 0;
    return take_signals() | (cl.gone ? IRAF_GONE : 0);
}

int
iraf_pipe_interactive(void)
{
    char name[64];
    int  fd, is_terminal;

    snprintf(name, sizeof name, "/proc/%ld/fd/0", (long)getppid());
    fd = open(name, O_RDONLY | O_NOCTTY | O_NONBLOCK);
    if (fd < 0)                         /* the CL's input cannot be looked at; its stderr is ours */
        return isatty(STDERR_FILENO);
    is_terminal = isatty(fd);
    close(fd);
    return is_terminal;
}

/* ---- from the CL ----------------------------------------------------------------------------- */

/* N bytes; -1 = the CL is gone. */
static int
read_bytes(unsigned char *to, size_t n)
{
    while (n > 0) {
        ssize_t got = read(STDIN_FILENO, to, n);

        if (got == 0 || (got < 0 && errno != EINTR))
            return -1;
        if (got > 0) {
            to += got;
            n -= (size_t)got;
        }
    }
    return 0;
}

/* Room for N more characters and a NUL behind the text; what has been read goes. */
static int
make_room(size_t n)
{
    char *grown;

    if (cl.at > 0)
        memmove(cl.text, cl.text + cl.at, cl.n - cl.at);
    cl.n -= cl.at;
    cl.at = 0;
    if (cl.n + n < cl.size)
        return 0;
    grown = realloc(cl.text, 2 * (cl.n + n + 1));
    if (grown == NULL)
        return -1;
    cl.text = grown;
    cl.size = 2 * (cl.n + n + 1);
    return 0;
}

/* Wait for the CL's next record and append it to the text; the upper bytes of its characters say
 * nothing.  0 = done, else IRAF_INTERRUPT, or IRAF_GONE also for what is no record and for lack of
 * memory. */
static int
read_record(void)
{
    struct pollfd fd = { .fd = STDIN_FILENO, .events = POLLIN };
    unsigned char head[4], data[UINT16_MAX];
    uint16_t      length;
    int16_t       c;
    size_t        i;

    while (fd.revents == 0)
        if (iraf_pipe_wait(&fd, 1, -1) & IRAF_INTERRUPT) {
            cl.at = cl.n = 0;
            return IRAF_INTERRUPT;
        }
    if (read_bytes(head, sizeof head) != 0 || memcmp(head, MAGIC, sizeof MAGIC) != 0)
        return IRAF_GONE;
    memcpy(&length, head + 2, sizeof length);
    if (read_bytes(data, length) != 0 || make_room(length / 2u) != 0)
        return IRAF_GONE;
    for (i = 0; i + 1 < length; i += 2) {
        memcpy(&c, data + i, sizeof c);
        cl.text[cl.n++] = (char)(c & 0xff);
    }
    cl.text[cl.n] = '\0';
    return 0;
}

const char *
iraf_pipe_line(int *event_p)
{
    *event_p = 0;
    while (*event_p == 0) {
        char *line = cl.text + cl.at, *end = cl.n > cl.at ? memchr(line, '\n', cl.n - cl.at) : NULL;

        if (end != NULL) {
            *end = '\0';
            cl.at += (size_t)(end - line) + 1;
            return line;
        }
        *event_p = read_record();
    }
    return NULL;
}

/* The answer is a record with the number of characters, then one with these. */
size_t
iraf_pipe_read(char *text, size_t size, int *event_p)
{
    char   request[64];
    size_t n;

    cl.at = cl.n = 0;
    snprintf(request, sizeof request, "xfer(%d,%zu)\n", IRAF_STDIN,
             size < RECORD ? size : (size_t)RECORD);
    iraf_pipe_send(request);
    *event_p = read_record();
    if (*event_p != 0)
        return 0;
    n = strtoul(cl.text, NULL, 10);
    cl.at = cl.n;
    while (cl.n - cl.at < n) {
        *event_p = read_record();
        if (*event_p != 0)
            return 0;
    }
    n = n < size ? n : size;
    memcpy(text, cl.text + cl.at, n);
    cl.at += n;
    return n;
}

/* ---- to the CL ------------------------------------------------------------------------------- */

/* A CL that is gone is noticed where it is read from. */
static void
send_record(const char *text, size_t n)
{
    unsigned char record[4 + 2 * RECORD] = { 0 };
    uint16_t      length = (uint16_t)(2 * n);
    size_t        i, sent = 0, size = 4 + 2 * n;

    memcpy(record, MAGIC, sizeof MAGIC);
    memcpy(record + 2, &length, sizeof length);
    for (i = 0; i < n; i++) {
        int16_t c = (unsigned char)text[i];

        memcpy(record + 4 + 2 * i, &c, sizeof c);
    }
    while (sent < size) {
        ssize_t put = write(STDOUT_FILENO, record + sent, size - sent);

        if (put < 0 && errno != EINTR)
            return;
        sent += put > 0 ? (size_t)put : 0;
    }
}

void
iraf_pipe_send(const char *text)
{
    size_t n, left = strlen(text);

    for (; left > 0; left -= n, text += n) {
        n = left < RECORD ? left : RECORD;
        send_record(text, n);
    }
}

void
iraf_pipe_print(int stream, const char *text, size_t n)
{
    char   head[64];
    size_t k;

    for (; n > 0; n -= k, text += k) {
        k = n < RECORD ? n : RECORD;
        while (k < n && k > RECORD - 4 && (text[k] & 0xc0) == 0x80)
            k--;                        /* PyRAF reads each part as UTF-8 */
        snprintf(head, sizeof head, "xmit(%d,%zu)\n", stream, k);
        send_record(head, strlen(head));
        send_record(text, k);
    }
}
