/* fuzz_lists.c -- any bytes as a list of images: names, or a sentence why not.  The first byte says
 * what the list is for, what follows the first new line stands in the file "more".
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lists.h"
#include "task.h"

static int said;

/* In the place of task.c's. */
bc_status
task_fail(bc_status status, const char *format, ...)
{
    char    text[4096];
    va_list args;

    va_start(args, format);
    said = vsnprintf(text, sizeof text, format, args) > 0;
    va_end(args);
    return status;
}

static void
write_file(const char *name, const char *text, size_t n)
{
    FILE *f = fopen(name, "w");

    if (f == NULL || fwrite(text, 1, n, f) != n || fclose(f) != 0)
        abort();
}

static char folder[] = "/tmp/fuzz_lists.XXXXXX";

static void
remove_folder(void)
{
    static const char *const names[] = { "a.fits", "b.fits", "c1_g.fits", "c2_g.fits", "list",
                                               "more" };
    size_t                   i;

    for (i = 0; i < sizeof names / sizeof *names; i++)
        remove(names[i]);
    rmdir(folder);
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A folder of its own with a few images and lists. */
int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
    static const char *const images[] = { "a.fits", "b.fits", "c1_g.fits", "c2_g.fits" };
    static const char        list[] = "a.fits  # comment\n\nb.fits[SCI]\nc*_g.fits\n";
    size_t                   i;

    (void)argc;
    (void)argv;
    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || atexit(remove_folder) != 0)
        abort();
    for (i = 0; i < sizeof images / sizeof *images; i++)
        write_file(images[i], "", 0);
    write_file("list", list, strlen(list));
    return 0;
}

/* A set can be taken apart and put together again. */
static int
is_set(const char *text)
{
    struct strings names = { NULL, 0 };
    char          *again = strings_split(text, &names) == BC_OK ? strings_join(&names) : NULL;
    int            same = again != NULL && strcmp(again, text) == 0;

    free(again);
    strings_free(&names);
    return same;
}

static void
expand(const char *text, enum list_use use)
{
    struct strings s = { NULL, 0 };
    bc_status      st;
    int            i;

    said = 0;
    st = lists_expand(text, use, &s);
    if (st != BC_OK && !said)
        abort();
    for (i = 0; st == BC_OK && i < s.n; i++)
        if (*s.text[i] == '\0' || (use == LIST_SETS && !is_set(s.text[i])))
            abort();
    strings_free(&s);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *text, *more, *slash;

    if (size < 2)
        return 0;
    text = malloc(size);
    if (text == NULL)
        return 0;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    for (slash = text; *slash != '\0'; slash++)         /* stay in the folder; // joins */
        if (*slash == '/' && slash[1] != '/' && (slash == text || slash[-1] != '/'))
            *slash = '_';
    more = strchr(text, '\n');
    if (more != NULL) {
        *more++ = '\0';
        write_file("more", more, strlen(more));
    }
    if (strstr(text, "..") == NULL && strstr(text, "@-") == NULL)
        expand(text, data[0] % 3 == 0 ? LIST_NAMES : data[0] % 3 == 1 ? LIST_OUTPUTS : LIST_SETS);
    free(text);
    return 0;
}
