/* bandeval -- measure how good predictions are: images against true ones, or a model on a training set.
 * Parameters: par/bandeval.par.  Their meaning: help/bandeval.hlp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"
#include "figures.h"
#include "models.h"
#include "progress.h"
#include "sets.h"
#include "task.h"

struct pars {
    const char *input, *truth, *model, *split, *morph, *table, *images, *photometry, *profiles, *rings;
    const char *colour, *figures, *device;
    double      aperture, sigma;
    int         symmetries, threads, winograd, verbose, clobber;
    double      mae, ssim, psnr;        /* outputs */
    int         number;
};

static const struct task_par table[] = {
    { "input",      TASK_STRING, offsetof(struct pars, input)      },
    { "truth",      TASK_STRING, offsetof(struct pars, truth)      },
    { "model",      TASK_STRING, offsetof(struct pars, model)      },
    { "split",      TASK_STRING, offsetof(struct pars, split)      },
    { "morph",      TASK_STRING, offsetof(struct pars, morph)      },
    { "table",      TASK_STRING, offsetof(struct pars, table)      },
    { "images",     TASK_STRING, offsetof(struct pars, images)     },
    { "photometry", TASK_STRING, offsetof(struct pars, photometry) },
    { "profiles",   TASK_STRING, offsetof(struct pars, profiles)   },
    { "rings",      TASK_STRING, offsetof(struct pars, rings)      },
    { "colour",     TASK_STRING, offsetof(struct pars, colour)     },
    { "figures",    TASK_STRING, offsetof(struct pars, figures)    },
    { "aperture",   TASK_REAL,   offsetof(struct pars, aperture)   },
    { "sigma",      TASK_REAL,   offsetof(struct pars, sigma)      },
    { "symmetries", TASK_BOOL,   offsetof(struct pars, symmetries) },
    { "device",     TASK_STRING, offsetof(struct pars, device)     },
    { "threads",    TASK_INT,    offsetof(struct pars, threads)    },
    { "winograd",   TASK_BOOL,   offsetof(struct pars, winograd)   },
    { "verbose",    TASK_INT,    offsetof(struct pars, verbose)    },
    { "clobber",    TASK_BOOL,   offsetof(struct pars, clobber)    },
    { "mae",        TASK_REAL,   offsetof(struct pars, mae)        },
    { "ssim",       TASK_REAL,   offsetof(struct pars, ssim)       },
    { "psnr",       TASK_REAL,   offsetof(struct pars, psnr)       },
    { "number",     TASK_INT,    offsetof(struct pars, number)     },
    { NULL,         0,           0                                 }
};

static int
is_none(const char *text)
{
    return *text == '\0' || strcmp(text, "none") == 0;
}

/* ---- the tables that can be written ------------------------------------------------------------- */

static bc_status
check_table(const struct pars *p, const char *key, const char *file, const struct strings *used)
{
    const char *dot = strrchr(file, '.');

    if (is_none(file))
        return BC_OK;
    if (dot == NULL || (strcmp(dot, ".csv") != 0 && strcmp(dot, ".fits") != 0 && strcmp(dot, ".fit") != 0))
        return task_fail(BC_BAD_ARG, "%s=%s: a name that ends in .csv or .fits is needed", key, file);
    return sets_check_output(file, p->clobber, used);
}

/* Said before any work: no table has the name of another, nor of a file of the N lists READ. */
static bc_status
check_tables(const struct pars *p, const struct strings *const read[], int n)
{
    const char *const key[] = { "table", "images", "photometry", "profiles" };
    const char *const file[] = { p->table, p->images, p->photometry, p->profiles };
    struct strings    used = { 0 };
    int               i, j;
    bc_status         st = BC_OK;

    for (i = 0; i < n; i++)
        for (j = 0; st == BC_OK && j < read[i]->n; j++)
            st = strings_add_quoted(&used, read[i]->text[j]);
    for (i = 0; st == BC_OK && i < 4; i++) {
        st = check_table(p, key[i], file[i], &used);
        for (j = 0; st == BC_OK && j < i; j++)
            if (!is_none(file[i]) && strcmp(file[i], file[j]) == 0)
                st = task_fail(BC_BAD_ARG, "%s=%s: that is the name of %s=, too", key[i], file[i], key[j]);
    }
    strings_free(&used);
    return st;
}

