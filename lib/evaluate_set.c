/* evaluate_set.c -- how good a model is on a training set, beside the simplest alternatives.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibration.h"
#include "evaluate.h"
#include "inputs.h"
#include "status.h"
#include "units.h"

struct work {
    bc_evaluation  *e;
    struct bc_model *model;
    bc_dataset     *set;
    int             plane[BC_MAX_BAND];         /* of the set: inputs, then what is true of the outputs */
    int             band;                       /* of the outputs, from 0: the one at hand */
    size_t          area;
    bc_sample       sample;                     /* the one at hand */
    double          sigma[BC_MAX_BAND], scale;  /* of it */
    int             colour;                     /* plane of the set against which colours are measured */
    float          *colour_flux;                /* (area) */
    float          *bands;                      /* (nin + nout, area) in the set's units; colour_flux */
    float          *input;                      /* (channels, area) in network units */
    float          *said, *said_error;          /* (nout, area) what the networks say of it */
    float          *truth;                      /* (nout, area) in network units */
    float          *flux, *output;              /* (area) a prediction in the set's units, in network units */
    float          *error, *error95;            /* (area) of it, in the set's units */
    unsigned char  *maps;                       /* (3, area) scratch */
};

/* The set's plane of the model's band B. */
static bc_status
find_plane(struct work *k, int b)
{
    const struct bc_model *m = k->model;
    const char            *unit;
    int                    i = bc_dataset_find(k->set, m->band[b]);

    if (i < 0)
        return bc_fail(BC_BAD_SHAPE, "%s has no band '%s', which %s %s", bc_dataset_file(k->set), m->band[b], m->file,
                       b < m->generator.nin ? "needs" : "predicts");
    unit = bc_dataset_unit(k->set, i);
    if (*unit != '\0' && *m->unit[b] != '\0' && strcmp(unit, m->unit[b]) != 0)
        return bc_fail(BC_BAD_SHAPE, "%s: band '%s' is in %s, %s was trained on %s", bc_dataset_file(k->set),
                       m->band[b], unit, m->file, m->unit[b]);
    k->plane[b] = i;
    return BC_OK;
}

/* The plane of colours: the one asked for, else the first input's. */
static bc_status
find_colour(struct work *k)
{
    const char *name = k->e->o.colour;

    k->colour = k->plane[0];
    if (name == NULL || *name == '\0')
        return BC_OK;
    k->colour = bc_dataset_find(k->set, name);
    return k->colour >= 0 ? BC_OK
           : bc_fail(BC_BAD_ARG, "colour=%s: %s has no such band", name, bc_dataset_file(k->set));
}

/* Magnitude of 1 unit of a plane of the set; NaN where it is not known. */
static double
zeropoint_of(const struct work *k, int plane)
{
    double arcsec = bc_dataset_scale(k->set), pivot;

    return bc_band_zeropoint(bc_dataset_band(k->set, plane), bc_dataset_unit(k->set, plane),
                             isnan(arcsec) ? 0.0 : arcsec * arcsec * BC_SR_PER_ARCSEC2, &pivot);
}

static bc_status
prepare(struct work *k)
{
    const struct bc_model *m = k->model;
    int                    nin = m->generator.nin, nout = m->generator.nout, size = bc_dataset_size(k->set), b;
    double                 arcsec = bc_dataset_scale(k->set), pixels;
    bc_status              st = BC_OK;

    for (b = 0; st == BC_OK && b < nin + nout; b++)
        st = find_plane(k, b);
    if (st == BC_OK)
        st = find_colour(k);
    if (st != BC_OK)
        return st;
    if (size % m->graph->multiple != 0 || size < 4 * m->graph->multiple)
        return bc_fail(BC_BAD_SHAPE, "%s: stamps of %d pixels do not fit %s (a multiple of %d from %d on)",
                       bc_dataset_file(k->set), size, m->file, m->graph->multiple, 4 * m->graph->multiple);
    pixels = k->e->o.aperture / (isnan(arcsec) ? 1.0 : arcsec);
    if (pixels > size + BC_APERTURE_SLACK)
        return bc_fail(BC_BAD_ARG, "aperture=%g: %.4g pixels do not fit into stamps of %d, aperture=%.2g would",
                       k->e->o.aperture, pixels, size, 0.5 * size * k->e->o.aperture / pixels);
    k->area = (size_t)size * size;
    k->bands = malloc((size_t)(nin + nout + 1) * k->area * sizeof *k->bands);
    k->input = malloc((size_t)(m->graph->nin + 3 * nout + 4) * k->area * sizeof *k->input);
    k->maps = malloc(3 * k->area);
    if (k->bands == NULL || k->input == NULL || k->maps == NULL)
        return bc_fail_memory((size_t)(3 * nin + 4 * nout + 5) * k->area * sizeof *k->input, "a sample");
    k->colour_flux = k->bands + (nin + nout) * k->area;
    k->said = k->input + m->graph->nin * k->area;
    k->said_error = k->said + nout * k->area;
    k->truth = k->said_error + nout * k->area;
    k->flux = k->truth + nout * k->area;
    k->output = k->flux + k->area;
    k->error = k->output + k->area;
    k->error95 = k->error + k->area;
    st = bc_evaluation_choose_morph(k->e, m->stretch.kind == BC_STRETCH_FLUX);
    return st == BC_OK ? bc_model_plan(k->model, 0, size, size, 1) : st;
}

