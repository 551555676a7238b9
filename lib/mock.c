/* mock.c -- simulated galaxies in any bands.
 *
 * Bulge (Sersic), disc (exponential, younger outside), logarithmic spiral arms of young stars, star-forming clumps
 * along them with a power law of luminosities, dust that follows the inner edges of the arms, one inclination.  Old
 * light is mixed with the dust, young light lies behind it.  Each component is a map (y, x) of its red light; a band's
 * image is the sum of the maps, each by its population's colour and the dust's extinction at that wavelength.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bandcast.h"
#include "population.h"
#include "random.h"
#include "status.h"

#define PI 3.14159265358979323846

static const double DUST_AT = 550.0, DUST_SLOPE = -0.7;     /* optical depth by wavelength: Charlot & Fall 2000 */

enum { BULGE, INNER, OUTER, ARMS, CLUMPS, COMPONENTS, FINE = 4 };

struct galaxy {
    double magnitude, bulge, young;             /* r, AB; parts of the red light */
    double inclination, angle, x, y;            /* rad; centre, pixels from that of the image */
    double scale, radius, sersic, flat;         /* disc's length; bulge's half-light radius, index, axis ratio */
    double arms, pitch, contrast, phase;
    double dust;                                /* face-on optical depth of the middle, at 550 nm */
    int    nclump;
};

struct canvas {                                 /* a stamp with a border for what the PSF brings in */
    int     side, border;
    double *map;                                /* (COMPONENTS, side, side) */
    double *dust;                               /* (side, side), optical depth at 550 nm */
    double *image, *scratch;                    /* (side, side) */
    double *weight;                             /* (border + 1), of the PSF at hand */
};

static double
between(struct bc_random *r, double low, double high)
{
    return low + (high - low) * bc_random_uniform(r);
}

static void
draw(struct bc_random *r, const bc_mock_options *o, struct galaxy *g)
{
    int size = o->size;
    int quenched = bc_random_uniform(r) < 0.2;

    g->magnitude = between(r, o->brightest, o->faintest);
    g->bulge = quenched ? between(r, 0.4, 0.9) : between(r, 0.03, 0.5);
    g->young = quenched ? 0.0 : between(r, 0.05, 0.45);
    g->inclination = acos(between(r, 0.2, 1.0));
    g->angle = between(r, 0.0, 2.0 * PI);
    g->x = between(r, -0.5, 0.5);
    g->y = between(r, -0.5, 0.5);
    g->scale = size * between(r, 0.06, 0.12);
    g->radius = g->scale * between(r, 0.2, 0.7);
    g->sersic = between(r, 1.0, 4.0);
    g->flat = between(r, 0.7, 1.0);
    g->arms = 2.0 + floor(between(r, 0.0, 3.0));
    g->pitch = between(r, 10.0, 30.0) * PI / 180.0;
    g->contrast = between(r, 1.0, 4.0);
    g->phase = between(r, 0.0, 2.0 * PI);
    g->dust = quenched ? between(r, 0.0, 0.1) : between(r, 0.1, 1.2);
    g->nclump = quenched ? 0 : 30 + (int)between(r, 0.0, 120.0);
}

/* Polar coordinates in the plane of the disc of a point (dx, dy) pixels from the centre. */
static void
to_plane(const struct galaxy *g, double dx, double dy, double *radius_p, double *azimuth_p)
{
    double along = cos(g->angle) * dx + sin(g->angle) * dy;
    double across = (cos(g->angle) * dy - sin(g->angle) * dx) / cos(g->inclination);

    *radius_p = hypot(along, across);
    *azimuth_p = atan2(across, along);
}

/* Density of arms, shifted by SHIFT of their phase; mean about 1. */
static double
arms(const struct galaxy *g, double radius, double azimuth, double shift)
{
    double wave = cos(g->arms * (azimuth - log(radius / g->scale + 0.05) / tan(g->pitch)) + g->phase + shift);

    return exp(g->contrast * (wave - 1.0)) * sqrt(2.0 * PI * g->contrast);
}

