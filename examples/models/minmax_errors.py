#!/usr/bin/python3
"""minmax_errors.py SET MODEL SPLIT -- errors of a model without fluxes (recipe=paper): g, Z -> r of train_kids.sh.

Its pixels are scaled back by the least and the largest pixel of the observed image, which bandpredict cannot know.
SPLIT: 1 validation, 2 test.  bandpredict is that of PATH; REL_ERR above 10 sigma, magnitudes in 3 arcsec.
SPDX-License-Identifier: BSD-3-Clause"""
import os
import subprocess
import sys
import tempfile

import numpy as np
from astropy.io import fits

SET, MODEL = map(os.path.abspath, sys.argv[1:3])
RADIUS = 1.5 / 0.339                    # pixels


def predict(stamps):
    with open('in', 'w') as images, open('out', 'w') as outputs:
        for i, bands in enumerate(stamps):
            for name, pixels in zip('gZ', bands):
                fits.writeto(f'{name}{i}.fits', pixels, fits.Header({'FILTER': name, 'BUNIT': 'nanomaggy'}))
            images.write(f'g{i}.fits,Z{i}.fits\n')
            outputs.write(f'r{i}.fits\n')
    subprocess.run(['bandpredict', '@in', '@out', MODEL, 'verbose=0'], check=True)
    return [fits.getdata(f'r{i}.fits').astype(float) for i in range(len(stamps))]


def main():
    with fits.open(SET) as hdus:
        chosen = hdus['SAMPLES'].data['SPLIT'] == int(sys.argv[3])
        stamps, noise = hdus['PIXELS'].data[chosen].astype('f4'), hdus['SAMPLES'].data['SIGMA'][chosen, 2]
    size = stamps.shape[-1]
    y, x = np.indices((size, size)) - (size - 1) / 2
    aperture, relative, magnitudes = np.hypot(x, y) <= RADIUS, [], []
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for said, true, sigma in zip(predict(stamps), stamps[:, 2].astype(float), noise):
            u = np.arcsinh(true)
            flux = np.sinh(u.min() + said * (u.max() - u.min()))
            relative.append((abs(flux - true) / true)[true > 10 * sigma])
            if true[aperture].sum() > 10 * sigma * np.sqrt(aperture.sum()) and flux[aperture].sum() > 0:
                magnitudes.append(-2.5 * np.log10(flux[aperture].sum() / true[aperture].sum()))
        os.chdir('/')
    bias = np.median(magnitudes)
    print('REL_ERR %.4f, FLUX_BIAS %+.3f, FLUX_SCATTER %.3f' % (
        np.median(np.concatenate(relative)), bias, 1.4826 * np.median(abs(np.array(magnitudes) - bias))))


main()
