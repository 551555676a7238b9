#!/bin/sh
# outputs.sh -- an output is complete or absent, whatever ends a run and whatever the files are called.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/outputs.py" "$PWD/../tasks" "$(cd "${srcdir-.}/../examples" && pwd)"
