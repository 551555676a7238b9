#!/bin/sh
# show.sh PICTURE PREDICTION LABEL FILE [LABEL FILE]... -- the FILEs, the prediction and its residual side by side in
# DS9.  PREDICTION is an output of bandpredict with truth=.  Writes PICTURE (PNG), drawn on a screen of its own; then,
# where there is a display, leaves DS9 open on it.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
picture=$1 prediction=$2
shift 2
case $picture in /*) ;; *) picture=$PWD/$picture ;; esac
command -v ds9 >/dev/null || { echo "show.sh: no ds9 on this machine: no picture"; exit 0; }

# label TEXT -- a region with the frame's name, level below the galaxies' lowest corner, where narrow frames have room.
label() { printf 'image; text 108 -8 # text="%s" color=black font="helvetica 14 bold roman" textrotate=0' "$1"; }

# The arguments of DS9: all frames in one row, north up; the residual's colours are symmetric about zero.
count=$#
while [ "$count" -gt 0 ]; do
    text=$1 file=$2
    shift 2
    set -- "$@" "$file" -regions command "$(label "$text")"
    count=$((count - 2))
done
set -- -title bandcast -tile yes -tile mode grid -tile grid mode manual -tile grid layout 5 1 \
    -cmap heat -scale asinh -scale mode 99.5 "$@" \
    "$prediction" -regions command "$(label predicted)" \
    -frame new -scale linear -scale limits -0.1 0.1 -cmap h5_bluered "$prediction[RESIDUAL]" \
    -regions command "$(label residual)" \
    -frame first -lock frame wcs -zoom to fit

if command -v xvfb-run >/dev/null; then
    xvfb-run -a -s '-screen 0 1750x900x24' timeout 60 \
        ds9 -tcl 'catch {package require img::window; package require img::png}; set ::errorInfo {}' \
        -view panner no -view magnifier no -view buttons no -view info no -geometry 1700x500 \
        "$@" -saveimage png "$picture" -exit
fi
if [ -n "${DISPLAY:-}" ]; then
    ds9 "$@" &
fi
