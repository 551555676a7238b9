#!/bin/sh
# bandtrain.sh -- from images to a model that predicts: bandprep, bandtrain, bandeval, bandpredict on the KiDS cut-outs.
# SPDX-License-Identifier: BSD-3-Clause
tasks=$PWD/../tasks
images=$(cd "${srcdir-.}/../examples/images" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0

# says WHAT COMMAND... -- it must succeed.
must() {
    what=$1
    shift
    "$@" >out 2>err || { echo "does not hold: $what"; cat out err; failures=1; }
}

# refused STATUS WORD COMMAND... -- it must end with STATUS and one line on stderr with WORD, and leave no x.fits.
refused() {
    status=$1 word=$2
    shift 2
    "$@" >out 2>err </dev/null
    rc=$?
    { [ $rc = "$status" ] && [ "$(wc -l <err)" = 1 ] && grep -q -- "$word" err && [ ! -e x.fits ]; } \
        || { echo "does not hold: $* ends with $status and '$word', not $rc:"; cat err; failures=1; }
}

cat >galaxies.csv <<'END'
name,x_pix,y_pix
a,40,40
b,90,60
c,150,80
d,60,120
e,200,200
f,128,128
g,40,200
h,250,250
END
field=$images/kids_g.fits.fz,$images/kids_Z.fits.fz,$images/kids_r.fits.fz
must "stamps are cut" "$tasks/bandprep" "$field" set.fits catalog=galaxies.csv size=32 verbose=1
grep -q '7 samples' out || { echo "the stamp over the edge is left out, 7 stay:"; cat out; failures=1; }
grep -q '1 left out: stamps there reach over the edge' out || { echo "what is left out is said:"; cat out; failures=1; }
must "training" "$tasks/bandtrain" set.fits m1.fits inbands=g,Z outband=r filters=8 resblocks=1 epochs=2 log=loss.csv \
    verbose=2
[ "$(wc -l <loss.csv)" = 3 ] || { echo "a line an epoch and one of names in the log"; failures=1; }
awk -F'[ :,]+' 'NR == FNR { if (FNR > 1) { epoch[$1] = $2; epochs++ } next }
    $2 == "step" { steps++; if ($3 != steps) wrong = 1; sum += $5 }
    $2 == "epoch" { if (steps % $3 || (sum / (steps / $3) / epoch[$3] - 1) ^ 2 > 1e-12) wrong = 1; sum = 0; seen++ }
    END { exit wrong || seen != epochs || seen != 2 }' loss.csv out \
    || { echo "the steps' losses have the epochs' as their means:"; cat loss.csv out; failures=1; }
must "training again, one thread" "$tasks/bandtrain" set.fits m2.fits inbands=g,Z outband=r filters=8 resblocks=1 \
    epochs=2 threads=1
for m in m1 m2; do "$tasks/bandmodel" show $m.fits | grep WEIGHSUM; done >sums
[ "$(sort -u sums | wc -l)" = 1 ] || { echo "the same training gives the same weights:"; cat sums; failures=1; }
must "evaluation" "$tasks/bandeval" set.fits model=m1.fits split=all aperture=3
must "a prediction" "$tasks/bandpredict" "$images/kids_g.fits.fz,$images/kids_Z.fits.fz" r.fits m1.fits
must "the model is whole" "$tasks/bandmodel" check m1.fits

refused 1 'nosuch.csv' "$tasks/bandprep" "$field" x.fits catalog=nosuch.csv
refused 2 'split=' "$tasks/bandprep" "$field" x.fits catalog=galaxies.csv split=x:9
refused 2 'not for FITS images' "$tasks/bandprep" "$field" x.fits catalog=galaxies.csv split=train.npy,test.npy
printf 'id,x,y\n1,none,90\n2,3,90\n3,1e300,90\n' >far.csv
refused 1 'no sample' "$tasks/bandprep" "$field" x.fits catalog=far.csv size=64
grep -q ': 1 left out: the catalogue has no position' out \
    && grep -q ': 2 left out: stamps there reach over the edge' out \
    || { echo "why no sample is left: $(cat out)"; failures=1; }
printf 'id,ra,dec\n1,14:20:03.2421,+53:00:35.955\n2,34.9,-53.1\n3,,\n4,--,nan\n' >sky.csv
first=$images/ceers_31457_f150w.fits.fz
must "positions on the sky, sexagesimal ones, too" "$tasks/bandprep" "$first,$images/ceers_31457_f277w.fits.fz" \
    sky.fits catalog=sky.csv size=32 split=train
grep -q ': 2 left out: the catalogue has no position' out \
    && grep -q ': 1 left out: stamps there reach over the edge' out \
    && grep -q ': 1 sample of 32 x 32' out || { echo "where the others of sky.csv are: $(cat out)"; failures=1; }
refused 1 'no sample' "$tasks/bandprep" "$field" x.fits catalog=galaxies.csv size=300
refused 1 'exists' "$tasks/bandprep" "$field" set.fits catalog=galaxies.csv
refused 1 'training set' "$tasks/bandtrain" r.fits x.fits
refused 1 "'q'" "$tasks/bandtrain" set.fits x.fits inbands=g,q outband=r
refused 2 'filters=' "$tasks/bandtrain" set.fits x.fits filters=eight
refused 2 'epochs' "$tasks/bandtrain" set.fits x.fits epochs=0
refused 1 'nosuch' "$tasks/bandtrain" set.fits nosuch/x.fits

# A run that is stopped leaves no model and no temporary files; resume.sh says more.
"$tasks/bandtrain" set.fits x.fits filters=64 epochs=1000 >out 2>err &
pid=$!
sleep 1
kill -TERM $pid
wait $pid
[ $? = 143 ] && [ ! -e x.fits ] && [ -e x.fits.resume ] \
    || { echo "a stopped training ends by its signal and leaves no model"; failures=1; }
[ -z "$(find . -name '*.part')" ] || { echo "litter:"; find . -name '*.part'; failures=1; }
exit $failures
