#!/bin/sh
# fetch.sh -- the list of Illustris's files to download: right addresses and names, what is there left out, and a
# list that curl takes.
# SPDX-License-Identifier: BSD-3-Clause
script=$(cd "${srcdir-.}/../examples/paper" && pwd)/fetch_illustris.sh
folder=fetch.$$
mkdir $folder && cd $folder || exit 1
trap 'cd .. && rm -rf $folder' EXIT
failures=0

check()
{
    test $? -eq 0 || { echo "does not hold: $1"; cat list errors; failures=$((failures + 1)); }
}

printf 'subhalo_id,mass\r\n41,1.5\r\n9,2\r\n"123456",3\r\n41,1.5\r\n' > subhalos.csv
mkdir illustris
echo there > illustris/band_4_id_9.hdf5
ILLUSTRIS_KEY=abc123 sh "$script" subhalos.csv 2 4 > list 2> errors
check 'the script works'
api=https://www.illustris-project.org/api/Illustris-1/snapshots/135/subhalos
grep '^url' list > urls
diff - urls << END
url = "$api/9/stellar_mocks/broadband.hdf5?band=2"
url = "$api/41/stellar_mocks/broadband.hdf5?band=2"
url = "$api/41/stellar_mocks/broadband.hdf5?band=4"
url = "$api/123456/stellar_mocks/broadband.hdf5?band=2"
url = "$api/123456/stellar_mocks/broadband.hdf5?band=4"
END
check 'addresses: each once, in order, without what is there'
test "$(grep -c '^output = "illustris/band_[24]_id_[0-9]*.hdf5"$' list)" -eq 5
check 'names'
grep -qx 'header = "api-key: abc123"' list
check 'the key'
ILLUSTRIS_KEY=abc123 sh "$script" subhalos.csv > list 2> errors
test "$(grep -c '^url' list)" -eq 20        # 3 galaxies in 7 bands, one file is there
check "the paper's bands"

# Tables as spreadsheets, pandas, old Macs and people leave them.
number=0
for text in '41\n9\n' '41.0\n9.0\n' '  41 , 7\n  9 , 8\n' '# subhalos, 2 of them\n\n41 1\n\t9 2\n' \
            '\357\273\277subhalo_id\r\n41\r\n9\r\n' 'subhalo_id,mass\r41,1\r9,2\r' 'id;mass\n41;7,5\n9;8,5\n' \
            ',subhalo_id,mass\n0,41.0,1\n1,9.0,2\n' ',ID_z0,mass\n0,41,1\n1,9,2\n' \
            'Unnamed: 0,SubfindID\n0,41\n1,9\n' '"mass","subhalo"\n"1","41"\n"2","9"\n'; do
    number=$((number + 1))
    # shellcheck disable=SC2059
    printf "$text" > odd
    ILLUSTRIS_KEY=abc123 sh "$script" odd 2 2> errors | sed -n 's,.*subhalos/\([0-9]*\)/.*,\1,p' > list
    test "$(tr '\n' ' ' < list)" = '9 41 '
    check "table $number"
done

# As curl reads it, from files instead of the network.
if curl --version > /dev/null 2>&1 && curl --help all | grep -q remove-on-error; then
    mkdir -p api/9/stellar_mocks here && echo pixels > api/9/stellar_mocks/broadband.hdf5
    ILLUSTRIS_KEY=abc123 sh "$script" subhalos.csv 2 |
        sed "s,https://[^\"]*subhalos/,file://$PWD/api/,; s,?band=2,," > list
    (cd here && curl -s --config ../list) 2> errors
    cmp -s here/illustris/band_2_id_9.hdf5 api/9/stellar_mocks/broadband.hdf5
    check 'curl takes the list'
    test "$(ls here/illustris)" = band_2_id_9.hdf5
    check 'what cannot be had leaves no file'
fi

for arguments in 'subhalos.csv 37' 'subhalos.csv 4x' ''; do
    # shellcheck disable=SC2086
    ILLUSTRIS_KEY=abc123 sh "$script" $arguments > list 2> errors
    test $? -eq 2 && test ! -s list && test "$(wc -l < errors)" -eq 1
    check "refused: $arguments"
done
env -u ILLUSTRIS_KEY sh "$script" subhalos.csv > list 2> errors
test $? -eq 2 && test ! -s list
check 'without a key'
ILLUSTRIS_KEY='a" b' sh "$script" subhalos.csv > list 2> errors
test $? -eq 2 && test ! -s list
check 'a key that is none'
echo none > empty
ILLUSTRIS_KEY=abc123 sh "$script" empty > list 2> errors
test $? -eq 1 && test ! -s list
check 'no subhalos'
exit $((failures > 0))
