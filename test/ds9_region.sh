#!/bin/sh
# ds9_region.sh -- a region of DS9 limits the prediction; SIGMA and MASK become frames where asked for.
# SPDX-License-Identifier: BSD-3-Clause
. "$srcdir/ds9_world"
world_open

# Two trainings as an ensemble, which has a SIGMA, and bands without sky coordinates for it.
(
    cd "$world" &&
    "$bin/bandmock" mock.fits number=10 size=32 bands=u,g,r verbose=0 &&
    for seed in 1 2; do
        "$bin/bandtrain" mock.fits seed$seed.fits inbands=u,g outband=r filters=8 resblocks=1 epochs=1 \
            seed=$seed verbose=0 || exit 1
    done &&
    "$bin/bandmodel" ensemble seed1.fits,seed2.fits output=two.fits verbose=0
) >"$world/made.log" 2>&1 || { cat "$world/made.log"; exit 1; }
"$PYTHON3" - "$world" <<'END'
import sys
import numpy as np
from astropy.io import fits
random = np.random.default_rng(2)
for b in "ug":
    fits.writeto(f"{sys.argv[1]}/{b}.fits", random.normal(size=(90, 80)).astype("f4"),
                 fits.Header({"FILTER": b, "BUNIT": "nanomaggy"}))
END

band=$images/ceers_31457
sky=$band
ds9_open one "${band}_f150w.fits.fz" "${band}_f277w.fits.fz" "${band}_f200w.fits.fz"
tcl one >"$world/said" <<'END'
[$::ds9(mb).analysis entrycget Bandcast -menu] invoke "Predict band..."
END
has_dialog() {
    [ "$(echo 'winfo exists .bandcast' | tcl one)" = 1 ]
}
must "the dialog" until_true 10 has_dialog
tcl one >"$world/said" <<END
::bandcast::modelPicked [lsearch [\$::bandcast::top.param.name cget -values] $model]
END

is_over() {
    ! state_is "$1" running
}

# In DS9 $1: predict with these words, and wait.
predict() {
    title=$1
    shift
    xpaset -p "$title" bandcast predict "$@" && until_true 60 is_over "$title" &&
        state_is "$title" done
}

status() {
    xpaget "$1" bandcast status | cut -f"$2"
}

# The output of DS9 $1 is what the task makes of "$2..." in region $3.
same_as() {
    rm -f "$world/shell.fits"
    "$bin/bandpredict" "input=$2" "output=$world/shell.fits" "region=$3" "model=$4" verbose=0 &&
        "$PYTHON3" - "$(status "$1" 4)" "$world/shell.fits" <<'END'
import sys
import numpy as np
from astropy.io import fits
got, want = (fits.open(name) for name in sys.argv[1:])
assert [h.name for h in want] == [h.name for h in got if h.name != "RESIDUAL"]
for hdu in want:
    np.testing.assert_array_equal(got[hdu.name].data, hdu.data)
    for key in ("CRPIX1", "CRPIX2", "LTV1", "LTV2"):
        assert got[hdu.name].header.get(key) == hdu.header.get(key), key
END
}

# Frame $2 of DS9 $1 shows extension $3 of its output.
shows() {
    xpaset -p "$1" frame "$2"
    xpaget "$1" fits >"$world/frame.fits"
    "$PYTHON3" - "$world/frame.fits" "$(status "$1" 4)" "$3" <<'END'
import sys
import numpy as np
from astropy.io import fits
frame, output, name = sys.argv[1:]
np.testing.assert_array_equal(fits.getdata(frame), fits.open(output)[name].data)
END
}

# ---- the dialog's boxes ------------------------------------------------------------------------

# What is loaded is not selected.
select_all() {
    echo "$2" | xpaset "$1" regions
    xpaset -p "$1" regions select all
}

xpaset -p one frame 1
select_all one 'image; circle(52,48,12)'
echo 'image; box(20,20,9,9,0)' | xpaset one regions
echo '.bandcast.param.region invoke; .bandcast.param.planes.showMASK invoke
.bandcast.param.planes.showSIGMA invoke; .bandcast.buttons.predict invoke' | tcl one >"$world/said"
until_true 60 is_over one
must "a prediction: $(status one 3)" state_is one done
expect "with a residual, SIGMA and a mask" test "$(xpaget one frame all)" = "1 2 3 4 5 6 7 "
expect "of the selected region" same_as one "${sky}_f150w.fits.fz,${sky}_f277w.fits.fz" \
    "image; circle(52,48,12)" $model
expect "frame 4 is the prediction" shows one 4 PRIMARY
expect "frame 5 the residual" shows one 5 RESIDUAL
expect "frame 6 how wrong it may be" shows one 6 SIGMA
expect "frame 7 the mask" shows one 7 MASK
largest=$("$PYTHON3" -c 'import sys; from astropy.io import fits; print(fits.getdata(sys.argv[1], "MASK").max())' \
    "$(status one 4)")
