#!/bin/sh
# tasks.sh -- what all tasks have in common: their names, wrong parameters, users' files, progress, signals.
# SPDX-License-Identifier: BSD-3-Clause
top=$(cd "${srcdir-.}/.." && pwd)
tasks=$PWD/../tasks
folder=tasks.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT

unset PFILES UPARM HEADASNOQUERY BANDCAST_PROMPT BANDCAST_PAR BANDCAST_HELP BANDCAST_MODELS
failures=0

# says STATUS TASK ARGUMENT...: exit status STATUS, and on stderr exactly the lines of the file want.
says()
{
    status=$1 task=$2
    shift 2
    "$tasks/$task" "$@" > out 2> errors < /dev/null
    got=$?
    if ! diff want errors > differences || test $got -ne "$status"; then
        echo "does not hold: $task $* ends with $status, not $got, and says"
        cat differences
        failures=$((failures + 1))
    fi
}

check()
{
    test "$1" -eq 0 || { echo "does not hold: $2"; failures=$((failures + 1)); }
}

# The number of a parameter's line.
line()
{
    grep -n "^$1," "$top/par/bandpredict.par" | cut -d : -f 1
}

# Names.
: > want
says 0 bandcast
names=$(sed -n 's/^    { "\(band[a-z]*\)",.*/\1/p' "$top/tasks/main.c")
for name in $names; do
    grep -q "^  $name " out
    check $? "bandcast lists $name"
    "$tasks/$name" a b c d --version > version 2>&1
    test $? -eq 0 && grep -qx "$name (bandcast) [0-9][0-9.]*" version
    check $? "$name --version: $(cat version)"
done
says 0 bandcast bandmodel --version
echo "bandcast: no task is called 'bandmode' ('bandcast' alone lists them)" > want
says 2 bandcast bandmode

# What is not printed is a failure; a closed stream does not become a file.
echo 'bandmodel: standard output cannot be written' > want
for way in '> /dev/full' '>&-'; do
    eval '"$tasks/bandmodel" list "$top/examples/models" '"$way"' 2> errors'
    test $? -eq 1 && diff want errors
    check $? "bandmodel list $way"
done
export SOURCE_DATE_EPOCH=1000000000
"$tasks/bandmock" want.fits number=1 size=32 > out 2>&1
"$tasks/bandmock" closed.fits number=1 size=32 >&- 2>&- <&-
test $? -eq 1 && cmp want.fits closed.fits
check $? 'a file is whole where the streams are closed'
"$tasks/bandmock" quiet.fits number=1 size=32 verbose=0 >&-
check $? 'nothing is printed, nothing fails'
for date in yesterday -1 1.5e9 253402300800 99999999999999999999; do
    echo "bandmock: SOURCE_DATE_EPOCH=$date is not a number of seconds from 1970 to the end of 9999" > want
    SOURCE_DATE_EPOCH=$date says 2 bandmock dated.fits number=1 size=32
done
SOURCE_DATE_EPOCH=253402300799 "$tasks/bandmock" dated.fits number=1 size=32 verbose=0
tr '\0' ' ' < dated.fits | fold -b -w 80 | grep -a -q "^DATE    = '9999-12-31T23:59:59'"
check $? 'the last date'
unset SOURCE_DATE_EPOCH

# All that is wrong is said at once; nothing is printed, written or waited for.
cat > want << end
bandpredict: unknown parameter 'cloober' (did you mean clobber?)
bandpredict: size is given twice
bandpredict: too many positional arguments: 'd' (3 accepted)
bandpredict: window=tiles is not one of auto|whole|stamp|blend|tile (bandpredict.par:$(line window))
bandpredict: size=-1 is below the minimum 0 (bandpredict.par:$(line size))
bandpredict: threads=many is not a whole number below 2147483648 (bandpredict.par:$(line threads))
bandpredict: verbose=3 is above the maximum 2 (bandpredict.par:$(line verbose))
end
says 2 bandpredict a.fits,b.fits out.fits model cloober=yes size=-1 size=3 d window=tiles threads=many verbose=3
test ! -s out && test ! -e out.fits
check $? 'wrong parameters print and write nothing'
cat > want << 'end'
bandpredict: output is missing (Predicted image or images (or @list))
bandpredict: model is missing (Model: a file or the name of an installed one)
end
says 2 bandpredict a.fits,b.fits
for wrong in "window=tiles is not one of auto|whole|stamp|blend|tile (bandpredict.par:$(line window))" \
             'unit=bushel: no unit of flux that is known' "zeropoint=bright: 'bright' is no magnitude"; do
    echo "bandpredict: $wrong" > want
    export BANDCAST_PROMPT=stdin
    says 2 bandpredict "${wrong%%[: ]*}"
    unset BANDCAST_PROMPT
