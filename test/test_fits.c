/* test_fits.c -- FITS files: what is written reads back, nothing half-written has the final name,
 * bad input.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "config.h"

#include "check.h"
#include "fits.h"

#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static const char file[] = "test_fits.fits", part[] = ".test_fits.fits.part";

static int
says(const char *words)
{
    if (strstr(bc_message(), words) != NULL)
        return 1;
    printf("said: %s\n", bc_message());
    return 0;
}

static void
write_bytes(const char *name, const char *bytes, size_t n)
{
    FILE *f = fopen(name, "wb");

    CHECK(f != NULL && fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

/* A primary cube, an image and a table: what models and training sets are made of. */
static bc_status
make(int clobber)
{
    static const char *const names[] = { "ID", "RA", "SPLIT", "SIGMA" };
    static const char *const forms[] = { "8A", "D", "J", "3E" };
    static const char *const units[] = { NULL, "deg", "", NULL };
    const long               cube[3] = { 4, 3, 4 }, plane[2] = { 4, 3 };
    const double ra[2] = { 1.25, NAN }, split[2] = { 0, 2 }, sigma[6] = { 1, 2, 3, 4, 5, 6 };
    struct bc_header         h = { NULL, 0, 0 };
    struct bc_fits          *f;
    float                    pixels[48];
    int                      i;
    bc_status                st = bc_fits_create(file, clobber, &f);

    if (st != BC_OK)
        return st;
    for (i = 0; i < 48; i++)
        pixels[i] = 0.5f * (float)i;
    pixels[5] = NAN;
    CHECK(access(part, F_OK) == 0);
    CHECK(bc_fits_append_image(f, NULL, -32, 3, cube) == BC_OK);
    CHECK(bc_header_set_text(&h, "OBJECT", "NGC 1", "a galaxy") == BC_OK);
    CHECK(bc_header_append(&h, "NAXIS1  =                   99 / not ours to write") == BC_OK);
    CHECK(bc_fits_write_header(f, &h) == BC_OK);
    CHECK(bc_fits_set_number(f, "THIRD", 1.0 / 3.0, "a number") == BC_OK);
    CHECK(bc_fits_set_integer(f, "COUNT", 42, NULL) == BC_OK);
    CHECK(bc_fits_set_text(f, "LONGTEXT",
                           "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 01234",
                           "long") == BC_OK);
    CHECK(bc_fits_write(f, 0, 24, pixels) == BC_OK);
    CHECK(bc_fits_write(f, 24, 24, pixels + 24) == BC_OK);
    CHECK(bc_fits_append_image(f, "MASK", 8, 2, plane) == BC_OK);
    CHECK(bc_fits_write(f, 0, 5, pixels + 2) == BC_BAD_ARG && says("no NaN"));
    CHECK(bc_fits_write(f, 0, 12, pixels + 6) == BC_OK);
    CHECK(bc_fits_append_table(f, "SAMPLES", 4, names, forms, units) == BC_OK);
    CHECK(bc_fits_write_text(f, "ID", 0, "first") == BC_OK);
    CHECK(bc_fits_write_text(f, "ID", 1, "second, cut") == BC_OK);
    CHECK(bc_fits_write_column(f, "RA", 0, 2, ra) == BC_OK);
    CHECK(bc_fits_write_column(f, "SPLIT", 0, 2, split) == BC_OK);
    CHECK(bc_fits_write_column(f, "SIGMA", 0, 2, sigma) == BC_OK);
    bc_header_free(&h);
    st = bc_fits_commit(f);
    bc_fits_close(f);
    return st;
}

