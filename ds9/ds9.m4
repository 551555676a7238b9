# ds9.m4 -- will DS9 find the menu?
# SPDX-License-Identifier: BSD-3-Clause
AC_PATH_PROG([DS9], [ds9], [no])
bc_ds9_bin=$(
  test "x$prefix" != xNONE || prefix=$ac_default_prefix
  test "x$exec_prefix" != xNONE || exec_prefix=$prefix
  eval "eval \"echo $bindir\"")
AS_CASE([$bc_ds9_bin],
  [/usr/local/bin|/opt/local/bin|"$HOME"/bin],
    [bc_ds9_summary="finds Analysis > Bandcast by itself after 'make install' (in $bc_ds9_bin)"],
  [bc_ds9_summary="looks in ., ~/bin, /usr/local/bin and /opt/local/bin only, not in $bc_ds9_bin:
                         link bandcast.ds9 from there into ~/bin, or run 'bandds9 attach'"])
AS_IF([test "$DS9" = no], [bc_ds9_summary="$bc_ds9_summary (no ds9 on this machine now)"])
