/* Orders that are asked for, lists of orders and fills, and how the exchange writes both. Sources: Bybit API v5, "Get
 * Open & Closed Orders", "Get Order History", "Get Trade History", "Order", "Execution", "Enums Definitions". */
#include "bybit.h"

#define COMMON .fixed = {"category", "spot"}, .symbol = "symbol", .size = "limit", .cursor = "cursor"
#define TIMED .since = "startTime", .until = "endTime", .span_ns = 7 * 86400000000000

/** Open orders, then those that have ended ("Get Order History": those without a fill are kept for a day). */
static const pbk_list_plan ORDER_LISTS[] = {
  {.act = "orders", .path = "/v5/order/realtime", COMMON, .full = 50, .charges = {{REQUESTS, 1}, {QUERIES, 1}}},
  {.act = "order_history", .path = "/v5/order/history", COMMON, TIMED, .full = 50, .reach_ns = 86400000000000,
   .charges = {{REQUESTS, 1}, {HISTORIES, 1}}}};
static const pbk_list_plan FILLS = {
  .act = "executions", .path = "/v5/execution/list", .fixed = {"category", "spot", "execType", "Trade"},
  .symbol = "symbol", .size = "limit", .cursor = "cursor", TIMED, .full = 100, .reach_ns = 730 * 86400000000000,
  .charges = {{REQUESTS, 1}, {EXECUTIONS, 1}}};

/* ---- One order ---- */

/** Asks for an order among those that live, or those that have ended. */
static void find_in(bybit *self, const pbk_wish *wish, uint32_t what) {
  const pbk_list_plan *list = &ORDER_LISTS[what == ASKED_ENDED];
  const pbk_market *market = pbk_market_of(&self->feed.markets, wish->instrument);
  pbk_call call = {.act = list->act, .path = list->path, .priority = PB_PRIORITY_QUERY};
  uint32_t error = PB_ERR_UNKNOWN_INSTRUMENT;
  const char *why = market ? bybit_name(wish, market, &call, false, &error) : "there is no such instrument";
  if (why) {
    pbk_problem fault = pbk_problem_new(error, why);
    pbk_call_free(&call);
    bybit_ended(self, wish, &fault);
    return;
  }
  pbk_call_charge(&call, list->charges[0].bucket, 1);
  pbk_call_charge(&call, list->charges[1].bucket, 1);
  question asked = {.command = wish->command, .account = wish->account, .what = what};
  pbk_buf_bytes(&asked.detail, wish, sizeof *wish);
  bybit_ask_signed(self, &call, &asked);
}

void bybit_find(bybit *self, const pb_input *input) {
  PBK_READ(pb_in_command, command, input);
  pbk_buf all = {0};
  pbk_wishes_of(input, &all);
  uint32_t count = (uint32_t)PBK_COUNT(all, pbk_wish);
  writing begun = {.tally = {.command = command.command, .total = count, .missing = count}};
  pbk_buf_bytes(&self->writings, &begun, sizeof begun);
  for (uint32_t index = 0; index < count; index++) find_in(self, PBK_AT(all, pbk_wish, index), ASKED_LIVING);
  if (all.failed) self->out.block.failed = true;
  pbk_buf_free(&all);
}

/** The first order of a list whose state is known; `false` when one cannot be read, which may be it. */
static bool first_order(bybit *self, pb_span body, pbk_order_report *found) {
  pbk_json list;
  bool is_short = false;
  if (!bybit_whole(body, "result/list", &list)) return false;
  pbk_enter_array(&list);
  while (pbk_next_element(&list)) {
    pbk_json entry = pbk_entry(&list);
    pbk_order_report report;
    bool is_own = bybit_order(self, &entry, &report);
    if (!is_own) report.symbol = (pbk_text){0};
    if (entry.failed) is_short = true;
    else if (!found->state && report.state) *found = report;
  }
  return !list.failed && (found->state || !is_short);
}

