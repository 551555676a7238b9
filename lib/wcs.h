/* wcs.h -- pixels to sky and back; wcs.c alone sees WCSLIB.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_WCS_H
#define BC_WCS_H

#include "header.h"

struct bc_wcs;

/* The celestial coordinates that HEADER describes.  *wcs_p = NULL, and BC_OK, if it describes none; a description
 * that cannot be used gives NULL too and the reason in WHY (size bytes), else "". */
bc_status bc_wcs_open(const struct bc_header *header, struct bc_wcs **wcs_p, char *why, size_t size);
void      bc_wcs_close(struct bc_wcs *wcs);

/* 1-based pixel to degrees and back. */
bc_status bc_wcs_to_sky(struct bc_wcs *wcs, double x, double y, double *lon_p, double *lat_p);
bc_status bc_wcs_from_sky(struct bc_wcs *wcs, double lon, double lat, double *x_p, double *y_p);

/* Side of the pixel at (x, y), as the root of its area, arcsec; NaN if it has none. */
double bc_wcs_scale(struct bc_wcs *wcs, double x, double y);

/* Angle between two directions, arcsec. */
double bc_sky_distance(double lon1, double lat1, double lon2, double lat2);

/* Frames are told apart by this: RADESYS or what replaces it, and the axes' names; for an error's sentence too. */
const char *bc_wcs_frame(const struct bc_wcs *wcs);

#endif
