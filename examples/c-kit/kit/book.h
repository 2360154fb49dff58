/* What proves a book: that its updates follow on one another, and how soon a lost one is asked for again. */
#pragma once
#include "output.h"

/** How an exchange numbers the updates of a book. */
typedef enum pbk_rule {
  PBK_SPAN,               /* first..last; the next starts at last + 1 or before it: Binance spot, KuCoin, Gate */
  PBK_SPAN_WITH_PREVIOUS, /* names the last number of the one before it: Binance futures */
  PBK_PREVIOUS,           /* names the number of the one before it: OKX, HTX, Crypto.com, Bitget */
  PBK_INCREMENT,          /* the last plus one: Bybit, KuCoin futures, HitBTC */
  PBK_RISING,             /* must not fall, and nothing proves that none is missing: Bitstamp */
  PBK_UNNUMBERED          /* no number: Kraken, whose checksum proves the book; Coinbase, which counts messages */
} pbk_rule;

/** One per book. Before a snapshot updates are kept, the first one behind it must join, each further one must follow,
 * anything else is a gap. It relies on quantities being absolute. */
typedef struct pbk_sync {
  pbk_rule rule;
  enum { PBK_WAITING, PBK_JOINING, PBK_LIVE } state;
  uint64_t last;          /* the number of the last update that was applied */
  uint64_t expected, got; /* of the last gap */
} pbk_sync;

/** Apply; the book holds it already; keep it until the snapshot; something is missing, see `expected` and `got`. */
typedef enum pbk_verdict { PBK_APPLY, PBK_DROP, PBK_QUEUE, PBK_GAP } pbk_verdict;

static inline void pbk_sync_reset(pbk_sync *sync) {
  sync->state = PBK_WAITING;
  sync->last = 0;
}

/** A snapshot that holds everything up to a number. One that is in band came on the stream in its place among the
 * updates, so that no older one can follow. */
static inline void pbk_sync_snapshot(pbk_sync *sync, uint64_t last, bool is_in_band) {
  sync->last = last;
  sync->state = is_in_band ? PBK_LIVE : PBK_JOINING;
}

static inline pbk_verdict pbk_accept(pbk_sync *sync, uint64_t last) {
  sync->last = last;
  sync->state = PBK_LIVE;
  return PBK_APPLY;
}

static inline pbk_verdict pbk_lost(pbk_sync *sync, uint64_t expected, uint64_t got) {
  pbk_sync_reset(sync);
  sync->expected = expected;
  sync->got = got;
  return PBK_GAP;
}

/** Judges an update: `first` is used by the rules with spans, `previous` by those that have it. */
static inline pbk_verdict pbk_update(pbk_sync *sync, uint64_t first, uint64_t last, uint64_t previous) {
  if (sync->state == PBK_WAITING) return PBK_QUEUE;
  bool is_joining = sync->state == PBK_JOINING;
  uint64_t now = sync->last, next = now + 1; /* unsigned: what is one behind the greatest is 0 */
  /* Behind a snapshot everything up to it is old, later only the last update come twice: numbers that fall back further
   * are those of an exchange that counts anew. */
  bool is_old = is_joining ? last <= now : last == now;
  switch (sync->rule) {
    case PBK_SPAN:
      if (first == 0 || first > last) return pbk_lost(sync, next, first);
      if (is_old) return PBK_DROP;
      return last > now && first - 1 <= now ? pbk_accept(sync, last) : pbk_lost(sync, next, first);
    case PBK_SPAN_WITH_PREVIOUS:
      if (is_joining) {
        if (last < now) return PBK_DROP;
        bool joins = first > 0 && first <= last && (first <= now || previous == now);
        return joins ? pbk_accept(sync, last) : pbk_lost(sync, now, first);
      }
      if (previous == now && last >= previous) return pbk_accept(sync, last);
      return last == now ? PBK_DROP : pbk_lost(sync, now, previous);
    case PBK_PREVIOUS:
      if (previous == now) return pbk_accept(sync, last);
      if (is_old && previous < now) return PBK_DROP;
      return is_joining && previous < now && last > now ? pbk_accept(sync, last) : pbk_lost(sync, now, previous);
    case PBK_INCREMENT:
      if (last == next) return pbk_accept(sync, last);
      return is_old ? PBK_DROP : pbk_lost(sync, next, last);
    case PBK_RISING:
      if (last >= now) return pbk_accept(sync, last);
      return is_joining ? PBK_DROP : pbk_lost(sync, now, last);
    case PBK_UNNUMBERED: break;
  }
  return pbk_accept(sync, 0);
}