pb_status bybit_found(bybit *self, pb_span body, const pbk_problem *fault, const question *asked) {
  const pbk_wish wish = *PBK_AT(asked->detail, pbk_wish, 0);
  pbk_order_report found = {0};
  bool is_first = asked->what == ASKED_LIVING;
  if (fault) {
    if (is_first && fault->error == PB_ERR_UNKNOWN_ORDER) find_in(self, &wish, ASKED_ENDED);
    else {
      /* Asking changes nothing: it is never in doubt. */
      pbk_problem refused = *fault;
      refused.may_have_happened = false;
      bybit_ended(self, &wish, &refused);
    }
    return PB_OK;
  }
  if (!first_order(self, body, &found)) {
    for (size_t index = 0; index < PBK_COUNT(self->writings, writing); index++) {
      writing *one = PBK_AT(self->writings, writing, index);
      pbk_problem unread = pbk_problem_new(PB_ERR_OTHER, "the exchange's order cannot be read");
      if (one->tally.command != wish.command || one->tally.has_unknown) continue;
      one->tally.has_unknown = true;
      one->tally.unknown = pbk_keep_problem(&unread);
    }
    bybit_ended(self, &wish, NULL);
    return PB_E_PARSE;
  }
  if (found.state) {
    const pbk_market *market = pbk_market_named(&self->feed.markets, found.symbol);
    pbk_about about = {.account = wish.account, .command = wish.command, .order = wish.order};
    if (!market) market = pbk_market_of(&self->feed.markets, wish.instrument);
    if (market) (void)pbk_publish_order(&self->out, market, &found, about, 0);
    bybit_ended(self, &wish, NULL);
  } else if (is_first) {
    find_in(self, &wish, ASKED_ENDED);
  } else {
    pbk_problem unknown = pbk_problem_new(PB_ERR_UNKNOWN_ORDER, "the exchange knows no such order");
    bybit_ended(self, &wish, &unknown);
  }
  return PB_OK;
}

/* ---- Lists ---- */

static void walk_on(bybit *self, const pbk_walk *walk) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, walk->wish.instrument);
  question asked = {.command = walk->wish.command, .account = walk->wish.account, .what = ASKED_LIST};
  pbk_call call;
  pbk_walk_call(walk, market ? pbk_text_of(market->symbol) : (pbk_text){0}, &call);
  pbk_buf_bytes(&asked.detail, walk, sizeof *walk);
  bybit_ask_signed(self, &call, &asked);
}

