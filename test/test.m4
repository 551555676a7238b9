# test.m4 -- what the tests can use here; they skip by name what is missing.
# SPDX-License-Identifier: BSD-3-Clause
AC_ARG_VAR([PYTHON3], [a Python with astropy, scipy and scikit-image, for the tests])
AS_IF([test -z "$PYTHON3"],
  [for bc_python in /usr/bin/python3 python3; do
     AS_IF([$bc_python -c 'import astropy, scipy, skimage' 2>/dev/null], [PYTHON3=$bc_python; break])
   done])
AS_IF([test -z "$PYTHON3"], [PYTHON3=no; bc_test_summary="without Python's astropy, scipy, skimage: those are skipped"],
      [bc_test_summary="compare with astropy, scipy, skimage ($PYTHON3)"])
