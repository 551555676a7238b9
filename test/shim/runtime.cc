/* runtime.cc -- streams, events and graphs on the processor.  What a stream is given waits until somebody waits for it,
 * and then the streams take turns in an order that has no rule, so that what needs an event and has none shows.
 * SPDX-License-Identifier: BSD-3-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <deque>
#include <vector>

#include "cuda_runtime.h"

/* How often it was asked to be recorded, and how many of those have come. */
struct CUevent_st { unsigned long asked, come; };

/* Work; or, with an event, its record number TURN or the wait for that. */
struct step { std::function<void()> work; cudaEvent_t event; unsigned long turn; bool wait; };

struct CUgraph_st { std::vector<step> steps; };
struct CUgraphExec_st { std::vector<step> steps; };
struct CUstream_st { std::deque<step> steps; cudaGraph_t graph; bool spoiled; };

int shim_records = 1;

namespace {

std::vector<cudaStream_t> streams;
unsigned                  random_bits = 1;

bool
can_go(cudaStream_t s)
{
    return !s->steps.empty() && !(s->steps.front().wait && s->steps.front().event->come < s->steps.front().turn);
}

void
go(cudaStream_t s)
{
    step next = s->steps.front();

    s->steps.pop_front();
    if (next.work)
        next.work();
    else if (!next.wait)
        next.event->come = next.turn;
}

/* One step of one stream; they wait for each other only where they must. */
void
go_on()
{
    std::vector<cudaStream_t> ready;

    for (cudaStream_t s : streams)
        if (can_go(s))
            ready.push_back(s);
    if (ready.empty()) {
        fprintf(stderr, "shim: a wait that never ends\n");
        exit(EXIT_FAILURE);
    }
    random_bits = 1664525 * random_bits + 1013904223;
    go(ready[(random_bits >> 16) % ready.size()]);
}

/* A call that might wait for the whole GPU: the stream that is being recorded is lost by it. */
cudaError_t
disturb()
{
    cudaError_t e = cudaSuccess;

    for (cudaStream_t s : streams)
        if (s->graph != NULL) {
            s->spoiled = true;
            e = cudaErrorStreamCaptureUnsupported;
        }
    return e;
}

/* And one that does. */
cudaError_t
all()
{
    for (cudaStream_t s : streams)
        while (!s->steps.empty())
            go_on();
    return disturb();
}

cudaError_t
put(cudaStream_t s, const step &next)
{
    if (s == NULL && next.work)
        next.work();
    else if (s == NULL)
        next.event->come = next.turn;
    else if (s->graph != NULL && next.work)
        s->graph->steps.push_back(next);
    else if (s->graph != NULL)
        s->spoiled = true;
    else
        s->steps.push_back(next);
    return cudaSuccess;
}

}

cudaError_t
shim_put(cudaStream_t stream, const std::function<void()> &work)
{
    return put(stream, { work, NULL, 0, false });
}

void
shim_later(cudaStream_t stream, void (*work)(const void *), const void *arg, size_t bytes)
{
    std::vector<char> copy((const char *)arg, (const char *)arg + bytes);

    shim_put(stream, [=] { work(copy.data()); });
}

cudaError_t
cudaGetLastError(void)
{
    return cudaSuccess;
}

cudaError_t
cudaSetDevice(int number)
{
    return number == 0 ? cudaSuccess : cudaErrorInvalidValue;
}

cudaError_t
cudaGetDeviceProperties(struct cudaDeviceProp *of, int number)
{
    (void)number;
    snprintf(of->name, sizeof of->name, "A Processor With The Longest Name of All Those on Sale");
    of->major = 9;
    of->minor = 0;
    return cudaSuccess;
}

cudaError_t
cudaDeviceSynchronize(void)
{
    return all();
}

/* ---- streams and events ------------------------------------------------------------------------ */

cudaError_t
cudaStreamCreateWithFlags(cudaStream_t *stream, unsigned flags)
{
    (void)flags;
    streams.push_back(*stream = new CUstream_st());
    return cudaSuccess;
}

cudaError_t
cudaStreamDestroy(cudaStream_t stream)
{
    cudaStreamSynchronize(stream);
    for (size_t i = 0; i < streams.size(); i++)
        if (streams[i] == stream)
            streams.erase(streams.begin() + (long)i--);
    delete stream;
    return cudaSuccess;
}

