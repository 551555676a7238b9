"""What bandeval's profiles must be, worked out with photutils, numpy and scipy; started by profiles.sh.

Real galaxies: one band stands for the truth, another for its prediction.
SPDX-License-Identifier: BSD-3-Clause
"""
import csv
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits
from PIL import Image
from scipy.ndimage import gaussian_filter, label
from scipy.optimize import brentq

from checks import check, report
from sky import sky_sigma

try:
    from astropy import units
    from photutils.aperture import EllipticalAnnulus, EllipticalAperture
    from photutils.segmentation import SegmentationImage, SourceCatalog
except ImportError:
    print('no photutils: skipped')
    sys.exit(77)

BANDEVAL, IMAGES, DATA = sys.argv[1:]
BRIGHT = 10.0


def compare(what, got, want, rtol=2e-5, atol=1e-7):
    """got: text of a table; want: numbers."""
    for name, value in want.items():
        x = np.array([float(line[name]) for line in got])
        scale = np.nanmax(np.abs(np.where(np.isfinite(value), value, 0)), initial=0)
        good = np.isclose(x, value, rtol=rtol, atol=max(atol, 1e-6 * scale), equal_nan=True)
        check(f'{what}: {name} is {x[~good][:3]}, expected {np.asarray(value)[~good][:3]}', good.all())


def evaluate(*args):
    return subprocess.run([BANDEVAL, *args, 'clobber=yes'], capture_output=True, text=True)


def read_csv(name):
    with open(name, newline='') as file:
        return list(csv.DictReader(file))


# ---- what must come out -----------------------------------------------------------------------------------------


def find_galaxy(truth, sigma):
    """Centre, axis ratio and angle of the source nearest to the middle, by its moments; where other sources are."""
    light = np.where(np.isfinite(truth), truth, 0).astype('f8')
    smooth = gaussian_filter(light, 1.5, mode='constant', truncate=4)
    regions, _ = label(smooth >= max(1.5 * sigma, 0.002 * smooth.max()), np.ones((3, 3)))
    y, x = np.indices(truth.shape)
    far = np.hypot(x - (truth.shape[1] - 1) / 2, y - (truth.shape[0] - 1) / 2)
    mine = regions == regions.flat[np.argmin(np.where(regions > 0, far, np.inf))]
    w = np.where(mine, light, 0)
    x0, y0 = np.sum(w * x) / w.sum(), np.sum(w * y) / w.sum()
    moments = np.array([[np.sum(w * a * b) / w.sum() for a in (x - x0, y - y0)] for b in (x - x0, y - y0)])
    (small, large), axes = np.linalg.eigh(moments + np.eye(2) / 12)
    angle = np.degrees(np.arctan2(axes[1, 1], axes[0, 1])) % 180
    return x0, y0, np.sqrt(small / large), angle, (regions > 0) & ~mine


def ring_weights(shape, centre, q, theta, inner, outer):
    """The part of every pixel between the ellipses, by photutils."""
    ring = (EllipticalAnnulus(centre, inner, outer, q * outer, theta=theta) if inner > 0
            else EllipticalAperture(centre, outer, q * outer, theta=theta))
    return ring.to_mask('exact').to_image(shape)


def mean_error(w, x):
    mean, n = np.sum(w * x) / w.sum(), w.sum()**2 / np.sum(w**2)
    return np.sqrt(np.sum(w * (x - mean)**2) / w.sum() / (n - 1)) if n >= 2 else np.nan


