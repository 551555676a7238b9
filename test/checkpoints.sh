#!/bin/sh
# checkpoints.sh -- models of Keras and safetensors, in and out, and what is none; see checkpoints.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no || ! "$PYTHON3" -c 'import h5py' 2> /dev/null; then
    echo "no Python with astropy, scipy, skimage and h5py: skipped"
    exit 77
fi
if ! grep -q '^#define HAVE_HDF5' ../config.h || ! grep -q '^#define HAVE_LIBZIP' ../config.h; then
    echo "a build without HDF5 or libzip: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/checkpoints.py" "$PWD/../tasks" ./run_network "${srcdir-.}/../../shared/fixtures/keras"
