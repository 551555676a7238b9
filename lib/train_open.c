/* train_open.c -- sets up a training: bands, samples, stretch, network.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inputs.h"
#include "ssim.h"
#include "status.h"
#include "train.h"

/* The network and stretch of the model to begin with, for these bands. */
static bc_status
take_start(bc_training *t)
{
    const bc_model *m = t->recipe.start;
    bc_recipe      *r = &t->recipe;
    int             nin = t->model.generator.nin, nout = t->model.generator.nout, b;

    if (m->members > 1)
        return bc_fail(BC_BAD_SHAPE, "%s is an ensemble of %d networks, a training begins with one", m->file,
                       m->members);
    if (m->generator.nin != nin)
        return bc_fail(BC_BAD_SHAPE, "%s has %d input bands, not %d", m->file, m->generator.nin,
                       nin);
    if (m->generator.nout != nout)
        return bc_fail(BC_BAD_SHAPE, "%s has %d output band%s, not %d", m->file, m->generator.nout,
                       m->generator.nout > 1 ? "s" : "", nout);
    for (b = 0; m->stretch.kind == BC_STRETCH_FLUX && b < nin + nout; b++)
        if (strcmp(m->unit[b], t->model.unit[b]) != 0)
            return bc_fail(BC_BAD_SHAPE, "%s: band '%s' is in '%s', that of %s in '%s'",
                           bc_dataset_file(t->set), t->model.band[b], t->model.unit[b], m->file,
                           m->unit[b]);
    r->stretch = bc_model_stretch(m);
    r->softening = m->stretch.softening;
    r->arch = m->generator.local ? "local" : "resnet";
    r->stem = m->generator.stem;
    memcpy(r->filters, m->generator.filters, sizeof r->filters);
    r->resblocks = m->generator.resblocks;
    r->norm = !m->generator.no_norm;
    r->combine = m->generator.combine;
    snprintf(t->start, sizeof t->start, "%s", m->name);
    snprintf(t->start_sum, sizeof t->start_sum, "%s", m->checksum);
    return BC_OK;
}

static bc_status
sort_samples(bc_training *t)
{
    long      n = bc_dataset_count(t->set), i;
    bc_sample s;
    bc_status st = BC_OK;

    t->train = malloc((size_t)n * sizeof *t->train);
    t->valid = malloc((size_t)n * sizeof *t->valid);
    if (t->train == NULL || t->valid == NULL)
        return bc_fail_memory((size_t)n * sizeof *t->train, "the order of samples");
    for (i = 0; st == BC_OK && i < n; i++) {
        st = bc_dataset_sample(t->set, i, &s);
        if (st == BC_OK && s.split == BC_TRAIN)
            t->train[t->ntrain++] = i;
        else if (st == BC_OK && s.split == BC_VALIDATE)
            t->valid[t->nvalid++] = i;
        else
            t->ntest++;
    }
    if (st == BC_OK && t->ntrain == 0)
        st = bc_fail(BC_BAD_SHAPE, "%s has no training samples", bc_dataset_file(t->set));
    return st;
}

static int
compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

/* Inputs and outputs. */
static int
band_count(const bc_training *t)
{
    return t->model.generator.nin + t->model.generator.nout;
}

/* Typical sky noise of each band: the median over the training samples. */
static bc_status
measure_noise(bc_training *t)
{
    double *sigma = malloc((size_t)t->ntrain * sizeof *sigma);
    long    i;
    int     b;

    if (sigma == NULL)
        return bc_fail_memory((size_t)t->ntrain * sizeof *sigma, "noise levels");
    for (b = 0; b < band_count(t); b++) {
        for (i = 0; i < t->ntrain; i++)
            sigma[i] = bc_dataset_sigma(t->set, t->train[i], t->plane[b]);
        qsort(sigma, (size_t)t->ntrain, sizeof *sigma, compare_doubles);
        t->model.stretch.noise[b] = sigma[t->ntrain / 2];
        if (!(sigma[t->ntrain / 2] > 0.0)) {
            free(sigma);
            return bc_fail(BC_BAD_SHAPE,
                           "%s: band '%s' has no sky noise, which stretch=flux is built on",
                           bc_dataset_file(t->set), t->model.band[b]);
        }
    }
    free(sigma);
    return BC_OK;
}

