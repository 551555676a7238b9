/* predict_prepare.c -- what is checked, decided and measured before a prediction.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "calibration.h"
#include "image.h"
#include "memory.h"
#include "status.h"
#include "units.h"

static int
input_count(const struct bc_prediction *p)
{
    return p->model->generator.nin;
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* IMAGE, of which C is known, cannot be brought into the unit WANT. */
static bc_status
refuse_unit(const bc_image *image, const char *want, const struct bc_calibration *c)
{
    const char *have = bc_image_unit(image), *why = c->how;

    if (!isnan(c->zeropoint))
        why = isnan(bc_unit_zeropoint(want, 1.0)) ? "how bright that is is not known"
                                                  : "it has no pixel scale, which the conversion needs";
    return bc_fail(BC_BAD_SHAPE, "%s %s%s%s, the model was trained on '%s': %s (force=yes goes on as if it were that)",
                   bc_image_name(image), *have != '\0' ? "is in '" : "has no BUNIT", have, *have != '\0' ? "'" : "",
                   want, why);
}

/* What the pixels of band B are multiplied by to be in the model's unit. */
static bc_status
unit_factor(struct bc_prediction *p, int b)
{
    const bc_image *image = p->bands[b];
    const char     *have = bc_image_unit(image), *want = p->model->unit[b];
    double          pivot, zp_want = bc_band_zeropoint(p->model->band[b], want, bc_image_pixel_sr(image), &pivot);

    struct bc_calibration c;

    bc_calibrate(image, p->model->band[b], &c);
    p->factor[b] = 1.0;
    p->how[b][0] = '\0';
    if (p->model->stretch.kind == BC_STRETCH_UNIT && !p->o->force
        && (*have != '\0' || !isnan(c.zeropoint)))
        return bc_fail(BC_BAD_SHAPE,
                       "%s is in flux units, the model was trained on pictures of 8 bits (force=yes "
                       "goes on as if it were one)", bc_image_name(image));
    if (*want == '\0' || (strcmp(have, want) == 0 && isnan(image->zeropoint)))      /* the user's goes over BUNIT */
        return BC_OK;
    if (!isnan(c.zeropoint) && !isnan(zp_want)) {
        p->factor[b] = pow(10.0, 0.4 * (zp_want - c.zeropoint));
        snprintf(p->how[b], sizeof p->how[b], "%s", c.how);
    } else if (*have == '\0' && !c.said) {
        p->report.unit_assumed |= (uint64_t)1 << b;
    } else if (!p->o->force) {
        return refuse_unit(image, want, &c);
    }
    return BC_OK;
}

static bc_status
check_bands(struct bc_prediction *p)
{
    int       b, by_size = 0;
    bc_status st = BC_OK;

    for (b = 1; st == BC_OK && b < input_count(p); b++) {
        st = bc_image_same_grid(p->bands[0], p->bands[b], BC_GRID_TOLERANCE, &by_size);
        p->report.by_size |= by_size;
    }
    for (b = 0; st == BC_OK && b < input_count(p); b++)
        st = unit_factor(p, b);
    return st;
}

/* From the model's unit of output band K to the one asked for. */
static bc_status
choose_unit(struct bc_prediction *p, int k)
{
    struct bc_product *out = &p->product[k];
    const char        *unit = bc_model_output_unit(p->model, k), *band = bc_model_output(p->model, k);
    double             sr = bc_image_pixel_sr(p->bands[0]), from = bc_band_zeropoint(band, unit, sr, &out->angstrom);
    double             to, pivot;

    out->to_unit = out->truth_factor = 1.0;
    out->unit = unit;
    out->zeropoint = from;
    if (p->o->unit == NULL || *p->o->unit == '\0' || strcmp(p->o->unit, unit) == 0)
        return BC_OK;
    to = out->zeropoint = bc_band_zeropoint(band, p->o->unit, sr, &out->angstrom);
    if (!bc_unit_is_flux(p->o->unit))
        return bc_fail(BC_BAD_ARG, "unit=%s: no unit of flux that is known", p->o->unit);
    if (!bc_unit_is_flux(unit))
        return bc_fail(BC_BAD_SHAPE, "unit=%s: the model gives '%s', which is no flux", p->o->unit, unit);
    if (isnan(bc_band_zeropoint(band, p->o->unit, 1.0, &pivot)) || isnan(bc_band_zeropoint(band, unit, 1.0, &pivot)))
        return bc_fail(BC_BAD_SHAPE, "unit=%s: the pivot wavelength of band '%s', which the conversion from '%s' "
                       "needs, is not known", p->o->unit, band, unit);
    if (isnan(from) || isnan(to))
        return bc_fail(BC_BAD_SHAPE, "unit=%s: %s has no pixel scale, which the conversion from '%s' needs",
                       p->o->unit, bc_image_name(p->bands[0]), unit);
    out->to_unit = pow(10.0, 0.4 * (to - from));
    bc_unit_spell(p->o->unit, out->asked, sizeof out->asked);
    out->unit = out->asked;
    return BC_OK;
}

