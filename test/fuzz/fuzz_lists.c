/* fuzz_lists.c -- any bytes as a list of images, its first line, and as the file "list" that it may name:
 * names that can be taken apart again, or a sentence.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lists.h"
#include "task.h"

static char said[4096];

bc_status
task_fail(bc_status status, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(said, sizeof said, format, args);
    va_end(args);
    return status;
}

/* A folder with some files; patterns are not to find others. */
static void
make_folder(void)
{
    static const char *const files[] = { "a.fits", "b.fits", "c1.fits", "c12.fits", "sub/x.fits" };
    char   folder[] = "/tmp/fuzz_lists.XXXXXX";
    size_t i;

    if (mkdtemp(folder) == NULL || chdir(folder) != 0 || mkdir("sub", 0777) != 0)
        abort();
    for (i = 0; i < sizeof files / sizeof *files; i++) {
        FILE *f = fopen(files[i], "w");

        if (f == NULL || fclose(f) != 0)
            abort();
    }
}

/* No way out of the folder: a slash stands behind a letter, a digit, a star or a slash. */
static void
stay_inside(char *text)
{
    size_t i;

    for (i = 0; text[i] != '\0'; i++)
        if (text[i] == '/' && (i == 0 || (!isalnum((unsigned char)text[i - 1]) && strchr("*/", text[i - 1]) == NULL)))
            text[i] = '_';
}

static void
expand(const char *text, enum list_use use)
{
    struct strings s = { 0 }, names = { 0 };
    int            i;

    *said = '\0';
    if (lists_expand(text, use, &s) != BC_OK) {
        if (*said == '\0')
            abort();
    } else {
        for (i = 0; use == LIST_SETS && i < s.n; i++) {
            char *again;

            if (strings_split(s.text[i], &names) != BC_OK || (again = strings_join(&names)) == NULL
                || strcmp(again, s.text[i]) != 0)
                abort();
            free(again);
            strings_free(&names);
        }
    }
    strings_free(&s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static int ready;
    char      *text = malloc(size + 1);
    size_t     n;
    FILE      *f;

    if (text == NULL)
        return 0;
    if (!ready)
        make_folder();
    ready = 1;
    memcpy(text, data, size);
    text[size] = '\0';
    stay_inside(text);
    n = strcspn(text, "\n");
    f = fopen("list", "w");
    if (f == NULL)
        abort();
    if (text[n] != '\0')
        fwrite(text + n + 1, 1, size - n - 1, f);
    fclose(f);
    text[n] = '\0';
    expand(text, LIST_NAMES);
    expand(text, LIST_SETS);
    expand(text, LIST_OUTPUTS);
    free(text);
    return 0;
}
