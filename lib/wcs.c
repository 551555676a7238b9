/* wcs.c -- pixels to sky and back, through WCSLIB; the only file that sees it.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "wcs.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wcslib/wcs.h>
#include <wcslib/wcserr.h>
#include <wcslib/wcsfix.h>
#include <wcslib/wcshdr.h>

#include "status.h"

static const double DEGREE = 3.14159265358979323846 / 180.0;

struct bc_wcs {
    struct wcsprm *all;         /* every description of the header; the first celestial one is used */
    int            nall;
    struct wcsprm *w;
    char           frame[96];
};

/* WCSLIB's header parser is not thread-safe. */
static pthread_mutex_t parser = PTHREAD_MUTEX_INITIALIZER;

void
bc_wcs_close(struct bc_wcs *wcs)
{
    if (wcs == NULL)
        return;
    wcsvfree(&wcs->nall, &wcs->all);
    free(wcs);
}

/* The cards as one string, as the parser wants them. */
static char *
join(const struct bc_header *h)
{
    char *text = malloc((size_t)h->n * BC_CARD + 1);
    int   i;

    for (i = 0; text != NULL && i < h->n; i++)
        memcpy(text + (size_t)i * BC_CARD, h->card[i], BC_CARD);
    return text;
}

/* The first description with two celestial axes that can be set up; WHY keeps what hinders. */
static struct wcsprm *
choose(struct bc_wcs *wcs, char *why, size_t size)
{
    int i;

    for (i = 0; i < wcs->nall; i++) {
        struct wcsprm *w = &wcs->all[i];
        int            fixed[NWCSFIX];

        wcsfix(7, NULL, w, fixed);      /* old units, dates and projections; its own complaints do not matter */
        if (wcsset(w) != 0)
            snprintf(why, size, "%s", w->err != NULL ? w->err->msg : "it cannot be set up");
        else if (w->lng >= 0 && w->lat >= 0)
            return w;
    }
    return NULL;
}

bc_status
bc_wcs_open(const struct bc_header *header, struct bc_wcs **wcs_p, char *why, size_t size)
{
    struct bc_wcs *wcs = calloc(1, sizeof *wcs);
    char          *cards = join(header);
    int            nreject, status;

    *why = '\0';
    if (wcs == NULL || cards == NULL) {
        free(wcs);
        free(cards);
        return bc_fail_memory((size_t)header->n * BC_CARD, "sky coordinates");
    }
    pthread_mutex_lock(&parser);
    wcserr_enable(1);
    status = wcspih(cards, header->n, WCSHDR_all, 0, &nreject, &wcs->nall, &wcs->all);
    pthread_mutex_unlock(&parser);
    free(cards);
    if (status == 0)
        wcs->w = choose(wcs, why, size);
    if (wcs->w == NULL) {
        bc_wcs_close(wcs);
        *wcs_p = NULL;
        return BC_OK;
    }
    snprintf(wcs->frame, sizeof wcs->frame, "%.4s/%.4s %s", wcs->w->ctype[wcs->w->lng], wcs->w->ctype[wcs->w->lat],
             wcs->w->radesys);
    *wcs_p = wcs;
    return BC_OK;
}

const char *
bc_wcs_frame(const struct bc_wcs *wcs)
{
    return wcs->frame;
}

bc_status
bc_wcs_to_sky(struct bc_wcs *wcs, double x, double y, double *lon_p, double *lat_p)
{
    struct wcsprm *w = wcs->w;
    double         pixel[9], image[9], world[9], phi, theta;
    int            i, bad;

    if (w->naxis > 9)
        return bc_fail(BC_UNSUPPORTED, "sky coordinates of %d axes", w->naxis);
    for (i = 0; i < w->naxis; i++)
        pixel[i] = i == 0 ? x : i == 1 ? y : w->crpix[i];
    if (wcsp2s(w, 1, w->naxis, pixel, image, &phi, &theta, world, &bad) != 0)
        return bc_fail(BC_BAD_ARG, "pixel (%.1f, %.1f) is not on the sky", x, y);
    *lon_p = world[w->lng];
    *lat_p = world[w->lat];
    return BC_OK;
}

bc_status
bc_wcs_from_sky(struct bc_wcs *wcs, double lon, double lat, double *x_p, double *y_p)
{
    struct wcsprm *w = wcs->w;
    double         pixel[9], image[9], world[9], phi, theta;
    int            i, bad;

    if (w->naxis > 9)
        return bc_fail(BC_UNSUPPORTED, "sky coordinates of %d axes", w->naxis);
    for (i = 0; i < w->naxis; i++)
        world[i] = w->crval[i];
    world[w->lng] = lon;
    world[w->lat] = lat;
    if (wcss2p(w, 1, w->naxis, world, &phi, &theta, image, pixel, &bad) != 0)
        return bc_fail(BC_BAD_ARG, "(%.6f, %.6f) is not on the image's projection", lon, lat);
    *x_p = pixel[0];
    *y_p = pixel[1];
    return BC_OK;
}

/* Half-angle form: exact for small angles, where the cosine is not. */
double
bc_sky_distance(double lon1, double lat1, double lon2, double lat2)
{
    double a = sin(0.5 * DEGREE * (lat2 - lat1)), b = sin(0.5 * DEGREE * (lon2 - lon1));

    return 2.0 * asin(fmin(1.0, sqrt(a * a + cos(DEGREE * lat1) * cos(DEGREE * lat2) * b * b))) / DEGREE * 3600.0;
}

double
bc_wcs_scale(struct bc_wcs *wcs, double x, double y)
{
    double lon[3], lat[3], ax, ay, bx, by, shrink;
    int    i;

    for (i = 0; i < 3; i++)     /* the pixel, its right and its upper neighbour's centres */
        if (bc_wcs_to_sky(wcs, x + (i == 1), y + (i == 2), &lon[i], &lat[i]) != BC_OK)
            return (double)NAN;
    shrink = cos(DEGREE * lat[0]);
    ax = remainder(lon[1] - lon[0], 360.0) * shrink;
    bx = remainder(lon[2] - lon[0], 360.0) * shrink;
    ay = lat[1] - lat[0];
    by = lat[2] - lat[0];
    return 3600.0 * sqrt(fabs(ax * by - ay * bx));
}
