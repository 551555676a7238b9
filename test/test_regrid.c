/* test_regrid.c -- shared areas against polygons that are cut, interpolation against functions, lattices
 * against exact positions.  regrid.py compares whole images with reproject and SWarp.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "bandcast.h"
#include "check.h"
#include "lattice.h"
#include "resample.h"

enum { NX = 11, NY = 9 };

static unsigned long long state = 1;

/* Uniform in [0, 1). */
static double
draw(void)
{
    state = state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(state >> 11) / 9007199254740992.0;
}

struct polygon {
    int    n;
    double x[12], y[12];
};

/* Sutherland and Hodgman: what is left of P where a * x + b * y <= c. */
static void
cut(struct polygon *p, double a, double b, double c)
{
    struct polygon q = { 0 };
    int            i;

    for (i = 0; i < p->n; i++) {
        int    k = (i + 1) % p->n;
        double di = a * p->x[i] + b * p->y[i] - c, dk = a * p->x[k] + b * p->y[k] - c;

        if (di <= 0.0) {
            q.x[q.n] = p->x[i];
            q.y[q.n++] = p->y[i];
        }
        if ((di < 0.0 && dk > 0.0) || (di > 0.0 && dk < 0.0)) {
            q.x[q.n] = p->x[i] + di / (di - dk) * (p->x[k] - p->x[i]);
            q.y[q.n++] = p->y[i] + di / (di - dk) * (p->y[k] - p->y[i]);
        }
    }
    *p = q;
}

static double
shared_area(const struct bc_quad *quad, long x, long y)
{
    struct polygon p = { .n = 4 };
    double         area = 0.0;
    int            i;

    memcpy(p.x, quad->u, sizeof quad->u);
    memcpy(p.y, quad->v, sizeof quad->v);
    cut(&p, -1.0, 0.0, -(double)x);
    cut(&p, 1.0, 0.0, (double)(x + 1));
    cut(&p, 0.0, -1.0, -(double)y);
    cut(&p, 0.0, 1.0, (double)(y + 1));
    for (i = 0; i < p.n; i++)
        area += 0.5 * (p.x[i] * p.y[(i + 1) % p.n] - p.x[(i + 1) % p.n] * p.y[i]);
    return fabs(area);
}

/* A parallelogram with a centre in the image, turned any way, flipped or not. */
static struct bc_quad
random_quad(double size)
{
    double         u = NX * draw(), v = NY * draw(), a = 6.2831853 * draw(), b = a + 0.5 + 2.0 * draw();
    double         sign = draw() < 0.5 ? -1.0 : 1.0, m = size * draw(), n = size * draw();
    struct bc_quad q;
    int            i;

    for (i = 0; i < 4; i++) {
        double s = i == 1 || i == 2 ? m : -m, t = i >= 2 ? n : -n;

        q.u[i] = u + s * cos(a) + sign * t * cos(b);
        q.v[i] = v + s * sin(a) + sign * t * sin(b);
    }
    return q;
}

/* One that is wider than the image, somewhat turned: in some rows its sides go from edge to edge. */
static struct bc_quad
wide_quad(void)
{
    double wide = 0.5 * NX + draw(), v = NY * draw(), high = 1.0 + 3.0 * draw(), tilt = 2.0 * draw() - 1.0;

    return (struct bc_quad){ { 0.5 * NX - wide, 0.5 * NX + wide, 0.5 * NX + wide, 0.5 * NX - wide },
                             { v - tilt, v + tilt, v + high + tilt, v + high - tilt } };
}

