#!/bin/sh
# help.sh -- a task's parameter file, the table in its code and its help page say the same; each .par is portable.
# SPDX-License-Identifier: BSD-3-Clause
top=$(cd "${srcdir-.}/.." && pwd)
folder=help.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
failures=0

fail()
{
    echo "does not hold: $1"
    failures=$((failures + 1))
}

# same A B WHAT: the files are equal.
same()
{
    diff "$1" "$2" > differences || { fail "$3"; cat differences; }
}

# The fields of FILE.par, separated by tabs: name type mode default minimum maximum prompt; the quotes stay.
fields()
{
    awk '/^#/ || /^$/ { next }
    {
        line = $0; out = ""; n = 0
        while (1) {
            if (match(line, /^"[^"]*"/)) { field = substr(line, 1, RLENGTH) }
            else { match(line, /^[^,"]*/); field = substr(line, 1, RLENGTH) }
            line = substr(line, length(field) + 1)
            out = out (n++ ? "\t" : "") field
            if (substr(line, 1, 1) != ",") break
            line = substr(line, 2)
        }
        print out (line != "" ? "\tREST " line : "")
    }' "$1"
}

# What IRAF, PyRAF, APE and PIL all read alike; each line that is not so is printed.
lint()
{
    fields "$1" | awk -F '\t' '
    function wrong(why) { print $1 ": " why }
    NF != 7                                                  { wrong(NF " fields, 7 are needed") }
    $1 !~ /^[a-z][a-z0-9_]*$/ || length($1) > 12             { wrong("name") }
    seen[$1]++                                               { wrong("twice") }
    $2 !~ /^[birsf]$/                                        { wrong("type") }
    $3 !~ /^(a|h|q|ql|hl)$/                                  { wrong("mode") }
    ($2 == "s" || $2 == "f") && $4 !~ /^"[^"\\%]*"$/         { wrong("a text is not in double quotes") }
    $2 == "b" && ($4 !~ /^(yes|no)$/ || $5 $6 != "")         { wrong("yes or no") }
    $2 == "i" && $4 !~ /^(INDEF|-?[0-9]+)$/                  { wrong("whole number") }
    $2 == "r" && $4 !~ /^(INDEF|-?[0-9]+\.[0-9]*(e-?[0-9]+)?)$/ { wrong("number") }
    $7 !~ /^"[^"%]*"$/ && $1 != "mode"                       { wrong("prompt") }
    $5 ~ /\|/ {
        if ($5 !~ /^"[a-z0-9|]*"$/ || length($5) > 161)      wrong("choices")
        n = split(substr($5, 2, length($5) - 2), choice, "|")
        for (i = 1; i <= n; i++)
            for (k = 1; k <= n; k++)
                if (i != k && index(choice[k], choice[i]) == 1) wrong("one choice starts another")
    }
    { last = $0 }
    END { if (last !~ /^mode\ts\th\t"ql?"\t\t\t$/) print "the last line is not the mode" }'
    awk 'length($0) > 132 || /[^ -~]/ || / $/ {
             print FILENAME ":" FNR ": too long, not ASCII or a blank at its end" }' "$1"
}

# The labels of the page's parameters: "name", "name = default", "name = default (choices)", "name (choices)".
labels()
{
    awk '/^\.ih/ { getline; inside = $0 == "PARAMETERS"; depth = 0 }
         inside && /^\.ls/ { if (depth++ == 0) print substr($0, 5) }
         inside && /^\.le/ { depth-- }' "$1"
}

# lroff's sections in the order of IRAF's pages.
sections()
{
    awk '/^\.ih/ { getline; print }' "$1" | tr '\n' ' '
}

tasks=$(sed -n 's/^    { "\(band[a-z]*\)",.*/\1/p' "$top/tasks/main.c")
test "$(echo "$tasks" | wc -l)" -ge 5 || fail "main.c has the tasks: $tasks"

for task in $tasks; do
    par=$top/par/$task.par hlp=$top/help/$task.hlp code=$top/tasks/$task.c

    lint "$par" > found
    test -s found && { fail "$task.par is portable"; cat found; }

    # The code's table.
    fields "$par" | awk -F '\t' '$1 != "mode" { print $1, $2 == "f" ? "s" : $2 }' > in_par
    types='STRING\|BOOL\|INT\|REAL'
    sed -n 's/^    { "\([a-z_]*\)", *TASK_\('"$types"'\), *offsetof(struct pars, \([a-z_]*\)) *},$/\1 \2 \3/p' \
        "$code" | sed 's/STRING/s/; s/BOOL/b/; s/INT/i/; s/REAL/r/' > table
    awk '$1 != $3' table > found
    test -s found && { fail "$task.c: names and members agree"; cat found; }
    awk '{ print $1, $2 }' table > in_code
    same in_par in_code "$task.par and the table of $task.c have the same names, types and order"

    # The help page.
    fields "$par" | awk -F '\t' '$1 != "mode" {
        default = $3 ~ /a/ && $4 == "\"\"" ? "" : " = " $4
        print $1 default ($5 ~ /[|]/ || $1 == "arch" ? " (" substr($5, 2, length($5) - 2) ")" : "") }' > in_par
    labels "$hlp" > in_hlp
    same in_par in_hlp "$task.par and $task.hlp have the same parameters, defaults, choices and order"
    sections "$hlp" |
        grep -Eqx 'NAME USAGE PARAMETERS DESCRIPTION EXAMPLES EXIT STATUS (BUGS )?(REFERENCES )?SEE ALSO ' ||
        fail "$task.hlp has IRAF's sections, and EXIT STATUS: $(sections "$hlp")"
    status=$(awk '/^\.ih/ { getline; inside = $0 == "EXIT STATUS" } inside' "$hlp")
    for number in '0: ' '1: ' '2: ' '128 + n: '; do
        echo "$status" | grep -qF "$number" || fail "$task.hlp: EXIT STATUS has no '$number'"
    done
    purpose=$(sed -n "s/^    { \"$task\", *\"\([^\"]*\)\".*/$task -- \1/p" "$top/tasks/main.c")
    test "$purpose" = "$(sed -n '/^NAME$/{n;p;}' "$hlp")" || fail "main.c and $task.hlp say alike: $purpose"
    grep -qx "\.ls $task" "$top/help/bandcast.hlp" || fail "bandcast.hlp names $task"
    usage=$(awk '/^USAGE/ { getline; print; exit }' "$hlp")
    positionals=$(fields "$par" | awk -F '\t' '$3 ~ /a/ { printf " %s", $1 }')
    test "$usage" = "$task$positionals" || fail "the usage '$usage' names the positionals$positionals"
    head -n 1 "$hlp" | grep -q "^\.help $task [A-Z][a-z][a-z][0-9][0-9] bandcast\$" || fail "$task.hlp: its first line"
    test "$(tail -n 1 "$hlp")" = .endhelp || fail "$task.hlp ends with .endhelp"
    ls=$(grep -c '^\.ls' "$hlp") le=$(grep -c '^\.le' "$hlp")
    test "$ls" = "$le" || fail "$task.hlp: $ls .ls and $le .le"

    # --help: the page as text, complete, without lroff.
    ../../tasks/$task --help > text 2> errors
    test $? -eq 0 && test ! -s errors || fail "$task --help works: $(cat errors)"
    awk 'length($0) > 80' text > found
    test -s found && { fail "$task --help fits 80 columns"; cat found; }
    grep -E '^\.[a-z]|\\f[BIRP]' text > found
    test -s found && { fail "$task --help has no lroff left"; cat found; }
    grep -E '^[A-Z]' text | tr '\n' ' ' > got
    test "$(cat got)" = "$(sections "$hlp")" || fail "$task --help has the sections: $(cat got)"
    while read -r label; do
        grep -qxF "    $label" text || fail "$task --help has the parameter '$label'"
    done < in_hlp
    sed '/^\.nf/,/^\.fi/d; /^\.ls/d; /^\.help/d; /^\./d; s/\\f[BIR]//g' "$hlp" | tr -s ' \n' '\n' > words
    tr -s ' \n' '\n' < text > printed
    sort -u words > a; sort -u printed > b
    comm -23 a b | grep . > found
    test -s found && { fail "$task --help has all words of its page"; cat found; }
