/* wcs.c -- pixels to sky and back, through WCSLIB; the only file that sees it.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "wcs.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wcslib/wcs.h>
#include <wcslib/wcsfix.h>
#include <wcslib/wcshdr.h>
#include <wcslib/wcsmath.h>

enum { COEFFICIENTS = 40 };             /* of TPV's polynomials: PVi_0 to PVi_39 */

static const double DEGREE = 3.14159265358979323846 / 180.0;

struct bc_wcs {
    struct wcsprm *all; /* every description of the header; the first celestial one is used */
    int            nall;
    struct wcsprm *w;
    char           frame[60];
};

/* WCSLIB's header parser keeps its state in variables of the process. */
static pthread_mutex_t parser = PTHREAD_MUTEX_INITIALIZER;

void
bc_wcs_close(struct bc_wcs *wcs)
{
    if (wcs == NULL)
        return;
    wcsvfree(&wcs->nall, &wcs->all);
    free(wcs);
}

/* ICRS and FK5 of J2000 are one frame here: they differ by 0.02 arcsec. */
static void
name_frame(struct bc_wcs *wcs)
{
    const struct wcsprm *w = wcs->w;
    double               equinox = w->equinox;
    int                  icrs = strncmp(w->radesys, "ICRS", 4) == 0, fk4 = strncmp(w->radesys, "FK4", 3) == 0;

    if (strncmp(w->lngtyp, "RA", 2) != 0) {
        snprintf(wcs->frame, sizeof wcs->frame, "%s",
                 strncmp(w->lngtyp, "GLON", 4) == 0   ? "galactic"
                 : strncmp(w->lngtyp, "ELON", 4) == 0 ? "ecliptic"
                                                      : w->lngtyp);
        return;
    }
    if (undefined(equinox) || icrs)
        equinox = fk4 ? 1950.0 : 2000.0;
    fk4 = fk4 || (*w->radesys == '\0' && equinox < 1984.0);
    snprintf(wcs->frame, sizeof wcs->frame, "equatorial %c%g%s", fk4 ? 'B' : 'J', equinox,
             strncmp(w->radesys, "FK4-NO-E", 8) == 0 ? " without E-terms" : "");
}

/* PCi_j times CDELTi, or CDi_j where there is no PCi_j.  WCSLIB finds a singular one, too, but
 * leaks memory then, as it does with the sentences of wcserr. */
static int
is_singular(const struct wcsprm *w)
{
    const double *m = (w->altlin & 2) != 0 && (w->altlin & 1) == 0 ? w->cd : w->pc;
    double        scale = m == w->pc ? w->cdelt[0] * w->cdelt[1] : 1.0;

    return !(fabs((m[0] * m[3] - m[1] * m[2]) * scale) > 0.0);
}

/* The first description of two celestial axes that can be set up; WHY keeps what hinders. */
static struct wcsprm *
choose(struct bc_wcs *wcs, char *why, size_t size)
{
    int i, status;

    for (i = 0; i < wcs->nall; i++) {
        struct wcsprm *w = &wcs->all[i];

        if (w->naxis != 2)
            continue;
        unitfix(0, w);      /* old units, dates and projections; but not cdfix, which makes a */
        datfix(w);          /* matrix of zeros into one degree per pixel */
        celfix(w);
        status = is_singular(w) ? WCSERR_SINGULAR_MTX : wcsset(w);
        if (status != 0)
            snprintf(why, size, "%s", wcs_errmsg[status]);
        else if (w->lng >= 0 && w->lat >= 0)
            return w;
    }
    return NULL;
}

/* Are the PVi_m those of a polynomial?  Those of a projection have no m above 4; their PV1_1 is an angle, that of a
 * polynomial near 1. */
static int
is_polynomial(const struct bc_header *h)
{
    static const char *const above[] = { "PV1_5", "PV1_6", "PV1_7", "PV2_5", "PV2_6", "PV2_7" };
    size_t                   i;

    for (i = 0; i < sizeof above / sizeof above[0]; i++)
        if (bc_header_find(h, above[i]) >= 0)
            return 1;
    return fabs(bc_header_number(h, "PV1_1") - 1.0) < 0.5 || fabs(bc_header_number(h, "PV2_1") - 1.0) < 0.5;
}

