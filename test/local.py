"""local.py BANDPREDICT EXAMPLES -- predictions of a shipped local model: the same bits for all windows, memories and
threads; a flux scale; missing bands; what SIGMA and MASK say."""
# SPDX-License-Identifier: BSD-3-Clause
import csv
import os
import subprocess
import sys
import warnings

import numpy as np
from astropy.io import fits

from checks import check, report

BANDPREDICT, EXAMPLES = sys.argv[1:3]


def predict(g, z, *options, model=f'{EXAMPLES}/models/kids_r.fits'):
    """{extension: pixels} of the prediction from two arrays."""
    for band, x in (('g', g), ('Z', z)):
        hdu = fits.PrimaryHDU(x.astype('f4'))
        hdu.header['FILTER'], hdu.header['BUNIT'] = band, 'nanomaggy'
        hdu.writeto(f'{band}.fits', overwrite=True)
    run = subprocess.run([BANDPREDICT, 'g.fits,Z.fits', 'out.fits', model, 'clobber=yes', 'verbose=0', *options],
                         capture_output=True, text=True)
    check(f'{options}: {run.stderr}', run.returncode == 0)
    with warnings.catch_warnings():
        warnings.simplefilter('error')                  # of a wrong checksum: it was summed as rows were written
        hdus = fits.open('out.fits', checksum=True)
    with hdus:
        check(f'{options}: checksums', all('CHECKSUM' in hdu.header and 'DATASUM' in hdu.header for hdu in hdus))
        return {hdu.name: hdu.data.astype(hdu.data.dtype.newbyteorder('=')) for hdu in hdus if hdu.data is not None}


def task(name, *words):
    run = subprocess.run([f'{os.path.dirname(BANDPREDICT)}/{name}', *words, 'verbose=0'], capture_output=True,
                         text=True)
    check(f'{name} {words}: {run.stderr}', run.returncode == 0)


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k], equal_nan=True) for k in a)


G, Z, R = (fits.getdata(f'{EXAMPLES}/images/kids_{band}.fits.fz').astype('f4') for band in 'gZr')
MODEL = fits.getheader(f'{EXAMPLES}/models/kids_r.fits')

# Of many sizes, cut as many ways; more than one window along an axis from 241 pixels on.
random = np.random.default_rng(4)
for ny, nx in (256, 251), (7, 5), (9, 300), (263, 130):
    g, z = (np.pad(x, ((0, max(0, ny - 256)), (0, max(0, nx - 256))), 'reflect')[:ny, :nx] for x in (G, Z))
    whole = predict(g, z, 'window=whole', 'sigma=95')
    check(f'{nx} x {ny}: all planes', list(whole) == ['PRIMARY', 'MASK', 'SIGMA', 'SIGMA95'])
    check(f'{nx} x {ny}: tiles',
          same(whole, predict(g, z, 'window=tile', f'size={random.integers(16, 256)}', 'sigma=95')))
    check(f'{nx} x {ny}: threads', same(whole, predict(g, z, 'window=tile', 'size=244', 'threads=1', 'sigma=95')))

# Images narrower than what the network sees together, 8 pixels, are mirrored up to that: of two, one says as much as
# the other, but for the noise, which is measured on fewer pixels.
for part in np.s_[128:129, :], np.s_[:, 100:101], np.s_[126:129, :]:
    g, z = G[part], Z[part]
    wide = [np.pad(x, [(0, max(0, 8 - n)) for n in x.shape], 'reflect' if min(x.shape) > 1 else 'edge') for x in (g, z)]
    narrow, wide = predict(g, z), predict(*wide)
    far = np.abs(narrow['PRIMARY'] - wide['PRIMARY'][:g.shape[0], :g.shape[1]]).max() / np.abs(wide['PRIMARY']).max()
    check(f'{g.shape}: mirrored, {far}', far < 2e-3)