/* Random quadrilaterals, reaching outside or not, over random pixels of which some have no datum. */
static void
test_exact(void)
{
    float           pixels[NX * NY];
    unsigned char   flags[NX * NY], why;
    double          cover[NX + 2] = { 0.0 };
    struct bc_patch p = { pixels, flags, NX, NY, 0, NY };
    int             i, k, missing = 0;
    long            x, y;

    for (k = 0; k < 4000; k++) {
        struct bc_quad q = k % 8 == 7 ? wide_quad() : random_quad(k % 2 == 0 ? 0.8 : 5.0);
        double         sum = 0.0, good = 0.0, all = 0.0, area = fabs(bc_quad_area(&q));
        float          flux, mean;

        for (i = 0; i < NX * NY; i++) {
            pixels[i] = (float)draw();
            flags[i] = draw() < 0.2 ? BC_FLAGGED : 0;
        }
        for (y = 0; y < NY; y++)
            for (x = 0; x < NX; x++) {
                double part = shared_area(&q, x, y);

                all += part;
                good += flags[y * NX + x] == 0 ? part : 0.0;
                sum += flags[y * NX + x] == 0 ? part * pixels[y * NX + x] : 0.0;
            }
        flux = bc_resample_exact(&p, &q, 0, cover, &why);
        mean = bc_resample_exact(&p, &q, 1, cover, &why);
        missing += good < 0.5 * area;
        if (fabs(good - 0.5 * area) < 1e-9 * area || area < 1e-6)
            continue;
        CHECK(isnan(flux) == (good < 0.5 * area) && isnan(mean) == isnan(flux));
        CHECK((why != 0) == isnan(flux));
        CHECK(!isnan(flux) || ((why & BC_OUTSIDE) != 0) == (all < (1.0 - 1e-8) * area));
        if (isnan(flux))
            continue;
        check_near("flux", flux, sum * area / good, 1e-6);
        check_near("mean", mean, sum / good, 1e-6);
    }
    CHECK(missing > 50 && missing < 2000);
}

/* Where new pixels tile the plane nothing is lost and nothing is counted twice; a grid that agrees
 * gives the same bits, however bright the neighbours are. */
static void
test_tiling(void)
{
    enum { N = 40 };
    float           pixels[NX * NY];
    unsigned char   flags[NX * NY] = { 0 }, why;
    double          cover[NX + 2] = { 0.0 }, corner[N + 1][N + 1][2], all = 0.0, made = 0.0;
    struct bc_patch p = { pixels, flags, NX, NY, 0, NY };
    int             i, j;

    for (i = 0; i < NX * NY; i++) {
        int inside = i % NX > 1 && i % NX < NX - 2 && i / NX > 1 && i / NX < NY - 2;

        pixels[i] = inside ? (float)exp(30.0 * (draw() - 0.5)) : 0.0f;
        all += pixels[i];
    }
    for (j = 0; j <= N; j++)
        for (i = 0; i <= N; i++) {
            corner[j][i][0] = 0.5 * NX + 0.6 * (i - N / 2) + 0.3 * (j - N / 2) + 0.1 * sin(i + 0.3 * j);
            corner[j][i][1] = 0.5 * NY - 0.3 * (i - N / 2) + 0.7 * (j - N / 2) + 0.1 * cos(j);
        }
    for (j = 0; j < N; j++)
        for (i = 0; i < N; i++) {
            double (*low)[2] = &corner[j][i], (*high)[2] = &corner[j + 1][i];
            struct bc_quad q = { { low[0][0], low[1][0], high[1][0], high[0][0] },
                                 { low[0][1], low[1][1], high[1][1], high[0][1] } };
            float          flux = bc_resample_exact(&p, &q, 0, cover, &why);

            made += isnan(flux) ? 0.0 : flux;
        }
    check_near("sum", made / all, 1.0, 1e-7);
    for (j = 0; j < NY; j++)
        for (i = 0; i < NX; i++) {
            struct bc_quad q = { { i, i + 1, i + 1, i }, { j, j, j + 1, j + 1 } };

            CHECK(bc_resample_exact(&p, &q, 0, cover, &why) == pixels[j * NX + i]);
            CHECK(bc_resample_exact(&p, &q, 1, cover, &why) == pixels[j * NX + i]);
            CHECK(bc_resample_kernel(&p, &q, 0, BC_LANCZOS, 1, &why) == pixels[j * NX + i]);
            CHECK(bc_resample_kernel(&p, &q, 1, BC_BILINEAR, 1, &why) == pixels[j * NX + i]);
        }
}