enum { TILE = 896 };                    /* side of a local model's windows, at most: smaller ones cost more, larger ones
                                         * take memory */

/* A local model's answer does not depend on the window; memory does. */
static bc_status
choose_tiles(struct bc_prediction *p, const char *window)
{
    int least = 4 * p->model->graph->multiple;

    if (strcmp(window, "blend") == 0)
        return bc_fail(BC_BAD_ARG, "window=blend: the windows of local models fit together, nothing is blended");
    p->size = p->o->size > 0 ? p->o->size : TILE;
    if (p->size < least)
        return bc_fail(BC_BAD_ARG, "size=%d: windows of at least %d pixels are needed", p->size, least);
    p->whole = p->whole || (strcmp(window, "auto") == 0 && p->nx <= p->size && p->ny <= p->size);
    snprintf(p->report.window, sizeof p->report.window, p->whole ? "whole" : "tile");
    return BC_OK;
}

static bc_status
choose_windows(struct bc_prediction *p, const char *window)
{
    int multiple = p->model->graph->multiple, least = 4 * multiple;
    int size = p->o->size > 0 ? p->o->size : p->model->size;

    if (strcmp(window, "tile") == 0)
        return bc_fail(BC_BAD_ARG, "window=tile: only the answer of local models does not depend on the window");
    if (size < least)
        return bc_fail(BC_BAD_ARG, "size=%d: windows of at least %d pixels are needed", size,
                       least);
    p->size = (size + multiple - 1) / multiple * multiple;
    if (strcmp(window, "auto") == 0)
        p->whole = 2 * p->nx <= 3 * p->size && 2 * p->ny <= 3 * p->size;
    snprintf(p->report.window, sizeof p->report.window, p->whole ? "whole" : "blend");
    return BC_OK;
}

/* One pass or windows? */
static bc_status
choose_window(struct bc_prediction *p)
{
    static const char *const known[] = { "auto", "whole", "stamp", "blend", "tile" };
    const char              *window = p->o->window != NULL ? p->o->window : "auto";
    int                      i, stamp = strcmp(window, "stamp") == 0;
    bc_status                st;

    for (i = 0; i < 5 && strcmp(window, known[i]) != 0; i++)
        continue;
    if (i == 5)
        return bc_fail(BC_BAD_ARG, "window=%s: auto, whole, stamp, blend or tile are known", window);
    p->report.spread = (double)NAN;
    p->whole = stamp || strcmp(window, "whole") == 0;
    p->may_divide = !p->whole;
    st = p->model->generator.local ? choose_tiles(p, window) : choose_windows(p, window);
    if (st == BC_OK && stamp && (p->nx != p->model->size || p->ny != p->model->size))
        st = bc_fail(BC_BAD_SHAPE, "%s is %ld x %ld pixels, window=stamp needs the model's %d x %d",
                     bc_image_name(p->bands[0]), p->nx, p->ny, p->model->size, p->model->size);
    p->report.size = p->whole ? 0 : p->size;
    return st;
}

static bc_status
choose_sigma(struct bc_prediction *p)
{
    const char *sigma = p->o->sigma != NULL ? p->o->sigma : "auto";

    if (strcmp(sigma, "auto") == 0)
        p->sigmas = bc_model_has_sigma(p->model);
    else if (strcmp(sigma, "no") == 0)
        p->sigmas = 0;
    else if (strcmp(sigma, "95") != 0)
        return bc_fail(BC_BAD_ARG, "sigma=%s: auto, no or 95 are known", sigma);
    else if (!bc_model_has_sigma(p->model))
        return bc_fail(BC_UNSUPPORTED, "sigma=95: %s does not say how wrong it is", p->model->file);
    else
        p->sigmas = 2;
    p->report.sigma = p->sigmas;
    p->report.uncalibrated = p->sigmas > 0 && p->model->generator.local && p->model->intervals[0][0].n == 0;
    return BC_OK;
}

/* ---- what must be known of all pixels before any goes through the network --------------------- */

/* Valid pixels of an image, evenly spread over it: all of them or, of many, every third, every ninth...
 * The noise of so many is as good as that of all, and the memory is bounded. */
struct sample {
    float *x;
    size_t n, seen, stride;
};

enum { SAMPLE_ROOM = 3 << 19, BLOCK_PIXELS = 1 << 18 };

static void
sample_add(struct sample *s, float value)
{
    size_t i;

    if (s->seen++ % s->stride != 0)
        return;
    if (s->n == SAMPLE_ROOM) {
        for (i = 0; 3 * i < s->n; i++)
            s->x[i] = s->x[3 * i];
        s->n /= 3;
        s->stride *= 3;
    }
    s->x[s->n++] = value;
}

