/* Signing, and what places, changes and cancels orders. Sources: Bybit API v5, "Integration Guidance: Authentication",
 * "Place Order" and the other pages of "Trade". */
#include "bybit.h"

/** "Batch Place Order": orders in one request at most. */
enum { MOST = 10 };

#define BIT(n) (1ULL << (n))
const pbk_offer BYBIT_OFFER = {
  .types = BIT(PB_TYPE_LIMIT) | BIT(PB_TYPE_MARKET) | BIT(PB_TYPE_STOP_LIMIT) | BIT(PB_TYPE_STOP_MARKET) |
           BIT(PB_TYPE_TAKE_LIMIT) | BIT(PB_TYPE_TAKE_MARKET),
  .forces = BIT(PB_TIF_GTC) | BIT(PB_TIF_IOC) | BIT(PB_TIF_FOK),
  .flags = PB_ORDER_POST_ONLY | PB_ORDER_BY_VALUE};

/** "Create A Request": hexadecimal HMAC-SHA256 over time, key, window, and the query or the body. */
static void sign(pbk_request *request, const pbk_call *call) {
  pbk_sealed *text = pbk_header(request, "X-BAPI-API-KEY");
  pbk_seal(text);
  pbk_op_bytes(text, PB_OP_FIELD, "api_key");
  text = pbk_header(request, "X-BAPI-TIMESTAMP");
  pbk_seal(text);
  pbk_op(text, PB_OP_TIME_MS, 0, 0);
  pbk_write(pbk_header(request, "X-BAPI-RECV-WINDOW"), "5000");
  pbk_buf payload = {0};
  pbk_buf_text(&payload, call->is_json ? "5000{" : "5000");
  pbk_buf_bytes(&payload, call->text.ptr, call->text.len);
  pbk_buf_text(&payload, call->is_json ? "}" : "");
  text = pbk_header(request, "X-BAPI-SIGN");
  pbk_seal(text);
  pbk_op(text, PB_OP_TIME_MS, 0, 0);
  pbk_op_bytes(text, PB_OP_FIELD, "api_key");
  pbk_op_bytes(text, PB_OP_BYTES, pbk_buf_string(&payload));
  pbk_op(text, PB_OP_CONCAT, 3, 0);
  pbk_op_bytes(text, PB_OP_FIELD, "secret_key");
  pbk_op(text, PB_OP_HMAC_SHA256, 0, 0);
  pbk_op(text, PB_OP_HEX, 0, 0);
  if (payload.failed) text->bytes.failed = true;
  pbk_buf_free(&payload);
}

void bybit_ask_signed(bybit *self, pbk_call *call, question *asked) {
  pbk_request request;
  asked->request = pbk_new_id(&self->feed);
  pbk_call_request(call, "https://api.bybit.com", asked->account, asked->command, &request);
  sign(&request, call);
  if (asked->detail.failed) self->out.block.failed = true;
  pbk_buf_bytes(&self->questions, asked, sizeof *asked);
  pbk_send(&self->out, asked->request, &request);
  pbk_call_free(call);
}

/* ---- How a command ends ---- */

static pbk_about about_of(const pbk_wish *wish) {
  return (pbk_about){.account = wish->account, .command = wish->command, .order = wish->order};
}

static void report_rejected(bybit *self, const rejection *one) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, one->wish.instrument);
  pbk_order_report report = {.state = PB_ORDER_STATE_REJECTED, .flags = one->wish.flags, .filled = pbk_exact(0, 0)};
  if (!market) return;
  pbk_complete_report(&report, &one->wish);
  report.reason = pbk_kept_text(&one->fault);
  (void)pbk_publish_order(&self->out, market, &report, about_of(&one->wish), one->fault.error);
}

void bybit_ended(bybit *self, const pbk_wish *wish, const pbk_problem *fault) {
  writing *one = NULL;
  size_t at = 0;
  for (; at < PBK_COUNT(self->writings, writing) && !one; at++) {
    if (PBK_AT(self->writings, writing, at)->tally.command == wish->command) one = PBK_AT(self->writings, writing, at);
  }
  if (!one) return;
  bool is_write = wish->verb != PB_CMD_ORDER;
  pbk_kept_problem kept = fault ? pbk_keep_problem(fault) : (pbk_kept_problem){0};
  /* An order that was refused never lived, and says so, so that each order of a batch has an end. */
  if (fault && wish->verb == PB_CMD_PLACE && !fault->may_have_happened) {
    rejection refused = {.wish = *wish, .fault = kept};
    pbk_buf_bytes(&one->rejected, &refused, sizeof refused);
    if (one->rejected.failed) self->out.block.failed = true;
  }
  if (!pbk_tally_end(&one->tally, fault ? &kept : NULL, is_write)) return;
  writing whole = *one;
  pbk_buf_remove(&self->writings, at - 1, sizeof whole);
  bool is_told = !pbk_tally_is_given_again(&whole.tally);
  for (size_t index = 0; is_told && index < PBK_COUNT(whole.rejected, rejection); index++) {
    report_rejected(self, PBK_AT(whole.rejected, rejection, index));
  }
  pbk_tally_answer(&self->out, &whole.tally);
  pbk_buf_free(&whole.rejected);
}

