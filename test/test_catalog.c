/* test_catalog.c -- catalogues: columns by name, quotes, what is wrong with line numbers.
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
    char           id[64];

    CHECK(read_text("\xef\xbb\xbf" "Index, X_PIX ,y,RA_deg,\"dec\",note\r\n"
                    "# passed over\n"
                    "\"NGC 1, \"\"the\"\" one\",10.5, 20 ,1.5e2,-30,\r\n\n"
                    "b,,-,3,4,\"\"\n", &c) == BC_OK);
    CHECK(c.n == 2 && c.ncolumn == 6);
    if (c.n == 2 && c.ncolumn == 6) {
        CHECK(catalog_column(&c, "id") == 0 && catalog_column(&c, "x") == 1 && catalog_column(&c, "y") == 2);
        CHECK(catalog_column(&c, "ra") == 3 && catalog_column(&c, "dec") == 4);
        CHECK(catalog_column(&c, "NOTE") == 5 && catalog_column(&c, "split") == -1);
        CHECK(catalog_value(&c, 0, 1) == 10.5 && catalog_value(&c, 0, 2) == 20.0);
        CHECK(catalog_value(&c, 0, 3) == 150.0 && catalog_value(&c, 0, 4) == -30.0);
        CHECK(isnan(catalog_value(&c, 1, 1)) && isnan(catalog_value(&c, 1, 2)));
        catalog_id(&c, 0, id, sizeof id);
        CHECK(strcmp(id, "NGC 1, \"the\" one") == 0);
    }
    catalog_free(&c);
    CHECK(read_text("x,y\n1,2\n3,4\n", &c) == BC_OK);
    catalog_id(&c, 1, id, sizeof id);
    CHECK(strcmp(id, "2") == 0);
    catalog_free(&c);
}

static void
check_angles(void)
{
    static const struct { const char *text; double hours, degrees; } good[] = {
        { "10.5", 10.5, 10.5 }, { "10:30:00", 157.5, 10.5 }, { "-0:30:00", -7.5, -0.5 }, { "+02:15", 33.75, 2.25 },
        { "0:0:36.0 ", 0.15, 0.01 },
    };
    static const char *const bad[] = { "10:", "10:60:00", "10:00:61", "1:2:3:4", "a:b", ":30", "10:-1:0", "1:2 3" };
    struct catalog c = { 0 };
    char           text[64];
    size_t         i;

    for (i = 0; i < sizeof good / sizeof *good; i++, catalog_free(&c)) {
        snprintf(text, sizeof text, "ra\n%s\n", good[i].text);
        CHECK(read_text(text, &c) == BC_OK);
        check_near(good[i].text, catalog_angle(&c, 0, 0, 15.0), good[i].hours, 1e-12);
        check_near(good[i].text, catalog_angle(&c, 0, 0, 1.0), good[i].degrees, 1e-12);
    }
    for (i = 0; i < sizeof bad / sizeof *bad; i++, catalog_free(&c)) {
        snprintf(text, sizeof text, "ra\n%s\n", bad[i]);
        CHECK(read_text(text, &c) == BC_OK && isnan(catalog_angle(&c, 0, 0, 1.0)));
    }
}

static void
check_refusals(void)
{
    struct catalog c = { 0 };

    CHECK(read_status("") == BC_BAD_FILE);
    CHECK(read_status("x,y\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n1,2\n1,2,3\n") == BC_BAD_FILE);
    CHECK(read_status("x,y\n1\n") == BC_BAD_FILE);
    CHECK(catalog_read("test_catalog.none", &c) == BC_BAD_FILE);
    catalog_free(&c);
}

int
main(void)
{
    check_columns();
    check_angles();
    check_refusals();
    return check_end();
}
