#!/bin/sh
# images.sh -- images in and out against astropy and fitsverify; see images.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/images.py" ./print_image "${srcdir-.}/../../shared/data"
