/* The account and its stream. Sources: Bybit API v5, "Connect: Authentication", "Order", "Execution", "Wallet", "Get
 * Wallet Balance", "Get Fee Rate". */
#include "bybit.h"

/** "Authentication": hexadecimal HMAC-SHA256 over GET/realtime and the time until which the login is good. */
static void login(pbk_sealed *text, pb_id id) {
  const int64_t ahead = 10 * PBK_SECOND;
  pbk_buf start = {0};
  pbk_buf_text(&start, "{\"req_id\":\"");
  pbk_buf_number(&start, id);
  pbk_buf_text(&start, "\",\"op\":\"auth\",\"args\":[\"");
  pbk_literal(text, start.ptr, start.len);
  pbk_buf_free(&start);
  pbk_seal(text);
  pbk_op_bytes(text, PB_OP_FIELD, "api_key");
  pbk_op(text, PB_OP_JSON_ESCAPE, 0, 0);
  pbk_write(text, "\",");
  pbk_seal(text);
  pbk_op_time(text, PB_OP_TIME_MS, 0, ahead);
  pbk_write(text, ",\"");
  pbk_seal(text);
  pbk_op_bytes(text, PB_OP_BYTES, "GET/realtime");
  pbk_op_time(text, PB_OP_TIME_MS, 0, ahead);
  pbk_op(text, PB_OP_CONCAT, 2, 0);
  pbk_op_bytes(text, PB_OP_FIELD, "secret_key");
  pbk_op(text, PB_OP_HMAC_SHA256, 0, 0);
  pbk_op(text, PB_OP_HEX, 0, 0);
  pbk_write(text, "\"]}");
}

static void subscribe(pbk_sealed *text, const char *channel, pb_id id) {
  pbk_buf words = {0};
  pbk_buf_text(&words, "{\"req_id\":\"");
  pbk_buf_number(&words, id);
  pbk_buf_text(&words, "\",\"op\":\"subscribe\",\"args\":[\"");
  pbk_buf_text(&words, channel);
  pbk_buf_text(&words, "\"]}");
  pbk_literal(text, words.ptr, words.len);
  pbk_buf_free(&words);
}

static const char *const CHANNELS[] = {"order.spot", "execution.spot", "wallet"};
const pbk_private_plan BYBIT_PRIVATE = {
  .url = "wss://stream.bybit.com/v5/private", .stream_act = "private_stream", .login_act = "login",
  .subscribe_act = "subscribe", .channels = CHANNELS, .channel_count = 3, .login = login, .subscribe = subscribe,
  .ping = "{\"op\":\"ping\"}", .ping_act = "ping", .ping_every_ns = 20000000000, .idle_ns = 60000000000,
  .open_charge = {.bucket = CONNECTIONS, .weight = 1}};

/** Balances of a list; how many could not be read. Held is what open orders of spot lock, and the margin of orders and
 * positions. */
static uint32_t balances(bybit *self, pbk_json *coins, pbk_about about) {
  uint32_t left = 0;
  pbk_enter_array(coins);
  while (pbk_next_element(coins)) {
    pbk_json coin = pbk_entry(coins);
    pbk_text key, asset = {0};
    pbk_sum total = {0}, held = {.is_there = true};
    pbk_enter_object(&coin);
    while (pbk_next_key(&coin, &key)) {
      if (pbk_is(key, "coin")) asset = pbk_string(&coin);
      else if (pbk_is(key, "walletBalance")) total = pbk_optional_sum(&coin);
      else if (pbk_is(key, "locked") || pbk_is(key, "totalOrderIM") || pbk_is(key, "totalPositionIM")) {
        held = pbk_sum_add(held, pbk_optional_sum(&coin), false);
      } else pbk_skip(&coin);
    }
    if (coin.failed || !asset.len || !total.is_there) {
      left++;
      continue;
    }
    pb_balance fact = {.account = about.account, .command = about.command, .total = pbk_sum_dec(total),
                       .available = pbk_sum_dec(pbk_sum_add(total, held, true))};
    pbk_balance(&self->out, &fact, asset);
  }
  if (left > 0) pbk_warn(&self->out, "balances that cannot be read are left out");
  return left;
}

