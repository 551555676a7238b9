#!/bin/sh
# install.sh -- what is installed suffices to build a program with the library, and uninstall takes all of it away.
# SPDX-License-Identifier: BSD-3-Clause
source=$(cd "${srcdir-.}/.." && pwd)
here=$PWD
stage=$here/install.$$
trap 'rm -rf "$stage"' EXIT
failures=0

check()
{
    test "$1" -eq 0 || { echo "does not hold: $2"; failures=$((failures + 1)); }
}

# The installed tree may only be read by its own tools: no parallel make, no flags of the make that runs this test.
unset MAKEFLAGS MFLAGS MAKELEVEL
flock=$(command -v flock)             # no other test installs meanwhile
if ! ${flock:+"$flock" ../config.status} ${MAKE-make} -C .. install DESTDIR="$stage" > install.out 2>&1; then
    tail -n 20 install.out
    echo 'make install failed'
    exit 1
fi
pc=$(find "$stage" -name bandcast.pc)
library=$(find "$stage" -name 'libbandcast.so' -o -name 'libbandcast.dylib' | head -n 1)
static=
if test -z "$library"; then             # configured with --disable-shared: what it stands on must be named
    library=$(find "$stage" -name libbandcast.a)
    static=--static
fi
test -n "$pc" && test -n "$library" && test -n "$(find "$stage" -name bandcast.h)"
check $? 'bandcast.pc, bandcast.h and the library are installed'

# After another --prefix, a Makefile is new and no source is: what has a folder in it is compiled again.
cd "$source" || exit 1
for file in $(grep -lE '"?(PKGDATADIR|PKGLIBDIR|BINDIR|HTMLDIR)\b' lib/*.c tasks/*.c); do
    for object in "${file%.c}.lo" "${file%.c}.o"; do
        test ! -f "$here/../$object" && continue
        ${MAKE-make} -C "$here/../${file%/*}" -n -W Makefile "${object#*/}" 2>&1 | grep -q "${file#*/}"
        check $? "$object is made anew"
        break
    done
done

# A user's program, compiled with what pkg-config says and nothing else of ours.  The folders of other libraries are not
# on the stage, and so it has no sysroot.
doc=$(dirname "$(find "$stage" -name predict.c)")
cmp "$source/examples/models/README.md" "$doc/models/README.md"
check $? 'predict.c and the cards of the models are installed'
mkdir "$stage/user" && cp "$doc/predict.c" "$stage/user" && cd "$stage/user" || exit 1
# shellcheck disable=SC2086
flags=$(PKG_CONFIG_PATH=$(dirname "$pc") ${PKG_CONFIG-pkg-config} --cflags --libs $static \
    --define-variable=prefix="$stage$(sed -n 's/^prefix=//p' "$pc")" bandcast)
check $? "pkg-config finds bandcast: $flags"
models=$(PKG_CONFIG_PATH=$(dirname "$pc") ${PKG_CONFIG-pkg-config} --variable=modelsdir bandcast)
test -f "$stage$models/ceers_f200w.fits"
check $? "and the models: $models"
# shellcheck disable=SC2086
${CC-cc} $CFLAGS -std=c11 -Wall -Wextra -pedantic -Werror predict.c $flags -lm -o predict > compiler.out 2>&1
check $? "predict.c compiles: $(cat compiler.out)"
LD_LIBRARY_PATH=$(dirname "$library"):$LD_LIBRARY_PATH
export LD_LIBRARY_PATH

version=$(sed -n 's/^Version: //p' "$pc")
./predict > out 2>&1
test $? -eq 2 && grep -q "bandcast $version:" out
check $? "usage and version: $(cat out)"
./predict missing.fits out.fits a.fits b.fits > out 2>&1
test $? -eq 1 && grep -q '^predict: missing.fits: No such file or directory$' out
check $? "one sentence: $(cat out)"

# With a shipped model: the same pixels as the installed bandpredict writes.
model=$(find "$source/examples/models" -name 'ceers_f200w.fits' 2>/dev/null | head -n 1)
if test -n "$model"; then
    images=$source/examples/images
    ./predict "$model" user.fits "$images/ceers_31457_f150w.fits.fz" "$images/ceers_31457_f277w.fits.fz" > out 2>&1
    check $? "predicts: $(cat out)"
    share=$(dirname "$(find "$stage" -name bandpredict.par)")
    bin=$(dirname "$(find "$stage" -name bandpredict)")
    BANDCAST_PAR=$share "$bin/bandpredict" \
        "$images/ceers_31457_f150w.fits.fz,$images/ceers_31457_f277w.fits.fz" task.fits "$model" > out 2>&1
    check $? "the installed bandpredict: $(cat out)"
    # DATASUM stands in the first block of cards; it sums the pixels alone.
    for file in user task; do
        tr '\0' ' ' < $file.fits | fold -b -w 80 | grep -a -m 1 '^DATASUM' | cut -c 1-30 > $file.sum
    done
    test -s user.sum && cmp -s user.sum task.sum
    check $? "the program and bandpredict give the same pixels: $(cat user.sum task.sum)"
else
    echo 'no shipped model: predictions are not tried'
fi

cd "$here" && rm -rf "$stage/user"
${MAKE-make} -C .. uninstall DESTDIR="$stage" > install.out 2>&1
check $? "make uninstall: $(tail -n 5 install.out)"
left=$(find "$stage" ! -type d)
test -z "$left"
check $? "uninstall leaves nothing: $left"
rm -f install.out
exit $((failures > 0))
