/* cudnn.c -- convolutions by cuDNN: each is a graph of a single operation, on an engine that is
 * compiled already.
 *
 * cuDNN's heuristics list engines, the one it takes for the fastest first.  Unless told to be fast
 * we take the first that is allowed and runs: the choice, and so the bits, depend on the shape, the
 * card, its driver and cuDNN's version alone.  With "fast" the first few are timed, and sums that are
 * added in any order are allowed.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "conv.h"

#include <cudnn_graph.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "gpu.h"
#include "status.h"
#include "tune.h"

typedef cudnnBackendDescriptor_t descriptor;

enum { MOST_CONFIGS = 128, TIMED = 8 };
enum { UID_X = 1, UID_W = 2, UID_Y = 3 };

struct conv {
    struct conv_shape shape;
    descriptor        plan;
    int64_t           engine, workspace;
    int               tensor_cores, any_order;
    struct conv      *next;
};

struct conv_maker {
    cudnnHandle_t    handle;        /* NULL: for a device that is not there */
    descriptor       properties;    /* of that one */
    cudaStream_t     stream;
    struct bc_device device;
    size_t           memory;
    struct conv     *made;
};

/* ---- descriptors ----------------------------------------------------------------------------- */

static bc_status
check(cudnnStatus_t s, const char *doing)
{
    char why[256] = "";

    if (s == CUDNN_STATUS_SUCCESS)
        return BC_OK;
    cudnnGetLastErrorString(why, sizeof why);
    if (s / 1000 == CUDNN_STATUS_NOT_SUPPORTED / 1000)
        return bc_fail(BC_UNSUPPORTED, "cuDNN cannot do it, %s: %s", doing,
                       *why != '\0' ? why : cudnnGetErrorString(s));
    if (s == CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED
        || s == CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED)
        return bc_fail(BC_NO_MEMORY, "out of memory, cuDNN %s", doing);
    return bc_fail(BC_NO_DEVICE, "cuDNN failed, %s: %s", doing,
                   *why != '\0' ? why : cudnnGetErrorString(s));
}

/* An attribute of a descriptor that is being made. */
struct attribute {
    cudnnBackendAttributeName_t name;
    cudnnBackendAttributeType_t type;
    int64_t                     count;
    const void                 *value;
};

static void
drop(descriptor *d)
{
    if (*d != NULL)
        cudnnBackendDestroyDescriptor(*d);
    *d = NULL;
}

/* A finished descriptor; attributes without a value are left out. */
static cudnnStatus_t
build(cudnnBackendDescriptorType_t type, const struct attribute *a, size_t n, descriptor *d_p)
{
    descriptor    d = NULL;
    cudnnStatus_t s = cudnnBackendCreateDescriptor(type, &d);
    size_t        i;

    for (i = 0; s == CUDNN_STATUS_SUCCESS && i < n; i++)
        if (a[i].value != NULL)
            s = cudnnBackendSetAttribute(d, a[i].name, a[i].type, a[i].count, a[i].value);
    if (s == CUDNN_STATUS_SUCCESS)
        s = cudnnBackendFinalize(d);
    if (s != CUDNN_STATUS_SUCCESS)
        drop(&d);
    *d_p = d;
    return s;
}

/* A channels-last tensor, in cuDNN's order of dimensions. */
static cudnnStatus_t
build_tensor(enum bc_type type, int64_t uid, int64_t n, int64_t c, int64_t h, int64_t w,
             descriptor *d_p)
{
    cudnnDataType_t  data = type == BC_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
    int64_t dim[4] = { n, c, h, w }, stride[4] = { h * w * c, 1, w * c, c }, alignment = 16;
    struct attribute a[] = {
        { CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &data },
        { CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, 4, dim },
        { CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, 4, stride },
        { CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &uid },
        { CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment }
    };

    return build(CUDNN_BACKEND_TENSOR_DESCRIPTOR, a, sizeof a / sizeof *a, d_p);
}

