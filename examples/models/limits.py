#!/usr/bin/python3
"""limits.py DATA_FOLDER MODEL [SPLIT] -- what noise, alignment, colours and so few galaxies leave to a kids_ model, for
README.md.

noise: REL_ERR of a prediction that is off by nothing but the sky noise of the target and of the inputs, these through
the log formula.  alignment: REL_ERR as it is, and with all predictions shifted by the median distance of their
centroids from the observed ones.  colours: what the galaxies' magnitudes in 3 arcsec say of the target's.  A Gaussian
process is fitted to the target's minus the last input's, over the colour of the inputs, the magnitude too, and their
growth from half of the aperture to nearly three of it, of galaxies above 10 sigma; its error on the training and
validation galaxies is found by leaving out a fifth of them in turn.  intervals: the share of pixels within SIGMA, as it
is and with the noise of the test area in SIGMA instead of that of the validation galaxies' area; then how far such
shares are from 68.27 % if half of the training and validation galaxies calibrate and the other half is tested; and the
share of all pixels of the test area, stars' too.
DATA_FOLDER is that of train_kids.sh, SPLIT validation or test; bandprep, bandeval and bandpredict are those of PATH.
SPDX-License-Identifier: BSD-3-Clause"""
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits
from scipy.linalg import cho_factor, cho_solve
from scipy.ndimage import shift
from scipy.optimize import minimize

if len(sys.argv) < 3:
    sys.exit('usage: limits.py DATA_FOLDER MODEL [SPLIT], MODEL a file')
FOLDER, MODEL = map(os.path.abspath, sys.argv[1:3])
SPLIT = (sys.argv[3:] or ['test'])[0]
CODE = {'validation': 1, 'test': 2}
BRIGHT = 10                             # sky noises
LIMITS = [1, 3, 10, 30, 100]            # of predicted fluxes, sky noises
RADII = np.array([1.5, 0.75, 2.5, 4.0]) / 0.339         # pixels; the first one's magnitudes are compared


class Stamps:
    """Of all galaxies, in MODEL's bands: the inputs, then the target."""

    def __init__(self):
        header = fits.getheader(MODEL)
        self.bands = [header[f'INBAND{i + 1}'] for i in range(header['NINPUT'])] + [header['OUTBAND']]
        files = [f'{FOLDER}/{band}.fits.fz' for band in self.bands]
        subprocess.run(['bandprep', ','.join(files), 'set.fits', 'bands=' + ','.join(self.bands), 'size=64',
                        f'catalog={FOLDER}/catalog.csv', 'split=x:1600,2000', 'verbose=0'], check=True)
        subprocess.run(['bandpredict', ','.join(files[:-1]), 'field.fits', MODEL, 'bands=' + ','.join(self.bands[:-1]),
                        'force=yes', 'verbose=0'], check=True)
        with fits.open('set.fits') as hdus:
            samples = hdus['SAMPLES'].data
            self.pixels = hdus['PIXELS'].data.astype(float)
            self.split, self.sigma = samples['SPLIT'], samples['SIGMA'].astype(float)
        self.chosen = np.flatnonzero(self.split == CODE[SPLIT])
        half = self.pixels.shape[-1] // 2
        cuts = [np.s_[y - half:y + half, x - half:x + half] for x, y in zip(
            np.rint(samples['X']).astype(int), np.rint(samples['Y']).astype(int))]
        with fits.open('field.fits') as field:
            self.field = [field[hdu].data.astype(float) for hdu in (0, 'SIGMA')]
        self.predicted, self.error = (np.array([x[cut] for cut in cuts]) for x in self.field)
        self.target = fits.open(files[-1])[-1].data.astype(float)


def spread(error):
    return np.median(error), 1.4826 * np.median(abs(error - np.median(error)))


# ---- noise and alignment ----------------------------------------------------------------------------------------

def rel_err(stamps, images):
    return np.median(np.concatenate([(abs(image - x[-1]) / x[-1])[x[-1] > BRIGHT * s[-1]] for image, x, s in zip(
        images, stamps.pixels[stamps.chosen], stamps.sigma[stamps.chosen])]))


