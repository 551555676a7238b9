/* bench_generator.c -- times a generator for bench.py: one forward pass, one training step, batch 1,
 * and how many multiplications and additions a second the processor can make.
 *   bench_generator RECIPE FILTERS SIZE THREADS FILE
 * takes the network and the loss of a recipe, paper or default, writes what it computes with to FILE,
 * says what computes, then obeys lines from its input: "forward" and "step" are each answered by a time
 * in ms and the ms that its threads were kept waiting for a core, by others or by the host, "peak" by
 * the same for 1e9 multiplications and additions.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "generator.h"
#include "random.h"
#include "threads.h"

enum { INPUTS = 2, RANGE = 8 };     /* the stretch's, about as that of the shipped models */

struct bench {
    bc_recipe          recipe;
    int                local;
    struct bc_graph   *graph;
    struct bc_plan    *forward, *train;
    struct bc_threads *pool;        /* for the peak: has found its cores by then, as the plans' have */
    size_t             area;
    float             *weights, *in, *truth, *out;
    double             loss;
};

struct sample { double ms, waited; };

static void
fail(const char *what)
{
    fprintf(stderr, "bench_generator: %s: %s\n", what, bc_message());
    exit(EXIT_FAILURE);
}

static double
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return 1e3 * (double)t.tv_sec + 1e-6 * (double)t.tv_nsec;
}

/* ms that this process's threads have waited in run queues (Linux), plus what the host took
 * (steal). */
static double
waited(void)
{
    char               name[300];
    double             ms = 0.0;
    unsigned long long ran, queued, steal;
    struct dirent     *e;
    FILE              *f;
    DIR               *d = opendir("/proc/self/task");

    while (d != NULL && (e = readdir(d)) != NULL) {
        snprintf(name, sizeof name, "/proc/self/task/%s/schedstat", e->d_name);
        f = fopen(name, "r");
        if (f != NULL && fscanf(f, "%llu %llu", &ran, &queued) == 2)
            ms += 1e-6 * (double)queued;
        if (f != NULL)
            fclose(f);
    }
    if (d != NULL)
        closedir(d);
    f = fopen("/proc/stat", "r");
    if (f != NULL && fscanf(f, "cpu %*u %*u %*u %*u %*u %*u %*u %llu", &steal) == 1)
        ms += 10.0 * (double)steal;
    if (f != NULL)
        fclose(f);
    return ms;
}

static float *
numbers(size_t n, uint64_t seed)
{
    float           *x = malloc(n * sizeof *x);
    struct bc_random r;
    size_t           i;

    if (x == NULL)
        fail("memory");
    bc_random_seed(&r, seed);
    for (i = 0; i < n; i++)
        x[i] = (float)bc_random_uniform(&r);
    return x;
}

static void
step(struct bench *b, double rate)
{
    struct bc_batch batch = { b->in, b->truth, 1, rate };

    if (bc_backend_cpu.step(b->train, &batch, &b->loss) != BC_OK)
        fail("step");
}

static void
forward(struct bench *b)
{
    if (bc_backend_cpu.run(b->forward, b->in, b->out, 1, NULL) != BC_OK)
        fail("forward");
}

static struct bc_plan *
compile(struct bench *b, int size, int threads, int train, double beta1)
{
    struct bc_plan_options o = { .height = size, .width = size, .batch = 1, .threads = threads,
                                 .train = train, .beta1 = beta1, .beta2 = 0.999, .epsilon = 1e-7,
                                 .loss = { .lambda = b->recipe.lambda } };
    struct bc_weights      w = { b->weights, NULL, NULL, 0 };
    struct bc_plan        *plan;

    if (b->local)
        o.loss = (struct bc_loss){ b->recipe.lambda, b->recipe.flux, RANGE, b->recipe.uncertainty };
    if (bc_backend_cpu.compile(b->graph, &w, &o, &plan) != BC_OK)
        fail("compile");
    return plan;
}

static void
begin(struct bench *b, const char *recipe, int filters, int size, int threads)
{
    struct bc_generator g = { .nin = INPUTS, .filters = { filters } };

    b->local = strcmp(recipe, "paper") != 0;
    (b->local ? bc_recipe_default : bc_recipe_paper)(&b->recipe);
    g.resblocks = b->recipe.resblocks;
    g.local = g.no_norm = g.combine = b->local;
    if (bc_generator_graph(&g, &b->graph) != BC_OK)
        fail("graph");
    b->area = (size_t)size * size;
    b->weights = numbers(b->graph->nweight, 1);
    bc_generator_start(b->graph, 0, 1, b->weights);
    b->in = numbers(b->graph->nin * b->area, 2);
    b->truth = numbers(b->area, 3);
    b->out = numbers(b->graph->nout * b->area, 4);
    b->forward = compile(b, size, threads, 0, 0.5);
    b->train = compile(b, size, threads, 1, 0.5);
    if (bc_threads_open(threads, &b->pool) != BC_OK)
        fail("threads");
}

static void
end(struct bench *b)
{
    bc_backend_cpu.release(b->forward);
    bc_backend_cpu.release(b->train);
    bc_threads_close(b->pool);
    bc_graph_free(b->graph);
    free(b->weights);
    free(b->in);
    free(b->truth);
    free(b->out);
}

