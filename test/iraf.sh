#!/bin/sh
# iraf.sh -- the package in IRAF's CL: parameters, help, pipes, errors, outputs; prompts, interrupts and background
# jobs on a terminal; the same pixels as in a shell.
# SPDX-License-Identifier: BSD-3-Clause
. "${srcdir-.}/iraf_world"
world_open irafcl timeout
tasks=$(sed -n 's/^    { "\(band[a-z0-9]*\)",.*/\1/p' "$source/tasks/main.c" | grep -v '^bandpar$')
f150=ceers_31457_f150w.fits.fz f277=ceers_31457_f277w.fits.fz

# ---- case 65: the package, its parameters, its help ---------------------------------------------

{ echo '? > menu'
  for task in $tasks; do
      echo "dpar $task > $task.dpar"
      echo "help $task page- device=text > $task.help"
  done
  echo 'help bandcast page- > package.help'
  for topic in bandlists bandparams; do echo "help $topic page- > $topic.help"; done
  echo 'help bandcast option=sysdoc page- > overview.help'
  echo 'lpar bandpredict > lpar'
  echo 'bandpredict.size = 7'
  echo 'dpar bandpredict > changed'
  echo 'unlearn bandpredict'
  echo 'dpar bandpredict > unlearned'
} | cl_help > out
for task in $tasks; do
    grep -qw "$task" menu
    check $? "$task is in the package: $(cat menu)"
    # As the parameter file has it: IRAF shows numbers its way, and leaves the quotes.
    awk -F , -v task="$task" '!/^#/ && NF > 3 {
        value = $4; if (value ~ /^"/) { rest = $0; sub(/^[^"]*"/, "\"", rest); match(rest, /^"[^"]*"/)
        value = substr(rest, 1, RLENGTH) }
        if ($2 == "r" && value ~ /[0-9]/) value = value + 0 ""
        print task "." $1 " = " value }' "$package/$task.par" > want
    sed 's/\([0-9]\)\.$/\1/; /^# EOF/d' "$task.dpar" | awk -v task="$task" '{ print }' > got
    diff want got > differences
    check $? "dpar $task has the parameters and defaults of $task.par: $(cat differences)"
    # All words of the page as --help has them: IRAF's own formatter can read it to its end.
    "$task" --help | tr -s ' \n' '\n\n' | grep . > want
    sed '/^\f*[A-Z0-9]* (/d' "$task.help" | tr -s ' \n' '\n\n' | grep . > got
    diff want got > differences
    check $? "help $task: $(head -n 20 differences)"
    grep -q "^ *$task - [a-z]" package.help
    check $? "help bandcast has $task in its menu"
done
# IRAF fills a line that goes on with blanks, now from its left, now from its right.
for topic in bandlists bandparams; do
    grep -q "^ *$topic  *--  *[a-z]" $topic.help && grep -q "^ *$topic - [a-z]" package.help
    check $? "help $topic: $(head -n 5 $topic.help)"
done
grep -q '^ *bandcast -- [a-z]' overview.help
check $? "help bandcast option=sysdoc: $(head -n 5 overview.help)"
grep -q '^ *(size = 0) *Side of the windows in pixels' lpar
check $? "lpar bandpredict: $(cat lpar)"
grep -qx 'bandpredict.size = 7' changed && cmp -s bandpredict.dpar unlearned
check $? 'a parameter can be set, and unlearned'

# ---- case 66: calls ------------------------------------------------------------------------------

