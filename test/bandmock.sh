#!/bin/sh
# bandmock.sh -- simulated galaxies: what a set and images hold, their noise, PSF, colours and sky positions.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" - "${top_builddir-..}/tasks/bandmock" << 'EOF'
import glob, os, subprocess, sys, tempfile
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from scipy import ndimage

BANDMOCK = os.path.abspath(sys.argv[1])
failures = []

def check(what, good):
    if not good:
        failures.append(what)
        print('does not hold:', what)

def run(*args):
    return subprocess.run([BANDMOCK, *args], capture_output=True, text=True)

def cube(name, *args):
    r = run(name, *args, 'verbose=0')
    check(f'{args}: {r.returncode} {r.stderr!r}', r.returncode == 0 and r.stderr == '')
    with fits.open(name, checksum=True) as hdus:
        return hdus['PIXELS'].data.astype('f8'), hdus['SAMPLES'].data.copy(), hdus[0].header.copy()

def roughness(x):
    """Light in structure finer than 2 pixels, of all light."""
    return np.sum(abs(x - ndimage.gaussian_filter(x, 2.0))) / x.sum()

def refused(args, status, *words):
    before = sorted(os.listdir())
    r = run(*args)
    check(f'{args}: status {r.returncode}', r.returncode == status)
    check(f'{args}: {r.stderr!r}', r.stderr.count('\n') == 1 and all(w in r.stderr for w in words))
    check(f'{args}: nothing is left', sorted(os.listdir()) == before)

with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    pixels, samples, header = cube('a.fits', 'number=25', 'size=64')
    names = [header[f'BAND{i}'] for i in range(1, 8)]
    check(f'bands {names}', names == ['FUV', 'NUV', 'U', 'G', 'R', 'Z', 'K'] and header['PIXSCALE'] == 0.4)
    check('finite, positive, in nanomaggy', np.isfinite(pixels).all() and (pixels >= 0).all()
          and header['UNIT7'] == 'nanomaggy' and 'simulated' in header['CREDIT'])
    check('splits', list(samples['SPLIT']) == [0, 0, 0, 1, 2] * 5)
    r = 22.5 - 2.5 * np.log10(pixels[:, 4].sum((1, 2)))
    check(f'magnitudes {r.min():.2f} to {r.max():.2f}', 14.4 < r.min() and r.max() < 19.5 and np.ptp(r) > 1)
    star_forming = [i for i, s in enumerate(samples['SOURCE']) if float(s.split('young=')[1].split()[0]) > 0]
    quenched = sorted(set(range(25)) - set(star_forming))
    check(f'{len(quenched)} quenched', 1 <= len(quenched) <= 10)
    nuv_r = -2.5 * np.log10(pixels[:, 1].sum((1, 2)) / pixels[:, 4].sum((1, 2)))
    check('NUV - r: blue cloud and red sequence', nuv_r[star_forming].max() < 4.6 and nuv_r[quenched].min() > 5)
    rough = np.array([[roughness(x) for x in galaxy] for galaxy in pixels])[star_forming]
    check('the ultraviolet is clumpy, the infrared smooth', (rough[:, 1] > 2 * rough[:, 6]).mean() > 0.8)

    again = cube('b.fits', 'number=5', 'size=64')[0]
    check('a galaxy does not depend on how many there are', np.array_equal(again, pixels[:5]))
    check('another seed, other galaxies', not np.array_equal(cube('c.fits', 'number=5', 'size=64', 'seed=2')[0], again))

    # A PSF keeps the light and adds its variance; the galaxy is small in a large image.
    one = cube('d.fits', 'number=1', 'bands=r', 'size=128')[0][0, 0]
    blurred = cube('e.fits', 'number=1', 'bands=r', 'size=128', 'psf=2')[0][0, 0]
    sigma = 2 / 2.3548 / 0.4
    want = ndimage.gaussian_filter(one, sigma, mode='constant', truncate=4)[24:-24, 24:-24]
    check('PSF', np.allclose(blurred[24:-24, 24:-24], want, rtol=2e-3, atol=1e-4 * one.max()))
    noisy, table, _ = cube('f.fits', 'number=1', 'bands=r', 'size=128', 'noise=0.5')
    noise = noisy[0, 0] - one
    check(f'noise {noise.std():.4f}', abs(noise.std() / 0.5 - 1) < 0.02 and abs(noise.mean()) < 0.02
          and np.isclose(table['SIGMA'].ravel()[0], 0.5))
    check('noise is white', abs(np.mean(noise[:, 1:] * noise[:, :-1])) < 0.01)

    # SDSS's r: a star of 22.2 mag, 1.3 arcsec wide, is found at 5 sigma by a matched filter.
    sigma = cube('g.fits', 'number=1', 'bands=r', 'noise=survey')[1]['SIGMA'].ravel()[0]
    y, x = np.indices((41, 41)) - 20
    star = np.exp(-(x**2 + y**2) / 2 / (1.3 / 2.3548 / 0.4)**2)
    star *= 10**(0.4 * (22.5 - 22.2)) / star.sum()
    check('depth of the survey', abs(np.sqrt(np.sum(star**2)) / sigma - 5) < 0.05)

    os.mkdir('images')
    r = run('images/', 'number=2', 'bands=NUV,K', 'size=64')
    check(f'images: {r.stderr}', r.returncode == 0)
    files = sorted(glob.glob('images/*'))
    check(f'{files}', files == [f'images/mock00000{i}_{b}.fits' for i in (1, 2) for b in ('K', 'NUV')])
    for i, name in enumerate(f for f in files if 'NUV' in f):
        with fits.open(name, checksum=True) as hdus:
            h, data = hdus[0].header, hdus[0].data
        check('the same galaxy', np.allclose(data, pixels[i, 1]))
        sky = WCS(h).wcs_pix2world([[32.5, 32.5], [33.5, 32.5]], 1)
        check('position', np.allclose(sky[0], [samples['RA'][i], samples['DEC'][i]], atol=1e-9))
        check('scale', np.isclose((sky[0, 0] - sky[1, 0]) * np.cos(np.radians(sky[0, 1])) * 3600, 0.4, rtol=1e-6))
        check('cards', h['FILTER'] == 'NUV' and h['BUNIT'] == 'nanomaggy' and 'simulated' in str(h['HISTORY']))

    refused(['a.fits'], 1, 'a.fits exists')
    refused(['images/', 'number=3', 'bands=K', 'size=64'], 1, 'exists')
    refused(['nowhere/', 'number=1'], 1, 'nowhere')
    refused(['x.fits', 'bands=g,Q'], 2, "'Q'")
    refused(['x.fits', 'bands=g,r,g'], 2, 'g and g are one band')
    refused(['images/', 'bands=K,Ks'], 2, 'K and Ks are one band')
    refused(['x.fits', 'magnitude=17,15'], 2, 'magnitude=17,15')
    refused(['x.fits', 'psf=wide'], 2, 'psf=wide')
    refused(['x.fits', 'noise=-1'], 2, 'noise=-1')
print(f'{len(failures)} failures')
sys.exit(bool(failures))
EOF