/* SCAMP writes TPV's polynomials beside the name TAN, which has none: WCSLIB would refuse that.  PTF has SIP's beside
 * them, which say the same: those count. */
static bc_status
name_tpv(struct bc_header *h)
{
    static const char *const ctypes[] = { "CTYPE1", "CTYPE2" };
    const int                sip = bc_header_find(h, "A_ORDER") >= 0;
    char                     ctype[2][20], key[16];
    int                      i;
    bc_status                st = BC_OK;

    if (!is_polynomial(h))
        return BC_OK;
    for (i = 0; i < 2; i++)
        if (!bc_header_text(h, ctypes[i], ctype[i], sizeof ctype[i]) || strlen(ctype[i]) < 8
            || (strcmp(ctype[i] + 4, "-TAN") != 0 && strcmp(ctype[i] + 4, "-TAN-SIP") != 0))
            return BC_OK;
    for (i = 0; sip && i < 2 * COEFFICIENTS; i++) {
        snprintf(key, sizeof key, "PV%d_%d", i % 2 + 1, i / 2);
        bc_header_delete(h, key);
    }
    for (i = 0; !sip && i < 2 && st == BC_OK; i++) {
        strcpy(ctype[i] + 4, "-TPV");
        st = bc_header_set_text(h, ctypes[i], ctype[i], NULL);
    }
    return st;
}

/* Only the two axes of an image, in legal cards: a broken third axis of a cube does no harm. */
static char *
join_cards(const struct bc_header *header, int *n_p)
{
    struct bc_header h = { NULL, 0, 0 };
    char            *text = NULL;
    int              i;

    if (bc_header_derive(header, BC_SAME_PIXELS, &h) == BC_OK && name_tpv(&h) == BC_OK)
        text = malloc((size_t)h.n * BC_CARD + 1);
    for (i = 0; text != NULL && i < h.n; i++)
        memcpy(text + (size_t)i * BC_CARD, h.card[i], BC_CARD);
    *n_p = h.n;
    bc_header_free(&h);
    return text;
}

bc_status
bc_wcs_open(const struct bc_header *header, struct bc_wcs **wcs_p, char *why, size_t size)
{
    struct bc_wcs *wcs = calloc(1, sizeof *wcs);
    int            n, nreject, status;
    char          *cards = join_cards(header, &n);

    *why = '\0';
    *wcs_p = NULL;
    if (wcs == NULL || cards == NULL) {
        free(wcs);
        free(cards);
        return bc_fail_memory((size_t)header->n * BC_CARD, "sky coordinates");
    }
    pthread_mutex_lock(&parser);
    status = wcspih(cards, n, WCSHDR_all, 0, &nreject, &wcs->nall, &wcs->all);
    pthread_mutex_unlock(&parser);
    free(cards);
    if (status == 0)
        wcs->w = choose(wcs, why, size);
    else
        snprintf(why, size, "%s", wcshdr_errmsg[status]);
    if (wcs->w == NULL) {
        bc_wcs_close(wcs);
        return BC_OK;
    }
    name_frame(wcs);
    *wcs_p = wcs;
    return BC_OK;
}

const char *
bc_wcs_frame(const struct bc_wcs *wcs)
{
    return wcs->frame;
}

static int
to_sky(struct bc_wcs *wcs, double x, double y, double *lon_p, double *lat_p)
{
    struct wcsprm *w = wcs->w;
    double         pixel[2] = { x, y }, image[2], world[2], phi, theta;
    int            bad;

    if (wcsp2s(w, 1, 2, pixel, image, &phi, &theta, world, &bad) != 0
        || !isfinite(world[0] + world[1]))
        return 0;
    *lon_p = world[w->lng] - 360.0 * floor(world[w->lng] / 360.0);
    *lat_p = world[w->lat];
    return 1;
}

static int
from_sky(struct bc_wcs *wcs, double lon, double lat, double *x_p, double *y_p)
{
    struct wcsprm *w = wcs->w;
    double         pixel[2], image[2], world[2], phi, theta;
    int            bad;

    world[w->lng] = lon;
    world[w->lat] = lat;
    if (wcss2p(w, 1, 2, world, &phi, &theta, image, pixel, &bad) != 0
        || !isfinite(pixel[0] + pixel[1]))
        return 0;
    *x_p = pixel[0];
    *y_p = pixel[1];
    return 1;
}

