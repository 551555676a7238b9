/* newfile.c -- output files that have their name only when they are complete.
 *
 * The temporary of x.fits is .x.fits.part, locked (flock) as long as its writer lives.  So a second
 * run can tell a file that is being written from what a killed run left behind, and takes the
 * latter over: litter never piles up.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "status.h"

#ifndef RENAME_NOREPLACE
#define RENAME_NOREPLACE 1
#endif

enum { NSLOT = 1024, FREE = 0, FILLING = 1, FILLED = 2 };

/* The temporaries now being written, for bc_cleanup, which may run in a signal handler: no lock, no
 * malloc. */
static struct {
    atomic_int state;
    char       name[2 * BC_MAX_PATH];
} slots[NSLOT];

void
bc_cleanup(void)
{
    int i;

    for (i = 0; i < NSLOT; i++)
        if (atomic_load(&slots[i].state) == FILLED)
            unlink(slots[i].name);
}

/* The absolute name goes into the table, as the process may change its folder meanwhile.  Returns
 * the slot. */
static int
remember(const char *name)
{
    char cwd[BC_MAX_PATH] = "";
    int  i, expected;

    if (name[0] != '/' && getcwd(cwd, sizeof cwd) == NULL)
        return -1;
    for (i = 0; i < NSLOT; i++) {
        expected = FREE;
        if (!atomic_compare_exchange_strong(&slots[i].state, &expected, FILLING))
            continue;
        snprintf(slots[i].name, sizeof slots[i].name, "%s%s%s", cwd, cwd[0] != '\0' ? "/" : "",
                 name);
        atomic_store(&slots[i].state, FILLED);
        return i;
    }
    return -1;
}

static void
forget(struct bc_newfile *f)
{
    if (f->slot >= 0)
        atomic_store(&slots[f->slot].state, FREE);
    if (f->fd >= 0)
        close(f->fd);                   /* and the lock is gone */
    f->slot = f->fd = -1;
    f->temporary[0] = '\0';
}

static bc_status
fail_long(const char *name)
{
    return bc_fail(BC_BAD_FILE, "a file name of %zu characters is too long", strlen(name));
}

/* May the file be written at all?  A link is followed: what it points at is replaced, not the
 * link. */