# Deep networks take so many pixels together that little is left of the smallest windows.
task('bandmock', 'mock.fits', 'number=5', 'size=64', 'bands=g,Z,r', 'noise=survey')
task('bandtrain', 'mock.fits', 'deep3.fits', 'filters=2,4,8', 'resblocks=0', 'epochs=1')
task('bandtrain', 'mock.fits', 'deep4.fits', 'filters=2,4,8,16', 'resblocks=0', 'epochs=1')
g, z = (np.pad(x, ((0, 225), (0, 246)), 'reflect') for x in (G, Z))
for down in 3, 4:
    check(f'{down} down-samplings: tiles', same(predict(g, z, 'window=whole', model=f'deep{down}.fits'),
                                                predict(g, z, 'size=64', model=f'deep{down}.fits')))

# What a training calibrates, at one that has hardly begun: the median flux of the validation galaxies is right, and
# SIGMA says how far their pixels lie from the truth, with all bands and without each.
task('bandmock', 'galaxies.fits', 'number=150', 'size=32', 'bands=g,Z,r', 'noise=survey', 'seed=3')
task('bandtrain', 'galaxies.fits', 'early.fits', 'filters=4,8', 'resblocks=1', 'epochs=2', 'lr=3e-5', 'inbands=g,Z',
     'outband=r')
task('bandeval', 'galaxies.fits', 'model=early.fits', 'split=valid', 'table=early.csv', 'aperture=3.6')     # 9 pixels
gain, noise = (fits.getval('early.fits', key) for key in ('OUTGAIN', 'OUTNOISE'))
check(f'much is to be put right: {gain}', gain > 1.5)
with open('early.csv') as file:
    bias = float(next(csv.DictReader(file))['FLUX_BIAS'])
check(f'and is: {bias} mag', abs(bias) < 1e-4)
stamps = fits.getdata('galaxies.fits', 'PIXELS')[fits.getdata('galaxies.fits', 'SAMPLES')['SPLIT'] == 1]
mosaic = stamps.reshape(5, 6, 3, 32, 32).transpose(2, 0, 3, 1, 4).reshape(3, 160, 192)
for lacking in None, 0, 1:
    inputs = mosaic[:2].copy()
    if lacking is not None:
        inputs[lacking, :, :160] = np.nan               # but for the last column of stamps, which give it a noise
    said = predict(*inputs, 'sigma=95', model='early.fits')
    error = np.abs(said['PRIMARY'] - mosaic[2])[:, :160]
    bright = said['PRIMARY'][:, :160] > 10 * noise
    within = [np.mean(error[which] <= said[name][:, :160][which]) for name in ('SIGMA', 'SIGMA95')
              for which in (bright | True, bright)]
    check(f'without {lacking}: {within} of all and of bright pixels within SIGMA, SIGMA95',
          0.66 < within[0] < 0.76 and 0.62 < within[1] < 0.82 and 0.94 < within[2] < 0.99 and 0.9 < within[3] < 1)

# Of more than 1.5 million pixels some are enough for the noise, from all over the image.
g, z = (np.tile(x, (6, 5)) for x in (G, Z))
rows = np.linspace(1, 4, len(g))[:, None]
for every in 1, 3:
    predict(g[::every] * rows[::every], z[::every] * rows[::every], 'region=image;circle(20,20,5)')
    noise = fits.getval('out.fits', 'BCSCALE') / (1 if every == 1 else noise)
check(f'the noise of a third of the rows over that of all: {noise}', abs(noise - 1) < 0.02)

# The eight orientations: the mean of what the network gives, by astropy and numpy; tiles, threads and lying windows.
def turned(x, s):
    x = x.T if s & 1 else x
    return np.ascontiguousarray(x[::-1 if s & 2 else 1, ::-1 if s & 4 else 1])


def turned_back(x, s):
    x = x[::-1 if s & 2 else 1, ::-1 if s & 4 else 1]
    return np.ascontiguousarray(x.T if s & 1 else x)


