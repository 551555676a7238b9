/* wcs.h -- pixels to sky and back; wcs.c alone sees WCSLIB.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_WCS_H
#define BC_WCS_H

#include "header.h"

struct bc_wcs;

/* The celestial coordinates of HEADER's first two axes.  *wcs_p = NULL, and BC_OK, if there are
 * none that can be used; WHY (SIZE bytes) says why not, "" if the header does not mention any. */
bc_status   bc_wcs_open(const struct bc_header *header, struct bc_wcs **wcs_p, char *why,
                        size_t size);
void        bc_wcs_close(struct bc_wcs *wcs);

/* 1-based pixel to degrees, longitude in [0, 360), and back. */
bc_status   bc_wcs_to_sky(struct bc_wcs *wcs, double x, double y, double *lon_p, double *lat_p);
bc_status   bc_wcs_from_sky(struct bc_wcs *wcs, double lon, double lat, double *x_p, double *y_p);
/* The same of a place in equatorial J2000 coordinates, or galactic ones, if WCS's frame is one of these or B1950, and
 * back to equatorial J2000; BC_UNSUPPORTED: it is not. */
bc_status   bc_wcs_find(struct bc_wcs *wcs, int galactic, double lon, double lat, double *x_p, double *y_p);
bc_status   bc_wcs_locate(struct bc_wcs *wcs, double x, double y, double *ra_p, double *dec_p);

/* Side of the pixel at (x, y), as the root of its area, arcsec; NaN if it is not on the sky. */
double      bc_wcs_scale(struct bc_wcs *wcs, double x, double y);

/* Sky frame in words, "equatorial J2000"; degrees of different frames must not be compared. */
const char *bc_wcs_frame(const struct bc_wcs *wcs);

/* Pixel (x, y) of FROM, 1-based, in the pixels of TO; 0 if it is not on the sky of both.  Frames
 * that are not one must be comparable: equal, or of equatorial J2000, B1950 and galactic ones. */
int         bc_wcs_across(struct bc_wcs *from, struct bc_wcs *to, double x, double y, double *u_p,
                          double *v_p);
int         bc_wcs_comparable(const struct bc_wcs *a, const struct bc_wcs *b);

/* Largest distance on the sky, in pixels of A, between equal pixels of A and B in an image of NX x
 * NY; infinite where a pixel is on one sky only. */
double      bc_wcs_shift(struct bc_wcs *a, struct bc_wcs *b, long nx, long ny);

#endif
