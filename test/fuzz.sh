#!/bin/sh
# fuzz.sh -- any bytes as a parameter file, a command line or a list: an error or a result, FUZZ_SECONDS each.
# SPDX-License-Identifier: BSD-3-Clause
command -v clang > /dev/null || { echo 'no clang, skipped'; exit 77; }
echo 'int LLVMFuzzerTestOneInput(const char *d, unsigned long n) { return n > 0 && *d < 0 && 0; }' > fuzz_probe.c
clang -fsanitize=fuzzer,address -o fuzz_probe fuzz_probe.c 2> /dev/null
works=$?
rm -f fuzz_probe fuzz_probe.c
test $works -eq 0 || { echo 'no libFuzzer for clang, skipped'; exit 77; }
exec ${MAKE-make} fuzz FUZZ_SECONDS="${FUZZ_SECONDS-5}"
