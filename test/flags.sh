#!/bin/sh
# flags.sh -- a build for this processor alone: kernels of each instruction set are still those of their names, and a
# pixel has the same bits in any window.
# SPDX-License-Identifier: BSD-3-Clause
source=$(cd "${srcdir-.}/.." && pwd)
folder=$PWD/flags.$$
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$folder" && cd "$folder" || exit 1
test ! -f "$source/config.status" || { echo 'configured in place: no second build is possible, skipped'; exit 77; }
echo 'int nothing;' > empty.c
${CC-cc} -march=native -c empty.c > out 2>&1 || { echo 'the compiler knows no -march=native, skipped'; exit 77; }

unset MAKEFLAGS MFLAGS MAKELEVEL
{ "$source/configure" --quiet --disable-shared --without-cuda --without-iraf CC="${CC-cc}" \
      CFLAGS='-O1 -march=native' && ${MAKE-make} -j2 -C lib && ${MAKE-make} -j2 -C tasks libtasks.la \
      && ${MAKE-make} -C test test_cpu; } > out 2>&1 || {
    tail -n 20 out
    echo "it does not build"
    exit 1
}
test/test_cpu