static void
test_round_trip(void)
{
    struct bc_header h = { NULL, 0, 0 };
    struct bc_fits  *f;
    int              bitpix, naxis, i;
    long             n[9];
    float            pixels[48];
    double           values[6];
    char             text[100];

    CHECK(make(0) == BC_OK);
    CHECK(access(part, F_OK) != 0);
    CHECK(bc_fits_open(file, &f) == BC_OK);
    for (i = 1; i <= 3; i++)
        CHECK(bc_fits_move(f, NULL, i) == BC_OK && bc_fits_checksum(f) == BC_OK);
    CHECK(bc_fits_move(f, NULL, 4) == BC_BAD_FILE && says("has no HDU 4"));
    CHECK(bc_fits_move(f, NULL, 1) == BC_OK);
    CHECK(bc_fits_image_size(f, &bitpix, &naxis, n) == BC_OK);
    CHECK(bitpix == -32 && naxis == 3 && n[0] == 4 && n[1] == 3 && n[2] == 4 && n[3] == 1);
    CHECK(bc_fits_read_header(f, &h) == BC_OK);
    CHECK(bc_header_number(&h, "THIRD") == 1.0 / 3.0 && bc_header_number(&h, "COUNT") == 42);
    CHECK(bc_header_number(&h, "NAXIS1") == 4);
    CHECK(bc_header_text(&h, "LONGTEXT", text, sizeof text) && strlen(text) == 71);
    CHECK(bc_header_text(&h, "OBJECT", text, sizeof text) && strcmp(text, "NGC 1") == 0);
    CHECK(bc_fits_read(f, 7, 40, pixels) == BC_OK && pixels[0] == 3.5f && pixels[39] == 23.0f);
    CHECK(bc_fits_read(f, 4, 2, pixels) == BC_OK && pixels[0] == 2.0f && isnan(pixels[1]));
    CHECK(bc_fits_move(f, "mask", 0) == BC_OK);
    CHECK(bc_fits_read(f, 0, 2, pixels) == BC_OK && pixels[1] == 3.0f);
    CHECK(bc_fits_move(f, "SAMPLES", 0) == BC_OK);
    CHECK(bc_fits_image_size(f, &bitpix, &naxis, n) == BC_BAD_FILE && says("is a table"));
    CHECK(bc_fits_read_column(f, "sigma", 0, 2, values) == BC_OK && values[0] == 1.0
          && values[5] == 6.0);
    CHECK(bc_fits_read_column(f, "RA", 0, 2, values) == BC_OK && values[0] == 1.25
          && isnan(values[1]));
    CHECK(bc_fits_read_column(f, "SPLIT", 1, 1, values) == BC_OK && values[0] == 2.0);
    CHECK(bc_fits_read_column(f, "DEC", 0, 1, values) == BC_BAD_FILE && says("no column DEC"));
    CHECK(bc_fits_read_column(f, "RA", 2, 1, values) == BC_BAD_FILE);
    CHECK(bc_fits_read_text(f, "ID", 1, text, sizeof text) == BC_OK
          && strcmp(text, "second,") == 0);
    bc_fits_close(f);
    bc_header_free(&h);
}

/* An existing file is kept or replaced as asked, also one that appears while ours is written. */
static void
test_clobber(void)
{
    struct bc_fits *f, *g;
    struct stat     before, after;

    CHECK(stat(file, &before) == 0);
    CHECK(make(0) == BC_BAD_FILE && says("test_fits.fits exists"));
    CHECK(stat(file, &after) == 0 && after.st_ino == before.st_ino);
    CHECK(make(1) == BC_OK);
    CHECK(stat(file, &after) == 0 && after.st_ino != before.st_ino);
    CHECK(unlink(file) == 0);

    CHECK(bc_fits_create(file, 0, &f) == BC_OK);
    CHECK(bc_fits_create(file, 0, &g) == BC_BUSY && says("being written by another run"));
    write_bytes(file, "hello", 5);
    CHECK(bc_fits_commit(f) == BC_BAD_FILE && says("test_fits.fits exists"));
    bc_fits_close(f);
    CHECK(stat(file, &after) == 0 && after.st_size == 5 && access(part, F_OK) != 0);
    unlink(file);

    CHECK(bc_fits_create(file, 0, &f) == BC_OK);
    bc_fits_close(f);
    CHECK(access(file, F_OK) != 0 && access(part, F_OK) != 0);
    CHECK(bc_fits_create(file, 0, &f) == BC_OK);
    bc_cleanup();
    CHECK(access(part, F_OK) != 0);
    bc_fits_close(f);

    write_bytes(part, "left by a run that was killed", 29);
    CHECK(make(0) == BC_OK && access(part, F_OK) != 0);
    CHECK(symlink(file, part) == 0);                /* planted, so that we would write elsewhere */
    CHECK(make(1) == BC_BAD_FILE && says("cannot be written"));
    unlink(part);
}

/* The name is kept if it is a link: what it points at is replaced. */
static void
test_link(void)
{
    struct bc_fits *f;
    struct stat     s;

    CHECK(symlink(file, "test_fits_link.fits") == 0);
    CHECK(bc_fits_create("test_fits_link.fits", 1, &f) == BC_OK);
    CHECK(bc_fits_commit(f) == BC_OK);
    bc_fits_close(f);
    CHECK(lstat("test_fits_link.fits", &s) == 0 && S_ISLNK(s.st_mode));
    CHECK(stat(file, &s) == 0 && s.st_size == 2880);
    unlink("test_fits_link.fits");
    unlink(file);
}