/* Of what the fluxes of the first row S are, apertures in UNIT, and why images have none. */
static void
describe_fluxes(const struct pars *p, const char *unit, const bc_score *s)
{
    printf("# REL_ERR of pixels above %g sigma; FLUX_* in magnitudes, apertures of %g %s\n", p->sigma, p->aperture,
           unit);
    if (s->nmissing > 0)
        printf("# no magnitude of %ld of %ld image%s: a pixel in the aperture has no datum\n", s->nmissing, s->n,
               task_s(s->n));
    if (s->nflux == 0 && s->nmissing < s->n)
        printf("# no FLUX_BIAS: no true flux in the aperture is above %g sigma\n", p->sigma);
}

/* ---- a model on a training set ------------------------------------------------------------------ */

/* What the numbers were measured on, for the reader of the table. */
static void
describe_set(const struct pars *p, bc_model *model, const bc_dataset *set, const bc_score *s)
{
    const char *sum = bc_model_text(model, "TRAINSUM");
    int         own = sum != NULL && strcmp(sum, bc_dataset_checksum(set)) == 0, all = strcmp(p->split, "all") == 0;

    printf("# %s (%s, stretch %s) on %ld %s%ssamples of %s%s\n", bc_model_name(model), bc_model_architecture(model),
           bc_model_stretch(model), s->n, all ? "" : p->split, all ? "" : " ", bc_dataset_file(set),
           own ? "; its training samples taught the model" : "; the model was trained on another set");
    printf("# MAE, SSIM, PSNR on the model's stretched scale, data range 1\n");
    if (strcmp(bc_model_stretch(model), "flux") == 0)
        describe_fluxes(p, isnan(bc_dataset_scale(set)) ? "pixels (no pixel scale is known)" : "arcsec", s);
}

/* Tables that nothing could be written into. */
static bc_status
check_fluxes(const struct pars *p, const bc_model *model)
{
    const char *key = !is_none(p->photometry) ? "photometry" : !is_none(p->profiles) ? "profiles" : NULL;

    if (key == NULL || strcmp(bc_model_stretch(model), "flux") == 0)
        return BC_OK;
    return task_fail(BC_BAD_ARG, "%s=: the model's pixels are not fluxes (stretch %s), there is nothing to "
                     "measure", key, bc_model_stretch(model));
}

static bc_status
evaluate_set(const struct pars *p, bc_evaluation *e, char *credit, size_t size)
{
    static const struct { const char *name; int split; } splits[] = {
        { "train", BC_TRAIN }, { "validation", BC_VALIDATE }, { "test", BC_TEST }, { "all", -1 }
    };
    struct strings              names = { 0 };
    const struct strings *const read[] = { &names };
    bc_dataset                 *set = NULL;
    bc_model                   *model = NULL;
    bc_score                    s;
    int                         i = 0;
    bc_status                   st;

    while (strcmp(splits[i].name, p->split) != 0)       /* the .par lets no other through */
        if (++i == 4)
            return task_fail(BC_BAD_ARG, "split=%s: train, validation, test or all are known", p->split);
    st = strings_add(&names, p->input);
    if (st == BC_OK)
        st = strings_add(&names, p->model);
    if (st == BC_OK)
        st = check_tables(p, read, 1);
    if (st == BC_OK)
        st = bc_dataset_open(p->input, &set);
    if (st == BC_OK)
        st = models_open(p->model, models_device(p->device, p->winograd), p->threads, &model);
    if (st == BC_OK)
        st = check_fluxes(p, model);
    if (st == BC_OK)
        bc_model_average(model, p->symmetries);
    if (st == BC_OK)
        st = bc_evaluation_set(e, model, set, splits[i].split);
    if (st == BC_OK)
        st = bc_evaluation_score(e, 0, &s);
    progress_wipe();
    if (st == BC_OK && (p->verbose > 0 || is_none(p->table)))
        describe_set(p, model, set, &s);
    if (st == BC_OK)
        snprintf(credit, size, "%s", bc_dataset_credit(set));
    bc_model_close(model);
    bc_dataset_close(set);
    strings_free(&names);
    return st;
}

/* ---- pairs of images ---------------------------------------------------------------------------- */

/* What a reader of the numbers has to know of IMAGE, a prediction or a REAL one. */
static void
report_image(bc_image *image, int real)
{
    double level, sigma;

    if (*bc_image_notes(image) != '\0')
        task_say(1, "%s: %s", bc_image_name(image), bc_image_notes(image));
    if (!real)
        return;
    bc_sky(bc_image_pixels(image), (size_t)bc_image_nx(image) * (size_t)bc_image_ny(image), &level, &sigma);
    if (fabs(level) > 10.0 * sigma)
        task_say(1, "%s: its sky is more than 10 times its noise from 0; fluxes and shapes are of images without sky",
                 bc_image_name(image));
}

