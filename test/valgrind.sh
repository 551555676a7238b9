#!/bin/sh
# valgrind.sh -- the tasks under valgrind, at work and refusing: no error, nothing lost.  make valgrind runs it.
# SPDX-License-Identifier: BSD-3-Clause
tasks=$PWD/../tasks
libtool=$PWD/../libtool
examples=$(cd "${srcdir-.}/../examples" && pwd)
images=$examples/images
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
BANDCAST_PAR=$examples/../par BANDCAST_HELP=$examples/../help BANDCAST_MODELS=$examples/models
export BANDCAST_PAR BANDCAST_HELP BANDCAST_MODELS
unset PFILES UPARM
failures=0

# runs STATUS TASK ARGUMENT...: it ends with STATUS and valgrind has nothing to say.
runs()
{
    status=$1
    shift
    "$libtool" --mode=execute valgrind -q --error-exitcode=99 --leak-check=full --log-file=said \
        --errors-for-leak-kinds=definite,indirect,possible "$tasks/bandcast" "$@" > out 2> errors < /dev/null
    got=$?
    if test $got -ne "$status" || test -s said; then
        echo "does not hold: $* ends with $status, not $got, and valgrind says nothing:"
        cat said errors
        failures=$((failures + 1))
    fi
}

f150w=$images/ceers_31457_f150w.fits.fz f200w=$images/ceers_31457_f200w.fits.fz f277w=$images/ceers_31457_f277w.fits.fz
g=$images/kids_g.fits.fz z=$images/kids_Z.fits.fz r=$images/kids_r.fits.fz
runs 0 bandpredict "$f150w,$f277w" stamp.fits ceers_f200w "truth=$f200w"
runs 0 bandpredict "${g}[1:100,1:70],${z}[1:100,1:70]" field.fits kids_r
runs 0 bandeval stamp.fits "$f200w" aperture=1 table=table.fits
printf 'id,x,y\n1,40,40\n2,90,60\n3,150,80\n4,60,120\n5,100,100\n' > catalog.csv
runs 0 bandprep "$g,$z,$r" set.fits catalog=catalog.csv size=32
runs 0 bandtrain set.fits model.fits inbands=g,Z outband=r filters=4 resblocks=1 epochs=1
runs 0 bandeval set.fits model=model.fits split=all aperture=2 table=table.csv
runs 0 bandmodel check model.fits
runs 0 bandmodel list installed
runs 0 bandpredict --help
head -c 8000 stamp.fits > cut.fits
runs 1 bandpredict "cut.fits,$f277w" x.fits ceers_f200w
runs 1 bandpredict "nosuch.fits,$f277w" x.fits ceers_f200w
runs 1 bandpredict "$f150w,$f200w" x.fits ceers_f200w
runs 1 bandpredict "$f150w,$f277w" stamp.fits ceers_f200w
runs 1 bandpredict "$f150w,$f277w" x.fits "$f150w"
runs 2 bandpredict "$f150w,$f277w" x.fits ceers_f200w cloober=yes size=many
runs 1 bandtrain stamp.fits x.fits
runs 1 bandmodel check cut.fits
exit $((failures > 0))
