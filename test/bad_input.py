"""What tasks cannot use is refused in one sentence with the right exit status, and nothing is
created, changed or left behind; started by bad_input.sh.
SPDX-License-Identifier: BSD-3-Clause
"""
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits

from checks import check, report

TASKS, EXAMPLES = sys.argv[1:]
IMAGES, MODELS = EXAMPLES + '/images/', EXAMPLES + '/models/'
F150W, F200W, F277W = (IMAGES + f'ceers_31457_{band}.fits.fz' for band in ('f150w', 'f200w',
                                                                           'f277w'))
G, R, Z = (IMAGES + f'kids_{band}.fits.fz' for band in 'grZ')
CEERS, KIDS = MODELS + 'ceers_f200w.fits', MODELS + 'kids_r.fits'
PAIR = f'{F150W},{F277W}'
NOBODY, LONG = 65534, 'a' * 3995 + '.fits'


def run(task, *args, user=None):
    """Exit status and both outputs; what does not end by itself counts as hanging."""
    try:
        result = subprocess.run([f'{TASKS}/{task}', *args], capture_output=True,
                                stdin=subprocess.DEVNULL, timeout=20,
                                user=user, group=user, extra_groups=None if user is None else [])
    except subprocess.TimeoutExpired:
        return 'it hangs', b'', b''
    return result.returncode, result.stdout, result.stderr


def state():
    """All that is in the folder: names, kinds, contents."""
    found = {}
    for folder, _, names in os.walk('.'):
        found[folder] = 'folder'
        for name in names:
            path = os.path.join(folder, name)
            if os.path.islink(path) or not os.path.isfile(path):
                found[path] = 'special'
            else:
                found[path] = os.stat(path).st_mode, hashlib.md5(open(path, 'rb').read()).digest()
    return found


def refused(name, status, words, task, *args, user=None):
    """TASK ends with STATUS and one sentence that holds all WORDS, and the folder is as it was."""
    before = state()
    code, _, stderr = run(task, *args, user=user)
    said = stderr.decode(errors='replace')
    name = f'{task}, {name}'
    check(f'{name}: exit status {code}, expected {status}: {said!r}', code == status)
    check(f'{name}: one sentence: {said!r}', said.startswith(f'{task}: ') and len(said) < 800
          and said.count('\n') == 1 and said.endswith('\n'))
    for word in words:
        check(f'{name}: {word!r} in {said!r}', word in said)
    after = state()
    changed = {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}
    check(f'{name}: files changed: {changed}', not changed)


# ---- files ---------------------------------------------------------------------------------------

def copy(name, source, change):
    """A plain FITS copy of SOURCE's image, changed."""
    with fits.open(source) as hdus:
        hdu = fits.PrimaryHDU(hdus[1].data.copy(), hdus[1].header.copy(strip=True))
    change(hdu)
    hdu.writeto(name, overwrite=True, output_verify='silentfix')
    return name


def cards(*lines):
    """A header of these cards, and nothing behind it."""
    text = ''.join(f'{line:<80}' for line in (*lines, 'END'))
    return (text + ' ' * (-len(text) % 2880)).encode()


def write(name, content):
    with open(name, 'wb') as f:
        f.write(content)
    return name


def cut(name, source, size):
    return write(name, open(source, 'rb').read()[:size])


def make_no_files():
    """What is no usable file at all, whatever it is to be: name -> words of the sentence."""
    os.mkdir('folder.fits')
    os.mkfifo('fifo.fits')
    write('empty.fits', b'')
    write('text.fits', b'no FITS\n' * 1000)
    write('zeros.fits', bytes(5760))
    write('half_a_header.fits', cards('SIMPLE  =                    T',
                                      'BITPIX  =                  -32')[:1440])
    write('broken.fits.gz', gzip.compress(open(CEERS, 'rb').read())[:5000])
    return {'nosuch.fits': 'No such file', 'folder.fits': 'directory',
            'fifo.fits': 'not a regular file',
            'empty.fits': 'empty', 'text.fits': 'not a FITS file', 'zeros.fits': 'not a FITS file',
            'half_a_header.fits': '', 'broken.fits.gz': ''}