static bc_status
sample_scale(const bc_training *t, long i, double *scale_p)
{
    double sigma[BC_MAX_INPUT];
    int    b;

    for (b = 0; b < t->model.generator.nin; b++)
        sigma[b] = bc_dataset_sigma(t->set, i, t->plane[b]);
    return bc_stretch_scale(&t->model.stretch, sigma, scale_p);
}

/* Where in the stamp band B is: outputs are behind the network's channels. */
static float *
stamp_band(const bc_training *t, int b)
{
    int    nin = t->model.generator.nin;
    size_t n = (size_t)t->model.size * t->model.size;

    return t->stamp + (b < nin ? b : t->model.graph->nin + b - nin) * n;
}

/* Sample I as it is in the set, for the network's channels and the truth behind them. */
static bc_status
read_sample(bc_training *t, long i)
{
    int       b;
    bc_status st = BC_OK;

    for (b = 0; st == BC_OK && b < band_count(t); b++)
        st = bc_dataset_read(t->set, i, t->plane[b], stamp_band(t, b));
    return st;
}

/* One band less, in all of the stamp or in a part of it: what the others say of it is to be learnt, too. */
static void
drop_some(bc_training *t)
{
    int    size = t->model.size, b, x0 = 0, y0 = 0, x1 = size, y1 = size, y, x;
    float *band;

    if (t->model.generator.nin < 2 || bc_random_uniform(&t->random) >= t->recipe.dropout)
        return;
    b = (int)bc_random_below(&t->random, (uint64_t)t->model.generator.nin);
    if (bc_random_below(&t->random, 2)) {
        x0 = (int)bc_random_below(&t->random, (uint64_t)size);
        y0 = (int)bc_random_below(&t->random, (uint64_t)size);
        x1 = x0 + 1 + (int)bc_random_below(&t->random, (uint64_t)(size - x0));
        y1 = y0 + 1 + (int)bc_random_below(&t->random, (uint64_t)(size - y0));
    }
    band = t->stamp + (size_t)b * size * size;
    for (y = y0; y < y1; y++)
        for (x = x0; x < x1; x++)
            band[y * size + x] = NAN;
}

/* What a network without planes of holes sees where there is no datum. */
static void
fill_holes(float *x, size_t n)
{
    size_t j;

    for (j = 0; j < n; j++)
        if (!isfinite(x[j]))
            x[j] = 0.0f;
}

bc_status
bc_training_load(bc_training *t, long i, int drop, double *scale_p)
{
    const struct bc_stretch *s = &t->model.stretch;
    size_t                   n = (size_t)t->model.size * t->model.size, j;
    double                   scale;
    int                      b;
    bc_status                st = sample_scale(t, i, &scale);

    if (st == BC_OK)
        st = read_sample(t, i);
    if (st != BC_OK)
        return st;
    if (t->model.generator.local && drop == BC_DROP_SOME)
        drop_some(t);
    for (j = 0; drop >= 0 && j < n; j++)
        t->stamp[drop * n + j] = NAN;
    if (t->model.generator.local)
        bc_inputs_complete(s, t->stamp, n, n);
    for (b = 0; b < band_count(t); b++)
        bc_stretch_apply(s, b, scale, stamp_band(t, b), n, stamp_band(t, b));
    if (!t->model.generator.local)
        fill_holes(t->stamp, n * s->nin);
    if (scale_p != NULL)
        *scale_p = scale;
    return BC_OK;
}

static float
brightest(const float *x, size_t n, float high)
{
    size_t i;

    for (i = 0; i < n; i++)
        high = fmaxf(high, x[i]);           /* passes over NaN */
    return high;
}

/* Of the training samples: usual colours, and what becomes 1, the brightest pixel of any band. */
static bc_status
measure_sources(bc_training *t)
{
    struct bc_stretch *s = &t->model.stretch;
    struct bc_colours  colours = { .n = s->nin };
    size_t             n = (size_t)t->model.size * t->model.size;
    double             sigma[BC_MAX_INPUT];
    float              high = 0.0f;
    long               i;
    int                b;
    bc_status          st = BC_OK;

    bc_colours_get(&colours, s->noise, s->colour);
    for (i = 0; st == BC_OK && i < t->ntrain; i++) {
        for (b = 0; b < s->nin; b++)
            sigma[b] = bc_dataset_sigma(t->set, t->train[i], t->plane[b]);
        st = read_sample(t, t->train[i]);
        if (st == BC_OK && t->model.generator.local)
            bc_colours_add(&colours, t->stamp, sigma, n);
        if (st == BC_OK)
            st = bc_training_load(t, t->train[i], BC_DROP_NONE, NULL);
        for (b = 0; st == BC_OK && b < band_count(t); b++)
            high = brightest(stamp_band(t, b), n, high);
    }
    s->range = high > 0.0f ? high : 1.0;
    bc_colours_get(&colours, s->noise, s->colour);
    return st;
}

