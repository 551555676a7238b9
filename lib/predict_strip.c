/* predict_strip.c -- rows of the bands in, rows of the new image out.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict_strip.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "inputs.h"
#include "status.h"

static int
input_count(const struct strip *s)
{
    return s->p->model->generator.nin;
}

/* Planes of all members. */
static size_t
output_count(const struct bc_model *m)
{
    return (size_t)m->members * m->graph->nout;
}

float *
strip_output(const struct strip *s, int k, int i)
{
    return s->output + ((size_t)k * s->p->model->graph->nout + i) * s->room * s->p->nx;
}

/* ---- memory ----------------------------------------------------------------------------------- */

/* Bytes of its rows. */
static size_t
strip_size(const struct bc_prediction *p, long room)
{
    return (size_t)room * p->nx * ((p->model->graph->nin + output_count(p->model) + 2) * sizeof(float) + 2);
}

bc_status
strip_allocate(struct strip *s, long room, int h, int w, long most)
{
    struct bc_prediction  *p = s->p;
    const struct bc_graph *g = p->model->graph;
    int                    batch = feed_batch(p->model, h, w, most);
    size_t                 n = (size_t)room * p->nx, rows = strip_size(p, room), bytes;

    while ((bytes = rows + feed_size(p->model, h, w, batch, most)) > p->memory && batch > 1)
        batch /= 2;
    if (bytes > p->memory)
        return bc_fail(BC_NO_MEMORY, "%s: %ld rows of %ld pixels take %.0f MB, %.0f MB may be used (memory=)",
                       bc_image_name(p->bands[0]), room, p->nx, (double)bytes / 1e6,
                       (double)p->memory / 1e6);
    s->room = room;
    s->input = malloc(n * g->nin * sizeof *s->input);
    s->flags = malloc(n);
    s->of_band = malloc(n);
    s->output = malloc(n * output_count(p->model) * sizeof *s->output);
    s->weight = malloc(n * sizeof *s->weight);
    s->square = malloc(n * sizeof *s->square);
    if (!s->input || !s->flags || !s->of_band || !s->output || !s->weight || !s->square)
        return bc_fail_memory(rows, "the rows of a prediction");
    p->model->memory = p->memory - bytes;
    return feed_open(p, h, w, batch, most, &s->feed);
}

void
strip_release(struct strip *s)
{
    feed_close(s->feed);
    free(s->input);
    free(s->flags);
    free(s->of_band);
    free(s->output);
    free(s->weight);
    free(s->square);
    free(s->taper);
    *s = (struct strip){ .p = s->p, .threads = s->threads };
}

/* Rows that are independent of each other, from row Y of the strip on, of output band K. */
struct rows {
    struct strip *s;
    long          y;
    int           k;
};

static void
each_row(struct strip *s, bc_work *work, long y, long ny, int k)
{
    long end = y + ny, n;

    for (; y < end; y += n) {
        struct rows r = { s, y, k };

        n = end - y < BC_MAX_ITEMS ? end - y : BC_MAX_ITEMS;
        bc_threads_run(s->threads, work, &r, (int)n);
    }
}

/* ---- rows in ---------------------------------------------------------------------------------- */

/* Rows of band B behind those that are there, in the model's unit, NaN where there is no datum; FLAGS |= why. */
static bc_status
read_band(struct strip *s, int b, long ny)
{
    const struct bc_prediction *p = s->p;
    size_t                      n = (size_t)ny * p->nx, i;
    float                      *x = s->input + ((size_t)b * s->room + s->ny) * p->nx;
    unsigned char              *flags = s->flags + s->ny * p->nx;
    bc_status st = bc_image_rows(p->bands[b], s->first + s->ny, ny, x, s->of_band);

    for (i = 0; st == BC_OK && i < n; i++) {
        x[i] = (float)(x[i] * p->factor[b]);
        if (s->of_band[i] == 0 && !isfinite(x[i]))
            s->of_band[i] = BC_NO_DATUM;
        if (s->of_band[i] != 0)
            x[i] = NAN;
        flags[i] |= s->of_band[i];
    }
    return st;
}

/* A local network goes on with the bands that are left; MASK says where, and where none is.  N pixels from AT on. */
static void
complete(struct strip *s, size_t at, size_t n)
{
    size_t         pitch = (size_t)s->room * s->p->nx, i;
    float         *bands = s->input + at;
    unsigned char *flags = s->flags + at;
    int            nin = input_count(s), b, holes;

    bc_inputs_complete(&s->p->model->stretch, bands, pitch, n);
    for (i = 0; i < n; i++) {
        for (holes = 0, b = nin; b < 2 * nin; b++)
            holes += bands[b * pitch + i] != 0.0f;
        if (holes < nin)
            flags[i] = holes > 0 ? BC_FILLED : 0;
    }
}