g, z = G[:198, :134], Z[:198, :134]          # even, but no multiples of a tile: all edges are alike
eight = predict(g, z, 'symmetries=yes')
check('BCSYMM counts the orientations', repr(fits.getval('out.fits', 'BCSYMM')) == '8')
said = [turned_back(predict(turned(g, s), turned(z, s))['PRIMARY'], s) for s in range(8)]
unit = MODEL['SOFTEN'] * MODEL['OUTNOISE'] * MODEL['OUTGAIN'] * fits.getval('out.fits', 'BCSCALE')
mean = np.sinh(np.mean(np.arcsinh(np.array(said) / unit), 0)) * unit
check('mean of eight orientations', np.abs(eight['PRIMARY'] - mean).max() < 1e-5 * np.abs(mean).max())
check('they differ', np.abs(said[0] - mean).max() > 1e-3 * np.abs(mean).max())


def uncalibrated(model, name):
    """SIGMA is what the network says itself: of Laplace's distribution, by its scale."""
    with fits.open(model) as hdus:
        hdus[0].header['NINTERV'] = 0
        hdus.writeto(name, checksum=True)
    return name


def network(planes, model):
    """Value and scale as the network gave them, times the stretch's range."""
    unit = np.prod([fits.getval(model, key) for key in ('SOFTEN', 'OUTNOISE', 'OUTGAIN')])
    unit *= fits.getval('out.fits', 'BCSCALE')
    value = np.arcsinh(planes['PRIMARY'].astype('f8') / unit)
    return value, np.arcsinh(planes['SIGMA'] / (-np.log(1 - 0.6827) * unit * np.cosh(value)))


def check_scale(what, whole, parts):
    """Variances of Laplace's distribution, twice the scale squared, and the values' own are added."""
    values, scales = np.array(parts).transpose(1, 0, 2, 3)
    own, scatter = np.mean(scales**2, 0), 0.5 * np.var(values, 0, ddof=1)
    far = np.abs(whole[1] / np.sqrt(own + scatter) - 1).max()
    check(f'{what}: SIGMA, {far}', far < 1e-4 and np.max(scatter / own) > 0.05)


plain = uncalibrated(f'{EXAMPLES}/models/kids_r.fits', 'plain.fits')
whole = network(predict(g, z, 'symmetries=yes', model=plain), plain)
parts = []
for s in range(8):
    planes = predict(turned(g, s), turned(z, s), model=plain)
    parts.append(network({name: turned_back(x, s) for name, x in planes.items()}, plain))
check_scale('eight orientations', whole, parts)

# Models together.
task('bandtrain', 'galaxies.fits', 'other.fits', 'filters=4,8', 'resblocks=1', 'epochs=2', 'lr=1e-4', 'seed=2',
     'inbands=g,Z', 'outband=r')
members = uncalibrated('early.fits', 'plain1.fits'), uncalibrated('other.fits', 'plain2.fits')
task('bandmodel', 'ensemble', ','.join(members), 'output=both.fits')
parts = [network(predict(G, Z, model=name), name) for name in members]
whole = network(predict(G, Z, model='both.fits'), 'both.fits')
check('the mean of two', np.abs(whole[0] - np.mean(parts, 0)[0]).max() < 1e-5)
check_scale('two models', whole, parts)
for ny, nx in (256, 256), (150, 256):
    check(f'eight, {nx} x {ny}: tiles',
          same(predict(G[:ny, :nx], Z[:ny, :nx], 'symmetries=yes', 'window=whole', 'sigma=95'),
               predict(G[:ny, :nx], Z[:ny, :nx], 'symmetries=yes', 'window=tile', 'size=244', 'threads=1', 'sigma=95')))

