#!/bin/sh
# resume.sh -- a training that is killed, stopped or fails at any moment goes on to the same bits, or says why not.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/resume.py" "$PWD/../tasks" "$(cd "${srcdir-.}/../examples" && pwd)"
