/* evaluate.c -- how good predictions are: of a model on a training set, beside the simplest alternatives, or of images.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "formula.h"
#include "model.h"
#include "score.h"
#include "status.h"

enum { MODEL, LOG, LINEAR, COPY };              /* rows; the copies of the inputs come last */

static const double GRID_TOLERANCE = 0.1;       /* pixels */

struct bc_evaluation {
    bc_evaluation_options o;
    struct bc_tally      *tally;                /* (nrow) */
    int                   nrow;
    struct bc_formula    *formula;              /* of rows LOG and LINEAR; NULL for pairs */
    char                  band[BC_MAX_INPUT][BC_NAME_SIZE];
    int                   nin;
};

bc_status
bc_evaluation_open(const bc_evaluation_options *o, bc_evaluation **evaluation_p)
{
    bc_evaluation *e;

    if (!(o->aperture > 0.0) || !(o->bright >= 0.0))
        return bc_fail(BC_BAD_ARG, "aperture=%g, sigma=%g: a positive diameter, a limit from 0 on", o->aperture,
                       o->bright);
    e = calloc(1, sizeof *e);
    if (e == NULL)
        return bc_fail_memory(sizeof *e, "an evaluation");
    e->o = *o;
    *evaluation_p = e;
    return BC_OK;
}

void
bc_evaluation_close(bc_evaluation *e)
{
    int i;

    if (e == NULL)
        return;
    for (i = 0; i < e->nrow; i++)
        bc_tally_free(&e->tally[i]);
    free(e->tally);
    free(e->formula);
    free(e);
}

static bc_status
new_rows(bc_evaluation *e, int n)
{
    e->tally = calloc((size_t)n, sizeof *e->tally);
    if (e->tally == NULL)
        return bc_fail_memory((size_t)n * sizeof *e->tally, "the rows of an evaluation");
    e->nrow = n;
    return BC_OK;
}

/* ---- a model on a training set ------------------------------------------------------------------ */

struct work {
    bc_evaluation  *e;
    struct bc_model *model;
    bc_dataset     *set;
    int             plane[BC_MAX_INPUT + 1];    /* of the set: inputs, then the truth */
    size_t          area;
    double          sigma[BC_MAX_INPUT + 1], scale;     /* of the sample at hand */
    float          *bands;                      /* (nin + 1, area) in the set's units, the truth last */
    float          *input;                      /* (nin, area) in network units */
    float          *truth;                      /* (area) in network units */
    float          *flux, *output;              /* (area) a prediction in the set's units, in network units */
};

static int
same_band(const char *a, const char *b)
{
    const bc_band *x = bc_band_find(a), *y = bc_band_find(b);

    return strcmp(a, b) == 0 || (x != NULL && x == y);
}

/* The set's plane of the model's band B. */
static bc_status
find_plane(struct work *k, int b)
{
    const struct bc_model *m = k->model;
    const char            *unit;
    int                    i, n = bc_dataset_bands(k->set);

    for (i = 0; i < n && !same_band(bc_dataset_band(k->set, i), m->band[b]); i++)
        continue;
    if (i == n)
        return bc_fail(BC_BAD_SHAPE, "%s has no band '%s', which %s %s", bc_dataset_file(k->set), m->band[b], m->file,
                       b < m->generator.nin ? "needs" : "predicts");
    unit = bc_dataset_unit(k->set, i);
    if (*unit != '\0' && *m->unit[b] != '\0' && strcmp(unit, m->unit[b]) != 0)
        return bc_fail(BC_BAD_SHAPE, "%s: band '%s' is in %s, %s was trained on %s", bc_dataset_file(k->set),
                       m->band[b], unit, m->file, m->unit[b]);
    k->plane[b] = i;
    return BC_OK;
}