class Profile:
    """Of one pair, in the rings and about the centre of the table's lines."""

    def __init__(self, truth, image, shape, edges, others, sigma, zeropoint, arcsec):
        self.truth, self.image = (np.where(np.isfinite(truth + image) & ~others, x, np.nan).astype('f8')
                                  for x in (truth, image))
        self.good = np.isfinite(self.truth)
        self.x0, self.y0, self.q, self.theta = shape
        self.columns = {name: [] for name in (
            'AREA', 'I_TRUE', 'I', 'I_TRUE_ERR', 'I_ERR', 'MU_TRUE', 'MU', 'MU_DIFF', 'MU_DIFF_ERR', 'FLUX_TRUE',
            'FLUX')}
        flux = np.zeros(2)
        for inner, outer in edges:
            means, w = self.ring(inner, outer)
            x, y = self.truth[self.good], self.image[self.good]
            if w.sum() < 0.5 * np.pi * self.q * (outer**2 - inner**2):      # no more is known from here on
                means, x = means * np.nan, x * np.nan
                y = x
            flux += np.pi * self.q * (outer**2 - inner**2) * means
            with np.errstate(invalid='ignore', divide='ignore'):
                mu = np.where(means > 0, zeropoint - 2.5 * np.log10(means / arcsec**2), np.nan)
                bright = means[0] > max(0, BRIGHT * sigma / np.sqrt(w.sum()))
                difference = -2.5 * np.log10(means[1] / means[0]) if means[1] > 0 else np.inf
            row = (w.sum(), *means, mean_error(w, x), mean_error(w, y), *mu, difference if bright else np.nan,
                   2.5 / np.log(10) * mean_error(w, y - x) / means[0] if bright else np.nan, *flux)
            for name, value in zip(self.columns, row):
                self.columns[name].append(value)
        self.outer = edges[-1][1]
        self.lasting = flux[0] > BRIGHT * sigma * np.sqrt(np.pi * self.q) * self.outer

    def ring(self, inner, outer):
        w = ring_weights(self.truth.shape, (self.x0, self.y0), self.q, self.theta, inner, outer)[self.good]
        return np.array([np.sum(w * x[self.good]) / w.sum() for x in (self.truth, self.image)]), w

    def radius(self, k, share, edges):
        """Where the growth of the truth (k = 0) or the prediction (1) first reaches that share of its end."""
        growth = np.array(self.columns['FLUX' if k else 'FLUX_TRUE'])
        if not self.lasting or not growth[-1] > 0:
            return np.nan
        i = np.argmax(growth >= share * growth[-1])
        inner, outer = edges[i]
        before = growth[i - 1] if i else 0

        def missing(a):
            return before + np.pi * self.q * (a**2 - inner**2) * self.ring(inner, a)[0][k] - share * growth[-1]
        return brentq(missing, inner + 1e-4, outer, xtol=1e-6)


# ---- pairs of images --------------------------------------------------------------------------------------------

def write_image(name, pixels, unit='nanomaggy', arcsec=0.5):
    header = fits.Header({'BUNIT': unit} if unit else {})
    for i in (1, 2) if arcsec else ():
        header.update({f'CTYPE{i}': ('RA---TAN', 'DEC--TAN')[i - 1], f'CRVAL{i}': 30.0, f'CRPIX{i}': 1.0,
                       f'CDELT{i}': (-1 if i == 1 else 1) * arcsec / 3600})
    fits.writeto(name, pixels.astype('f4'), header, overwrite=True)


def galaxy(random, x, y, flux=100.0, radius=4.0, q=0.6, size=(64, 80), sigma=0.1):
    v, u = np.indices(size)
    r = np.hypot(0.8 * (u - x) + 0.6 * (v - y), (0.8 * (v - y) - 0.6 * (u - x)) / q)
    return flux * np.exp(-r / radius) / (2 * np.pi * radius**2 * q) + random.normal(0, sigma, size)


