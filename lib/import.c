/* import.c -- a model from a file of another program, and one model from several.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"
#include "config.h"
#include "model.h"
#include "status.h"

/* ---- which file it is ------------------------------------------------------------------------ */

static bc_status
read_any(const char *file, struct bc_checkpoint *c)
{
    unsigned char b[16] = { 0 };
    FILE         *f = fopen(file, "rb");
    size_t        n = f != NULL ? fread(b, 1, sizeof b, f) : 0;

    if (f == NULL || ferror(f) != 0) {
        bc_status st = bc_fail(BC_BAD_FILE, "%s cannot be read: %s", file, strerror(errno));

        if (f != NULL)
            fclose(f);
        return st;
    }
    fclose(f);
    if (memcmp(b, "PK\3\4", 4) == 0 || memcmp(b, "\211HDF\r\n\032\n", 8) == 0)
        return bc_keras_read(file, c);
    if (n > 8 && b[8] == '{')
        return bc_safetensors_read(file, c);
    return bc_fail(BC_BAD_FILE, "%s is neither a checkpoint of Keras nor safetensors", file);
}

/* ---- what network it holds ------------------------------------------------------------------- */

/* Axis AXIS of the kernel of LAYER, 0 if there is none; of an ensemble the members come first. */
static int
axis_of(const struct bc_checkpoint *c, int axis, const char *layer)
{
    const struct bc_named *t;
    char                   name[40];

    snprintf(name, sizeof name, "%s.kernel", layer);
    t = bc_checkpoint_find(c, name);
    return t != NULL && t->ndim >= 4 && t->dim[t->ndim - 4 + axis] <= 4096
               ? (int)t->dim[t->ndim - 4 + axis] : 0;
}

/* The generator by the names and shapes of its tensors. */
static void
infer_generator(const struct bc_checkpoint *c, struct bc_generator *g)
{
    char layer[24];
    int  i;

    g->nin = axis_of(c, 2, "stem");
    g->nout = 1;
    g->stem = axis_of(c, 3, "stem");
    for (i = 0; i < BC_MAX_DOWN; i++) {
        snprintf(layer, sizeof layer, "down%d", i + 1);
        g->filters[i] = axis_of(c, 3, layer);
        if (g->filters[i] == 0)
            break;
    }
    for (g->resblocks = 0; g->resblocks < 256; g->resblocks++) {
        snprintf(layer, sizeof layer, "res%da", g->resblocks + 1);
        if (axis_of(c, 0, layer) == 0)
            break;
    }
    g->no_norm = bc_checkpoint_find(c, "stem.scale") == NULL;
    g->combine = axis_of(c, 0, "combine") != 0;
}

static int
has_shape(const struct bc_named *found, const struct bc_tensor *t, int members)
{
    int extra = members > 1, k;

    if (found->ndim != t->ndim + extra || (extra && found->dim[0] != members))
        return 0;
    for (k = 0; k < t->ndim; k++)
        if (found->dim[k + extra] != t->dim[k])
            return 0;
    return 1;
}

/* The tensors are those of the network, each with its shape, and none is left. */
static bc_status
take_weights(bc_model *m, const struct bc_checkpoint *c)
{
    struct bc_tensor t;
    size_t           n = m->members * m->graph->nweight;
    int              i, k;

    for (i = 0; bc_graph_tensor(m->graph, i, &t); i++) {
        const struct bc_named *found = bc_checkpoint_find(c, t.name);

        if (found == NULL || !has_shape(found, &t, m->members))
            return bc_fail(BC_UNSUPPORTED, "%s: its network is not the paper's generator: tensor %s %s",
                           m->file, t.name, found == NULL ? "is missing" : "has another shape");
    }
    if (i != c->n)
        return bc_fail(BC_UNSUPPORTED, "%s has %d tensors, a network of its sizes %d", m->file, c->n,
                       i);
    m->weights = malloc(n * sizeof *m->weights);
    if (m->weights == NULL)
        return bc_fail_memory(n * sizeof *m->weights, "a model's weights");
    for (i = 0; bc_graph_tensor(m->graph, i, &t); i++)
        for (k = 0; k < m->members; k++)
            memcpy(m->weights + k * m->graph->nweight + t.at,
                   bc_checkpoint_find(c, t.name)->x + k * t.n, t.n * sizeof *m->weights);
    return BC_OK;
}

