/* test_cuda_conv.c -- which of cuDNN's kernels a convolution gets where some do not run.  The cuDNN is this file's own:
 * it lists engines, and each ends as a test wants it.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <cudnn_graph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "blas.h"
#include "check.h"
#include "conv.h"

enum { LISTED = 10, ENGINES = 12 };     /* the heuristics list the first ten, fallback the others */

static struct { cudnnStatus_t end; int runs; } engines[ENGINES];
static float turn;                      /* milliseconds of the last one */

/* ---- cuDNN, what it needs, and what of CUDA the shim lacks ------------------------------------- */

struct fake { cudnnBackendDescriptorType_t type; cudnnBackendHeurMode_t mode; int engine; };

cudnnStatus_t
cudnnCreate(cudnnHandle_t *handle)
{
    *handle = (cudnnHandle_t)engines;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnDestroy(cudnnHandle_t handle)
{
    (void)handle;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnSetStream(cudnnHandle_t handle, cudaStream_t stream)
{
    (void)handle;
    (void)stream;
    return CUDNN_STATUS_SUCCESS;
}

size_t
cudnnGetCudartVersion(void)
{
    return 13000;
}

size_t
cudnnGetVersion(void)
{
    return 91900;
}

const char *
cudnnGetErrorString(cudnnStatus_t status)
{
    return status == CUDNN_STATUS_SUCCESS ? "no error" : "an error";
}

void
cudnnGetLastErrorString(char *text, size_t size)
{
    snprintf(text, size, "it is so");
}

cudnnStatus_t
cudnnBackendCreateDescriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *d_p)
{
    struct fake *f = calloc(1, sizeof *f);

    if (f == NULL)
        exit(EXIT_FAILURE);
    f->type = type;
    *d_p = f;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnBackendDestroyDescriptor(cudnnBackendDescriptor_t d)
{
    free(d);
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnBackendSetAttribute(cudnnBackendDescriptor_t d, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
                         int64_t count, const void *value)
{
    struct fake *f = d;

    (void)count;
    if (name == CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA
        || name == CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA
        || name == CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA)
        CHECK(type == CUDNN_TYPE_FLOAT && *(const float *)value == 1.0f);       /* as the sums are */
    if (name == CUDNN_ATTR_ENGINEHEUR_MODE)
        f->mode = *(const cudnnBackendHeurMode_t *)value;
    if (name == CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG)
        f->engine = (*(struct fake *const *)value)->engine;
    return CUDNN_STATUS_SUCCESS;
}

/* The plan of every second engine cannot be made. */
cudnnStatus_t
cudnnBackendFinalize(cudnnBackendDescriptor_t d)
{
    const struct fake *f = d;

    return f->type == CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR && f->engine % 2 != 0 ? CUDNN_STATUS_NOT_SUPPORTED
                                                                                   : CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnBackendGetAttribute(cudnnBackendDescriptor_t const d, cudnnBackendAttributeName_t name,
                         cudnnBackendAttributeType_t type, int64_t most, int64_t *count_p, void *values)
{
    const struct fake *f = d;
    int                fallback = f->mode == CUDNN_HEUR_MODE_FALLBACK, first = fallback ? LISTED : 0, i;

    (void)type;
    *count_p = name == CUDNN_ATTR_ENGINEHEUR_RESULTS ? (fallback ? ENGINES : LISTED) - first : 1;
    if (name == CUDNN_ATTR_ENGINE_NUMERICAL_NOTE || name == CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE)
        *count_p = 0;
    else if (name == CUDNN_ATTR_ENGINE_GLOBAL_INDEX || name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE)
        *(int64_t *)values = f->engine;
    else
        for (i = 0; i < *count_p && i < most; i++)
            ((struct fake **)values)[i]->engine = f->engine + first + i;
    return CUDNN_STATUS_SUCCESS;
}

cudnnStatus_t
cudnnBackendExecute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack)
{
    const struct fake *f = plan;

    (void)handle;
    (void)pack;
    engines[f->engine].runs++;
    turn = (float)((f->engine * 7 + 6) % ENGINES);      /* of the even ones 6 8 10 0 2 4 */
    return engines[f->engine].end;
}

cudaError_t
cudaEventCreate(cudaEvent_t *event)
{
    return cudaEventCreateWithFlags(event, cudaEventDefault);
}

cudaError_t
cudaEventElapsedTime(float *ms, cudaEvent_t from, cudaEvent_t to)
{
    (void)from;
    (void)to;
    *ms = turn;
    return cudaSuccess;
}

bc_status
blas_load(int generation)
{
    CHECK(generation == 13);
    return BC_OK;
}

/* ---- the tests --------------------------------------------------------------------------------- */

/* Of the engines 0, 2, 4 ... those before UNTIL end with HOW. */
static const struct test {
    const char   *name;
    int           fast, until;
    cudnnStatus_t how;
    bc_status     status;
    const char   *says;         /* of the one that is chosen, or why there is none */
} tests[] = {
    { "the first runs", 0, 0, CUDNN_STATUS_SUCCESS, BC_OK, "engine 0," },
    { "the second runs", 0, 1, CUDNN_STATUS_EXECUTION_FAILED, BC_OK, "engine 2," },
    { "the third is supported", 0, 3, CUDNN_STATUS_NOT_SUPPORTED, BC_OK, "engine 4," },
    { "fallback runs", 0, LISTED, CUDNN_STATUS_EXECUTION_FAILED_CUDA_DRIVER, BC_OK, "engine 10," },
    { "none runs", 0, ENGINES, CUDNN_STATUS_EXECUTION_FAILED, BC_NO_DEVICE,
      "none of cuDNN 9.19's kernels in tf32 for a 3 x 3 convolution of 8 to 16 channels runs (6 were tried): cuDNN" },
    { "no memory for the first", 0, 1, CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED, BC_NO_MEMORY,
      "out of memory" },
    { "the fastest", 1, 0, CUDNN_STATUS_SUCCESS, BC_OK, "engine 6," },
    { "the fastest that runs", 1, 7, CUDNN_STATUS_NOT_SUPPORTED, BC_OK, "engine 8," },
    { "fast, fallback", 1, LISTED, CUDNN_STATUS_EXECUTION_FAILED, BC_OK, "engine 10," },
    { "fast, none runs", 1, ENGINES, CUDNN_STATUS_EXECUTION_FAILED, BC_NO_DEVICE, "(6 were tried)" }
};

static void
try(const struct test *t)
{
    struct bc_device   device = { .fast = t->fast, .precision = BC_PRECISION_TF32 };
    struct conv_shape  s = { CONV_FORWARD, BC_F32, 2, 10, 12, 8, 16, 3, 1 };
    struct conv_maker *maker;
    const struct conv *c = NULL, *again = NULL;
    char               text[256];
    bc_status          st;
    int                i;

    for (i = 0; i < ENGINES; i++) {
        engines[i].end = i < t->until ? t->how : CUDNN_STATUS_SUCCESS;
        engines[i].runs = 0;
    }
    CHECK(conv_maker_open(NULL, &device, 1000, &maker) == BC_OK);
    st = conv_make(maker, &s, &c);
    snprintf(text, sizeof text, "%s", bc_message());
    if (st == BC_OK)
        conv_describe(c, text, sizeof text);
    if (st != t->status || strstr(text, t->says) == NULL) {
        printf("%s: %d, %s\n", t->name, st, text);
        check_failures++;
    }
    if (st == BC_OK)
        CHECK(conv_make(maker, &s, &again) == BC_OK && again == c);
    for (i = 0; i < ENGINES; i++)       /* not fast, each is run once at most */
        CHECK(engines[i].runs <= (t->fast ? 6 : 1) && (i % 2 == 0 || engines[i].runs == 0));
    conv_maker_close(maker);
}

int
main(void)
{
    size_t i;

    for (i = 0; i < sizeof tests / sizeof tests[0]; i++)
        try(&tests[i]);
    return check_end();
}
