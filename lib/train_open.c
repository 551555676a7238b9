/* train_open.c -- sets up a training: bands, samples, stretch, network.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ssim.h"
#include "status.h"
#include "train.h"

/* The plane of the set that holds BAND. */
static bc_status
find_plane(const bc_dataset *set, const char *band, int *plane_p)
{
    int b;

    for (b = 0; b < bc_dataset_bands(set); b++)
        if (strcmp(bc_dataset_band(set, b), band) == 0) {
            *plane_p = b;
            return BC_OK;
        }
    return bc_fail(BC_BAD_SHAPE, "%s has no band '%s'", bc_dataset_file(set), band);
}

static bc_status
name_band(bc_training *t, int i, const char *band)
{
    int       j;
    bc_status st = find_plane(t->set, band, &t->plane[i]);

    for (j = 0; st == BC_OK && j < i; j++)
        if (t->plane[j] == t->plane[i])
            return bc_fail(BC_BAD_SHAPE, "band '%s' is named twice", band);
    if (st == BC_OK) {
        snprintf(t->model.band[i], BC_NAME_SIZE, "%s", band);
        snprintf(t->model.unit[i], BC_NAME_SIZE, "%s", bc_dataset_unit(t->set, t->plane[i]));
    }
    return st;
}

/* inbands and outband; empty means: those of the model to begin with, or all bands of the set but
 * the last predict the last. */
static bc_status
choose_bands(bc_training *t)
{
    const bc_model *start = t->recipe.start;
    int             last = bc_dataset_bands(t->set) - 1, n = 0, b;
    const char     *p = t->recipe.inbands;
    const char     *out = *t->recipe.outband != '\0' ? t->recipe.outband
                          : start != NULL ? bc_model_output(start) : bc_dataset_band(t->set, last);
    char            band[BC_NAME_SIZE];
    bc_status       st = BC_OK;

    if (*p == '\0' && start != NULL)
        for (n = 0; st == BC_OK && n < bc_model_inputs(start); n++)
            st = name_band(t, n, bc_model_input(start, n));
    else if (*p == '\0')
        for (b = 0; st == BC_OK && b <= last; b++)
            if (strcmp(bc_dataset_band(t->set, b), out) != 0)
                st = name_band(t, n++, bc_dataset_band(t->set, b));
    while (st == BC_OK && *p != '\0') {
        size_t length = strcspn(p, ",");

        if (n == BC_MAX_INPUT)
            return bc_fail(BC_BAD_SHAPE, "more than %d input bands", BC_MAX_INPUT);
        snprintf(band, sizeof band, "%.*s", (int)length, p);
        st = name_band(t, n++, band);
        p += length + (p[length] == ',');
    }
    if (st == BC_OK && n == 0)
        st = bc_fail(BC_BAD_SHAPE, "%s: no input band is left beside '%s'",
                     bc_dataset_file(t->set), out);
    t->model.generator.nin = n;
    return st == BC_OK ? name_band(t, n, out) : st;
}

