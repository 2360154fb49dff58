/* Reads the feed of a Patchbay host: patchbay_feed.h has what it is. Nothing to link. Linux, GCC or Clang, GNU C11 or
 * C++17.
 *
 *   pb_feed feed;
 *   pb_feed_place place;
 *   pb_feed_touch touch;
 *   if (pb_feed_open(&feed, "data/feed.shm") == 0 && pb_feed_find(&feed, "binance", "BTC-USDT", &place) == 0)
 *     while (pb_feed_read_touch(&feed, &place, &touch) == PB_FEED_READ) { ... }
 *
 * Only pb_feed_open, pb_feed_close, pb_feed_wait and pb_feed_is_current make system calls. A pb_feed may be used by
 * several threads at once; a place and a cursor are a thread's own. */
#pragma once
#include "patchbay_feed.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#ifdef __cplusplus
extern "C" {
#endif

/* What reading answers. */
enum {
  PB_FEED_READ = 0,    /* it was read */
  PB_FEED_NOTHING = 1, /* the ring has nothing new */
  PB_FEED_BUSY = 2,    /* the host was writing at every try: try again, and look whether it lives */
  PB_FEED_MOVED = 3,   /* the place belongs to another market now, or to none: find it again */
  PB_FEED_OVERRUN = 4, /* the ring went round since the last entry: the cursor stands at the newest now */
  PB_FEED_SMALL = 5    /* the buffer is too small for this record: entry->bytes says how large; nothing was taken */
};

/* A mapped segment. */
typedef struct pb_feed {
  const uint8_t *base;
  const pb_feed_head *head;
  uint64_t bytes;
  uint64_t device; /* which file it is */
  uint64_t inode;
} pb_feed;

/* Where a market stands. */
typedef struct pb_feed_place {
  const pb_feed_book *book;
  uint64_t lease;
  uint32_t bit; /* for pb_feed_wait */
  int32_t price_exp;
  int32_t quantity_exp;
  uint32_t lane;
} pb_feed_place;

/* How far a reader of a ring is. */
typedef struct pb_feed_cursor {
  uint32_t lane;
  uint32_t reserved;
  uint64_t position;
  uint64_t number; /* of the last entry that was read; UINT64_MAX = not known */
  uint64_t missed; /* entries that were overwritten before they were read */
} pb_feed_cursor;

#define PB_FEED_TRIES 1000

static inline uint64_t pb_feed_load(const void *word) {
  return __atomic_load_n((const uint64_t *)word, __ATOMIC_RELAXED);
}

static inline void pb_feed_fence(void) { __atomic_thread_fence(__ATOMIC_ACQUIRE); }

/* Copies words that the host may be changing meanwhile. */
static inline void pb_feed_copy(void *to, const void *from, size_t bytes) {
  for (size_t at = 0; at + 8 <= bytes; at += 8) {
    uint64_t word = pb_feed_load((const uint8_t *)from + at);
    memcpy((uint8_t *)to + at, &word, 8);
  }
}

/* The monotonic clock; no system call where the system has it in the vDSO. */
static inline int64_t pb_feed_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static inline int pb_feed_fits(const pb_feed *feed, uint64_t at, uint64_t count, uint64_t each) {
  return at % 8 == 0 && at <= feed->bytes && (count == 0 || each <= (feed->bytes - at) / count);
}

/* Whether everything that the head names lies inside the segment. */
static inline int pb_feed_is_sound(const pb_feed *feed) {
  const pb_feed_head *head = feed->head;
  if (head->bytes > feed->bytes || head->generation == 0) return 0;
  if (head->book_bytes < sizeof(pb_feed_book) + 2 * (uint64_t)head->levels * sizeof(pb_feed_level)) return 0;
  if (!pb_feed_fits(feed, head->lanes_at, head->lanes, sizeof(pb_feed_lane))) return 0;
  if (!pb_feed_fits(feed, head->instances_at, head->instances, sizeof(pb_feed_instance))) return 0;
  if (!pb_feed_fits(feed, head->books_at, head->books, head->book_bytes) || head->book_bytes % 8 != 0) return 0;
  const pb_feed_lane *lanes = (const pb_feed_lane *)(const void *)(feed->base + head->lanes_at);
  for (uint32_t lane = 0; lane < head->lanes; lane++) {
    uint64_t bytes = lanes[lane].ring_bytes;
    if (bytes < 4096 || (bytes & (bytes - 1)) != 0 || !pb_feed_fits(feed, lanes[lane].ring_at, 1, bytes)) return 0;
  }
  return 1;
}

/* Maps a segment read-only. 0, or minus errno; -EPROTO for a file that is no feed, or of another revision. */
static inline int pb_feed_open(pb_feed *feed, const char *path) {
  struct stat status;
  int file = open(path, O_RDONLY | O_CLOEXEC);
  memset(feed, 0, sizeof *feed);
  if (file < 0) return -errno;
  if (fstat(file, &status) != 0 || status.st_size < (off_t)sizeof(pb_feed_head)) {
    close(file);
    return -EPROTO;
  }
  void *base = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, file, 0);
  int error = errno;
  close(file);
  if (base == MAP_FAILED) return -error;
  feed->base = (const uint8_t *)base;
  feed->head = (const pb_feed_head *)base;
  feed->bytes = (uint64_t)status.st_size;
  feed->device = (uint64_t)status.st_dev;
  feed->inode = (uint64_t)status.st_ino;
  int is_feed = __atomic_load_n(&feed->head->magic, __ATOMIC_ACQUIRE) == PB_FEED_MAGIC
    && feed->head->revision == PB_FEED_REVISION && pb_feed_is_sound(feed);
  if (is_feed) return 0;
  munmap(base, (size_t)status.st_size);
  memset(feed, 0, sizeof *feed);
  return -EPROTO;
}