/* Where young stars are: a hole in the middle, most at two thirds of the scale length and beyond. */
static double
young_disc(const struct galaxy *g, double radius)
{
    double s = radius / g->scale;

    return s * s * exp(-1.6 * s);
}

static double
bulge(const struct galaxy *g, double dx, double dy)
{
    double along = cos(g->angle) * dx + sin(g->angle) * dy, across = cos(g->angle) * dy - sin(g->angle) * dx;
    double b = 2.0 * g->sersic - 1.0 / 3.0;     /* Ciotti & Bertin 1999, first terms */

    return exp(-b * pow(hypot(along, across / g->flat) / g->radius, 1.0 / g->sersic));
}

/* All smooth maps and the dust at pixel I, the mean over FINE x FINE points. */
static void
paint_pixel(const struct galaxy *g, struct canvas *c, long i)
{
    size_t area = (size_t)c->side * c->side;
    double middle = 0.5 * (c->side - 1), radius, azimuth;
    int    n;

    for (n = 0; n < FINE * FINE; n++) {
        double dx = (double)(i % c->side) - middle - g->x + (n % FINE + 0.5) / FINE - 0.5, part, disc;
        double dy = (double)(i / c->side) - middle - g->y + (n / FINE + 0.5) / FINE - 0.5;

        to_plane(g, dx, dy, &radius, &azimuth);
        disc = exp(-radius / g->scale);
        part = 1.0 / (1.0 + exp(2.0 * (radius / g->scale - 1.5)));      /* of the disc's light that is old */
        c->map[BULGE * area + i] += bulge(g, dx, dy);
        c->map[INNER * area + i] += part * disc;
        c->map[OUTER * area + i] += (1.0 - part) * disc;
        c->map[ARMS * area + i] += young_disc(g, radius) * arms(g, radius, azimuth, 0.0);
        c->dust[i] += g->dust / cos(g->inclination) * exp(-radius / (1.3 * g->scale))
                      * (0.3 + 0.7 * arms(g, radius, azimuth, 0.7)) / (FINE * FINE);
    }
}

/* A clump of young stars at a random place along the arms. */
static void
add_clump(const struct galaxy *g, struct bc_random *r, struct canvas *c)
{
    double light = pow(bc_random_uniform(r) * 0.98 + 0.02, -1.0);       /* a power law of index -2 up to 50 */
    double size = fmax(g->scale * between(r, 0.03, 0.08), 0.5), radius, azimuth, dx, dy, limit;
    double most = exp(-2.0) * 1.5625 * sqrt(2.0 * PI * g->contrast);    /* of young_disc() times arms() */
    double *map = c->map + (size_t)CLUMPS * c->side * c->side, middle = 0.5 * (c->side - 1);
    int    x, y;

    do {
        radius = g->scale * between(r, 0.0, 5.0);
        azimuth = between(r, 0.0, 2.0 * PI);
        limit = most * 5.0 * bc_random_uniform(r);
    } while (young_disc(g, radius) * arms(g, radius, azimuth, 0.0) * radius / g->scale < limit);
    dx = radius * cos(azimuth);
    dy = radius * sin(azimuth) * cos(g->inclination);
    x = (int)floor(middle + g->x + cos(g->angle) * dx - sin(g->angle) * dy + 0.5);
    y = (int)floor(middle + g->y + sin(g->angle) * dx + cos(g->angle) * dy + 0.5);
    for (dy = floor(-4.0 * size); dy <= 4.0 * size; dy++)
        for (dx = floor(-4.0 * size); dx <= 4.0 * size; dx++)
            if (x + dx >= 0 && x + dx < c->side && y + dy >= 0 && y + dy < c->side)
                map[(long)(y + dy) * c->side + (long)(x + dx)] += light / (size * size)
                    * exp(-0.5 * (dx * dx + dy * dy) / (size * size));
}

static int
in_stamp(const struct canvas *c, long i)
{
    long x = i % c->side, y = i / c->side, end = c->side - c->border;

    return x >= c->border && x < end && y >= c->border && y < end;
}

