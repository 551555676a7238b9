/* threads.h -- a small pool of threads that shares out numbered pieces of work.
 * SPDX-License-Identifier: BSD-3-Clause */
#ifndef BC_THREADS_H
#define BC_THREADS_H

#include "bandcast.h"

struct bc_threads;

/* One piece of the work; THREAD (0 .. count - 1) says whose scratch memory to use. */
typedef void bc_work(void *arg, int item, int thread);

/* Cores whose time the control group with this FOLDER allows, rounded up: more threads than that would wait for each
 * other.  See cgroup.h. */
size_t bc_threads_group(const char *folder, int second);

/* BC_BAD_ARG if nobody can have COUNT threads. */
bc_status bc_threads_check(int count);
/* COUNT threads, the caller's own among them; 0 = bc_cores. */
bc_status bc_threads_open(int count, struct bc_threads **threads_p);
void      bc_threads_close(struct bc_threads *threads);
int       bc_threads_count(const struct bc_threads *threads);

/* Do items 0 .. nitem - 1 (at most BC_MAX_ITEMS), each once, by whichever thread is free;
 * returns when all are done.  Nobody waits for a thread that the system does not let run: the
 * others take its share. */
enum { BC_MAX_ITEMS = (1 << 20) - 1 };
void bc_threads_run(struct bc_threads *threads, bc_work *work, void *arg, int nitem);

#endif