/* The mode follows the umask; SOURCE_DATE_EPOCH fixes the date, and two files are the same bytes. */
static void
test_reproducible(void)
{
    static char      a[40000], b[40000];
    struct bc_header h = { NULL, 0, 0 };
    struct bc_fits  *f;
    struct stat      s;
    FILE            *in;
    size_t           na, nb;
    char             text[40];
    float            pixels[8];

    setenv("SOURCE_DATE_EPOCH", "1000000000", 1);
    umask(027);
    CHECK(make(1) == BC_OK);
    umask(022);
    CHECK(stat(file, &s) == 0 && (s.st_mode & 0777) == 0640);
    in = fopen(file, "rb");
    na = fread(a, 1, sizeof a, in);
    fclose(in);
    sleep(1);
    CHECK(make(1) == BC_OK);
    in = fopen(file, "rb");
    nb = fread(b, 1, sizeof b, in);
    fclose(in);
    CHECK(na > 2880 && na < sizeof a && na == nb && memcmp(a, b, na) == 0);
    CHECK(bc_fits_open(file, &f) == BC_OK);
    CHECK(bc_fits_read_header(f, &h) == BC_OK);
    CHECK(bc_header_text(&h, "DATE", text, sizeof text)
          && strcmp(text, "2001-09-09T01:46:40") == 0);
    bc_header_free(&h);
    bc_fits_close(f);
    unsetenv("SOURCE_DATE_EPOCH");

    a[na - 2880 - 100] ^= 1;                            /* one bit of the MASK or the table */
    write_bytes(file, a, na);
    CHECK(bc_fits_open(file, &f) == BC_OK);
    CHECK(bc_fits_move(f, NULL, 3) == BC_OK && bc_fits_checksum(f) == BC_BAD_FILE
          && says("is damaged"));
    bc_fits_close(f);
    write_bytes(file, a, 2880 + 192);                   /* the cube without the padding after it */
    CHECK(bc_fits_open(file, &f) == BC_OK && bc_fits_complete(f) == BC_OK);
    CHECK(bc_fits_read(f, 40, 8, pixels) == BC_OK && pixels[7] == 23.5f);
    bc_fits_close(f);
    write_bytes(file, a, 2880 + 191);                   /* its last pixel is cut off */
    CHECK(bc_fits_open_file(file, &f) == BC_OK && bc_fits_complete(f) == BC_BAD_FILE
          && says("truncated"));
    bc_fits_close(f);
    unlink(file);
}

/* Weights and the like come back bit for bit: too small for a normal float, -0, infinite, not a
 * number.  The lock of the file outlives its writer's end. */
static void
test_exact(void)
{
    const float     numbers[] = { 1e-40f, -1e-45f, -0.0f, 1e-38f, 3e38f, INFINITY, NAN, 0.1f };
    const long      axes[1] = { 8 };
    float           back[8];
    struct bc_fits *f;
    int             lock, other;

    CHECK(bc_fits_create(file, 0, &f) == BC_OK);
    CHECK(bc_fits_append_image(f, NULL, -32, 1, axes) == BC_OK);
    CHECK(bc_fits_write(f, 0, 8, numbers) == BC_OK);
    lock = bc_fits_lock(f);
    CHECK(bc_fits_commit(f) == BC_OK);
    bc_fits_close(f);
    other = open(file, O_RDONLY);
    CHECK(lock >= 0 && other >= 0 && flock(other, LOCK_EX | LOCK_NB) != 0);
    close(lock);
    CHECK(flock(other, LOCK_EX | LOCK_NB) == 0);
    close(other);
    CHECK(bc_fits_open_file(file, &f) == BC_OK);
    CHECK(bc_fits_read_exact(f, 0, 8, back) == BC_OK);
    CHECK(memcmp(numbers, back, sizeof back) == 0);
    bc_fits_close(f);
    unlink(file);
}