static struct sample
timed(struct bench *b, int train)
{
    double        before = waited(), start = now();
    struct sample s;

    if (train)
        step(b, 2e-4);
    else
        forward(b);
    s.ms = now() - start;
    s.waited = waited() - before;
    return s;
}

/* Products and sums in registers alone, as many at a time as hide how long each takes.  The number
 * that is returned depends on all of them, so that none is left out. */
enum { CHAINS = 12, TURNS = 1 << 21 };
#define PEAK(name, isa, bytes)                                                                     \
    __attribute__((isa)) static float name(void)                                                   \
    {                                                                                              \
        typedef float V __attribute__((vector_size(bytes)));                                       \
        V   sum[CHAINS], zero = { 0 }, x = zero + 0.999999f, y = zero + 1e-7f, all = zero;         \
        int i, turn;                                                                               \
                                                                                                   \
        for (i = 0; i < CHAINS; i++)                                                               \
            sum[i] = zero + (float)i;                                                              \
        for (turn = 0; turn < TURNS; turn++)                                                       \
            _Pragma("GCC unroll 12") for (i = 0; i < CHAINS; i++)                                  \
                sum[i] = sum[i] * x + y;                                                           \
        for (i = 0; i < CHAINS; i++)                                                               \
            all += sum[i];                                                                         \
        return all[0];                                                                             \
    }
#if defined __x86_64__
PEAK(peak_avx512, target("avx512f,fma,prefer-vector-width=512"), 64)
PEAK(peak_avx2, target("avx2,fma"), 32)
#endif
PEAK(peak_baseline, noinline, 16)

struct peak { float (*work)(void); float sum[1024]; };

static void
peak_item(void *arg, int item, int thread)
{
    struct peak *p = arg;

    (void)item;
    p->sum[thread] += p->work();
}

/* ms for a GFLOP by all threads, with the vectors that the plan computes with. */
static struct sample
peak(struct bench *b, int threads)
{
    struct peak        p = { peak_baseline, { 0 } };
    struct sample      s;
    double             before, start, gflop;
    int                bytes = 16, items = 4 * threads;
    char               text[64];

    bc_backend_cpu.describe(b->train, text, sizeof text);
#if defined __x86_64__
    if (strncmp(text, "avx512", 6) == 0) {
        p.work = peak_avx512;
        bytes = 64;
    } else if (strncmp(text, "avx2", 4) == 0) {
        p.work = peak_avx2;
        bytes = 32;
    }
#endif
    before = waited();
    start = now();
    bc_threads_run(b->pool, peak_item, &p, items);
    s.ms = now() - start;
    s.waited = waited() - before;
    gflop = 2e-9 * CHAINS * TURNS * (bytes / 4.0) * items;
    s.ms /= gflop;
    s.waited /= gflop;
    return s;
}

/* Raw float32: weights, input, truth, prediction, gradient by the weights, loss. */
static void
export(struct bench *b, int size, int threads, const char *file)
{
    struct bc_plan   *plan = b->train;
    struct bc_weights w = { NULL, NULL, NULL, 0 };
    size_t            n = b->graph->nweight, area = b->area;
    float            *value = numbers(n, 5), *m = numbers(n, 6), loss;
    FILE             *f = fopen(file, "wb");

    w.value = value;
    w.m = m;
    b->train = compile(b, size, threads, 1, 0.0);       /* beta1 = 0: m is the gradient */
    step(b, 0.0);
    bc_backend_cpu.read(b->train, &w);
    bc_backend_cpu.release(b->train);
    b->train = plan;
    forward(b);
    loss = (float)b->loss;
    if (f == NULL || fwrite(b->weights, sizeof *m, n, f) != n
        || fwrite(b->in, sizeof *m, b->graph->nin * area, f) != b->graph->nin * area
        || fwrite(b->truth, sizeof *m, area, f) != area
        || fwrite(b->out, sizeof *m, b->graph->nout * area, f) != b->graph->nout * area
        || fwrite(m, sizeof *m, n, f) != n
        || fwrite(&loss, sizeof loss, 1, f) != 1 || fclose(f) != 0)
        fail(file);
    free(value);
    free(m);
}

int
main(int argc, char **argv)
{
    struct bench  b;
    struct sample s;
    char          line[64];
    int           threads;

    if (argc != 6) {
        fprintf(stderr, "usage: bench_generator RECIPE FILTERS SIZE THREADS FILE\n");
        return 2;
    }
    threads = atoi(argv[4]);
    begin(&b, argv[1], atoi(argv[2]), atoi(argv[3]), threads);
    export(&b, atoi(argv[3]), threads, argv[5]);
    bc_backend_cpu.describe(b.train, line, sizeof line);
    printf("%s\n", line);
    fflush(stdout);
    while (fgets(line, sizeof line, stdin) != NULL) {
        s = strcmp(line, "peak\n") == 0 ? peak(&b, threads) : timed(&b, strcmp(line, "step\n") == 0);
        printf("%.4f %.4f\n", s.ms, s.waited);
        fflush(stdout);
    }
    end(&b);
    return EXIT_SUCCESS;
}
