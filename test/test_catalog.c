/* test_catalog.c -- catalogues in text: columns by name, separators, quotes, angles, what is wrong; catalogs.sh has
 * FITS tables.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>

#include "catalog.h"
#include "check.h"

static bc_status
read_text(const char *text, struct catalog *c)
{
    FILE     *f = fopen("test_catalog.tmp", "w");
    bc_status st;

    CHECK(f != NULL && fputs(text, f) >= 0 && fclose(f) == 0);
    st = catalog_read("test_catalog.tmp", c);
    remove("test_catalog.tmp");
    return st;
}

static bc_status
read_status(const char *text)
{
    struct catalog c = { 0 };
    bc_status      st = read_text(text, &c);

    catalog_free(&c);
    return st;
}

static void
check_columns(void)
{
    struct catalog c = { 0 };

    CHECK(read_text("\xef\xbb\xbf" "Index, X_PIX ,y_pix,RA_deg,\"dec_deg\",note\r\n"
                    "# passed over\n"
                    "\"NGC 1, \"\"the\"\" one\",10.5, 20 ,1.5e2,-30,\r\n\n"
                    "b,,-,3,4,\"\"\n", &c) == BC_OK);
    CHECK(c.n == 2 && catalog_has_pair(&c, CATALOG_X) && catalog_has_pair(&c, CATALOG_RA));
    CHECK(c.name[CATALOG_SPLIT][0] == '\0' && strcmp(c.name[CATALOG_X], "X_PIX") == 0);
    if (c.n == 2) {
        CHECK(c.row[0].value[CATALOG_X] == 10.5 && c.row[0].value[CATALOG_Y] == 20.0);
        CHECK(c.row[0].value[CATALOG_RA] == 150.0 && c.row[0].value[CATALOG_DEC] == -30.0);
        CHECK(isnan(c.row[1].value[CATALOG_X]) && isnan(c.row[1].value[CATALOG_Y]));
        CHECK(strcmp(c.row[0].id, "NGC 1, \"the\" one") == 0);
    }
    catalog_free(&c);
    CHECK(read_text("x,y\n1,2\n3,4\n", &c) == BC_OK && strcmp(c.row[1].id, "2") == 0);
    catalog_free(&c);
}

/* One galaxy in many spellings. */
static void
check_spellings(void)
{
    static const char *const texts[] = {
        "id;split;x;y\n a ; 2;3.5;-4\n",
        "id\tx\ty\tnote\tsplit\r\na\t3.5\t-4\t\t2\r\n",
        "  id   x \t y  split  \n  a 3.5\t-4   2\t \n",
        "# id x y split\na 3.5 -4 2\n",
        "# written by hand\n#id,x,y,split\n\na,3.5,-4,2\n",
        "#   1 NUMBER    Running number\n#   2 X_IMAGE   along x  [pixel]\n#   3 Y_IMAGE\n#   4 FLUX_APER  [count]\n"
        "#   6 split\n  a  3.5 -4.0  1.0 2.0  2\n",
        "# 1 galaxy in 1 line\nid,x,y,split\na,3.5,-4,2\n",
        "#RESOURCE=x\n\nid\tx\ty\tsplit\n \tpix\tpix\t \n---\t-----\t-----\t-\na\t3.5\t-4\t2\n\n",
        "x;y;id;split\n-----;-----;---;--\n3.5;-4;a;2",
    };
    struct catalog c = { 0 };
    size_t         i;

    for (i = 0; i < sizeof texts / sizeof *texts; i++, catalog_free(&c)) {
        CHECK(read_text(texts[i], &c) == BC_OK && c.n == 1);
        if (c.n == 1)
            CHECK(strcmp(c.row[0].id, "a") == 0 && c.row[0].value[CATALOG_X] == 3.5 && c.row[0].value[CATALOG_Y] == -4.0
                  && c.row[0].value[CATALOG_SPLIT] == 2.0);
    }
}

