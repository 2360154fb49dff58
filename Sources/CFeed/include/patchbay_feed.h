/* patchbay_feed.h, revision 0: the feed of a Patchbay host in shared memory. C11 or C++17; only <stdint.h>.
 *
 * A running host keeps one segment: a file of fixed size in memory (/dev/shm), which programs of the same user map
 * read-only. `feed.shm` in the host's data folder is a link to it. The segment holds
 *
 *   a head      what lies where, which run of the host it is, and a word to sleep on;
 *   lanes       the host's threads: a sign of life of each, and a ring of all facts that connectors reported on it;
 *   instances   the connectors that run;
 *   books       a place for each market that is subscribed to: the touch, the last trade, and the best levels.
 *
 * patchbay_feed_reader.h reads it in C; no system call is needed for that. What is in a ring is a record of patchbay.h
 * as its connector emitted it. These rules hold everywhere:
 *
 *   One writer   Only the host writes. A reader cannot slow it down: nothing waits for a reader, and none is known.
 *   Locks        `lock` and `lease` are sequence locks. The writer makes the word odd, changes what it guards, and
 *                makes it even again, two more than before. A reader loads the word (acquire), copies, puts an acquire
 *                fence, loads the word again, and has read nothing where the two differ or are odd. A host that died
 *                in between leaves an odd word: a reader tries a bounded number of times.
 *   Words        Everything but texts and levels that a lock guards is copied by loads of aligned 8-byte words, so that
 *                no word is ever half of one and half of another. Texts are padded with zeros.
 *   Rings        A position counts bytes from the start of the run and only grows; a byte lies at position modulo
 *                ring_bytes, a power of two. Before an entry is written, `reserve` is set to where it will end;
 *                afterwards `commit` is. An entry at `position` was overwritten, at least in part, as soon as
 *                reserve - position > ring_bytes: to be looked at after an acquire fence behind the copy.
 *   Sleep        `news` of the head changes after everything that was published. Sleeping is FUTEX_WAIT_BITSET on it
 *                (not private), with the bits of the books that are followed, or PB_FEED_BIT_. Who waits for sockets
 *                connects to `feed.bell.sock` beside the link, sends these bits, 4 bytes, and finds a byte there.
 *   Life         A lane sets beat_ns about ten times a second. A segment whose beat is older than two seconds belongs
 *                to a host that is dead, or to a lane whose connector does not come back: nothing in it is up to date.
 *                A new run of the host makes a new segment with another generation, which `feed.shm` then leads to.
 *
 * Units: *_ns of mono are nanoseconds of CLOCK_MONOTONIC, which all processes of a machine share; venue_ns and wall_ns
 * count from the Unix epoch, 0 = absent. Prices are price * 10^price_exp in quote per base, quantities quantity *
 * 10^quantity_exp in base. Integers are in the machine's byte order. A reader refuses a segment of another revision. */