/** The least number of a snapshot that an update can be joined to. */
static inline uint64_t pbk_joint(const pbk_sync *sync, uint64_t first, uint64_t last, uint64_t previous) {
  switch (sync->rule) {
    case PBK_SPAN: return first > 0 ? first - 1 : 0;
    case PBK_SPAN_WITH_PREVIOUS: return first;
    case PBK_PREVIOUS: return previous;
    case PBK_INCREMENT: return last > 0 ? last - 1 : 0;
    default: return 0;
  }
}

/** The updates that came before their snapshot: whole frames in their order, bounded by number and size. */
typedef struct pbk_queue {
  pbk_buf bytes; /* each frame behind its length */
  size_t taken, count;
} pbk_queue;
enum { PBK_MOST_FRAMES = 1000, PBK_MOST_FRAME_BYTES = 4 << 20 };

static inline void pbk_queue_clear(pbk_queue *queue) {
  queue->bytes.len = 0;
  queue->taken = queue->count = 0;
}
/** Keeps a copy; `false`, and nothing kept, when the queue is full. */
static inline bool pbk_queue_push(pbk_queue *queue, pb_span frame) {
  size_t length = (size_t)frame.len;
  if (queue->count >= PBK_MOST_FRAMES || length > PBK_MOST_FRAME_BYTES) return false;
  if (queue->bytes.len + sizeof length + length > PBK_MOST_FRAME_BYTES) return false;
  pbk_buf_bytes(&queue->bytes, &length, sizeof length);
  pbk_buf_bytes(&queue->bytes, frame.ptr, length);
  queue->count++;
  return !queue->bytes.failed;
}
/** The next frame in a block of its own, which the caller frees; `false` where there is none. */
static inline bool pbk_queue_pop(pbk_queue *queue, pbk_buf *frame) {
  size_t length;
  if (queue->count == 0 || queue->bytes.failed) return false;
  memcpy(&length, queue->bytes.ptr + queue->taken, sizeof length);
  *frame = (pbk_buf){0};
  pbk_buf_bytes(frame, queue->bytes.ptr + queue->taken + sizeof length, length);
  queue->taken += sizeof length + length;
  if (--queue->count == 0) pbk_queue_clear(queue);
  return !frame->failed;
}

/** How soon a lost book is asked for again: at once the first time, later when it is lost again and again. */
typedef struct pbk_pace {
  uint32_t losses;
  int64_t last_ns; /* when the last recovery began */
} pbk_pace;
#define PBK_PACE_FIRST_NS INT64_C(250000000)
#define PBK_PACE_MOST_NS INT64_C(60000000000)
#define PBK_PACE_FORGOTTEN_NS INT64_C(120000000000)

/** The book is lost at this monotonic time; how long to wait before asking for it. */
static inline int64_t pbk_pace_lost(pbk_pace *pace, int64_t mono_ns) {
  if (pace->losses > 0 && mono_ns - pace->last_ns >= PBK_PACE_FORGOTTEN_NS) pace->losses = 0;
  int64_t wait = pace->losses == 0 ? 0 : PBK_PACE_FIRST_NS << (pace->losses > 9 ? 8 : pace->losses - 1);
  if (wait > PBK_PACE_MOST_NS) wait = PBK_PACE_MOST_NS;
  if (pace->losses < 100) pace->losses++;
  pace->last_ns = mono_ns + wait;
  return wait;
}
