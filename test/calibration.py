"""The same sky in other units and calibrations gives the same prediction; started by calibration.sh.

What a pixel means is worked out with astropy.units, zero points from their definitions.
SPDX-License-Identifier: BSD-3-Clause
"""
import os
import subprocess
import sys
import tempfile

import astropy.units as u
import numpy as np
from astropy.io import fits

from checks import check, report

TASKS, EXAMPLES = sys.argv[1:]
KIDS = EXAMPLES + '/models/kids_r.fits'
ARCSEC = 0.34
R_PIVOT = 6175.0                                                # of SDSS, Angstrom
NMGY = 10**(-0.4 * (22.5 + 48.6)) * u.erg / u.s / u.cm**2 / u.Hz
PIXEL = (ARCSEC * u.arcsec)**2


def run(task, *args):
    return subprocess.run([f'{TASKS}/{task}', *args], capture_output=True, text=True, stdin=subprocess.DEVNULL)


def predict(g, z, output, *args, model=KIDS):
    result = run('bandpredict', f'{g},{z}', output, model, 'bands=g,Z', 'clobber=yes', *args)
    check(f'{g} {args}: {result.stderr}', result.returncode == 0)
    return result.returncode == 0


def write(name, pixels, **cards):
    header = fits.Header({'CTYPE1': 'RA---TAN', 'CTYPE2': 'DEC--TAN', 'CRVAL1': 150.0, 'CRVAL2': 2.0, 'CRPIX1': 32.0,
                          'CRPIX2': 32.0, 'CDELT1': -ARCSEC / 3600, 'CDELT2': ARCSEC / 3600})
    header.update(cards)
    fits.writeto(name, pixels.astype('f4'), header, overwrite=True)


# ---- what comes in --------------------------------------------------------------------------------

def from_ab(magnitude):
    """Flux density of a source of that AB magnitude."""
    return 10**(-0.4 * (magnitude + 48.6)) * u.erg / u.s / u.cm**2 / u.Hz


