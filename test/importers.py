"""importers.py -- bandprep of Illustris's stellar mocks, Galaxy10 and composites.

    importers.py TASKS DATA

Files of their layouts are made here; DATA, used where it exists, holds real ones.  Pixels are compared with
what numpy makes of them: the paper crops and then resizes as tf.image.resize does.
SPDX-License-Identifier: BSD-3-Clause"""
import os
import subprocess
import sys
import tempfile

import h5py
import numpy as np
from astropy.io import fits
from PIL import Image

from checks import check, report

TASKS, DATA = (os.path.abspath(a) for a in sys.argv[1:3])
rng = np.random.default_rng(1)


def bandprep(*arguments, status=0, says=''):
    run = subprocess.run([f'{TASKS}/bandprep', *arguments], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                         timeout=300)
    check(f'bandprep {" ".join(arguments)}: {run.returncode} {run.stdout} {run.stderr}', run.returncode == status
          and says in (run.stderr if status else run.stdout) and (not status or run.stderr.count('\n') == 1))
    return run.stderr


def refuses(*arguments, says, status=1):
    bandprep(*arguments, status=status, says=says)
    check(f'nothing is left of {arguments[1]}', not os.path.exists(arguments[1]))


def pixels(file):
    """(sample, band, y, x), and the table."""
    with fits.open(file) as hdus:
        return hdus['PIXELS'].data.astype('f4'), hdus['SAMPLES'].data, hdus[0].header


def resize(image, crop, size):
    """tf.image.resize: bilinear, half-pixel centres, no antialias."""
    if crop:
        image = image[crop:-crop, crop:-crop]
    n = len(image)
    at = (np.arange(size) + .5) * (n / size) - .5
    low = np.floor(at)
    w = at - low
    lo, hi = np.maximum(low, 0).astype(int), np.minimum(np.ceil(at), n - 1).astype(int)
    rows = image[lo] + (image[hi] - image[lo]) * w[:, None]
    return rows[:, lo] + (rows[:, hi] - rows[:, lo]) * w


def check_resize():
    """The formula above is PyTorch's, where there is one."""
    try:
        import torch
    except ImportError:
        print('no torch: resizing is compared with numpy alone')
        return
    image = rng.random((148, 148))
    there = torch.nn.functional.interpolate(torch.tensor(image)[None, None], (128, 128), mode='bilinear',
                                            align_corners=False)[0, 0].numpy()
    check('numpy resizes as torch', np.allclose(resize(image, 0, 128), there, atol=1e-12))


# ---- Illustris --------------------------------------------------------------------------------------

def make_mocks(folder, ids, bands, side=256):
    os.makedirs(folder)
    mocks = {(i, b): rng.random((4, side, side)).astype('f4') for i in ids for b in bands}
    for (i, b), cameras in mocks.items():
        with h5py.File(f'{folder}/band_{b}_id_{i}.hdf5', 'w') as h:
            for c in range(4):
                h[f'camera{c}'] = cameras[c]
    return mocks


