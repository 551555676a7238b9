"""bandpredict and bandprep with images on unlike grids, read back with astropy; started by grids.sh.
SPDX-License-Identifier: BSD-3-Clause
"""
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from scipy import ndimage

from checks import check, report

TASKS, ALIGN, EXAMPLES = sys.argv[1:]
F150W, F200W, F277W = (f'{EXAMPLES}/images/ceers_31457_{band}.fits.fz' for band in ('f150w', 'f200w', 'f277w'))
CEERS, KIDS = f'{EXAMPLES}/models/ceers_f200w.fits', f'{EXAMPLES}/models/kids_r.fits'
DATA = f'{EXAMPLES}/../../shared/data/'
warnings.simplefilter('ignore')


def run(task, *args):
    return subprocess.run([f'{TASKS}/{task}', *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def succeed(*args):
    result = run(*args)
    check(f'{args}: {result.stderr}', result.returncode == 0 and result.stderr == '')
    return result.stdout


def write(name, data, header, **cards):
    header = header.copy(strip=True)
    for key, value in cards.items():
        header[key] = value
    fits.PrimaryHDU(data.astype('f4'), header).writeto(name, overwrite=True, output_verify='silentfix')
    return name


def read(name):
    return fits.getdata(name, 1), fits.getheader(name, 1)


def history(name):
    """As one text: the cards are wrapped at blanks."""
    return ' '.join(' '.join(fits.getheader(name)['HISTORY']).split())


def make_images():
    """F277W by pixels twice as large, turned by a quarter and flipped; and without a part of it.  MJy/sr: means."""
    data, header = read(F277W)
    wcs = WCS(header)
    coarse = data.reshape(50, 2, 50, 2).mean((1, 3))
    crpix, matrix = wcs.wcs.crpix / 2 + 0.25, wcs.pixel_scale_matrix * 2
    for key in [key for key in header if key[:2] in ('PC', 'CD')]:
        del header[key]
    swapped = {'CRPIX1': crpix[1], 'CRPIX2': crpix[0], 'CD1_1': matrix[0, 1], 'CD1_2': matrix[0, 0],
               'CD2_1': matrix[1, 1], 'CD2_2': matrix[1, 0]}
    write('coarse.fits', coarse.T, header, **swapped)
    data, header = read(F277W)
    write('part.fits', data[10:, 30:], header, CRPIX1=header['CRPIX1'] - 30, CRPIX2=header['CRPIX2'] - 10)


def test_grids():
    """The first image's grid, or that of another one; what is said and recorded."""
    demo = succeed('bandpredict', f'{F150W},{F277W}', 'demo.fits', CEERS)
    check('nothing is resampled without need', 'resampled' not in demo + history('demo.fits'))
    demo = fits.getdata('demo.fits')
    said = succeed('bandpredict', f'{F150W},coarse.fits', 'fine.fits', CEERS, f'truth={F200W}')
    words = 'resampled from 50 x 50 pixels of 0.06 arcsec to 100 x 100 of 0.03 by Lanczos'
    check(f'said: {said}', words in said and 'F277W (coarse.fits)' in said)
    check(f'recorded: {history("fine.fits")}', words in history('fine.fits')
          and 'the grid is that of' in history('fine.fits'))
    with fits.open('fine.fits') as hdus:
        fine, mask = hdus[0].data, hdus['MASK'].data
        sky = [WCS(h).all_pix2world([[0, 0], [99, 50]], 0) for h in (hdus[0].header, read(F150W)[1])]
    check('the sky of the first image', np.abs(sky[0] - sky[1]).max() < 1e-9)
    check('a rim of half a new pixel is missing at most', (mask == 0).mean() > 0.9)
    ok = (mask == 0) & np.isfinite(demo)
    error = np.sqrt(np.mean((fine - demo)[ok]**2) / np.mean(demo[ok]**2))
    check(f'close to what all pixels give: {error:.3f}', error < 0.1)
    check(f'flux {fine[ok].sum() / demo[ok].sum():.4f}', abs(fine[ok].sum() / demo[ok].sum() - 1) < 0.02)
    shifted = min((np.mean((fine - np.roll(demo, (i, j), (0, 1)))[20:80, 20:80]**2), i, j)
                  for i in (-1, 0, 1) for j in (-1, 0, 1))
    check(f'not a pixel away: {shifted}', shifted[1:] == (0, 0))
    shutil.copy('coarse.fits', 'named_f150w.fits')      # a word of which is the other band
    for reference in '2', 'F277W', 'coarse.fits', 'named_f150w.fits', 'coarse.fits[*,*]':
        succeed('bandpredict', f'{F150W},coarse.fits', 'coarse_out.fits', CEERS, f'reference={reference}', 'clobber+')
        sky = [WCS(fits.getheader(name)).all_pix2world([[0, 0], [49, 20]], 0)
               for name in ('coarse_out.fits', 'coarse.fits')]
        check(f'reference={reference}', fits.getdata('coarse_out.fits').shape == (50, 50)
              and np.abs(sky[0] - sky[1]).max() < 1e-9)
    made = fits.getdata('coarse_out.fits')
    small = demo.reshape(50, 2, 50, 2).mean((1, 3)).T
    ok = np.isfinite(made) & np.isfinite(small)
    check('the same galaxy there', np.corrcoef(made[ok], small[ok])[0, 1] > 0.98)
    shutil.copy('coarse.fits', 'F150W.fits')             # a band is no file, also where one is called so
    succeed('bandpredict', f'{F150W},coarse.fits', 'coarse_out.fits', CEERS, 'reference=F150W', 'clobber+')
    check('reference=F150W', fits.getdata('coarse_out.fits').shape == (100, 100))
    os.remove('F150W.fits')
    for args, code, words in (['reference=3'], 2, 'images 1 to 2'), (['resample=no'], 1, 'must be on one grid'), \
            (['resample=cubic'], 2, 'resample'), (['reference=nothing.fits'], 1, 'nothing.fits'), \
            (['reference=no_f150w.fits'], 1, 'no_f150w.fits'):
        result = run('bandpredict', f'{F150W},coarse.fits', 'x.fits', CEERS, *args)
        check(f'{args}: {result.stderr}', result.returncode == code and words in result.stderr
              and result.stderr.count('\n') == 1 and not os.path.exists('x.fits'))
    write('nosky.fits', read(F277W)[0][:60], fits.Header(), FILTER='F277W', BUNIT='MJy/sr')
    said = run('bandpredict', f'{F150W},nosky.fits', 'x.fits', CEERS).stderr
    check(f'why it is not resampled: {said}', said.endswith('one grid, as nosky.fits has no sky coordinates\n'))


def test_part():
    """An image of a part of the field, of the same pixels: these keep their bits, the rest is from the other band."""
    said = succeed('bandpredict', f'{F150W},part.fits', 'part_out.fits', CEERS, f'truth={F200W}', 'threads=1')
    outside = np.ones((100, 100), bool)
    outside[10:, 30:] = False
    with fits.open('part_out.fits') as hdus:
        made, mask = hdus[0].data, hdus['MASK'].data
    check(f'said: {said}', '37 % of the pixels are outside the image' in said)
    check(f'it is not called resampled: {said}',
          'part.fits): its 70 x 90 pixels put on the grid of 100 x 100 as they are' in said
          and 'resampled' not in said + history('part_out.fits'))
    check('MASK', np.array_equal(mask, np.where(outside, 32, 0)))
    check('predicted from the other band there', np.isfinite(made).all())
    for memory in 'memory=20', 'memory=0':
        succeed('bandpredict', f'{F150W},part.fits', 'again.fits', CEERS, 'threads=3', memory, 'clobber+')
        check(memory, np.array_equal(fits.getdata('again.fits'), made, equal_nan=True))
    # the same, if the missing part is NaN in an image of the whole field
    data, header = read(F277W)
    write('holed.fits', np.where(outside, np.nan, data), header)
    succeed('bandpredict', f'{F150W},holed.fits', 'holed_out.fits', CEERS)
    check('as if it was NaN', np.array_equal(fits.getdata('holed_out.fits'), made, equal_nan=True))
    data, header = read(F150W)
    region = 'image; box(70,60,20,20,0)'
    succeed('bandpredict', f'{F150W},coarse.fits', 'box.fits', CEERS, f'region={region}')
    check('a region of what was resampled', fits.getdata('box.fits').shape == (20, 20)
          and np.isfinite(fits.getdata('box.fits')).all())


def test_truth_elsewhere():
    """A real image that shows part of what is predicted leaves the rest out; one of another place is refused."""
    data, header = read(F200W)
    for shift, code in (99, 0), (100.6, 1), (5000, 1):
        write('truth.fits', data, header, CRPIX1=header['CRPIX1'] - shift)
        got = run('bandpredict', f'{F150W},{F277W}', 'elsewhere.fits', CEERS, 'truth=truth.fits', 'clobber+')
        check(f'truth {shift} pixels away: {got.stderr}', got.returncode == code and (code == 0 or got.stderr ==
              'bandpredict: truth: truth.fits does not reach the prediction on the sky\n'))
        if code == 0:
            there = np.isfinite(fits.getdata('elsewhere.fits', 'RESIDUAL')).any(0)
            check('RESIDUAL where it is', there[-1] and not there[:-1].any())
            os.remove('elsewhere.fits')
    check('nothing is written', not os.path.exists('elsewhere.fits'))
    write('truth.fits', data, header, CRPIX1=header['CRPIX1'] - 50)
    for x, code in (20, 1), (80, 0):
        got = run('bandpredict', f'{F150W},{F277W}', 'box.fits', CEERS, 'truth=truth.fits', 'clobber+',
                  f'region=image; box({x},20,10,10,0)')
        check(f'a region at {x}: {got.stderr}', got.returncode == code)


def test_tables():
    """Sky coordinates that stand in tables of other HDUs, which are not read: the run says so, and no card is left."""
    data, header = read(F150W)
    lookup = header.copy(strip=True)
    lookup.update({'CPDIS1': 'Lookup', 'CPERR1': 0.03, 'DP1.NAXES': 2, 'D2IMDIS2': 'Lookup', 'D2IMERR2': 0.04})
    table = fits.Header({'FILTER': 'F150W', 'BUNIT': 'MJy/sr', 'CTYPE1': 'RA---TAB', 'CTYPE2': 'DEC--TAB',
                         'WCSAXES': 2, 'CRVAL1': 1.0, 'CRVAL2': 1.0, 'PS1_0': 'WCS-TAB', 'PS2_0': 'WCS-TAB',
                         'PS1_1': 'COORDS', 'PV1_3': 1.0})
    for cards, what, gone in (lookup, 'CPDIS1, D2IMDIS2: the tables of distortions in its file (LOOKUP) are not applied to its '
                              'sky coordinates, which they move by up to 0.05 pixels',
                              {'CPDIS1', 'CPERR1', 'DP1', 'D2IMDIS2', 'D2IMERR2'}), \
            (table, 'a table (-TAB), which is not read', {'CTYPE1', 'CRVAL1', 'PS1_0', 'PS1_1', 'PV1_3', 'WCSAXES'}):
        hdu = fits.ImageHDU(data.astype('f4'), cards, 'SCI')
        fits.HDUList([fits.PrimaryHDU(), hdu]).writeto('t.fits', overwrite=True)
        said = succeed('bandpredict', f't.fits,{F277W}', 't_out.fits', CEERS, 'clobber+')
        check(f'said: {said}', what in said and what in history('t_out.fits'))
        check(f'no card of it: {what}', not gone & set(fits.getheader('t_out.fits')))


def wat(axis, word):
    """IRAF's polynomial, in strings that go on in the next card."""
    text = (f'wtype=tnx axtype={axis} {word} = "3. 4. 4. 2. -0.02 0.02 -0.02 0.02 '
            '1.0E-5 1.0E-4 2.0E-5 3.0E-5 2.0E-5 1.0E-5 1e-5 2e-5 3e-5 1e-6 "')
    return [text[i:i + 68] for i in range(0, len(text), 68)]


def test_other_cards():
    """Coordinates in cards that are not the standard's: IRAF's TNX, the plates of the Digitized Sky Survey."""
    tan = dict(CTYPE1='RA---TAN', CTYPE2='DEC--TAN', CRPIX1=40.0, CRPIX2=30.0, CRVAL1=150.1, CRVAL2=2.2, CD1_1=-1e-4,
               CD2_2=1e-4)
    tnx = dict(tan, CTYPE1='RA---TNX', CTYPE2='DEC--TNX', WAT0_001='system=image')
    for i, lines in (1, wat('ra', 'lngcor')), (2, wat('dec', 'latcor')):
        tnx.update({f'WAT{i}_{k:03d}': line for k, line in enumerate(lines, 1)})
    plate = dict(PLTRAH=10, PLTRAM=0, PLTRAS=24.0, PLTDECSN='+', PLTDECD=2, PLTDECM=12, PLTDECS=0.0, EQUINOX=2000.0,
                 PLTSCALE=67.2, XPIXELSZ=5.3571, YPIXELSZ=5.3571, CNPIX1=33093, CNPIX2=33103)
    plate.update({f'PPO{i}': 177500.0 if i % 3 == 0 else 0.0 for i in range(1, 7)})
    plate.update({f'AMD{axis}{i}': {1: 67.2, 2: -0.1, 8: 2e-6}.get(i, 0.0) for axis in 'XY' for i in range(1, 21)})
    data = np.random.default_rng(5).normal(0, 0.01, (60, 80))
    for kind, cards in ('tan', tan), ('tnx', tnx), ('plate', plate):
        for band in 'gZ':
            write(f'{kind}_{band}.fits', data, fits.Header({'FILTER': band, 'BUNIT': 'nanomaggy'}), **cards)
    for one, other in ('tnx', 'tan'), ('tan', 'tnx'), ('plate', 'tan'), ('tan', 'plate'):
        said = succeed('bandpredict', f'{one}_g.fits,{other}_Z.fits', 'o.fits', KIDS, 'region=image;box(40,30,21,11,0)',
                       'clobber+')
        check(f'{one}, {other}: {said}', 'Z.fits): resampled from 80 x 60' in said)
        want = WCS(fits.getheader(f'{one}_g.fits')).all_pix2world([[29, 24], [49, 34]], 0)
        with fits.open('o.fits') as hdus:
            for hdu in hdus:
                got = WCS(hdu.header).all_pix2world([[0, 0], [20, 10]], 0)
                check(f'{one}, {other}, {hdu.name}: {hdu.shape} {got - want}', hdu.shape == (11, 21)
                      and np.abs(got - want).max() < 1e-9)


def test_prep():
    """A training set from unlike grids: the fluxes of the stamps are those of the images."""
    data, header = read(F277W)
    for name, scale in ('a.fits', 1), ('b.fits', 2):
        write(name, data * scale, header, BUNIT='nanomaggy', FILTER='g')
    coarse = fits.getdata('coarse.fits')
    write('c.fits', coarse * 4, fits.getheader('coarse.fits'), BUNIT='nanomaggy', FILTER='Z')
    with open('sets.list', 'w') as f:
        f.write('a.fits,c.fits\nb.fits,c.fits\n')
    result = run('bandprep', '@sets.list', 'x.fits', 'size=64', 'resample=no')
    check(f'refused: {result.stderr}', result.returncode == 1 and 'must be on one grid' in result.stderr)
    said = succeed('bandprep', '@sets.list', 'set.fits', 'size=64', 'split=train')
    check(f'said: {said}', 'c.fits: resampled from 50 x 50' in said)
    cube = fits.getdata('set.fits', 'PIXELS')
    check(f'shape {cube.shape}', cube.shape == (2, 2, 64, 64))
    check('the first band as it is', np.array_equal(cube[0, 0], data[18:82, 18:82]))
    blocks = coarse.T.repeat(2, 0).repeat(2, 1)[18:82, 18:82]
    check('each pixel has its part of the larger one', np.allclose(cube[0, 1], blocks, rtol=1e-5, atol=1e-7))


def test_real():
    """One galaxy seen by SDSS and by DES: turned by a quarter, other pixels; and by GALEX and VISTA."""
    if not os.path.isdir(DATA):
        print('no ../shared/data: real images are not tried')
        return
    spiral = DATA + 'sdss_ps1_des_same_galaxy/'
    names = f'{spiral}SDSS_g_wcsfixed.fits,{spiral}DES_z.fits'
    said = succeed('bandpredict', names, 'spiral.fits', KIDS, 'bands=g,Z', 'force=yes', 'reference=2',
                   f'truth={spiral}DES_r.fits')
    check(f'said: {said}', 'resampled from 240 x 240 pixels of 0.396 arcsec to 241 x 241 of 0.263 by exact' in said)
    with fits.open('spiral.fits') as hdus:
        made = hdus[0].data
        truth = hdus['RESIDUAL'].data + made
    ok = np.isfinite(made) & np.isfinite(truth)
    check('almost all is predicted', ok.mean() > 0.98)
    middle = [ndimage.center_of_mass(np.clip(np.nan_to_num(x)[110:131, 110:131], 0, None)) for x in (made, truth)]
    check(f'the nucleus is where DES sees it in r: {middle}', np.hypot(*np.subtract(*middle)) < 0.5)
    gama = DATA + 'gama_g202627_nuv_r_k/'
    succeed('bandpredict', f'{gama}GALEX_NUV.fits,{gama}VISTA_K.fits', 'ring.fits', KIDS, 'bands=g,Z', 'force=yes',
            'reference=Z')
    check('the grid of VISTA', fits.getdata('ring.fits').shape == (356, 356))


def align(a, b, psf='no', force=0):
    """Exit status; of both images the numbers, where the width comes from, the notes; or the message."""
    result = subprocess.run([ALIGN, a, b, psf, str(force), 'a_out.fits', 'b_out.fits'], capture_output=True, text=True)
    lines = result.stdout.splitlines()
    if result.returncode != 0:
        return lines[0]
    return [(*map(float, line.split('|')[0].split()), *line.split('|')[1:]) for line in lines]


def stars(name, arcsec, fwhm, noise=0.02, angle=0.0):
    """A field of 30 Gaussian stars and 15 larger round galaxies around one place on the sky."""
    rng = np.random.default_rng(7)
    size = int(180 / arcsec)
    wcs = WCS(naxis=2)
    wcs.wcs.ctype, wcs.wcs.crval = ['RA---TAN', 'DEC--TAN'], [40.0, -30.0]
    wcs.wcs.crpix = [size / 2, size / 2 + 3]
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    wcs.wcs.cd = np.array([[-c, s], [s, c]]) * arcsec / 3600
    yy, xx = np.mgrid[:size, :size]
    image = np.random.default_rng(size).normal(0, noise * arcsec**2, (size, size))
    for k in range(45):
        ra, dec = 40 + rng.uniform(-0.022, 0.022) / np.cos(np.radians(30)), -30 + rng.uniform(-0.022, 0.022)
        flux, width = rng.uniform(20, 100), fwhm if k < 30 else np.hypot(fwhm, rng.uniform(1.5, 6))
        x, y = wcs.all_world2pix(ra, dec, 0)
        sigma = width / 2.35482 / arcsec
        image += flux / (2 * np.pi * sigma**2) * np.exp(-0.5 * ((xx - x)**2 + (yy - y)**2) / sigma**2)
    fits.PrimaryHDU(image.astype('f4'), wcs.to_header()).writeto(name, overwrite=True)
    return image


def test_psf():
    """Widths of stars that are known; after psf=match the sharper image has the broader one's."""
    sharp = stars('sharp.fits', 0.3, 1.0)
    stars('broad.fits', 0.45, 1.8, angle=25)
    a, b = align('sharp.fits', 'broad.fits', 'report')
    for row, want in (a, 1.0), (b, 1.8):
        check(f'FWHM {row[1]}, not {want}', abs(row[1] / want - 1) < 0.03 and 'stars' in row[6])
    check(f'noted: {a[7]}', 'PSF of 1.0' in a[7] and a[2] == 0)
    check('reported only', np.array_equal(fits.getdata('a_out.fits'), sharp.astype('f4')))
    a, b = align('sharp.fits', 'broad.fits', 'match')
    blur = np.sqrt(1.8**2 - 1.0)
    check(f'convolved with {a[2]}, not {blur}', abs(a[2] / blur - 1) < 0.04 and b[2] == 0)
    want = ndimage.gaussian_filter(sharp, a[2] / 2.35482 / 0.3, mode='constant', truncate=5)
    got, inside = fits.getdata('a_out.fits'), np.s_[30:-30, 30:-30]
    error = np.sqrt(np.mean((got - want)[inside]**2) / np.mean(want[inside]**2))
    check(f"scipy's convolution differs by {error:.1e}", error < 1e-5)
    again, _ = align('a_out.fits', 'broad.fits', 'report')
    check(f'FWHM afterwards {again[1]}', abs(again[1] / 1.8 - 1) < 0.04)
    data, header = fits.getdata('sharp.fits')[:580], fits.getheader('sharp.fits')    # 64 rows are made at a time
    data[200:210, 300:310] = np.nan
    write('holed_sharp.fits', data, header)
    align('holed_sharp.fits', 'broad.fits', 'match')
    made = fits.getdata('a_out.fits')
    check('what is missing stays so, and is in nothing else', np.array_equal(np.isnan(made), np.isnan(data)))
    empty = np.random.default_rng(1).normal(size=(100, 100))
    for cards, want, source in ({'SEEING': 0.9}, 0.9, 'card SEEING'), \
            ({'PSF_FWHM': (3.0, '[pixel]')}, 0.9, 'card PSF_FWHM'):
        write('empty.fits', empty, header)
        with fits.open('empty.fits', 'update') as hdus:
            hdus[0].header.update(cards)
        row = align('broad.fits', 'empty.fits', 'report')[1]
        check(f'{cards}: {row}', abs(row[1] - want) < 0.01 and row[6] == source)
    specks = np.zeros_like(sharp)           # sharper than the stars, as cosmic rays are, and too many of them
    specks[60:560:150, 60:560:170] = 20
    write('specks.fits', sharp + ndimage.gaussian_filter(specks, 0.8), header, SEEING=0.9)
    row = align('specks.fits', 'broad.fits', 'report')[0]
    check(f'what is sharper than stars: {row}', row[1] == 0.9 and row[6] == 'card SEEING')
    write('empty.fits', empty, header)
    said = align('broad.fits', 'empty.fits', 'match')
    check(f'nothing to match with: {said}', isinstance(said, str) and 'psf=match' in said and 'SEEING' in said)
    for psf in 'match', 'report':
        rows = align('broad.fits', 'empty.fits', psf, force=1)
        check(f'{psf}: {rows}', ['width of its PSF is not known' in row[7] for row in rows] == [False, psf == 'match'])


def test_offset():
    """Sky coordinates that are wrong by a known distance are noticed, those that are right are not."""
    data, header = fits.getdata('broad.fits'), fits.getheader('broad.fits')
    for dx, dy in (0, 0), (0.7, -0.5), (3, 0), (-8, 5), (30, 60), (400, 900):
        write('moved.fits', data, header, CRPIX1=header['CRPIX1'] + dx, CRPIX2=header['CRPIX2'] + dy)
        off, got = np.hypot(dx, dy), align('sharp.fits', 'moved.fits')
        if off < 1:
            check(f'moved by {off:.1f}: {got}', not isinstance(got, str) and got[1][3] == 0)
            continue
        check(f'moved by {off:.1f}: {got}', isinstance(got, str) and f'{off:.0f}.' in got + f'{off:.0f}.'
              and 'from where its sky coordinates put it' in got and 'or they show two objects' in got)
        if off < 100:
            row = align('sharp.fits', 'moved.fits', force=1)[1]
            check(f'moved by {off:.2f}: {row}', row[3] == 1 and abs(row[4] - off) < 0.6
                  and abs(row[5] - 0.45 * off) < 0.3 and 'from where' in row[7])
    stars('turned.fits', 0.45, 1.8, angle=115)
    header = fits.getheader('turned.fits')
    write('moved.fits', fits.getdata('turned.fits'), header, CRPIX1=header['CRPIX1'] + 8)
    got = align('sharp.fits', 'moved.fits')
    check(f'turned and moved by 8: {got}', isinstance(got, str) and 'from where its sky coordinates put it' in got)
    for section in '26:55,31:70', '1:60,1:60', '41:100,21:80', '31:70,31:70':
        part = f'{F150W}[{section}]'
        check(f'{section} of a galaxy: {align(part, "coarse.fits")}', not isinstance(align(part, 'coarse.fits'), str))
    data, header = read(F150W)
    write('careless.fits', data[10:70, 20:80], header)
    said = run('bandpredict', f'careless.fits,{F277W}', 'careless_out.fits', CEERS)
    check(f'cut out with its header as it was: {said.stderr}', said.returncode == 1 and '(0.6' in said.stderr)
    if not os.path.isdir(DATA):
        return
    spiral = DATA + 'sdss_ps1_des_same_galaxy/'
    des = WCS(fits.getheader(f'{spiral}DES_r.fits', 1))
    for band in 'griz':
        name = f'{spiral}SDSS_{band}.fits'
        stale, fixed = (WCS(fits.getheader(file)) for file in (name, name.replace('.fits', '_wcsfixed.fits')))
        here, there = (np.array(des.all_world2pix(*w.all_pix2world(120, 120, 0), 0)) for w in (stale, fixed))
        arcsec = np.hypot(*(there - here)) * 0.263
        result = run('bandpredict', f'{spiral}DES_z.fits,{name}', 'x.fits', KIDS, 'bands=Z,g', 'force=no')
        check(f'SDSS {band}, stale CRPIX: {result.stderr}', result.returncode == 1
              and 'sky coordinates' in result.stderr)
        said = align(f'{spiral}DES_r.fits', name)
        found = float(said.split('(')[1].split()[0]) if isinstance(said, str) else 0
        check(f'SDSS {band}: {found} arcsec, by the corrected header {arcsec:.2f}', abs(found - arcsec) < 0.6)
        check(f'SDSS {band}, corrected',
              not isinstance(align(f'{spiral}DES_r.fits', name.replace('.fits', '_wcsfixed.fits')), str))


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        make_images()
        test_grids()
        test_part()
        test_truth_elsewhere()
        test_tables()
        test_other_cards()
        test_prep()
        test_psf()
        test_offset()
        test_real()
        os.chdir('/')
    report()


main()
