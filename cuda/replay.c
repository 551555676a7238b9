/* replay.c -- work that is done again and again, recorded as a graph: one launch in the place of
 * hundreds.
 *
 * It is done once as it is, which also loads the kernels, then recorded and from then on replayed.
 * All three launch the same kernels in the same order and give the same bits.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>

#include "gpu.h"
#include "plan.h"

/* Other threads may take memory on the GPU meanwhile, and more, as long as they do not wait for all of it. */
static void
record(struct bc_plan *p, struct replay *r, bc_status (*work)(struct bc_plan *p, void *arg),
       void *arg)
{
    cudaGraph_t graph = NULL;
    cudaError_t e;
    bc_status   st = BC_OK;

    gpu_lock(1);
    e = cudaStreamBeginCapture(p->stream, cudaStreamCaptureModeThreadLocal);
    if (e == cudaSuccess) {
        st = work(p, arg);
        e = cudaStreamEndCapture(p->stream, &graph);
    }
    gpu_unlock();
    if (e == cudaSuccess && st == BC_OK)
        e = cudaGraphInstantiate(&r->recorded, graph, 0);
    if (e != cudaSuccess || st != BC_OK) {
        r->recorded = NULL;
        snprintf(p->no_replay, sizeof p->no_replay, "%s", st != BC_OK ? bc_message() : cudaGetErrorString(e));
    }
    if (graph != NULL)
        cudaGraphDestroy(graph);
    cudaGetLastError();
}

bc_status
plan_replay(struct bc_plan *p, struct replay *r, bc_status (*work)(struct bc_plan *p, void *arg),
            void *arg)
{
    if (r->recorded == NULL && r->done && *p->no_replay == '\0')
        record(p, r, work, arg);
    r->done = 1;
    return r->recorded != NULL ? gpu_check(cudaGraphLaunch(r->recorded, p->stream), "replaying")
                               : work(p, arg);
}