def test_illustris():
    ids = [9, 100, 23, 41, 5000, 77]
    mocks = make_mocks('mocks', ids, (2, 4, 21))
    os.remove('mocks/band_4_id_77.hdf5')
    mocks[23, 21][2] = 3
    mocks[41, 2][1, 100, 100] = np.nan
    for i, b in ((23, 21), (41, 2)):
        with h5py.File(f'mocks/band_{b}_id_{i}.hdf5', 'w') as h:
            for c in range(4):
                h[f'camera{c}'] = mocks[i, b][c]
    for i, text in enumerate(('left out: the file of a band is missing', 'left out: a band is constant',
                              'left out: more than 0 of the pixels of a band are bad')):
        bandprep('mocks', f'a{i}.fits', 'bands=NUV,K,G', says=f'1 {text}')
    cube, table, header = pixels('a0.fits')
    order = [(i, c) for i in sorted(ids) if i != 77 for c in range(4) if (i, c) not in ((23, 2), (41, 1))]
    check('samples', list(table['ID']) == [f'{i}_camera{c}' for i, c in order])
    check('bands', [header[f'BAND{b}'] for b in (1, 2, 3)] == ['NUV', 'K', 'G'] and header['UNIT1'] == 'W m-3 sr-1')
    want = np.array([[resize(mocks[i, b][c], 54, 128) for b in (2, 21, 4)] for i, c in order])
    check('crop and resize', np.allclose(cube, want, atol=2e-6))
    galaxy = [sorted(set(ids) - {77}).index(i) for i, _ in order]
    check('the views of a galaxy are in one split',
          list(table['SPLIT']) == [{3: 1, 4: 2}.get(g % 5, 0) for g in galaxy])
    bandprep('mocks', 'm.fits', 'bands=NUV,K,G', 'maxbad=0.01', says=': 19 samples')
    cube, table, _ = pixels('m.fits')
    hole = np.array(resize(mocks[41, 2][1], 54, 128))
    check('what has no datum stays so', np.allclose(cube[list(table['ID']).index('41_camera1'), 0], hole, atol=2e-6,
                                                    equal_nan=True) and 0 < np.isnan(cube).sum() < 10)
    np.save('train_ids.npy', np.array([9, 23, 23, 77, 4100]))
    np.save('test_ids.npy', np.array([100], 'i4'))
    bandprep('mocks', 'b.fits', 'bands=2,4', 'crop=0', 'size=64', 'split=train_ids.npy,test_ids.npy',
             says='8 left out: they are in none of the lists of split=\n'
                  'bandprep: train_ids.npy: of 2 of its 4 numbers there is no galaxy\n')
    cube, table, _ = pixels('b.fits')
    check('the authors\' lists', {i.split('_')[0]: s for i, s in zip(table['ID'], table['SPLIT'])}
          == {'9': 0, '23': 0, '100': 2})
    check('no crop', np.allclose(cube[0, 1], resize(mocks[9, 4][0], 0, 64), atol=2e-6))
    bandprep('mocks', 'c.fits', says='in 3 bands')
    refuses('mocks', 'd.fits', 'bands=NUV,xyz', says='xyz is no band of Illustris', status=2)
    refuses('mocks', 'd.fits', 'bands=1', says='no file of band 1 (band_1_...)')
    refuses('mocks', 'd.fits', 'split=train_ids.npy,a0.fits', says='numpy.save')
    refuses('mocks', 'd.fits', 'split=x:1,2', says='split=x:1,2', status=2)
    refuses('mocks', 'd.fits', 'format=galaxy10', says='is not of format galaxy10')
    refuses('mocks', 'd.fits', 'crop=200', says='nothing is left of')
    for i in 100, 9:                                # the first one says how large they are
        data = open(f'mocks/band_4_id_{i}.hdf5', 'rb').read()
        for n in (len(data) - 1000, 3000, 600, 100, 0):
            open(f'mocks/band_4_id_{i}.hdf5', 'wb').write(data[:n])
            said = bandprep('mocks', 'd.fits', 'bands=NUV,g', 'clobber=yes', says='4 left out: a file cannot be read')
            check(f'{i} is named: {said}', said.count('\n') == 1 and f'left out: mocks/band_4_id_{i}.hdf5' in said
                  and {int(name.split('_')[0]) for name in pixels('d.fits')[1]['ID']} == {9, 23, 41, 100, 5000} - {i})
        open(f'mocks/band_4_id_{i}.hdf5', 'wb').write(data)
    for name in os.listdir('mocks'):
        open(f'mocks/{name}', 'wb').write(data[:3000])
    run = subprocess.run([f'{TASKS}/bandprep', 'mocks', 'e.fits'], capture_output=True, text=True)
    check(f'none can be read: {run.stderr}', run.returncode == 1 and not os.path.exists('e.fits'))


