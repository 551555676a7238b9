#!/bin/sh
# layering.sh -- who may know whom: what the sources include and call, and what the library exports.
# SPDX-License-Identifier: BSD-3-Clause
top=${srcdir-.}/..
failures=0

# Say what stands in the file found and count it.
forbid()
{
    test -s found || return 0
    echo "$1:"
    sed 's/^/    /' found
    failures=$((failures + 1))
}

# FILE:HEADER of every #include in angle brackets or quotes.
includes()
{
    grep -H '^# *include' "$@" 2>/dev/null | sed 's/: *# *include *["<]\([^">]*\)[">].*/:\1/'
}

folder=layering.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
case $top in /*) ;; *) top=../$top ;; esac

# The library returns; it never ends the program, prints or prompts.
grep -nE '(^|[^_[:alnum:]])(exit|_exit|_Exit|abort|printf|vprintf|puts|putchar|perror|scanf|getchar|system) *\(' \
    "$top"/lib/*.[ch] "$top"/cuda/*.c "$top"/cuda/*.h "$top"/cuda/*.cu 2>/dev/null \
    | grep -v '/trial\.c:.* _exit(' > found    # which ends a child of its own
forbid 'the library exits, prints or asks'
grep -nE '(^|[^_[:alnum:]])(stdout|stderr|stdin)($|[^_[:alnum:]])' "$top"/lib/*.[ch] "$top"/cuda/*.c "$top"/cuda/*.h \
    "$top"/cuda/*.cu > found 2>/dev/null
forbid 'the library uses a standard stream'

# A thread that waits for the whole GPU, or uses the stream that all threads share, ends what another one is recording.
grep -nE '(cudaDeviceSynchronize|cudaMemcpy|cudaMemset) *\(' "$top"/cuda/*.c "$top"/cuda/*.h "$top"/cuda/*.cu > found
forbid 'cuda waits for the whole GPU'

# lib includes its own headers only, tasks theirs and bandcast.h, cuda of lib only backend.h, module.h and status.h.
includes "$top"/lib/*.[ch] | while IFS=: read -r file header; do
    case $header in
        *.h) test ! -f "$top/tasks/$header" || test -f "$top/lib/$header" || echo "$file: $header" ;;
    esac
done > found
forbid 'lib includes a header of tasks'
includes "$top"/tasks/*.[ch] | while IFS=: read -r file header; do
    test "$header" = bandcast.h || test ! -f "$top/lib/$header" || echo "$file: $header"
done > found
forbid 'tasks include a header of lib other than bandcast.h'
includes "$top"/cuda/*.c "$top"/cuda/*.cu "$top"/cuda/*.h | while IFS=: read -r file header; do
    case $header in
        backend.h | module.h | status.h | bandcast.h) ;;
        *) test ! -f "$top/lib/${header##*/}" || test -f "$top/cuda/$header" || echo "$file: $header" ;;
    esac
done > found
forbid 'cuda includes a header of lib other than backend.h, module.h and status.h'

# One file each sees another project's header.
only()
{
    includes "$top"/lib/*.[ch] "$top"/tasks/*.[ch] "$top"/cuda/*.c "$top"/cuda/*.cu "$top"/cuda/*.h \
        | grep -E ":($1)\$" | grep -v "/$2:" > found
    forbid "a file beside $2 includes $1"
}
only 'fitsio[0-9]*\.h|longnam\.h|drvrsmem\.h' lib/fits_file.h
only 'fits_file\.h' 'lib/fits[_a-z]*.c'
only 'wcslib/.*\.h' lib/wcs.c
only 'xpa\.h' tasks/xpa.c
only 'hdf5.*\.h' lib/hdf5.c
only 'zip\.h' lib/zip.c
only 'zlib\.h' lib/gzip.c
only 'png\.h' lib/png.c
only 'jpeglib\.h' lib/jpeg.c
only 'cairo.*\.h' tasks/canvas.c
only 'cudnn.*\.h' cuda/cudnn.c

# Every source says its licence.
for file in "$top"/lib/* "$top"/cuda/* "$top"/tasks/* "$top"/ds9/* "$top"/test/* "$top"/examples/*; do
    case $file in *.[ch] | *.cu | *.am | *.m4 | *.sh | *.py | *.tcl) ;; *) continue ;; esac
    grep -q 'SPDX-License-Identifier: BSD-3-Clause' "$file" || echo "$file"
done > found
forbid 'no SPDX line'

# What the installed library exports is what bandcast.h declares.
rm -f found
library=$(ls ../../lib/.libs/libbandcast.so ../../lib/.libs/libbandcast.dylib 2>/dev/null | head -n 1)
if test -n "$library" && command -v nm > /dev/null; then
    nm -D --defined-only "$library" | sed 's/.* //; s/@.*//' \
        | grep -vE '^(_init|_fini|_edata|_end|__bss_start)$' | sort -u > exported
    tr '\n' ' ' < "$top/lib/bandcast.h" | grep -oE 'BC_API [a-z][^();]*\(' \
        | sed 's/ *($//; s/.*[ *]//' | sort -u > declared
    test -s declared || echo 'none' > found
    forbid 'bandcast.h declares nothing'
    grep -v '^bc_' exported > found
    forbid 'exported without the prefix bc_'
    comm -13 declared exported > found
    forbid 'exported, but not in bandcast.h'
    comm -23 declared exported > found
    forbid 'in bandcast.h, but not exported'
else
    echo 'no shared library or no nm: exports are not looked at'
fi
exit $((failures > 0))
