/* test_newfile.c -- an output file has its name when it is complete, and not before.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"
#include "newfile.h"

static const char name[] = "test_newfile.out";

/* The system's own, but for a file system that knows of neither: some of shared folders and clouds. */
static int no_links;

/* What was done: S a file is on the disk, D a folder, R a file has its name. */
static char done[8];
static int  sync_fails;

static void
note(char what)
{
    size_t n = strlen(done);

    done[n] = n + 1 < sizeof done ? what : '\0';
}

int
fsync(int fd)
{
    struct stat s;

    note(fstat(fd, &s) == 0 && S_ISDIR(s.st_mode) ? 'D' : 'S');
    errno = sync_fails;
    return sync_fails != 0 ? -1 : (int)syscall(SYS_fsync, fd);
}

int
renameat2(int from_folder, const char *from, int to_folder, const char *to, unsigned how)
{
    note('R');
    if (!no_links)
        return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, how);
    errno = EINVAL;
    return -1;
}

int
link(const char *from, const char *to)
{
    if (!no_links)
        return linkat(AT_FDCWD, from, AT_FDCWD, to, 0);
    errno = no_links;
    return -1;
}

static void
write_text(const char *file, const char *text)
{
    FILE *f = fopen(file, "w");

    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

static int
holds(const char *file, const char *text)
{
    char  line[80] = "";
    FILE *f = fopen(file, "r");

    if (f == NULL)
        return 0;
    CHECK(fgets(line, sizeof line, f) != NULL);
    fclose(f);
    return strcmp(line, text) == 0;
}

/* What replaces a file has its permissions, also where it must not be written; a new one has those of the umask. */
static void
check_modes(void)
{
    static const mode_t modes[] = { 0640, 0444, 0600, 0755 };
    struct bc_newfile   f;
    struct stat         s;
    size_t              i;

    umask(022);
    for (i = 0; i < sizeof modes / sizeof *modes; i++) {
        unlink(name);
        CHECK(bc_newfile_begin(&f, name, 1) == BC_OK && bc_newfile_commit(&f) == BC_OK);
        CHECK(stat(name, &s) == 0 && (s.st_mode & 07777) == 0644);
        CHECK(chmod(name, modes[i]) == 0);
        CHECK(bc_newfile_begin(&f, name, 1) == BC_OK && bc_newfile_commit(&f) == BC_OK);
        CHECK(stat(name, &s) == 0 && (s.st_mode & 07777) == modes[i]);
    }
}

/* A file has its name when it is on the disk, and the name is there, too, before that is said. */
static void
check_sync(void)
{
    struct bc_newfile f;

    unlink(name);
    memset(done, 0, sizeof done);
    CHECK(bc_newfile_begin(&f, name, 0) == BC_OK && bc_newfile_commit(&f) == BC_OK && strcmp(done, "SRD") == 0);
    unlink(name);
    sync_fails = EIO;                           /* a disk that fails */
    CHECK(bc_newfile_begin(&f, name, 0) == BC_OK && bc_newfile_commit(&f) == BC_BAD_FILE && access(name, F_OK) != 0);
    bc_newfile_discard(&f);
    sync_fails = EINVAL;                        /* there is nothing to be done on this one */
    CHECK(bc_newfile_begin(&f, name, 0) == BC_OK && bc_newfile_commit(&f) == BC_OK && access(name, F_OK) == 0);
    sync_fails = 0;
}

/* What a killed run left is taken over, empty; what else has its name is in the way. */
static void
check_left(void)
{
    static const char part[] = ".test_newfile.out.part", other[] = "test_newfile.other";
    struct bc_newfile f, second;
    struct stat       s;

    unlink(name);
    write_text(part, "left by a run that was killed");
    CHECK(bc_newfile_begin(&f, name, 0) == BC_OK);
    CHECK(bc_newfile_begin(&second, name, 0) == BC_BUSY);
    bc_newfile_discard(&second);
    CHECK(access(part, F_OK) == 0);             /* it is the first one's */
    CHECK(stat(f.temporary, &s) == 0 && s.st_size == 0);
    write_text(f.temporary, "new");
    CHECK(bc_newfile_commit(&f) == BC_OK && holds(name, "new"));

    unlink(name);
    write_text(other, "other");
    CHECK(link(other, part) == 0 && bc_newfile_begin(&f, name, 0) == BC_BAD_FILE && holds(other, "other"));
    unlink(part);
    CHECK(symlink(other, part) == 0 && bc_newfile_begin(&f, name, 0) == BC_BAD_FILE && holds(other, "other"));
    unlink(part);
    unlink(other);
    CHECK(symlink(other, name) == 0 && bc_newfile_begin(&f, name, 1) == BC_BAD_FILE && access(other, F_OK) != 0);
    unlink(name);
}

static void
check_without_links(void)
{
    static const int  ways[] = { EPERM, ENOSYS, EOPNOTSUPP };
    struct bc_newfile f;
    size_t            i;

    for (i = 0; i < sizeof ways / sizeof *ways; i++) {
        no_links = ways[i];
        unlink(name);
        CHECK(bc_newfile_begin(&f, name, 0) == BC_OK);
        write_text(f.temporary, "one");
        CHECK(bc_newfile_commit(&f) == BC_OK && holds(name, "one"));
        unlink(name);
        CHECK(bc_newfile_begin(&f, name, 0) == BC_OK);
        write_text(name, "theirs");
        CHECK(bc_newfile_commit(&f) == BC_BAD_FILE && strstr(bc_message(), "exists") != NULL && holds(name, "theirs"));
        bc_newfile_discard(&f);
    }
    no_links = 0;
}

/* In some shared folders all files belong to one user, whoever makes them.  Root alone can try that. */
static void
check_owners(void)
{
    static const char folder[] = "test_newfile.folder", shared[] = "test_newfile.folder/x";
    static const char planted[] = "test_newfile.folder/.x.part";
    struct bc_newfile f;
    struct stat       s;

    if (geteuid() != 0) {
        printf("not root: files of other owners are skipped\n");
        return;
    }
    umask(022);
    CHECK(mkdir(folder, 0700) == 0 && chmod(folder, 0777) == 0);
    setfsuid(1);
    CHECK(bc_newfile_begin(&f, shared, 0) == BC_OK);
    CHECK(stat(f.temporary, &s) == 0 && s.st_uid == 1);
    CHECK(bc_newfile_commit(&f) == BC_OK && access(shared, F_OK) == 0);
    write_text(planted, "planted");
    setfsuid(0);
    CHECK(bc_newfile_begin(&f, shared, 1) == BC_BAD_FILE && strstr(bc_message(), "in the way") != NULL);
    CHECK(holds(planted, "planted"));
    unlink(planted);
    unlink(shared);
    CHECK(rmdir(folder) == 0);
}

/* The longest name that there can be, and a process that goes elsewhere meanwhile. */
static void
check_places(void)
{
    struct bc_newfile f;
    char              folder[BC_MAX_PATH], longest[256];

    memset(longest, 'x', 255);
    longest[255] = '\0';
    CHECK(bc_newfile_begin(&f, longest, 0) == BC_OK && bc_newfile_commit(&f) == BC_OK && unlink(longest) == 0);
    CHECK(getcwd(folder, sizeof folder) != NULL && bc_newfile_begin(&f, name, 1) == BC_OK);
    CHECK(chdir("/") == 0);
    bc_cleanup();
    CHECK(chdir(folder) == 0 && access(f.temporary, F_OK) != 0);
    bc_newfile_discard(&f);
}

/* As many outputs as threads can write at a time are cleaned up. */
static void
check_many(void)
{
    enum { MANY = 300 };
    static struct bc_newfile f[MANY];
    char                     file[32];
    int                      i, left = 0;

    for (i = 0; i < MANY; i++) {
        snprintf(file, sizeof file, "%s%d", name, i);
        CHECK(bc_newfile_begin(&f[i], file, 0) == BC_OK);
    }
    bc_cleanup();
    for (i = 0; i < MANY; i++) {
        left += access(f[i].temporary, F_OK) == 0;
        bc_newfile_discard(&f[i]);
    }
    CHECK(left == 0);
}

int
main(void)
{
    struct bc_newfile f;
    char              temporary[BC_MAX_PATH];

    unlink(name);
    CHECK(bc_newfile_begin(&f, name, 0) == BC_OK);
    write_text(f.temporary, "one");
    CHECK(access(name, F_OK) != 0);
    strcpy(temporary, f.temporary);
    CHECK(bc_newfile_commit(&f) == BC_OK && holds(name, "one") && access(temporary, F_OK) != 0);
    bc_newfile_discard(&f);
    CHECK(holds(name, "one"));

    CHECK(bc_newfile_begin(&f, name, 0) == BC_BAD_FILE);
    CHECK(strcmp(bc_message(), "test_newfile.out exists; say clobber=yes to replace it") == 0);
    CHECK(bc_newfile_begin(&f, name, 1) == BC_OK);
    write_text(f.temporary, "two");
    strcpy(temporary, f.temporary);
    bc_newfile_discard(&f);
    CHECK(holds(name, "one") && access(temporary, F_OK) != 0);
    CHECK(bc_newfile_begin(&f, name, 1) == BC_OK);
    write_text(f.temporary, "three");
    CHECK(bc_newfile_commit(&f) == BC_OK && holds(name, "three"));

    /* One that appears while ours is being written stays. */
    unlink(name);
    CHECK(bc_newfile_begin(&f, name, 0) == BC_OK);
    write_text(f.temporary, "ours");
    write_text(name, "theirs");
    CHECK(bc_newfile_commit(&f) == BC_BAD_FILE && holds(name, "theirs"));
    strcpy(temporary, f.temporary);
    bc_cleanup();                           /* what a signal handler does */
    CHECK(access(temporary, F_OK) != 0 && holds(name, "theirs"));
    bc_newfile_discard(&f);

    CHECK(bc_newfile_begin(&f, "no_such_folder/x", 0) == BC_BAD_FILE);
    CHECK(bc_newfile_begin(&f, "", 0) == BC_BAD_FILE);
    check_modes();
    check_sync();
    check_left();
    check_without_links();
    check_owners();
    check_places();
    check_many();
    unlink(name);
    return check_end();
}
