/* The account: its stream, orders and trades as the exchange writes them, balances. "Private stream", "Orders". */
#include "exchange.h"

static const pbk_error_rule RULES[] = {
  {"no_such_market", NULL, PB_ERR_UNKNOWN_INSTRUMENT, false}, {"slow_down", NULL, PB_ERR_RATE_LIMIT, false},
  {"no_such_order", NULL, PB_ERR_UNKNOWN_ORDER, false},       {"no_funds", NULL, PB_ERR_FUNDS, false},
  {"bad_order", NULL, PB_ERR_INVALID_ORDER, false},           {"bad_key", NULL, PB_ERR_AUTH, false},
  {"bad_time", NULL, PB_ERR_CLOCK, false}};
/* A code that has no rule proves nothing about a write. */
const pbk_errors SANDBAR_ERRORS = {
  .code = "code", .text = "text", .fine = "", .rules = RULES, .count = sizeof RULES / sizeof RULES[0]};

/* The signature is over the time. */
static void login(pbk_sealed *text, pb_id id) {
  (void)id;
  pbk_write(text, "{\"op\":\"login\",\"key\":\"");
  pbk_seal(text);
  pbk_op_bytes(text, PB_OP_FIELD, "api_key");
  pbk_op(text, PB_OP_JSON_ESCAPE, 0, 0);
  pbk_write(text, "\",\"time\":");
  pbk_seal(text);
  pbk_op(text, PB_OP_TIME_MS, 0, 0);
  pbk_write(text, ",\"sign\":\"");
  pbk_seal(text);
  pbk_op(text, PB_OP_TIME_MS, 0, 0);
  pbk_op_bytes(text, PB_OP_FIELD, "secret_key");
  pbk_op(text, PB_OP_HMAC_SHA256, 0, 0);
  pbk_op(text, PB_OP_HEX, 0, 0);
  pbk_write(text, "\"}");
}

static void subscribe(pbk_sealed *text, const char *channel, pb_id id) {
  pbk_buf words = {0};
  pbk_buf_text(&words, "{\"op\":\"subscribe\",\"id\":\"");
  pbk_buf_number(&words, id);
  pbk_buf_text(&words, "\",\"topics\":[\"");
  pbk_buf_text(&words, channel);
  pbk_buf_text(&words, "\"]}");
  pbk_literal(text, words.ptr, words.len);
  pbk_buf_free(&words);
}

static const char *const CHANNELS[] = {"orders"};
const pbk_private_plan SANDBAR_PRIVATE = {
  .url = "wss://feed.sandbar.example/v1/private", .stream_act = "private_stream", .login_act = "login",
  .subscribe_act = "private_subscribe", .channels = CHANNELS, .channel_count = 1, .login = login,
  .subscribe = subscribe};

/* ---- Reading ---- */

static uint32_t side_of(pbk_text word) {
  if (pbk_is(word, "buy")) return PB_SIDE_BUY;
  return pbk_is(word, "sell") ? PB_SIDE_SELL : PB_SIDE_NONE;
}

static uint32_t type_of(pbk_text word) {
  if (pbk_is(word, "limit")) return PB_TYPE_LIMIT;
  return pbk_is(word, "market") ? PB_TYPE_MARKET : 0;
}

static uint32_t state_of(pbk_text word) {
  if (pbk_is(word, "open")) return PB_ORDER_STATE_OPEN;
  if (pbk_is(word, "filled")) return PB_ORDER_STATE_FILLED;
  return pbk_is(word, "cancelled") ? PB_ORDER_STATE_CANCELLED : 0;
}

/* {"id": "77", "client": "pb-1", "symbol": "SALT-USD", "side": "buy", "type": "limit", "status": "open", ...}. */
bool sandbar_order(pbk_json *json, pbk_order_report *order) {
  pbk_text key;
  *order = (pbk_order_report){0};
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "id")) order->venue = pbk_scalar(json);
    else if (pbk_is(key, "client")) order->client = pbk_string(json);
    else if (pbk_is(key, "symbol")) order->symbol = pbk_string(json);
    else if (pbk_is(key, "side")) order->side = side_of(pbk_string(json));
    else if (pbk_is(key, "type")) order->type = type_of(pbk_string(json));
    else if (pbk_is(key, "status")) {
      order->state_word = pbk_string(json);
      order->state = state_of(order->state_word);
    } else if (pbk_is(key, "size")) order->quantity = pbk_optional(json);
    else if (pbk_is(key, "filled")) order->filled = pbk_optional(json);
    else if (pbk_is(key, "price")) order->price = pbk_optional(json);
    else if (pbk_is(key, "post_only")) order->flags |= pbk_is(pbk_scalar(json), "true") ? PB_ORDER_POST_ONLY : 0;
    else if (pbk_is(key, "time")) order->venue_ns = pbk_milliseconds(json);
    else pbk_skip(json);
  }
  return !json->failed;
}