static bc_status
prepare(struct work *k)
{
    const struct bc_model *m = k->model;
    int                    nin = m->generator.nin, size = bc_dataset_size(k->set), b;
    double                 arcsec = bc_dataset_scale(k->set), pixels;
    bc_status              st = BC_OK;

    for (b = 0; st == BC_OK && b <= nin; b++)
        st = find_plane(k, b);
    if (st != BC_OK)
        return st;
    if (size % m->graph->multiple != 0 || size < 4 * m->graph->multiple)
        return bc_fail(BC_BAD_SHAPE, "%s: stamps of %d pixels do not fit %s (a multiple of %d from %d on)",
                       bc_dataset_file(k->set), size, m->file, m->graph->multiple, 4 * m->graph->multiple);
    pixels = k->e->o.aperture / (isnan(arcsec) ? 1.0 : arcsec);
    if (pixels > size)
        return bc_fail(BC_BAD_ARG, "aperture=%g: %.4g pixels do not fit into stamps of %d", k->e->o.aperture, pixels,
                       size);
    k->area = (size_t)size * size;
    k->bands = malloc((size_t)(nin + 1) * k->area * sizeof *k->bands);
    k->input = malloc((size_t)(nin + 3) * k->area * sizeof *k->input);
    k->e->formula = calloc(LINEAR + 1, sizeof *k->e->formula);
    if (k->bands == NULL || k->input == NULL || k->e->formula == NULL)
        return bc_fail_memory((size_t)(2 * nin + 4) * k->area * sizeof *k->input, "a sample");
    k->truth = k->input + nin * k->area;
    k->flux = k->truth + k->area;
    k->output = k->flux + k->area;
    return bc_model_plan(k->model, size, size, 1);
}

/* Sample I: its pixels and its noise. */
static bc_status
read_sample(struct work *k, long i)
{
    int       b;
    bc_status st = BC_OK;

    for (b = 0; st == BC_OK && b <= k->model->generator.nin; b++) {
        st = bc_dataset_read(k->set, i, k->plane[b], k->bands + b * k->area);
        k->sigma[b] = bc_dataset_sigma(k->set, i, k->plane[b]);
    }
    return st;
}

static bc_status
in_split(struct work *k, long i, int split, int *in_p)
{
    bc_sample s;
    bc_status st = bc_dataset_sample(k->set, i, &s);

    if (st == BC_OK)
        *in_p = split < 0 || s.split == split;
    return st;
}

static bc_status
tell(const struct work *k, double done)
{
    if (k->e->o.tell != NULL && k->e->o.tell(k->e->o.arg, done) != 0)
        return bc_fail(BC_STOPPED, "stopped");
    return BC_OK;
}

/* The formulas, from the training samples; they take the first tenth of the progress bar. */
static bc_status
fit_formulas(struct work *k)
{
    struct bc_formula *f = k->e->formula;
    long               i, n = bc_dataset_count(k->set);
    int                pass, in, nin = k->model->generator.nin;
    bc_status          st = BC_OK;

    bc_formula_begin(&f[LOG], BC_FORMULA_LOG, nin);
    bc_formula_begin(&f[LINEAR], BC_FORMULA_LINEAR, nin);
    for (pass = 0; st == BC_OK && pass < BC_FORMULA_PASSES; pass++) {
        for (i = 0; st == BC_OK && i < n; i++) {
            st = in_split(k, i, BC_TRAIN, &in);
            if (st == BC_OK && in)
                st = read_sample(k, i);
            if (st == BC_OK && in) {
                bc_formula_add(&f[LOG], k->bands, k->sigma, k->area);
                bc_formula_add(&f[LINEAR], k->bands, k->sigma, k->area);
                st = tell(k, 0.1 * (pass + (double)i / (double)n) / BC_FORMULA_PASSES);
            }
        }
        bc_formula_solve(&f[LOG]);
        bc_formula_solve(&f[LINEAR]);
    }
    return st;
}

/* Network units of the sample; pixels without a datum in some band are left out of every row: NaN in the truth. */
static bc_status
stretch_sample(struct work *k)
{
    const struct bc_stretch *s = &k->model->stretch;
    float                   *truth_flux = k->bands + s->nin * k->area;
    size_t                   i;
    int                      b;
    bc_status                st = bc_stretch_scale(s, k->sigma, &k->scale);

    if (st != BC_OK)
        return st;
    for (b = 0; b < s->nin; b++)
        bc_stretch_apply(s, b, k->scale, k->bands + b * k->area, k->area, k->input + b * k->area);
    bc_stretch_apply(s, s->nin, k->scale, truth_flux, k->area, k->truth);
    for (b = 0; b < s->nin; b++)
        for (i = 0; i < k->area; i++)
            if (!isfinite(k->input[b * k->area + i])) {
                k->input[b * k->area + i] = 0.0f;
                k->truth[i] = truth_flux[i] = NAN;
            }
    return BC_OK;
}

