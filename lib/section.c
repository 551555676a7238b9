/* section.c -- what the header of an image section, "x.fits[11:60,21:80]", needs beyond what CFITSIO does: it moves
 * CRPIXj and scales CDELTj and the columns of CDi_j.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "section.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Pixel k of an axis, from 1 on, was pixel start + (k - 1) step. */
struct range { double start, step; };   /* start NaN: not known */

/* "11:60", "60:11", "*", "-*" or these with ":2" behind, of an axis that has N pixels now. */
static struct range
read_range(const char **at, long n)
{
    struct range r = { 1.0, 1.0 };
    char        *end = (char *)*at + strspn(*at, " ");
    int          back = *end == '-';
    long         last;

    if (end[back] == '*') {
        end += back + 1;
    } else {
        r.start = (double)strtol(end, &end, 10);
        last = *end == ':' ? strtol(end + 1, &end, 10) : (long)r.start;
        back = (double)last < r.start;
    }
    if (*end == ':')
        r.step = (double)strtol(end + 1, &end, 10);
    if (back && r.start == 1.0)
        r.start = r.step == 1.0 ? (double)n : (double)NAN;     /* how long the axis was nobody says */
    if (back)
        r.step = -r.step;
    *at = end + strspn(end, " ");
    *at += **at == ',';
    return r;
}

/* Of both axes; 0: NAME has no section. */
static int
read_section(const char *name, const long n[2], struct range range[2])
{
    const char *at = strrchr(name, '[');
    size_t      length;
    int         axis;

    if (at == NULL)
        return 0;
    length = strspn(++at, "0123456789*:-, ");
    if (at[length] != ']' || at[length + 1] != '\0' || strpbrk(at, ":*") == NULL)
        return 0;
    for (axis = 0; axis < 2; axis++) {
        range[axis] = read_range(&at, n[axis]);
        if (range[axis].step == 0.0)
            return 0;
    }
    return 1;
}

/* What card KEY is multiplied by; 1 for most.  PCi_j: column j belongs to pixels, CFITSIO has scaled CDELTi instead.
 * SIP's polynomials are of pixels and give pixels (Shupe et al. 2005). */
static double
factor_of(const char *key, const struct range r[2])
{
    int  i, j, n = 0;
    char axis;

    if ((sscanf(key, "PC%1d_%1d%n", &i, &j, &n) == 2 || sscanf(key, "PC%3d%3d%n", &i, &j, &n) == 2)
        && strlen(key) <= (size_t)n + 1 && (i == 1 || i == 2) && (j == 1 || j == 2))
        return r[j - 1].step / r[i - 1].step;
    if ((sscanf(key, "%c_%d_%d%n", &axis, &i, &j, &n) == 3 || sscanf(key, "%cP_%d_%d%n", &axis, &i, &j, &n) == 3)
        && key[n] == '\0' && (axis == 'A' || axis == 'B'))
        return pow(r[0].step, i) * pow(r[1].step, j) / r[axis == 'B'].step;
    return 1.0;
}

/* LTVi and LTMi_j keep DS9's physical coordinates those of the whole image. */
static bc_status
set_physical(struct bc_header *h, int axis, const struct range *r)
{
    const char *shift = axis == 0 ? "LTV1" : "LTV2", *scale = axis == 0 ? "LTM1_1" : "LTM2_2";
    double      ltv = bc_header_number(h, shift), ltm = bc_header_number(h, scale);
    bc_status   st = BC_OK;

    if (isnan(r->start)) {
        bc_header_delete(h, shift);
        bc_header_delete(h, scale);
        return BC_OK;
    }
    if (r->step != 1.0)
        st = bc_header_set_number(h, scale, (isnan(ltm) ? 1.0 : ltm) / r->step, NULL);
    if (st == BC_OK && (r->start != 1.0 || r->step != 1.0))
        st = bc_header_set_number(h, shift, ((isnan(ltv) ? 0.0 : ltv) - r->start) / r->step + 1.0,
                                  "this pixel's number minus the original's");
    return st;
}

/* Pixel k is at CNPIXi - 0.5 + k on a photographic plate, in its pixels (derive.c: PLATE). */
static bc_status
set_plate(struct bc_header *h, int axis, const struct range *r)
{
    const char *corner = axis == 0 ? "CNPIX1" : "CNPIX2", *pixel = axis == 0 ? "XPIXELSZ" : "YPIXELSZ";
    double      at = bc_header_number(h, corner), size = bc_header_number(h, pixel);
    bc_status   st = BC_OK;

    if (isnan(at) || isnan(size))
        return BC_OK;
    if (isnan(r->start)) {
        bc_header_drop_plate(h);
        return BC_OK;
    }
    st = bc_header_set_number(h, corner, (at - 0.5 + r->start - r->step) / r->step + 0.5, NULL);
    return st == BC_OK && r->step != 1.0 ? bc_header_set_number(h, pixel, size * r->step, NULL) : st;
}

bc_status
bc_header_section(struct bc_header *h, const char *name, long nx, long ny, int *steps_p)
{
    const long   n[2] = { nx, ny };
    struct range range[2];
    char         key[BC_KEY + 1];
    double       factor;
    int          i, axis;
    bc_status    st = BC_OK;

    *steps_p = 1;
    if (!read_section(name, n, range))
        return BC_OK;
    *steps_p = (int)fmin(fabs(range[0].step * range[1].step), 1e9);
    for (i = 0; i < h->n && st == BC_OK; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        factor = factor_of(key, range);
        if (factor != 1.0 && !isnan(bc_header_number(h, key)))
            st = bc_header_set_number(h, key, bc_header_number(h, key) * factor, NULL);
    }
    for (axis = 0; axis < 2 && st == BC_OK; axis++) {
        st = set_physical(h, axis, &range[axis]);
        if (st == BC_OK)
            st = set_plate(h, axis, &range[axis]);
    }
    if (*steps_p > 1)
        bc_header_drop_scale(h);
    return st;
}