static bc_status
make_network(bc_model *m, const struct bc_checkpoint *c, int described)
{
    int       size = 0;
    bc_status st;

    if (!described)
        infer_generator(c, &m->generator);
    if (m->generator.nin < 1 || m->generator.stem < 1)
        return bc_fail(BC_UNSUPPORTED, "%s: its network does not begin with the paper's 7x7 convolution",
                       m->file);
    st = bc_generator_graph(&m->generator, &m->graph);
    if (st != BC_OK)
        return bc_fail(BC_UNSUPPORTED, "%s: its network is not the paper's generator", m->file);
    st = take_weights(m, c);
    if (st == BC_OK && c->config != NULL)
        st = bc_keras_check(m->file, c->config, m->graph, &size);
    if (st == BC_OK && size > 0 && size <= 1 << 15)
        m->size = size;
    return st;
}

/* ---- what the file does not say -------------------------------------------------------------- */

/* The authors call their files ckpt_NUV_K_to_G.keras and B_R_to_NUV_ensemble_1 .keras: the bands stand around
 * _to_.  Their U, G, R, Z are SDSS's (the paper's table 1). */
static void
name_band(const char *text, size_t n, char band[BC_NAME_SIZE])
{
    if (n == 1 && strchr("UGRZ", *text) != NULL)
        snprintf(band, BC_NAME_SIZE, "%c", tolower((unsigned char)*text));
    else
        snprintf(band, BC_NAME_SIZE, "%.*s", (int)n, text);
}

/* Bands by the file's name, and the stretch of DECaLS's composites. */
static void
read_name(bc_model *m)
{
    const char *slash = strrchr(m->file, '/'), *name = slash != NULL ? slash + 1 : m->file;
    const char *to = strstr(name, "_to_"), *end, *start;
    int         b;

    if (to == NULL)
        return;
    for (b = m->generator.nin - 1, end = to; b >= 0; b--, end = start - 1) {
        for (start = end; start > name && start[-1] != '_'; start--)
            ;
        name_band(start, (size_t)(end - start), m->band[b]);
        if (start == name && b > 0)
            return;
    }
    name_band(to + 4, strcspn(to + 4, "_. "), m->band[m->generator.nin]);
    if (strstr(to, "DECaLS") != NULL)
        m->stretch.kind = BC_STRETCH_UNIT;
}

/* The names of the NBAND bands from BAND on, input or output as WHAT says, from LIST, the value of KEY; an empty one
 * leaves those that are known. */
static bc_status
set_names(const bc_model *m, const char *key, const char *list, const char *what, int nband,
          char band[][BC_NAME_SIZE])
{
    const char *p = list;
    int         n = 0;

    while (*p != '\0' && n < nband) {
        size_t length = strcspn(p, ",");

        snprintf(band[n++], BC_NAME_SIZE, "%.*s", (int)length, p);
        p += length + (p[length] == ',');
    }
    if (*list != '\0' && (n != nband || *p != '\0'))
        return bc_fail(BC_BAD_ARG, "%s=%s: %s has %d %s band%s", key, list, m->file, nband, what,
                       nband > 1 ? "s" : "");
    return BC_OK;
}

