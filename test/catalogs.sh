#!/bin/sh
# catalogs.sh -- catalogues as astronomers have them give bandprep the same stamps; see catalogs.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/catalogs.py" "$PWD/../tasks/bandprep" "$(cd "${srcdir-.}/../examples" && pwd)"
