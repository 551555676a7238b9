/* fuzz_par.c -- any bytes as a parameter file: read or refused with a sentence; what was read is
 * the same after it was written.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "par.h"

static int said;

static void
hear(void *arg, enum par_grade grade, const char *sentence)
{
    (void)arg;
    said += grade == PAR_WRONG && *sentence != '\0';
}

static const struct par_ear ear = { hear, NULL };

static int
same_value(const struct par *a, const struct par *b)
{
    if (a->type == 'i' && par_int(a) != par_int(b))
        return 0;
    if (a->type == 'r' && par_real(a) != par_real(b) && !(isnan(par_real(a)) && isnan(par_real(b))))
        return 0;
    return a->type == 'i' || a->type == 'r' || strcmp(a->value, b->value) == 0;
}

static void
write_and_read(const struct par *p)
{
    struct par_list again = { NULL, 0, 0 };
    char           *text = NULL;
    size_t          n;
    FILE           *to = open_memstream(&text, &n);

    if (to == NULL)
        return;
    par_write(p, to);
    fclose(to);
    if (par_read_text(text, n, "written.par", 1, &again, &ear) != 0 || again.n != 1
        || strchr(text, '\n') != text + n - 1 || strcmp(again.par[0].name, p->name) != 0
        || !same_value(p, &again.par[0])) {
        fprintf(stderr, "written as %s", text);
        abort();
    }
    free(text);
    par_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct par_list list = { NULL, 0, 0 };
    int             wrong, i;

    said = 0;
    wrong = par_read_text((const char *)data, size, "fuzz.par", 1, &list, &ear);
    if (wrong != said)
        abort();
    for (i = 0; i < list.n; i++)
        write_and_read(&list.par[i]);
    par_free(&list);
    return 0;
}
