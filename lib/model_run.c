/* model_run.c -- what a model's networks say, together, and how wrong that may be.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "status.h"
#include "symmetry.h"

static void
release(struct bc_kept_plan *kept)
{
    if (kept->plan != NULL)
        kept->backend->release(kept->plan);
    kept->plan = NULL;
}

void
bc_model_release(struct bc_model *m)
{
    int k;

    for (k = 0; k < BC_MAX_MEMBERS; k++)
        release(&m->kept[k]);
    m->alone = 0;
}

/* The plans of all members stay if each can do with its share of the memory; else one has all of it, and the next
 * takes its place. */
static bc_status
compile(struct bc_model *m, int member)
{
    struct bc_kept_plan *kept = &m->kept[member];
    struct bc_weights    w = { .value = m->weights + member * m->graph->nweight };
    bc_status            st;

    if (m->alone)
        bc_model_release(m);
    kept->options.memory = m->memory / (size_t)m->members;
    st = bc_backend_compile(&m->backend, m->graph, &w, &kept->options, &kept->plan);
    if (st != BC_NO_MEMORY || m->members == 1)
        return st;
    bc_model_release(m);
    m->alone = 1;
    kept->options.memory = m->memory;
    return bc_backend_compile(&m->backend, m->graph, &w, &kept->options, &kept->plan);
}

bc_status
bc_model_plan(struct bc_model *m, int member, int height, int width, int batch)
{
    struct bc_kept_plan *kept = &m->kept[member];
    char                 what[BC_NAME_SIZE - 10];      /* with the backend, the text of a card */
    bc_status            st;

    if (m->backend == NULL)
        return bc_fail(BC_BAD_ARG, "%s was opened without a device", m->file);
    m->member = member;
    if (kept->plan != NULL && kept->options.height == height && kept->options.width == width
        && kept->options.batch == batch)
        return BC_OK;
    release(kept);
    kept->options = (struct bc_plan_options){ .height = height, .width = width, .batch = batch, .threads = m->threads,
                                              .device = m->on };
    st = compile(m, member);
    kept->backend = m->backend;
    if (st != BC_OK)
        return st;
    m->backend->describe(kept->plan, what, sizeof what);
    snprintf(m->device, sizeof m->device, "%s (%s)", m->backend->name, what);
    return BC_OK;
}

/* The plan asked for last. */
static bc_status
run(struct bc_model *m, const float *in, float *out, size_t n, const struct bc_part *parts)
{
    const struct bc_kept_plan *kept = &m->kept[m->member];

    return kept->backend->run(kept->plan, in, out, n, parts);
}

/* ---- orientations ----------------------------------------------------------------------------- */

void
bc_model_average(bc_model *m, int symmetries)
{
    m->symmetries = symmetries;
}

/* A window in one orientation, what the network says of it, turned back, and how that scatters. */
static size_t
scratch_of_pixel(const struct bc_graph *g)
{
    return (size_t)g->nin + 3 * (size_t)g->nout;
}

size_t
bc_model_windows_size(const struct bc_model *m, int height, int width, int batch)
{
    return m->symmetries ? scratch_of_pixel(m->graph) * height * width * batch * sizeof(float) : 0;
}

/* The planes of one window, of which SEEN orientations came before: means of the values and, behind them, of the
 * scales squared; SQUARES is the sum of the squared differences from the mean (Welford 1962). */
static void
add_orientation(const struct bc_model *m, const float *said, int seen, size_t area, float *out, float *squares)
{
    size_t values = (m->generator.local ? m->graph->nout / 2 : m->graph->nout) * area, i;

    for (i = 0; i < values; i++) {
        float d = said[i] - out[i];

        out[i] += d / (float)(seen + 1);
        squares[i] += d * (said[i] - out[i]);
    }
    for (; i < m->graph->nout * area; i++)
        out[i] += (expf(2.0f * said[i]) - out[i]) / (float)(seen + 1);
}

/* Scales as the network gives them: logarithms.  The variance of Laplace's distribution is twice its scale squared. */
static void
finish_orientations(const struct bc_model *m, size_t area, const float *squares, float *out)
{
    size_t values = m->graph->nout / 2 * area, i;

    for (i = 0; m->generator.local && i < values; i++)
        out[values + i] = 0.5f * logf(out[values + i] + 0.5f * squares[i] / (BC_SYMMETRIES - 1));
}

static bc_status
run_orientation(struct bc_model *m, int s, const float *in, size_t n, int h, int w, float *turned, float *said)
{
    size_t    area = (size_t)h * w, i;
    int       lying = s & BC_TRANSPOSED;
    bc_status st = bc_model_plan(m, m->member, lying ? w : h, lying ? h : w, m->kept[m->member].options.batch);

    for (i = 0; i < n * m->graph->nin; i++)
        bc_turn(in + i * area, h, w, s, turned + i * area);
    return st == BC_OK ? run(m, turned, said, n, NULL) : st;
}

/* All windows in the orientation after SEEN others, averaged with those.  The transposed ones come last: between
 * windows that lie and that stand a plan is made. */
