/* threads.c -- a small pool of threads that shares out numbered pieces of work.
 *
 * A job's items are divided into as many ranges as there are threads.  Each thread begins with its
 * own range, and so finds in its core's cache what it computed there in the job before; then it
 * takes what is left of the others'.  A range is one word: its job's number, its end, and the next
 * item.  Taking an item is one compare-and-swap of that word, which fails if the job has changed
 * meanwhile; therefore the caller waits for items that were taken and never for a thread, and a
 * thread that wakes up late finds nothing to do.
 * SPDX-License-Identifier: BSD-3-Clause */
#include "threads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "status.h"

enum { ITEM_BITS = 20, MAX_THREADS = 1024 };

/* How long a thread polls before it goes to sleep: longer than the gap between two layers, as
 * waking up costs about as much; too short to take a core away from anybody. */
enum { SPIN_NS = 50000, POLLS = 32 };

struct range {
    _Alignas(64) _Atomic uint64_t word;     /* number << 40 | end << 20 | next item */
};

struct bc_threads {
    int              count;
    struct range    *range;             /* one for each thread */
    pthread_t       *thread;            /* count - 1 of them */
    int              nstarted;
    _Atomic uint64_t number;            /* of the job */
    bc_work         *work;
    void            *arg;
    int              nitem;
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

static int64_t
now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Take the items of a range until there are none. */
static void
take(struct bc_threads *t, struct range *r, int id)
{
    uint64_t word = atomic_load_explicit(&r->word, memory_order_acquire);

    while ((word & BC_MAX_ITEMS) < (word >> ITEM_BITS & BC_MAX_ITEMS)) {
        int n;

        if (!atomic_compare_exchange_weak_explicit(&r->word, &word, word + 1, memory_order_acq_rel,
                                                   memory_order_acquire))
            continue;
        n = t->nitem;           /* of this job: it goes on as long as this item is not done */
        t->work(t->arg, (int)(word & BC_MAX_ITEMS), id);
        if (atomic_fetch_add(&t->done, 1) + 1 == n && atomic_load(&t->caller_asleep)) {
            pthread_mutex_lock(&t->lock);
            pthread_cond_signal(&t->finished);
            pthread_mutex_unlock(&t->lock);
        }
        word = atomic_load_explicit(&r->word, memory_order_acquire);
    }
}

static void
take_all(struct bc_threads *t, int id)
{
    int i;

    for (i = 0; i < t->count; i++)
        take(t, &t->range[(id + i) % t->count], id);
}

static int
has_news(struct bc_threads *t, uint64_t seen)
{
    return atomic_load(&t->number) != seen;
}

static int
is_done(struct bc_threads *t, uint64_t unused)
{
    (void)unused;
    return atomic_load(&t->done) == t->nitem;
}

/* Poll for a while. */
static int
poll_for(int (*what)(struct bc_threads *t, uint64_t seen), struct bc_threads *t, uint64_t seen)
{
    int64_t start = now();
    int     i;

    do
        for (i = 0; i < POLLS; i++) {
            if (what(t, seen))
                return 1;
            relax();
        }
    while (now() - start < SPIN_NS);
    return 0;
}

static void *
worker(void *arg)
{
    struct bc_threads *t = arg;
    int                id = atomic_fetch_add(&t->next_id, 1), stop = 0;
    uint64_t           seen = 0;

    while (!stop) {
        if (!poll_for(has_news, t, seen)) {
            pthread_mutex_lock(&t->lock);
            atomic_fetch_add(&t->nasleep, 1);
            while (!has_news(t, seen) && !t->stop)
                pthread_cond_wait(&t->wake, &t->lock);
            atomic_fetch_sub(&t->nasleep, 1);
            stop = t->stop;
            pthread_mutex_unlock(&t->lock);
        }
        seen = atomic_load(&t->number);
        take_all(t, id);
    }
    return NULL;
}

/* The words of a new job.  Its number is made known last: who sees it finds all of them. */
static void
begin(struct bc_threads *t, int nitem)
{
    uint64_t number = atomic_load(&t->number) + 1;
    int      i;

    atomic_store(&t->done, 0);
    t->nitem = nitem;
    for (i = 0; i < t->count; i++) {
        uint64_t first = (uint64_t)nitem * i / t->count, end = (uint64_t)nitem * (i + 1) / t->count;

        atomic_store(&t->range[i].word, number << 2 * ITEM_BITS | end << ITEM_BITS | first);
    }
    atomic_store(&t->number, number);
}

void
bc_threads_run(struct bc_threads *t, bc_work *work, void *arg, int nitem)
{
    int i;

    if (t->count == 1 || nitem <= 1) {
        for (i = 0; i < nitem; i++)
            work(arg, i, 0);
        return;
    }
    t->work = work;
    t->arg = arg;
    begin(t, nitem);
    if (atomic_load(&t->nasleep) > 0) {
        pthread_mutex_lock(&t->lock);
        pthread_cond_broadcast(&t->wake);
        pthread_mutex_unlock(&t->lock);
    }
    take_all(t, 0);
    if (!poll_for(is_done, t, 0)) {
        pthread_mutex_lock(&t->lock);
        atomic_store(&t->caller_asleep, 1);
        while (!is_done(t, 0))
            pthread_cond_wait(&t->finished, &t->lock);
        atomic_store(&t->caller_asleep, 0);
        pthread_mutex_unlock(&t->lock);
    }
}

/* ---- how many --------------------------------------------------------------------------------- */

/* Those that this process may run on. */
static size_t
cores(void)
{
    long n;
#if defined __linux__
    cpu_set_t set;

    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (size_t)CPU_COUNT(&set);
#endif
    n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : n > MAX_THREADS ? MAX_THREADS : (size_t)n;
}

/* The numbers in FOLDER/FILE, two at most. */
static void
read_numbers(const char *folder, const char *file, long *a, long *b)
{
    char  name[1200];
    FILE *f;

    snprintf(name, sizeof name, "%s/%s", folder, file);
    f = fopen(name, "r");
    if (f == NULL)
        return;
    if (fscanf(f, "%ld %ld", a, b) < 1)
        *a = -1;
    fclose(f);
}

size_t
bc_threads_group(const char *folder, int second)
{
    long quota = -1, period = 0, none;      /* microseconds of processors in so many microseconds */

    if (second) {
        read_numbers(folder, "cpu.max", &quota, &period);       /* "max 100000": no limit */
    } else {
        read_numbers(folder, "cpu.cfs_quota_us", &quota, &none);        /* -1: no limit */
        read_numbers(folder, "cpu.cfs_period_us", &period, &none);
    }
    return quota > 0 && period > 0 ? (size_t)(1 + (quota - 1) / period) : SIZE_MAX;
}

int
bc_cores(void)
{
    size_t machine = cores(), group = bc_cgroup_own("cpu", bc_threads_group);

    return (int)(group < machine ? group : machine);
}

/* ---- begin and end ---------------------------------------------------------------------------- */

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
bc_threads_check(int count)
{
    if (count < 0 || count > MAX_THREADS)
        return bc_fail(BC_BAD_ARG, "threads=%d: 0 (all cores) to %d are possible", count, MAX_THREADS);
    return BC_OK;
}

bc_status
bc_threads_open(int count, struct bc_threads **threads_p)
{
    struct bc_threads *t;
    int                i;
    bc_status          st = bc_threads_check(count);

    if (st != BC_OK)
        return st;
    t = calloc(1, sizeof *t);
    if (t == NULL)
        return bc_fail_memory(sizeof *t, "threads");
    t->count = count > 0 ? count : bc_cores();
    t->next_id = 1;
    pthread_mutex_init(&t->lock, NULL);
    pthread_cond_init(&t->wake, NULL);
    pthread_cond_init(&t->finished, NULL);
    t->thread = calloc((size_t)t->count, sizeof *t->thread);
    t->range = aligned_alloc(64, (size_t)t->count * sizeof *t->range);
    for (i = 0; t->range != NULL && i < t->count; i++)
        atomic_init(&t->range[i].word, 0);
    if (t->thread == NULL || t->range == NULL || start(t) != 0) {
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
    free(t->range);
    free(t->thread);
    free(t);
}

int
bc_threads_count(const struct bc_threads *t)
{
    return t->count;
}
