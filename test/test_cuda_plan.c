/* test_cuda_plan.c -- the GPU backend against ref: whole networks, run, training steps, weights
 * read back. On the processor convolutions by their definition stand in for cuDNN's
 * (shim/convolution.c); all else is what runs on a GPU.  As test_gpu it is the module that is
 * tested, on the first GPU.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "check.h"
#include "generator.h"
#include "random.h"

#ifdef ON_GPU
static const struct bc_backend *const gpu = &bc_backend_cuda;
static const double                   slack = 10.0;             /* cuDNN's sums are float */
static int                            shim_records = 1;
#else
#include "plan.h"
static const struct bc_backend shim = { "cuda",   64,        NULL,      cuda_describe, cuda_compile,
                                        cuda_run, cuda_step, cuda_read, cuda_release };
static const struct bc_backend *const gpu = &shim;
static const double                   slack = 1.0;
#endif

enum { MOST = 5 };

struct problem {
    struct bc_graph *g;
    float           *weights, *in, *truth;
    int              h, w;
};

static void *
room(size_t bytes)
{
    void *p = calloc(1, bytes > 0 ? bytes : 1);

    if (p == NULL)
        exit(EXIT_FAILURE);
    return p;
}

static void
open_problem(struct problem *p, const struct bc_generator *generator, int h, int w,
             struct bc_random *r)
{
    size_t i, n;

    CHECK(bc_generator_graph(generator, &p->g) == BC_OK);
    p->h = h;
    p->w = w;
    n = (size_t)MOST * h * w;
    p->weights = room(p->g->nweight * sizeof *p->weights);
    p->in = room(n * p->g->nin * sizeof *p->in);
    p->truth = room(n * p->g->nout * sizeof *p->truth);
    bc_generator_start(p->g, 0, 3, p->weights);
    for (i = 0; i < p->g->nweight; i++)
        p->weights[i] += (float)(0.05 * bc_random_normal(r));
    for (i = 0; i < n * p->g->nin; i++)
        p->in[i] = (float)bc_random_uniform(r);
    for (i = 0; i < n * p->g->nout; i++)
        p->truth[i] = (float)bc_random_uniform(r);
}

static void
close_problem(struct problem *p)
{
    bc_graph_free(p->g);
    free(p->weights);
    free(p->in);
    free(p->truth);
}

static struct bc_plan_options
options(const struct problem *p, int batch, const struct bc_loss *loss, enum bc_precision precision)
{
    struct bc_plan_options o = { .height = p->h,
                                 .width = p->w,
                                 .batch = batch,
                                 .train = loss != NULL,
                                 .device = { .precision = precision },
                                 .beta1 = 0.5,
                                 .beta2 = 0.999,
                                 .epsilon = 1e-7 };

    if (loss != NULL)
        o.loss = *loss;
    return o;
}

/* A plan of the GPU backend's, and one of its judge. */
static void
compile(const char *name, const struct problem *p, const struct bc_weights *w,
        const struct bc_plan_options *o, struct bc_plan **plan_p, struct bc_plan **judge_p)
{
    bc_status st = gpu->compile(p->g, w, o, plan_p);

    if (st != BC_OK) {
        printf("%s: %s\n", name, bc_message());
        exit(EXIT_FAILURE);
    }
    CHECK(bc_backend_ref.compile(p->g, w, o, judge_p) == BC_OK);
}

/* Forward of N samples, through a plan for BATCH. */
static void
forward(const char *name, const struct problem *p, int batch, int n, enum bc_precision precision,
        double tolerance)
{
    static const char *const names[] = { ", ", ", fp32", ", tf32", ", bf16" };
    struct bc_plan_options o = options(p, batch, NULL, precision);
    struct bc_weights      w = { .value = p->weights };
    struct bc_plan        *plan = NULL, *judge = NULL;
    size_t                 size = (size_t)n * p->g->nout * p->h * p->w;
    float                 *got = room(size * sizeof *got), *want = room(size * sizeof *want);
    char                   text[256];
    int                    i;

    compile(name, p, &w, &o, &plan, &judge);
    CHECK(bc_backend_ref.run(judge, p->in, want, (size_t)n, NULL) == BC_OK);
    for (i = 0; i < 3; i++) {                       /* as it is, recorded, replayed */
        memset(got, 0xff, size * sizeof *got);
        CHECK(gpu->run(plan, p->in, got, (size_t)n, NULL) == BC_OK);
        check_close(name, got, want, size, slack * tolerance);
    }
    gpu->describe(plan, text, sizeof text);
    CHECK(strstr(text, names[precision]) != NULL);
    gpu->describe(plan, text, 30);                  /* a name may be longer than its place */
    CHECK(strstr(text, names[precision]) != NULL);
    gpu->describe(plan, text, sizeof text);
    CHECK((strstr(text, ", not recorded: ") == NULL) == shim_records);
    gpu->release(plan);
    bc_backend_ref.release(judge);
    free(got);
    free(want);
}

/* Steps with N[i] samples each, then all that is learned. */
static void
train(const char *name, const struct problem *p, int batch, const int *n,
      enum bc_precision precision, const struct bc_loss *l, double tolerance)
{
    struct bc_plan_options o = options(p, batch, l, precision);
    size_t                 size = p->g->nweight;
    float *got = room(3 * size * sizeof *got), *want = room(3 * size * sizeof *want);
    struct bc_weights      start = { .value = p->weights, .step = 4 };
    struct bc_weights      w = { got, got + size, got + 2 * size, 0 },
                      judged = { want, want + size, want + 2 * size, 0 };
    struct bc_plan        *plan = NULL, *judge = NULL;
    double                 loss, expected;

