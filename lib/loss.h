/* loss.h -- what a step minimises: the loss of Zaazou et al. (2025), and what the local generator adds to it.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_LOSS_H
#define BC_LOSS_H

/* The mean over the bands of L1 + lambda (1 - SSIM) + flux * F + scale * S, in network units, data range 1.
 * A pixel without a truth (NaN) counts in none of them, nor does a window that holds one.
 *
 * F compares fluxes summed in windows of BC_LOSS_BOX pixels a side, that L1 of pixels may leave too faint or too
 * bright:  v = asinh(sum of sinh(range u) / BC_LOSS_BOX) / range, the stretch again, for the sum's noise;
 * F = mean |v - v of truth| over the windows whose true sum is beyond the stretch's linear part: the sky's sums are
 * noise, and there are many.
 * S is for networks that say how wrong they are: the negative logarithm of Laplace's distribution,
 *   mean |y - truth| exp(-s) + s, of a channel s behind the bands.  Its gradient reaches s alone, so that it does
 * not decide what is predicted. */
struct bc_loss {
    double lambda;
    double flux, range;     /* range: as in struct bc_stretch */
    double scale;           /* 0: no such channels */
};

enum { BC_LOSS_BOX = 9 };   /* at usual samplings an aperture of 3 arcsec */

/* Channels that are bands, of NOUT. */
static inline int
bc_loss_bands(const struct bc_loss *o, int nout)
{
    return o->scale > 0.0 ? nout / 2 : nout;
}

/* Of one band (h, w): y against the truth; s its channel of scales, NULL if there is none.  dy, ds = the gradients,
 * NULL if not wanted.  NaN if lambda > 0 and no window of SSIM is left, or out of memory. */
double bc_loss(const struct bc_loss *o, const double *truth, const double *y, const double *s, int h, int w,
               double *dy, double *ds);
/* Its terms F and S alone; adds to dy and ds. */
double bc_loss_rest(const struct bc_loss *o, const double *truth, const double *y, const double *s, int h, int w,
                    double *dy, double *ds);

#endif
