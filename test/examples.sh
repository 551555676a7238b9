#!/bin/sh
# examples.sh -- every example of every help page works.
# Commands are the literal lines of EXAMPLES; each page has a folder of its own with the example images.  Lines that
# end in "# takes ...", "# needs ..." are not run: those of our tasks have their parameters checked, those for IRAF's
# prompt do not.
# SPDX-License-Identifier: BSD-3-Clause
top=$(cd "${srcdir-.}/.." && pwd)
bin=$(cd ../tasks && pwd)
folder=examples.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
failures=0
count=0
PATH=$bin:$PATH
XDG_STATE_HOME=$PWD/state       # where bandpar keeps values
export PATH XDG_STATE_HOME

fail()
{
    echo "does not hold: $1"
    test ! -s said || tail -n 20 said
    failures=$((failures + 1))
}

# The commands of page $1, one a line.
commands()
{
    awk '/^\.ih/ { getline; inside = $0 == "EXAMPLES"; next }
         /^\.nf/ { literal = inside; next }
         /^\.fi/ { literal = 0; next }
         literal && NF > 0 {
             sub(/^ +/, "")
             if (sub(/\\$/, "")) { before = before $0; next }
             print before $0
             before = ""
         }' "$1"
}

ls "$top"/examples/models/*.fits > /dev/null 2>&1 || { echo 'no shipped models, skipped'; exit 77; }
tasks=$(sed -n 's/^    { "\(band[a-z]*\)",.*/\1/p' "$top/tasks/main.c")
for page in "$top"/help/*.hlp; do
    name=$(basename "$page" .hlp)
    mkdir "$name" && cp "$top"/examples/images/*.fits.fz "$name" && chmod u+w "$name"/* && cd "$name" || exit 1
    commands "$page" > ../commands
    test -s ../commands || fail "$name has examples"
    {
        echo set -e
        while read -r line; do
            case $line in
                *\>\ *\#\ needs\ IRAF) ;;
                band*\#\ takes\ * | band*\#\ needs\ *)
                    echo "${line%%\#*} --check" ;;
                *\#\ needs\ *) ;;
                *) echo "$line" ;;
            esac
        done < ../commands
    } > ../script
    count=$((count + $(wc -l < ../commands)))
    sh -x ../script > ../said 2>&1
    status=$?
    cd ..
    test $status -eq 0 || fail "the examples of $name work"
    rm -rf "$name"
done
for task in $tasks; do
    commands "$top/help/$task.hlp" | grep -q "^$task " || fail "$task has an example of its own"
done
test $count -ge 25 || fail "only $count commands were found"
exit $((failures > 0))
