/* predict.c -- from the images of the input bands to the image of the missing one.
 * A network with instance norm gives an answer that depends on its window (method.md 3): images near the size of
 * its training stamps go through in one pass, larger ones as windows of that size, half overlapping, blended.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config.h"
#include "model.h"
#include "status.h"

enum { BATCH = 4 };                     /* windows in one call of the backend */

static const double GRID_TOLERANCE = 0.1;   /* pixels; a registration error of that size is usual in good mosaics */

struct work {
    struct bc_model                 *model;
    const bc_image *const           *bands;
    const bc_predict_options        *o;
    bc_predict_report                report;
    long                             nx, ny;
    double                           scale;     /* of the stretch */
    float                           *input;     /* (nin, ny, nx), network units, 0 where there is no datum */
    unsigned char                   *missing;   /* (ny, nx) */
    float                           *output;    /* (ny, nx) */
    float                           *weight;    /* (ny, nx), of the windows so far */
    float                           *square;    /* (ny, nx), sum of weight * value^2 */
    float                           *window, *result;   /* BATCH windows */
};

static int
input_count(const struct work *k)
{
    return k->model->generator.nin;
}

/* ---- checks ---------------------------------------------------------------------------------- */

/* What the pixels of BAND are multiplied by to be in the model's unit. */
static bc_status
unit_factor(struct work *k, int b, double *factor_p)
{
    const bc_image *image = k->bands[b];
    const char     *have = bc_image_unit(image), *want = k->model->unit[b];
    double          zp_have = bc_image_zeropoint(image);
    double          zp_want = bc_unit_zeropoint(want, bc_image_pixel_sr(image));

    *factor_p = 1.0;
    if (*want == '\0' || strcmp(have, want) == 0)
        return BC_OK;
    if (!isnan(zp_have) && !isnan(zp_want)) {
        *factor_p = pow(10.0, 0.4 * (zp_want - zp_have));
        return BC_OK;
    }
    if (*have == '\0') {
        k->report.unit_assumed = 1;
        return BC_OK;
    }
    if (k->o->force)
        return BC_OK;
    return bc_fail(BC_BAD_SHAPE, "%s is in '%s', the model was trained on '%s' (force=yes goes on as if it were that)",
                   bc_image_name(image), have, want);
}

static bc_status
check_grids(struct work *k)
{
    int       b, by_size = 0;
    bc_status st = BC_OK;

    for (b = 1; st == BC_OK && b < input_count(k); b++) {
        st = bc_image_same_grid(k->bands[0], k->bands[b], GRID_TOLERANCE, &by_size);
        k->report.by_size |= by_size;
    }
    return st;
}

/* ---- flux to network units and back ---------------------------------------------------------- */

static bc_status
allocate(struct work *k)
{
    size_t n = (size_t)k->nx * k->ny;

    k->input = malloc(n * input_count(k) * sizeof *k->input);
    k->missing = calloc(n, 1);
    k->output = calloc(n, sizeof *k->output);
    k->weight = calloc(n, sizeof *k->weight);
    k->square = calloc(n, sizeof *k->square);
    if (!k->input || !k->missing || !k->output || !k->weight || !k->square)
        return bc_fail_memory(n * (input_count(k) + 3) * sizeof *k->input, "the images of a prediction");
    return BC_OK;
}

