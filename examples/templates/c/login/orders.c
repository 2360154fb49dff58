/* Signing, and what places, cancels and asks for orders. "Signing", "Orders". */
#include "exchange.h"

/* "Signing": hexadecimal HMAC-SHA256 over time, method, path with query, and body. The host fills in secret and time:
 * here nobody ever has them. */
static void sign(pbk_request *request, const pbk_call *call) {
  const char *method = call->is_json ? "POST" : call->method == PB_METHOD_DELETE ? "DELETE" : "GET";
  pbk_sealed *text = pbk_header(request, "X-Key");
  pbk_seal(text);
  pbk_op_bytes(text, PB_OP_FIELD, "api_key");
  text = pbk_header(request, "X-Time");
  pbk_seal(text);
  pbk_op(text, PB_OP_TIME_MS, 0, 0);
  pbk_buf payload = {0};
  pbk_buf_text(&payload, method);
  pbk_buf_text(&payload, call->path);
  if (call->is_json) pbk_buf_text(&payload, "{");
  else if (call->text.len) pbk_buf_text(&payload, "?");
  pbk_buf_bytes(&payload, call->text.ptr, call->text.len);
  if (call->is_json) pbk_buf_text(&payload, "}");
  text = pbk_header(request, "X-Sign");
  pbk_seal(text);
  pbk_op(text, PB_OP_TIME_MS, 0, 0);
  pbk_op_bytes(text, PB_OP_BYTES, pbk_buf_string(&payload));
  pbk_op(text, PB_OP_CONCAT, 2, 0);
  pbk_op_bytes(text, PB_OP_FIELD, "secret_key");
  pbk_op(text, PB_OP_HMAC_SHA256, 0, 0);
  pbk_op(text, PB_OP_HEX, 0, 0);
  if (payload.failed) text->bytes.failed = true;
  pbk_buf_free(&payload);
}

static void send(sandbar *self, pbk_call *call, const pbk_wish *wish, asked what) {
  question one = {.request = pbk_new_id(&self->feed), .what = what, .wish = *wish};
  pbk_request request;
  pbk_call_charge(call, REQUESTS, 1);
  pbk_call_request(call, REST, wish->account, wish->command, &request);
  sign(&request, call);
  pbk_buf_bytes(&self->questions, &one, sizeof one);
  if (self->questions.failed) self->out.block.failed = true;
  pbk_send(&self->out, one.request, &request);
  pbk_call_free(call);
}

/* ---- How a command ends ---- */

static pbk_about about_of(const pbk_wish *wish) {
  return (pbk_about){.account = wish->account, .command = wish->command, .order = wish->order};
}

/* An order that was refused never lived, and says so. */
static void report_rejected(sandbar *self, const pbk_wish *wish, const pbk_kept_problem *fault) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, wish->instrument);
  pbk_order_report report = {.state = PB_ORDER_STATE_REJECTED, .flags = wish->flags, .filled = pbk_exact(0, 0)};
  if (!market) return;
  pbk_complete_report(&report, wish);
  report.reason = pbk_kept_text(fault);
  (void)pbk_publish_order(&self->out, market, &report, about_of(wish), fault->error);
}

/* One order of a command has ended; a null fault is success. */
static void ended(sandbar *self, const pbk_wish *wish, const pbk_problem *fault) {
  size_t at = 0, count = PBK_COUNT(self->tallies, pbk_tally);
  while (at < count && PBK_AT(self->tallies, pbk_tally, at)->command != wish->command) at++;
  if (at == count) return;
  pbk_tally *tally = PBK_AT(self->tallies, pbk_tally, at);
  pbk_kept_problem kept = fault ? pbk_keep_problem(fault) : (pbk_kept_problem){0};
  bool is_over = pbk_tally_end(tally, fault ? &kept : NULL, wish->verb != PB_CMD_ORDER);
  bool never_lived = fault && wish->verb == PB_CMD_PLACE && !fault->may_have_happened;
  /* What was refused for its time is given again under the same id: nothing is reported of it. */
  if (never_lived && !(is_over && pbk_tally_is_given_again(tally))) report_rejected(self, wish, &kept);
  if (!is_over) return;
  pbk_tally whole = *tally;
  pbk_buf_remove(&self->tallies, at, sizeof whole);
  pbk_tally_answer(&self->out, &whole);
}

