#!/bin/sh
# metrics.sh -- MAE, MSE, PSNR and SSIM of random and real images are those of numpy and scikit-image.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" - "${srcdir-.}/../../shared/data" << 'EOF'
import glob, os, subprocess, sys, tempfile
import numpy as np
from astropy.io import fits
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

def pairs(data):
    """Names, two images and the data range: random ones always, real ones where there are any."""
    random = np.random.default_rng(1)
    for ny, nx in (11, 11), (12, 40), (128, 128), (101, 75):
        truth = random.random((ny, nx))
        yield f'random {nx}x{ny}', truth, truth + 0.1 * random.standard_normal((ny, nx)), 1.0
    for a, b in ('DES_g', 'DES_r'), ('SDSS_r', 'SDSS_i'):
        files = [f'{data}/sdss_ps1_des_same_galaxy/{x}.fits' for x in (a, b)]
        if all(map(os.path.exists, files)):
            x, y = (fits.getdata(f).astype('f4') for f in files)
            yield f'{a} and {b}', x, y, float(x.max() - x.min())
    for name in sorted(glob.glob(f'{data}/decals_grz_fits/dr3_example_a.fits')):
        cube = fits.getdata(name)
        stretched = [np.clip(np.arcsinh(c / 0.01) / np.arcsinh(c.max() / 0.01), 0, 1) for c in cube]
        yield os.path.basename(name) + ' g and r, asinh', stretched[0], stretched[1], 1.0

worst = 0.0
with tempfile.TemporaryDirectory() as folder:
    for name, x, y, span in pairs(sys.argv[1]):
        x, y = x.astype('<f4'), y.astype('<f4')
        x.tofile(f'{folder}/x')
        y.tofile(f'{folder}/y')
        out = subprocess.run(['./print_metrics', f'{folder}/x', f'{folder}/y', *map(repr, x.shape[::-1]), repr(span)],
                             capture_output=True, text=True, check=True).stdout
        mae, mse, ssim = map(float, out.split())
        x, y = x.astype('f8'), y.astype('f8')
        want = (np.mean(abs(x - y)), peak_signal_noise_ratio(x, y, data_range=span),
                structural_similarity(x, y, data_range=span, gaussian_weights=True, sigma=1.5,
                                      use_sample_covariance=False))
        got = mae, 10 * np.log10(span**2 / mse), ssim
        errors = [abs(g - w) for g, w in zip(got, want)]
        worst = max(worst, errors[0] / want[0], *errors[1:])
        print(f'{name}: MAE {want[0]:.6g}  PSNR {want[1]:.4f}  SSIM {want[2]:.6f}  '
              'differences ' + ' '.join(f'{e:.1e}' for e in errors))
print(f'largest difference {worst:.1e}, 1e-6 is allowed')
sys.exit(not worst < 1e-6)
EOF
