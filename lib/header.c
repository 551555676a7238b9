/* header.c -- a FITS header in memory: cards of 80 characters, in order (FITS standard 4.0, section
 * 4).
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "header.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
bc_header_free(struct bc_header *h)
{
    free(h->card);
    h->card = NULL;
    h->n = h->room = 0;
}

/* Make a gap of COUNT cards before card AT. */
static bc_status
make_room(struct bc_header *h, int at, int count)
{
    if (h->n + count > h->room) {
        int    room = 2 * h->room + count + 36;
        void  *card = realloc(h->card, (size_t)room * sizeof *h->card);

        if (card == NULL)
            return bc_fail_memory((size_t)room * sizeof *h->card, "header cards");
        h->card = card;
        h->room = room;
    }
    memmove(h->card + at + count, h->card + at, (size_t)(h->n - at) * sizeof *h->card);
    h->n += count;
    return BC_OK;
}

static void
remove_cards(struct bc_header *h, int at, int count)
{
    memmove(h->card + at, h->card + at + count, (size_t)(h->n - at - count) * sizeof *h->card);
    h->n -= count;
}

/* What FITS does not allow in a card becomes '?', white space a blank; a shorter card is padded. */
static void
put_card(struct bc_header *h, int at, const char *card)
{
    char *to = h->card[at];
    int   i;

    for (i = 0; i < BC_CARD && card[i] != '\0'; i++) {
        unsigned char c = (unsigned char)card[i];

        to[i] = c >= ' ' && c <= '~' ? card[i] : c >= '\t' && c <= '\r' ? ' ' : '?';
    }
    memset(to + i, ' ', (size_t)(BC_CARD - i));
    to[BC_CARD] = '\0';
}

bc_status
bc_header_append(struct bc_header *h, const char *card)
{
    bc_status st = make_room(h, h->n, 1);

    if (st == BC_OK)
        put_card(h, h->n - 1, card);
    return st;
}

const char *
bc_header_card(const struct bc_header *h, int i)
{
    return i >= 0 && i < h->n ? h->card[i] : NULL;
}

bc_status
bc_header_copy(const struct bc_header *from, struct bc_header *to)
{
    bc_status st;

    to->n = 0;
    st = make_room(to, 0, from->n);
    if (st == BC_OK && from->n > 0)
        memcpy(to->card, from->card, (size_t)from->n * sizeof *from->card);
    return st;
}

/* '=' of a value card, or NULL.  The standard wants "= " in columns 9 and 10; after HIERARCH it may
 * stand anywhere. */
static const char *
equals_sign(const char *card)
{
    if (strncasecmp(card, "HIERARCH ", 9) == 0)
        return strchr(card + 9, '=');
    return card[8] == '=' && card[9] == ' ' ? card + 8 : NULL;
}

int
bc_card_has_value(const char *card)
{
    return equals_sign(card) != NULL;
}

void
bc_card_parse(const char *card, char key[BC_KEY + 1], const char **value_p, const char **comment_p)
{
    const char *equals = equals_sign(card), *start = card, *c;
    size_t      n = 8, i;

    if (equals != NULL && equals != card + 8) {
        start = card + 9;
        start += strspn(start, " ");
        n = start < equals ? (size_t)(equals - start) : 0;
    }
    for (i = 0; i < n && i < BC_KEY; i++)
        key[i] = (char)toupper((unsigned char)start[i]);
    while (i > 0 && key[i - 1] == ' ')
        i--;
    key[i] = '\0';
    c = equals != NULL ? equals + 1 : card + 8;
    c += strspn(c, " ");
    if (value_p != NULL)
        *value_p = c;
    if (comment_p == NULL)
        return;
    if (*c == '\'') {                       /* to the closing quote; '' stands for one */
        for (c++; *c != '\0'; c++)
            if (*c == '\'' && *++c != '\'')
                break;
    }
    if (equals == NULL && strcmp(key, "CONTINUE") != 0)
        c += strlen(c);                     /* a remark has no comment */
    c += strcspn(c, "/");
    if (*c == '/')
        c++;
    *comment_p = c + strspn(c, " ");
}

