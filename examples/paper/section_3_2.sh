#!/bin/sh
# section_3_2.sh data=FOLDER | mock=yes [out=paper-output] [epochs=] [filters=128] [resblocks=9] [threads=0]
# Section 3.2 of Zaazou, Bihlo & Tricco (2025): G, R -> U, NUV, FUV.  Trains, evaluates, writes models, scores,
# figures (as the paper's 3 and 4) and the table (as its table 3) into OUT.
# data=FOLDER: Illustris, band_N_id_ID.hdf5 as fetch_illustris.sh lists them.  mock=yes: simulated galaxies, a smaller
# network and fewer epochs: some minutes; number= and size= say how many and how large.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
. "$(dirname "$0")/paper.sh"
read_settings "$@"
make_set bands=G,R,U,NUV,FUV
for band in U NUV FUV; do
    train_band G,R $band
done
{
    print_head
    print_row G,R U 0.0034 0.99 40.3 0.0086 0.0079
    print_row G,R NUV 0.0089 0.95 32.3 0.035 0.0081
    print_row G,R FUV 0.0127 0.91 28.4 0.049 0.014
} | tee "$out/table_3_2.txt"
