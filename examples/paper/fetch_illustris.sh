#!/bin/sh
# fetch_illustris.sh -- the list of files of Illustris-1 that the paper's sections 3.1 and 3.2 need, for curl.
#     ILLUSTRIS_KEY=... sh fetch_illustris.sh SUBHALOS [BAND...] > list
#     curl --config list
# SUBHALOS is a text file or CSV with subhalo numbers in its column subhalo_id, or in the first one; BANDs are SUNRISE's
# numbers (help of bandprep), by default those of the paper: FUV, NUV, u, g, r, z and Ks.  The key is your own, from
# https://www.illustris-project.org/data/; it goes into the list, so keep that to yourself.  Files that are there
# already are not in the list; curl goes on where it was stopped, and leaves no half of a file.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
umask 077
if [ $# -lt 1 ] || [ -z "${ILLUSTRIS_KEY:-}" ]; then
    echo "usage: ILLUSTRIS_KEY=... sh fetch_illustris.sh SUBHALOS [BAND...] > list" >&2
    exit 2
fi
case $ILLUSTRIS_KEY in
    *[!0-9A-Za-z]*) echo "fetch_illustris.sh: ILLUSTRIS_KEY is not a key: letters and digits" >&2; exit 2 ;;
esac
api=https://www.illustris-project.org/api/Illustris-1/snapshots/135/subhalos
subhalos=$1
shift
[ $# -gt 0 ] || set -- 1 2 3 4 5 7 21
for band in "$@"; do
    case $band in
        *[!0-9]* | '') echo "fetch_illustris.sh: band $band is not a number" >&2; exit 2 ;;
    esac
    if [ "$band" -lt 1 ] || [ "$band" -gt 36 ]; then
        echo "fetch_illustris.sh: there is no band $band (1 to 36)" >&2
        exit 2
    fi
done
# The column that is called so; of a table that pandas saved with its index, which has no name, the second; else the
# first.
ids=$(tr '\r' '\n' < "$subhalos" | LC_ALL=C awk '
    { sub(/^\357\273\277/, ""); gsub(/"/, ""); sub(/^[ \t]+/, ""); sub(/[ \t]+$/, "") }
    /^#/ || /^$/ { next }
    !/[,;]/ { gsub(/[ \t]+/, ",") }
    { n = split($0, cell, /[ \t]*[,;][ \t]*/) }
    !column {
        column = cell[1] == "" ? 2 : 1
        for (i = n; i >= 1; i--)
            if (tolower(cell[i]) ~ /^((subhalo|subfind)[_ ]?)?ids?$|^subhalos?$/)
                column = i
    }
    cell[column] ~ /^[0-9]+(\.0*)?$/ { sub(/\..*/, "", cell[column]); print cell[column] }' | sort -nu)
if [ -z "$ids" ]; then
    echo "fetch_illustris.sh: $subhalos has no column of subhalo numbers" >&2
    exit 1
fi
cat << END
header = "api-key: $ILLUSTRIS_KEY"
location
fail
create-dirs
remove-on-error
retry = 5
END
for id in $ids; do
    for band in "$@"; do
        file=band_${band}_id_$id.hdf5
        [ ! -s "illustris/$file" ] || continue
        echo "url = \"$api/$id/stellar_mocks/broadband.hdf5?band=$band\""
        echo "output = \"illustris/$file\""
    done
done
