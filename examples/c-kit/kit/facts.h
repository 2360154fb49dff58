/* The records that a connector emits. What a field means stands in patchbay.h; one that is not known stays zero, which
 * means absent. Those without texts are emitted by PBK_EMIT as they are. */
#pragma once
#include "json_numbers.h"
#include "output.h"

/** Appends one level; `levels` begins as {0} and counts them. */
static inline void pbk_level(pbk_out *out, pb_list *levels, int64_t price, int64_t quantity) {
  pb_level level = {.price = price, .quantity = quantity};
  uint32_t offset;
  uint8_t *place = pbk_room(out, sizeof level, &offset);
  if (!place) return;
  memcpy(place, &level, sizeof level);
  if (levels->count++ == 0) levels->offset = offset;
}

/** Reads [["price", "quantity"], ...] into the record that `pbk_begin_book` began. A level that is not exact at the
 * exponents, whose price is not positive or whose quantity is negative fails the scanner. */
static inline pb_list pbk_levels(pbk_out *out, pbk_json *json, int32_t price_exp, int32_t quantity_exp) {
  pb_list levels = {0};
  pbk_enter_array(json);
  while (pbk_next_element(json)) {
    int64_t price = 0, quantity = -1;
    pbk_enter_array(json);
    if (pbk_next_element(json)) price = pbk_fixed(json, price_exp);
    if (pbk_next_element(json)) quantity = pbk_fixed(json, quantity_exp);
    while (pbk_next_element(json)) pbk_skip(json);
    if (price <= 0 || quantity < 0) pbk_fail(json);
    pbk_level(out, &levels, price, quantity);
  }
  return levels;
}

/** Emits the book whose levels stand in the record. */
static inline void pbk_book(pbk_out *out, pb_book *fact) { pbk_emit(out, PB_EV_BOOK, fact, sizeof *fact); }

static inline void pbk_state(pbk_out *out, pb_id instrument, uint32_t channel, uint32_t state, uint32_t error,
                             const char *text) {
  pb_state fact = {.instrument = instrument, .channel = channel, .state = state, .error = error};
  pbk_begin(out, sizeof fact);
  fact.text = pbk_str(out, text);
  pbk_emit(out, PB_EV_STATE, &fact, sizeof fact);
}

/** The state of an account's private stream. */
static inline void pbk_account_state(pbk_out *out, pb_id account, uint32_t state, uint32_t error,
                                     int64_t retry_after_ns, const char *text) {
  pb_state fact = {.account = account, .channel = PB_CHANNEL_PRIVATE, .state = state, .error = error,
                   .retry_after_ns = retry_after_ns};
  pbk_begin(out, sizeof fact);
  fact.text = pbk_str(out, text);
  pbk_emit(out, PB_EV_STATE, &fact, sizeof fact);
}

static inline void pbk_gap(pbk_out *out, pb_id instrument, uint32_t reason, uint64_t expected, uint64_t got,
                           int64_t venue_ns) {
  pb_gap fact = {.instrument = instrument, .venue_ns = venue_ns, .expected_seq = expected, .got_seq = got,
                 .reason = reason};
  PBK_EMIT(out, PB_EV_GAP, fact);
}

/** A rate limit: `capacity` of weight in `interval_ns`. */
typedef struct pbk_limit {
  uint32_t bucket, scope, capacity;
  int64_t interval_ns;
  const char *name, *used_header, *remaining_header;
} pbk_limit;

enum { PBK_MOST_LIMITS = 64 };

static inline void pbk_limits(pbk_out *out, const pbk_limit *limits, uint32_t count) {
  pb_limits fact = {0};
  pb_limit list[PBK_MOST_LIMITS];
  if (count > PBK_MOST_LIMITS) count = PBK_MOST_LIMITS;
  pbk_begin(out, sizeof fact);
  for (uint32_t index = 0; index < count; index++) {
    const pbk_limit *limit = &limits[index];
    list[index] = (pb_limit){.bucket = limit->bucket, .scope = limit->scope, .kind = PB_LIMIT_WINDOW,
                             .capacity = limit->capacity, .interval_ns = limit->interval_ns,
                             .name = pbk_str(out, limit->name), .used_header = pbk_str(out, limit->used_header),
                             .remaining_header = pbk_str(out, limit->remaining_header)};
  }
  fact.limits = pbk_list(out, list, count, sizeof list[0]);
  pbk_emit(out, PB_EV_LIMITS, &fact, sizeof fact);
}

static inline void pbk_clock(pbk_out *out, pb_id request, int64_t venue_ns, int64_t resolution_ns) {
  pb_clock fact = {.request = request, .venue_ns = venue_ns, .resolution_ns = resolution_ns};
  PBK_EMIT(out, PB_EV_CLOCK, fact);
}

static inline void pbk_instrument(pbk_out *out, pb_instrument *fact, pbk_text symbol, pbk_text base, pbk_text quote,
                                  pbk_text settle, const char *reason) {
  pbk_begin(out, sizeof *fact);
  fact->symbol = pbk_peer_text(out, symbol);
  fact->base = pbk_peer_text(out, base);
  fact->quote = pbk_peer_text(out, quote);
  fact->settle = pbk_peer_text(out, settle);
  fact->reason = pbk_str(out, reason);
  pbk_emit(out, PB_EV_INSTRUMENT, fact, sizeof *fact);
}