/* Sample I: its pixels and its noise. */
static bc_status
read_sample(struct work *k, long i)
{
    int       b;
    bc_status st = BC_OK;

    for (b = 0; st == BC_OK && b < k->model->generator.nin + k->model->generator.nout; b++) {
        st = bc_dataset_read(k->set, i, k->plane[b], k->bands + b * k->area);
        k->sigma[b] = bc_dataset_sigma(k->set, i, k->plane[b]);
    }
    return st == BC_OK ? bc_dataset_read(k->set, i, k->colour, k->colour_flux) : st;
}

static bc_status
in_split(struct work *k, long i, int split, int *in_p)
{
    bc_status st = bc_dataset_sample(k->set, i, &k->sample);

    if (st == BC_OK)
        *in_p = split < 0 || k->sample.split == split;
    return st;
}

static bc_status
tell(const struct work *k, double done)
{
    if (k->e->o.tell != NULL && k->e->o.tell(k->e->o.arg, done) != 0)
        return bc_fail(BC_STOPPED, "stopped");
    return BC_OK;
}

/* Formula ROW of output band J. */
static struct bc_formula *
formula(const struct work *k, int j, int row)
{
    return &k->e->formula[j * k->e->per_band + row];
}

/* The formulas, from the training samples; they take the first tenth of the progress bar. */
static bc_status
fit_formulas(struct work *k)
{
    long      i, n = bc_dataset_count(k->set);
    int       pass, in, nin = k->model->generator.nin, nout = k->model->generator.nout, j, row;
    bc_status st = BC_OK;

    for (j = 0; j < nout; j++) {
        bc_formula_begin(formula(k, j, BC_ROW_LOG), BC_FORMULA_LOG, nin);
        bc_formula_begin(formula(k, j, BC_ROW_LINEAR), BC_FORMULA_LINEAR, nin);
    }
    for (pass = 0; st == BC_OK && pass < BC_FORMULA_PASSES; pass++) {
        for (i = 0; st == BC_OK && i < n; i++) {
            st = in_split(k, i, BC_TRAIN, &in);
            if (st == BC_OK && in)
                st = read_sample(k, i);
            for (j = 0; st == BC_OK && in && j < nout; j++)
                for (row = BC_ROW_LOG; row <= BC_ROW_LINEAR; row++)
                    bc_formula_add(formula(k, j, row), k->bands, nin + j, k->sigma, k->area);
            if (st == BC_OK && in)
                st = tell(k, 0.1 * (pass + (double)i / (double)n) / BC_FORMULA_PASSES);
        }
        for (j = 0; j < nout; j++)
            for (row = BC_ROW_LOG; row <= BC_ROW_LINEAR; row++)
                bc_formula_solve(formula(k, j, row));
    }
    return st;
}