/* Scale every map to its part of the red light in the stamp; the border, which depends on the PSF, does not count. */
static void
share_light(const struct galaxy *g, struct canvas *c)
{
    size_t       area = (size_t)c->side * c->side, i;
    double       disc = 1.0 - g->bulge, inner = 0.0, outer = 0.0, part[COMPONENTS], sum[COMPONENTS] = { 0.0 };
    const double clumpy = 0.4;                  /* of the young light */
    int          k;

    for (k = 0; k < COMPONENTS; k++)
        for (i = 0; i < area; i++)
            if (in_stamp(c, (long)i))
                sum[k] += c->map[k * area + i];
    inner = sum[INNER] / (sum[INNER] + sum[OUTER]);
    outer = 1.0 - inner;
    part[BULGE] = g->bulge;
    part[INNER] = disc * (1.0 - g->young) * inner;
    part[OUTER] = disc * (1.0 - g->young) * outer;
    part[ARMS] = disc * g->young * (1.0 - clumpy);
    part[CLUMPS] = disc * g->young * clumpy;
    for (k = 0; k < COMPONENTS; k++)
        for (i = 0; i < area; i++)
            c->map[k * area + i] *= sum[k] > 0.0 ? part[k] / sum[k] : 0.0;
}

static void
paint(const struct galaxy *g, struct bc_random *r, struct canvas *c)
{
    long i, area = (long)c->side * c->side;

    memset(c->map, 0, COMPONENTS * (size_t)area * sizeof *c->map);
    memset(c->dust, 0, (size_t)area * sizeof *c->dust);
    for (i = 0; i < area; i++)
        paint_pixel(g, c, i);
    for (i = 0; i < g->nclump; i++)
        add_clump(g, r, c);
    share_light(g, c);
}

/* c->image = the galaxy at WAVELENGTH; its red light without dust sums to 1. */
static void
expose(const struct galaxy *g, struct canvas *c, double wavelength)
{
    static const double age[COMPONENTS] = { 10.0, 6.0, 2.5, 0.15, 0.008 };     /* Gyr */
    size_t              area = (size_t)c->side * c->side, i;
    double              dust = pow(wavelength / DUST_AT, DUST_SLOPE), colour[COMPONENTS];
    int                 k;

    for (k = 0; k < COMPONENTS; k++)
        colour[k] = bc_population_flux(k == INNER && g->young <= 0.0 ? age[BULGE] : age[k], wavelength);
    for (i = 0; i < area; i++) {
        double depth = dust * c->dust[i], mixed = depth > 1e-6 ? -expm1(-depth) / depth : 1.0, behind = exp(-depth);

        c->image[i] = 0.0;
        for (k = 0; k < COMPONENTS; k++)
            c->image[i] += colour[k] * (k < ARMS ? mixed : behind) * c->map[k * area + i];
    }
}

/* Convolve c->image with a Gaussian of WIDTH (standard deviation, pixels), cut at 4 of them; nothing is beyond. */
static void
blur(struct canvas *c, double width)
{
    int    n = c->side, reach = (int)(4.0 * width + 0.5), x, y, t, pass;
    double sum = 0.0;

    if (reach == 0)
        return;
    for (t = 0; t <= reach; t++)
        sum += (t > 0 ? 2.0 : 1.0) * (c->weight[t] = exp(-0.5 * t * t / (width * width)));
    for (pass = 0; pass < 2; pass++) {          /* along x, which becomes y: twice */
        for (y = 0; y < n; y++)
            for (x = 0; x < n; x++) {
                const double *line = c->image + (size_t)y * n + x;
                double        v = 0.0;

                for (t = x < reach ? -x : -reach; t <= reach && x + t < n; t++)
                    v += c->weight[abs(t)] * line[t];
                c->scratch[(size_t)x * n + y] = v / sum;
            }
        memcpy(c->image, c->scratch, (size_t)n * n * sizeof *c->image);
    }
}

