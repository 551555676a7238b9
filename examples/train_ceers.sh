#!/bin/sh
# train_ceers.sh DATA_FOLDER [OUTPUT [INPUTS TARGET]] -- train a shipped model, F150W,F277W -> F200W unless said
# otherwise, and print its scores.
# DATA_FOLDER holds catalog.csv and fits/ceers_<id>_<band>.fits.fz: 98 galaxies of the CEERS survey (JWST programme
# ERS 1345, DOI 10.17909/z7p0-8481) cut from the public NIRCam mosaics, 100 x 100 pixels of 0.03", MJy/sr.
# Rows 4, 9, 14... of the catalogue are the test split, rows 3, 8, 13... choose the epoch, the rest is trained on.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
data=${1:?usage: train_ceers.sh DATA_FOLDER [OUTPUT [INPUTS TARGET]]}
out=${2:-ceers_f200w.fits} inputs=${3:-F150W,F277W} target=${4:-F200W}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Galaxies with blank areas in one of the bands are left out; the split is by the row of the full catalogue.
bands=$(echo "$inputs,$target" | tr '[:upper:],' '[:lower:] ')
awk -F, -v data="$data" -v bands="$bands" -v list="$work/ceers.list" -v catalog="$work/ceers.csv" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i; n = split(bands, band, " ")
              print "id,ra,dec,split" > catalog; next }
    { bad = 0; set = ""; row = NR - 2; split_no = row % 5 == 4 ? 2 : row % 5 == 3 ? 1 : 0
      for (i = 1; i <= n; i++) {
          bad += $column["badfrac_" band[i]]
          set = set (i > 1 ? "," : "") data "/fits/ceers_" $column["id"] "_" band[i] ".fits.fz"
      }
      if (bad > 0)
          next
      print set > list
      print $column["id"] "," $column["ra_deg"] "," $column["dec_deg"] "," split_no > catalog }' "$data/catalog.csv"

bandprep input="@$work/ceers.list" output="$work/ceers.fits" catalog="$work/ceers.csv" size=100 split=catalog
bandtrain input="$work/ceers.fits" output="$out" inbands="$inputs" outband="$target" clobber=yes \
    title="$(basename "$out" .fits)" license="CC BY 4.0" \
    credit="CEERS (Finkelstein et al.; Bagley et al. 2023), JWST ERS 1345, STScI/MAST" \
    comment="Galaxies at z = 0.5 to 4 in 0.03 arcsec pixels; not for stars, other scales or other bands"
bandeval input="$work/ceers.fits" model="$out" split=test aperture=0.5
