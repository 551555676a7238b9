/* evaluate_pair.c -- how good predicted images are beside true ones.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "evaluate.h"
#include "status.h"
#include "units.h"

static const double GRID_TOLERANCE = 0.1;       /* pixels */

/* What turns the prediction's unit into the truth's.  Counts of one name are one unit only if nothing says how bright
 * either of them is.  Fluxes per wavelength are of one wavelength unless both headers say theirs. */
static bc_status
unit_factor(const bc_image *predicted, const bc_image *truth, double *factor_p)
{
    double      zp = bc_image_zeropoint(predicted), zp_truth = bc_image_zeropoint(truth);
    const char *unit = bc_image_unit(predicted), *unit_truth = bc_image_unit(truth);
    double      st = bc_unit_st_zeropoint(unit, bc_image_pixel_sr(predicted));
    double      st_truth = bc_unit_st_zeropoint(unit_truth, bc_image_pixel_sr(truth));
    double      unknown = isnan(zp) ? st : st_truth;
    int         same = strcmp(unit, unit_truth) == 0 && (isnan(zp) == isnan(zp_truth) || bc_unit_is_flux(unit));

    *factor_p = 1.0;
    if (!isnan(st) && !isnan(st_truth)
        && isnan(bc_image_number(predicted, "PHOTPLAM") + bc_image_number(truth, "PHOTPLAM")))
        *factor_p = pow(10.0, 0.4 * (st_truth - st));
    else if (!isnan(zp) && !isnan(zp_truth))
        *factor_p = pow(10.0, 0.4 * (zp_truth - zp));
    else if (*unit != '\0' && *unit_truth != '\0' && !same)
        return bc_fail(BC_BAD_SHAPE, "%s is in '%s', %s in '%s', and %s no %s", bc_image_name(predicted), unit,
                       bc_image_name(truth), unit_truth, isnan(zp) && isnan(zp_truth) ? "they have"
                       : isnan(zp) ? "the former has" : "the latter has",
                       isnan(unknown) ? "AB zero point" : "PHOTPLAM");
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

static void
scale(const float *from, double factor, size_t n, float *to)
{
    size_t i;

    for (i = 0; i < n; i++)
        to[i] = (float)(factor * from[i]);
}

/* A plane of PREDICTED into ROOM; NULL if it has none. */
static const float *
scale_plane(const bc_image *predicted, const char *extname, double factor, size_t n, float *room)
{
    const float *plane = bc_image_plane(predicted, extname);

    if (plane != NULL)
        scale(plane, factor, n, room);
    return plane != NULL ? room : NULL;
}

/* SCALED (3, ny, nx) and MAPS (3, ny, nx) are scratch. */
static bc_status
add_pair(bc_evaluation *e, const bc_image *predicted, const bc_image *truth, const bc_image *colour, double factor,
         float *scaled, unsigned char *maps)
{
    struct bc_comparison c = { .predicted = scaled, .truth = bc_image_pixels((bc_image *)truth), .flux = scaled,
                               .bright = e->o.bright, .nx = bc_image_nx(truth), .ny = bc_image_ny(truth),
                               .zeropoint = bc_image_zeropoint(truth), .arcsec = bc_image_pixel_scale(truth) };
    const char          *name = bc_image_name(predicted);
    const char *const    bands[2] = { bc_image_band(truth), colour != NULL ? bc_image_band(colour) : "" };
    double               level;
    size_t               n = (size_t)c.nx * c.ny;
    long                 before = e->tally->n;
    bc_status            st;

    scale(bc_image_pixels((bc_image *)predicted), factor, n, scaled);
    if (isnan(c.arcsec))
        c.arcsec = bc_image_pixel_scale(predicted);
    c.error = scale_plane(predicted, "SIGMA", factor, n, scaled + n);
    c.error95 = scale_plane(predicted, "SIGMA95", factor, n, scaled + 2 * n);
    c.true_flux = c.truth;
    c.range = data_range(c.truth, n);
    c.radius = 0.5 * e->o.aperture / (isnan(c.arcsec) ? 1.0 : c.arcsec);
    bc_sky(c.truth, n, &level, &c.sigma);
    if (colour != NULL) {
        c.colour = bc_image_pixels((bc_image *)colour);
        c.colour_zeropoint = bc_image_zeropoint(colour);
        bc_sky(c.colour, n, &level, &c.colour_sigma);
    }
    if (!(c.range > 0.0))
        return bc_fail(BC_BAD_SHAPE, "%s is blank or constant, nothing can be compared with it", bc_image_name(truth));
    if (2.0 * c.radius > (double)(c.nx < c.ny ? c.nx : c.ny) + BC_APERTURE_SLACK)
        return bc_fail(BC_BAD_ARG, "aperture=%g: %.4g pixels do not fit into %s of %ld x %ld, aperture=%.2g would",
                       e->o.aperture, 2.0 * c.radius, bc_image_name(truth), c.nx, c.ny,
                       0.25 * e->o.aperture * (double)(c.nx < c.ny ? c.nx : c.ny) / c.radius);
    if (strlen(name) >= sizeof e->tally->image->id)     /* the end of a path says more than its beginning */
        name += strlen(name) - sizeof e->tally->image->id + 1;
    st = bc_evaluation_add(e, 0, name, &c, maps);
    if (st == BC_OK && e->tally->n == before)
        st = bc_fail(BC_BAD_SHAPE, "%s and %s have no valid pixel in common", bc_image_name(predicted),
                     bc_image_name(truth));
    if (st != BC_OK)
        return st;
    bc_evaluation_note_unit(e, bc_image_unit(truth), c.zeropoint, before == 0);
    if (e->o.show != NULL)
        e->o.show(e->o.show_arg, &(bc_shown){ .id = name, .nx = c.nx, .ny = c.ny, .band = bands, .truth = c.truth,
                                              .predicted = scaled });
    return BC_OK;
}

static bc_status
need_pixels(const bc_image *image)
{
    return image == NULL || bc_image_pixels((bc_image *)image) != NULL
               ? BC_OK : bc_fail(BC_BAD_ARG, "%s: its pixels were not read", bc_image_name(image));
}

bc_status
bc_evaluation_pair(bc_evaluation *e, const bc_image *predicted, const bc_image *truth, const bc_image *colour)
{
    size_t         n = (size_t)bc_image_nx(truth) * bc_image_ny(truth);
    double         factor;
    float         *scaled;
    unsigned char *maps;
    bc_status      st = bc_image_same_grid(predicted, truth, GRID_TOLERANCE, NULL);

    if (st == BC_OK && colour != NULL)
        st = bc_image_same_grid(colour, truth, GRID_TOLERANCE, NULL);
    if (st == BC_OK)
        st = need_pixels(predicted);
    if (st == BC_OK)
        st = need_pixels(truth);
    if (st == BC_OK)
        st = need_pixels(colour);
    if (st == BC_OK && e->formula != NULL)
        st = bc_fail(BC_BAD_ARG, "an evaluation is of one training set, or of images");
    if (st == BC_OK)
        st = bc_evaluation_choose_morph(e, 1);
    if (st == BC_OK)
        st = unit_factor(predicted, truth, &factor);
    if (st == BC_OK && e->nrow == 0) {
        st = bc_evaluation_begin_rows(e, 1, 1);
        if (st == BC_OK)
            bc_tally_begin(e->tally, "prediction");
    }
    if (st != BC_OK)
        return st;
    scaled = malloc(3 * n * sizeof *scaled);
    maps = malloc(3 * n);
    st = scaled != NULL && maps != NULL ? add_pair(e, predicted, truth, colour, factor, scaled, maps)
         : bc_fail_memory(n * (3 * sizeof *scaled + 3), "an image");
    free(scaled);
    free(maps);
    return st;
}

