#!/bin/sh
# train_kids.sh DATA_FOLDER [OUTPUT] -- train the shipped model g,Z -> r and print its scores.
# DATA_FOLDER holds g.fits.fz, r.fits.fz, Z.fits.fz and catalog.csv: one field of KiDS (VST) and VIKING (VISTA),
# 2600 x 2080 pixels of 0.339", nanomaggy, from the example data of the R package ProFound (Robotham et al.).
# Stamps left of x = 1600 are trained on, those up to 2000 choose the epoch, those right of it are the test split;
# a stamp that straddles a border is left out.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
data=${1:?usage: train_kids.sh DATA_FOLDER [OUTPUT]}
out=${2:-kids_r.fits}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

bandprep input="$data/g.fits.fz,$data/Z.fits.fz,$data/r.fits.fz" output="$work/kids.fits" \
    catalog="$data/catalog.csv" size=64 split=x:1600,2000
bandtrain input="$work/kids.fits" output="$out" inbands=g,Z outband=r clobber=yes \
    title=kids_r license="CC BY 4.0" \
    credit="KiDS (de Jong et al.), VIKING (Edge et al.), ESO; Robotham et al. (ProFound)" \
    comment="Galaxies with 15 < r < 22 in 0.339 arcsec pixels; not for bright stars, other surveys or pixel scales"
bandeval input="$work/kids.fits" model="$out" split=test aperture=3