/* Other bands may be compared on purpose, and so may pixels of a unit that no header says. */
static void
report_pair(const bc_image *a, const bc_image *b)
{
    const bc_band *x = bc_band_find(bc_image_band(a)), *y = bc_band_find(bc_image_band(b));
    const char    *unit = bc_image_unit(a), *other = bc_image_unit(b);
    int            known = !isnan(bc_image_zeropoint(a)), other_known = !isnan(bc_image_zeropoint(b));

    if (x != NULL && y != NULL && x != y)
        task_say(1, "%s is of band %s, %s of band %s", bc_image_name(a), x->name, bc_image_name(b), y->name);
    if (known != other_known || strcmp(unit, other) != 0) {
        if (!known && *unit == '\0')
            task_say(1, "%s: no BUNIT: taken to be in the unit of %s", bc_image_name(a), bc_image_name(b));
        else if (!other_known && *other == '\0')
            task_say(1, "%s: no BUNIT: taken to be in the unit of %s", bc_image_name(b), bc_image_name(a));
    }
}

/* Are the pixels of PREDICTED some of IMAGE's, as those of a region are? */
static int
is_part(const bc_image *predicted, const bc_image *image)
{
    const double corner[3][2] = { { 1.0, 1.0 }, { (double)bc_image_nx(predicted), 1.0 },
                                  { 1.0, (double)bc_image_ny(predicted) } };
    double       lon, lat, x, y, dx = 0.0, dy = 0.0;
    int          i;

    if (bc_image_nx(predicted) > bc_image_nx(image) || bc_image_ny(predicted) > bc_image_ny(image)
        || !bc_image_has_wcs(predicted) || !bc_image_has_wcs(image))
        return 0;
    for (i = 0; i < 3; i++) {
        if (bc_image_to_sky(predicted, corner[i][0], corner[i][1], &lon, &lat) != BC_OK
            || bc_image_from_sky(image, lon, lat, &x, &y) != BC_OK)
            return 0;
        if (i == 0) {
            dx = round(x - corner[i][0]);
            dy = round(y - corner[i][1]);
        }
        if (!(fabs(x - corner[i][0] - dx) < 0.01 && fabs(y - corner[i][1] - dy) < 0.01))
            return 0;
    }
    return 1;
}

/* The same without sky coordinates: LTV1 and LTV2 tell where the pixels of a region were.  *PART_P stays as it is where
 * they do not, and where IMAGE is a section itself. */
static bc_status
open_section(const bc_image *predicted, const bc_image *image, bc_image **part_p)
{
    double x = -bc_image_number(predicted, "LTV1"), y = -bc_image_number(predicted, "LTV2");
    long   nx = bc_image_nx(predicted), ny = bc_image_ny(predicted);
    char  *name;

    if ((bc_image_has_wcs(predicted) && bc_image_has_wcs(image))
        || !(x >= 0.0 && x + (double)nx <= (double)bc_image_nx(image))
        || !(y >= 0.0 && y + (double)ny <= (double)bc_image_ny(image)))
        return BC_OK;
    if (asprintf(&name, "%s[%.0f:%.0f,%.0f:%.0f]", bc_image_name(image), x + 1.0, x + (double)nx, y + 1.0,
                 y + (double)ny) < 0)
        return task_fail(BC_NO_MEMORY, "no memory for a name");
    if (bc_image_open_rows(name, 0, part_p) == BC_OK)
        task_say(1, "%s: compared with %s, by its LTV1 and LTV2", bc_image_name(predicted), name);
    free(name);
    return BC_OK;
}

/* The image NAME, of which *WHOLE_P is all and *PART_P what PREDICTED shows; both may be one. */
static bc_status
open_part(const char *name, const bc_image *predicted, bc_image **whole_p, bc_image **part_p)
{
    bc_status st = bc_image_open_rows(name, 0, whole_p);
    bc_image *whole = *whole_p;

    if (st != BC_OK)
        return st;
    *part_p = whole;
    if (bc_image_nx(predicted) != bc_image_nx(whole) || bc_image_ny(predicted) != bc_image_ny(whole))
        st = is_part(predicted, whole) ? bc_image_regrid(whole, predicted, NULL, part_p)
             : open_section(predicted, whole, part_p);
    return st == BC_OK ? bc_image_load(*part_p) : st;
}

