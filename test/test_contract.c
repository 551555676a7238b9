/* test_contract.c -- what bandcast.h forbids is refused in a sentence: no text, negative numbers, NaN, too large ones.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "bandcast.h"
#include "check.h"

enum { SIZE = 16, SAMPLES = 6 };

static const char *const  SET = "test_contract_set.fits", *const MODEL = "test_contract_model.fits";
static const char *const  bands[] = { "g", "r" }, *const units[] = { "nanomaggy", "nanomaggy" };
static const char *const  unnamed[] = { NULL, "r" }, *const empty[] = { "", "r" }, *const twice[] = { "g", "g" };
static const bc_mock_options mocks = { .bands = bands, .nband = 2, .size = SIZE, .arcsec = 0.4, .brightest = 15.0,
                                       .faintest = 17.0, .psf = "none", .noise = "survey", .seed = 1 };
static float  pixels[2 * SIZE * SIZE];
static double sigma[2];

/* ST is BC_BAD_ARG, and the message has WORDS. */
static void
refused(const char *call, bc_status st, const char *words)
{
    if (st != BC_BAD_ARG || strstr(bc_message(), words) == NULL) {
        printf("%s: status %d, '%s'\n", call, st, st != BC_OK ? bc_message() : "");
        check_failures++;
    }
}

static void
test_names(void)
{
    bc_image                *image = NULL;
    bc_dataset              *set = NULL;
    bc_model                *model = NULL;
    bc_source               *source = NULL;
    bc_output               *output = NULL;
    bc_table                *table = NULL;
    bc_region               *region = NULL;
    const bc_import_options  import = { "", "", "", "", 0 };
    long                     n;

    refused("output check", bc_output_check(NULL, 1), "name");
    refused("output", bc_output_open(NULL, 1, &output), "name");
    CHECK(bc_output_open(SET, 1, &output) == BC_OK && bc_output_commit(output) == BC_OK);
    refused("a second commit", bc_output_commit(output), "written already");
    bc_output_close(output);
    output = NULL;
    refused("image", bc_image_open(NULL, 0, &image), "name");
    refused("rows", bc_image_open_rows(NULL, 0, &image), "name");
    refused("planes", bc_image_count(NULL, &n), "name");
    refused("set", bc_dataset_open(NULL, &set), "name");
    refused("model", bc_model_open(NULL, "cpu", 0, &model), "name");
    refused("checkpoint", bc_model_import(NULL, &import, &model), "file");
    refused("source", bc_source_open(NULL, NULL, 0, NULL, 0, &source), "name");
    refused("files", bc_source_open("x", NULL, 2, NULL, 0, &source), "2 files");
    refused("bands", bc_source_open("x", NULL, 0, NULL, -1, &source), "-1 bands");
    refused("table", bc_table_open(NULL, 0, &table), "name");
    refused("table", bc_table_open("x.fits", -1, &table), "-1");
    refused("region", bc_region_open(NULL, &region), "name");
    CHECK(isnan(bc_unit_zeropoint(NULL, 1.0)));
    CHECK(bc_band_find(NULL) == NULL && !bc_band_same(NULL, "r") && !bc_band_same(NULL, NULL));
    CHECK(image == NULL && set == NULL && model == NULL && source == NULL && output == NULL);
}

