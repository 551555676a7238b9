"""sky.py -- the noise of an image's sky as bandeval is to measure it.
SPDX-License-Identifier: BSD-3-Clause"""
import numpy as np


def sky_sigma(image):
    """Noise read from the faint side of the pixels, those 3 sigma above the median left out, iterated."""
    x = np.sort(image[np.isfinite(image)].astype('f8'))
    while True:
        level = np.median(x)
        sigma = level - np.quantile(x, 0.158655253931457)
        kept = x[x <= level + 3 * sigma]
        if len(kept) == len(x):
            return sigma
        x = kept
