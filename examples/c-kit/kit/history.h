/* Lists of orders and fills, newest first, page by page and, where they are asked for by time, part by part. */
#pragma once
#include "call.h"

/** How a list is asked for. Names of parameters are null where there are none; times are in milliseconds. */
typedef struct pbk_list_plan {
  const char *act, *path;
  const char *fixed[4]; /* names and values of every page */
  const char *symbol, *size, *since, *until, *cursor;
  uint32_t full;     /* entries of a full page */
  int64_t span_ns;   /* one question is of so much time at most, a longer one is asked for in parts; 0 = any */
  int64_t reach_ns;  /* how far back the exchange remembers everything; 0 = for ever */
  pb_charge charges[2];
} pbk_list_plan;

enum { PBK_CURSOR = 384, PBK_MOST_PAGES = 100 };

/** A list on its way, of several that make one set together. */
typedef struct pbk_walk {
  pbk_wish wish;
  uint32_t what; /* PB_EV_ */
  const pbk_list_plan *lists;
  uint32_t list_count, asked, reported;
  bool is_partial;
  int64_t start, end; /* the time that the question at hand is about; 0 = open */
  uint16_t cursor_len;
  uint8_t cursor[PBK_CURSOR];
} pbk_walk;

enum { PBK_TAKE_REPORT = 1, PBK_TAKE_PAST, PBK_TAKE_LEAVE };

/** At the beginning of a list: with all of the time that is wanted, or with its newest part. */
static inline void pbk_walk_begin(pbk_walk *walk, int64_t now) {
  int64_t since = walk->wish.since_ns, until = walk->wish.until_ns ? walk->wish.until_ns : now;
  walk->start = since;
  walk->end = walk->wish.until_ns;
  walk->asked = walk->cursor_len = 0;
  int64_t span = walk->list_count ? walk->lists->span_ns : 0;
  if (span > 0 && since > 0 && until > span && until - span > since) walk->start = until - span;
}

static inline bool pbk_walk_is_enough(const pbk_walk *walk) {
  return walk->wish.limit > 0 && walk->reported >= walk->wish.limit;
}

/** The next question; an empty symbol = all. */
static inline void pbk_walk_call(const pbk_walk *walk, pbk_text symbol, pbk_call *call) {
  const pbk_list_plan *list = walk->lists;
  *call = (pbk_call){.act = list->act, .path = list->path, .priority = PB_PRIORITY_QUERY};
  for (size_t index = 0; index < 2; index++) {
    if (list->charges[index].weight) pbk_call_charge(call, list->charges[index].bucket, list->charges[index].weight);
  }
  if (list->symbol && symbol.len) pbk_set(call, list->symbol, symbol);
  for (size_t index = 0; index < 4 && list->fixed[index]; index += 2) {
    pbk_set_str(call, list->fixed[index], list->fixed[index + 1]);
  }
  if (list->size) {
    uint32_t left = walk->wish.limit > walk->reported ? walk->wish.limit - walk->reported : 1;
    pbk_set_number(call, list->size, walk->wish.limit && left < list->full ? left : list->full);
  }
  if (list->since && walk->start > 0) pbk_set_number(call, list->since, (uint64_t)walk->start / 1000000);
  if (list->until && walk->end > 0) pbk_set_number(call, list->until, (uint64_t)walk->end / 1000000);
  if (walk->cursor_len) {
    pbk_set_name(call, list->cursor);
    pbk_percent(&call->text, (pbk_text){.ptr = walk->cursor, .len = walk->cursor_len}, true);
  }
}

/** What is done with an entry that changed at a time; 0 = no time is said. */
static inline int pbk_walk_take(const pbk_walk *walk, int64_t time_ns) {
  bool is_timed = walk->lists->since != NULL;
  if (is_timed && time_ns > 0 && walk->wish.since_ns > 0 && time_ns < walk->wish.since_ns) return PBK_TAKE_PAST;
  if (pbk_walk_is_enough(walk) || (is_timed && walk->end > 0 && time_ns >= walk->end)) return PBK_TAKE_LEAVE;
  return PBK_TAKE_REPORT;
}

/** A page has come, with its word for the next one; `false` when the set is complete, else the next is asked for. */
static inline bool pbk_walk_page(pbk_walk *walk, size_t count, size_t unread, bool is_past, pbk_text cursor,
                                 int64_t now) {
  const pbk_list_plan *list = walk->lists;
  walk->asked++;
  walk->is_partial = walk->is_partial || unread > 0;
  bool is_owed = !is_past && cursor.len && !pbk_is(cursor, "0");
  bool is_usable = !cursor.is_escaped && cursor.len <= PBK_CURSOR;
  bool is_same = cursor.len == walk->cursor_len && (!cursor.len || !memcmp(cursor.ptr, walk->cursor, cursor.len));
  if (is_owed && is_usable && !is_same && count && !pbk_walk_is_enough(walk) && walk->asked < PBK_MOST_PAGES) {
    walk->cursor_len = (uint16_t)cursor.len;
    memcpy(walk->cursor, cursor.ptr, cursor.len);
    return true;
  }
  walk->is_partial = walk->is_partial || is_owed;
  int64_t since = walk->wish.since_ns;
  bool is_short = list->span_ns > 0 && since > 0 && walk->start > since;
  if (is_short && !pbk_walk_is_enough(walk) && walk->asked < PBK_MOST_PAGES) {
    walk->end = walk->start;
    walk->start = walk->end - since > list->span_ns ? walk->end - list->span_ns : since;
    walk->cursor_len = 0;
    return true;
  }
  walk->is_partial = walk->is_partial || is_short || (list->reach_ns > 0 && since < now - list->reach_ns);
  walk->lists++;
  if (--walk->list_count == 0) return false;
  pbk_walk_begin(walk, now);
  return true;
}
