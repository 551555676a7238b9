"""masks.py -- which pixels are no data, as astropy and scipy see it.

    masks.py PRINT_IMAGE DATA       DATA: a folder of real FITS files, used where it exists
SPDX-License-Identifier: BSD-3-Clause"""
import csv
import glob
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from astropy.io import fits
from scipy import ndimage

from blanks import filled, runs
from checks import check, report

PRINT_IMAGE, DATA = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
NO_DATUM, FLAGGED, BLANK = 1, 2, 4
SHAPE = 31, 40
random = np.random.default_rng(1)


def call(name, plane=0, mask=''):
    """Flags of all pixels, what they are flagged by; or None and the sentence."""
    run = subprocess.run([PRINT_IMAGE, 'flags', name, str(plane), mask], capture_output=True)
    check(f'{name} {mask}: exit {run.returncode}, said {run.stderr!r}',
          run.returncode in (0, 1) and (run.returncode == 1) == (run.stderr != b''))
    if run.returncode != 0:
        return None, run.stderr.decode().rstrip('\n')
    said, flags = run.stdout.split(b'\n', 1)
    return np.frombuffer(flags, 'u1'), said.decode()


def same(name, want, said=None, plane=0, mask=''):
    """By rows and at once: the same flags, and as many as the library counts."""
    flags, words = call(name, plane, mask)
    if flags is None:
        return check(f'{name} {mask} opens: {words}', False)
    masks, *counts = words.split('|')
    rows, whole = np.split(flags, 2)
    want = np.asarray(want, 'u1').ravel()
    check(f'{name}: by rows and at once', np.array_equal(rows, whole))
    check(f'{name} plane {plane} {mask}: {np.sum(rows != want)} flags differ', np.array_equal(rows, want))
    check(f'{name}: counts {counts}',
          [int(c) for c in counts] == [np.sum(want & bit != 0) for bit in (NO_DATUM, FLAGGED, BLANK)])
    check(f'{name} {mask}: masked by {masks!r}, not {said!r}', said is None or masks == said)


def image(shape=SHAPE):
    return random.normal(100, 30, shape).astype('f4')


def spots(n=20, shape=SHAPE):
    """A few bad pixels."""
    bad = np.zeros(shape, bool)
    bad.flat[random.choice(bad.size, n, False)] = True
    return bad


def hdu(data, name=None, version=None, **cards):
    h = fits.ImageHDU(data, name=name)
    if version is not None:
        h.header['EXTVER'] = version
    h.header.update(cards)
    return h


def write(name, *hdus, **cards):
    primary = fits.PrimaryHDU()
    primary.header.update(cards)
    fits.HDUList([primary, *hdus]).writeto(name)


def flagged(bad):
    return np.where(bad, FLAGGED, 0)


# ---- beside the image in its file --------------------------------------------------------------------------------

