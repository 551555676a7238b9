#!/usr/bin/python3
"""Makes keras_tiny.fits: make_keras_tiny.py FOLDER [OUTPUT]

FOLDER holds weights_canonical.npz, input_f64_2x32x32.bin and expected_f64_32x32.bin: the weights of a random
generator (4 channels, one down-sampling, three residual blocks), an input, and the output that Keras's layers give
in float64.  Here each tensor becomes an image extension under bandcast's name for it; its shape, slowest axis first,
is Keras's.  SPDX-License-Identifier: BSD-3-Clause
"""
import re
import sys

import numpy as np
from astropy.io import fits


def our_name(name):
    """down0.gamma -> down1.scale: we count layers from 1 and call gamma and beta scale and offset."""
    name = re.sub(r'(\d+)', lambda m: str(int(m[1]) + 1), name)
    return name.replace('gamma', 'scale').replace('beta', 'offset')


def main(folder, output='keras_tiny.fits'):
    weights = np.load(f'{folder}/weights_canonical.npz')
    hdus = fits.HDUList([fits.PrimaryHDU()])
    for name in weights.files:
        hdus.append(fits.ImageHDU(weights[name], name=our_name(name)))
    for name, file, shape in (('INPUT', 'input_f64_2x32x32.bin', (2, 32, 32)),
                              ('EXPECTED', 'expected_f64_32x32.bin', (32, 32))):
        hdus.append(fits.ImageHDU(np.fromfile(f'{folder}/{file}', '<f8').reshape(shape), name=name))
    hdus.writeto(output, checksum=True, overwrite=True)


if __name__ == '__main__':
    main(*sys.argv[1:])
