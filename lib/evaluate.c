/* evaluate.c -- how good predictions are: the rows of an evaluation.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "morph.h"
#include "status.h"
#include "units.h"

bc_status
bc_evaluation_open(const bc_evaluation_options *o, bc_evaluation **evaluation_p)
{
    bc_evaluation *e;

    if (o->morph != NULL && strcmp(o->morph, "auto") != 0 && strcmp(o->morph, "lotz") != 0
        && strcmp(o->morph, "paper") != 0)
        return bc_fail(BC_BAD_ARG, "morph=%s: auto, lotz or paper are known", o->morph);
    if (o->rings != NULL && strcmp(o->rings, "ellipse") != 0 && strcmp(o->rings, "circle") != 0)
        return bc_fail(BC_BAD_ARG, "rings=%s: ellipse or circle are known", o->rings);
    if (!(o->aperture > 0.0 && isfinite(o->aperture)) || !(o->bright >= 0.0 && isfinite(o->bright)))
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
    free(e->photometry.line);
    free(e);
}

bc_status
bc_evaluation_begin_rows(bc_evaluation *e, int bands, int per_band)
{
    int n = bands * per_band;

    e->tally = calloc((size_t)n, sizeof *e->tally);
    if (e->tally == NULL)
        return bc_fail_memory((size_t)n * sizeof *e->tally, "the rows of an evaluation");
    e->nrow = n;
    e->per_band = per_band;
    return BC_OK;
}

bc_status
bc_evaluation_choose_morph(bc_evaluation *e, int fluxes)
{
    const char *morph = e->o.morph != NULL ? e->o.morph : "auto";

    if (!fluxes && strcmp(morph, "lotz") == 0)
        return bc_fail(BC_BAD_ARG, "morph=lotz: the model's pixels are not fluxes, whose light could be measured");
    e->lotz = fluxes && strcmp(morph, "paper") != 0;
    return BC_OK;
}

const char *
bc_evaluation_morph(const bc_evaluation *e)
{
    return e->lotz ? "lotz" : "paper";
}

void
bc_evaluation_note_unit(bc_evaluation *e, const char *unit, double zeropoint, int first)
{
    int same_counts = isnan(zeropoint) ? isnan(e->zeropoint) : fabs(zeropoint - e->zeropoint) < 1e-3;

    if (first) {
        snprintf(e->unit, sizeof e->unit, "%s", unit);
        e->zeropoint = zeropoint;
    } else if (strcmp(e->unit, unit) != 0 || (!bc_unit_is_flux(unit) && !same_counts)) {
        *e->unit = '\0';
        e->units_differ = 1;
    }
}

const char *
bc_evaluation_unit(const bc_evaluation *e)
{
    return e->unit;
}

bc_status
bc_evaluation_add(bc_evaluation *e, int row, const char *id, struct bc_comparison *c, unsigned char *maps)
{
    size_t    n = (size_t)c->nx * c->ny, i;
    bc_status st = BC_OK;

    if (e->lotz)
        st = bc_segment(c->flux, c->nx, c->ny, c->sigma, maps, maps + 2 * n, &c->ellipse);
    if (st == BC_OK && c->flux != NULL)
        st = bc_segment(c->true_flux, c->nx, c->ny, c->sigma, maps + n, maps + 2 * n, &c->ellipse);
    if (!e->lotz)
        memset(maps, 1, 2 * n);
    if (e->o.rings != NULL && strcmp(e->o.rings, "circle") == 0)
        c->ellipse.q = 1.0;
    for (i = 0; i < n; i++)
        if (!isfinite(c->predicted[i]) || !isfinite(c->truth[i]))
            maps[i] = maps[n + i] = 0;
    c->lotz = e->lotz;
    c->segment = maps;
    c->true_segment = maps + n;
    c->others = maps + 2 * n;
    c->keep = e->o.profiles;
    e->measured = 0;
    return st == BC_OK ? bc_tally_add(&e->tally[row], id, c) : st;
}

int
bc_evaluation_rows(const bc_evaluation *e)
{
    return e->nrow;
}

/* Widen [low, high] of Gini and M20 by the images of row R: truth and prediction. */
static void
widen(const bc_evaluation *e, int r, double low[2], double high[2])
{
    long k;
    int  i;

    for (k = 0; k < e->tally[r].n; k++) {
        const bc_image_score *s = &e->tally[r].image[k];
        const double          x[2][2] = { { s->gini, s->true_gini }, { s->m20, s->true_m20 } };

        for (i = 0; i < 2; i++) {
            low[i] = fmin(low[i], fmin(x[i][0], x[i][1]));          /* fmin and fmax pass over NaN */
            high[i] = fmax(high[i], fmax(x[i][0], x[i][1]));
        }
    }
}