cat > run << end
bandmodel list installed > list
bandmodel list installed | match ceers_f200w > matched
bandmodel check nosuch
print ("next line")
bandpredict (input="ex\$$f150,ex\$$f277", output="in_iraf.fits", model="ceers_f200w", verb=0)
bandeval in_iraf.fits ex\$ceers_31457_f200w.fits.fz aper=1 table=in_iraf.csv verb=0
printf ("%.6f %.4f %.3f %d\n", bandeval.mae, bandeval.ssim, bandeval.psnr, bandeval.number, > "outputs")
string a = "x123456789012345678901234567890123456789012345678901234567890"
a = a // a // a // a // a // a // a // a // a // a
bandmodel list (a)
flpr
bandmodel list installed | count > counted
print ("ex\$$f150,ex\$$f277") | bandpredict @STDIN from_stdin.fits ceers_f200w
imcopy in_iraf.fits[0] in_iraf.imh verbose-
bandeval in_iraf.imh in_iraf.fits[0] aper=1 verb=0
print (bandeval.mae, > "mae_of_imh")
bandpredict ex\$$f150,ex\$$f277 in_iraf.fits ceers_f200w
bandpredict ex\$$f150,ex\$$f277 in_iraf.fits ceers_f200w clob+ verb=2 | match "band F200W predicted"
iferr {
    bandmodel show nosuch
} then {
    print (\$errmsg, > "trapped")
}
print ("after iferr")
end
cl < run > out
bandmodel list | diff - list > differences
check $? "bandmodel list > file: $(cat differences)"
grep '^ceers_f200w' list | cmp -s - matched
check $? "bandmodel list | match: $(cat matched)"
says 'an error is the task'"'"'s sentence' '^ERROR: bandmodel: nosuch is neither a file'
says 'the session goes on' '^next line'
grep -q '^bandmodel: nosuch is neither a file' trapped
check $? "iferr traps it, \$errmsg has it: $(cat trapped)"
says 'a value of 610 characters' 'ERROR: bandmodel: [x0-9]\{610\} is neither'
read -r _ < counted && test "$(awk '{ print $1 }' counted)" = "$(wc -l < list)"
check $? "after flpr it runs again: $(cat counted)"
test "$(cat mae_of_imh)" = 0.
check $? "IRAF's own image of the prediction: $(cat mae_of_imh)"
says 'nothing is overwritten' '^ERROR: bandpredict: in_iraf.fits exists; say clobber=yes'
says 'with clobber+ it is; messages are on STDOUT' '^bandpredict: in_iraf.fits: band F200W predicted'
row=$(grep '^prediction' in_iraf.csv)
test -n "$row" && awk -F , -v "$(printf 'got=%s' "$(cat outputs)")" '
    NR == 1 { for (i = 1; i <= NF; i++) column[$i] = i }
    /^prediction/ { split(got, g, " "); bad = 0
        n = split("MAE SSIM PSNR N", name, " ")
        for (i = 1; i <= n; i++) { d = g[i] - $column[name[i]]; if (!(d * d < 1e-6)) bad = 1 } exit bad }' in_iraf.csv
check $? "output parameters: $(cat outputs in_iraf.csv)"

# ---- case 67: nobody can answer: errors, no queries without end -----------------------------------

cat > run << end
bandeval in_iraf.fits in_iraf.fits sigma=4000
print ("after sigma")
bandpredict
print ("after none")
bandpredict.threads = -5
bandpredict a b c
unlearn bandpredict
bandpredict.input = "ex\$$f150,ex\$$f277"
bandpredict.output = "hidden.fits"
bandpredict.model = "ceers_f200w"
bandpredict (mode="h")
bandpredict.mode = "h"
bandpredict.output = "hidden_2.fits"
bandpredict
unlearn bandpredict
end
cl < run > out
says 'mode=h takes what the CL has learned' '^bandpredict: hidden.fits: band F200W predicted'
says 'also as the parameter of the task' '^bandpredict: hidden_2.fits: band F200W predicted'
says 'sigma=4000 is an error' '^ERROR: bandeval: sigma=4000. is above the maximum 1000'
says 'the session goes on' '^after sigma'
says 'what is missing is said' '^ERROR: bandpredict: input is missing .*; output is missing .*; model is missing'
says 'no line of the script is eaten' '^after none'
says 'a stored value out of its range' '^ERROR: bandpredict: threads=-5 is below the minimum 0'