int
bc_header_find(const struct bc_header *h, const char *key)
{
    char k[BC_KEY + 1];
    int  i;

    if (strncasecmp(key, "HIERARCH ", 9) == 0)
        key += 9 + strspn(key + 9, " ");
    for (i = 0; i < h->n; i++) {
        bc_card_parse(h->card[i], k, NULL, NULL);
        if (strcasecmp(k, key) == 0)
            return i;
    }
    return -1;
}

/* Copy the quoted string at VALUE to TEXT without its quotes and trailing blanks. */
static char *
unquote(const char *value, char *text)
{
    char *start = text;

    for (value++; *value != '\0'; value++) {
        if (*value == '\'' && *++value != '\'')
            break;
        *text++ = *value;
    }
    while (text > start && text[-1] == ' ')
        text--;
    *text = '\0';
    return text;
}

int
bc_header_span(const struct bc_header *h, int at)
{
    int n = 1;

    if (bc_card_has_value(h->card[at]))
        while (at + n < h->n && strncmp(h->card[at + n], "CONTINUE  ", 10) == 0)
            n++;
    return n;
}

char *
bc_header_string(const struct bc_header *h, const char *key)
{
    char        k[BC_KEY + 1], *text, *end;
    const char *value, *comment;
    int         at = bc_header_find(h, key), n, i;

    if (at < 0)
        return NULL;
    n = bc_header_span(h, at);
    text = malloc((size_t)n * BC_CARD + 1);
    if (text == NULL)
        return NULL;
    bc_card_parse(h->card[at], k, &value, &comment);
    if (!bc_card_has_value(h->card[at]) || *value != '\'') {
        snprintf(text, BC_CARD + 1, "%s", value);
        if (bc_card_has_value(h->card[at]))
            text[strcspn(text, "/")] = '\0';
        for (end = text + strlen(text); end > text && end[-1] == ' '; end--)
            end[-1] = '\0';
        return text;
    }
    end = unquote(value, text);
    for (i = 1; i < n && end > text && end[-1] == '&'; i++) {
        bc_card_parse(h->card[at + i], k, &value, NULL);
        if (*value != '\'')
            break;
        end = unquote(value, end - 1);
    }
    return text;
}

int
bc_header_text(const struct bc_header *h, const char *key, char *text, size_t size)
{
    char *whole = bc_header_string(h, key);

    snprintf(text, size, "%s", whole == NULL ? "" : whole);
    free(whole);
    return whole != NULL;
}

double
bc_header_number(const struct bc_header *h, const char *key)
{
    char  *text = bc_header_string(h, key), *end, *c;
    double value;

    if (text == NULL)
        return NAN;
    for (c = text; *c != '\0'; c++)         /* FORTRAN's exponent */
        if (*c == 'D' || *c == 'd')
            *c = 'E';
    value = strtod(text, &end);
    if (end == text || *end != '\0' || !isfinite(value))
        value = NAN;
    free(text);
    return value;
}

double
bc_header_numbered(const struct bc_header *h, const char *key, int n)
{
    char name[32];

    snprintf(name, sizeof name, "%s%d", key, n);
    return bc_header_number(h, name);
}

int
bc_header_integer(const struct bc_header *h, const char *key, int low, int high)
{
    double value = bc_header_number(h, key);

    return value >= low && value <= high && value == floor(value) ? (int)value : -1;
}

/* "KEY     = " or "HIERARCH KEY = "; its length. */
static int
write_key(char *card, size_t size, const char *key)
{
    char k[BC_KEY + 1];
    int  i, plain = strlen(key) <= 8;

    for (i = 0; key[i] != '\0' && i < BC_KEY; i++) {
        k[i] = (char)toupper((unsigned char)key[i]);
        plain = plain && (isalnum((unsigned char)k[i]) || k[i] == '-' || k[i] == '_');
    }
    k[i] = '\0';
    return snprintf(card, size, plain ? "%-8s= " : "HIERARCH %.60s = ", k);
}

