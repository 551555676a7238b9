#!/bin/sh
# metrics.sh -- MAE, MSE, PSNR and SSIM of random and real images are those of numpy and scikit-image, their Gini
# coefficients and distances those of photutils and scipy, and Gini and M20 of galaxies near those of statmorph.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" - "${srcdir-.}/../../shared/data" << 'EOF'
import glob, os, subprocess, sys, tempfile
import numpy as np
from astropy.io import fits
from scipy.ndimage import gaussian_filter, label
from scipy.stats import wasserstein_distance
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
try:
    from photutils.morphology import gini
except ImportError:
    print('no photutils: skipped')
    sys.exit(77)

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

def ssim_lcs(x, y, span):
    """Mean luminance, contrast and structure, multiplied."""
    def mean(z):
        return gaussian_filter(z, 1.5, truncate=3.5)[5:-5, 5:-5]
    mx, my, c1, c2 = mean(x), mean(y), (0.01 * span)**2, (0.03 * span)**2
    vx, vy, vxy = (np.maximum(mean(a * b) - ma * mb, 0) for a, b, ma, mb in ((x, x, mx, mx), (y, y, my, my),
                                                                              (x, y, mx, my)))
    return (np.mean((2 * mx * my + c1) / (mx**2 + my**2 + c1)) * np.mean((2 * np.sqrt(vx * vy) + c2) / (vx + vy + c2))
            * np.mean((vxy + c2 / 2) / (np.sqrt(vx * vy) + c2 / 2)))

def m20(x):
    """Lotz et al. (2004), equation 8, as a ratio; the pixel that reaches 20 % and its equals count."""
    v, u = np.indices(x.shape)
    r2 = (u - np.sum(x * u) / x.sum())**2 + (v - np.sum(x * v) / x.sum())**2
    rank = np.sort(x, axis=None)
    bright = x >= rank[np.cumsum(rank) >= 0.8 * x.sum()][0]
    return np.sum((x * r2)[bright]) / np.sum(x * r2)

# statmorph 0.7.2 on the middle SIDE x SIDE pixels, sky-subtracted, with our detection: elliptical Petrosian radius,
# Gini, M20.  Its ellipse is about the centre of least asymmetry, ours about the centroid.
STATMORPH = (
    ('sdss_ps1_des_same_galaxy/SDSS_g.fits', 160, 56.68, 0.5273, -1.651),
    ('sdss_ps1_des_same_galaxy/SDSS_r.fits', 160, 55.51, 0.5385, -1.594),
    ('sdss_ps1_des_same_galaxy/SDSS_i.fits', 160, 54.57, 0.5414, -1.570),
    ('sdss_ps1_des_same_galaxy/SDSS_z.fits', 160, 52.18, 0.5634, -1.556),
    ('sdss_ps1_des_same_galaxy/DES_g.fits', 160, 59.19, 0.5884, -2.348),
    ('sdss_ps1_des_same_galaxy/DES_r.fits', 160, 59.77, 0.5705, -2.050),
    ('decals_grz_fits/dr3_example_a.fits', 200, 66.74, 0.4997, -1.957),
    ('decals_grz_fits/dr3_example_b.fits', 200, 62.04, 0.4478, -1.044),
    ('decals_grz_fits/dr3_example_c.fits', 200, 51.46, 0.5186, -1.760))

def spread(folder, x):
    """Petrosian radius, number of pixels, Gini and M20 of the galaxy in the middle of x."""
    x = x - np.median(x)
    sigma = 1.4826 * np.median(abs(x[x < 0]))
    x.astype('<f4').tofile(f'{folder}/x')
    out = subprocess.run(['./print_metrics', f'{folder}/x', f'{folder}/x', *map(repr, x.shape[::-1]), '1',
                          repr(float(sigma))], capture_output=True, text=True, check=True).stdout
    return [float(word) for word in out.splitlines()[2].split()]

