/* safetensors.c -- models as safetensors files: 8 bytes that say how long the header is, a header in JSON that
 * says where each tensor lies, the numbers.  Tensors have the names and shapes that they have in a model
 * file; "__metadata__" keeps the cards of its primary header, each value as it stands on its card.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "checkpoint.h"
#include "model.h"
#include "newfile.h"
#include "status.h"

enum { MOST_JSON = 1 << 24, MOST_CARDS = 1 << 12, MOST_TEXT = 1 << 12 };

/* ---- reading --------------------------------------------------------------------------------- */

static uint64_t
little_endian(const unsigned char *b, int n)
{
    uint64_t value = 0;

    while (n-- > 0)
        value = value << 8 | b[n];
    return value;
}

/* Floats are little-endian on disk; X may be where the bytes are. */
static void
swap_floats(float *x, size_t n)
{
    size_t   i;
    uint32_t bits;

    for (i = 0; i < n; i++) {
        bits = (uint32_t)little_endian((unsigned char *)&x[i], 4);
        memcpy(&x[i], &bits, sizeof bits);
    }
}

/* What is of no legal value; one with a key longer than FITS's may be another program's. */
static bc_status
refuse_card(const char *file, const char *key)
{
    return strlen(key) > 8 ? BC_OK
           : bc_fail(BC_BAD_FILE, "%s: %s in its __metadata__ has no value as on a FITS card", file, key);
}

/* VALUE, a text in quotes, on as many cards as it takes. */
static bc_status
add_text(struct bc_checkpoint *c, const char *file, const char *key, const char *value)
{
    size_t    n = strlen(value), i, k = 0;
    char     *text = malloc(n);
    bc_status st;

    if (text == NULL)
        return bc_fail_memory(n, "a card");
    for (i = 1; i + 1 < n; i++) {
        text[k++] = value[i];
        i += value[i] == '\'';                  /* a quote is two */
    }
    text[k] = '\0';
    st = bc_header_set_text(&c->header, key, text, NULL);
    free(text);
    return st == BC_BAD_ARG ? refuse_card(file, key) : st;
}

/* One card of the model file.  Only what is a legal value of FITS becomes one. */
static bc_status
add_card(struct bc_checkpoint *c, const char *file, const char *key, const char *value)
{
    char      card[BC_CARD + 1];
    size_t    n = strlen(key), i;
    bc_status st;

    for (i = 0; i < n; i++)
        if (!isupper((unsigned char)key[i]) && !isdigit((unsigned char)key[i]) && key[i] != '-'
            && key[i] != '_')
            return BC_OK;                       /* another program's, not a card */
    if (n < 1 || n > BC_KEY || strlen(value) > (*value == '\'' ? MOST_TEXT : BC_CARD - 10))
        return BC_OK;
    if (*value == '\'' ? value[strlen(value) - 1] != '\'' || strlen(value) < 2
                       : strspn(value, "+-.0123456789EDTF") != strlen(value))
        return refuse_card(file, key);
    if (*value == '\'' && (n > 8 || strlen(value) > BC_CARD - 10))
        return add_text(c, file, key, value);
    if (n > 8) {                                /* INNOISE10 */
        st = bc_header_set(&c->header, key, value, NULL);
        return st == BC_BAD_ARG ? refuse_card(file, key) : st;
    }
    snprintf(card, sizeof card, "%-8s= %s", key, value);
    return bc_header_append(&c->header, card);
}

static bc_status
read_metadata(struct bc_checkpoint *c, const char *file, const json_t *metadata)
{
    const char *key;
    json_t     *value;
    bc_status   st = BC_OK;

    if (json_object_size(metadata) > MOST_CARDS)
        return bc_fail(BC_BAD_FILE, "%s has more than %d entries of __metadata__", file, MOST_CARDS);
    json_object_foreach((json_t *)metadata, key, value) {
        if (!json_is_string(value))
            return bc_fail(BC_BAD_FILE, "%s: %s in its __metadata__ is no text", file, key);
        if ((st = add_card(c, file, key, json_string_value(value))) != BC_OK)
            return st;
    }
    return BC_OK;
}