/* COLOUR NULL = none. */
static bc_status
evaluate_pair(bc_evaluation *e, const char *input, const char *truth, const char *colour, int *with_scale_p)
{
    bc_image *a = NULL, *b = NULL, *c = NULL, *whole[2] = { NULL, NULL };
    bc_status st = bc_image_open_rows(input, 0, &a);

    if (st == BC_OK)
        st = bc_image_read_plane(a, "SIGMA");
    if (st == BC_OK)
        st = bc_image_read_plane(a, "SIGMA95");
    if (st == BC_OK)
        st = bc_image_load(a);
    if (st == BC_OK)
        st = open_part(truth, a, &whole[0], &b);
    if (st == BC_OK && colour != NULL)
        st = open_part(colour, a, &whole[1], &c);
    if (st == BC_OK)
        st = bc_evaluation_pair(e, a, b, c);
    if (st == BC_OK) {
        report_image(a, 0);
        report_image(b, 1);
        report_pair(a, b);
        *with_scale_p += !isnan(bc_image_pixel_scale(a)) || !isnan(bc_image_pixel_scale(b));
    }
    if (st == BC_OK && c != NULL)
        report_image(c, 1);
    if (b != whole[0])
        bc_image_close(b);
    if (c != whole[1])
        bc_image_close(c);
    bc_image_close(whole[0]);
    bc_image_close(whole[1]);
    bc_image_close(a);
    return st;
}

/* What the numbers were measured on, WITH_SCALE of them with a pixel scale. */
static bc_status
describe_pairs(const struct pars *p, bc_evaluation *e, int with_scale)
{
    const char *unit = bc_evaluation_unit(e);
    bc_score    s;
    bc_status   st = bc_evaluation_score(e, 0, &s);

    if (st != BC_OK || (p->verbose == 0 && !is_none(p->table)))
        return st;
    printf("# %ld pair%s of images; %s%s; SSIM, PSNR with the data range of the real one\n", s.n, task_s(s.n),
           isnan(s.mae) ? "no MAE, as their units or zero points differ" : "MAE in ",
           isnan(s.mae) ? "" : *unit != '\0' ? unit : "their unit");
    describe_fluxes(p, with_scale == s.n ? "arcsec" : with_scale == 0 ? "pixels (no pixel scale is known)"
                    : "arcsec, or pixels where no pixel scale is known", &s);
    return BC_OK;
}

/* *FAILED_P of a list's pairs are named and left out. */
static bc_status
evaluate_pairs(const struct pars *p, bc_evaluation *e, struct progress *progress, int *failed_p)
{
    struct strings              inputs = { 0 }, truths = { 0 }, colours = { 0 };
    const struct strings *const read[] = { &inputs, &truths, &colours };
    int                         i, with_scale = 0;
    bc_status                   st = sets_names(p->input, &inputs);

    if (st == BC_OK)
        st = sets_names(p->truth, &truths);
    if (st == BC_OK && inputs.n != truths.n)
        st = task_fail(BC_BAD_ARG, "%d predicted and %d real images", inputs.n, truths.n);
    if (st == BC_OK && *p->colour != '\0')
        st = sets_names(p->colour, &colours);
    if (st == BC_OK && colours.n > 0 && colours.n != inputs.n)
        st = task_fail(BC_BAD_ARG, "%d predicted images and %d of colour=", inputs.n, colours.n);
    if (st == BC_OK)
        st = check_tables(p, read, 3);
    for (i = 0; st == BC_OK && i < 3; i++)
        st = sets_check_names(read[i]);
    for (i = 0; st == BC_OK && i < inputs.n; i++) {
        st = evaluate_pair(e, inputs.text[i], truths.text[i], colours.n > 0 ? colours.text[i] : NULL, &with_scale);
        if (st != BC_OK && inputs.n > 1 && !sets_hopeless(st, i)) {
            task_complain(inputs.text[i]);
            (*failed_p)++;
            st = BC_OK;
        }
        progress_tell(progress, (i + 1.0) / inputs.n);
    }
    if (st == BC_OK && *failed_p == inputs.n)
        st = task_fail(BC_BAD_FILE, "%d of %d pairs failed", *failed_p, inputs.n);
    progress_wipe();
    if (st == BC_OK)
        st = describe_pairs(p, e, with_scale);
    strings_free(&inputs);
    strings_free(&truths);
    strings_free(&colours);
    return st;
}