done
echo "bandpar: task is missing (Task whose parameters; for lint also a file)" > want
says 2 bandpar
echo "bandpredict: the list none.list cannot be read: No such file or directory" > want
says 1 bandpredict @none.list out.fits model
echo 'not to be lost' > out.fits
echo 'bandpredict: out.fits exists; say clobber=yes to replace it' > want
says 1 bandpredict a.fits,b.fits out.fits "$top/examples/models/kids_r.fits"
test "$(cat out.fits)" = 'not to be lost'
check $? 'an existing output stays'

# A name cannot break the line or drive the terminal.
name=$(printf 'a\nb\033[2Jc')
"$tasks/bandmodel" show "$name" > out 2> errors
test $? -eq 1 && test "$(wc -l < errors)" -eq 1 && grep -qF 'a?b?[2Jc is neither a file' errors
check $? "control characters are shown as question marks: $(cat errors)"

# A user's values over the package's; what a user's file has wrong is passed over, with a warning.
mkdir system local other
echo 'model,s,a,"system_model",,,"Model"' > system/bandmodel.par
missing()
{
    echo "bandmodel: $1 is neither a file nor the name of an installed model ('bandmodel list' has their names)" >> want
}
: > want
missing system_model
PFILES=';system' says 1 bandmodel show
PFILES='local;system' says 1 bandmodel show
UPARM=system says 1 bandmodel show
printf 'model,s,a,"local_model",,,"Model"\r\ndropped,s,h,"x",,,"No more in the package"' > local/bandmodel.par
: > want
missing local_model
PFILES='none::other:local;system' says 1 bandmodel show
UPARM=system PFILES='local' says 1 bandmodel show
: > want
missing typed
PFILES='local;system' says 1 bandmodel show typed
echo 'bandmodel: warning: verbose=7 is above the maximum 2 (local/bandmodel.par:1): verbose stays 1' > want
printf 'verbose,i,h,7,,,"x"\naction,s,a,"",,,"x"' > local/bandmodel.par
missing typed
PFILES='local;system' says 1 bandmodel show typed
echo 'bandmodel: warning: local/bandmodel.par:3:11: unterminated quote: the file is passed over' > want
printf 'verbose,i,h,7,,,"x"\naction,s,a,"",,,"x"\nmodel,s,a,"half' > local/bandmodel.par
missing typed
PFILES='local;system' says 1 bandmodel show typed
echo "bandmodel: PFILES has more than one ';' (local folders;system folders)" > want
PFILES='a;b;c' says 1 bandmodel show
mkdir package
sed '/^verbose/d' "$top/par/bandmodel.par" > package/bandmodel.par
echo 'extra,i,h,1,,,"x"' >> package/bandmodel.par
cat > want << 'end'
bandmodel: bandmodel.par lacks the parameter 'verbose'
bandmodel: bandmodel.par has a parameter 'extra' that the task does not know
end
BANDCAST_PAR=package says 1 bandmodel list
echo "bandmodel: none/bandmodel.par cannot be read: No such file or directory" > want
BANDCAST_PAR=none says 1 bandmodel list