/* Network units of the sample; pixels without a datum in some band are left out of every row: NaN in the truth. */
static bc_status
stretch_sample(struct work *k)
{
    const struct bc_stretch *s = &k->model->stretch;
    float                   *true_flux = k->bands + s->nin * k->area;
    size_t                   i;
    int                      nout = k->model->generator.nout, b;
    bc_status                st = bc_stretch_scale(s, k->sigma, &k->scale);

    if (st != BC_OK)
        return st;
    memcpy(k->input, k->bands, s->nin * k->area * sizeof *k->input);
    if (k->model->generator.local)
        bc_inputs_complete(s, k->input, k->area, k->area);
    for (b = 0; b < s->nin; b++)
        bc_stretch_apply(s, b, k->scale, k->input + b * k->area, k->area, k->input + b * k->area);
    for (b = 0; b < nout; b++)
        bc_stretch_apply(s, s->nin + b, k->scale, true_flux + b * k->area, k->area, k->truth + b * k->area);
    for (i = 0; i < s->nin * k->area; i++)
        if (!isfinite(k->bands[i])) {
            for (b = 0; b < nout; b++)
                k->truth[b * k->area + i % k->area] = true_flux[b * k->area + i % k->area] = NAN;
            if (!isfinite(k->input[i]))
                k->input[i] = 0.0f;
        }
    return BC_OK;
}

/* What the model predicts of the band at hand, and how wrong it says that this is. */
static void
predict_model(struct work *k)
{
    const struct bc_model   *m = k->model;
    const struct bc_stretch *s = &m->stretch;
    const float             *said = k->said + k->band * k->area, *error = k->said_error + k->band * k->area;
    size_t                   i;

    memcpy(k->output, said, k->area * sizeof *k->output);
    memcpy(k->flux, said, k->area * sizeof *k->flux);
    bc_stretch_invert(s, s->nin + k->band, k->scale, k->flux, k->area);
    for (i = 0; i < k->area; i++) {
        struct bc_predicted pixel = { said[i], k->flux[i], error[i], 0 };   /* of all inputs: others are left out */

        k->error[i] = (float)bc_model_interval(m, k->band, k->scale, &pixel, 1);
        k->error95[i] = (float)bc_model_interval(m, k->band, k->scale, &pixel, 2);
    }
    if (m->generator.local)                     /* its gain is not in what the network gave */
        bc_stretch_apply(s, s->nin + k->band, k->scale, k->flux, k->area, k->output);
}

/* Row R's prediction of the band at hand into k->output and k->flux. */
static void
predict(struct work *k, int r)
{
    const struct bc_stretch *s = &k->model->stretch;

    if (r == BC_ROW_MODEL) {
        predict_model(k);
        return;
    }
    if (r < BC_ROW_COPY)
        bc_formula_apply(formula(k, k->band, r), k->bands, k->area, k->flux);
    else
        memcpy(k->flux, k->bands + (r - BC_ROW_COPY) * k->area, k->area * sizeof *k->flux);
    bc_stretch_apply(s, s->nin + k->band, k->scale, k->flux, k->area, k->output);
}

static void
show(const struct work *k)
{
    const struct bc_model *m = k->model;
    const char            *band[BC_MAX_INPUT + 1];
    const float           *input[BC_MAX_INPUT];
    int                    size = bc_dataset_size(k->set), b;

    for (b = 0; b < m->generator.nin; b++) {
        band[b] = m->band[b];
        input[b] = k->input + b * k->area;
    }
    band[b] = m->band[m->generator.nin + k->band];
    k->e->o.show(k->e->o.show_arg, &(bc_shown){ .id = k->sample.id, .nx = size, .ny = size,
                 .nin = m->generator.nin, .band = band, .input = input,
                 .truth = k->truth + k->band * k->area,
                 .predicted = k->output });
}

/* The rows of the output band at hand. */
static bc_status
evaluate_band(struct work *k, long i)
{
    const struct bc_stretch *s = &k->model->stretch;
    struct bc_comparison     c = { .arcsec = bc_dataset_scale(k->set), .predicted = k->output,
                                   .truth = k->truth + k->band * k->area, .range = 1.0, .bright = k->e->o.bright,
                                   .nx = bc_dataset_size(k->set), .ny = bc_dataset_size(k->set) };
    int                      b = s->nin + k->band, r;
    bc_status                st = BC_OK;

    c.radius = 0.5 * k->e->o.aperture / (isnan(c.arcsec) ? 1.0 : c.arcsec);
    c.sigma = k->sigma[b];
    if (s->kind == BC_STRETCH_FLUX) {
        c.flux = k->flux;
        c.true_flux = k->bands + b * k->area;
        c.zeropoint = zeropoint_of(k, k->plane[b]);
        c.colour = k->colour_flux;
        c.colour_sigma = bc_dataset_sigma(k->set, i, k->colour);
        c.colour_zeropoint = zeropoint_of(k, k->colour);
    }
    for (r = 0; st == BC_OK && r < k->e->per_band; r++) {
        predict(k, r);
        if (s->kind == BC_STRETCH_FLUX && bc_model_has_sigma(k->model)) {
            c.error = r == BC_ROW_MODEL ? k->error : NULL;
            c.error95 = r == BC_ROW_MODEL ? k->error95 : NULL;
        }
        if (r == BC_ROW_MODEL && k->band == 0 && k->e->o.show != NULL)
            show(k);
        st = bc_evaluation_add(k->e, k->band * k->e->per_band + r, k->sample.id, &c, k->maps);
    }
    return st;
}