bc_status
bc_wcs_to_sky(struct bc_wcs *wcs, double x, double y, double *lon_p, double *lat_p)
{
    return to_sky(wcs, x, y, lon_p, lat_p)
               ? BC_OK : bc_fail(BC_BAD_ARG, "pixel (%.1f, %.1f) is not on the sky", x, y);
}

bc_status
bc_wcs_from_sky(struct bc_wcs *wcs, double lon, double lat, double *x_p, double *y_p)
{
    return from_sky(wcs, lon, lat, x_p, y_p)
               ? BC_OK : bc_fail(BC_BAD_ARG, "sky position (%.6f, %.6f) is not on this projection",
                                 lon, lat);
}

/* ---- from one image to another --------------------------------------------------------------- */

/* Frames that are converted into each other, by way of J2000. */
enum sky { OTHER, J2000, B1950, GALACTIC };

/* Unit vectors of equatorial J2000 to galactic: The Hipparcos and Tycho Catalogues (1997), vol. 1,
 * eq. 1.5.11. */
static const double galactic[3][3] = {
    { -0.0548755604, -0.8734370902, -0.4838350155 },
    { +0.4941094279, -0.4448296300, +0.7469822445 },
    { -0.8676661490, -0.1980763734, +0.4559837762 }
};

/* FK4 without E-terms, at B1950, of what has no proper motion in it, to FK5: Murray (1989, A&A 218, 325), eq. 28. */
static const double fk5[3][3] = {
    { 0.9999256794956877, -0.0111814832204662, -0.0048590038153592 },
    { 0.0111814832391717, 0.9999374848933135, -0.0000271625947142 },
    { 0.0048590037723143, -0.0000271702937440, 0.9999881946023742 }
};

/* The part of aberration that comes of the Earth's orbit being no circle, and is in FK4's places: Explanatory
 * Supplement to the Astronomical Almanac (1992), section 3.591. */
static const double e_terms[3] = { -1.62557e-6, -0.31919e-6, -0.13843e-6 };

static enum sky
sky_of(const struct bc_wcs *wcs)
{
    static const char *const frames[] = { [J2000] = "equatorial J2000", [B1950] = "equatorial B1950",
                                          [GALACTIC] = "galactic" };
    enum sky                 sky;

    for (sky = J2000; sky <= GALACTIC; sky++)
        if (strcmp(wcs->frame, frames[sky]) == 0)
            return sky;
    return OTHER;
}

int
bc_wcs_comparable(const struct bc_wcs *a, const struct bc_wcs *b)
{
    return strcmp(a->frame, b->frame) == 0 || (sky_of(a) != OTHER && sky_of(b) != OTHER);
}

/* M, or its inverse, times V. */
static void
turn(const double m[3][3], int inverse, double v[3])
{
    const double u[3] = { v[0], v[1], v[2] };
    int          i, j;

    for (i = 0; i < 3; i++) {
        v[i] = 0.0;
        for (j = 0; j < 3; j++)
            v[i] += (inverse ? m[j][i] : m[i][j]) * u[j];
    }
}

/* Put the E-terms into the place V (SIGN 1), or take them out of it (-1): the part that is across the place with
 * them. */
static void
add_e_terms(int sign, double v[3])
{
    double u[3] = { v[0], v[1], v[2] }, along;
    int    i, k;

    for (k = 0; k < (sign > 0 ? 3 : 1); k++) {
        along = e_terms[0] * u[0] + e_terms[1] * u[1] + e_terms[2] * u[2];
        for (i = 0; i < 3; i++)
            u[i] = v[i] + sign * (e_terms[i] - along * u[i]);
    }
    memcpy(v, u, sizeof u);
}

static void
convert(enum sky from, enum sky to, double *lon, double *lat)
{
    double c = cos(DEGREE * *lat), v[3] = { c * cos(DEGREE * *lon), c * sin(DEGREE * *lon), sin(DEGREE * *lat) };

    if (from == to)
        return;
    if (from == B1950) {
        add_e_terms(-1, v);
        turn(fk5, 0, v);
    }
    if (from == GALACTIC)
        turn(galactic, 1, v);
    if (to == B1950) {
        turn(fk5, 1, v);
        add_e_terms(1, v);
    }
    if (to == GALACTIC)
        turn(galactic, 0, v);
    *lon = atan2(v[1], v[0]) / DEGREE;
    *lon += *lon < 0.0 ? 360.0 : 0.0;
    *lat = atan2(v[2], hypot(v[0], v[1])) / DEGREE;
}

