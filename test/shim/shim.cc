/* shim.cc -- runs a kernel's threads on the processor: one context each, one block after the other, in
 * an order that changes from launch to launch, so that what needs a barrier and has none shows.
 * Shared memory is filled with NaN before a block begins, and device memory when it is allocated (runtime.cc).
 * SPDX-License-Identifier: BSD-3-Clause */
#undef _FORTIFY_SOURCE          /* which takes a longjmp to another stack for an error */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <numeric>
#include <vector>

#include "cuda_runtime.h"

#if defined __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

enum { WARP = 32, MOST = 1024, STACK = 256 * 1024, SHARED = 48 * 1024, GUARD = 64, SLOT = 16 };

uint3 threadIdx, blockIdx;
dim3  blockDim, gridDim;

alignas(16) unsigned char shared_memory[SHARED + GUARD];

namespace {

/* All that meet at a barrier; the last to come starts the next generation. */
struct barrier { unsigned generation, arrived, expected; };

/* Two sets of slots in turn, so that one barrier a shuffle is enough. */
struct warp {
    barrier meet;
    char    slot[2][WARP][SLOT];
};

/* A context begins a thread; from then on jumps, which ask nothing of the system, are enough, but not for
 * AddressSanitizer. */
struct thread {
    ucontext_t     context;
    jmp_buf        place;
    uint3          index;
    int            begun, done;
    const barrier *at;              /* what it waits for, until */
    unsigned       seen;            /* this generation is over */
    void          *fake;            /* AddressSanitizer's own stack */
};

std::vector<thread>          threads;
std::vector<char>            stacks;
warp                         warps[MOST / WARP];
barrier                      whole;
#if defined __SANITIZE_ADDRESS__
ucontext_t                   scheduler;
#else
jmp_buf                      scheduler;
#endif
thread                      *now;
const std::function<void()> *body;
unsigned                     order;
#if defined __SANITIZE_ADDRESS__
const void                  *main_stack;
size_t                       main_size;
#endif

[[noreturn]] void
fail(const char *what)
{
    fprintf(stderr, "shim: %s (block %u %u %u)\n", what, blockIdx.x, blockIdx.y, blockIdx.z);
    exit(EXIT_FAILURE);
}

/* From the running thread to the scheduler. */
void
leave(int for_good)
{
#if defined __SANITIZE_ADDRESS__
    thread *self = now;

    __sanitizer_start_switch_fiber(for_good ? nullptr : &self->fake, main_stack, main_size);
    swapcontext(&self->context, &scheduler);
    __sanitizer_finish_switch_fiber(self->fake, &main_stack, &main_size);
#else
    (void)for_good;
    if (_setjmp(now->place) == 0)
        _longjmp(scheduler, 1);
#endif
}

void
enter()
{
#if defined __SANITIZE_ADDRESS__
    __sanitizer_finish_switch_fiber(nullptr, &main_stack, &main_size);
#endif
    (*body)();
    now->done = 1;
    leave(1);
}

/* From the scheduler to a thread, until it leaves. */
void
resume(thread *t, size_t number)
{
    now = t;
    threadIdx = t->index;
#if defined __SANITIZE_ADDRESS__
    void *fake;

    __sanitizer_start_switch_fiber(&fake, &stacks[number * STACK], STACK);
    swapcontext(&scheduler, &t->context);
    __sanitizer_finish_switch_fiber(fake, nullptr, nullptr);
#else
    (void)number;
    if (_setjmp(scheduler) == 0) {
        if (t->begun++)
            _longjmp(t->place, 1);
        setcontext(&t->context);
    }
#endif
}

void
meet(barrier *b)
{
    if (++b->arrived == b->expected) {
        b->arrived = 0;
        b->generation++;
        return;
    }
    now->at = b;
    now->seen = b->generation;
    leave(0);
}

unsigned
lane()
{
    return threadIdx.x + blockDim.x * (threadIdx.y + blockDim.y * threadIdx.z);
}

void
begin_thread(unsigned i)
{
    thread *t = &threads[i];

    t->begun = t->done = 0;
    t->at = NULL;
    t->index = { i % blockDim.x, i / blockDim.x % blockDim.y, i / blockDim.x / blockDim.y };
    getcontext(&t->context);
    t->context.uc_stack.ss_sp = &stacks[(size_t)i * STACK];
    t->context.uc_stack.ss_size = STACK;
    t->context.uc_link = NULL;
    makecontext(&t->context, enter, 0);
}

void
begin_block(unsigned n)
{
    whole = { 0, 0, n };
    for (unsigned i = 0; i < n; i += WARP)
        warps[i / WARP].meet = { 0, 0, (unsigned)min((int)(n - i), WARP) };
    memset(shared_memory, 0xff, sizeof shared_memory);
    for (unsigned i = 0; i < n; i++)
        begin_thread(i);
}

void
run_block(size_t n, size_t shared)
{
    size_t left = n, stride = 1 + order * 97 % n;

    begin_block(n);
    while (std::gcd(stride, n) != 1)
        stride++;
    order++;
    while (left > 0) {
        size_t ran = 0;

        for (size_t k = 0; k < n; k++) {
            size_t  i = (k * stride + order) % n;
            thread *t = &threads[i];

            if (t->done || (t->at != NULL && t->at->generation == t->seen))
                continue;
            t->at = NULL;
            resume(t, i);
            left -= t->done;
            ran++;
        }
        if (ran == 0)
            fail("threads wait at a barrier that others never reach");
    }
    for (size_t i = shared; i < sizeof shared_memory; i++)
        if (shared_memory[i] != 0xff)
            fail("a write beyond the block's shared memory");
}

}

void
shim_syncthreads(void)
{
    meet(&whole);
}

void
shim_shuffle(void *value, size_t bytes, int lanes)
{
    unsigned self = lane();
    warp    *w = &warps[self / WARP];
    char   (*slot)[SLOT] = w->slot[w->meet.generation % 2];

    if (bytes > SLOT || (self % WARP ^ lanes) >= w->meet.expected)
        fail("a shuffle with no partner");
    memcpy(slot[self % WARP], value, bytes);
    meet(&w->meet);
    memcpy(value, slot[self % WARP ^ lanes], bytes);
}

static void
run_grid(const cudaLaunchConfig_t &config, const std::function<void()> &kernel)
{
    dim3 g = config.gridDim, b = config.blockDim;

    threads.resize(MOST);
    stacks.resize((size_t)MOST * STACK);
    gridDim = g;
    blockDim = b;
    body = &kernel;
    for (blockIdx.z = 0; blockIdx.z < g.z; blockIdx.z++)
        for (blockIdx.y = 0; blockIdx.y < g.y; blockIdx.y++)
            for (blockIdx.x = 0; blockIdx.x < g.x; blockIdx.x++)
                run_block((size_t)b.x * b.y * b.z, config.dynamicSmemBytes);
}

cudaError_t
shim_launch(const cudaLaunchConfig_t *config, const std::function<void()> &kernel)
{
    cudaLaunchConfig_t copy = *config;
    dim3               g = copy.gridDim, b = copy.blockDim;
    size_t             n = (size_t)b.x * b.y * b.z;

    if (n == 0 || n > MOST || b.z > 64 || g.x == 0 || g.y == 0 || g.z == 0 || g.x > 0x7fffffff
        || g.y > 65535 || g.z > 65535 || config->dynamicSmemBytes > SHARED)
        return cudaErrorInvalidConfiguration;
    return shim_put(copy.stream, [=] { run_grid(copy, kernel); });
}

cudaError_t
cudaGetDeviceCount(int *count)
{
    *count = 1;
    return cudaSuccess;
}
