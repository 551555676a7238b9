/* newfile.c -- output files that have their name only when they are complete.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "newfile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "status.h"

enum { MAX_WRITERS = 16 };

/* Files that are being written, for bc_cleanup in a signal handler; an entry is in use while its first
 * character is not NUL. */
static char writing[MAX_WRITERS][BC_MAX_PATH];

void
bc_cleanup(void)
{
    int i;

    for (i = 0; i < MAX_WRITERS; i++)
        if (writing[i][0] != '\0')
            unlink(writing[i]);
}

static void
remember(const char *file)
{
    int i;

    for (i = 0; i < MAX_WRITERS; i++)
        if (writing[i][0] == '\0') {
            strcpy(writing[i] + 1, file + 1);       /* the first character last: then the name is whole */
            writing[i][0] = file[0];
            return;
        }
}

static void
forget(const char *file)
{
    int i;

    for (i = 0; i < MAX_WRITERS; i++)
        if (strcmp(writing[i], file) == 0)
            writing[i][0] = '\0';
}

/* A new file ".NAME.XXXXXX.part" beside FILE. */
static bc_status
make_temporary(struct bc_newfile *f, const char *file)
{
    const char *slash = strrchr(file, '/'), *base = slash != NULL ? slash + 1 : file;
    mode_t      mask = umask(0);
    int         fd, n;

    umask(mask);
    n = snprintf(f->temporary, sizeof f->temporary, "%.*s.%.200s.XXXXXX.part", (int)(base - file), file, base);
    if (n < 0 || (size_t)n >= sizeof f->temporary || *base == '\0')
        return bc_fail(BC_BAD_FILE, "'%s' is no name for an output file", file);
    fd = mkstemps(f->temporary, 5);
    if (fd < 0) {
        f->temporary[0] = '\0';
        return bc_fail(BC_BAD_FILE, "%s cannot be written: %s", file, strerror(errno));
    }
    remember(f->temporary);
    fchmod(fd, 0666 & ~mask);
    close(fd);
    return BC_OK;
}

bc_status
bc_newfile_begin(struct bc_newfile *f, const char *file, int clobber)
{
    f->temporary[0] = '\0';
    if (!clobber && access(file, F_OK) == 0)
        return bc_fail(BC_BAD_FILE, "%s exists; say clobber=yes to replace it", file);
    snprintf(f->name, sizeof f->name, "%s", file);
    f->clobber = clobber;
    return make_temporary(f, file);
}

bc_status
bc_newfile_commit(struct bc_newfile *f)
{
    int fd = open(f->temporary, O_RDONLY);

    if (fd < 0 || fsync(fd) != 0) {
        if (fd >= 0)
            close(fd);
        return bc_fail(BC_BAD_FILE, "%s: %s", f->name, strerror(errno));
    }
    close(fd);
    if (f->clobber ? rename(f->temporary, f->name) != 0 : link(f->temporary, f->name) != 0) {
        if (errno == EEXIST)
            return bc_fail(BC_BAD_FILE, "%s exists; say clobber=yes to replace it", f->name);
        if (f->clobber || (errno != EPERM && errno != EOPNOTSUPP) || access(f->name, F_OK) == 0
            || rename(f->temporary, f->name) != 0)      /* a file system without hard links */
            return bc_fail(BC_BAD_FILE, "%s cannot be written: %s", f->name, strerror(errno));
    } else if (!f->clobber) {
        unlink(f->temporary);
    }
    forget(f->temporary);
    f->temporary[0] = '\0';
    return BC_OK;
}

void
bc_newfile_discard(struct bc_newfile *f)
{
    if (f->temporary[0] == '\0')
        return;
    unlink(f->temporary);
    forget(f->temporary);
    f->temporary[0] = '\0';
}
