"""checkpoints.py -- bandmodel import, export, average and ensemble.

    checkpoints.py TASKS RUN_NETWORK FIXTURES

Checkpoints are made here with h5py and zipfile in the three layouts of Keras, and compared tensor by tensor;
FIXTURES, used where it exists, holds some that Keras itself wrote, with inputs and outputs.  What is damaged
or hostile must give one sentence, in little memory.
SPDX-License-Identifier: BSD-3-Clause"""
import io
import json
import os
import random
import resource
import struct
import re
import subprocess
import sys
import tempfile
import zipfile

import h5py
import numpy as np
from astropy.io import fits

from checks import check, report

TASKS, RUN, FIXTURES = (os.path.abspath(a) for a in sys.argv[1:4])
MEMORY = 1 << 30                # bytes of address space: more than any file here may take
rng = np.random.default_rng(1)


def limit():
    if 'sanitize' in os.environ.get('CFLAGS', ''):
        return                  # the address sanitizer maps terabytes
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def bandmodel(*arguments, task='bandmodel'):
    return subprocess.run([f'{TASKS}/{task}', *arguments], capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, preexec_fn=limit, timeout=120)


def imports(source, output='model.fits', *more):
    run = bandmodel('import', source, f'output={output}', 'clobber=yes', 'inbands=g,Z', 'outband=r', *more)
    check(f'{source} is imported: {run.stderr}', run.returncode == 0)
    return run.returncode == 0


def refuses(source, says, action='import', status=1):
    """One sentence that has SAYS in it, and no output."""
    run = bandmodel(action, source, 'output=none.fits', 'inbands=g,Z', 'outband=r')
    check(f'{source} is refused with one sentence that says "{says}": {run.returncode} {run.stderr}',
          run.returncode == status and run.stderr.count('\n') == 1 and says in run.stderr
          and not os.path.exists('none.fits'))


def tensors(file):
    with fits.open(file) as hdus:
        return {h.name.lower(): h.data.astype('f4') for h in hdus[1:]}


def same(a, b):
    return a.keys() == b.keys() and all(np.array_equal(a[k], b[k]) and a[k].shape == b[k].shape for k in a)


def network(model, stamps, device='cpu'):
    size = stamps.shape[-1]
    run = subprocess.run([RUN, model, device, str(size)], input=stamps.astype('<f4').tobytes(), capture_output=True)
    check(f'{model} runs: {run.stderr}', run.returncode == 0)
    return np.frombuffer(run.stdout, '<f4').reshape(-1, size, size)


# ---- checkpoints as Keras writes them --------------------------------------------------------------