# A wrong choice of what would be asked for is an error; none at all, also after one was learned, is the default.
cat > run << end
bandmodel chec kids_r
bandmodel > default
bandmodel chek kids_r > wrong
print ("after chek")
iferr {
    bandmodel (action="chek", model="kids_r")
} then {
    print (\$errmsg, > "trapped")
}
print ("after iferr")
end
rm trapped
cl < run > out
says 'a wrong choice is an error' '^ERROR: bandmodel: action=chek is not one of list|show|check'
says 'the session goes on' '^after chek'
says 'an abbreviation is none' '^bandmodel: .*kids_r.fits: good'
grep -q '^bandmodel: action=chek' trapped && test ! -s wrong
check $? "iferr traps it, nothing is listed: $(cat trapped wrong)"
cmp -s list default
check $? "what is not given is the default: $(cat default)"

# ---- the CL's folder -------------------------------------------------------------------------------

mkdir -p one/sub two gone
for where in .=r one=i one/sub=u two=j; do
    ln -s "$BANDCAST_MODELS/kids_${where#*=}.fits" "${where%=*}/m.fits" || exit 1
done
cat > run << end
bandmodel list m.fits
set obs = "$world/work/one/"
cd obs\$
bandmodel list m.fits
cd obs\$sub
bandmodel list m.fits
cd ../../two
bandmodel list m.fits
cd obs
bandmodel list m.fits
cd $world/work/gone
!rmdir $world/work/gone
flpr
bandmodel list m.fits
iferr {
    bandmodel list installed
} then {
    print (\$errmsg)
}
print ("after iferr")
cd $world/work/two
bandmodel list m.fits
end
cl < run > out
awk '/^(ERROR: )?bandmodel: the folder .*gone.* cannot be entered$/ { print $1 } / x6 .* m.fits / { print $3 }' out \
    | tr '\n' ' ' > got
echo 'r i u J i ERROR: bandmodel: J ' | tr -d '\n' | diff - got > differences
check $? "tasks run where the CL is: $(cat differences out)"

# ---- case 69: the same pixels, byte by byte -------------------------------------------------------

mkdir shell
bandpredict "$images/$f150,$images/$f277" shell/in_iraf.fits ceers_f200w > shell.out 2>&1
check $? "bandpredict in a shell: $(cat shell.out)"
cmp in_iraf.fits shell/in_iraf.fits > differences
check $? "a shell and IRAF write the same: $(cat differences)"
cmp from_stdin.fits shell/in_iraf.fits > differences
check $? "so does a list from a pipe: $(cat differences)"

# ---- what README.md says ---------------------------------------------------------------------------

mkdir readme && cd readme || exit 1
for band in g Z r; do cp "$images/kids_$band.fits.fz" $band.fits || exit 1; done
mv r.fits r_observed.fits
awk '/^Then, in `irafcl`/ { getline; while (getline > 0 && $0 != "```") print; exit }' "$source/README.md" \
    | sed 's/^\(help [a-z]*\)$/\1 page-/' > run
test "$(wc -l < run)" -ge 5
check $? "README.md has lines for irafcl: $(cat run)"
sed 1d run | cl_help > ../out
cd ..
says 'help bandpredict' '^ *bandpredict -- predict the missing band'
says 'lpar bandpredict' '^ *model = .* Model: a file'
says 'bandpredict' '^bandpredict: r.fits: band r predicted'
says 'bandmodel' '^kids_r '
says '= bandeval.mae' '^0*\.[0-9]*$'
grep -q '^ERROR' out
test $? -ne 0
check $? "there is no error: $(cat out)"

# ---- on a terminal: cases 65 and 66 again, interrupts, background jobs -----------------------------

if "$PYTHON3" -c 'import pexpect' 2> /dev/null; then
    "$PYTHON3" "$source/test/iraf.py" "$images" > out 2>&1
    check $? "on a terminal: $(cat out)"
else
    echo 'no pexpect: a terminal is not tried'
fi
world_close
