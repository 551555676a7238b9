#!/bin/sh
# bandmodel.sh -- models are listed, shown, checked and found by their names; damage is seen.
# SPDX-License-Identifier: BSD-3-Clause
tasks=$PWD/../tasks
images=$(cd "${srcdir-.}/../examples/images" && pwd)
folder=bandmodel.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
failures=0

# check WHAT: the command before succeeded.
check()
{
    test $? -eq 0 || { echo "does not hold: $1"; cat out errors; failures=$((failures + 1)); }
}

# gives STATUS ARGUMENT...: bandmodel's exit status.
gives()
{
    status=$1
    shift
    "$tasks/bandmodel" "$@" > out 2> errors < /dev/null
    got=$?
    test $got -eq "$status"
    check "bandmodel $* ends with $status, not $got"
}

# A small model.
printf 'id,x,y\n1,40,40\n2,90,60\n3,150,80\n4,60,120\n5,100,100\n' > catalog.csv
"$tasks/bandprep" "$images/kids_g.fits.fz,$images/kids_Z.fits.fz,$images/kids_r.fits.fz" set.fits catalog=catalog.csv \
    bands=g,Z,r size=32 > out 2> errors &&
    "$tasks/bandtrain" set.fits small.fits inbands=g,Z outband=r filters=4 resblocks=1 epochs=1 title='a small one' \
    license=CC0 > out 2> errors
check 'a small model can be trained'
! grep -q 'no validation samples' out errors
check 'it has validation samples'
"$tasks/bandprep" "$images/kids_g.fits.fz,$images/kids_Z.fits.fz,$images/kids_r.fits.fz" train.fits \
    catalog=catalog.csv bands=g,Z,r size=32 split=train > out 2> errors &&
    "$tasks/bandtrain" train.fits x.fits inbands=g,Z outband=r filters=4 resblocks=1 epochs=1 > out 2> errors &&
    grep -q 'no validation samples: .* fluxes and SIGMA are not calibrated' out
check 'a training without validation samples says so'
rm -f train.fits x.fits

mkdir models more empty
mv small.fits models/small_r.fits
cp models/small_r.fits more/other.fits
BANDCAST_MODELS=$PWD/models::$PWD/more
export BANDCAST_MODELS

# One model a line: name, inputs, output, architecture, file, title, two blanks or more between them.
gives 0 list models/small_r.fits
test "$(sed 's/   */|/g' out)" = 'small_r|g,Z|r|local 2-4 x1|models/small_r.fits|a small one'
check 'a line has the six things'
cp models/small_r.fits more/small_r.fits
gives 0 list
sed 's/   */|/g' out | cut -d'|' -f5 | grep "^$PWD/" > files           # others may be installed
printf '%s\n' "$PWD/models/small_r.fits" "$PWD/more/other.fits" | diff - files > /dev/null
check 'installed models are listed, folder by folder, but none that an earlier folder hides'
rm more/small_r.fits
for name in $(grep -F "$PWD/" out | cut -d' ' -f1); do
    "$tasks/bandmodel" show "$name" > shown && grep -q "^# $PWD/.*/$name.fits\$" shown
    check "$name is a name that finds it"
done
cp out listed
gives 0 list installed
diff out listed > /dev/null
check "'installed' means the same"
gives 2 check models/small_r.fits,more/other.fits
grep -q 'check takes one model, or a folder of them' errors
check 'check takes one'
gives 0 list models
test "$(wc -l < out)" -eq 1
check 'a folder is listed'

# The header as cards of at most 80 columns.
gives 0 show small_r
grep -q "^# $PWD/models/small_r.fits\$" out && grep -q "^OUTBAND = 'r " out && grep -q "^LICENSE = 'CC0 " out
check 'a model is found by its name, and shown'
gives 0 show other
test "$(grep -c "^WEIGHSUM" out)" -eq 1
check 'the second folder is looked into'
gives 0 check models/small_r.fits
grep -q "^bandmodel: models/small_r.fits: good, [0-9]* weights, checksum [0-9a-f]\{16\}\$" out
check 'a good model is good'

# One bit of one weight.
size=$(wc -c < models/small_r.fits)
at=$((size - 2880 + 16))
for where in 3000 $((size / 2 / 2880 * 2880 + 40)) $at; do
    cp models/small_r.fits more/broken.fits
    byte=$(od -An -tu1 -j "$where" -N 1 more/broken.fits)
    printf "\\$(printf %o $((byte ^ 4)))" | dd of=more/broken.fits bs=1 seek="$where" conv=notrunc 2> /dev/null
    cmp -s models/small_r.fits more/broken.fits && continue
    gives 1 check more/broken.fits
    test "$(wc -l < errors)" -le 2 && grep -q 'more/broken.fits' errors
    check "a bit at byte $where is seen"
done
head -c $((size - 2880)) models/small_r.fits > more/broken.fits
gives 1 check more/broken.fits
gives 1 check more
grep -q '^bandmodel: more/other.fits: good' out && grep -q '^bandmodel: 1 of 2 files is no usable model$' errors
check 'a good model beside a broken one is good'
passed="1 other FITS file passed over: no usable model ('bandmodel check' says why)"
gives 0 list more
test "$(wc -l < out)" -eq 1 && test "$(cat errors)" = "bandmodel: warning: $passed"
check 'a folder lists what is usable, and says that there is more'
cp set.fits more
gives 0 show more
test "$(grep -c '^# ' out)" -eq 1 && grep -q ': 2 other FITS files passed over: no usable models' errors
check 'a folder shows what is usable, and says that there is more'
rm more/set.fits
gives 1 list more/broken.fits

# What is no model.
gives 1 show set.fits
grep -qx 'bandmodel: set.fits is not a bandcast model' errors
check 'a training set is no model'
gives 1 list empty
grep -qx 'bandmodel: the folder empty has no \*.fits' errors
check 'an empty folder'
gives 1 show nosuch
gives 1 show none/nosuch.fits
grep -q '^bandmodel: none/nosuch.fits' errors
check 'a missing file is named'
gives 2 shew small_r
grep -qx 'bandmodel: action=shew is not one of list|show|check|import|export|average|ensemble (bandmodel.par:2)' errors
check 'an action that there is not'

# What a model was trained with stays.
gives 0 export small_r output=small.safetensors
gives 2 import small.safetensors output=unit.fits stretch=unit
grep -qx 'bandmodel: stretch=unit: small.safetensors was trained with stretch=flux' errors && ! test -e unit.fits
check 'a model of fluxes gets no other stretch'
gives 0 import small.safetensors output=again.fits title=again size=64
gives 0 check again.fits

# Other tasks take names, too.
"$tasks/bandpredict" "$images/kids_g.fits.fz,$images/kids_Z.fits.fz" r.fits small_r bands=g,Z > out 2> errors &&
    test -s r.fits
check 'bandpredict finds a model by its name'
exit $((failures > 0))