def make_weights(filters, blocks, stem=4):
    """Our names -> tensors, in Keras's order; HWIO kernels, (k, k, out, in) for transposed ones."""
    w = {}

    def add(name, shape, bias=False):
        w[f'{name}.kernel'] = rng.normal(size=shape).astype('f4')
        n = shape[2] if name.startswith('up') else shape[3]
        for what in ['bias'] if bias else ['scale', 'offset']:
            w[f'{name}.{what}'] = rng.normal(size=n).astype('f4')

    add('stem', (7, 7, 2, stem))
    c = stem
    for i, f in enumerate(filters):
        add(f'down{i + 1}', (3, 3, c, f))
        c = f
    for i in range(blocks):
        add(f'res{i + 1}a', (3, 3, c, c))
        add(f'res{i + 1}b', (3, 3, c, c))
    for i in range(len(filters)):
        add(f'up{i + 1}', (3, 3, c // 2, c))
        c //= 2
    add('out', (7, 7, c, 1), bias=True)
    return w


def make_layers(w):
    """The model's layers in order: name of a convolution, or a list of those in a Sequential."""
    names = [n[:-7] for n in w if n.endswith('.kernel')]
    layers, residual = [], []
    for n in names:
        if n.startswith('res'):
            residual.append(n)
            if len(residual) == 2:
                layers.append(residual)
                residual = []
        else:
            layers.append([n] if n[:2] in ('do', 'up') else n)
    return layers


def describe(w, epsilon=0.001, extra=None, activation='tanh', connect=1):
    """config.json, as Keras 3 writes what matters of it."""
    def layer(kind, **config):
        return {'class_name': kind, 'config': config}

    def convolution(n):
        k = w[f'{n}.kernel'].shape
        up, down = n.startswith('up'), n.startswith('down')
        return layer('Conv2DTranspose' if up else 'Conv2D', name=n, filters=float(k[2] if up else k[3]),
                     kernel_size=[k[0], k[1]], strides=[2, 2] if up or down else [1, 1],
                     padding='same' if up or down else 'valid', use_bias=n == 'out', activation='linear')

    def group(n):
        c = convolution(n)
        return ([] if n[:2] in ('do', 'up') else [layer('ReflectionPadding2D', padding=[1, 1])]) + [
            c, layer('GroupNormalization', groups=-1, epsilon=epsilon, center=True, scale=True)] + (
            [] if n.endswith('b') else [layer('Activation', activation='relu')])

    layers = [layer('InputLayer', batch_shape=[None, 64, 64, 1])] * 2 + [layer('Concatenate')] * connect
    for item in make_layers(w):
        if isinstance(item, list):
            layers.append(layer('Sequential', layers=sum((group(n) for n in item), [])))
            if len(item) == 2:
                layers.append(layer('Add'))
        elif item == 'out':
            layers += [layer('ReflectionPadding2D', padding=[3, 3]), convolution('out')]
        else:
            layers += [layer('ReflectionPadding2D', padding=[3, 3])] + group(item)[1:]
    layers += ([extra] if extra else []) + [layer('Activation', activation=activation)]
    return json.dumps({'class_name': 'Functional', 'config': {'layers': layers}})


def parts(w, n):
    return [w[k] for k in (f'{n}.scale', f'{n}.offset') if k in w]


def weights_file(w, top='layers', step=1, flat=False, **storage):
    """model.weights.h5: groups called by class and counted within their container, by STEP."""
    buffer = io.BytesIO()
    with h5py.File(buffer, 'w') as h:
        h.create_group('vars')

        def put(group, counts, kind, values):
            k = counts.setdefault(kind, 0)
            counts[kind] += step
            g = group.create_group(f'{kind}_{k}' if k else kind)
            for i, v in enumerate(values):
                g.create_dataset(f'vars/{i}', data=v, **storage)
            return g

        def convolution(group, counts, n):
            kind = 'conv2d_transpose' if n.startswith('up') else 'conv2d'
            put(group, counts, kind, [w[f'{n}.kernel']] + ([w['out.bias']] if n == 'out' else []))
            if n != 'out':
                put(group, counts, 'group_normalization', parts(w, n))

        counts = {}
        for item in make_layers(w):
            if isinstance(item, list) and not flat:
                inner = put(h.require_group(top), counts, 'sequential', []).create_group(top)
                deep = {}
                for n in item:
                    convolution(inner, deep, n)
                    inner.require_group('activation/vars')
            else:
                for n in item if isinstance(item, list) else [item]:
                    convolution(h.require_group(top), counts, n)
        h[top].create_group('concatenate/vars')
    return buffer.getvalue()


def archive(name, weights, config='{"config": {"layers": []}}', method=zipfile.ZIP_STORED, members=()):
    with zipfile.ZipFile(name, 'w', method) as z:
        z.writestr('metadata.json', '{"keras_version": "2.15.0"}')
        z.writestr('config.json', config)
        for member, data in members:
            z.writestr(member, data)
        if weights is not None:
            z.writestr('model.weights.h5', weights)


def legacy(name, w, config=None, split=False, variable=False):
    """The whole model as HDF5: lists of names, in attributes of fixed or variable length."""
    text = (lambda a: np.array(a, h5py.string_dtype())) if variable else (lambda a: np.array(a, 'S'))
    with h5py.File(name, 'w') as h:
        h.attrs['model_config'] = config or describe(w)
        top, layers, number = h.create_group('model_weights'), ['input_1'], 0
        top.create_group('top_level_model_weights')
        top.create_group('input_1').attrs['weight_names'] = np.array([])

        def add(layer, names):
            layers.append(layer)
            top.require_group(layer).attrs['weight_names'] = text([n for n, _ in names])
            for n, v in names:
                top[layer].create_dataset(n, data=v)

        def weights_of(n):
            kind = 'conv2d_transpose' if n.startswith('up') else 'conv2d'
            yield f'{kind}_{number}/kernel:0', w[f'{n}.kernel']
            for what, ours in (('bias', 'bias'), ('gamma', 'scale'), ('beta', 'offset')):
                if f'{n}.{ours}' in w:
                    yield f'layer_{number}/{what}:0', w[f'{n}.{ours}']

        for item in make_layers(w):
            names = []
            for n in item if isinstance(item, list) else [item]:
                names += weights_of(n)
                number += 1
            add(f'layer_{number}', names)
        if split:
            top.attrs['layer_names0'], top.attrs['layer_names1'] = text(layers[:3]), text(layers[3:])
        else:
            top.attrs['layer_names'] = text(layers)


def test_layouts():
    for filters, blocks in (([], 3), ([8], 2), ([8, 16], 1)):
        w = make_weights(filters, blocks)
        tag = f'{len(filters)} down'
        want = {k.lower(): v for k, v in w.items()}
        archive('a.keras', weights_file(w), describe(w))
        check(f'{tag}, Keras 3', imports('a.keras') and same(tensors('model.fits'), want))
        check(f'{tag}: the size of its images', fits.getval('model.fits', 'SIZE') == 64)
        archive('b one .keras', weights_file(w, '_layer_checkpoint_dependencies', 2))
        check(f'{tag}, Keras 2.13, blanks in the name',
              imports('b one .keras') and same(tensors('model.fits'), want))
        check(f'{tag}: name', fits.getval('model.fits', 'MODEL') == 'b one')
        archive('c.keras', weights_file(w, flat=True), method=zipfile.ZIP_DEFLATED, members=[('assets/x', b'1')])
        check(f'{tag}, without Sequential, deflated', imports('c.keras') and same(tensors('model.fits'), want))
        legacy('d.keras', w)
        check(f'{tag}, Keras 2.12', imports('d.keras') and same(tensors('model.fits'), want))
        legacy('e.h5', w, split=True, variable=True)
        check(f'{tag}, split lists, another extension', imports('e.h5') and same(tensors('model.fits'), want))


def test_names():
    w = make_weights([8], 1)
    for name, inputs, output, stretch in (('ckpt_NUV_K_to_G', ('NUV', 'K'), 'g', 'minmax'),
                                          ('B_R_to_NUV_ensemble_3 ', ('B', 'r'), 'NUV', 'minmax'),
                                          ('ckpt_G_Z_to_R_DECaLS', ('g', 'z'), 'r', 'unit')):
        archive(f'{name}.keras', weights_file(w))
        run = bandmodel('import', f'{name}.keras', 'output=named.fits', 'clobber=yes')
        h = fits.getheader('named.fits')
        check(f'bands of {name}: {run.stderr}', (h['INBAND1'], h['INBAND2']) == inputs and h['OUTBAND'] == output
              and h['STRETCH'] == stretch)
    archive('plain.keras', weights_file(w))
    run = bandmodel('import', 'plain.keras', 'output=none.fits')
    check('bands must be said', run.returncode == 2 and 'inbands=, outband=' in run.stderr)
    run = bandmodel('import', 'plain.keras', 'output=none.fits', 'inbands=g', 'outband=r')
    check('as many as there are', run.returncode == 2 and 'has 2 input bands' in run.stderr)


def test_variants():
    """A network of another kind is named."""
    w = make_weights([8], 1)
    body = weights_file(w)
    for config, says in ((describe(w, epsilon=1e-5), 'another epsilon'),
                         (describe(w, activation='sigmoid'), 'the activation sigmoid'),
                         (describe(w, activation='relu'), 'does not end in tanh'),
                         (describe(w, extra={'class_name': 'AttentionBlock', 'config': {}}),
                          'a layer AttentionBlock'),
                         (describe(w, extra={'class_name': 'Concatenate', 'config': {}}), 'skip connections'),
                         (describe(w, extra={'class_name': 'Add', 'config': {}}), 'residual blocks'),
                         (describe(w).replace('"strides": [2, 2]', '"strides": [1, 1]', 1), 'is not its down1'),
                         ('{"config": {"layers": [', 'not readable'), ('[' * 100000, 'not readable')):
        archive('v.keras', body, config)
        refuses('v.keras', says)
    for change, says in ((lambda w: w.pop('res1b.scale'), 'res1b'),
                         (lambda w: w.update({'down1.kernel': np.zeros((3, 3, 4, 9), 'f4')}), '4 to 9 channels'),
                         (lambda w: w.update({'up1.scale': np.zeros(5, 'f4')}), 'up1.scale has another shape'),
                         (lambda w: w.update({'stem.offset': np.full(4, np.nan, 'f4')}), 'finite')):
        other = dict(w)
        change(other)
        archive('v.keras', weights_file(other))
        refuses('v.keras', says)
    archive('v.keras', None)
    refuses('v.keras', 'no member model.weights.h5')
    with h5py.File('v.h5', 'w') as h:
        h['images'] = np.zeros(3)
    refuses('v.h5', 'no layers of Keras')
    open('v.txt', 'w').write('SIMPLE  = T')
    refuses('v.txt', 'neither a checkpoint of Keras nor safetensors')
    refuses('nosuch.keras', 'cannot be read')


# ---- damage and malice ------------------------------------------------------------------------------

def test_hostile():
    w = make_weights([8], 1)
    with open('bomb.keras', 'wb') as f, zipfile.ZipFile(f, 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('config.json', '{"config": {"layers": []}}')
        with z.open('model.weights.h5', 'w', force_zip64=True) as member:
            for _ in range(800):
                member.write(bytes(1 << 20))
    check('the bomb is small', os.path.getsize('bomb.keras') < 1 << 20)
    refuses('bomb.keras', 'would unpack to')
    with zipfile.ZipFile('bomb.keras', 'w', zipfile.ZIP_DEFLATED) as z:
        z.writestr('config.json', ' ' * (40 << 20))
    refuses('bomb.keras', 'would unpack to')
    for what, make in (('a promise', dict(shape=(3, 3, 1 << 13, 1 << 13), dtype='f4', chunks=(3, 3, 64, 64))),
                       ('a chunk', dict(shape=(3, 3, 1 << 9, 1 << 9), dtype='f4', chunks=(3, 3, 512, 512),
                                        compression='gzip')),
                       ('texts', dict(data=np.array([b'a' * 9] * 4)))):
        data = io.BytesIO(weights_file(w))
        with h5py.File(data, 'r+') as h:
            del h['layers/conv2d/vars/0']
            h.create_dataset('layers/conv2d/vars/0', **make)
        archive('h.keras', data.getvalue())
        run = bandmodel('import', 'h.keras', 'output=none.fits', 'inbands=g,Z', 'outband=r')
        check(f'{what}: {run.stderr}', run.returncode == 1 and run.stderr.count('\n') == 1)
    np.arange(392, dtype='f4').tofile('secret.bin')
    with h5py.File('other.h5', 'w') as h:
        h['x'] = w['stem.kernel']
    for where in ('external', 'link', 'virtual'):
        open('h.h5', 'wb').write(weights_file(w))
        with h5py.File('h.h5', 'r+') as h:
            del h['layers/conv2d/vars/0']
            if where == 'external':
                h.create_dataset('layers/conv2d/vars/0', (7, 7, 2, 4), 'f4', external=[('secret.bin', 0, 1568)])
            elif where == 'link':
                h['layers/conv2d/vars/0'] = h5py.ExternalLink('other.h5', 'x')
            else:
                layout = h5py.VirtualLayout((7, 7, 2, 4), 'f4')
                layout[...] = h5py.VirtualSource('other.h5', 'x', (7, 7, 2, 4))
                h.create_virtual_dataset('layers/conv2d/vars/0', layout)
        refuses('h.h5', 'h.h5')


def test_damage():
    """Flipped bits and missing ends: a model or one sentence, and never a signal."""
    w = make_weights([8], 1)
    archive('a.keras', weights_file(w), describe(w))
    legacy('b.h5', w)
    imports('a.keras', 'good.fits')
    bandmodel('export', 'good.fits', 'output=c.safetensors')
    dice = random.Random(1)
    for source in ('a.keras', 'b.h5', 'c.safetensors'):
        data = open(source, 'rb').read()
        structure = [i for i in range(len(data) - 4) if data[i:i + 4].count(0) >= 2 or data[i:i + 4].isascii()]
        for k in range(25):
            damaged = bytearray(data)
            for _ in range(dice.choice((1, 2, 8))):
                damaged[dice.choice(structure)] ^= dice.randrange(1, 256)
            if k % 5 == 4:
                damaged = damaged[:dice.randrange(len(damaged))]
            open('damaged', 'wb').write(damaged)
            run = bandmodel('import', 'damaged', 'output=damaged.fits', 'clobber=yes', 'inbands=g,Z', 'outband=r')
            check(f'{source}, damage {k}: {run.returncode} {run.stderr[:200]}', run.returncode == 0
                  or (run.returncode == 1 and run.stderr.count('\n') == 1))
    c = open('c.safetensors', 'rb').read()
    n = struct.unpack('<Q', c[:8])[0]
    for header, says in ((struct.pack('<Q', 1 << 62) + c[8:], 'its end is missing'),
                         (struct.pack('<Q', n) + b'{' * n + c[8 + n:], 'not readable'),
                         (c[:8 + n].replace(b'[7,7,2,4]', b'[7,7,2,5]') + c[8 + n:], 'another size than its shape'),
                         (c[:8 + n].replace(b'"F32"', b'"F16"') + c[8 + n:], 'is of type F16, only F32 is read'),
                         (struct.pack('<Q', n + 4) + c[8:8 + n].replace(b'[7,7,2,4]', b'[7,7,2,1,2,2]') + c[8 + n:],
                          'of 6 axes has no place'),
                         (c[:-4], 'does not say where'),
                         (c[:8 + n] + bytes([c[8 + n] ^ 1]) + c[9 + n:], 'WEIGHSUM')):
        open('d.safetensors', 'wb').write(header)
        refuses('d.safetensors', says)


# ---- safetensors, ensembles -------------------------------------------------------------------------

def read_safetensors(file):
    data = open(file, 'rb').read()
    n, = struct.unpack('<Q', data[:8])
    header = json.loads(data[8:8 + n])
    metadata = header.pop('__metadata__')
    return metadata, {k: np.frombuffer(data[8 + n:][slice(*v['data_offsets'])], '<f4').reshape(v['shape'])
                      for k, v in header.items()}


def test_safetensors():
    w = make_weights([8, 16], 2)
    archive('ckpt_G_R_to_U.keras', weights_file(w), describe(w))
    whom = 'Those who\'ve seen it, ' * 20 + 'et al.'
    bandmodel('import', 'ckpt_G_R_to_U.keras', 'output=s.fits', 'clobber=yes', 'title=It\'s "one"', 'license=CC-BY-4.0',
              f'credit={whom}')
    bandmodel('export', 's.fits', 'output=s.safetensors', 'clobber=yes')
    metadata, found = read_safetensors('s.safetensors')
    check('the tensors by their names', same(found, w))
    check('the cards', metadata['OUTBAND'].strip("' ") == 'u' and metadata['LICENSE'].strip("' ") == 'CC-BY-4.0'
          and metadata['SIZE'] == '64' and metadata['CREDIT'] == "'" + whom.replace("'", "''") + "'")
    bandmodel('import', 's.safetensors', 'output=t.fits', 'clobber=yes')
    a, b = fits.getheader('s.fits'), fits.getheader('t.fits')
    skip = ('DATE', 'CHECKSUM')
    check('there and back', same(tensors('s.fits'), tensors('t.fits'))
          and {k: a[k] for k in a if k not in skip} == {k: b[k] for k in b if k not in skip})
    header = {k: {'dtype': 'F32', 'shape': v.shape, 'data_offsets': [0, 0]} for k, v in w.items()}
    at = 0
    for k, v in w.items():
        header[k]['data_offsets'] = [at, at + v.nbytes]
        at += v.nbytes
    text = json.dumps(header).encode()
    open('bare.safetensors', 'wb').write(struct.pack('<Q', len(text)) + text
                                         + b''.join(v.tobytes() for v in w.values()))
    check('tensors alone', imports('bare.safetensors') and same(tensors('model.fits'),
                                                                {k.lower(): v for k, v in w.items()}))
    refuses('s.safetensors', 's.safetensors', action='export')


def test_ensemble():
    members = [make_weights([8], 1) for _ in range(8)]
    for i, w in enumerate(members):
        archive(f'G_R_to_NUV_ensemble_{i + 1} .keras', weights_file(w), describe(w))
    open('members', 'w').write(''.join(f'G_R_to_NUV_ensemble_{i + 1} .keras\n' for i in range(8)))
    run = bandmodel('import', '@members', 'output=ensemble.fits', 'clobber=yes')
    check(f'eight members make a model: {run.stderr}', run.returncode == 0)
    found = tensors('ensemble.fits')
    check('its tensors', same(found, {k: np.stack([m[k] for m in members]) for k in members[0]}))
    check('listed', '8 members' in bandmodel('list', 'ensemble.fits').stdout)
    stamps = rng.random((2, 2, 32, 32)).astype('f4')
    singles = []
    for i in range(8):
        bandmodel('import', f'G_R_to_NUV_ensemble_{i + 1} .keras', f'output=m{i}.fits', 'clobber=yes')
        singles.append(network(f'm{i}.fits', stamps))
    check('mean of its networks', np.allclose(network('ensemble.fits', stamps), np.mean(singles, 0), atol=1e-6))
    check('by a pattern', bandmodel('ensemble', 'm?.fits', 'output=e.fits', 'clobber=yes').returncode == 0
          and same(tensors('e.fits'), found))
    check('of models as of checkpoints', bandmodel('ensemble', ','.join(f'm{i}.fits' for i in range(8)),
                                                   'output=e.fits', 'clobber=yes').returncode == 0
          and same(tensors('e.fits'), found))
    refuses('m0.fits,m1.fits', 'm0.fits and m1.fits cannot be averaged: their weights have nothing in common',
            action='average')
    later = {k: (0.6 * v + 0.8 * members[1][k]).astype('f4') for k, v in members[0].items()}
    archive('later_G_R_to_NUV.keras', weights_file(later), describe(later))
    bandmodel('import', 'later_G_R_to_NUV.keras', 'output=later.fits', 'clobber=yes')
    bandmodel('average', 'm0.fits,later.fits', 'output=average.fits', 'clobber=yes')
    check('average', all(np.allclose(v, (members[0][k] + later[k]) / 2, atol=1e-6)
                         for k, v in tensors('average.fits').items()))
    for action in 'average', 'ensemble':
        refuses('m0.fits,m1.fits,./m0.fits', 'm0.fits and ./m0.fits cannot be joined: they are the same network',
                action=action)
    bandmodel('export', 'ensemble.fits', 'output=e.safetensors', 'clobber=yes')
    bandmodel('import', 'e.safetensors', 'output=f.fits', 'clobber=yes')
    check('there and back', same(tensors('f.fits'), found))
    predict_ensemble()
    archive('wide_G_R_to_NUV.keras', weights_file(make_weights([16], 1, stem=8)))
    bandmodel('import', 'wide_G_R_to_NUV.keras', 'output=wide.fits', 'clobber=yes')
    refuses('m0.fits,wide.fits', 'another network', action='ensemble')
    with fits.open('m1.fits') as model:
        model[0].header['SIZE'] = 128
        model.writeto('large.fits', checksum=True)
    refuses('m0.fits,large.fits', 'their stamps are of 64 and 128 pixels', action='ensemble')
    refuses('ensemble.fits,m0.fits', 'members of its own', action='ensemble')


def predict_ensemble():
    """Mean and standard deviation in the image are those of the members' images, whole and in windows."""
    for side in (64, 150):
        for band in 'gr':
            fits.writeto(f'{band}.fits', rng.random((side, side)).astype('f4'), overwrite=True)
        images, scatters = [], []
        for model in ['ensemble'] + [f'm{i}' for i in range(8)]:
            run = bandmodel('g.fits,r.fits', f'{model}_p.fits', f'{model}.fits', 'bands=g,r', 'clobber=yes',
                            task='bandpredict')
            check(f'{model} predicts: {run.stderr}', run.returncode == 0)
            images.append(fits.getdata(f'{model}_p.fits'))
            scatters += [float(x) for x in re.findall('scatter by ([0-9.]+) in', run.stdout)]
        check(f'{side}: mean', np.allclose(images[0], np.mean(images[1:], 0), atol=2e-6))
        check(f'{side}: standard deviation',
              np.allclose(fits.getdata('ensemble_p.fits', 'SIGMA'), np.std(images[1:], 0, ddof=1), atol=2e-6))
    check(f'its windows scatter as those of its members: {scatters}', len(scatters) == 9
          and abs(scatters[0] / np.sqrt(np.mean(np.square(scatters[1:]))) - 1) < 0.02)
    for memory in range(1, 100):                # the least: an eighth of it is not enough for one
        run = bandmodel('g.fits,r.fits', 'least_p.fits', 'ensemble.fits', 'bands=g,r', f'memory={memory}',
                        'clobber=yes', task='bandpredict')
        if run.returncode == 0:
            break
    check(f'one member at a time in {memory} MB', np.array_equal(fits.getdata('least_p.fits'), images[0])
          and np.array_equal(fits.getdata('least_p.fits', 'SIGMA'), fits.getdata('ensemble_p.fits', 'SIGMA')))


# ---- checkpoints that Keras wrote -------------------------------------------------------------------

def walk(h, top):
    """The tensors of one in Keras 3's layout, in the model's order, read in another way than bandmodel's."""
    def order(names, kind):
        return sorted((n for n in names if n.rstrip('0123456789').rstrip('_') == kind),
                      key=lambda n: int(n[len(kind) + 1:] or 0))

    def variables(g, n):
        return [g[n]['vars'][i][()] for i in sorted(g[n]['vars'])]
    c, g, s = (order(h[top], k) for k in ('conv2d', 'group_normalization', 'sequential'))
    yield from variables(h[top], c[0]) + variables(h[top], g[0])
    for name in s:
        inner = h[top][name][top]
        norms = order(inner, 'group_normalization')
        for n, norm in zip(order(inner, 'conv2d') + order(inner, 'conv2d_transpose'), norms):
            yield from variables(inner, n) + variables(inner, norm)
    yield from variables(h[top], c[1])


def analytic_stamp():
    y, x = np.mgrid[:128, :128].astype('f8')

    def minmax(a):
        return (a - a.min()) / (a.max() - a.min()) * 2 - 1
    return np.stack([minmax(np.exp(-np.hypot(x - 63.5, (y - 63.5) / .7) / 14)),
                     minmax(np.exp(-np.hypot(x - 63.5, y - 63.5) / 7))])[None]


def test_fixtures():
    if not os.path.isdir(FIXTURES):
        print('no checkpoints of Keras here: skipped')
        return
    weights = np.load(f'{FIXTURES}/weights_canonical.npz')
    stamp = np.fromfile(f'{FIXTURES}/input_f64_2x32x32.bin').reshape(1, 2, 32, 32)
    want = np.fromfile(f'{FIXTURES}/expected_f64_32x32.bin').reshape(32, 32)
    for name in ('tiny_keras_2.13.1_emulated', 'tiny_keras_2.15.0_emulated', 'tiny_legacy_h5_emulated'):
        imports(f'{FIXTURES}/{name}.keras')
        check(f'{name}: weights', all(np.array_equal(a, b) for a, b in
                                      zip(tensors('model.fits').values(), weights.values())))
        for device, most in (('ref', 1e-6), ('cpu', 2e-5)):
            worst = abs(network('model.fits', stamp, device)[0] - want).max()
            check(f'{name} on {device}: within {worst:.2g}', worst < most)
    for name in ('k_v3.3.3', 'k_v3.12.0'):
        imports(f'{FIXTURES}/{name}.keras')
        with zipfile.ZipFile(f'{FIXTURES}/{name}.keras') as z:
            h = h5py.File(io.BytesIO(z.read('model.weights.h5')))
        ours, theirs = list(tensors('model.fits').values()), list(walk(h, 'layers'))
        check(f'{name}: weights', len(ours) == len(theirs)
              and all(np.array_equal(a, b) for a, b in zip(ours, theirs)))
    imports(f'{FIXTURES}/ckpt_G_b.keras')
    y = network('model.fits', analytic_stamp())[0]
    for (i, j), value in (((0, 0), -0.964179913209), ((30, 64), -0.885016421877), ((48, 70), -0.518999642401),
                          ((63, 63), 0.878883259827), ((64, 90), -0.768585973431), ((100, 20), -0.956167194630),
                          ((127, 127), -0.964220146122)):
        check(f'ckpt_G_b at {i}, {j}: {y[i, j]}', abs(y[i, j] - value) < 1e-5)
    check('ckpt_G_b: mean and scatter', abs(y.mean() + 0.874398114154) < 1e-5 and abs(y.std() - 0.199308284778) < 1e-5)


with tempfile.TemporaryDirectory(prefix='checkpoints.', dir='.') as folder:
    os.chdir(folder)
    for test in (test_layouts, test_names, test_variants, test_hostile, test_damage, test_safetensors, test_ensemble,
                 test_fixtures):
        test()
    os.chdir('..')
report()