/* ---- the table ---------------------------------------------------------------------------------- */

/* A number in WIDTH columns; "-" where there is none. */
static void
print_number(int width, int digits, double x)
{
    if (isnan(x))
        printf(" %*s", width, "-");
    else
        printf(" %*.*f", width, digits, x);
}

/* Columns for the names of all rows. */
static int
name_width(bc_evaluation *e)
{
    bc_score s;
    int      i, width = 16;

    for (i = 0; i < bc_evaluation_rows(e); i++)
        if (bc_evaluation_score(e, i, &s) == BC_OK && (int)strlen(s.name) > width)
            width = (int)strlen(s.name);
    return width;
}

/* Two kinds of errors of row NAME, if they are known; their scatter, if there is more than one. */
static void
print_errors(const char *name, const char *one, double x, double x_scatter, const char *other, double y,
             double y_scatter)
{
    if (isnan(x))
        return;
    printf("# %s: %s %+.3f, %s %+.3f", name, one, x, other, y);
    if (!isnan(x_scatter))
        printf("; scatter %.3f and %.3f", x_scatter, y_scatter);
    printf("\n");
}

static bc_status
print_table(bc_evaluation *e)
{
    int       i, n = bc_evaluation_rows(e), width = name_width(e);
    bc_score  s;
    bc_status st = BC_OK;

    printf("%-*s %10s %7s %8s %9s %8s %8s %8s %9s %12s %6s %6s\n", width, "NAME", "MAE", "SSIM", "PSNR", "PSNR_MEAN",
           "GINI_W1", "M20_W1", "REL_ERR", "FLUX_BIAS", "FLUX_SCATTER", "N", "N_FLUX");
    for (i = 0; st == BC_OK && i < n; i++) {
        st = bc_evaluation_score(e, i, &s);
        if (st != BC_OK)
            break;
        if (isnan(s.mae))
            printf("%-*s %10s", width, s.name, "-");
        else
            printf("%-*s %10.4g", width, s.name, s.mae);
        print_number(7, 4, s.ssim);
        print_number(8, 3, s.psnr);
        print_number(9, 3, s.psnr_mean);
        print_number(8, 4, s.gini_w1);
        print_number(8, 4, s.m20_w1);
        print_number(8, 4, s.relative_error);
        print_number(9, 4, s.flux_bias);
        print_number(12, 4, s.flux_scatter);
        printf(" %6ld %6ld\n", s.n, s.nflux);
    }
    if (st == BC_OK && n > 0)
        printf("# GINI_W1, M20_W1 of %s; ", strcmp(bc_evaluation_morph(e), "lotz") == 0
               ? "fluxes in segmentation maps, M20 as log10 (Lotz et al.)"
               : "all pixels, M20 as a ratio (Zaazou et al.)");
    if (st == BC_OK && n > 0 && s.n > 1)
        printf("they range over %.4g and %.4g among truth, predictions and inputs\n", s.gini_range, s.m20_range);
    else if (st == BC_OK && n > 0)
        printf("of one image they are differences, and not scaled\n");
    for (i = 0; st == BC_OK && i < n; i++) {
        st = bc_evaluation_score(e, i, &s);
        if (st != BC_OK)
            break;
        print_errors(s.name, "radius of half of the flux, predicted / true - 1:", s.r50_bias, s.r50_scatter, "of 90 %:",
                     s.r90_bias, s.r90_scatter);
        print_errors(s.name, "position, predicted - true, pixels: x", s.dx_bias, s.dx_scatter, "y", s.dy_bias,
                     s.dy_scatter);
    }
    for (i = 0; st == BC_OK && i < n; i++) {
        st = bc_evaluation_score(e, i, &s);
        if (st == BC_OK && *s.formula != '\0')
            printf("# %s: %s\n", s.name, s.formula);
    }
    return st;
}