static void
test_image(void)
{
    bc_image        *image = NULL, *none = NULL, *two[2];
    bc_alignment    *alignment = NULL;
    bc_align_options o = { .threads = -1 };

    refused("size", bc_image_new(0, 5, &none), "0 x 5");
    refused("size", bc_image_new(-1, -1, &none), "-1 x -1");
    CHECK(bc_image_new(3, 3, &image) == BC_OK);
    refused("rows", bc_image_rows(image, 2, 2, pixels, NULL), "2 rows");
    refused("no key", bc_image_set_text(image, NULL, "x", NULL), "keyword");
    refused("an empty key", bc_image_set_text(image, "", "x", NULL), "keyword");
    refused("a key with =", bc_image_set_text(image, "A=B", "x", NULL), "'A=B'");
    refused("CONTINUE", bc_image_set_text(image, "continue", "x", NULL), "'continue'");
    refused("NAXIS1", bc_image_set_number(image, "NAXIS1", 7.0, NULL), "'NAXIS1'");
    refused("bitpix", bc_image_set_text(image, "bitpix", "7", NULL), "'bitpix'");
    refused("a number of no key", bc_image_set_number(image, NULL, 1.0, NULL), "keyword");
    refused("a coordinate in words", bc_image_set_text(image, "crval1", "x", NULL), "CRVAL1: its value is a number");
    refused("a name in numbers", bc_image_set_number(image, "CTYPE1", 1.0, NULL), "CTYPE1: its value is a text");
    refused("no text", bc_image_set_text(image, "A", NULL, NULL), "text");
    refused("no history", bc_image_history(image, NULL), "text");
    refused("no plane", bc_image_set_plane(image, NULL, pixels), "plane");
    refused("PRIMARY", bc_image_set_plane(image, "primary", pixels), "'primary'");
    refused("a long name", bc_image_set_plane(image, "a name for a plane that is longer than what has room on a card "
                                              "of 80 characters", pixels), "no name");
    refused("a plane without pixels", bc_image_set_plane(image, "SIGMA", NULL), "plane");
    pixels[4] = 256.0f;
    refused("no byte", bc_image_set_plane(image, "MASK", pixels), "255, not 256");
    pixels[4] = 0.5f;
    refused("no whole number", bc_image_set_plane(image, "MASK", pixels), "not 0.5");
    pixels[4] = NAN;
    refused("no number", bc_image_set_plane(image, "MASK", pixels), "not nan");
    pixels[4] = 0.0f;
    refused("no file", bc_image_write(image, NULL, 1), "name");
    CHECK(bc_image_text(image, NULL) == NULL && isnan(bc_image_number(image, NULL)));
    CHECK(bc_image_plane(image, NULL) == NULL);
    two[0] = two[1] = image;
    refused("threads", bc_align(two, 2, image, &o, &alignment), "threads=-1");
    o = (bc_align_options){ .tolerance = (double)NAN };
    refused("tolerance", bc_align(two, 2, image, &o, &alignment), "nan");
    o = (bc_align_options){ .resample = "zz" };
    refused("resample", bc_align(two, 2, image, &o, &alignment), "resample=zz");
    o = (bc_align_options){ .psf = "zz" };
    refused("psf", bc_align(two, 2, image, &o, &alignment), "psf=zz");
    refused("tolerance", bc_image_same_grid(image, image, -1.0, NULL), "-1 pixels");
    refused("tolerance", bc_image_same_grid(image, image, (double)NAN, NULL), "nan");
    bc_image_calibrate(image, (double)INFINITY, (double)NAN);
    CHECK(isnan(bc_image_zeropoint(image)));
    bc_image_calibrate(image, -500.0, (double)NAN);
    CHECK(isnan(bc_image_zeropoint(image)));
    CHECK(bc_image_write(image, SET, 1) == BC_OK);
    refused("plane", bc_image_open(SET, -1, &none), "not a plane -1");
    refused("none", bc_align(two, 0, image, NULL, &alignment), "no image");
    two[1] = NULL;
    refused("one", bc_align(two, 2, image, NULL, &alignment), "image 2 of 2");
    bc_image_close(image);
}

static bc_status
append(bc_dataset *set, const char *id, int split, double noise)
{
    bc_sample s = { .split = split };

    memcpy(s.id, id, strnlen(id, sizeof s.id));
    sigma[1] = noise;
    return bc_dataset_append(set, &s, pixels, sigma);
}

static void
test_dataset(void)
{
    bc_dataset *set = NULL;
    bc_sample   s;
    long        i;

    refused("name", bc_dataset_create(NULL, 1, SIZE, 2, bands, units, 0.4, &set), "name");
    refused("size", bc_dataset_create(SET, 1, -SIZE, 2, bands, units, 0.4, &set), "-16 pixel");
    refused("no bands", bc_dataset_create(SET, 1, SIZE, 2, NULL, units, 0.4, &set), "band");
    refused("no name", bc_dataset_create(SET, 1, SIZE, 2, unnamed, units, 0.4, &set), "band");
    refused("an empty name", bc_dataset_create(SET, 1, SIZE, 2, empty, units, 0.4, &set), "band");
    refused("one twice", bc_dataset_create(SET, 1, SIZE, 2, twice, units, 0.4, &set), "band g");
    refused("no unit", bc_dataset_create(SET, 1, SIZE, 2, bands, NULL, 0.4, &set), "unit");
    refused("scale", bc_dataset_create(SET, 1, SIZE, 2, bands, units, -0.4, &set), "-0.4 arcsec");
    CHECK(set == NULL && bc_dataset_create(SET, 1, SIZE, 2, bands, units, 0.4, &set) == BC_OK);
    refused("split", append(set, "x", 3, 1.0), "split 3");
    refused("noise", append(set, "x", BC_TRAIN, -1.0), "noise is -1");
    refused("id", append(set, "an id of 64 characters has no room for the zero that ends a text", BC_TRAIN, 1.0),
            "no end");
    refused("text", bc_dataset_set_text(set, "CREDIT", NULL, NULL), "text");
    for (i = 0; i < SAMPLES; i++) {
        CHECK(bc_mock_galaxy(&mocks, i, pixels, sigma, &s) == BC_OK);
        CHECK(bc_dataset_append(set, &s, pixels, sigma) == BC_OK);
    }
    CHECK(bc_dataset_commit(set) == BC_OK);
    refused("too late", append(set, "x", BC_TRAIN, 1.0), "complete");
    refused("what was committed", bc_dataset_read(set, 0, 0, pixels), "committed");
    bc_dataset_close(set);
    CHECK(bc_dataset_open(SET, &set) == BC_OK);
    refused("one more", append(set, "x", BC_TRAIN, 1.0), "complete");
    refused("a text more", bc_dataset_set_text(set, "CREDIT", "x", NULL), "complete");
    refused("once more", bc_dataset_commit(set), "complete");
    CHECK(bc_dataset_find(set, NULL) == -1 && bc_dataset_find(set, "nosuch") == -1
          && bc_dataset_find(set, bc_dataset_band(set, 1)) == 1);
    CHECK(bc_dataset_band(set, -1) == NULL && bc_dataset_band(set, 2) == NULL && bc_dataset_unit(set, 2) == NULL);
    bc_dataset_close(set);
}

