/* The host's side of patchbay_feed.h: writing. Not for readers. Called by one thread for each lane; memory is the
 * host's own mapping of the segment. Nothing here allocates, locks or, but for feed_wake and feed_ring_bell, enters
 * the system. */
#pragma once
#include "patchbay_feed.h"
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static inline void feed_store(void *word, uint64_t value) {
  __atomic_store_n((uint64_t *)word, value, __ATOMIC_RELAXED);
}

/* Two numbers as the word that they are in memory. Made in a register: a word that is loaded right after its halves
 * were stored would wait for them. */
static inline uint64_t feed_pair(uint32_t first, uint32_t second) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  return (uint64_t)second << 32 | first;
#else
  return (uint64_t)first << 32 | second;
#endif
}

/* Begins a change of what a lock guards; gives what feed_end is to be given. */
static inline uint64_t feed_begin(uint64_t *lock) {
  uint64_t before = __atomic_load_n(lock, __ATOMIC_RELAXED);
  __atomic_store_n(lock, before + 1, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  return before;
}

static inline void feed_end(uint64_t *lock, uint64_t before) {
  __atomic_store_n(lock, before + 2, __ATOMIC_RELEASE);
}

/* Stores whole words that readers may be copying. */
static inline void feed_copy(void *to, const void *from, size_t bytes) {
  for (size_t at = 0; at + 8 <= bytes; at += 8) {
    uint64_t word;
    memcpy(&word, (const uint8_t *)from + at, 8);
    feed_store((uint8_t *)to + at, word);
  }
}

/* Changes what a lock guards, which is its first word; the first word of `from` does not count. */
static inline void feed_put(void *to, const void *from, size_t bytes) {
  uint64_t before = feed_begin((uint64_t *)to);
  feed_copy((uint8_t *)to + 8, (const uint8_t *)from + 8, bytes - 8);
  feed_end((uint64_t *)to, before);
}

/* Stores the touch of a book. */
static inline void feed_put_touch(
  pb_feed_touch *touch, uint32_t state, uint32_t reason, pb_feed_level bid, pb_feed_level ask, uint64_t sequence,
  int64_t mono_ns, int64_t venue_ns) {
  uint64_t *words = (uint64_t *)(void *)touch;
  uint64_t before = feed_begin(words);
  feed_store(words + 1, feed_pair(state, reason));
  feed_store(words + 2, (uint64_t)bid.price);
  feed_store(words + 3, (uint64_t)bid.quantity);
  feed_store(words + 4, (uint64_t)ask.price);
  feed_store(words + 5, (uint64_t)ask.quantity);
  feed_store(words + 6, sequence);
  feed_store(words + 7, (uint64_t)mono_ns);
  feed_store(words + 8, (uint64_t)venue_ns);
  feed_end(words, before);
}

/* Stores levels that lie with the best at their end, best first. */
static inline void feed_put_levels(pb_feed_level *to, const void *from, size_t count) {
  for (size_t index = 0; index < count; index++) {
    feed_copy(to + index, (const uint8_t *)from + (count - 1 - index) * sizeof *to, sizeof *to);
  }
}

/* A ring, as its lane keeps it. */
typedef struct feed_ring {
  pb_feed_lane *lane;
  uint8_t *bytes;
  uint64_t size;
  uint64_t position;
  uint64_t number;
} feed_ring;

/* Lines that are fetched ahead of the ring's end: an entry of a usual change of a book. */
enum { FEED_LINES_AHEAD = 8 };

/* Appends a record. One that is larger than half of the ring is left out but for its beginning. */
static inline void feed_append(
  feed_ring *ring, const void *record, uint32_t bytes, uint32_t instance, int64_t mono_ns, int64_t wall_ns) {
  uint32_t kind = PB_FEED_ENTRY_RECORD;
  if (bytes > ring->size / 2 - sizeof(pb_feed_entry)) {
    bytes = 24;
    kind = PB_FEED_ENTRY_OMITTED;
  }
  uint32_t whole = (uint32_t)sizeof(pb_feed_entry) + bytes;
  uint64_t at = ring->position & (ring->size - 1);
  uint64_t left = ring->size - at;
  uint64_t skipped = left < whole ? left : 0;
  uint64_t end = ring->position + skipped + whole;
  __atomic_store_n(&ring->lane->reserve, end, __ATOMIC_RELAXED);
  __atomic_thread_fence(__ATOMIC_RELEASE);
  if (skipped) {
    feed_store(ring->bytes + at, feed_pair((uint32_t)skipped, PB_FEED_ENTRY_PAD));
    at = 0;
  }
  uint64_t *words = (uint64_t *)(void *)(ring->bytes + at);
  feed_store(words, feed_pair(whole, kind));
  feed_store(words + 1, ++ring->number);
  feed_store(words + 2, feed_pair(instance, 0));
  feed_store(words + 3, (uint64_t)mono_ns);
  feed_store(words + 4, (uint64_t)wall_ns);
  feed_copy(words + 5, record, bytes);
  ring->position = end;
  __atomic_store_n(&ring->lane->records, ring->number, __ATOMIC_RELAXED);
  __atomic_store_n(&ring->lane->commit, end, __ATOMIC_RELEASE);
  /* A ring is larger than the near caches: the lines that the next record goes to are fetched while it is made. What
   * lies behind the end is only asked for. */
  const uint8_t *next = ring->bytes + (end & (ring->size - 1));
  for (int line = 0; line < FEED_LINES_AHEAD; line++) __builtin_prefetch(next + line * 64, 1, 3);
}

static inline void feed_beat(pb_feed_lane *lane, int64_t mono_ns) {
  __atomic_store_n(&lane->beat_ns, mono_ns, __ATOMIC_RELEASE);
}

static inline void feed_set_state(pb_feed_head *head, uint32_t state) {
  __atomic_store_n(&head->state, state, __ATOMIC_RELEASE);
}

static inline uint32_t feed_state(const pb_feed_head *head) {
  return __atomic_load_n(&head->state, __ATOMIC_ACQUIRE);
}

static inline void feed_set_magic(pb_feed_head *head) {
  __atomic_store_n(&head->magic, PB_FEED_MAGIC, __ATOMIC_RELEASE);
}

/* Says that something was published. */
static inline void feed_announce(pb_feed_head *head) { __atomic_fetch_add(&head->news, 1, __ATOMIC_RELEASE); }

/* Wakes at most so many of those who sleep for one of these bits; gives how many. */
static inline int feed_wake(pb_feed_head *head, uint32_t bits, int most) {
  long woken = syscall(SYS_futex, &head->news, FUTEX_WAKE_BITSET, most, NULL, NULL, bits);
  return woken > 0 ? (int)woken : 0;
}

/* Wakes who waits for a socket. Never waits: one that is full has been rung already. */
static inline void feed_ring_bell(int descriptor) { (void)send(descriptor, "", 1, MSG_DONTWAIT | MSG_NOSIGNAL); }

/* Makes a new file of the user's own and opens it for reading and writing; `name` ends in XXXXXX and is changed. A
 * descriptor, or -1. */
int feed_make_file(char *name);

/* Whether a folder is in tmpfs; also for one that is not there. */
int feed_is_memory(const char *folder);