static void refuse(sandbar *self, const pbk_wish *wish, uint32_t error, const char *why) {
  pbk_problem fault = pbk_problem_new(error, why);
  ended(self, wish, &fault);
}

/* ---- Writing ---- */

static bool is_name(const pbk_word *word) {
  for (uint8_t index = 0; index < word->len; index++) {
    uint8_t byte = word->text[index], letter = byte | 0x20;
    if (!pbk_is_digit(byte) && !(letter >= 'a' && letter <= 'z') && byte != '-' && byte != '_') return false;
  }
  return word->len > 0;
}

static const char *place(const pbk_wish *wish, const pbk_market *market, pbk_call *call, uint32_t *error) {
  const char *why = pbk_offer_check(&SANDBAR_OFFER, wish, error);
  if (why) return why;
  *error = PB_ERR_INVALID_ORDER;
  if (!is_name(&wish->client) || wish->client.len > 32) {
    return "a client order id is 1 to 32 letters, digits, dashes and underscores";
  }
  pbk_set(call, "client", pbk_word_text(&wish->client));
  pbk_set_str(call, "symbol", market->symbol);
  pbk_set_str(call, "side", wish->side == PB_SIDE_BUY ? "buy" : "sell");
  pbk_set_str(call, "type", wish->type == PB_TYPE_LIMIT ? "limit" : "market");
  pbk_set_dec(call, "size", wish->quantity);
  pbk_set_dec(call, "price", wish->price);
  if (wish->flags & PB_ORDER_POST_ONLY) {
    pbk_set_name(call, "post_only");
    pbk_buf_text(&call->text, "true");
  }
  return NULL;
}

/* By the exchange's id where it is known. */
static const char *cancel(sandbar *self, const pbk_wish *wish) {
  const pbk_word *name = wish->venue.len ? &wish->venue : &wish->client;
  if (!name->len) return "the order has no id of this exchange";
  pbk_buf path = {0};
  pbk_buf_text(&path, "/v1/orders/");
  pbk_percent(&path, pbk_word_text(name), false);
  pbk_call call = {.act = "cancel", .path = pbk_buf_string(&path), .method = PB_METHOD_DELETE,
                   .priority = PB_PRIORITY_CANCEL};
  if (path.failed) call.text.failed = true;
  send(self, &call, wish, ASKED_WRITE);
  pbk_buf_free(&path);
  return NULL;
}

static pbk_call list_of(const pbk_market *market) {
  pbk_call call = {.act = "orders", .path = "/v1/orders", .priority = PB_PRIORITY_QUERY};
  if (market) pbk_set_str(&call, "symbol", market->symbol);
  return call;
}

/* Sends what one order needs; null, or why not. */
static const char *begin(sandbar *self, const pbk_wish *wish, pb_id account, uint32_t *error) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, wish->instrument);
  *error = PB_ERR_UNKNOWN_INSTRUMENT;
  if (!market) return "there is no such instrument";
  *error = PB_ERR_INVALID_ORDER;
  if (wish->account != account) return "a batch is of one account";
  if (wish->verb == PB_CMD_ORDER) {
    pbk_call call = list_of(market);
    send(self, &call, wish, ASKED_FIND);
    return NULL;
  }
  if (wish->verb != PB_CMD_PLACE) {
    *error = PB_ERR_UNKNOWN_ORDER;
    return cancel(self, wish);
  }
  pbk_call call = {.act = "place", .path = "/v1/orders", .is_json = true, .priority = PB_PRIORITY_ORDER};
  const char *why = place(wish, market, &call, error);
  if (why) pbk_call_free(&call);
  else send(self, &call, wish, ASKED_WRITE);
  return why;
}

void sandbar_each(sandbar *self, const pb_input *input) {
  PBK_READ(pb_in_command, command, input);
  pbk_buf all = {0};
  pbk_wishes_of(input, &all);
  pbk_tally tally = {.command = command.command, .total = (uint32_t)PBK_COUNT(all, pbk_wish)};
  tally.missing = tally.total;
  pbk_buf_bytes(&self->tallies, &tally, sizeof tally);
  if (all.failed || self->tallies.failed) self->out.block.failed = true;
  for (size_t index = 0; index < PBK_COUNT(all, pbk_wish); index++) {
    const pbk_wish *wish = PBK_AT(all, pbk_wish, index);
    uint32_t error = PB_ERR_OTHER;
    const char *why = begin(self, wish, command.account, &error);
    if (why) refuse(self, wish, error, why);
  }
  pbk_buf_free(&all);
}

