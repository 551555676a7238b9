/* predict_rows.c -- strips of the bands through the network, strips of the new image out.
 * A network with instance norm gives an answer that depends on its window: images near
 * the size of its training stamps go through in one pass, larger ones as windows of that size, half
 * overlapping, blended.  The windows come row by row, so that as many rows of pixels as a window is
 * high are all that is in memory; what comes out does not depend on how much memory there is.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "predict.h"
#include "status.h"

enum { BATCH = 4 };                     /* windows in one call of the backend */

struct strip {                          /* rows [first, first + ny) of the image; room for more */
    struct bc_prediction *p;
    long                  first, ny, room;
    float                *input;        /* (nin, room, nx), network units, 0 where there is no datum */
    unsigned char        *flags;        /* (room, nx) why there is no prediction, of any band */
    unsigned char        *of_band;      /* (room, nx) of one band */
    float                *output;       /* (members, room, nx) */
    float                *weight;       /* (room, nx), of one member's windows so far */
    float                *square;       /* (room, nx), sum of weight * value^2 over all members */
    float                *window, *result;  /* BATCH windows */
    float                *taper;        /* (size) weights along a side of a window */
    double                scatter;      /* sum over the finished pixels of the windows' variance */
    double                covered;      /* finished pixels that windows cover */
    double                asked, missing;       /* pixels of the area, those without a prediction */
};

static int
input_count(const struct strip *s)
{
    return s->p->model->generator.nin;
}

static int
member_count(const struct strip *s)
{
    return s->p->model->members;
}

/* The rows of member K of an ensemble. */
static float *
output_of(const struct strip *s, int k)
{
    return s->output + (size_t)k * s->room * s->p->nx;
}

/* ---- memory ----------------------------------------------------------------------------------- */

static int
round_up(long n, int multiple)
{
    return (int)((n + multiple - 1) / multiple * multiple);
}

/* A strip of ROOM rows, BATCH windows of (h, w), and a plan for them that takes what memory is left. */
static bc_status
allocate(struct strip *s, long room, int h, int w, int batch)
{
    const struct bc_prediction *p = s->p;
    size_t n = (size_t)room * p->nx, nin = (size_t)input_count(s), nout = (size_t)member_count(s);
    size_t                      area = (size_t)h * w * batch;
    size_t bytes = n * ((nin + nout + 2) * sizeof(float) + 2) + area * (nin + 1) * sizeof(float);

    if (bytes > p->memory)
        return bc_fail(BC_NO_MEMORY, "%s: %ld rows of %ld pixels take %.0f MB, %.0f MB may be used",
                       bc_image_name(p->bands[0]), room, p->nx, (double)bytes / 1e6,
                       (double)p->memory / 1e6);
    s->room = room;
    s->input = malloc(n * nin * sizeof *s->input);
    s->flags = malloc(n);
    s->of_band = malloc(n);
    s->output = malloc(n * nout * sizeof *s->output);
    s->weight = malloc(n * sizeof *s->weight);
    s->square = malloc(n * sizeof *s->square);
    s->window = malloc(area * nin * sizeof *s->window);
    s->result = malloc(area * sizeof *s->result);
    if (!s->input || !s->flags || !s->of_band || !s->output || !s->weight || !s->square
        || !s->window || !s->result)
        return bc_fail_memory(bytes, "the rows of a prediction");
    p->model->memory = p->memory - bytes;
    return bc_model_plan(p->model, 0, h, w, batch);
}

static void
release(struct strip *s)
{
    free(s->input);
    free(s->flags);
    free(s->of_band);
    free(s->output);
    free(s->weight);
    free(s->square);
    free(s->window);
    free(s->result);
    free(s->taper);
}

/* ---- rows in ---------------------------------------------------------------------------------- */

