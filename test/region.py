"""Regions of a prediction: which pixels, the same as in the whole, where on the sky; started by region.sh.
SPDX-License-Identifier: BSD-3-Clause
"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS

from checks import check, report

BANDPREDICT, EXAMPLES = sys.argv[1:]
KIDS = EXAMPLES + '/models/kids_r.fits'
NX, NY = 180, 210
UNASKED = 16

# The same four shapes as DS9 8.4.1 writes them for three images of 0.5 arcsec pixels: north up and east
# left; turned by 30 degrees; the same mirrored.
SHAPES = ('box(40,50,20,10,15)', 'ellipse(50,70,12,6,40)', 'circle(30,30,8)', 'polygon(10,10,20,10,20,30)')
ON_SKY = {
    'north': ('box(150.0018164,39.9986061,10.000",5.000",14.999995)',
              'ellipse(150.0000034,40.0013839,6.000",3.000",39.999995)', 'circle(150.0036293,39.9958283,4.000")',
              'polygon(150.0072549,39.9930504,150.0054420,39.9930505,150.0054423,39.9958283)'),
    'turned': ('box(150.0024801,39.9994867,10.000",5.000",345)',
               'ellipse(149.9990969,40.0011979,6.000",3.000",9.9999954)', 'circle(150.0058631,39.9977753,4.000")',
               'polygon(150.0108162,39.9967583,150.0092460,39.9960639,150.0074333,39.9984697)'),
    'mirrored': ('box(149.9993398,39.9980978,10.000",5.000",135)',
                 'ellipse(149.9990969,40.0011979,6.000",3.000",110)', 'circle(149.9995827,39.9949977,4.000")',
                 'polygon(149.9982557,39.9912032,149.9998256,39.9918976,149.9980127,39.9943033)'),
}
X, Y = np.meshgrid(np.arange(1, NX + 1), np.arange(1, NY + 1))


def run(*args, verbose=0):
    return subprocess.run([BANDPREDICT, *args, 'bands=g,Z', 'clobber=yes', f'verbose={verbose}'], capture_output=True,
                          text=True, stdin=subprocess.DEVNULL)


def predict(inputs, output, *args):
    result = run(inputs, output, KIDS, *args)
    check(f'{args}: {result.stderr}', result.returncode == 0)


def check_refused(region, *words, code=1):
    result = run('g_north.fits,Z_north.fits', 'no.fits', KIDS, f'region={region}')
    good = result.returncode == code and result.stderr.count('\n') == 1 and all(w in result.stderr for w in words)
    check(f'{region}: {result.returncode}, {result.stderr!r}', good)
    check(f'{region}: no output', not os.path.exists('no.fits'))


# ---- which pixels ---------------------------------------------------------------------------------

def turned(x0, y0, angle):
    c, s = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    return c * (X - x0) + s * (Y - y0), c * (Y - y0) - s * (X - x0)


def box(x0, y0, w, h, angle=0.0):
    u, v = turned(x0, y0, angle)
    return (u >= -w / 2) & (u < w / 2) & (v >= -h / 2) & (v < h / 2)


def ellipse(x0, y0, a, b, angle=0.0):
    u, v = turned(x0, y0, angle)
    return (u / a)**2 + (v / b)**2 <= 1


def triangle(*points):
    """Points on one side of all three edges."""
    p = np.reshape(points, (3, 2))
    side = [(p[i - 1][0] - p[i][0]) * (Y - p[i][1]) - (p[i - 1][1] - p[i][1]) * (X - p[i][0]) for i in range(3)]
    return np.all(np.array(side) < 0, 0) | np.all(np.array(side) > 0, 0)


PIXELS = (box(40, 50, 20, 10, 15), ellipse(50, 70, 12, 6, 40), ellipse(30, 30, 8, 8),
          triangle(10, 10, 20, 10, 20, 30))
# Pixels whose centres are on an edge may count or not, where the edge went to the sky and back.
EDGES = np.hypot(X - 30, Y - 30) == 8
EDGES |= (np.abs((Y - 10) - 2 * (X - 10)) < 1e-9) | (X == 20) | (Y == 10)
for near in -0.09, 0.09:        # DS9 turns ICRS into FK5, 0.02 arcsec, which are one frame here
    EDGES |= box(40, 50, 20 + near, 10 + near, 15) != PIXELS[0]
    EDGES |= ellipse(50, 70, 12 + near, 6 + near, 40) != PIXELS[1]


def inside_of(file):
    """Which pixels of the whole image FILE predicts; its place is in LTV."""
    with fits.open(file) as hdus:
        inside = np.zeros((NY, NX), bool)
        y, x = (-round(hdus[0].header[key]) for key in ('LTV2', 'LTV1'))
        part = hdus['MASK'].data == 0
        inside[y:y + part.shape[0], x:x + part.shape[1]] = part
        check(f'{file}: NaN outside', np.array_equal(np.isfinite(hdus[0].data), part))
        check(f'{file}: MASK', set(np.unique(hdus['MASK'].data)) <= {0, UNASKED})
        rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
        check(f'{file}: it is the smallest rectangle',
              (rows[0], rows[-1], columns[0], columns[-1]) == (0, part.shape[0] - 1, 0, part.shape[1] - 1))
    return inside


def make_images():
    """g and Z of a field in three orientations, r, and the whole prediction."""
    random = np.random.default_rng(1)
    turn = np.radians(30)
    rotation = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    matrices = {'north': np.diag([-1.0, 1.0]), 'turned': rotation @ np.diag([-1.0, 1.0]), 'mirrored': rotation}
    light = sum(f * np.exp(-np.hypot(X - x, Y - y) / 3.0)
                for f, x, y in zip(random.uniform(5, 50, 40), random.uniform(1, NX, 40), random.uniform(1, NY, 40)))
    for name, matrix in matrices.items():
        header = fits.Header({'BUNIT': 'nanomaggy', 'CTYPE1': 'RA---TAN', 'CTYPE2': 'DEC--TAN', 'CRVAL1': 150.0,
                              'CRVAL2': 40.0, 'CRPIX1': 50.0, 'CRPIX2': 60.0})
        for i in 0, 1:
            for j in 0, 1:
                header[f'CD{i + 1}_{j + 1}'] = matrix[i, j] * 0.5 / 3600
        for band, share, noise in ('g', 0.5, 0.05), ('Z', 1.5, 0.2), ('r', 1.0, 0.1):
            pixels = np.random.default_rng(ord(band)).normal(share * light, noise)
            fits.writeto(f'{band}_{name}.fits', pixels.astype('f4'), header)


def test_pixels():
    for name, shapes in ON_SKY.items():
        inputs = f'g_{name}.fits,Z_{name}.fits'
        for k, (image, sky) in enumerate(zip(SHAPES, shapes)):
            predict(inputs, 'i.fits', f'region=image; {image}')
            got = inside_of('i.fits')
            wrong = got != PIXELS[k]
            check(f'{name} {image}: {wrong.sum()} pixels', not (wrong & ~EDGES).any() and got.sum() > 50)
            for system in 'fk5', 'icrs':
                predict(inputs, 's.fits', f'region={system};{sky}')
                wrong = inside_of('s.fits') != PIXELS[k]
                check(f'{name} {system} {sky}: {np.argwhere(wrong)} pixels', not (wrong & ~EDGES).any())


def test_rings():
    """DS9's annuli of circles, ellipses and boxes, of one ring or more."""
    inputs = 'g_turned.fits,Z_turned.fits'
    for region, want in (
            ('annulus(90,100,6.3,20.2)', ellipse(90, 100, 20.2, 20.2) & ~ellipse(90, 100, 6.3, 6.3)),
            ('annulus(90,100,6.3,9.9,15,20.2)', ellipse(90, 100, 20.2, 20.2) & ~ellipse(90, 100, 6.3, 6.3)),
            ('annulus(90,100,0,20.2)', ellipse(90, 100, 20.2, 20.2)),
            ('ellipse(90,100,10.1,4.2,30.3,12.6,25)',
             ellipse(90, 100, 30.3, 12.6, 25) & ~ellipse(90, 100, 10.1, 4.2, 25)),
            ('ellipse(90,100,10.1,9.2,30.3,12.6)', ellipse(90, 100, 30.3, 12.6) & ~ellipse(90, 100, 10.1, 9.2)),
            ('box(90,100,15.1,9.1,25.2,21.2,36.2,31.4,70)',
             box(90, 100, 36.2, 31.4, 70) & ~box(90, 100, 15.1, 9.1, 70)),
            ('circle(90,100,20.2);-annulus(90,100,5.2,10.3)',
             ellipse(90, 100, 20.2, 20.2) & ~ellipse(90, 100, 10.3, 10.3) | ellipse(90, 100, 5.2, 5.2))):
        predict(inputs, 's.fits', f'region=image;{region}')
        wrong = inside_of('s.fits') != want
        check(f'{region}: {wrong.sum()} pixels', not wrong.any())
    middle = WCS(fits.getheader('g_turned.fits')).pixel_to_world(89, 99)
    predict(inputs, 's.fits', f'region=icrs;annulus({middle.ra.deg},{middle.dec.deg},3.15",10.1")')
    check('a ring on the sky', np.array_equal(inside_of('s.fits'), np.abs(np.hypot(X - 90, Y - 100) - 13.25) < 6.95))


