# cairo.m4 -- figures need cairo.
# SPDX-License-Identifier: BSD-3-Clause
AC_ARG_WITH([cairo], [AS_HELP_STRING([--with-cairo=yes|no|check], [figures of evaluations [check]])], [], [with_cairo=check])
have_cairo=no
AS_IF([test "x$with_cairo" != xno],
  [PKG_CHECK_MODULES([CAIRO], [cairo-pdf >= 1.16 cairo-png], [have_cairo=yes],
    [AS_IF([test "x$with_cairo" = xyes], [AC_MSG_ERROR([--with-cairo: cairo 1.16 with PDF and PNG is needed])])])])
AS_IF([test $have_cairo = yes],
  [AC_DEFINE([HAVE_CAIRO], [1], [Define to 1 if there is cairo for figures.])
   bc_cairo_summary="PDF and PNG through cairo $($PKG_CONFIG --modversion cairo)"],
  [bc_cairo_summary="none: no cairo"])
