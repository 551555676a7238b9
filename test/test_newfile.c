/* test_newfile.c -- an output file has its name when it is complete, and not before.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "newfile.h"

static const char name[] = "test_newfile.out";

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
    unlink(name);
    return check_end();
}
