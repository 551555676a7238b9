#!/usr/bin/python3
"""mosaic.py DATA_FOLDER SIDE -- a field of SIDE x SIDE pixels to time bandpredict on: g<SIDE>.fits and Z<SIDE>.fits.

DATA_FOLDER holds g.fits.fz and Z.fits.fz as examples/train_kids.sh wants them; the field is they and their mirror
images, side by side.  It is written in strips, and may be larger than memory.
SPDX-License-Identifier: BSD-3-Clause"""
import sys

import numpy as np
from astropy.io import fits


def write(name, band, tile, side):
    header = fits.PrimaryHDU(np.zeros((1, 1), 'f4')).header
    header.update({'NAXIS1': side, 'NAXIS2': side, 'FILTER': band, 'BUNIT': 'nanomaggy'})
    ny, nx = tile.shape
    row = np.concatenate([tile[:, ::(-1) ** i] for i in range(side // nx + 1)], axis=1)[:, :side]
    with open(name, 'xb') as f:
        f.write(header.tostring().encode())
        for k, y in enumerate(range(0, side, ny)):
            f.write(row[::(-1) ** k][:side - y].astype('>f4').tobytes())
        f.write(bytes(-f.tell() % 2880))


def main():
    folder, side = sys.argv[1], int(sys.argv[2])
    for band in 'g', 'Z':
        with fits.open(f'{folder}/{band}.fits.fz') as hdus:
            write(f'{band}{side}.fits', band, hdus[-1].data, side)


main()
