#!/bin/sh
# par_cases.sh -- parameter files, command lines, prompts and learning, case by case; see
# par_cases.py and par_runs.py.
# SPDX-License-Identifier: BSD-3-Clause
if test "$PYTHON3" = no; then
    echo "no Python: skipped"
    exit 77
fi
PYTHONDONTWRITEBYTECODE=1
export PYTHONDONTWRITEBYTECODE
failures=0
for script in par_cases.py par_runs.py; do
    "$PYTHON3" "${srcdir-.}/$script" ./print_par ./demo "${srcdir-.}/.." || failures=1
done
exit $failures