/* A wave of 8 pixels, a constant, a plane; a bad pixel spoils nothing but what is nearest to it. */
static void
test_kernels(void)
{
    enum { SIDE = 40 };
    static float         wave[SIDE * SIDE], plane[SIDE * SIDE];
    static unsigned char flags[SIDE * SIDE];
    struct bc_patch      w = { wave, flags, SIDE, SIDE, 0, SIDE }, l = { plane, flags, SIDE, SIDE, 0, SIDE };
    unsigned char        why;
    double               worst = 0.0;
    int                  i, k;

    for (i = 0; i < SIDE * SIDE; i++) {
        wave[i] = (float)sin(6.2831853 * (i % SIDE + 0.5) / 8.0);
        plane[i] = (float)(i % SIDE + 0.5 + 2.0 * (i / SIDE + 0.5));
    }
    for (k = 0; k < 2000; k++) {
        double         u = 5.0 + 30.0 * draw(), v = 5.0 + 30.0 * draw();
        struct bc_quad q = { { u - 0.5, u + 0.5, u + 0.5, u - 0.5 }, { v - 0.5, v - 0.5, v + 0.5, v + 0.5 } };
        struct bc_quad d = { { u - 1.0, u + 1.0, u + 1.0, u - 1.0 }, { v - 1.0, v - 1.0, v + 1.0, v + 1.0 } };

        worst = fmax(worst, fabs(bc_resample_kernel(&w, &q, 0, BC_LANCZOS, 1, &why) - sin(6.2831853 * u / 8.0)));
        check_near("bilinear plane", bc_resample_kernel(&l, &q, 0, BC_BILINEAR, 1, &why), u + 2.0 * v, 1e-6);
        check_near("flux of a pixel of four", bc_resample_kernel(&l, &d, 0, BC_BILINEAR, 2, &why),
                   4.0 * (u + 2.0 * v), 1e-6);
        check_near("its brightness", bc_resample_kernel(&l, &d, 1, BC_BILINEAR, 2, &why), u + 2.0 * v, 1e-6);
    }
    CHECK(worst < 0.02);                /* Lanczos's own, with 3 pixels to each side */
    flags[20 * SIDE + 20] = BC_FLAGGED;
    wave[20 * SIDE + 20] = 1e30f;
    for (k = 0; k < 2000; k++) {
        double         u = 15.0 + 11.0 * draw(), v = 15.0 + 11.0 * draw();
        struct bc_quad q = { { u - 0.5, u + 0.5, u + 0.5, u - 0.5 }, { v - 0.5, v - 0.5, v + 0.5, v + 0.5 } };
        float          value = bc_resample_kernel(&w, &q, 0, BC_LANCZOS, 1, &why);
        double         part = fmax(0.0, 1.0 - fabs(u - 20.5)) * fmax(0.0, 1.0 - fabs(v - 20.5));

        CHECK(isnan(value) == (part > 0.5) && why == (part > 0.5 ? BC_FLAGGED : 0));
        CHECK(isnan(value) || fabs(value) < 1.5);
    }
}