#pragma once
#include <stdint.h>
#ifdef __cplusplus
extern "C" {
#endif

/* ==== The head ==================================================================================================== */

#define PB_FEED_MAGIC      0x50424644u /* 'PBFD' */
#define PB_FEED_REVISION   0u
#define PB_FEED_BIT_RECORD 0x80000000u /* to sleep until a ring has something new */
#define PB_FEED_BIT_TRADE  0x40000000u /* to sleep until there is a trade of any book */

/** The start of the segment. What stands before `news` does not change while it is there. */
typedef struct pb_feed_head {
  uint32_t magic;        /* PB_FEED_MAGIC, written last */
  uint32_t revision;     /* PB_FEED_REVISION */
  uint64_t bytes;        /* of the whole segment */
  uint64_t generation;   /* of this run of the host; another after each start, never 0 */
  uint64_t process;      /* the host's process id */
  uint32_t lanes;        /* how many pb_feed_lane lie at lanes_at */
  uint32_t instances;    /* how many pb_feed_instance lie at instances_at */
  uint32_t books;        /* how many places for books lie at books_at */
  uint32_t levels;       /* most levels a side in a book's place */
  uint64_t lanes_at;     /* offsets from the start of the segment */
  uint64_t instances_at;
  uint64_t books_at;
  uint64_t book_bytes;   /* from one pb_feed_book to the next */
  uint8_t reserved[48];
  uint32_t news;         /* changes after everything that is published */
  uint32_t state;        /* PB_FEED_STATE_ */
  uint8_t reserved2[56];
} pb_feed_head;
enum { PB_FEED_STATE_RUNNING = 1, PB_FEED_STATE_ENDED = 2 /* the host has ended; nothing will come */ };

/** A thread of the host. */
typedef struct pb_feed_lane {
  uint64_t ring_at;      /* offset of its ring from the start of the segment */
  uint64_t ring_bytes;   /* a power of two */
  uint8_t reserved[48];
  int64_t beat_ns;       /* when it was last at work, on the monotonic clock */
  uint8_t reserved2[56];
  uint64_t reserve;      /* position up to which the ring may be being written */
  uint64_t commit;       /* position up to which it is written; where the next entry begins */
  uint64_t records;      /* number of the last entry that is a record */
  uint8_t reserved3[40];
} pb_feed_lane;

/** A connector that runs. */
typedef struct pb_feed_instance {
  char name[64];         /* its id, such as binance_perpetual */
  char exchange[48];     /* binance */
  uint32_t lane;         /* from 0 */
  uint32_t reserved;
  uint8_t reserved2[8];
} pb_feed_instance;

/* ==== Books ======================================================================================================= */

/** A price level; as pb_level of patchbay.h. */
typedef struct pb_feed_level {
  int64_t price;
  int64_t quantity;
} pb_feed_level;

/** The best prices, current with every record that changes the book. */
typedef struct pb_feed_touch {
  uint64_t lock;
  uint32_t state;        /* PB_FEED_BOOK_; there are no prices but in a book that is ready */
  uint32_t reason;       /* PB_FEED_REASON_, where it is not ready */
  int64_t bid_price;
  int64_t bid_quantity;  /* 0 = there is no bid */
  int64_t ask_price;
  int64_t ask_quantity;  /* 0 = there is no ask */
  uint64_t sequence;     /* the venue's, or 0 */
  int64_t mono_ns;       /* when the host took in what brought it */
  int64_t venue_ns;      /* the venue's time of the last change */
  uint8_t reserved[56];
} pb_feed_touch;

/** The last public trade. */
typedef struct pb_feed_trade {
  uint64_t lock;
  int64_t price;
  int64_t quantity;
  int64_t venue_ns;
  int64_t mono_ns;       /* when the host took it in */
  uint64_t total;        /* trades since the market has this place; 0 = none yet, and nothing here means anything */
  uint32_t side;         /* of the taker: 1 = buy, 2 = sell, 0 = not said; PB_SIDE_ of patchbay.h */
  uint32_t flags;        /* PB_TRADE_ of patchbay.h */
  uint32_t id_length;
  uint32_t reserved;
  char id[48];           /* the venue's id, cut off at 48 bytes */
  uint8_t reserved2[16];
} pb_feed_trade;

/** The best levels, current at the end of each turn of the lane: what came in one read is one change. */
typedef struct pb_feed_depth {
  uint64_t lock;
  uint32_t state;        /* PB_FEED_BOOK_ */
  uint32_t reason;       /* PB_FEED_REASON_ */
  uint64_t sequence;
  int64_t venue_ns;
  int64_t mono_ns;
  uint32_t bids;         /* how many levels there are */
  uint32_t asks;
  char words[128];       /* why it is not ready, for people */
  uint8_t reserved[16];
} pb_feed_depth;

/** A place for a market. Behind it lie `levels` of pb_feed_level for bids, then as many for asks, best first. */
typedef struct pb_feed_book {
  uint64_t lease;        /* guards what stands before `touch`; another when the place has changed hands */
  uint64_t instrument;   /* pb_id of the instance's instrument */
  uint32_t instance;     /* whose it is: place of its pb_feed_instance */
  uint32_t in_use;       /* 1, or 0 for a place that is free */
  int32_t price_exp;
  int32_t quantity_exp;
  uint32_t bit;          /* to sleep until this book has changed; several books may share one */
  uint32_t reserved;
  uint8_t reserved2[24];
  char pair[64];         /* BASE-QUOTE */
  char symbol[64];       /* as the venue writes it */
  pb_feed_touch touch;
  pb_feed_trade trade;
  pb_feed_depth depth;
} pb_feed_book;

enum { PB_FEED_BOOK_EMPTY = 0 /* no snapshot yet */, PB_FEED_BOOK_READY = 1, PB_FEED_BOOK_NOT_READY = 2 };

/** Why a book is not ready. The first seven are PB_GAP_ of patchbay.h. */
enum {
  PB_FEED_REASON_SEQUENCE = 1,
  PB_FEED_REASON_CHECKSUM,
  PB_FEED_REASON_CLOSED,
  PB_FEED_REASON_OVERFLOW,
  PB_FEED_REASON_MALFORMED,
  PB_FEED_REASON_RESYNC,
  PB_FEED_REASON_CROSSED,
  PB_FEED_REASON_UNUSABLE,     /* the instrument cannot be used, or is gone */
  PB_FEED_REASON_UNSUBSCRIBED, /* nobody wants it any more */
  PB_FEED_REASON_REFUSED       /* the host's book refused what the connector had called proved */
};

/* ==== Rings ======================================================================================================= */

/** The start of an entry; the record follows. At the ring's end PB_FEED_ENTRY_PAD may have its first 8 bytes alone. */
typedef struct pb_feed_entry {
  uint32_t bytes;        /* of the whole entry, a multiple of 8 */
  uint32_t kind;         /* PB_FEED_ENTRY_ */
  uint64_t number;       /* 1, 2, 3, ... on this lane; a hole is what was missed */
  uint32_t instance;     /* whose record: place of its pb_feed_instance */
  uint32_t reserved;
  int64_t mono_ns;       /* when the host took in what brought it */
  int64_t wall_ns;
} pb_feed_entry;
enum {
  PB_FEED_ENTRY_RECORD = 1,
  PB_FEED_ENTRY_PAD = 2,    /* nothing: the next entry is at the ring's start; it has no number */
  PB_FEED_ENTRY_OMITTED = 3 /* a record larger than half of the ring: only its first 24 bytes are here */
};

#ifdef __cplusplus
}
#endif