def cases():
    """Name, truth, prediction, their unit, AB zero point, arcsec per pixel; then written as write_image does."""
    for name, truth, other in (('KiDS', 'kids_r', 'kids_g'), ('CEERS', 'ceers_31457_f200w', 'ceers_31457_f277w')):
        truth, other = (fits.getdata(f'{IMAGES}/{x}.fits.fz').astype('f4') for x in (truth, other))
        yield name, truth, other, 'nanomaggy', 22.5, 0.5
    for name, plane in ('dr3_example_a', 2), ('dr3_example_c', 1):
        if os.path.exists(f'{DATA}/decals_grz_fits/{name}.fits'):
            cube = fits.getdata(f'{DATA}/decals_grz_fits/{name}.fits').astype('f4')
            yield name, cube[plane], cube[0], 'uJy', 23.9, 0.262
    files = [f'{DATA}/sdss_ps1_des_same_galaxy/DES_{band}.fits' for band in 'rg']
    if all(map(os.path.exists, files)):
        truth, other = (fits.getdata(x).astype('f4') for x in files)
        yield 'DES', truth - np.median(truth), other - np.median(other), '', np.nan, np.nan
    random = np.random.default_rng(6)
    truth = galaxy(random, 40.3, 30.6, 3000) + galaxy(random, 64, 52, 1000, 2.0)
    image = 0.9 * truth + random.normal(0, 0.1, truth.shape)
    yield 'a neighbour', truth, image, 'nanomaggy', 22.5, 0.5
    truth[28:34, 44:50] = np.nan
    image[20, 30:40] = np.nan
    yield 'holes', truth, image, 'nanomaggy', 22.5, np.nan
    truth = galaxy(random, 40.0, 30.0, 3000, 6.0)
    image = 0.9 * truth + random.normal(0, 0.1, truth.shape)
    yield 'a centre', truth, image, 'nanomaggy', 22.5, 0.5
    truth[29:32, 39:42] = np.nan
    yield 'masked centre', truth, image, 'nanomaggy', 22.5, 0.5
    truth = galaxy(random, 75.0, 40.0, 3000, 6.0)
    yield 'at the edge', truth, truth * 1.1 - 0.02, '', np.nan, 0.2
    truth = galaxy(random, 40.0, 30.0, 3000, 3.0, 0.08, sigma=0.0)
    yield 'thin, no noise', truth, np.roll(truth, 1, 1) - 0.01, 'nanomaggy', 22.5, 0.5
    truth = galaxy(random, 40.0, 30.0, 1000)
    yield 'nothing predicted', truth, random.normal(-0.2, 0.05, truth.shape), 'nanomaggy', 22.5, 0.5


def compare_pair(name, rings, truth, image, unit, zeropoint, arcsec):
    write_image('t.fits', truth, unit, arcsec if np.isfinite(arcsec) else None)
    write_image('p.fits', image, unit, arcsec if np.isfinite(arcsec) else None)
    truth, image = fits.getdata('t.fits'), fits.getdata('p.fits')
    run = evaluate('p.fits', 't.fits', f'rings={rings}', 'profiles=p.csv', 'images=i.csv', 'table=t.csv', 'verbose=0',
                   'aperture=2')
    check(f'{name}: {run.stderr}', run.returncode == 0)
    lines, (values,), (score,) = read_csv('p.csv'), read_csv('i.csv'), read_csv('t.csv')
    edges = [(float(x['INNER']), float(x['OUTER'])) for x in lines]
    sigma = sky_sigma(truth)
    *shape, others = find_galaxy(truth, sigma)
    want = {'X': shape[0] + 1, 'Y': shape[1] + 1, 'AXIS_RATIO': 1 if rings == 'circle' else shape[2], 'ANGLE': shape[3]}
    compare(f'{name}, {rings}', [values], {k: np.array([x]) for k, x in want.items()}, atol=2e-4)
    shape = [float(values[x]) for x in want]
    with np.errstate(invalid='ignore'):         # of rings without data
        profile = Profile(truth, image, (shape[0] - 1, shape[1] - 1, shape[2], np.radians(shape[3])), edges, others,
                          sigma, zeropoint, arcsec)
    compare(f'{name}, {rings}', lines, {k: np.array(x) for k, x in profile.columns.items()}, rtol=1e-4)
    compare(f'{name}, {rings}', lines, {'RADIUS': np.mean(edges, 1) * arcsec})
    radii = {f'R{share}{true}': profile.radius(int(not true), share / 100, edges) for share in (50, 90)
             for true in ('_TRUE', '')}
    compare(f'{name}, {rings}', [values], {k: np.array([x]) for k, x in radii.items()}, rtol=1e-4)
    compare(f'{name}, {rings}', [score], {f'R{n}_BIAS': np.array([radii[f'R{n}'] / radii[f'R{n}_TRUE'] - 1])
                                          for n in (50, 90)}, atol=2e-4)
    return lines, radii


