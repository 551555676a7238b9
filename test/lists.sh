#!/bin/sh
# lists.sh -- lists of images give what IRAF gives, where IRAF's own answer is sound; predictions of many images from
# lists, patterns and templates.
# SPDX-License-Identifier: BSD-3-Clause
top=$(cd "${srcdir-.}/.." && pwd)
folder=lists.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
failures=0

fail()
{
    echo "does not hold: $1"
    failures=$((failures + 1))
}

# ---- beside IRAF -------------------------------------------------------------------------------

# What IRAF's files and sections make of the templates in the file templates: files.1, sections.1...
ask_iraf()
{
    mkdir uparm imdir cache
    {
        for variable in home imdir cache uparm; do
            echo "set $variable = \"$PWD/$(echo $variable/ | sed 's/^home.//')\""
        done
        printf '%s\n' 'set userid = "nobody"' 'set imtype = "fits"' 'set imextn = "fxf:fits,fit"' \
            'stty dumb nlines=10000 ncols=132' 'menus = no' 'package user' keep clpackage keep
    } > login.cl
    n=0
    while read -r task template; do
        n=$((n + 1))
        echo "$task \"$template\" > out.$n"
    done < templates > commands
    echo logout >> commands
    HOME=$PWD USER=nobody TERM=dumb timeout -s KILL 60 irafcl < commands > session 2>&1
}

mkdir iraf && cd iraf || exit 1
for name in a b c1 c2 c12 g_001 g_002; do
    : > $name.fits