def test_illustris_fits():
    os.makedirs('sunrise')
    cube = rng.random((2, 4, 36, 64, 64)).astype('f4')
    for i in range(2):
        hdus = [fits.PrimaryHDU()] + [fits.ImageHDU(cube[i, c], name=f'CAMERA{c}-BROADBAND' + '-NONSCATTER' * i)
                                      for c in range(4)]
        fits.HDUList(hdus).writeto(f'sunrise/broadband_{i + 10}.fits')
    bandprep('sunrise', 's.fits', 'bands=FUV,z', 'crop=4', 'size=32', says='8 samples')
    got, table, _ = pixels('s.fits')
    check('SUNRISE\'s FITS', list(table['ID'][:5]) == ['10_camera0', '10_camera1', '10_camera2', '10_camera3',
                                                       '11_camera0'] and np.allclose(
        got, [[resize(cube[i, c, b], 4, 32) for b in (0, 6)] for i in range(2) for c in range(4)], atol=2e-6))


# ---- pictures ---------------------------------------------------------------------------------------

def test_galaxy10():
    n = 70                                          # more than are read at once
    images = rng.integers(0, 256, (n, 40, 40, 3), 'u1')
    images[3, :, :, 1] = 7
    with h5py.File('Galaxy10_DECals.h5', 'w') as h:
        h.create_dataset('images', data=images, chunks=(16, 20, 20, 3), compression='gzip')
        h['ans'], h['ra'], h['dec'] = np.zeros(n, 'u1'), np.arange(n) / 7, np.arange(n) / 11 - 3
        h['pxscale'] = np.full(n, .262)
    bandprep('Galaxy10_DECals.h5', 'g.fits', 'size=32', says='1 left out: a band is constant')
    got, table, header = pixels('g.fits')
    keep = [i for i in range(n) if i != 3]
    check('planes, upright', [header[f'BAND{b}'] for b in (1, 2, 3)] == ['z', 'r', 'g'] and np.allclose(
        got, [[resize(images[i, ::-1, :, b].astype('f8'), 0, 32) for b in range(3)] for i in keep], atol=1e-4))
    check('positions', np.allclose(table['RA'], np.array(keep) / 7)
          and np.allclose(table['DEC'], np.array(keep) / 11 - 3))
    check('scale', abs(header['PIXSCALE'] - .262 * 40 / 32) < 1e-9)
    run = subprocess.run([f'{TASKS}/../test/read_source', 'Galaxy10_DECals.h5'], capture_output=True, text=True,
                         timeout=300)
    check(f'threads read it: {run.stdout} {run.stderr}', run.returncode == 0 and run.stdout + run.stderr == '')
    data = open('Galaxy10_DECals.h5', 'rb').read()
    for size in (len(data) // 2, 2000, 90):
        open('cut.h5', 'wb').write(data[:size])
        refuses('cut.h5', 'h.fits', 'size=32', says='cut.h5')
    with h5py.File('other.h5', 'w') as h:
        h['images'] = np.zeros((3, 4, 5))
    refuses('other.h5', 'h.fits', says='(number, height, width, 3)')
    for scale in 1 / 255, 200.0:                    # of 0 to 1, of 16 bits
        with h5py.File('other.h5', 'w') as h:
            h['images'] = images * scale
        refuses('other.h5', 'h.fits', 'size=32', says='8 bits')


def test_composites():
    os.makedirs('pictures')
    images = rng.integers(0, 256, (6, 30, 36, 3), 'u1')
    for i, name in enumerate(('e.png', 'a.png', 'c.png', 'b.png', 'd.png')):
        Image.fromarray(images[i]).save(f'pictures/{name}')
    smooth = (np.add.outer(np.arange(30), np.arange(36))[..., None] * np.array([1, 2, 3])).astype('u1')
    Image.fromarray(smooth).save('pictures/f.jpg', quality=95)
    open('pictures/notes.txt', 'w').write('no picture')
    open('cat.csv', 'w').write('name,ra,dec,split\n' + ''.join(f'{n},{i},{-i},{i % 3}\n'
                                                               for i, n in enumerate('abcdef')))
    bandprep('pictures', 'p.fits', 'catalog=cat.csv', 'split=catalog', 'size=30', says='6 samples')
    got, table, _ = pixels('p.fits')
    check('catalogue', list(table['ID']) == list('abcdef') and list(table['SPLIT']) == [0, 1, 2, 0, 1, 2]
          and list(table['RA']) == list(range(6)))
    open('more.csv', 'w').write(open('cat.csv').read() + 'x,0,0,0\ny,0,0,0\n')
    bandprep('pictures', 'more.fits', 'catalog=more.csv', 'size=30', says='2 of its 8 rows (first: x) match no picture')
    check('central square of a picture', np.array_equal(got[4], np.moveaxis(images[0][::-1, 3:33], 2, 0)))
    jpeg = np.asarray(Image.open('pictures/f.jpg'))
    check('JPEG', abs(got[5] - np.moveaxis(jpeg[::-1, 3:33], 2, 0).astype('f4')).max() <= 3)
    open('list', 'w').write('pictures/c.png\npictures/a.png\n')
    bandprep('@list', 'q.fits', 'bands=g,r,z', 'size=30', 'split=train', says='2 samples')
    got, table, header = pixels('q.fits')
    check('a list keeps its order', list(table['ID']) == ['c', 'a'] and header['BAND1'] == 'g')
    Image.fromarray(images[0][..., 0]).save('grey.png')
    Image.fromarray(np.dstack([images[0], images[0][..., 0]])).save('alpha.png')
    Image.fromarray(images[0]).quantize(16).save('palette.png')
    Image.fromarray(images[0][..., 0]).save('grey.jpg')
    for name in 'grey.png', 'grey.jpg':
        refuses(name, 'r.fits', says=f'{name} is grey')
    for name, want in (('alpha', images[0]),
                       ('palette', np.asarray(Image.open('palette.png').convert('RGB')))):
        bandprep(f'{name}.png', f'{name}.fits', 'size=30')
        check(name, np.array_equal(pixels(f'{name}.fits')[0][0], np.moveaxis(want[::-1, 3:33], 2, 0)))
    for name in ('a.png', 'f.jpg'):
        data = open(f'pictures/{name}', 'rb').read()
        for part in (data[:len(data) // 2], data[:20], data[:3] + b'x' * 40):
            open(f'cut{name[-4:]}', 'wb').write(part)
            refuses(f'cut{name[-4:]}', 'r.fits', says=f'cut{name[-4:]}')
    open('list', 'w').write('cut.png\nalpha.png\ngrey.png\n')
    said = bandprep('@list', 'r.fits', 'size=30', says='2 left out: a file cannot be read')
    check(f'they are named: {said}', said.count('\n') == 2 and 'left out: cut.png' in said
          and 'left out: grey.png is grey' in said and list(pixels('r.fits')[1]['ID']) == ['alpha'])


# ---- real files -------------------------------------------------------------------------------------

def test_data():
    if not os.path.isdir(DATA):
        print('no real data here: skipped')
        return
    file = f'{DATA}/gz_decals/gz_decals_212.h5'
    bandprep(file, 'z.fits', 'size=64', 'credit=Legacy Surveys', says='samples of 64 x 64 pixels in 3 bands')
    got, table, _ = pixels('z.fits')
    with h5py.File(file) as h:
        for k in range(0, len(table), 37):
            image = h['images'][int(table['ID'][k])].astype('f8')
            check(f'DECaLS composite {table["ID"][k]}',
                  np.allclose(got[k, 1], resize(image[::-1, :, 1], 0, 64), atol=1e-3))
    bandprep(f'{DATA}/mocks/illustris_layout_fixture', 'i.fits', 'bands=g,r,i', says='of 128 x 128 pixels in 3 bands')
    got, table, header = pixels('i.fits')
    with h5py.File(f'{DATA}/mocks/illustris_layout_fixture/band_5_id_9000001.hdf5') as h:
        want = resize(h['camera1'][()].astype('f8'), 54, 128)
    check('Illustris layout', np.allclose(got[list(table['ID']).index('9000001_camera1'), 1], want,
                                          rtol=1e-5, atol=abs(want).max() * 1e-6))


with tempfile.TemporaryDirectory(prefix='importers.', dir='.') as folder:
    os.chdir(folder)
    for test in (check_resize, test_illustris, test_illustris_fits, test_galaxy10, test_composites, test_data):
        test()
    os.chdir('..')
report()