static bc_status
evaluate_sample(struct work *k, long i)
{
    bc_status st = read_sample(k, i);

    if (st == BC_OK)
        st = stretch_sample(k);
    if (st == BC_OK)
        st = bc_model_run(k->model, bc_dataset_size(k->set), k->input, k->said, k->said_error);
    for (k->band = 0; st == BC_OK && k->band < k->model->generator.nout; k->band++)
        st = evaluate_band(k, i);
    return st;
}

/* NAME says of which output band it is, if there are several. */
static void
begin_row(const struct work *k, int band, int row, const char *name)
{
    const struct bc_model *m = k->model;
    struct bc_tally       *tally = &k->e->tally[band * k->e->per_band + row];
    char                   whole[sizeof tally->name];

    if (m->generator.nout == 1)
        snprintf(whole, sizeof whole, "%s", name);
    else
        snprintf(whole, sizeof whole, "%.20s (%.16s)", name, m->band[m->generator.nin + band]);
    bc_tally_begin(tally, whole);
}

static bc_status
name_rows(struct work *k)
{
    bc_evaluation *e = k->e;
    char           name[sizeof e->tally->name];
    int            nout = k->model->generator.nout, plane, b, j;
    bc_status      st;

    e->nin = k->model->generator.nin;
    st = bc_evaluation_begin_rows(e, nout, BC_ROW_COPY + e->nin);
    if (st != BC_OK)
        return st;
    e->formula = calloc((size_t)e->nrow, sizeof *e->formula);
    if (e->formula == NULL)
        return bc_fail_memory((size_t)e->nrow * sizeof *e->formula, "the formulas of an evaluation");
    for (b = 0; b < e->nin; b++)
        snprintf(e->band[b], BC_NAME_SIZE, "%s", k->model->band[b]);
    for (j = 0; j < nout; j++) {
        plane = k->plane[e->nin + j];
        bc_evaluation_note_unit(e, bc_dataset_unit(k->set, plane), zeropoint_of(k, plane), j == 0);
        begin_row(k, j, BC_ROW_MODEL, "model");
        begin_row(k, j, BC_ROW_LOG, "log formula");
        begin_row(k, j, BC_ROW_LINEAR, "linear formula");
        for (b = 0; b < e->nin; b++) {
            snprintf(name, sizeof name, "copy of %.30s", k->model->band[b]);
            begin_row(k, j, BC_ROW_COPY + b, name);
        }
    }
    return BC_OK;
}

bc_status
bc_evaluation_set(bc_evaluation *e, bc_model *model, bc_dataset *set, int split)
{
    static const char *const names[] = { "training ", "validation ", "test ", "" };
    struct work              k = { .e = e, .model = model, .set = set };
    long                     n = bc_dataset_count(set), done = 0, i;
    int                      in;
    bc_status                st;

    if (e->nrow > 0)
        return bc_fail(BC_BAD_ARG, "an evaluation is of one training set, or of images");
    if (split > BC_TEST)
        return bc_fail(BC_BAD_ARG, "there is no split %d", split);
    st = prepare(&k);
    if (st == BC_OK)
        st = name_rows(&k);
    if (st == BC_OK)
        st = fit_formulas(&k);
    for (i = 0; st == BC_OK && i < n; i++) {
        st = in_split(&k, i, split, &in);
        if (st == BC_OK && in) {
            st = evaluate_sample(&k, i);
            done++;
        }
        if (st == BC_OK)
            st = tell(&k, 0.1 + 0.9 * (double)(i + 1) / (double)n);
    }
    if (st == BC_OK && done == 0)
        st = bc_fail(BC_BAD_SHAPE, "%s has no %ssamples", bc_dataset_file(set), names[split < 0 ? 3 : split]);
    free(k.bands);
    free(k.input);
    free(k.maps);
    return st;
}