static bc_status
check_final(struct bc_newfile *f)
{
    struct stat s;
    char       *real;

    if (stat(f->name, &s) != 0) {
        if (errno == ENAMETOOLONG)
            return fail_long(f->name);
        if (errno != ENOENT)
            return bc_fail_write(f->name);
        if (lstat(f->name, &s) == 0)
            return bc_fail(BC_BAD_FILE, "%s is a link to a file that does not exist", f->name);
        return BC_OK;
    }
    if (S_ISDIR(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is a directory", f->name);
    if (!S_ISREG(s.st_mode))
        return bc_fail(BC_BAD_FILE, "%s is not a regular file", f->name);
    if (!f->clobber)
        return bc_fail(BC_BAD_FILE, "%s exists; say clobber=yes to replace it", f->name);
    real = realpath(f->name, NULL);
    if (real != NULL && strlen(real) < sizeof f->final)
        strcpy(f->final, real);
    free(real);
    return BC_OK;
}

/* "FOLDER/.BASE.part"; a base too long for that is cut. */
static bc_status
name_temporary(struct bc_newfile *f)
{
    const char *slash = strrchr(f->final, '/'), *base = slash == NULL ? f->final : slash + 1;
    int         n;

    n = snprintf(f->temporary, sizeof f->temporary, "%.*s.%.*s.part", (int)(base - f->final),
                 f->final, NAME_MAX - 6, base);
    if (*base == '\0' || strcmp(f->name, "-") == 0 || n >= (int)sizeof f->temporary) {
        f->temporary[0] = '\0';
        return bc_fail(BC_BAD_FILE, "'%s' is no name for an output file", f->name);
    }
    return BC_OK;
}

/* Open and lock the temporary.  Between the two another run may have renamed or removed it: then
 * again. */
static bc_status
open_temporary(struct bc_newfile *f)
{
    const int   how = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    struct stat s, now;
    int         tries, made;

    for (tries = 0; tries < 100; tries++) {
        f->fd = open(f->temporary, how | O_CREAT | O_EXCL, 0666);
        made = f->fd >= 0;              /* by us, be it another's: shared folders may have one owner for all files */
        if (!made && errno == EEXIST) {
            f->fd = open(f->temporary, how);
            if (f->fd < 0 && errno == ENOENT)
                continue;
        }
        if (f->fd < 0)
            return bc_fail_write(f->name);
        if (fstat(f->fd, &s) != 0 || !S_ISREG(s.st_mode) || (!made && s.st_uid != geteuid()) || s.st_nlink > 1)
            break;                      /* something planted under this name */
        if (flock(f->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
            close(f->fd);
            return bc_fail(BC_BUSY, "%s is being written by another run", f->name);
        }
        if (lstat(f->temporary, &now) == 0 && now.st_ino == s.st_ino && now.st_dev == s.st_dev) {
            if (ftruncate(f->fd, 0) == 0)
                return BC_OK;
            break;
        }
        close(f->fd);
    }
    close(f->fd);
    return bc_fail(BC_BAD_FILE, "%s cannot be written: %s is in the way", f->name, f->temporary);
}

bc_status
bc_newfile_begin(struct bc_newfile *f, const char *file, int clobber)
{
    sigset_t  all, old;
    bc_status st;

    f->temporary[0] = '\0';
    f->clobber = clobber;
    f->fd = f->slot = -1;
    st = bc_need_text(file, "the name of an output file");
    if (st != BC_OK)
        return st;
    if (strlen(file) >= sizeof f->name)
        return fail_long(file);
    strcpy(f->name, file);
    strcpy(f->final, file);
    st = check_final(f);
    if (st == BC_OK)
        st = name_temporary(f);
    if (st != BC_OK)
        return st;
    sigfillset(&all);                   /* a signal now would leave what bc_cleanup does not know yet */
    pthread_sigmask(SIG_SETMASK, &all, &old);
    st = open_temporary(f);
    if (st == BC_OK)
        f->slot = remember(f->temporary);
    else
        f->temporary[0] = '\0';         /* it is not ours */
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return st;
}

/* A file system that cannot reserve says nothing; the write will. */
bc_status
bc_newfile_reserve(struct bc_newfile *f, long long size)
{
#ifdef HAVE_FALLOCATE
    if (fallocate(f->fd, FALLOC_FL_KEEP_SIZE, 0, (off_t)size) != 0
        && (errno == ENOSPC || errno == EDQUOT || errno == EFBIG))
        return bc_fail(BC_NO_ROOM, "%s of %.3g MB cannot be written: %s", f->name,
                       1e-6 * (double)size, strerror(errno));
#else
    (void)f;
    (void)size;
#endif
    return BC_OK;
}

/* rename() that leaves an existing file alone; link() does that where the file system does not know
 * how.  Where it has no links either (clouds), a look has to do. */
static int
rename_to_new(const char *from, const char *to)
{
    struct stat s;

#ifdef HAVE_RENAMEAT2
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
#endif
    if (link(from, to) == 0)
        return unlink(from);
    if (errno != EPERM && errno != ENOSYS && errno != EOPNOTSUPP)
        return -1;
    if (lstat(to, &s) != 0)
        return rename(from, to);
    errno = EEXIST;
    return -1;
}

/* Make the new name last through a crash.  Where the file system cannot, the file itself is safe by
 * now. */
static void
sync_folder(const char *name)
{
    char  folder[BC_MAX_PATH];
    char *slash;
    int   fd;

    strcpy(folder, name);
    slash = strrchr(folder, '/');
    if (slash == NULL)
        strcpy(folder, ".");
    else
        slash[1] = '\0';
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        fsync(fd);
        close(fd);
    }
}

bc_status
bc_newfile_commit(struct bc_newfile *f)
{
    struct stat old;
    int         failed;

    if (f->clobber && stat(f->final, &old) == 0)
        fchmod(f->fd, old.st_mode & 0777);      /* not all file systems have permissions to keep */
    if (fsync(f->fd) != 0 && errno != EINVAL)
        return bc_fail_write(f->name);
    failed = f->clobber ? rename(f->temporary, f->final) : rename_to_new(f->temporary, f->final);
    if (failed && errno == EEXIST)
        return bc_fail(BC_BAD_FILE, "%s exists; say clobber=yes to replace it", f->name);
    if (failed)
        return bc_fail_write(f->name);
    sync_folder(f->final);
    forget(f);
    return BC_OK;
}

void
bc_newfile_discard(struct bc_newfile *f)
{
    if (f->temporary[0] == '\0')
        return;
    unlink(f->temporary);
    forget(f);
}

bc_status
bc_output_check(const char *file, int clobber)
{
    struct bc_newfile f = { .slot = -1, .fd = -1 };
    bc_status         st = bc_newfile_begin(&f, file, clobber);

    bc_newfile_discard(&f);
    return st;
}

struct bc_output { struct bc_newfile file; };

bc_status
bc_output_open(const char *file, int clobber, bc_output **output_p)
{
    bc_output *o = malloc(sizeof *o);
    bc_status  st;

    if (o == NULL)
        return bc_fail_memory(sizeof *o, "an output file");
    st = bc_newfile_begin(&o->file, file, clobber);
    if (st == BC_OK)
        *output_p = o;
    else
        free(o);
    return st;
}

const char *
bc_output_path(const bc_output *o)
{
    return o->file.temporary;
}

bc_status
bc_output_commit(bc_output *o)
{
    if (o->file.temporary[0] == '\0')
        return bc_fail(BC_BAD_ARG, "%s is written already", o->file.name);
    return bc_newfile_commit(&o->file);
}

void
bc_output_close(bc_output *o)
{
    if (o == NULL)
        return;
    bc_newfile_discard(&o->file);
    free(o);
}