static void
test_names(void)
{
    static const char *const names[] = { "-f[2].fits", " blank ;$(x)'\".fits", "!a(b).fits",
                                         "x\ny.fits", "~z.fits" };
    struct bc_fits          *f;
    const long               axes[2] = { 2, 2 };
    char                     name[4100], too_long[1100];
    size_t                   i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++) {
        CHECK(bc_fits_create(names[i], 0, &f) == BC_OK);
        CHECK(bc_fits_append_image(f, NULL, -32, 2, axes) == BC_OK && bc_fits_commit(f) == BC_OK);
        bc_fits_close(f);
        CHECK(bc_fits_open_file(names[i], &f) == BC_OK);
        bc_fits_close(f);
        CHECK(bc_fits_open(names[i], &f) == BC_OK);
        bc_fits_close(f);
        CHECK(unlink(names[i]) == 0);
    }
    memset(name, 'a', sizeof name);
    name[4000] = '\0';
    CHECK(bc_fits_open(name, &f) == BC_BAD_FILE && says("too long"));
    CHECK(bc_fits_create(name, 0, &f) == BC_BAD_FILE && says("too long"));
    for (i = 0; i + 2 < sizeof too_long; i += 2)
        memcpy(too_long + i, "./", 2);
    strcpy(too_long + 1090, "a.fits");
    CHECK(bc_fits_create(too_long, 0, &f) == BC_BAD_FILE && says("too long"));
}

static void
test_bad_input(void)
{
    struct bc_fits *f;
    struct rlimit   limit, none;

    CHECK(bc_fits_open("nosuch.fits", &f) == BC_BAD_FILE && says("nosuch.fits: No such file"));
    CHECK(bc_fits_open("nosuch.fits[1]", &f) == BC_BAD_FILE
          && says("nosuch.fits[1]: No such file"));
    CHECK(bc_fits_open(".", &f) == BC_BAD_FILE && says("is a directory"));
    CHECK(bc_fits_open("/dev/null", &f) == BC_BAD_FILE && says("is not a regular file"));
    CHECK(bc_fits_create(".", 1, &f) == BC_BAD_FILE && says("is a directory"));
    CHECK(bc_fits_create("/dev/null", 1, &f) == BC_BAD_FILE && says("is not a regular file"));
    CHECK(bc_fits_create("nosuch/x.fits", 0, &f) == BC_BAD_FILE
          && says("No such file or directory"));
    CHECK(bc_fits_create("nosuch/", 0, &f) == BC_BAD_FILE);
    CHECK(bc_fits_create("", 0, &f) == BC_BAD_FILE);
    CHECK(bc_fits_create("-", 1, &f) == BC_BAD_FILE && says("'-' is no name for an output file"));
    CHECK(make(1) == BC_OK && getrlimit(RLIMIT_NOFILE, &limit) == 0);
    none = (struct rlimit){ 0, limit.rlim_max };
    CHECK(setrlimit(RLIMIT_NOFILE, &none) == 0);
    CHECK(bc_fits_open(file, &f) == BC_BAD_FILE && says("Too many open files"));
    CHECK(setrlimit(RLIMIT_NOFILE, &limit) == 0);
    CHECK(bc_fits_create("x.fits.gz", 0, &f) == BC_BAD_FILE && says("only images"));
    write_bytes(file, "", 0);
    CHECK(bc_fits_open(file, &f) == BC_BAD_FILE && says("is empty"));
    write_bytes(file, "this is not FITS", 16);
    CHECK(bc_fits_open(file, &f) == BC_BAD_FILE && says("is not a FITS file"));
    CHECK(bc_fits_open("test_fits.fits[1]", &f) == BC_BAD_FILE && says("is not a FITS file"));
    CHECK(mkfifo("test_fits.fifo", 0600) == 0);
    CHECK(bc_fits_open("test_fits.fifo", &f) == BC_BAD_FILE && says("is a pipe"));
    unlink("test_fits.fifo");
    CHECK(make(1) == BC_OK);
    CHECK(bc_fits_open("test_fits.fits[SCI]", &f) == BC_BAD_FILE && says("no such extension"));
    CHECK(bc_fits_open("test_fits.fits[SAMPLES]", &f) == BC_BAD_FILE && says("is a table"));
    CHECK(bc_fits_open("test_fits.fits[MASK]", &f) == BC_OK);
    bc_fits_close(f);
    CHECK(bc_fits_open_file("test_fits.fits[MASK]", &f) == BC_BAD_FILE && says("No such file"));
    if (geteuid() != 0) {
        CHECK(chmod(file, 0) == 0);
        CHECK(bc_fits_open(file, &f) == BC_BAD_FILE && says("ermission denied"));
    }
    unlink(file);
}

int
main(void)
{
    char folder[] = "test_fits.XXXXXX";

    if (mkdtemp(folder) == NULL || chdir(folder) != 0)
        return EXIT_FAILURE;
    test_round_trip();
    test_clobber();
    test_link();
    test_reproducible();
    test_exact();
    test_names();
    test_bad_input();
    CHECK(chdir("..") == 0 && rmdir(folder) == 0);      /* nothing was left behind */
    return check_end();
}
