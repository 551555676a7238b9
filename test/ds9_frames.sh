#!/bin/sh
# ds9_frames.sh -- what becomes of frames that are not a plain image of a plain file.
# SPDX-License-Identifier: BSD-3-Clause
. "$srcdir/ds9_world"
world_open
rm "$HOME/bin/bandcast.ds9"

"$PYTHON3" - "$images/ceers_31457" "$world" <<'END'
import os
import sys
import numpy as np
from astropy.io import fits
source, world = sys.argv[1:]
image = {}
for b in "f150w", "f277w":
    hdu = fits.open(f"{source}_{b}.fits.fz")[1]
    image[b] = fits.PrimaryHDU(hdu.data.astype("f4"), hdu.header)
    image[b].writeto(f"{world}/{b}.fits")
# A name that a shell, Tcl, XPA and CFITSIO would all trip over.
os.mkdir(f"{world}/odd [x], $HOME; y")
image["f277w"].writeto(f"{world}/odd, (2) $HOME; 'q.fits")
# A file of extensions whose band is named in the primary header alone, as HST has it.
h = image["f150w"].header.copy()
del h["FILTER"]
primary = fits.PrimaryHDU(header=fits.Header({"FILTER1": "CLEAR1L", "FILTER2": "f150w"}))
science, quality = fits.ImageHDU(image["f150w"].data, h, "SCI"), np.zeros((100, 100), "i4")
fits.HDUList([primary, science, fits.ImageHDU(quality, name="DQ")]).writeto(f"{world}/mef.fits")
for b in image:
    plain = fits.Header({"FILTER": b, "BUNIT": image[b].header["BUNIT"]})
    fits.writeto(f"{world}/{b}_nosky.fits", image[b].data, plain)
planes = [image[b].data for b in ("f277w", "f150w", "f277w")]
fits.writeto(f"{world}/cube.fits", np.stack(planes), h)
extensions = [fits.ImageHDU(plane, h, f"PLANE{n}") for n, plane in enumerate(planes)]
fits.HDUList([fits.PrimaryHDU(), *extensions]).writeto(f"{world}/planes.fits")
h["BAND1"], h["BAND2"], h["BAND3"] = "F277W", "F150W", "F277W"
fits.writeto(f"{world}/bands.fits", np.stack(planes), h)
h["BANDS"] = "r, F115W, z"
fits.writeto(f"{world}/list.fits", np.stack(planes), h)
h["BANDS"] = "riz"
fits.writeto(f"{world}/letters.fits", np.stack(planes), h)
END

predict() {
    xpaset -p frames bandcast predict "$@" && until_true 60 is_over && state_is frames done
}

is_over() {
    ! state_is frames running
}

# predict is refused, and the answer holds TEXT.
refuses() {
    text=$1
    shift
    ! xpaset -p frames bandcast predict "$@" 2>"$world/error" && cat "$world/error" &&
        grep -qF "$text" "$world/error"
}

# What was predicted equals what the task makes of these images.
same_as() {
    rm -f "$world/shell.fits"
    "$bin/bandpredict" "input=$1,$2" "output=$world/shell.fits" model=$model bands=F150W,F277W &&
        "$PYTHON3" - "$(xpaget frames bandcast status | cut -f4)" "$world/shell.fits" <<'END'
import sys
import numpy as np
from astropy.io import fits
from astropy.wcs import WCS
got, want = (fits.open(name)[0] for name in sys.argv[1:])
np.testing.assert_array_equal(got.data, want.data)
assert np.isfinite(got.data).mean() > 0.9
assert np.abs(np.array(WCS(got.header).wcs_pix2world([[0, 0], [9, 9]], 0))
              - WCS(want.header).wcs_pix2world([[0, 0], [9, 9]], 0)).max() < 1e-12
END
}

said() {
    xpaget frames bandcast status | cut -f3
}

# ---- a DS9 that does not find the menu ---------------------------------------------------------