/* Fluxes in the model's unit, then the stretch, whose one scale comes from the noise of all inputs. */
static bc_status
stretch_inputs(struct work *k)
{
    size_t    n = (size_t)k->nx * k->ny, i, none = 0;
    double    sigma[BC_MAX_INPUT], level, factor;
    int       b;
    bc_status st = BC_OK;

    for (b = 0; st == BC_OK && b < input_count(k); b++) {
        const float *x = bc_image_pixels((bc_image *)k->bands[b]);
        float       *u = k->input + b * n;

        st = unit_factor(k, b, &factor);
        for (i = 0; i < n; i++) {
            u[i] = (float)(x[i] * factor);
            k->missing[i] |= !isfinite(u[i]);
        }
        bc_sky(u, n, &level, &sigma[b]);
        if (st == BC_OK && isnan(level))
            st = bc_fail(BC_BAD_SHAPE, "%s has no valid pixel", bc_image_name(k->bands[b]));
        else if (st == BC_OK && k->model->stretch.kind == BC_STRETCH_FLUX && !(sigma[b] > 0.0))
            st = bc_fail(BC_BAD_SHAPE, "%s has no sky noise (a constant image?), which the model's stretch needs",
                         bc_image_name(k->bands[b]));
    }
    if (st == BC_OK)
        st = bc_stretch_scale(&k->model->stretch, sigma, &k->scale);
    for (b = 0; st == BC_OK && b < input_count(k); b++) {
        float *u = k->input + b * n;

        bc_stretch_apply(&k->model->stretch, b, k->scale, u, n, u);
        for (i = 0; i < n; i++)
            if (!isfinite(u[i]))
                u[i] = 0.0f;
    }
    for (i = 0; i < n; i++)
        none += k->missing[i];
    k->report.missing = (double)none / (double)n;
    return st;
}

/* ---- windows --------------------------------------------------------------------------------- */

/* Pixel I of an axis of N, mirrored at its ends without repeating them, for any I. */
static long
mirror(long i, long n)
{
    long period = 2 * (n - 1);

    if (n == 1)
        return 0;
    i = labs(i) % period;
    return i < n ? i : period - i;
}

/* Window (h, w) at (x0, y0) of all inputs; what lies outside the image is its mirror image. */
static void
cut(const struct work *k, long x0, long y0, int h, int w, float *to)
{
    int  b, y, x;

    for (b = 0; b < input_count(k); b++)
        for (y = 0; y < h; y++) {
            const float *row = k->input + ((size_t)b * k->ny + mirror(y0 + y, k->ny)) * k->nx;

            for (x = 0; x < w; x++)
                *to++ = row[mirror(x0 + x, k->nx)];
        }
}

static int
round_up(long n, int multiple)
{
    return (int)((n + multiple - 1) / multiple * multiple);
}

static bc_status
predict_whole(struct work *k)
{
    int       multiple = k->model->graph->multiple, least = 4 * multiple, y;
    int       h = round_up(k->ny < least ? least : k->ny, multiple);
    int       w = round_up(k->nx < least ? least : k->nx, multiple);
    bc_status st = bc_model_plan(k->model, h, w, 1);

    k->window = malloc((size_t)h * w * input_count(k) * sizeof *k->window);
    k->result = malloc((size_t)h * w * sizeof *k->result);
    if (k->window == NULL || k->result == NULL)
        return bc_fail_memory((size_t)h * w * input_count(k) * sizeof *k->window, "a window");
    if (st != BC_OK)
        return st;
    cut(k, 0, 0, h, w, k->window);
    st = k->model->backend->run(k->model->plan, k->window, k->result, 1);
    for (y = 0; st == BC_OK && y < k->ny; y++)
        memcpy(k->output + y * k->nx, k->result + (size_t)y * w, k->nx * sizeof *k->output);
    if (st == BC_OK && k->o->tell != NULL && k->o->tell(k->o->arg, 1.0) != 0)
        st = bc_fail(BC_STOPPED, "stopped");
    return st;
}

/* Weight of pixel I of a window: half a squared sine; two that overlap by half add up to one. */
static float
taper(int i, int size)
{
    double s = sin(3.14159265358979323846 * (i + 0.5) / size);

    return (float)(s * s);
}

static void
add_window(struct work *k, const float *result, long x0, long y0, int size)
{
    int y, x;

    for (y = 0; y < size && y0 + y < k->ny; y++)
        for (x = 0; x < size && x0 + x < k->nx; x++) {
            size_t at = (size_t)(y0 + y) * k->nx + x0 + x;
            float  w = taper(y, size) * taper(x, size), value = result[y * size + x];

            k->weight[at] += w;
            k->output[at] += w * value;
            k->square[at] += w * value * value;
        }
}