def make_no_images():
    """FITS files that are no image of F150W."""
    image = copy('image.fits', F150W, lambda hdu: None)
    size = os.path.getsize(image)
    head = 'SIMPLE  =                    T', 'BITPIX  =                  -32'
    cut('truncated.fits', image, size // 2)
    cut('truncated_packed.fits.fz', F150W, os.path.getsize(F150W) // 2)
    write('promises.fits', cards(*head, 'NAXIS   =                    2',
                                 'NAXIS1  =                60000',
                                 'NAXIS2  =                60000'))
    write('absurd.fits', cards(*head, 'NAXIS   =                    3',
                               'NAXIS1  =  9223372036854775807',
                               'NAXIS2  =  9223372036854775807', 'NAXIS3  =  9223372036854775807'))
    write('negative.fits', cards(*head, 'NAXIS   =                    2',
                                 'NAXIS1  =                 -100',
                                 'NAXIS2  =                  100'))
    write('bitpix.fits', cards(head[0], 'BITPIX  =                   17',
                               'NAXIS   =                    2',
                               'NAXIS1  =                  100', 'NAXIS2  =                  100')
          + bytes(28800))
    write('no_pixels.fits', cards(*head, 'NAXIS   =                    2',
                                  'NAXIS1  =                    0',
                                  'NAXIS2  =                  100'))
    fits.PrimaryHDU(np.ones(100, 'f4')).writeto('line.fits')
    fits.PrimaryHDU(np.ones((3, 100, 100), 'f4')).writeto('cube.fits')
    fits.PrimaryHDU().writeto('header_only.fits')
    fits.HDUList([fits.PrimaryHDU(), fits.BinTableHDU.from_columns(
        [fits.Column('X', 'E', array=np.ones(9))], name='X')]).writeto('table.fits')
    return {'truncated.fits': 'truncated', 'truncated_packed.fits.fz': 'truncated',
            'promises.fits': 'truncated', 'absurd.fits': 'truncated', 'negative.fits': '',
            'bitpix.fits': '', 'no_pixels.fits': 'no pixels', 'line.fits': 'one axis',
            'cube.fits': 'cube of 3 planes', 'header_only.fits': 'no image',
            'table.fits': 'no image', 'image.fits[SCI]': 'no such extension',
            'image.fits[1:200,*]': '',
            'table.fits[X]': 'table'}


# ---- images --------------------------------------------------------------------------------------

def test_files(no_files, no_images):
    """Every task that reads an image, a training set or a model."""
    for name, word in {**no_files, **no_images}.items():
        words = name, word
        refused(f'input {name}', 1, words, 'bandpredict', f'{name},{F277W}', 'x.fits', CEERS)
        refused(f'truth {name}', 1, words, 'bandpredict', PAIR, 'x.fits', CEERS, f'truth={name}')
        refused(f'input {name}', 1, words, 'bandprep', f'{F150W},{name}', 'x.fits', 'size=64')
        refused(f'input {name}', 1, words, 'bandeval', name, F200W, 'table=x.csv')
        refused(f'truth {name}', 1, words, 'bandeval', F200W, name, 'table=x.csv')
    for name, word in no_files.items():
        words = name, word
        refused(f'a set {name}', 1, words, 'bandtrain', name, 'x.fits')
        refused(f'a set {name}', 1, words, 'bandeval', name, f'model={CEERS}', 'table=x.csv')
        if name != 'folder.fits':
            refused(f'model {name}', 1, words, 'bandpredict', PAIR, 'x.fits', name)
            refused(f'model {name}', 1, words, 'bandmodel', 'show', name)
            if word and word != 'not a FITS file':      # a list may say anything
                refused(f'a list {name}', 1, (name,), 'bandpredict', '@' + name, 'x.fits', CEERS)
            refused(f'a catalogue {name}', 1, (name,), 'bandprep', PAIR, 'x.fits',
                    f'catalog={name}')
    refused('model folder.fits', 2, ('folder.fits',), 'bandpredict', PAIR, 'x.fits', 'folder.fits')
    refused('one model in a list', 1, ('image.fits', 'not a bandcast model'), 'bandmodel', 'show',
            'image.fits')


def test_masks(no_files):
    """Masks that cannot be used, or that leave nothing."""
    fits.PrimaryHDU(np.ones((100, 100), 'u1')).writeto('all_bad.fits')
    fits.PrimaryHDU(np.ones((99, 100), 'u1')).writeto('small.fits')
    for name, word in no_files.items():
        refused(f'mask {name}', 1, (name, word), 'bandpredict', PAIR, 'x.fits', CEERS,
                f'mask={name}')
    refused('all pixels are bad', 1, ('f277w.fits.fz has no valid pixel, by all_bad.fits',),
            'bandpredict', PAIR, 'x.fits', CEERS, 'mask=none,all_bad.fits')
    refused('a mask of another size', 1, ('small.fits is 100 x 99',), 'bandpredict', PAIR,
            'x.fits', CEERS, 'mask=small.fits')
    refused('three masks', 2, ('3 masks for 2 images',), 'bandpredict', PAIR, 'x.fits', CEERS,
            'mask=small.fits,small.fits,small.fits')
    refused('standard input twice', 2, ('can be one image only',), 'bandpredict', '-,-', 'x.fits', CEERS)
    refused('standard input has no name', 2, ('say how the output is called',), 'bandpredict', f'-,{F150W}', './',
            CEERS)
    for output in '-', '/dev/stdout', '/dev/fd/2':
        refused(f'output={output}', 1, (output, 'name for an output' if output == '-' else 'not a regular file'),
                'bandpredict', PAIR, output, CEERS)
    write('bad.fits', b'text')
    write('bad.list', b'bad.fits,bad.fits\nsmall.fits,nosuch.fits\n')
    for task, *args in (('bandpredict', '@bad.list', 'x,y', CEERS), ('bandprep', '@bad.list', 'x.fits'),
                        ('bandeval', 'bad.fits,nosuch.fits', 'bad.fits,bad.fits')):
        refused('what is not there is found first', 1, ('nosuch.fits: No such file',), task, *args)
    write('bad.list', f'{PAIR}\n{F150W},bad.fits\n'.encode())
    refused('the second set', 1, ('bad.fits is not a FITS file',), 'bandprep', '@bad.list', 'x.fits', 'size=32')
    write('in.list', f'{PAIR}\n{PAIR}\n'.encode())
    write('out.list', b'x.fits\ny.fits\n')
    refused('one mask for two sets', 2, ('2 sets of images and 1 of masks',), 'bandpredict',
            '@in.list', '@out.list', CEERS, 'mask=all_bad.fits')


def test_pixels():
    """Readable images whose pixels or headers do not do."""
    def all_nan(hdu):
        hdu.data[:] = np.nan

    def all_zero(hdu):
        hdu.data[:] = 0

    def constant(hdu):
        hdu.data[:] = 1.5

    def infinite(hdu):
        hdu.data[:] = np.inf

    def other_sky(hdu):
        hdu.header['CRPIX1'] += 0.6

    def other_unit(hdu):
        hdu.header['BUNIT'] = 'electron/s'

    for change, word in ((all_nan, 'no valid pixel'), (infinite, 'no valid pixel'), (all_zero,
                                                                                     'constant'),
                         (constant, 'constant'), (other_unit,
                                                                                  "'electron/s'")):
        copy('changed.fits', F150W, change)
        refused(change.__name__, 1, ('changed.fits', word), 'bandpredict', f'changed.fits,{F277W}',
                'x.fits', CEERS)
    refused('a reference of no band', 2, ('reference=Q', 'no image is of that band'), 'bandpredict', PAIR, 'x.fits',
            CEERS, 'reference=Q')
    copy('changed.fits', F150W, other_sky)
    refused('another grid', 1, ('changed.fits', 'different grids'), 'bandpredict',
            f'changed.fits,{F277W}', 'x.fits', CEERS, 'resample=no')
    refused('another grid', 1, ('changed.fits', 'different grids'), 'bandprep',
            f'changed.fits,{F277W}', 'x.fits', 'resample=no')
    refused('another grid', 1, ('changed.fits', 'different grids'), 'bandeval', 'changed.fits',
            F200W)
    copy('changed.fits', F200W, other_sky)
    refused('truth of another grid', 1, ('changed.fits', 'different grids'), 'bandpredict', PAIR,
            'x.fits', CEERS,
            'truth=changed.fits', 'resample=no')
    copy('changed.fits', F200W, other_unit)
    refused('truth of another unit', 1, ('changed.fits', "'electron/s'"), 'bandpredict', PAIR,
            'x.fits', CEERS,
            'truth=changed.fits')
    for change in all_nan, all_zero, constant:
        copy('changed.fits', F200W, change)
        refused(f'truth {change.__name__}', 1, ('changed.fits', ''), 'bandeval', F200W,
                'changed.fits')
        refused(f'input {change.__name__}', 1, ('no sample',), 'bandprep', f'changed.fits,{F277W}',
                'x.fits', 'size=64')
    os.remove('changed.fits')


def test_bands():
    """Too few, too many, unknown, repeated bands, and bands of another size."""
    refused('too few', 1, ('1 image', 'needs 2'), 'bandpredict', F150W, 'x.fits', CEERS)
    refused('too many', 1, ('3 images', 'needs 2'), 'bandpredict', f'{PAIR},{F200W}', 'x.fits',
            CEERS)
    refused('another band', 1, ('no image of band F277W', 'there are images of F150W, F200W ('), 'bandpredict',
            f'{F150W},{F200W}', 'x.fits', CEERS)
    refused('a band twice', 1, ('F150W',), 'bandpredict', f'{F150W},{F150W}', 'x.fits', CEERS)
    refused('a name too many', 2, ('3 bands for 2 images',), 'bandpredict', PAIR, 'x.fits', CEERS,
            'bands=a,b,c')
    refused('unknown names', 1, ('no image of band F150W',), 'bandpredict', PAIR, 'x.fits', CEERS,
            'bands=a,b')
    refused('one name twice', 2, ('two images are of band F150W',), 'bandpredict', PAIR, 'x.fits',
            CEERS,
            'bands=F150W,F150W')
    refused('an empty item', 2, ('empty item',), 'bandpredict', f'{F150W},,{F277W}', 'x.fits',
            CEERS)
    for section in '0:63,0:63', '*,63:0', '1:50:0,*':
        name = f'{F150W}[{section}]'
        refused(f'pixel 0, {section}', 1, (name,), 'bandpredict', f'{name},{F277W}', 'x.fits', CEERS)
    refused('a plane of a cube', 1, ('1 image', 'needs 2'), 'bandpredict', 'cube.fits[*,*,1:1]',
            'x.fits', CEERS)
    sizes = '256 x 256', '100 x 100'
    refused('another size', 1, sizes, 'bandpredict', f'{G},{F277W}', 'x.fits', CEERS,
            'bands=F150W,F277W')
    refused('truth of another size', 1, sizes, 'bandpredict', PAIR, 'x.fits', CEERS, f'truth={R}', 'force=yes')
    for truth, band in (R, 'r'), (F277W, 'F277W'):
        refused('truth of another band', 1, (f'{truth} is of band {band}, F200W is predicted', 'force=yes'),
                'bandpredict', PAIR, 'x.fits', CEERS, f'truth={truth}')
    refused('another size', 1, sizes, 'bandprep', f'{G},{F277W}', 'x.fits')
    refused('another size', 1, sizes, 'bandeval', G, F200W)
    refused('stamps larger than the images', 1, ('100 x 100', 'size=128'), 'bandprep', PAIR,
            'x.fits')
    refused('fewer truths', 2, ('2 predicted', '1 real'), 'bandeval', PAIR, F200W)


# ---- models and training sets --------------------------------------------------------------------

def spoil_model(change):
    """CEERS with one thing changed, its checksums right, in spoilt.fits."""
    with fits.open(CEERS) as hdus:
        change(hdus)
        hdus.writeto('spoilt.fits', overwrite=True, checksum=True)


def test_models():
    def version(hdus):
        hdus[0].header['BCFORMAT'] = 99

    def inputs(hdus):
        hdus[0].header['NINPUT'] = 3

    def huge(hdus):
        for key in 'STEM', 'DOWN1':
            hdus[0].header[key] = 4096
        hdus[0].header['RESBLOCK'] = 256

    def no_tensor(hdus):
        del hdus[-1]

    def shape(hdus):
        hdus[2].data = hdus[2].data[..., :-1].copy()

    def weight(hdus):
        hdus[1].data.flat[0] += 1

    def nan(hdus):
        hdus[1].data.flat[0] = np.nan

    def noise(hdus):
        hdus[0].header['OUTNOISE'] = 0.0

    def architecture(hdus):
        hdus[0].header['ARCH'] = 'transformer'

    for change, word in ((version, 'format 99'), (inputs, ''), (huge, ''), (weight, 'WEIGHSUM'),
                         (no_tensor, 'no extension'), (shape, 'another shape'), (nan, 'finite'),
                         (noise, 'flux stretch'), (architecture, "'transformer'")):
        spoil_model(change)
        for task, *args in (('bandpredict', PAIR, 'x.fits', 'spoilt.fits'),
                            ('bandmodel', 'show', 'spoilt.fits')):
            refused(f'a model of another {change.__name__}', 1, ('spoilt.fits', word), task,
                    *args)
    for key, value, word in (('OUTGAIN', 0.0, 'flux stretch'), ('OUTGAIN', None, 'flux stretch'),
                             ('OUTGAIN', -1.0, 'flux stretch'), ('INCOLOR2', 0.0, 'flux stretch'),
                             ('INNOISE1', -1.0, 'flux stretch'), ('SOFTEN', None, 'flux stretch'),
                             ('RANGE', 0.0, 'flux stretch'), ('INT68_1', 0.0, 'calibration'),
                             ('INT95_2', None, 'calibration'), ('H2I95_1', -1.0, 'calibration'),
                             ('INTFLUX2', -1e9, 'calibration'), ('NINTERV', 9, 'calibration'),
                             ('INPEAK2', None, 'calibration')):
        def card(hdus):
            hdus[0].header[key] = value
            if value is None:
                del hdus[0].header[key]

        spoil_model(card)
        refused(f'a model with {key}={value}', 1, ('spoilt.fits', word), 'bandmodel', 'show', 'spoilt.fits')
    write('spoilt.fits', open(CEERS, 'rb').read().replace(b'LICENSE', b'LICENCE'))
    refused('a header that was edited', 1, ('spoilt.fits', 'checksum'), 'bandmodel', 'show',
            'spoilt.fits')
    cut('spoilt.fits', CEERS, os.path.getsize(CEERS) // 2880 // 2 * 2880)
    refused('half a model', 1, ('spoilt.fits',), 'bandpredict', PAIR, 'x.fits', 'spoilt.fits')
    os.remove('spoilt.fits')
    refused('an image as model', 1, ('not a bandcast model',), 'bandpredict', PAIR, 'x.fits', F150W)
    refused('no such model', 1, ('nosuch', 'bandmodel list'), 'bandpredict', PAIR, 'x.fits',
            'nosuch')
    refused('a model as image', 1, (CEERS,), 'bandpredict', f'{CEERS},{F277W}', 'x.fits', CEERS)


def test_swapped():
    with open('swapped.list', 'w') as f:
        f.write(f'{PAIR}\n{F277W},{F150W}\n')
    with open('one.list', 'w') as f:
        f.write(f'{F150W}\n{F277W}\n')
    refused('bands in another order', 1, ('is of band F277W, the sets before it have F150W there',),
            'bandprep', '@swapped.list', 'x.fits', 'size=64')
    refused('bands as sets', 1, ('the sets before it have F150W there',), 'bandprep',
            '@one.list', 'x.fits', 'size=64')
    refused('a band twice', 2, ('band g is named twice',), 'bandprep', f'{G},{Z},{R}', 'x.fits', 'bands=g,Z,g')
    refused('two images of a band', 1, ('both of band F150W', 'bands='), 'bandprep', f'{F150W},{F277W},{F150W}',
            'x.fits', 'size=64')


def test_sets():
    with open('catalog.csv', 'w') as f:
        f.write('id,x,y\n' + ''.join(f'{i},{40 + 20 * i},128\n' for i in range(8)))
    status, _, stderr = run('bandprep', f'{G},{Z},{R}', 'set.fits', 'catalog=catalog.csv',
                            'size=32', 'bands=g,Z,r')
    check(f'a training set is made: {stderr}', status == 0)
    for name, word in (('image.fits', 'training set'), (CEERS, 'training set'), ('table.fits',
                                                                                 'training set')):
        refused(f'a set that is {name}', 1, (word,), 'bandtrain', name, 'x.fits', 'inbands=g',
                'outband=r')
    data = open('set.fits', 'rb').read()
    check('it has a fourth axis', data.count(b'NAXIS4  =                    8') == 1)
    write('spoilt.fits', data.replace(b'NAXIS4  =                    8',
                                      b'NAXIS4  =           4000000000'))
    refused('a set that promises too much', 1, ('spoilt.fits',), 'bandtrain', 'spoilt.fits',
            'x.fits', 'inbands=g',
            'outband=r')
    cut('spoilt.fits', 'set.fits', len(data) // 2)
    refused('half a set', 1, ('spoilt.fits',), 'bandtrain', 'spoilt.fits', 'x.fits', 'inbands=g',
            'outband=r')
    os.remove('spoilt.fits')
    for name, status, args, words in (
            ('an unknown band', 1, ('inbands=g,q', 'outband=r'), ("'q'",)),
            ('an unknown output', 1, ('inbands=g', 'outband=q'), ("'q'",)),
            ('a band twice', 2, ('inbands=g,g', 'outband=r'), ("'g'",)),
            ('the output among the inputs', 2, ('inbands=g,r', 'outband=r'), ("'r'",)),
            ('an odd filter', 2, ('inbands=g', 'outband=r', 'filters=eight'), ('filters=eight',)),
            ('no epochs', 2, ('inbands=g', 'outband=r', 'epochs=0'), ('epochs=0',)),
            ('no such folder', 1, ('inbands=g', 'outband=r', 'log=nosuch/x.csv'),
             ('nosuch/x.csv',)),
            ('a log that exists', 1, ('inbands=g', 'outband=r', 'log=catalog.csv'),
             ('catalog.csv exists',))):
        refused(name, status, words, 'bandtrain', 'set.fits', 'x.fits', *args, 'epochs=1'
                if not any(a.startswith('epochs') for a in args) else 'seed=1')
    for args, word in ((('filters=8,17',), 'filters=17: an even number'), (('filters=8,8',), 'twice the one before'),
                       (('filters=8,',), 'filters=8,:'), (('arch=resnet', 'outband=r,i'), '2 output bands'),
                       (('recipe=paper', 'arch=local'), 'arch=local has'),
                       (('recipe=paper', 'dropout=0.1'), 'dropout= is for arch=local'),
                       (('arch=resnet', 'flux=0.1'), 'flux= is for arch=local'),
                       (('arch=resnet', 'stretch=minmax', 'softening=4'), 'softening= is for stretch=flux'),
                       (('start=x', 'arch=local'), 'start=x')):
        for option in (), ('--check',):
            refused(f'parameters {args} {option}', 2, (word,), 'bandtrain', 'nosuch.fits', 'x.fits', *args, *option)
    refused('a model of other bands', 1, (), 'bandeval', 'set.fits', f'model={CEERS}')
    refused('output = input', 1, ('set.fits',), 'bandtrain', 'set.fits', 'set.fits', 'inbands=g',
            'outband=r',
            'clobber=yes', 'epochs=1')


# ---- outputs and parameters ----------------------------------------------------------------------

def test_outputs():
    """For each task that writes a file: NAME goes where its output goes."""
    shutil.copy(F277W, 'input.fits')
    write('kept.fits', b'not to be lost')
    write('kept.csv', b'not to be lost')
    os.symlink('input.fits', 'link.fits')
    os.link('input.fits', 'same.fits')
    os.symlink('nosuch/y.fits', 'nowhere.fits')

    def predict(name, *args):
        return 'bandpredict', f'{F150W},input.fits', name, CEERS, *args

    def prep(name, *args):
        return 'bandprep', f'{F150W},input.fits', name, 'size=64', *args

    def train(name, *args):
        return ('bandtrain', 'set.fits', name, 'inbands=g', 'outband=r', 'epochs=1', 'filters=4',
                *args)

    def evaluate(name, *args):
        return 'bandeval', F200W, F200W, f'table={name}', *args

    for command in predict, prep, train, evaluate:
        folder = 'folder.fits'
        refused('output exists', 1, ('kept.fits exists', 'clobber=yes'), *command('kept.fits'))
        refused('no such folder', 1, ('nosuch/x.fits', 'No such file'), *command('nosuch/x.fits'))
        refused('a file as folder', 1, ('kept.fits/x.fits', 'Not a directory'),
                *command('kept.fits/x.fits'))
        if command != predict:              # which writes into it
            refused('output is a folder', 1, (folder,), *command(folder, 'clobber=yes'))
        refused('output is a pipe', 1, ('fifo.fits',), *command('fifo.fits', 'clobber=yes'))
        refused('a link to nowhere', 1, ('nowhere.fits',), *command('nowhere.fits'))
        refused('a name of 4000 characters', 1, ('too long',), *command(LONG))
        refused('a name of 300 characters', 1, ('too long',), *command('a' * 295 + '.fits'))
    for command in predict, prep:
        for name in 'input.fits', 'link.fits', 'same.fits', './input.fits':
            refused(f'output = input, {name}', 1, (name, 'input'), *command(name, 'clobber=yes'))
    refused('output = truth', 1, ('input',), *predict('input.fits', 'truth=input.fits',
                                                      'clobber=yes'))
    refused('a compressed set', 1, ('x.fits.gz',), *prep('x.fits.gz'))
    shutil.copy(CEERS, 'model.fits')
    refused('output = model', 1, ('model.fits is an input',), 'bandpredict', PAIR, 'model.fits', 'model.fits',
            'clobber=yes')
    write('reg.fits', b'image; circle(50,50,9)')
    write('cat.fits', b'x_pix,y_pix\n50,50\n')
    for name, command in (('mask', predict('input.fits', 'mask=input.fits')),
                          ('reference', predict('input.fits', 'reference=input.fits')),
                          ('region', predict('reg.fits', 'region=reg.fits')),
                          ('catalogue', prep('cat.fits', 'catalog=cat.fits')),
                          ('truth', ('bandeval', F200W, 'input.fits', 'table=input.fits')),
                          ('predicted image', ('bandeval', 'input.fits', F200W, 'images=input.fits')),
                          ('colour', ('bandeval', F200W, F200W, 'colour=input.fits', 'photometry=input.fits')),
                          ('set', ('bandeval', 'set.fits', f'model={CEERS}', 'table=set.fits'))):
        refused(f'output = {name}', 1, ('is an input',), *command, 'clobber=yes')
    write('outer.fits', b'@inner.fits\n')
    write('inner.fits', f'{PAIR}\n'.encode())
    write('tables.csv', f'{F200W}\n'.encode())
    write('models.fits', b'model.fits\nmodel.fits\n')
    for name, command in (('bandpredict', ('@outer.fits', 'inner.fits', CEERS)),
                          ('bandprep', ('@outer.fits', 'outer.fits')), ('bandprep', ('@outer.fits', './inner.fits')),
                          ('bandeval', ('@tables.csv', F200W, 'table=tables.csv')),
                          ('bandmodel', ('average', '@models.fits', 'output=models.fits'))):
        refused(f'output = list, {name}', 1, ('is an input',), name, *command, 'clobber=yes')
    for action in 'average', 'ensemble', 'export':
        refused(f'output = input of {action}', 1, ('is an input',), 'bandmodel', action,
                'model.fits' if action == 'export' else 'model.fits,model.fits', 'output=model.fits', 'clobber=yes')
    for args in ('model.fits', 'start=model.fits'), ('x.fits', 'start=model.fits', 'log=model.fits'):
        refused(f'output = start {args}', 1, ('is an input',), 'bandtrain', 'set.fits', *args, 'clobber=yes')
    for log in 'x.fits', 'x.fits.resume':
        refused(f'log = output, {log}', 2, (f'log={log}: that is where the model goes',),
                *train('x.fits', f'log={log}'))
    refused('a log that is there', 1, ('kept.csv exists',), *train('x.fits', 'log=kept.csv'))
    for command in predict, prep, train:
        for name in 'x.png', 'x.fits.bz2', 'x.csv', 'x.imh':
            refused(f'no name of a FITS file, {name}', 2, (name, 'FITS is written'), *command(name))
        refused('brackets', 2, ('x.fits[1]', 'brackets'), *command('x.fits[1]'))
        refused('CFITSIO\'s clobber', 2, ('!x.fits', 'clobber=yes does'), *command('!x.fits'))
    refused('a table of another kind', 2, ('x.txt',), *evaluate('x.txt'))
    refused('no output', 2, ('no output',), 'bandpredict', PAIR, '', CEERS)
    for task, args in (('bandpredict', (PAIR, 'x.fits', LONG)), ('bandpredict', ('@' + LONG,
                                                                                 'x.fits', CEERS)),
                       ('bandpredict', (f'{F150W},{LONG}', 'x.fits', CEERS)), ('bandeval', (LONG,
                                                                                            F200W)),
                       ('bandprep', (PAIR, 'x.fits', f'catalog={LONG}')), ('bandmodel', ('show',
                                                                                         LONG)),
                       ('bandtrain', (LONG, 'x.fits'))):
        refused('an input name of 4000 characters', 1, ('too long',), task, *args)
    with open('in.list', 'w') as f:
        f.write(f'{PAIR}\n{PAIR}\n')
    for text, words in (('x.fits\n', ('2 sets', '1 output')), ('x.fits\nx.fits\n', ('x.fits',
                                                                                    'twice'))):
        with open('out.list', 'w') as f:
            f.write(text)
        refused(f'outputs {text!r}', 2, words, 'bandpredict', '@in.list', '@out.list', CEERS)


def test_parameters():
    for args, words in ((('cloober=yes',), ("'cloober'", 'clobber?')), (('clobber=perhaps',),
                                                                        ('clobber=perhaps',)),
                        (('size=x',), ('size=x',)), (('size=-1',), ('size=-1',)), (('threads=1e9',),
                                                                                   ('threads',)),
                        (('threads=99999999999999999999',), ('threads',)), (('device=abacus',),
                                                                            ('abacus',)),
                        (('window=tiny',), ('window=tiny',)), (('size=1',), ('at least 8',)),
                        (('one', 'too', 'many'), ('too many',)), (('size=1', 'size=2'),
                                                                  ('twice',))):
        if args == ('one', 'too', 'many'):
            args = args[:1]
        refused(f'parameters {args}', 2, words, 'bandpredict', PAIR, 'x.fits', CEERS, *args)
    for args, words in ((('zeropoint=abc',), ('zeropoint=abc',)), (('vega=1,x',), ("'x' is no magnitude",)),
                        (('unit=mag',), ('unit=mag: no unit of flux',)),
                        (('region=image;ring(1,2,3)',), ("'ring' is not known",))):
        refused(f'parameters {args}', 2, words, 'bandpredict', PAIR, 'x.fits', CEERS, *args)
        refused(f'parameters {args} with --check', 2, words, 'bandpredict', PAIR, 'x.fits', CEERS, *args, '--check')
    refused('window=stamp', 1, ('256 x 256',), 'bandpredict', f'{G},{Z}', 'x.fits', KIDS,
            'window=stamp')
    refused('device=cuda', 1, ('cuda',), 'bandpredict', PAIR, 'x.fits', CEERS, 'device=cuda')
    for stretch in 'square', 'flux':
        refused('an import', 2, (f'stretch={stretch}',), 'bandmodel', 'import', 'nosuch', 'output=x',
                f'stretch={stretch}')
    refused('split', 2, ('split=x:9',), 'bandprep', PAIR, 'x.fits', 'split=x:9')
    refused('split', 2, ('split=half',), 'bandeval', 'set.fits', f'model={CEERS}', 'split=half')
    refused('action', 2, ('action=paint',), 'bandmodel', 'paint')


# ---- permissions ---------------------------------------------------------------------------------

def test_permissions():
    """A file that may not be read, a folder that may not be written; root becomes nobody."""
    user = NOBODY if os.geteuid() == 0 else None
    try:
        status, stderr = run('bandpredict', '--version', user=user)[::2]
    except (PermissionError, OSError) as error:
        status, stderr = 1, error
    if status != 0:
        print(f'permissions as another user: skipped ({stderr})')
        return
    os.chmod('.', 0o755)
    shutil.copy(F277W, 'closed.fits')
    os.chmod('closed.fits', 0)
    os.mkdir('public')
    os.chmod('public', 0o777)
    os.mkdir('readonly')
    os.chmod('readonly', 0o555)
    denied = 'closed.fits', 'ermission denied'
    refused('an unreadable image', 1, denied, 'bandpredict', f'{F150W},closed.fits',
            'public/x.fits', CEERS, user=user)
    refused('an unreadable image', 1, denied, 'bandeval', 'closed.fits', F200W, user=user)
    refused('an unreadable model', 1, denied, 'bandmodel', 'show', 'closed.fits', user=user)
    refused('an unreadable list', 1, denied, 'bandpredict', '@closed.fits', 'x.fits', CEERS,
            user=user)
    for task, *args in (('bandpredict', PAIR, 'readonly/x.fits', CEERS),
                        ('bandprep', PAIR, 'readonly/x.fits'),
                        ('bandtrain', 'set.fits', 'readonly/x.fits', 'inbands=g', 'outband=r'),
                        ('bandeval', F200W, F200W, 'table=readonly/x.csv')):
        refused('a read-only folder', 1, ('readonly/x', 'ermission denied'), task, *args, user=user)
    os.chmod('readonly', 0o755)


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        no_files = make_no_files()
        test_files(no_files, make_no_images())
        test_masks(no_files)
        test_pixels()
        test_bands()
        test_models()
        test_swapped()
        test_sets()
        test_outputs()
        test_parameters()
        test_permissions()
        os.chdir('/')
    report()


main()