static void
check_angles(void)
{
    static const struct { const char *text; double ra, dec; } good[] = {
        { "10.5", 10.5, 10.5 }, { "10:30:00", 157.5, 10.5 }, { "-0:30:00", -7.5, -0.5 }, { "+02:15", 33.75, 2.25 },
        { "0:0:36.0 ", 0.15, 0.01 }, { "10 30 00", 157.5, 10.5 }, { "-00 30 00.0", -7.5, -0.5 },
        { "10d30m00s", 10.5, 10.5 }, { "-0D 30M 18S", -0.505, -0.505 }, { "+2d15m", 2.25, 2.25 }, { "7.5d", 7.5, 7.5 },
        { "2d15m36", 2.26, 2.26 },
    };
    static const char *const bad[] = { "10:", "10:60:00", "10:00:61", "1:2:3:4", "a:b", ":30", "10:-1:0", "1 2 3 4",
                                       "14h20m", "12.5x", "inf", "10d60m", "10d30s", "10m30s", "10d30m5s2", "10d30m5sx",
                                       "10:30m", "10d30:00", "d30m" };
    struct catalog c = { 0 };
    char           text[64];
    size_t         i;

    for (i = 0; i < sizeof good / sizeof *good; i++, catalog_free(&c)) {
        snprintf(text, sizeof text, "ra,dec\n%s,%s\n", good[i].text, good[i].text);
        CHECK(read_text(text, &c) == BC_OK);
        check_near(good[i].text, c.row[0].value[CATALOG_RA], good[i].ra, 1e-12);
        check_near(good[i].text, c.row[0].value[CATALOG_DEC], good[i].dec, 1e-12);
    }
    CHECK(read_text("ra,dec\n10h30m36s,-10d30m36s\n0H 2m,-0.5d\n", &c) == BC_OK && c.n == 2);
    check_near("hours", c.row[0].value[CATALOG_RA], 157.65, 1e-12);
    check_near("degrees", c.row[0].value[CATALOG_DEC], -10.51, 1e-12);
    check_near("minutes", c.row[1].value[CATALOG_RA], 0.5, 1e-12);
    catalog_free(&c);
    for (i = 0; i < sizeof bad / sizeof *bad; i++) {
        snprintf(text, sizeof text, "ra,dec\n0,0\n1,%s\n", bad[i]);
        CHECK(read_status(text) == BC_BAD_FILE);
    }
}

/* Numbers as FORTRAN writes them; the letter of degrees stays one. */
static void
check_exponents(void)
{
    struct catalog c = { 0 };

    CHECK(read_text("x,y,ra,dec\n0.15D+03,1.5d3,1.5D+02,-1.5D-03\n", &c) == BC_OK && c.n == 1);
    if (c.n == 1) {
        check_near("x", c.row[0].value[CATALOG_X], 150.0, 1e-12);
        check_near("y", c.row[0].value[CATALOG_Y], 1500.0, 1e-12);
        check_near("ra", c.row[0].value[CATALOG_RA], 150.0, 1e-12);
        check_near("dec", c.row[0].value[CATALOG_DEC], -0.0015, 1e-12);
    }
    catalog_free(&c);
    CHECK(read_status("x,y\n1.5D,1\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n1.5D+3x,1\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n1,1d999\n") == BC_BAD_FILE);
}

static void
check_refusals(void)
{
    struct catalog c = { 0 };

    CHECK(read_status("") == BC_BAD_FILE);
    CHECK(read_status("x,y\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n1,2\n1,2,3\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n1\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n1,0x\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n10:00:00,1\n") == BC_BAD_FILE);
    CHECK(read_status("x,dec\n1,2\n") == BC_BAD_FILE);
    CHECK(read_status("#  1 X_IMAGE\n#  2 Y_IMAGE\n# 4 ID\n1 2 3\n") == BC_BAD_FILE);
    CHECK(catalog_read("test_catalog.none", &c) == BC_BAD_FILE);
    catalog_free(&c);
}

int
main(void)
{
    check_columns();
    check_spellings();
    check_angles();
    check_exponents();
    check_refusals();
    return check_end();
}
