#!/bin/sh
# sections.sh -- the scripts of the paper's sections run to the end on a few simulated galaxies: training by its recipe,
# scores, figures, tables; started again they go on with what is there.
# SPDX-License-Identifier: BSD-3-Clause
paper=$(cd "${srcdir-.}/../examples/paper" && pwd)
PATH=$PWD/../tasks:$PATH
export PATH
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
failures=0

check()
{
    test "$1" -eq 0 || { echo "does not hold: $2"; tail -n 5 said; failures=1; }
}

# section NAME INPUTS OUTPUTS -- trains a model from INPUTS into each of OUTPUTS.
section()
{
    script=$paper/section_$1.sh table=out_$1/table_$1.txt
    settings="mock=yes out=out_$1 number=20 size=32 filters=4 resblocks=1"
    sh "$script" $settings epochs=1 > said 2>&1
    check $? "${script##*/} runs to the end"
    for band in $3; do
        bandmodel show "out_$1/$(echo "$2" | tr -d ,)_to_$band.fits" > shown
        grep -q "^ARCH *= 'resnet" shown && grep -q '^NORM *= *1 ' shown && grep -q '^LAMBDA *= *1\. ' shown
        check $? "$2 -> $band is trained by the paper's recipe"
        awk -v row="$2 -> $band" 'index($0, row) == 1 { good = NF == 8 && $4 > 0 && $6 > 0 }
                                  END { exit !good }' "$table"
        check $? "$table has all figures of $2 -> $band"
    done
    cp "$table" before
    sh "$script" $settings epochs=1 > said 2>&1 && cmp -s before "$table" && grep -q 'goes on with it' said
    check $? "${script##*/} goes on with what is there"
    ! sh "$script" $settings epochs=2 > said 2>&1 && grep -q 'epochs=1 .*choose another out=' said &&
        cmp -s before "$table"
    check $? "but not with other settings"
}

section 3_1 NUV,K 'G R Z'
section 3_2 G,R 'U NUV FUV'
section 3_3 G,Z R
exit $failures
