/* Answers to requests: instruments, the clock, refusals. "Requests". */
#include "exchange.h"

/* A scanner at a place of a body that as a whole is JSON. */
bool sandbar_whole(pb_span body, const char *path, pbk_json *json) {
  pbk_json all = pbk_json_of(body);
  pbk_skip(&all);
  *json = pbk_json_of(body);
  return pbk_is_complete(&all) && pbk_find(json, path);
}

/* ---- Instruments ---- */

typedef struct rules {
  pbk_text symbol, base, quote, status;
  pb_dec tick, lot, maker, taker;
} rules;

/* false when it cannot be read, or lacks what every instrument needs. */
static bool read_rules(pbk_json *json, rules *rules) {
  pbk_text key;
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "symbol")) rules->symbol = pbk_string(json);
    else if (pbk_is(key, "base")) rules->base = pbk_string(json);
    else if (pbk_is(key, "quote")) rules->quote = pbk_string(json);
    else if (pbk_is(key, "status")) rules->status = pbk_string(json);
    else if (pbk_is(key, "tick")) rules->tick = pbk_decimal(json);
    else if (pbk_is(key, "lot")) rules->lot = pbk_decimal(json);
    else if (pbk_is(key, "maker")) rules->maker = pbk_optional(json);
    else if (pbk_is(key, "taker")) rules->taker = pbk_optional(json);
    else pbk_skip(json);
  }
  bool is_whole = rules->symbol.len && rules->base.len && rules->quote.len && !pbk_same(rules->base, rules->quote);
  /* The symbol stands in messages, between quotes. */
  for (size_t index = 0; index < rules->symbol.len; index++) {
    uint8_t byte = rules->symbol.ptr[index];
    is_whole = is_whole && byte > ' ' && byte < 0x7F && byte != '"' && byte != '\\';
  }
  return !json->failed && is_whole && pbk_is_positive(rules->tick) && pbk_is_positive(rules->lot);
}

static void publish(sandbar *self, const rules *rules, const pbk_market *market) {
  bool is_open = pbk_is(rules->status, "open");
  pb_instrument fact = {
    .instrument = pbk_market_id(market), .kind = PB_KIND_SPOT,
    .state = is_open ? PB_INSTRUMENT_TRADING : PB_INSTRUMENT_HALTED, .price_exp = market->price_exp,
    .quantity_exp = market->quantity_exp, .tick = rules->tick, .lot = rules->lot, .maker_fee = rules->maker,
    .taker_fee = rules->taker, .multiplier = pbk_exact(1, 0), .order_types = SANDBAR_OFFER.types,
    .time_in_force = SANDBAR_OFFER.forces, .order_flags = SANDBAR_OFFER.flags};
  pbk_instrument(&self->out, &fact, rules->symbol, rules->base, rules->quote, (pbk_text){0},
                 is_open ? NULL : "the exchange does not say that it is open");
}

/* An entry that cannot be read spoils no other; of two of one symbol the first counts. */
bool sandbar_instruments(sandbar *self, pb_span body, pb_id command) {
  pbk_json list;
  if (!sandbar_whole(body, MARKETS_AT, &list)) return false;
  pbk_json proof = list;
  pbk_enter_array(&proof);
  while (pbk_next_element(&proof)) pbk_skip(&proof);
  if (proof.failed) return false;
  bool *listed = (bool *)calloc(PBK_MOST_MARKETS, sizeof *listed);
  if (!listed) return false;
  bool is_short = false;
  pbk_enter_array(&list);
  while (pbk_next_element(&list)) {
    rules rules = {0};
    pbk_json entry = pbk_entry(&list);
    pbk_market *market = NULL;
    if (read_rules(&entry, &rules)) {
      market = pbk_feed_list(&self->feed, &self->out, rules.symbol, -pbk_places(rules.tick), -pbk_places(rules.lot));
    }
    if (market && !listed[market->number]) {
      listed[market->number] = true;
      publish(self, &rules, market);
    } else {
      is_short = true;
    }
  }
  free(listed);
  if (is_short) pbk_warn(&self->out, "instruments that could not be read or stand twice are left out");
  pbk_complete(&self->out, command, 0, 0, PB_EV_INSTRUMENT, false);
  return true;
}

/* ---- Answers ---- */

bool sandbar_clock(sandbar *self, pb_id request, pb_span body) {
  pbk_json time;
  int64_t venue_ns = sandbar_whole(body, TIME_AT, &time) ? pbk_milliseconds(&time) : 0;
  if (venue_ns > 0) pbk_clock(&self->out, request, venue_ns, 0);
  return venue_ns > 0;
}

static uint32_t error_of(pbk_text code, uint32_t status) {
  if (pbk_is(code, "no_such_market")) return PB_ERR_UNKNOWN_INSTRUMENT;
  if (pbk_is(code, "slow_down") || status == 429 || status == 418) return PB_ERR_RATE_LIMIT;
  if (status == 401 || status == 403) return PB_ERR_AUTH;
  return status == 503 ? PB_ERR_MAINTENANCE : status >= 500 ? PB_ERR_TRANSIENT : PB_ERR_OTHER;
}

/* Whether the exchange, or nobody, answered otherwise than with success; then the command is refused: questions change
 * nothing, so that none of them is in doubt. */
bool sandbar_is_refused(sandbar *self, const pb_input *input, const pb_in_reply *reply, pb_span body,
                        pb_id command) {
  bool is_replied = reply->outcome == PB_REPLIED;
  pbk_json at = pbk_json_of(body);
  pbk_text code = is_replied && pbk_find(&at, ERROR_CODE_AT) ? pbk_scalar(&at) : (pbk_text){0};
  at = pbk_json_of(body);
  pbk_text words = is_replied && pbk_find(&at, ERROR_TEXT_AT) ? pbk_scalar(&at) : (pbk_text){0};
  if (is_replied && reply->status / 100 == 2 && code.len == 0) return false;
  uint32_t error = error_of(code, reply->status);
  if (!is_replied) {
    error = reply->outcome == PB_NOT_SENT ? PB_ERR_NOT_SENT : PB_ERR_TRANSIENT;
    words = pbk_part_of(input, reply->reason);
  } else if (words.len == 0) {
    words = pbk_text_of("the exchange answered with an error");
  }
  pbk_reply(&self->out, command, PB_OUTCOME_REFUSED, error, pbk_retry_after(input, reply), code, words);
  return true;
}