static bc_status
mock(bc_mock_options o, long i)
{
    bc_sample s;

    return bc_mock_galaxy(&o, i, pixels, sigma, &s);
}

static void
test_table(void)
{
    bc_table *table = NULL;
    char      text[80];

    CHECK(bc_table_open(SET, 0, &table) == BC_OK);      /* SAMPLES */
    CHECK(bc_table_rows(table) == SAMPLES && bc_table_columns(table) > 2);
    CHECK(strcmp(bc_table_column(table, -1), "") == 0 && strcmp(bc_table_unit(table, 1000), "") == 0);
    CHECK(bc_table_cell(table, SAMPLES - 1, 0, text, sizeof text) == BC_OK);
    refused("row", bc_table_cell(table, SAMPLES, 0, text, sizeof text), "row");
    refused("column", bc_table_cell(table, 0, 1000, text, sizeof text), "1000");
    bc_table_close(table);
}

static void
test_mock(void)
{
    bc_mock_options o = mocks;

    refused("number", mock(o, -1), "galaxy -1");
    o.faintest = 14.0;
    refused("magnitudes", mock(o, 0), "from 15 to 14");
    o.faintest = (double)NAN;
    refused("magnitudes", mock(o, 0), "nan");
    o = mocks;
    o.arcsec = INFINITY;
    refused("scale", mock(o, 0), "pixel scale");
    o = mocks;
    o.bands = NULL;
    refused("bands", mock(o, 0), "band");
    o.bands = unnamed;
    refused("bands", mock(o, 0), "band");
    o.bands = twice;
    refused("bands", mock(o, 0), "one band");
}

static bc_status
train(bc_dataset *set, bc_recipe r)
{
    bc_training *training = NULL;
    bc_status    st = bc_training_open(set, &r, &training);

    bc_training_close(training);
    return st;
}

/* Leaves a model. */
static void
test_training(void)
{
    bc_training *t = NULL;
    bc_dataset  *set = NULL;
    bc_recipe    good, r;

    CHECK(bc_dataset_open(SET, &set) == BC_OK);
    bc_recipe_default(&good);
    good.filters[0] = 4;
    good.resblocks = 1;
    good.epochs = 1;
    good.device = "cpu";
    good.threads = 1;
    r = good, r.inbands = NULL, refused("bands", train(set, r), "inbands");
    r = good, r.device = NULL, refused("device", train(set, r), "device");
    r = good, r.threads = -3, refused("threads", train(set, r), "threads=-3");
    r = good, r.rate = INFINITY, refused("rate", train(set, r), "lr=inf");
    r = good, r.lambda = (double)NAN, refused("lambda", train(set, r), "lambda=nan");
    r = good, r.beta1 = 1.0, refused("beta1", train(set, r), "beta1=1");
    r = good, r.epsilon = -1.0, refused("epsilon", train(set, r), "epsilon=-1");
    r = good, r.filters[1] = 6, refused("filters", train(set, r), "twice the one before");
    r = good, r.stem = -1, refused("stem", train(set, r), "-1 channels");
    r = good, r.stretch = "sqrt", refused("stretch", train(set, r), "stretch=sqrt");
    r = good, r.arch = "resnet", r.outband = "g,r", refused("outputs", train(set, r), "2 output bands");
    r = good, r.inbands = "g,g", refused("inputs", train(set, r), "'g' is named twice");
    CHECK(bc_training_open(set, &good, &t) == BC_OK);
    refused("state", bc_training_checkpoint(t, NULL, 1.0, 0, 1), "name");
    refused("minutes", bc_training_checkpoint(t, "x", (double)NAN, 0, 1), "nan minutes");
    refused("model", bc_training_write(t, NULL, 1), "name");
    CHECK(bc_training_steps(t, NULL) == 0);
    CHECK(bc_training_run(t, NULL, NULL, NULL) == BC_OK && bc_training_write(t, MODEL, 1) == BC_OK);
    CHECK(strstr(bc_training_device(t), "1 thread)") != NULL);     /* also of its calibration, which is done last */
    bc_training_close(t);
    bc_dataset_close(set);
}