def test_galactic():
    """Regions in galactic coordinates on an equatorial image, and in both on a galactic one, by astropy's sky."""
    header = fits.Header({'CTYPE1': 'GLON-TAN', 'CTYPE2': 'GLAT-TAN', 'CRVAL1': 300.0, 'CRVAL2': -40.0, 'CRPIX1': 90.0,
                          'CRPIX2': 100.0, 'CDELT1': -0.5 / 3600, 'CDELT2': 0.5 / 3600, 'BUNIT': 'nanomaggy'})
    for band in 'gZ':
        fits.writeto(f'{band}_galactic.fits', fits.getdata(f'{band}_north.fits'), header)
    for name in 'turned', 'galactic':
        sky = WCS(fits.getheader(f'g_{name}.fits')).pixel_to_world(X - 1, Y - 1)
        for system, frame in ('galactic', 'galactic'), ('icrs', 'icrs'), ('fk5', 'icrs'):
            here = sky.transform_to(frame)
            centre = here[79, 69]
            lon, lat = centre.spherical.lon.deg, centre.spherical.lat.deg
            east, north = (offset.arcsec for offset in centre.spherical_offsets_to(here))
            c, s = np.cos(np.radians(35)), np.sin(np.radians(35))
            u, v = -c * east + s * north, s * east + c * north      # an angle of 0 points west, one of 90 north
            for shape, inside in (('circle({},{},12.1")', lambda e: np.hypot(east, north) <= 12.1 + e),
                                  ('ellipse({},{},20.1",8.2",35)',
                                   lambda e: np.hypot(u / (20.1 + e), v / (8.2 + e)) <= 1),
                                  ('box({},{},5.1",4.3",30.3",12.2",35)',
                                   lambda e: (abs(u) < 15.15 + e) & (abs(v) < 6.1 + e)
                                   & ~((abs(u) < 2.55 - e) & (abs(v) < 2.15 - e)))):
                region = shape.format(lon, lat)
                predict(f'g_{name}.fits,Z_{name}.fits', 's.fits', f'region={system};{region}')
                got = inside_of('s.fits')               # astropy's frames differ by 0.02 arcsec
                wrong = (got & ~inside(0.03)) | (~got & inside(-0.03))
                check(f'{name} {system} {region}: {wrong.sum()} of {got.sum()} pixels',
                      not wrong.any() and got.sum() > 500)
    fits.writeto('j1975.fits', fits.getdata('g_north.fits'),
                 fits.Header({**fits.getheader('g_north.fits'), 'EQUINOX': 1975.0, 'RADESYS': 'FK5'}), overwrite=True)
    result = run('j1975.fits,j1975.fits', 'no.fits', KIDS, 'region=galactic;circle(300,-40,5")')
    said = 'j1975.fits: its sky coordinates are equatorial J1975, neither equatorial J2000 or B1950 nor galactic'
    check(result.stderr, result.returncode == 1 and said in result.stderr)