cudaError_t
cudaStreamSynchronize(cudaStream_t stream)
{
    if (stream->graph != NULL) {
        stream->spoiled = true;
        return cudaErrorStreamCaptureUnsupported;
    }
    while (!stream->steps.empty())
        go_on();
    return cudaSuccess;
}

cudaError_t
cudaStreamWaitEvent(cudaStream_t stream, cudaEvent_t event, unsigned flags)
{
    (void)flags;
    return put(stream, { {}, event, event->asked, true });
}

cudaError_t
cudaEventCreateWithFlags(cudaEvent_t *event, unsigned flags)
{
    (void)flags;
    *event = new CUevent_st();
    return cudaSuccess;
}

cudaError_t
cudaEventDestroy(cudaEvent_t event)
{
    all();
    delete event;
    return cudaSuccess;
}

cudaError_t
cudaEventRecord(cudaEvent_t event, cudaStream_t stream)
{
    return put(stream, { {}, event, ++event->asked, false });
}

cudaError_t
cudaEventSynchronize(cudaEvent_t event)
{
    while (event->come < event->asked)
        go_on();
    return cudaSuccess;
}

/* ---- memory ------------------------------------------------------------------------------------ */

int shim_allocations = -1;

cudaError_t
cudaMalloc(void **at, size_t bytes)
{
    cudaError_t e = disturb();

    if (e != cudaSuccess || shim_allocations == 0)
        return e != cudaSuccess ? e : cudaErrorMemoryAllocation;
    shim_allocations--;
    *at = aligned_alloc(256, (bytes + 255) / 256 * 256);
    if (*at == NULL)
        return cudaErrorMemoryAllocation;
    memset(*at, 0xff, bytes);
    return cudaSuccess;
}

cudaError_t
cudaFree(void *at)
{
    cudaError_t e = all();

    free(at);
    return e;
}

cudaError_t
cudaHostAlloc(void **at, size_t bytes, unsigned flags)
{
    (void)flags;
    return cudaMalloc(at, bytes);
}

cudaError_t
cudaFreeHost(void *at)
{
    return cudaFree(at);
}

cudaError_t
cudaMemset(void *at, int value, size_t bytes)
{
    memset(at, value, bytes);
    return cudaSuccess;
}

cudaError_t
cudaMemcpy(void *to, const void *from, size_t bytes, enum cudaMemcpyKind)
{
    memcpy(to, from, bytes);
    return cudaSuccess;
}

cudaError_t
cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind, cudaStream_t stream)
{
    return shim_put(stream, [=] { memcpy(to, from, bytes); });
}

cudaError_t
cudaMemsetAsync(void *at, int value, size_t bytes, cudaStream_t stream)
{
    return shim_put(stream, [=] { memset(at, value, bytes); });
}

/* ---- graphs ------------------------------------------------------------------------------------ */

cudaError_t
cudaStreamBeginCapture(cudaStream_t stream, enum cudaStreamCaptureMode mode)
{
    (void)mode;
    if (!shim_records)
        return cudaErrorNotSupported;
    stream->graph = new CUgraph_st();
    stream->spoiled = false;
    return cudaSuccess;
}

cudaError_t
cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t *graph)
{
    *graph = stream->graph;
    stream->graph = NULL;
    if (!stream->spoiled)
        return cudaSuccess;
    delete *graph;
    *graph = NULL;
    return cudaErrorStreamCaptureInvalidated;
}

cudaError_t
cudaGraphInstantiate(cudaGraphExec_t *exec, cudaGraph_t graph, unsigned long long flags)
{
    (void)flags;
    *exec = new CUgraphExec_st{ graph->steps };
    return cudaSuccess;
}

cudaError_t
cudaGraphLaunch(cudaGraphExec_t exec, cudaStream_t stream)
{
    for (const step &s : exec->steps)
        put(stream, s);
    return cudaSuccess;
}

cudaError_t
cudaGraphDestroy(cudaGraph_t graph)
{
    delete graph;
    return cudaSuccess;
}

cudaError_t
cudaGraphExecDestroy(cudaGraphExec_t exec)
{
    delete exec;
    return cudaSuccess;
}

const char *
cudaGetErrorString(cudaError_t e)
{
    return e == cudaSuccess ? "no error" : e == cudaErrorMemoryAllocation ? "out of memory"
        : e == cudaErrorInvalidConfiguration ? "invalid configuration" : e == cudaErrorNotSupported ? "not supported"
        : e == cudaErrorStreamCaptureUnsupported ? "not while a stream is recorded" : "invalid value";
}