# Of a pixel of value 1: its flux density, the cards that say so, more parameters.
def cases(band):
    flam = 7.9e-20 * u.erg / u.s / u.cm**2 / u.Angstrom
    hst = flam.to(u.Jy, u.spectral_density(5921.1 * u.Angstrom))
    zero, vega = (f'none,{x}' if band == 'Z' else f'{x},none' for x in (24.7, 0.43))
    yield 1 * u.Jy, {'BUNIT': 'Jy'}
    yield 1 * u.mJy, {'BUNIT': 'mJy'}
    yield 1 * u.uJy, {'BUNIT': 'uJy'}
    yield 1 * u.nJy, {'BUNIT': 'nJy'}
    yield 1 * u.Jy, {'BUNIT': 'Jy/pixel'}
    yield 1e-9 * u.Jy, {'BUNIT': '1e-9 Jy'}
    yield 1e-9 * u.Jy, {'BUNIT': '10**(-9) Jy'}
    yield 10 * u.nJy, {'BUNIT': '10.0*nanoJansky', 'PHOTFLAM': 7.9e-21, 'PHOTPLAM': 5921.1, 'EXPTIME': 9000.0}
    yield 1e9 * NMGY, {'BUNIT': 'maggy'}
    yield 1 * u.mJy, {'BUNIT': 'mjy'}
    yield 1 * u.MJy, {'BUNIT': 'MJY'}
    yield 1 * u.uJy, {'BUNIT': 'UJY'}
    yield NMGY, {'BUNIT': 'nanomaggies'}
    yield 1 * u.erg / u.s / u.cm**2 / u.Hz, {'BUNIT': 'erg/s/cm**2/Hz'}
    yield 1 * u.W / u.m**2 / u.Hz, {'BUNIT': 'W m-2 Hz-1'}
    yield (1 * u.MJy / u.sr * PIXEL).to(u.Jy), {'BUNIT': 'MJy/sr'}
    yield (1 * u.uJy / u.arcsec**2 * PIXEL).to(u.Jy), {'BUNIT': 'uJy.arcsec**-2'}
    yield flam.to(u.Jy, u.spectral_density(4702 * u.Angstrom)) / 7.9e-20 * 1e-17, {
        'BUNIT': '1e-17 erg/s/cm2/Angstrom', 'PHOTPLAM': 4702.0}
    for spelled in ('erg/s/cm2/Angstrom', 'erg/cm2/s/A', 'erg s-1 cm-2 Angstrom-1', '1e-17 erg/s/cm2/Ang',
                    '1E-17 erg/cm^2/s/Ang', '10**-17 erg.s**-1.cm**-2.Angstrom**-1', '10-17 ergs/sec/cm2/angstroms',
                    '1.0e-17 erg / (Angstrom cm2 s)', 'flam', '1e-16 erg/s/cm2/nm', '1E-20 W/m2/Angstrom'):
        value = 1e-17 if spelled[0] == '1' else 1
        yield (value * u.erg / u.s / u.cm**2 / u.Angstrom).to(u.Jy, u.spectral_density(4702 * u.Angstrom)), {
            'BUNIT': spelled, 'PHOTPLAM': 4702.0}
    for spelled in 'erg/cm2/s/Hz', 'erg s-1 cm-2 Hz-1', 'fnu', 'ERG/S/CM**2/HZ':
        yield 1 * u.erg / u.s / u.cm**2 / u.Hz, {'BUNIT': spelled, 'PHOTPLAM': 4702.0}
    for unit in (1e-17 * u.erg / u.s / u.cm**2 / u.Angstrom, 1e-13 * u.W / u.m**2 / u.um):
        yield (1 * unit).to(u.Jy, u.spectral_density(4702 * u.Angstrom)), {
            'BUNIT': f'{unit.value:g} {unit.unit.to_string("fits")}', 'PHOTPLAM': 4702.0}
    surface = 1e-17 * u.erg / u.s / u.cm**2 / u.Angstrom / u.arcsec**2
    yield (surface * PIXEL).to(u.Jy, u.spectral_density(4702 * u.Angstrom)), {
        'BUNIT': '1e-17 erg/s/cm^2/A/arcsec^2', 'PHOTPLAM': 4702.0}
    pivot = {'g': 4702, 'Z': 8805}[band] * u.Angstrom           # of SDSS and VISTA, where no card says it
    yield (1e-17 * u.erg / u.s / u.cm**2 / u.Angstrom).to(u.Jy, u.spectral_density(pivot)), {
        'BUNIT': '1e-17 erg/s/cm2/Angstrom'}
    yield hst, {'BUNIT': 'ELECTRONS/S', 'PHOTFLAM': 7.9e-20, 'PHOTPLAM': 5921.1, 'EXPTIME': 900.0}
    yield hst / 900, {'BUNIT': 'e-', 'PHOTFLAM': 7.9e-20, 'PHOTPLAM': 5921.1, 'EXPTIME': 900.0}
    yield hst, {'BUNIT': 'e/s', 'PHOTFLAM': 7.9e-20, 'PHOTPLAM': 5921.1, 'EXPTIME': 900.0}
    yield hst / 900, {'BUNIT': 'ELECTRONS', 'PHOTFLAM': 7.9e-20, 'PHOTPLAM': 5921.1, 'EXPTIME': 900.0}
    yield 1.5e-7 * u.Jy, {'BUNIT': 'COUNTS/S', 'PHOTFNU': 1.5e-7}
    yield 1.5e-7 * u.Jy, {'BUNIT': 'CPS', 'PHOTFNU': 1.5e-7, 'EXPTIME': 900.0}
    yield 1.5e-7 * u.Jy, {'BUNIT': 'electrons per second', 'PHOTFNU': 1.5e-7, 'EXPTIME': 900.0}
    yield (0.26 * u.MJy / u.sr * PIXEL).to(u.Jy), {'BUNIT': 'DN/s', 'PHOTMJSR': 0.26}
    yield from_ab(30.0), {'BUNIT': 'electrons', 'MAGZERO': 30.0, 'EXPTIME': 450.0}
    yield from_ab(30.0), {'PHOTZP': 30.0}
    yield from_ab(27.0), {'FLUXMAG0': 63095734448.0194}                     # of HSC's coadds
    yield from_ab(25.0 + 2.5 * np.log10(914)), {'HIERARCH FPA.ZP': 25.0, 'EXPTIME': 914.0}     # Pan-STARRS
    yield from_ab(24.5 + 2.5 * np.log10(50)), {'MAGZPT': 24.5, 'EXPTIME': 50.0, 'MAGSYS': 'AB'}
    yield from_ab(26.3), {'BUNIT': 'adu', 'MAGZP': 26.3, 'MAGSYS': 'AB'}
    yield from_ab(0.0), {'ZEROPNT': 0.0, 'INSTRUME': 'OMEGACAM'}
    yield NMGY, {'SURVEY': 'DECaLS'}
    yield from_ab(24.7), {'BUNIT': 'counts'}, f'zeropoint={zero}'
    yield from_ab(24.7), {'BUNIT': 'nanomaggy'}, f'zeropoint={zero}'        # what the user says goes over BUNIT
    yield from_ab(20.8 + 0.43), {'BUNIT': 'DN', 'MAGZP': 20.8, 'ORIGIN': '2MASS'}, f'vega={vega}'
    if band == 'Z':         # Hewett et al. (2006); CASU's zero points are of 1 count in a second
        yield from_ab(22.8 + 0.528 + 2.5 * np.log10(40)), {'MAGZPT': 22.8, 'TELESCOP': 'UKIRT', 'EXPTIME': 40.0}


