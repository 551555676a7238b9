#!/bin/sh
# section_3_3.sh data=FILE.h5 | mock=yes [out=paper-output] [epochs=] [filters=128] [resblocks=9] [threads=0]
# Section 3.3 of Zaazou, Bihlo & Tricco (2025): DECaLS G, Z -> R.  Trains, evaluates, writes the model, scores,
# figures (as the paper's 5 and 6) and the table (as its table 4) into OUT.
# data=FILE.h5: Galaxy10_DECals.h5 or a file of its layout.  Its images are colour composites: each band was scaled by
# the mean of all three before it became 8 bits and a JPEG, so the inputs already hold the band that is predicted.
# mock=yes: simulated galaxies instead, a smaller network and fewer epochs: some minutes.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
. "$(dirname "$0")/paper.sh"
read_settings "$@"
make_set bands=Z,R,G
[ "$mock" = yes ] || stretch=unit       # value / 255, as the authors; no asinh
train_band G,Z R
{
    print_head
    print_row G,Z R 0.022 0.86 30.5 0.034 0.0012
} | tee "$out/table_3_3.txt"
