# ncurses.m4 -- bandpar edit needs ncurses' forms.
# SPDX-License-Identifier: BSD-3-Clause
AC_ARG_WITH([ncurses], [AS_HELP_STRING([--with-ncurses=yes|no|check], [bandpar edit [check]])], [], [with_ncurses=check])
have_ncurses=no
AS_IF([test "x$with_ncurses" != xno],
  [PKG_CHECK_MODULES([NCURSES], [ncursesw formw], [have_ncurses=yes],
    [AS_IF([test "x$with_ncurses" = xyes], [AC_MSG_ERROR([--with-ncurses: ncursesw and formw are needed])])])])
AS_IF([test $have_ncurses = yes],
  [AC_DEFINE([HAVE_NCURSES], [1], [Define to 1 if there is ncurses for forms.])
   bc_ncurses_summary="bandpar edit with ncurses $($PKG_CONFIG --modversion ncursesw)"],
  [bc_ncurses_summary="no bandpar edit: no ncurses"])