/* Reports an order that answers a command. */
static void publish(sandbar *self, pbk_order_report *order, const pbk_wish *wish) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, wish->instrument);
  if (!market) return;
  if (wish->verb == PB_CMD_PLACE) {
    pbk_complete_report(order, wish);
    order->flags |= wish->flags;
  }
  (void)pbk_publish_order(&self->out, market, order, about_of(wish), 0);
}

pb_status sandbar_written(sandbar *self, pb_span body, const pbk_problem *fault, const pbk_wish *wish) {
  if (fault) {
    ended(self, wish, fault);
    return PB_OK;
  }
  pbk_json json;
  pbk_order_report order;
  if (sandbar_whole(body, "", &json) && sandbar_order(&json, &order) && order.venue.len) {
    publish(self, &order, wish);
    ended(self, wish, NULL);
    return PB_OK;
  }
  /* Whether it was placed is not known: the host asks. */
  pbk_problem unread = pbk_problem_new(PB_ERR_OTHER, "the exchange's answer to an order cannot be read");
  unread.may_have_happened = true;
  ended(self, wish, &unread);
  return PB_E_PARSE;
}

/* ---- Asking ---- */

/* The list is of those that are open: an order that is not in it is known no more. */
pb_status sandbar_found(sandbar *self, pb_span body, const pbk_problem *fault, const pbk_wish *wish) {
  if (fault) {
    ended(self, wish, fault);
    return PB_OK;
  }
  pbk_json list;
  pbk_order_report order, found;
  bool is_found = false, is_read = sandbar_whole(body, "orders", &list);
  if (is_read) pbk_enter_array(&list);
  while (is_read && pbk_next_element(&list)) {
    pbk_json entry = pbk_entry(&list);
    is_read = sandbar_order(&entry, &order);
    bool is_it = wish->venue.len ? pbk_same(order.venue, pbk_word_text(&wish->venue))
                                 : pbk_same(order.client, pbk_word_text(&wish->client));
    if (!is_read || !is_it || is_found) continue;
    found = order;
    is_found = true;
  }
  if (!is_read || list.failed) {
    refuse(self, wish, PB_ERR_OTHER, "the exchange's list of orders cannot be read");
    return PB_E_PARSE;
  }
  if (is_found) {
    publish(self, &found, wish);
    ended(self, wish, NULL);
  } else {
    refuse(self, wish, PB_ERR_UNKNOWN_ORDER, "the exchange has no such order open");
  }
  return PB_OK;
}

void sandbar_list(sandbar *self, const pbk_wish *wish, asked what) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, wish->instrument);
  if (wish->instrument && !market) {
    pbk_refuse(&self->out, wish->command, PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
    return;
  }
  pbk_call call = {.act = "balances", .path = "/v1/balances", .priority = PB_PRIORITY_QUERY};
  if (what == ASKED_OPEN_ORDERS) call = list_of(market);
  send(self, &call, wish, what);
}

/* One that cannot be read spoils no other, but the list is not whole. */
bool sandbar_open_orders(sandbar *self, pb_span body, const pbk_wish *wish) {
  pbk_json list;
  bool is_short = false;
  if (!sandbar_whole(body, "orders", &list)) return false;
  pbk_enter_array(&list);
  while (pbk_next_element(&list)) {
    pbk_json entry = pbk_entry(&list);
    pbk_order_report order;
    bool is_read = sandbar_order(&entry, &order);
    const pbk_market *market = is_read ? pbk_market_named(&self->feed.markets, order.symbol) : NULL;
    pbk_about about = {.account = wish->account, .command = wish->command};
    if (market) (void)pbk_publish_order(&self->out, market, &order, about, 0);
    is_short = is_short || !is_read;
  }
  if (is_short) pbk_warn(&self->out, "orders of a list that could not be read are left out");
  pbk_complete(&self->out, wish->command, wish->account, wish->instrument, PB_EV_ORDER, is_short);
  return !list.failed;
}
