#!/bin/sh
# bandpredict.sh -- the main job on real galaxies with the shipped models: pixels, headers, sky.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/bandpredict.py" "$PWD/../tasks/bandpredict" "$(cd "${srcdir-.}/../examples" && pwd)"
