"""What bandeval must print, worked out with numpy, scikit-image and photutils; started by bandeval.sh.
SPDX-License-Identifier: BSD-3-Clause
"""
import csv
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits
from PIL import Image
from scipy.stats import wasserstein_distance
from skimage.metrics import structural_similarity

from checks import check, report
from sky import sky_sigma

try:
    from photutils.aperture import CircularAperture
except ImportError:
    print('no photutils: magnitudes are not compared')
    CircularAperture = None

BANDEVAL = sys.argv[1]
SIZE, ARCSEC = 24, 0.5


def bandeval(*args):
    return subprocess.run([BANDEVAL, *args], capture_output=True, text=True)


def table_of(run):
    """What it prints but how far it is, which depends on the time."""
    return [line for line in run.stdout.splitlines() if '% done' not in line]


def check_refused(args, code, *words):
    """Exit status CODE and one line on stderr with WORDS."""
    run = bandeval(*args)
    check(f'{args}: status {run.returncode}, expected {code}', run.returncode == code)
    check(f'{args}: one sentence: {run.stderr!r}', run.stderr.count('\n') == 1 and run.stderr.startswith('bandeval: '))
    for word in words:
        check(f'{args}: {word!r} in {run.stderr!r}', word in run.stderr)


# ---- what must come out ---------------------------------------------------------------------------


def ssim(truth, image, span):
    """Mean over the windows without a NaN; scikit-image gives the map."""
    bad = ~np.isfinite(truth + image)
    _, ssim_map = structural_similarity(np.where(bad, 0, truth), np.where(bad, 0, image), data_range=span, full=True,
                                        gaussian_weights=True, sigma=1.5, use_sample_covariance=False)
    touched = np.array([[bad[y - 5:y + 6, x - 5:x + 6].any() for x in range(5, bad.shape[1] - 5)]
                        for y in range(5, bad.shape[0] - 5)])
    return ssim_map[5:-5, 5:-5][~touched].mean()


def gini(image):
    x = np.sort(image[np.isfinite(image)])
    i = np.arange(1, x.size + 1)
    return np.sum((2 * i - x.size - 1) * abs(x)) / (abs(x.mean()) * x.size * (x.size - 1))


def m20(image):
    """Second moment of the brightest pixels with 20 % of the light over that of all, about the centroid."""
    x = np.where(np.isfinite(image), image, 0)
    v, u = np.indices(x.shape)
    r2 = (u - np.sum(x * u) / x.sum())**2 + (v - np.sum(x * v) / x.sum())**2
    rank = np.sort(x, axis=None)
    return np.sum((x * r2)[x >= rank[np.cumsum(rank) >= 0.8 * x.sum()][0]]) / np.sum(x * r2)


class Row:
    """One row of the table."""

    def __init__(self):
        self.mae, self.mse, self.ssim, self.relative, self.magnitudes = [], [], [], [], []
        self.gini, self.m20 = [], []            # (of the prediction, of the truth), all pixels

    def add(self, image, truth, span):
        image, truth = image.astype('f8'), truth.astype('f8')
        difference = (image - truth)[np.isfinite(image - truth)]
        self.mae.append(np.mean(abs(difference)))
        self.mse.append(np.mean(difference**2) / span**2)
        self.ssim.append(ssim(truth, image, span))
        both = [np.where(np.isfinite(image + truth), x, np.nan) for x in (image, truth)]
        self.gini.append([gini(x) for x in both])
        self.m20.append([m20(x) for x in both])

    def add_flux(self, image, truth, sigma, diameter, bright=10.0):
        image, truth = image.astype('f8'), truth.astype('f8')
        good = np.isfinite(image) & (truth > bright * sigma)
        self.relative.extend(abs(image - truth)[good] / truth[good])
        if CircularAperture is None:
            return
        aperture = CircularAperture(((truth.shape[1] - 1) / 2, (truth.shape[0] - 1) / 2), diameter / 2)
        flux, want = (aperture.do_photometry(x, method='exact')[0][0] for x in (image, truth))
        if want > bright * sigma * np.sqrt(aperture.area) and np.isfinite(flux):
            self.magnitudes.append(-2.5 * np.log10(flux / want) if flux > 0 else np.inf)

    def numbers(self):
        median = np.median(self.magnitudes) if self.magnitudes else np.nan
        spread = 1.4826 * np.median(abs(np.array(self.magnitudes) - median)) if len(self.magnitudes) > 1 else np.nan
        row = {'MAE': np.mean(self.mae), 'SSIM': np.mean(self.ssim), 'PSNR': -10 * np.log10(np.mean(self.mse)),
               'PSNR_MEAN': np.mean(-10 * np.log10(self.mse)),
               'REL_ERR': np.median(self.relative) if self.relative else np.nan, 'N': len(self.mae),
               'GINI_W1': wasserstein_distance(*zip(*self.gini)), 'M20_W1': wasserstein_distance(*zip(*self.m20))}
        if CircularAperture is not None:
            row.update(FLUX_BIAS=median, FLUX_SCATTER=spread, N_FLUX=len(self.magnitudes))
        return row


def compare(what, got, want):
    for name, value in want.items():
        x = float(got[name])
        close = np.isclose(x, value, rtol=2e-5, atol=2e-6, equal_nan=True)
        check(f'{what}: {name} is {x:.8g}, expected {value:.8g}', close)


def read_csv(name):
    with open(name, newline='') as file:
        rows = {row['NAME']: row for row in csv.DictReader(file)}
    check(f'{name}: NaN has no sign', not any('-nan' in str(row.values()) for row in rows.values()))
    return rows


# ---- pairs of images ------------------------------------------------------------------------------

def galaxy(random, flux, radius, sigma, size=(SIZE, SIZE)):
    y, x = np.indices(size)
    r = np.hypot(x - (size[1] - 1) / 2 + random.normal(0, 0.3), (y - (size[0] - 1) / 2) / 0.7)
    return (flux * np.exp(-r / radius) + random.normal(0, sigma, size)).astype('f4')


