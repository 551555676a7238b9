/* predict_rows.c -- all rows of an image, from the bands through the network to where they go.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_strip.h"

bc_status
bc_predict_rows(struct bc_prediction *p)
{
    struct strip s = { .p = p };
    bc_status    st = bc_threads_open(p->model->threads, &s.threads);

    if (st != BC_OK)
        return st;
    st = p->model->generator.local ? bc_predict_tiles(&s) : bc_predict_windows(&s);
    p->report.asked = s.asked / ((double)p->nx * (double)p->ny);
    p->report.missing = s.missing / s.asked;
    p->report.filled = s.filled / s.asked;
    strip_release(&s);
    bc_threads_close(s.threads);
    return st;
}