/* Row R's prediction into k->output and k->flux. */
static bc_status
predict(struct work *k, int r)
{
    const struct bc_stretch *s = &k->model->stretch;
    bc_status                st;

    if (r == MODEL) {
        st = k->model->backend->run(k->model->plan, k->input, k->output, 1);
        memcpy(k->flux, k->output, k->area * sizeof *k->flux);
        bc_stretch_invert(s, k->scale, k->flux, k->area);
        return st;
    }
    if (r < COPY)
        bc_formula_apply(&k->e->formula[r], k->bands, k->area, k->flux);
    else
        memcpy(k->flux, k->bands + (r - COPY) * k->area, k->area * sizeof *k->flux);
    bc_stretch_apply(s, s->nin, k->scale, k->flux, k->area, k->output);
    return BC_OK;
}

static bc_status
evaluate_sample(struct work *k, long i)
{
    const struct bc_stretch *s = &k->model->stretch;
    double                   arcsec = bc_dataset_scale(k->set);
    struct bc_comparison     c = { .predicted = k->output, .truth = k->truth, .range = 1.0,
                                   .bright = k->e->o.bright, .nx = bc_dataset_size(k->set),
                                   .ny = bc_dataset_size(k->set) };
    int                      r;
    bc_status                st = read_sample(k, i);

    if (st == BC_OK)
        st = stretch_sample(k);
    c.radius = 0.5 * k->e->o.aperture / (isnan(arcsec) ? 1.0 : arcsec);
    c.sigma = k->sigma[s->nin];
    if (s->kind == BC_STRETCH_FLUX) {
        c.flux = k->flux;
        c.true_flux = k->bands + s->nin * k->area;
    }
    for (r = 0; st == BC_OK && r < k->e->nrow; r++) {
        st = predict(k, r);
        if (st == BC_OK)
            st = bc_tally_add(&k->e->tally[r], &c);
    }
    return st;
}

