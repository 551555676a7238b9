#!/bin/sh
# region.sh -- bandpredict region= predicts the pixels that DS9 would mean, and no others differently.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/region.py" "$PWD/../tasks/bandpredict" "$(cd "${srcdir-.}/../examples" && pwd)"
