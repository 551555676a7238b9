/* fits_header.c -- HDUs of a FITS file: going there, headers, checksums.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "fits_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bc_status
bc_fits_move(struct bc_fits *f, const char *extname, int number)
{
    char name[FLEN_VALUE];
    int  status = 0;

    if (extname == NULL) {
        fits_movabs_hdu(f->file, number, NULL, &status);
        if (status == 0)
            return BC_OK;
        fits_clear_errmsg();
        return bc_fail(BC_BAD_FILE, "%s has no HDU %d", f->name, number);
    }
    snprintf(name, sizeof name, "%s", extname);
    fits_movnam_hdu(f->file, ANY_HDU, name, 0, &status);
    if (status == 0)
        return BC_OK;
    fits_clear_errmsg();
    return bc_fail(BC_BAD_FILE, "%s has no extension %s", f->name, extname);
}

int
bc_fits_count(struct bc_fits *f)
{
    int status = 0, count = 0;

    fits_get_num_hdus(f->file, &count, &status);
    fits_clear_errmsg();
    return count;
}

bc_status
bc_fits_describe(struct bc_fits *f, struct bc_hdu *hdu)
{
    char name[FLEN_VALUE] = "", type[FLEN_VALUE] = "";
    int  status = 0, absent = 0, kind = 0;

    hdu->extver = 1;
    fits_get_hdu_type(f->file, &kind, &status);
    fits_read_key_str(f->file, "EXTNAME", name, NULL, &absent);
    absent = 0;
    fits_read_key_str(f->file, "IMAGETYP", type, NULL, &absent);
    absent = 0;
    fits_read_key_lng(f->file, "EXTVER", &hdu->extver, NULL, &absent);
    fits_clear_errmsg();
    hdu->is_image = kind == IMAGE_HDU;
    snprintf(hdu->extname, sizeof hdu->extname, "%s", name);
    snprintf(hdu->imagetyp, sizeof hdu->imagetyp, "%s", type);
    return bc_fits_check(f, status, "its header could not be read");
}

bc_status
bc_fits_checksum(struct bc_fits *f)
{
    int status = 0, data = 0, all = 0;

    fits_verify_chksum(f->file, &data, &all, &status);
    if (status != 0)
        return bc_fits_fail(f, status, "could not be read");
    if (data != 1 || all != 1)
        return bc_fail(BC_BAD_FILE, "%s: HDU %d %s", f->name, bc_fits_here(f),
                       data < 0 || all < 0 ? "is damaged (its checksum is wrong)"
                                           : "has no checksum");
    return BC_OK;
}

/* fpack's word for how it rounded the pixels that it packed: nobody packs those that are read. */
static int
is_of_packing(const char *card)
{
    static const char *const words[] = { "Image was compressed by CFITSIO", "quantized level scaling parameter",
                                         "Pixel Quantization Algorithm" };
    char                     text[BC_CARD + 1];
    size_t                   i;

    snprintf(text, sizeof text, "%s", card);
    for (i = 0; strncmp(text, "HISTORY ", 8) == 0 && i < sizeof words / sizeof *words; i++)
        if (strstr(text, words[i]) != NULL)
            return 1;
    return 0;
}

/* CFITSIO fails to make an image's header of a table's where BSCALE and BZERO stand among its first
 * cards, as astropy wrote them; then the table's must do, which has all cards of the image, too. */
static bc_status
read_cards(struct bc_fits *f, struct bc_header *h)
{
    char     *cards = NULL;
    int       status = 0, n = 0, i;
    bc_status st = BC_OK;

    fits_convert_hdr2str(f->file, 0, NULL, 0, &cards, &n, &status);
    if (status == UNKNOWN_REC || status == NO_BITPIX) {         /* CFITSIO 4.2, 4.6 */
        fits_clear_errmsg();
        free(cards);
        cards = NULL;
        status = 0;
        fits_hdr2str(f->file, 0, NULL, 0, &cards, &n, &status);
    }
    if (status != 0) {
        free(cards);
        return bc_fits_fail(f, status, "its header could not be read");
    }
    h->n = 0;
    for (i = 0; i < n && st == BC_OK; i++)
        if (strncmp(cards + BC_CARD * i, "END     ", 8) != 0 && !is_of_packing(cards + BC_CARD * i))
            st = bc_header_append(h, cards + BC_CARD * i);
    fits_free_memory(cards, &status);
    return st;
}

