"""Images on other grids: sources whose flux and place are known, then real images against python3-reproject's exact
overlap on the sphere and SWarp; started by regrid.sh.
SPDX-License-Identifier: BSD-3-Clause
"""
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import warnings

import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
from astropy.wcs.utils import proj_plane_pixel_area
from scipy import ndimage
from scipy.stats import norm

from checks import check, report

REGRID, DATA = sys.argv[1:]
GAMA, HOST, SPIRAL = (f'{DATA}/{name}/' for name in
                      ('gama_g202627_nuv_r_k', 'multiwave_sn_hosts/2010H', 'sdss_ps1_des_same_galaxy'))
warnings.simplefilter('ignore')


def regrid(image, like, method='auto', threads=1, memory=0):
    """Pixels and flags."""
    result = subprocess.run([REGRID, image, like, method, str(threads), str(memory), 'made.fits'],
                            capture_output=True, text=True)
    check(f'{image} on {like}: {result.stdout}{result.stderr}', result.returncode == 0)
    with fits.open('made.fits') as hdus:
        return hdus[0].data.astype('f8'), hdus['MASK'].data.copy()


# ---- sources that are known --------------------------------------------------------------------

SOURCES = [(150.0, 2.0, 100.0), (150.008, 2.004, 30.0), (149.991, 2.009, 55.0), (150.004, 1.990, 10.0)]


def grid(projection, size, arcsec, angle=0.0, flip=False, **more):
    """A header around the sources; ANGLE as CROTA2, FLIP: east to the right."""
    header = fits.Header()
    header['CTYPE1'], header['CTYPE2'] = f'RA---{projection}', f'DEC--{projection}'
    header['CRPIX1'], header['CRPIX2'] = 0.5 * size + 3.3, 0.5 * size - 1.7
    header['CRVAL1'], header['CRVAL2'] = 150.001, 1.999
    header['CDELT1'], header['CDELT2'] = (1 if flip else -1) * arcsec / 3600, arcsec / 3600
    if angle:
        header['CROTA2'] = angle
    header.update(more)
    header['NAXIS'], header['NAXIS1'], header['NAXIS2'] = 2, size, size
    return header


def paint(header, unit=None, sigma=2.5):
    """The sources as Gaussians of SIGMA pixels, integrated over each pixel; for a surface brightness per steradian."""
    size, wcs = header['NAXIS1'], WCS(header)
    image = np.zeros((size, size))
    edge = np.arange(size + 1) - 0.5
    for ra, dec, flux in SOURCES:
        x, y = wcs.all_world2pix(ra, dec, 0)
        part = [np.diff(norm.cdf(edge, at, sigma)) for at in (x, y)]
        image += flux * np.outer(part[1], part[0])
    if unit:
        header = header.copy()
        header['BUNIT'] = unit
        image /= proj_plane_pixel_area(wcs) * (np.pi / 180)**2
    return fits.PrimaryHDU(image, header)


def measure(image, header, ra, dec, radius):
    """Flux and centroid (arcsec from where it should be) in a circle of RADIUS arcsec."""
    wcs = WCS(header)
    scale = 3600 * np.sqrt(proj_plane_pixel_area(wcs))
    x, y = wcs.all_world2pix(ra, dec, 0)
    yy, xx = np.mgrid[:image.shape[0], :image.shape[1]]
    inside = np.hypot(xx - x, yy - y) * scale < radius
    flux = image[inside].sum()
    return flux, np.hypot((image * (xx - x))[inside].sum() / flux, (image * (yy - y))[inside].sum() / flux)


# Interpolation is not exact: with Lanczos's kernel a source of sigma 2.5 pixels ripples by 0.3 % where the new pixels
# are nearly, but not quite, as large as the old ones; bilinear by more.
TOLERANCE = {'exact': 1e-4, 'lanczos': 3e-3, 'bilinear': 1e-2}


