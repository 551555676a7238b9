/* predict.c -- from the images of the input bands to the image of the missing one, in memory or into
 * a file.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "predict.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "calibration.h"
#include "fits.h"
#include "image.h"
#include "status.h"
#include "symmetry.h"

static const bc_predict_options defaults = { .window = "auto" };

/* ---- its header ---------------------------------------------------------------- */

/* One line of IMAGE's HISTORY, if there is something to say. */
static bc_status
remark(bc_image *to, int say, const char *format, ...)
{
    char    text[2048];
    va_list args;

    if (!say)
        return BC_OK;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return bc_image_history(to, text);
}

/* How input band B came into the model's unit. */
static bc_status
record_unit(const struct bc_prediction *p, int b, bc_image *to)
{
    const char *have = bc_image_unit(p->bands[b]), *want = p->model->unit[b];

    if (p->factor[b] != 1.0)
        return remark(to, 1, "    times %.7g to be in %s (%s)", p->factor[b], want, p->how[b]);
    if (*p->how[b] != '\0')
        return remark(to, 1, "    in %s (%s)", want, p->how[b]);
    if (*want == '\0' || strcmp(have, want) == 0)
        return BC_OK;
    if (*have == '\0')
        return remark(to, 1, "    has no BUNIT: taken for %s", want);
    return remark(to, 1, "    its unit '%s' was taken for %s", have, want);
}

/* Input band B: its file, what was left out of it, and its unit. */
static bc_status
record_input(const struct bc_prediction *p, int b, bc_image *to)
{
    const bc_image *image = p->bands[b];
    double          n = 0.01 * (double)p->nx * (double)p->ny;
    long            bad = bc_image_bad(image, BC_FLAGGED), blank = bc_image_bad(image, BC_BLANK);
    long            outside = bc_image_bad(image, BC_OUTSIDE);
    bc_status       st = remark(to, 1, "  %s: %s", p->model->band[b], bc_image_name(image));

    if (st == BC_OK)
        st = remark(to, *bc_image_notes(image) != '\0', "    %s", bc_image_notes(image));
    if (st == BC_OK)
        st = remark(to, outside > 0, "    %.3g %% of the pixels are outside its image",
                    (double)outside / n);
    if (st == BC_OK)
        st = remark(to, bad > 0, "    %.3g %% of the pixels left out: bad by %s", (double)bad / n,
                    bc_image_masks(image));
    if (st == BC_OK)
        st = remark(to, blank > 0, "    %.3g %% of the pixels left out: filled with zeros",
                    (double)blank / n);
    return st == BC_OK ? record_unit(p, b, to) : st;
}

/* The real image of output band K. */
static bc_status
record_truth(const struct bc_prediction *p, int k, bc_image *to)
{
    const struct bc_product *out = &p->product[k];
    bc_status                st;

    if (out->truth == NULL)
        return BC_OK;
    st = remark(to, 1, "  truth: %s", bc_image_name(out->truth));
    if (st == BC_OK)
        st = remark(to, *bc_image_notes(out->truth) != '\0', "    %s", bc_image_notes(out->truth));
    if (st == BC_OK)
        st = remark(to, p->report.truth_assumed >> k & 1, "    has no BUNIT: taken for %s",
                    bc_model_output_unit(p->model, k));
    return st == BC_OK ? remark(to, out->truth_factor != 1.0 && *out->how != '\0', "    times %.7g to be in %s (%s)",
                                out->truth_factor, out->unit, out->how) : st;
}

static bc_status
record_history(const struct bc_prediction *p, int k)
{
    const struct bc_model *m = p->model;
    bc_image              *to = p->product[k].image;
    int                    b;
    bc_status              st;

    st = remark(to, 1, "bandcast %s: a prediction, not an observation, of band %s by model %s from:",
                PACKAGE_VERSION, bc_model_output(m, k), m->name);
    for (b = 0; st == BC_OK && b < m->generator.nin; b++)
        st = record_input(p, b, to);
    return st == BC_OK ? record_truth(p, k, to) : st;
}

