/* test_ssim.c -- SSIM against its definition written out pixel by pixel, its gradient by differences, and NaN.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "check.h"
#include "gradient.h"
#include "ssim.h"

enum { H = 17, W = 22, N = H * W };

/* Wang et al. (2004), equation 13, of the window whose corner is (y0, x0). */
static double
window_ssim(const double *a, const double *b, int w, int y0, int x0, double range)
{
    double sum = 0.0, ma = 0.0, mb = 0.0, aa = 0.0, bb = 0.0, ab = 0.0;
    double c1 = pow(0.01 * range, 2), c2 = pow(0.03 * range, 2);
    int    y, x;

    for (y = -5; y <= 5; y++)
        for (x = -5; x <= 5; x++)
            sum += exp(-(x * x + y * y) / (2 * 1.5 * 1.5));
    for (y = -5; y <= 5; y++)
        for (x = -5; x <= 5; x++) {
            int at = (y0 + 5 + y) * w + x0 + 5 + x;

            ma += exp(-(x * x + y * y) / (2 * 1.5 * 1.5)) / sum * a[at];
            mb += exp(-(x * x + y * y) / (2 * 1.5 * 1.5)) / sum * b[at];
        }
    for (y = -5; y <= 5; y++)
        for (x = -5; x <= 5; x++) {
            int    at = (y0 + 5 + y) * w + x0 + 5 + x;
            double weight = exp(-(x * x + y * y) / (2 * 1.5 * 1.5)) / sum;

            aa += weight * (a[at] - ma) * (a[at] - ma);
            bb += weight * (b[at] - mb) * (b[at] - mb);
            ab += weight * (a[at] - ma) * (b[at] - mb);
        }
    return (2 * ma * mb + c1) * (2 * ab + c2) / ((ma * ma + mb * mb + c1) * (aa + bb + c2));
}

/* Mean over the windows that hold no NaN. */
static double
mean_ssim(const double *a, const double *b, int h, int w, double range)
{
    double sum = 0.0;
    long   good = 0;
    int    y, x;

    for (y = 0; y + 11 <= h; y++)
        for (x = 0; x + 11 <= w; x++) {
            double s = window_ssim(a, b, w, y, x, range);

            if (!isnan(s)) {
                sum += s;
                good++;
            }
        }
    return sum / good;
}

struct ssim_case { double *truth, range; };

static double
ssim_of_image(void *arg, double *y, unsigned long *kink_p)
{
    struct ssim_case *c = arg;

    (void)kink_p;
    return bc_ssim_mean(c->truth, y, H, W, c->range, NULL);
}

int
main(void)
{
    struct bc_random r;
    struct ssim_case c = { .range = 1.0 };
    double          *y = new_vector(N), *dy = new_vector(N);
    int              i;

    bc_random_seed(&r, 20250103);
    c.truth = new_vector(N);
    for (i = 0; i < N; i++) {
        c.truth[i] = exp(-hypot(i % W - 9, i / W - 7) / 4) + 0.02 * bc_random_normal(&r);
        y[i] = 0.8 * c.truth[i] + 0.05 * bc_random_normal(&r);
    }
    check_near("range 1", bc_ssim_mean(c.truth, y, H, W, 1.0, dy), mean_ssim(c.truth, y, H, W, 1.0), 1e-12);
    check_gradient("ssim, range 1", ssim_of_image, &c, y, N, dy);
    c.range = 37.5;
    check_near("range 37.5", bc_ssim_mean(c.truth, y, H, W, 37.5, dy), mean_ssim(c.truth, y, H, W, 37.5), 1e-12);
    check_gradient("ssim, range 37.5", ssim_of_image, &c, y, N, dy);
    check_near("itself", bc_ssim_mean(y, y, H, W, 1.0, NULL), 1.0, 1e-14);

    /* A NaN in either image takes away the windows that touch it, and no others. */
    y[3 * W + 2] = (double)NAN;
    c.truth[14 * W + 1] = (double)NAN;
    check_near("with NaN", bc_ssim_mean(c.truth, y, H, W, 1.0, NULL), mean_ssim(c.truth, y, H, W, 1.0), 1e-12);
    y[8 * W + 10] = y[8 * W + 11] = (double)NAN;
    CHECK(isnan(bc_ssim_mean(c.truth, y, H, W, 1.0, NULL)));

    CHECK(isnan(bc_ssim_mean(c.truth, c.truth, 10, 12, 1.0, NULL)));
    CHECK(isnan(bc_ssim_mean(c.truth, c.truth, 12, 10, 1.0, NULL)));
    free(c.truth);
    free(y);
    free(dy);
    return check_end();
}