/* ---- The stream ---- */

/** What stands around the data of a private frame, and what answers carry, in either spelling. */
typedef struct private_head {
  pbk_text topic, operation, code, words;
  pbk_json data;
  bool has_data, is_refused;
} private_head;

/** Whether an answer refuses; then why. */
static bool is_refused(const private_head *head, pbk_problem *fault) {
  bool is_fine = !head->is_refused && (!head->code.len || pbk_is(head->code, "0"));
  if (is_fine || pbk_contains(head->words, "already subscribed")) return false;
  *fault = pbk_problem_by(&BYBIT_ERRORS, head->code, head->words);
  bybit_correct(fault);
  return true;
}

static pb_status answer(bybit *self, pbk_account *account, const private_head *head) {
  pbk_problem fault;
  const pbk_problem *why = is_refused(head, &fault) ? &fault : NULL;
  if (pbk_is(head->operation, "auth")) {
    pbk_logged_in(&self->accounts, &self->feed, &self->out, account, why);
  } else if (pbk_is(head->operation, "subscribe")) {
    pbk_private_acknowledged(&self->accounts, &self->out, account, why);
  } else if (!pbk_is(head->operation, "unsubscribe") && !pbk_is(head->operation, "ping") &&
             !pbk_is(head->operation, "pong")) {
    return PB_E_UNSUPPORTED;
  }
  return PB_OK;
}

/** One entry of a topic; `false` when it cannot be read. */
static bool report(bybit *self, pbk_text kind, pbk_json entry, pbk_about about) {
  const pbk_market *market;
  if (pbk_is(kind, "order")) {
    pbk_order_report order;
    bool is_own = bybit_order(self, &entry, &order);
    market = is_own ? pbk_market_named(&self->feed.markets, order.symbol) : NULL;
    if (market) (void)pbk_publish_order(&self->out, market, &order, about, 0);
  } else if (pbk_is(kind, "execution")) {
    pbk_fill_report fill;
    bool is_own = bybit_execution(self, &entry, &fill);
    market = is_own ? pbk_market_named(&self->feed.markets, fill.symbol) : NULL;
    if (market) (void)pbk_publish_fill(&self->out, market, &fill, about);
  } else if (pbk_find(&entry, "coin")) {
    (void)balances(self, &entry, about);
  }
  return !entry.failed;
}

/** {"topic": "order.spot", "creationTime": 1, "data": [{...}]}, and answers
 * {"success": true, "ret_msg": "", "op": "auth", "conn_id": "..."}. */
static pb_status read_private(bybit *self, pbk_account *account, pb_span frame) {
  pbk_json json = pbk_json_of(frame);
  private_head head = {0};
  pbk_text key, kind, rest;
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (pbk_is(key, "topic")) head.topic = pbk_string(&json);
    else if (pbk_is(key, "data")) {
      head.data = pbk_entry(&json);
      head.has_data = true;
    } else if (pbk_is(key, "op")) head.operation = pbk_string(&json);
    else if (pbk_is(key, "success")) head.is_refused = !pbk_is(pbk_scalar(&json), "true");
    else if (pbk_is(key, "retCode")) head.code = pbk_scalar(&json);
    else if (pbk_is(key, "ret_msg") || pbk_is(key, "retMsg")) head.words = pbk_scalar(&json);
    else pbk_skip(&json);
  }
  if (!pbk_is_complete(&json)) return PB_E_PARSE;
  if (!head.has_data || !head.topic.len) return answer(self, account, &head);
  if (!pbk_split(head.topic, '.', &kind, &rest)) kind = head.topic;
  /* "Fast Execution" has less in it, and is not subscribed to. */
  bool is_known = pbk_is(kind, "order") || pbk_is(kind, "execution") || pbk_is(kind, "wallet");
  if (!is_known || pbk_is(head.topic, "execution.fast")) return PB_E_UNSUPPORTED;
  pbk_about about = {.account = account->id};
  pbk_enter_array(&head.data);
  while (pbk_next_element(&head.data)) {
    if (!report(self, kind, pbk_entry(&head.data), about)) pbk_fail(&head.data);
  }
  return head.data.failed ? PB_E_PARSE : PB_OK;
}

