#!/bin/sh
# screenshot.sh PICTURE -- the DS9 plug-in after a prediction; made examples/screenshot.png.
# Uses the installed bandds9, or else the one of this tree if it is built in ./build.  Needs ds9, Xvfb,
# xpa-tools and ImageMagick, but no display.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
picture=${1:?usage: screenshot.sh PICTURE}
here=$(cd "$(dirname "$0")" && pwd)
PATH=$PATH:$here/../build/tasks
for program in bandds9 ds9 Xvfb xpaset import; do
    command -v "$program" >/dev/null && continue
    echo "screenshot.sh: no $program on this machine" >&2
    exit 1
done

# Not under TMPDIR: XPA's sockets need short names.
work=$(mktemp -d /tmp/bcXXXXXX)
pids=
finish() {
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
    wait
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM
export HOME="$work" TMPDIR="$work" XPA_TMPDIR="$work" XPA_METHOD=local

wait_for() {
    tries=1200
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || { echo "screenshot.sh: waited in vain for $*" >&2; exit 1; }
        sleep 0.1
    done
}

Xvfb -displayfd 9 -screen 0 1700x1000x24 -nolisten tcp 9>"$work/display" 2>"$work/log" &
pids=$!
wait_for test -s "$work/display"
DISPLAY=:$(cat "$work/display")
export DISPLAY

galaxy=$here/images/ceers_31457
ds9 -title shot -geometry 1700x970+0+0 -view buttons no -view magnifier no \
    "${galaxy}_f150w.fits.fz" "${galaxy}_f277w.fits.fz" "${galaxy}_f200w.fits.fz" \
    >>"$work/log" 2>&1 &
pids="$! $pids"
wait_for sh -c 'xpaaccess shot | grep yes'
xpaget shot version >/dev/null              # answers when the files are loaded

is_done() {
    xpaget shot bandcast status | grep -q ^done
}

bandds9 predict xpa=DS9:shot
echo '.bandcast.buttons.predict invoke' | xpaset shot tcl
wait_for is_done
xpaset -p shot zoom to fit
xpaset -p shot zoom 0.9

# A name above each galaxy; they are locked on the sky, so one place does for all.
xpaget shot pan fk5 degrees >"$work/centre"
place=$(awk '{ printf "%.6f %.6f", $1 + 1.6 / 3600, $2 + 1.75 / 3600 }' "$work/centre")
n=0
look='color=black font="helvetica 14 bold roman" textrotate=0'
for name in F150W F277W observed predicted residual; do
    n=$((n + 1))
    xpaset -p shot frame $n
    echo "fk5; text $place # text=\"$name\" $look" | xpaset shot regions
done
xpaset -p shot frame 4
echo 'raise .bandcast; update; wm geometry .bandcast +1134+535' | xpaset shot tcl
sleep 1
import -window root -strip "$picture"
xpaset -p shot exit