def test_whole():
    """The pixels are those of a prediction of the whole, bit for bit, and where they were on the sky."""
    inputs = 'g_turned.fits,Z_turned.fits'
    for window in 'tile', 'whole':
        predict(inputs, 'all.fits', f'window={window}', 'truth=r_turned.fits')
        predict(inputs, 'some.fits', f'window={window}', 'truth=r_turned.fits',
                'region=image;box(100,120,31,21,20);-circle(100,120,5.3)')
        inside = inside_of('some.fits')
        want = box(100, 120, 31, 21, 20) & ~ellipse(100, 120, 5.3, 5.3)
        check(f'{window}: box without a circle', np.array_equal(inside, want))
        with fits.open('all.fits') as whole, fits.open('some.fits', checksum=True) as part:
            y, x = np.argwhere(inside).min(0)
            ny, nx = part[0].shape
            check(f'{window}: a small file', (ny, nx) == tuple(np.argwhere(inside).max(0) + 1 - (y, x)))
            for name in 0, 'RESIDUAL':
                same = part[name].data[inside[y:y + ny, x:x + nx]] == whole[name].data[inside]
                check(f'{window}: {name}: {(~same).sum()} pixels differ', same.all())
            corners = np.array([[0, 0], [nx - 1, 0], [0, ny - 1]])
            sky = WCS(whole[0].header).all_pix2world(corners + [x, y], 0)
            for hdu in part:
                check(f'{window}: sky of {hdu.name}',
                      np.abs(WCS(hdu.header).all_pix2world(corners, 0) - sky).max() < 1e-10)
            check('the noise is that of the whole', part[0].header['BCSCALE'] == whole[0].header['BCSCALE'])
    inside = PIXELS[2]
    for hole in box(22, 22, 2, 2), box(24, 30, 8, 40), box(30, 30, 2, 2):       # beside the circle, over its edge, in
        share = 100 * (hole & inside).sum() / inside.sum()
        for bands, words in ('gZ', 'have no prediction: an input'), ('Z', 'are predicted without a band that'):
            for band in 'gZ':
                pixels = np.where(hole & (band in bands), np.nan, fits.getdata(f'{band}_north.fits'))
                fits.writeto(f'{band}_hole.fits', pixels.astype('f4'), overwrite=True)
            said = run('g_hole.fits,Z_hole.fits', 's.fits', KIDS, 'region=image;circle(30,30,8)', verbose=1).stdout
            want = f'{share:.3g} % of the pixels {words} has no datum there' if share else 'none'
            check(f'what is not asked for is not missing: {want} {said}',
                  said.count(' % of the pixels ') == said.count(want) == (share > 0))


