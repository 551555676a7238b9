#!/bin/sh
# ds9_bands.sh -- a model of two bands in DS9: a truth for each, frames of each, a file of each.
# SPDX-License-Identifier: BSD-3-Clause
. "$srcdir/ds9_world"
world_open

(
    cd "$world" &&
    "$bin/bandmock" mock.fits number=10 size=32 bands=u,g,r,i verbose=0 &&
    "$bin/bandtrain" mock.fits both.fits inbands=u,g outband=r,i filters=8 resblocks=1 epochs=1 verbose=0
) >"$world/made.log" 2>&1 || { cat "$world/made.log"; exit 1; }
"$PYTHON3" - "$world" <<'END'
import sys
import numpy as np
from astropy.io import fits
random = np.random.default_rng(2)
for b in "ugri":
    fits.writeto(f"{sys.argv[1]}/{b}.fits", random.normal(size=(90, 80)).astype("f4"),
                 fits.Header({"FILTER": b, "BUNIT": "nanomaggy"}))
END
ds9_open one "$world/u.fits" "$world/g.fits" "$world/i.fits" "$world/r.fits"
must "bandds9 attaches" "$bin/bandds9" attach xpa=one verbose=0

is_over() {
    ! state_is one running
}

predicted() {
    "$@" && until_true 60 is_over && state_is one done
}

status() {
    xpaget one bandcast status | cut -f"$1"
}

# Frame $1 shows what the task alone writes of band $2 as extension $3.
shows() {
    xpaset -p one frame "$1"
    xpaget one fits >"$world/frame.fits"
    "$PYTHON3" - "$world/frame.fits" "$world/shell_$2.fits" "$3" <<'END'
import sys
import numpy as np
from astropy.io import fits
frame, file, name = sys.argv[1:]
np.testing.assert_array_equal(fits.getdata(frame), fits.open(file)[name].data)
END
}

# ---- by XPA: the truths are found by FILTER ------------------------------------------------------

cd "$world" || exit 1
expect "the task alone" "$bin/bandpredict" u.fits,g.fits shell.fits both.fits truth=r.fits,i.fits verbose=0
must "both are predicted" predicted xpaset -p one bandcast predict "$world/both.fits" \
    output "$world/out.fits" show SIGMA
expect "it says so" test "$(status 3)" = "r, i predicted; 2 remarks (File > Show Log)"
expect "the log has both" test "$(xpaget one bandcast log | grep -cE 'SIGMA is not calibrated|the sizes agree')" = 2
expect "into two files" test "$(status 4)" = "$world/out_r.fits,$world/out_i.fits"
expect "and six frames" test "$(xpaget one frame all)" = "1 2 3 4 5 6 7 8 9 10 "
expect "the first of which is shown" test "$(xpaget one frame)" = 5
n=4
for band in r i; do
    for name in PRIMARY RESIDUAL SIGMA; do
        n=$((n + 1))
        expect "frame $n: $name of $band" shows $n $band $name
    done
done
for pair in "5 4" "8 3"; do
    xpaset -p one frame "${pair% *}"
    limits=$(xpaget one scale limits)
    xpaset -p one frame "${pair#* }"
    expect "frame ${pair% *} is drawn as frame ${pair#* }" test "$(xpaget one scale limits)" = "$limits"
done
printf precious >"$world/there_i.fits"
xpaset -p one bandcast predict "$world/both.fits" output "$world/there.fits" 2>"$world/error"
expect "a file of the second band is not replaced" grep -qF "there_i.fits exists; say clobber yes" "$world/error"
expect "and nothing is begun" test "$(state_is one failed && cat "$world"/there_*)" = precious
xpaset -p one bandcast predict "$world/both.fits" truth "{4 3 1}" 2>"$world/error"
expect "more truths than bands are refused" grep -qF "3 truth frames are given, both predicts r, i" "$world/error"

# ---- in the dialog: a truth for one of them ------------------------------------------------------

has_dialog() {
    [ "$(echo 'winfo exists .bandcast' | tcl one)" = 1 ]
}
xpaset -p one bandcast dialog
must "the dialog" until_true 10 has_dialog
expect "a picker for each truth" test "$(tcl one <<END
::bandcast::loadModels $world/both.fits
join [lmap key {0 1 truth0 truth1} {.bandcast.param.pick,\$key get}] |
END
)" = "1: u.fits [u]|2: g.fits [g]|4: r.fits [r]|3: i.fits [i]"
expect "what it does is said" test "$(echo 'set ::bandcast::choice(needs)' | tcl one)" = \
    "needs u, g; predicts r, i in nanomaggy"
tcl one >"$world/said" <<'END'
.bandcast.param.pick,truth0 current 0
::bandcast::framePicked truth0
.bandcast.buttons.predict invoke
END
must "it is done" predicted true
expect "one residual less" test "$(xpaget one frame all)" = "1 2 3 4 5 6 7 8 9 10 11 12 13 "
expect "r without" shows 11 r PRIMARY
expect "i" shows 12 i PRIMARY
expect "with its residual" shows 13 i RESIDUAL
expect "they are kept until DS9 ends" test "$(status 4 | tr , '\n' | sed 's|.*/||' | tr '\n' ' ')" = \
    "predicted_r.fits predicted_i.fits "

# ---- an odd name is kept -------------------------------------------------------------------------

tcl one >"$world/said" <<END
::bandcast::predictFromWords [list $world/both.fits truth none output {$world/odd [1] name.fits.gz}]
END
must "an odd name" predicted true
for band in r i; do
    expect "gets its band: $band" "$PYTHON3" - "odd [1] name_$band.fits.gz" "shell_$band.fits" <<'END'
import gzip
import sys
import numpy as np
from astropy.io import fits
assert gzip.open(sys.argv[1]).read(6) == b"SIMPLE"
np.testing.assert_array_equal(*(fits.getdata(name) for name in sys.argv[1:]))
END
done
expect "nothing else is left" test "$(ls -A "$world" | grep -c odd)" = 2
world_close