def test_known():
    """From each grid to each: fluxes, places to 0.02 pixel."""
    grids = {
        'tan': grid('TAN', 240, 0.5), 'sin_rotated': grid('SIN', 200, 0.7, 33.0),
        'flipped': grid('TAN', 200, 0.6, flip=True), 'coarse': grid('TAN', 110, 1.1, -100.0),
        'zpn': grid('ZPN', 220, 0.55, PV2_1=1.0, PV2_3=200.0),
    }
    ra, dec, want = SOURCES[0]          # the others are too near to each other for a circle of their own
    for name, header in grids.items():
        paint(header).writeto(f'{name}.fits', overwrite=True)
        paint(header, 'MJy/sr').writeto(f'{name}_sr.fits', overwrite=True)
    for a, b, method in itertools.product(grids, grids, TOLERANCE):
        flux = regrid(f'{a}.fits', f'{b}.fits', method)[0]
        surface = regrid(f'{a}_sr.fits', f'{b}.fits', method)[0]
        area = proj_plane_pixel_area(WCS(grids[b])) * (np.pi / 180)**2
        for what, made in (f'{a} to {b}, {method}', flux), (f'{a} to {b}, {method}, MJy/sr', surface * area):
            check(f'{what}: little is there', np.isfinite(made).mean() > 0.5)
            got, off = measure(np.nan_to_num(made), grids[b], ra, dec, 20.0 if 'coarse' in (a, b) else 14.0)
            check(f'{what}: flux {got / want - 1:+.1e}', abs(got / want - 1) < TOLERANCE[method])
            check(f'{what}: off by {off:.3f} pixel', off < 0.02)


def test_same_grid():
    """The same bits, from any method, thread count and memory; a whole number of pixels apart, too."""
    header = grid('TAN', 150, 0.4, 20.0)
    rng = np.random.default_rng(1)
    pixels = rng.lognormal(0, 5, (150, 150)).astype('f4')
    pixels[40, 50] = np.nan
    fits.PrimaryHDU(pixels, header).writeto('a.fits', overwrite=True)
    cut = header.copy()
    cut['CRPIX1'] -= 30
    cut['CRPIX2'] += 20
    fits.PrimaryHDU(pixels, cut).writeto('b.fits', overwrite=True)
    for method in 'exact', 'lanczos', 'bilinear':
        same, flags = regrid('a.fits', 'a.fits', method)
        check(f'{method} on its own grid', np.array_equal(same.astype('f4'), pixels, equal_nan=True))
        check(f'{method}: flags', np.array_equal(flags != 0, np.isnan(pixels)) and flags[40, 50] == 1)
        moved, flags = regrid('a.fits', 'b.fits', method)
        want = np.full((150, 150), np.nan, 'f4')
        want[20:, :120] = pixels[:130, 30:]
        check(f'{method} 30 pixels on', np.array_equal(moved.astype('f4'), want, equal_nan=True))
        check(f'{method}: outside', (flags[:20] == 8).all() and (flags[20:, 120:] == 8).all())
    turned = grid('SIN', 140, 0.37, -75.0)
    fits.PrimaryHDU(np.zeros((140, 140), 'f4'), turned).writeto('c.fits', overwrite=True)
    for method in 'exact', 'lanczos':
        once, mask = regrid('a.fits', 'c.fits', method)
        for threads, memory in (2, 0), (5, 150 * 150 * 5), (1, 150 * 150 * 5):
            again, flags = regrid('a.fits', 'c.fits', method, threads, memory)
            check(f'{method}, {threads} threads, memory {memory}',
                  np.array_equal(once, again, equal_nan=True) and np.array_equal(mask, flags))


def test_missing():
    """A bad pixel's value is in no new pixel; where less than half is known there is nothing."""
    header, other = grid('TAN', 80, 1.0), grid('TAN', 160, 0.5, 30.0)
    pixels = np.ones((80, 80), 'f4')
    pixels[40, 40] = np.nan
    pixels[20:25, 60:66] = 1e20
    quality = (pixels > 1e19).astype('i2')
    fits.HDUList([fits.PrimaryHDU(), fits.ImageHDU(pixels, header, name='SCI'),
                  fits.ImageHDU(quality, header, name='DQ')]).writeto('bad.fits', overwrite=True)
    fits.PrimaryHDU(np.zeros((160, 160), 'f4'), other).writeto('fine.fits', overwrite=True)
    for method, each in ('exact', 0.25), ('lanczos', 0.25), ('bilinear', 0.25):
        made, flags = regrid('bad.fits[SCI]', 'fine.fits', method)
        check(f'{method}: what is bad is not smeared', np.allclose(made[flags == 0], each, rtol=1e-5))
        check(f'{method}: NaN where there is a flag', np.array_equal(np.isnan(made), flags != 0))
        check(f'{method}: {np.sum(flags & 1 != 0)} missing', 2 <= np.sum(flags & 1 != 0) <= 8)
        check(f'{method}: {np.sum(flags & 2 != 0)} flagged', 100 <= np.sum(flags & 2 != 0) <= 140)


# ---- real images against other programs ---------------------------------------------------------