def test_pairs():
    reach = {}
    for name, *case in cases():
        for rings in 'ellipse', 'circle':
            lines, radii = compare_pair(name, rings, *case)
            check(f'{name}: {len(lines)} rings', len(lines) >= 4)
            check(f'{name}: edges', all(a['OUTER'] == b['INNER'] for a, b in zip(lines, lines[1:])))
            reach[name, rings] = float(lines[-1]['OUTER'])
            if name == 'masked centre':
                check(f'{name}: rings about it, no sums and radii', lines[0]['I'] == 'nan'
                      and lines[3]['MU_DIFF'] != 'nan' and {x['FLUX'] for x in lines} == {'nan'}
                      and np.isnan(radii['R50_TRUE']))
                check(f'{name}: as far: {reach}', 0 <= reach[name, rings] / reach['a centre', rings] - 1 < 0.3)
            if name == 'nothing predicted':
                check(f'{name}: {radii}', np.isnan(radii['R50']) and radii['R50_TRUE'] > 4)
                check(f'{name}: infinitely faint', lines[0]['MU_DIFF'] == 'inf' and lines[0]['MU'] == 'nan')


def test_no_galaxy():
    """Noise has no profile; a galaxy too faint for a radius may have one."""
    random = np.random.default_rng(2)
    noise = random.normal(0, 0.1, (64, 64))
    write_image('t.fits', noise)
    write_image('p.fits', noise + random.normal(0, 0.1, noise.shape))
    run = evaluate('p.fits', 't.fits', 'profiles=p.csv', 'images=i.csv', 'photometry=f.csv')
    check(f'noise: {run.stderr}', run.returncode == 0)
    check('noise has no profile', read_csv('p.csv') == [] and read_csv('i.csv')[0]['R50_TRUE'] == 'nan')
    check('noise has no lines', not {'profile', 'growth'} & {x['MEASURE'] for x in read_csv('f.csv')})
    check(f'nothing is said of radii: {run.stdout}', 'radius' not in run.stdout)


# ---- positions --------------------------------------------------------------------------------------------------

def windowed_centroid(image, galaxy, others, r50):
    """By photutils, in a window of r50 as given."""
    source = SourceCatalog(image, SegmentationImage(np.where(galaxy, 1, 2 * others)),
                           apermask_method='mask').get_label(1)
    source.fluxfrac_radius = lambda share: r50 * units.pixel
    return source.centroid_win