/* A card with a value, a text or a number, can have it.  One of the wrong kind would become a COMMENT in the file. */
static bc_status
check_key(const char *key, int text)
{
    static const char *const others[] = { "", "COMMENT", "CONTINUE", "END", "HIERARCH", "HISTORY" };
    char                     upper[BC_KEY + 1];
    size_t                   i;

    if (key == NULL)
        return bc_need_text(key, "the keyword of a card");
    for (i = 0; i < sizeof others / sizeof *others; i++)
        if (strcasecmp(key, others[i]) == 0)
            return bc_fail(BC_BAD_ARG, "'%s' is no keyword for a value", key);
    for (i = 0; key[i] != '\0'; i++)
        if (key[i] < ' ' || key[i] > '~' || key[i] == '=' || *key == ' ')
            return bc_fail(BC_BAD_ARG, "'%s' is no keyword for a value", key);
    for (i = 0; key[i] != '\0' && i < BC_KEY; i++)
        upper[i] = (char)toupper((unsigned char)key[i]);
    upper[i] = '\0';
    if (bc_key_is_structure(upper))
        return bc_fail(BC_BAD_ARG, "'%s' is written by whoever writes the file", key);
    return bc_key_takes(upper, text)
               ? BC_OK : bc_fail(BC_BAD_ARG, "%s: its value is a %s", upper, text ? "number" : "text");
}

/* Where a card of KEY is to go: the place of the old one, whose cards but one are taken away, or a
 * new one at the end.  OLD gets the old card, or "". */
static bc_status
place(struct bc_header *h, const char *key, char old[BC_CARD + 1], int *at_p)
{
    int       at = bc_header_find(h, key), n;
    bc_status st;

    old[0] = '\0';
    if (at >= 0) {
        strcpy(old, h->card[at]);
        n = bc_header_span(h, at);
        remove_cards(h, at + 1, n - 1);
    } else {
        at = h->n;
        st = make_room(h, at, 1);
        if (st != BC_OK)
            return st;
    }
    *at_p = at;
    return BC_OK;
}

/* COMMENT, or where that is NULL the old card's. */
static void
choose_comment(const char *old, const char *comment, char text[BC_CARD + 1])
{
    char        key[BC_KEY + 1];
    const char *c = "";
    size_t      n;

    if (comment != NULL)
        c = comment;
    else if (old[0] != '\0' && bc_card_has_value(old))
        bc_card_parse(old, key, NULL, &c);
    n = strnlen(c, BC_CARD);
    while (n > 0 && c[n - 1] == ' ')
        n--;
    memcpy(text, c, n);
    text[n] = '\0';
}

bc_status
bc_header_set(struct bc_header *h, const char *key, const char *value, const char *comment)
{
    char      card[4 * BC_CARD], old[BC_CARD + 1], remark[BC_CARD + 1];
    int       at, n;
    bc_status st = check_key(key, *value == '\'');

    if (st != BC_OK)
        return st;
    n = write_key(card, sizeof card, key);
    if (strlen(value) > (size_t)(BC_CARD - n))
        return bc_fail(BC_BAD_ARG, "%s: the value does not fit on a card", key);
    st = place(h, key, old, &at);
    if (st != BC_OK)
        return st;
    choose_comment(old, comment, remark);
    n += sprintf(card + n, *value == '\'' ? "%-20s" : "%20s", value);
    if (remark[0] != '\0' && n < BC_CARD - 3)
        n += sprintf(card + n, " / %s", remark);
    put_card(h, at, card);
    return BC_OK;
}