def make_images():
    """g, Z and r of some galaxies in nanomaggies."""
    random = np.random.default_rng(4)
    y, x = np.indices((64, 64))
    light = sum(f * np.exp(-np.hypot(x - a, y - b) / 2.5)
                for f, a, b in zip(*random.uniform([[5], [5], [5]], 60, (3, 6))))
    pixels = {band: light * share + random.normal(0, noise, light.shape)
              for band, share, noise in (('g', 0.5, 0.05), ('Z', 1.5, 0.2), ('r', 1.0, 0.1))}
    for band in pixels:
        write(f'{band}.fits', pixels[band], BUNIT='nanomaggy')
    return pixels


def test_inputs(pixels, want):
    for band in 'gZ':
        for flux, cards, *args in cases(band):
            write('other.fits', pixels[band] * float((NMGY / flux).to(1)), **cards)
            names = ('other.fits', 'Z.fits') if band == 'g' else ('g.fits', 'other.fits')
            if predict(*names, 'out.fits', 'verbose=0', *args):
                got = fits.getdata('out.fits')
                error = np.abs(got / want - 1)[np.abs(want) > 0.1].max()
                check(f'{band} {cards} {args}: {error:.2g}', error < 3e-4)


def test_asinh(pixels, want):
    """Pan-STARRS's stacks have asinh magnitudes, in integers; who gave a unit to one has made it linear."""
    cards = {'BSOFTEN': 221.9, 'BOFFSET': 7.2, 'HIERARCH FPA.ZP': 25.0, 'HIERARCH FPA.FILTER': 'g.00000',
             'EXPTIME': 914.0}
    linear = pixels['g'] * float((NMGY / from_ab(25.0 + 2.5 * np.log10(914))).to(1))
    stack = 2.5 / np.log(10) * np.arcsinh((linear - 7.2) / (2 * 221.9))
    stack[40, 50] = 1e6         # a flux that no float holds
    write('stack.fits', stack, **cards)
    write('hole.fits', np.where(stack == 1e6, np.nan, pixels['g']), BUNIT='nanomaggy')
    predict('hole.fits', 'Z.fits', 'want_hole.fits', 'verbose=0')
    for name in 'stack.fits', 'stack.fits[*,*]':
        result = run('bandpredict', f'{name},Z.fits', 'out.fits', KIDS, 'bands=g,Z', 'clobber=yes')
        got, hole = (fits.getdata(file) for file in ('out.fits', 'want_hole.fits'))
        error = np.abs(got / hole - 1)[np.abs(hole) > 0.1].max()
        check(f'{name}: {error:.2g}, {result.stderr}', error < 3e-4 and np.array_equal(np.isnan(got), np.isnan(hole)))
        words = 'asinh magnitudes made linear by BSOFTEN 221.9, BOFFSET 7.2'
        check(f'{name}: said: {result.stdout}', words in result.stdout
              and words in ' '.join(fits.getheader('out.fits')['HISTORY']))
    step = 2.1e-4
    hdu = fits.CompImageHDU(np.round((np.where(stack == 1e6, 0, stack) - 3.6) / step).astype('i2'),
                            fits.getheader('stack.fits'), compression_type='RICE_1')
    hdu.header.update({'BSCALE': step, 'BZERO': 3.6})
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto('packed.fits')
    predict('packed.fits', 'Z.fits', 'out.fits', 'verbose=0')
    error = np.abs(fits.getdata('out.fits') - want)[:, :40].max()
    check(f'integers: {error:.2g}', error < 0.01)
    write('linear.fits', pixels['g'], BUNIT='nanomaggy', **cards)
    predict('linear.fits', 'Z.fits', 'out.fits', 'verbose=0')
    check('made linear before', np.array_equal(fits.getdata('out.fits'), want))


