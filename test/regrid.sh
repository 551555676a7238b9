#!/bin/sh
# regrid.sh -- images on other grids, against python3-reproject, SWarp and sources whose flux and place are known.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/regrid.py" "$PWD/regrid_image" "$(cd "${srcdir-.}/.." && pwd)/../shared/data"