/* Rows of band B behind those that are there: in the model's unit, stretched. */
static bc_status
load_band(struct strip *s, int b, long ny)
{
    const struct bc_prediction *p = s->p;
    const struct bc_stretch    *stretch = &p->model->stretch;
    size_t                      n = (size_t)ny * p->nx, i;
    float                      *x = s->input + ((size_t)b * s->room + s->ny) * p->nx;
    unsigned char              *flags = s->flags + s->ny * p->nx;
    bc_status st = bc_image_rows(p->bands[b], s->first + s->ny, ny, x, s->of_band);

    if (st != BC_OK)
        return st;
    for (i = 0; i < n; i++) {
        x[i] = (float)(x[i] * p->factor[b]);
        if (s->of_band[i] == 0 && !isfinite(x[i]))
            s->of_band[i] = BC_NO_DATUM;
        flags[i] |= s->of_band[i];
    }
    bc_stretch_apply_within(stretch, b, p->scale, p->limits[b], x, n, x);
    for (i = 0; i < n; i++)
        if (!isfinite(x[i]))
            x[i] = 0.0f;
    return BC_OK;
}

/* The strip reaches to row END. */
static bc_status
load(struct strip *s, long end)
{
    size_t    at = (size_t)s->ny * s->p->nx, n;
    long      ny = end - s->first - s->ny;
    int       b;
    bc_status st = BC_OK;

    if (ny <= 0)
        return BC_OK;
    n = (size_t)ny * s->p->nx;
    memset(s->flags + at, 0, n);
    for (b = 0; b < member_count(s); b++)
        memset(output_of(s, b) + at, 0, n * sizeof *s->output);
    memset(s->weight + at, 0, n * sizeof *s->weight);
    memset(s->square + at, 0, n * sizeof *s->square);
    for (b = 0; st == BC_OK && b < input_count(s); b++)
        st = load_band(s, b, ny);
    if (st == BC_OK)
        s->ny += ny;
    return st;
}

/* ---- rows out --------------------------------------------------------------------------------- */

/* The weighted mean of the windows, and their variance, a mean over members. */
static void
join(struct strip *s, size_t n)
{
    size_t i;
    int    k, members = member_count(s);

    for (i = 0; i < n; i++) {
        s->covered += s->weight[i] > 0.0f;
        s->weight[i] = s->weight[i] > 0.0f ? s->weight[i] : 1.0f;      /* beside the area */
        s->square[i] /= s->weight[i];
    }
    for (k = 0; k < members; k++) {
        float *output = output_of(s, k);

        for (i = 0; i < n; i++) {
            output[i] /= s->weight[i];
            s->square[i] -= output[i] * output[i];
        }
    }
    for (i = 0; i < n; i++)
        s->scatter += fmax(0.0, s->square[i] / members);
}

/* What an ensemble predicts, in place of its first member: the mean; SIGMA gets the standard deviation (n - 1) in
 * the output's unit: half of what lies between one below the mean and one above, as a stretch is not linear. */
static void
combine_members(struct strip *s, size_t n, float *sigma)
{
    const struct bc_stretch *stretch = &s->p->model->stretch;
    int                      members = member_count(s), k;
    size_t                   i;

    for (i = 0; i < n; i++) {
        double mean = 0.0, sum = 0.0, d;

        for (k = 0; k < members; k++)
            mean += output_of(s, k)[i] / (double)members;
        for (k = 0; k < members; k++) {
            d = output_of(s, k)[i] - mean;
            sum += d * d;
        }
        d = sqrt(sum / (members - 1));
        s->output[i] = (float)mean;
        sigma[i] = (float)(mean + d);
        s->square[i] = (float)(mean - d);
    }
    bc_stretch_invert(stretch, s->p->scale, sigma, n);
    bc_stretch_invert(stretch, s->p->scale, s->square, n);
    for (i = 0; i < n; i++)
        sigma[i] = s->flags[i] != 0 ? NAN : 0.5f * (sigma[i] - s->square[i]);
}

