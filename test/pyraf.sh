#!/bin/sh
# pyraf.sh -- the package in PyRAF: calls, errors as exceptions, output parameters, prompts and interrupts on a
# terminal; the same pixels as in a shell.
# SPDX-License-Identifier: BSD-3-Clause
. "${srcdir-.}/iraf_world"
world_open irafcl pyraf timeout
python=$(sed -n '1s/^#! *\([^ ]*python[^ ]*\).*/\1/p' "$(command -v pyraf)")
test -x "$python" || { echo 'no Python of PyRAF, skipped'; exit 77; }

# Case 68; then 69, the same pixels as in a shell.
timeout -s KILL 240 "$python" "$source/test/pyraf_calls.py" "$images" > out 2>&1 < /dev/null
check $? "calls: $(cat out)"
bands=$images/ceers_31457_f150w.fits.fz,$images/ceers_31457_f277w.fits.fz
mkdir shell
bandpredict "$bands" shell/in_pyraf.fits ceers_f200w > shell.out 2>&1
check $? "bandpredict in a shell: $(cat shell.out)"
cmp in_pyraf.fits shell/in_pyraf.fits > differences
check $? "a shell and PyRAF write the same: $(cat differences)"

# What README.md says.
mkdir readme && cd readme || exit 1
for band in g Z; do cp "$images/kids_$band.fits.fz" $band.fits || exit 1; done
awk '/script of Python/ { getline; while (getline > 0 && $0 != "```") print; exit }' "$source/README.md" > run.py
timeout -s KILL 60 "$python" run.py > ../out 2>&1 < /dev/null
check $? "README.md's lines for Python: $(cat ../out)"
cd ..
says 'bandpredict' '^bandpredict: r.fits: band r predicted'

if "$python" -c 'import pexpect' 2> /dev/null; then
    timeout -s KILL 240 "$python" "$source/test/pyraf_calls.py" "$images" terminal > out 2>&1
    check $? "on a terminal: $(cat out)"
else
    echo 'no pexpect: a terminal is not tried'
fi
world_close