done

# lroff passes over a line that starts with a dot and a word that it does not know.
grep -nE '^\.[^ .]' "$top"/help/*.hlp | grep -vE ':\.(help|ih|ls|le|br|nf|fi|endhelp)( |$)' > found
test -s found && { fail 'no text is taken for a directive'; cat found; }

# DS9: the menu, in the file and in the plug-in, and the XPA commands, as the page of bandds9 has them.
sed -n '/^hmenu/,/^endhmenu/p' "$top/ds9/bandcast.ds9.in" | awk '/^\*$/ { print before } { before = $0 }' > menu
sed -n '/^proc ::bandcast::addMenu/,/^}/s/.*add command -label "\([^"]*\)".*/\1/p' "$top/ds9/bandcast.tcl" > in_tcl
test -s menu || fail 'bandcast.ds9 has a menu'
same menu in_tcl 'the menu is one, whoever makes it'
fields "$top/par/bandds9.par" | awk -F '\t' '$1 == "action" { print $5 }' | tr -d '"' | tr '|' '\n' > actions
sed -n 's/.*bandds9} \([a-z]*\) .*/\1/p' "$top/ds9/bandcast.ds9.in" | while read -r action; do
    grep -qx "$action" actions || echo "$action"
done > found
test -s found && { fail 'the menu calls actions of bandds9'; cat found; }
while read -r label; do
    grep -qF "Analysis > Bandcast > $label" "$top/help/bandds9.hlp" || fail "bandds9.hlp has the menu's $label"
