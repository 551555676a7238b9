/* iraf_name.c -- logical folders.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "iraf_name.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 16 };                    /* of a folder in a folder in a folder; more is a circle */

static struct {
    struct variable { char *name, *value; } *variable;
    int                                      n;
} known;

static size_t
name_length(const char *s)
{
    size_t n = 0;

    while (isalnum((unsigned char)s[n]) || s[n] == '_')
        n++;
    return n;
}

static const char *
find(const char *name, size_t n)
{
    int i;

    for (i = 0; i < known.n; i++)
        if (strncmp(known.variable[i].name, name, n) == 0 && known.variable[i].name[n] == '\0')
            return known.variable[i].value;
    return NULL;
}

void
iraf_name_set(const char *assignment)
{
    size_t           n = name_length(assignment);
    struct variable *grown, new = { strndup(assignment, n), NULL };
    int              i;

    if (n == 0 || assignment[n] != '=' || new.name == NULL)
        goto done;
    new.value = strdup(assignment + n + 1);
    if (new.value == NULL)
        goto done;
    for (i = 0; i < known.n && strcmp(known.variable[i].name, new.name) != 0; i++)
        ;
    if (i == known.n) {
        grown = realloc(known.variable, ((size_t)known.n + 1) * sizeof *grown);
        if (grown == NULL)
            goto done;
        known.variable = grown;
        known.variable[known.n++] = (struct variable){ NULL, NULL };
    }
    if (strncmp(new.name, "BANDCAST_", 9) == 0)
        setenv(new.name, new.value, 1);
    free(known.variable[i].name);
    free(known.variable[i].value);
    known.variable[i] = new;
    return;
done:
    free(new.name);
    free(new.value);
}

const char *
iraf_name_without_node(const char *path)
{
    size_t n = strcspn(path, "!/");

    return path[n] == '!' ? path + n + 1 : path;
}

/* One name, N characters: "data$m51.fits" is what data stands for, followed by "m51.fits". */
static void
put_name(FILE *to, const char *name, size_t n, int depth)
{
    size_t      length = name_length(name);
    const char *folder = NULL;

    if (length > 0 && length < n && name[length] == '$')
        folder = find(name, length);
    if (folder != NULL && depth < DEPTH) {
        folder = iraf_name_without_node(folder);
        put_name(to, folder, strlen(folder), depth + 1);
        name += length + 1;
        n -= length + 1;
    } else if (n == 5 && strncmp(name, "STDIN", n) == 0) {
        name = "/dev/stdin";
        n = strlen(name);
    }
    fwrite(name, 1, n, to);
}

char *
iraf_name_host(const char *value)
{
    char  *text = NULL;
    size_t size;
    FILE  *to;

    if (known.n == 0)                   /* not in IRAF */
        return strdup(value);
    to = open_memstream(&text, &size);
    if (to == NULL)
        return NULL;
    while (*value != '\0') {
        size_t n = strspn(value, "@, "), length = strcspn(value + n, ",");

        fwrite(value, 1, n, to);
        put_name(to, value + n, length, 0);
        value += n + length;
    }
    if (fclose(to) == 0)
        return text;
    free(text);
    return NULL;
}
