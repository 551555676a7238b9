#!/bin/sh
# plot_ds9.sh TABLE.csv [COLUMN] [XPA] -- distributions of a column of bandeval's images= table in DS9's plot window:
# of the truth, of the prediction, and of the inputs.  COLUMN is GINI or M20; a DS9 must run.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
table=${1:?usage: plot_ds9.sh TABLE.csv [COLUMN] [XPA]}
column=${2:-GINI}
ds9=${3:-ds9}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Counts in 24 steps over the range of all, as the outline of a histogram: one file a line of the plot.
awk -F, -v column="$column" -v work="$work" '
    NR == 1 {
        for (i = 1; i <= NF; i++) at[$i] = i
        if (!(column in at)) { print "plot_ds9.sh: no column " column > "/dev/stderr"; exit 1 }
        next
    }
    function take(name, value) {
        if (value ~ /nan/) return
        value += 0
        if (!(name in n)) order[++rows] = name
        x[name, n[name]++] = value
        if (!seen++ || value < low) low = value
        if (seen == 1 || value > high) high = value
    }
    $1 == "model" || $1 == "prediction" { take("true", $at[column "_TRUE"]); take("predicted", $at[column]) }
    $1 ~ /^copy of / { take(substr($1, 9), $at[column]) }
    END {
        if (seen == 0) exit
        step = (high > low ? high - low : 1) / 24
        for (r = 1; r <= rows; r++) {
            file = sprintf("%s/%02d", work, r)
            print order[r] > (work "/names")
            for (k = 0; k < 24; k++) count[k] = 0
            for (i = 0; i < n[order[r]]; i++) {
                k = int((x[order[r], i] - low) / step)
                count[k > 23 ? 23 : k]++
            }
            print low, 0 > file
            for (k = 0; k < 24; k++) print low + k * step, count[k] "\n" low + (k + 1) * step, count[k] > file
            print low + 24 * step, 0 > file
        }
    }' "$table"

colours='black red blue green3 magenta cyan'
first=yes
while read -r name; do
    i=$((${i:-0} + 1))
    file=$(printf '%s/%02d' "$work" "$i")
    colour=$(echo "$colours" | cut -d ' ' -f $(((i - 1) % 6 + 1)))
    # Braces: a lone word that is one of DS9's own would not be taken as a title.
    if [ "$first" = yes ]; then
        xpaset "$ds9" plot line "{$column of the images}" "{$column of an image}" "{images }" xy < "$file"
        first=no
    else
        xpaset "$ds9" plot data xy < "$file"
    fi
    xpaset -p "$ds9" plot line color "$colour"
    xpaset -p "$ds9" plot name "{$name }"
done < "$work/names"
xpaset -p "$ds9" plot legend yes