/* {"id": "t-9", "price": "10.01", "size": "0.2", "fee": "0.001", "fee_asset": "USD", "maker": true}. */
static bool read_trade(pbk_json *json, const pbk_order_report *order, pbk_fill_report *fill) {
  pbk_text key;
  *fill = (pbk_fill_report){.symbol = order->symbol, .client = order->client, .venue = order->venue,
                            .side = order->side, .venue_ns = order->venue_ns};
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "id")) fill->trade = pbk_scalar(json);
    else if (pbk_is(key, "price")) fill->price = pbk_optional(json);
    else if (pbk_is(key, "size")) fill->quantity = pbk_optional(json);
    else if (pbk_is(key, "fee")) fill->fee = pbk_optional(json);
    else if (pbk_is(key, "fee_asset")) fill->fee_asset = pbk_string(json);
    else if (pbk_is(key, "maker")) {
      fill->liquidity = pbk_is(pbk_scalar(json), "true") ? PB_LIQUIDITY_MAKER : PB_LIQUIDITY_TAKER;
    } else pbk_skip(json);
  }
  return !json->failed;
}

/* An order, and before it the trade that changed it; false when it cannot be read. */
static bool report(sandbar *self, pbk_json entry, pbk_about about) {
  pbk_json trade = entry;
  pbk_order_report order;
  pbk_fill_report fill;
  if (!sandbar_order(&entry, &order)) return false;
  const pbk_market *market = pbk_market_named(&self->feed.markets, order.symbol);
  if (pbk_find(&trade, "trade")) {
    if (!read_trade(&trade, &order, &fill)) return false;
    if (market) (void)pbk_publish_fill(&self->out, market, &fill, about);
  }
  if (market) (void)pbk_publish_order(&self->out, market, &order, about, 0);
  return true;
}

/* false when the list cannot be read. One balance that cannot be read spoils no other. */
bool sandbar_balances(sandbar *self, pb_span body, const pbk_wish *wish) {
  pbk_json list;
  bool is_short = false;
  if (!sandbar_whole(body, "balances", &list)) return false;
  pbk_enter_array(&list);
  while (pbk_next_element(&list)) {
    pbk_json entry = pbk_entry(&list);
    pbk_text key, asset = {0};
    pbk_sum free = {0}, held = {.is_there = true};
    pbk_enter_object(&entry);
    while (pbk_next_key(&entry, &key)) {
      if (pbk_is(key, "asset")) asset = pbk_string(&entry);
      else if (pbk_is(key, "free")) free = pbk_optional_sum(&entry);
      else if (pbk_is(key, "held")) held = pbk_sum_add(held, pbk_optional_sum(&entry), false);
      else pbk_skip(&entry);
    }
    if (entry.failed || !asset.len || !free.is_there) {
      is_short = true;
      continue;
    }
    pb_balance fact = {.account = wish->account, .command = wish->command, .available = pbk_sum_dec(free),
                       .total = pbk_sum_dec(pbk_sum_add(free, held, false))};
    pbk_balance(&self->out, &fact, asset);
  }
  if (is_short) pbk_warn(&self->out, "balances that cannot be read are left out");
  pbk_complete(&self->out, wish->command, wish->account, 0, PB_EV_BALANCE, is_short);
  return !list.failed;
}

/* ---- The stream ---- */

/* What stands in a private frame: a topic with its orders, or an answer to a login or a subscription. */
typedef struct private_head {
  pbk_text topic, login, ok, code, words;
  pbk_json orders;
  bool has_orders;
} private_head;

static pb_status read_private(sandbar *self, pbk_account *account, pb_span frame) {
  pbk_json json = pbk_json_of(frame);
  private_head head = {0};
  pbk_text key;
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (pbk_is(key, "topic")) head.topic = pbk_string(&json);
    else if (pbk_is(key, "orders")) {
      head.orders = pbk_entry(&json);
      head.has_orders = true;
    } else if (pbk_is(key, "login")) head.login = pbk_scalar(&json);
    else if (pbk_is(key, "ok")) head.ok = pbk_scalar(&json);
    else if (pbk_is(key, "code")) head.code = pbk_scalar(&json);
    else if (pbk_is(key, "text")) head.words = pbk_scalar(&json);
    else pbk_skip(&json);
  }
  if (!pbk_is_complete(&json)) return PB_E_PARSE;
  pbk_problem fault = pbk_problem_by(&SANDBAR_ERRORS, head.code, head.words);
  if (head.login.len) {
    const pbk_problem *why = pbk_is(head.login, "true") ? NULL : &fault;
    pbk_logged_in(&self->accounts, &self->feed, &self->out, account, why);
    return PB_OK;
  }
  if (head.ok.len) {
    pbk_private_acknowledged(&self->accounts, &self->out, account, pbk_is(head.ok, "true") ? NULL : &fault);
    return PB_OK;
  }
  if (!head.has_orders || !pbk_is(head.topic, "orders")) return PB_E_UNSUPPORTED;
  bool is_read = true;
  pbk_enter_array(&head.orders);
  while (pbk_next_element(&head.orders)) {
    pbk_about about = {.account = account->id};
    is_read = report(self, pbk_entry(&head.orders), about) && is_read;
  }
  return is_read && !head.orders.failed ? PB_OK : PB_E_PARSE;
}

pb_status sandbar_private_frame(sandbar *self, pbk_account *account, pb_span frame) {
  pb_status status = read_private(self, account, frame);
  /* It may have been a report. A new stream has the host compare its orders with the exchange's. */
  if (status == PB_E_PARSE) {
    pbk_private_restart(&self->accounts, &self->out, account, PB_ERR_OTHER, "a message could not be read");
  }
  return status;
}