/* The cards of output band K. */
static bc_status
record(struct bc_prediction *p, int k)
{
    const struct bc_model   *m = p->model;
    const struct bc_product *out = &p->product[k];
    bc_image                *image = out->image;
    char                     device[BC_NAME_SIZE];
    bc_status                st;

    bc_device_name(m->device, device, sizeof device);
    st = bc_image_set_text(image, "FILTER", bc_model_output(m, k), "predicted band");
    if (st == BC_OK && *out->unit != '\0')
        st = bc_image_set_text(image, "BUNIT", out->unit, "unit of the pixels");
    if (st == BC_OK && !isnan(out->zeropoint))
        st = bc_image_set_number(image, "MAGZERO", out->zeropoint, "AB magnitude of 1 BUNIT in a pixel");
    if (st == BC_OK && out->angstrom > 0.0)
        st = bc_image_set_number(image, "PHOTPLAM", out->angstrom, "[Angstrom] pivot wavelength, which MAGZERO is of");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCMODEL", m->name, "bandcast model");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCMODSUM", m->checksum,
                               "checksum of its weights (WEIGHSUM)");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCDEVICE", device, "computed on");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCVERS", PACKAGE_VERSION, "version of bandcast");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCWINDOW", p->report.window,
                               "how the image went through the network");
    if (st == BC_OK && p->report.size > 0)
        st = bc_header_set_integer(&image->header, "BCSIZE", p->report.size, "[pixel] side of the windows");
    if (st == BC_OK && m->symmetries)
        st = bc_header_set_integer(&image->header, "BCSYMM", BC_SYMMETRIES, "orientations that this is the mean of");
    if (st == BC_OK && m->stretch.kind == BC_STRETCH_FLUX)
        st = bc_image_set_number(image, "BCSCALE", p->scale,
                                 "noise of the inputs / that of the training set");
    if (st == BC_OK && m->generator.local && p->sigmas > 0)
        st = bc_image_set_number(image, "BCNOISE",
                                 m->stretch.noise[m->generator.nin + k] * p->scale * p->product[k].to_unit,
                                 "[BUNIT] sky noise of observations, part of SIGMA");
    return st == BC_OK ? record_history(p, k) : st;
}

/* The new image of output band K, without pixels. */
static bc_status
begin(struct bc_prediction *p, int k)
{
    const struct bc_area *a = &p->area;
    bc_image            **image = &p->product[k].image;
    bc_status             st = bc_image_derive_header(p->bands[0], image);

    return st == BC_OK && p->o->region != NULL ? bc_image_crop(*image, a->x0, a->y0, a->nx, a->ny) : st;
}

static const char *const sigma_names[] = { "SIGMA", "SIGMA95" };

/* ---- into memory ------------------------------------------------------------------------------ */

static void
to_numbers(const unsigned char *flags, size_t n, float *x)
{
    size_t i;

    for (i = 0; i < n; i++)
        x[i] = flags[i];
}

static bc_status
put_memory(struct bc_prediction *p, int k, long y, long ny, const float *pixels, const float *const sigma[2],
           const unsigned char *flags)
{
    struct bc_product *out = &p->product[k];
    size_t             at = (size_t)y * p->area.nx, n = (size_t)ny * p->area.nx;
    int                i;

    memcpy(bc_image_pixels(out->image) + at, pixels, n * sizeof *pixels);
    for (i = 0; i < p->sigmas; i++)
        memcpy(out->sigma[i] + at, sigma[i], n * sizeof *sigma[i]);
    to_numbers(flags, n, out->mask + at);
    return BC_OK;
}

static bc_status
begin_memory(struct bc_prediction *p, int k)
{
    struct bc_product *out = &p->product[k];
    size_t             bytes = (size_t)p->area.nx * p->area.ny * sizeof *out->mask;
    int                i;
    bc_status          st = begin(p, k);

    if (st == BC_OK)
        st = bc_image_allocate(out->image);
    if (st != BC_OK)
        return st;
    out->mask = malloc(bytes);
    for (i = 0; i < p->sigmas; i++)
        out->sigma[i] = malloc(bytes);
    if (out->mask == NULL || (p->sigmas > 0 && out->sigma[0] == NULL) || (p->sigmas > 1 && out->sigma[1] == NULL))
        return bc_fail_memory(bytes, "a mask");
    return BC_OK;
}

