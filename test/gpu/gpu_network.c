/* gpu_network.c -- whole networks on a GPU, for test/gpu/run.
 *     gpu_network probe                   exit 77 and a sentence where there is no GPU
 *     gpu_network names                   of the networks that can be checked, a line each
 *     gpu_network check DEVICE LIMIT [NAME]
 *                                         prediction, loss and gradients of the network, or of all, against ref and,
 *                                         of the paper's generator, against cpu,direct; LIMIT of the normalised squared
 *                                         error, thirty times that for gradients
 *     gpu_network time DEVICE BATCH       ms a call: forward, and training step, of the paper's generator
 *     gpu_network steps DEVICE BATCH N    N training steps of it, for a profiler
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>
#include <time.h>

#include "check.h"
#include "generator.h"
#include "random.h"

#define BETA2 0.999

static float *
normals(size_t n, double sigma, uint64_t seed)
{
    float           *x = malloc(n * sizeof *x);
    struct bc_random r;
    size_t           i;

    if (x == NULL)
        exit(EXIT_FAILURE);
    bc_random_seed(&r, seed);
    for (i = 0; i < n; i++)
        x[i] = isnan(sigma) ? NAN : (float)(sigma * bc_random_normal(&r));
    return x;
}

static void
need(bc_status st)
{
    if (st != BC_OK) {
        printf("%s\n", bc_message());
        exit(st == BC_NO_DEVICE ? 77 : EXIT_FAILURE);
    }
}

static const struct bc_backend *
backend(const char *device, struct bc_plan_options *o)
{
    const struct bc_backend *b;

    need(bc_backend_choose(device, &b, &o->device));
    return b;
}

static struct bc_plan_options
options(int h, int w, int batch, int train, double beta1)
{
    return (struct bc_plan_options){ .height = h, .width = w, .batch = batch, .train = train, .loss = { .lambda = 1.0 },
                                     .beta1 = beta1, .beta2 = BETA2, .epsilon = 1e-7 };
}

/* The network without the bends of its gradient: tanh for ReLU. */
static void
smoothen(struct bc_graph *g)
{
    int i;

    for (i = 0; i < g->nlayer; i++)
        if (g->layer[i].act == BC_ACT_RELU)
            g->layer[i].act = BC_ACT_TANH;
}

/* What one device makes of a network: outputs that were NaN before. */
struct result { float *out, *value, *m, *v; double loss; };

/* A GPU that cannot record its work is right, but slow, and says why. */
static void
check_recorded(const struct bc_backend *b, const struct bc_plan *plan)
{
    char what[256];

    b->describe(plan, what, sizeof what);
    if (strstr(what, "not recorded") != NULL)
        printf("%s\n", what);
    CHECK(strstr(what, "not recorded") == NULL);
}

enum { TURNS = 3 };     /* a GPU is given the first as it is, records the second, and replays that and the third */

/* FAR: how far from 0 each truth is, beyond a normal number, three of four upwards: the gradient of a bias, a sum of
 * all signs, would else now and then be hardly more than their rounding.  TURNS or 1 of the same: predictions with
 * another one between them, and steps, whose rate is 0. */
static struct result
compute(const char *device, const struct bc_graph *g, int h, int w, int batch, float far, uint64_t seed, int turns)
{
    size_t                   area = (size_t)h * w, i;
    float                   *in = normals(batch * area * g->nin, 0.5, seed);
    float                   *truth = normals(batch * area * g->nout, 0.3, seed + 1);
    float                   *weights = normals(g->nweight, 0.1, seed + 2);
    struct result            r = { normals(batch * area * g->nout, NAN, 0), normals(g->nweight, NAN, 0),
                                   normals(g->nweight, NAN, 0), normals(g->nweight, NAN, 0), NAN };
    struct bc_plan_options   run = options(h, w, batch, 0, 0.0), train = options(h, w, batch, 1, 0.0);
    const struct bc_backend *b = backend(device, &run);
    struct bc_weights        start = { weights, NULL, NULL, 0 }, after = { r.value, r.m, r.v, 0 };
    struct bc_batch          data = { in, truth, (size_t)batch, 0.0 };
    float                   *first = normals(batch * area * g->nout, NAN, 0);
    float                   *other = normals(batch * area * g->nin, 0.5, seed + 3);
    double                   loss;
    struct bc_plan          *plan;
    int                      k;

    for (i = 0; i < batch * area * g->nout; i++)
        truth[i] += truth[i] > -0.2f ? far : -far;
    bc_generator_start(g, 0, seed, weights);
    for (i = 0; i < g->nweight; i++)                /* where it starts at 0 too */
        weights[i] += 0.01f * in[i % (batch * area * g->nin)];
    need(b->compile(g, &start, &run, &plan));
    need(b->run(plan, in, first, (size_t)batch, NULL));
    for (k = 1; k < turns; k++)
        need(b->run(plan, k + 1 < turns ? other : in, r.out, (size_t)batch, NULL));
    if (turns == 1)
        memcpy(r.out, first, batch * area * g->nout * sizeof *first);
    CHECK(memcmp(r.out, first, batch * area * g->nout * sizeof *first) == 0);
    check_recorded(b, plan);
    b->release(plan);
    train.device = run.device;
    need(b->compile(g, &start, &train, &plan));
    need(b->step(plan, &data, &loss));              /* beta1 = 0: m is the gradient */
    r.loss = loss;
    for (k = 1; k < turns; k++)
        need(b->step(plan, &data, &r.loss));
    CHECK(r.loss == loss);
    check_recorded(b, plan);
    need(b->read(plan, &after));
    b->release(plan);
    free(first);
    free(other);
    free(in);
    free(truth);
    free(weights);
    return r;
}