ds9_open frames "$world/f150w.fits" "$world/odd, (2) \$HOME; 'q.fits"
menus() {
    tcl frames <<'END'
set n 0
for {set i 0} {$i <= [$::ds9(mb).analysis index end]} {incr i} {
    catch {incr n [expr {[$::ds9(mb).analysis entrycget $i -label] eq "Bandcast"}]}
}
set n
END
}
expect "no menu yet" test "$(menus)" = 0
must "bandds9 attaches" "$bin/bandds9" attach
expect "again, to a method" "$bin/bandds9" attach "xpa=$(xpaaccess -v frames)"
expect "one menu" test "$(menus)" = 1
printf 'Other task\n*\nmenu\necho | $null\n' >"$world/other.txt"
xpaset -p frames analysis load "$world/other.txt"
xpaset -p frames analysis clear
expect "that stays when others' are cleared" test "$(menus)" = 1
"$bin/bandds9" attach xpa=nobody >"$world/error" 2>&1
expect "no DS9 is said" test "$(cat "$world/error")" = "bandds9: no DS9 answers to nobody"
"$bin/bandds9" attach "xpa=$(printf '%06000d' 0)" >"$world/error" 2>&1
expect "also for a name longer than any" test "$? $(cut -c1-33 "$world/error")" = "2 bandds9: no DS9 answers to 000000"
pid=$(echo pid | tcl frames)
kill -STOP "$pid"
XPA_SHORT_TIMEOUT=1 "$bin/bandds9" attach >"$world/error" 2>&1
expect "a DS9 that hangs is said" test "$? $(cat "$world/error")" = \
    "1 bandds9: no response from server during handshake"
kill -CONT "$pid"

# ---- names -------------------------------------------------------------------------------------

must "an odd file name" predict $model
expect "is the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
# HISTORY of the output names FILE, wherever its cards break.
history_has() {
    "$PYTHON3" - "$(xpaget frames bandcast status | cut -f4)" "$1" <<'END'
import sys
from astropy.io import fits
said = "".join(fits.getheader(sys.argv[1])["HISTORY"]).replace(" ", "")
sys.exit(None if sys.argv[2].replace(" ", "") in said else said)
END
}
expect "under its own name" history_has "$world/odd, (2) \$HOME; 'q.fits"
crop() {
    for n in 1 2; do
        xpaset -p frames frame $n
        xpaset -p frames crop "$@"
    done
}
cp "$world/f150w.fits" "$world/J1000+0212~a=b.fits"
cp "$world/f150w.fits" "$world/both' \"a+3"
for name in "J1000+0212~a=b.fits" "both' \"a+3"; do
    echo "::bandcast::goTo Frame1; LoadFitsFile {$world/$name} {} {}; FinishLoad" | tcl frames >"$world/said"
    expect "an odd name: $name" predict $model output "$world/J1+2~a:b=c.fits" clobber yes
    expect "is the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
    expect "under its own name" history_has "$world/$name"
    crop 40 30 50 20 image
    expect "a part of it" predict $model
    expect "is that part" same_as "$world/f150w.fits[16:65,21:40]" "$world/f277w.fits[16:65,21:40]"
    crop reset
done
xpaset -p frames frame 1
xpaset -p frames fits "$world/f150w.fits"
odd="$world/odd [x], \$HOME; y/out [1]; \$(touch pwned) \`touch pwned\`.fits"
# XPA cuts requests at a semicolon, the dialog does not.
tcl frames >"$world/said" <<END
::bandcast::predictFromWords [list $model output {$odd}]
END
expect "an odd output" until_true 60 state_is frames done
expect "is where it was wished" test "$(xpaget frames bandcast status | cut -f4)" = "$odd"
expect "and the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
expect "shown too" test "$(xpaget frames bandcast frames | tail -1 | cut -f2,3)" = "1	100x100"
expect "with nothing beside it" test "$(ls "$world/odd [x], \$HOME; y")" = "${odd##*/}"
expect "no shell has seen the names" test -z "$(find "$world" -name pwned)"
cp "$model_file" "$world/my model [1].fits"
expect "an odd model" predict "{$world/my model [1].fits}"
expect "an output that a frame shows is refused" refuses "is what frame 1 shows" \
    $model output "$world/f150w.fits" clobber yes
expect "so is one that is not absolute" refuses "out.fits: the output needs its absolute path" \
    $model output out.fits
expect "so is one in no folder" refuses "/nowhere/x.fits cannot be written" \
    $model output /nowhere/x.fits

# ---- a file that is there ----------------------------------------------------------------------

printf precious >"$world/there.fits"
status() {
    xpaget frames bandcast status
}
expect "a file that is there is not replaced" refuses "$world/there.fits exists; say clobber yes to replace it" \
    $model output "$world/there.fits"
expect "nor is it without its ending" refuses "there.fits exists" $model output "$world/there"
expect "nor with clobber no" refuses "there.fits exists" $model output "$world/there.fits" clobber no
expect "it is as it was" test "$(cat "$world/there.fits")" = precious
expect "the status is that of what was refused: $(status)" test "$(status)" = \
    "failed	0	$world/there.fits exists; say clobber yes to replace it	"
