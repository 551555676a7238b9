# cuda.m4 -- --with-cuda=yes|no|check.  The GPU backend is not written yet: "yes" says so, "check" finds nothing.
# SPDX-License-Identifier: BSD-3-Clause
AC_ARG_WITH([cuda],
  [AS_HELP_STRING([--with-cuda=yes|no|check], [GPU backend (not in this version) @<:@check@:>@])],
  [], [with_cuda=check])
AS_CASE([$with_cuda],
  [no|check], [bc_cuda_summary="none (this version computes on the CPU)"],
  [AC_MSG_ERROR([--with-cuda=$with_cuda: this version has no GPU backend])])
