/* help.c -- finds a task's help page and prints it.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "help.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "help_format.h"

enum { LEAST_WIDTH = 40, MOST_WIDTH = 100 };

static int
read_page(const char *task, struct lroff *page)
{
    const char *folder = getenv("BANDCAST_HELP");       /* a tree that is not installed */
    char        file[4096];
    FILE       *f;
    int         failed;

    if (folder == NULL || *folder == '\0')
        folder = PKGDATADIR "/help";
    snprintf(file, sizeof file, "%s/%s.hlp", folder, task);
    f = fopen(file, "r");
    if (f == NULL)
        return -1;
    failed = lroff_read(f, page);
    fclose(f);
    return failed;
}

static int
terminal_width(FILE *to)
{
    struct winsize size;

    if (ioctl(fileno(to), TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 80;
    if (size.ws_col < LEAST_WIDTH)
        return LEAST_WIDTH;
    return size.ws_col > MOST_WIDTH ? MOST_WIDTH : size.ws_col;
}

int
help_print(const char *task)
{
    struct lroff page;

    if (read_page(task, &page) != 0)
        return -1;
    help_text(&page, stdout, terminal_width(stdout), isatty(STDOUT_FILENO));
    lroff_free(&page);
    return 0;
}

/* The end of the item that block I begins. */
static int
item_end(const struct lroff *page, int i)
{
    int depth = 0;

    do {
        depth += page->block[i].kind == LROFF_ITEM;
        depth -= page->block[i].kind == LROFF_END;
        i++;
    } while (depth > 0);
    return i;
}

int
help_parameter(const char *task, const char *parameter, FILE *to)
{
    struct lroff page;
    char         word[64];
    int          i, within = 0, found = 0;

    if (read_page(task, &page) != 0)
        return -1;
    for (i = 0; i < page.n && !found; i++) {
        if (page.block[i].kind == LROFF_TITLE)
            within = strcmp(page.block[i].text, "PARAMETERS") == 0;
        if (!within || page.block[i].kind != LROFF_ITEM)
            continue;
        lroff_word(page.block[i].text, word, sizeof word);
        found = strcmp(word, parameter) == 0;
        if (found)
            help_text_part(&page, i, item_end(&page, i), to, terminal_width(to),
                           isatty(fileno(to)));
        else
            i = item_end(&page, i) - 1;
    }
    lroff_free(&page);
    return found ? 0 : -1;
}