expect "so is the log" test "$(xpaget frames bandcast log)" = "$(said)"
expect "clobber yes replaces it" predict $model output "$world/there.fits" clobber yes
expect "by the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
expect "clobber is yes or no" refuses "'maybe' is none of no, yes" $model clobber maybe
printf precious >"$odd"
expect "an odd name is not replaced, either" test "$(tcl frames <<END
::bandcast::predictFromWords [list $model output {$odd}]
END
)" = "error: $odd exists; say clobber yes to replace it"
tcl frames >"$world/said" <<END
::bandcast::predictFromWords [list $model output {$odd} clobber yes]
END
expect "but with clobber" until_true 60 state_is frames done
expect "it is" same_as "$world/f150w.fits" "$world/f277w.fits"
# One that appears in the meantime, as the task ends.
rm "$odd"
tcl frames >"$world/said" <<END
::bandcast::predictFromWords [list $model output {$odd}]
close [open {$odd} w]
END
expect "what has appeared since is not replaced" until_true 60 state_is frames failed
expect "and nothing is left beside it" test "$(ls -A "$world/odd [x], \$HOME; y")" = "${odd##*/}"

# ---- which frames ------------------------------------------------------------------------------

expect "a prediction is no truth" predict $model
expect "so there is no residual" "$PYTHON3" - "$(xpaget frames bandcast status | cut -f4)" <<'END'
import sys
from astropy.io import fits
names = [hdu.name for hdu in fits.open(sys.argv[1])]
assert names == ["PRIMARY", "MASK", "SIGMA"], names
END
prediction=$(xpaget frames bandcast status | cut -f4)
xpaset -p frames fits new "$prediction"
has_plane() {
    "$PYTHON3" -c "import sys; from astropy.io import fits; fits.open(sys.argv[1])[sys.argv[2]]" \
        "$(xpaget frames bandcast status | cut -f4)" "$1"
}
expect "nor is one that was opened by hand" predict $model
expect "so there is none again" test "$(has_plane RESIDUAL 2>/dev/null || echo none)" = none
xpaset -p frames fits "$world/f277w.fits"       # in the place of the prediction
n=$(xpaget frames frame)
expect "a frame that had a prediction" test "$(tcl frames <<END
::bandcast::isPrediction Frame$n
END
)" = 0
expect "is one of a band when it shows that" test "$(tcl frames <<END
proc ::bandcast::frames {} {return {Frame1 Frame$n}}
set found [::bandcast::suggest [dict get \$::bandcast::models [::bandcast::findModel $model]]]
source $source/ds9/frames.tcl
set found
END
)" = "{Frame1 Frame$n} {{}}"
expect "with SIGMA95" predict $model parameters "{sigma=95}"
expect "in its file" has_plane SIGMA95
expect "frames can be said" predict $model frames "{2 1}"
expect "which the status doubts: $(said)" test \
    "$(said | grep -c "taken for F150W, its header says F277W; .* taken for F277W, its header says F150W")" = 1
expect "and are taken in that order" same_as "$world/f277w.fits" "$world/f150w.fits"
expect "one frame for two bands is refused" refuses "frame 1 is chosen for F150W and for F277W" \
    $model frames "{1 1}"
expect "one frame alone is refused" refuses "no frame is chosen for F277W" $model frames 1
expect "so are three" refuses "3 frames are given, $model needs 2" $model frames "{1 2 3}"

# Frame 1 gets FILE (and perhaps an extension).
show_first() {
    xpaset -p frames frame 1
    xpaset -p frames fits "$1"
}

show_first "$world/mef.fits"
expect "FILTER2 of the primary header" \
    test "$(xpaget frames bandcast frames | head -1 | cut -f5)" = F150W
expect "an extension" predict $model
expect "is the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
show_first "$world/mef.fits[SCI]"
expect "a named extension" predict $model
expect "is the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
show_first "$world/cube.fits"
xpaset -p frames cube 2
expect "a slice of a cube" predict $model frames "{1 2}"
expect "is the one that is shown" same_as "$world/f150w.fits" "$world/f277w.fits"
xpaset -p frames frame 1
xpaset -p frames mecube "$world/planes.fits"
xpaset -p frames cube 2
expect "a cube of a file's extensions" predict $model frames "{1 2}"
expect "is the one that is shown" same_as "$world/f150w.fits" "$world/f277w.fits"
expect "more parameters" predict $model frames "{1 2}" parameters "{unit=uJy  symmetries+}"
limits=$(xpaget frames scale limits)
xpaset -p frames frame 1
expect "another unit has limits of its own" test "$(xpaget frames scale limits)" != "$limits"
expect "are bandpredict's" "$PYTHON3" -c "
import sys; from astropy.io import fits
h = fits.getheader(sys.argv[1])
sys.exit((h['BUNIT'], h['BCSYMM']) != ('uJy', 8))" "$(xpaget frames bandcast status | cut -f4)"
for words in "{other.fits}" "{unit=uJy size=x}" "{output=/x.fits}" "{@@run.par}"; do
    xpaset -p frames bandcast predict $model frames "{1 2}" parameters "$words" 2>"$world/error"
    until_true 60 is_over
    expect "parameters $words: $(xpaget frames bandcast status)" state_is frames failed
