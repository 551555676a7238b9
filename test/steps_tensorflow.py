"""steps_tensorflow.py -- the first steps of a training beside those of TensorFlow.

    steps_tensorflow.py TASKS [DEVICE ...]

The paper's generator is built in Keras, saved, and imported; TensorFlow and bandtrain train it on the same 50 samples
in the same order, and their losses are compared step by step.  TensorFlow in double is the
judge.  At the paper's size and learning rate what float32 rounds off grows until after a dozen steps TensorFlow in
float32 has left it, too: there the first ten steps must agree.  With a hundredth of the rate, and for ref, which takes
a smaller network, all 50 must.
By hand: TensorFlow (2.11 to 2.15, whose legacy Adam is the paper's) is in no Debian.
SPDX-License-Identifier: BSD-3-Clause"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits

try:
    os.environ['TF_CPP_MIN_LOG_LEVEL'] = '2'
    import tensorflow as tf
    from tensorflow import keras
    from tensorflow.keras import layers
except ImportError:
    print('no tensorflow, skipped')
    sys.exit(77)

TASKS = os.path.abspath(sys.argv[1])
DEVICES = sys.argv[2:] or ['cpu']
STEPS, EARLY, TOLERANCE = 50, 10, 1e-3
PAPER, SMALL = (128, 128, 9), (64, 16, 3)         # pixels, channels, blocks; ref would take hours for the paper's


class ReflectionPadding2D(layers.Layer):
    """Mirrors the image without repeating its edge."""

    def __init__(self, padding, **more):
        super().__init__(**more)
        self.padding = padding

    def call(self, x):
        p = [self.padding, self.padding]
        return tf.pad(x, [[0, 0], p, p, [0, 0]], mode='REFLECT')

    def get_config(self):
        return {**super().get_config(), 'padding': self.padding}


def generator(size, filters, blocks):
    """Zaazou et al. (2025), appendix A.2, with the start weights of their code."""
    kernel, gamma = (keras.initializers.RandomNormal(0.0, 0.02, seed=s) for s in (1, 2))
    stem = filters // 2

    def normal():
        return layers.GroupNormalization(groups=-1, gamma_initializer=gamma)

    def conv(channels, size, stride=1, padding='valid', kind=layers.Conv2D):
        return kind(channels, size, stride, padding, use_bias=False, kernel_initializer=kernel)

    inputs = [keras.Input((size, size, 1), name=f'gen_img_input{i}') for i in (1, 2)]
    x = ReflectionPadding2D(3)(layers.Concatenate()(inputs))
    x = layers.Activation('relu')(normal()(conv(stem, 7)(x)))
    x = keras.Sequential([conv(filters, 3, 2, 'same'), normal(), layers.Activation('relu')])(x)
    for _ in range(blocks):
        y = keras.Sequential([ReflectionPadding2D(1), conv(filters, 3), normal(), layers.Activation('relu'),
                              ReflectionPadding2D(1), conv(filters, 3), normal()])(x)
        x = layers.Add()([x, y])
    x = keras.Sequential([conv(stem, 3, 2, 'same', layers.Conv2DTranspose), normal(), layers.Activation('relu')])(x)
    x = layers.Conv2D(1, 7)(ReflectionPadding2D(3)(x))
    return keras.Model(inputs, layers.Activation('tanh')(x))


def rescale(x):
    """The paper's stretch of one image, in float32."""
    x = x.astype('f4') - x.min() + np.float32(1e-10)
    x = np.arcsinh(np.float32(0.06 * 3.5) * x) / np.float32(3.5)
    return np.clip((x - x.min()) / (x.max() - x.min()), 0, 1)


def samples(file):
    """Training samples (n, band, y, x) in the set's order."""
    with fits.open(file) as hdus:
        train = hdus['SAMPLES'].data['SPLIT'] == 0
        return np.array([[rescale(b) for b in s] for s in hdus['PIXELS'].data[train]])