bc_status
bc_header_set_text(struct bc_header *h, const char *key, const char *text, const char *comment)
{
    char      card[4 * BC_CARD], old[BC_CARD + 1], remark[BC_CARD + 1];
    int       at, n;
    bc_status st = check_key(key, 1);

    if (st == BC_OK)
        st = bc_need_text(text, "the text of a card");
    if (st == BC_OK)
        st = place(h, key, old, &at);
    if (st != BC_OK)
        return st;
    choose_comment(old, comment, remark);
    n = write_key(card, sizeof card, key);
    for (;;) {
        int start = n + 1;

        card[n++] = '\'';
        while (*text != '\0'
               && n + (*text == '\'' ? 2 : 1) <= BC_CARD - 2) { /* leaves room for &' */
            if (*text == '\'')
                card[n++] = '\'';
            card[n++] = *text++;
        }
        while (*text == '\0' && n < start + 8)      /* fixed format: at least eight characters */
            card[n++] = ' ';
        if (*text != '\0')
            card[n++] = '&';
        card[n++] = '\'';
        if (*text == '\0' && remark[0] != '\0' && n < BC_CARD - 3)
            n += sprintf(card + n, "%*s / %s", n < 30 ? 30 - n : 0, "", remark);
        card[n] = '\0';
        put_card(h, at, card);
        if (*text == '\0')
            return BC_OK;
        st = make_room(h, ++at, 1);
        if (st != BC_OK)
            return st;
        n = sprintf(card, "CONTINUE  ");
    }
}

bc_status
bc_header_set_number(struct bc_header *h, const char *key, double value, const char *comment)
{
    char text[40];
    int  digits;

    if (!isfinite(value)) /* FITS has no such numbers, but cards without a value */
        return bc_header_set(h, key, "", comment);
    for (digits = 7; digits <= 17; digits++) {       /* the shortest that reads back the same */
        snprintf(text, sizeof text, "%.*G", digits, value);
        if (strtod(text, NULL) == value)
            break;
    }
    if (strpbrk(text, ".E") == NULL)
        strcat(text, ".");
    else if (strchr(text, '.') == NULL) { /* 1E-05 is legal, 1.E-05 is a float to every reader */
        char *e = strchr(text, 'E');

        memmove(e + 1, e, strlen(e) + 1);
        *e = '.';
    }
    return bc_header_set(h, key, text, comment);
}

bc_status
bc_header_set_integer(struct bc_header *h, const char *key, long value, const char *comment)
{
    char text[32];

    snprintf(text, sizeof text, "%ld", value);
    return bc_header_set(h, key, text, comment);
}

bc_status
bc_header_remark(struct bc_header *h, const char *key, const char *text)
{
    enum { WIDTH = BC_CARD - 8, MOST = WIDTH / 4 };
    char      card[BC_CARD + 1];
    size_t    indent = 0;           /* of a card that goes on with the line before: two more than that line's own */
    bc_status st = bc_need_text(text, "the text of a card");

    while (st == BC_OK) {
        size_t n = strcspn(text, "\n"), room = WIDTH - indent, own = strspn(text, " "), cut;
        size_t next = indent > 0 ? indent : (own < MOST ? own : MOST) + 2;

        if (n > room)               /* at a blank of the second half, or before a word that the next card can hold */
            for (n = cut = room; cut > own; cut--)
                if (text[cut] == ' ' && (cut > room / 2 || strcspn(text + cut + 1, " \n") <= WIDTH - next)) {
                    n = cut;
                    break;
                }
        snprintf(card, sizeof card, "%-8.8s%*s%.*s", key, (int)indent, "", (int)n, text);
        st = bc_header_append(h, card);
        text += n;
        indent = *text == '\n' ? 0 : next;
        text += strspn(text, *text == '\n' ? "\n" : " ");
        if (*text == '\0')
            break;
    }
    return st;
}

void
bc_header_delete(struct bc_header *h, const char *key)
{
    int at;

    while ((at = bc_header_find(h, key)) >= 0)
        remove_cards(h, at, bc_header_span(h, at));
}