/* How bright, coloured and sharp the training samples are. */
static bc_status
measure_usual(bc_training *t)
{
    struct bc_model *m = &t->model;
    long             i;
    bc_status        st = BC_OK;

    for (i = 0; st == BC_OK && i < t->ntrain; i++) {
        struct bc_channels c = bc_channels_of(&m->stretch, t->stamp, (size_t)m->size * m->size, m->size, m->size);

        st = bc_training_load(t, t->train[i], BC_DROP_NONE, NULL);
        if (st == BC_OK)
            bc_usual_add(&m->usual, &c);
    }
    return st;
}

static void
reset_gains(struct bc_stretch *s)
{
    int k;

    for (k = 0; k < BC_MAX_OUTPUT; k++)
        s->gain[k] = 1.0;
}

/* Constants of the stretch, from the training samples alone. */
static bc_status
measure_stretch(bc_training *t)
{
    struct bc_stretch *s = &t->model.stretch;
    bc_status          st = bc_stretch_parse(t->recipe.stretch, &s->kind);

    if (st == BC_OK && t->recipe.start != NULL) {
        *s = t->recipe.start->stretch;
        reset_gains(s);
        return BC_OK;
    }
    s->nin = t->model.generator.nin;
    s->softening = t->recipe.softening;
    s->range = 1.0;
    reset_gains(s);
    if (st != BC_OK || s->kind != BC_STRETCH_FLUX)
        return st;
    st = measure_noise(t);
    return st == BC_OK ? measure_sources(t) : st;
}

static bc_status
allocate(bc_training *t)
{
    struct bc_model *m = &t->model;
    size_t           n = (size_t)m->size * m->size, batch = (size_t)t->recipe.batch;
    size_t           nin = (size_t)m->graph->nin, nout = (size_t)m->graph->nout, bands = (size_t)m->generator.nout;

    t->history = malloc((size_t)t->recipe.epochs * sizeof *t->history);
    m->weights = malloc(m->graph->nweight * sizeof *m->weights);
    t->stamp = malloc((nin + bands) * n * sizeof *t->stamp);
    t->batch.in = malloc(batch * nin * n * sizeof *t->batch.in);
    t->batch.truth = malloc(batch * bands * n * sizeof *t->batch.truth);
    t->next.in = malloc(batch * nin * n * sizeof *t->next.in);
    t->next.truth = malloc(batch * bands * n * sizeof *t->next.truth);
    t->out = malloc(batch * nout * n * sizeof *t->out);
    t->scratch = malloc(2 * n * sizeof *t->scratch);
    if (t->history == NULL || m->weights == NULL || t->stamp == NULL || t->batch.in == NULL || t->batch.truth == NULL
        || t->next.in == NULL || t->next.truth == NULL || t->out == NULL || t->scratch == NULL)
        return bc_fail_memory(batch * nin * n * sizeof *t->batch.in, "a batch");
    return BC_OK;
}

void
bc_training_loss(const bc_training *t, struct bc_loss *loss)
{
    const bc_recipe *r = &t->recipe;

    *loss = (struct bc_loss){ .lambda = r->lambda };
    if (t->model.generator.local)
        *loss = (struct bc_loss){ .lambda = r->lambda, .flux = r->flux, .range = t->model.stretch.range,
                                  .scale = r->uncertainty };
}

bc_status
bc_training_compile(bc_training *t, const struct bc_weights *w)
{
    struct bc_model       *m = &t->model;
    const bc_recipe       *r = &t->recipe;
    struct bc_plan_options o = { .height = m->size, .width = m->size, .batch = r->batch, .train = 1,
                                 .threads = r->threads, .device = m->on, .beta1 = r->beta1,
                                 .beta2 = r->beta2, .epsilon = r->epsilon };
    char                   what[BC_NAME_SIZE - 10];    /* with the backend, the text of a card */
    bc_status              st;

    if (t->plan != NULL)
        m->backend->release(t->plan);
    t->plan = NULL;
    bc_training_loss(t, &o.loss);
    st = bc_backend_compile(&m->backend, m->graph, w, &o, &t->plan);
    if (st != BC_OK)
        return st;
    m->backend->describe(t->plan, what, sizeof what);
    snprintf(m->device, sizeof m->device, "%s (%s)", m->backend->name, what);
    return BC_OK;
}