void bybit_list(bybit *self, const pb_input *input) {
  pbk_walk walk = {.wish = pbk_wish_of(input), .lists = ORDER_LISTS, .list_count = 1, .what = PB_EV_ORDER};
  if (walk.wish.instrument && !pbk_market_of(&self->feed.markets, walk.wish.instrument)) {
    pbk_refuse(&self->out, walk.wish.command, PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
    return;
  }
  if (walk.wish.verb == PB_CMD_ORDER_HISTORY) walk.list_count = 2;
  if (walk.wish.verb == PB_CMD_FILLS) {
    walk.lists = &FILLS;
    walk.what = PB_EV_FILL;
  }
  pbk_walk_begin(&walk, self->out.venue_ns);
  walk_on(self, &walk);
}

/** Reports an entry of a list; `false` when it cannot be read. */
static bool take_entry(bybit *self, pbk_json *entry, pbk_walk *walk, bool *is_past) {
  pbk_order_report order;
  pbk_fill_report fill;
  bool is_order = walk->what == PB_EV_ORDER;
  bool is_own = is_order ? bybit_order(self, entry, &order) : bybit_execution(self, entry, &fill);
  if (entry->failed) return false;
  int take = pbk_walk_take(walk, is_order ? order.venue_ns : fill.venue_ns);
  *is_past = *is_past || (is_own && take == PBK_TAKE_PAST);
  if (!is_own || take != PBK_TAKE_REPORT) return true;
  const pbk_market *market = pbk_market_named(&self->feed.markets, is_order ? order.symbol : fill.symbol);
  pbk_about about = {.account = walk->wish.account, .command = walk->wish.command};
  if (!market || (walk->wish.instrument && walk->wish.instrument != pbk_market_id(market))) return true;
  bool is_reported = is_order ? pbk_publish_order(&self->out, market, &order, about, 0)
                              : pbk_publish_fill(&self->out, market, &fill, about);
  walk->reported += is_reported;
  return is_reported;
}

bool bybit_page(bybit *self, pb_span body, const question *asked) {
  pbk_walk walk = *PBK_AT(asked->detail, pbk_walk, 0);
  pbk_json list, at = pbk_json_of(body);
  size_t count = 0, unread = 0;
  bool is_past = false;
  if (!bybit_whole(body, "result/list", &list)) return false;
  pbk_enter_array(&list);
  for (; pbk_next_element(&list); count++) {
    pbk_json entry = pbk_entry(&list);
    unread += !take_entry(self, &entry, &walk, &is_past);
  }
  if (list.failed) return false;
  if (unread > 0) pbk_warn(&self->out, "entries of a list that could not be read are left out");
  pbk_text cursor = pbk_find(&at, "result/nextPageCursor") ? pbk_scalar(&at) : (pbk_text){0};
  if (pbk_walk_page(&walk, count, unread, is_past, cursor, self->out.venue_ns)) {
    walk_on(self, &walk);
    return true;
  }
  pbk_complete(&self->out, walk.wish.command, walk.wish.account, walk.wish.instrument, walk.what, walk.is_partial);
  pbk_done(&self->out, walk.wish.command);
  return true;
}

/* ---- Reading ---- */

/** A word; empty for `null`. */
static pbk_text word(pbk_json *json) {
  pbk_text text = pbk_scalar(json);
  return pbk_is(text, "null") ? (pbk_text){0} : text;
}

/** A number of orders, in which zero stands for none. */
static pb_dec nonzero(pbk_json *json) {
  pb_dec value = pbk_optional(json);
  return value.mantissa ? value : (pb_dec){0};
}

/** A number that is only shown: one that has more digits than fit spoils nothing. */
static pb_dec shown(pbk_json *json) {
  pbk_text text = word(json);
  pb_dec value = {0};
  if (text.len && !pbk_parse(text.ptr, text.len, &value)) pbk_fail(json);
  return value;
}

/** Makes it an order that waits for a price. Direction 1 waits for a rise and 2 for a fall; where that is not said,
 * "Enums Definitions: stopOrderType" does. */
static void make_wait(pbk_order_report *report, int64_t direction, pbk_text kind) {
  size_t tail = strlen("TakeProfit");
  bool takes = direction == 1   ? report->side == PB_SIDE_SELL
               : direction == 2 ? report->side == PB_SIDE_BUY
                                : kind.len >= tail && !memcmp(kind.ptr + kind.len - tail, "TakeProfit", tail);
  if (report->type == PB_TYPE_LIMIT) report->type = takes ? PB_TYPE_TAKE_LIMIT : PB_TYPE_STOP_LIMIT;
  else if (report->type == PB_TYPE_MARKET) report->type = takes ? PB_TYPE_TAKE_MARKET : PB_TYPE_STOP_MARKET;
  report->has_triggered = report->state != PB_ORDER_STATE_UNTRIGGERED;
}

static int64_t moment(pbk_json *json) {
  if (pbk_peek(json) != 'n') return pbk_milliseconds(json);
  pbk_skip(json);
  return 0;
}

typedef struct order_words {
  pbk_text rejection, end, kind, unit;
  int64_t direction;
  pb_dec cost;
  bool is_other;
} order_words;

/** One member of an order. */
static void read_member(pbk_json *json, pbk_text key, pbk_order_report *report, order_words *more) {
  pbk_text text;
  if (pbk_is(key, "symbol")) report->symbol = word(json);
  else if (pbk_is(key, "orderLinkId")) report->client = word(json);
  else if (pbk_is(key, "orderId")) report->venue = word(json);
  else if (pbk_is(key, "side")) report->side = bybit_side(word(json));
  else if (pbk_is(key, "orderType")) {
    text = word(json);
    report->type = pbk_is(text, "Limit") ? PB_TYPE_LIMIT : pbk_is(text, "Market") ? PB_TYPE_MARKET : 0;
  } else if (pbk_is(key, "timeInForce")) {
    text = word(json);
    report->force = bybit_force(text);
    if (pbk_is(text, "PostOnly") || pbk_is(text, "RPI")) report->flags |= PB_ORDER_POST_ONLY;
  } else if (pbk_is(key, "orderStatus")) report->state = bybit_state(report->state_word = word(json));
  else if (pbk_is(key, "price")) report->price = nonzero(json);
  else if (pbk_is(key, "triggerPrice")) report->stop = nonzero(json);
  else if (pbk_is(key, "qty")) report->quantity = pbk_optional(json);
  else if (pbk_is(key, "cumExecQty")) report->filled = pbk_optional(json);
  else if (pbk_is(key, "cumExecValue")) more->cost = shown(json);
  else if (pbk_is(key, "avgPrice")) report->average = shown(json);
  else if (pbk_is(key, "updatedTime")) report->venue_ns = moment(json);
  else if (pbk_is(key, "reduceOnly")) report->flags |= pbk_is(word(json), "true") ? PB_ORDER_REDUCE_ONLY : 0;
  else if (pbk_is(key, "category")) more->is_other = !pbk_is(pbk_scalar(json), "spot");
  else if (pbk_is(key, "marketUnit")) more->unit = word(json);
  else if (pbk_is(key, "rejectReason")) more->rejection = word(json);
  else if (pbk_is(key, "cancelType")) more->end = word(json);
  else if (pbk_is(key, "triggerDirection")) more->direction = pbk_fixed(json, 0);
  else if (pbk_is(key, "stopOrderType")) more->kind = word(json);
  else pbk_skip(json);
}

bool bybit_order(bybit *self, pbk_json *json, pbk_order_report *report) {
  order_words more = {0};
  pbk_text key;
  *report = (pbk_order_report){0};
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) read_member(json, key, report, &more);
  if (json->failed) return false;
  bool has_reason = more.rejection.len && !pbk_is(more.rejection, "EC_NoError");
  if (has_reason) report->reason = more.rejection;
  else if (!pbk_is(more.end, "UNKNOWN")) report->reason = more.end;
  if (!report->average.mantissa) report->average = pbk_quotient(more.cost, report->filled, 10);
  /* "Place Order": a market order to buy is by value unless it says otherwise. */
  bool is_plain_buy = !more.unit.len && report->type == PB_TYPE_MARKET && report->side == PB_SIDE_BUY;
  if (pbk_is(more.unit, "quoteCoin") || is_plain_buy) {
    report->quantity = (pb_dec){0};
    report->flags |= PB_ORDER_BY_VALUE;
  }
  if (report->stop.state) make_wait(report, more.direction, more.kind);
  pbk_waiting_note(&self->waiting, report->venue, report->state == PB_ORDER_STATE_UNTRIGGERED);
  pbk_waiting_note(&self->waiting, report->client, report->state == PB_ORDER_STATE_UNTRIGGERED);
  return !more.is_other;
}