bc_status
bc_evaluation_score(bc_evaluation *e, int i, bc_score *score_p)
{
    const char *names[BC_MAX_INPUT];
    double      low[2] = { (double)NAN, (double)NAN }, high[2] = { (double)NAN, (double)NAN };
    int         b, kind;
    bc_status   st;

    if (i < 0 || i >= e->nrow)
        return bc_fail(BC_BAD_ARG, "an evaluation of %d rows has no row %d", e->nrow, i);
    st = bc_tally_score(&e->tally[i], score_p);
    if (st != BC_OK)
        return st;
    if (e->formula == NULL && e->units_differ)      /* pairs, in their units */
        score_p->mae = (double)NAN;
    kind = i % e->per_band;
    for (b = 0; b < e->per_band; b++)
        if (b == BC_ROW_MODEL || b >= BC_ROW_COPY)      /* the distributions of the paper's figures */
            widen(e, i - kind + b, low, high);
    score_p->gini_range = score_p->n > 1 ? high[0] - low[0] : (double)NAN;  /* one image has no distribution */
    score_p->m20_range = score_p->n > 1 ? high[1] - low[1] : (double)NAN;
    for (b = 0; b < e->nin; b++)
        names[b] = e->band[b];
    if (e->formula != NULL && (kind == BC_ROW_LOG || kind == BC_ROW_LINEAR))
        bc_formula_text(&e->formula[i], names, score_p->formula, sizeof score_p->formula);
    return BC_OK;
}

long
bc_evaluation_images(const bc_evaluation *e, int i)
{
    return i >= 0 && i < e->nrow ? e->tally[i].n : 0;
}

bc_status
bc_evaluation_image(bc_evaluation *e, int i, long k, bc_image_score *score_p)
{
    if (i < 0 || i >= e->nrow || k < 0 || k >= e->tally[i].n)
        return bc_fail(BC_BAD_ARG, "an evaluation of %d rows has no image %ld in row %d", e->nrow, k, i);
    *score_p = e->tally[i].image[k];
    return BC_OK;
}

bc_status
bc_evaluation_profile(bc_evaluation *e, int i, long k, const bc_ring **rings_p, int *n_p)
{
    if (i < 0 || i >= e->nrow || k < 0 || k >= e->tally[i].n)
        return bc_fail(BC_BAD_ARG, "an evaluation of %d rows has no image %ld in row %d", e->nrow, k, i);
    *rings_p = e->tally[i].profile[k].ring;
    *n_p = e->tally[i].profile[k].n;
    return BC_OK;
}

bc_status
bc_evaluation_photometry(bc_evaluation *e, const bc_photometry **lines_p, long *n_p)
{
    int       i;
    bc_status st = BC_OK;

    if (!e->measured)
        e->photometry.n = 0;
    for (i = 0; st == BC_OK && !e->measured && i < e->nrow; i++)
        st = bc_photometry_lines(&e->tally[i], &e->photometry);
    e->measured = st == BC_OK;
    *lines_p = e->photometry.line;
    *n_p = e->photometry.n;
    return st;
}