/* One entry of the header: {"dtype": "F32", "shape": [...], "data_offsets": [from, to]}. */
static bc_status
read_tensor(struct bc_checkpoint *c, const char *file, FILE *f, uint64_t start, uint64_t most,
            const char *name, const json_t *entry)
{
    const json_t *shape = json_object_get(entry, "shape");
    const json_t *offsets = json_object_get(entry, "data_offsets");
    const char   *type = json_string_value(json_object_get(entry, "dtype"));
    json_int_t    from = json_integer_value(json_array_get(offsets, 0));
    json_int_t    to = json_integer_value(json_array_get(offsets, 1));
    size_t        ndim = json_array_size(shape), i, n = 1;
    long          dim[5];
    float        *x;
    bc_status     st;

    if (type == NULL || json_array_size(offsets) != 2 || from < 0 || to < from
        || (uint64_t)to > most || ndim < 1)
        return bc_fail(BC_BAD_FILE, "%s: its header does not say where %s is", file, name);
    if (strcmp(type, "F32") != 0)
        return bc_fail(BC_UNSUPPORTED, "%s: %s is of type %s, only F32 is read", file, name, type);
    if (ndim > 5 || strlen(name) >= sizeof c->tensor->name)
        return bc_fail(BC_UNSUPPORTED, "%s: %s of %zu axes has no place in a model", file, name, ndim);
    for (i = 0; i < ndim; i++) {
        json_int_t d = json_integer_value(json_array_get(shape, i));

        dim[i] = d >= 1 && d <= (json_int_t)(most / n) ? (long)d : 0;
        n *= (size_t)dim[i];
        if (n == 0)
            break;
    }
    if (n == 0 || (uint64_t)(to - from) != n * sizeof *x)
        return bc_fail(BC_BAD_SHAPE, "%s: %s has another size than its shape says", file, name);
    st = bc_checkpoint_add(c, file, name, (int)ndim, dim, &x);
    if (st != BC_OK)
        return st;
    if (fseeko(f, (off_t)(start + (uint64_t)from), SEEK_SET) != 0
        || fread(x, sizeof *x, n, f) != n)
        return bc_fail(BC_BAD_FILE, "%s: the numbers of %s cannot be read", file, name);
    swap_floats(x, n);
    return BC_OK;
}

static bc_status
read_entries(struct bc_checkpoint *c, const char *file, FILE *f, uint64_t start, uint64_t most,
             const json_t *header)
{
    const char *name;
    json_t     *entry;
    bc_status   st = BC_OK;

    if (!json_is_object(header))
        return bc_fail(BC_BAD_FILE, "%s: its header is not readable", file);
    json_object_foreach((json_t *)header, name, entry) {
        st = strcmp(name, "__metadata__") == 0
                 ? read_metadata(c, file, entry)
                 : read_tensor(c, file, f, start, most, name, entry);
        if (st != BC_OK)
            return st;
    }
    return BC_OK;
}