# ---- what comes out -------------------------------------------------------------------------------

PLANES = (0, 'SIGMA', 'SIGMA95', 'RESIDUAL')


def test_outputs(want):
    """Every plane of fluxes is in the unit asked for: the ratio of two outputs is that of their units."""
    surface = NMGY / PIXEL
    fnu, flam = u.erg / u.s / u.cm**2 / u.Hz, u.erg / u.s / u.cm**2 / u.Angstrom
    pivot = u.spectral_density(R_PIVOT * u.Angstrom)
    predict('g.fits', 'Z.fits', 'plain.fits', 'verbose=0', 'sigma=95', 'truth=r.fits')
    with fits.open('plain.fits') as hdus:
        plain = {plane: hdus[plane].data.astype('f8') for plane in PLANES}
    check('the prediction', np.array_equal(plain[0], want))
    check('SIGMA', plain['SIGMA'].min() > 0 and (plain['SIGMA95'] > plain['SIGMA']).all())
    for unit, factor in (('Jy', NMGY.to(u.Jy)), ('mJy', NMGY.to(u.mJy)), ('uJy', NMGY.to(u.uJy)),
                         ('nJy', NMGY.to(u.nJy)), ('maggy', 1e-9), ('MJy/sr', surface.to(u.MJy / u.sr)),
                         ('uJy/arcsec2', surface.to(u.uJy / u.arcsec**2)), ('erg s-1 cm-2 Hz-1', NMGY.to(fnu)),
                         ('10**-17 erg s-1 cm-2 Angstrom-1', NMGY.to(1e-17 * flam, pivot)),
                         ('W m-2 um-1', NMGY.to(u.W / u.m**2 / u.um, pivot)),
                         ('erg s-1 cm-2 Angstrom-1 arcsec-2', NMGY.to(flam, pivot) / PIXEL.to(u.arcsec**2))):
        predict('g.fits', 'Z.fits', 'out.fits', 'verbose=0', f'unit={unit}', 'sigma=95', 'truth=r.fits')
        with fits.open('out.fits') as hdus:
            factor = getattr(factor, 'value', factor)
            for plane in PLANES:
                ratio = hdus[plane].data / plain[plane] / factor
                near = np.abs(plain[plane]) > 0.01      # elsewhere a difference of two fluxes is rounding
                check(f'unit={unit}: {plane} {np.abs(ratio - 1)[near].max():.2g}', np.sum(near) > 100
                      and np.abs(ratio - 1)[near].max() < 2e-4 and hdus[plane].header['BUNIT'] == unit)
            residual = fits.getdata('r.fits') * factor - hdus[0].data
            scale = np.abs(residual).max()
            check(f'unit={unit}: RESIDUAL', np.allclose(hdus['RESIDUAL'].data, residual, rtol=0, atol=3e-4 * scale))
            ab = -2.5 * np.log10((NMGY / factor).to(u.erg / u.s / u.cm**2 / u.Hz).value) - 48.6
            check(f'unit={unit}: MAGZERO {hdus[0].header["MAGZERO"]}, {ab}', abs(hdus[0].header['MAGZERO'] - ab) < 2e-4)
            want_pivot = R_PIVOT if 'Angstrom' in unit or 'um-1' in unit else None
            check(f'unit={unit}: PHOTPLAM', all(hdus[x].header.get('PHOTPLAM') == want_pivot for x in PLANES))
    for typed, unit in (('UJY', 'uJy'), ('MJY/SR', 'MJy/sr'), ('Jansky/pixel', 'Jy'), ('nJy arcsec^-2', 'nJy/arcsec2'),
                        ('erg/s/cm2/Hz', 'erg s-1 cm-2 Hz-1'), ('W/m2/Hz/sr', 'W m-2 Hz-1 sr-1'), ('NMgy', 'nanomaggy'),
                        ('1e-6 Jy', '10**-6 Jy'), ('3.63 uJy', '3.63 uJy'),
                        ('1e-17 erg/cm2/s/A', '10**-17 erg s-1 cm-2 Angstrom-1'), ('W/m^2/micron', 'W m-2 um-1')):
        predict('g.fits', 'Z.fits', 'out.fits', 'verbose=0', f'unit={typed}')
        got = fits.getheader('out.fits')['BUNIT']
        check(f'unit={typed}: BUNIT {got}', got == unit)
        if unit not in ('nanomaggy', '3.63 uJy'):       # the others are the standard's
            u.Unit(got, format='fits', parse_strict='raise')
    factor = NMGY.to(1e-17 * flam, u.spectral_density(6250 * u.Angstrom)).value
    write('truth.fits', fits.getdata('r.fits') * factor, BUNIT='10**-17 erg s-1 cm-2 Angstrom-1', PHOTPLAM=6250.0)
    predict('g.fits', 'Z.fits', 'out.fits', 'verbose=0', 'unit=1e-17 erg/s/cm2/A', 'truth=truth.fits')
    residual = (fits.getdata('r.fits') - plain[0]) * NMGY.to(1e-17 * flam, pivot).value
    check('a truth at another wavelength', np.allclose(fits.getdata('out.fits', 'RESIDUAL'), residual, rtol=0,
                                                       atol=1e-3))
    write('jansky.fits', fits.getdata('r.fits') * NMGY.to(u.Jy).value, BUNIT='Jy')
    predict('g.fits', 'Z.fits', 'out.fits', 'verbose=0', 'truth=jansky.fits')
    check('a truth in another unit', np.allclose(fits.getdata('out.fits', 'RESIDUAL'), fits.getdata('r.fits') - want,
                                                 rtol=0, atol=2e-3))
    history = ' '.join(fits.getheader('out.fits')['HISTORY'])
    check(f'it is in HISTORY: {history}', 'truth: jansky.fits' in history and 'BUNIT Jy' in history)