static bc_status
set_bands(bc_model *m, const bc_import_options *o)
{
    int       nin = m->generator.nin, nout = m->generator.nout, n, i;
    bc_status st = set_names(m, "inbands", o->inbands, "input", nin, m->band);

    if (st == BC_OK)
        st = set_names(m, "outband", o->outband, "output", nout, m->band + nin);
    if (st != BC_OK)
        return st;
    for (n = 0; n < nin + nout; n++) {
        if (*m->band[n] == '\0')
            return bc_fail(BC_BAD_ARG, "%s does not say which bands it predicts from or which one "
                           "(inbands=, outband=)", m->file);
        for (i = 0; i < n; i++)
            if (strcmp(m->band[i], m->band[n]) == 0)
                return bc_fail(BC_BAD_ARG, "%s: band '%s' is named twice (inbands=, outband=)", m->file, m->band[n]);
    }
    return BC_OK;
}

static bc_status
set_rest(bc_model *m, const bc_import_options *o, int described)
{
    const char *slash = strrchr(m->file, '/'), *stem = slash != NULL ? slash + 1 : m->file;
    size_t      n = strcspn(stem, ".");
    bc_status   st = BC_OK;

    while (n > 1 && stem[n - 1] == ' ')
        n--;
    if (*o->name != '\0')
        snprintf(m->name, sizeof m->name, "%s", o->name);
    else if (*m->name == '\0')
        snprintf(m->name, sizeof m->name, "%.*s", (int)n, stem);
    if (*o->stretch != '\0' && m->stretch.kind == BC_STRETCH_FLUX)      /* its calibration has no meaning in others */
        return bc_fail(BC_BAD_ARG, "stretch=%s: %s was trained with stretch=flux", o->stretch, m->file);
    if (*o->stretch != '\0')
        st = bc_stretch_parse(o->stretch, &m->stretch.kind);
    m->stretch.nin = m->generator.nin;
    if (o->size > 0)
        m->size = o->size;
    if (m->size == 0)
        m->size = 128;                          /* the paper's */
    if (st == BC_OK && !described)
        st = bc_header_set_text(&m->header, "IMPORTED", stem, "file that it comes from");
    if (st == BC_OK && !described)
        st = bc_header_set_text(&m->header, "CREATOR", "bandcast " PACKAGE_VERSION, NULL);
    return st;
}

static bc_status
build(bc_model *m, struct bc_checkpoint *c, const bc_import_options *o)
{
    int       described = bc_header_find(&c->header, "BCTYPE") >= 0;
    bc_status st = BC_OK;

    m->members = 1;
    m->scale = (double)NAN;
    if (described) {
        m->header = c->header;
        c->header = (struct bc_header){ NULL, 0, 0 };
        st = bc_model_describe(m);
    }
    if (st == BC_OK)
        st = make_network(m, c, described);
    if (st == BC_OK)
        st = bc_model_check_weights(m, described);
    if (st == BC_OK && !described)
        read_name(m);
    if (st == BC_OK)
        st = set_bands(m, o);
    return st == BC_OK ? set_rest(m, o, described) : st;
}

/* What can be known before the file is opened. */
static bc_status
check_options(const char *file, const bc_import_options *o)
{
    enum bc_stretch_kind kind;
    bc_status            st = BC_OK;

    if (file == NULL || o == NULL || o->inbands == NULL || o->outband == NULL || o->name == NULL || o->stretch == NULL)
        return bc_fail(BC_BAD_ARG, "a file to import, inbands, outband, name and stretch are texts, if empty ones");
    if (o->size < 0 || o->size > 4096)
        return bc_fail(BC_BAD_ARG, "size=%d: stamps have up to 4096 pixels to a side, 0 = what the file says", o->size);
    if (*o->stretch != '\0')
        st = bc_stretch_parse(o->stretch, &kind);
    if (st == BC_OK && *o->stretch != '\0' && kind == BC_STRETCH_FLUX)
        st = bc_fail(BC_BAD_ARG, "stretch=flux: only models trained here have it");
    return st;
}