bc_status
bc_safetensors_read(const char *file, struct bc_checkpoint *c)
{
    FILE         *f = fopen(file, "rb");
    unsigned char length[8];
    char         *text = NULL;
    uint64_t      n = 0;
    struct stat   s;
    json_error_t  error;
    json_t       *header = NULL;
    bc_status     st = BC_OK;

    if (f == NULL)
        return bc_fail(BC_BAD_FILE, "%s cannot be read: %s", file, strerror(errno));
    if (fstat(fileno(f), &s) != 0 || fread(length, 1, 8, f) != 8
        || (n = little_endian(length, 8)) > MOST_JSON || (off_t)n > s.st_size - 8)
        st = bc_fail(BC_BAD_FILE, "%s is no safetensors file, or its end is missing", file);
    else if ((text = malloc(n + 1)) == NULL)
        st = bc_fail_memory(n, "a header");
    else if (fread(text, 1, n, f) != n)
        st = bc_fail(BC_BAD_FILE, "%s: its header is not readable", file);
    if (st == BC_OK) {
        header = json_loadb(text, n, JSON_REJECT_DUPLICATES, &error);
        st = read_entries(c, file, f, 8 + n, (uint64_t)s.st_size - 8 - n, header);
        json_decref(header);
    }
    free(text);
    fclose(f);
    return st;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The value of card AT as it stands there, without its comment; a text that goes on in CONTINUE cards as one. */
static void
card_value(const struct bc_header *h, int at, char value[MOST_TEXT + 1])
{
    char        key[BC_KEY + 1], *text = NULL;
    const char *start, *comment, *c;
    size_t      n;

    bc_card_parse(h->card[at], key, &start, &comment);
    n = (size_t)(comment - start);
    while (n > 0 && *start != '\'' && (start[n - 1] == ' ' || start[n - 1] == '/'))
        n--;
    while (n > 0 && *start == '\'' && start[n - 1] != '\'')
        n--;
    memcpy(value, start, n);
    if (bc_header_span(h, at) > 1 && (text = bc_header_string(h, key)) != NULL) {
        for (n = 1, c = text; *c != '\0' && n < MOST_TEXT - 2; c++) {
            value[n++] = *c;
            if (*c == '\'')
                value[n++] = *c;
        }
        value[n++] = '\'';
    }
    value[n] = '\0';
    free(text);
}

static json_t *
make_metadata(const struct bc_header *h)
{
    json_t *metadata = json_object();
    char    key[BC_KEY + 1], value[MOST_TEXT + 1];
    int     i;

    for (i = 0; i < h->n; i++) {
        bc_card_parse(h->card[i], key, NULL, NULL);
        if (!bc_card_has_value(h->card[i]) || bc_key_is_structure(key))
            continue;
        card_value(h, i, value);
        if (*value != '\0')
            json_object_set_new(metadata, key, json_string(value));
    }
    return metadata;
}

/* The header's JSON; NULL if there is no memory. */
static char *
make_header(const struct bc_model *m)
{
    json_t          *header = json_object(), *entry;
    struct bc_tensor t;
    json_int_t       at = 0;
    char            *text;
    int              i, k;

    json_object_set_new(header, "__metadata__", make_metadata(&m->header));
    for (i = 0; bc_graph_tensor(m->graph, i, &t); i++) {
        json_t    *shape = json_array();
        json_int_t bytes = (json_int_t)(t.n * m->members * sizeof(float));

        if (m->members > 1)
            json_array_append_new(shape, json_integer(m->members));
        for (k = 0; k < t.ndim; k++)
            json_array_append_new(shape, json_integer(t.dim[k]));
        entry = json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape, "data_offsets", at,
                          at + bytes);
        at += bytes;
        json_object_set_new(header, t.name, entry);
    }
    text = json_dumps(header, JSON_COMPACT);
    json_decref(header);
    return text;
}

static int
write_floats(FILE *f, const float *x, size_t n)
{
    unsigned char b[4];
    uint32_t      bits;
    size_t        i;
    int           k;

    for (i = 0; i < n; i++) {
        memcpy(&bits, &x[i], sizeof bits);
        for (k = 0; k < 4; k++)
            b[k] = (unsigned char)(bits >> 8 * k);
        if (fwrite(b, 1, 4, f) != 4)
            return 0;
    }
    return 1;
}

/* The header is padded with blanks so that the numbers begin at a multiple of 8. */
static int
write_all(const struct bc_model *m, const char *header, FILE *f)
{
    size_t           n = strlen(header), padded = (n + 7) / 8 * 8;
    struct bc_tensor t;
    unsigned char    length[8];
    int              i, k, good;

    for (k = 0; k < 8; k++)
        length[k] = (unsigned char)((uint64_t)padded >> 8 * k);
    good = fwrite(length, 1, 8, f) == 8 && fprintf(f, "%-*s", (int)padded, header) == (int)padded;
    for (i = 0; good && bc_graph_tensor(m->graph, i, &t); i++)
        for (k = 0; good && k < m->members; k++)
            good = write_floats(f, m->weights + k * m->graph->nweight + t.at, t.n);
    return good;
}

bc_status
bc_model_export(const bc_model *m, const char *file, int clobber)
{
    struct bc_newfile new = { .temporary = "" };
    char             *header = make_header(m);
    FILE             *f = NULL;
    bc_status         st = BC_OK;

    if (header == NULL)
        st = bc_fail_memory(MOST_JSON, "a header");
    if (st == BC_OK)
        st = bc_newfile_begin(&new, file, clobber);
    if (st == BC_OK && ((f = fopen(new.temporary, "wb")) == NULL || !write_all(m, header, f)))
        st = bc_fail_write(file);
    if (f != NULL && fclose(f) != 0 && st == BC_OK)
        st = bc_fail_write(file);
    if (st == BC_OK)
        st = bc_newfile_commit(&new);
    else
        bc_newfile_discard(&new);
    free(header);
    return st;
}
