#!/bin/sh
# profiles.sh -- bandeval's profiles, curves of growth and radii are those of photutils, numpy and scipy.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
top=$(cd "${srcdir-.}/.." && pwd)
exec "$PYTHON3" "${srcdir-.}/profiles.py" "$PWD/../tasks/bandeval" "$top/examples/images" "$top/../shared/data"