def test_conventions():
    """What observatories write beside an image."""
    a, b, c = spots(), spots(), spots()
    error = np.where(c, np.nan, 3).astype('f4')
    write('hst.fits', hdu(image(), 'SCI', 1), hdu(error * 0, 'ERR', 1), hdu((a * 4096).astype('i2'), 'DQ', 1),
          hdu(image(), 'SCI', 2), hdu(np.zeros(SHAPE, 'f4'), 'ERR', 2), hdu((b * 64).astype('i2'), 'DQ', 2),
          TELESCOP='HST')
    same('hst.fits', flagged(a | c), 'ERR, DQ')
    same('hst.fits[SCI,2]', flagged(b), 'ERR, DQ')
    same('hst.fits[4]', flagged(b), 'ERR, DQ')
    same('hst.fits[DQ,1]', np.zeros(SHAPE), '')                  # a mask asked for is an image
    same('hst.fits[SCI,2][5:30,3:20]', flagged(b[2:20, 4:30]), 'ERR, DQ')
    same('hst.fits[SCI,2]', np.zeros(SHAPE), '', mask='none')

    bits = random.integers(0, 2**32, SHAPE, 'u4')
    write('jwst.fits', hdu(image(), 'SCI'), hdu(bits, 'DQ'), hdu(np.ones(SHAPE, 'f4'), 'WHT'), TELESCOP='JWST')
    same('jwst.fits', flagged(bits & 1), 'DQ, WHT')
    floats = np.where(a, 1e30, np.where(c, np.nan, 2)).astype('f4')      # no whole number of 64 bits
    write('floats.fits', hdu(image(), 'SCI'), hdu(floats, 'DQ'), TELESCOP='JWST')
    same('floats.fits', flagged(a | c), 'DQ')
    write('drz.fits', hdu(image(), 'SCI'), hdu(np.where(a, 0, 900).astype('f4'), 'WHT'),
          hdu(np.ones(SHAPE, 'i4'), 'CTX'), TELESCOP='HST')
    same('drz.fits', flagged(a), 'WHT')

    packed = [fits.CompImageHDU(d, name=n) for d, n in ((image(), 'SCI'), ((b * 3).astype('i4'), 'MSK'),
                                                        (np.where(a, -1, 2).astype('f4'), 'WGT'))]
    write('des.fits.fz', *packed)
    same('des.fits.fz', flagged(a | b), 'MSK, WGT')
    same('des.fits.fz[SCI][2:9,4:8]', flagged((a | b)[3:8, 1:9]), 'MSK, WGT')

    write('legacy.fits', hdu(image(), 'g'), hdu(np.where(a, 0, 2).astype('f4'), 'invvar_g'), hdu(image(), 'r'),
          hdu(np.where(b, np.nan, 2).astype('f4'), 'invvar_r'), hdu(np.zeros((5, 5), 'f4'), 'invvar_z'))
    same('legacy.fits[g]', flagged(a), 'INVVAR_G')
    same('legacy.fits[r]', flagged(b), 'INVVAR_R')
    fits.HDUList([fits.PrimaryHDU(image(), fits.Header(dict(IMAGETYP='image'))),
                  hdu(np.where(c, 0, 2).astype('f4'), IMAGETYP='invvar')]).writeto('cutout.fits')
    same('cutout.fits', flagged(c), 'invvar')

    planes = 1 * a + 2 * spots() + 32 * spots(600) + 256 * c
    write('lsst.fits', hdu(image(), 'IMAGE'),
          hdu(planes.astype('i4'), 'MASK', **{'MP_BAD': 0, 'MP_INTRP': 1, 'HIERARCH MP_DETECTED': 5,
                                              'HIERARCH MP_NO_DATA': 8}), hdu(np.ones(SHAPE, 'f4'), 'VARIANCE'))
    same('lsst.fits', flagged(planes & 257), 'MASK, VARIANCE')

    fits.HDUList([fits.PrimaryHDU(image()), hdu(a.astype('u1'), 'MASK'), hdu(a.astype('u1'), 'SEGMASK'),
                  hdu(np.zeros(SHAPE, 'f4'), 'BACKGROUND'), hdu(np.zeros(40, 'f4'), 'WHT'),
                  hdu(np.zeros((40, 31), 'f4'), 'WHT')]).writeto('primary.fits')
    same('primary.fits', flagged(a), 'MASK')
    write('euclid.fits', hdu(image(), 'CCD2.SCI'), hdu(image(), 'CCD3.SCI'), hdu(a.astype('i4'), 'CCD2.FLG'),
          hdu(b.astype('i4'), 'CCD3.FLG'))
    same('euclid.fits[CCD3.SCI]', flagged(b), 'CCD3.FLG')


def test_cubes():
    a = spots(60, (3, *SHAPE))
    cube = random.normal(0, 1, (3, *SHAPE)).astype('f4')
    cube[1, 4, 4] = np.nan
    want = np.where(a, FLAGGED, 0) | np.where(np.isnan(cube), NO_DATUM, 0)
    fits.HDUList([fits.PrimaryHDU(cube), hdu(np.where(a, 0, 1).astype('f4'), 'IVAR')]).writeto('cube.fits')
    for k in range(3):
        same('cube.fits', want[k], 'IVAR', k + 1)
        same(f'cube.fits[*,*,{k + 1}:{k + 1}]', want[k], 'IVAR')
    fits.HDUList([fits.PrimaryHDU(cube), hdu(a[0].astype('u1'), 'MASK')]).writeto('cube_flat.fits')
    same('cube_flat.fits', flagged(a[0]), 'MASK', 3)


# ---- named -------------------------------------------------------------------------------------------------------

