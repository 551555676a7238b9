/* align.c -- images of one field on one grid.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdlib.h>
#include <string.h>

#include "image.h"
#include "memory.h"

struct bc_alignment {
    int              n;
    bc_image       **image;         /* as given, or in its place */
    bc_image       **made;          /* what was made of it; NULL = nothing */
    bc_align_report *report;
};

static const bc_align_options defaults = { .resample = "auto" };

void
bc_alignment_close(bc_alignment *a)
{
    int i;

    if (a == NULL)
        return;
    for (i = 0; a->made != NULL && i < a->n; i++)
        bc_image_close(a->made[i]);
    free(a->made);
    free(a->image);
    free(a->report);
    free(a);
}

bc_image *
bc_alignment_image(const bc_alignment *a, int i)
{
    return i >= 0 && i < a->n ? a->image[i] : NULL;
}

bc_status
bc_alignment_report(const bc_alignment *a, int i, bc_align_report *report_p)
{
    if (i < 0 || i >= a->n)
        return bc_fail(BC_BAD_ARG, "image %d of %d", i, a->n);
    *report_p = a->report[i];
    return BC_OK;
}

static bc_status
new_alignment(bc_image *const *images, int n, bc_alignment **a_p)
{
    bc_alignment *a = calloc(1, sizeof *a);

    if (a != NULL) {
        a->n = n;
        a->image = calloc((size_t)n, sizeof *a->image);
        a->made = calloc((size_t)n, sizeof *a->made);
        a->report = calloc((size_t)n, sizeof *a->report);
    }
    if (a == NULL || a->image == NULL || a->made == NULL || a->report == NULL) {
        bc_alignment_close(a);
        return bc_fail_memory((size_t)n * sizeof *a->report, "images");
    }
    memcpy(a->image, images, (size_t)n * sizeof *images);
    *a_p = a;
    return BC_OK;
}

/* Images without sky coordinates can be aligned by their size only. */
static bc_status
place(bc_alignment *a, int i, const bc_image *reference, const bc_align_options *o, size_t memory)
{
    const char       *how = o->resample != NULL ? o->resample : "auto";
    bc_regrid_options ro = { .method = how, .threads = o->threads, .memory = memory };
    double            tolerance = o->tolerance > 0.0 ? o->tolerance : 0.1;
    bc_status         st;

    st = bc_image_same_grid(reference, a->image[i], tolerance, &a->report[i].by_size);
    if (st == BC_OK || strcmp(how, "no") == 0
        || !bc_image_has_wcs(reference) || !bc_image_has_wcs(a->image[i]))
        return st;
    st = bc_image_regrid(a->image[i], reference, &ro, &a->made[i]);
    if (st != BC_OK)
        return st;
    a->image[i] = a->made[i];
    a->report[i] = (bc_align_report){ .resampled = 1 };
    return BC_OK;
}

bc_status
bc_align(bc_image *const *images, int n, const bc_image *reference, const bc_align_options *o,
         bc_alignment **alignment_p)
{
    bc_alignment *a = NULL;
    size_t        memory;
    int           i;
    bc_status     st = new_alignment(images, n, &a);

    o = o != NULL ? o : &defaults;
    memory = (o->memory > 0 ? o->memory : bc_memory_free() / 4) / (size_t)n;
    for (i = 0; st == BC_OK && i < n; i++)
        st = place(a, i, reference, o, memory);
    if (st == BC_OK)
        *alignment_p = a;
    else
        bc_alignment_close(a);
    return st;
}
