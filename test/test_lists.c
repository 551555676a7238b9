/* test_lists.c -- every rule of help/bandlists.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "lists.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "task.h"

static void
make_file(const char *name, const char *text)
{
    FILE *f = fopen(name, "w");

    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
}

/* TEXT gives WANT, a ';' between two; NULL: it is refused. */
static void
gives(const char *text, enum list_use use, const char *want)
{
    struct strings s = { 0 };
    char           got[1024] = "";
    size_t         n = 0;
    int            i;
    bc_status      st = lists_expand(text, use, &s);

    for (i = 0; i < s.n && n < sizeof got; i++)
        n += (size_t)snprintf(got + n, sizeof got - n, "%s%s", i > 0 ? ";" : "", s.text[i]);
    if ((st == BC_OK) != (want != NULL) || (want != NULL && strcmp(got, want) != 0)) {
        printf("'%s' gives '%s' (status %d), expected %s\n", text, got, (int)st,
               want != NULL ? want : "an error");
        check_failures++;
    }
    strings_free(&s);
}

static void
names(const char *text, const char *want)
{
    gives(text, LIST_NAMES, want);
}

static void
sets(const char *text, const char *want)
{
    gives(text, LIST_SETS, want);
}

static void
outputs(const char *text, const char *want)
{
    gives(text, LIST_OUTPUTS, want);
}

static void
check_commas(void)
{
    names("a.fits", "a.fits");
    names("a.fits,b.fits", "a.fits;b.fits");
    names(" a.fits , b.fits\t", "a.fits;b.fits");
    names("m.fits[1:5,1:2],m.fits[SCI,1][2:3,2:3]", "m.fits[1:5,1:2];m.fits[SCI,1][2:3,2:3]");
    names("a b.fits", "a b.fits");
    names("a.fits,,b.fits", NULL);
    names("a.fits,", NULL);
    names("\"\"", NULL);
    names("a.fits,''", NULL);
    names("", "");
    names("none.fits", "none.fits");
    names("'x,y.fits','*.fits'", "x,y.fits;*.fits");
    names("\"@l\"[1],it's", "@l[1];it's");
    names("-,http://host/x.fits?a=*,mem://x", "-;http://host/x.fits?a=*;mem://x");
}

static void
check_files(void)
{
    names("@list", "a.fits;b.fits");
    names("@nest", "a.fits;b.fits;c1.fits;p;q");
    names("@wild", "c1.fits;c12.fits;c2.fits");
    names("@comment", "a.fits;c#1.fits;b.fits");
    names("@hashes", "x #1.fits;a.fits;y # 2.fits");
    names("@list,c1.fits", "a.fits;b.fits;c1.fits");
    names("@two", "a.fits;b.fits;g_001.fits;g_002.fits");
    names("@crlf", "a.fits;b.fits");
    names("@mark", "a.fits;b.fits");
    names("@mark_comment//[1:2,3:4]", "a.fits[1:2,3:4]");
    names("@list[1:3,*]", "a.fits[1:3,*];b.fits[1:3,*]");
    names("@list[1-2]", "a.fits[1];a.fits[2];b.fits[1];b.fits[2]");
    names("@list//[sci]", "a.fits[sci];b.fits[sci]");
    names("a.fits[9223372036854775807-9223372036854775807]", NULL);
    names("x[a[1:3,]1:3,]", "x[a[1:3,]1:3,]");
    names("@none", NULL);
    names("@empty", NULL);
    names("@self", NULL);
    names("@image", NULL);
    names("@.", NULL);
    names("@long", NULL);
}

static void
check_wildcards(void)
{
    names("c?.fits", "c1.fits;c2.fits");
    names("c*.fits", "c1.fits;c12.fits;c2.fits");
    names("c[12].fits", "c1.fits;c2.fits");
    names("c[!1].fits", "c2.fits");
    names("c[0-1]*.fits", "c1.fits;c12.fits");
    names("c?.fits[1:5,*]", "c1.fits[1:5,*];c2.fits[1:5,*]");
    names("sub/*.fits", "sub/x.fits");
    names("sub//*.fits", "sub//x.fits");
    names("s*/x.fits", "sub/x.fits");
    names("odd[1].fits", "odd[1].fits");
    names("nosuch*.fits", NULL);
    names("%c%z%*.fits", "z1.fits;z12.fits;z2.fits");
    names("c%1%9%*.fits", "c9.fits;c92.fits");
    names("%g_%r_%*.fits", "r_001.fits;r_002.fits");
    names("%a%b%.fits", "b.fits");
    names("sub/%x%y%*.fits", "sub/y.fits");
    names("*%1%one%.fits", "cone.fits;g_00one.fits");
    names("c%[12]%z%.fits", "cz.fits;cz.fits");
    names("%c%%?.fits", "1.fits;2.fits");
    names("100%.fits", "100%.fits");
}

static void
check_joined(void)
{
    names("@list//_s", "a_s.fits;b_s.fits");
    names("@list//_s.fits", "a_s.fits;b_s.fits");
    names("@packed//_s", "p_s.fits.fz");
    names("@packed//_s.fits", "p_s.fits");
    names("@list//.fz", "a.fits.fz;b.fits.fz");
    names("@list//_s[2]", "a_s.fits[2];b_s.fits[2]");
    names("pre//@list", "prea.fits;preb.fits");
    names("out///@list", "out/a.fits;out/b.fits");
    names("out///@list//_s", "out/a_s.fits;out/b_s.fits");
    names("@list//@l2", "ap.fits;bq.fits");
    names("@l2//.fits", "p.fits;q.fits");
    names("c?//_s", NULL);
    names("c?.fits//_s", "c1_s.fits;c2_s.fits");
    names("c*//_s.fits", "c1_s.fits;c12_s.fits;c2_s.fits;comment_s.fits;crlf_s.fits");
    names("@list//@nest", NULL);
    names("sub//x.fits", "sub//x.fits");
}