expect "drawn up to its largest value, $largest" test "$(xpaget one scale limits)" = "0 $((largest > 1 ? largest : 1))"
expect "locked on the sky" test "$(xpaget one lock frame)" = wcs
xpaset -p one frame 4
expect "where it was: $(xpaget one fits width)" test "$(xpaget one fits width)" = 25

# ---- through XPA -------------------------------------------------------------------------------

xpaset -p one frame 1
xpaset -p one regions delete all
echo 'image; box(50,50,9,9,0)' | xpaset one regions
refuses() {
    ! xpaset -p one bandcast predict $model "$2" "$3" 2>"$world/error" && grep -qF "$1" "$world/error"
}
expect "that none is selected is said" refuses "no region is selected in frame 1" region selected
expect "by the status, too: $(xpaget one bandcast status)" test "$(xpaget one bandcast status)" = \
    "failed	0	no region is selected in frame 1	"
expect "a word that is none is refused" refuses "'here' is none of none, selected" region here
expect "so is a plane" refuses "'WEIGHT' is none of SIGMA, MASK" show WEIGHT
xpaset -p one regions delete all
select_all one 'image; annulus(50,50,5,12)'
expect "an annulus" predict one $model region selected
expect "is a region" same_as one "${sky}_f150w.fits.fz,${sky}_f277w.fits.fz" "image; annulus(50,50,5,12)" $model
xpaset -p one frame 1
xpaset -p one regions delete all
select_all one 'image; panda(50,50,0,90,1,5,9,1)'
xpaset -p one bandcast predict $model region selected
until_true 60 is_over one
expect "a panel is not known: $(status one 3)" test \
    "$(status one 3 | grep -c "region selected in frame 1: 'panda' is not known")" = 1

xpaset -p one regions delete all
select_all one 'image
circle(52,48,12)
point(10,10) # point=x
line(1,2,30,40)
# text(50,50) text={hello; (world)}
# vector(30,30,10,45) vector=1'
expect "shapes without an area do no harm" predict one $model region selected
expect "and change nothing" same_as one "${sky}_f150w.fits.fz,${sky}_f277w.fits.fz" \
    "image; circle(52,48,12)" $model
expect "which is a remark: $(status one 3)" test "$(status one 3)" = "F200W predicted; 1 remark (File > Show Log)"
marks() {
    xpaget one bandcast log | grep -q "the region's point, line, text, vector: passed over"
}
expect "in the log" marks
xpaset -p one frame 1
xpaset -p one regions delete all
select_all one 'image; point(10,10)'
xpaset -p one bandcast predict $model region selected
until_true 60 is_over one
expect "alone they are refused: $(status one 3)" test \
    "$(status one 3 | grep -c 'none of its shapes encloses an area (point)')" = 1

# A crop is an image of its own; blocks change DS9's image pixels, not the file's.
xpaset -p one regions delete all
select_all one 'image; polygon(40.3,40.2,60.4,42.3,50.1,65.9)'
for n in 1 2; do
    xpaset -p one frame $n
    xpaset -p one crop 50 50 60 60 image
done
expect "in a crop" predict one $model truth none region selected
expect "the region stays where it is" same_as one \
    "${sky}_f150w.fits.fz[21:80,21:80],${sky}_f277w.fits.fz[21:80,21:80]" \
    "image; polygon(20.3,20.2,40.4,22.3,30.1,45.9)" $model
for n in 1 2; do
    xpaset -p one frame $n
    xpaset -p one crop reset
    xpaset -p one block to 2
done
expect "in blocked frames" predict one $model truth none region selected
expect "the region is of the file's pixels" same_as one \
    "${sky}_f150w.fits.fz,${sky}_f277w.fits.fz" "image; polygon(40.3,40.2,60.4,42.3,50.1,65.9)" $model
xpaset -p one exit

# ---- SIGMA, and no sky -------------------------------------------------------------------------

ds9_open two "$world/u.fits" "$world/g.fits"
"$bin/bandds9" attach xpa=DS9:two
xpaset -p two frame 1
select_all two 'image; ellipse(30,40,20,9,30)'
expect "an ensemble" predict two "$world/two.fits" region selected show '{SIGMA MASK}'
expect "gives both" test "$(xpaget two frame all)" = "1 2 3 4 5 "
expect "of the region" same_as two "$world/u.fits,$world/g.fits" "image; ellipse(30,40,20,9,30)" \
    "$world/two.fits"
expect "frame 4 is SIGMA" shows two 4 SIGMA
expect "frame 5 is MASK" shows two 5 MASK
expect "locked by the pixels it was cut from" test "$(xpaget two lock frame)" = physical
xpaset -p two regions select none
expect "without a region" predict two "$world/two.fits" show SIGMA
expect "SIGMA alone" test "$(xpaget two frame all)" = "1 2 3 4 5 6 7 "
expect "frame 7 is SIGMA" shows two 7 SIGMA
expect "of the whole image" test "$(xpaget two fits width)" = 80
expect "locked by pixels" test "$(xpaget two lock frame)" = image
xpaset -p two exit
world_close