static bc_status
end_memory(struct bc_prediction *p, int k)
{
    struct bc_product *out = &p->product[k];
    int                i;
    bc_status          st = BC_OK;

    for (i = 0; st == BC_OK && i < p->sigmas; i++)
        st = bc_image_set_plane(out->image, sigma_names[i], out->sigma[i]);
    if (st == BC_OK)
        st = bc_image_set_plane(out->image, "MASK", out->mask);
    return st == BC_OK ? record(p, k) : st;
}

bc_status
bc_predict(bc_model *model, const bc_image *const *bands, const bc_predict_options *o,
           bc_predict_report *report_p, bc_image **images_p)
{
    struct bc_prediction p = { .model = model, .bands = bands, .o = o != NULL ? o : &defaults,
                               .put = put_memory };
    int                  nout = bc_model_outputs(model), k;
    bc_status            st = bc_predict_prepare(&p);

    for (k = 0; st == BC_OK && k < nout; k++)
        st = begin_memory(&p, k);
    if (st == BC_OK)
        st = bc_predict_rows(&p);
    for (k = 0; st == BC_OK && k < nout; k++)
        st = end_memory(&p, k);
    for (k = 0; k < nout; k++) {
        free(p.product[k].mask);
        free(p.product[k].sigma[0]);
        free(p.product[k].sigma[1]);
        if (st == BC_OK)
            images_p[k] = p.product[k].image;
        else
            bc_image_close(p.product[k].image);
    }
    bc_area_free(&p.area);
    if (st == BC_OK && report_p != NULL)
        *report_p = p.report;
    return st;
}

/* ---- into a file ------------------------------------------------------------------------------ */

static bc_status
check_truth(struct bc_prediction *p, int k)
{
    struct bc_product *out = &p->product[k];
    const char        *have = bc_image_unit(out->truth), *want = out->unit;
    int                same = strcmp(have, want) == 0 && !(out->angstrom > 0.0);    /* of other wavelengths, perhaps */
    bc_status          st = bc_image_same_grid(p->bands[0], out->truth, BC_GRID_TOLERANCE, NULL);

    struct bc_calibration c;

    if (st != BC_OK || *want == '\0' || same)
        return st;
    bc_calibrate(out->truth, bc_model_output(p->model, k), &c);
    if (!isnan(c.zeropoint) && !isnan(out->zeropoint)) {
        out->truth_factor = pow(10.0, 0.4 * (out->zeropoint - c.zeropoint));
        snprintf(out->how, sizeof out->how, "%s", c.how);
    } else if (*have == '\0' && !c.said) {
        out->truth_factor = out->to_unit;
        p->report.truth_assumed |= (uint64_t)1 << k;
    } else if (!p->o->force) {
        const char *why = isnan(c.zeropoint) ? c.how : "how bright that is is not known";

        st = bc_fail(BC_BAD_SHAPE, "%s %s%s%s, the prediction is in '%s': %s (force=yes subtracts them all the same)",
                     bc_image_name(out->truth), *have != '\0' ? "is in '" : "says not enough of its unit", have,
                     *have != '\0' ? "'" : "", want, why);
    }
    return st;
}

/* Truth - predicted; X has room for rows of the image. */
static bc_status
put_residual(struct bc_prediction *p, struct bc_product *out, long y, long ny, const float *pixels, float *x)
{
    unsigned char *why = malloc((size_t)ny * p->nx);
    long           n = ny * p->area.nx, i, at;
    bc_status      st = why == NULL ? bc_fail_memory((size_t)ny * p->nx, "some rows") : BC_OK;

    if (st == BC_OK)
        st = bc_image_rows(out->truth, p->area.y0 + y, ny, x, why);
    for (i = 0; st == BC_OK && i < n; i++) {
        at = i / p->area.nx * p->nx + p->area.x0 + i % p->area.nx;
        out->reached = out->reached || (why[at] & BC_OUTSIDE) == 0;
        x[i] = (float)(out->truth_factor * x[at]) - pixels[i];
    }
    free(why);
    return st == BC_OK ? bc_image_put_rows(out->image, out->file, 2 + p->sigmas, y, ny, x) : st;
}