static inline void pb_feed_close(pb_feed *feed) {
  if (feed->base) munmap((void *)feed->base, (size_t)feed->bytes);
  memset(feed, 0, sizeof *feed);
}

/* Whether a path still leads to this segment: 0 after the host was started again. */
static inline int pb_feed_is_current(const pb_feed *feed, const char *path) {
  struct stat status;
  return stat(path, &status) == 0 && (uint64_t)status.st_dev == feed->device && (uint64_t)status.st_ino == feed->inode;
}

static inline const pb_feed_lane *pb_feed_lane_at(const pb_feed *feed, uint32_t lane) {
  return (const pb_feed_lane *)(const void *)(feed->base + feed->head->lanes_at) + lane;
}

static inline const pb_feed_instance *pb_feed_instance_at(const pb_feed *feed, uint32_t instance) {
  return (const pb_feed_instance *)(const void *)(feed->base + feed->head->instances_at) + instance;
}

static inline const pb_feed_book *pb_feed_book_at(const pb_feed *feed, uint32_t book) {
  return (const pb_feed_book *)(const void *)(feed->base + feed->head->books_at + book * feed->head->book_bytes);
}

/* Whether the host has not ended, and a lane has given a sign of life within so many nanoseconds; 2000000000 is what
 * the host itself bears. */
static inline int pb_feed_is_alive(const pb_feed *feed, uint32_t lane, int64_t now_ns, int64_t patience_ns) {
  if (__atomic_load_n(&feed->head->state, __ATOMIC_ACQUIRE) != PB_FEED_STATE_RUNNING) return 0;
  return now_ns - __atomic_load_n(&pb_feed_lane_at(feed, lane)->beat_ns, __ATOMIC_ACQUIRE) <= patience_ns;
}