def test_positions():
    """Galaxies of known places, and real ones."""
    random = np.random.default_rng(3)
    truth = galaxy(random, 40.0, 31.0, 3000, sigma=0.0)
    for dx, dy in (0.0, 0.0), (0.25, -0.1), (-1.5, 0.7):
        write_image('t.fits', truth)
        write_image('p.fits', 0.9 * galaxy(random, 40.0 + dx, 31.0 + dy, 3000, sigma=0.0))
        run = evaluate('p.fits', 't.fits', 'images=i.csv', 'table=t.csv', 'verbose=0', 'aperture=2')
        check(f'{dx}, {dy}: {run.stderr}', run.returncode == 0)
        compare(f'moved by {dx}, {dy}', read_csv('i.csv'), {'DX': np.array([dx]), 'DY': np.array([dy])}, atol=3e-3)
        compare(f'moved by {dx}, {dy}', read_csv('t.csv'), {'DX_BIAS': np.array([dx]), 'DY_BIAS': np.array([dy])},
                atol=3e-3)
    for truth, other in ('kids_r', 'kids_g'), ('kids_r', 'kids_Z'), ('ceers_31457_f200w', 'ceers_31457_f277w'):
        names = [f'{IMAGES}/{x}.fits.fz' for x in (other, truth)]
        evaluate(*names, 'images=i.csv', 'verbose=0', 'table=t.csv', 'aperture=0.5')
        (line,), (image, real) = read_csv('i.csv'), (fits.getdata(x).astype('f8') for x in names)
        *_, others = find_galaxy(real, sky_sigma(real))
        y, x = np.indices(real.shape)
        r50 = float(line['R50_TRUE'])
        mine = (np.hypot(x - float(line['X']) + 1, y - float(line['Y']) + 1) < r50) & ~others
        want = np.subtract(*(windowed_centroid(a, mine, others, r50) for a in (image, real)))
        compare(f'{truth}, {other}', [line], {'DX': want[:1], 'DY': want[1:]}, atol=5e-3)
    write_image('t.fits', galaxy(random, 40.0, 31.0, 3000))
    write_image('p.fits', random.normal(-0.2, 0.05, (64, 80)))
    run = evaluate('p.fits', 't.fits', 'sigma=1000', 'aperture=0.5')
    check(f'a reason for no magnitude: {run}',
          '# no FLUX_BIAS: no true flux in the aperture is above 1000' in run.stdout)
    run = evaluate('p.fits', 't.fits', 'images=i.csv')
    check('none without need', 'no FLUX_BIAS' not in run.stdout)
    check('nothing predicted has no position', read_csv('i.csv')[0]['DX'] == 'nan' and 'position' not in run.stdout)


# ---- a set of galaxies ------------------------------------------------------------------------------------------