/* What the surveys of each wavelength see: GALEX's MIS (Morrissey et al. 2007), SDSS (York et al. 2000), 2MASS
 * (Skrutskie et al. 2006).  FWHM in arcsec, AB magnitude of a star at 5 sigma. */
static const struct survey { double wavelength, fwhm, depth; } surveys[] = {
    { 153.5, 4.2, 22.6 }, { 230.1, 5.3, 22.7 }, { 355.7, 1.5, 22.0 }, { 470.2, 1.4, 22.2 }, { 617.5, 1.3, 22.2 },
    { 749.1, 1.3, 21.3 }, { 894.6, 1.3, 20.5 }, { 1253., 2.8, 17.4 }, { 1643., 2.8, 17.2 }, { 2150., 2.8, 16.9 }
};
enum { SURVEYS = sizeof surveys / sizeof *surveys };

static const struct survey *
survey_at(double wavelength)
{
    int i, best = 0;

    for (i = 1; i < SURVEYS; i++)
        if (fabs(log(surveys[i].wavelength / wavelength)) < fabs(log(surveys[best].wavelength / wavelength)))
            best = i;
    return &surveys[best];
}

/* TEXT of option KEY: "none" is 0, "survey" what the survey has, else a number from 0 to MOST. */
static bc_status
read_choice(const char *key, const char *text, double survey, double most, double *value_p)
{
    char *end;

    *value_p = 0.0;
    if (text == NULL || strcmp(text, "none") == 0)
        return BC_OK;
    *value_p = strcmp(text, "survey") == 0 ? survey : strtod(text, &end);
    if (strcmp(text, "survey") != 0 && (end == text || *end != '\0' || !(*value_p >= 0.0 && *value_p <= most)))
        return bc_fail(BC_BAD_ARG, "%s=%s: none, survey or a number from 0 to %g", key, text, most);
    return BC_OK;
}

/* Standard deviation of band B's PSF in pixels, and of its noise in nanomaggy a pixel. */
static bc_status
read_band(const bc_mock_options *o, int b, double *wavelength_p, double *width_p, double *noise_p)
{
    const bc_band       *band = bc_band_find(o->bands[b]);
    const struct survey *s;
    double               fwhm, per_sigma = o->arcsec * 2.0 * sqrt(2.0 * log(2.0)), width;
    bc_status            st;

    if (band == NULL || band->wavelength > 5000.0)
        return bc_fail(BC_BAD_ARG, "bands: '%s' is no band that is known up to 5000 nm", o->bands[b]);
    s = survey_at(band->wavelength);
    st = read_choice("psf", o->psf, s->fwhm, 60.0, &fwhm);
    *wavelength_p = band->wavelength;
    *width_p = fwhm / per_sigma;
    if (*width_p > o->size)
        return bc_fail(BC_BAD_ARG, "psf=%s: %.4g arcsec are wider than a stamp of %d pixels", o->psf, fwhm, o->size);
    width = s->fwhm / per_sigma;                /* a star's light is spread over 4 pi width^2 pixels, at the best */
    return st == BC_OK ? read_choice("noise", o->noise, pow(10.0, 0.4 * (22.5 - s->depth)) / 5.0
                                     / sqrt(4.0 * PI * width * width), 1e9, noise_p) : st;
}

static bc_status
open_canvas(struct canvas *c, int size, double widest)
{
    size_t area;

    c->border = (int)(4.0 * widest + 0.5);
    c->side = size + 2 * c->border;
    area = (size_t)c->side * c->side;
    c->map = malloc(((COMPONENTS + 3) * area + (size_t)c->border + 1) * sizeof *c->map);
    if (c->map == NULL)
        return bc_fail_memory((COMPONENTS + 3) * area * sizeof *c->map, "a simulated galaxy");
    c->dust = c->map + COMPONENTS * area;
    c->image = c->dust + area;
    c->scratch = c->image + area;
    c->weight = c->scratch + area;
    return BC_OK;
}

