#!/bin/sh
# fetch_illustris.sh -- the list of files of Illustris-1 that the paper's sections 3.1 and 3.2 need, for curl.
#     ILLUSTRIS_KEY=... sh fetch_illustris.sh SUBHALOS [BAND...] > list
#     curl --config list
# SUBHALOS is a text file or CSV whose first column holds subhalo numbers; BANDs are SUNRISE's numbers (help of
# bandprep), by default those of the paper: FUV, NUV, u, g, r, z and Ks.  The key is your own, from
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
ids=$(sed 's/[,;[:blank:]].*//' "$subhalos" | tr -d '\r"' | sed -n '/^[0-9][0-9]*$/p' | sort -nu)
if [ -z "$ids" ]; then
    echo "fetch_illustris.sh: $subhalos has no subhalo numbers in its first column" >&2
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
        echo "url = \"https://www.illustris-project.org/api/Illustris-1/snapshots/135/subhalos/$id/stellar_mocks/broadband.hdf5?band=$band\""
        echo "output = \"illustris/$file\""
    done
done