done
for cube in bands:F150W list:F115W letters:i; do
    show_first "$world/${cube%:*}.fits"
    xpaset -p frames cube 2
    expect "the band of a slice, $cube" test "$(xpaget frames bandcast frames | head -1 | cut -f5)" = "${cube#*:}"
done
show_first "$world/cube.fits"

expect "frames with a sky are locked by it" test "$(xpaget frames lock frame)" = wcs
show_first "$world/f150w_nosky.fits"
xpaset -p frames frame 2
xpaset -p frames fits "$world/f277w_nosky.fits"
expect "images without a sky" predict $model
expect "are locked by their pixels" test "$(xpaget frames lock frame)" = image
xpaset -p frames lock frame none
xpaset -p frames fits "$world/f277w.fits"

# ---- what DS9 does to frames -------------------------------------------------------------------

show_first "$world/f150w.fits"
for n in 1 2; do
    xpaset -p frames frame $n
    xpaset -p frames smooth yes
    xpaset -p frames block to 2
done
expect "smoothed, blocked frames are read from their files" predict $model
expect "with unsmoothed pixels" same_as "$world/f150w.fits" "$world/f277w.fits"
expect "which is said: $(said)" test "$(said | grep -c 'frame 1 is blocked.*frame 2 is')" = 1
xpaset -p frames frame "$(xpaget frames frame all | wc -w)"
expect "the result is neither" test "$(xpaget frames smooth) $(xpaget frames block)" = "no 1"
xpaset -p frames frame 1
xpaset frames fits <"$world/f150w.fits"
expect "a blocked frame without a file is refused" refuses "frame 1 is blocked and has no" $model
xpaset -p frames block to 1
expect "a smoothed frame without a file is refused" refuses "frame 1 is smoothed and has no" $model
xpaset -p frames smooth no
expect "a frame without a file" predict $model
expect "is the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
cp "$world/f150w.fits" "$world/gone.fits"
show_first "$world/gone.fits"
rm "$world/gone.fits"
expect "a frame whose file has gone" predict $model
expect "is the same image" same_as "$world/f150w.fits" "$world/f277w.fits"
show_first "$world/f150w.fits"
for n in 1 2; do
    xpaset -p frames frame $n
    xpaset -p frames block to 1
    xpaset -p frames crop 40 30 50 20 image
done
expect "cropped frames" predict $model
expect "are what they show" \
    same_as "$world/f150w.fits[16:65,21:40]" "$world/f277w.fits[16:65,21:40]"
xpaset -p frames frame new rgb
xpaset -p frames fits "$world/f150w.fits"
n=$(xpaget frames frame)
expect "a colour frame is refused" refuses "frame $n holds more than one image" \
    $model frames "{$n 2}"
xpaset -p frames frame 1
xpaset -p frames frame delete
expect "nor is it picked" refuses "no frame is chosen for F150W; frame $n holds more than one image" $model

# ---- other frames than those that the dialog knew ----------------------------------------------

# The model that the dialog has when it is asked for, with the frame of each input band.
offered() {
    tcl frames <<'END'
::bandcast::dialog
return "$::bandcast::choice(name) [lmap i {0 1} {string match Frame* $::bandcast::choice(pick,$i)}]"
END
}

# Nothing but FILE..., each in a new frame.
show() {
    xpaset -p frames frame delete all
    for file in "$@"; do
        xpaset -p frames frame new
        xpaset -p frames fits "$file"
    done
}

show "$world/f150w.fits" "$world/f277w.fits"
expect "the model that was chosen stays: $(offered)" test "$(offered)" = "$model 1 1"
show
expect "also without frames: $(offered)" test "$(offered)" = "$model 0 0"
show "$images/kids_g.fits.fz" "$images/kids_Z.fits.fz" "$images/kids_r.fits.fz"
expect "one that has its frames takes its place: $(offered)" test "$(offered)" = "kids_r 1 1"
echo '::bandcast::closeDialog' | tcl frames >"$world/said"
show "$world/f150w.fits" "$world/f277w.fits"
expect "and after the dialog was closed: $(offered)" test "$(offered)" = "$model 1 1"
world_close
