/* model.c -- a model is one FITS file: the primary header says everything, each tensor is one image extension.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "model.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fits.h"
#include "status.h"
#include "threads.h"

void
bc_fingerprint(const float *x, size_t n, uint64_t *state)
{
    uint64_t h = *state;
    uint32_t bits;
    size_t   i;
    int      k;

    for (i = 0; i < n; i++) {
        memcpy(&bits, &x[i], sizeof bits);
        for (k = 0; k < 4; k++)
            h = (h ^ (bits >> 8 * k & 0xff)) * 0x100000001b3u;
    }
    *state = h;
}

void
bc_fingerprint_text(uint64_t state, char text[17])
{
    snprintf(text, 17, "%016llx", (unsigned long long)state);
}

/* ---- reading --------------------------------------------------------------------------------- */

/* KEY or KEYn (n > 0) of the header; a text that is missing is "". */
static void
get_text(const struct bc_header *h, const char *key, int n, char *text, size_t size)
{
    char name[32];

    snprintf(name, sizeof name, n > 0 ? "%s%d" : "%s", key, n);
    bc_header_text(h, name, text, size);
}

const char *
bc_model_output_key(const char *key, int k, char name[BC_KEY + 1])
{
    if (k == 0)
        snprintf(name, BC_KEY + 1, "%s", key);
    else
        snprintf(name, BC_KEY + 1, "%.7s%d", key, k + 1);
    return name;
}

static bc_status
read_calibration(struct bc_model *m)
{
    int k, b, good = m->stretch.kind == BC_STRETCH_FLUX;

    for (k = 0; k < m->generator.nout; k++)
        for (b = 0; good && b <= m->stretch.nin; b++)
            good = bc_intervals_read(&m->intervals[k][b], &m->header, k, b);
    good = good && bc_usual_read(&m->usual, m->stretch.nin, &m->header);
    return good ? BC_OK : bc_fail(BC_BAD_FILE, "%s: its calibration is incomplete", m->file);
}

/* The constants of a flux stretch. */
static bc_status
read_fluxes(struct bc_model *m)
{
    struct bc_stretch *s = &m->stretch;
    char               key[BC_KEY + 1];
    int                good = s->softening > 0.0 && s->range > 0.0, b, k;

    for (b = 0; b < s->nin; b++) {
        s->noise[b] = bc_header_numbered(&m->header, "INNOISE", b + 1);
        good = good && s->noise[b] > 0.0;
    }
    for (b = 0; m->generator.local && b < s->nin; b++) {
        s->colour[b] = bc_header_numbered(&m->header, "INCOLOR", b + 1);
        good = good && s->colour[b] > 0.0;
    }
    for (k = 0; k < m->generator.nout; k++) {
        s->noise[s->nin + k] = bc_header_number(&m->header, bc_model_output_key("OUTNOISE", k, key));
        s->gain[k] = m->generator.local ? bc_header_number(&m->header, bc_model_output_key("OUTGAIN", k, key)) : 1.0;
        good = good && s->noise[s->nin + k] > 0.0 && s->gain[k] > 0.0;
    }
    return good ? BC_OK : bc_fail(BC_BAD_FILE, "%s: a constant of its flux stretch is missing or not positive",
                                  m->file);
}

static bc_status
read_stretch(struct bc_model *m)
{
    char      name[BC_NAME_SIZE];
    bc_status st;

    get_text(&m->header, "STRETCH", 0, name, sizeof name);
    st = bc_stretch_parse(name, &m->stretch.kind);
    if (st != BC_OK)
        return bc_fail(BC_BAD_FILE, "%s: STRETCH='%s' is not known to this version", m->file, name);
    m->stretch.nin = m->generator.nin;
    m->stretch.softening = bc_header_number(&m->header, "SOFTEN");
    m->stretch.range = bc_header_number(&m->header, "RANGE");
    if (m->stretch.kind == BC_STRETCH_FLUX)
        st = read_fluxes(m);
    return st == BC_OK && m->generator.local ? read_calibration(m) : st;
}

/* Names and units of inputs and outputs. */
static void
read_bands(struct bc_model *m)
{
    int  nin = m->generator.nin, i;
    char key[BC_KEY + 1];

    for (i = 0; i < nin; i++) {
        get_text(&m->header, "INBAND", i + 1, m->band[i], BC_NAME_SIZE);
        get_text(&m->header, "INUNIT", i + 1, m->unit[i], BC_NAME_SIZE);
    }
    for (i = 0; i < m->generator.nout; i++) {
        bc_header_text(&m->header, bc_model_output_key("OUTBAND", i, key), m->band[nin + i], BC_NAME_SIZE);
        bc_header_text(&m->header, bc_model_output_key("OUTUNIT", i, key), m->unit[nin + i], BC_NAME_SIZE);
    }
}