static void refuse(bybit *self, const pbk_wish *wish, uint32_t error, const char *why) {
  pbk_problem fault = pbk_problem_new(error, why);
  bybit_ended(self, wish, &fault);
}

/* ---- Writing ---- */

static bool is_name(const pbk_word *word) {
  for (uint8_t index = 0; index < word->len; index++) {
    uint8_t byte = word->text[index], letter = byte | 0x20;
    if (!pbk_is_digit(byte) && !(letter >= 'a' && letter <= 'z') && byte != '-' && byte != '_') return false;
  }
  return word->len > 0;
}
static bool is_client_order(const pbk_word *word) { return word->len <= 36 && is_name(word); }

/** The members of every request about an order; what a batch says once is left out of its parts. */
static void begin(const pbk_market *market, pbk_call *call, bool is_part) {
  if (!is_part) pbk_set_str(call, "category", "spot");
  pbk_set_str(call, "symbol", market->symbol);
}

const char *bybit_name(const pbk_wish *wish, const pbk_market *market, pbk_call *call, bool is_part, uint32_t *error) {
  *error = PB_ERR_UNKNOWN_ORDER;
  if (!is_name(&wish->venue) && !is_client_order(&wish->client)) return "the order has no id of this exchange";
  begin(market, call, is_part);
  if (is_name(&wish->venue)) pbk_set(call, "orderId", pbk_word_text(&wish->venue));
  else pbk_set(call, "orderLinkId", pbk_word_text(&wish->client));
  return NULL;
}

/** "Market order will always use IOC"; post-only is a time in force. */
static const char *force_of(const pbk_wish *wish) {
  if (wish->force == PB_TIF_IOC) return "IOC";
  if (!pbk_has_limit(wish->type)) return NULL;
  if (wish->flags & PB_ORDER_POST_ONLY) return "PostOnly";
  return wish->force == PB_TIF_FOK ? "FOK" : "GTC";
}

/** "Place Order". */
static const char *place(bybit *self, const pbk_wish *wish, const pbk_market *market, pbk_call *call, bool is_part,
                         uint32_t *error) {
  const char *why = pbk_offer_check(&BYBIT_OFFER, wish, error), *force = force_of(wish);
  bool is_market = !pbk_has_limit(wish->type), is_by_value = wish->flags & PB_ORDER_BY_VALUE;
  if (why) return why;
  *error = PB_ERR_INVALID_ORDER;
  if (!is_client_order(&wish->client)) return "a client order id is 1 to 36 letters, digits, dashes and underscores";
  *error = PB_ERR_UNSUPPORTED;
  if (is_market && wish->force == PB_TIF_FOK) return "a market order cannot be fill-or-kill";
  begin(market, call, is_part);
  pbk_set_str(call, "side", wish->side == PB_SIDE_BUY ? "Buy" : "Sell");
  pbk_set_str(call, "orderType", is_market ? "Market" : "Limit");
  if (force) pbk_set_str(call, "timeInForce", force);
  /* A conditional order holds nothing until its price is reached; from which side that is, the exchange takes from
   * where the price is. */
  if (pbk_is_triggered(wish->type)) {
    pbk_waiting_note(&self->waiting, pbk_word_text(&wish->client), true);
    pbk_set_str(call, "orderFilter", "StopOrder");
    pbk_set_dec(call, "triggerPrice", wish->stop);
  }
  /* "Place Order": marketUnit says what the quantity of a market order counts. */
  if (is_market) pbk_set_str(call, "marketUnit", is_by_value ? "quoteCoin" : "baseCoin");
  pbk_set_dec(call, "qty", is_by_value ? wish->value : wish->quantity);
  pbk_set_dec(call, "price", wish->price);
  pbk_set(call, "orderLinkId", pbk_word_text(&wish->client));
  return NULL;
}

/** "Amend Order": qty counts what has been filled already. */
static const char *amend(const pbk_wish *wish, const pbk_market *market, pbk_call *call, bool is_part,
                         uint32_t *error) {
  *error = PB_ERR_INVALID_ORDER;
  if (!wish->price.state && !wish->quantity.state && !wish->stop.state) return "an amendment says what changes";
  const char *why = bybit_name(wish, market, call, is_part, error);
  if (why) return why;
  pbk_set_dec(call, "qty", wish->quantity);
  pbk_set_dec(call, "price", wish->price);
  pbk_set_dec(call, "triggerPrice", wish->stop);
  return NULL;
}

