/* threads.c -- a small pool of threads that shares out numbered pieces of work.
 *
 * A job is one word: its number, how many items it has, and the next one to be taken.  Taking
 * an item is one compare-and-swap of that word, which fails if the job has changed meanwhile;
 * therefore the caller waits for items that were taken and never for a thread, and a thread
 * that wakes up late finds nothing to do.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "status.h"

enum { ITEM_BITS = 20, MAX_THREADS = 1024 };

/* Polls before a thread goes to sleep: some 10 microseconds, the gap between two layers. */
enum { SPINS = 400 };

struct bc_threads {
    int              count;
    pthread_t       *thread;            /* count - 1 of them */
    int              nstarted;
    _Atomic uint64_t job;               /* number << 40 | nitem << 20 | next item */
    bc_work         *work;
    void            *arg;
    atomic_int       done;              /* items finished of this job */
    atomic_int       nasleep;
    atomic_int       caller_asleep;
    int              stop;
    pthread_mutex_t  lock;
    pthread_cond_t   wake, finished;
    atomic_int       next_id;
};

static inline void
relax(void)
{
#if defined __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile ("yield");
#endif
}

static int
job_items(uint64_t job)
{
    return (int)(job >> ITEM_BITS & BC_MAX_ITEMS);
}

static int
job_next(uint64_t job)
{
    return (int)(job & BC_MAX_ITEMS);
}

/* Take items of the current job until there are none. */
static void
take(struct bc_threads *t, int id)
{
    uint64_t job = atomic_load_explicit(&t->job, memory_order_acquire);

    while (job_next(job) < job_items(job)) {
        int n = job_items(job);

        if (!atomic_compare_exchange_weak_explicit(&t->job, &job, job + 1, memory_order_acq_rel,
                                                   memory_order_acquire))
            continue;
        t->work(t->arg, job_next(job), id);
        if (atomic_fetch_add(&t->done, 1) + 1 == n && atomic_load(&t->caller_asleep)) {
            pthread_mutex_lock(&t->lock);
            pthread_cond_signal(&t->finished);
            pthread_mutex_unlock(&t->lock);
        }
        job = atomic_load_explicit(&t->job, memory_order_acquire);
    }
}

static int
idle(struct bc_threads *t)
{
    uint64_t job = atomic_load(&t->job);

    return job_next(job) >= job_items(job);
}

static void *
worker(void *arg)
{
    struct bc_threads *t = arg;
    int                id = atomic_fetch_add(&t->next_id, 1), spin, stop = 0;

    while (!stop) {
        for (spin = 0; spin < SPINS && idle(t); spin++)
            relax();
        if (spin == SPINS) {
            pthread_mutex_lock(&t->lock);
            atomic_fetch_add(&t->nasleep, 1);
            while (idle(t) && !t->stop)
                pthread_cond_wait(&t->wake, &t->lock);
            atomic_fetch_sub(&t->nasleep, 1);
            stop = t->stop;
            pthread_mutex_unlock(&t->lock);
        }
        take(t, id);
    }
    return NULL;
}

void
bc_threads_run(struct bc_threads *t, bc_work *work, void *arg, int nitem)
{
    uint64_t number;
    int      i;

    if (t->count == 1 || nitem <= 1) {
        for (i = 0; i < nitem; i++)
            work(arg, i, 0);
        return;
    }
    t->work = work;
    t->arg = arg;
    atomic_store(&t->done, 0);
    number = (atomic_load(&t->job) >> 2 * ITEM_BITS) + 1;
    atomic_store(&t->job, number << 2 * ITEM_BITS | (uint64_t)nitem << ITEM_BITS);
    if (atomic_load(&t->nasleep) > 0) {
        pthread_mutex_lock(&t->lock);
        pthread_cond_broadcast(&t->wake);
        pthread_mutex_unlock(&t->lock);
    }
    take(t, 0);
    for (i = 0; i < SPINS && atomic_load(&t->done) < nitem; i++)
        relax();
    if (atomic_load(&t->done) < nitem) {
        pthread_mutex_lock(&t->lock);
        atomic_store(&t->caller_asleep, 1);
        while (atomic_load(&t->done) < nitem)
            pthread_cond_wait(&t->finished, &t->lock);
        atomic_store(&t->caller_asleep, 0);
        pthread_mutex_unlock(&t->lock);
    }
}

static int
cores(void)
{
    long n;
#if defined __linux__
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
#endif
    n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (int)n;
}

/* Signals belong to the caller's thread: the pool's threads take none. */
static int
start(struct bc_threads *t)
{
    sigset_t all, old;
    int      failed = 0;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    while (!failed && t->nstarted < t->count - 1) {
        failed = pthread_create(&t->thread[t->nstarted], NULL, worker, t);
        if (!failed)
            t->nstarted++;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return failed;
}

bc_status
bc_threads_open(int count, struct bc_threads **threads_p)
{
    struct bc_threads *t;

    if (count < 0 || count > MAX_THREADS)
        return bc_fail(BC_BAD_ARG, "threads=%d: 0 (all cores) to %d are possible", count,
                       MAX_THREADS);
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return bc_fail_memory(sizeof *t, "threads");
    t->count = count > 0 ? count : cores();
    t->next_id = 1;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    pthread_cond_init(&t->finished, NULL);
    t->thread = calloc((size_t)t->count, sizeof *t->thread);
    if (t->thread == NULL || start(t) != 0) {
        count = t->count;
        bc_threads_close(t);
        return bc_fail(BC_NO_MEMORY, "threads=%d: the system does not give that many", count);
    }
    *threads_p = t;
    return BC_OK;
}

void
bc_threads_close(struct bc_threads *t)
{
    int i;

    if (t == NULL)
        return;
    pthread_mutex_lock(&t->lock);
    t->stop = 1;
    pthread_cond_broadcast(&t->wake);
    pthread_mutex_unlock(&t->lock);
    for (i = 0; i < t->nstarted; i++)
        pthread_join(t->thread[i], NULL);
    pthread_cond_destroy(&t->wake);
    pthread_cond_destroy(&t->finished);
    pthread_mutex_destroy(&t->lock);
    free(t->thread);
    free(t);
}

int
bc_threads_count(const struct bc_threads *t)
{
    return t->count;
}