def test_named():
    a, b = spots(), spots()
    wcs = dict(CTYPE1='RA---TAN', CTYPE2='DEC--TAN', CRVAL1=10.0, CRVAL2=20.0, CRPIX1=5.0, CRPIX2=5.0, CDELT1=-1e-4,
               CDELT2=1e-4)

    def plain(name, data, **cards):
        fits.PrimaryHDU(data, fits.Header(cards)).writeto(name)
        return name
    fits.HDUList([fits.PrimaryHDU(image(), fits.Header(wcs)), hdu(b.astype('u1'), 'MASK')]).writeto('named.fits')
    numbers = np.where(a, 7, 0)
    for name, data, want in ('bad.fits', numbers.astype('i2'), a), ('depth.fits', (1.0 - a).astype('f4'), a), \
            ('n_weight.fits', (1 - a).astype('i2'), a), ('m.bpm.fits', numbers.astype('f4'), a), \
            ('rms.fits', np.where(a, np.inf, 0).astype('f4'), a), \
            ('nan_mask.fits', np.where(a, np.nan, 0).astype('f4'), a), ('i8.fits', numbers.astype('i8'), a):
        same('named.fits', flagged(want), name, mask=plain(name, data, **wcs))
    same('named.fits', flagged(a), 'i8.fits', mask='i8.fits')
    # Floats of 0 and 1 that no name explains, whichever the convention; one other value makes them a weight.
    hole = np.where(b, np.nan, a).astype('f4')
    for name, data, want in ('ones.fits', a.astype('f4'), a), ('zeros.fits', 1.0 - a, a), ('hole.fits', hole, a | b), \
            ('none_bad.fits', np.zeros(SHAPE), np.zeros(SHAPE, bool)), ('a_wht.fits', a.astype('f4'), ~a), \
            ('shares.fits', np.where(b, 0.5, 1.0 * a), ~(a | b)):
        same('named.fits', flagged(want), name, mask=plain(name, data, **wcs))
    write('two.fits', hdu((1 - a).astype('i2'), 'IVAR'), hdu(b.astype('f4'), 'DQ'))
    same('named.fits', flagged(a), 'two.fits', mask='two.fits')
    same('named.fits', flagged(b), 'two.fits[DQ]', mask='two.fits[DQ]')
    for mask, words in (plain('small.fits', np.zeros((5, 5), 'u1')),
                        'named.fits is 40 x 31 pixels, small.fits is 5 x 5'), \
            (plain('moved.fits', np.zeros(SHAPE, 'u1'), **{**wcs, 'CRPIX1': 6.0}), 'different grids'), \
            ('nosuch.fits', 'nosuch.fits: No such file'):
        flags, error = call('named.fits', mask=mask)
        check(f'mask {mask}: {error}', flags is None and words in error)


# ---- areas of zeros ----------------------------------------------------------------------------------------------

def test_zeros():
    def expect(name, data, blank, kind='f4'):
        fits.PrimaryHDU(data.astype(kind)).writeto(name)
        same(name, np.where(np.isnan(data), NO_DATUM, 0) | np.where(blank, BLANK, 0))
    y, x = np.mgrid[:120, :150]
    noise = random.normal(0, 1, x.shape)
    galaxy = 50 * np.exp(-np.hypot(x - 70, y - 60) / 6)
    holes = (y < 30) | (abs(x + y - 150) < 6) | (np.hypot(x - 100, y - 80) < 9) | (x == 149)
    data = np.where(holes, 0, noise + galaxy)
    data[50, 50:57] = data[70:77, 20] = data[90, 90] = 0         # too few to be no chance
    data[40, 40] = np.nan
    expect('sky_subtracted.fits', data, runs(data == 0))
    expect('half.fits', np.where(x < 75, 0, noise), x < 75)
    expect('pedestal.fits', np.where(holes, 0, noise + galaxy + 100), runs(holes))
    expect('double.fits', np.where(holes, 0, noise), runs(holes), 'f8')
    expect('integers.fits', np.where(holes, 0, np.round(10 * noise)), np.zeros_like(holes), 'i2')
    expect('simulation.fits', np.where(galaxy > 0.1, galaxy, 0), np.zeros_like(holes))
    expect('nothing.fits', np.zeros(x.shape), np.zeros_like(holes))
    for mean in 0.001, 0.02, 0.2, 0.7, 2, 4:
        expect(f'photons_{mean}.fits', random.poisson(mean, x.shape) / 111.0 * (1 + 0.01 * noise), np.zeros_like(holes))
    big = random.normal(0, 1, (3000, 900)).astype('f4')          # more than is looked at
    big[1000:1400, 5:800] = big[2990:, :] = big[:, 333] = 0
    expect('big.fits', big, runs(big == 0))