/* The header says on what was computed, and that is known when the first rows come. */
static bc_status
create(struct bc_prediction *p, int k)
{
    struct bc_product *out = &p->product[k];
    const char        *planes[] = { "MASK", NULL, NULL, NULL, NULL };
    int                n = 1, i;
    bc_status          st;

    for (i = 0; i < p->sigmas; i++)
        planes[n++] = sigma_names[i];
    if (out->truth != NULL)
        planes[n] = "RESIDUAL";
    st = begin(p, k);
    if (st == BC_OK)
        st = record(p, k);
    return st == BC_OK ? bc_image_create(out->image, planes, out->name, p->clobber, &out->file) : st;
}

static bc_status
put_file(struct bc_prediction *p, int k, long y, long ny, const float *pixels, const float *const sigma[2],
         const unsigned char *flags)
{
    struct bc_product *out = &p->product[k];
    size_t             n = (size_t)ny * p->area.nx;
    float             *x = malloc((size_t)ny * p->nx * sizeof *x);
    int                j;
    bc_status          st = x == NULL ? bc_fail_memory((size_t)ny * p->nx * sizeof *x, "some rows") : BC_OK;

    if (st == BC_OK && y == 0)
        st = create(p, k);
    if (st == BC_OK)
        st = bc_image_put_rows(out->image, out->file, 0, y, ny, pixels);
    if (st == BC_OK) {
        to_numbers(flags, n, x);
        st = bc_image_put_rows(out->image, out->file, 1, y, ny, x);
    }
    for (j = 0; st == BC_OK && j < p->sigmas; j++)
        st = bc_image_put_rows(out->image, out->file, 2 + j, y, ny, sigma[j]);
    if (st == BC_OK && out->truth != NULL)
        st = put_residual(p, out, y, ny, pixels, x);
    free(x);
    return st;
}

bc_status
bc_predict_file(bc_model *model, const bc_image *const *bands, const bc_image *const *truths,
                const bc_predict_options *o, const char *const *files, int clobber,
                bc_predict_report *report_p)
{
    struct bc_prediction p = { .model = model, .bands = bands, .put = put_file, .o = o != NULL ? o : &defaults,
                               .clobber = clobber };
    int                  nout = bc_model_outputs(model), k;
    bc_status            st = files != NULL ? BC_OK : bc_need_text(NULL, "the name of an output file");

    for (k = 0; st == BC_OK && k < nout; k++) {
        p.product[k].name = files[k];
        p.product[k].truth = truths != NULL ? truths[k] : NULL;
        st = bc_output_check(files[k], clobber);
    }
    if (st == BC_OK)
        st = bc_predict_prepare(&p);
    for (k = 0; st == BC_OK && k < nout; k++)
        if (p.product[k].truth != NULL)
            st = check_truth(&p, k);
    if (st == BC_OK)
        st = bc_predict_rows(&p);
    for (k = 0; st == BC_OK && k < nout; k++)
        if (p.product[k].truth != NULL && !p.product[k].reached)
            st = bc_fail(BC_BAD_SHAPE, "truth: %s does not reach the prediction on the sky",
                         bc_image_name(p.product[k].truth));
    for (k = 0; st == BC_OK && k < nout; k++)
        st = bc_fits_commit(p.product[k].file);
    if (st == BC_OK && report_p != NULL)
        *report_p = p.report;
    for (k = 0; k < nout; k++) {
        bc_fits_close(p.product[k].file);
        bc_image_close(p.product[k].image);
    }
    bc_area_free(&p.area);
    return st;
}