static cudnnStatus_t
build_convolution(int64_t step, descriptor *d_p)
{
    int64_t dims = 2, stride[2] = { step, step }, none[2] = { 0, 0 }, one[2] = { 1, 1 };
    cudnnDataType_t        type = CUDNN_DATA_FLOAT;
    cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
    struct attribute       a[] = {
        { CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, &dims },
        { CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type },
        { CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode },
        { CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_TYPE_INT64, 2, none },
        { CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, CUDNN_TYPE_INT64, 2, none },
        { CUDNN_ATTR_CONVOLUTION_DILATIONS, CUDNN_TYPE_INT64, 2, one },
        { CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_TYPE_INT64, 2, stride }
    };

    return build(CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, a, sizeof a / sizeof *a, d_p);
}

/* How cuDNN calls the operation and its parts, for each enum conv_kind. */
static const struct {
    cudnnBackendDescriptorType_t type;
    cudnnBackendAttributeName_t  convolution, x, w, y, alpha, beta;
} operations[] = {
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA },
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA },
    { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
      CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA }
};

/* The graph of one convolution.  What it is made of may go: a finished descriptor has its own
 * copy. */
static cudnnStatus_t
build_graph(const struct conv_maker *m, const struct conv_shape *s, descriptor *graph_p)
{
    descriptor    x = NULL, w = NULL, y = NULL, convolution = NULL, operation = NULL;
    float         alpha = 1.0f, beta = 0.0f;        /* of the type that is computed in */
    int64_t oh = (s->rows - s->size) / s->stride + 1, ow = (s->cols - s->size) / s->stride + 1;
    cudnnStatus_t st = build_tensor(s->type, UID_X, s->n, s->c, s->rows, s->cols, &x);

    if (st == CUDNN_STATUS_SUCCESS)
        st = build_tensor(s->type, UID_W, s->k, s->c, s->size, s->size, &w);
    if (st == CUDNN_STATUS_SUCCESS)
        st = build_tensor(s->type, UID_Y, s->n, s->k, oh, ow, &y);
    if (st == CUDNN_STATUS_SUCCESS)
        st = build_convolution(s->stride, &convolution);
    if (st == CUDNN_STATUS_SUCCESS) {
        const struct attribute a[] = {
            { operations[s->kind].convolution, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &convolution },
            { operations[s->kind].x, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &x },
            { operations[s->kind].w, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &w },
            { operations[s->kind].y, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &y },
            { operations[s->kind].alpha, CUDNN_TYPE_FLOAT, 1, &alpha },
            { operations[s->kind].beta, CUDNN_TYPE_FLOAT, 1, &beta }
        };

        st = build(operations[s->kind].type, a, sizeof a / sizeof *a, &operation);
    }
    if (st == CUDNN_STATUS_SUCCESS) {
        const struct attribute a[] = {
            { CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &operation },
            { CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1,
              m->handle != NULL ? &m->handle : NULL }
        };

        st = build(CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, a, sizeof a / sizeof *a, graph_p);
    }
    drop(&operation);
    drop(&convolution);
    drop(&y);
    drop(&w);
    drop(&x);
    return st;
}

/* ---- engines --------------------------------------------------------------------------------- */

/* What cuDNN says of an engine, as bits: 1 << note. */
struct notes { int64_t engine; unsigned numerical, behavior; };