def write_image(name, pixels, unit='nanomaggy', arcsec=ARCSEC):
    header = fits.Header()
    if unit:
        header['BUNIT'] = unit
    if arcsec:
        for i in 1, 2:
            header[f'CTYPE{i}'] = ('RA---TAN', 'DEC--TAN')[i - 1]
            header[f'CRVAL{i}'], header[f'CRPIX{i}'] = 30.0, 12.5
            header[f'CDELT{i}'] = (-1 if i == 1 else 1) * arcsec / 3600
    fits.writeto(name, pixels, header, overwrite=True)


def test_images_table(row, names):
    """images.csv: a line an image, and the scaled distances follow from it and the raw ones."""
    with open('images.csv', newline='') as file:
        got = list(csv.DictReader(file))
    check(f'images: {[x["ID"] for x in got]}', [x['ID'] for x in got] == names)
    for i, x in enumerate(got):
        compare(names[i], x, {'MAE': row.mae[i], 'MSE': row.mse[i], 'SSIM': row.ssim[i], 'GINI': row.gini[i][0],
                              'GINI_TRUE': row.gini[i][1], 'M20': row.m20[i][0], 'M20_TRUE': row.m20[i][1]})
    summary = read_csv('pairs.csv')['prediction']
    for name, values in ('GINI', row.gini), ('M20', row.m20):
        compare('scaled', summary, {f'{name}_W1_SCALED': float(summary[f'{name}_W1']) / np.ptp(values)})


def test_pairs():
    random = np.random.default_rng(3)
    row, pixel_row = Row(), Row()
    names = []
    for i, flux in enumerate((40.0, 90.0, 150.0, 0.05)):        # the last is too faint for a magnitude
        truth = galaxy(random, flux, 3.0 + i, 0.1, (SIZE + 2 * i, SIZE + i))
        image = (truth * (0.8 + 0.1 * i) + random.normal(0, 0.05 * (i + 1), truth.shape)).astype('f4')
        if i == 1:
            image[0, :3] = truth[20, 20] = np.nan
        if i == 2:
            truth[13, 13] = np.nan                              # within the aperture: no magnitude
        write_image(f't{i}.fits', truth)
        # A prediction in Jy, whose AB zero point is 8.90: 22.5 - 8.90 magnitudes are a factor of 10^-5.44.
        write_image(f'p{i}.fits', image if i else image * np.float32(10**-5.44), 'Jy' if i == 0 else 'nanomaggy')
        span = float(np.nanmax(truth) - np.nanmin(truth))
        for r, diameter in (row, 3.0 / ARCSEC), (pixel_row, 3.0):
            r.add(image, truth, span)
            r.add_flux(image, truth, sky_sigma(truth), diameter)
        names.append((f'p{i}.fits', f't{i}.fits'))
    inputs, truths = (','.join(n) for n in zip(*names))
    run = bandeval(inputs, truths, 'table=pairs.csv', 'images=images.csv', 'morph=paper')
    check(f'pairs: {run.stderr}', run.returncode == 0)
    check(f'pairs: what it says:\n{run.stdout}', '# 4 pairs of images' in run.stdout and '3 arcsec' in run.stdout
          and '# no magnitude of 1 of 4 images: a pixel in the aperture has no datum' in run.stdout)
    check(f'pairs: and no more:\n{run.stdout}', 'no FLUX_BIAS' not in run.stdout and 'no BUNIT' not in run.stdout
          and ': its sky' not in run.stdout)
    compare('pairs', read_csv('pairs.csv')['prediction'], row.numbers())
    test_images_table(row, [p for p, _ in names])

    for name, items in ('p.list', inputs), ('t.list', truths):
        with open(name, 'w') as file:
            file.write('# images\n' + items.replace(',', '\n') + '\n')
    check('lists give the same', table_of(bandeval('@p.list', '@t.list', 'morph=paper')) == table_of(run))
    run = bandeval(inputs, truths, 'table=pairs.fits', 'verbose=0', 'morph=paper')
    check(f'quiet with a table: {run.stdout!r} {run.stderr!r}', run.stdout == '' and run.returncode == 0)
    with fits.open('pairs.fits', checksum=True) as hdus:
        compare('pairs.fits', hdus['SCORES'].data[0], row.numbers())
        check('units', hdus['SCORES'].columns['FLUX_BIAS'].unit == 'mag')

    for i in range(4):
        for kind in 'pt':
            write_image(f'{kind}{i}.fits', fits.getdata(f'{kind}{i}.fits'), arcsec=None,
                        unit='Jy' if (kind, i) == ('p', 0) else 'nanomaggy')
    run = bandeval(inputs, truths, 'table=pixels.csv', 'morph=paper')
    check(f'pixels: {run.stdout}', '3 pixels (no pixel scale is known)' in run.stdout)
    compare('no pixel scale', read_csv('pixels.csv')['prediction'], pixel_row.numbers())

    for predicted, true in ('r', 'r'), ('r', 'i'):
        fits.setval('p0.fits', 'FILTER', value=predicted)
        fits.setval('t0.fits', 'FILTER', value=true)
        run = bandeval('p0.fits', 't0.fits')
        check(f'bands {predicted}, {true}: {run.stdout}', run.returncode == 0
              and ('p0.fits is of band r, t0.fits of band i' in run.stdout) == (predicted != true))


