# isa.m4 -- instruction sets that the CPU kernels are compiled for; which one runs is chosen at run time.
# SPDX-License-Identifier: BSD-3-Clause
AC_MSG_CHECKING([which instruction sets the CPU kernels are compiled for])
AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [[
#if !defined __x86_64__
#error not x86-64
#endif
]])], [bc_x86=yes; bc_isa_summary="baseline (SSE2), AVX2+FMA, AVX-512; the fastest that runs is chosen"],
      [bc_x86=no; bc_isa_summary="baseline vectors of this processor"])
AC_MSG_RESULT([$bc_isa_summary])
AM_CONDITIONAL([X86], [test $bc_x86 = yes])

# A product and a sum are to become one operation wherever that can be: in the tunings of some processors gcc leaves
# them apart in chains, so that a pixel's bits would depend on how many others are computed beside it.
AC_MSG_CHECKING([whether $CC can be told to fuse all products and sums])
bc_cflags=$CFLAGS
CFLAGS="$CFLAGS -Werror --param=avoid-fma-max-bits=0"
AC_COMPILE_IFELSE([AC_LANG_PROGRAM], [FUSE_CFLAGS=--param=avoid-fma-max-bits=0], [FUSE_CFLAGS=])
CFLAGS=$bc_cflags
AC_MSG_RESULT([${FUSE_CFLAGS:-no}])
AC_SUBST([FUSE_CFLAGS])
