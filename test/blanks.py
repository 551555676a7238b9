"""blanks.py -- where an image is filled with zeros, as scipy finds them and astropy knows its packing.
SPDX-License-Identifier: BSD-3-Clause"""
import numpy as np
from astropy.io import fits
from scipy import ndimage


def most(name, shape):
    """How far lossy packing with a dither may have moved each pixel; None if zeros stayed zeros."""
    with fits.open(name, disable_image_compression=True) as f:
        h = next((h for h in f if h.header.get('ZIMAGE')), None)
        if h is None or 'ZSCALE' not in h.columns.names or h.header['ZQUANTIZ'] == 'SUBTRACTIVE_DITHER_2':
            return None
        nx, ny = h.header['ZTILE1'], h.header['ZTILE2']
        grid = np.nan_to_num(h.data['ZSCALE']).reshape(-(-shape[0] // ny), -(-shape[1] // nx))
    return 0.50001 * grid.repeat(ny, 0).repeat(nx, 1)[:shape[0], :shape[1]]


def runs(zero, n=8):
    return ndimage.binary_opening(zero, np.ones((1, n))) | ndimage.binary_opening(zero, np.ones((n, 1)))


def filled(name, data):
    """The pixels of DATA, the only image of a file, that are in runs of zeros."""
    error = most(name, data.shape)
    return runs(data == 0) if error is None else runs(abs(data) <= error, 16)
