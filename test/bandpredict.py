"""The main job on real galaxies with the shipped models, read back with astropy; started by bandpredict.sh.
SPDX-License-Identifier: BSD-3-Clause
"""
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

BANDPREDICT, EXAMPLES = sys.argv[1:]
IMAGES, MODELS = EXAMPLES + '/images/', EXAMPLES + '/models/'
F150W, F200W, F277W = (IMAGES + f'ceers_31457_{band}.fits.fz' for band in ('f150w', 'f200w', 'f277w'))
G, R, Z = (IMAGES + f'kids_{band}.fits.fz' for band in 'grZ')
CEERS, KIDS = MODELS + 'ceers_f200w.fits', MODELS + 'kids_r.fits'
failures = []


def check(what, good):
    if not good:
        failures.append(what)
        print('does not hold:', what)


def run(*args):
    return subprocess.run([BANDPREDICT, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def predict(*args):
    result = run(*args)
    check(f'{args}: {result.stderr}', result.returncode == 0 and result.stderr == '')
    return result.stdout


def check_refused(args, code, *words):
    """Exit status CODE, one line on stderr with WORDS, no output and no litter."""
    before = set(os.listdir('.'))
    result = run(*args)
    check(f'{args}: status {result.returncode}, expected {code}', result.returncode == code)
    check(f'{args}: one sentence: {result.stderr!r}',
          result.stderr.count('\n') == 1 and result.stderr.startswith('bandpredict: '))
    for word in words:
        check(f'{args}: {word!r} in {result.stderr!r}', word in result.stderr)
    check(f'{args}: files left: {set(os.listdir(".")) - before}', set(os.listdir('.')) == before)


def verify(file):
    """CFITSIO's and the standard's view of FILE."""
    if shutil.which('fitsverify'):
        text = subprocess.run(['fitsverify', file], capture_output=True, text=True).stdout
        check(f'fitsverify {file}: {text}', '0 warning(s) and 0 error(s)' in text)
    else:
        print('no fitsverify: not run')


def copy(name, source, change):
    """A plain FITS copy of SOURCE's image, changed."""
    with fits.open(source) as hdus:
        hdu = fits.PrimaryHDU(hdus[1].data.copy(), hdus[1].header.copy(strip=True))
    change(hdu)
    hdu.writeto(name, overwrite=True, output_verify='silentfix')
    return name


def test_demo():
    """The README's demo: flux, sky, header, residual."""
    predict(f'{F150W},{F277W}', 'demo.fits', CEERS, f'truth={F200W}')
    verify('demo.fits')
    truth, first = fits.getdata(F200W), fits.getheader(F150W, 1)
    with fits.open('demo.fits', checksum=True) as hdus:
        predicted, header = hdus[0].data, hdus[0].header
        check('extensions', [hdu.name for hdu in hdus] == ['PRIMARY', 'MASK', 'RESIDUAL'])
        check('residual = truth - predicted', np.array_equal(hdus['RESIDUAL'].data, truth - predicted))
        check('no pixel is masked', not hdus['MASK'].data.any())
        x, y = np.meshgrid(np.linspace(-0.5, 99.5, 11), np.linspace(-0.5, 99.5, 11))
        for hdu in hdus:
            sky = np.array(WCS(hdu.header).all_pix2world(x, y, 0)) - np.array(WCS(first).all_pix2world(x, y, 0))
            check(f'sky of {hdu.name}', np.abs(sky).max() < 1e-9)
    check('band and unit', header['FILTER'] == 'F200W' and header['BUNIT'] == 'MJy/sr')
    check('cards that stay true', header['OBJECT'] == 'CEERS 31457' and header['DATE-BEG'] == first['DATE-BEG'])
    check('cards that do not', 'XPOSURE' not in header and 'ZDITHER0' not in header)
    check('zero point', abs(header['MAGZERO'] - (8.9 - 2.5 * np.log10(1e6 * (0.03 / 206264.806)**2))) < 2e-3)
    with fits.open(CEERS) as model:
        check('record of the model', header['BCMODSUM'] == model[0].header['WEIGHSUM'])
    bright = truth > 10 * 0.01945       # the catalogue's sky noise of this galaxy in F200W
    error = np.median(np.abs(predicted - truth)[bright] / truth[bright])
    for name, file in ('F150W', F150W), ('F277W', F277W):
        copied = np.median(np.abs(fits.getdata(file) - truth)[bright] / truth[bright])
        check(f'relative error {error:.4f} is not below half that of {name}, {copied:.4f}', error < 0.5 * copied)
    return predicted


def test_same(demo):
    """Order of files, units and spelling of the command do not matter; the bits are the same."""
    def to_jansky(hdu):
        hdu.data = (hdu.data.astype('f8') * 1e6).astype('f4')
        hdu.header['BUNIT'] = 'Jy/sr'

    predict(f'{F277W},{F150W}', 'order.fits', CEERS)
    check('order of the files', np.array_equal(fits.getdata('order.fits'), demo))
    predict(f'input={F277W},{F150W}', 'output=named.fits', 'model', '=', CEERS, 'bands=F277W,F150W', 'threads=1', 'clob+')
    check('one thread', np.array_equal(fits.getdata('named.fits'), demo))
    jansky = copy('jansky.fits', F150W, to_jansky)
    predict(f'{jansky},{F277W}', 'units.fits', CEERS)
    check('another unit', np.allclose(fits.getdata('units.fits'), demo, rtol=1e-4, atol=1e-6))


def test_flux(demo):
    """Twice the flux, noise included, gives twice the prediction."""
    def double(hdu):
        hdu.data = hdu.data * 2

    a, b = copy('a.fits', F150W, double), copy('b.fits', F277W, double)
    predict(f'{a},{b}', 'double.fits', CEERS)
    check('flux scales', np.allclose(fits.getdata('double.fits'), 2 * demo, rtol=1e-5, atol=1e-5 * np.abs(demo).max()))


def test_field():
    """A field larger than the stamps, without sky coordinates, with pixels missing in one band."""
    def spoil(hdu):
        hdu.data[40:50, 100:130] = np.nan

    holed = copy('holed.fits', Z, spoil)
    said = predict(f'{G},{holed}', 'field.fits', KIDS, f'truth={R}')
    verify('field.fits')
    check(f'what was decided is said: {said}', 'no sky coordinates' in said and 'windows of 64' in said and '0.46 %' in said)
    with fits.open('field.fits') as hdus:
        predicted, mask = hdus[0].data, hdus['MASK'].data
    hole = np.isnan(fits.getdata(holed, 0))
    check('mask = where an input has no datum', np.array_equal(mask == 1, hole) and hole.sum() == 300)
    check('NaN there and nowhere else', np.array_equal(np.isnan(predicted), hole))
    truth = fits.getdata(R)
    flux = predicted[~hole].sum() / truth[~hole].sum()
    check(f'flux of the field, predicted / observed = {flux:.3f}', 0.85 < flux < 1.15)
    predict(f'{G}[1:33,1:21],{Z}[1:33,1:21]', 'small.fits', KIDS)
    check('an odd, small section', fits.getdata('small.fits').shape == (21, 33))


def test_list():
    with open('in.list', 'w') as f:
        f.write(f'# two galaxies\n{F150W},{F277W}\n\n{F150W}, {F277W}   # again\n')
    with open('out.list', 'w') as f:
        f.write('list1.fits\nlist2.fits\n')
    predict('@in.list', '@out.list', CEERS)
    check('both were written', np.array_equal(fits.getdata('list1.fits'), fits.getdata('list2.fits')))
    with open('out.list', 'w') as f:
        f.write('list3.fits\n')
    check_refused(['@in.list', '@out.list', CEERS], 2, '2 sets', '1 output')


def test_refusals():
    def other_sky(hdu):
        hdu.header['CRPIX1'] += 0.6

    def other_unit(hdu):
        hdu.header['BUNIT'] = 'electron/s'

    def constant(hdu):
        hdu.data[:] = 1.5

    def all_nan(hdu):
        hdu.data[:] = np.nan

    pair = f'{F150W},{F277W}'
    open('empty.fits', 'w').close()
    open('text.fits', 'w').write('no FITS\n' * 1000)
    shutil.copy('demo.fits', 'cut.fits')
    os.truncate('cut.fits', 8000)
    check_refused([f'nosuch.fits,{F277W}', 'x.fits', CEERS], 1, 'nosuch.fits', 'No such file')
    check_refused([f'empty.fits,{F277W}', 'x.fits', CEERS], 1, 'empty.fits', 'empty')
    check_refused([f'text.fits,{F277W}', 'x.fits', CEERS], 1, 'text.fits', 'FITS')
    check_refused([f'.,{F277W}', 'x.fits', CEERS], 1, 'directory')
    check_refused([f'cut.fits,{F277W}', 'x.fits', CEERS], 1, 'cut.fits')
    check_refused([F150W, 'x.fits', CEERS], 1, '1 image', 'needs 2')
    check_refused([f'{pair},{F200W}', 'x.fits', CEERS], 1, '3 images', 'needs 2')
    check_refused([f'{F150W},{F200W}', 'x.fits', CEERS], 1, 'no image of band F277W')
    check_refused([f'{F150W},{F150W}', 'x.fits', CEERS], 1, 'F150W')
    check_refused([f'{G},{F277W}', 'x.fits', CEERS, 'bands=F150W,F277W'], 1, '256 x 256', '100 x 100')
    for change, words in ((other_sky, ('different grids', 'changed.fits')), (other_unit, ('electron/s', 'MJy/sr')),
                          (constant, ('changed.fits', 'constant')), (all_nan, ('changed.fits', 'no valid pixel'))):
        copy('changed.fits', F150W, change)
        check_refused([f'changed.fits,{F277W}', 'x.fits', CEERS], 1, *words)
    check_refused([pair, 'demo.fits', CEERS], 1, 'demo.fits exists', 'clobber=yes')
    check_refused([pair, 'nosuch/x.fits', CEERS], 1, 'nosuch/x.fits')
    check_refused([pair, 'x.fits', 'nosuch'], 1, 'nosuch')
    check_refused([pair, 'x.fits', F150W], 1, 'not a bandcast model')
    check_refused([pair, 'x.fits', CEERS, 'device=cuda'], 1, 'cuda')
    check_refused([pair, 'x.fits', CEERS, 'device=abacus'], 2, 'abacus')
    check_refused([pair, 'x.fits', CEERS, 'window=tiny'], 2, 'window=tiny', 'whole')
    check_refused([pair, 'x.fits', CEERS, 'cloober=yes'], 2, "'cloober'", 'clobber?')
    check_refused([pair, 'x.fits', CEERS, f'truth={R}'], 1, '256 x 256', 'ceers_31457_f150w')
    copy('changed.fits', F200W, other_unit)
    check_refused([pair, 'x.fits', CEERS, 'truth=changed.fits'], 1, 'changed.fits', 'electron/s')


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        demo = test_demo()
        test_same(demo)
        test_flux(demo)
        test_field()
        test_list()
        test_refusals()
        os.chdir('/')
    sys.exit(1 if failures else 0)


main()