static bc_status
name_rows(struct work *k)
{
    bc_evaluation *e = k->e;
    char           name[sizeof e->tally->name];
    int            b;
    bc_status      st;

    e->nin = k->model->generator.nin;
    st = new_rows(e, COPY + e->nin);
    if (st != BC_OK)
        return st;
    bc_tally_begin(&e->tally[MODEL], "model");
    bc_tally_begin(&e->tally[LOG], "log formula");
    bc_tally_begin(&e->tally[LINEAR], "linear formula");
    for (b = 0; b < e->nin; b++) {
        snprintf(e->band[b], BC_NAME_SIZE, "%s", k->model->band[b]);
        snprintf(name, sizeof name, "copy of %.30s", k->model->band[b]);
        bc_tally_begin(&e->tally[COPY + b], name);
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
    return st;
}

/* ---- pairs of images ---------------------------------------------------------------------------- */

/* What turns the prediction's unit into the truth's. */
static bc_status
unit_factor(const bc_image *predicted, const bc_image *truth, double *factor_p)
{
    double      zp = bc_image_zeropoint(predicted), zp_truth = bc_image_zeropoint(truth);
    const char *unit = bc_image_unit(predicted), *unit_truth = bc_image_unit(truth);

    *factor_p = 1.0;
    if (!isnan(zp) && !isnan(zp_truth))
        *factor_p = pow(10.0, 0.4 * (zp_truth - zp));
    else if (*unit != '\0' && *unit_truth != '\0' && strcmp(unit, unit_truth) != 0)
        return bc_fail(BC_BAD_SHAPE, "%s is in '%s', %s in '%s', and one has no zero point", bc_image_name(predicted),
                       unit, bc_image_name(truth), unit_truth);
    return BC_OK;
}

/* Greatest minus least of the valid pixels; 0 if there are none. */
static double
data_range(const float *x, size_t n)
{
    float  low = INFINITY, high = -INFINITY;
    size_t i;

    for (i = 0; i < n; i++)
        if (isfinite(x[i])) {
            low = fminf(low, x[i]);
            high = fmaxf(high, x[i]);
        }
    return high > low ? (double)high - low : 0.0;
}

static bc_status
add_pair(bc_evaluation *e, const bc_image *predicted, const bc_image *truth, double factor, float *scaled)
{
    struct bc_comparison c = { .predicted = scaled, .truth = bc_image_pixels((bc_image *)truth), .flux = scaled,
                               .bright = e->o.bright, .nx = bc_image_nx(truth), .ny = bc_image_ny(truth) };
    const float         *pixels = bc_image_pixels((bc_image *)predicted);
    double               arcsec = bc_image_pixel_scale(truth), level;
    size_t               n = (size_t)c.nx * c.ny, i;
    long                 before = e->tally->n;
    bc_status            st;

    for (i = 0; i < n; i++)
        scaled[i] = (float)(factor * pixels[i]);
    c.true_flux = c.truth;
    c.range = data_range(c.truth, n);
    c.radius = 0.5 * e->o.aperture / (isnan(arcsec) ? 1.0 : arcsec);
    bc_sky(c.truth, n, &level, &c.sigma);
    if (!(c.range > 0.0))
        return bc_fail(BC_BAD_SHAPE, "%s is blank or constant, nothing can be compared with it", bc_image_name(truth));
    if (2.0 * c.radius > c.nx || 2.0 * c.radius > c.ny)
        return bc_fail(BC_BAD_ARG, "aperture=%g: %.4g pixels do not fit into %s of %ld x %ld", e->o.aperture,
                       2.0 * c.radius, bc_image_name(truth), c.nx, c.ny);
    st = bc_tally_add(e->tally, &c);
    if (st == BC_OK && e->tally->n == before)
        st = bc_fail(BC_BAD_SHAPE, "%s and %s have no valid pixel in common", bc_image_name(predicted),
                     bc_image_name(truth));
    return st;
}

bc_status
bc_evaluation_pair(bc_evaluation *e, const bc_image *predicted, const bc_image *truth)
{
    size_t    n = (size_t)bc_image_nx(truth) * bc_image_ny(truth);
    double    factor;
    float    *scaled;
    bc_status st = bc_image_same_grid(predicted, truth, GRID_TOLERANCE, NULL);

    if (st == BC_OK && e->formula != NULL)
        st = bc_fail(BC_BAD_ARG, "an evaluation is of one training set, or of images");
    if (st == BC_OK)
        st = unit_factor(predicted, truth, &factor);
    if (st == BC_OK && e->nrow == 0) {
        st = new_rows(e, 1);
        if (st == BC_OK)
            bc_tally_begin(e->tally, "prediction");
    }
    if (st != BC_OK)
        return st;
    scaled = malloc(n * sizeof *scaled);
    if (scaled == NULL)
        return bc_fail_memory(n * sizeof *scaled, "an image");
    st = add_pair(e, predicted, truth, factor, scaled);
    free(scaled);
    return st;
}

/* ---- rows --------------------------------------------------------------------------------------- */

int
bc_evaluation_rows(const bc_evaluation *e)
{
    return e->nrow;
}

bc_status
bc_evaluation_score(bc_evaluation *e, int i, bc_score *score_p)
{
    const char *names[BC_MAX_INPUT];
    int         b;

    if (i < 0 || i >= e->nrow)
        return bc_fail(BC_BAD_ARG, "an evaluation of %d rows has no row %d", e->nrow, i);
    bc_tally_score(&e->tally[i], score_p);
    for (b = 0; b < e->nin; b++)
        names[b] = e->band[b];
    if (e->formula != NULL && (i == LOG || i == LINEAR))
        bc_formula_text(&e->formula[i], names, score_p->formula, sizeof score_p->formula);
    return BC_OK;
}
