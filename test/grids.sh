#!/bin/sh
# grids.sh -- bandpredict and bandprep with images on unlike grids.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/grids.py" "$PWD/../tasks" "$PWD/align_images" "$(cd "${srcdir-.}/../examples" && pwd)"
