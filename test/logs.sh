#!/bin/sh
# logs.sh -- the per-image logs of the authors of Zaazou et al. (2025) give the sums that the paper prints.
# SPDX-License-Identifier: BSD-3-Clause
logs=${srcdir-.}/../../shared/fixtures/training_logs
if test "$PYTHON3" = no || test ! -d "$logs"; then
    echo "no Python with scipy, or no logs in ../shared: skipped"
    exit 77
fi
exec "$PYTHON3" - "$logs" << 'END'
import subprocess, sys
import numpy as np
from astropy.table import Table
from scipy.stats import wasserstein_distance

# Recomputed once from the logs; in brackets in the paper's tables 2 to 4: SSIM, MAE, PSNR.
EXPECTED = {            # SSIM, MAE, PSNR of the mean MSE, mean PSNR, Gini W1, M20 W1
    'N_K_to_G_val_stats':         (0.98387, 0.00788, 35.305, 38.35, 0.002577, 0.001001),    # [0.984 0.0078 35.3]
    'N_K_to_R_val_stats':         (0.98562, 0.00876, 34.377, 38.20, 0.007801, 0.000944),    # [0.986 0.0086 34.3]
    'N_K_to_Z_val_stats':         (0.98859, 0.00663, 37.377, 41.77, 0.012396, 0.001526),    # [0.990 0.0066 37.4]
    'G_R_to_U_val_stats':         (0.99484, 0.00343, 40.318, 43.26, 0.003307, 0.001507),    # [0.99 0.0034 40.3]
    'G_R_to_NUV_val_stats':       (0.95566, 0.00891, 31.943, 34.45, 0.013418, 0.001547),    # [0.95 0.0089 32.3]
    'G_R_to_FUV_val_stats':       (0.91070, 0.01278, 28.439, 32.15, 0.023056, 0.002739),    # [0.91 0.0127 28.4]
    'G_Z_to_R_val_stats_DECaLS':  (0.85712, 0.02153, 30.527, 31.29, 0.011040, 0.001067)}    # [0.86 0.022 30.5]
DIGITS = 5, 5, 3, 2, 6, 6

worst = 0.0
good = True
for name, expected in EXPECTED.items():
    file = f'{sys.argv[1]}/{name}.csv'
    with open(file) as log:
        got = [float(x) for x in subprocess.run(['./print_logs'], stdin=log, capture_output=True, text=True,
                                                check=True).stdout.split()]
    log = Table.read(file)
    want = (log['SSIM'].mean(), log['mae'].mean(), -10 * np.log10(log['mse'].mean()),
            np.mean(-10 * np.log10(log['mse'])), wasserstein_distance(log['gini_orig'], log['gini_new']),
            wasserstein_distance(log['m20_orig'], log['m20_new']))
    worst = max(worst, *(abs(g / w - 1) for g, w in zip(got, want)))
    as_printed = all(abs(g - e) <= 0.51 * 10.0**-d for g, e, d in zip(got, expected, DIGITS))
    print(name, *(f'{x:.{d}f}' for x, d in zip(got, DIGITS)), '' if as_printed else f'expected {expected}')
    good = good and as_printed
print(f'largest relative difference from numpy and scipy {worst:.1e}, 1e-6 is allowed')
sys.exit(not (good and worst < 1e-6))
END
