/* test_predict_feed.c -- windows on a device whose memory is short: a backend that fails above so many pixels at a
 * time.  The pixels must be those of a run that had enough.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "model.h"
#include "random.h"
#include "status.h"

enum { NX = 150, NY = 90 };

/* Most pixels in one call of run, and in a plan; how many calls there were, the most pixels in one, and so on. */
static struct { size_t run, plan, most; int calls, plans; } device;

static bc_status
compile(const struct bc_graph *g, const struct bc_weights *w, const struct bc_plan_options *o, struct bc_plan **plan_p)
{
    device.plans++;
    if ((size_t)o->batch * o->height * o->width > device.plan)
        return bc_fail(BC_NO_MEMORY, "out of memory on the device (planning)");
    return bc_backend_cpu.compile(g, w, o, plan_p);
}

static size_t area;

static bc_status
run(struct bc_plan *plan, const float *in, float *out, size_t n, const struct bc_part *parts)
{
    device.calls++;
    if (n * area > device.run)
        return bc_fail(BC_NO_MEMORY, "out of memory on the device (running)");
    device.most = n * area > device.most ? n * area : device.most;
    return bc_backend_cpu.run(plan, in, out, n, parts);
}

static struct bc_backend backend;

static struct bc_model *
new_model(int local)
{
    static struct bc_model m;
    struct bc_random       r;
    size_t                 i;

    m = (struct bc_model){ .size = 16, .members = 1, .backend = &backend, .threads = 1 };
    m.generator = (struct bc_generator){ .local = local, .nin = 1, .nout = 1, .stem = 4, .filters = { 8 },
                                         .resblocks = 1, .no_norm = local, .combine = local };
    m.stretch = (struct bc_stretch){ .kind = BC_STRETCH_MINMAX, .nin = 1, .noise = { 1.0, 1.0 }, .colour = { 1.0 } };
    CHECK(bc_generator_graph(&m.generator, &m.graph) == BC_OK);
    m.weights = calloc(m.graph->nweight, sizeof *m.weights);
    if (m.weights == NULL)
        exit(EXIT_FAILURE);
    bc_generator_start(m.graph, 0, 3, m.weights);
    bc_random_seed(&r, 4);
    for (i = 0; i < m.graph->nweight; i++)
        m.weights[i] += (float)(0.1 * bc_random_normal(&r));
    return &m;
}

static void
forget_model(struct bc_model *m)
{
    bc_model_release(m);
    bc_graph_free(m->graph);
    free(m->weights);
}

static bc_image *
new_image(void)
{
    bc_image        *image;
    struct bc_random r;
    int              i;

    CHECK(bc_image_new(NX, NY, &image) == BC_OK);
    bc_random_seed(&r, 5);
    for (i = 0; i < NX * NY; i++)
        bc_image_pixels(image)[i] = (float)bc_random_normal(&r);
    return image;
}

/* Predict with windows of SIZE where so many pixels are too many. */
static bc_status
predict(struct bc_model *m, int size, size_t most_run, size_t most_plan, bc_predict_report *report_p,
        bc_image **image_p)
{
    bc_predict_options o = { .window = m->generator.local ? "tile" : "blend", .size = size, .sigma = "no" };
    bc_image          *band = new_image();
    const bc_image    *bands[] = { band };
    bc_status          st;

    memset(&device, 0, sizeof device);
    device.run = most_run;
    device.plan = most_plan;
    area = (size_t)size * size;
    *image_p = NULL;
    st = bc_predict(m, bands, &o, report_p, image_p);
    bc_image_close(band);
    return st;
}

static void
check_same(bc_image *got, bc_image *want)
{
    CHECK(got != NULL && want != NULL
          && memcmp(bc_image_pixels(got), bc_image_pixels(want), NX * NY * sizeof(float)) == 0);
    bc_image_close(got);
}

/* 18 windows of 16 x 16 pixels in a row, half overlapping. */
static void
test_windows(void)
{
    struct bc_model  *m = new_model(0);
    bc_predict_report r;
    bc_image         *want, *got;

    CHECK(predict(m, 16, SIZE_MAX, SIZE_MAX, &r, &want) == BC_OK && r.memory[0] == '\0');
    CHECK(device.most == 18 * area && device.calls == 11 && device.plans == 1);

    CHECK(predict(m, 16, 5 * area, SIZE_MAX, &r, &got) == BC_OK && device.most == 4 * area);
    check_same(got, want);
    CHECK(strcmp(r.memory, "out of memory on the device (running): 4 windows at a time") == 0);
    /* once is enough, and what is left over of a row is less than that */
    CHECK(predict(m, 16, 5 * area, SIZE_MAX, &r, &got) == BC_OK && r.memory[0] == '\0' && device.plans <= 1);
    check_same(got, want);
    forget_model(m);

    m = new_model(0);
    CHECK(predict(m, 16, SIZE_MAX, area, &r, &got) == BC_OK && device.most == area);
    check_same(got, want);
    CHECK(strcmp(r.memory, "out of memory on the device (planning): 1 window at a time") == 0);
    forget_model(m);

    m = new_model(0);
    CHECK(predict(m, 16, area - 1, SIZE_MAX, &r, &got) == BC_NO_MEMORY
          && strcmp(bc_message(), "out of memory on the device (running)") == 0);
    forget_model(m);
    m = new_model(0);
    CHECK(predict(m, 16, SIZE_MAX, area - 1, &r, &got) == BC_NO_MEMORY
          && strcmp(bc_message(), "out of memory on the device (planning)") == 0);
    bc_image_close(want);
    forget_model(m);
}

/* Tiles: first fewer of them, then smaller ones. */
static void
test_tiles(void)
{
    struct bc_model  *m = new_model(1);
    bc_predict_report r;
    bc_image         *want, *got;
    int               least = 2 * bc_graph_halo(m->graph) + 32, size = least + 8;

    CHECK(predict(m, size, SIZE_MAX, SIZE_MAX, &r, &want) == BC_OK && r.memory[0] == '\0');
    CHECK(device.most > area);
    CHECK(predict(m, size, area, SIZE_MAX, &r, &got) == BC_OK && device.most == area);
    check_same(got, want);
    CHECK(strcmp(r.memory, "out of memory on the device (running): 1 window at a time") == 0);
    forget_model(m);

    m = new_model(1);
    CHECK(predict(m, size, SIZE_MAX, (size_t)least * 74, &r, &got) == BC_OK);   /* 74 rows are enough for each */
    check_same(got, want);
    CHECK(strstr(r.memory, "out of memory on the device (planning): windows of ") == r.memory
          && atoi(r.memory + strlen("out of memory on the device (planning): windows of ")) == least);
    bc_image_close(want);
    forget_model(m);
}

/* Whoever stops while windows are on their way gets the thread back. */
static int
stop(void *arg, double done)
{
    (void)arg;
    return done > 0.3;
}

static void
test_stop(void)
{
    struct bc_model   *m = new_model(0);
    bc_image          *band = new_image(), *image = NULL;
    const bc_image    *bands[] = { band };
    bc_predict_options o = { .window = "blend", .size = 16, .tell = stop };

    backend.batch = 0;                                  /* one window at a time */
    memset(&device, 0xff, sizeof device);
    area = 16 * 16;
    CHECK(bc_predict(m, bands, &o, NULL, &image) == BC_STOPPED && image == NULL);
    bc_image_close(band);
    forget_model(m);
}

int
main(void)
{
    backend = bc_backend_cpu;
    backend.batch = 64;
    backend.compile = compile;
    backend.run = run;
    test_windows();
    test_tiles();
    test_stop();
    return check_end();
}