/* Finds a market. PB_FEED_READ; PB_FEED_MOVED where the feed has no such market now. */
static inline int pb_feed_find(
  const pb_feed *feed, const char *connector, const char *pair, pb_feed_place *place) {
  for (uint32_t index = 0; index < feed->head->books; index++) {
    const pb_feed_book *book = pb_feed_book_at(feed, index);
    uint64_t words[offsetof(pb_feed_book, touch) / 8];
    pb_feed_book found;
    for (int tries = 0; tries < PB_FEED_TRIES; tries++) {
      uint64_t lease = __atomic_load_n(&book->lease, __ATOMIC_ACQUIRE);
      pb_feed_copy(words, book, sizeof words);
      pb_feed_fence();
      if ((lease & 1) || pb_feed_load(&book->lease) != lease) continue;
      memcpy(&found, words, sizeof words);
      found.pair[sizeof found.pair - 1] = 0;
      if (!found.in_use || found.instance >= feed->head->instances || strcmp(found.pair, pair) != 0) break;
      const pb_feed_instance *instance = pb_feed_instance_at(feed, found.instance);
      if (strncmp(instance->name, connector, sizeof instance->name) != 0) break;
      if (instance->lane >= feed->head->lanes) break;
      place->book = book;
      place->lease = lease;
      place->bit = found.bit;
      place->price_exp = found.price_exp;
      place->quantity_exp = found.quantity_exp;
      place->lane = instance->lane;
      return PB_FEED_READ;
    }
  }
  return PB_FEED_MOVED;
}

/* Copies what a lock guards; the lock is its first word. */
static inline int pb_feed_read(const pb_feed_place *place, const void *from, void *to, size_t bytes) {
  for (int tries = 0; tries < PB_FEED_TRIES; tries++) {
    uint64_t lock = __atomic_load_n((const uint64_t *)from, __ATOMIC_ACQUIRE);
    if (lock & 1) continue;
    pb_feed_copy(to, from, bytes);
    pb_feed_fence();
    if (pb_feed_load(from) != lock) continue;
    return pb_feed_load(&place->book->lease) == place->lease ? PB_FEED_READ : PB_FEED_MOVED;
  }
  return PB_FEED_BUSY;
}

/* The best prices. PB_FEED_READ, PB_FEED_BUSY or PB_FEED_MOVED. */
static inline int pb_feed_read_touch(const pb_feed *feed, const pb_feed_place *place, pb_feed_touch *touch) {
  (void)feed;
  return pb_feed_read(place, &place->book->touch, touch, offsetof(pb_feed_touch, reserved));
}

/* The last trade; total is 0 where there was none. */
static inline int pb_feed_read_trade(const pb_feed *feed, const pb_feed_place *place, pb_feed_trade *trade) {
  (void)feed;
  return pb_feed_read(place, &place->book->trade, trade, offsetof(pb_feed_trade, reserved2));
}

/* The best levels, at most `room` a side, best first; depth->bids and depth->asks say how many were copied. */
static inline int pb_feed_read_depth(
  const pb_feed *feed, const pb_feed_place *place, pb_feed_depth *depth, pb_feed_level *bids, pb_feed_level *asks,
  uint32_t room) {
  const pb_feed_book *book = place->book;
  const pb_feed_level *levels = (const pb_feed_level *)(const void *)(book + 1);
  uint32_t most = room < feed->head->levels ? room : feed->head->levels;
  for (int tries = 0; tries < PB_FEED_TRIES; tries++) {
    uint64_t lock = __atomic_load_n(&book->depth.lock, __ATOMIC_ACQUIRE);
    if (lock & 1) continue;
    pb_feed_copy(depth, &book->depth, sizeof *depth);
    if (depth->bids > most) depth->bids = most;
    if (depth->asks > most) depth->asks = most;
    pb_feed_copy(bids, levels, depth->bids * sizeof *levels);
    pb_feed_copy(asks, levels + feed->head->levels, depth->asks * sizeof *levels);
    pb_feed_fence();
    if (pb_feed_load(&book->depth.lock) != lock) continue;
    return pb_feed_load(&book->lease) == place->lease ? PB_FEED_READ : PB_FEED_MOVED;
  }
  return PB_FEED_BUSY;
}

/* ---- Rings ---- */

