/* makehelp.c -- help pages in other forms, for make: makehelp text|man|html|index PAGE FILE.hlp...
 * FILEs are all pages that there are, for the links between them; PAGE is the one to print ("index"
 * has none).
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "help_format.h"

static int
complain(const char *thing, const char *fact)
{
    fprintf(stderr, "makehelp: %s: %s\n", thing, fact);
    return EXIT_FAILURE;
}

static int
print_page(const char *form, const struct lroff *pages, int n, const char *name)
{
    int i = lroff_find(pages, n, name);

    if (i < 0)
        return complain(name, "no such page among the files");
    if (strcmp(form, "man") == 0)
        help_man(pages, n, i, stdout);
    else if (strcmp(form, "html") == 0)
        help_html(pages, n, i, stdout);
    else if (strcmp(form, "text") == 0)
        help_text(&pages[i], stdout, 80, 0);
    else
        return complain(form, "text, man, html and index are known");
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    int           index = argc > 2 && strcmp(argv[1], "index") == 0;
    int           first = index ? 2 : 3, i, n, failed;
    struct lroff *pages;

    if (argc <= first)
        return complain("usage",
                        "makehelp text|man|html PAGE FILE.hlp..., makehelp index FILE.hlp...");
    n = argc - first;
    pages = calloc((size_t)n, sizeof *pages);
    if (pages == NULL)
        return complain("pages", "out of memory");
    for (i = 0; i < n; i++) {
        FILE *f = fopen(argv[first + i], "r");

        if (f == NULL || lroff_read(f, &pages[i]) != 0)
            return complain(argv[first + i], "cannot be read");
        fclose(f);
    }
    if (index)
        help_index(pages, n, stdout);
    failed = index ? EXIT_SUCCESS : print_page(argv[1], pages, n, argv[2]);
    for (i = 0; i < n; i++)
        lroff_free(&pages[i]);
    free(pages);
    return fflush(stdout) == 0 ? failed : complain("output", "cannot be written");
}
