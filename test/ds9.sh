#!/bin/sh
# ds9.sh -- DS9 driven through its menu: frames picked by FILTER, results shown, Cancel, errors.
# SPDX-License-Identifier: BSD-3-Clause
. "$srcdir/ds9_world"
world_open

band=$images/ceers_31457
ds9_open one "${band}_f150w.fits.fz" "${band}_f277w.fits.fz" "${band}_f200w.fits.fz"

# ---- the menu, found by DS9 itself in ~/bin ----------------------------------------------------

bandcast_menus() {
    tcl "$1" <<'END'
set menus {}
for {set i 0} {$i <= [$::ds9(mb).analysis index end]} {incr i} {
    if {[$::ds9(mb).analysis type $i] eq "cascade"
        && [$::ds9(mb).analysis entrycget $i -label] eq "Bandcast"} {
        lappend menus [$::ds9(mb).analysis entrycget $i -menu]
    }
}
llength $menus
END
}

choose_predict() {
    tcl "$1" <<'END'
[$::ds9(mb).analysis entrycget Bandcast -menu] invoke "Predict band..."
END
    until_true 10 has_dialog "$1"
}

has_dialog() {
    [ "$(echo 'winfo exists .bandcast' | tcl "$1")" = 1 ]
}

press() {
    echo ".bandcast.buttons.$2 invoke" | tcl "$1" >"$world/said"
}

must "one Bandcast menu" test "$(bandcast_menus one)" = 1
must "it opens the dialog" choose_predict one
expect "still one Bandcast menu" test "$(bandcast_menus one)" = 1
expect "no text window" test "$(tcl one <<'END'
lsearch -glob [winfo children .] .atmenu*
END
)" = -1
tcl one >"$world/said" <<'END'
[$::ds9(mb).analysis entrycget Bandcast -menu] invoke Help
END
has_help() {
    echo '$::bandcasthelp(widget) text ascii 1.0 end' | tcl one | grep -q 'bandds9 -- '
}
expect "Help shows the page" until_true 10 has_help

# ---- what the dialog has found -----------------------------------------------------------------

expect "the model is that of all three frames, not F115W's" \
    test "$(echo 'set ::bandcast::choice(name)' | tcl one)" = ceers_f200w
picked() {
    tcl one <<END
set ::bandcast::choice(name) $model
::bandcast::modelPicked [lsearch [\$::bandcast::top.param.name cget -values] $model]
join [lmap key {0 1 truth0} {.bandcast.param.pick,\$key get}] |
END
}
expect "the frames are picked by FILTER" test "$(picked)" = "1: ceers_31457_f150w.fits.fz [F150W]|\
2: ceers_31457_f277w.fits.fz [F277W]|3: ceers_31457_f200w.fits.fz [F200W]"
expect "the Tab key goes through it from above" test "$(tcl one <<'END'
set names {}
for {set w [tk_focusNext .bandcast]} {$w ni $names} {set w [tk_focusNext $w]} {lappend names $w}
lmap w $names {lindex [split $w .] end}
END
)" = "name open pick,0 pick,1 pick,truth0 region showSIGMA showMASK parameters file save predict close"

absolute=$(cd "$images" && pwd)/ceers_31457
xpaget one bandcast frames >"$world/frames"
expect "xpaget frames" test "$(cat "$world/frames")" = "1	1	100x100	${absolute}_f150w.fits.fz	F150W
2	1	100x100	${absolute}_f277w.fits.fz	F277W
3	1	100x100	${absolute}_f200w.fits.fz	F200W"

# ---- Predict -----------------------------------------------------------------------------------

is_moving() {
    xpaget "$1" bandcast status | grep -q '^running	[1-9]'
}

xpaset -p one frame 1
xpaset -p one zoom to 4
xpaset -p one rotate to 30
press one predict
expect "it runs" state_is one running
must "it is done" until_true 60 state_is one done
output=$(xpaget one bandcast status | cut -f4)
expect "xpaget frames tells them apart" test "$(xpaget one bandcast frames | tail -2 | cut -f4)" = "$output
$output[RESIDUAL]"
expect "prediction and residual are frames 4 and 5" test "$(xpaget one frame all)" = "1 2 3 4 5 "
expect "the task alone gives the same file" "$bin/bandpredict" \
    "input=${band}_f150w.fits.fz,${band}_f277w.fits.fz" "truth=${band}_f200w.fits.fz" \
    "output=$world/shell.fits" "model=$model"
for n in 4 5; do
    xpaset -p one frame $n
    xpaget one fits >"$world/frame$n.fits"
done
expect "frames have the output's pixels and sky" \
    "$PYTHON3" - "$world" "$output" "${band}_f200w.fits.fz" <<'END'
