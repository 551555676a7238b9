#!/bin/sh
# cuda.sh -- the GPU backend as far as it goes without a GPU: the module loads and says what it finds.
# SPDX-License-Identifier: BSD-3-Clause
top=$(cd "${srcdir-.}/.." && pwd)
build=$(cd .. && pwd)
test -f "$build/cuda/bandcast_cuda.so" || { echo 'this build has no GPU module: skipped'; exit 77; }
BANDCAST_CUDA=$build/cuda/bandcast_cuda.so
export BANDCAST_CUDA
folder=cuda.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
failures=0

check()
{
    test "$1" -eq 0 || { echo "does not hold: $2"; failures=$((failures + 1)); }
}

# predict STATUS DEVICE TEXT: how a prediction ends, and what its one line of error holds.
predict()
{
    "$build/tasks/bandpredict" "$top/examples/images/kids_g.fits.fz,$top/examples/images/kids_Z.fits.fz" out.fits \
        "$top/examples/models/kids_r.fits" device="$2" clobber=yes verbose=1 > out 2> errors < /dev/null
    got=$?
    test $got -eq "$1" && grep -qF "$3" out errors
    check $? "bandpredict device=$2 ends with $1, not $got, and says '$3': $(cat errors)"
    test "$1" -eq 0 || test "$(wc -l < errors)" -eq 1
    check $? "bandpredict device=$2 says one line: $(cat errors)"
}

../test_cuda
check $? 'what test_cuda.c says'

# Nothing but the system's C library and cuDNN: no C++ library, no driver.
readelf -d "$BANDCAST_CUDA" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' \
    | grep -vE '^(libc|libm|libdl|librt|libpthread|ld-linux.*|libcudnn_graph|libasan|libubsan)\.so\.[0-9]+$' > others
test ! -s others
check $? "the module needs $(tr '\n' ' ' < others)"

if ../test_cuda | grep -q '^0 GPUs'; then
    predict 1 cuda 'device=cuda: '
    predict 1 cuda:1,bf16 'device=cuda:1,bf16: '
    predict 0 auto 'predicted on cpu ('
fi
predict 1 cuda:1000 'device=cuda:1000: '
predict 0 cpu 'predicted on cpu ('

# cuDNN has engines for every convolution of the paper's network and of those that are shipped, forward and backward,
# on GPUs that are not here.
plans=../print_plans
ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0     # cuDNN keeps what it has loaded
export ASAN_OPTIONS
for gpu in sm80 sm90 sm120; do
    for precision in fp32 tf32 bf16; do
        for size in 64 128; do
            $plans "$top/test/data/gpu_$gpu.json" $precision 16 $size paper "$top"/examples/models/*.fits > plans
            check $? "cuDNN has plans in $precision for $size pixels on $gpu: $(grep -v 'engine' plans)"
            test "$(grep -c '^paper, .*: engine [0-9]*, ' plans)" -eq 62
            check $? "the paper's network has 62 plans in $precision on $gpu, not $(grep -c '^paper' plans)"
            case $precision in fp32) wrong='engine [0-9]*, tensor cores' ;; *) wrong=', res.*no tensor cores' ;; esac
            ! grep "$wrong" plans > others
            check $? "tensor cores are for TF32 and bf16, not in: $(cat others)"
            ! grep 'any order' plans > others
            check $? "without fast the order of sums is fixed, not in: $(cat others)"
        done
    done
done

# cuDNN ends the program where it does not find cuBLASLt; here that is a sentence, if it is not in the system's folders.
mkdir bare
cudnn=$(ldd $plans | sed -n 's/.*libcudnn_graph\.so\.9 => \(.*\)\/.*/\1/p')
ln -s "$cudnn"/libcudnn*.so.9 bare/
others=$(ldd $plans | sed -n 's/.* => \(\/.*\)\/.*/\1/p' | grep -vxF "$cudnn" | sort -u | tr '\n' ':')
loader=$(readelf -l $plans | sed -n 's/.*interpreter: \(.*\)\]/\1/p')
folders=$(readelf -d $plans | sed -n 's/.*path: \[\(.*\)\]/\1/p')
sed "s,${folders:-/none},$(echo "$folders" | tr / _)," $plans > bare/plans      # that looks into none of them
"$loader" --inhibit-cache --library-path "$PWD/bare:$others" bare/plans "$top/test/data/gpu_sm90.json" tf32 16 64 \
    paper > out 2>&1
got=$?
test $got -eq 0 || { test $got -eq 1 && grep -q 'cuDNN needs libcublasLt.so.[0-9]*, which is not found' out; }
check $? "cuDNN without cuBLASLt ends with $got: $(cat out)"

# Whole networks against plain C, where there is a GPU.
../test_gpu > out
got=$?
test $got -eq 0 || test $got -eq 77
check $? "what test_gpu says: $(cat out)"

# Modules that are none, or of another version.
predict_with()
{
    BANDCAST_CUDA=$1
    predict 1 cuda "$2"
    predict 0 auto 'predicted on cpu ('
    BANDCAST_CUDA=$build/cuda/bandcast_cuda.so
}
predict_with ./missing.so 'there is no GPU module ./missing.so'
# The library tries to load them where there is a driver; here an empty one will do.
for name in other old driver; do
    case $name in
        other) echo 'int other;' ;;
        old) echo 'struct { unsigned long a; const char *v; } bandcast_cuda_module = { 1, "0.0" };' ;;
        driver) echo 'int driver;' ;;
    esac > $name.c
    ${CC-cc} -shared -fPIC -o $name.so $name.c
done
mv driver.so libcuda.so.1
LD_LIBRARY_PATH=.${LD_LIBRARY_PATH+:$LD_LIBRARY_PATH}
export LD_LIBRARY_PATH
predict_with ./other.so './other.so is not a GPU module of bandcast'
predict_with ./old.so './old.so was built for another bandcast'
predict_with ./other.c 'the GPU module cannot be loaded: ./other.c'
predict 1 cuda 'device=cuda: '
exit $((failures > 0))