pb_status bybit_private_frame(bybit *self, pbk_account *account, pb_span frame) {
  pb_status status = read_private(self, account, frame);
  /* It may have been a report. A new stream has the host compare its orders with the exchange's. */
  if (status == PB_E_PARSE) {
    pbk_private_restart(&self->accounts, &self->out, account, PB_ERR_OTHER, "a message could not be read");
  }
  return status;
}

/* ---- What is asked ---- */

void bybit_query(bybit *self, const pb_in_command *command, uint32_t what) {
  question asked = {.command = command->command, .account = command->account, .instrument = command->instrument,
                    .what = what};
  pbk_call call = {.act = "wallet", .path = "/v5/account/wallet-balance", .priority = PB_PRIORITY_QUERY};
  if (what == ASKED_FEES) {
    const pbk_market *market = pbk_market_of(&self->feed.markets, command->instrument);
    if (command->instrument && !market) {
      pbk_refuse(&self->out, command->command, PB_ERR_UNKNOWN_INSTRUMENT, "there is no such instrument");
      return;
    }
    call.act = "fee_rates";
    call.path = "/v5/account/fee-rate";
    pbk_set_str(&call, "category", "spot");
    if (market) pbk_set_str(&call, "symbol", market->symbol);
  } else {
    pbk_set_str(&call, "accountType", "UNIFIED");
  }
  pbk_call_charge(&call, REQUESTS, 1);
  pbk_call_charge(&call, what == ASKED_FEES ? FEE_RATES : WALLETS, 1);
  bybit_ask_signed(self, &call, &asked);
}

/** "Get Wallet Balance". */
bool bybit_wallet(bybit *self, pb_span body, const question *asked) {
  pbk_json list;
  if (!bybit_whole(body, "result/list", &list)) return false;
  pbk_enter_array(&list);
  if (!pbk_next_element(&list) || !pbk_find(&list, "coin")) return false;
  uint32_t left = balances(self, &list, (pbk_about){.account = asked->account, .command = asked->command});
  if (list.failed) return false;
  pbk_complete(&self->out, asked->command, asked->account, 0, PB_EV_BALANCE, left > 0);
  return true;
}

/** "Get Fee Rate". */
bool bybit_fee_rates(bybit *self, pb_span body, const question *asked) {
  pbk_json list;
  bool is_short = false;
  if (!bybit_whole(body, "result/list", &list)) return false;
  pbk_enter_array(&list);
  while (pbk_next_element(&list)) {
    pbk_json entry = pbk_entry(&list);
    pbk_text key;
    const pbk_market *market = NULL;
    pb_fees fact = {.account = asked->account, .command = asked->command};
    pbk_enter_object(&entry);
    while (pbk_next_key(&entry, &key)) {
      if (pbk_is(key, "symbol")) market = pbk_market_named(&self->feed.markets, pbk_string(&entry));
      else if (pbk_is(key, "makerFeeRate")) fact.maker = pbk_optional(&entry);
      else if (pbk_is(key, "takerFeeRate")) fact.taker = pbk_optional(&entry);
      else pbk_skip(&entry);
    }
    is_short = is_short || entry.failed;
    if (entry.failed || !market || !fact.maker.state || !fact.taker.state) continue;
    fact.instrument = pbk_market_id(market);
    if (!asked->instrument || asked->instrument == fact.instrument) PBK_EMIT(&self->out, PB_EV_FEES, fact);
  }
  pbk_complete(&self->out, asked->command, asked->account, asked->instrument, PB_EV_FEES, is_short);
  return !list.failed;
}
