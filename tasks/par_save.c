/* par_save.c -- puts values into a user's parameter file: under a lock, by rename, and only what is
 * new.
 *
 * The new content is written beside the file, as .<name>.part, which is the lock too: who holds
 * flock on it, while it has this name, is alone.  The rename ends that, and a run that was killed
 * leaves a file that the next one takes.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "parfiles.h"

enum { PATH = 4096, PATIENCE_MS = 20000, PAUSE_MS = 5 };

/* ---- what is to stand in the file ------------------------------------------------------------ */

struct merge {
    const struct par_list *list;        /* the parameters of the package, with the new values */
    char                  *written;     /* one for each of them */
    FILE                  *to;
    char                  *mode;        /* the line of mode, which comes last */
    int                    values;      /* values beside mode */
};

static void
write_one(struct merge *m, const struct par *p)
{
    m->written[p - m->list->par] = 1;
    m->values += strcmp(p->name, "mode") != 0;
    par_write(p, m->to);
}

/* A line of the file as it is, N bytes at RAW: kept, replaced or dropped. */
static void
merge_line(struct merge *m, const char *raw, size_t n, const struct par *from)
{
    const struct par *ours = par_get(m->list, from->name);
    char              text[1024];

    if (ours == NULL || m->written[ours - m->list->par])
        return;
    if (strcmp(ours->name, "mode") == 0) {
        if (ours->save == PAR_LEAVE && m->mode == NULL
            && parfiles_fits(ours, from, "", text, sizeof text))
            m->mode = strndup(raw, n);
    } else if (ours->save == PAR_KEEP) {
        write_one(m, ours);
    } else if (ours->save == PAR_LEAVE && parfiles_fits(ours, from, "", text, sizeof text)) {
        m->values++;
        fwrite(raw, 1, n, m->to);
        if (raw[n - 1] != '\n')
            fputc('\n', m->to);
    }
}

static void
hear_nothing(void *arg, enum par_grade grade, const char *sentence)
{
    (void)arg;
    (void)grade;
    (void)sentence;
}

/* All lines of OLD, whose form is good, go on: comments as they are, values as merge_line says. */
static void
merge_old(struct merge *m, const char *old, size_t n)
{
    struct par_ear  nobody = { hear_nothing, NULL };
    const char     *at = old, *end = old + n;
    char           *line = malloc(n + 1);

    while (line != NULL && at < end) {
        struct par_list one = { NULL, 0, 0 };
        const char     *raw = at;

        par_next_line(&at, end, line);
        par_read_text(line, strlen(line), "", 0, &one, &nobody);
        if (one.n == 1)
            merge_line(m, raw, (size_t)(at - raw), &one.par[0]);
        else
            fwrite(raw, 1, (size_t)(at - raw), m->to);
        par_free(&one);
    }
    free(line);
}

/* The line of mode closes the file, as all readers want it; a mode that holds for one run does not
 * go there. */
static void
write_mode(struct merge *m, const struct par *mode)
{
    if (m->mode != NULL)
        fprintf(m->to, "%s%s", m->mode, m->mode[strlen(m->mode) - 1] == '\n' ? "" : "\n");
    else if (mode != NULL && (mode->save == PAR_KEEP || mode->origin <= PAR_USER))
        write_one(m, mode);
}

/* The new content after the old one of N bytes; "" = there is no value any more.  NULL = out of
 * memory. */
static char *
merge(const struct par_list *list, const char *old, size_t n)
{
    char             *text = NULL;
    size_t            length;
    struct merge      m = { .list = list, .written = calloc((size_t)list->n + 1, 1) };
    const struct par *mode = par_get(list, "mode");
    int               i;

    m.to = m.written != NULL ? open_memstream(&text, &length) : NULL;
    if (m.to != NULL) {
        merge_old(&m, old, n);
        for (i = 0; i < list->n; i++)
            if (list->par[i].save == PAR_KEEP && !m.written[i] && &list->par[i] != mode)
                write_one(&m, &list->par[i]);
        write_mode(&m, mode);
        if (fclose(m.to) != 0) {
            free(text);
            text = NULL;
        }
    }
    if (text != NULL && m.values == 0 && (mode == NULL || mode->save != PAR_KEEP))
        *text = '\0';
    free(m.mode);
    free(m.written);
    return text;
}

/* ---- the file -------------------------------------------------------------------------------- */

struct target {
    char                  file[PATH], part[PATH];
    int                   fd;           /* of part, locked */
    const struct par_ear *ear;
};

static int
fail(const struct target *t, const char *what)
{
    par_say(t->ear, PAR_WARNING, "%s %s: %s", t->file, what, strerror(errno));
    return -1;
}

/* The folders that FILE stands in. */
static int
make_folders(const char *file)
{
    char        path[PATH];
    const char *slash = file;

    while ((slash = strchr(slash + 1, '/')) != NULL) {
        snprintf(path, sizeof path, "%.*s", (int)(slash - file), file);
        if (mkdir(path, 0777) != 0 && errno != EEXIST && access(path, F_OK) != 0)
            return -1;
    }
    return 0;
}

