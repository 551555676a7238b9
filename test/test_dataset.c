/* test_dataset.c -- what goes into a training set comes out of it; what is none is refused.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "check.h"

static const char *const FILE_NAME = "test_dataset.fits";

static bc_status
make(int clobber)
{
    static const char *const bands[] = { "g", "F200W" }, *const units[] = { "nanomaggy", "" };
    bc_dataset              *set = NULL;
    bc_sample                s = { .id = "NGC\xa0" "1", .ra = 1.5, .dec = -2.25, .x = 10.5, .y = 20.5, .split = BC_TEST,
                                   .source = "a field.fits" };
    float                    pixels[2 * 9];
    double                   sigma[2] = { 0.5, 0.25 };
    char                     key[16];
    int                      i, k;
    bc_status                st = bc_dataset_create(FILE_NAME, clobber, 3, 2, bands, units, 0.2, &set);

    for (k = 0; st == BC_OK && k < 300; k++) {          /* more than the first table holds */
        for (i = 0; i < 18; i++)
            pixels[i] = (float)(100 * k + i);
        st = bc_dataset_append(set, &s, pixels, sigma);
        s.split = BC_TRAIN;
        s.ra = NAN;
    }
    for (k = 0; st == BC_OK && k < 100; k++) {          /* more than the header has room for */
        snprintf(key, sizeof key, "NOTE%d", k);
        st = bc_dataset_set_text(set, key, "of what came after the pixels", NULL);
    }
    if (st == BC_OK)
        st = bc_dataset_commit(set);
    bc_dataset_close(set);
    return st;
}

static void
test_content(void)
{
    bc_dataset *set = NULL;
    bc_sample   s;
    float       pixels[9];
    long        i;

    CHECK(make(1) == BC_OK);
    CHECK(bc_dataset_open(FILE_NAME, &set) == BC_OK);
    if (set == NULL)
        return;
    CHECK(bc_dataset_count(set) == 300 && bc_dataset_size(set) == 3 && bc_dataset_bands(set) == 2);
    CHECK(strcmp(bc_dataset_band(set, 1), "F200W") == 0 && strcmp(bc_dataset_unit(set, 0), "nanomaggy") == 0);
    check_near("scale", bc_dataset_scale(set), 0.2, 1e-12);
    CHECK(bc_dataset_sample(set, 0, &s) == BC_OK);
    CHECK(strcmp(s.id, "NGC?1") == 0 && strcmp(s.source, "a field.fits") == 0 && s.split == BC_TEST);
    check_near("ra", s.ra, 1.5, 0.0);
    check_near("y", s.y, 20.5, 0.0);
    CHECK(bc_dataset_sample(set, 299, &s) == BC_OK && s.split == BC_TRAIN && isnan(s.ra));
    CHECK(bc_dataset_sample(set, 300, &s) == BC_BAD_ARG);
    check_near("sigma", bc_dataset_sigma(set, 299, 1), 0.25, 1e-7);
    for (i = 0; i < 300; i++)
        CHECK(bc_dataset_read(set, i, 1, pixels) == BC_OK && pixels[0] == 100.0f * (float)i + 9.0f
              && pixels[8] == 100.0f * (float)i + 17.0f);
    CHECK(strlen(bc_dataset_checksum(set)) == 16);
    bc_dataset_close(set);
}

static void
test_refusals(void)
{
    static const char *const bands[] = { "g" };
    const double             bad[] = { -1.0, INFINITY };
    const float              pixels[9] = { 0.0f };
    const bc_sample          s = { .split = BC_TRAIN };
    bc_dataset              *set = NULL;
    int                      k;

    CHECK(make(0) == BC_BAD_FILE && strstr(bc_message(), "exists") != NULL);
    CHECK(bc_dataset_open("no such file.fits", &set) == BC_BAD_FILE);
    CHECK(bc_dataset_create("test_dataset_empty.fits", 1, 3, 1, bands, bands, 0.2, &set) == BC_OK);
    for (k = 0; k < 2; k++)
        CHECK(bc_dataset_append(set, &s, pixels, &bad[k]) == BC_BAD_ARG);
    CHECK(bc_dataset_commit(set) == BC_BAD_SHAPE);
    bc_dataset_close(set);
    CHECK(access("test_dataset_empty.fits", F_OK) != 0);
}

int
main(void)
{
    test_content();
    test_refusals();
    unlink(FILE_NAME);
    return check_end();
}