static bc_status
know_frame(const struct bc_wcs *wcs)
{
    return sky_of(wcs) != OTHER ? BC_OK
           : bc_fail(BC_UNSUPPORTED, "its sky coordinates are %s, neither equatorial J2000 or B1950 nor galactic",
                     wcs->frame);
}

bc_status
bc_wcs_find(struct bc_wcs *wcs, int is_galactic, double lon, double lat, double *x_p, double *y_p)
{
    bc_status st = know_frame(wcs);

    if (st != BC_OK)
        return st;
    convert(is_galactic ? GALACTIC : J2000, sky_of(wcs), &lon, &lat);
    return bc_wcs_from_sky(wcs, lon, lat, x_p, y_p);
}

bc_status
bc_wcs_locate(struct bc_wcs *wcs, double x, double y, double *ra_p, double *dec_p)
{
    bc_status st = know_frame(wcs);

    if (st == BC_OK)
        st = bc_wcs_to_sky(wcs, x, y, ra_p, dec_p);
    if (st == BC_OK)
        convert(sky_of(wcs), J2000, ra_p, dec_p);
    return st;
}

int
bc_wcs_across(struct bc_wcs *from, struct bc_wcs *to, double x, double y, double *u_p, double *v_p)
{
    double lon, lat;

    if (!to_sky(from, x, y, &lon, &lat))
        return 0;
    convert(sky_of(from), sky_of(to), &lon, &lat);
    return from_sky(to, lon, lat, u_p, v_p);
}

/* Pixel (x, y) as a unit vector, so that small distances keep their digits; 0 if not on the sky. */
static int
direction(struct bc_wcs *wcs, double x, double y, double v[3])
{
    double lon, lat;

    if (!to_sky(wcs, x, y, &lon, &lat))
        return 0;
    v[0] = cos(DEGREE * lat) * cos(DEGREE * lon);
    v[1] = cos(DEGREE * lat) * sin(DEGREE * lon);
    v[2] = sin(DEGREE * lat);
    return 1;
}

double
bc_wcs_scale(struct bc_wcs *wcs, double x, double y)
{
    double v[4][3], a[3], b[3], c[3];
    int    i;

    if (!direction(wcs, x - 0.5, y, v[0]) || !direction(wcs, x + 0.5, y, v[1])
        || !direction(wcs, x, y - 0.5, v[2]) || !direction(wcs, x, y + 0.5, v[3]))
        return NAN;
    for (i = 0; i < 3; i++) {
        a[i] = v[1][i] - v[0][i];
        b[i] = v[3][i] - v[2][i];
    }
    for (i = 0; i < 3; i++)
        c[i] = a[(i + 1) % 3] * b[(i + 2) % 3] - a[(i + 2) % 3] * b[(i + 1) % 3];
    return 3600.0 / DEGREE * sqrt(sqrt(c[0] * c[0] + c[1] * c[1] + c[2] * c[2]));
}

double
bc_wcs_shift(struct bc_wcs *a, struct bc_wcs *b, long nx, long ny)
{
    enum { N = 8 };             /* a lattice of (N + 1)^2 points from corner to corner */
    double scale =
        DEGREE / 3600.0 * bc_wcs_scale(a, 0.5 * (double)(nx + 1), 0.5 * (double)(ny + 1));
    double largest = isfinite(scale) ? 0.0 : INFINITY;
    int    i, j;

    for (j = 0; j <= N; j++)
        for (i = 0; i <= N; i++) {
            double x = 0.5 + (double)nx * i / N, y = 0.5 + (double)ny * j / N, u[3], v[3], d;
            int    on_a = direction(a, x, y, u), on_b = direction(b, x, y, v);

            if (!on_a && !on_b)
                continue;
            if (!on_a || !on_b)
                return INFINITY;
            d = hypot(hypot(u[0] - v[0], u[1] - v[1]), u[2] - v[2]);
            largest = fmax(largest, 2.0 * asin(fmin(1.0, 0.5 * d)) / scale);
        }
    return largest;
}