/* N pixels of band B from AT on into network units. */
static void
stretch_band(struct strip *s, int b, size_t at, size_t n)
{
    const struct bc_prediction *p = s->p;
    float                      *x = s->input + (size_t)b * s->room * p->nx + at;
    size_t                      i;

    bc_stretch_apply_within(&p->model->stretch, b, p->scale, p->limits[b], x, n, x);
    for (i = 0; i < n; i++)
        if (!isfinite(x[i]))
            x[i] = 0.0f;
}

static void
enter_row(void *arg, int item, int thread)
{
    const struct rows *r = arg;
    struct strip      *s = r->s;
    size_t             n = (size_t)s->p->nx, at = (size_t)(r->y + item) * n;
    int                b;

    (void)thread;
    if (s->p->model->generator.local)
        complete(s, at, n);
    for (b = 0; b < input_count(s); b++)
        stretch_band(s, b, at, n);
}

bc_status
strip_load(struct strip *s, long end)
{
    size_t    at = (size_t)s->ny * s->p->nx, n;
    long      ny = end - s->first - s->ny;
    int       b, i;
    bc_status st = BC_OK;

    if (ny <= 0)
        return BC_OK;
    n = (size_t)ny * s->p->nx;
    memset(s->flags + at, 0, n);
    for (b = 0; b < s->p->model->members; b++)
        for (i = 0; i < s->p->model->graph->nout; i++)
            memset(strip_output(s, b, i) + at, 0, n * sizeof *s->output);
    memset(s->weight + at, 0, n * sizeof *s->weight);
    memset(s->square + at, 0, n * sizeof *s->square);
    for (b = 0; st == BC_OK && b < input_count(s); b++)
        st = read_band(s, b, ny);
    if (st != BC_OK)
        return st;
    each_row(s, enter_row, s->ny, ny, 0);
    s->ny += ny;
    return BC_OK;
}

/* Pixel I of an axis of N, mirrored at its ends without repeating them, for any I. */
static long
mirror(long i, long n)
{
    long period = 2 * (n - 1);

    if (n == 1)
        return 0;
    i = labs(i) % period;
    return i < n ? i : period - i;
}

void
strip_cut(const struct strip *s, long y0, long x0, int h, int w, float *to)
{
    long nx = s->p->nx, ny = s->p->ny;
    int  channels = s->p->model->graph->nin, b, y, x;

    for (b = 0; b < channels; b++)
        for (y = 0; y < h; y++) {
            const float *row = s->input + ((size_t)b * s->room + mirror(y0 + y, ny) - s->first) * nx;

            for (x = 0; x < w; x++)
                *to++ = row[mirror(x0 + x, nx)];
        }
}

/* ---- rows out --------------------------------------------------------------------------------- */

/* What is unlike the training samples; the rows beside it are there. */
static void
flag_row(void *arg, int item, int thread)
{
    const struct rows     *r = arg;
    struct strip          *s = r->s;
    const struct bc_model *m = s->p->model;
    size_t                 pitch = (size_t)s->room * s->p->nx;
    struct bc_channels     c = bc_channels_of(&m->stretch, s->input, pitch, s->p->nx, s->ny);
    long                   y = r->y + item, x;

    (void)thread;
    for (x = 0; x < c.nx; x++)
        s->flags[y * c.nx + x] |= (unsigned char)bc_unusual(&m->usual, &c, y, x);
}

/* Output band K of the N pixels at AT of the strip, in its unit; if it is asked for, half of the intervals around them
 * in weight (68 %) and square (95 %), which are of no use for these pixels any more. */
static void
conclude(struct strip *s, int k, size_t at, size_t n)
{
    const struct bc_prediction *p = s->p;
    const struct bc_stretch    *stretch = &p->model->stretch;
    float                      *value = strip_output(s, 0, k) + at, *one = s->weight + at, *two = s->square + at;
    size_t                      i;

    bc_model_conclude(p->model, k, s->output + at, (size_t)s->room * p->nx, n, two);
    memcpy(one, value, n * sizeof *value);
    bc_stretch_invert(stretch, stretch->nin + k, p->scale, value, n);
    for (i = 0; p->sigmas > 0 && i < n; i++) {
        struct bc_predicted pixel = { one[i], value[i], two[i], 0 };

        if (p->model->generator.local)
            pixel.missing = bc_inputs_missing(s->input + at, input_count(s), (size_t)s->room * p->nx, i);
        one[i] = (float)bc_model_interval(p->model, k, p->scale, &pixel, 1);
        two[i] = (float)bc_model_interval(p->model, k, p->scale, &pixel, 2);
    }
}