/* Windows along an axis: half overlapping, the last one flush with the end. */
static long
count_windows(long n, int size)
{
    return n <= size ? 1 : (n - size + size / 2 - 1) / (size / 2) + 1;
}

static long
window_start(long i, long n, int size)
{
    long start = i * (size / 2);

    return n <= size ? 0 : start + size > n ? n - size : start;
}

static bc_status
predict_windows(struct work *k, int size)
{
    long      mx = count_windows(k->nx, size), my = count_windows(k->ny, size), total = mx * my, at, i;
    size_t    area = (size_t)size * size;
    bc_status st = bc_model_plan(k->model, size, size, BATCH);

    k->window = malloc(BATCH * area * input_count(k) * sizeof *k->window);
    k->result = malloc(BATCH * area * sizeof *k->result);
    if (k->window == NULL || k->result == NULL)
        return bc_fail_memory(BATCH * area * input_count(k) * sizeof *k->window, "a few windows");
    for (at = 0; st == BC_OK && at < total; at += BATCH) {
        long n = total - at < BATCH ? total - at : BATCH;

        for (i = 0; i < n; i++)
            cut(k, window_start((at + i) % mx, k->nx, size), window_start((at + i) / mx, k->ny, size), size, size,
                k->window + i * area * input_count(k));
        st = k->model->backend->run(k->model->plan, k->window, k->result, (size_t)n);
        for (i = 0; st == BC_OK && i < n; i++)
            add_window(k, k->result + i * area, window_start((at + i) % mx, k->nx, size),
                       window_start((at + i) / mx, k->ny, size), size);
        if (st == BC_OK && k->o->tell != NULL && k->o->tell(k->o->arg, (double)(at + n) / (double)total) != 0)
            st = bc_fail(BC_STOPPED, "stopped");
    }
    return st;
}

/* Weighted mean of the windows, and how far they differ: the rms over the image of their scatter. */
static void
join(struct work *k)
{
    size_t n = (size_t)k->nx * k->ny, i;
    double sum = 0.0;

    for (i = 0; i < n; i++) {
        float mean = k->output[i] / k->weight[i];

        sum += fmax(0.0, (double)k->square[i] / k->weight[i] - (double)mean * mean);
        k->output[i] = mean;
    }
    k->report.spread = sqrt(sum / (double)n);
}

static bc_status
predict_pixels(struct work *k)
{
    const char *window = k->o->window != NULL ? k->o->window : "auto";
    int         size = round_up(k->o->size > 0 ? k->o->size : k->model->size, k->model->graph->multiple);
    int         whole = strcmp(window, "whole") == 0 || strcmp(window, "stamp") == 0;
    bc_status   st;

    if (!whole && strcmp(window, "auto") != 0 && strcmp(window, "blend") != 0)
        return bc_fail(BC_BAD_ARG, "window=%s: auto, whole, stamp or blend are known", window);
    if (strcmp(window, "stamp") == 0 && (k->nx != size || k->ny != size))
        return bc_fail(BC_BAD_SHAPE, "%s is %ld x %ld pixels, window=stamp needs the model's %d x %d",
                       bc_image_name(k->bands[0]), k->nx, k->ny, size, size);
    if (size < 4 * k->model->graph->multiple)
        return bc_fail(BC_BAD_ARG, "size=%d: windows of at least %d pixels are needed", size,
                       4 * k->model->graph->multiple);
    if (strcmp(window, "auto") == 0)
        whole = 2 * k->nx <= 3 * size && 2 * k->ny <= 3 * size;
    snprintf(k->report.window, sizeof k->report.window, whole ? "whole" : "blend");
    k->report.size = whole ? 0 : size;
    k->report.spread = (double)NAN;
    if (whole)
        return predict_whole(k);
    st = predict_windows(k, size);
    if (st == BC_OK)
        join(k);
    return st;
}