static void
forget(struct result *r)
{
    free(r->out);
    free(r->value);
    free(r->m);
    free(r->v);
}

/* Each tensor's gradient by itself; those of few numbers, which may all be nearly 0 by chance, together. */
static void
compare_tensors(const char *name, const struct bc_graph *g, const float *got, const float *want, double limit)
{
    enum { FEW = 32 };
    float           *few[2] = { normals(g->nweight, 0.0, 0), normals(g->nweight, 0.0, 0) };
    struct bc_tensor t;
    char             text[128];
    size_t           n = 0;
    int              i;

    for (i = 0; bc_graph_tensor(g, i, &t); i++) {
        snprintf(text, sizeof text, "%s, %s", name, t.name);
        if (t.n >= FEW) {
            check_close(text, got + t.at, want + t.at, t.n, limit);
            continue;
        }
        memcpy(few[0] + n, got + t.at, t.n * sizeof *got);
        memcpy(few[1] + n, want + t.at, t.n * sizeof *want);
        n += t.n;
    }
    snprintf(text, sizeof text, "%s, tensors of few numbers", name);
    check_close(text, few[0], few[1], n, limit);
    free(few[0]);
    free(few[1]);
}

/* A ReLU or |y - truth| near its bend that rounding turns moves gradients far more than values: all of them together
 * are then only about right, and each tensor's own is compared where nothing bends. */
static void
compare(const char *name, const struct bc_generator *s, int h, int w, int batch, const char *device, const char *judge,
        double limit, int smooth, uint64_t seed)
{
    struct bc_graph *g;
    struct result    want, got, again;
    float            far = smooth ? 10.0f : 0.0f;
    char             text[128];
    size_t           k;

    need(bc_generator_graph(s, &g));
    if (smooth)
        smoothen(g);
    want = compute(judge, g, h, w, batch, far, seed, 1);
    got = compute(device, g, h, w, batch, far, seed, TURNS);
    again = compute(device, g, h, w, batch, far, seed, 1);
    for (k = 0; k < g->nweight; k++)        /* of as many equal gradients: each step has been done */
        again.v[k] *= (float)((1.0 - pow(BETA2, TURNS)) / (1.0 - BETA2));
    check_close(name, got.v, again.v, g->nweight, 1e-10);
    CHECK(memcmp(got.m, again.m, g->nweight * sizeof *got.m) == 0);     /* the same bits each time */
    CHECK(memcmp(got.out, again.out, (size_t)batch * g->nout * h * w * sizeof *got.out) == 0);
    check_close(name, got.out, want.out, (size_t)batch * g->nout * h * w, limit);
    check_near(name, got.loss, want.loss, sqrt(limit));
    snprintf(text, sizeof text, "%s, all gradients", name);
    check_close(text, got.m, want.m, g->nweight, 0.1);
    if (smooth)
        compare_tensors(name, g, got.m, want.m, 30.0 * limit);
    printf("%-28s %3d x %3d, batch %d, against %s%s\n", name, w, h, batch, judge, smooth ? ", smooth" : "");
    forget(&want);
    forget(&got);
    forget(&again);
    bc_graph_free(g);
}

static const struct network { const char *name; struct bc_generator g; int h, w, batch; const char *judge; } networks[]
    = {
    { "8, 2 blocks",        { .nin = 2, .filters = { 8 }, .resblocks = 2 }, 16, 20, 1, "ref" },
    { "16, combine",        { .nin = 3, .filters = { 16 }, .resblocks = 1, .combine = 1 }, 18, 14, 3, "ref" },
    { "6 and 12",           { .nin = 1, .filters = { 6, 12 }, .resblocks = 1 }, 20, 28, 2, "ref" },
    { "64, no norm",        { .nin = 2, .filters = { 64 }, .resblocks = 2, .no_norm = 1, .combine = 1 }, 22, 18, 2,
                            "ref" },
    { "the paper's",        { .nin = 2, .filters = { 128 }, .resblocks = 9 }, 128, 128, 1, "cpu,direct" },
    { "the paper's, odd",   { .nin = 2, .filters = { 128 }, .resblocks = 9 }, 62, 74, 3, "cpu,direct" },
    { "the paper's, many",  { .nin = 2, .filters = { 128 }, .resblocks = 9 }, 128, 128, 17, "cpu,direct" },
    { "new models'",        { .nin = 2, .filters = { 128 }, .resblocks = 9, .no_norm = 1, .combine = 1 }, 96, 64, 2,
                            "cpu,direct" }
};
enum { NETWORKS = sizeof networks / sizeof networks[0] };