static void
test_model(void)
{
    const char     *no_file[] = { NULL };
    const bc_image *no_band[] = { NULL };
    bc_model       *m = NULL, *n = NULL, *two[2];
    bc_image       *image = NULL;

    refused("threads", bc_model_open(MODEL, "cpu", -3, &m), "threads=-3");
    refused("threads", bc_model_open(MODEL, "cpu", 100000, &m), "threads=100000");
    CHECK(m == NULL && bc_model_open(MODEL, "cpu", 0, &m) == BC_OK);
    CHECK(bc_model_input(m, -1) == NULL && bc_model_input(m, 1) == NULL && strcmp(bc_model_input(m, 0), "g") == 0);
    CHECK(bc_model_output(m, -1) == NULL && bc_model_output(m, 1) == NULL && strcmp(bc_model_output(m, 0), "r") == 0);
    CHECK(bc_model_input_unit(m, 1) == NULL && bc_model_output_unit(m, 1) == NULL && bc_model_text(m, NULL) == NULL);
    refused("text", bc_model_set_text(m, "MODEL", NULL, NULL), "text");
    refused("save", bc_model_save(m, NULL, 1), "name");
    refused("export", bc_model_export(m, NULL, 1), "name");
    two[0] = m;
    two[1] = NULL;
    refused("join", bc_model_join(two, 2, 0, &n), "model 2 of 2");
    refused("bands", bc_predict(m, NULL, NULL, NULL, &image), "band g is missing");
    refused("band", bc_predict(m, no_band, NULL, NULL, &image), "band g is missing");
    refused("files", bc_predict_file(m, no_band, NULL, NULL, NULL, 1, NULL), "name");
    refused("file", bc_predict_file(m, no_band, NULL, NULL, no_file, 1, NULL), "name");
    bc_model_close(m);
}

static void
test_evaluation(void)
{
    bc_evaluation_options o = { .bright = 10.0, .aperture = INFINITY };
    bc_evaluation        *e = NULL;
    bc_image             *image = NULL, *rows = NULL;

    refused("aperture", bc_evaluation_open(&o, &e), "aperture=inf");
    o.aperture = 1.0;
    CHECK(bc_evaluation_open(&o, &e) == BC_OK);
    refused("nothing", bc_evaluation_write(e, "test_contract.csv", 1), "nothing has been evaluated");
    refused("name", bc_evaluation_write(e, NULL, 1), "name");
    CHECK(access("test_contract.csv", F_OK) != 0);
    CHECK(bc_image_new(SIZE, SIZE, &image) == BC_OK && bc_image_write(image, SET, 1) == BC_OK);
    CHECK(bc_image_open_rows(SET, 0, &rows) == BC_OK);
    refused("no truth", bc_evaluation_pair(e, image, rows, NULL), "its pixels were not read");
    refused("no prediction", bc_evaluation_pair(e, rows, image, NULL), "its pixels were not read");
    refused("no colour", bc_evaluation_pair(e, image, image, rows), "its pixels were not read");
    bc_image_close(rows);
    bc_image_close(image);
    bc_evaluation_close(e);
    CHECK(isnan(bc_ssim(pixels, pixels, SIZE, SIZE, 0.0)) && isnan(bc_ssim(pixels, pixels, SIZE, SIZE, (double)NAN)));
    CHECK(isnan(bc_ssim_lcs(pixels, pixels, SIZE, SIZE, -1.0)) && isnan(bc_ssim(pixels, pixels, -1, -1, 1.0)));
}

int
main(void)
{
    test_names();
    test_image();
    test_dataset();
    test_table();
    test_mock();
    test_training();
    test_model();
    test_evaluation();
    unlink(SET);
    unlink(MODEL);
    return check_end();
}