static bc_status
average_orientation(struct bc_model *m, int seen, const float *in, size_t n, int h, int w, float *scratch, float *out)
{
    int       half = BC_SYMMETRIES / 2, s = seen < half ? 2 * seen : 2 * (seen - half) + BC_TRANSPOSED;
    size_t    planes = m->graph->nout, area = (size_t)h * w, i;
    float    *turned = scratch, *said = turned + n * m->graph->nin * area, *squares = said + n * planes * area;
    float    *back = squares + n * planes * area;
    bc_status st = run_orientation(m, s, in, n, h, w, turned, said);

    for (i = 0; st == BC_OK && i < n * planes; i++) {
        bc_turn_back(said + i * area, h, w, s, back + i % planes * area);
        if (i % planes == planes - 1)
            add_orientation(m, back, seen, area, out + i / planes * planes * area,
                            squares + i / planes * planes * area);
    }
    return st;
}

bc_status
bc_model_windows(struct bc_model *m, const float *in, float *out, size_t n, const struct bc_part *parts)
{
    const struct bc_plan_options *o = &m->kept[m->member].options;
    int       h = o->height, w = o->width, batch = o->batch, s;
    size_t    area = (size_t)h * w, planes = m->graph->nout, i;
    size_t    bytes = scratch_of_pixel(m->graph) * n * area * sizeof *out;
    float    *scratch;
    bc_status st = BC_OK;

    if (!m->symmetries)
        return run(m, in, out, n, parts);
    scratch = calloc(1, bytes);
    if (scratch == NULL)
        return bc_fail_memory(bytes, "windows in other orientations");
    memset(out, 0, n * planes * area * sizeof *out);
    for (s = 0; st == BC_OK && s < BC_SYMMETRIES; s++)
        st = average_orientation(m, s, in, n, h, w, scratch, out);
    for (i = 0; i < n; i++)
        finish_orientations(m, area, scratch + (m->graph->nin + planes) * n * area + i * planes * area,
                            out + i * planes * area);
    free(scratch);
    return st == BC_OK ? bc_model_plan(m, m->member, h, w, batch) : st;
}

/* ---- members ---------------------------------------------------------------------------------- */

bc_status
bc_model_run(struct bc_model *m, int size, const float *in, float *out, float *error)
{
    size_t    n = (size_t)size * size, nout = (size_t)m->graph->nout;
    float    *planes = malloc(m->members * nout * n * sizeof *planes);
    int       bands = m->generator.nout, k;
    bc_status st = BC_OK;

    if (planes == NULL)
        return bc_fail_memory(m->members * nout * n * sizeof *planes, "a stamp");
    for (k = 0; st == BC_OK && k < m->members; k++) {
        st = bc_model_plan(m, k, size, size, 1);
        if (st == BC_OK)
            st = bc_model_windows(m, in, planes + k * nout * n, 1, NULL);
    }
    for (k = 0; st == BC_OK && k < bands; k++)
        bc_model_conclude(m, k, planes, n, n, error != NULL ? error + k * n : NULL);
    if (st == BC_OK)
        memcpy(out, planes, bands * n * sizeof *out);
    free(planes);
    return st;
}

void
bc_model_conclude(const struct bc_model *m, int k, float *planes, size_t pitch, size_t n, float *error)
{
    int    members = m->members, local = m->generator.local, j;
    size_t step = m->graph->nout * pitch, scales = m->generator.nout * pitch, i;
    float *value = planes + k * pitch;

    for (i = 0; i < n; i++, value++) {
        double mean = 0.0, scatter = 0.0, own = 0.0, d;

        for (j = 0; j < members; j++) {
            mean += value[j * step] / (double)members;
            own += local ? exp(2.0 * value[j * step + scales]) / members : 0.0;
        }
        for (j = 0; j < members; j++) {
            d = value[j * step] - mean;
            scatter += members > 1 ? d * d / (members - 1) : 0.0;
        }
        *value = (float)mean;
        if (error != NULL)              /* the variance of Laplace's distribution is twice its scale squared */
            error[i] = (float)sqrt(local ? own + 0.5 * scatter : scatter);
    }
}

double
bc_model_interval(const struct bc_model *m, int k, double scale, const struct bc_predicted *p, int which)
{
    const struct bc_stretch *s = &m->stretch;
    double                   half = bc_stretch_error(s, s->nin + k, scale, p->u, p->error), x, factor, wider = 0.0;
    int                      b;

    if (!m->generator.local)
        return which * half;
    x = p->flux / (scale * s->noise[s->nin + k]);
    for (b = 0; b <= s->nin; b++)
        if (b == 0 ? p->missing == 0 : p->missing >> (b - 1) & 1) {
            const struct bc_intervals *v = &m->intervals[k][m->intervals[k][b].n > 0 ? b : 0];

            factor = which == 1 ? bc_intervals_one(v, x) : bc_intervals_two(v, x);
            wider = factor > wider ? factor : wider;
        }
    return half * wider;
}

int
bc_model_has_sigma(const struct bc_model *m)
{
    return m->members > 1 || m->generator.local;
}