/* ---- the image that comes out ----------------------------------------------------------------- */

static bc_status
record(const struct work *k, bc_image *image)
{
    const struct bc_model *m = k->model;
    char                   text[512];
    double                 zp = bc_unit_zeropoint(bc_model_unit(m), bc_image_pixel_sr(image));
    int                    b;
    bc_status              st = bc_image_set_text(image, "FILTER", bc_model_output(m), "predicted band");

    if (st == BC_OK && *bc_model_unit(m) != '\0')
        st = bc_image_set_text(image, "BUNIT", bc_model_unit(m), "unit of the pixels");
    if (st == BC_OK && !isnan(zp))
        st = bc_image_set_number(image, "MAGZERO", zp, "AB magnitude of 1 BUNIT in a pixel");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCMODEL", m->name, "bandcast model");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCMODSUM", m->checksum, "checksum of its weights (WEIGHSUM)");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCDEVICE", m->device, "computed on");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCVERS", PACKAGE_VERSION, "version of bandcast");
    if (st == BC_OK)
        st = bc_image_set_text(image, "BCWINDOW", k->report.window, "how the image went through the network");
    if (st == BC_OK && k->report.size > 0)
        st = bc_image_set_number(image, "BCSIZE", k->report.size, "[pixel] side of the windows");
    if (st == BC_OK && m->stretch.kind == BC_STRETCH_FLUX)
        st = bc_image_set_number(image, "BCSCALE", k->scale, "noise of the inputs / that of the training set");
    snprintf(text, sizeof text, "bandcast %s: a prediction, not an observation, of band %s by model %s from:",
             PACKAGE_VERSION, bc_model_output(m), m->name);
    if (st == BC_OK)
        st = bc_image_history(image, text);
    for (b = 0; st == BC_OK && b < input_count(k); b++) {
        snprintf(text, sizeof text, "  %s: %s", m->band[b], bc_image_name(k->bands[b]));
        st = bc_image_history(image, text);
    }
    return st;
}

static bc_status
make_image(struct work *k, bc_image **image_p)
{
    size_t    n = (size_t)k->nx * k->ny, i;
    bc_image *image = NULL;
    bc_status st = bc_image_derive(k->bands[0], &image);

    if (st != BC_OK)
        return st;
    bc_stretch_invert(&k->model->stretch, k->scale, k->output, n);
    for (i = 0; i < n; i++) {
        if (k->missing[i])
            k->output[i] = NAN;
        k->weight[i] = k->missing[i];       /* the windows' weights are of no use any more */
    }
    memcpy(bc_image_pixels(image), k->output, n * sizeof *k->output);
    st = bc_image_set_plane(image, "MASK", k->weight);
    if (st == BC_OK)
        st = record(k, image);
    if (st != BC_OK) {
        bc_image_close(image);
        return st;
    }
    *image_p = image;
    return BC_OK;
}

bc_status
bc_predict(bc_model *model, const bc_image *const *bands, const bc_predict_options *o, bc_predict_report *report_p,
           bc_image **image_p)
{
    static const bc_predict_options defaults = { .window = "auto" };
    struct work                     k = { .model = model, .bands = bands, .o = o != NULL ? o : &defaults };
    bc_status                       st;

    k.nx = bc_image_nx(bands[0]);
    k.ny = bc_image_ny(bands[0]);
    st = check_grids(&k);
    if (st == BC_OK)
        st = allocate(&k);
    if (st == BC_OK)
        st = stretch_inputs(&k);
    if (st == BC_OK)
        st = predict_pixels(&k);
    if (st == BC_OK)
        st = make_image(&k, image_p);
    if (st == BC_OK && report_p != NULL)
        *report_p = k.report;
    free(k.input);
    free(k.missing);
    free(k.output);
    free(k.weight);
    free(k.square);
    free(k.window);
    free(k.result);
    return st;
}
