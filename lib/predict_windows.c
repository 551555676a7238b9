/* predict_windows.c -- fields through a network whose answer depends on its window, as one with instance norm's does.
 * Images near the size of its training stamps go through in one pass, larger ones as windows of that size, half
 * overlapping, blended.  The windows come row by row, so that as many rows of pixels as a window is
 * high are all that is in memory; what comes out does not depend on how much memory there is.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_strip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "status.h"

static int
round_up(long n, int multiple)
{
    return (int)((n + multiple - 1) / multiple * multiple);
}

/* Whose windows are on their way. */
struct member {
    struct strip *s;
    int           k, width;
};

static void
keep_whole(void *arg, long i, const float *result)
{
    const struct member        *of = arg;
    const struct bc_prediction *p = of->s->p;
    long                        y;

    (void)i;
    for (y = 0; y < p->ny; y++)
        memcpy(strip_output(of->s, of->k, 0) + y * p->nx, result + y * of->width, p->nx * sizeof *result);
}

static bc_status
predict_whole(struct strip *s)
{
    const struct bc_prediction *p = s->p;
    int       multiple = p->model->graph->multiple, least = 4 * multiple;
    int       h = round_up(p->ny < least ? least : p->ny, multiple), k;
    int       w = round_up(p->nx < least ? least : p->nx, multiple);
    bc_status st = strip_allocate(s, p->ny, h, w, 1);

    if (st == BC_OK)
        st = strip_load(s, p->ny);
    if (st != BC_OK)
        return st;
    for (k = 0; st == BC_OK && k < p->model->members; k++) {
        struct member of = { s, k, w };

        st = feed_begin(s->feed, k, keep_whole, &of);
        strip_cut(s, 0, 0, h, w, feed_place(s->feed));
        if (st == BC_OK)
            st = feed_push(s->feed, 0, NULL);
        if (st == BC_OK)
            st = feed_end(s->feed);
        if (st == BC_OK)
            st = strip_tell(s, (k + 1.0) / p->model->members);
    }
    return st == BC_OK ? strip_finish(s, p->ny, p->ny) : st;
}

/* The weighted mean of the windows in the strip's first N pixels, and their variance, a mean over members. */
static void
join(struct strip *s, size_t n)
{
    size_t i;
    int    k, members = s->p->model->members;

    for (i = 0; i < n; i++) {
        s->covered += s->weight[i] > 0.0f;
        s->weight[i] = s->weight[i] > 0.0f ? s->weight[i] : 1.0f;      /* beside the area */
        s->square[i] /= s->weight[i];
    }
    for (k = 0; k < members; k++) {
        float *output = strip_output(s, k, 0);

        for (i = 0; i < n; i++) {
            output[i] /= s->weight[i];
            s->square[i] -= output[i] * output[i];
        }
    }
    for (i = 0; i < n; i++)
        s->scatter += fmax(0.0, s->square[i] / members);
}

/* A squared sine: two windows that overlap by half add up to one. */
static bc_status
make_taper(struct strip *s)
{
    int    size = s->p->size, i;
    double sine;

    s->taper = malloc((size_t)size * sizeof *s->taper);
    if (s->taper == NULL)
        return bc_fail_memory((size_t)size * sizeof *s->taper, "the weights of a window");
    for (i = 0; i < size; i++) {
        sine = sin(3.14159265358979323846 * (i + 0.5) / size);
        s->taper[i] = (float)(sine * sine);
    }
    return BC_OK;
}

/* Windows along an axis: half overlapping, the last one flush with the end. */
static long
count_windows(long n, int size)
{
    return n <= size ? 1 : (n - size + size / 2 - 1) / (size / 2) + 1;
}

static long
window_start(long i, long n, int size)
{
    long start = i * (size / 2);

    return n <= size ? 0 : start + size > n ? n - size : start;
}

/* Add window I to a member's rows.  All members' windows have the same weights. */
static void
add_window(void *arg, long i, const float *result)
{
    const struct member *of = arg;
    struct strip        *s = of->s;
    float               *output = strip_output(s, of->k, 0);
    int                  size = s->p->size, y, x;
    long                 x0 = window_start(i, s->p->nx, size);

    for (y = 0; y < size && y < s->ny; y++)
        for (x = 0; x < size && x0 + x < s->p->nx; x++) {
            size_t at = (size_t)y * s->p->nx + x0 + x;
            float  w = s->taper[y] * s->taper[x], value = result[y * size + x];

            if (of->k == 0)
                s->weight[at] += w;
            output[at] += w * value;
            s->square[at] += w * value * value;
        }
}

/* The windows along an axis of N that touch the pixels [from, to): [*first_p, *end_p). */
static void
touching_windows(long n, int size, long from, long to, long *first_p, long *end_p)
{
    long count = count_windows(n, size), i = 0;

    while (i + 1 < count && window_start(i, n, size) + size <= from)
        i++;
    *first_p = i;
    while (i < count && window_start(i, n, size) < to)
        i++;
    *end_p = i;
}

/* Member K's windows whose first row is the strip's. */
static bc_status
predict_row(struct strip *s, int k, double done, double step)
{
    const struct bc_prediction *p = s->p;
    struct member               of = { s, k, p->size };
    long                        first, end, i;
    bc_status                   st = feed_begin(s->feed, k, add_window, &of);

    touching_windows(p->nx, p->size, p->area.x0, p->area.x0 + p->area.nx, &first, &end);
    for (i = first; st == BC_OK && i < end; i++) {
        strip_cut(s, s->first, window_start(i, p->nx, p->size), p->size, p->size, feed_place(s->feed));
        st = feed_push(s->feed, i, NULL);
        if (st == BC_OK)
            st = strip_tell(s, done + step * (double)(i + 1 - first) / (double)(end - first));
    }
    return st == BC_OK ? feed_end(s->feed) : st;
}

static bc_status
predict_blended(struct strip *s)
{
    const struct bc_prediction *p = s->p;
    long                        all = count_windows(p->ny, p->size), first, my, i, next;
    int                         members = p->model->members, k;
    bc_status st = strip_allocate(s, p->ny < p->size ? p->ny : p->size, p->size, p->size,
                                  count_windows(p->nx, p->size));

    if (st == BC_OK)
        st = make_taper(s);
    touching_windows(p->ny, p->size, p->area.y0, p->area.y0 + p->area.ny, &first, &my);
    s->first = s->done = window_start(first, p->ny, p->size);
    for (i = first; st == BC_OK && i < my; i++) {
        next = i + 1 < all ? window_start(i + 1, p->ny, p->size) : p->ny;
        st = strip_load(s, s->first + p->size < p->ny ? s->first + p->size : p->ny);
        for (k = 0; st == BC_OK && k < members; k++)
            st = predict_row(s, k, ((double)(i - first) + (double)k / members) / (double)(my - first),
                             1.0 / (double)members / (double)(my - first));
        if (st != BC_OK)
            break;
        join(s, (size_t)(next - s->first) * p->nx);
        st = strip_finish(s, next, next);
    }
    return st;
}

bc_status
bc_predict_windows(struct strip *s)
{
    bc_status st = s->p->whole ? predict_whole(s) : predict_blended(s);

    if (!s->p->whole)
        s->p->report.spread = sqrt(s->scatter / s->covered);
    return st;
}