def plain(name, source, hdu=0):
    """SOURCE's image alone with CDi_j, as other programs want it: SDSS has CD and PC, GALEX CDELT alone."""
    with fits.open(source) as hdus:
        wcs = WCS(hdus[hdu].header)
        header = fits.Header()
        for i in 0, 1:
            header[f'CTYPE{i + 1}'] = wcs.wcs.ctype[i]
            header[f'CRPIX{i + 1}'] = wcs.wcs.crpix[i]
            header[f'CRVAL{i + 1}'] = wcs.wcs.crval[i]
            for j in 0, 1:
                header[f'CD{i + 1}_{j + 1}'] = wcs.pixel_scale_matrix[i, j]
        fits.PrimaryHDU(hdus[hdu].data.astype('f4'), header).writeto(name, overwrite=True)


# Of reproject 0.10's pixels those of the two with SDSS's frames turned by 85.5 degrees differ by 3 % from what many
# points in each pixel give (test_points), ours do not.
PAIRS = [
    ('VST r on VISTA K', GAMA + 'VST_r.fits', GAMA + 'VISTA_K.fits', True),
    ('GALEX NUV on VISTA K', GAMA + 'GALEX_NUV.fits', GAMA + 'VISTA_K.fits', True),
    ('VISTA K on GALEX NUV', GAMA + 'VISTA_K.fits', GAMA + 'GALEX_NUV.fits', True),
    ('SDSS r on 2MASS H', HOST + 'SDSS_r.fits', HOST + '2MASS_H.fits', False),
    ('WISE W1 on 2MASS H', HOST + 'WISE_W1.fits', HOST + '2MASS_H.fits', True),
    ('2MASS H on GALEX NUV', HOST + '2MASS_H.fits', HOST + 'GALEX_NUV.fits', True),
    ('GALEX NUV on SDSS r', HOST + 'GALEX_NUV.fits', HOST + 'SDSS_r.fits', False),
    ('SDSS g on DES r', SPIRAL + 'SDSS_g_wcsfixed.fits', SPIRAL + 'DES_r.fits', True),
    ('DES g on SDSS r', SPIRAL + 'DES_g.fits', SPIRAL + 'SDSS_r_wcsfixed.fits', True),
]


def take_pair(source, like):
    """Both as plain files; their headers and the source's pixels."""
    for name, file in ('source.fits', source), ('like.fits', like):
        plain(name, file, 1 if 'DES' in file else 0)
    return fits.getdata('source.fits').astype('f8'), fits.getheader('source.fits'), fits.getheader('like.fits')