def test_bare_truth():
    """A truth without a unit is taken to be in the model's, as inputs are, whatever the output's is."""
    write('bare.fits', fits.getdata('r.fits'))
    result = run('bandpredict', 'g.fits,Z.fits', 'out.fits', KIDS, 'clobber=yes', 'bands=g,Z', 'truth=bare.fits',
                 'unit=uJy')
    check(f'said: {result.stdout} {result.stderr}', 'truth (bare.fits): no BUNIT' in result.stdout)
    want = fits.getdata('bare.fits') * NMGY.to(u.uJy).value - fits.getdata('out.fits')
    check('its RESIDUAL', np.allclose(fits.getdata('out.fits', 'RESIDUAL'), want, rtol=0,
                                      atol=3e-4 * np.abs(want).max()))
    write('bare.fits', fits.getdata('r.fits'), ZP=22.5)
    result = run('bandpredict', 'g.fits,Z.fits', 'no.fits', KIDS, 'bands=g,Z', 'truth=bare.fits', 'verbose=0')
    check(result.stderr, result.returncode == 1 and 'not enough of its unit' in result.stderr)


def test_vega():
    """vega= says something of Vega magnitudes only, and the run says where it says nothing."""
    write('vega.fits', fits.getdata('g.fits'), MAGZP=20.8, ORIGIN='2MASS')
    for g, *args in (('g.fits', 'vega=0.5,none'), ('vega.fits', 'vega=0.5,none'),
                     ('g.fits', 'vega=0.5,none', 'zeropoint=22.5'),
                     ('vega.fits', 'vega=0.5,none', 'zeropoint=20.8,none'), ('vega.fits', 'vega=0.5')):
        result = run('bandpredict', f'{g},Z.fits', 'out.fits', KIDS, 'clobber=yes', 'bands=g,Z', *args)
        said = [line for line in result.stdout.splitlines() if 'not of Vega magnitudes, vega=0.5 is not used' in line]
        names = [line.split(': ')[1] for line in said]
        unused = [] if g == 'vega.fits' and len(args) == 1 else [g]
        check(f'{g} {args}: {result.stdout} {result.stderr}', result.returncode == 0
              and names == unused + (['Z.fits'] if args == ['vega=0.5'] else []))