static void
check_groups(void)
{
    names("m.fits[1-3]", "m.fits[1];m.fits[2];m.fits[3]");
    names("m.fits[1,3-4][1:5,*]", "m.fits[1][1:5,*];m.fits[3][1:5,*];m.fits[4][1:5,*]");
    names("m.fits[1,3]", "m.fits[1,3]");
    names("m.fits[3-1]", NULL);
    names("m.fits[0-99999]", NULL);
    names("m.fits[*]", NULL);
    names("m.fits[3,*]", "m.fits[3:3,*]");
    names("m.fits[1][*,*,12]", "m.fits[1][*,*,12:12]");
    names("m.fits[-*,*],m.fits[*:2,5:1],m.fits[1:20:2,*]", "m.fits[-*,*];m.fits[*:2,5:1];m.fits[1:20:2,*]");
    names("m.fits[SCI,2],m.fits[pixr X*2]", "m.fits[SCI,2];m.fits[pixr X*2]");
    names("a,a[1],none,sub/x", "a.fits;a.fits[1];none;sub/x.fits");
    names("bare,bare[1]", "bare;bare[1]");
}

static void
check_sets(void)
{
    sets("a.fits,b.fits", "a.fits,b.fits");
    sets("@list", "a.fits;b.fits");
    sets("@pairs", "a.fits,b.fits;g_001.fits,g_002.fits");
    sets("@pairs//_s", "a_s.fits,b_s.fits;g_001_s.fits,g_002_s.fits");
    sets("@pairs[1-2]", "a.fits[1],b.fits[1];a.fits[2],b.fits[2];"
                        "g_001.fits[1],g_002.fits[1];g_001.fits[2],g_002.fits[2]");
    sets("@list,@list", "a.fits,a.fits;b.fits,b.fits");
    sets("c?.fits,g_00?.fits", "c1.fits,g_001.fits;c2.fits,g_002.fits");
    sets("m.fits[1-2],m.fits[3-4]", "m.fits[1],m.fits[3];m.fits[2],m.fits[4]");
    sets("c*.fits,@list", NULL);
    sets("a.fits,@list", NULL);
    sets("'x,y.fits',b.fits", "\"x,y.fits\",b.fits");
    sets("@quoted", "\"x,y.fits\",b.fits");
}

static void
check_outputs(void)
{
    outputs("new,new.fit,v1.2,sub/new", "new.fits;new.fit;v1.2;sub/new.fits");
    outputs("@l2", "p.fits;q.fits");
    outputs("@list//_r", "a_r.fits;b_r.fits");
    outputs("@packed//_r", "p_r.fits");
    outputs("new/////@list", "new///a.fits;new///b.fits");
    outputs("%c%z%?.fits", "z1.fits;z2.fits");
    outputs("'new'", "new");
    outputs("!new", "!new.fits");
}

int
main(void)
{
    static const char *const files[] = { "a.fits", "b.fits", "c1.fits", "c2.fits", "c12.fits", "g_001.fits",
                                         "g_002.fits", "sub/x.fits", "odd[1].fits", "bare", NULL };
    char folder[64], command[80];
    int  i;

    snprintf(folder, sizeof folder, "test_lists.%ld", (long)getpid());
    if (mkdir(folder, 0777) != 0 || chdir(folder) != 0 || mkdir("sub", 0777) != 0) {
        perror(folder);
        return 1;
    }
    for (i = 0; files[i] != NULL; i++)
        make_file(files[i], "");
    make_file("list", "a.fits\n\nb.fits\n");
    make_file("nest", "@list\nc1.fits\n  @l2\n");
    make_file("l2", "p\nq");
    make_file("wild", "c*.fits\n");
    make_file("comment", "# three\na.fits   # the first\nc#1.fits\n#b.fits\nb.fits\t#\n");
    make_file("two", "a.fits,b.fits\ng_00?.fits\n");
    make_file("crlf", "a.fits\r\n\r\nb.fits\r\n");
    make_file("mark", "\xef\xbb\xbf" "a.fits\r\n \t\r\nb.fits");
    make_file("mark_comment", "\xef\xbb\xbf# of Windows\r\na.fits # first\r\n");
    make_file("pairs", "a.fits,b.fits\ng_001.fits, g_002.fits\n");
    make_file("packed", "p.fits.fz\n");
    make_file("quoted", "'x,y.fits',b.fits\n");
    make_file("hashes", "\"x #1.fits\" # \"it's\n# 'it is\na.fits, 'y # 2.fits'\t# it's\n");
    make_file("empty", "\n# nothing\n");
    make_file("self", "a.fits\n@self\n");
    make_file("image", "SIMPLE  =                    T / file does conform to FITS standard");
    make_file("long", "");
    CHECK(truncate("long", 1000000) == 0);
    check_commas();
    check_files();
    check_wildcards();
    check_joined();
    check_groups();
    check_sets();
    check_outputs();
    snprintf(command, sizeof command, "rm -rf %s", folder);
    CHECK(chdir("..") == 0 && system(command) == 0);
    return check_end();
}
