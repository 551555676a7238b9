/* fuzz_arguments.c -- any bytes as a command line, an argument a line, or behind a first line @ as
 * the content of an @@file: every parameter is good in the end, or something was said.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arguments.h"

enum { MOST = 200 };

static const char DEMO[] =
    "infile,f,a,\"\",,,\"Input\"\noutfile,s,a,\"\",,,\"Output\"\nsigma,r,h,2.5,0.,100.\n"
    "sigclip,r,h,INDEF\nnit,i,h,3,1,10\nverbose,b,h,no\nodd,i,h,3,\"3|5|7\"\n"
    "method,s,h,\"gauss\",\"gauss|gaussian|tophat|median\"\nmode,s,h,\"ql\",,,\n";
static int wrong;

static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    (void)arg;
    wrong += grade == PAR_WRONG && *sentence != '\0';
}

static const struct par_ear ear = { hear, NULL };

static void
read_line(char *text, struct par_list *list)
{
    char *argv[MOST] = { "demo" };
    int   argc = 1;

    for (text = strtok(text, "\n"); text != NULL && argc < MOST; text = strtok(NULL, "\n"))
        if (strncmp(text, "@@", 2) != 0)        /* no file of this machine is read */
            argv[argc++] = text;
    arguments_options(argc, argv);
    arguments_read("demo", list, argc, argv, &ear);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct par_list list = { NULL, 0, 0 };
    char           *text = malloc(size + 1), why[1024];
    int             i;

    if (text == NULL)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    wrong = 0;
    if (par_read_text(DEMO, strlen(DEMO), "demo.par", 1, &list, &ear) != 0)
        abort();
    if (size > 1 && text[0] == '@' && text[1] == '\n')
        arguments_read_text("demo", &list, text + 2, size - 2, "run", &ear);
    else
        read_line(text, &list);
    arguments_check(&list, 0, &ear);
    for (i = 0; wrong == 0 && i < list.n; i++)
        if (!par_is_needed(&list.par[i]) && par_check(&list.par[i], why, sizeof why) != 0)
            abort();
    par_free(&list);
    free(text);
    return 0;
}