def test_spellings():
    """What DS9, its users and CIAO write."""
    inputs = 'g_north.fits,Z_north.fits'
    predict(inputs, 'w.fits', 'region=image; circle(30,30,8)')
    want = inside_of('w.fits')
    with open('ds9.reg', 'w') as file:
        file.write('# Region file format: DS9 version 4.1\nglobal color=green font="helvetica 10 normal" select=1\n'
                   'image\ncircle(30,30,8) # color=red text={a;b}\n')
    ra, dec = 150.0036293, 39.9958283
    for region in ('ds9.reg', 'circle 30 30 8', 'physical;+circle(30, 30, 8p)', 'IMAGE;CIRCLE(30,30,4.0")',
                   'fk5;circle(10:00:00.87103,+39:59:44.98,0.06666667\')',
                   f'fk5;circle({ra}d,{dec}d,0.001111111)', 'icrs;circle(10h0m0.87103s,39d59m44.98s,8i)',
                   f'j2000; circle({np.radians(ra):.12f}r,{np.radians(dec):.12f}r,4")'):
        predict(inputs, 's.fits', f'region={region}')
        wrong = inside_of('s.fits') != want
        check(f'{region}: {wrong.sum()} pixels', not (wrong & ~EDGES).any())
    for region, words in (f'fk5;circle({ra},{dec},5)', 1), ('image;circle(30,30,8)', 0):
        said = run(inputs, 's.fits', KIDS, f'region={region}', verbose=1).stdout
        check(f'degrees for arcseconds, {region}: {said}', said.count('the region holds the whole image') == words)
    with open('windows.reg', 'w', encoding='utf-8-sig', newline='\r\n') as file:
        file.write('# Region file format: DS9 version 4.1\n\nimage\n\ncircle(30,30,8)\n')
    predict(inputs, 's.fits', 'region=windows.reg')
    check('a file from Windows', np.array_equal(inside_of('s.fits'), want))
    with open('marks.reg', 'w') as file:
        file.write('# Region file format: DS9 version 4.1\nimage\nline(1,2,30,40) # line=0 0\n'
                   'circle(30,30,8) # text={a text(3,4)}\n-point(5,5) # point=x\npoint(9,9)\n'
                   '# text(50,50) text={circle(9,9,9); (b)}\n# vector(30,30,10,45) vector=1\n# composite(50,50,0)\n')
    for region, marks in ('marks.reg', 'line, point, text, vector'), ('image;point(5,5);circle(30,30,8)', 'point'):
        said = run(inputs, 's.fits', KIDS, f'region={region}', verbose=1).stdout
        check(f'marks are passed over: {said}', np.array_equal(inside_of('s.fits'), want)
              and f"the region's {marks}: passed over, as they enclose no area\n" in said)
    said = run(inputs, 's.fits', KIDS, 'region=ds9.reg', verbose=1).stdout
    check(f'without marks nothing is said of them: {said}', 'passed over' not in said)
    predict(inputs, 's.fits', 'region=image;circle(30,30,8);box(60,60,4,6,0)')
    check('two shapes', np.array_equal(inside_of('s.fits'), want | box(60, 60, 4, 6)))
    predict(inputs, 's.fits', 'region=image;circle(50,50,10)')
    check('pixels on the very edge, (6, 8) from the middle, too',
          np.array_equal(inside_of('s.fits'), np.hypot(X - 50, Y - 50) <= 10))
    predict(inputs, 's.fits', 'region=image;-circle(30,30,8)')
    check('all but one', np.array_equal(inside_of('s.fits'), ~want))
    predict(inputs, 's.fits', 'region=image;box(5,5,20,20,0)')
    check('cut by the edge', np.array_equal(inside_of('s.fits'), box(5, 5, 20, 20)))
    for band in 'gZ':                           # a cut-out: physical pixels are those of the original
        fits.writeto(f'{band}_ltv.fits', fits.getdata(f'{band}_north.fits'),
                     fits.Header({'LTV1': -100, 'LTV2': 7.0, 'S_REGION': 'CIRCLE 1 1 1', 'DATASEC': '[1:90,1:80]'}))
    predict('g_ltv.fits,Z_ltv.fits', 's.fits', 'region=circle(130,23,8)')
    with fits.open('s.fits') as hdus:
        check('LTV goes on', (hdus[0].header['LTV1'], hdus[0].header['LTV2']) == (-100 - 21, 7 - 21))
        check('the extent of the whole does not', not {'S_REGION', 'DATASEC'} & set(hdus[0].header))
    for band in 'gZ':                           # and of a binned one, twice as small
        fits.writeto(f'{band}_ltm.fits', fits.getdata(f'{band}_north.fits'),
                     fits.Header({'LTM1_1': 0.5, 'LTM2_2': 0.5}))
    predict('g_ltm.fits,Z_ltm.fits', 's.fits', 'region=circle(60,60,16)')
    check('LTM', np.array_equal(inside_of('s.fits'), want))
    for place in '300,-40', '300:00:00,-40:00:00', '300d0m0s,-40d0m0s':
        predict('g_galactic.fits,Z_galactic.fits', f's{len(place)}.fits', f'region=galactic;circle({place},8")')
        check(f'south, {place}', np.array_equal(fits.getdata(f's{len(place)}.fits'), fits.getdata('s7.fits'),
                                                equal_nan=True))
    predict('g_ltv.fits,Z_ltv.fits', 's.fits')
    check('but of the whole', {'S_REGION', 'DATASEC'} <= set(fits.getheader('s.fits')))