static struct notes
engine_notes(descriptor config)
{
    cudnnBackendNumericalNote_t numerical[CUDNN_NUMERICAL_NOTE_TYPE_COUNT];
    cudnnBackendBehaviorNote_t  behavior[CUDNN_BEHAVIOR_NOTE_TYPE_COUNT];
    struct notes                notes = { -1, ~0u, ~0u };
    descriptor                  engine = NULL;
    int64_t                     n = 0, i;

    if (cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine)
        != CUDNN_STATUS_SUCCESS)
        return notes;
    if (cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR,
                                 1, &n, &engine)
        == CUDNN_STATUS_SUCCESS) {
        cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1, &n,
                                 &notes.engine);
        if (cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE,
                                     CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT, &n,
                                     numerical)
            == CUDNN_STATUS_SUCCESS)
            for (notes.numerical = 0, i = 0; i < n && i < CUDNN_NUMERICAL_NOTE_TYPE_COUNT; i++)
                notes.numerical |= 1u << numerical[i];
        if (cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE,
                                     CUDNN_TYPE_BEHAVIOR_NOTE, CUDNN_BEHAVIOR_NOTE_TYPE_COUNT, &n,
                                     behavior)
            == CUDNN_STATUS_SUCCESS)
            for (notes.behavior = 0, i = 0; i < n && i < CUDNN_BEHAVIOR_NOTE_TYPE_COUNT; i++)
                notes.behavior |= 1u << behavior[i];
    }
    drop(&engine);
    return notes;
}

static int
allowed(const struct conv_maker *m, const struct conv_shape *s, struct notes notes)
{
    unsigned numerical = 1u << CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION;
    unsigned behavior = 1u << CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION;

    if (m->device.precision == BC_PRECISION_FP32)       /* tensor cores would round to TF32 */
        numerical |= 1u << CUDNN_NUMERICAL_NOTE_TENSOR_CORE;
    if (s->type == BC_F32)                      /* to 16 bits */
        numerical |= 1u << CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS;
    if (!m->device.fast)
        numerical |= 1u << CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC;
    if (m->device.direct)
        numerical |= 1u << CUDNN_NUMERICAL_NOTE_WINOGRAD | 1u << CUDNN_NUMERICAL_NOTE_FFT;
    return (notes.numerical & numerical) == 0 && (notes.behavior & behavior) == 0;
}

/* The plan of one configuration; 0: it is not allowed or does not work. */
static int
try_config(const struct conv_maker *m, const struct conv_shape *s, descriptor config,
           struct conv *c)
{
    struct notes           notes = engine_notes(config);
    const struct attribute a[] = {
        { CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &config },
        { CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1,
          m->handle != NULL ? &m->handle : NULL },
#if CUDNN_VERSION >= 90800
        { CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
          m->properties != NULL ? &m->properties : NULL }
#endif
    };
    int64_t                n;

    if (!allowed(m, s, notes)
        || build(CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, a, sizeof a / sizeof *a, &c->plan)
               != CUDNN_STATUS_SUCCESS)
        return 0;
    c->workspace = -1;
    cudnnBackendGetAttribute(c->plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1,
                             &n, &c->workspace);
    if (c->workspace < 0 || (size_t)c->workspace > m->memory) {
        drop(&c->plan);
        return 0;
    }
    c->next = NULL;
    c->shape = *s;
    c->engine = notes.engine;
    c->tensor_cores = (notes.numerical >> CUDNN_NUMERICAL_NOTE_TENSOR_CORE & 1) != 0;
    c->any_order = (notes.numerical >> CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC & 1) != 0;
    return 1;
}

/* What the heuristics of MODE list, in their order; *N_P = how many. */
static cudnnStatus_t
list_configs(const struct conv_maker *m, descriptor graph, cudnnBackendHeurMode_t mode, descriptor *config,
             int64_t *n_p)
{
    const struct attribute a[] = {
        { CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &graph },
        { CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode },
#if CUDNN_VERSION >= 90800
        { CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1,
          m->properties != NULL ? &m->properties : NULL }
#endif
    };
    descriptor    heuristics = NULL;
    int64_t       n = 0, made = 0;
    cudnnStatus_t status = build(CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, a, sizeof a / sizeof *a, &heuristics);

    *n_p = 0;
    if (status != CUDNN_STATUS_SUCCESS)
        return status;
    while (made < MOST_CONFIGS
           && cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &config[made])
                  == CUDNN_STATUS_SUCCESS)
        made++;
    status = cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, made,
                                      &n, config);
    *n_p = n < made ? n : made;
    drop(&heuristics);
    return status;
}

