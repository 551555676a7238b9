/* test_sets.c -- lists of images.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
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

/* What strings_join makes, strings_split takes apart. */
static void
check_join(void)
{
    static const char *const items[] = { "a.fits", "", "x,y", " blank", "'single'", "\"double\"", "\"'\"',", "m[1,2]",
                                         "open[1", "it's", "\t" };
    struct strings s = { (char **)items, sizeof items / sizeof *items }, back = { 0 };
    char          *text = strings_join(&s);
    int            i;

    CHECK(text != NULL && strings_split(text, &back) == BC_OK && back.n == s.n);
    for (i = 0; i < back.n && i < s.n; i++)
        CHECK(strcmp(back.text[i], items[i]) == 0);
    strings_free(&back);
    free(text);
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

/* VALUE makes WANT of SETS (';' between two); NULL: it is refused. */
static void
derives(const char *value, const char *sets, const char *want)
{
    struct strings in = { 0 }, out = { 0 };
    char           got[512] = "", *copy = strdup(sets), *rest = copy, *set;
    int            i;
    bc_status      st;

    while ((set = strsep(&rest, ";")) != NULL)
        CHECK(strings_add(&in, set) == BC_OK);
    st = sets_outputs(value, &in, &out);
    for (i = 0; i < out.n; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i > 0 ? ";" : "", out.text[i]);
    if ((st == BC_OK) != (want != NULL) || (want != NULL && strcmp(got, want) != 0)) {
        printf("output=%s for %s is %s, expected %s\n", value, sets, got, want != NULL ? want : "an error");
        check_failures++;
    }
    strings_free(&in);
    strings_free(&out);
    free(copy);
}

static void
check_outputs(void)
{
    static const char two[] = "in/m31_g.fits,in/m31_i.fits;in/m33_g.fits.fz[1],in/m33_i.fits.fz[1]";

    derives("r.fits", "g.fits,i.fits", "r.fits");
    derives("r1.fits,r2", two, "r1.fits;r2.fits");
    derives("r.fits", two, NULL);
    derives("r1,r2,r3", two, NULL);
    derives("", "g.fits", NULL);
    derives("out/", two, "out/m31_g.fits;out/m33_g.fits");
    derives(".", two, "./m31_g.fits;./m33_g.fits");
    derives("//_r", two, "in/m31_g_r.fits;in/m33_g_r.fits");
    derives("//_r.fit", two, "in/m31_g_r.fit;in/m33_g_r.fit");
    derives("%_g%_r%", two, "in/m31_r.fits;in/m33_r.fits");
    derives("%_[gh]%-r%", two, "in/m31-r.fits;in/m33-r.fits");
    derives("%in%out%", two, NULL);
    derives("//_r", "-", NULL);
    derives("out/", "-,b.fits", NULL);
    derives("%.%_%", "'a,b.c.fits',x", "a,b_c.fits");
}

int
main(void)
{
    check_split();
    check_join();
    check_lists();
    check_outputs();
    return check_end();
}