import sys
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
world, output, truth = sys.argv[1:]
shown, residual = (fits.open(f"{world}/frame{n}.fits")[0] for n in (4, 5))
file, shell = fits.open(output), fits.open(world + "/shell.fits")
truth = fits.open(truth)[1]
assert np.isfinite(shown.data).mean() > 0.9 and shown.data.std() > 0
np.testing.assert_array_equal(shown.data, file[0].data)
np.testing.assert_array_equal(shown.data, shell[0].data)
np.testing.assert_array_equal(residual.data, file["RESIDUAL"].data)
np.testing.assert_array_equal(residual.data, truth.data.astype("f4") - shown.data)
assert shown.header["FILTER"] == "F200W"
corners = [[0, 0], [99, 0], [0, 99], [99, 99]]
for hdu in shown, residual:
    got, want = (WCS(h).wcs_pix2world(corners, 0) for h in (hdu.header, truth.header))
    assert np.abs(got - want).max() < 1e-9, (got, want)
END

# ---- how they are drawn ------------------------------------------------------------------------

view() {
    echo "$(xpaget "$1" zoom) $(xpaget "$1" rotate)"
}

xpaset -p one frame 5
limits=$(xpaget one scale limits)
expect "in the view that frame 1 had: $(view one)" test "$(view one)" = "4 30"
expect "the residual is drawn diverging" test "$(xpaget one cmap)" = h5_bluered
expect "about zero: $limits" test "${limits% *}" = "-${limits#* }"
xpaset -p one frame 3
truth_limits=$(xpaget one scale limits)
xpaset -p one frame 4
expect "the prediction is drawn as the truth" test "$(xpaget one scale limits)" = "$truth_limits"
expect "all frames move together" test "$(xpaget one lock frame)" = wcs
expect "and the crosshair" test "$(xpaget one lock crosshair)" = wcs
expect "side by side" test "$(xpaget one tile)" = yes
expect "nothing but the output is left" test "$(cd "$TMPDIR" && find . -type f)" = \
    "$(cd "$TMPDIR" && find . -name predicted_F200W.fits)"
expect "in a folder that is ours alone" test "$(stat -c %a "$TMPDIR"/bandcast-*)" = 700

# ---- what goes wrong is said in one sentence ---------------------------------------------------

status_line() {
    echo 'set ::bandcast::job(text)' | tcl one
}

"$PYTHON3" - "$world" <<'END'
import sys
import numpy as np
from astropy.io import fits
h = fits.Header({"FILTER": "F277W", "BUNIT": "MJy/sr"})
fits.writeto(sys.argv[1] + "/small.fits", np.zeros((50, 40), "f4"), h)
END
# Frame 2 gets FILE.
show_second() {
    xpaset -p one frame 2
    xpaset -p one fits "$1"
}

show_second "$world/small.fits"
press one predict
expect "a wrong size is refused" until_true 30 state_is one failed
said=$(status_line)
expect "by one sentence: $said" test "$(echo "$said" | grep -c 'ceers_31457_f150w.*small.fits')" = 1
echo '.bandcastlog.text get 1.0 end' | tcl one >"$world/log"
expect "and in the log" grep -qF "$said" "$world/log"
echo junk >"$world/junk.fits"
mv "$world/junk.fits" "$world/small.fits"
press one predict
expect "a file that was spoilt since is refused" until_true 30 state_is one failed
expect "by one sentence: $(status_line)" test "$(status_line | grep -c 'small.fits')" = 1
expect "no new frame" test "$(xpaget one frame all)" = "1 2 3 4 5 "
show_second "${band}_f277w.fits.fz"

# The request WORDS... fails, and the answer holds TEXT.
refuses() {
    text=$1
    shift
    ! "$@" 2>"$world/error" && cat "$world/error" && grep -qF "$text" "$world/error"
}

expect "an unknown model is an XPA error" refuses "nonsense is not an installed model" \
    xpaset -p one bandcast predict nonsense
expect "so is an unknown request" refuses "'nonsense' is not known" xpaget one bandcast nonsense
expect "so is a frame that is not there" refuses "there is no image in a frame 9" \
    xpaset -p one bandcast predict $model truth 9
expect "so is cancelling nothing" refuses "no prediction is running" xpaset -p one bandcast cancel

# ---- Cancel ------------------------------------------------------------------------------------

# A field that takes a while.
"$PYTHON3" - "$world" "${band}" <<'END'
import sys
import numpy as np
from astropy.io import fits
world, band = sys.argv[1:]
for b in "f150w", "f277w":
    h = fits.open(f"{band}_{b}.fits.fz")[1]
    fits.writeto(f"{world}/{b}.fits", np.tile(h.data.astype("f4"), (20, 20)),
                 fits.Header({"FILTER": h.header["FILTER"], "BUNIT": h.header["BUNIT"]}))
END
ds9_open two "$world/f150w.fits" "$world/f277w.fits"
expect "the menu is in every DS9" choose_predict two
# Not there, or dead and only not yet collected by its parent.
is_gone() {
    ! kill -0 "$1" || grep -q '^State:.Z' "/proc/$1/status"
}

