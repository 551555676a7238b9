/* model_run.c -- what a model's networks say, together, and how wrong that may be.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model.h"
#include "status.h"

bc_status
bc_model_plan(struct bc_model *m, int member, int height, int width, int batch)
{
    struct bc_weights w = { .value = m->weights + member * m->graph->nweight };
    char              what[48];
    bc_status         st;

    if (m->backend == NULL)
        return bc_fail(BC_BAD_ARG, "%s was opened without a device", m->file);
    if (m->plan != NULL && m->plan_options.height == height && m->plan_options.width == width
        && m->plan_options.batch >= batch && m->plan_member == member)
        return BC_OK;
    if (m->plan != NULL)
        m->backend->release(m->plan);
    m->plan = NULL;
    m->plan_member = member;
    m->plan_options = (struct bc_plan_options){ .height = height, .width = width, .batch = batch,
                                                .threads = m->threads, .device = m->on,
                                                .memory = m->memory };
    st = bc_backend_compile(&m->backend, m->graph, &w, &m->plan_options, &m->plan);
    if (st != BC_OK)
        return st;
    m->backend->describe(m->plan, what, sizeof what);
    snprintf(m->device, sizeof m->device, "%s (%s)", m->backend->name, what);
    return BC_OK;
}

bc_status
bc_model_run(struct bc_model *m, int size, const float *in, float *out, float *error)
{
    size_t    n = (size_t)size * size, nout = (size_t)m->graph->nout;
    float    *planes = malloc(m->members * nout * n * sizeof *planes);
    int       k;
    bc_status st = BC_OK;

    if (planes == NULL)
        return bc_fail_memory(m->members * nout * n * sizeof *planes, "a stamp");
    for (k = 0; st == BC_OK && k < m->members; k++) {
        st = bc_model_plan(m, k, size, size, 1);
        if (st == BC_OK)
            st = m->backend->run(m->plan, in, planes + k * nout * n, 1);
    }
    if (st == BC_OK) {
        bc_model_conclude(m, planes, n, n, error);
        memcpy(out, planes, n * sizeof *out);
    }
    free(planes);
    return st;
}

void
bc_model_conclude(const struct bc_model *m, float *planes, size_t pitch, size_t n, float *error)
{
    int    members = m->members, local = m->generator.local, k;
    size_t step = m->graph->nout * pitch, i;

    for (i = 0; i < n; i++) {
        const float *value = planes + i;
        double       mean = 0.0, scatter = 0.0, own = 0.0, d;

        for (k = 0; k < members; k++) {
            mean += value[k * step] / (double)members;
            own += local ? exp(2.0 * value[k * step + pitch]) / members : 0.0;
        }
        for (k = 0; k < members; k++) {
            d = value[k * step] - mean;
            scatter += members > 1 ? d * d / (members - 1) : 0.0;
        }
        planes[i] = (float)mean;
        if (error != NULL)              /* the variance of Laplace's distribution is twice its scale squared */
            error[i] = (float)sqrt(local ? own + 0.5 * scatter : scatter);
    }
}

double
bc_model_interval(const struct bc_model *m, double scale, const struct bc_predicted *p, int which)
{
    double half = bc_stretch_error(&m->stretch, scale, p->u, p->error), x, factor, wider = 0.0;
    int    b;

    if (!m->generator.local)
        return which * half;
    x = p->flux / (scale * m->stretch.noise[m->stretch.nin]);
    for (b = 0; b <= m->stretch.nin; b++)
        if (b == 0 ? p->missing == 0 : p->missing >> (b - 1) & 1) {
            const struct bc_intervals *v = &m->intervals[m->intervals[b].n > 0 ? b : 0];

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
