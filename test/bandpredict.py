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

from checks import check, report

BANDPREDICT, EXAMPLES = sys.argv[1:]
IMAGES, MODELS = EXAMPLES + '/images/', EXAMPLES + '/models/'
F150W, F200W, F277W = (IMAGES + f'ceers_31457_{band}.fits.fz' for band in ('f150w', 'f200w', 'f277w'))
G, R, Z = (IMAGES + f'kids_{band}.fits.fz' for band in 'grZ')
CEERS, KIDS, DECALS = (MODELS + name + '.fits' for name in ('ceers_f200w', 'kids_r', 'decals_composite_r'))


def run(*args):
    return subprocess.run([BANDPREDICT, *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def predict(*args):
    result = run(*args)
    check(f'{args}: {result.stderr}', result.returncode == 0 and result.stderr == '')
    return result.stdout


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
        check('extensions', [hdu.name for hdu in hdus] == ['PRIMARY', 'MASK', 'SIGMA', 'RESIDUAL'])
        # DS9 goes from ICRS to FK5 by the epoch of each HDU: without it the frames would be 0.6 pixels apart.
        times = [[hdu.header.get(key) for key in ('DATE-BEG', 'MJD-AVG', 'OBSGEO-X')] for hdu in hdus]
        check(f'one epoch: {times}', None not in times[0] and times == 4 * times[:1])
        check('residual = truth - predicted', np.array_equal(hdus['RESIDUAL'].data, truth - predicted))
        check('MASK says what its flags are', '32 predicted without' in str(hdus['MASK'].header['COMMENT']))
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
    predict(f'input={F277W},{F150W}', 'output=named.fits', 'model', '=', CEERS, 'bands=F277W,F150W', 'threads=1',
            'clob+')
    check('one thread', np.array_equal(fits.getdata('named.fits'), demo))
    predict(f'{F277W},{F150W}', 'again.fits', CEERS, 'threads=2')
    one, two = fits.getheader('named.fits'), fits.getheader('again.fits')
    del one['DATE'], two['DATE'], one['CHECKSUM'], two['CHECKSUM']
    check(f'a header does not tell of the threads: {fits.HeaderDiff(one, two).report()}', repr(one) == repr(two))
    jansky = copy('jansky.fits', F150W, to_jansky)
    predict(f'{jansky},{F277W}', 'units.fits', CEERS)
    check('which is recorded', 'times 1e-06 to be in MJy/sr' in str(fits.getheader('units.fits')['HISTORY']))
    check('another unit', np.allclose(fits.getdata('units.fits'), demo, rtol=1e-4, atol=1e-6))
    cube = fits.PrimaryHDU(np.stack([fits.getdata(name) for name in (F277W, F150W)]), fits.getheader(F150W, 1))
    del cube.header['FILTER']
    cube.header['BAND1'], cube.header['BAND2'] = 'F277W', 'F150W'
    cube.writeto('cube.fits')
    predict('cube.fits', 'of_cube.fits', CEERS)
    check('planes of a cube', np.array_equal(fits.getdata('of_cube.fits'), demo))
    history = str(fits.getheader('of_cube.fits')['HISTORY'])
    check(f'which are named: {history}',
          'F150W: cube.fits, plane 2' in history and 'F277W: cube.fits, plane 1' in history)
    plain = fits.PrimaryHDU(cube.data, fits.Header({card: cube.header[card] for card in ('BAND1', 'BAND2', 'BUNIT')}))
    plain.writeto('plain.fits')
    said = predict('plain.fits', 'of_plain.fits', CEERS)
    check(f'planes of a cube are aligned without sky coordinates: {said}', 'sizes agree' not in said)


def test_winograd(demo):
    """Without Winograd's algorithm: other roundings, which help/bandpredict.hlp gives a limit for."""
    predict(f'{F150W},{F277W}', 'direct.fits', CEERS, 'winograd=no')
    direct, header = fits.getdata('direct.fits'), fits.getheader('direct.fits')
    check('what computed', 'without Winograd' in header['BCDEVICE'])
    far = np.abs(direct.astype('f8') - demo).max() / np.sqrt(np.mean(demo.astype('f8')**2))
    check(f'{far:.1e} of the rms from Winograd', 0 < far < 4e-6)


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
    check(f'what was decided is said: {said}', 'no sky coordinates' in said
          and '0.458 % of the pixels are predicted without' in said)
    with fits.open('field.fits') as hdus:
        predicted, mask = hdus[0].data, hdus['MASK'].data
    hole = np.isnan(fits.getdata(holed, 0))
    check('mask = where an input has no datum', np.array_equal(mask, 32 * hole) and hole.sum() == 300)
    check('predicted there, too', np.isfinite(predicted).all())
    truth = fits.getdata(R)
    flux = predicted[~hole].sum() / truth[~hole].sum()
    check(f'flux of the field, predicted / observed = {flux:.3f}', 0.85 < flux < 1.15)
    predict(f'{G}[1:33,1:21],{Z}[1:33,1:21]', 'small.fits', KIDS)
    check('an odd, small section', fits.getdata('small.fits').shape == (21, 33))


def test_memory():
    """The pixels do not depend on the memory, which is not exceeded: what needs more is refused."""
    def tile(hdu):
        hdu.data = np.tile(hdu.data, (2, 5)).astype('f4')[:, :-7]

    names = copy('g.fits', G, tile), copy('Z.fits', Z, tile), copy('r.fits', R, tile)
    args = f'{names[0]},{names[1]}', KIDS, f'truth={names[2]}'
    pixels = []
    for memory in 60, 150, 0:
        predict(args[0], f'memory{memory}.fits', *args[1:], f'memory={memory}')
        with fits.open(f'memory{memory}.fits') as hdus:
            pixels.append([hdu.data for hdu in hdus])
    check('the bits do not depend on memory', all(
        np.array_equal(a, b) for other in pixels[1:] for a, b in zip(pixels[0], other)))
    with fits.open('r.fits') as hdus:
        check('residual = truth - predicted', np.array_equal(
            pixels[0][3], hdus[0].data - pixels[0][0]))
    small = f'{names[0]}[1:500,*],{names[1]}[1:500,*]'              # one window would do
    for memory, window in (60, 'tile'), (0, 'whole'):
        said = predict(small, f'small{memory}.fits', KIDS, f'memory={memory}')
        done = fits.getheader(f'small{memory}.fits')['BCWINDOW'] == window and ('memory=' in said) == (memory > 0)
        check(f'one window or several, memory={memory}: {said}', done)
    check('and the same bits', np.array_equal(fits.getdata('small60.fits'), fits.getdata('small0.fits')))
    for args in (args[0], 'x.fits', KIDS, 'memory=1'), (args[0], 'x.fits', KIDS, 'memory=60', 'window=whole'):
        result = run(*args)
        check(f'{args}: {result.stderr}', result.returncode == 1 and 'MB may be used' in result.stderr
              and not os.path.exists('x.fits'))


def test_masks():
    """A mask beside the image, masks named, and none."""
    data, header = fits.getdata(Z), fits.getheader(Z, 1)
    bad, other = np.zeros((2, *data.shape), 'u1')
    bad[40:50, 100:130] = other[:, 7] = 64
    science = fits.ImageHDU(data, header, name='SCI')
    fits.HDUList([fits.PrimaryHDU(), science, fits.ImageHDU(bad, name='DQ')]).writeto('dq.fits')
    fits.PrimaryHDU((other == 0).astype('f4')).writeto('weight.fits')
    for args, want, words in ([], bad, f'Z (dq.fits): {100 * np.mean(bad != 0):.3g} % of the pixels are bad by DQ'), \
            (['mask=none'], 0 * bad, ''), (['mask=weight.fits'], other, 'bad by weight.fits'), \
            (['mask=weight.fits,none'], other, f'g ({G}): '):
        said = predict(f'{G},dq.fits', 'masked.fits', KIDS, 'bands=g,Z', 'clobber=yes', *args)
        check(f'{args}: {words!r} in {said}', words in said and (words != '' or 'bad by' not in said))
        with fits.open('masked.fits') as hdus:
            both = args == ['mask=weight.fits']             # it holds for g as well: nothing is left to predict from
            check(f'{args}: MASK', np.array_equal(hdus['MASK'].data, (2 if both else 32) * (want != 0)))
            check(f'{args}: NaN', np.array_equal(np.isnan(hdus[0].data), both & (want != 0)))
            check(f'{args}: recorded', ('left out: bad by' in str(hdus[0].header['HISTORY'])) == bool(want.any()))
    low = [fits.PrimaryHDU(), fits.ImageHDU(data[:60], header, name='SCI'), fits.ImageHDU(bad[:60], name='DQ')]
    fits.HDUList(low).writeto('low.fits')
    said = predict(f'{G}[*,1:60],low.fits', 'masked.fits', KIDS, 'bands=g,Z', 'clobber=yes')
    share = f'{100 * np.mean(bad[:60] != 0):.3g} % of the pixels '
    check(f'the share of an image that is no square: {said}', f'{share}are bad by DQ' in said and
          f'{share}left out: bad by DQ' in ' '.join(' '.join(fits.getheader('masked.fits')['HISTORY']).split()))
    fits.PrimaryHDU((other != 0).astype('f4')).writeto('spots.fits')
    fits.PrimaryHDU((other == 0).astype('f4')).writeto('good.fits')
    for name, words in ('spots', 'taken for a mask, bad where 1'), ('good', 'taken for a weight, bad where 0'):
        said = predict(f'{G},dq.fits', 'masked.fits', KIDS, 'bands=g,Z', 'clobber=yes', f'mask=none,{name}.fits')
        words = f'{name}.fits holds 0 and 1 alone: {words}'
        history = ' '.join(' '.join(fits.getheader('masked.fits')['HISTORY']).split())
        check(f'{words}: {said} {history}', said.count(words) == 1 and words in history
              and np.array_equal(fits.getdata('masked.fits', 'MASK'), 32 * (other != 0)))
    for mask, want in ('weight.fits,none', 0), ('weight.fits', 32):     # predicted from one band; not predicted
        predict(f'{G},dq.fits', 'masked.fits', KIDS, 'bands=g,Z', 'clobber=yes', f'mask={mask}')
        predict(f'{G},masked.fits', 'again.fits', KIDS, 'bands=g,Z', 'clobber=yes')
        check(f'a prediction with a MASK as an input, mask={mask}',
              np.array_equal(fits.getdata('again.fits', 1) & 63, want * (other != 0)))


def test_missing_band():
    """A real field of which most was never observed in g."""
    name = f'{EXAMPLES}/../../shared/data/decals_grz_fits/dr3_example_bad_pix.fits'
    if not os.path.exists(name):
        print('no shared data: the field without g is skipped')
        return
    said = predict(f'{name}[*,*,1:1],{name}[*,*,3:3]', 'partly.fits', KIDS, 'bands=g,Z')
    check(f'the fraction is said: {said}', '75.7 % of the pixels are filled with zeros' in said
          and '75.7 % of the pixels are predicted without a band' in said)
    g, r = fits.getdata(name)[:2]
    with fits.open('partly.fits') as hdus:
        predicted, mask = hdus[0].data, hdus['MASK'].data
        history = str(hdus[0].header['HISTORY'])
    check(f'what was left out is recorded: {history}', '75.7 % of the pixels left out: filled with zeros' in history
          and 'in nanomaggy (AB 22.5 in all images of its survey)' in ' '.join(history.split()))
    check('mask = where there is no g', np.array_equal(mask & 63, np.where(g == 0, 32, 0)))
    check('predicted everywhere', np.isfinite(predicted).all())
    seen = (g != 0) & (r > 0.1)
    error = np.median(np.abs(predicted - r)[seen] / r[seen])
    copied = np.median(np.abs(g - r)[seen] / r[seen])
    check(f'median error {error:.3f} of r where g is, below half that of g itself, {copied:.3f}', error < 0.5 * copied)
    whole = name.replace('_bad_pix', '_d')                          # the same galaxy with all of g
    predict(f'{whole}[*,*,1:1],{whole}[*,*,3:3]', 'whole.fits', KIDS, 'bands=g,Z')
    with fits.open('partly.fits') as partly, fits.open('whole.fits') as hdus:
        bright = (g == 0) & (hdus[0].data > 0.01)
        sigma, other = partly['SIGMA'].data[bright], hdus['SIGMA'].data[bright]
        covered = np.mean(np.abs(partly[0].data - hdus[0].data)[bright] < 2 * sigma)
    check(f'{covered:.3f} of what g would have said is within 2 SIGMA', covered > 0.95)
    check('SIGMA is larger without g', np.median(sigma / other) > 1.2 and np.mean(sigma > other) > 0.95)


def test_unlike():
    """What is likely to be a mistake, or no image for the model, is said; the demo's images are neither."""
    said = predict(f'{F150W},{F277W}', 'unlike.fits', CEERS, 'bands=F150W,F277W', f'truth={F200W}')
    check(f'nothing is to be said: {said}', said.startswith('bandpredict: unlike.fits: band F200W predicted on '))
    said = predict(f'{F277W},{F150W}', 'unlike.fits', CEERS, 'bands=F150W,F277W', f'truth={F277W}', 'clobber=yes',
                   'force=yes')
    for words in (f'{F277W}: taken for F150W as bands= says; its header says F277W', f'{F150W}: taken for F277W',
                  f'truth: {F277W} is of band F277W, F200W is predicted'):
        check(f'{words}: {said}', words in said)
    for band in 'JWST F200W', 'CLEAR;F200W', 'unheard of', '':      # one band, or none that is known
        truth = copy('named.fits', F200W, lambda hdu: hdu.header.set('FILTER', band))
        said = predict(f'{F150W},{F277W}', 'unlike.fits', CEERS, f'truth={truth}', 'clobber=yes')
        check(f'a truth of {band!r}: {said}', 'truth:' not in said and 'RESIDUAL' in fits.open('unlike.fits'))
        os.remove(truth)

    def with_sky(hdu):
        below = np.median(hdu.data) - hdu.data
        hdu.data = -below + sky * 1.4826 * np.median(below[below > 0])

    for sky, words in (8, 0), (12, 1):
        bright = copy('bright.fits', Z, with_sky)
        said = predict(f'{G},{bright}', 'unlike.fits', KIDS, 'clobber=yes')
        check(f'{sky} noises of sky: {said}',
              said.count(f'Z ({bright}): its sky is more than 10 times its noise from 0') == words)
    with fits.open(CEERS) as hdus:
        hdus[0].header['NINTERV'] = 0
        hdus.writeto('early.fits', checksum=True)
    for model, words in (CEERS, 0), ('early.fits', 1):
        said = predict(f'{F150W},{F277W}', 'unlike.fits', model, 'clobber=yes')
        check(f'{model}: is SIGMA calibrated? {said}', said.count('has not been calibrated') == words)

    def deeper(hdu):
        hdu.data /= 5
        hdu.header['CDELT1'] *= 2
        hdu.header['CDELT2'] *= 2
    pair = ','.join(copy(f'deeper_{i}.fits', name, deeper) for i, name in enumerate((F150W, F277W)))
    said = predict(pair, 'unlike.fits', CEERS, 'clobber=yes')
    noise = fits.getheader('unlike.fits')['BCSCALE']
    for words in ('pixels of 0.06 arcsec; ceers_f200w was trained on those of 0.03 (',
                  f'have {noise:.3g} times the noise'):
        check(f'{words}: {said}', words in said)


def test_list():
    with open('in.list', 'w') as f:
        f.write(f'# two galaxies\n{F150W},{F277W}\n\n{F150W}, {F277W}   # again\n')
    with open('out.list', 'w') as f:
        f.write('list1.fits\nlist2.fits\n')
    predict('@in.list', '@out.list', CEERS)
    check('both were written', np.array_equal(fits.getdata('list1.fits'), fits.getdata('list2.fits')))


def test_pictures():
    """A model of 8-bit pictures takes no fluxes; of pictures it predicts one."""
    result = run(f'{G},{Z}', 'picture.fits', DECALS, 'bands=g,z')
    check(f'fluxes: {result.stderr}', result.returncode == 1 and 'in flux units' in result.stderr
          and result.stderr.count('\n') == 1 and not os.path.exists('picture.fits'))
    y, x = np.indices((128, 128)) - 64
    picture = 200 * np.exp(-np.hypot(x, y) / 12) + 5
    for name in 'gz':
        fits.writeto(f'picture_{name}.fits', picture.astype('u1'))
    predict('picture_g.fits,picture_z.fits', 'picture.fits', DECALS, 'bands=g,z')
    predicted = fits.getdata('picture.fits')
    check(f'a picture: {np.abs(predicted - picture).mean()}', np.abs(predicted - picture).mean() < 10)
    parts = []
    for value in np.nan, 0:                             # to others than local models a hole is black
        holed = picture.astype('f4')
        holed[60, 70] = value
        fits.writeto('holed_g.fits', holed, overwrite=True)
        predict('holed_g.fits,picture_z.fits', 'picture.fits', DECALS, 'bands=g,z', 'clobber=yes')
        parts.append(fits.getdata('picture.fits'))
    same = parts[0] == parts[1]
    check('a hole has no prediction', np.isnan(parts[0][60, 70]) and np.isfinite(parts[1]).all())
    check('beside it is that of black', np.argwhere(~same).tolist() == [[60, 70]])


def test_blend():
    """Half overlapping windows, each predicted alone, weighted by squared sines; the last ones flush with the edge."""
    size, ny, nx = 64, 101, 150
    y, x = np.indices((ny, nx))
    random = np.random.default_rng(6)
    pictures = {band: np.uint8(150 * np.exp(-np.hypot(x - 60 - 9 * i, y - 50) / 12) + random.uniform(0, 9, x.shape))
                for i, band in enumerate('gz')}

    def predict_part(output, part, *args):
        for band, picture in pictures.items():
            fits.writeto(f'part_{band}.fits', picture[part], overwrite=True)
        said = predict('part_g.fits,part_z.fits', output, DECALS, 'bands=g,z', 'clobber=yes', *args)
        return fits.getdata(output).astype('f8'), said

    blended, said = predict_part('blend.fits', np.s_[:], 'window=blend', f'size={size}')
    for args, window in (['size=100'], 'whole'), (['size=98'], 'blend'), ([], 'whole'), (['size=64'], 'blend'):
        predict_part('one.fits', np.s_[:], *args)
        check(f'{args}: one window of up to 1.5 times its size', fits.getval('one.fits', 'BCWINDOW') == window)
    predict_part('one.fits', np.s_[:, :60], 'size=64')              # 101 pixels high
    check('a narrow image', fits.getval('one.fits', 'BCWINDOW') == 'blend')
    taper = np.sin(np.pi * (np.arange(size) + 0.5) / size)**2
    sums = np.zeros((3, ny, nx))
    for y0 in 0, 32, ny - size:
        for x0 in 0, 32, 64, nx - size:
            part = np.s_[y0:y0 + size, x0:x0 + size]
            value, _ = predict_part('one.fits', part, 'window=whole')
            sums[(slice(None), *part)] += np.outer(taper, taper) * np.array([value**0, value, value**2])
    mean, square = sums[1:] / sums[0]
    check('windows are blended', np.abs(blended - mean).max() < 1e-4 * mean.max())
    scatter = float(said.split('pixels scatter by ')[1].split()[0])
    want = np.sqrt(np.mean(np.maximum(square - mean**2, 0))) / 255
    check(f'they scatter by {want}: {said}', abs(scatter / want - 1) < 0.02)
    for box, part in ('box(146,98,9,7)', np.s_[94:101, 141:150]), ('box(60,3,1,5)', np.s_[0:5, 59:60]):
        one, _ = predict_part('one.fits', np.s_[:], 'window=blend', f'size={size}', f'region=image;{box}')
        check(f'{box}: the same bits', np.array_equal(one, blended[part]))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        demo = test_demo()
        test_same(demo)
        test_winograd(demo)
        test_flux(demo)
        test_field()
        test_memory()
        test_list()
        test_masks()
        test_missing_band()
        test_unlike()
        test_pictures()
        test_blend()
        os.chdir('/')
    report()


main()