bool bybit_execution(bybit *self, pbk_json *json, pbk_fill_report *fill) {
  pbk_text key, type = {0}, maker = {0};
  bool is_other = false;
  *fill = (pbk_fill_report){0};
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "symbol")) fill->symbol = word(json);
    else if (pbk_is(key, "execId")) fill->trade = word(json);
    else if (pbk_is(key, "orderId")) fill->venue = word(json);
    else if (pbk_is(key, "orderLinkId")) fill->client = word(json);
    else if (pbk_is(key, "side")) fill->side = bybit_side(word(json));
    else if (pbk_is(key, "execPrice")) fill->price = pbk_optional(json);
    else if (pbk_is(key, "execQty")) fill->quantity = pbk_optional(json);
    else if (pbk_is(key, "execFee")) fill->fee = shown(json);
    else if (pbk_is(key, "feeCurrency")) fill->fee_asset = word(json);
    else if (pbk_is(key, "isMaker")) maker = word(json);
    else if (pbk_is(key, "execTime")) fill->venue_ns = moment(json);
    else if (pbk_is(key, "category")) is_other = !pbk_is(pbk_scalar(json), "spot");
    else if (pbk_is(key, "execType")) type = word(json);
    else pbk_skip(json);
  }
  bool is_maker = pbk_is(maker, "true") || pbk_is(maker, "1");
  if (maker.len) fill->liquidity = is_maker ? PB_LIQUIDITY_MAKER : PB_LIQUIDITY_TAKER;
  if (pbk_is(type, "BustTrade")) fill->flags = PB_FILL_FORCED;
  if (pbk_is(type, "AdlTrade")) fill->flags = PB_FILL_DELEVERAGED;
  if (json->failed || is_other || !bybit_is_trade(type)) return false;
  /* "Enums Definitions: Spot Fee Currency Instruction": what is received pays the fee; of a rebate, what is given. */
  const pbk_market *market = pbk_market_named(&self->feed.markets, fill->symbol);
  if (!fill->fee_asset.len && fill->fee.state && market && market->number < PBK_COUNT(self->assets, assets)) {
    const assets *pair = PBK_AT(self->assets, assets, market->number);
    bool is_base = (fill->side == PB_SIDE_BUY) != (is_maker && fill->fee.mantissa < 0);
    fill->fee_asset = pbk_word_text(is_base ? &pair->base : &pair->quote);
  }
  return true;
}
