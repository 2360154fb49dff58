/* Written by `swift run abitool generate` from patchbay_feed.h; do not edit.
 * Proves docs/feed-layout.tsv with the compiler at hand. */
#include "patchbay_feed.h"
#include <stddef.h>

#ifdef __cplusplus
#define PB_PROVE(condition, message) static_assert(condition, message)
#define PB_ALIGNOF(type) alignof(type)
#else
#define PB_PROVE(condition, message) _Static_assert(condition, message)
#define PB_ALIGNOF(type) _Alignof(type)
#endif
#define PB_FIELD(type, field, at, bytes) \
  PB_PROVE(offsetof(type, field) == at, #type "." #field " is not at " #at); \
  PB_PROVE(sizeof(((type *)0)->field) == bytes, #type "." #field " is not " #bytes " bytes")
#define PB_STRUCT(type, bytes, alignment) \
  PB_PROVE(sizeof(type) == bytes, #type " is not " #bytes " bytes"); \
  PB_PROVE(PB_ALIGNOF(type) == alignment, #type " is not aligned to " #alignment)

PB_PROVE(sizeof(void *) == 8, "the contract is for 64-bit machines");

PB_STRUCT(pb_feed_head, 192, 8);
PB_FIELD(pb_feed_head, magic, 0, 4);
PB_FIELD(pb_feed_head, revision, 4, 4);
PB_FIELD(pb_feed_head, bytes, 8, 8);
PB_FIELD(pb_feed_head, generation, 16, 8);
PB_FIELD(pb_feed_head, process, 24, 8);
PB_FIELD(pb_feed_head, lanes, 32, 4);
PB_FIELD(pb_feed_head, instances, 36, 4);
PB_FIELD(pb_feed_head, books, 40, 4);
PB_FIELD(pb_feed_head, levels, 44, 4);
PB_FIELD(pb_feed_head, lanes_at, 48, 8);
PB_FIELD(pb_feed_head, instances_at, 56, 8);
PB_FIELD(pb_feed_head, books_at, 64, 8);
PB_FIELD(pb_feed_head, book_bytes, 72, 8);
PB_FIELD(pb_feed_head, reserved, 80, 48);
PB_FIELD(pb_feed_head, news, 128, 4);
PB_FIELD(pb_feed_head, state, 132, 4);
PB_FIELD(pb_feed_head, reserved2, 136, 56);

PB_STRUCT(pb_feed_lane, 192, 8);
PB_FIELD(pb_feed_lane, ring_at, 0, 8);
PB_FIELD(pb_feed_lane, ring_bytes, 8, 8);
PB_FIELD(pb_feed_lane, reserved, 16, 48);
PB_FIELD(pb_feed_lane, beat_ns, 64, 8);
PB_FIELD(pb_feed_lane, reserved2, 72, 56);
PB_FIELD(pb_feed_lane, reserve, 128, 8);
PB_FIELD(pb_feed_lane, commit, 136, 8);
PB_FIELD(pb_feed_lane, records, 144, 8);
PB_FIELD(pb_feed_lane, reserved3, 152, 40);

PB_STRUCT(pb_feed_instance, 128, 4);
PB_FIELD(pb_feed_instance, name, 0, 64);
PB_FIELD(pb_feed_instance, exchange, 64, 48);
PB_FIELD(pb_feed_instance, lane, 112, 4);
PB_FIELD(pb_feed_instance, reserved, 116, 4);
PB_FIELD(pb_feed_instance, reserved2, 120, 8);

PB_STRUCT(pb_feed_level, 16, 8);
PB_FIELD(pb_feed_level, price, 0, 8);
PB_FIELD(pb_feed_level, quantity, 8, 8);

PB_STRUCT(pb_feed_touch, 128, 8);
PB_FIELD(pb_feed_touch, lock, 0, 8);
PB_FIELD(pb_feed_touch, state, 8, 4);
PB_FIELD(pb_feed_touch, reason, 12, 4);
PB_FIELD(pb_feed_touch, bid_price, 16, 8);
PB_FIELD(pb_feed_touch, bid_quantity, 24, 8);
PB_FIELD(pb_feed_touch, ask_price, 32, 8);
PB_FIELD(pb_feed_touch, ask_quantity, 40, 8);
PB_FIELD(pb_feed_touch, sequence, 48, 8);
PB_FIELD(pb_feed_touch, mono_ns, 56, 8);
PB_FIELD(pb_feed_touch, venue_ns, 64, 8);
PB_FIELD(pb_feed_touch, reserved, 72, 56);

PB_STRUCT(pb_feed_trade, 128, 8);
PB_FIELD(pb_feed_trade, lock, 0, 8);
PB_FIELD(pb_feed_trade, price, 8, 8);
PB_FIELD(pb_feed_trade, quantity, 16, 8);
PB_FIELD(pb_feed_trade, venue_ns, 24, 8);
PB_FIELD(pb_feed_trade, mono_ns, 32, 8);
PB_FIELD(pb_feed_trade, total, 40, 8);
PB_FIELD(pb_feed_trade, side, 48, 4);
PB_FIELD(pb_feed_trade, flags, 52, 4);
PB_FIELD(pb_feed_trade, id_length, 56, 4);
PB_FIELD(pb_feed_trade, reserved, 60, 4);
PB_FIELD(pb_feed_trade, id, 64, 48);
PB_FIELD(pb_feed_trade, reserved2, 112, 16);

PB_STRUCT(pb_feed_depth, 192, 8);
PB_FIELD(pb_feed_depth, lock, 0, 8);
PB_FIELD(pb_feed_depth, state, 8, 4);
PB_FIELD(pb_feed_depth, reason, 12, 4);
PB_FIELD(pb_feed_depth, sequence, 16, 8);
PB_FIELD(pb_feed_depth, venue_ns, 24, 8);
PB_FIELD(pb_feed_depth, mono_ns, 32, 8);
PB_FIELD(pb_feed_depth, bids, 40, 4);
PB_FIELD(pb_feed_depth, asks, 44, 4);
PB_FIELD(pb_feed_depth, words, 48, 128);
PB_FIELD(pb_feed_depth, reserved, 176, 16);

PB_STRUCT(pb_feed_book, 640, 8);
PB_FIELD(pb_feed_book, lease, 0, 8);
PB_FIELD(pb_feed_book, instrument, 8, 8);
PB_FIELD(pb_feed_book, instance, 16, 4);
PB_FIELD(pb_feed_book, in_use, 20, 4);
PB_FIELD(pb_feed_book, price_exp, 24, 4);
PB_FIELD(pb_feed_book, quantity_exp, 28, 4);
PB_FIELD(pb_feed_book, bit, 32, 4);
PB_FIELD(pb_feed_book, reserved, 36, 4);
PB_FIELD(pb_feed_book, reserved2, 40, 24);
PB_FIELD(pb_feed_book, pair, 64, 64);
PB_FIELD(pb_feed_book, symbol, 128, 64);
PB_FIELD(pb_feed_book, touch, 192, 128);
PB_FIELD(pb_feed_book, trade, 320, 128);
PB_FIELD(pb_feed_book, depth, 448, 192);

PB_STRUCT(pb_feed_entry, 40, 8);
PB_FIELD(pb_feed_entry, bytes, 0, 4);
PB_FIELD(pb_feed_entry, kind, 4, 4);
PB_FIELD(pb_feed_entry, number, 8, 8);
PB_FIELD(pb_feed_entry, instance, 16, 4);
PB_FIELD(pb_feed_entry, reserved, 20, 4);
PB_FIELD(pb_feed_entry, mono_ns, 24, 8);
PB_FIELD(pb_feed_entry, wall_ns, 32, 8);