/* The network and stretch of the model to begin with, for these bands. */
static bc_status
take_start(bc_training *t)
{
    const bc_model *m = t->recipe.start;
    bc_recipe      *r = &t->recipe;
    int             nin = t->model.generator.nin, b;

    if (m->generator.nin != nin)
        return bc_fail(BC_BAD_SHAPE, "%s has %d input bands, not %d", m->file, m->generator.nin,
                       nin);
    for (b = 0; m->stretch.kind == BC_STRETCH_FLUX && b <= nin; b++)
        if (strcmp(m->unit[b], t->model.unit[b]) != 0)
            return bc_fail(BC_BAD_SHAPE, "%s: band '%s' is in '%s', that of %s in '%s'",
                           bc_dataset_file(t->set), t->model.band[b], t->model.unit[b], m->file,
                           m->unit[b]);
    r->stretch = bc_model_stretch(m);
    r->softening = m->stretch.softening;
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

/* Typical sky noise of each band: the median over the training samples. */
static bc_status
measure_noise(bc_training *t)
{
    double *sigma = malloc((size_t)t->ntrain * sizeof *sigma);
    long    i;
    int     b;

    if (sigma == NULL)
        return bc_fail_memory((size_t)t->ntrain * sizeof *sigma, "noise levels");
    for (b = 0; b <= t->model.generator.nin; b++) {
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

bc_status
bc_training_load(bc_training *t, long i)
{
    size_t    n = (size_t)t->model.size * t->model.size, j;
    double    scale;
    int       b;
    bc_status st = sample_scale(t, i, &scale);

    for (b = 0; st == BC_OK && b <= t->model.generator.nin; b++) {
        float *u = t->stamp + b * n;

        st = bc_dataset_read(t->set, i, t->plane[b], u);
        if (st == BC_OK)
            bc_stretch_apply(&t->model.stretch, b, scale, u, n, u);
        for (j = 0; st == BC_OK && j < n; j++)
            if (!isfinite(u[j]))
                st = bc_fail(BC_BAD_FILE, "%s: sample %ld has a pixel that is not a number in %s",
                             bc_dataset_file(t->set), i + 1, t->model.band[b]);
    }
    return st;
}

/* Constants of the flux stretch, from the training samples alone: 1 = the brightest pixel of any
 * band. */
static bc_status
measure_stretch(bc_training *t)
{
    size_t    n = (size_t)(t->model.generator.nin + 1) * t->model.size * t->model.size, j;
    float     high = 0.0f;
    long      i;
    bc_status st = bc_stretch_parse(t->recipe.stretch, &t->model.stretch.kind);

    if (st == BC_OK && t->recipe.start != NULL) {
        t->model.stretch = t->recipe.start->stretch;
        return BC_OK;
    }
    t->model.stretch.nin = t->model.generator.nin;
    t->model.stretch.softening = t->recipe.softening;
    t->model.stretch.range = 1.0;
    if (st != BC_OK || t->model.stretch.kind != BC_STRETCH_FLUX)
        return st;
    st = measure_noise(t);
    for (i = 0; st == BC_OK && i < t->ntrain; i++) {
        st = bc_training_load(t, t->train[i]);
        for (j = 0; st == BC_OK && j < n; j++)
            high = fmaxf(high, t->stamp[j]);
    }
    t->model.stretch.range = high > 0.0f ? high : 1.0;
    return st;
}

static bc_status
allocate(bc_training *t)
{
    struct bc_model *m = &t->model;
    size_t           n = (size_t)m->size * m->size, batch = (size_t)t->recipe.batch;

    t->history = malloc((size_t)t->recipe.epochs * sizeof *t->history);
    m->weights = malloc(m->graph->nweight * sizeof *m->weights);
    t->stamp = malloc((size_t)(m->generator.nin + 1) * n * sizeof *t->stamp);
    t->in = malloc(batch * m->generator.nin * n * sizeof *t->in);
    t->truth = malloc(batch * n * sizeof *t->truth);
    t->out = malloc(batch * n * sizeof *t->out);
    t->scratch = malloc(2 * n * sizeof *t->scratch);
    if (t->history == NULL || m->weights == NULL || t->stamp == NULL || t->in == NULL
        || t->truth == NULL || t->out == NULL || t->scratch == NULL)
        return bc_fail_memory(batch * m->generator.nin * n * sizeof *t->in, "a batch");
    return BC_OK;
}

bc_status
bc_training_compile(bc_training *t, const struct bc_weights *w)
{
    struct bc_model       *m = &t->model;
    const bc_recipe       *r = &t->recipe;
    struct bc_plan_options o = { .height = m->size, .width = m->size, .batch = r->batch, .train = 1,
                                 .threads = r->threads, .device = m->on,
                                 .loss = { .lambda = r->lambda }, .beta1 = r->beta1,
                                 .beta2 = r->beta2, .epsilon = r->epsilon };
    char                   what[48];
    bc_status              st;

    if (m->plan != NULL)
        m->backend->release(m->plan);
    m->plan = NULL;
    st = bc_backend_compile(&m->backend, m->graph, w, &o, &m->plan);
    if (st != BC_OK)
        return st;
    m->backend->describe(m->plan, what, sizeof what);
    snprintf(m->device, sizeof m->device, "%s (%s)", m->backend->name, what);
    return BC_OK;
}

static bc_status
build_network(bc_training *t)
{
    struct bc_model       *m = &t->model;
    struct bc_generator   *g = &m->generator;
    struct bc_weights      w;
    bc_status              st;

    memcpy(g->filters, t->recipe.filters, sizeof g->filters);
    g->stem = t->recipe.stem != 0 ? t->recipe.stem : t->recipe.filters[0] / 2;
    g->resblocks = t->recipe.resblocks;
    g->no_norm = !t->recipe.norm;
    g->combine = t->recipe.combine;
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
    w = (struct bc_weights){ .value = m->weights };
    return bc_training_compile(t, &w);
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
        st = choose_bands(t);
    if (st == BC_OK && recipe->start != NULL)
        st = take_start(t);
    if (st == BC_OK)
        st = sort_samples(t);
    if (st == BC_OK)
        st = build_network(t);
    if (st == BC_OK)
        st = measure_stretch(t);
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
    if (t->model.plan != NULL)
        t->model.backend->release(t->model.plan);
    bc_graph_free(t->model.graph);
    if (t->checkpoint.lock >= 0)
        close(t->checkpoint.lock);
    bc_header_free(&t->texts);
    free(t->history);
    free(t->model.weights);
    free(t->train);
    free(t->valid);
    free(t->stamp);
    free(t->in);
    free(t->truth);
    free(t->out);
    free(t->scratch);
    free(t);
}

const char *
bc_training_device(const bc_training *t)
{
    return t->model.device;
}
