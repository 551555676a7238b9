/* test_arguments.c -- command lines give the values that they say, or every reason why not.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "arguments.h"
#include "check.h"

static const char DEMO[] =
    "infile,f,a,\"\",,,\"Input\"\noutfile,s,a,\"\",,,\"Output\"\nsigma,r,h,2.5,0.,100.\n"
    "sigclip,r,h,3.\nnit,i,h,3,1,10\nverbose,b,h,no\n"
    "method,s,h,\"gauss\",\"gauss|gaussian|tophat|median\"\nmode,s,h,\"ql\",,,\n";
static char said[4096];

static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    size_t n = strlen(said);

    (void)arg;
    snprintf(said + n, sizeof said - n, "%s%s\n", grade == PAR_WARNING ? "warning: " : "",
             sentence);
}

static const struct par_ear ear = { hear, NULL };

static void
read_demo(struct par_list *list)
{
    FILE *f = fopen("demo.par", "w");

    CHECK(f != NULL && fputs(DEMO, f) >= 0 && fclose(f) == 0);
    CHECK(par_read("demo.par", 1, list, &ear) == 0);
    remove("demo.par");
}

/* The arguments of one line, a '|' between two. */
static void
run(const char *line, struct par_list *list)
{
    static char text[512];
    char       *argv[32] = { "demo" }, *p;
    int         argc = 1;

    *said = '\0';
    snprintf(text, sizeof text, "%s", line);
    for (p = text; p != NULL && *line != '\0'; argc++) {
        argv[argc] = p;
        p = strchr(p, '|');
        if (p != NULL)
            *p++ = '\0';
    }
    read_demo(list);
    arguments_read("demo", list, argc, argv, &ear);
    arguments_check(list, 0, &ear);
}

/* LINE gives parameter NAME the value WANT and no complaint. */
static void
gives(const char *line, const char *name, const char *want)
{
    struct par_list list = { NULL, 0, 0 };
    struct par     *p;
    int             count;

    run(line, &list);
    p = par_find(&list, name, strlen(name), 0, &count);
    if (p == NULL || strcmp(p->value, want) != 0 || *said != '\0') {
        printf("'%s' gives %s='%s', expected '%s'; %s\n", line, name, p == NULL ? "" : p->value,
               want, said);
        check_failures++;
    }
    par_free(&list);
}

/* LINE is refused with exactly these sentences. */
static void
refuses(const char *line, const char *sentences)
{
    struct par_list list = { NULL, 0, 0 };

    run(line, &list);
    if (strcmp(said, sentences) != 0) {
        printf("'%s' gives\n%sexpected\n%s", line, said, sentences);
        check_failures++;
    }
    par_free(&list);
}

static void
check_values(void)
{
    gives("a|b", "infile", "a");
    gives("a|b", "sigma", "2.5");
    gives("a|b|sigm=5", "sigma", "5");
    gives("a|b|sigma|=|5", "sigma", "5");
    gives("a|b|sigma=|5", "sigma", "5");
    gives("a|b|sigma|=5", "sigma", "5");
    gives("a|sigma=|5|b", "outfile", "b");
    gives("infile=a|outfile=|sigma=3", "outfile", "");
    gives("infile=a|outfile=|sigma=3", "sigma", "3");
}

static void
check_forms(void)
{
    gives("a b.fits|outfile=x=y", "infile", "a b.fits");
    gives("a b.fits|outfile=x=y", "outfile", "x=y");
    gives("./x=y|b", "infile", "./x=y");
    gives("f.fits[a=1]|b", "infile", "f.fits[a=1]");
    gives("a|b|verbose+", "verbose", "yes");
    gives("a|b|verb-", "verbose", "no");
    gives("a|b|verbose=t", "verbose", "yes");
    gives("nosuch+|b", "infile", "nosuch+");
    gives("a|b|meth=TOP", "method", "tophat");
    gives("--|-3|b", "infile", "-3");
    gives("-3|b", "infile", "-3");
    gives("a|--|sigma=5", "outfile", "sigma=5");
    gives("outfile=b|a", "infile", "a");
}

static void
check_refusals(void)
{
    refuses("a|b|5", "too many positional arguments: '5' (2 accepted)\n");
    refuses("a|b|sig=5", "parameter 'sig' is ambiguous (sigma, sigclip)\n");
    refuses("a|b|sgima=5", "unknown parameter 'sgima' (did you mean sigma?)\n");
    refuses("x=y|b", "unknown parameter 'x'\n");
    refuses("a|b|telescope=5", "unknown parameter 'telescope'\n");
    refuses("a|b|sigma=5|sigma=6", "sigma is given twice\n");
    refuses("a|b|infile=c", "infile is given twice\n");
    refuses("a|b|nit=11", "nit=11 is above the maximum 10 (demo.par:5)\n");
    refuses("a|b|nit=INDEF", "nit=INDEF is not a whole number below 2147483648 (demo.par:5)\n");
    refuses("a|b|method=", "method= is not one of gauss|gaussian|tophat|median (demo.par:7)\n");
    refuses("a|b|--chek",
            "unknown option --chek (--help, --version, --dump and --check are known)\n");
    refuses("a|b|nit=99|sigma=x|nosuch=1",
            "unknown parameter 'nosuch'\nsigma=x is not a number (demo.par:3)\n"
            "nit=99 is above the maximum 10 (demo.par:5)\n");
}

static void
check_options(void)
{
    char *with[] = { "demo", "a", "--help", "--check" }, *without[] = { "demo", "--", "--help" };

    CHECK(arguments_options(4, with) == (ARGUMENTS_HELP | ARGUMENTS_CHECK));
    CHECK(arguments_options(3, without) == 0);
    CHECK(arguments_options(2, (char *[]){ "demo", "-h" }) == ARGUMENTS_HELP);
    CHECK(arguments_options(2, (char *[]){ "demo", "-" }) == 0);
}

int
main(void)
{
    check_values();
    check_forms();
    check_refusals();
    check_options();
    return check_end();
}
