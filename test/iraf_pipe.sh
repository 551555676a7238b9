#!/bin/sh
# iraf_pipe.sh -- the tasks' side of IRAF's protocol, byte by byte, without IRAF.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/iraf_pipe.py" "$PWD/../tasks" "$(cd "${srcdir-.}/.." && pwd)"
