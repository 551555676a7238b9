/* print_par.c -- for par_cases.sh: print_par FILE reads a parameter file, says on stderr what is
 * wrong with it, and prints its parameters one a line: name, type, mode, value, minimum, maximum,
 * prompt between tabs, new lines as \n; print_par -w FILE writes it again; -u takes it as a user's
 * file, whose values may be anything.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "par.h"

static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    (void)arg;
    fprintf(stderr, "%s%s\n", grade == PAR_WARNING ? "warning: " : "", sentence);
}

static void
put(const char *text)
{
    putchar('\t');
    for (; *text != '\0'; text++)
        if (*text == '\n')
            fputs("\\n", stdout);
        else
            putchar(*text);
}

static void
print(const struct par *p)
{
    printf("%s\t%c%s", p->name, p->type, p->access);
    put(p->mode);
    if (p->type == 'r' && *p->value != '\0' && !par_is_indef(p->value)
        && !par_is_reference(p->value))
        printf("\t%.17g", par_real(p));
    else if (p->type == 'i' && *p->value != '\0' && !par_is_indef(p->value)
             && !par_is_reference(p->value))
        printf("\t%d", par_int(p));
    else
        put(p->value);
    put(p->min);
    put(p->max);
    put(p->prompt);
    putchar('\n');
}

int
main(int argc, char **argv)
{
    const struct par_ear ear = { hear, NULL };
    struct par_list      list = { NULL, 0, 0 };
    int                  wrong, i;

    if (argc < 2)
        return EXIT_FAILURE;
    wrong = par_read(argv[argc - 1], strcmp(argv[1], "-u") != 0, &list, &ear);
    for (i = 0; i < list.n; i++)
        if (strcmp(argv[1], "-w") == 0)
            par_write(&list.par[i], stdout);
        else
            print(&list.par[i]);
    par_free(&list);
    return wrong == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
