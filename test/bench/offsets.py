#!/usr/bin/python3
"""offsets.py ALIGN DATA_FOLDER -- how often are cut-outs wrongly taken for misplaced, and misplaced ones found?

ALIGN is the program align_images of the tests, DATA_FOLDER holds jwst_ceers and kids_viking_field.  Pairs of cut-outs
in two bands, whole, one within the other, or partly overlapping; each once where it belongs (within 0.3 pixels, so that
it is resampled) and once 2.5 to 80 pixels away.
SPDX-License-Identifier: BSD-3-Clause"""
import collections
import glob
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits

random = np.random.default_rng(5)


def write(name, image, x, y, shift=(0, 0)):
    cards = {'CTYPE1': 'RA---TAN', 'CTYPE2': 'DEC--TAN', 'CRVAL1': 150.0, 'CRVAL2': 2.0, 'CDELT1': -1e-5,
             'CDELT2': 1e-5, 'CRPIX1': 500.0 - x + shift[0], 'CRPIX2': 500.0 - y + shift[1]}
    fits.PrimaryHDU(image.astype('f4'), fits.Header(cards)).writeto(name, overwrite=True)


def cut(image, x, y, side):
    return image[y:y + side, x:x + side]


def window(side, low, high):
    """Somewhere within an image: x, y, side."""
    part = int(random.integers(low, high))
    return (*random.integers(0, side - part, 2), part)


def count(align, kind, first, second, counts):
    """FIRST and SECOND: image, x, y, side.  Count for (kind, misplaced or not): pairs, misplaced by ALIGN, those within
    1.6 pixels."""
    for misplaced in False, True:
        length = random.choice([2.5, 4, 6, 10, 15, 25, 40, 80]) if misplaced else random.uniform(0.1, 0.3)
        angle = random.uniform(0, 2 * np.pi)
        shift = np.array([length * np.cos(angle), length * np.sin(angle)])
        write('a.fits', cut(*first), *first[1:3])
        write('b.fits', cut(*second), *second[1:3], shift)
        result = subprocess.run([align, 'a.fits', 'b.fits', 'no', '1', 'a_out.fits', 'b_out.fits'],
                                capture_output=True, text=True, check=True)
        row = [float(x) for x in result.stdout.splitlines()[1].split('|')[0].split()]
        counts[kind, misplaced] += [1, row[3] != 0, row[3] != 0 and abs(row[4] - length) <= 1.6]


def main():
    align, data = sys.argv[1:]
    counts = collections.defaultdict(lambda: np.zeros(3, int))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for a, b in ('f150w', 'f277w'), ('f115w', 'f200w'), ('f115w', 'f444w'):
            for file in sorted(glob.glob(f'{data}/jwst_ceers/fits/*_{a}.fits.fz')):
                one, two = fits.getdata(file, 1), fits.getdata(file.replace(a, b), 1)
                count(align, 'CEERS, whole', (one, 0, 0, 100), (two, 0, 0, 100), counts)
                count(align, 'CEERS, the middle', (one, 30, 30, 40), (two, 0, 0, 100), counts)
                count(align, 'CEERS, a part', (one, *window(100, 24, 80)), (two, 0, 0, 100), counts)
                count(align, 'CEERS, two parts', (one, *window(100, 50, 95)), (two, *window(100, 50, 95)), counts)
        for a, b in ('g', 'Z'), ('u', 'r'), ('J', 'Ks'):
            one, two = (fits.getdata(f'{data}/kids_viking_field/{band}.fits.fz', 1) for band in (a, b))
            for side in 64, 100, 200, 400:
                for _ in range(60):
                    x, y = int(random.integers(0, 2600 - side)), int(random.integers(0, 2080 - side))
                    count(align, f'KiDS, {side} pixels', (one, x, y, side), (two, x, y, side), counts)
                    u, v, part = window(side, side // 2, side)
                    count(align, f'KiDS, a part of {side} pixels', (one, x + u, y + v, part), (two, x, y, side), counts)
    for kind in sorted({kind for kind, _ in counts}):
        print(f'{kind}: misplaced {counts[kind, False][1]} of {counts[kind, False][0]} that are not, '
              f'{counts[kind, True][1]} of {counts[kind, True][0]} that are, '
              f'{counts[kind, True][2]} of them at the right distance')
    for misplaced in False, True:
        print('all', misplaced, sum(n for (_, which), n in counts.items() if which == misplaced))


main()