def test_refused():
    check_refused('image;circle(900,900,5)', 'no pixel of')
    check_refused('image;circle(30.5,30.5,0.1)', 'no pixel of')
    check_refused('fk5;circle(330,177.8,5")', 'no declination or latitude of 177.8 degrees')
    check_refused('galactic;circle(330,-90.1,5")', 'no declination or latitude of -90.1 degrees')
    check_refused('fk5;circle(330,-40,5")', 'region fk5;circle(330,-40,5")', 'is not on this projection',
                  'g_north.fits')
    for region, words in (('image;box(30,30,5,9)\n-image;circle(9,9,5)', "'image' has a sign before it"),
                          ('tube(30,30,5,9)', "'tube' is not known; box, circle, ellipse, annulus and polygon are"),
                          ('ecliptic;circle(30,30,5)', "'ecliptic' coordinates are not known"),
                          ('annulus(30,30,9)', "'annulus' is no shape: a number is missing"),
                          ('annulus(30,30,9,5)', "'annulus' has borders that do not grow"),
                          ('annulus(30,30,5,5)', "'annulus' has borders that do not grow"),
                          ('annulus(30,30,5,9i,8)', "'annulus' has borders that do not grow"),
                          ('ellipse(30,30,5,4,9p,8p,0)', 'in several units'),
                          ('galactic;circle(10:00:00,b,5)', "'b' is no place on the sky"),
                          ('wcsa;circle(30,30,5)', "'wcsa' coordinates are not known"),
                          ('circle(30,30)', 'number is missing'), ('circle(30,30,-5)', "'-5' is no length"),
                          ('circle(a,30,5)', "'a' is no place"),
                          ('circle(10:00:00,30,5)', "'10:00:00' is no place in pixels"),
                          ('box(30,30,5,5,10,10,1,7,7)', "'box' has borders that do not grow"),
                          ('circle(30,30,5,9)', "'circle' has more numbers than it needs"),
                          ('point(3,4);panda(30,30,0,90,1,5,9,1)', "'panda' is not known"),
                          ('point(3,4);line(1,2,3,4)', 'none of its shapes encloses an area (point, line)'),
                          ('polygon(30,30,40,40)', 'polygon of 2 points'),
                          ('polygon(30,30,40,40,50)', 'number is missing')):
        check_refused(f'image;{region}', words, code=2)
        with open('bad.reg', 'w') as file:
            file.write(f'image\n{region}\n')
        check_refused('bad.reg', words)
    check_refused('nothing.reg', 'nothing.reg: no such file', code=2)
    with open('empty.reg', 'w') as file:
        file.write('# nothing\nimage\n')
    check_refused('empty.reg', 'there is none in it')
    check_refused('g_north.fits', 'region')
    for band in 'gZ':
        fits.writeto(f'{band}_bare.fits', fits.getdata(f'{band}_north.fits'))
    result = run('g_bare.fits,Z_bare.fits', 'no.fits', KIDS, 'region=fk5;circle(150,40,5")')
    check(result.stderr, result.returncode == 1 and 'g_bare.fits has no sky coordinates' in result.stderr)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    make_images()
    test_pixels()
    test_rings()
    test_galactic()
    test_whole()
    test_spellings()
    test_refused()
report()
