/* fits_sum.c -- DATE, CHECKSUM and DATASUM of FITS files (Seaman, Pence & Rots 2012).
 *
 * A sum is of 32-bit words, big-endian, in ones' complement.  That of an image whose pixels are written in order is
 * kept as they are written: of a file larger than memory, reading them again takes as long as writing them.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "fits_file.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CARD = 80 };

/* ---- words ------------------------------------------------------------------------------------ */

/* The sum of all carries, too. */
static uint64_t
fold(uint64_t sum)
{
    while (sum >> 32 != 0)
        sum = (sum & 0xffffffff) + (sum >> 32);
    return sum;
}

/* TEXT, filled with blanks up to a card. */
static uint64_t
sum_card(const char *text)
{
    char     card[CARD + 1];
    uint64_t sum = 0;
    int      i;

    snprintf(card, sizeof card, "%-*.*s", CARD, CARD, text);
    for (i = 0; i < CARD; i++)
        sum += (uint64_t)(unsigned char)card[i] << 8 * (3 - i % 4);
    return sum;
}

/* The current HDU's header, which has been flushed. */
static uint64_t
sum_header(fitsfile *file, int *status)
{
    LONGLONG start = 0, data = 0;
    char     card[FLEN_CARD];
    uint64_t sum = sum_card("END");
    int      n = 0, i;

    fits_get_hdrspace(file, &n, NULL, status);
    fits_get_hduaddrll(file, &start, &data, NULL, status);
    for (i = 1; i <= n && *status == 0; i++) {
        fits_read_record(file, i, card, status);
        sum += sum_card(card);
    }
    return fold(sum + (uint64_t)((data - start) / CARD - n - 1) * sum_card(""));
}

/* The N pixels from FIRST on, as they are in the file: floats, or bytes. */
static uint64_t
sum_pixels(const float *pixels, long first, long n, int bitpix)
{
    uint64_t sum = 0;
    uint32_t word;
    long     i;

    for (i = 0; i < n; i++) {
        if (bitpix == BYTE_IMG)
            word = (uint32_t)pixels[i] << 8 * (3 - (first + i) % 4);
        else
            memcpy(&word, &pixels[i], sizeof word);
        sum += word;
    }
    return fold(sum);
}

void
bc_fits_sum_pixels(struct bc_fits *f, long first, long n, const float *pixels, int bitpix)
{
    int                 hdu = bc_fits_here(f);
    struct bc_fits_sum *s;

    if (hdu > BC_FITS_SUMS)
        return;
    s = &f->sum[hdu - 1];
    if (first != s->n || (bitpix != BYTE_IMG && bitpix != FLOAT_IMG)) {
        s->n = -1;                      /* for good: it has to be read */
        return;
    }
    s->n += n;
    s->data = fold(s->data + sum_pixels(pixels, first, n, bitpix));
}

/* ---- cards ------------------------------------------------------------------------------------ */

static const long long LAST_DATE = 253402300799;        /* 9999-12-31T23:59:59 */

/* The time now, or the one that SOURCE_DATE_EPOCH fixes (reproducible-builds.org), if it is one that DATE can say. */
static void
date(char text[32])
{
    const char *epoch = getenv("SOURCE_DATE_EPOCH");
    char       *end = NULL;
    long long   fixed = epoch != NULL ? strtoll(epoch, &end, 10) : -1;
    int         good = end != epoch && *end == '\0' && fixed >= 0 && fixed <= LAST_DATE;
    time_t      now = good ? (time_t)fixed : time(NULL);
    struct tm   tm;

    if (gmtime_r(&now, &tm) == NULL || strftime(text, 32, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        strcpy(text, "1970-01-01T00:00:00");
}

static const char zero_sum[] = "0000000000000000";

void
bc_fits_stamp(fitsfile *file, int *status)
{
    char now[32], old[FLEN_VALUE];
    int  absent = 0;

    if (*status != 0 || fits_read_keyword(file, "DATASUM", old, NULL, &absent) == 0)
        return;
    fits_clear_errmsg();
    date(now);
    fits_update_key_str(file, "DATE", now, "UTC, when this HDU was written", status);
    fits_update_key_str(file, "CHECKSUM", zero_sum, "of this HDU", status);
    fits_update_key_str(file, "DATASUM", "0", "of its data", status);
}

/* Does S hold all pixels of the current HDU? */
static int
is_whole(fitsfile *file, const struct bc_fits_sum *s, int *status)
{
    LONGLONG n[9], all = 1;
    int      type = 0, naxis = 0, i;

    fits_get_hdu_type(file, &type, status);
    if (type != IMAGE_HDU)
        return 0;
    fits_get_img_paramll(file, 9, NULL, &naxis, n, status);
    for (i = 0; i < naxis && i < 9; i++)
        all *= n[i];
    return naxis > 0 && s->n == all;
}

/* CFITSIO's own fits_write_chksum puts the time of day into the comments, and so no two files would
 * be equal. */
static void
finish(fitsfile *file, const struct bc_fits_sum *s, int *status)
{
    unsigned long data = 0, all;
    char          text[FLEN_VALUE];

    bc_fits_stamp(file, status);
    fits_flush_file(file, status);
    if (s != NULL && is_whole(file, s, status))
        data = (unsigned long)s->data;
    else
        fits_get_chksum(file, &data, &all, status);
    snprintf(text, sizeof text, "%lu", data);
    fits_modify_key_str(file, "CHECKSUM", zero_sum, NULL, status);
    fits_modify_key_str(file, "DATASUM", text, NULL, status);
    all = (unsigned long)fold(data + sum_header(file, status));
    if (*status != 0)
        return;
    fits_encode_chksum(all, 1, text);
    fits_modify_key_str(file, "CHECKSUM", text, NULL, status);
}

void
bc_fits_finish(fitsfile *file, const struct bc_fits_sum *sums, int *status)
{
    int count = 0, i;

    fits_flush_file(file, status);
    fits_get_num_hdus(file, &count, status);
    for (i = 1; i <= count && *status == 0; i++) {
        fits_movabs_hdu(file, i, NULL, status);
        finish(file, sums != NULL && i <= BC_FITS_SUMS ? &sums[i - 1] : NULL, status);
    }
    fits_flush_file(file, status);
}