/** Whether an order is an act of its own, which is in no batch: those that wait for a price. */
static bool is_alone(const bybit *self, const pbk_wish *wish) {
  if (wish->verb == PB_CMD_PLACE) return pbk_is_triggered(wish->type);
  return wish->verb != PB_CMD_AMEND && pbk_waiting_owns(&self->waiting, wish);
}

/** Writes the members of one order; null, or why not. */
static const char *describe(bybit *self, const pbk_wish *wish, pbk_call *call, bool is_part, uint32_t *error) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, wish->instrument);
  *error = PB_ERR_UNKNOWN_INSTRUMENT;
  if (!market) return "there is no such instrument";
  if (wish->verb == PB_CMD_PLACE) return place(self, wish, market, call, is_part, error);
  if (wish->verb == PB_CMD_AMEND) return amend(wish, market, call, is_part, error);
  const char *why = bybit_name(wish, market, call, is_part, error);
  /* "Cancel Order": of spot, a kind of orders. */
  if (!why && !is_part) pbk_set_str(call, "orderFilter", is_alone(self, wish) ? "StopOrder" : "Order");
  return why;
}

/** The act, path and limit of a call about orders. */
static void head(const bybit *self, const pbk_wish *wish, uint32_t count, pbk_call *call) {
  bool is_place = wish->verb == PB_CMD_PLACE, is_amend = wish->verb == PB_CMD_AMEND, is_batch = count > 1;
  *call = (pbk_call){.is_json = true, .priority = PB_PRIORITY_ORDER};
  if (is_place) {
    bool takes = wish->type == PB_TYPE_TAKE_LIMIT || wish->type == PB_TYPE_TAKE_MARKET;
    const char *single = !pbk_is_triggered(wish->type) ? "spot_place" : takes ? "spot_take" : "spot_stop";
    call->act = is_batch ? "spot_place_batch" : single;
    call->path = is_batch ? "/v5/order/create-batch" : "/v5/order/create";
  } else if (is_amend) {
    call->act = is_batch ? "spot_amend_batch" : "spot_amend";
    call->path = is_batch ? "/v5/order/amend-batch" : "/v5/order/amend";
  } else {
    call->act = is_batch ? "spot_cancel_batch" : is_alone(self, wish) ? "spot_cancel_stop" : "spot_cancel";
    call->path = is_batch ? "/v5/order/cancel-batch" : "/v5/order/cancel";
    call->priority = PB_PRIORITY_CANCEL;
  }
  /* A batch costs what its orders would. */
  pbk_call_charge(call, REQUESTS, count);
  pbk_call_charge(call, is_place ? ORDERS : is_amend ? AMENDS : CANCELS, count);
}

/** Sends one order, or several of one kind in one request; each has been found to be whole. */
static void send(bybit *self, const pbk_wish *wishes, uint32_t count) {
  question asked = {.command = wishes->command, .account = wishes->account, .what = ASKED_WRITE};
  pbk_call call;
  uint32_t error;
  head(self, wishes, count, &call);
  if (count > 1) {
    /* {"category": "spot", "request": [{...}, {...}]} */
    pbk_set_str(&call, "category", "spot");
    pbk_set_name(&call, "request");
    for (uint32_t index = 0; index < count; index++) {
      pbk_call part = {.is_json = true};
      (void)describe(self, &wishes[index], &part, true, &error);
      pbk_buf_text(&call.text, index ? ",{" : "[{");
      pbk_buf_bytes(&call.text, part.text.ptr, part.text.len);
      pbk_buf_text(&call.text, "}");
      pbk_call_free(&part);
    }
    pbk_buf_text(&call.text, "]");
  } else {
    (void)describe(self, wishes, &call, false, &error);
  }
  pbk_buf_bytes(&asked.detail, wishes, count * sizeof *wishes);
  bybit_ask_signed(self, &call, &asked);
}

void bybit_write(bybit *self, const pb_input *input) {
  PBK_READ(pb_in_command, command, input);
  pbk_buf all = {0}, ready = {0};
  pbk_wishes_of(input, &all);
  uint32_t count = (uint32_t)PBK_COUNT(all, pbk_wish);
  writing begun = {.tally = {.command = command.command, .total = count, .missing = count}};
  pbk_buf_bytes(&self->writings, &begun, sizeof begun);
  for (uint32_t index = 0; index < count; index++) {
    pbk_wish *wish = PBK_AT(all, pbk_wish, index);
    pbk_call trial = {.is_json = true};
    uint32_t error = PB_ERR_INVALID_ORDER;
    const char *why =
      wish->account != command.account ? "a batch is of one account" : describe(self, wish, &trial, false, &error);
    pbk_call_free(&trial);
    if (why) refuse(self, wish, error, why);
    else if (is_alone(self, wish)) send(self, wish, 1);
    else pbk_buf_bytes(&ready, wish, sizeof *wish);
  }
  uint32_t left = (uint32_t)PBK_COUNT(ready, pbk_wish);
  for (uint32_t start = 0; start < left; start += MOST) {
    send(self, PBK_AT(ready, pbk_wish, start), left - start < MOST ? left - start : MOST);
  }
  if (all.failed || ready.failed) self->out.block.failed = true;
  pbk_buf_free(&all);
  pbk_buf_free(&ready);
}