# Progress in plain lines, for logs and for DS9.
g=$top/examples/images/kids_g.fits.fz r=$top/examples/images/kids_r.fits.fz
for i in 1 2 3 4; do echo "$g,$r"; done > four.list
: > want
says 0 bandprep @four.list set.fits size=64 verbose=2
grep -q '^bandprep: 100 % done, 0 s left$' out
check $? "progress ends with 100 %: $(cat out)"
grep ' done, ' out | grep -vE '^bandprep: [0-9]+ % done, ([0-9]+ h )?([0-9]+ min )?([0-9]+ s )?left$' > wrong
test ! -s wrong
check $? "lines of progress have one form: $(cat wrong)"
says 0 bandprep @four.list set.fits size=64 clobber+
test "$(cat out)" = 'bandprep: set.fits: 4 samples of 64 x 64 pixels in 2 bands: 3 to train, 1 to validate, 0 to test'
check $? "nothing is said of the progress of what is done at once: $(cat out)"
says 0 bandprep @four.list set.fits size=64 clobber+ verbose=0
test ! -s out
check $? "verbose=0 says nothing: $(cat out)"

# A bar on a terminal, the lines where only stderr is one; the bar is wiped for the messages.
if test "$PYTHON3" != no; then
    cat > terminal.py << 'end'
import fcntl, os, pty, re, struct, subprocess, sys, termios
def run(both, columns=0):
    mine, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("4H", 24, columns, 0, 0))
    child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=theirs if both else subprocess.PIPE,
                             stderr=theirs)
    os.close(theirs)
    lines = child.stdout.read() if not both else b""
    shown = b""
    while True:
        try:
            part = os.read(mine, 4096)
        except OSError:
            break
        if not part:
            break
        shown += part
    assert child.wait() == 0, shown
    return shown, lines
shown, lines = run(True)
assert b"[" + 40 * b"=" + b"] 100 %, 0 s left" in shown, shown
assert b"% done" not in shown, shown
assert shown.split(b"\r")[-1] == b"\n" and shown.split(b"\r")[-2].startswith(b"bandprep: set.fits: "), shown
shown, lines = run(False)
assert b"] 100 %, 0 s left" in shown, shown
assert b"bandprep: 100 % done, 0 s left\n" in lines, lines
for columns, last in (70, 40 * b"="), (40, 11 * b"="), (29, b""), (12, b""):
    shown, lines = run(True, columns)
    want = (b"[" + last + b"] " if last else b"") + b"100 %, 0 s left"
    assert want[:columns - 1] in shown, shown
    parts = [p for p in re.split(b"[\r\n]", shown) if not p.startswith(b"bandprep: ")]
    assert max(map(len, parts)) < columns, (columns, shown)      # else the terminal goes to the next line
end
    "$PYTHON3" terminal.py "$tasks/bandprep" @four.list set.fits size=64 clobber+ verbose=2 > out 2>&1
    check $? "the bar on a terminal: $(cat out)"
else
    echo 'no Python: the bar on a terminal is not tried'
fi

# A signal ends the run as the signal does, and takes what was half written with it.
i=0
while test $i -lt 2000; do echo "$g,$r"; i=$((i + 1)); done > long.list
for pair in TERM:143 HUP:129; do
    "$tasks/bandprep" @long.list long.fits size=64 verbose=0 > out 2>&1 &
    i=0
    while test ! -e .long.fits.part && test $i -lt 100; do sleep 0.1; i=$((i + 1)); done
    test -e .long.fits.part
    check $? 'an output is begun beside its name'
    kill -"${pair%:*}" $!
    wait $! 2> /dev/null
    got=$?
    test $got -eq "${pair#*:}"
    check $? "SIG${pair%:*} gives exit status ${pair#*:}, not $got"
    test ! -e long.fits && test ! -e .long.fits.part
    check $? "SIG${pair%:*} leaves nothing behind: $(ls -A)"
done

# Who ignores hang-ups (nohup) is not ended by one.
(trap '' HUP && exec "$tasks/bandprep" @long.list long.fits size=64 verbose=0) > out 2>&1 &
i=0
while test ! -e .long.fits.part && test $i -lt 100; do sleep 0.1; i=$((i + 1)); done
kill -HUP $!
sleep 0.3
kill -0 $! && test -e .long.fits.part
check $? 'an ignored SIGHUP stays ignored'
kill -TERM $!
wait $! 2> /dev/null
exit $((failures > 0))
