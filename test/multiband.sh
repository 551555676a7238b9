#!/bin/sh
# multiband.sh -- models that predict several bands; see multiband.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy, scipy, skimage: skipped"
    exit 77
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
top=$(cd .. && pwd) source=$(cd "${srcdir-.}" && pwd)
cd "$work" && "$PYTHON3" "$source/multiband.py" "$top/tasks"