/* *C = the fastest of the first few plans that are allowed or, if none of those runs, of the next; *TRIED_P more do not
 * run.  Not fast, few is one. */
static bc_status
pick(struct conv_maker *m, const struct conv_shape *s, const descriptor *config, int64_t n, struct conv *c,
     int *tried_p)
{
    struct conv        list[TIMED];
    const struct conv *each[TIMED];
    int                most = m->device.fast && m->handle != NULL ? TIMED : 1, best = -1, count, i;
    int64_t            at = 0;
    bc_status          st = BC_OK;

    while (st == BC_OK && best < 0 && at < n) {
        for (count = 0; at < n && count < most; at++)
            if (try_config(m, s, config[at], &list[count])) {
                each[count] = &list[count];
                count++;
            }
        if (count > 0 && m->handle == NULL)
            best = 0;
        else if (count > 0)
            st = conv_fastest(m, m->stream, s, each, count, &best);
        for (i = 0; i < count; i++)
            if (i != best)
                drop(&list[i].plan);
        *tried_p += best < 0 ? count : 0;
    }
    if (best >= 0)
        *c = list[best];
    return st;
}

/* ---- making ---------------------------------------------------------------------------------- */

/* There is none, or none of those TRIED runs: the last one's failure is this thread's message. */
static bc_status
fail_none(const struct conv_maker *m, const struct conv_shape *s, int tried)
{
    static const char *const kinds[] = { "", ", backward", ", backward to its kernel" };
    static const char *const precisions[] = { "auto", "fp32", "tf32", "bf16" };
    int                      major = (int)(cudnnGetVersion() / 10000), minor = (int)(cudnnGetVersion() / 100 % 100);
    char                     what[96];

    snprintf(what, sizeof what, "in %s for a %d x %d convolution of %d to %d channels%s",
             precisions[m->device.precision], s->size, s->size, s->c, s->k, kinds[s->kind]);
    if (tried == 0)
        return bc_fail(BC_UNSUPPORTED, "cuDNN %d.%d has no kernel %s", major, minor, what);
    return bc_fail(BC_NO_DEVICE, "none of cuDNN %d.%d's kernels %s runs (%d were tried): %s", major, minor, what, tried,
                   bc_message());
}

/* The plan for shape S into *C. */
static bc_status
choose(struct conv_maker *m, const struct conv_shape *s, struct conv *c)
{
    static const cudnnBackendHeurMode_t modes[] = { CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK };
    descriptor    graph = NULL;
    cudnnStatus_t status = CUDNN_STATUS_SUCCESS;
    int           tried = 0, k;
    bc_status     st = check(build_graph(m, s, &graph), "describing a convolution");

    for (k = 0; st == BC_OK && c->plan == NULL && k < 2; k++) {
        descriptor config[MOST_CONFIGS] = { NULL };
        int64_t    n, i;

        status = list_configs(m, graph, modes[k], config, &n);
        st = pick(m, s, config, n, c, &tried);
        for (i = 0; i < MOST_CONFIGS; i++)
            drop(&config[i]);
    }
    drop(&graph);
    if (st != BC_OK || c->plan != NULL)
        return st;
    /* a library that it cannot load, say, is not a kernel that it does not have */
    return tried == 0 && status != CUDNN_STATUS_SUCCESS ? check(status, "looking for kernels of a convolution")
                                                        : fail_none(m, s, tried);
}

