/* Orders: as a trading program wants them, kept beyond the call, and as an exchange reports them. */
#pragma once
#include "faults.h"
#include "market.h"

enum { PBK_ID = 64 };

/** An id that is kept; one that is longer than any exchange's is none. */
typedef struct pbk_word {
  uint8_t len;
  uint8_t text[PBK_ID];
} pbk_word;

static inline pbk_word pbk_word_of(pbk_text text) {
  pbk_word word = {0};
  if (text.is_escaped || text.len > PBK_ID) return word;
  word.len = (uint8_t)text.len;
  if (text.len) memcpy(word.text, text.ptr, text.len);
  return word;
}
static inline pbk_text pbk_word_text(const pbk_word *word) { return (pbk_text){.ptr = word->text, .len = word->len}; }

/** A command of an account, kept beyond the call: an order to place, change, cancel or ask for. */
typedef struct pbk_wish {
  uint32_t verb, side, type, force, flags, leg, limit; /* PB_CMD_, PB_SIDE_, PB_TYPE_, PB_TIF_, PB_ORDER_ */
  pb_id command, account, instrument, order;
  pb_dec price, quantity, stop, value;
  int64_t since_ns, until_ns, expiry_ns;
  pbk_word client, venue;
} pbk_wish;

static inline pbk_wish pbk_wish_of(const pb_input *input) {
  PBK_READ(pb_in_command, command, input);
  return (pbk_wish){
    .verb = command.verb, .side = command.side, .type = command.type, .force = command.time_in_force,
    .flags = command.flags, .leg = command.position, .limit = command.limit, .command = command.command,
    .account = command.account, .instrument = command.instrument, .order = command.order, .price = command.price,
    .quantity = command.quantity, .stop = command.stop, .value = command.value, .since_ns = command.since_ns,
    .until_ns = command.until_ns, .expiry_ns = command.expiry_ns,
    .client = pbk_word_of(pbk_part_of(input, command.client_order)),
    .venue = pbk_word_of(pbk_part_of(input, command.venue_order))};
}

/** The orders of a command, those of its batch or itself, into a list of pbk_wish; they all belong to the command. */
static inline void pbk_wishes_of(const pb_input *input, pbk_buf *list) {
  PBK_READ(pb_in_command, command, input);
  for (uint32_t index = 0; index < command.items.count; index++) {
    const pb_input *item = pbk_item(input, command.items, index);
    if (!item) break;
    pbk_wish wish = pbk_wish_of(item);
    wish.command = command.command;
    wish.verb = command.verb;
    pbk_buf_bytes(list, &wish, sizeof wish);
  }
  if (command.items.count == 0) {
    pbk_wish wish = pbk_wish_of(input);
    pbk_buf_bytes(list, &wish, sizeof wish);
  }
}

/** It waits for a price. */
static inline bool pbk_is_triggered(uint32_t type) { return type >= PB_TYPE_STOP_LIMIT && type <= PB_TYPE_TAKE_MARKET; }
/** It has a limit price. */
static inline bool pbk_has_limit(uint32_t type) {
  return type == PB_TYPE_LIMIT || type == PB_TYPE_STOP_LIMIT || type == PB_TYPE_TAKE_LIMIT;
}

/** The orders that a connector places: bit n for PB_TYPE_ n and PB_TIF_ n, and PB_ORDER_ bits. */
typedef struct pbk_offer {
  uint64_t types, forces;
  uint32_t flags;
} pbk_offer;

/** Why an order cannot be placed as it is, with PB_ERR_; null = it can. */
static inline const char *pbk_offer_check(const pbk_offer *offer, const pbk_wish *order, uint32_t *error) {
  bool is_by_value = order->flags & PB_ORDER_BY_VALUE;
  bool has_price = order->price.state, has_stop = order->stop.state;
  *error = PB_ERR_UNSUPPORTED;
  if (order->type > 63 || !(offer->types >> order->type & 1)) return "this order type is not offered";
  if (order->flags & ~offer->flags) return "a flag of the order is not offered";
  if (order->leg) return "positions have no legs here";
  if (order->force > 63 || (order->force && !(offer->forces >> order->force & 1))) {
    return "this time in force is not offered";
  }
  if (order->flags & PB_ORDER_POST_ONLY && order->type != PB_TYPE_LIMIT) return "only limit orders can be post-only";
  if (is_by_value && order->type != PB_TYPE_MARKET) return "only market orders can be by value";
  *error = PB_ERR_INVALID_ORDER;
  if (order->side != PB_SIDE_BUY && order->side != PB_SIDE_SELL) return "side must be buy or sell";
  if (order->flags & PB_ORDER_POST_ONLY && order->force && order->force != PB_TIF_GTC && order->force != PB_TIF_GTD) {
    return "a post-only order is good till cancelled or till a date";
  }
  if ((order->force == PB_TIF_GTD) != (order->expiry_ns > 0)) {
    return "an order good till a date has that date, and no other has one";
  }
  if (pbk_has_limit(order->type) != has_price) return "a limit order has a price, and no other has one";
  if (pbk_is_triggered(order->type) != has_stop) {
    return "an order that waits for a price has a stop price, and no other has one";
  }
  if (!(is_by_value ? order->value : order->quantity).state) return "the quantity or the value is absent";
  const pb_dec numbers[] = {order->price, order->stop, order->quantity, order->value};
  for (size_t index = 0; index < 4; index++) {
    if (numbers[index].state && !pbk_is_positive(numbers[index])) return "a number is not above zero";
  }
  return NULL;
}

