/* test_par.c -- parameter files are read as they are meant, or refused with file and line.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "par.h"

static const char FILE_NAME[] = "test_par.tmp";
static char       said[4096];       /* all complaints, a line each */

static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    size_t n = strlen(said);

    (void)arg;
    snprintf(said + n, sizeof said - n, "%s%s\n", grade == PAR_WARNING ? "warning: " : "",
             sentence);
}

static const struct par_ear ear = { hear, NULL };

/* Read TEXT as a parameter file; what par_read gives. */
static int
read_text(const char *text, size_t n, struct par_list *list)
{
    FILE *f = fopen(FILE_NAME, "wb");
    int   wrong;

    *said = '\0';
    if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0) {
        CHECK(!"the test can write a file");
        return -2;
    }
    wrong = par_read(FILE_NAME, 1, list, &ear);
    remove(FILE_NAME);
    return wrong;
}

/* One line that must be taken, with the value it must give. */
static void
takes(const char *line, const char *value)
{
    struct par_list list = { NULL, 0, 0 };
    int             wrong = read_text(line, strlen(line), &list);

    if (wrong != 0 || list.n != 1 || strcmp(list.par[0].value, value) != 0) {
        printf("'%s' gives '%s', expected '%s'; %s", line,
               list.n == 1 ? list.par[0].value : "nothing", value, said);
        check_failures++;
    }
    par_free(&list);
}

/* One line that must be refused with a sentence that has file, line and WHY. */
static void
refuses(const char *line, const char *why)
{
    struct par_list list = { NULL, 0, 0 };
    int             wrong = read_text(line, strlen(line), &list);

    if (wrong != 1 || list.n != 0 || strncmp(said, "test_par.tmp:1:", 15) != 0
        || strstr(said, why) == NULL) {
        printf("'%s' is not refused because of '%s' but: %s\n", line, why, said);
        check_failures++;
    }
    par_free(&list);
}

static void
check_numbers(void)
{
    takes("x,i,h,3,1,10,\"n\"", "3");
    takes("x,i,h,-2147483647", "-2147483647");
    takes("x,i,h,INDEF,1,10", "INDEF");
    takes("x,r,h,indef", "INDEF");
    takes("x,i,h,0x1f", "0x1f");
    takes("x,i,h,1fx", "1fx");
    takes("x,r,h,1.5d3", "1.5d3");
    takes("x,d,h,-0:30:00", "-0:30:00");
    takes("x,r,h,5.,INDEF,9.", "5.");
    refuses("x,i,h,3.7", "not a whole number");
    refuses("x,i,h,1e3", "not a whole number");
    refuses("x,i,h,3000000000", "not a whole number below");
    refuses("x,i,h,4y", "not a whole number");
    refuses("x,r,h,nan", "not a number");
    refuses("x,r,h,inf", "not a number");
    refuses("x,r,h,0x1p3", "not a number");
    refuses("x,r,h,1e999", "not a number");
    refuses("x,r,h,\"2,5\"", "not a number");
    refuses("x,r,h,5.,10.,1.", ":1:14: the maximum 1. of x is below the minimum 10.");
    refuses("x,r,h,5.,INDEF,1.", "above the maximum 1.");
    refuses("x,i,h,5,6", "below the minimum 6");
    refuses("x,i,h,5,one,9", "the minimum one of x does not fit its type");
    refuses("x,i,h,4,\"3|5|7\"", "not one of 3|5|7");
}

