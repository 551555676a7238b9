"""multiband.py TASKS -- a model of two output bands against the two models of one band that it was put together from;
its files, real images, scores, training, ensembles and export."""
# SPDX-License-Identifier: BSD-3-Clause
import csv
import os
import signal
import subprocess
import sys
import time

import numpy as np
from astropy.io import fits

from checks import check, report

TASKS = sys.argv[1]
OUTPUT_KEYS = {'OUTBAND': 'OUTBAND2', 'OUTUNIT': 'OUTUNIT2', 'OUTNOISE': 'OUTNOIS2', 'OUTGAIN': 'OUTGAIN2'}


def task(name, *words, fails=None):
    """Standard output of a task; with FAILS it must fail and say that."""
    run = subprocess.run([f'{TASKS}/{name}', *words], capture_output=True, text=True)
    if fails is None:
        check(f'{name} {words}: {run.stderr}', run.returncode == 0)
    else:
        check(f'{name} {words} is refused with "{fails}": {run.stderr}', run.returncode != 0 and fails in run.stderr)
    return run.stdout


def planes(file):
    with fits.open(file) as hdus:
        return {hdu.name: np.array(hdu.data) for hdu in hdus}


def same(a, b, tolerance=0.0):
    """tolerance: of the largest value."""
    return a.keys() == b.keys() and all(
        np.abs(a[k].astype(float) - b[k]).max() <= tolerance * np.abs(b[k].astype(float)).max() for k in a)