static inline void pbk_trade(pbk_out *out, pb_trade *fact, pbk_text id) {
  pbk_begin(out, sizeof *fact);
  fact->trade = pbk_peer_text(out, id);
  pbk_emit(out, PB_EV_TRADE, fact, sizeof *fact);
}

static inline void pbk_ticker(pbk_out *out, pb_ticker *fact) { PBK_EMIT(out, PB_EV_TICKER, *fact); }

static inline void pbk_order(pbk_out *out, pb_order *fact, pbk_text client_order, pbk_text venue_order, pbk_text reason,
                             pbk_text continues) {
  pbk_begin(out, sizeof *fact);
  fact->client_order = pbk_peer_text(out, client_order);
  fact->venue_order = pbk_peer_text(out, venue_order);
  fact->reason = pbk_peer_text(out, reason);
  fact->continues = pbk_peer_text(out, continues);
  pbk_emit(out, PB_EV_ORDER, fact, sizeof *fact);
}

static inline void pbk_fill(pbk_out *out, pb_fill *fact, pbk_text trade, pbk_text client_order, pbk_text venue_order,
                            pbk_text fee_asset) {
  pbk_begin(out, sizeof *fact);
  fact->trade = pbk_peer_text(out, trade);
  fact->client_order = pbk_peer_text(out, client_order);
  fact->venue_order = pbk_peer_text(out, venue_order);
  fact->fee_asset = pbk_peer_text(out, fee_asset);
  pbk_emit(out, PB_EV_FILL, fact, sizeof *fact);
}

static inline void pbk_balance(pbk_out *out, pb_balance *fact, pbk_text asset) {
  pbk_begin(out, sizeof *fact);
  fact->asset = pbk_peer_text(out, asset);
  pbk_emit(out, PB_EV_BALANCE, fact, sizeof *fact);
}

/** The set that answers a command is whole. */
static inline void pbk_complete(pbk_out *out, pb_id command, pb_id account, pb_id instrument, uint32_t what,
                                bool is_partial) {
  pb_complete fact = {.command = command, .account = account, .instrument = instrument, .what = what,
                      .flags = is_partial ? PB_COMPLETE_PARTIAL : 0};
  PBK_EMIT(out, PB_EV_COMPLETE, fact);
}

/** The end of a command, with the exchange's code and words where it has them. */
static inline void pbk_reply(pbk_out *out, pb_id command, uint32_t outcome, uint32_t error, int64_t retry_after_ns,
                             pbk_text code, pbk_text text) {
  pb_reply fact = {.command = command, .outcome = outcome, .error = error, .retry_after_ns = retry_after_ns};
  pbk_begin(out, sizeof fact);
  fact.code = pbk_peer_text(out, code);
  fact.text = pbk_peer_text(out, text);
  pbk_emit(out, PB_EV_REPLY, &fact, sizeof fact);
}
static inline void pbk_done(pbk_out *out, pb_id command) {
  pbk_reply(out, command, PB_OUTCOME_DONE, 0, 0, (pbk_text){0}, (pbk_text){0});
}
static inline void pbk_refuse(pbk_out *out, pb_id command, uint32_t error, const char *text) {
  pbk_reply(out, command, PB_OUTCOME_REFUSED, error, 0, (pbk_text){0}, pbk_text_of(text));
}

static inline void pbk_log(pbk_out *out, uint32_t level, const char *text) {
  pb_out_log fact = {.level = level};
  pbk_begin(out, sizeof fact);
  fact.text = pbk_str(out, text);
  pbk_emit(out, PB_OUT_LOG, &fact, sizeof fact);
}
static inline void pbk_warn(pbk_out *out, const char *text) { pbk_log(out, PB_LOG_WARNING, text); }

/** The connector cannot go on. */
static inline void pbk_fault(pbk_out *out, uint32_t error, const char *text) {
  pb_out_fault fact = {.error = error};
  pbk_begin(out, sizeof fact);
  fact.text = pbk_str(out, text);
  pbk_emit(out, PB_OUT_FAULT, &fact, sizeof fact);
}

/** Asks for a timer's input after so long; one that runs is moved, and 0 cancels it. */
static inline void pbk_timer(pbk_out *out, pb_id timer, int64_t after_ns) {
  pb_out_timer fact = {.timer = timer, .after_ns = after_ns < 0 ? 0 : after_ns};
  PBK_EMIT(out, PB_OUT_TIMER, fact);
}

static inline void pbk_abort(pbk_out *out, pb_id request) {
  pb_out_abort fact = {.request = request};
  PBK_EMIT(out, PB_OUT_ABORT, fact);
}

static inline void pbk_close(pbk_out *out, pb_id stream, const char *reason) {
  pb_out_close fact = {.stream = stream};
  pbk_begin(out, sizeof fact);
  fact.reason = pbk_str(out, reason);
  pbk_emit(out, PB_OUT_CLOSE, &fact, sizeof fact);
}