/* The network's description from the header, checked before any memory is taken for it. */
bc_status
bc_model_describe(struct bc_model *m)
{
    struct bc_generator *g = &m->generator;
    char                 text[BC_NAME_SIZE];
    int                  i, ndown;

    get_text(&m->header, "BCTYPE", 0, text, sizeof text);
    if (strcmp(text, "MODEL") != 0)
        return bc_fail(BC_BAD_FILE, "%s is not a bandcast model", m->file);
    if (bc_header_integer(&m->header, "BCFORMAT", 1, BC_MODEL_FORMAT) < 0)
        return bc_fail(BC_BAD_FILE, "%s: model format %g; this version reads up to %d", m->file,
                       bc_header_number(&m->header, "BCFORMAT"), BC_MODEL_FORMAT);
    get_text(&m->header, "ARCH", 0, text, sizeof text);
    g->local = strcmp(text, "local") == 0;
    if (!g->local && strcmp(text, "resnet") != 0)
        return bc_fail(BC_UNSUPPORTED, "%s: architecture '%s' is not known to this version", m->file, text);
    g->nin = bc_header_integer(&m->header, "NINPUT", 1, BC_MAX_INPUT);
    g->nout = bc_header_find(&m->header, "NOUTPUT") < 0
                  ? 1 : bc_header_integer(&m->header, "NOUTPUT", 1, BC_MAX_OUTPUT);
    g->stem = bc_header_integer(&m->header, "STEM", 1, 4096);
    ndown = bc_header_integer(&m->header, "NDOWN", 0, BC_MAX_DOWN);
    g->resblocks = bc_header_integer(&m->header, "RESBLOCK", 0, 256);
    g->no_norm = bc_header_integer(&m->header, "NORM", 0, 1) == 0;
    g->combine = bc_header_integer(&m->header, "COMBINE", 0, 1);
    m->size = bc_header_integer(&m->header, "SIZE", 1, 1 << 15);
    m->members = bc_header_find(&m->header, "NMEMBER") < 0
                     ? 1 : bc_header_integer(&m->header, "NMEMBER", 1, BC_MAX_MEMBERS);
    for (i = 0; i < ndown; i++) {
        snprintf(text, sizeof text, "DOWN%d", i + 1);
        g->filters[i] = bc_header_integer(&m->header, text, 2, 4096);
    }
    if (g->nin < 0 || g->nout < 0 || g->stem < 0 || ndown < 0 || g->resblocks < 0 || g->combine < 0 || m->size < 0
        || m->members < 0)
        return bc_fail(BC_BAD_FILE, "%s: its header does not describe a network", m->file);
    read_bands(m);
    get_text(&m->header, "MODEL", 0, m->name, BC_NAME_SIZE);
    m->scale = bc_header_number(&m->header, "PIXSCALE");
    return read_stretch(m);
}

static bc_status
read_tensor(struct bc_model *m, struct bc_fits *f, const struct bc_tensor *t)
{
    int       ndim = t->ndim + (m->members > 1), bitpix, n, i;
    long      naxis[9];
    bc_status st = bc_fits_move(f, t->name, 0);

    if (st == BC_OK)
        st = bc_fits_checksum(f);
    if (st == BC_OK)
        st = bc_fits_image_size(f, &bitpix, &n, naxis);
    if (st != BC_OK)
        return st;
    for (i = 0; n == ndim && i < n; i++)        /* FITS counts its fastest axis first */
        if (naxis[i] != (i < t->ndim ? t->dim[t->ndim - 1 - i] : m->members))
            n = -1;
    if (n != ndim || bitpix != -32)
        return bc_fail(BC_BAD_SHAPE, "%s: tensor %s has another shape than its header's network", m->file, t->name);
    for (i = 0; st == BC_OK && i < m->members; i++)
        st = bc_fits_read_exact(f, i * (long)t->n, (long)t->n, m->weights + i * m->graph->nweight + t->at);
    return st;
}

bc_status
bc_model_check_weights(struct bc_model *m, int expected)
{
    uint64_t state = BC_FINGERPRINT_START;
    size_t   n = m->members * m->graph->nweight, i;
    char     sum[BC_NAME_SIZE];

    for (i = 0; i < n; i++)
        if (!isfinite(m->weights[i]))
            return bc_fail(BC_BAD_FILE, "%s: a weight is not a finite number", m->file);
    bc_fingerprint(m->weights, n, &state);
    bc_fingerprint_text(state, m->checksum);
    get_text(&m->header, "WEIGHSUM", 0, sum, sizeof sum);
    if (expected && strcmp(sum, m->checksum) != 0)
        return bc_fail(BC_BAD_FILE, "%s: its weights are not those that were written (WEIGHSUM)", m->file);
    return BC_OK;
}

static bc_status
read_weights(struct bc_model *m, struct bc_fits *f)
{
    size_t           n = m->members * m->graph->nweight;
    struct bc_tensor t;
    int              i;
    bc_status        st;

    if (n > BC_MAX_WEIGHTS)
        return bc_fail(BC_BAD_SHAPE, "%s: a network of %zu weights", m->file, n);
    for (i = 0; bc_graph_tensor(m->graph, i, &t); i++)
        if ((st = bc_fits_move(f, t.name, 0)) != BC_OK)     /* all there, before memory is taken */
            return st;
    m->weights = malloc(n * sizeof *m->weights);
    if (m->weights == NULL)
        return bc_fail_memory(n * sizeof *m->weights, "a model's weights");
    for (i = 0; bc_graph_tensor(m->graph, i, &t); i++)
        if ((st = read_tensor(m, f, &t)) != BC_OK)
            return st;
    return bc_model_check_weights(m, 1);
}