bc_status
conv_make(struct conv_maker *m, const struct conv_shape *s, const struct conv **conv_p)
{
    struct conv *c;
    bc_status    st;

    for (c = m->made; c != NULL; c = c->next)
        if (memcmp(&c->shape, s, sizeof *s) == 0) {
            *conv_p = c;
            return BC_OK;
        }
    c = calloc(1, sizeof *c);
    if (c == NULL)
        return bc_fail_memory(sizeof *c, "a convolution");
    st = choose(m, s, c);
    if (st != BC_OK) {
        free(c);
        return st;
    }
    c->next = m->made;
    m->made = c;
    *conv_p = c;
    return BC_OK;
}

size_t
conv_workspace(const struct conv *c)
{
    return (size_t)c->workspace;
}

void
conv_describe(const struct conv *c, char *text, size_t size)
{
    snprintf(text, size, "engine %d, %stensor cores, %.0f MB%s", (int)c->engine,
             c->tensor_cores ? "" : "no ", (double)c->workspace / 1e6,
             c->any_order ? ", adds in any order" : "");
}

bc_status
conv_run(struct conv_maker *m, const struct conv *c, void *x, void *w, void *y, void *workspace)
{
    int64_t                uid[3] = { UID_X, UID_W, UID_Y };
    void                  *at[3] = { x, w, y };
    const struct attribute a[] = {
        { CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 3, uid },
        { CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 3, at },
        { CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace }
    };
    descriptor             pack = NULL;
    cudnnStatus_t s = build(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, a, sizeof a / sizeof *a, &pack);

    if (s == CUDNN_STATUS_SUCCESS)
        s = cudnnBackendExecute(m->handle, c->plan, pack);
    drop(&pack);
    return check(s, "running a convolution");
}

static bc_status
new_maker(const struct bc_device *device, size_t memory, struct conv_maker **maker_p)
{
    struct conv_maker *m;
    bc_status          st = blas_load((int)(cudnnGetCudartVersion() / 1000));

    if (st != BC_OK)
        return st;
    m = calloc(1, sizeof *m);
    if (m == NULL)
        return bc_fail_memory(sizeof *m, "convolutions");
    m->device = *device;
    m->memory = memory;
    *maker_p = m;
    return BC_OK;
}

bc_status
conv_maker_open(cudaStream_t stream, const struct bc_device *device, size_t memory,
                struct conv_maker **maker_p)
{
    struct conv_maker *m;
    bc_status          st = new_maker(device, memory, &m);

    if (st != BC_OK)
        return st;
    m->stream = stream;
    st = check(cudnnCreate(&m->handle), "starting");
    if (st == BC_OK)
        st = check(cudnnSetStream(m->handle, stream), "starting");
    if (st != BC_OK) {
        conv_maker_close(m);
        return st;
    }
    *maker_p = m;
    return BC_OK;
}

bc_status
conv_maker_open_like(const char *json, const struct bc_device *device, size_t memory,
                     struct conv_maker **maker_p)
{
#if CUDNN_VERSION >= 90800
    struct conv_maker     *m;
    const struct attribute a[] = {
        { CUDNN_ATTR_DEVICEPROP_JSON_REPRESENTATION, CUDNN_TYPE_CHAR, (int64_t)strlen(json), json }
    };
    bc_status              st = new_maker(device, memory, &m);

    if (st != BC_OK)
        return st;
    st = check(build(CUDNN_BACKEND_DEVICEPROP_DESCRIPTOR, a, 1, &m->properties),
               "reading what a GPU is like");
    if (st != BC_OK) {
        conv_maker_close(m);
        return st;
    }
    *maker_p = m;
    return BC_OK;
#else
    (void)json;
    (void)device;
    (void)memory;
    (void)maker_p;
    return bc_fail(BC_UNSUPPORTED, "planning for a GPU that is not there needs cuDNN 9.8");
#endif
}

void
conv_maker_close(struct conv_maker *m)
{
    struct conv *c;

    if (m == NULL)
        return;
    while ((c = m->made) != NULL) {
        m->made = c->next;
        drop(&c->plan);
        free(c);
    }
    drop(&m->properties);
    if (m->handle != NULL)
        cudnnDestroy(m->handle);
    free(m);
}