def test_packed():
    """Lossy packing makes zeros noise of a step or two of its scale."""
    def expect(name, data, blank, level=16, dither=1, few=0, **how):
        fits.CompImageHDU(data.astype('f4'), compression_type='RICE_1', quantize_level=level, quantize_method=dither,
                          dither_seed=1, **how).writeto(name)
        found = filled(name, fits.getdata(name)) if blank.any() else blank
        check(f'{name}: {np.sum(found != blank)} pixels differ',
              np.sum(found & ~blank) <= few and not (blank & ~found).any())
        same(name, np.where(found, BLANK, 0))
    y, x = np.mgrid[:400, :150]
    noise = random.normal(0, 1, x.shape)
    galaxy = 50 * np.exp(-np.hypot(x - 70, y - 60) / 6)
    holes = (y < 90) & (x > 40) | (np.hypot(x - 60, y - 280) < 30) | (x > 130)
    image, none = noise + galaxy, np.zeros_like(holes)
    holes &= runs(holes, 16)
    for level in 16, 4, 2:                                       # fpack's default is 4
        expect(f'packed_{level}.fits', np.where(holes, 0, image), holes, level, few=200)
        expect(f'all_{level}.fits', image, none, level)
    expect('packed_tiles.fits', np.where(holes, 0, image), holes, tile_shape=(64, 100), few=100)
    expect('packed_most.fits', np.where(x < 120, 0, image), x < 120, few=100)
    expect('packed_pedestal.fits', np.where(holes, 0, image + 100), holes)
    for dither in 2, -1:
        expect(f'packed_dither{dither}.fits', np.where(holes, 0, image), holes, dither=dither, few=100)
    expect('packed_smooth.fits', ndimage.gaussian_filter(noise, 4), none)
    expect('packed_simulation.fits', np.where(galaxy > 0.1, galaxy, 0), none)
    for mean in 0.02, 0.2, 0.7, 2, 4:
        expect(f'packed_photons_{mean}.fits', random.poisson(mean, x.shape) / 111.0, none)


def test_real():
    """The bad areas of real images, as scipy finds them, in these files and no other; and as many as the catalogue of
    the CEERS stamps counts, where it is more than one pixel in a hundred."""
    if not os.path.isdir(DATA):
        print('no shared data: real files skipped')
        return
    with open(f'{DATA}/jwst_ceers/catalog.csv') as f:
        bad = {f'ceers_{row["id"]}_{key[8:]}.fits.fz': float(value) for row in csv.DictReader(f)
               for key, value in row.items() if key.startswith('badfrac')}
    del bad['ceers_25122_f444w.fits.fz']                         # zeros and nothing else
    masked = {}
    for name in sorted(glob.glob(f'{DATA}/**/*.fits*', recursive=True)):
        base = os.path.basename(name)
        if 'truncated' in name or '7band' in name or 'viking' in name and base[0] not in 'rJ' \
                or base.startswith('ceers') and hash_of(base) % 9 and bad.get(base, 0) < 0.01:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter('ignore')
            with fits.open(name) as f:
                h = next((h for h in f if h.is_image and h.header['NAXIS'] >= 2), None)
                planes = [] if h is None else h.data[None] if h.data.ndim == 2 else h.data
                for k, data in enumerate(planes):
                    flags = np.where(np.isfinite(data), 0, NO_DATUM)
                    if (base, k) in REAL or base in bad:
                        flags |= np.where(filled(name, data), BLANK, 0)
                        masked[base, k] = np.mean(flags & BLANK != 0)
                        check(f'{base}: {masked[base, k]} for {bad.get(base)}',
                              base not in bad or abs(masked[base, k] - bad[base]) < 0.007)
                    if base[:4] == 'DES_':
                        flags |= flagged(~(f['WGT'].data > 0))
                    same(name, flags, plane=k + 1)
    print('filled with zeros:', ', '.join(f'{n} {k + 1}: {100 * v:.2f} %' for (n, k), v in masked.items() if v > 0))
    check(f'{masked}', all(masked[key] > 0 for key in REAL) and sum(v > 0.009 for v in masked.values()) > 30)


def hash_of(name):
    return sum(map(ord, name))


REAL = {('dr3_example_bad_pix.fits', 0), ('dr3_example_bad_pix.fits', 1), ('dr3_example_d.fits', 1)}
with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    for test in test_conventions, test_cubes, test_named, test_zeros, test_packed, test_real:
        test()
    os.chdir('/')
report()
