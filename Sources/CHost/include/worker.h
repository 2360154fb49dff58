/* Worker processes: how one is started, what it gives up before it runs a connector, and the words in memory that it
 * shares with its host. docs/workers.md says why. */
#pragma once
#include <stddef.h>
#include <stdint.h>

/* What a worker finds open, and nothing else: the library, the two rings, and the events that wake the two sides. */
enum {
  CHOST_WORKER_LIBRARY = 3,
  CHOST_WORKER_INPUTS = 4,
  CHOST_WORKER_OUTPUTS = 5,
  CHOST_WORKER_WAKE = 6,
  CHOST_WORKER_SIGNAL = 7,
};

/* The layers between a connector and the system, in the order in which they are put on. */
enum {
  CHOST_LAYER_PARENT,       /* it dies with its host */
  CHOST_LAYER_LIMITS,       /* memory, files, processes, no core */
  CHOST_LAYER_UNDUMPABLE,   /* nobody attaches to it, and it leaves no core */
  CHOST_LAYER_USER,         /* namespaces of its own */
  CHOST_LAYER_NETWORK,
  CHOST_LAYER_MOUNT,
  CHOST_LAYER_IPC,
  CHOST_LAYER_CAPABILITIES, /* none */
  CHOST_LAYER_PRIVILEGES,   /* no_new_privs */
  CHOST_LAYER_LANDLOCK,     /* no file but the system's libraries, no TCP, no signal to others */
  CHOST_LAYER_FIRST_FILTER, /* seccomp, while the library is loaded and its constructors run */
  CHOST_LAYER_FINAL_FILTER, /* seccomp, from then on */
  CHOST_LAYER_COUNT
};

/* Starts a worker with these descriptors as its CHOST_WORKER_ ones and no other, without environment, in a process
 * group of its own. Sets *pid, and *watch to a descriptor that becomes readable when it ends, or -1. 0, or minus errno.
 * It dies when the thread that calls this ends. */
int chost_worker_start(
    const char *program, char *const arguments[], const int descriptors[5], int *pid, int *watch);

/* How a process has ended, once: the signal's number, 256 plus its exit code, or -1 as long as it runs. */
int chost_worker_ended(int pid);

/* Ends a worker and whatever it might have started. Its end is still to be asked for. */
void chost_worker_kill(int pid);

/* Nanoseconds of processor time that a process has used; -1 where that cannot be known. */
int64_t chost_worker_time(int pid);

/* Puts on every layer up to the first filter. Each one's state: 0 = it holds, else the errno for which it is missing;
 * -1 = not tried yet. 0, or minus the errno of a layer without which nothing may be loaded. */
int chost_worker_confine(int parent, uint64_t memory, int32_t layers[CHOST_LAYER_COUNT]);

/* Puts on the final filter, and closes files for good. 0, or minus errno. */
int chost_worker_seal(int32_t layers[CHOST_LAYER_COUNT]);

/* A memory file of so many bytes that nobody can shrink, grow or run. Its descriptor, or minus errno. */
int chost_ring_create(size_t bytes);

/* From now on nobody can map it for writing any more; who has, still writes. 0, or minus errno. */
int chost_ring_close_to_writers(int descriptor);

/* Maps a memory file; writable: 1 or 0. Null where that fails. */
void *chost_ring_map(int descriptor, size_t bytes, int writable);
void chost_ring_unmap(void *start, size_t bytes);

/* An event that is waited for (by the worker) or polled (by the host: isWaiting 0). Its descriptor, or minus errno. */
int chost_event_create(int is_waiting);

/* Waits for an event until it is signalled, or takes it back without waiting. */
void chost_event_take(int descriptor);
void chost_event_signal(int descriptor);

/* Waits until a descriptor is readable, at most so many milliseconds; 1, or 0. */
int chost_wait_readable(int descriptor, int other, int milliseconds);

/* Words that two processes share. */
static inline uint64_t chost_word_load(const void *word) {
  return __atomic_load_n((const uint64_t *)word, __ATOMIC_ACQUIRE);
}

static inline void chost_word_store(void *word, uint64_t value) {
  __atomic_store_n((uint64_t *)word, value, __ATOMIC_RELEASE);
}

static inline void chost_fence(void) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }

/* A short rest of a loop that waits for another processor. */
static inline void chost_rest(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