/** Whom a fact is about, and which command it answers; 0 = unasked. */
typedef struct pbk_about {
  pb_id account, command, order;
} pbk_about;

/** What an exchange says of an order, whatever way it says it; its texts are views. */
typedef struct pbk_order_report {
  pbk_text symbol, client, venue, reason, state_word;
  uint32_t side, type, force, flags, state; /* state: PB_ORDER_STATE_, 0 = not known */
  pb_dec price, stop, quantity, filled, average;
  int64_t venue_ns;
  bool has_triggered; /* a stop whose price has been reached */
} pbk_order_report;

/** Takes from the command what a short answer leaves out. */
static inline void pbk_complete_report(pbk_order_report *report, const pbk_wish *wish) {
  if (!report->client.len) report->client = pbk_word_text(&wish->client);
  if (!report->venue.len) report->venue = pbk_word_text(&wish->venue);
  if (!report->side) report->side = wish->side;
  if (!report->type) report->type = wish->type;
  if (!report->force) report->force = report->type == PB_TYPE_MARKET ? PB_TIF_IOC : wish->force;
  if (!report->price.state) report->price = wish->price;
  if (!report->stop.state) report->stop = wish->stop;
  /* A quantity of an order by value counts quote. */
  if (!report->quantity.state && !(wish->flags & PB_ORDER_BY_VALUE)) report->quantity = wish->quantity;
}

/** Reports the order's state; `false` when its state is not known or it has no id. */
static inline bool pbk_publish_order(pbk_out *out, const pbk_market *market, const pbk_order_report *report,
                                     pbk_about about, uint32_t error) {
  bool is_named = report->venue.len || report->client.len || report->state == PB_ORDER_STATE_REJECTED;
  if (!report->state || !is_named) {
    pbk_warn(out, "an order whose state is not known is left out");
    return false;
  }
  pb_order fact = {
    .account = about.account, .instrument = pbk_market_id(market), .order = about.order, .command = about.command,
    .venue_ns = report->venue_ns, .state = report->state, .side = report->side, .type = report->type,
    .time_in_force = report->force, .flags = report->flags, .error = error, .price = report->price,
    .quantity = report->quantity, .filled = report->filled, .average = report->average, .stop = report->stop};
  pbk_order(out, &fact, report->client, report->venue, report->reason, (pbk_text){0});
  return true;
}

/** An execution. */
typedef struct pbk_fill_report {
  pbk_text symbol, trade, client, venue, fee_asset;
  uint32_t side, liquidity, flags; /* PB_LIQUIDITY_, PB_FILL_ */
  pb_dec price, quantity, fee;     /* a positive fee is paid */
  int64_t venue_ns;
} pbk_fill_report;

/** Reports it; `false` when it is none. */
static inline bool pbk_publish_fill(pbk_out *out, const pbk_market *market, const pbk_fill_report *report,
                                    pbk_about about) {
  if (!report->trade.len || !report->side || !report->price.state || !pbk_is_positive(report->quantity)) return false;
  pb_fill fact = {.account = about.account, .instrument = pbk_market_id(market), .order = about.order,
                  .command = about.command, .venue_ns = report->venue_ns, .side = report->side,
                  .flags = report->flags, .liquidity = report->liquidity, .price = report->price,
                  .quantity = report->quantity, .fee = report->fee};
  /* A fill is not lost for digits that no account can hold. */
  if (fact.fee.state == PB_DEC_ROUNDED) {
    fact.fee.state = PB_DEC_EXACT;
    fact.flags |= PB_FILL_FEE_ESTIMATED;
  }
  pbk_fill(out, &fact, report->trade, report->client, report->venue, report->fee_asset);
  return true;
}

enum { PBK_MOST_WAITING = 1024 };

/** Which ids are of orders that wait for a price under a service of their own, and which of such as did; the newest
 * are kept. */
typedef struct pbk_waiting {
  pbk_buf ids; /* of pbk_waiting_id, the oldest first */
} pbk_waiting;
typedef struct pbk_waiting_id {
  pbk_word id;
  bool waits;
} pbk_waiting_id;

static inline pbk_waiting_id *pbk_waiting_find(const pbk_waiting *waiting, pbk_text id) {
  for (size_t index = id.len ? PBK_COUNT(waiting->ids, pbk_waiting_id) : 0; index > 0; index--) {
    pbk_waiting_id *one = PBK_AT(waiting->ids, pbk_waiting_id, index - 1);
    if (pbk_same(pbk_word_text(&one->id), id)) return one;
  }
  return NULL;
}
static inline void pbk_waiting_note(pbk_waiting *waiting, pbk_text id, bool waits) {
  pbk_waiting_id *known = pbk_waiting_find(waiting, id), new = {.id = pbk_word_of(id), .waits = waits};
  if (known) known->waits = waits;
  if (known || !new.id.len) return;
  if (PBK_COUNT(waiting->ids, pbk_waiting_id) >= PBK_MOST_WAITING) pbk_buf_remove(&waiting->ids, 0, sizeof new);
  pbk_buf_bytes(&waiting->ids, &new, sizeof new);
}
/** Whether a command is about one of them: what its ids are known to be of, or else by its type. */
static inline bool pbk_waiting_owns(const pbk_waiting *waiting, const pbk_wish *wish) {
  const pbk_waiting_id *known = pbk_waiting_find(waiting, pbk_word_text(&wish->venue));
  if (!known) known = pbk_waiting_find(waiting, pbk_word_text(&wish->client));
  return known ? known->waits : pbk_is_triggered(wish->type);
}
