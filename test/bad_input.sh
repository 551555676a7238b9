#!/bin/sh
# bad_input.sh -- what tasks cannot use is refused in one sentence, and nothing is created, changed or left behind.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python with astropy: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/bad_input.py" "$PWD/../tasks" "$(cd "${srcdir-.}/../examples" && pwd)"