bc_status
bc_model_import(const char *file, const bc_import_options *o, bc_model **model_p)
{
    struct bc_checkpoint c = { .n = 0 };
    bc_model            *m;
    bc_status            st = check_options(file, o);

    if (st != BC_OK)
        return st;
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return bc_fail_memory(sizeof *m, "a model");
    if ((size_t)snprintf(m->file, sizeof m->file, "%s", file) >= sizeof m->file)
        st = bc_fail(BC_BAD_FILE, "a checkpoint's file name of %zu bytes is too long", strlen(file));
    if (st == BC_OK)
        st = read_any(file, &c);
    if (st == BC_OK)
        st = build(m, &c, o);
    bc_checkpoint_free(&c);
    if (st != BC_OK) {
        bc_model_close(m);
        return st;
    }
    *model_p = m;
    return BC_OK;
}

bc_status
bc_model_set_text(bc_model *m, const char *key, const char *text, const char *comment)
{
    bc_status st = bc_header_set_text(&m->header, key, text, comment);

    if (st == BC_OK && strcmp(key, "MODEL") == 0)
        snprintf(m->name, sizeof m->name, "%s", text);
    return st;
}

/* ---- several --------------------------------------------------------------------------------- */

static bc_status
check_alike(const bc_model *a, const bc_model *b)
{
    const char *what = NULL;
    int         k, same = memcmp(&a->generator, &b->generator, sizeof a->generator) == 0;

    if (same && a->size != b->size)
        return bc_fail(BC_BAD_SHAPE, "%s and %s cannot be joined: their stamps are of %d and %d pixels", a->file,
                       b->file, a->size, b->size);
    if (!same)
        what = "another network";
    else if (a->members != 1 || b->members != 1)
        what = "members of its own";
    for (k = 0; what == NULL && k < a->generator.nin + a->generator.nout; k++)
        if (strcmp(a->band[k], b->band[k]) != 0 || strcmp(a->unit[k], b->unit[k]) != 0)
            what = "other bands or units";
        else if (a->stretch.kind != b->stretch.kind
                 || (a->stretch.kind == BC_STRETCH_FLUX
                     && (a->stretch.noise[k] != b->stretch.noise[k]
                         || a->stretch.range != b->stretch.range
                         || a->stretch.softening != b->stretch.softening)))
            what = "another stretch";
    return what == NULL ? BC_OK : bc_fail(BC_BAD_SHAPE, "%s and %s cannot be joined: one has %s",
                                          a->file, b->file, what);
}

/* The same network twice adds nothing, and makes the members' scatter too small. */
static bc_status
check_different(bc_model *const *models, int n)
{
    int i, k;

    for (i = 1; i < n; i++)
        for (k = 0; k < i; k++)
            if (strcmp(models[k]->checksum, models[i]->checksum) == 0)
                return bc_fail(BC_BAD_SHAPE, "%s and %s cannot be joined: they are the same network (checksum %s)",
                               models[k]->file, models[i]->file, models[i]->checksum);
    return BC_OK;
}

/* The mean correlation of the 3x3 kernels of two networks, NaN if there are none.  It is 0 to some hundredths if they
 * began with other random numbers, as channels have no order, and stays above a half if with the same ones.  The first
 * and the last layer do not count: the bands make them alike in all trainings. */
static double
correlation(const bc_model *a, const bc_model *b)
{
    struct bc_tensor t;
    double           sum = 0.0, total = 0.0;
    int              i;
    size_t           j;

    for (i = 0; bc_graph_tensor(a->graph, i, &t); i++) {
        const float *x = a->weights + t.at, *y = b->weights + t.at;
        double       xx = 0.0, xy = 0.0, yy = 0.0;

        for (j = 0; t.ndim == 4 && t.dim[0] == 3 && j < t.n; j++) {
            xx += (double)x[j] * x[j];
            xy += (double)x[j] * y[j];
            yy += (double)y[j] * y[j];
        }
        if (xx * yy > 0.0) {
            sum += (double)t.n * xy / sqrt(xx * yy);
            total += (double)t.n;
        }
    }
    return sum / total;
}

