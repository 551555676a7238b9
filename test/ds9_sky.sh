#!/bin/sh
# ds9_sky.sh -- DS9, whose coordinates do not come from WCSLIB, sees the sky of what is read and written as we do.
# SPDX-License-Identifier: BSD-3-Clause
. "$srcdir/ds9_world"
world_open

# Images with all kinds of coordinates, each as NAME.fits; the real ones are links.
"$PYTHON3" - "$world" <<'END'
import sys
import numpy as np
from astropy.io import fits
tan = dict(CTYPE1='RA---TAN', CTYPE2='DEC--TAN', CRPIX1=20.3, CRPIX2=-7.5, CRVAL1=150.1, CRVAL2=2.2, RADESYS='ICRS')
cd = dict(CD1_1=-7e-5, CD1_2=1e-5, CD2_1=1e-5, CD2_2=7e-5)
pc = dict(PC1_1=0.8, PC1_2=-0.6, PC2_1=0.6, PC2_2=0.8, CDELT1=-1e-4, CDELT2=1e-4)
sip = dict(A_ORDER=3, B_ORDER=3, A_2_0=3e-6, A_1_1=-2e-6, A_0_3=1e-8, B_0_2=4e-6, B_2_1=-2e-8)
tpv = dict(PV1_0=1e-5, PV1_1=1.001, PV1_2=2e-4, PV1_4=3e-3, PV1_5=-2e-3, PV2_1=0.999, PV2_4=1e-3)


def kind(name, **more):
    return dict(CTYPE1=f'RA---{name}', CTYPE2=f'DEC--{name}', **more)


for name, cards in dict(
        tan=cd, flipped={**cd, 'CD1_1': 7e-5}, pc=pc, far={**cd, 'CRPIX1': -10798.0, 'CRPIX2': 21000.5},
        sin_crota=kind('SIN', CDELT1=-4e-4, CDELT2=4e-4, CROTA2=33.0), sip={**cd, **kind('TAN-SIP'), **sip},
        tpv={**cd, **kind('TPV'), **tpv}, zpn={**cd, **kind('ZPN', PV2_1=1.0, PV2_3=42.0)}).items():
    fits.PrimaryHDU(np.zeros((31, 40), 'f4'), fits.Header({**tan, **cards})).writeto(f'{sys.argv[1]}/{name}.fits')
END
ln -s "$(cd "$images" && pwd)/ceers_31457_f150w.fits.fz" "$world/ceers.fits"
data=$source/../shared/data
if [ -d "$data" ]; then
    data=$(cd "$data" && pwd)
    ln -s "$data/multiwave_sn_hosts/2010H/2MASS_K.fits" "$world/2mass.fits"
    ln -s "$data/multiwave_sn_hosts/2010H/SDSS_r.fits" "$world/sdss.fits"
    ln -s "$data/sdss_ps1_des_same_galaxy/DES_g.fits" "$world/des.fits"
    ln -s "$data/gama_g202627_nuv_r_k/VISTA_K.fits" "$world/vista.fits"
else
    echo 'no shared data: real files but one are skipped'
fi
printf '%s\n' '1 1' '40 1' '1 31' '40 31' '20.5 16' >"$world/points"

# DS9's positions of the points in FILE, in the file's own system.
positions() {
    system=icrs
    case $(./print_image text "$1" 0 RADESYS),$(./print_image text "$1" 0 RADECSYS) in
        *ICRS*) ;;
        *) [ "$(./print_image text "$1" 0 EQUINOX)" = '(none)' ] || system=fk5 ;;
    esac
    xpaset -p one file "$1"
    while read -r x y; do
        xpaset -p one crosshair "$x" "$y" image
        xpaget one crosshair wcs $system degrees
    done <"$world/points"
}

ds9_open one "$world/tan.fits"
xpaset -p one precision 16 15 4 3 8 7 5 3 16
for file in "$world"/*.fits; do
    [ -e "$file" ] || { echo "no $(readlink "$file"), skipped"; continue; }
    name=$(basename "$file" .fits)
    must "$name is derived" ./print_image derive "$file" 0 "$world/$name.out"
    positions "$file" >"$world/$name.in_ds9"
    positions "$world/$name.out" >"$world/$name.out_ds9"
    ./print_image sky "$world/$name.out" 0 <"$world/points" >"$world/$name.ours"
done
expect 'the sky of DS9, of inputs and outputs, is ours' "$PYTHON3" - "$world"/*.out <<'END'
import sys
import numpy as np


def separation(a, b):
    (lon1, lat1), (lon2, lat2) = np.radians(a[:, :2]).T, np.radians(b[:, :2]).T
    h = np.sin((lat2 - lat1) / 2)**2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2)**2
    return np.degrees(2 * np.arcsin(np.sqrt(h))).max()


assert len(sys.argv) > 9
for name in sys.argv[1:]:
    before, after, ours = (np.loadtxt(name[:-4] + part) for part in ('.in_ds9', '.out_ds9', '.ours'))
    assert before.shape == after.shape == (5, 2) and ours.shape == (5, 4)
    kept, agreed = separation(before, after), separation(after, ours)
    print(f'{name.split("/")[-1][:-4]}: DS9 input to output {kept:.1e}, DS9 to us {agreed:.1e} degrees')
    assert kept < 1e-9 and agreed < 1e-9, name
END
world_close
