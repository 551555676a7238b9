#!/bin/sh
# calibration.sh -- units and zero points of bandpredict, in and out, against astropy.units.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/calibration.py" "$PWD/../tasks" "$(cd "${srcdir-.}/../examples" && pwd)"