/* Of the first NY rows, which are done, what lies in the area goes out. */
static bc_status
put_area(struct strip *s, long ny, float *sigma)
{
    struct bc_prediction *p = s->p;
    const struct bc_area *a = &p->area;
    long                  from = s->first > a->y0 ? s->first : a->y0, y, x;
    long                  to = s->first + ny < a->y0 + a->ny ? s->first + ny : a->y0 + a->ny;

    for (y = from; y < to; y++) {
        size_t         at = (size_t)(y - s->first) * p->nx + a->x0, out = (size_t)(y - from) * a->nx;
        unsigned char *flags = s->flags + out;

        memmove(s->output + out, s->output + at, (size_t)a->nx * sizeof *s->output);
        memmove(flags, s->flags + at, (size_t)a->nx);
        if (sigma != NULL)
            memmove(sigma + out, sigma + at, (size_t)a->nx * sizeof *sigma);
        bc_area_flag(a, y, flags);
        for (x = 0; x < a->nx; x++) {
            s->asked += (flags[x] & BC_UNASKED) == 0;
            s->missing += flags[x] != 0 && (flags[x] & BC_UNASKED) == 0;
            if (flags[x] != 0)
                s->output[out + x] = NAN;
            if (flags[x] != 0 && sigma != NULL)
                sigma[out + x] = NAN;
        }
    }
    return from < to ? p->put(p, from - a->y0, to - from, s->output, sigma, s->flags) : BC_OK;
}

/* The NY rows at the start are done: out with them. */
static bc_status
finish(struct strip *s, long ny)
{
    struct bc_prediction *p = s->p;
    size_t                n = (size_t)ny * p->nx, rest = (size_t)(s->ny - ny) * p->nx;
    float                *sigma = NULL;
    int                   b;
    bc_status             st;

    if (!p->whole)
        join(s, n);
    if (member_count(s) > 1) {
        sigma = s->weight;                      /* of no use any more for these rows */
        combine_members(s, n, sigma);
    }
    bc_stretch_invert(&p->model->stretch, p->scale, s->output, n);
    st = put_area(s, ny, sigma);
    for (b = 0; b < input_count(s); b++) {
        float *band = s->input + (size_t)b * s->room * p->nx;

        memmove(band, band + n, rest * sizeof *band);
    }
    memmove(s->flags, s->flags + n, rest);
    for (b = 0; b < member_count(s); b++)
        memmove(output_of(s, b), output_of(s, b) + n, rest * sizeof *s->output);
    memmove(s->weight, s->weight + n, rest * sizeof *s->weight);
    memmove(s->square, s->square + n, rest * sizeof *s->square);
    s->first += ny;
    s->ny -= ny;
    return st;
}

static bc_status
tell(const struct strip *s, double done)
{
    const bc_predict_options *o = s->p->o;

    if (o->tell != NULL && o->tell(o->arg, done) != 0)
        return bc_fail(BC_STOPPED, "stopped");
    return BC_OK;
}

/* ---- windows ---------------------------------------------------------------------------------- */

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

/* Window (h, w) at column X0 and the strip's first row; outside the image is its mirror image. */
static void
cut(const struct strip *s, long x0, int h, int w, float *to)
{
    long nx = s->p->nx, ny = s->p->ny;
    int  b, y, x;

    for (b = 0; b < input_count(s); b++)
        for (y = 0; y < h; y++) {
            long         from = mirror(s->first + y, ny) - s->first;
            const float *row = s->input + ((size_t)b * s->room + from) * nx;

            for (x = 0; x < w; x++)
                *to++ = row[mirror(x0 + x, nx)];
        }
}

