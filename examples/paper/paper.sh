# paper.sh -- what the scripts of the paper's sections share: train, evaluate, write the table and the figures.
# SPDX-License-Identifier: BSD-3-Clause
# Read by them with '.'; $0 and "$@" are theirs.

usage()
{
    sed -n '2,/^# SPDX/{/^# SPDX/d;s/^# \{0,1\}//;p;}' "$0"
    exit "$1"
}

# The settings, name=value: the paper's, or what runs in minutes on simulated galaxies.
read_settings()
{
    data='' stretch=recipe mock=no out=paper-output epochs='' filters=128 resblocks=9 number=2500 size=128 threads=0
    for argument in "$@"; do
        case $argument in
            mock=yes) mock=yes number=300 size=64 filters=32 resblocks=4 epochs=12 ;;
        esac
    done
    for argument in "$@"; do
        case $argument in
            --help | -h) usage 0 ;;
            mock=yes | mock=no) ;;
            data=* | out=* | epochs=* | filters=* | resblocks=* | number=* | size=* | threads=*)
                name=${argument%%=*}
                value=${argument#*=}
                eval "$name=\$value" ;;
            *) echo "$(basename "$0"): '$argument' is no setting (--help lists them)" >&2; exit 2 ;;
        esac
    done
    if [ "$mock" = no ] && [ -z "$data" ]; then
        echo "$(basename "$0"): data=, or mock=yes for simulated galaxies, is needed (--help explains)" >&2
        exit 2
    fi
    if [ "$mock" = no ] && [ ! -e "$data" ]; then
        echo "$(basename "$0"): data=$data: there is no such file or folder" >&2
        exit 2
    fi
    mkdir -p "$out"
    keep_settings "$(basename "$0") mock=$mock data=$data epochs=$epochs filters=$filters resblocks=$resblocks$(
        [ "$mock" = no ] || echo " number=$number size=$size")"
}

# What is in $out is gone on with, and must be of the same settings.
keep_settings()
{
    [ -f "$out/settings" ] || echo "$1" > "$out/settings"
    if [ "$(cat "$out/settings")" != "$1" ]; then
        echo "$(basename "$0"): $out holds the results of '$(cat "$out/settings")':" \
            "choose another out=, or remove it" >&2
        exit 2
    fi
}

# The training set $out/set.fits, of simulated galaxies or from data= by bandprep with the arguments given.
make_set()
{
    set_file=$out/set.fits
    if [ -f "$set_file" ]; then
        echo "$set_file is there: goes on with it"
    elif [ "$mock" = yes ]; then
        bandmock "$set_file" number="$number" size="$size" magnitude=8,11
    else
        bandprep input="$data" output="$set_file" "$@"
    fi
}

# Model, scores and figures of one band: train_band INBANDS OUTBAND.  What is there is kept, so that a run that
# was stopped goes on.
train_band()
{
    stem=$out/$(echo "$1" | tr -d ,)_to_$2
    [ -f "$stem.fits" ] || bandtrain input="$set_file" output="$stem.fits" inbands="$1" outband="$2" recipe=paper \
        stretch="$stretch" filters="$filters" resblocks="$resblocks" ${epochs:+epochs="$epochs"} \
        threads="$threads" log="$stem.csv"
    [ -f "${stem}_scores.csv" ] || bandeval input="$set_file" model="$stem.fits" split=test morph=paper \
        images="${stem}_images.csv" figures="$stem" table="${stem}_scores.csv" threads="$threads" clobber=yes
}

# One line of the table: the column named $3 of the row named $2 in the CSV file $1.
score()
{
    awk -F, -v row="$2" -v column="$3" '
        NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) at = i }
        $1 == row { print $at }' "$1"
}

# print_row INBANDS OUTBAND MAE SSIM PSNR GINI_W1 M20_W1: our scores, the paper's, and the inputs as they are.
print_row()
{
    file=$out/$(echo "$1" | tr -d ,)_to_$2_scores.csv
    printf '%-14s %8.4f %7.3f %6.1f %8.4f %8.4f\n' "$1 -> $2" "$(score "$file" model MAE)" \
        "$(score "$file" model SSIM)" "$(score "$file" model PSNR)" "$(score "$file" model GINI_W1_SCALED)" \
        "$(score "$file" model M20_W1_SCALED)"
    printf '%-14s %8s %7s %6s %8s %8s\n' '  paper' "$3" "$4" "$5" "$6" "$7"
    for input in $(echo "$1" | tr , ' '); do
        printf '%-14s %8.4f %7.3f %6.1f\n' "  $input itself" "$(score "$file" "copy of $input" MAE)" \
            "$(score "$file" "copy of $input" SSIM)" "$(score "$file" "copy of $input" PSNR)"
    done
}

print_head()
{
    printf '%-14s %8s %7s %6s %8s %8s\n' 'inputs -> band' MAE SSIM PSNR 'Gini W1' 'M20 W1'
}