static void
conclude_row(void *arg, int item, int thread)
{
    const struct rows *r = arg;
    size_t             n = (size_t)r->s->p->nx;

    (void)thread;
    conclude(r->s, r->k, (size_t)(r->y + item) * n, n);
}

/* What MASK says of the area's rows [from, to), to the front; counts their pixels. */
static void
crop_flags(struct strip *s, long from, long to)
{
    const struct bc_area *a = &s->p->area;
    long                  y, x;

    for (y = from; y < to; y++) {
        unsigned char *flags = s->flags + (y - from) * a->nx;

        memmove(flags, s->flags + (y - s->first) * s->p->nx + a->x0, (size_t)a->nx);
        bc_area_flag(a, y, flags);
        for (x = 0; x < a->nx; x++) {
            s->asked += (flags[x] & BC_UNASKED) == 0;
            s->filled += (flags[x] & (BC_FILLED | BC_NO_PREDICTION)) == BC_FILLED;
            s->missing += (flags[x] & BC_NO_PREDICTION) != 0 && (flags[x] & BC_UNASKED) == 0;
        }
    }
}

/* Output band K of the area's rows [from, to) goes out; their flags are cropped already. */
static bc_status
put_band(struct strip *s, int k, long from, long to)
{
    struct bc_prediction *p = s->p;
    const struct bc_area *a = &p->area;
    float                *plane[3] = { strip_output(s, 0, k), s->weight, s->square };
    const float          *sigma[2] = { p->sigmas > 0 ? s->weight : NULL, p->sigmas > 1 ? s->square : NULL };
    size_t                n = (size_t)(to - from) * a->nx, i;
    long                  y;
    int                   j;

    for (j = 0; j < 3; j++) {
        for (y = from; y < to; y++)
            memmove(plane[j] + (y - from) * a->nx, plane[j] + (y - s->first) * p->nx + a->x0,
                    (size_t)a->nx * sizeof *plane[j]);
        for (i = 0; i < n; i++)
            plane[j][i] = (s->flags[i] & BC_NO_PREDICTION) != 0 ? NAN : (float)(plane[j][i] * p->product[k].to_unit);
    }
    return p->put(p, k, from - a->y0, to - from, plane[0], sigma, s->flags);
}

/* Move what is behind row N to the front. */
static void
forget(struct strip *s, long n)
{
    size_t from = (size_t)n * s->p->nx, rest = (size_t)(s->ny - n) * s->p->nx;
    int    k, i;

    for (i = 0; i < s->p->model->graph->nin; i++) {
        float *channel = s->input + (size_t)i * s->room * s->p->nx;

        memmove(channel, channel + from, rest * sizeof *channel);
    }
    memmove(s->flags, s->flags + from, rest);
    for (k = 0; k < s->p->model->members; k++)
        for (i = 0; i < s->p->model->graph->nout; i++)
            memmove(strip_output(s, k, i), strip_output(s, k, i) + from, rest * sizeof *s->output);
    memmove(s->weight, s->weight + from, rest * sizeof *s->weight);
    memmove(s->square, s->square + from, rest * sizeof *s->square);
    s->first += n;
    s->ny -= n;
}

bc_status
strip_finish(struct strip *s, long end, long keep)
{
    const struct bc_area *a = &s->p->area;
    long                  from = s->done > a->y0 ? s->done : a->y0, to = end < a->y0 + a->ny ? end : a->y0 + a->ny;
    int                   k;
    bc_status             st = BC_OK;

    if (s->p->model->generator.local)
        each_row(s, flag_row, s->done - s->first, end - s->done, 0);
    crop_flags(s, from, to);
    for (k = 0; st == BC_OK && k < s->p->model->generator.nout; k++) {
        each_row(s, conclude_row, s->done - s->first, end - s->done, k);
        if (from < to)
            st = put_band(s, k, from, to);
    }
    s->done = end;
    if (keep > s->first)
        forget(s, keep - s->first);
    return st;
}

bc_status
strip_tell(const struct strip *s, double done)
{
    const bc_predict_options *o = s->p->o;

    if (o->tell != NULL && o->tell(o->arg, done) != 0)
        return bc_fail(BC_STOPPED, "stopped");
    return BC_OK;
}
