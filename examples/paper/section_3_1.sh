#!/bin/sh
# section_3_1.sh data=FOLDER | mock=yes [out=paper-output] [epochs=] [filters=128] [resblocks=9] [threads=0]
# Section 3.1 of Zaazou, Bihlo & Tricco (2025): NUV, K -> G, R, Z.  Trains, evaluates, writes models, scores, figures
# (as the paper's 1 and 2) and the table (as its table 2) into OUT.
# data=FOLDER: Illustris, band_N_id_ID.hdf5 as fetch_illustris.sh lists them.  mock=yes: simulated galaxies, a smaller
# network and fewer epochs: some minutes; number= and size= say how many and how large.
# SPDX-License-Identifier: BSD-3-Clause
set -eu
. "$(dirname "$0")/paper.sh"
read_settings "$@"
make_set bands=NUV,K,G,R,Z
for band in G R Z; do
    train_band NUV,K $band
done
{
    print_head
    print_row NUV,K G 0.0078 0.984 35.3 0.0061 0.0064
    print_row NUV,K R 0.0086 0.986 34.3 0.0206 0.0060
    print_row NUV,K Z 0.0066 0.990 37.4 0.038 0.0098
} | tee "$out/table_3_1.txt"
