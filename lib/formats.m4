# formats.m4 -- files of other programs: --with-hdf5|libzip|png|jpeg=yes|no|check.
# SPDX-License-Identifier: BSD-3-Clause

# BC_FORMAT(NAME, VARIABLE, MODULE, WHAT IT IS FOR)
AC_DEFUN([BC_FORMAT], [
AC_ARG_WITH([$1], [AS_HELP_STRING([--with-$1=yes|no|check], [$4 @<:@check@:>@])], [], [with_$1=check])
AS_IF([test "x$with_$1" != xno],
  [PKG_CHECK_MODULES([$2], [$3], [bc_have_$1=yes],
     [AS_IF([test "x$with_$1" = xyes], [AC_MSG_ERROR([--with-$1: $3 was not found])])
      bc_have_$1=no])], [bc_have_$1=no])
AS_IF([test $bc_have_$1 = yes],
  [AC_DEFINE([HAVE_$2], [1], [$4])
   bc_formats_with="$bc_formats_with $1"], [bc_formats_without="$bc_formats_without $1"])
])
BC_FORMAT([hdf5], [HDF5], [hdf5], [Keras checkpoints, Illustris, Galaxy10])
BC_FORMAT([libzip], [LIBZIP], [libzip], [Keras checkpoints of version 2.13 and later])
BC_FORMAT([png], [PNG], [libpng], [PNG composites])
BC_FORMAT([jpeg], [JPEG], [libjpeg], [JPEG composites])
bc_formats_summary="with${bc_formats_with:- none}"
AS_IF([test -n "$bc_formats_without"], [bc_formats_summary="$bc_formats_summary, without$bc_formats_without"])
