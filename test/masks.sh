#!/bin/sh
# masks.sh -- which pixels are no data: masks, weights, filled areas; see masks.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/masks.py" ./print_image "${srcdir-.}/../../shared/data"