/* Begins at the newest entry of a lane's ring. */
static inline void pb_feed_begin(const pb_feed *feed, uint32_t lane, pb_feed_cursor *cursor) {
  const pb_feed_lane *ring = pb_feed_lane_at(feed, lane);
  memset(cursor, 0, sizeof *cursor);
  cursor->lane = lane;
  for (int tries = 0; tries < PB_FEED_TRIES; tries++) {
    cursor->position = __atomic_load_n(&ring->commit, __ATOMIC_ACQUIRE);
    cursor->number = pb_feed_load(&ring->records);
    pb_feed_fence();
    if (pb_feed_load(&ring->reserve) == cursor->position) return;
  }
  cursor->number = UINT64_MAX;
}

/* Whether what was copied from here on was not overwritten meanwhile. */
static inline int pb_feed_is_whole(const pb_feed_lane *ring, uint64_t position) {
  pb_feed_fence();
  return pb_feed_load(&ring->reserve) - position <= ring->ring_bytes;
}

/* The next record, copied. PB_FEED_READ, PB_FEED_NOTHING, PB_FEED_OVERRUN or PB_FEED_SMALL. The record begins with
 * pb_rec of patchbay.h, whose size is entry->bytes - sizeof *entry. */
static inline int pb_feed_next(
  const pb_feed *feed, pb_feed_cursor *cursor, pb_feed_entry *entry, void *record, size_t room) {
  const pb_feed_lane *ring = pb_feed_lane_at(feed, cursor->lane);
  const uint8_t *bytes = feed->base + ring->ring_at;
  for (;;) {
    uint64_t commit = __atomic_load_n(&ring->commit, __ATOMIC_ACQUIRE);
    if (cursor->position == commit) return PB_FEED_NOTHING;
    uint64_t at = cursor->position & (ring->ring_bytes - 1);
    uint64_t first = pb_feed_load(bytes + at);
    memcpy(entry, &first, sizeof first);
    int is_pad = entry->kind == PB_FEED_ENTRY_PAD;
    int has_head = !is_pad && entry->bytes >= sizeof *entry && entry->bytes <= ring->ring_bytes - at;
    if (has_head) pb_feed_copy(entry, bytes + at, sizeof *entry);
    size_t size = has_head ? entry->bytes - sizeof *entry : 0;
    if (size <= room) pb_feed_copy(record, bytes + at + sizeof *entry, size);
    if (!pb_feed_is_whole(ring, cursor->position) || (!is_pad && !has_head)) {
      cursor->position = __atomic_load_n(&ring->commit, __ATOMIC_ACQUIRE);
      return PB_FEED_OVERRUN;
    }
    if (size > room) return PB_FEED_SMALL;
    cursor->position += entry->bytes;
    if (is_pad) continue;
    if (cursor->number != UINT64_MAX) cursor->missed += entry->number - cursor->number - 1;
    cursor->number = entry->number;
    return PB_FEED_READ;
  }
}

/* ---- Sleep ---- */

/* To be loaded before what is followed is read; handed to pb_feed_wait where that had nothing new. */
static inline uint32_t pb_feed_news(const pb_feed *feed) {
  return __atomic_load_n(&feed->head->news, __ATOMIC_ACQUIRE);
}

/* Sleeps until something was published since `seen` of what `bits` name, until the monotonic clock shows
 * `deadline_ns`, or a signal; it may also return for nothing. 0 or -ETIMEDOUT. */
static inline int pb_feed_wait(const pb_feed *feed, uint32_t seen, uint32_t bits, int64_t deadline_ns) {
  struct timespec deadline;
  deadline.tv_sec = (time_t)(deadline_ns / 1000000000);
  deadline.tv_nsec = (long)(deadline_ns % 1000000000);
  long result = syscall(SYS_futex, &feed->head->news, FUTEX_WAIT_BITSET, seen, &deadline, NULL, bits);
  return result != 0 && errno == ETIMEDOUT ? -ETIMEDOUT : 0;
}

#ifdef __cplusplus
}
#endif