static void
check_texts(void)
{
    takes("x,s,h,\"hello, world #1\",,,\"p\"  # comment", "hello, world #1");
    takes("x,s,h,'it \"q\"',,,'p'", "it \"q\"");
    takes("x,s,h,\"it \\\"q\\\"\"", "it \"q\"");
    takes("x,s,h,\"doubled \"\"q\"\"\"", "doubled \"q\"");
    takes("x,s,h,\"a\\nb\\\\n\"", "a\nb\\n");
    takes("x,s,h,\"a\\\nb\"", "ab");
    takes("x,s,h,a#b,,,p", "a#b");
    takes("x , s , h , \"v\" , , , \"p\"", "v");
    takes("x,s,h,hello world  ,,,p", "hello world");
    takes("x,s,h,\" blanks kept \"", " blanks kept ");
    takes("\xef\xbb\xbfx,s,h,\"\xc3\xa9toile\"\r\n", "\xc3\xa9toile");
    takes("x,s,h,\"\",,,\"50% %s %n\"", "");
    refuses("x,s,h,\"abc", "unterminated quote");
    refuses("x,s,h,\"abc\" d,,", "text after a quoted field");
    refuses("x,s", "at least name,type,mode");
    refuses("x,s,h,v,,,p,8", "too many fields");
    takes("x,s,h,b,a,c", "b");
    refuses("x,s,h,d,a,c", "above the maximum c");
    refuses("x y,s,h,v", "is not made of letters, digits and _");
    refuses("x,struct,h,v", "type 'struct' is known in IRAF only");
    refuses("x,*s,h,v", "type '*s' is known in IRAF only");
    refuses("x,int,h,v", "type 'int' is not one of");
    refuses("x,s,hidden,v", "mode 'hidden' is not made of");
}

static void
check_switches_and_choices(void)
{
    takes("x,b,h,YES", "yes");
    takes("x,b,h,true", "yes");
    takes("x,b,h,n", "no");
    refuses("x,b,h,maybe", "not yes or no");
    takes("x,b,h,yes,no,yes", "yes");
    refuses("x,b,h,yes,no,no", "above the maximum no");
    takes("x,s,h,gauss,\"gauss|gaussian|tophat\"", "gauss");
    takes("x,s,h,TOP,\"gauss|gaussian|tophat\"", "tophat");
    refuses("x,s,h,g,\"gauss|gaussian|tophat\"", "x=g is ambiguous: gauss, gaussian");
    refuses("x,s,h,b,\"a|c\"", "not one of a|c");
}

/* Choices longer than any buffer, lines longer than any reader's. */
static void
check_long(void)
{
    static char     line[64000];
    char            last[600];
    struct par_list list = { NULL, 0, 0 };
    int             i;

    memset(last, 'z', sizeof last - 1);
    last[sizeof last - 1] = '\0';
    strcpy(line, "x,s,h,zz,\"");
    for (i = 0; i < 80; i++)
        sprintf(line + strlen(line), "c%d|", i);
    sprintf(line + strlen(line), "%s\"", last);
    takes(line, last);
    strcpy(line, "x,s,h,\"");
    memset(line + 7, 'v', 50000);
    strcpy(line + 50007, "\"");
    CHECK(read_text(line, strlen(line), &list) == 0 && list.n == 1
          && strlen(list.par[0].value) == 50000);
    par_free(&list);
}

/* Several lines: good ones are kept, each bad one is said with its own line. */
static void
check_files(void)
{
    static const char text[] =
        "# comment\n\n  a,i,h,1\nb,s,h,\"open\na,i,h,2\n  c,r,a,2.5,,,\"prompt\"\nmode,s,h,\"ql\"";
    struct par_list   list = { NULL, 0, 0 };
    int               count;

    CHECK(read_text(text, sizeof text - 1, &list) == 2);
    CHECK(strstr(said, "test_par.tmp:4:7: unterminated quote\n") != NULL);
    CHECK(strstr(said, "test_par.tmp:5: a stands in test_par.tmp:3 already\n") != NULL);
    CHECK(list.n == 3);
    if (list.n == 3) {
        CHECK(par_find(&list, "a", 1, 0, &count) == &list.par[0] && par_int(&list.par[0]) == 1);
        CHECK(par_real(&list.par[1]) == 2.5 && strcmp(list.par[1].prompt, "prompt") == 0);
        CHECK(strcmp(list.par[1].line, "test_par.tmp:6") == 0);
        CHECK(strcmp(list.par[2].name, "mode") == 0);
    }
    par_free(&list);
    CHECK(par_read("test_par.none", 1, &list, &ear) == -1);
}

