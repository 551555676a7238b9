#!/usr/bin/python3
"""without_band.py DATA_FOLDER [MODEL] -- kids_r where a band is missing: README.md's table, lines for none, g, Z.

DATA_FOLDER is that of train_kids.sh.  In a band that is missing all is NaN from x = 1900 on, left of the
test galaxies; bandpredict, from PATH, predicts the field, and stamps of it are held against r.
SPDX-License-Identifier: BSD-3-Clause"""
import csv
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits

if len(sys.argv) < 2:
    sys.exit('usage: without_band.py DATA_FOLDER [MODEL]')
FOLDER = os.path.abspath(sys.argv[1])
MODEL = (sys.argv[2:] or ['kids_r'])[0]               # a name, or an absolute path
NOISE, SIZE = 0.0043, 64                # sky of r, nanomaggy; side of the stamps
LIMITS = [1, 3, 10, 30, 100]            # of predicted fluxes, sky noises


def stamps(shape):
    """Those of the test galaxies that lie right of x = 2000."""
    with open(f'{FOLDER}/catalog.csv', newline='') as file:
        for row in csv.DictReader(file):
            x, y = (int(round(float(row[key]))) - SIZE // 2 for key in ('x_pix', 'y_pix'))
            inside = x >= 2000 and y >= 0 and x + SIZE <= shape[1] and y + SIZE <= shape[0]
            if 15 < float(row['mag_r_AB']) < 22 and inside:
                yield np.s_[y:y + SIZE, x:x + SIZE]


def predict(bands, missing):
    for band, pixels in bands.items():
        if band == missing:
            pixels = pixels.copy()
            pixels[:, 1900:] = np.nan
        fits.writeto(f'{band}.fits', pixels, fits.Header({'FILTER': band, 'BUNIT': 'nanomaggy'}), overwrite=True)
    subprocess.run(['bandpredict', 'g.fits,Z.fits', 'r.fits', MODEL, 'sigma=95', 'clobber=yes', 'verbose=0'],
                   check=True)
    with fits.open('r.fits') as hdus:
        return [hdus[plane].data.astype(float) for plane in (0, 'SIGMA', 'SIGMA95')]


def main():
    *bands, truth = (fits.open(f'{FOLDER}/{band}.fits.fz')[-1].data for band in 'gZr')
    cuts = list(stamps(truth.shape))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for missing in 'none', 'g', 'Z':
            planes = predict(dict(zip('gZ', bands)), missing)
            flux, sigma, sigma95, true = (np.concatenate([x[cut].ravel() for cut in cuts]) for x in (*planes, truth))
            error, bright, group = abs(flux - true), true > 10 * NOISE, np.digitize(flux / NOISE, LIMITS)
            shares = ' | '.join('%.1f, %.1f %%' % tuple(100 * np.mean((error <= s)[group == k])
                                                        for s in (sigma, sigma95)) for k in range(len(LIMITS) + 1))
            print('| %s | %.4f | %.3f | %s |' % (missing, np.median((error / true)[bright]),
                                                 np.median((sigma / flux)[bright]), shares), flush=True)
        os.chdir('/')


main()
