#!/bin/sh
# par_cases.sh -- parameter files, command lines, prompts and learning, case by case; see par_cases.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python: skipped"
    exit 77
fi
exec "$PYTHON3" "${srcdir-.}/par_cases.py" ./print_par ./demo "${srcdir-.}/.."