/* Means of weights mean something only where the weights do the same things. */
static bc_status
check_related(const bc_model *a, const bc_model *b)
{
    double r = correlation(a, b);

    return !(r < 0.2) ? BC_OK
        : bc_fail(BC_BAD_SHAPE, "%s and %s cannot be averaged: their weights have nothing in common (correlation "
                  "%.2f), as of trainings from different seeds (action=ensemble joins these)", a->file, b->file, r);
}

/* Which models it was made from. */
static bc_status
record_members(bc_model *m, bc_model *const *models, int n)
{
    char      key[16], text[BC_NAME_SIZE + 20];
    int       i;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < n; i++) {
        snprintf(key, sizeof key, "MEMBER%d", i + 1);
        snprintf(text, sizeof text, "%s %s", models[i]->name, models[i]->checksum);
        st = bc_header_set_text(&m->header, key, text, NULL);
    }
    bc_header_delete(&m->header, "IMPORTED");
    return st;
}

/* The mean is taken on the stretched scale, which for all but faint pixels is the logarithm of the flux: so is that of
 * what the fluxes are multiplied by. */
static void
join_calibrations(bc_model *m, bc_model *const *models, int n)
{
    const struct bc_intervals *intervals[BC_MAX_MEMBERS];
    int                        i, k, b;

    for (k = 0; k < m->generator.nout; k++) {
        double gain = 0.0;

        for (i = 0; i < n; i++)
            gain += log(models[i]->stretch.gain[k]) / n;
        m->stretch.gain[k] = exp(gain);
        for (b = 0; b <= m->generator.nin; b++) {
            for (i = 0; i < n; i++)
                intervals[i] = &models[i]->intervals[k][b];
            bc_intervals_join(intervals, n, &m->intervals[k][b]);
        }
    }
}

static bc_status
join(bc_model *m, bc_model *const *models, int n, int average)
{
    size_t    nweight = models[0]->graph->nweight, j;
    int       i;
    bc_status st = BC_OK;

    *m = *models[0];
    m->header = (struct bc_header){ NULL, 0, 0 };
    m->graph = NULL;
    memset(m->kept, 0, sizeof m->kept);
    m->members = average ? 1 : n;
    m->weights = calloc((size_t)m->members * nweight, sizeof *m->weights);
    if (m->weights == NULL)
        return bc_fail_memory(m->members * nweight * sizeof *m->weights, "an ensemble's weights");
    for (i = 0; i < n; i++)
        for (j = 0; j < nweight; j++)
            if (average)
                m->weights[j] += models[i]->weights[j] / (float)n;
            else
                m->weights[i * nweight + j] = models[i]->weights[j];
    join_calibrations(m, models, n);
    st = bc_generator_graph(&m->generator, &m->graph);
    if (st == BC_OK)
        st = bc_header_copy(&models[0]->header, &m->header);
    if (st == BC_OK)
        st = bc_model_check_weights(m, 0);
    return st == BC_OK ? record_members(m, models, n) : st;
}

bc_status
bc_model_join(bc_model *const *models, int n, int average, bc_model **model_p)
{
    bc_model *m;
    int       i;
    bc_status st = BC_OK;

    if (n < 2 || n > BC_MAX_MEMBERS)
        return bc_fail(BC_BAD_ARG, "%d models: from 2 to %d can be joined", n, BC_MAX_MEMBERS);
    for (i = 0; i < n; i++)
        if (models[i] == NULL)
            return bc_fail(BC_BAD_ARG, "model %d of %d is missing", i + 1, n);
    for (i = 1; st == BC_OK && i < n; i++)
        st = check_alike(models[0], models[i]);
    if (st == BC_OK)
        st = check_different(models, n);
    for (i = 1; st == BC_OK && average && i < n; i++)
        st = check_related(models[0], models[i]);
    if (st != BC_OK)
        return st;
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return bc_fail_memory(sizeof *m, "a model");
    st = join(m, models, n, average);
    if (st != BC_OK) {
        bc_model_close(m);
        return st;
    }
    *model_p = m;
    return BC_OK;
}
