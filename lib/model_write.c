/* model_write.c -- a model into its file.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "model.h"

#include <math.h>
#include <stdio.h>

#include "fits.h"

/* One bands-and-stretch card set: KEY1, KEY2... for the inputs, OUT, OUT2... for the outputs. */
static bc_status
put_texts(struct bc_fits *f, const struct bc_generator *g, const char *key, const char *out,
          const char (*text)[BC_NAME_SIZE], const char *comment)
{
    char      name[BC_KEY + 1];
    int       i;
    bc_status st = BC_OK;

    for (i = 0; st == BC_OK && i < g->nin; i++) {
        snprintf(name, sizeof name, "%s%d", key, i + 1);
        st = bc_fits_set_text(f, name, text[i], comment);
    }
    for (i = 0; st == BC_OK && i < g->nout; i++)
        st = bc_fits_set_text(f, bc_model_output_key(out, i, name), text[g->nin + i], comment);
    return st;
}

static bc_status
put_stretch(struct bc_fits *f, const struct bc_stretch *s, int nout)
{
    char      key[BC_KEY + 1];
    int       b;
    bc_status st = bc_fits_set_text(f, "STRETCH", bc_stretch_name(s->kind), "flux to network units");

    if (s->kind != BC_STRETCH_FLUX || st != BC_OK)
        return st;
    st = bc_fits_set_number(f, "SOFTEN", s->softening, "asinh softening in units of the noise");
    if (st == BC_OK)
        st = bc_fits_set_number(f, "RANGE", s->range, "asinh value that becomes 1");
    for (b = 0; st == BC_OK && b < s->nin; b++)
        st = bc_fits_set_numbered(f, "INNOISE", b + 1, s->noise[b], "typical sky noise of the training set");
    for (b = 0; st == BC_OK && b < nout; b++)
        st = bc_fits_set_number(f, bc_model_output_key("OUTNOISE", b, key), s->noise[s->nin + b],
                                "the same, output band");
    return st;
}

/* What only local generators have. */
static bc_status
put_calibration(struct bc_fits *f, const struct bc_model *m)
{
    char      key[BC_KEY + 1];
    int       i, k;
    bc_status st = BC_OK;

    for (k = 0; st == BC_OK && k < m->generator.nout; k++)
        st = bc_fits_set_number(f, bc_model_output_key("OUTGAIN", k, key), m->stretch.gain[k],
                                "predicted fluxes are multiplied by it");
    for (i = 0; st == BC_OK && i < m->stretch.nin; i++)
        st = bc_fits_set_numbered(f, "INCOLOR", i + 1, m->stretch.colour[i],
                                  "flux of a usual source, relative to others");
    for (k = 0; k < m->generator.nout; k++)
        for (i = 0; st == BC_OK && i <= (m->stretch.nin > 1 ? m->stretch.nin : 0); i++)
            st = bc_intervals_put(&m->intervals[k][i], f, k, i);
    return st == BC_OK ? bc_usual_put(&m->usual, m->stretch.nin, f) : st;
}

struct integer_card { const char *key; long value; const char *comment; };