/* INHERIT = F or a primary HDU with data: the extension stands for itself. */
static bc_status
inherit(struct bc_fits *f, int hdu, struct bc_header *h)
{
    struct bc_header primary = { NULL, 0, 0 };
    char             says[8];
    int              naxis = 1, status = 0;
    bc_status        st = BC_OK;

    if (bc_header_text(h, "INHERIT", says, sizeof says) && says[0] == 'F')
        return BC_OK;
    fits_movabs_hdu(f->file, 1, NULL, &status);
    fits_get_img_dim(f->file, &naxis, &status);
    if (status == 0 && naxis == 0)
        st = read_cards(f, &primary);
    if (st == BC_OK)
        st = bc_header_inherit(&primary, h);
    bc_header_free(&primary);
    fits_movabs_hdu(f->file, hdu, NULL, &status);
    return st == BC_OK ? bc_fits_check(f, status, "its header could not be read") : st;
}

bc_status
bc_fits_read_header(struct bc_fits *f, struct bc_header *h)
{
    int       hdu = bc_fits_here(f);
    bc_status st = read_cards(f, h);

    return st == BC_OK && hdu > 1 ? inherit(f, hdu, h) : st;
}

bc_status
bc_fits_write_header(struct bc_fits *f, const struct bc_header *h)
{
    char key[BC_KEY + 1];
    int  status = 0, i;

    for (i = 0; i < h->n && status == 0; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        if (!bc_key_is_structure(key))
            fits_write_record(f->file, h->card[i], &status);
    }
    return bc_fits_check(f, status, "a header card could not be written");
}

/* Put the cards of H, which describe one value, where KEY stands or at the end.  CFITSIO's own
 * writers would give numbers 15 digits, which do not always read back the same. */
static bc_status
update(struct bc_fits *f, const char *key, struct bc_header *h)
{
    char old[FLEN_CARD];
    int  i, status = 0, absent = 0;

    if (h->n > 1 && fits_read_card(f->file, key, old, &absent) == 0)
        fits_delete_key(f->file, key, &status);         /* CONTINUE cards go to the end */
    fits_update_card(f->file, key, h->card[0], &status);
    for (i = 1; i < h->n; i++)
        fits_write_record(f->file, h->card[i], &status);
    fits_clear_errmsg();
    bc_header_free(h);
    return bc_fits_check(f, status, "a header card could not be written");
}

bc_status
bc_fits_header_room(struct bc_fits *f, int n)
{
    int status = 0;

    fits_set_hdrsize(f->file, n, &status);
    return bc_fits_check(f, status, "could not be written");
}

bc_status
bc_fits_set_text(struct bc_fits *f, const char *key, const char *text, const char *comment)
{
    struct bc_header h = { NULL, 0, 0 };
    bc_status        st = bc_header_set_text(&h, key, text, comment);

    return st == BC_OK ? update(f, key, &h) : st;
}

bc_status
bc_fits_set_number(struct bc_fits *f, const char *key, double value, const char *comment)
{
    struct bc_header h = { NULL, 0, 0 };
    bc_status        st = bc_header_set_number(&h, key, value, comment);

    return st == BC_OK ? update(f, key, &h) : st;
}

bc_status
bc_fits_set_numbered(struct bc_fits *f, const char *key, int n, double value, const char *comment)
{
    char name[32];

    snprintf(name, sizeof name, "%s%d", key, n);
    return bc_fits_set_number(f, name, value, comment);
}

bc_status
bc_fits_set_integer(struct bc_fits *f, const char *key, long value, const char *comment)
{
    struct bc_header h = { NULL, 0, 0 };
    bc_status        st = bc_header_set_integer(&h, key, value, comment);

    return st == BC_OK ? update(f, key, &h) : st;
}
