# cuda.m4 -- --with-cuda=yes|no|check|DIR: the GPU module needs nvcc 12 or later and cuDNN 9.
# SPDX-License-Identifier: BSD-3-Clause
AC_ARG_WITH([cuda],
  [AS_HELP_STRING([--with-cuda=yes|no|check|DIR], [GPU backend, CUDA being in DIR @<:@check@:>@])],
  [], [with_cuda=check])
have_cuda=no
bc_cuda_missing="this build was told to do without"
AS_IF([test "x$with_cuda" != xno],
  [AS_CASE([$with_cuda], [yes|check], [bc_cuda_dir=/usr/local/cuda], [bc_cuda_dir=$with_cuda])
   AS_CASE([$with_cuda], [yes|check], [bc_cuda_path=$PATH:$bc_cuda_dir/bin], [bc_cuda_path=$bc_cuda_dir/bin])
   AC_PATH_PROG([NVCC], [nvcc], [], [$bc_cuda_path])
   bc_cuda_missing="no nvcc"
   AS_IF([test -n "$NVCC"],
     [bc_cuda_dir=${NVCC%/bin/nvcc}
      bc_cuda_version=$("$NVCC" --version | $SED -n 's/.*release \([[0-9.]]*\).*/\1/p')
      AC_MSG_CHECKING([for cuDNN 9 beside CUDA $bc_cuda_version])
      CUDA_CPPFLAGS="-I$bc_cuda_dir/include"
      CUDA_LDFLAGS=
      for bc_dir in "$bc_cuda_dir/lib64" "$bc_cuda_dir/targets/$host_cpu-linux/lib"; do
        AS_IF([test -d "$bc_dir"], [CUDA_LDFLAGS="$CUDA_LDFLAGS -L$bc_dir -Wl,-rpath,$bc_dir"])
      done
      # libcudnn.so itself ends the program when one of its parts is missing; the part that has the graph interface fails.
      CUDA_LIBS="-l:libcudnn_graph.so.9 -lcudart_static -ldl -lrt -lpthread"
      bc_save="$CPPFLAGS|$LDFLAGS|$LIBS"
      CPPFLAGS="$CPPFLAGS $CUDA_CPPFLAGS" LDFLAGS="$LDFLAGS $CUDA_LDFLAGS" LIBS="$CUDA_LIBS $LIBS"
      AC_LINK_IFELSE([AC_LANG_PROGRAM([[
#include <cuda_runtime_api.h>
#include <cudnn_graph.h>
#if CUDNN_MAJOR < 9 || CUDART_VERSION < 12000
#error too old
#endif
]], [[int n; return cudaGetDeviceCount(&n) != cudaSuccess || cudnnGetVersion() == 0;]])],
        [have_cuda=yes], [bc_cuda_missing="nvcc $bc_cuda_version, but no cuDNN 9 to compile and link with"])
      CPPFLAGS=${bc_save%%|*} LDFLAGS=${bc_save#*|} LIBS=${bc_save##*|}
      LDFLAGS=${LDFLAGS%|*}
      AC_MSG_RESULT([$have_cuda])])
   AS_IF([test $have_cuda = no && test "x$with_cuda" != xcheck],
     [AC_MSG_ERROR([--with-cuda=$with_cuda: $bc_cuda_missing])])])

# Machine code for each kind of GPU that this nvcc knows, and for later ones what their drivers compile.
AS_IF([test $have_cuda = yes],
  [bc_cuda_known=$("$NVCC" --list-gpu-code)
   NVCC_ARCH= bc_cuda_archs=
   for bc_arch in 70 75 80 86 89 90 100 110 120; do
     AS_IF([echo "$bc_cuda_known" | grep "^sm_$bc_arch\$" >/dev/null],
       [NVCC_ARCH="$NVCC_ARCH -gencode arch=compute_$bc_arch,code=sm_$bc_arch"
        bc_cuda_archs="$bc_cuda_archs sm_$bc_arch" bc_cuda_last=$bc_arch
        CUDA_FIRST=${CUDA_FIRST-$bc_arch}])
   done
   NVCC_ARCH="$NVCC_ARCH -gencode arch=compute_$bc_cuda_last,code=compute_$bc_cuda_last"
   bc_cuda_summary="CUDA $bc_cuda_version with cuDNN 9, for$bc_cuda_archs and later"],
  [bc_cuda_summary="none: $bc_cuda_missing"])
AC_SUBST([CUDA_CPPFLAGS])
AC_SUBST([CUDA_LDFLAGS])
AC_SUBST([CUDA_LIBS])
AC_SUBST([NVCC_ARCH])
AC_SUBST([CUDA_FIRST])
AM_CONDITIONAL([CUDA], [test $have_cuda = yes])
AC_CONFIG_FILES([cuda/Makefile])