def test_steps():
    """A section with steps has a part of the flux, in larger pixels: that is said, and kept in HISTORY."""
    pixels = fits.getdata('g.fits')
    write('brightness.fits', pixels * (NMGY / PIXEL).to(u.MJy / u.sr).value, BUNIT='MJy/sr')
    words = 'its section takes one pixel of %d, so that fluxes are too low by as much'
    for section, steps in ('[*:2,*:2]', 4), ('[*,-*:3]', 3), ('[1:32,*]', 1), ('[-*,*]', 1):
        for g in 'g.fits', 'brightness.fits':
            result = run('bandpredict', f'{g}{section},Z.fits{section}', 'out.fits', KIDS, 'clobber=yes', 'bands=g,Z')
            said = result.stdout.count(words % steps)
            history = ''.join(fits.getheader('out.fits')['HISTORY']).count('its section takes one pixel of')
            want = (steps > 1) * (1 + (g == 'g.fits'))
            check(f'{g}{section}: {result.stdout} {result.stderr}',
                  result.returncode == 0 and (said, history) == (want, want))


def test_sky():
    """Images with sky, such as those of 2MASS, are said to be that."""
    write('bright.fits', fits.getdata('g.fits') + 5.0, BUNIT='nanomaggy')
    for g, words in (('bright.fits', 1), ('g.fits', 0)):
        result = run('bandpredict', f'{g},Z.fits', 'out.fits', KIDS, 'clobber=yes', 'bands=g,Z')
        check(f'{g}: {result.stdout}', result.returncode == 0
              and result.stdout.count('models know images without sky') == words)


def test_contradictions():
    """Where BUNIT and a zero point say different things BUNIT is believed, and that is said and kept in HISTORY."""
    jansky = fits.getdata('g.fits') * NMGY.to(u.Jy).value
    for cards, words in (({'BUNIT': 'Jy', 'MAGZERO': 25.0}, 'MAGZERO 25 is passed over: it contradicts BUNIT Jy'),
                         ({'BUNIT': 'Jy', 'FLUXMAG0': 63095734448.0}, 'FLUXMAG0 6.30957e+10 is passed over'),
                         ({'BUNIT': 'Jy', 'MAGZERO': 8.9}, ''), ({'BUNIT': 'Jy', 'MAGZERO': -99.0}, ''),
                         ({'BUNIT': 'Jy', 'ZP': 25.0}, ''),                 # of Vega magnitudes, perhaps
                         ({'BUNIT': 'Jy', 'PHOTFLAM': 1e-19, 'PHOTPLAM': 5000.0}, '')):
        write('other.fits', jansky, **cards)
        result = run('bandpredict', 'other.fits,Z.fits', 'out.fits', KIDS, 'clobber=yes', 'bands=g,Z')
        history = ' '.join(' '.join(fits.getheader('out.fits')['HISTORY']).split())
        got = [('passed over' in text, words in text) for text in (result.stdout, history)]
        check(f'{cards}: {result.stdout} {result.stderr} {history}', got == 2 * [(words != '', True)])
    check('BUNIT is believed', np.allclose(fits.getdata('out.fits'), fits.getdata('want.fits'), rtol=1e-3, atol=1e-3))


def test_sets():
    """bandprep: counts of unlike zero points are one unit in a set; those without any are said to be that."""
    pixels = fits.getdata('g.fits')
    for k, magzero in enumerate((25.0, 27.5)):
        counts = (pixels * NMGY / from_ab(magzero)).decompose().value
        write(f'set{k}.fits', counts, FILTER='g', BUNIT='adu', MAGZERO=magzero)
        write(f'other{k}.fits', counts, FILTER='r', BUNIT='adu')
    with open('sets.list', 'w') as sets:
        sets.write('set0.fits,other0.fits\nset1.fits,other1.fits\n')
    result = run('bandprep', '@sets.list', 'set.fits', 'size=64', 'split=train')
    check(f'{result.stdout} {result.stderr}', result.returncode == 0
          and 'set0.fits: times 0.1 to be in nanomaggy' in result.stdout
          and "other0.fits is in 'adu', and how bright that is is not known" in result.stdout)
    with fits.open('set.fits') as hdus:
        units = [hdus[0].header['UNIT1'], hdus[0].header['UNIT2']]
        check(f'units of a set: {units}', units == ['nanomaggy', 'adu'])
        cube, sigma = hdus['PIXELS'].data, hdus['SAMPLES'].data['SIGMA']
        check('its pixels', all(np.allclose(cube[k, 0], pixels[:64, :64], rtol=1e-6, atol=1e-6) for k in (0, 1)))
        check('its noise', np.allclose(sigma[0, 0], sigma[1, 0], rtol=1e-5) and sigma[1, 1] > 50 * sigma[1, 0])