def ssim_double(a, b):
    """tf.image.ssim, which computes in float whatever it gets."""
    r = np.arange(-5.0, 6.0)
    g = np.exp(-r * r / 4.5)
    kernel = tf.constant(np.outer(g, g)[:, :, None, None] / g.sum() ** 2)

    def mean(x):
        return tf.nn.conv2d(x, kernel, 1, 'VALID')

    ma, mb = mean(a), mean(b)
    covariance, variances = mean(a * b) - ma * mb, mean(a * a + b * b) - ma * ma - mb * mb
    return tf.reduce_mean((2 * ma * mb + 1e-4) / (ma * ma + mb * mb + 1e-4)
                          * (2 * covariance + 9e-4) / (variances + 9e-4))


def train(shape, weights, data, rate, precision):
    """TensorFlow's losses of one epoch of batch 1, before each step."""
    keras.backend.set_floatx(precision)
    model = generator(*shape)
    model.set_weights([w.astype(precision) for w in weights])
    data = data.astype(precision)
    adam = keras.optimizers.legacy.Adam(rate, beta_1=0.5)

    @tf.function
    def step(a, b, truth):
        with tf.GradientTape() as tape:
            made = model([a, b], training=True)
            alike = ssim_double(truth, made) if precision == 'float64' else tf.image.ssim(truth, made, max_val=1.0)
            loss = tf.reduce_mean(tf.abs(truth - made)) + 1.0 - tf.reshape(alike, [])
        adam.apply_gradients(zip(tape.gradient(loss, model.trainable_variables), model.trainable_variables))
        return loss

    return np.array([step(*(tf.constant(b[None, :, :, None]) for b in s)).numpy() for s in data])


def run(*command):
    done = subprocess.run([f'{TASKS}/{command[0]}', *command[1:]], capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f'{" ".join(command)}: {done.stderr}')
    return done.stdout


def bandtrain(device, rate):
    said = run('bandtrain', 'set.fits', 'model.fits', 'start=start.fits', 'recipe=paper', 'epochs=1', f'lr={rate}',
               'verbose=2', f'device={device}', 'clobber=yes')
    return np.array([float(s.split()[4]) for s in said.splitlines() if s.startswith('bandtrain: step ')])


def compare(name, losses, truth):
    """How many steps losses agree for."""
    apart = np.abs(losses / truth - 1)
    steps = int(np.argmax(~(apart <= TOLERANCE))) if not (apart <= TOLERANCE).all() else len(apart)
    print(f'    {name:10} apart by {apart[0]:.1e} in step 1, at most {apart[:10].max():.1e} in 10 and '
          f'{apart.max():.1e} in {len(apart)}; {steps} steps to {TOLERANCE}', flush=True)
    return steps


def follow(device, shape):
    """1 if DEVICE leaves TensorFlow's way too early."""
    run('bandmock', 'set.fits', f'number={STEPS // 3 * 5 + STEPS % 3}', f'size={shape[0]}', 'bands=NUV,K,g',
        'noise=none', 'psf=none', 'clobber=yes')
    data = samples('set.fits')
    keras.backend.set_floatx('float32')
    keras.utils.set_random_seed(1)
    model = generator(*shape)
    model.save('start.keras')
    run('bandmodel', 'import', 'start.keras', 'output=start.fits', 'inbands=NUV,K', 'outband=g', 'clobber=yes')
    failed = 0
    for rate in 2e-4, 2e-6:
        double, single = (train(shape, model.get_weights(), data, rate, p) for p in ('float64', 'float32'))
        print(f'lr={rate}, {shape}: TensorFlow {tf.__version__} in double, loss {double[0]:.4f} to {double[-1]:.4f};'
              ' beside it')
        compare('TensorFlow', single, double)
        goal = EARLY if rate == 2e-4 and shape == PAPER else STEPS
        failed |= compare(device, bandtrain(device, rate), double) < goal
    return failed


if __name__ == '__main__':
    with tempfile.TemporaryDirectory() as scratch:
        os.chdir(scratch)
        status = max(follow(device, SMALL if device == 'ref' else PAPER) for device in DEVICES)
        os.chdir('/')
    sys.exit(status)