/* Every byte in every place of a good line: taken or refused, never a crash. */
static void
check_any_byte(void)
{
    static const char good[] = "x,s,h,\"v\\\"w\",\"v|a\",,'p'\ny,r,h,1.5,0.,2.,\"p\"\n";
    char              text[sizeof good];
    struct par_list   list;
    size_t            i;
    int               byte, wrong;

    for (i = 0; i + 1 < sizeof good; i++)
        for (byte = 0; byte < 256; byte += 3) {
            list = (struct par_list){ NULL, 0, 0 };
            memcpy(text, good, sizeof good);
            text[i] = (char)byte;
            wrong = read_text(text, sizeof good - 1, &list);
            CHECK(wrong >= 0 && wrong + list.n <= 3);
            CHECK((wrong > 0) == (*said != '\0'));
            par_free(&list);
        }
}

/* Values set later obey the file's limits, and say where these or the value stand. */
static void
check_values(void)
{
    static const char text[] = "n,i,h,3,1,10\nk,i,h,INDEF,1,10\nr,r,h,0.5\nx,s,h,a,\"a|b\"\n";
    struct par_list   list = { NULL, 0, 0 };
    struct par       *p;
    char              why[256];

    CHECK(read_text(text, sizeof text - 1, &list) == 0 && list.n == 4);
    if (list.n != 4)
        return;
    p = &list.par[0];
    CHECK(par_set(p, "11", PAR_TYPED, "command line") == 0 && par_check(p, why, sizeof why) != 0);
    CHECK(strcmp(why, "n=11 is above the maximum 10 (test_par.tmp:1)") == 0);
    CHECK(par_set(p, "0", PAR_USER, "/home/me/n.par:7") == 0 && par_check(p, why, sizeof why) != 0);
    CHECK(strcmp(why, "n=0 is below the minimum 1 (/home/me/n.par:7)") == 0);
    CHECK(par_set(p, "INDEF", PAR_TYPED, "command line") == 0
          && par_check(p, why, sizeof why) != 0);
    p = &list.par[1];
    CHECK(par_int(p) == INT_MIN);
    CHECK(par_set(p, "7", PAR_TYPED, "command line") == 0 && par_check(p, why, sizeof why) == 0
          && par_int(p) == 7);
    CHECK(par_set(p, "indef", PAR_TYPED, "command line") == 0 && par_check(p, why, sizeof why) == 0
          && par_int(p) == INT_MIN);
    p = &list.par[2];
    CHECK(par_set(p, "0.1234567890123456789", PAR_TYPED, "command line") == 0
          && par_check(p, why, sizeof why) == 0);
    CHECK(par_real(p) == 0.1234567890123456789);
    CHECK(par_set(p, p->value, p->origin, p->source) == 0 && par_real(p) == 0.1234567890123456789);
    p = &list.par[3];
    CHECK(par_set(p, "", PAR_TYPED, "command line") == 0 && par_check(p, why, sizeof why) != 0);
    par_free(&list);
}

static void
check_nearest(void)
{
    static const char text[] = "clobber,b,h,no\nsigma,r,h,1\nsigclip,r,h,1\n";
    struct par_list   list = { NULL, 0, 0 };
    const char       *near;
    int               count;

    CHECK(read_text(text, sizeof text - 1, &list) == 0);
    near = par_nearest(&list, "cloober", 7);
    CHECK(near != NULL && strcmp(near, "clobber") == 0);
    near = par_nearest(&list, "sgima", 5);
    CHECK(near != NULL && strcmp(near, "sigma") == 0);
    CHECK(par_nearest(&list, "telescope", 9) == NULL);
    CHECK(par_find(&list, "sig", 3, 1, &count) == NULL && count == 2);
    CHECK(par_find(&list, "sigm", 4, 1, &count) == &list.par[1]);
    CHECK(par_find(&list, "sigm", 4, 0, &count) == NULL);
    par_free(&list);
}

int
main(void)
{
    check_numbers();
    check_texts();
    check_switches_and_choices();
    check_long();
    check_files();
    check_any_byte();
    check_values();
    check_nearest();
    return check_end();
}