full = predict(G, Z)
check('SIGMA by itself', list(full) == ['PRIMARY', 'MASK', 'SIGMA'] and (full['SIGMA'] > 0).all())
noise = fits.getval('out.fits', 'BCNOISE')
check('BCNOISE is what SIGMA is without a source', abs(np.median(full['SIGMA']) / noise - 1) < 0.1)
check('not SIGMA', list(predict(G, Z, 'sigma=no')) == ['PRIMARY', 'MASK'])
check('nor its noise', 'BCNOISE' not in fits.getheader('out.fits'))
predict(G, Z, 'unit=uJy')
check('BCNOISE in another unit', abs(fits.getval('out.fits', 'BCNOISE') / (3.631 * noise) - 1) < 1e-4)
twice = predict(2 * G, 2 * Z)
check('BCNOISE of twice the noise', abs(fits.getval('out.fits', 'BCNOISE') / (2 * noise) - 1) < 1e-5)
for name in 'PRIMARY', 'SIGMA':
    check(f'{name} of twice the flux', np.abs(twice[name] - 2 * full[name]).max() < 1e-5 * np.abs(twice[name]).max())

# A band that is missing in a part: predicted from the other, and nothing else changes far away.
half = Z.copy()
half[:, :100] = np.nan
part = predict(G, half)
lost, far = np.s_[:, :100], np.s_[:, 205:]
check('predicted without Z', np.isfinite(part['PRIMARY']).all())
check('MASK says so', (part['MASK'][lost] == 32).all() and not (part['MASK'][:, 100:] & 32).any())
# The noise is that of the pixels that are left, and with it the scale.
check('far away the same', (np.abs(part['PRIMARY'] - full['PRIMARY'])[far] < 0.05 * full['SIGMA'][far]).all())
bright = full['PRIMARY'][lost] > 10 * 0.0043           # of the sky noise
error = {name: np.median(np.abs(x[lost] - R[lost])[bright] / R[lost][bright])
         for name, x in (('part', part['PRIMARY']), ('full', full['PRIMARY']), ('g', G))}
check(f'nearly as good as with Z, better than g: {error}', error['full'] < error['part'] < 0.7 * error['g'])
check('SIGMA is larger there', np.median((part['SIGMA'] / full['SIGMA'])[lost][bright]) > 1.5)
within = {name: np.mean(np.abs(x['PRIMARY'] - R)[lost] < x['SIGMA'][lost])
          for name, x in (('part', part), ('full', full))}
check(f'and as right as elsewhere: {within}', abs(within['part'] - 0.683) < 0.05 and abs(within['full'] - 0.683) < 0.05)
within_bright = np.mean(np.abs(part['PRIMARY'] - R)[lost][bright] < part['SIGMA'][lost][bright])
check(f'where it is bright, too: {within_bright}', 0.5 < within_bright < 0.9)

both = predict(np.where(np.arange(256) < 50, np.nan, G), half)
check('nothing from nothing', np.isnan(both['PRIMARY'][:, :50]).all() and (both['MASK'][:, :50] & 1 == 1).all()
      and np.isnan(both['SIGMA'][:, :50]).all() and np.isfinite(both['PRIMARY'][:, 50:]).all())
star = G.copy()
star[100:103, 100:103] = 1e5
check('brighter than all that it knows', (predict(star, Z)['MASK'][100:103, 100:103] == 64).all())
mask = full['MASK']
check('hardly anything is unusual here', ((mask & 192) != 0).mean() < 1e-3)
hot = G.copy()
hot[60, 70] += 60 * 0.004                               # a cosmic ray at 60 noises
changed = np.argwhere(predict(hot, Z)['MASK'] != mask).tolist()
check(f'a cosmic ray stands out: {changed}', changed == [[60, 70]] and predict(hot, Z)['MASK'][60, 70] & 128)
green = np.argmax(np.where(Z > 40 * 0.0064, Z, 0))      # a bright pixel without light in g
dark = G.copy()
dark.ravel()[green] = 11 * 0.004
check('another colour', predict(dark, Z)['MASK'].ravel()[green] & 64)
report()