def test_figures():
    """The truth's and the prediction's pixels in greys of the truth's range but for its ends, as asinh of the sky
    noise, north up; the residual white where 0."""
    random = np.random.default_rng(8)
    truth = galaxy(random, 90.0, 3.0, 0.1)
    image = truth + np.where(np.indices(truth.shape)[1] < SIZE // 2, 0, 5).astype('f4')
    truth[3, 4] = np.nan
    write_image('ft.fits', truth)
    write_image('fp.fits', image)
    run = bandeval('fp.fits', 'ft.fits', 'figures=fig', 'verbose=0', 'table=f.csv')
    if 'no cairo' in run.stderr:
        print('no cairo: figures are not looked at')
        return
    check(f'figures: {run.stderr}', run.returncode == 0)
    check('one image has no distribution', not os.path.exists('fig_morph.pdf'))
    with open('f.csv') as file:
        check('and nothing to scale by', next(csv.DictReader(file))['GINI_W1_SCALED'] in ('', 'nan'))
    run = bandeval('fp.fits,fp.fits', 'ft.fits,ft.fits', 'figures=two', 'verbose=0', 'table=two.csv')
    for what in 'fig_images', 'two_images', 'two_morph':
        with open(f'{what}.pdf', 'rb') as file:
            check(f'{what}.pdf', file.read(5) == b'%PDF-')
    drawn = np.asarray(Image.open('fig_images.png').convert('RGB')).astype(int)
    noise, known = sky_sigma(truth), np.sort(truth[np.isfinite(truth)])
    low, high = np.arcsinh(known[[known.size // 100, known.size - 1 - known.size // 500]] / noise)
    at = (180 * (np.arange(SIZE) + 0.5) / SIZE).astype(int)
    for row, pixels in enumerate((truth, image)):
        cell = drawn[32 + 186 * row:, 128:][at[:, None], at][::-1]
        good = np.isfinite(pixels)
        want = np.clip(255 * (np.arcsinh(pixels / noise) - low) / (high - low), 0, 255)
        check(f'row {row}: grey', (abs(cell[good] - want[good][:, None]) <= 1).all())
    cell = drawn[32 + 186 * 2:, 128:][at[:, None], at][::-1]
    same = np.isfinite(truth) & (image == truth)
    check('residual 0 is white', (cell[same] == 255).all())
    bar = drawn[2 * 298 + 4, 128:308]
    check(f'a colour bar from black to white: {bar[:, 0]}', (np.diff(bar[:, 0]) >= 0).all()
          and (np.ptp(bar, 1) == 0).all() and bar[0, 0] == 0 and bar[-1, 0] == 255)
    bar = drawn[2 * 320 + 4, 128:308]
    check(f'one from blue over white to red: {bar}', (bar[0] == (0, 0, 255)).all() and (bar[-1] == (255, 0, 0)).all()
          and (bar.min(1).argmax() - 89.5) ** 2 < 9)
    check('predicted too bright is blue', (cell[np.isfinite(truth) & ~same][:, 2] > 250).all()
          and (cell[np.isfinite(truth) & ~same][:, 0] < 5).all())
    check_refused(['fp.fits', 'ft.fits', 'figures=fig'], 1, 'fig_images.pdf exists')
    for name in 'galaxie_élliptique_ééé_étéé.fits'.encode(), b'gal_\xe9.fits', b'gal_\xed\xa0\x80\xe2\x82.fits':
        shutil.copy('fp.fits', name)                # of more bytes than are shown, and such as are no UTF-8
        run = bandeval(name, 'ft.fits', 'figures=name', 'verbose=0', 'clobber=yes')
        check(f'figures of {name}: {run.stderr}', run.returncode == 0 and run.stderr == '')


# ---- photometry -----------------------------------------------------------------------------------

EDGES = (-np.inf, 1, 3, 10, 30, 100, np.inf)


def aperture_flux(image, diameter):
    position = ((image.shape[1] - 1) / 2, (image.shape[0] - 1) / 2)
    return CircularAperture(position, diameter / 2).do_photometry(image.astype('f8'), method='exact')[0][0]


def median_scatter(x):
    return np.median(x), 1.4826 * np.median(abs(x - np.median(x))) if len(x) > 1 else np.nan


def expected_bins(truth, predicted, width):
    """{(low, high): numbers} of the bins of the true value."""
    truth, predicted = np.array(truth), np.array(predicted)
    bins = {}
    for k in np.unique(np.floor(truth / width)):
        i = np.floor(truth / width) == k
        bias, scatter = median_scatter((predicted - truth)[i])
        bins[k * width, (k + 1) * width] = {'N': i.sum(), 'TRUE': np.median(truth[i]), 'BIAS': bias,
                                            'PREDICTED': np.median(predicted[i]), 'SCATTER': scatter}
    return bins


def read_photometry(name):
    """{measure: {(low, high): line}} of the row 'prediction'."""
    lines = {}
    with open(name, newline='') as file:
        for line in csv.DictReader(file):
            check(f'name {line["NAME"]}', line['NAME'] == 'prediction')
            lines.setdefault(line['MEASURE'], {})[float(line['LOW']), float(line['HIGH'])] = line
    return lines


def compare_lines(what, got, want):
    check(f'{what}: bins {sorted(got)} are {sorted(want)}', sorted(got) == sorted(want))
    for edges in set(want) & set(got):
        compare(f'{what} {edges}', got[edges], want[edges])


def make_photometry(n=12):
    """Pairs whose prediction has a SIGMA, every other one SIGMA95, with a third band; returns magnitudes, colours, and
    pixels over all."""
    random = np.random.default_rng(9)
    values, pixels, names = {'magnitude': ([], []), 'colour': ([], [])}, [], []
    for i in range(n):
        truth, other = (galaxy(random, flux, 3.0, 0.1) for flux in random.uniform(20, 400, 2))
        error = random.normal(0, 1, truth.shape)
        sigma = (np.hypot(0.15, 0.02 * truth) * random.uniform(0.5, 1.5, truth.shape)).astype('f4')
        image = (truth + sigma * error).astype('f4')
        image[2, 3] = np.nan
        sigma[4, 5] = np.nan
        write_image(f'pt{i}.fits', truth)
        write_image(f'pc{i}.fits', other, 'uJy')                # AB 23.9
        write_image(f'pp{i}.fits', image * np.float32(1000), '1e-3 nanomaggy')
        fits.append(f'pp{i}.fits', sigma * np.float32(1000), fits.Header({'EXTNAME': 'SIGMA'}))
        sigma95 = (2 if i % 2 else 1.6) * sigma
        if i % 2 == 0:
            fits.append(f'pp{i}.fits', sigma95 * np.float32(1000), fits.Header({'EXTNAME': 'SIGMA95'}))
        names.append([f'{kind}{i}.fits' for kind in ('pp', 'pt', 'pc')])
        flux = [aperture_flux(x, 3.0 / ARCSEC) for x in (truth, image, other)]
        magnitude = [22.5 - 2.5 * np.log10(x) for x in flux[:2]]
        for k in 0, 1:
            values['magnitude'][k].append(magnitude[k])
            values['colour'][k].append(magnitude[k] - (23.9 - 2.5 * np.log10(flux[2])))
        pixels.append(np.stack([truth, image, sigma, sigma95, np.full_like(image, sky_sigma(truth))]).reshape(5, -1))
    return values, np.stack(pixels, 1).astype('f8'), [','.join(x) for x in zip(*names)]


def expected_coverage(pixels):
    """Of PIXELS (5, images, pixels): truth, prediction, SIGMA, SIGMA95, sky noise."""
    truth, image, sigma, sigma95, sky = np.where(np.isfinite(pixels).all(0), pixels, np.nan)
    number, want = range(len(truth)), {}
    for low, high in [*zip(EDGES, EDGES[1:]), (-np.inf, np.inf)]:
        i = (image / sky >= low) & (image / sky < high)
        want[low, high] = line = {'N': i.sum()}
        for key, most in ('IN68', sigma), ('IN95', sigma95):
            within = (abs(truth - image) <= most) & i
            line[key] = within.sum() / i.sum()
            # of each image that has such pixels, what its share makes of the whole
            off = np.array([within[n].sum() - line[key] * i[n].sum() for n in number if i[n].any()])
            line[f'{key}_ERR'] = np.sqrt(len(off) / (len(off) - 1)) * np.linalg.norm(off) / i.sum()
    return want


def test_photometry():
    if CircularAperture is None:
        return
    values, pixels, (inputs, truths, colours) = make_photometry()
    run = bandeval(inputs, truths, f'colour={colours}', 'photometry=phot.csv', 'table=t.csv', 'images=i.csv')
    check(f'photometry: {run.stderr}', run.returncode == 0)
    got = read_photometry('phot.csv')
    for measure, width in ('magnitude', 1.0), ('colour', 0.25):
        compare_lines(measure, got[measure], expected_bins(*values[measure], width))
    want = expected_coverage(pixels)
    compare_lines('coverage', got['coverage'], want)
    compare('all pixels', read_csv('t.csv')['prediction'], {k: want[-np.inf, np.inf][k] for k in ('IN68', 'IN95')})
    check(f'coverage is printed:\n{run.stdout}', '# Pixels whose truth is within SIGMA (IN68) and SIGMA95' in run.stdout
          and f'{want[10, 30]["IN68"]:.4f}' in run.stdout)
    with open('i.csv', newline='') as file:
        for i, line in enumerate(csv.DictReader(file)):
            compare(f'image {i}', line, {'MAG_TRUE': values['magnitude'][0][i], 'COLOUR_TRUE': values['colour'][0][i],
                                         'COLOUR': values['colour'][1][i]})
    run = bandeval(inputs, truths, 'photometry=phot.fits')
    with fits.open('phot.fits', checksum=True) as hdus:
        lines = hdus['PHOTOMETRY'].data
        check('no colours', sorted(set(lines['MEASURE'])) == ['coverage', 'growth', 'magnitude', 'profile'])
        check('the same magnitudes', np.allclose(lines['BIAS'][lines['MEASURE'] == 'magnitude'],
                                                 [float(got['magnitude'][k]['BIAS']) for k in got['magnitude']]))
    write_image('bare.fits', fits.getdata('pc0.fits'), unit='')
    bandeval('pp0.fits', 'pt0.fits', 'colour=bare.fits', 'images=i.csv', 'clobber=yes')
    with open('i.csv', newline='') as file:         # of fluxes: one band has no zero point, 22.5 and 23.9 do not count
        compare('colour without a zero point', next(csv.DictReader(file)),
                {'MAG_TRUE': values['magnitude'][0][0], 'COLOUR_TRUE': values['colour'][0][0] + 1.4,
                 'COLOUR': values['colour'][1][0] + 1.4})
    check_refused([inputs, truths, 'colour=pc0.fits'], 2, '12 predicted images and 1 of colour=')
    check_refused([inputs, truths, 'photometry=x.txt'], 2, 'x.txt', '.csv')
    check_refused([inputs, truths, 'photometry=x.csv', 'images=x.csv'], 2, 'photometry=x.csv')


# ---- a training set and a model -------------------------------------------------------------------

BANDS = ('g', 'r', 'Z')
NOISE = {'g': 0.09, 'Z': 0.22, 'r': 0.12}       # of the model's training set
A, B, C = 0.45, 0.6, 0.01                       # the model: combination of the stretched inputs g and Z


def make_set(name, unit='nanomaggy'):
    """Eight training, two validation, five test samples; returns pixels (sample, band, y, x), sigmas, splits."""
    random = np.random.default_rng(4)
    n = 15
    sigma = np.array([[0.1, 0.12, 0.2]]) * random.uniform(0.7, 1.5, (n, 1)) * random.uniform(0.9, 1.1, (n, 3))
    pixels = np.empty((n, 3, SIZE, SIZE), 'f4')
    for i in range(n):
        flux, colour, radius = random.uniform(20, 200), random.uniform(0.5, 1.5), random.uniform(2, 4)
        for b in range(3):
            pixels[i, b] = galaxy(random, flux * colour**b, radius, sigma[i, b])
    sigma = sigma.astype('f4')
    split = np.array([0] * 8 + [1] * 2 + [2] * 5)
    pixels[3, 0, 5, 5] = np.nan
    pixels[11, 2, 2, 3] = np.nan                # away from the aperture
    pixels[12, 1, 12, 12] = np.nan              # in it
    columns = [fits.Column('ID', '64A', array=[f's{i}' for i in range(n)]),
               fits.Column('RA', 'D', 'deg', array=np.full(n, np.nan)),
               fits.Column('DEC', 'D', 'deg', array=np.full(n, np.nan)),
               fits.Column('X', 'D', 'pixel', array=np.full(n, np.nan)),
               fits.Column('Y', 'D', 'pixel', array=np.full(n, np.nan)),
               fits.Column('SPLIT', 'J', array=split), fits.Column('SIGMA', '3E', array=sigma),
               fits.Column('SOURCE', '256A', array=['made'] * n)]
    primary = fits.PrimaryHDU()
    cards = {'BCTYPE': 'TRAINSET', 'BCFORMAT': 1, 'NBAND': 3, 'SIZE': SIZE, 'PIXSCALE': ARCSEC, 'PIXELSUM': '1234'}
    for b, band in enumerate(BANDS):
        cards.update({f'BAND{b + 1}': band, f'UNIT{b + 1}': unit})
    primary.header.update(cards)
    fits.HDUList([primary, fits.ImageHDU(pixels, name='PIXELS'),
                  fits.BinTableHDU.from_columns(columns, name='SAMPLES')]).writeto(name, checksum=True, overwrite=True)
    return pixels, sigma, split


def fingerprint(weights):
    """FNV-1a of the weights as little-endian floats."""
    h = 0xcbf29ce484222325
    for byte in weights.astype('<f4').tobytes():
        h = (h ^ byte) * 0x100000001b3 % 2**64
    return f'{h:016x}'


def write_model(name, stretch, trainsum, bands=('g', 'Z', 'r')):
    """A network of one channel whose last kernel is 0, so that the combination A g + B Z + C is all there is."""
    random = np.random.default_rng(5)
    tensors = {'stem.kernel': random.normal(size=(7, 7, 2, 1)), 'stem.scale': [1.0], 'stem.offset': [0.0],
               'combine.kernel': np.reshape([A, B], (1, 1, 2, 1)), 'combine.bias': [C],
               'out.kernel': np.zeros((7, 7, 1, 1)), 'out.bias': [0.0]}
    tensors = {k: np.asarray(v, 'f4') for k, v in tensors.items()}
    primary = fits.PrimaryHDU()
    primary.header.update({
        'BCTYPE': 'MODEL', 'BCFORMAT': 1, 'MODEL': 'sum', 'ARCH': 'resnet', 'NINPUT': 2, 'STEM': 1, 'NDOWN': 0,
        'RESBLOCK': 0, 'COMBINE': 1, 'NWEIGHT': sum(t.size for t in tensors.values()), 'SIZE': SIZE,
        'INBAND1': bands[0], 'INBAND2': bands[1], 'OUTBAND': bands[2], 'INUNIT1': 'nanomaggy', 'INUNIT2': 'nanomaggy',
        'OUTUNIT': 'nanomaggy', 'STRETCH': stretch, 'TRAINSUM': trainsum,
        'WEIGHSUM': fingerprint(np.concatenate([t.ravel() for t in tensors.values()]))})
    if stretch == 'flux':
        primary.header.update({'SOFTEN': 2.0, 'RANGE': 6.5, 'INNOISE1': NOISE['g'], 'INNOISE2': NOISE['Z'],
                               'OUTNOISE': NOISE['r']})
    fits.HDUList([primary] + [fits.ImageHDU(t, name=k) for k, t in tensors.items()]).writeto(
        name, checksum=True, overwrite=True)


def minmax(x):
    """The paper's rescale of one image, float32."""
    low = np.nanmin(x)
    u = np.arcsinh(np.float32(0.06) * np.float32(3.5) * (x - low + np.float32(1e-10))) / np.float32(3.5)
    return np.clip((u - np.nanmin(u)) / (np.nanmax(u) - np.nanmin(u)), 0, 1)


def fit_formulas(pixels, sigma, split):
    """Coefficients of the log and of the linear formula, r from g and Z, on the training samples."""
    train = split == 0
    bands = pixels[train].astype('f8')
    bright = np.all(bands > 10 * sigma[train][:, :, None, None], axis=1)
    g, r, z = (np.log(bands[:, b][bright]) for b in range(3))
    design = np.stack([g, z, np.ones_like(g)], 1)
    for _ in range(2):
        log_fit = np.linalg.lstsq(design, r, rcond=None)[0]
        residual = r - design @ log_fit
        kept = abs(residual) <= 3 * np.sqrt(np.mean(residual**2))
        if _ == 0:
            check('the clip takes something', 0 < (~kept).sum() < 0.05 * len(r))
            design, r = design[kept], r[kept]
    good = np.all(np.isfinite(bands), axis=1)
    g, r, z = (bands[:, b][good] for b in range(3))
    noise = np.broadcast_to(sigma[train][:, 1][:, None, None], good.shape)[good].astype('f8')
    w = 1 / np.sqrt(noise**2 + (0.1 * r)**2)
    linear_fit = np.linalg.lstsq(np.stack([g, z, np.ones_like(g)], 1) * w[:, None], r * w, rcond=None)[0]
    return log_fit, linear_fit


def expected_rows(pixels, sigma, split, stretch, which):
    (a, b, c), (d, e, f) = fit_formulas(pixels, sigma, split)
    rows = {name: Row() for name in ('model', 'log formula', 'linear formula', 'copy of g', 'copy of Z')}
    for i in np.flatnonzero(np.isin(split, which)):
        g, r, z = pixels[i].astype('f8')
        scale = np.sqrt(sigma[i, 0] / NOISE['g'] * sigma[i, 2] / NOISE['Z'])
        if stretch == 'flux':
            to_u = {band: lambda x, n=n: np.arcsinh(x / (2 * scale * n)) / 6.5 for band, n in NOISE.items()}
        else:
            to_u = {band: lambda x: minmax(x.astype('f4')) for band in NOISE}
        u = A * to_u['g'](g) + B * to_u['Z'](z) + C
        with np.errstate(invalid='ignore'):
            power = np.exp(a * np.log(g) + b * np.log(z) + c)
        power[(g <= 0) | (z <= 0)] = 0
        predicted = {'log formula': power, 'linear formula': d * g + e * z + f, 'copy of g': g, 'copy of Z': z}
        stretched = {name: to_u['r'](x) for name, x in predicted.items()}
        stretched['model'] = u
        predicted['model'] = 2 * scale * NOISE['r'] * np.sinh(6.5 * u)
        missing = np.isnan(g + z)
        true_u, true_flux = (np.where(missing, np.nan, x) for x in (to_u['r'](r), r))
        for name, row in rows.items():
            row.add(stretched[name], true_u, 1.0)
            if stretch == 'flux':
                row.add_flux(predicted[name], true_flux, sigma[i, 1], 3.0 / ARCSEC)
    return {name: row.numbers() for name, row in rows.items()}


def test_set_colours(pixels, split):
    """Against the first input, or the band that is asked for."""
    if CircularAperture is None:
        return
    write_model('flux.fits', 'flux', '1234')
    for colour, band in ('', 0), ('colour=Z', 2):
        run = bandeval('set.fits', 'model=flux.fits', 'device=ref', 'images=i.csv', 'photometry=p.csv', 'table=t.csv',
                       'clobber=yes', *([colour] if colour else []))
        check(f'colours: {run.stderr}', run.returncode == 0)
        with open('i.csv', newline='') as file:
            lines = [x for x in csv.DictReader(file) if x['NAME'] == 'copy of g']
        for line, i in zip(lines, np.flatnonzero(split == 2), strict=True):
            want = 22.5 - 2.5 * np.log10(aperture_flux(pixels[i, band], 3.0 / ARCSEC))
            got = float(line['MAG_TRUE']) - float(line['COLOUR_TRUE'])
            check(f'{colour}: sample {i}: {got}, {want}', np.isnan(got) or abs(got - want) < 1e-5)
            if band == 0:                       # the copy of g has no colour against g
                check(f'colour of a copy: {line["COLOUR"]}', abs(float(line['COLOUR'] or 'nan')) < 1e-6
                      or np.isnan(got))
        check('some have a colour', sum(line['COLOUR'] != 'nan' for line in lines) >= 3)
        with open('p.csv', newline='') as file:
            photometry = list(csv.DictReader(file))
        for name, row in read_csv('t.csv').items():
            n = sum(int(x['N']) for x in photometry if x['NAME'] == name and x['MEASURE'] == 'magnitude')
            check(f'{name}: {n} magnitudes of {row["N_FLUX"]}', n == int(row['N_FLUX']) > 0)
    check_refused(['set.fits', 'model=flux.fits', 'colour=K'], 2, 'colour=K', 'no such band')


def test_set():
    pixels, sigma, split = make_set('set.fits')
    for stretch in 'flux', 'minmax':
        write_model('model.fits', stretch, '1234')
        for name, which in ('test', (2,)), ('validation', (1,)), ('all', (0, 1, 2)):
            run = bandeval('set.fits', 'model=model.fits', f'split={name}', 'device=ref', 'table=set.csv',
                           'clobber=yes', 'morph=paper')
            check(f'{stretch} {name}: {run.stderr}', run.returncode == 0)
            got, want = read_csv('set.csv'), expected_rows(pixels, sigma, split, stretch, which)
            check(f'rows {list(got)}', list(got) == list(want))
            for row in want:
                compare(f'{stretch} {name}, {row}', got[row], want[row])
        check(f'what it says:\n{run.stdout}', 'sum (resnet 1 x0 +combine, stretch ' + stretch in run.stdout
              and '15 samples of set.fits; its training samples taught the model' in run.stdout)
        check(f'sample 12 has no magnitude:\n{run.stdout}', (stretch == 'flux') == (
            '# no magnitude of 1 of 15 images: a pixel in the aperture has no datum' in run.stdout))
        check('the formula is printed', '# log formula: exp(' in run.stdout and ' log g + ' in run.stdout)
        check('one line a row', all(run.stdout.count('\n' + row + ' ') == 1 for row in want))
    check_refused(['set.fits', 'model=model.fits', 'morph=lotz', 'device=ref'], 2, 'morph=lotz')
    for table in 'photometry', 'profiles':
        check_refused(['set.fits', 'model=model.fits', f'{table}=x.csv'], 2, f'{table}=: ', 'not fluxes')
    test_set_colours(pixels, split)
    run = bandeval('set.fits', 'model=model.fits', 'split=validation', 'device=ref')
    rows = ' '.join(line for line in run.stdout.splitlines() if not line.startswith('#'))
    check(f'stretch minmax has no fluxes:\n{run.stdout}', rows.count(' - ') == 3 * 5)


def test_regions():
    """A prediction of a region beside the whole true image is held against the same part of it."""
    random = np.random.default_rng(12)
    truth = galaxy(random, 200, 4.0, 0.1, (60, 70))
    image = truth + random.normal(0, 0.2, truth.shape).astype('f4')
    write_image('whole.fits', truth)
    write_image('part.fits', image[14:50, 20:58])
    with fits.open('part.fits', mode='update') as f:
        h = f[0].header
        h['CRPIX1'], h['CRPIX2'], h['LTV1'], h['LTV2'] = h['CRPIX1'] - 20, h['CRPIX2'] - 14, -20.0, -14.0
    want = bandeval('part.fits', 'whole.fits[21:58,15:50]', 'colour=whole.fits[21:58,15:50]')
    got = bandeval('part.fits', 'whole.fits', 'colour=whole.fits')
    check(f'a part: {got.stdout}{got.stderr}', got.returncode == 0 and 'prediction' in got.stdout
          and [x for x in got.stdout.splitlines() if 'as they are' not in x] == want.stdout.splitlines())
    check(f'it is said: {got.stdout}', 'whole.fits: its 70 x 60 pixels put on the grid of 38 x 36 as they are'
          in got.stdout)
    with fits.open('part.fits', mode='update') as f:
        f[0].header['CRPIX1'] += 0.3
    check_refused(['part.fits', 'whole.fits'], 1, 'they must be on one grid')
    for name in 'part.fits', 'whole.fits':
        with fits.open(name, mode='update') as f:
            for key in 'CTYPE1', 'CTYPE2', 'CRVAL1', 'CRVAL2', 'CRPIX1', 'CRPIX2', 'CDELT1', 'CDELT2':
                del f[0].header[key]
    want = bandeval('part.fits', 'whole.fits[21:58,15:50]', 'aperture=6')
    got = bandeval('part.fits', 'whole.fits', 'aperture=6')
    check(f'by LTV: {got.stdout}{got.stderr}', got.returncode == 0 and table_of(got)[1:] == table_of(want)
          and table_of(got)[0] == 'bandeval: part.fits: compared with whole.fits[21:58,15:50], by its LTV1 and LTV2')
    check_refused(['part.fits', 'whole.fits[2:70,2:60]'], 1, 'they must be on one grid')
    fits.setval('part.fits', 'LTV1', value=-40.0)
    check_refused(['part.fits', 'whole.fits'], 1, 'they must be on one grid')


def test_notes():
    """What a reader of the numbers has to know of the images."""
    random = np.random.default_rng(21)
    truth = galaxy(random, 200, 3.0, 0.1)
    hole = truth.copy()
    hole[12, 11] = np.nan
    write_image('p.fits', truth * np.float32(1.1))
    write_image('t.fits', truth)
    write_image('bare.fits', truth, unit='')
    write_image('bare_p.fits', truth, unit='', arcsec=None)
    write_image('micro.fits', truth, unit='uJy')
    write_image('sky.fits', truth + 50)
    write_image('hole.fits', hole)
    write_image('zp.fits', truth)
    write_image('zp_alone.fits', truth, unit='')
    write_image('constant.fits', np.ones_like(truth))
    write_image('no_scale.fits', truth, arcsec=None)
    for name in 'zp.fits', 'zp_alone.fits':
        fits.setval(name, 'MAGZERO', value=25.0)
    for predicted, true, *words in (
            ('p.fits', 't.fits'), ('bare.fits', 'bare_p.fits'), ('p.fits', 'zp_alone.fits'),
            ('p.fits', 'bare.fits', 'bare.fits: no BUNIT: taken to be in the unit of p.fits'),
            ('bare.fits', 't.fits', 'bare.fits: no BUNIT: taken to be in the unit of t.fits'),
            ('bare.fits', 'zp_alone.fits', 'bare.fits: no BUNIT: taken to be in the unit of zp_alone.fits'),
            ('p.fits', 'sky.fits', 'sky.fits: its sky is more than 10 times its noise from 0'),
            ('zp.fits', 't.fits', 'zp.fits: MAGZERO 25 is passed over: it contradicts BUNIT nanomaggy'),
            ('p.fits', 'zp.fits', 'zp.fits: MAGZERO 25 is passed over')):
        run = bandeval(predicted, true)
        said = [x for x in table_of(run) if x.startswith('bandeval: ')]
        check(f'{predicted}, {true}: {said}{run.stderr}', run.returncode == 0 and len(said) == len(words)
              and all(words[0] in x for x in said))
    for pair in ('p.fits', 'hole.fits'), ('hole.fits', 't.fits'):
        run = bandeval(*pair)
        check(f'{pair}: {run.stdout}', '# no magnitude of 1 of 1 image: a pixel in the aperture' in run.stdout
              and 'no FLUX_BIAS' not in run.stdout)
    run = bandeval('p.fits', 'no_scale.fits', 'images=scale.csv')
    check(f'the scale of the prediction: {run.stdout}', 'apertures of 3 arcsec' in run.stdout)
    with open('scale.csv') as file:
        check('it is in the table', abs(float(next(csv.DictReader(file))['PIXSCALE']) - ARCSEC) < 1e-6)
    run = bandeval('p.fits,p.fits', 't.fits,micro.fits', 'table=units.csv', 'images=units.fits')
    row = [x for x in table_of(run) if x.startswith('prediction')][0].split()
    check(f'other units: {run.stdout}', 'no MAE, as their units or zero points differ' in run.stdout and row[1] == '-'
          and read_csv('units.csv')['prediction']['MAE'] == 'nan')
    check('and none of the column', 'TUNIT3' not in fits.getheader('units.fits', 1))
    test_counts(truth)
    run = bandeval('p.fits', 't.fits', 'table=mae.fits', 'images=maes.fits')
    check('unit', fits.getheader('mae.fits', 1)['TUNIT2'] == fits.getheader('maes.fits', 1)['TUNIT3'] == 'nanomaggy')


def test_counts(truth):
    """Counts are what their zero points say; where only one has any they are not compared."""
    for name, magnitude, cards in (
            ('c25', 25.0, {'MAGZERO': 25.0}), ('c30', 30.0, {'PHOTZP': 30.0}), ('bare_adu', 25.0, {}),
            ('rate', 27.5, {'MAGZPT': 25.0, 'MAGSYS': 'AB', 'EXPTIME': 10.0})):
        write_image(f'{name}.fits', truth * np.float32(10**(0.4 * (magnitude - 22.5))), unit='adu')
        for key, value in cards.items():
            fits.setval(f'{name}.fits', key, value=value)
    names = 'c25.fits', 'c30.fits', 'rate.fits'
    run = bandeval(','.join(names), ','.join(names[1:] + names[:1]), 'images=counts.csv')
    check(f'counts: {run.stdout}', 'no MAE, as their units or zero points differ' in run.stdout)
    with open('counts.csv', newline='') as file:
        check('they are the same light', all(float(x['MSE']) < 1e-12 for x in csv.DictReader(file)))
    run = bandeval('c30.fits,rate.fits', 'c25.fits,c25.fits')
    check(f'of one unit: {run.stdout}', '; MAE in adu;' in run.stdout)
    check_refused(['c25.fits', 'bare_adu.fits'], 1, "c25.fits is in 'adu'", 'the latter has no AB zero point')
    check_refused(['bare_adu.fits', 'c25.fits'], 1, 'the former has no AB zero point')
    run = bandeval('c25.fits', 'c25.fits', 'aperture=12.001')       # of 24 pixels, as well as a pixel scale is known
    check(f'an aperture as wide as the image: {run.stderr}', run.returncode == 0)
    check_refused(['c25.fits', 'c25.fits', 'aperture=12.1'], 2, '24.2 pixels do not fit')
    run = bandeval('bare_adu.fits', 'bare_adu.fits')
    check(f'counts of one kind: {run.stderr}', run.returncode == 0)
    write_image('flam.fits', truth, unit='erg/s/cm2/Angstrom')
    fits.setval('flam.fits', 'PHOTPLAM', value=6000.0)
    write_image('flam17.fits', truth * np.float32(1e17), unit='1e-17 erg/s/cm2/Ang')
    run = bandeval('flam17.fits', 'flam.fits', 'images=flam.csv')
    with open('flam.csv', newline='') as file:
        check(f'fluxes per wavelength: {run.stdout}', float(next(csv.DictReader(file))['MSE']) < 1e-12)


def test_failing_pairs():
    """They are named and left out of a list's tables; the exit status says it."""
    with open('text.fits', 'w') as file:
        file.write('not an image\n')
    run = bandeval('p.fits,p.fits,text.fits,p.fits', 'constant.fits,t.fits,t.fits,micro.fits', 'table=some.csv',
                   'images=some_images.csv')
    want = bandeval('p.fits,p.fits', 't.fits,micro.fits', 'table=rest.csv')
    check(f'a list: {run.stderr}', run.returncode == 1 and run.stderr.endswith('\nbandeval: 2 of 4 pairs failed\n')
          and 'bandeval: p.fits: constant.fits is blank or constant' in run.stderr and run.stderr.count('\n') == 3
          and 'text.fits is not a FITS file' in run.stderr)
    check('the others are measured', table_of(run) == table_of(want) and read_csv('some.csv') == read_csv('rest.csv'))
    run = bandeval('p.fits,p.fits', 'constant.fits,constant.fits', 'table=none.csv')
    check(f'none is left: {run.stderr}', run.returncode == 1 and not os.path.exists('none.csv')
          and '2 of 2 pairs failed' in run.stderr)


# ---- what must be refused -------------------------------------------------------------------------

def test_refused():
    image = np.random.default_rng(6).normal(size=(SIZE, SIZE)).astype('f4')
    write_image('a.fits', image)
    write_image('b.fits', image[:20])
    write_image('counts.fits', image, unit='counts')
    write_image('blank.fits', np.full_like(image, np.nan))
    write_image('constant.fits', np.ones_like(image))
    with open('text.fits', 'w') as file:
        file.write('not an image\n')
    check_refused(['a.fits', ''], 2, 'truth')
    check_refused(['a.fits,b.fits', 'a.fits'], 2, '2 predicted and 1 real')
    check_refused(['a.fits', 'missing.fits'], 1, 'missing.fits', 'No such file')
    check_refused(['text.fits', 'a.fits'], 1, 'text.fits')
    check_refused(['a.fits', 'b.fits'], 1, 'b.fits')
    check_refused(['a.fits', 'counts.fits'], 1, "'nanomaggy'", "'counts'")
    check_refused(['a.fits', 'blank.fits'], 1, 'blank.fits is blank or constant')
    check_refused(['a.fits', 'constant.fits'], 1, 'constant.fits is blank or constant')
    check_refused(['blank.fits', 'a.fits'], 1, 'no valid pixel in common')
    check_refused(['a.fits', 'a.fits', 'aperture=20'], 2, '40 pixels do not fit')
    check_refused(['a.fits', 'a.fits', 'aperture=0'], 2, 'aperture')
    check_refused(['a.fits', 'a.fits', 'table=x.txt'], 2, 'x.txt', '.csv')
    check_refused(['a.fits', 'a.fits', 'images=x.txt'], 2, 'x.txt', '.csv')
    check_refused(['a.fits', 'a.fits', 'table=x.csv', 'images=x.csv'], 2, 'images=x.csv')
    with open('there.csv', 'w') as file:
        file.write('mine\n')
    check_refused(['a.fits', 'a.fits', 'table=there.csv'], 1, 'there.csv exists', 'clobber=yes')
    with open('there.csv') as file:
        check('an existing table stays', file.read() == 'mine\n')
    check_refused(['a.fits', 'a.fits', 'table=no/such/x.csv'], 1, 'no/such/x.csv')
    write_model('model.fits', 'flux', 'abcd')
    check_refused(['set.fits', 'a.fits', 'model=model.fits'], 2, 'truth=a.fits')
    check_refused(['a.fits', 'model=model.fits'], 1, 'a.fits is not a bandcast training set')
    check_refused(['set.fits', 'model=a.fits'], 1, 'a.fits is not a bandcast model')
    check_refused(['set.fits', 'model=model.fits', 'split=other'], 2, 'split')
    write_model('i.fits', 'flux', 'abcd', ('g', 'i', 'r'))
    check_refused(['set.fits', 'model=i.fits'], 1, "set.fits has no band 'i'", 'needs')
    make_set('jansky.fits', 'Jy')
    check_refused(['jansky.fits', 'model=model.fits'], 1, 'Jy', 'nanomaggy')
    check('nothing half-written stays', not [f for f in os.listdir() if f.endswith('.part')])


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    test_pairs()
    test_figures()
    test_photometry()
    test_set()
    test_regions()
    test_notes()
    test_failing_pairs()
    test_refused()
report()