/* Limits and sky noise of band B in the model's unit.  BLOCK holds BLOCK_PIXELS, or a row. */
static bc_status
measure_band(struct bc_prediction *p, int b, float *block, struct sample *s, double *sigma_p)
{
    long      step = p->nx < BLOCK_PIXELS ? BLOCK_PIXELS / p->nx : 1, y, n, i;
    double    level;
    bc_status st = BC_OK;

    s->n = s->seen = 0;
    s->stride = 1;
    p->limits[b][0] = INFINITY;
    p->limits[b][1] = -INFINITY;
    for (y = 0; st == BC_OK && y < p->ny; y += step) {
        n = p->nx * (p->ny - y < step ? p->ny - y : step);
        st = bc_image_rows(p->bands[b], y, n / p->nx, block, NULL);
        for (i = 0; st == BC_OK && i < n; i++) {
            block[i] = (float)(block[i] * p->factor[b]);
            if (isfinite(block[i])) {
                bc_stretch_limits(&block[i], 1, p->limits[b]);
                sample_add(s, block[i]);
            }
        }
    }
    if (st != BC_OK)
        return st;
    if (bc_image_bad(p->bands[b], BC_OUTSIDE) == p->nx * p->ny)
        return bc_fail(BC_BAD_SHAPE, "%s does not reach the grid of the prediction on the sky",
                       bc_image_name(p->bands[b]));
    bc_sky(s->x, s->n, &level, sigma_p);
    if (isnan(level))
        return bc_fail(BC_BAD_SHAPE, "%s has no valid pixel%s%s", bc_image_name(p->bands[b]),
                       bc_image_bad(p->bands[b], BC_FLAGGED) > 0 ? ", by " : "",
                       bc_image_masks(p->bands[b]));
    if (p->model->stretch.kind == BC_STRETCH_FLUX && !(*sigma_p > 0.0))
        return bc_fail(BC_BAD_SHAPE, "%s has no sky noise (a constant image?), which the model's "
                       "stretch needs", bc_image_name(p->bands[b]));
    if (p->model->stretch.kind == BC_STRETCH_FLUX && fabs(level) > 10.0 * *sigma_p)
        p->report.sky_left |= (uint64_t)1 << b;
    return BC_OK;
}

static bc_status
measure(struct bc_prediction *p)
{
    size_t        npix = (size_t)p->nx * p->ny, room = npix < SAMPLE_ROOM ? npix : SAMPLE_ROOM;
    size_t        most = p->nx > BLOCK_PIXELS ? (size_t)p->nx : BLOCK_PIXELS;
    struct sample s = { .x = malloc(room * sizeof *s.x) };
    float        *block = malloc((npix < most ? npix : most) * sizeof *block);
    double        sigma[BC_MAX_INPUT];
    int           b;
    bc_status     st = BC_OK;

    if (s.x == NULL || block == NULL)
        st = bc_fail_memory(room * sizeof *s.x, "the noise of an image");
    for (b = 0; st == BC_OK && b < input_count(p); b++)
        st = measure_band(p, b, block, &s, &sigma[b]);
    if (st == BC_OK)
        st = bc_stretch_scale(&p->model->stretch, sigma, &p->scale);
    p->report.noise = p->model->stretch.kind == BC_STRETCH_FLUX ? p->scale : (double)NAN;
    free(block);
    free(s.x);
    return st;
}

bc_status
bc_predict_prepare(struct bc_prediction *p)
{
    int       b, k;
    bc_status st;

    if (p->model->backend == NULL)
        return bc_fail(BC_BAD_ARG, "%s was opened without a device", p->model->file);
    for (b = 0; b < input_count(p); b++)
        if (p->bands == NULL || p->bands[b] == NULL)
            return bc_fail(BC_BAD_ARG, "the image of input band %s is missing", bc_model_input(p->model, b));
    if (p->o->size < 0)
        return bc_fail(BC_BAD_ARG, "size=%d: windows have no such size", p->o->size);
    p->nx = bc_image_nx(p->bands[0]);
    p->ny = bc_image_ny(p->bands[0]);
    p->memory = p->o->memory > 0 ? p->o->memory : bc_memory_free() / 2;
    if (p->memory == 0)
        p->memory = SIZE_MAX;
    st = check_bands(p);
    for (k = 0; st == BC_OK && k < p->model->generator.nout; k++)
        st = choose_unit(p, k);
    if (st == BC_OK)
        st = choose_window(p);
    if (st == BC_OK)
        st = choose_sigma(p);
    p->area = (struct bc_area){ .nx = p->nx, .ny = p->ny };
    if (st == BC_OK && p->o->region != NULL)
        st = bc_region_place(p->o->region, p->bands[0], &p->area);
    return st == BC_OK ? measure(p) : st;
}
