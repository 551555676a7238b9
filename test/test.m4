# test.m4 -- what the tests can use here; they skip by name what is missing.
# SPDX-License-Identifier: BSD-3-Clause
AC_ARG_VAR([PYTHON3], [a Python with astropy, scipy and scikit-image, for the tests])
AS_IF([test -z "$PYTHON3"],
  [for bc_python in /usr/bin/python3 python3; do
     AS_IF([$bc_python -c 'import astropy, scipy, skimage' 2>/dev/null], [PYTHON3=$bc_python; break])
   done])
AS_IF([test -z "$PYTHON3"], [PYTHON3=no; bc_test_summary="without Python's astropy, scipy, skimage: those are skipped"],
      [bc_test_summary="compare with astropy, scipy, skimage ($PYTHON3)"])

# The GPU's kernels are tested on the processor too, as C++ (shim/).
AC_ARG_VAR([CXX], [a compiler for C++17, for the tests of the GPU's kernels])
AS_IF([test -z "$CXX"], [AC_CHECK_PROGS([CXX], [g++ clang++ c++])])
have_shim=no
AS_IF([test -n "$CXX"],
  [AC_MSG_CHECKING([whether $CXX knows C++17])
   AS_ECHO(['template <typename... T> auto sum(T... x) { return (x + ...); } int main() { return sum(1, -1); }']) > conftest.cc
   AS_IF([$CXX -std=gnu++17 -c conftest.cc -o conftest.o 2>&AS_MESSAGE_LOG_FD], [have_shim=yes])
   rm -f conftest.cc conftest.o
   AC_MSG_RESULT([$have_shim])])
AM_CONDITIONAL([SHIM], [test $have_shim = yes])