def compare_statmorph(folder, data):
    """The largest deviations, as parts of 7 % in radius, 0.015 in Gini, 0.07 in M20."""
    far = 0.0
    for name, side, *want in STATMORPH:
        if os.path.exists(f'{data}/{name}'):
            x = fits.getdata(f'{data}/{name}')
            x = (x[1] if x.ndim == 3 else x).astype('f4')
            y0, x0 = (x.shape[0] - side) // 2, (x.shape[1] - side) // 2
            radius, pixels, g, m = spread(folder, x[y0:y0 + side, x0:x0 + side])
            print(f'{name}: radius {radius:.2f}, statmorph {want[0]}; Gini {g:.4f}, {want[1]}; M20 {m:.3f}, {want[2]}')
            far = max(far, abs(radius / want[0] - 1) / 0.07, abs(g - want[1]) / 0.015, abs(m - want[2]) / 0.07)
    return far

def compare_map(folder):
    """The most pixels by which maps of a round galaxy with four knots differ from Lotz's definition by scipy: smoothed
    by a fifth of the Petrosian radius, not fainter than it is at that radius."""
    v, u = np.indices((121, 121)) - 60.0
    fine = np.add.outer(np.arange(121) - 60, np.arange(-0.4, 0.5, 0.2)).ravel()
    r, far = np.hypot(fine[:, None], fine), 0
    for knots in 0.1, 0.3, 1.0:
        x = np.exp(-np.hypot(u, v) / 8)
        for a, b in (35, 0), (-35, 0), (0, 35), (0, -35):
            x += knots * np.exp(-((u - a)**2 + (v - b)**2) / 8)
        radius, pixels, *_ = spread(folder, x)
        smooth = gaussian_filter(x - np.median(x), 0.2 * radius, mode='constant', truncate=4.0)
        ring = (abs(r - radius) < 0.5).reshape(121, 5, 121, 5).sum((1, 3))
        regions, _ = label(smooth >= (smooth * ring).sum() / ring.sum(), np.ones((3, 3)))
        far = max(far, abs(pixels - (regions == regions.flat[smooth.argmax()]).sum()))
    return far

worst = 0.0
with tempfile.TemporaryDirectory() as folder:
    for name, x, y, span in pairs(sys.argv[1]):
        x, y = x.astype('<f4'), y.astype('<f4')
        x.tofile(f'{folder}/x')
        y.tofile(f'{folder}/y')
        out = subprocess.run(['./print_metrics', f'{folder}/x', f'{folder}/y', *map(repr, x.shape[::-1]), repr(span)],
                             capture_output=True, text=True, check=True).stdout
        mae, mse, ssim, *light = map(float, out.split())
        x, y = x.astype('f8'), y.astype('f8')
        want = (np.mean(abs(x - y)), peak_signal_noise_ratio(x, y, data_range=span),
                structural_similarity(x, y, data_range=span, gaussian_weights=True, sigma=1.5,
                                      use_sample_covariance=False))
        got = mae, 10 * np.log10(span**2 / mse), ssim
        errors = [abs(g - w) for g, w in zip(got, want)]
        n = x.size
        spreads = (ssim_lcs(x, y, span), gini(abs(x).ravel()), gini(x.ravel()), m20(x),
                   wasserstein_distance(x.ravel(), y.ravel()[:n // 2]))
        errors += [abs(g / w - 1) for g, w in zip(light, spreads)]
        worst = max(worst, errors[0] / want[0], *errors[1:])
        print(f'{name}: MAE {want[0]:.6g}  PSNR {want[1]:.4f}  SSIM {want[2]:.6f}  '
              'differences ' + ' '.join(f'{e:.1e}' for e in errors))
    far = compare_statmorph(folder, sys.argv[1])
    apart = compare_map(folder)
print(f'largest difference {worst:.1e}, 1e-6 is allowed; {far:.2f} of what is allowed from statmorph, '
      f'{apart:g} pixels of a map')
sys.exit(not (worst < 1e-6 and far < 1.0 and apart <= 4))
EOF