def test_set():
    """Medians over several pairs, from their own profiles."""
    random = np.random.default_rng(7)
    for i in range(6):
        truth = galaxy(random, 40 + i / 7, 31, random.uniform(500, 4000), random.uniform(2, 5))
        write_image(f't{i}.fits', truth, arcsec=0.25 * (1 + 1e-6 * i))      # as over a field
        write_image(f'p{i}.fits', truth * random.uniform(0.8, 1.2) + random.normal(0, 0.05, truth.shape) * 10**-5.44
                    if i else truth * 10**-5.44, 'nanomaggy' if i else 'Jy', arcsec=0.25)
    names = [','.join(f'{kind}{i}.fits' for i in range(6)) for kind in 'pt']
    run = evaluate(*names, 'profiles=p.csv', 'photometry=f.csv', 'images=i.csv', 'table=t.csv')
    check(f'set: {run.stderr}', run.returncode == 0)
    check(f'radii are printed: {run.stdout}', '# prediction: radius of half of the flux' in run.stdout)
    check('positions are printed', '# prediction: position, predicted - true, pixels: x ' in run.stdout)
    lines, images = read_csv('p.csv'), read_csv('i.csv')
    check('all profiles', [x for i, x in enumerate(lines) if i == 0 or lines[i - 1]['ID'] != x['ID']]
          == [x for x in lines if x['INNER'] == '0'] and sum(x['INNER'] == '0' for x in lines) == 6)
    for measure, true, got in ('profile', 'MU_TRUE', 'MU'), ('growth', 'MAG_TRUE', 'MAG'):
        said = [x for x in read_csv('f.csv') if x['MEASURE'] == measure]
        edges = sorted({(float(x['INNER']), float(x['OUTER'])) for x in lines
                        if x['MU_DIFF' if measure == 'profile' else 'MAG_TRUE'] != 'nan'})
        check(f'{measure}: {len(said)} rings', len(said) == len(edges) >= 10)
        compare(measure, said, {'LOW': 0.25 * np.array(edges)[:, 0], 'HIGH': 0.25 * np.array(edges)[:, 1]})
        for line, (inner, _) in zip(said, edges):
            pair = np.array([[float(x[true]), float(x[got])] for x in lines if float(x['INNER']) == inner
                             and (measure == 'growth' or x['MU_DIFF'] != 'nan')])
            bias = np.median(pair[:, 1] - pair[:, 0])
            compare(f'{measure} at {inner}', [line], {k: np.array([x]) for k, x in {
                'N': len(pair), 'TRUE': np.median(pair[:, 0]), 'PREDICTED': np.median(pair[:, 1]), 'BIAS': bias,
                'SCATTER': 1.4826 * np.median(abs(pair[:, 1] - pair[:, 0] - bias)) if len(pair) > 1 else np.nan
            }.items()}, atol=1e-5)
    check('a prediction in Jy is converted', all(abs(float(x['MU_DIFF'])) < 1e-5 or x['MU_DIFF'] == 'nan' for x in lines
                                                 if x['ID'] == 'p0.fits'))
    ratio = {n: np.array([float(x[f'R{n}']) / float(x[f'R{n}_TRUE']) - 1 for x in images]) for n in (50, 90)}
    compare('scores', read_csv('t.csv'), {f'R{n}_{what}': np.array([value]) for n in ratio for what, value in (
        ('BIAS', np.median(ratio[n])), ('SCATTER', 1.4826 * np.median(abs(ratio[n] - np.median(ratio[n])))))})
    run = evaluate(*names, 'profiles=p.fits', 'verbose=0', 'table=t.csv')
    with fits.open('p.fits', checksum=True) as hdus:
        table = hdus['PROFILES']
        check('units', [table.columns[x].unit for x in ('RADIUS', 'I_TRUE', 'MU', 'AREA')]
              == ['arcsec', 'nanomaggy', 'mag/arcsec**2', 'pixel**2'])
        check('the same numbers',
              np.allclose(table.data['MU'], [float(x['MU']) for x in lines], rtol=1e-7, equal_nan=True))
    for args, word in (('profiles=x.txt', '.csv'), ('profiles=t.csv', 'table=, too'), ('rings=square', 'circle')):
        run = evaluate(*names, 'table=t.csv', args)
        check(f'{args}: {run.stderr!r}', run.returncode == 2 and run.stderr.count('\n') == 1 and word in run.stderr)


# ---- figures ----------------------------------------------------------------------------------------------------

PIXELS = 2                                          # a point


def near(image, x, y, colour):
    """Whether the pixel at (x, y), points, or one beside it is of that colour."""
    i, j = round(PIXELS * y), round(PIXELS * x)
    return (abs(image[i - 1:i + 2, j - 1:j + 2] - colour).max(axis=2) < 60).any()


def test_profile_figure():
    """Marks of the true profile are black and where the table says, those of the prediction white in orange."""
    random = np.random.default_rng(7)
    truth = galaxy(random, 40, 31, 2000, 4)
    write_image('ft.fits', truth, arcsec=0.25)
    write_image('fp.fits', truth * 0.6, arcsec=0.25)
    run = evaluate('fp.fits', 'ft.fits', 'profiles=p.csv', 'figures=fig')
    check(f'figure: {run.stderr}', run.returncode == 0)
    for what in 'profiles', 'photometry':
        with open(f'fig_{what}.pdf', 'rb') as file:
            check(f'fig_{what}.pdf', file.read(5) == b'%PDF-')
    lines = read_csv('p.csv')
    mu = {name: np.array([float(x[name]) for x in lines]) for name in ('MU_TRUE', 'MU')}
    known = np.isfinite(mu['MU_TRUE']) & np.isfinite(mu['MU'])
    bright = np.array([x['MU_DIFF'] != 'nan' for x in lines])
    limit = max(mu['MU_TRUE'][bright].max(), mu['MU'][bright].max())
    top = np.nanmin(list(mu.values())) - 0.5
    bottom = min(np.nanmax(list(mu.values())), limit + 2) + 0.5
    at_x = 46 + 280 * np.array([float(x['RADIUS']) for x in lines]) / (0.25 * float(lines[-1]['OUTER']))
    image = np.asarray(Image.open('fig_profiles.png').convert('RGB')).astype(int)
    check(f'rings to look at: {np.sum(known & bright)}', np.sum(known & bright) >= 10)
    for name, inside, rim in ('MU_TRUE', 0, 0), ('MU', 255, (214, 94, 0)):
        for x, y in zip(at_x[known & bright], 32 + 170 * (mu[name][known & bright] - top) / (bottom - top)):
            check(f'{name} at {x}, {y}', near(image, x, y, inside) and near(image, x - 1.8, y, rim))
    check('where there is nothing it is white', near(image, 320, 36, 255) and not near(image, 320, 36, 0))