def fingerprint(hdus):
    """FNV-1a of the weights, which a model is refused without."""
    h = 0xcbf29ce484222325
    for hdu in hdus[1:]:
        for byte in hdu.data.astype('<f4').tobytes():
            h = (h ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return f'{h:016x}'


def write_model(hdus, file):
    hdus[0].header['WEIGHSUM'] = fingerprint(hdus)
    hdus.writeto(file, checksum=True, overwrite=True)


def interval_key(key):
    """The second band's name of one of the first's cards of intervals: O2N, O2F1, O2H1I3... None: it is none."""
    for start, names in ('', ('NINTERV', 'INTFLUX', 'INT68_', 'INT95_')), \
            ('H1', ('H1N', 'H1FLUX', 'H1I68_', 'H1I95_')), \
            ('H2', ('H2N', 'H2FLUX', 'H2I68_', 'H2I95_')):
        for name, letter in zip(names, 'NFIJ'):
            number = key[len(name):]
            if key.startswith(name) and (number == '' if letter == 'N' else number.isdigit()):
                return f'O2{start}{letter}{number}'
    return None


# ---- three models with one trunk: r, i, and both ---------------------------------------------------

task('bandmock', 'mock.fits', 'number=75', 'size=32', 'bands=u,g,r,i')
task('bandtrain', 'mock.fits', 'r.model', 'inbands=u,g', 'outband=r', 'filters=8', 'resblocks=1', 'epochs=1')
random = np.random.default_rng(3)
with fits.open('r.model') as r, fits.open('r.model') as i, fits.open('r.model') as both:
    header, i_header = both[0].header, i[0].header
    check('a model of one band is of format 1', r[0].header['BCFORMAT'] == 1 and 'NOUTPUT' not in r[0].header)
    i_header['OUTBAND'], i_header['OUTGAIN'] = 'i', 1.25 * i_header['OUTGAIN']
    i_header['OUTNOISE'] *= 1.5
    for key in list(i_header):
        if key.startswith(('INT68_', 'INT95_', 'H1I', 'H2I')):
            i_header[key] *= random.uniform(1.5, 2.5)
    for tensor in 'combine.kernel', 'combine.bias', 'out.kernel', 'out.bias':
        i[tensor].data = (i[tensor].data + 0.02 * random.normal(size=i[tensor].data.shape)).astype('f4')
        a, b = r[tensor].data, i[tensor].data           # the last axis: value, scale
        both[tensor].data = np.stack([a[..., 0], b[..., 0], a[..., 1], b[..., 1]], -1)
    header['BCFORMAT'], header['NOUTPUT'] = 2, 2
    header['NWEIGHT'] = sum(hdu.data.size for hdu in both[1:])
    for key, value in i_header.items():
        second = OUTPUT_KEYS.get(key) or interval_key(key)
        if second is not None:
            header[second] = value
    write_model(i, 'i.model')
    write_model(both, 'both.model')
listed = task('bandmodel', 'list', 'both.model').split()
check(f'bandmodel list names both: {listed}', listed[1:3] == ['u,g', 'r,i'])

# ---- predictions ----------------------------------------------------------------------------------

with fits.open('mock.fits') as hdus:
    sample = hdus[0].data[0] if hdus[0].data is not None else hdus[1].data[0]
for band, pixels in zip('ugri', sample):
    fits.PrimaryHDU(np.tile(pixels, (2, 3)).astype('f4'),
                    fits.Header({'FILTER': band, 'BUNIT': 'nanomaggy'})).writeto(f'{band}.fits')
IN = 'u.fits,g.fits'
for device, tolerance in ('ref', 0.0), ('cpu', 2e-6):
    words = f'device={device}', 'sigma=95', 'clobber=yes'
    task('bandpredict', IN, 'one_r.fits', 'r.model', *words)
    task('bandpredict', IN, 'one_i.fits', 'i.model', *words)
    task('bandpredict', IN, 'two.fits', 'both.model', *words)
    for band in 'ri':
        one, two = planes(f'one_{band}.fits'), planes(f'two_{band}.fits')
        check(f'{device}: {band} of both as by itself', same(two, one, tolerance))
        check(f'all planes: {list(two)}', list(two) == ['PRIMARY', 'MASK', 'SIGMA', 'SIGMA95'])
        check('FILTER', fits.getheader(f'two_{band}.fits')['FILTER'] == band)
check('r is not i', not same(planes('two_r.fits'), planes('two_i.fits'), 0.01))
check('no other file', not os.path.exists('two.fits'))
task('bandpredict', IN, 'tile.fits', 'both.model', 'window=tile', 'size=128', 'sigma=95',
     'region=image; box(40,30,31,21,0)')
for band in 'ri':
    part, all_of_it = planes(f'tile_{band}.fits'), planes(f'two_{band}.fits')
    check(f'a region of {band}: the same bits', part['PRIMARY'].shape == (21, 31) and all(
        np.array_equal(part[k], all_of_it[k][19:40, 24:55]) for k in part))

# A file for each, real images in any order if FILTER says which is which.
task('bandpredict', IN, 'a.fits,b.fits', 'both.model', 'truth=i.fits,r.fits', 'unit=nJy')
task('bandpredict', IN, '%u%R%,%u%I%', 'both.model', 'truth=i.fits')
for band, listed, edited in ('r', 'a.fits', 'R.fits'), ('i', 'b.fits', 'I.fits'):
    a, b, truth = planes(listed), planes(edited), fits.getdata(f'{band}.fits')
    check(f'{listed} is of {band}', fits.getheader(listed)['FILTER'] == fits.getheader(edited)['FILTER'] == band)
    factor = 10 ** (0.4 * (31.4 - 22.5))
    check('the unit', np.abs(a['PRIMARY'] / factor - b['PRIMARY']).max() < 1e-6 * np.abs(b['PRIMARY']).max())
    check('RESIDUAL', np.abs(a['RESIDUAL'] - (factor * truth - a['PRIMARY'])).max() < 1e-5 * np.abs(a['PRIMARY']).max())
    check('RESIDUAL only with a truth', ('RESIDUAL' in b) == (band == 'i'))
task('bandpredict', IN, 'n.fits', 'both.model', 'truth=none,i.fits')
check('none holds a place', [('RESIDUAL' in planes(f'n_{band}.fits')) for band in 'ri'] == [False, True])
task('bandpredict', IN, 'x.fits', 'both.model', 'truth=u.fits', fails='is of no band that')
task('bandpredict', IN, 'x.fits', 'both.model', 'truth=r.fits,r.fits', fails='two images are of band r')

# What is wrong with the outputs is said before an image is opened, and nothing is half-written.
task('bandpredict', 'missing.fits', 'a.fits,b.fits,c.fits', 'both.model', fails='3 names for 2 bands')
task('bandpredict', 'missing.fits', 'a.fits,a.fits', 'both.model', 'clobber=yes', fails='named twice')
task('bandpredict', 'missing.fits', 'new.fits,i.fits', 'both.model', fails='i.fits exists')
task('bandpredict', IN, 'new.fits,u.fits', 'both.model', 'clobber=yes', fails='u.fits is an input, too')
check('nothing is new', not os.path.exists('new.fits') and fits.getheader('i.fits')['FILTER'] == 'i')
for band in 'ug':
    fits.writeto(f'large_{band}.fits', np.tile(fits.getdata(f'{band}.fits'), (8, 8)), fits.getheader(f'{band}.fits'))
run = subprocess.Popen([f'{TASKS}/bandpredict', 'large_u.fits,large_g.fits', 'killed.fits', 'both.model', 'device=ref',
                        'window=tile', 'size=64', 'verbose=0'])
parts = [f'.killed_{band}.fits.part' for band in 'ri']
while run.poll() is None and not all(map(os.path.exists, parts)):
    time.sleep(0.01)
run.send_signal(signal.SIGTERM)
check('a signal ends it', run.wait() == -signal.SIGTERM)
check('and leaves nothing', not [name for name in os.listdir() if 'killed' in name])

# ---- scores ---------------------------------------------------------------------------------------

rows = {}
for model in 'r', 'i', 'both':
    said = task('bandeval', 'mock.fits', f'model={model}.model', f'table={model}.csv')
    with open(f'{model}.csv') as table:
        rows[model] = {row['NAME']: row for row in csv.DictReader(line for line in table if line[0] != '#')}
check(f'rows of both bands: {list(rows["both"])}', len(rows['both']) == 2 * len(rows['r']))
table = said[said.index('NAME'):].splitlines()[:1 + len(rows['both'])]
check(f'its columns stand below one another: {table}', len(set(map(len, table))) == 1)
for band in 'ri':
    for name, row in rows[band].items():
        other = rows['both'].get(f'{name} ({band})', {})
        for column in 'MAE', 'SSIM', 'FLUX_BIAS', 'FORMULA':
            a, b = row.get(column), other.get(column)
            check(f'{band}: {column} of {name} is {a}, not {b}', a == b
                  or abs(float(a) - float(b)) < 1e-4 * abs(float(a)))

# Of two planes of one band the one that is called so counts, wherever it stands; one by itself may be called otherwise.
for name, planes_of_it in ('after', [0, 1, 2, 3]), ('before', [0, 1, 3, 2]):
    with fits.open('mock.fits') as hdus:
        bands = [['u', 'g', 'r', "r'"][k] for k in planes_of_it]
        hdus[0].header.update({f'BAND{b + 1}': band for b, band in enumerate(bands)})
        hdus['PIXELS'].data = hdus['PIXELS'].data[:, planes_of_it]
        hdus['SAMPLES'].data['SIGMA'] = hdus['SAMPLES'].data['SIGMA'][:, planes_of_it]
        hdus.writeto(f'{name}.fits')
    task('bandeval', f'{name}.fits', 'model=r.model', f'table={name}.csv')
    with open(f'{name}.csv') as table:
        found = {row['NAME']: row for row in csv.DictReader(line for line in table if line[0] != '#')}
    check(f'r {name} another r', found['model'] == rows['r']['model'])
task('bandtrain', 'mock.fits', 'alias.fits', "outband=r'", 'filters=2', 'resblocks=0', 'epochs=1')
header = fits.getheader('alias.fits')
check('its plane is no input', [header[f'INBAND{b}'] for b in (1, 2, 3)] == ['u', 'g', 'i'] and header['NINPUT'] == 3)

# ---- training, ensembles, export ------------------------------------------------------------------

SMALL = 'filters=8', 'resblocks=1', 'epochs=40', 'batch=2', 'lr=5e-3'
task('bandtrain', 'mock.fits', 'trained.fits', 'outband=r,i', 'log=loss.csv', *SMALL)
with open('loss.csv') as log:
    loss = [float(row['valid_loss']) for row in csv.DictReader(log)]
check(f'the validation loss falls: {loss}', min(loss) < 0.85 * loss[0])
header = fits.getheader('trained.fits')
check('inputs are the other bands', [header[k] for k in ('INBAND1', 'INBAND2', 'OUTBAND', 'OUTBAND2')] == list('ugri'))
check('a gain for each', header['OUTGAIN'] != header['OUTGAIN2'])
task('bandeval', 'mock.fits', 'model=trained.fits', 'split=validation', 'aperture=3.6', 'table=v.csv')    # 9 pixels
with open('v.csv') as table:
    bias = [float(row['FLUX_BIAS']) for row in csv.DictReader(line for line in table if line[0] != '#')
            if 'model' in row['NAME']]
check(f'the gains make magnitudes of validation samples right: {bias}', len(bias) == 2 and max(map(abs, bias)) < 5e-3)
task('bandtrain', 'mock.fits', 'tuned.fits', 'start=trained.fits', 'epochs=1', 'lr=1e-5')
check('fine-tuned', fits.getheader('tuned.fits')['OUTBAND2'] == 'i')
task('bandtrain', 'mock.fits', 'x.fits', 'inbands=u,g', 'outband=r', 'start=trained.fits',
     fails='2 output bands, not 1')
task('bandtrain', 'mock.fits', 'x.fits', 'outband=r,i', 'recipe=paper', fails='a resnet predicts one')
task('bandtrain', 'mock.fits', 'x.fits', 'outband=r,r', fails='named twice')
with fits.open('both.model') as twin:
    twin['stem.kernel'].data[0, 0, 0, 0] *= 1 + 1e-6            # the same network twice would be refused
    write_model(twin, 'twin.model')
task('bandmodel', 'ensemble', 'both.model,twin.model', 'output=ensemble.fits')
task('bandpredict', IN, 'many.fits', 'ensemble.fits', 'sigma=95')
task('bandtrain', 'mock.fits', 'x.fits', 'start=ensemble.fits', fails='is an ensemble of 2 networks')
task('bandmodel', 'export', 'both.model', 'output=both.safetensors')
task('bandmodel', 'import', 'both.safetensors', 'output=back.fits')
task('bandpredict', IN, 'back.fits.gz', 'back.fits', 'sigma=95')
# Of ten inputs the tenth's cards have long keys.
task('bandmock', 'ten.fits', 'number=5', 'size=16', 'bands=FUV,NUV,u,g,r,i,z,Y,J,H,Ks', 'noise=survey')
task('bandtrain', 'ten.fits', 'ten.model', 'outband=Ks', 'filters=2', 'resblocks=0', 'epochs=1')
task('bandmodel', 'export', 'ten.model', 'output=ten.safetensors')
task('bandmodel', 'import', 'ten.safetensors', 'output=ten_again.model')
a, b = (fits.getheader(name) for name in ('ten.model', 'ten_again.model'))
check('all cards there and back', 'INNOISE10' in a and {k: a[k] for k in a if k not in ('DATE', 'CHECKSUM')}
      == {k: b[k] for k in b if k not in ('DATE', 'CHECKSUM')})
for band in 'ri':
    check('an ensemble of twins is the same', same(planes(f'many_{band}.fits'), planes(f'two_{band}.fits'), 2e-6))
    check('exported and imported', same(planes(f'back_{band}.fits.gz'), planes(f'two_{band}.fits')))
report()