/* The user's file, a link followed, and the name beside it. */
static int
find_target(struct target *t, const char *task)
{
    char *real, *slash;

    parfiles_user(task, t->file, sizeof t->file);
    if (*t->file == '\0') {
        par_say(t->ear, PAR_WARNING, "nothing is kept: PFILES names no folder of the user");
        return -1;
    }
    if (make_folders(t->file) != 0)
        return fail(t, "cannot be written");
    real = realpath(t->file, NULL);
    if (real != NULL && strlen(real) < sizeof t->file)
        strcpy(t->file, real);
    free(real);
    slash = strrchr(t->file, '/');
    if (slash == NULL || strlen(t->file) + 8 > sizeof t->part) {
        errno = ENAMETOOLONG;
        return fail(t, "cannot be written");
    }
    snprintf(t->part, sizeof t->part, "%.*s/.%.300s.part", (int)(slash - t->file), t->file,
             slash + 1);
    return 0;
}

/* 1: t->fd is locked and still has its name; 0: another one holds it or has renamed it; -1: it
 * cannot be. */
static int
try_lock(struct target *t)
{
    struct stat ours, there;

    t->fd = open(t->part, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (t->fd < 0)
        return -1;
    if (flock(t->fd, LOCK_EX | LOCK_NB) != 0) {
        int busy = errno == EWOULDBLOCK || errno == EINTR;

        close(t->fd);
        return busy ? 0 : -1;
    }
    if (fstat(t->fd, &ours) == 0 && stat(t->part, &there) == 0 && ours.st_ino == there.st_ino
        && ours.st_dev == there.st_dev)
        return 1;
    close(t->fd);
    return 0;
}

static int
lock(struct target *t)
{
    const struct timespec pause = { 0, PAUSE_MS * 1000000L };
    int                   tries, got = 0;

    for (tries = 0; got == 0 && tries < PATIENCE_MS / PAUSE_MS; tries++) {
        got = try_lock(t);
        if (got == 0)
            nanosleep(&pause, NULL);
    }
    if (got == 0)
        errno = EBUSY;
    return got > 0 ? 0 : fail(t, "cannot be written");
}

/* The file's content, "" where there is none; one that is no parameter file is put aside. */
static char *
load_old(const struct target *t, size_t *n_p)
{
    struct par_ear  nobody = { hear_nothing, NULL };
    struct par_list list = { NULL, 0, 0 };
    char            bad[PATH + 8], *text = par_load(t->file, n_p);

    if (text != NULL && par_read_text(text, *n_p, t->file, 0, &list, &nobody) != 0) {
        snprintf(bad, sizeof bad, "%s.bad", t->file);
        if (rename(t->file, bad) == 0) {
            par_say(t->ear, PAR_WARNING, "%s is kept as %s", t->file, bad);
            free(text);
            text = NULL;
            errno = ENOENT;
        } else {
            fail(t, "cannot be put aside");
            free(text);
            text = NULL;
        }
    }
    par_free(&list);
    if (text == NULL && errno == ENOENT) {
        *n_p = 0;
        text = calloc(1, 1);
    }
    return text;
}

/* Write TEXT, on disk before it gets the name. */
static int
replace(const struct target *t, const char *text)
{
    size_t      n = strlen(text), done = 0;
    struct stat old;

    if (stat(t->file, &old) == 0 && fchmod(t->fd, old.st_mode & 07777) != 0)
        return -1;
    if (ftruncate(t->fd, 0) != 0)
        return -1;
    while (done < n) {
        ssize_t got = write(t->fd, text + done, n - done);

        if (got < 0 && errno != EINTR)
            return -1;
        done += got > 0 ? (size_t)got : 0;
    }
    return fsync(t->fd) == 0 ? rename(t->part, t->file) : -1;
}

/* With the lock held; whatever comes of it, nothing is left beside the file. */
static int
update(const struct target *t, const struct par_list *list)
{
    size_t n = 0;
    char  *old = load_old(t, &n), *text = old != NULL ? merge(list, old, n) : NULL;
    int    failed = text == NULL, same = !failed && strlen(text) == n && memcmp(text, old, n) == 0;

    if (!failed && *text == '\0')
        failed = unlink(t->file) != 0 && errno != ENOENT;
    else if (!failed && !same)
        failed = replace(t, text) != 0;
    if (failed)
        fail(t, "cannot be written");
    if (failed || same || *text == '\0')
        unlink(t->part);
    free(old);
    free(text);
    return -failed;
}

int
parfiles_save(const char *task, const struct par_list *list, const struct par_ear *ear)
{
    struct target t = { .ear = ear };
    int           failed;

    if (find_target(&t, task) != 0 || lock(&t) != 0)
        return -1;
    failed = update(&t, list);
    close(t.fd);
    return failed;
}
