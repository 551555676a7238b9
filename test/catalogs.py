"""Catalogues as astropy, SExtractor and VizieR write them: the stamps, ids and positions that come of them; started by
catalogs.sh.
SPDX-License-Identifier: BSD-3-Clause
"""
import gzip
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy import units as u
from astropy.coordinates import FK5, SkyCoord
from astropy.io import fits
from astropy.table import MaskedColumn, Table
from astropy.wcs import WCS

from checks import check, report

BANDPREP, EXAMPLES = sys.argv[1:]
FIRST, SECOND = (f'{EXAMPLES}/images/ceers_31457_{band}.fits.fz' for band in ('f150w', 'f277w'))
IDS = ['9007199254740993', 'b', 'c']                  # the first is no double
X, Y = np.array([40.5, 51.5, 80.5]), np.array([41.5, 60.5, 80.5])        # in the middle of a stamp's pixels
IMAGE = fits.getdata(FIRST, 1)
WHERE = WCS(fits.getheader(FIRST, 1)).pixel_to_world(X - 1, Y - 1)


def run(catalog, *args, split='train'):
    return subprocess.run([BANDPREP, f'{FIRST},{SECOND}', 'set.fits', f'catalog={catalog}', 'size=32', f'split={split}',
                           'clobber=yes', *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def gives(catalog, ids=IDS, says=''):
    result = run(catalog)
    check(f'{catalog}: {result.stderr}', result.returncode == 0 and says in result.stdout
          and 'another image' not in result.stdout)
    if result.returncode != 0:
        return
    with fits.open('set.fits') as hdus:
        pixels, rows = hdus['PIXELS'].data, hdus['SAMPLES'].data
        os.remove('set.fits')
        stamps = [IMAGE[int(y - 16):int(y + 16), int(x - 16):int(x + 16)] for x, y in zip(X, Y)]
        check(f'{catalog}: stamps', len(pixels) == 3 and np.array_equal(pixels[:, 0], stamps))
        check(f'{catalog}: ids {list(rows["ID"])}', list(rows['ID']) == list(ids))
        check(f'{catalog}: x, y', np.allclose([rows['X'], rows['Y']], [X, Y], atol=2e-3))
        check(f'{catalog}: ra, dec', np.allclose([rows['RA'], rows['DEC']], [WHERE.ra.deg, WHERE.dec.deg],
                                                 rtol=0, atol=3e-8))


def refused(catalog, *words):
    result = run(catalog)
    check(f'{catalog}: {result.returncode}, {result.stderr!r}',
          result.returncode == 1 and result.stderr.count('\n') == 1
          and all(word in result.stderr for word in words) and not os.path.exists('set.fits'))


def write(name, text):
    with open(name, 'w', newline='') as f:
        f.write(text)
    return name


def test_texts():
    pixels = Table([IDS, X, Y], names=['id', 'x_pix', 'Y_PIX'])
    sky = Table([IDS, WHERE.ra.deg, WHERE.dec.deg], names=['id', 'RAJ2000', 'DEJ2000'])
    for form in 'csv', 'tab', 'commented_header', 'ecsv', 'basic':
        pixels.write(f'pixels.{form}', format=f'ascii.{form}')
        gives(f'pixels.{form}')
        sky.write(f'sky.{form}', format=f'ascii.{form}')
        gives(f'sky.{form}')
    windows = open('sky.csv').read().replace('\n', '\r\n\r\n')
    gives(write('windows.csv', '\ufeff' + windows))
    gives(write('semicolons.csv', windows.replace(',', ';')))

    letters = sky.copy()
    letters['RAJ2000'] = WHERE.ra.to_string(u.hourangle, precision=6)       # 14h20m03.242100s
    letters['DEJ2000'] = WHERE.dec.to_string(u.deg, precision=5)
    letters.write('letters.csv')
    gives('letters.csv')
    ra, dec = (angle.to_string(unit, sep=' ', precision=6, pad=True) for angle, unit in
               ((WHERE.ra, u.hourangle), (WHERE.dec, u.deg)))
    gives(write('vizier.tsv', '#\n#   VizieR Astronomical Server vizier.cds.unistra.fr\n#Column\tRA_ICRS\t(A13)\tx\n\n'
                'RA_ICRS\tDE_ICRS\tMag\n"h:m:s"\t"d:m:s"\tmag\n-----------\t-----------\t------\n'
                + ''.join(f'{a}\t{d}\t \n' for a, d in zip(ra, dec))), '123')
    heads = ('#   1 NUMBER                 Running object number\n'
             '#   2 FLUX_APER              Flux vector within fixed circular aperture(s)    [count]\n'
             '#   5 X_IMAGE                Object position along x                          [pixel]\n'
             '#   6 Y_IMAGE                Object position along y                          [pixel]\n'
             '#   7 ALPHA_J2000            Right ascension of barycenter (J2000)            [deg]\n'
             '#   8 DELTA_J2000            Declination of barycenter (J2000)                [deg]\n')
    rows = [f'{n:10} 1.5 2.5 3.5 {x:11.4f} {y:11.4f} {a:13.8f} {d:+13.8f}\n'
            for n, x, y, a, d in zip('123', X, Y, WHERE.ra.deg, WHERE.dec.deg)]
    gives(write('test.cat', heads + ''.join(rows)), '123',
          says='stamps are cut at X_IMAGE, Y_IMAGE of test.cat')


def test_tables():
    table = Table([[int(IDS[0]), 2, 3], X.astype('f4'), Y], names=['ID', 'X_IMAGE', 'Y_IMAGE'])
    ids = [IDS[0], '2', '3']
    other = fits.BinTableHDU(Table([['x'], [np.zeros(3)]], names=['NAME', 'RA']), name='OTHER')
    pixels = fits.BinTableHDU(table, name='PIXELS')
    sky = fits.BinTableHDU(Table([np.array(['a ', 'b', 'c']), WHERE.ra, WHERE.dec, np.ones((3, 2))],
                                 names=['id', 'ra', 'dec', 'flux']), name='SKY')
    text = fits.BinTableHDU(Table([WHERE.ra.to_string(u.hourangle, sep=':', precision=6),
                                   WHERE.dec.to_string(sep=':', precision=5)],
                                  names=['RAJ2000', 'DEJ2000'], units=['"h:m:s"', '"d:m:s"']), name='TEXT')
    ascii_table = fits.TableHDU.from_columns([fits.Column('id', 'A8', array=['a', 'b', 'c']),
                                              fits.Column('x', 'F8.3', array=X),
                                              fits.Column('y', 'F8.3', array=Y)], name='ASCII')
    image = fits.ImageHDU(np.zeros((4, 4)), name='IMAGE')
    fits.HDUList([fits.PrimaryHDU(), image, other, pixels, sky, text, ascii_table]).writeto('many.fits')
    with gzip.open('many.fits.gz', 'wb') as f:
        f.write(open('many.fits', 'rb').read())
    gives('many.fits', ids)
    gives('many.fits.gz', ids)
    gives('many.fits[PIXELS]', ids)
    gives('many.fits[4]', ['a', 'b', 'c'])
    gives('many.fits[TEXT]', '123')
    gives('many.fits[ASCII]', ['a', 'b', 'c'])
    gives('many.fits[SKY][ra > 0]', ['a', 'b', 'c'])      # as CFITSIO reads it
    refused('many.fits[OTHER]', 'many.fits[OTHER]', 'neither columns x_pix')
    refused('many.fits[IMAGE]', 'many.fits[IMAGE] is no table')
    refused('many.fits[NONE]', 'many.fits[NONE]', 'no such extension')
    refused(FIRST, 'ceers_31457_f150w.fits.fz has no table')
    radians = table.copy()
    radians['ra'], radians['dec'] = WHERE.ra.to('rad'), WHERE.dec.to('rad')
    radians.write('radians.fits')
    refused('radians.fits', "radians.fits: column ra is in 'rad'")
    missing = Table([MaskedColumn(X.astype('i4'), mask=[0, 1, 0]), np.array([np.nan, 60, 80])], names=['x', 'y'])
    missing.write('missing.fits')
    result = run('missing.fits', 'verbose=2')
    check(f'rows without a position: {result.stderr}', '2 left out: the catalogue has no position' in result.stdout
          and ': 1 sample of' in result.stdout)
    os.remove('set.fits')
    data = open('many.fits', 'rb').read()
    open('cut.fits', 'wb').write(data[:data.index(b'XTENSION', data.index(b'PIXELS')) - 2880])
    refused('cut.fits', 'cut.fits')
    fits.HDUList([fits.PrimaryHDU(), pixels]).writeto('own.fits')
    result = subprocess.run([BANDPREP, f'{FIRST},{SECOND}', 'own.fits', 'catalog=own.fits[1]', 'clobber=yes'],
                            capture_output=True, text=True)
    check(f'no catalogue is replaced: {result.stderr}', result.returncode == 1 and 'is an input' in result.stderr)


def test_galactic():
    """ra and dec are equatorial whatever the image has."""
    header = fits.Header({'CTYPE1': 'GLON-TAN', 'CTYPE2': 'GLAT-TAN', 'CRVAL1': 96.3, 'CRVAL2': 60.1, 'CRPIX1': 60.0,
                          'CRPIX2': 40.0, 'CDELT1': -0.2 / 3600, 'CDELT2': 0.2 / 3600, 'FILTER': 'r'})
    fits.writeto('galactic.fits', IMAGE, header)
    sky = WCS(header).pixel_to_world(X - 1, Y - 1).icrs
    Table([sky.ra.deg, sky.dec.deg], names=['RA', 'DEC']).write('equatorial.fits')
    Table([X, Y], names=['x', 'y']).write('pixels_only.fits')
    for catalog in 'equatorial.fits', 'pixels_only.fits':
        result = subprocess.run([BANDPREP, 'galactic.fits', 'set.fits', f'catalog={catalog}', 'size=32'],
                                capture_output=True, text=True)
        rows = fits.getdata('set.fits', 'SAMPLES')
        os.remove('set.fits')
        check(f'{catalog} on a galactic image: {result.stdout} {result.stderr}',
              np.allclose([rows['X'], rows['Y']], [X, Y], atol=0.1)
              and np.allclose([rows['RA'], rows['DEC']], [sky.ra.deg, sky.dec.deg], rtol=0, atol=1e-5))


def test_fk4():
    """ra and dec are J2000 on an image of B1950, too; FK4's E-terms are 0.3 arcsec.  In which time scale B1950
    is no header says, which makes 3e-5 arcsec."""
    for ra, dec in (150.0, 2.0), (268.0, -29.0), (10.0, 89.9):
        header = fits.Header({'CTYPE1': 'RA---TAN', 'CTYPE2': 'DEC--TAN', 'CRVAL1': ra, 'CRVAL2': dec, 'CRPIX1': 60.0,
                              'CRPIX2': 40.0, 'CDELT1': -0.2 / 3600, 'CDELT2': 0.2 / 3600, 'FILTER': 'r',
                              'RADESYS': 'FK4', 'EQUINOX': 1950.0})
        fits.writeto('fk4.fits', IMAGE, header, overwrite=True)
        sky = WCS(header).pixel_to_world(X - 1, Y - 1).frame.transform_to(FK5())
        Table([sky.ra.deg, sky.dec.deg], names=['RA', 'DEC']).write('j2000.fits', overwrite=True)
        Table([X, Y], names=['x', 'y']).write('pixels_only.fits', overwrite=True)
        for catalog in 'j2000.fits', 'pixels_only.fits':
            result = subprocess.run([BANDPREP, 'fk4.fits', 'set.fits', f'catalog={catalog}', 'size=32', 'clobber=yes'],
                                    capture_output=True, text=True)
            rows = fits.getdata('set.fits', 'SAMPLES')
            off = FK5(rows['RA'] * u.deg, rows['DEC'] * u.deg).separation(sky).deg.max()
            check(f'{catalog} of B1950 at {ra}, {dec}: {result.stderr} {off}',
                  np.allclose([rows['X'], rows['Y']], [X, Y], atol=2e-4) and off < 1e-8)
    os.remove('set.fits')


def test_positions():
    """Pixels that are not where ra, dec are: that is said, counted and measured; counting from 0 is not."""
    ra, dec = WHERE.ra.deg, WHERE.dec.deg
    for names, x, off in ('moved', X + np.array([0, 3, 4]), 2), ('from_0', X - 1, 0), ('lost', X + [np.nan, 3, 0], 1):
        Table([x, Y, ra, dec], names=['X_IMAGE', 'Y_IMAGE', 'ra', 'dec']).write(f'{names}.csv')
        result = run(f'{names}.csv')
        os.remove('set.fits')
        said = [line for line in result.stdout.splitlines() if 'another image' in line]
        largest = 4 if names == 'moved' else 3
        check(f'{names}: {result.stdout}', len(said) == (off > 0) and all(
            f' {off} of {np.isfinite(x).sum()} positions X_IMAGE, Y_IMAGE' in line and f'(up to {largest})' in line
            for line in said))


def test_splits():
    """How many samples are for what, and why the others are for nothing."""
    with open('rows.csv', 'w') as f:
        f.write('x,y,split\n' + ''.join(f'{x},50,{s}\n' for x, s in zip(range(20, 81, 5), '0012012003001')))
    for split, counts, says in (('fold', (9, 2, 2), ''), ('train', (13, 0, 0), ''),
                                ('catalog', (7, 3, 2), "1 left out: the catalogue's split is not 0, 1 or 2"),
                                ('x:46,60', (2, 0, 2), '9 left out: a border of split=')):
        result = run('rows.csv', split=split)
        split = fits.getdata('set.fits', 'SAMPLES')['SPLIT']
        os.remove('set.fits')
        check(f'split: {result.stdout}', says in result.stdout and counts == tuple(np.sum(split == i) for i in range(3))
              and '%d to train, %d to validate, %d to test' % counts in result.stdout)
    for size, says in (32, False), (16, True):
        result = subprocess.run([BANDPREP, f'{FIRST},{SECOND}', 'set.fits', f'size={size}'], capture_output=True,
                                text=True)
        os.remove('set.fits')
        check(f'one field: {result.stdout}', ('with catalog= stamps' in result.stdout) == says)


def test_edges():
    """Stamps that end where the image does are whole."""
    for x, kept in (16, True), (15.99, False), (84, True), (84.99, True), (85, False):
        result = run(write('edge.csv', f'x,y\n{x},50\n50,{x}\n'))
        check(f'x = {x}: {result.stdout}{result.stderr}', (result.returncode == 0) == kept)
        if kept:
            at = int(x) - 16
            check(f'x = {x}: pixels', np.array_equal(fits.getdata('set.fits', 'PIXELS')[:, 0],
                                                     [IMAGE[34:66, at:at + 32], IMAGE[at:at + 32, 34:66]]))
            os.remove('set.fits')


def test_holes():
    """What has no datum stays NaN: it is not judged, and both kinds of network learn from what is left."""
    random = np.random.default_rng(8)
    bands, holes = random.normal(10, 1, (3, 32, 32)).astype('f4'), []
    for n, (band, pixels) in enumerate(zip('gzr', bands)):
        pixels[16 - n:18, 15:17] = np.nan
        fits.writeto(f'{band}.fits', pixels, fits.Header({'FILTER': band, 'BUNIT': 'nanomaggy'}))
        holes.append(np.isnan(pixels))
    write('rows.list', 'g.fits,z.fits,r.fits\n' * 5)

    def task(name, *args):
        result = subprocess.run([f'{os.path.dirname(BANDPREP)}/{name}', *args], capture_output=True, text=True)
        check(f'{name}: {result.stderr}', result.returncode == 0)
        return result.stdout

    task('bandprep', '@rows.list', 'holes.fits', 'size=32', 'maxbad=0.01')
    check('NaN in the set', np.array_equal(fits.getdata('holes.fits', 'PIXELS'), [bands] * 5, equal_nan=True))
    for recipe in 'default', 'paper':
        task('bandtrain', 'holes.fits', f'{recipe}.fits', f'recipe={recipe}', 'inbands=g,z', 'outband=r', 'filters=4',
             'resblocks=1', 'epochs=2')
        loss = fits.getheader(f'{recipe}.fits')['VALLOSS']
        check(f'{recipe}: learns, loss {loss}', np.isfinite(loss))
    with fits.open('holes.fits') as hdus:               # no window without a hole in all validation samples, in one
        pixels, rows = hdus['PIXELS'].data[..., 8:24, 8:24], hdus['SAMPLES'].data
        hdus['PIXELS'].data, hdus[0].header['SIZE'], rows['SPLIT'][4] = pixels, 16, 1
        hdus.writeto('small.fits')
        pixels[4] = np.nan_to_num(pixels[4], nan=10)
        hdus.writeto('whole.fits')
    for name, known in ('small', False), ('whole', True):
        said = task('bandtrain', f'{name}.fits', f'{name}.model', 'inbands=g,z', 'outband=r', 'filters=4',
                    'resblocks=0', 'epochs=1')
        check(f'{name}: SSIM of those that have one: {said}', ('SSIM' in said) == known
              and ('VALSSIM' in fits.getheader(f'{name}.model')) == known)
    with fits.open('holes.fits') as hdus:               # where g is missing, SIGMA is not that of all inputs
        pixels = hdus['PIXELS'].data = random.normal(10, 1, (5, 3, 32, 32)).astype('f4')
        pixels[:, 0, :, :16], pixels[:, 2, :, :16] = np.nan, 0
        hdus.writeto('wrong.fits')
        pixels[:, 2, :, :16] = np.nan
        hdus.writeto('unknown.fits')
    cards = []
    for name in 'wrong', 'unknown':
        task('bandtrain', f'{name}.fits', f'{name}.model', 'inbands=g,z', 'outband=r', 'filters=2', 'resblocks=0',
             'epochs=1', 'lr=1e-30')
        header = fits.getheader(f'{name}.model')
        cards.append({k: v for k, v in header.items() if k.startswith(('NINT', 'INT68_', 'INT95_', 'INTF', 'H2'))})
    check(f'SIGMA of pixels with all inputs: {cards}', cards[0] == cards[1] and cards[0]['NINTERV'] > 0)
    said = task('bandeval', 'holes.fits', 'model=default.fits', 'split=test')
    all_of_it = next(line for line in said.splitlines() if line.split()[:3] == ['model', '-', '-']).split()
    check(f'judged: {said}', int(all_of_it[3]) == 32 * 32 - np.sum(np.any(holes, 0)))


def test_scales():
    """One pixel scale for all: who has another one is counted."""
    for n, scale in enumerate((0.1, 0.1005, 0.3)):
        wcs = WCS(naxis=2)
        wcs.wcs.ctype, wcs.wcs.cdelt, wcs.wcs.crval = ['RA---TAN', 'DEC--TAN'], [-scale / 3600, scale / 3600], [10, 5]
        fits.writeto(f'scale{n}.fits', np.random.default_rng(n).normal(size=(32, 32)).astype('f4'),
                     fits.Header({'FILTER': 'g', 'BUNIT': 'nJy', **wcs.to_header()}))
    for sets, says in (3, "1 with another pixel scale than the first's 0.1 arcsec"), (2, 'set.fits: 2 samples'):
        write('scales.list', ''.join(f'scale{n}.fits\n' for n in range(sets)))
        result = subprocess.run([BANDPREP, '@scales.list', 'set.fits', 'size=32', 'clobber=yes'], capture_output=True,
                                text=True)
        check(f'{sets} sets: {result.stdout}{result.stderr}', result.returncode == 0
              and result.stdout.startswith(f'bandprep: {says}')
              and abs(fits.getheader('set.fits')['PIXSCALE'] - 0.1) < 1e-9)
        os.remove('set.fits')


def test_refusals():
    refused(write('number.csv', 'x,y\n1,2\n\n3,4 px\n'), "number.csv:4: '4 px' in column y is no number")
    refused(write('angle.csv', 'RA_ICRS;DE_ICRS\n1;2\n14h70m;53\n'), "angle.csv:3: '14h70m' in column RA_ICRS",
            'hh:mm:ss')
    refused(write('short.csv', 'id,x,y\n1,2\n'), 'short.csv:2 has 2 cells for 3 columns')
    refused(write('pole.csv', 'ra,dec\n10,20\n10,95\n'), "pole.csv:3: '95' in column dec is no declination")
    refused(write('turns.csv', 'ra,dec\n1e9,20\n'), "turns.csv:2: '1e9' in column ra is no right ascension")
    refused(write('names.csv', '# x and y\nright_ascension,declination\n1,2\n'),
            'names.csv:2 names no column that is known', 'RAJ2000')
    Table([['1', '1:99'], ['2', '3']], names=['ra', 'dec']).write('row.fits')
    refused('row.fits', "row.fits, row 2: '1:99' in column ra")


with tempfile.TemporaryDirectory(dir='.') as folder:
    os.chdir(folder)
    test_texts()
    test_tables()
    test_galactic()
    test_fk4()
    test_positions()
    test_splits()
    test_edges()
    test_holes()
    test_scales()
    test_refusals()
    os.chdir('..')
report()