static bc_status
predict_whole(struct strip *s)
{
    const struct bc_prediction *p = s->p;
    struct bc_model            *m = p->model;
    int       multiple = m->graph->multiple, least = 4 * multiple, y;
    int       h = round_up(p->ny < least ? least : p->ny, multiple), k;
    int       w = round_up(p->nx < least ? least : p->nx, multiple);
    bc_status st = allocate(s, p->ny, h, w, 1);

    if (st == BC_OK)
        st = load(s, p->ny);
    if (st != BC_OK)
        return st;
    cut(s, 0, h, w, s->window);
    for (k = 0; st == BC_OK && k < m->members; k++) {
        st = bc_model_plan(m, k, h, w, 1);
        if (st == BC_OK)
            st = m->backend->run(m->plan, s->window, s->result, 1);
        for (y = 0; st == BC_OK && y < p->ny; y++)
            memcpy(output_of(s, k) + y * p->nx, s->result + (size_t)y * w,
                   p->nx * sizeof *s->output);
        if (st == BC_OK)
            st = tell(s, (k + 1.0) / m->members);
    }
    return st == BC_OK ? finish(s, p->ny) : st;
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

/* Add to member K's rows.  All members' windows have the same weights. */
static void
add_window(struct strip *s, int k, const float *result, long x0)
{
    float *output = output_of(s, k);
    int    size = s->p->size, y, x;

    for (y = 0; y < size && y < s->ny; y++)
        for (x = 0; x < size && x0 + x < s->p->nx; x++) {
            size_t at = (size_t)y * s->p->nx + x0 + x;
            float  w = s->taper[y] * s->taper[x], value = result[y * size + x];

            if (k == 0)
                s->weight[at] += w;
            output[at] += w * value;
            s->square[at] += w * value * value;
        }
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
    struct bc_model            *m = p->model;
    long                        first, mx, at, n, i;
    size_t                      area = (size_t)p->size * p->size;
    bc_status                   st = bc_model_plan(m, k, p->size, p->size, BATCH);

    touching_windows(p->nx, p->size, p->area.x0, p->area.x0 + p->area.nx, &first, &mx);
    for (at = first; st == BC_OK && at < mx; at += n) {
        n = mx - at < BATCH ? mx - at : BATCH;
        for (i = 0; i < n; i++)
            cut(s, window_start(at + i, p->nx, p->size), p->size, p->size,
                s->window + i * area * input_count(s));
        st = m->backend->run(m->plan, s->window, s->result, (size_t)n);
        for (i = 0; st == BC_OK && i < n; i++)
            add_window(s, k, s->result + i * area, window_start(at + i, p->nx, p->size));
        if (st == BC_OK)
            st = tell(s, done + step * (double)(at + n - first) / (double)(mx - first));
    }
    return st;
}

static bc_status
predict_windows(struct strip *s)
{
    const struct bc_prediction *p = s->p;
    long                        all = count_windows(p->ny, p->size), first, my, i, next;
    int                         members = member_count(s), k;
    bc_status st = allocate(s, p->ny < p->size ? p->ny : p->size, p->size, p->size, BATCH);

    if (st == BC_OK)
        st = make_taper(s);
    touching_windows(p->ny, p->size, p->area.y0, p->area.y0 + p->area.ny, &first, &my);
    s->first = window_start(first, p->ny, p->size);
    for (i = first; st == BC_OK && i < my; i++) {
        next = i + 1 < all ? window_start(i + 1, p->ny, p->size) : p->ny;
        st = load(s, s->first + p->size < p->ny ? s->first + p->size : p->ny);
        for (k = 0; st == BC_OK && k < members; k++)
            st = predict_row(s, k, ((double)(i - first) + (double)k / members) / (double)(my - first),
                             1.0 / (double)members / (double)(my - first));
        if (st == BC_OK)
            st = finish(s, next - s->first);
    }
    return st;
}

bc_status
bc_predict_rows(struct bc_prediction *p)
{
    struct strip s = { .p = p };
    bc_status    st = p->whole ? predict_whole(&s) : predict_windows(&s);

    p->report.missing = s.missing / s.asked;
    if (!p->whole)
        p->report.spread = sqrt(s.scatter / s.covered);
    release(&s);
    return st;
}
