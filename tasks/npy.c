/* npy.c -- reads lists of whole numbers as numpy saves them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "npy.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "task.h"

enum { MOST = 1 << 24 };                    /* numbers */

static int
ascending(const void *a, const void *b)
{
    long x = *(const long *)a, y = *(const long *)b;

    return (x > y) - (x < y);
}

/* Bytes a number and how many there are, from a header such as
 * {'descr': '<i8', 'fortran_order': False, 'shape': (150,), }; 0 if it is none of ours. */
static int
parse(const char *header, long *n_p)
{
    const char *type = strstr(header, "'descr'"), *shape = strstr(header, "'shape'");
    char        order, kind;
    int         size, end = 0;

    if (type == NULL || shape == NULL || sscanf(type, "'descr': '%c%c%d'", &order, &kind, &size) != 3
        || sscanf(shape, "'shape': (%9ld,)%n", n_p, &end) != 1 || end == 0)
        return 0;
    return order == '<' && kind == 'i' && (size == 4 || size == 8) && *n_p >= 1 && *n_p <= MOST ? size : 0;
}

/* The header and its end; 0 if that is no file of numpy. */
static int
read_header(FILE *f, char header[4096])
{
    unsigned char b[10];
    size_t        n;

    if (fread(b, 1, sizeof b, f) != sizeof b || memcmp(b, "\223NUMPY", 6) != 0 || b[6] != 1)
        return 0;
    n = (size_t)b[8] | (size_t)b[9] << 8;
    if (n >= 4096 || fread(header, 1, n, f) != n)
        return 0;
    header[n] = '\0';
    return 1;
}

static long
little_endian(const unsigned char *b, int size)
{
    uint64_t value = size == 4 && b[3] >= 128 ? UINT64_MAX : 0;

    while (size-- > 0)
        value = value << 8 | b[size];
    return (long)(int64_t)value;
}

/* Sort them, and keep one of those that are alike. */
static long
sort(long *x, long n)
{
    long i, kept = 0;

    qsort(x, (size_t)n, sizeof *x, ascending);
    for (i = 0; i < n; i++)
        if (kept == 0 || x[i] != x[kept - 1])
            x[kept++] = x[i];
    return kept;
}

bc_status
numbers_read(const char *file, struct numbers *numbers)
{
    char          header[4096];
    unsigned char b[8];
    FILE         *f = fopen(file, "rb");
    int           size = 0;
    long          n = 0, i = 0;

    if (f == NULL)
        return task_fail(BC_BAD_FILE, "%s cannot be read: %s", file, strerror(errno));
    if (read_header(f, header))
        size = parse(header, &n);
    if (size > 0) {
        numbers->x = malloc((size_t)n * sizeof *numbers->x);
        numbers->found = calloc((size_t)n, 1);
    }
    if (size > 0 && numbers->x != NULL)
        for (i = 0; i < n && fread(b, 1, (size_t)size, f) == (size_t)size; i++)
            numbers->x[i] = little_endian(b, size);
    fclose(f);
    if (size == 0)
        return task_fail(BC_BAD_FILE, "%s is not a list of whole numbers as numpy.save writes it", file);
    if (numbers->x == NULL || numbers->found == NULL)
        return task_fail(BC_NO_MEMORY, "out of memory for %s", file);
    if (i < n)
        return task_fail(BC_BAD_FILE, "%s ends after %ld of %ld numbers", file, i, n);
    numbers->n = sort(numbers->x, n);
    return BC_OK;
}

void
numbers_free(struct numbers *numbers)
{
    free(numbers->x);
    free(numbers->found);
    *numbers = (struct numbers){ NULL, 0, NULL };
}

int
numbers_have(struct numbers *numbers, long x)
{
    const long *at = numbers->n > 0 ? bsearch(&x, numbers->x, (size_t)numbers->n, sizeof x, ascending) : NULL;

    if (at != NULL)
        numbers->found[at - numbers->x] = 1;
    return at != NULL;
}