def fit_log_formula(stamps):
    """log of the target = sum of powers x log of the inputs + a constant, the last one; as bandeval fits it."""
    x = stamps.pixels[stamps.split == 0].swapaxes(0, 1).reshape(len(stamps.bands), -1)
    sigma = np.repeat(stamps.sigma[stamps.split == 0].T, stamps.pixels[0, 0].size, axis=1)
    x = np.log(x[:, (x > BRIGHT * sigma).all(0)])
    a, kept = np.vstack([x[:-1], np.ones(x.shape[1])]).T, np.ones(x.shape[1], bool)
    for _ in range(2):
        fit = np.linalg.lstsq(a[kept], x[-1, kept], rcond=None)[0]
        error = x[-1] - a @ fit
        kept = abs(error) < 3 * error.std()
    return fit


def apply_formula(fit, inputs):
    with np.errstate(all='ignore'):
        return np.where((inputs > 0).all(0), np.exp(np.tensordot(fit[:-1], np.log(inputs), 1) + fit[-1]), 0)


def noise_alone(stamps, powers):
    """d log f = sum of powers x dx / x; 0.6745 sigma is the median of |x| of a normal distribution."""
    errors = []
    for x, s in zip(stamps.pixels[stamps.chosen], stamps.sigma[stamps.chosen]):
        x = x[:, (x[-1] > BRIGHT * s[-1]) & (x > 0).all(0)]
        errors.append(0.6745 * np.sqrt((([*powers, 1.0] * s)[:, None] ** 2 / x ** 2).sum(0)))
    return np.median(np.concatenate(errors))


def print_alignment(stamps):
    fit = fit_log_formula(stamps)
    print(f'noise alone: REL_ERR {noise_alone(stamps, fit[:-1]):.4f}')
    subprocess.run(['bandeval', 'set.fits', f'model={MODEL}', f'split={SPLIT}', 'table=t.csv', 'verbose=0'], check=True)
    with open('t.csv', newline='') as file:
        rows = {row['NAME']: row for row in csv.DictReader(file)}
    for name, images in (('model', stamps.predicted[stamps.chosen]),
                         ('log formula', [apply_formula(fit, x[:-1]) for x in stamps.pixels[stamps.chosen]])):
        dx, dy = (float(rows[name][f'{axis}_BIAS']) for axis in ('DX', 'DY'))
        moved = [shift(image, (-dy, -dx), order=3, mode='nearest') for image in images]
        print(f'{name}: REL_ERR {rel_err(stamps, images):.4f}, {rel_err(stamps, moved):.4f} when moved by '
              f'{-dx:+.3f}, {-dy:+.3f} pixel')


# ---- colours ----------------------------------------------------------------------------------------------------

def magnitudes(stamps):
    """(band, aperture, galaxy), and which galaxies are of the split; those too faint are left out."""
    y, x = np.indices(stamps.pixels.shape[-2:]) - (stamps.pixels.shape[-1] - 1) / 2
    masks = [np.hypot(x, y) <= radius for radius in RADII]
    flux = np.array([stamps.pixels[..., mask].sum(-1).T for mask in masks]).swapaxes(0, 1)
    bright = (flux[:, 0] > BRIGHT * stamps.sigma.T * np.sqrt(masks[0].sum())).all(0) & (flux > 0).all((0, 1))
    return -2.5 * np.log10(flux[..., bright]), stamps.split[bright]


def kernel(p, a, b):
    d = (a[:, None] - b[None]) / np.exp(p[2:])
    return np.exp(2 * p[0] - 0.5 * (d ** 2).sum(-1))


def covariance(p, x):
    return kernel(p, x, x) + (np.exp(2 * p[1]) + 1e-8) * np.eye(len(x))


def cost(p, x, y):
    """-log of the marginal likelihood (Rasmussen & Williams 2006, equation 2.30); a weak pull of all scales to 1."""
    factor = cho_factor(covariance(p, x), lower=True)
    return 0.5 * y @ cho_solve(factor, y) + np.log(np.diag(factor[0])).sum() + 0.02 * (p ** 2).sum()


def regress(x, y, new):
    mean, scale, p = y.mean(), y.std(), np.concatenate([[0.0, -1.0], np.ones(x.shape[1])])
    p = minimize(cost, p, (x, (y - mean) / scale), 'L-BFGS-B', bounds=[(-5, 5)] * len(p)).x
    return mean + scale * kernel(p, new, x) @ np.linalg.solve(covariance(p, x), (y - mean) / scale)


