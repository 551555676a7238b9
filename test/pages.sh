#!/bin/sh
# pages.sh -- help pages in all their forms: man pages and HTML without faults, and the same words in each, IRAF's own
# text among them.
# SPDX-License-Identifier: BSD-3-Clause
top=$(cd "${srcdir-.}/.." && pwd)
forms=$(cd ../help && pwd)
folder=pages.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
failures=0

fail()
{
    echo "does not hold: $1"
    test ! -s found || sed 's/^/    /' found
    failures=$((failures + 1))
}

# The words of a text; lines and blanks do not count.
words()
{
    tr -cs '[:alnum:]_=.,"@[]:()|' '\n' | grep .
}

pages=
for hlp in "$top"/help/*.hlp; do
    pages="$pages $(basename "$hlp" .hlp)"
done

for page in $pages; do
    ../../tasks/makehelp text "$page" "$top/help/$page.hlp" | awk 'length($0) > 80 || /[^ -~]/' > found
    test ! -s found || fail "$page is ASCII that fits 80 columns"
    sed -n '/^\.nf/,/^\.fi/p' "$top/help/$page.hlp" | grep '\\f[BIRP]' > found &&
        fail "$page has no fonts in literal text"
    grep -n '^\.[sn]h' "$top/help/$page.hlp" > found && fail "$page has no .sh, behind which IRAF forgets the indent"
    hlp=$top/help/$page.hlp man=$(ls "$forms/$page".[17] 2> found)
    test -f "$man" || { fail "$page has a man page"; continue; }

    if command -v mandoc > /dev/null; then
        mandoc -T lint -W all "$man" > found 2>&1 || fail "mandoc finds no fault in $page"
    else
        echo "no mandoc: $page is not looked at by it"
    fi
    if command -v groff > /dev/null; then
        groff -man -Tascii -ww -z "$man" > found 2>&1
        test ! -s found || fail "groff finds no fault in $page"
        # What man shows is what --help shows, but for the names of sections and the first and last line.
        groff -man -Tascii -P-c -P-b -P-u -rHY=0 -rLL=2000n "$man" | sed '1d; $d' | words > shown
        ../../tasks/makehelp text "$page" "$hlp" | sed 's/ -- / - /; s/^USAGE$/SYNOPSIS/' | words > want
        sed 's/(\([17]\))//' shown | diff - want > found || fail "man shows the words of $page"
    else
        echo "no groff: $page is not looked at by it"
    fi
done

# HTML: well formed, links that lead somewhere, the words of the page.
if test "$PYTHON3" != no; then
    for page in $pages; do
        ../../tasks/makehelp text "$page" "$top/help/$page.hlp" > "$page.txt"
    done
    # shellcheck disable=SC2086
    "$PYTHON3" "$top/test/pages.py" "$forms" $pages > found 2>&1 || fail 'the HTML pages are good'
else
    echo 'no Python: the HTML pages are not looked at'
fi

# IRAF shows the same words.
if command -v irafcl > /dev/null; then
    mkdir uparm imdir cache
    {
        for variable in home imdir cache uparm; do
            echo "set $variable = \"$PWD/$(echo $variable/ | sed 's/^home.//')\""
        done
        printf '%s\n' 'set userid = "nobody"' 'stty dumb nlines=10000 ncols=132' 'menus = no' 'package user' keep \
            clpackage keep
    } > login.cl
    for page in $pages; do
        cp "$top/help/$page.hlp" .
        echo "help $page.hlp file+ page- device=text > $page.iraf"
    done > commands
    echo logout >> commands
    HOME=$PWD USER=nobody TERM=dumb timeout -s KILL 60 irafcl < commands > session 2>&1
    for page in $pages; do
        sed 1d "$page.iraf" | words > shown
        ../../tasks/makehelp text "$page" "$page.hlp" | words > want
        diff shown want > found || fail "IRAF's help shows the words of $page: $(cat session)"
    done
else
    echo 'no irafcl: what IRAF shows is not looked at'
fi
exit $((failures > 0))