done < menu
sed -n '/^proc ::bandcast::on[GS]et/,/^}/s/^            \([a-z]*\)  *{.*/\1/p' "$top/ds9/bandcast.tcl" \
    | grep -v default > words
test "$(wc -l < words)" -ge 5 || fail 'bandcast.tcl has XPA commands'
while read -r word; do
    grep -q "^    xpa[gs]et .*ds9 bandcast $word" "$top/help/bandds9.hlp" ||
        fail "bandds9.hlp has the XPA command $word"
done < words
sed -n '/^proc ::bandcast::predictFromWords/,/^}/s/^            \([a-z]*\)  *{.*/\1/p' "$top/ds9/bandcast.tcl" \
    | grep -v default > words
while read -r word; do
    grep -q "\[$word [^]]*\]" "$top/help/bandds9.hlp" || fail "bandds9.hlp has predict's $word"
done < words

# Why a pixel has no prediction: each bit of MASK that the library knows.
sed -n '/the bits of MASK/,/^}/s/^    BC_[A-Z_]* *= \([0-9]*\),* .*/\1/p' "$top/lib/bandcast.h" > bits
test -s bits || fail 'bandcast.h has the bits of MASK'
while read -r bit; do
    grep -qx "\.ls 4 $bit" "$top/help/bandpredict.hlp" || fail "bandpredict.hlp explains bit $bit of MASK"
done < bits

# IRAF keeps learned parameters in files named by a task's first five letters and its last.
echo "$tasks" | sed 's/^\(.....\).*\(.\)$/\1\2/' | sort | uniq -d > found
test -s found && { fail 'task names are unique to IRAF'; cat found; }

# IRAF's package has them all, but for bandpar: there the CL keeps the parameters.
sed -n '/^task/,/=/p' "$top/par/bandcast.cl" | grep -o 'band[a-z0-9]*[,	]' | tr -d ',\t' > in_package
sed -n 's/^    { "\(band[a-z0-9]*\)",.*/\1/p' "$top/tasks/main.c" | grep -vx bandpar > in_main
same in_main in_package 'bandcast.cl and main.c have the same tasks'

# --help from a page with everything that lroff has.
mkdir pages
cat > pages/bandmodel.hlp << 'end'
.help bandmodel Nov26 bandcast
.ih
NAME
one two \fBthree\fR four

second paragraph
.ls 8 a
beside its label
.le
.ls a long label
below its label, and it goes on and on until the line is full and must be broken
.ls inner
text
.br
broken
.le
.le
.nf
  as   it  stands
.fi
.unknown
.ce
centred
.ih
SEE ALSO
\fIother\fR
.endhelp
not shown
end
cat > want << 'end'
NAME
    one two three four

    second paragraph

    a       beside its label

    a long label
        below its label, and it goes on and on until the line is full and must
        be broken
        inner
            text
            broken
      as   it  stands
                                    centred

SEE ALSO
    other
end
BANDCAST_HELP=pages ../../tasks/bandmodel --help > text
same text want 'a page with all of lroff is laid out as in IRAF'
BANDCAST_HELP=none ../../tasks/bandmodel --help > text 2>&1
test $? -eq 1 && grep -qx 'bandmodel: its help page is not installed' text || fail "a missing page: $(cat text)"
exit $((failures > 0))
