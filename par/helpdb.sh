#!/bin/sh
# helpdb.sh -- makes the database that IRAF's help reads: helpdb.sh IRAFCL HD... > helpdb.mip
# SPDX-License-Identifier: BSD-3-Clause
irafcl=$1
shift
folder=$PWD/helpdb.$$
mkdir "$folder" && cp "$@" "$folder" && cd "$folder" || exit 1
trap 'cd .. && rm -rf "$folder"' EXIT

# A session without the user's files; IRAF cannot do without USER.
cat > login.cl << end
set bandcast = "$folder/"
set uparm = "$folder/"
task mkhelpdb = "system\$x_system.e"
keep
end
printf 'mkhelpdb bandcast$root.hd bandcast$helpdb.mip\nlogout\n' |
    HOME=$folder USER=bandcast TERM=dumb "$irafcl" > said 2>&1
if test -s helpdb.mip; then
    cat helpdb.mip
else
    cat said >&2
    echo "helpdb.sh: IRAF makes no help database (configure --without-iraf does without)" >&2
    exit 1
fi