done
mkdir sub && : > sub/x.fits
printf 'a.fits\n\nb.fits\n' > list
printf '@list\nc1.fits\n' > nest
printf 'p\nq\n' > l2
printf 'c*.fits\n' > wild
# sections does not know // behind wildcards and dies of it before a list; files does not nest lists.
cat > templates << 'end'
files a.fits,b.fits
files *.fits
files c?.fits
files c[12].fits
files c[1-2]*.fits
files sub/*.fits
files @list
sections @nest
sections @wild
files @list//_s
files pre//@list
files c*.fits//_s
files @list//@l2
sections @list//[sci]
sections @list//@l2
files %c%z%*.fits
files c%1%9%*.fits
files %g_%r_%*.fits
files %a%b%.fits
files sub/%x%y%*.fits
end
if command -v irafcl > /dev/null; then
    ask_iraf
    n=0
    while read -r task template; do
        n=$((n + 1))
        sort out.$n > want
        ../../print_list "$template" | sort | diff want - > differs 2>&1 ||
            fail "IRAF's $task agrees about $template: $(cat differs)"
    done < templates
    test -s out.1 || fail "IRAF answers: $(cat session)"
else
    echo 'no irafcl: lists are not compared with it'
fi
cd ..

# ---- predictions -------------------------------------------------------------------------------

model=$top/examples/models/ceers_f200w.fits
if ! test -f "$model"; then
    echo 'no shipped model: predictions are not tried'
    exit $((failures > 0))
fi
mkdir in out
for n in 1 2; do
    for band in f150w f277w; do
        cp "$top/examples/images/ceers_31457_$band.fits.fz" in/g${n}_$band.fits.fz
    done
    echo "in/g${n}_f150w.fits.fz, in/g${n}_f277w.fits.fz   # galaxy $n"
done > sets.list
../../tasks/bandpredict in/g1_f150w.fits.fz,in/g1_f277w.fits.fz want "$model" verbose=0 || fail 'one set'
test -f want.fits || fail 'an output without an ending gets .fits'

# predicts WHAT INPUT OUTPUT FILE...: these files are written, with the pixels of want.fits.
predicts()
{
    what=$1 input=$2 output=$3
    shift 3
    ../../tasks/bandpredict "$input" "$output" "$model" verbose=0 > said 2>&1 || fail "$what: $(cat said)"
    for file; do
        for f in want.fits "$file"; do
            tr '\0' ' ' < "$f" | fold -b -w 80 | grep -a -m 1 '^DATASUM' | cut -c 1-30
        done > sums
        test "$(sort -u sums | wc -l)" = 1 || fail "$what: $file is the prediction"
        rm -f "$file"
    done
    find in out -name '*.fits' > left
    test ! -s left || fail "$what: nothing else is written: $(cat left)"
}

predicts 'a list of sets into a folder' @sets.list out/ out/g1_f150w.fits out/g2_f150w.fits
predicts 'a template on the inputs' @sets.list '%f150w%f200w%' in/g1_f200w.fits in/g2_f200w.fits
predicts 'a template into a folder' @sets.list 'out/%f150w%f200w%' out/g1_f200w.fits out/g2_f200w.fits
predicts 'a suffix' @sets.list //_r in/g1_f150w_r.fits in/g2_f150w_r.fits
predicts 'patterns for each band' 'in/g?_f150w.fits.fz,in/g?_f277w.fits.fz' 'out/a,out/b' out/a.fits out/b.fits
ls in/*f150w* > f150w.list
ls in/*f277w* > f277w.list
predicts 'a list for each band' @f150w.list,@f277w.list 'in/*%f150w%f200w%*.fz//.fits' in/g1_f200w.fits in/g2_f200w.fits

# Real images beside the predictions, one for each set.
for n in 1 2; do
    cp "$top/examples/images/ceers_31457_f200w.fits.fz" in/true$n.fits.fz
done
../../tasks/bandpredict in/g1_f150w.fits.fz,in/g1_f277w.fits.fz want2 "$model" truth=in/true1.fits.fz verbose=0 ||
    fail 'one set with its truth'
../../tasks/bandpredict @sets.list out/ "$model" 'truth=in/true?.fits.fz' verbose=0 > said 2>&1 ||
    fail "a list with truths: $(cat said)"
for f in want2.fits out/g1_f150w.fits out/g2_f150w.fits; do
    tr '\0' ' ' < $f | fold -b -w 80 | grep -a '^DATASUM' | cut -c 1-30 | cksum
done > sums
test "$(sort -u sums | wc -l)" = 1 || fail 'each prediction of a list has its residual'
rm -f out/*

# Counts are compared before anything is opened or written.
refuses()
{
    ../../tasks/bandpredict "$2" "$3" "$model" > said 2>&1
    test $? -eq 2 || fail "$1: exit status"
    test "$(cat said)" = "bandpredict: $4" || fail "$1: $(cat said)"
    find out -type f > left
    test ! -s left || fail "$1: nothing is written: $(cat left)"
}
refuses 'fewer outputs' @sets.list out/a.fits '2 sets of images and 1 output'
../../tasks/bandpredict @sets.list out/ "$model" truth=in/true1.fits.fz > said 2>&1
test "$(cat said)" = 'bandpredict: 2 sets of images and 1 of truth=' || fail "fewer truths: $(cat said)"
refuses 'more outputs' @sets.list out/a,out/b,out/c '2 sets of images and 3 outputs'
refuses 'bands of unequal length' '@f150w.list,in/g1_f277w.fits.fz' out/ \
    "'@f150w.list,in/g1_f277w.fits.fz': 2 images for one band and 1 for another"
refuses 'two sets, one name' @sets.list '%g?_f150w%x%' 'in/x.fits is named twice as an output'

# ---- sets that fail ----------------------------------------------------------------------------

# runs STATUS SAID WHAT PARAMETER...: bandpredict ends so and says this on stderr; files of before are as they were.
runs()
{
    status=$1 what=$3
    : > want.said
    test -z "$2" || echo "$2" > want.said
    shift 3
    cksum out/* > before 2> errors
    ../../tasks/bandpredict "$@" model="$model" > output 2> said
    got=$?
    test $got -eq "$status" || fail "$what: exit status $got"
    diff want.said said > differs || fail "$what: $(cat differs)"
    cksum out/* 2> errors | grep -vxFf before > new
}

for n in 3 4; do
    cp in/g1_f277w.fits.fz in/g${n}_f277w.fits.fz
    cp in/g1_f150w.fits.fz in/g${n}_f150w.fits.fz
    echo in/g${n}_f150w.fits.fz,in/g${n}_f277w.fits.fz >> sets.list
done
echo 'no image' > in/g1_f150w.fits.fz
head -c 20000 in/g2_f277w.fits.fz > cut && mv cut in/g3_f277w.fits.fz
runs 1 "bandpredict: out/g1_f150w.fits: in/g1_f150w.fits.fz is not a FITS file
bandpredict: out/g3_f150w.fits: in/g3_f277w.fits.fz is truncated: it ends before its data do
bandpredict: 2 of 4 sets failed" 'two bad sets of four' @sets.list out/
test "$(ls out)" = 'g2_f150w.fits
g4_f150w.fits' || fail "the good ones are written: $(ls out)"
cp in/g2_f277w.fits.fz in/g3_f277w.fits.fz
rm in/g1_f277w.fits.fz in/g2_f277w.fits.fz
runs 1 'bandpredict: out/g2_f150w.fits exists; say clobber=yes to replace it' 'again' @sets.list out/
runs 1 'bandpredict: in/g1_f277w.fits.fz: No such file or directory' 'an input that is not there is found first' \
    @sets.list out/ skip=yes
test ! -s new || fail "nothing is predicted before: $(cat new)"
cp in/g3_f277w.fits.fz in/g1_f277w.fits.fz
runs 1 "bandpredict: out/g1_f150w.fits: in/g1_f150w.fits.fz is not a FITS file
bandpredict: 1 of 4 sets failed" 'on with it: an image of a set that is passed over need not be there' @sets.list out/ \
    skip=yes
grep -qx 'bandpredict: 2 of 4 sets passed over: the outputs are there' output || fail "what is passed over is said"
grep -q ' out/g3_f150w.fits$' new && test "$(wc -l < new)" -eq 1 || fail "one more is predicted: $(cat new)"
for f in want.fits out/g[234]_f150w.fits; do
    tr '\0' ' ' < "$f" | fold -b -w 80 | grep -a -m 1 '^DATASUM' | cut -c 1-30
done > sums
test "$(sort -u sums | wc -l)" = 1 || fail 'predictions beside failed ones are the same'
runs 0 '' 'one set that is there' in/g3_f150w.fits.fz,in/g3_f277w.fits.fz out/g3_f150w skip=yes
grep -qx 'bandpredict: 1 of 1 set passed over: the outputs are there' output || fail 'one set that is there is said'
runs 1 'bandpredict: in/nix.fits and 3 more: No such file or directory' 'images that are not there' \
    in/g3_f150w.fits.fz,in/nix.fits out/new truth=nix/nix,nix mask=none,nix
runs 2 'bandpredict: bands= names 3 bands for 2 images' 'what is wrong with the first set is wrong with all' \
    'in/g[34]_f150w.fits.fz,in/g[34]_f277w.fits.fz' //_new bands=F150W,F277W,F200W
(
    ulimit -f 20
    ../../tasks/bandpredict 'in/g[34]_f150w.fits.fz,in/g[34]_f277w.fits.fz' //_new "$model" verbose=0 > said 2>&1
)
test $? -eq 1 || fail 'no room: exit status'
test "$(wc -l < said)" -eq 1 && grep -q 'g3_f150w_new.fits.*File too large' said ||
    fail "no room for one, none for the others: $(cat said)"

# ---- many small images, side by side -------------------------------------------------------------

rm -f out/*
for n in 01 02 03 04 05 06 07 08 09 10 11 12; do
    cp in/g4_f150w.fits.fz in/m${n}_f150w.fits.fz
    cp in/g4_f277w.fits.fz in/m${n}_f277w.fits.fz
    echo in/m${n}_f150w.fits.fz,in/m${n}_f277w.fits.fz
done > many.list
echo 'no image' > in/m07_f277w.fits.fz
runs 1 "bandpredict: out/m07_f150w.fits: in/m07_f277w.fits.fz is not a FITS file
bandpredict: 1 of 12 sets failed" 'many sets' @many.list out/ threads=3 verbose=2
for f in want.fits out/m*; do
    tr '\0' ' ' < "$f" | fold -b -w 80 | grep -a -m 1 '^DATASUM' | cut -c 1-30
done > sums
test "$(wc -l < sums)" -eq 12 && test "$(sort -u sums | wc -l)" = 1 || fail "the same side by side: $(cat sums)"
grep -q 'predicted on cpu (.*, 1 thread)$' output || fail "each with one of the threads: $(cat output)"
grep -o 'm[01][0-9]_f' output | uniq > order
test "$(wc -l < order)" -eq 11 && test "$(sort -u order | wc -l)" -eq 11 ||
    fail "what is said of a set stands together: $(cat output)"
test "$(grep -vc '^bandpredict: out/m' output)" = 0 || fail "each line names its output: $(cat output)"
cp in/g4_f277w.fits.fz in/m07_f277w.fits.fz
runs 0 '' 'on with them' @many.list out/ threads=3 skip=yes
grep -qx 'bandpredict: 11 of 12 sets passed over: the outputs are there' output && test "$(wc -l < new)" -eq 1 ||
    fail "one of many is missing: $(cat output)"
rm -f out/*
(echo -,in/m01_f277w.fits.fz && sed 1d many.list) > piped.list
sed 's|.*/\(m.*\)_f277w.*|out/\1|' many.list > outs.list
runs 0 '' 'the first image of many comes through a pipe, which is read once' @piped.list @outs.list threads=3 \
    < in/m01_f150w.fits.fz
test "$(wc -l < new)" -eq 12 || fail "all of them: $(cat new)"
# Memory is for all that go side by side: what is too large for its share comes after them, and has all.
for band in f150w f277w; do
    { printf '%-80s' 'SIMPLE  =                    T' 'BITPIX  =                    8' 'NAXIS   =                    2' \
          'NAXIS1  =               400000' 'NAXIS2  =                   24' "FILTER  = '$band'" "BUNIT   = 'MJy/sr'" END
      head -c 2240 /dev/zero | tr '\0' ' '
      head -c 9602880 /dev/urandom; } > in/m05_$band.fits.fz
done
printf 'image\nbox(30,8,20,10)\n' > wide.reg
rm -f out/*
runs 0 '' 'one that is large' @many.list out/ threads=2 memory=520 region=wide.reg verbose=2
test "$(wc -l < new)" -eq 12 && tail -n 1 output | grep -q '^bandpredict: out/m05_f150w.fits: band F200W' ||
    fail "it is the last: $(cat output)"
test "$(grep -c ': in/m05_f150w.fits.fz$' output)" -eq 1 || fail "its images are named once: $(cat output)"
exit $((failures > 0))