def test_sigma():
    """An ensemble of two trainings: its SIGMA goes along."""
    for task in (('bandmock', 'mock.fits', 'number=8', 'size=32', 'bands=g,Z,r'),
                 *(('bandtrain', 'mock.fits', f'seed{k}.fits', 'inbands=g,Z', 'outband=r', 'filters=4', 'resblocks=1',
                    'epochs=1', f'seed={k}') for k in (1, 2)),
                 ('bandmodel', 'ensemble', 'seed1.fits,seed2.fits', 'output=two.fits')):
        result = run(*task, 'verbose=0')
        check(f'{task}: {result.stderr}', result.returncode == 0)
    for name, args in ('a.fits', []), ('b.fits', ['unit=uJy']):
        predict('g.fits', 'Z.fits', name, 'verbose=0', *args, model='two.fits')
    a, b = (fits.getdata(name, 'SIGMA') for name in ('a.fits', 'b.fits'))
    check('SIGMA', a.max() > 0 and np.allclose(b, a * NMGY.to(u.uJy).value, rtol=2e-4))
    # What the members were calibrated with counts alike, whichever is the first.
    for name, gain in ('seed1', 0.8), ('seed2', 1.1):
        with fits.open(f'{name}.fits') as model:
            model[0].header['OUTGAIN'] = gain
            model.writeto(f'{name}.fits', overwrite=True, checksum=True)
    for name, members in ('two', 'seed1.fits,seed2.fits'), ('owt', 'seed2.fits,seed1.fits'):
        result = run('bandmodel', 'ensemble', members, f'output={name}.fits', 'clobber=yes', 'verbose=0')
        check(f'{name}: {result.stderr}', result.returncode == 0)
        predict('g.fits', 'Z.fits', f'of_{name}.fits', 'verbose=0', model=f'{name}.fits')
    gains = [fits.getval(f'{name}.fits', 'OUTGAIN') for name in ('seed1', 'seed2', 'two', 'owt')]
    check(f'OUTGAIN {gains}', gains[0] != gains[1] and np.allclose(gains[2:], np.sqrt(gains[0] * gains[1]), rtol=1e-6))
    for name in 0, 'SIGMA':
        one, two = fits.getdata('of_two.fits', name), fits.getdata('of_owt.fits', name)
        check(f'in any order, {name}', np.abs(one - two).max() < 1e-4 * np.abs(one).max())


# ---- what is refused ------------------------------------------------------------------------------

def check_refused(cards, *words, args=()):
    write('bad.fits', fits.getdata('g.fits'), **cards)
    result = run('bandpredict', 'bad.fits,Z.fits', 'no.fits', KIDS, 'bands=g,Z', 'verbose=0', *args)
    check(f'{cards} {args}: {result.returncode} {result.stderr!r}', result.returncode in (1, 2)
          and result.stderr.count('\n') == 1 and all(w in result.stderr for w in words))