static void
name_architecture(struct bc_model *m)
{
    const struct bc_generator *g = &m->generator;
    int                        i, n;

    n = snprintf(m->architecture, sizeof m->architecture, "%s %d", g->local ? "local" : "resnet", g->stem);
    for (i = 0; i < BC_MAX_DOWN && g->filters[i] != 0; i++)
        n += snprintf(m->architecture + n, sizeof m->architecture - n, "-%d", g->filters[i]);
    n += snprintf(m->architecture + n, sizeof m->architecture - n, " x%d%s%s", g->resblocks,
                  g->no_norm && !g->local ? " no norm" : "", g->combine && !g->local ? " +combine" : "");
    if (m->members > 1)
        snprintf(m->architecture + n, sizeof m->architecture - n, ", %d members", m->members);
}

static bc_status
read_model(struct bc_model *m)
{
    struct bc_fits *f = NULL;
    bc_status       st = bc_fits_open_file(m->file, &f);

    if (st == BC_OK)
        st = bc_fits_read_header(f, &m->header);
    if (st == BC_OK)
        st = bc_model_describe(m);
    if (st == BC_OK)
        st = bc_fits_checksum(f);
    if (st == BC_OK && bc_generator_graph(&m->generator, &m->graph) != BC_OK)
        st = bc_fail(BC_BAD_FILE, "%s: its header does not describe a network", m->file);
    if (st == BC_OK)
        st = read_weights(m, f);
    bc_fits_close(f);
    name_architecture(m);
    return st;
}

bc_status
bc_model_open(const char *file, const char *device, int threads, bc_model **model_p)
{
    bc_model *m;
    bc_status st = bc_need_text(file, "the name of a model's file");

    if (st == BC_OK)
        st = bc_threads_check(threads);
    if (st != BC_OK)
        return st;
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return bc_fail_memory(sizeof *m, "a model");
    m->threads = threads;
    if ((size_t)snprintf(m->file, sizeof m->file, "%s", file) >= sizeof m->file)
        st = bc_fail(BC_BAD_FILE, "a model's file name of %zu bytes is too long", strlen(file));
    if (st == BC_OK)
        st = read_model(m);
    if (st == BC_OK && device != NULL)
        st = bc_backend_choose(device, &m->backend, &m->on);
    if (st != BC_OK) {
        bc_model_close(m);
        return st;
    }
    if (m->backend != NULL)
        snprintf(m->device, sizeof m->device, "%s", m->backend->name);
    *model_p = m;
    return BC_OK;
}

void
bc_model_close(bc_model *m)
{
    if (m == NULL)
        return;
    bc_model_release(m);
    bc_header_free(&m->header);
    bc_graph_free(m->graph);
    free(m->weights);
    free(m);
}

/* ---- what it is ------------------------------------------------------------------------------ */

const char *bc_model_file(const bc_model *m)         { return m->file; }
const char *bc_model_name(const bc_model *m)         { return m->name; }
const char *bc_model_device(const bc_model *m)       { return m->device; }
int         bc_model_inputs(const bc_model *m)       { return m->generator.nin; }
int         bc_model_members(const bc_model *m)      { return m->members; }
int         bc_model_outputs(const bc_model *m)      { return m->generator.nout; }
int         bc_model_size(const bc_model *m)         { return m->size; }
double      bc_model_pixel_scale(const bc_model *m)  { return m->scale; }
const char *bc_model_architecture(const bc_model *m) { return m->architecture; }
size_t      bc_model_weights(const bc_model *m)      { return m->members * m->graph->nweight; }
const char *bc_model_checksum(const bc_model *m)     { return m->checksum; }
const char *bc_model_stretch(const bc_model *m)      { return bc_stretch_name(m->stretch.kind); }
const char *bc_model_card(const bc_model *m, int i)  { return bc_header_card(&m->header, i); }

/* The I-th of the N names from NAME on. */
static const char *
nth(const char name[][BC_NAME_SIZE], int n, int i)
{
    return i >= 0 && i < n ? name[i] : NULL;
}

const char *
bc_model_input(const bc_model *m, int i)
{
    return nth(m->band, m->generator.nin, i);
}

const char *
bc_model_input_unit(const bc_model *m, int i)
{
    return nth(m->unit, m->generator.nin, i);
}

const char *
bc_model_output(const bc_model *m, int k)
{
    return nth(m->band + m->generator.nin, m->generator.nout, k);
}

const char *
bc_model_output_unit(const bc_model *m, int k)
{
    return nth(m->unit + m->generator.nin, m->generator.nout, k);
}

const char *
bc_model_text(bc_model *m, const char *key)
{
    return key != NULL && bc_header_text(&m->header, key, m->text, sizeof m->text) ? m->text : NULL;
}