def print_colours(stamps):
    m, split = magnitudes(stamps)
    y, old, test = m[-1, 0] - m[-2, 0], split < 2, split == 2
    colours = [a - b for a, b in zip(m[:-2, 0], m[1:-1, 0])]
    growth = [m[b, k] - m[b, 0] for b in range(len(m) - 1) for k in (1, 2, 3)]
    fifth = np.random.default_rng(0).permutation(old.sum()) % 5
    for name, given in (('colours', colours), ('colours, magnitude', [*colours, m[-2, 0]]),
                        ('colours, magnitude, growth', [*colours, m[-2, 0], *growth])):
        x = np.array(given).T
        x = np.clip((x - np.median(x[old], 0)) / x[old].std(0), -4, 4)          # outliers set no scale
        turns = [regress(x[old][fifth != k], y[old][fifth != k], x[old][fifth == k]) - y[old][fifth == k]
                 for k in range(5)]
        left, new = spread(np.concatenate(turns)), spread(regress(x[old], y[old], x[test]) - y[test])
        print(f'{name}: scatter {left[1]:.3f} in turn ({old.sum()} galaxies); bias {new[0]:+.3f}, scatter {new[1]:.3f} '
              f'of the test split ({test.sum()})')


# ---- intervals --------------------------------------------------------------------------------------------------

def sky_noise(pixels):
    """As bandeval's: from the faint side, without what is more than 3 noises above the median."""
    left = pixels[np.isfinite(pixels)]
    while True:
        middle, low = np.percentile(left, (50, 15.87))
        kept = left[left < middle + 3 * (middle - low)]
        if len(kept) == len(left):
            return middle - low
        left = kept


def scatter_of_halves(ratio, galaxy, turns=40):
    """rms of share - 68.27 %, where the pixels of half of the galaxies say what 68.27 % of the others should have."""
    random, off = np.random.default_rng(0), []
    for _ in range(turns):
        half = np.isin(galaxy, random.permutation(galaxy.max() + 1)[::2])
        if half.any() and not half.all():
            off.append(np.mean(ratio[~half] <= np.quantile(ratio[half], 0.6827)) - 0.6827)
    return np.sqrt(np.mean(np.square(off))) if off else np.nan


def print_intervals(stamps):
    noise = stamps.sigma[0, -1]
    other, own = sky_noise(stamps.target[:, 1600:2000]), sky_noise(stamps.target[:, 2000:])
    with_own = np.sqrt(np.maximum(stamps.error ** 2 + own ** 2 - other ** 2, (0.1 * stamps.error) ** 2))
    off, group = abs(stamps.predicted - stamps.pixels[:, -1]), np.digitize(stamps.predicted / noise, LIMITS)
    flux, sigma, target = (x[:, 2000:] for x in (*stamps.field, stamps.target))
    whole_off, whole_group = abs(flux - target), np.where(np.isfinite(flux), np.digitize(flux / noise, LIMITS), -1)
    test, galaxy = (stamps.split == 2)[:, None, None], np.indices(off.shape)[0]
    print(f'intervals, noise of the test area / that of the validation galaxies\' {own / other:.2f}:')
    print('| from, sky noises | share | with own noise | half of the pixels are of | halves differ by | whole area |')
    for k, low in enumerate(['', *LIMITS]):
        here, old = (group == k) & test, (group == k) & ~test
        most = np.sort(here.sum((1, 2)))[::-1].cumsum()
        print('| %s | %.1f %% | %.1f %% | %d | %.1f %% | %.1f %% |' % (
            low, 100 * np.mean((off <= stamps.error)[here]), 100 * np.mean((off <= with_own)[here]),
            np.searchsorted(most, 0.5 * most[-1]) + 1,
            100 * scatter_of_halves((off / stamps.error)[old], galaxy[old]),
            100 * np.mean((whole_off <= sigma)[whole_group == k])))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        stamps = Stamps()
        print_alignment(stamps)
        print_colours(stamps)
        print_intervals(stamps)
        os.chdir('/')


main()