/* Cards of a projection of 1 arcsec pixels at (10, 40), from KEY, VALUE pairs. */
static struct bc_wcs *
open_wcs(const char *projection, const char *const *more)
{
    struct bc_header h = { NULL, 0, 0 };
    struct bc_wcs   *wcs = NULL;
    char             text[32], why[200];

    snprintf(text, sizeof text, "RA---%s", projection);
    bc_header_set_text(&h, "CTYPE1", text, NULL);
    snprintf(text, sizeof text, "DEC--%s", projection);
    bc_header_set_text(&h, "CTYPE2", text, NULL);
    bc_header_set_number(&h, "CRPIX1", 150.0, NULL);
    bc_header_set_number(&h, "CRPIX2", 130.0, NULL);
    bc_header_set_number(&h, "CRVAL1", 10.0, NULL);
    bc_header_set_number(&h, "CRVAL2", 40.0, NULL);
    bc_header_set_number(&h, "CDELT1", -1.0 / 3600.0, NULL);
    bc_header_set_number(&h, "CDELT2", 1.0 / 3600.0, NULL);
    for (; more != NULL && *more != NULL; more += 2)
        bc_header_set(&h, more[0], more[1], NULL);
    CHECK(bc_wcs_open(&h, &wcs, why, sizeof why) == BC_OK && wcs != NULL);
    bc_header_free(&h);
    return wcs;
}

/* Corners that are interpolated lie where WCSLIB puts them, also where the projection is bent so that
 * cells must be halved, and where part of the image is not on the sky. */
static void
test_lattice(void)
{
    static const char *const bent[] = { "PV2_1", "1.0", "PV2_3", "6e5", NULL };         /* ZPN */
    static const char *const turned[] = { "CROTA2", "37.0", "CDELT1", "-0.0004", "CDELT2", "0.0004", NULL };
    static const char *const wide[] = { "CDELT1", "-0.5", "CDELT2", "0.5", NULL };      /* beyond the horizon */
    static const struct { const char *name[2]; const char *const *more[2]; } cases[] = {
        { { "TAN", "TAN" }, { NULL, NULL } },   { { "TAN", "SIN" }, { turned, NULL } },
        { { "ZPN", "TAN" }, { bent, NULL } },   { { "TAN", "ZPN" }, { NULL, bent } },
        { { "SIN", "CAR" }, { wide, wide } },
    };
    enum { SIDE_X = 300, SIDE_Y = 270, NU = 100 };
    double u[SIDE_X + 1], v[SIDE_X + 1], low, high;
    size_t k;
    long   x, y;

    for (k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        struct bc_wcs     *a = open_wcs(cases[k].name[0], cases[k].more[0]);
        struct bc_wcs     *b = open_wcs(cases[k].name[1], cases[k].more[1]);
        struct bc_lattice *l;
        double             worst = 0.0;
        long               off = 0, wrong = 0, missed = 0;

        CHECK(bc_lattice_open(a, b, SIDE_X, SIDE_Y, &l) == BC_OK);
        for (y = 0; y < SIDE_Y; y += 3) {
            CHECK(bc_lattice_band(l, y / BC_LATTICE_BAND) == BC_OK);
            bc_lattice_row(l, y, u, v);
            bc_lattice_reach(l, y, y + 1, NU, &low, &high);
            for (x = 0; x <= SIDE_X; x++) {
                double eu, ev;
                int    on = bc_wcs_across(a, b, (double)x + 0.5, (double)y + 0.5, &eu, &ev);

                missed += u[x] >= -BC_LATTICE_MARGIN && u[x] <= NU + BC_LATTICE_MARGIN
                          && !(v[x] >= low - BC_LATTICE_ERROR && v[x] <= high + BC_LATTICE_ERROR);
                off += !on;
                wrong += on == isnan(u[x]);
                if (on && !isnan(u[x]))
                    worst = fmax(worst, hypot(u[x] + 0.5 - eu, v[x] + 0.5 - ev));
            }
        }
        CHECK(missed == 0);
        if (wrong > 0 || !(worst < 2.0 * BC_LATTICE_ERROR)) {
            printf("%s to %s: off by %.2g pixels, %ld wrong\n", cases[k].name[0], cases[k].name[1], worst,
                   wrong);
            check_failures++;
        }
        CHECK((off > 1000) == (cases[k].more[0] == wide));
        bc_lattice_close(l);
        bc_wcs_close(a);
        bc_wcs_close(b);
    }
}

int
main(void)
{
    test_exact();
    test_tiling();
    test_kernels();
    test_lattice();
    return check_end();
}