static bc_status
put_description(struct bc_fits *f, const struct bc_model *m)
{
    const struct bc_generator *g = &m->generator;
    const struct integer_card  cards[] = {
        { "NINPUT",   g->nin,       "input bands" },
        { "NOUTPUT",  g->nout > 1 ? g->nout : 0, g->nout > 1 ? "output bands" : NULL },
        { "STEM",     g->stem,      "channels of the first layer" },
        { "NDOWN",    (g->filters[0] > 0) + (g->filters[1] > 0) + (g->filters[2] > 0) + (g->filters[3] > 0),
                                    "down-samplings; DOWNi = channels after each" },
        { "DOWN1",    g->filters[0], NULL }, { "DOWN2", g->filters[1], NULL },
        { "DOWN3",    g->filters[2], NULL }, { "DOWN4", g->filters[3], NULL },
        { "RESBLOCK", g->resblocks, "residual blocks" },
        { "NORM",     !g->no_norm,      "1: instance norm; 0: biases" },
        { "COMBINE",  g->combine,   "1: + learned combination of the inputs" },
        { "NWEIGHT",  (long)m->graph->nweight, "numbers in all tensors" },
        { "SIZE",     m->size,      "[pixel] side of the training stamps" },
        { "NMEMBER",  m->members > 1 ? m->members : 0,
                                    m->members > 1 ? "networks that predict together" : NULL },
    };
    size_t    i;
    bc_status st = bc_fits_set_text(f, "BCTYPE", "MODEL", "what this file is: a bandcast model");

    if (st == BC_OK)
        st = bc_fits_set_integer(f, "BCFORMAT", g->nout > 1 ? BC_MODEL_FORMAT : 1, "version of the layout");
    if (st == BC_OK)
        st = bc_fits_set_text(f, "MODEL", m->name, "name");
    if (st == BC_OK)
        st = bc_fits_set_text(f, "ARCH", m->generator.local ? "local" : "resnet",
                              m->generator.local ? "no statistics over space" : "Zaazou, Bihlo & Tricco 2025");
    for (i = 0; st == BC_OK && i < sizeof cards / sizeof *cards; i++)
        if (cards[i].comment != NULL || cards[i].value != 0)
            st = bc_fits_set_integer(f, cards[i].key, cards[i].value, cards[i].comment);
    if (st == BC_OK && !isnan(m->scale))
        st = bc_fits_set_number(f, "PIXSCALE", m->scale, "[arcsec] per pixel of the training set");
    if (st == BC_OK)
        st = put_texts(f, g, "INBAND", "OUTBAND", m->band, "band");
    if (st == BC_OK)
        st = put_texts(f, g, "INUNIT", "OUTUNIT", m->unit, "unit of its pixels");
    if (st == BC_OK)
        st = put_stretch(f, &m->stretch, g->nout);
    return st == BC_OK && m->generator.local ? put_calibration(f, m) : st;
}

/* The cards of EXTRA that the model's own do not say. */
static bc_status
put_extra(struct bc_fits *f, const struct bc_header *extra)
{
    struct bc_header own = { 0 }, rest = { 0 };
    char             key[BC_KEY + 1];
    int              i, k;
    bc_status        st = bc_fits_read_header(f, &own);

    for (i = 0; st == BC_OK && i < extra->n; i += bc_header_span(extra, i)) {
        bc_card_parse(extra->card[i], key, NULL, NULL);
        if (bc_card_has_value(extra->card[i]) && bc_header_find(&own, key) >= 0)
            continue;
        for (k = 0; st == BC_OK && k < bc_header_span(extra, i); k++)
            st = bc_header_append(&rest, extra->card[i + k]);
    }
    if (st == BC_OK)
        st = bc_fits_write_header(f, &rest);
    bc_header_free(&own);
    bc_header_free(&rest);
    return st;
}

static bc_status
put_tensor(struct bc_fits *f, const struct bc_model *m, const struct bc_tensor *t)
{
    long      naxis[5];
    int       k;
    bc_status st;

    for (k = 0; k < t->ndim; k++)
        naxis[k] = t->dim[t->ndim - 1 - k];
    naxis[k] = m->members;
    st = bc_fits_append_image(f, t->name, -32, t->ndim + (m->members > 1), naxis);
    for (k = 0; st == BC_OK && k < m->members; k++)
        st = bc_fits_write(f, k * (long)t->n, (long)t->n, m->weights + k * m->graph->nweight + t->at);
    return st;
}

bc_status
bc_model_put(const struct bc_model *m, const struct bc_header *extra, struct bc_fits *f)
{
    struct bc_tensor t;
    uint64_t         state = BC_FINGERPRINT_START;
    char             sum[17];
    int              i;
    bc_status        st = bc_fits_append_image(f, NULL, 8, 0, NULL);

    bc_fingerprint(m->weights, m->members * m->graph->nweight, &state);
    bc_fingerprint_text(state, sum);
    if (st == BC_OK)
        st = put_description(f, m);
    if (st == BC_OK)
        st = bc_fits_set_text(f, "WEIGHSUM", sum, "FNV-1a of all weights in order");
    if (st == BC_OK)
        st = put_extra(f, extra);
    for (i = 0; st == BC_OK && bc_graph_tensor(m->graph, i, &t); i++)
        st = put_tensor(f, m, &t);
    return st;
}

bc_status
bc_model_save(const bc_model *m, const char *file, int clobber)
{
    struct bc_fits *f = NULL;
    bc_status       st = bc_fits_create(file, clobber, &f);

    if (st == BC_OK)
        st = bc_model_put(m, &m->header, f);
    if (st == BC_OK)
        st = bc_fits_commit(f);
    bc_fits_close(f);
    return st;
}
