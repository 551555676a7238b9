/* test_metrics.c -- MAE, MSE and SSIM of images with and without missing pixels.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "bandcast.h"
#include "check.h"

enum { NX = 24, NY = 20, N = NX * NY };

/* The same numbers from scikit-image are in metrics.sh. */
int
main(void)
{
    static float a[N], b[N];
    const float  x[5] = { 1, 2, NAN, 4, INFINITY }, y[5] = { 2, 0, 5, NAN, 1 };
    double       whole;
    int          i;

    check_near("mae", bc_mae(x, y, 2), 1.5, 1e-15);
    check_near("mse", bc_mse(x, y, 2), 2.5, 1e-15);
    check_near("mae with gaps", bc_mae(x, y, 5), 1.5, 1e-15);
    check_near("mse with gaps", bc_mse(x, y, 5), 2.5, 1e-15);
    CHECK(isnan(bc_mae(x + 2, y + 2, 3)));
    CHECK(isnan(bc_mse(x + 2, y + 2, 3)));
    CHECK(isnan(bc_mae(x, y, 0)));

    for (i = 0; i < N; i++) {
        a[i] = expf(-hypotf(i % NX - 12.0f, i / NX - 9.0f) / 4.0f);
        b[i] = a[i] * a[i] + 0.01f * (float)(i % 7);
    }
    whole = bc_ssim(a, b, NX, NY, 1.0);
    CHECK(whole > 0.5 && whole < 0.99);
    check_near("itself", bc_ssim(a, a, NX, NY, 1.0), 1.0, 1e-14);
    check_near("symmetric", bc_ssim(b, a, NX, NY, 1.0), whole, 1e-14);
    /* An infinite pixel in the last row leaves what the image without the last row gives. */
    for (i = N - NX; i < N; i++)
        b[i] = INFINITY;
    check_near("an infinite row", bc_ssim(a, b, NX, NY, 1.0), bc_ssim(a, b, NX, NY - 1, 1.0), 1e-14);
    CHECK(isnan(bc_ssim(a, b, 10, NY, 1.0)));
    CHECK(isnan(bc_ssim(a, b, NX, 10, 1.0)));
    return check_end();
}
