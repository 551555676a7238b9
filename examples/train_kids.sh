#!/bin/sh
# train_kids.sh DATA_FOLDER [OUTPUT [INPUTS TARGET]] -- train a shipped model, g,Z -> r unless said otherwise, and print
# its scores.  TARGET may be several bands, r,i, which one model then predicts.
# DATA_FOLDER holds u, g, r, i, Z, Y, J, H, Ks.fits.fz and catalog.csv: one field of KiDS (VST) and VIKING (VISTA),
# 2600 x 2080 pixels of 0.339", nanomaggy, from the example data of the R package ProFound (Robotham et al.).
# Stamps left of x = 1600 are trained on, those up to 2000 choose the epoch, those right of it are the test split;
# a stamp that straddles a border is left out.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
data=${1:?usage: train_kids.sh DATA_FOLDER [OUTPUT [INPUTS TARGET]]}
out=${2:-kids_r.fits} inputs=${3:-g,Z} target=${4:-r}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

images=
for band in $(echo "$inputs,$target" | tr , ' '); do
    images=$images,$data/$band.fits.fz
done
bandprep input="${images#,}" bands="$inputs,$target" output="$work/kids.fits" \
    catalog="$data/catalog.csv" size=64 split=x:1600,2000
bandtrain input="$work/kids.fits" output="$out" inbands="$inputs" outband="$target" clobber=yes \
    title="$(basename "$out" .fits)" license="CC BY 4.0" \
    credit="KiDS (de Jong et al.), VIKING (Edge et al.), ESO; Robotham et al. (ProFound)" \
    comment="Galaxies with 15 < r < 22 in 0.339 arcsec pixels; not for bright stars, other surveys or pixel scales"
bandeval input="$work/kids.fits" model="$out" split=test aperture=3