static bc_status
build_network(bc_training *t)
{
    struct bc_model       *m = &t->model;
    struct bc_generator   *g = &m->generator;
    bc_status              st;

    bc_recipe_network(&t->recipe, g);
    m->threads = t->recipe.threads;
    st = bc_generator_graph(g, &m->graph);
    if (st == BC_OK && m->size % m->graph->multiple != 0)
        st = bc_fail(BC_BAD_SHAPE, "%s: stamps of %d pixels cannot pass the down-samplings (a "
                     "multiple of %d is needed)", bc_dataset_file(t->set), m->size,
                     m->graph->multiple);
    if (st == BC_OK && m->size < BC_SSIM_TAPS && t->recipe.lambda != 0.0)
        st = bc_fail(BC_BAD_SHAPE, "%s: stamps of %d pixels are smaller than SSIM's window of %d",
                     bc_dataset_file(t->set), m->size, BC_SSIM_TAPS);
    if (st == BC_OK)
        st = allocate(t);
    if (st == BC_OK)
        st = bc_backend_choose(t->recipe.device, &m->backend, &m->on);
    if (st != BC_OK)
        return st;
    if (t->recipe.start != NULL)
        memcpy(m->weights, t->recipe.start->weights, m->graph->nweight * sizeof *m->weights);
    else
        bc_generator_start(m->graph, !t->recipe.combine, t->recipe.seed, m->weights);
    return BC_OK;
}

void
bc_training_shuffle(bc_training *t)
{
    long i;

    if (!t->recipe.shuffle)
        return;
    for (i = t->ntrain - 1; i > 0; i--) {
        long j = (long)bc_random_below(&t->random, (uint64_t)i + 1), swap = t->train[i];

        t->train[i] = t->train[j];
        t->train[j] = swap;
    }
}

bc_status
bc_training_open(bc_dataset *set, const bc_recipe *recipe, bc_training **training_p)
{
    bc_training *t = calloc(1, sizeof *t);
    bc_status    st = bc_recipe_check(recipe);

    if (t == NULL)
        return bc_fail_memory(sizeof *t, "a training");
    t->set = set;
    t->recipe = *recipe;
    t->model.members = 1;
    t->model.size = bc_dataset_size(set);
    t->model.scale = bc_dataset_scale(set);
    t->best = (bc_epoch){ .train = NAN, .valid = NAN, .valid_l1 = NAN, .valid_ssim = NAN };
    t->begun = bc_training_clock();
    t->loss = NAN;
    t->checkpoint.lock = -1;
    bc_random_seed(&t->random, recipe->seed);
    if (st == BC_OK)
        st = bc_training_bands(t);
    if (st == BC_OK && recipe->start != NULL)
        st = take_start(t);
    if (st == BC_OK)
        st = sort_samples(t);
    if (st == BC_OK)
        st = build_network(t);
    if (st == BC_OK)
        st = measure_stretch(t);
    if (st == BC_OK && t->model.generator.local)
        st = measure_usual(t);
    if (st == BC_OK)
        st = bc_training_compile(t, &(struct bc_weights){ .value = t->model.weights });
    if (st != BC_OK) {
        bc_training_close(t);
        return st;
    }
    bc_training_shuffle(t);
    t->recipe.start = NULL;         /* the caller may close it */
    *training_p = t;
    return BC_OK;
}

void
bc_training_close(bc_training *t)
{
    if (t == NULL)
        return;
    if (t->plan != NULL)
        t->model.backend->release(t->plan);
    bc_model_release(&t->model);
    bc_graph_free(t->model.graph);
    if (t->checkpoint.lock >= 0)
        close(t->checkpoint.lock);
    bc_header_free(&t->texts);
    free(t->history);
    free(t->model.weights);
    free(t->train);
    free(t->valid);
    free(t->stamp);
    free(t->batch.in);
    free(t->batch.truth);
    free(t->next.in);
    free(t->next.truth);
    free(t->out);
    free(t->scratch);
    free(t);
}

const char *
bc_training_device(const bc_training *t)
{
    return t->model.device;
}
