/* print_list.c -- for lists.sh: print_list TEXT prints what it names, one a line.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "lists.h"

int
main(int argc, char **argv)
{
    struct strings s = { 0 };
    int            i;
    bc_status      st = argc == 2 ? lists_expand(argv[1], LIST_NAMES, &s) : BC_BAD_ARG;

    for (i = 0; st == BC_OK && i < s.n; i++)
        puts(s.text[i]);
    strings_free(&s);
    return st == BC_OK ? 0 : 1;
}
