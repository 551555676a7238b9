/* test_sets.c -- lists of images.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "sets.h"

/* LIST splits into WANT, a ';' between two. */
static void
splits(const char *list, const char *want)
{
    struct strings s = { 0 };
    char           got[512] = "";
    int            i;

    CHECK(strings_split(list, &s) == BC_OK);
    for (i = 0; i < s.n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? ";" : "", s.text[i]);
    if (strcmp(got, want) != 0) {
        printf("'%s' splits into %s, expected %s\n", list, got, want);
        check_failures++;
    }
    strings_free(&s);
}

static bc_status
split_status(const char *list)
{
    struct strings s = { 0 };
    bc_status      st = strings_split(list, &s);

    strings_free(&s);
    return st;
}

static void
check_split(void)
{
    splits("", "");
    splits("a.fits", "a.fits");
    splits(" a.fits , b.fits\t", "a.fits;b.fits");
    splits("a.fits[1:10,1:10],b.fits", "a.fits[1:10,1:10];b.fits");
    splits("c.fits[*,*,2:2],c.fits[*,*,3:3]", "c.fits[*,*,2:2];c.fits[*,*,3:3]");
    splits("a.fits(out,put),b[SCI,1][2:3,2:3],c", "a.fits(out,put);b[SCI,1][2:3,2:3];c");
    splits("a],b[1,2]", "a];b[1,2]");
    splits("a b.fits,c d.fits", "a b.fits;c d.fits");
    CHECK(split_status("a,,b") == BC_BAD_ARG);
    CHECK(split_status("a,") == BC_BAD_ARG);
    CHECK(split_status(",") == BC_BAD_ARG);
}

static void
check_lists(void)
{
    static const char text[] = "# sets\n\n  a.fits,b.fits  # first\n\t\nc#1.fits[1:2,3:4],d.fits\r\n#e\nlast";
    struct strings    s = { 0 };
    FILE             *f = fopen("test_sets.tmp", "w");

    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
    CHECK(sets_read("@test_sets.tmp", &s) == BC_OK && s.n == 3);
    if (s.n == 3) {
        CHECK(strcmp(s.text[0], "a.fits,b.fits") == 0);
        CHECK(strcmp(s.text[1], "c#1.fits[1:2,3:4],d.fits") == 0);
        CHECK(strcmp(s.text[2], "last") == 0);
    }
    strings_free(&s);
    f = fopen("test_sets.tmp", "w");
    CHECK(f != NULL && fputs("# nothing\n", f) >= 0 && fclose(f) == 0);
    CHECK(sets_read("@test_sets.tmp", &s) == BC_BAD_FILE);
    strings_free(&s);
    remove("test_sets.tmp");
    CHECK(sets_read("@test_sets.tmp", &s) == BC_BAD_FILE);
    strings_free(&s);
    CHECK(sets_read("a.fits,b.fits", &s) == BC_OK && s.n == 1 && strcmp(s.text[0], "a.fits,b.fits") == 0);
    strings_free(&s);
}

int
main(void)
{
    check_split();
    check_lists();
    return check_end();
}