def test_points():
    """The overlap against 200 x 200 points in each of some new pixels: which old pixel is it in?"""
    for what, source, like, _ in PAIRS:
        pixels, header, grid_header = take_pair(source, like)
        made, _ = regrid('source.fits', 'like.fits', 'exact')
        old, new = WCS(header), WCS(grid_header)
        ok = ndimage.binary_erosion(np.isfinite(made), iterations=3)
        y, x = [at[:: max(1, len(at) // 12)] for at in np.nonzero(ok & (made > np.percentile(made[ok], 80)))]
        step = (np.arange(200) + 0.5) / 200 - 0.5
        a, b = np.meshgrid(step, step)
        points = []
        for i, j in zip(x, y):
            u, v = old.all_world2pix(*new.all_pix2world(i + a, j + b, 0), 0)
            points.append(pixels[np.rint(v).astype(int), np.rint(u).astype(int)].mean())
        points = np.array(points) * (pixel_areas(grid_header)[y, x] / pixel_areas(header).mean())
        error = np.sqrt(np.mean((made[y, x] - points)**2) / np.mean(points**2))
        check(f'{what}, {len(x)} pixels against many points: {error:.1e}', error < 2e-3)


def find_sources(image, number=6):
    """Bright places away from edges and from each other: (x, y)."""
    smooth = ndimage.gaussian_filter(image, 1.5)
    size = 11
    peaks = (smooth == ndimage.maximum_filter(smooth, size)) & np.isfinite(image)
    peaks[:size] = peaks[-size:] = peaks[:, :size] = peaks[:, -size:] = False
    y, x = np.nonzero(peaks)
    order = np.argsort(smooth[y, x])[::-1][:number]
    return list(zip(x[order], y[order]))


def centroid(image, x, y, half=4):
    """Of what stands above the rim of a box."""
    box = image[y - half:y + half + 1, x - half:x + half + 1]
    rim = np.median(np.concatenate([box[0], box[-1], box[:, 0], box[:, -1]]))
    box = np.clip(box - rim, 0, None)
    yy, xx = np.mgrid[-half:half + 1, -half:half + 1]
    return np.array([(box * xx).sum(), (box * yy).sum()]) / box.sum()


def compare(what, made, other, valid, pixel):
    """Sum over what both have to 0.1 %, each source's centroid to 0.02 pixel, the pixels to PIXEL of their rms."""
    background = np.median(other[valid])
    a, b = np.where(valid, made - background, 0), np.where(valid, other - background, 0)
    bright = valid & (b > np.percentile(b[valid], 95))
    check(f'{what}: flux {a[bright].sum() / b[bright].sum() - 1:+.1e}',
          abs(a[bright].sum() / b[bright].sum() - 1) < 1e-3)
    far = [np.hypot(*(centroid(a, x, y) - centroid(b, x, y))) for x, y in find_sources(b)]
    check(f'{what}: {len(far)} sources, up to {max(far, default=9):.3f} pixel away', far and max(far) < 0.02)
    rms = np.sqrt(np.mean((a - b)[valid]**2) / np.mean(b[valid]**2))
    check(f'{what}: pixels differ by {rms:.1e} of their rms', rms < pixel)
    print(f'{what}: flux {a[bright].sum() / b[bright].sum() - 1:+.1e}, {len(far)} sources within '
          f'{max(far, default=9):.4f} pixel, pixels to {rms:.1e} of their rms')


def test_reproject():
    """Exact overlap on the sphere, by another program; it wants a surface brightness, so its flux is per area."""
    try:
        from reproject import reproject_exact
    except ImportError:
        print('no python3-reproject: not compared')
        return
    for what, source, like, agrees in PAIRS:
        pixels, header, grid_header = take_pair(source, like)
        made, _ = regrid('source.fits', 'like.fits', 'exact')
        if agrees:
            other, footprint = reproject_exact((pixels / pixel_areas(header), header), grid_header)
            compare(f'{what}, reproject', made, other * pixel_areas(grid_header),
                    np.isfinite(made) & (footprint > 0.9999), 3e-3)


def pixel_areas(header):
    """Solid angle of each pixel, from its corners on the sphere; arbitrary unit."""
    nx, ny = header['NAXIS1'], header['NAXIS2']
    x, y = np.meshgrid(np.arange(nx + 1) - 0.5, np.arange(ny + 1) - 0.5)
    ra, dec = np.radians(WCS(header).all_pix2world(x, y, 0))
    v = np.array([np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)])
    a, b = v[:, 1:, 1:] - v[:, :-1, :-1], v[:, 1:, :-1] - v[:, :-1, 1:]
    return 0.5 * np.linalg.norm(np.cross(a, b, axis=0), axis=0) * 4.25e10


def test_swarp():
    """Lanczos interpolation with flux scaled by area, by another program; with as many points in a new pixel."""
    swarp = shutil.which('SWarp') or shutil.which('swarp')
    if swarp is None:
        print('no SWarp: not compared')
        return
    for what, source, like, _ in PAIRS:
        _, old, header = take_pair(source, like)
        ratio = np.sqrt(proj_plane_pixel_area(WCS(header)) / proj_plane_pixel_area(WCS(old)))
        made, _ = regrid('source.fits', 'like.fits', 'lanczos')
        with open('coadd.head', 'w') as head:
            head.write(header.tostring('\n') + '\nEND     \n')
        result = subprocess.run(
            [swarp, 'source.fits', '-c', '/dev/null', '-IMAGEOUT_NAME', 'coadd.fits', '-WEIGHTOUT_NAME', 'weight.fits',
             '-SUBTRACT_BACK', 'N', '-RESAMPLING_TYPE', 'LANCZOS3', '-FSCALASTRO_TYPE', 'VARIABLE', '-COMBINE_TYPE',
             'MEDIAN',
             '-OVERSAMPLING', f'{max(1, np.ceil(ratio - 0.05)):.0f}', '-VERBOSE_TYPE', 'QUIET', '-WRITE_XML', 'N',
             '-RESAMPLE_SUFFIX', '.resamp.fits'],
            capture_output=True, text=True)
        check(f'SWarp: {result.stderr}', result.returncode == 0)
        other, weight = fits.getdata('coadd.fits').astype('f8'), fits.getdata('weight.fits')
        inside = ndimage.binary_erosion(np.isfinite(made) & (weight > 0), iterations=4)
        compare(f'{what}, SWarp', made, other, inside, 1e-3)


def main():
    test_known()
    test_same_grid()
    test_missing()
    if os.path.isdir(DATA):
        test_points()
        test_reproject()
        test_swarp()
    else:
        print('no ../shared/data: real images are not compared')


here = os.getcwd()
with tempfile.TemporaryDirectory(dir='.') as folder:
    os.chdir(folder)
    main()
    os.chdir(here)
report()
