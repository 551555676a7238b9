#!/bin/sh
# bandeval.sh -- bandeval's numbers are those of numpy, scikit-image and photutils; bad input gets a sentence.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/bandeval.py" "$PWD/../tasks/bandeval"