def test_photometry_figure():
    """A blue dot an image: true magnitudes from left to right, predicted minus true upwards."""
    random = np.random.default_rng(5)
    offset = (-0.2, 0.3, 0.05, -0.1, 0.15)
    for i, error in enumerate(offset):
        truth = galaxy(random, 40, 31, 10**(5 - 0.25 * i), 3)
        write_image(f't{i}.fits', truth, arcsec=0.25)
        write_image(f'p{i}.fits', truth * 10**(-0.4 * error), arcsec=0.25)
    names = [','.join(f'{kind}{i}.fits' for i in range(5)) for kind in 'pt']
    run = evaluate(*names, 'figures=fig', 'images=i.csv')
    check(f'figure: {run.stderr}', run.returncode == 0)
    image = np.asarray(Image.open('fig_photometry.png').convert('RGB')).astype(int)
    dots, n = label((image[..., 2] > image[..., 0] + 80)[PIXELS * 18:], np.ones((3, 3)))     # below the key
    place = np.array([np.mean(np.argwhere(dots == i + 1), axis=0) for i in range(n)])
    check(f'{n} dots', n == len(offset))
    if n == len(offset):
        place = place[np.argsort(place[:, 1])]
        magnitude = [float(x['MAG_TRUE']) for x in read_csv('i.csv')]
        for what, want, got, sign in ('magnitude', magnitude, place[:, 1], 1), ('error', offset, place[:, 0], -1):
            slope, start = np.polyfit(want, got, 1)
            check(f'{what} of dots: {got}', np.abs(slope * np.array(want) + start - got).max() < 1 and sign * slope > 0)


def test_figures():
    run = evaluate('t0.fits', 't0.fits', 'figures=fig', 'verbose=0', 'table=t.csv')
    if 'no cairo' in run.stderr:
        print('no cairo: figures are not looked at')
        return
    test_profile_figure()
    test_photometry_figure()
    for name in 'fig_profiles.png', 'fig_photometry.pdf':
        for other in glob.glob('fig_*'):
            if other != name:
                os.remove(other)
        run = subprocess.run([BANDEVAL, 'not there', 'not there', 'figures=fig'], capture_output=True, text=True)
        check(f'{name}: {run.stderr!r}', run.returncode == 1 and run.stderr.count('\n') == 1
              and f'{name} exists' in run.stderr)
        check(f'nothing beside {name}', glob.glob('fig_*') == [name])
        evaluate('t0.fits', 't0.fits', 'figures=fig')
    random = np.random.default_rng(2)
    write_image('n.fits', random.normal(0, 0.1, (64, 64)))
    run = evaluate('n.fits', 'n.fits', 'figures=noise')
    check(f'figures of noise: {run.stderr}', run.returncode == 0)
    check('no galaxy, no profiles; one image, no distribution',
          sorted(glob.glob('noise_*.png')) == ['noise_images.png'])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    test_pairs()
    test_no_galaxy()
    test_positions()
    test_set()
    test_figures()
report()
