# ds9.m4 -- will DS9 find the menu?
# SPDX-License-Identifier: BSD-3-Clause
AC_PATH_PROG([DS9], [ds9], [no])
AS_CASE([$prefix],
  [NONE|/usr/local|/opt/local], [bc_ds9_summary="finds Analysis > Bandcast by itself after 'make install'"],
  [$HOME], [bc_ds9_summary="finds Analysis > Bandcast by itself after 'make install' (in ~/bin)"],
  [bc_ds9_summary="looks in ., ~/bin, /usr/local/bin and /opt/local/bin only: with this prefix link bandcast.ds9 into ~/bin"])
AS_IF([test "$DS9" = no], [bc_ds9_summary="$bc_ds9_summary (no ds9 on this machine now)"])
