# iraf.m4 -- where IRAF is, and whether the package can be put among its own.
# SPDX-License-Identifier: BSD-3-Clause
AC_ARG_WITH([iraf],
  [AS_HELP_STRING([--with-iraf=DIR|yes|no|check],
    [IRAF's help database; with DIR, where IRAF is, the package goes to DIR/extern @<:@check@:>@])],
  [], [with_iraf=check])
AS_CASE([$with_iraf],
  [no],        [bc_iraf_places=],
  [yes|check], [bc_iraf_places="$iraf /usr/lib/iraf /usr/local/lib/iraf /opt/iraf /iraf/iraf"],
  [bc_iraf_places=$with_iraf])
bc_iraf=no
for bc_place in $bc_iraf_places; do
  AS_IF([test -f "$bc_place/unix/hlib/zzsetenv.def"], [bc_iraf=${bc_place%/}; break])
done
AC_PATH_PROG([IRAFCL], [irafcl], [no])
AC_PATH_PROG([PYRAF], [pyraf], [no])
AS_IF([test "$bc_iraf" = no || test "$IRAFCL" = no],
  [bc_iraf=no
   AS_CASE([$with_iraf], [no|check], [], [AC_MSG_ERROR([--with-iraf=$with_iraf: no IRAF is there, or no irafcl])])])

# IRAF finds by itself what is in its folder extern: ours to write to if the prefix is IRAF's, too, or if told so.
irafextern=
bc_prefix=$prefix
test "x$bc_prefix" != xNONE || bc_prefix=$ac_default_prefix
AS_IF([test "$bc_iraf" != no],
  [AS_CASE([$with_iraf], [yes|check],
     [AS_CASE([$bc_iraf], ["$bc_prefix"/local/*], [], ["$bc_prefix"/*], [irafextern=$bc_iraf/extern])],
     [irafextern=$bc_iraf/extern])])
AC_SUBST([irafextern])
AM_CONDITIONAL([HAVE_IRAF], [test "$bc_iraf" != no])
AM_CONDITIONAL([IRAF_EXTERN], [test -n "$irafextern"])

AS_IF([test "$with_iraf" = no],   [bc_iraf_summary="not looked for"],
      [test "$bc_iraf" = no],     [bc_iraf_summary="none found: the package is installed without its help database"],
      [bc_iraf_summary="$(grep '^set.version' "$bc_iraf/unix/hlib/zzsetenv.def" | cut -d '"' -f 2) in $bc_iraf"
       AS_IF([test -n "$irafextern"], [bc_iraf_summary="$bc_iraf_summary, finds the package by itself in extern/bandcast"],
             [bc_iraf_summary="$bc_iraf_summary; 'make install' prints the lines for loginuser.cl"])])
AS_IF([test "$PYRAF" != no], [bc_iraf_summary="$bc_iraf_summary; PyRAF as well"])