press two predict
expect "a long run moves the bar" until_true 60 is_moving two
now() {
    date +%s%N
}
worst=0
for i in 1 2 3 4 5 6 7 8 9 10; do
    start=$(now)
    xpaget two frame all >/dev/null
    took=$((($(now) - start) / 1000000))
    [ "$took" -le "$worst" ] || worst=$took
done
expect "DS9 answers meanwhile (in $worst ms at worst)" test "$worst" -lt 500
xpaset -p one frame 1
xpaset -p one zoom to 2
xpaset -p one rotate to 60
expect "the other DS9 predicts meanwhile" test "$(xpaset -p one bandcast predict "$model" \
    && until_true 60 state_is one done && echo yes)" = yes
expect "in frames of its own" test "$(xpaget one frame all)" = "1 2 3 4 5 6 7 "
expect "in the view of those before: $(view one)" test "$(view one)" = "2 60"
expect "not in another's" test "$(xpaget two frame all)" = "1 2 "
child=$(echo 'pid $::bandcast::job(channel)' | tcl two)
expect "the run goes on" state_is two running
start=$(now)
press two cancel
until_true 10 state_is two cancelled
took=$((($(now) - start) / 1000000))
expect "Cancel ends it in $took ms" test "$took" -lt 1000
expect "for good" is_gone "$child"
expect "and leaves nothing" test -z "$(find "$TMPDIR" -type f ! -name 'predicted_F200W.fits')"
press two predict
sleep 3
expect "the next one, begun at once, is let run" state_is two running
press two cancel
until_true 10 state_is two cancelled

# ---- an output that is there -------------------------------------------------------------------

printf precious >"$world/there.fits"
box=.bandcast.__tk__messagebox
type_output() {
    echo "set ::bandcast::choice(output) $1" | tcl one >"$world/said"
}
# It waits for the answer, so not within the request.
press_later() {
    echo 'after 10 {.bandcast.buttons.predict invoke}; list' | tcl one >"$world/said"
}
is_asked() {
    [ "$(echo "winfo exists $box" | tcl one)" = 1 ]
}
answer() {
    echo "$box.$1 invoke" | tcl one >"$world/said"
    until_true 10 is_not_asked
}
is_not_asked() {
    ! is_asked
}

before=$(xpaget one bandcast status)
type_output "$world/there"
press_later
expect "a name that was typed and is there is asked about" until_true 10 is_asked
expect "by this question" test "$(echo "$box.msg cget -text" | tcl one)" = \
    "Do you want to overwrite what is there?
$world/there.fits"
expect "No" answer no
expect "changes nothing" test "$(cat "$world/there.fits"; xpaget one bandcast status)" = "precious$before"
press_later
until_true 10 is_asked
expect "Yes" answer yes
expect "predicts" until_true 60 state_is one done
expect "into that file" "$PYTHON3" -c "import sys; from astropy.io import fits; fits.getdata(sys.argv[1])" \
    "$world/there.fits"
# Save As... asks itself: tk_getSaveFile stands for the user's answer.
expect "what Save As... has asked about" test "$(tcl one <<END
rename SaveFileDialog kept
proc SaveFileDialog {args} {return $world/there.fits}
.bandcastmb.file invoke "Save Output As..."
rename SaveFileDialog {}
rename kept SaveFileDialog
set ::bandcast::choice(output)
END
)" = "$world/there.fits"
press_later
expect "is not asked again" until_true 60 state_is one running
expect "and predicted" until_true 60 state_is one done
press_later
expect "but for the next prediction it is" until_true 10 is_asked
answer no
type_output there.fits
press one predict
expect "a prediction that is refused has failed" test "$(xpaget one bandcast status)" = \
    "failed	0	there.fits: the output needs its absolute path	"
type_output "{}"

# ---- the end -----------------------------------------------------------------------------------

press two predict
child=$(echo 'pid $::bandcast::job(channel)' | tcl two)
xpaset -p two bandcast predict $model 2>"$world/error"
expect "a second prediction is refused" grep -q "a prediction is running; cancel it first" "$world/error"
expect "and the first goes on" state_is two running
xpaset -p two exit
expect "a DS9 that ends takes its run along" until_true 5 is_gone "$child"
xpaset -p one exit
expect "and its files" until_true 5 sh -c '[ -z "$(ls "$TMPDIR")" ]'
for signal in TERM KILL; do
    ds9_open $signal "$world/f150w.fits" "$world/f277w.fits"
    "$bin/bandds9" attach xpa=DS9:$signal
    xpaset -p $signal bandcast predict $model
    expect "a run" until_true 60 is_moving $signal
    child=$(echo 'pid $::bandcast::job(channel)' | tcl $signal)
    kill -$signal "$(echo pid | tcl $signal)"
    expect "one that $signal ends takes its files along" until_true 5 sh -c '[ -z "$(ls "$TMPDIR")" ]'
    expect "and its run" until_true 30 is_gone "$child"
done
world_close
