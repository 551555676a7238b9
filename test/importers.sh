#!/bin/sh
# importers.sh -- training sets from what other projects hand out; see importers.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no || ! "$PYTHON3" -c 'import h5py, PIL' 2> /dev/null; then
    echo "no Python with astropy, scipy, skimage, h5py and PIL: skipped"
    exit 77
fi
for library in HDF5 PNG JPEG; do
    grep -q "^#define HAVE_$library 1" ../config.h || { echo "a build without $library: skipped"; exit 77; }
done
exec "$PYTHON3" "${srcdir-.}/importers.py" "$PWD/../tasks" "${srcdir-.}/../../shared/data"