/* NAME NULL: all of them. */
static int
check(const char *device, double limit, const char *name)
{
    const struct network *n;
    uint64_t              seed = (uint64_t)time(NULL);
    int                   smooth, checked = 0;

    printf("%s, seed %llu\n", device, (unsigned long long)seed);
    for (n = networks; n < networks + NETWORKS; n++)
        for (smooth = 0; smooth < 2 && (name == NULL || strcmp(name, n->name) == 0); smooth++, checked++)
            compare(n->name, &n->g, n->h, n->w, n->batch, device, n->judge, limit, smooth, seed);
    CHECK(checked > 0);
    return check_end();
}

static int
print_names(void)
{
    const struct network *n;

    for (n = networks; n < networks + NETWORKS; n++)
        puts(n->name);
    return EXIT_SUCCESS;
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

static int
ascending(const void *a, const void *b)
{
    return (*(const double *)a > *(const double *)b) - (*(const double *)a < *(const double *)b);
}

/* The median of calls from and to the host's memory, ms: of a second of them, and of at least LEAST, after as many that
 * do not count, in which a GPU that was idle comes to its pace.  DATA NULL: a forward pass of N samples. */
static double
median(const struct bc_backend *b, struct bc_plan *plan, const float *in, float *out, size_t n,
       const struct bc_batch *data)
{
    enum { LEAST = 10, MOST = 10000 };
    double *ms = calloc(MOST, sizeof *ms), begun, start, loss, middle;
    int     timed, i = 0;

    if (ms == NULL)
        exit(EXIT_FAILURE);
    for (timed = 0; timed < 2; timed++)
        for (i = 0, begun = now(); i < LEAST || (i < MOST && now() < begun + 1000.0); i++) {
            start = now();
            need(data != NULL ? b->step(plan, data, &loss) : b->run(plan, in, out, n, NULL));
            ms[i] = now() - start;
        }
    qsort(ms, (size_t)i, sizeof *ms, ascending);
    middle = ms[i / 2];
    free(ms);
    return middle;
}

/* STEPS of them are done, or, if 0, timed. */
static int
measure(const char *device, int batch, int steps)
{
    enum { SIZE = 128 };
    struct bc_generator      s = { .nin = 2, .filters = { 128 }, .resblocks = 9 };
    struct bc_plan_options   o = options(SIZE, SIZE, batch, 0, 0.5);
    const struct bc_backend *b = backend(device, &o);
    size_t                   n = (size_t)batch * SIZE * SIZE;
    float                   *in = normals(2 * n, 0.3, 1), *truth = normals(n, 0.3, 2), *out = normals(n, NAN, 0);
    float                   *weights;
    struct bc_weights        w = { 0 };
    struct bc_batch          data = { in, truth, (size_t)batch, 2e-4 };
    struct bc_graph         *g;
    struct bc_plan          *plan;
    double                   ms[2], loss;
    char                     what[256];
    int                      train, i;

    need(bc_generator_graph(&s, &g));
    w.value = weights = normals(g->nweight, 1.0, 3);
    bc_generator_start(g, 0, 1, weights);
    for (train = steps > 0; train < 2; train++) {
        o.train = train;
        need(b->compile(g, &w, &o, &plan));
        if (steps == 0)
            ms[train] = median(b, plan, in, out, (size_t)batch, train ? &data : NULL);
        for (i = 0; i < steps; i++)
            need(b->step(plan, &data, &loss));
        b->describe(plan, what, sizeof what);
        /* also whether its launches could not be recorded */
        fprintf(stderr, "%s: %s\n", train ? "step" : "forward", what);
        b->release(plan);
    }
    if (steps == 0)
        printf("%.4f %.4f\n", ms[0], ms[1]);
    free(in);
    free(truth);
    free(out);
    free(weights);
    bc_graph_free(g);
    return EXIT_SUCCESS;
}

int
main(int argc, char **argv)
{
    struct bc_plan_options o;

    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);      /* where it hangs, what came before is to be seen */
    if (argc == 2 && strcmp(argv[1], "probe") == 0) {
        backend("cuda", &o);
        return EXIT_SUCCESS;
    }
    if (argc == 2 && strcmp(argv[1], "names") == 0)
        return print_names();
    if ((argc == 4 || argc == 5) && strcmp(argv[1], "check") == 0)
        return check(argv[2], atof(argv[3]), argv[4]);
    if (argc == 4 && strcmp(argv[1], "time") == 0)
        return measure(argv[2], atoi(argv[3]), 0);
    if (argc == 5 && strcmp(argv[1], "steps") == 0)
        return measure(argv[2], atoi(argv[3]), atoi(argv[4]));
    fprintf(stderr, "usage: gpu_network probe | names | check DEVICE LIMIT [NAME] | time DEVICE BATCH | "
            "steps DEVICE BATCH N\n");
    return 2;
}