/* ---- What came of it ---- */

typedef struct said {
  pbk_text venue, client, code, words;
} said;

static void read_ids(pbk_json *json, said *one) {
  pbk_text key;
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "orderId")) one->venue = pbk_scalar(json);
    else if (pbk_is(key, "orderLinkId")) one->client = pbk_scalar(json);
    else if (pbk_is(key, "code")) one->code = pbk_scalar(json);
    else if (pbk_is(key, "msg")) one->words = pbk_scalar(json);
    else pbk_skip(json);
  }
}

/** One order is answered by its ids. Of several, the codes stand in a second list:
 * {"result": {"list": [{"orderId": "1"}]}, "retExtInfo": {"list": [{"code": 0, "msg": "OK"}]}}. */
static bool read_answer(pb_span body, said *all, size_t count) {
  pbk_json result, list, codes;
  size_t read = 0, coded = 0;
  if (!bybit_whole(body, "result", &result)) return false;
  list = result;
  if (!pbk_find(&list, "list")) {
    read_ids(&result, all);
    return count == 1 && !result.failed;
  }
  if (!bybit_whole(body, "retExtInfo/list", &codes)) return false;
  pbk_enter_array(&list);
  for (; pbk_next_element(&list); read++) {
    said unused = {0};
    read_ids(&list, read < count ? &all[read] : &unused);
  }
  pbk_enter_array(&codes);
  for (; pbk_next_element(&codes); coded++) {
    said unused = {0};
    read_ids(&codes, coded < count ? &all[coded] : &unused);
  }
  return !list.failed && !codes.failed && read == count && coded == count;
}

/** An order was placed; what becomes of one that is changed or cancelled, the stream says. */
static void accepted(bybit *self, const pbk_wish *wish, const said *one) {
  const pbk_market *market = pbk_market_of(&self->feed.markets, wish->instrument);
  if (wish->verb != PB_CMD_PLACE || !market) return;
  pbk_order_report report = {.venue = one->venue, .client = one->client, .flags = wish->flags,
                             .filled = pbk_exact(0, 0)};
  report.state = pbk_is_triggered(wish->type) ? PB_ORDER_STATE_UNTRIGGERED : PB_ORDER_STATE_OPEN;
  pbk_complete_report(&report, wish);
  (void)pbk_publish_order(&self->out, market, &report, about_of(wish), 0);
}

pb_status bybit_written(bybit *self, pb_span body, const pbk_problem *fault, const question *asked) {
  size_t count = PBK_COUNT(asked->detail, pbk_wish);
  const pbk_wish *wishes = PBK_AT(asked->detail, pbk_wish, 0);
  said *all = (said *)calloc(count ? count : 1, sizeof *all);
  if (!all) return PB_E_INTERNAL;
  bool is_read = read_answer(body, all, count);
  /* An answer may refuse as a whole and still say what became of each order. */
  for (size_t index = 0; fault && index < count; index++) is_read = is_read && all[index].code.len;
  pbk_problem unread = pbk_problem_new(PB_ERR_OTHER, "the exchange's answer to an order cannot be read");
  unread.may_have_happened = true;
  for (size_t index = 0; index < count; index++) {
    const said *one = &all[index];
    if (!is_read) {
      bybit_ended(self, &wishes[index], fault ? fault : &unread);
    } else if (one->code.len && !pbk_is(one->code, "0")) {
      pbk_problem own = pbk_problem_by(&BYBIT_ERRORS, one->code, one->words);
      bybit_correct(&own);
      /* A code that nobody knows proves nothing of the one order; the status of the answer may. */
      bool is_proved = own.may_have_happened && count == 1 && fault && !fault->may_have_happened;
      bybit_ended(self, &wishes[index], is_proved ? fault : &own);
    } else if (wishes[index].verb == PB_CMD_PLACE && !one->venue.len) {
      pbk_problem unnamed = pbk_problem_new(PB_ERR_OTHER, "the exchange's answer names no order");
      unnamed.may_have_happened = true;
      bybit_ended(self, &wishes[index], &unnamed);
    } else {
      accepted(self, &wishes[index], one);
      bybit_ended(self, &wishes[index], NULL);
    }
  }
  free(all);
  return is_read || fault ? PB_OK : PB_E_PARSE;
}