/* The middle of c->image, in nanomaggies and with noise, into PIXELS (size, size). */
static void
develop(const struct canvas *c, const struct galaxy *g, double noise, struct bc_random *r, int size, float *pixels,
        double *sigma_p)
{
    double flux = pow(10.0, 0.4 * (22.5 - g->magnitude)), level, peak = 0.0;
    int    x, y;

    for (y = 0; y < size; y++)
        for (x = 0; x < size; x++) {
            double v = flux * c->image[(size_t)(y + c->border) * c->side + x + c->border];

            peak = fmax(peak, v);
            pixels[y * size + x] = (float)(noise > 0.0 ? v + noise * bc_random_normal(r) : v);
        }
    *sigma_p = noise;
    if (noise <= 0.0)           /* as a training set measures it on images that are given */
        bc_sky(pixels, (size_t)size * size, &level, sigma_p);
    if (!(*sigma_p > 0.0))
        *sigma_p = 1e-4 * peak;
}

static void
describe(const struct galaxy *g, long i, struct bc_random *r, bc_sample *s)
{
    *s = (bc_sample){ .x = (double)NAN, .y = (double)NAN };
    snprintf(s->id, sizeof s->id, "mock%06ld", i + 1);
    s->ra = between(r, 0.0, 360.0);
    s->dec = asin(between(r, -0.9, 0.9)) * 180.0 / PI;
    s->split = i % 5 == 4 ? BC_TEST : i % 5 == 3 ? BC_VALIDATE : BC_TRAIN;
    snprintf(s->source, sizeof s->source, "simulated: r=%.2f bulge=%.2f young=%.2f inclination=%.0f scale=%.1f "
             "arms=%.0f dust=%.2f", g->magnitude, g->bulge, g->young, g->inclination * 180.0 / PI, g->scale, g->arms,
             g->dust);
}

bc_status
bc_mock_galaxy(const bc_mock_options *o, long i, float *pixels, double *sigma, bc_sample *sample_p)
{
    struct bc_random r;
    struct galaxy    g;
    struct canvas    c = { 0 };
    double           wavelength, width, noise, widest = 0.0;
    int              a, b;
    bc_status        st = BC_OK;

    if (o->nband < 1 || o->bands == NULL || o->size < 16 || o->size > 4096
        || !(o->arcsec > 0.0 && o->arcsec <= 3600.0))
        return bc_fail(BC_BAD_ARG, "a band or more, 16 to 4096 pixels and a pixel scale up to a degree are needed");
    if (i < 0)
        return bc_fail(BC_BAD_ARG, "there is no galaxy %ld", i);
    if (!(fabs(o->brightest) <= 1000.0 && fabs(o->faintest) <= 1000.0 && o->brightest <= o->faintest))
        return bc_fail(BC_BAD_ARG, "there are no magnitudes from %g to %g", o->brightest, o->faintest);
    for (b = 0; st == BC_OK && b < o->nband; b++) {
        if (o->bands[b] == NULL)
            return bc_need_text(NULL, "the name of a band");
        st = read_band(o, b, &wavelength, &width, &noise);
        for (a = 0; st == BC_OK && a < b; a++)
            if (bc_band_same(o->bands[a], o->bands[b]))
                st = bc_fail(BC_BAD_ARG, "bands: %s and %s are one band", o->bands[a], o->bands[b]);
        widest = fmax(widest, width);
    }
    if (st == BC_OK)
        st = open_canvas(&c, o->size, widest);
    if (st != BC_OK)
        return st;
    bc_random_seed(&r, o->seed * 0x9e3779b97f4a7c15u + (uint64_t)i);    /* each galaxy from its own number */
    draw(&r, o, &g);
    describe(&g, i, &r, sample_p);
    paint(&g, &r, &c);
    for (b = 0; st == BC_OK && b < o->nband; b++) {
        st = read_band(o, b, &wavelength, &width, &noise);
        expose(&g, &c, wavelength);
        blur(&c, width);
        develop(&c, &g, noise, &r, o->size, pixels + (size_t)b * o->size * o->size, &sigma[b]);
    }
    free(c.map);
    return st;
}