    compile(name, p, &start, &o, &plan, &judge);
    for (; *n > 0; n++) {
        struct bc_batch b = { p->in, p->truth, (size_t)*n, 1e-3 };

        CHECK(bc_backend_ref.step(judge, &b, &expected) == BC_OK);
        CHECK(gpu->step(plan, &b, &loss) == BC_OK);
        check_near(name, loss, expected, sqrt(slack * tolerance));
    }
    CHECK(gpu->read(plan, &w) == BC_OK && bc_backend_ref.read(judge, &judged) == BC_OK
          && w.step == judged.step);
    check_close(name, w.m, judged.m, size, slack * tolerance);
    check_close(name, w.v, judged.v, size, 4.0 * slack * tolerance);
    check_close(name, w.value, judged.value, size, slack * tolerance);
    gpu->release(plan);
    bc_backend_ref.release(judge);
    free(got);
    free(want);
}

static void
network(const char *name, const struct bc_generator *generator, int h, int w, struct bc_random *r)
{
    static const int            batches[] = { 2, 3, 1, 3, 3, 0 }, one[] = { 1, 1, 1, 0 };
    static const struct bc_loss paper = { .lambda = 0.7 }, l1 = { 0 };
    struct problem   p;

    open_problem(&p, generator, h, w, r);
    forward(name, &p, MOST, MOST, BC_PRECISION_FP32, 1e-11);
    forward(name, &p, 2, MOST, BC_PRECISION_FP32, 1e-11);
    forward(name, &p, 1, 1, BC_PRECISION_FP32, 1e-11);
    forward(name, &p, 3, 2, BC_PRECISION_TF32, 1e-6);
    forward(name, &p, 3, 2, BC_PRECISION_BF16, 1e-3);
    train(name, &p, 3, batches, BC_PRECISION_FP32, &paper, 1e-7);
    train(name, &p, 1, one, BC_PRECISION_FP32, &l1, 1e-7);
    train(name, &p, 3, batches, BC_PRECISION_BF16, &paper, 0.1); /* of L1's signs some are turned */
    close_problem(&p);
}

#ifndef ON_GPU
/* A plan that may use less memory takes fewer samples at a time; wherever memory ends, and where numbers cannot be
 * counted, that is a status. */
static void
memory(struct bc_random *r)
{
    static const struct bc_loss paper = { .lambda = 0.7 };
    struct bc_generator         g = { .nin = 2, .stem = 4, .filters = { 8 }, .resblocks = 1 };
    struct problem              p;
    struct bc_plan_options      o;
    struct bc_weights           w;
    struct bc_plan             *plan = NULL;
    int                         n = 0;

    open_problem(&p, &g, 12, 16, r);
    o = options(&p, 4, NULL, BC_PRECISION_FP32);
    w = (struct bc_weights){ .value = p.weights };
    o.memory = 60000;
    CHECK(cuda_compile(p.g, &w, &o, &plan) == BC_OK && plan != NULL && plan->m->batch < 4);
    cuda_release(plan);
    o.memory = 1000;
    CHECK(cuda_compile(p.g, &w, &o, &plan) == BC_NO_MEMORY
          && strstr(bc_message(), "may be used") != NULL);
    o.height = o.width = 16000;
    CHECK(cuda_compile(p.g, &w, &o, &plan) == BC_NO_MEMORY && strstr(bc_message(), "may be used") != NULL);
    o.height = o.width = 16400;
    o.memory = 0;
    CHECK(cuda_compile(p.g, &w, &o, &plan) == BC_NO_MEMORY
          && strstr(bc_message(), "1 sample of 16400 x 16400 pixels has 2.2 billion numbers") != NULL);
    o = options(&p, 4, &paper, BC_PRECISION_BF16);
    plan = NULL;
    for (shim_allocations = 0; plan == NULL && n < 100; shim_allocations = ++n)
        CHECK(cuda_compile(p.g, &w, &o, &plan) == BC_OK
              || strstr(bc_message(), "out of memory") != NULL);
    shim_allocations = -1;
    CHECK(plan != NULL && n > 10);
    cuda_release(plan);
    p.g->layer[p.g->nlayer - 1].k = 5;
    CHECK(cuda_compile(p.g, &w, &o, &plan) == BC_UNSUPPORTED
          && strstr(bc_message(), "layer out") != NULL);
    close_problem(&p);
}

#endif

int
main(void)
{
    struct bc_generator paper = { .nin = 2, .stem = 8, .filters = { 16 }, .resblocks = 2 };
    struct bc_generator narrow = {
        .nin = 3, .stem = 3, .filters = { 6, 12 }, .resblocks = 1, .no_norm = 1, .combine = 1
    };
    struct bc_generator plain = {
        .nin = 1, .stem = 4, .filters = { 0 }, .resblocks = 1, .no_norm = 1
    };
    struct bc_generator mixed = {
        .nin = 8, .stem = 5, .filters = { 10 }, .resblocks = 3, .combine = 1
    };
    struct bc_generator local = { .local = 1, .nin = 5, .stem = 4, .filters = { 8 }, .resblocks = 1,
                                  .no_norm = 1, .combine = 1 };
    struct bc_random    r;

#ifdef ON_GPU
    if (bc_backend_cuda.probe() == 0) {
        printf("%s: skipped\n", bc_message());
        return 77;
    }
#endif
    bc_random_seed(&r, 20261121);
    network("as the paper's", &paper, 16, 12, &r);
    network("no norm, odd widths, two down", &narrow, 12, 20, &r);
    network("no down-sampling", &plain, 13, 11, &r);
    network("norm and combination", &mixed, 12, 14, &r);
    network("local", &local, 16, 14, &r);
#ifndef ON_GPU
    memory(&r);
    shim_records = 0;
    network("never recorded", &paper, 16, 12, &r);
#endif
    return check_end();
}