def test_refused():
    check_refused({'BUNIT': 'DN', 'MAGZP': 25.0}, 'may be of AB or of Vega', 'force=yes')
    check_refused({'BUNIT': 'counts'}, "'counts'", 'no card')
    check_refused({'BUNIT': 'counts', 'PHOTFLAM': 1e-19, 'PHOTPLAM': 5000.0}, 'no EXPTIME')
    for unit in 'furlong', 'Jy.km/s':
        check_refused({'BUNIT': unit, 'PHOTFLAM': 1e-19, 'PHOTPLAM': 5000.0, 'EXPTIME': 9.0}, f"is in '{unit}'",
                      'neither a known unit of flux nor counts')
    check_refused({'PHOTFLAM': 1e-19, 'PHOTPLAM': 5000.0}, 'has no BUNIT', 'counts or counts/s')
    check_refused({'BUNIT': 'mag/arcsec2', 'MAGZERO': 30.0}, "is in 'mag/arcsec2'", 'magnitudes are no linear scale')
    check_refused({'PHOT_C': 26.2}, 'has no BUNIT', 'its PHOT_C may be of AB or of Vega')
    check_refused({'MAGZPT': 24.5, 'EXPTIME': 50.0, 'INSTRUME': 'OMEGACAM'}, 'its MAGZPT may be of AB or of Vega')
    check_refused({'ZP': 25.0}, 'has no BUNIT', 'may be of AB or of Vega')
    check_refused({'BUNIT': 'counts'}, "'x' is no magnitude", args=['zeropoint=x'])
    check_refused({'BUNIT': 'counts'}, '3 numbers for 2 images', args=['zeropoint=1,2,3'])
    check_refused({'BUNIT': 'nanomaggy'}, 'no unit of flux', args=['unit=bushel'])
    check_refused({'BUNIT': 'nanomaggy'}, 'no unit of flux', 'MJy or mJy?', args=['unit=mjy/sr'])
    for unit in 'mjy/sr', 'mjy sr-1', '1e-3 mjy/sr':
        check_refused({'BUNIT': unit, 'PHOTMJSR': 0.26}, f"is in '{unit}'", 'may be MJy/sr or mJy/sr')
    write('truth.fits', fits.getdata('g.fits'), BUNIT='mjy/sr')
    check_refused({'BUNIT': 'nanomaggy'}, "truth.fits is in 'mjy/sr'", 'may be MJy/sr or mJy/sr', 'force=yes subtracts',
                  args=['truth=truth.fits'])
    for number in '-999', '-99', '99', '1e30':
        check_refused({'BUNIT': 'counts'}, 'is not between -60 and 60', args=[f'zeropoint={number}'])
        check_refused({'BUNIT': 'counts', 'MAGZERO': float(number)}, 'no card that is known')
    check_refused({'BUNIT': 'counts'}, '-99 is not between -20 and 20', args=['vega=none,-99'])
    for band in 'gZ':
        fits.writeto(f'{band}_bare.fits', fits.getdata(f'{band}.fits'), fits.Header({'BUNIT': 'nanomaggy'}))
    result = run('bandpredict', 'g_bare.fits,Z_bare.fits', 'no.fits', KIDS, 'bands=g,Z', 'unit=MJy/sr')
    check(result.stderr, result.returncode == 1 and 'has no pixel scale' in result.stderr)
    with fits.open(KIDS) as model:                  # of bands that nobody knows the wavelengths of
        model[0].header.update({'INBAND1': 'X1', 'OUTBAND': 'X3'})
        model.writeto('unknown.fits', checksum=True)
    write('flam.fits', fits.getdata('g.fits'), BUNIT='1e-17 erg/s/cm2/Angstrom')
    result = run('bandpredict', 'flam.fits,Z.fits', 'no.fits', 'unknown.fits', 'bands=X1,Z')
    check(result.stderr, result.returncode == 1 and 'no PHOTPLAM says its pivot wavelength' in result.stderr)
    result = run('bandpredict', 'g.fits,Z.fits', 'no.fits', 'unknown.fits', 'bands=X1,Z', 'unit=flam')
    check(result.stderr, result.returncode == 1 and "pivot wavelength of band 'X3'" in result.stderr)
    result = run('bandeval', 'flam.fits', 'g.fits')
    check(result.stderr, result.returncode == 1 and 'the former has no PHOTPLAM' in result.stderr)
    for band in ('F150W', 'F277W'):
        fits.writeto(f'{band}.fits', fits.getdata('g.fits'), fits.Header({'BUNIT': 'Jy', 'FILTER': band}))
    result = run('bandpredict', 'F150W.fits,F277W.fits', 'no.fits', EXAMPLES + '/models/ceers_f200w.fits')
    check(result.stderr, result.returncode == 1 and "trained on 'MJy/sr': it has no pixel scale" in result.stderr)


with tempfile.TemporaryDirectory() as folder:
    os.chdir(folder)
    images = make_images()
    predict('g.fits', 'Z.fits', 'want.fits', 'verbose=0')
    wanted = fits.getdata('want.fits')
    test_inputs(images, wanted)
    test_asinh(images, wanted)
    test_outputs(wanted)
    test_bare_truth()
    test_vega()
    test_steps()
    test_sky()
    test_contradictions()
    test_sets()
    test_sigma()
    test_refused()
report()