/* How often the truth is within SIGMA of the predictions that have one, in bins of flux. */
static bc_status
print_coverage(bc_evaluation *e)
{
    const bc_photometry *line;
    long                 n, i;
    char                 low[16], high[16];
    int                  titled = 0, width = name_width(e), k;
    bc_status            st = bc_evaluation_photometry(e, &line, &n);

    for (i = 0; st == BC_OK && i < n; i++) {
        if (strcmp(line[i].measure, "coverage") != 0)
            continue;
        if (!titled++)
            printf("# Pixels whose truth is within SIGMA (IN68) and SIGMA95 (IN95; 2 SIGMA where there is none)\n"
                   "# of the prediction, by its flux in sky noises, and the standard errors of these shares, from\n"
                   "# the scatter between images\n%-*s %10s %10s %10s %7s %8s %7s %8s\n", width, "NAME", "FROM",
                   "TO", "N", "IN68", "IN68_ERR", "IN95", "IN95_ERR");
        snprintf(low, sizeof low, isinf(line[i].low) ? "-" : "%g", line[i].low);
        snprintf(high, sizeof high, isinf(line[i].high) ? "-" : "%g", line[i].high);
        printf("%-*s %10s %10s %10ld", width, line[i].name, low, high, line[i].n);
        for (k = 0; k < 2; k++) {
            print_number(7, 4, line[i].within[k]);
            print_number(8, 4, line[i].within_error[k]);
        }
        putchar('\n');
    }
    return st;
}

static bc_status
check(const struct pars *p)
{
    if (is_none(p->model) && is_none(p->truth))
        return task_fail(BC_BAD_ARG, "truth: the real images are needed, or model= and a training set as input");
    if (!is_none(p->model) && !is_none(p->truth))
        return task_fail(BC_BAD_ARG, "truth=%s: with model= the truth is in the training set", p->truth);
    return BC_OK;
}

/* The first row of the table in the output parameters. */
static bc_status
give_outputs(bc_evaluation *e)
{
    bc_score  s;
    bc_status st = bc_evaluation_score(e, 0, &s);

    if (st != BC_OK)
        return st;
    task_output("mae", s.mae);
    task_output("ssim", s.ssim);
    task_output("psnr", s.psnr);
    task_output("number", (double)s.n);
    return BC_OK;
}

static bc_status
write_tables(const struct pars *p, bc_evaluation *e)
{
    bc_status st = BC_OK;

    if (!is_none(p->table))
        st = bc_evaluation_write(e, p->table, p->clobber);
    if (st == BC_OK && !is_none(p->images))
        st = bc_evaluation_write_images(e, p->images, p->clobber);
    if (st == BC_OK && !is_none(p->photometry))
        st = bc_evaluation_write_photometry(e, p->photometry, p->clobber);
    if (st == BC_OK && !is_none(p->profiles))
        st = bc_evaluation_write_profiles(e, p->profiles, p->clobber);
    return st;
}

static bc_status
work(const struct pars *p)
{
    struct progress      *progress = progress_open();
    bc_evaluation_options o = { .bright = p->sigma, .aperture = p->aperture, .morph = p->morph,
                                .colour = p->colour, .rings = p->rings, .tell = progress_tell, .arg = progress,
                                .profiles = !is_none(p->photometry) || !is_none(p->profiles) || !is_none(p->figures) };
    bc_evaluation        *e = NULL;
    struct figures       *figures = NULL;
    int                   failed = 0;
    char                  credit[256] = "";
    bc_status             st = check(p);

    if (st == BC_OK && !is_none(p->figures)) {
        st = figures_open(p->figures, p->colour, p->clobber, &figures);
        o.show = figures_show;
        o.show_arg = figures;
    }
    if (st == BC_OK)
        st = bc_evaluation_open(&o, &e);
    if (st == BC_OK)
        st = is_none(p->model) ? evaluate_pairs(p, e, progress, &failed) : evaluate_set(p, e, credit, sizeof credit);
    progress_close(progress);
    if (st == BC_OK && (p->verbose > 0 || is_none(p->table)))
        st = print_table(e);
    if (st == BC_OK && (p->verbose > 0 || is_none(p->table)))
        st = print_coverage(e);
    if (st == BC_OK)
        st = write_tables(p, e);
    if (st == BC_OK)
        st = give_outputs(e);
    if (st == BC_OK && figures != NULL)
        st = figures_write(figures, e, credit);
    if (st == BC_OK && failed > 0)
        st = task_fail(BC_BAD_FILE, "%d of %ld pairs failed", failed, failed + bc_evaluation_images(e, 0));
    figures_close(figures);
    bc_evaluation_close(e);
    return st;
}

/* Called by tasks/main.c under the name bandeval. */
int
bandeval(int argc, char **argv)
{
    struct pars p;
    bc_status   st = task_begin("bandeval", argc, argv, table, &p);

    if (st == BC_OK)
        st = work(&p);
    return task_end(st);
}
