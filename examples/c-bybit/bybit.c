/* Bybit spot in C, on the kit: the Bybit API v5 (bybit-exchange.github.io/docs/v5), ported from the connector in Swift
 * (Plugins/Bybit) and certified by the same recordings, vectors and samples.
 *
 * Inputs, public requests and instruments are here, public frames in frames.c, orders in orders.c and asking.c, the
 * account and its stream in account.c, the exchange's words and codes in words.c. */
#include "bybit.h"

#define ADDRESS .scope = PB_SCOPE_ADDRESS
#define ACCOUNT .scope = PB_SCOPE_ACCOUNT, .interval_ns = 1000000000, .remaining_header = "x-bapi-limit-status"

/** "Rate Limit Rules". */
static const pbk_limit LIMITS[] = {
  {.bucket = CONNECTIONS, .name = "connections", ADDRESS, .capacity = 500, .interval_ns = 300000000000},
  {.bucket = REQUESTS, .name = "requests", ADDRESS, .capacity = 600, .interval_ns = 5000000000},
  {.bucket = ORDERS, .name = "spot_orders", ACCOUNT, .capacity = 20},
  {.bucket = AMENDS, .name = "spot_amends", ACCOUNT, .capacity = 20},
  {.bucket = CANCELS, .name = "spot_cancels", ACCOUNT, .capacity = 20},
  {.bucket = QUERIES, .name = "queries", ACCOUNT, .capacity = 50},
  {.bucket = HISTORIES, .name = "histories", ACCOUNT, .capacity = 50},
  {.bucket = EXECUTIONS, .name = "executions", ACCOUNT, .capacity = 50},
  {.bucket = WALLETS, .name = "wallets", ACCOUNT, .capacity = 50},
  {.bucket = FEE_RATES, .name = "fee_rates", ACCOUNT, .capacity = 5},
};

static const pbk_channel CHANNELS[] = {
  {PB_CHANNEL_BOOK, "orderbook"}, {PB_CHANNEL_TRADES, "publicTrade"}, {PB_CHANNEL_TICKER, "tickers"}};

static const char DESCRIPTOR[] =
  "{\"id\": \"bybit_c\", \"name\": \"Bybit in C\", \"version\": \"1.0.0\", \"kind\": \"spot\", \"hosts\":"
  " [\"api.bybit.com:443\", \"stream.bybit.com:443\"], \"extensions\": [], \"credentials\": [{\"name\":"
  " \"api_key\", \"secret\": false, \"required\": true}, {\"name\": \"secret_key\", \"secret\": true,"
  " \"required\": true}], \"config\": [], \"verbs\": [\"clock\", \"instruments\", \"subscribe\","
  " \"unsubscribe\", \"resync\", \"tickers\", \"place\", \"amend\", \"cancel\", \"cancel_many\", \"order\","
  " \"open_orders\", \"fills\", \"balances\", \"fees\", \"order_history\"], \"channels\": [\"book\","
  " \"trades\", \"ticker\"], \"order_types\": [\"limit\", \"market\", \"stop_limit\", \"stop_market\","
  " \"take_limit\", \"take_market\"], \"domains\": [\"live\"], \"client_order_id\": {\"length\": 36,"
  " \"pattern\": \"^[A-Za-z0-9_-]{1,36}$\"}}";

/** "Orderbook: Depths". The book of one level is the ticker's. */
static uint32_t levels(uint32_t wanted) { return wanted == 0 || wanted > 200 ? 1000 : wanted > 50 ? 200 : 50; }

static void write_topic(pbk_buf *text, const char *channel, uint32_t depth, const char *symbol) {
  pbk_buf_text(text, "\"");
  pbk_buf_text(text, channel);
  if (depth) {
    pbk_buf_text(text, ".");
    pbk_buf_number(text, depth);
  }
  pbk_buf_text(text, ".");
  pbk_buf_text(text, symbol);
  pbk_buf_text(text, "\"");
}

/** "Connect: How to Subscribe to Topics". "Ticker" of spot names no best prices: those are the book of one level. */
static void write_topics(pbk_buf *text, const pbk_topic_name *topics, uint32_t count, bool is_unsubscribe, pb_id id) {
  pbk_buf_text(text, "{\"req_id\":\"");
  pbk_buf_number(text, id);
  pbk_buf_text(text, is_unsubscribe ? "\",\"op\":\"unsubscribe\",\"args\":[" : "\",\"op\":\"subscribe\",\"args\":[");
  for (uint32_t index = 0; index < count; index++) {
    const pbk_topic_name *topic = &topics[index];
    bool is_book = topic->channel == CHANNELS[0].name;
    if (index > 0) pbk_buf_text(text, ",");
    write_topic(text, topic->channel, is_book ? topic->depth : 0, topic->symbol);
    if (topic->channel != CHANNELS[2].name) continue;
    pbk_buf_text(text, ",");
    write_topic(text, CHANNELS[0].name, 1, topic->symbol);
  }
  pbk_buf_text(text, "]}");
}

static pb_status ask(bybit *self, uint32_t what, const char *url, pb_id command) {
  question asked = {.request = pbk_new_id(&self->feed), .command = command, .what = what};
  pbk_request request = {.method = PB_METHOD_GET, .command = command, .deadline_ns = 30000000000};
  pbk_write(&request.url, url);
  pbk_charge(&request, REQUESTS, 1);
  pbk_buf_bytes(&self->questions, &asked, sizeof asked);
  pbk_send(&self->out, asked.request, &request);
  return PB_OK;
}

bool bybit_whole(pb_span body, const char *path, pbk_json *json) {
  pbk_json all = pbk_json_of(body);
  pbk_skip(&all);
  *json = pbk_json_of(body);
  return pbk_is_complete(&all) && pbk_find(json, path);
}

/* ---- Instruments ---- */

/** The rules of an instrument. */
typedef struct rules {
  pbk_text symbol, base, quote, status;
  pb_dec tick, lot, min_quantity, max_quantity, min_notional, max_notional;
} rules;

static pb_dec positive(pbk_json *json) {
  pb_dec value = pbk_optional(json);
  return pbk_is_positive(value) ? value : (pb_dec){0};
}

static void read_steps(pbk_json *json, rules *rules) {
  pbk_text key;
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "tickSize")) rules->tick = pbk_decimal(json);
    else if (pbk_is(key, "basePrecision")) rules->lot = pbk_decimal(json);
    else if (pbk_is(key, "minOrderQty")) rules->min_quantity = positive(json);
    else if (pbk_is(key, "maxOrderQty") || pbk_is(key, "maxLimitOrderQty")) rules->max_quantity = positive(json);
    else if (pbk_is(key, "minOrderAmt")) rules->min_notional = positive(json);
    else if (pbk_is(key, "maxOrderAmt")) rules->max_notional = positive(json);
    else pbk_skip(json);
  }
}

/** `false` when it cannot be read, or lacks what every instrument needs. */
static bool read_rules(pbk_json *json, rules *rules) {
  pbk_text key;
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "symbol")) rules->symbol = pbk_string(json);
    else if (pbk_is(key, "baseCoin")) rules->base = pbk_string(json);
    else if (pbk_is(key, "quoteCoin")) rules->quote = pbk_string(json);
    else if (pbk_is(key, "status")) rules->status = pbk_string(json);
    else if (pbk_is(key, "lotSizeFilter") || pbk_is(key, "priceFilter")) read_steps(json, rules);
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

static void publish(bybit *self, const rules *rules, const pbk_market *market) {
  bool is_trading = pbk_is(rules->status, "Trading");
  pb_instrument fact = {
    .instrument = pbk_market_id(market), .kind = PB_KIND_SPOT,
    .state = is_trading ? PB_INSTRUMENT_TRADING : PB_INSTRUMENT_HALTED, .price_exp = market->price_exp,
    .quantity_exp = market->quantity_exp, .tick = rules->tick, .lot = rules->lot,
    .min_quantity = rules->min_quantity, .max_quantity = rules->max_quantity, .min_notional = rules->min_notional,
    .max_notional = rules->max_notional, .multiplier = pbk_exact(1, 0), .order_types = BYBIT_OFFER.types,
    .time_in_force = BYBIT_OFFER.forces, .order_flags = BYBIT_OFFER.flags};
  pbk_instrument(&self->out, &fact, rules->symbol, rules->base, rules->quote, (pbk_text){0},
                 is_trading ? NULL : "the exchange does not say that it is traded");
}

/** What pays the fees of a market. */
static void remember_assets(bybit *self, const rules *rules, uint32_t number) {
  const assets none = {0};
  while (!self->assets.failed && PBK_COUNT(self->assets, assets) <= number) {
    pbk_buf_bytes(&self->assets, &none, sizeof none);
  }
  if (self->assets.failed) self->out.block.failed = true;
  else *PBK_AT(self->assets, assets, number) = (assets){pbk_word_of(rules->base), pbk_word_of(rules->quote)};
}

/** "Get Instruments Info": spot comes whole. An entry that cannot be read spoils no other; of two of one symbol the
 * first counts. */
static bool instruments(bybit *self, pb_span body, pb_id command) {
  pbk_json list, entry;
  if (!bybit_whole(body, "result/list", &list)) return false;
  pbk_json proof = list;
  pbk_enter_array(&proof);
  while (pbk_next_element(&proof)) pbk_skip(&proof);
  if (proof.failed) return false;
  bool *listed = (bool *)calloc(PBK_MOST_MARKETS, sizeof *listed);
  bool is_short = false;
  if (!listed) return false;
  pbk_enter_array(&list);
  while (pbk_next_element(&list)) {
    rules rules = {0};
    entry = pbk_entry(&list);
    pbk_market *market = NULL;
    if (read_rules(&entry, &rules)) {
      int32_t price_exp = -pbk_places(rules.tick), quantity_exp = -pbk_places(rules.lot);
      market = pbk_feed_list(&self->feed, &self->out, rules.symbol, price_exp, quantity_exp);
    }
    if (market && !listed[market->number]) {
      listed[market->number] = true;
      remember_assets(self, &rules, market->number);
      publish(self, &rules, market);
    } else {
      is_short = true;
    }
  }
  free(listed);
  if (is_short) pbk_warn(&self->out, "instruments that could not be read or stand twice are left out");
  pbk_complete(&self->out, command, 0, 0, PB_EV_INSTRUMENT, false);
  pbk_accounts_begin(&self->accounts, &self->feed, &self->out);
  return true;
}

/* ---- Answers ---- */

/** "Get Tickers". */
static bool tickers(bybit *self, pb_span body, pb_id command) {
  pbk_json list;
  bool is_short = false;
  if (!bybit_whole(body, "result/list", &list)) return false;
  pbk_enter_array(&list);
  while (pbk_next_element(&list)) {
    pbk_json entry = pbk_entry(&list), symbol = entry;
    bool is_named = pbk_find(&symbol, "symbol");
    pbk_text name = is_named ? pbk_string(&symbol) : (pbk_text){0};
    const pbk_market *market = pbk_market_named(&self->feed.markets, name);
    pb_ticker fact;
    if (market && bybit_ticker(entry, market, 0, &fact)) pbk_ticker(&self->out, &fact);
    else is_short = is_short || market || name.len == 0;
  }
  if (is_short) pbk_warn(&self->out, "tickers that could not be read are left out");
  pbk_complete(&self->out, command, 0, 0, PB_EV_TICKER, is_short);
  return !list.failed;
}

/** "Get Bybit Server Time"; every reply carries the time in milliseconds. */
static bool clock_is_read(bybit *self, pb_id request, pb_span body) {
  pbk_json time;
  int64_t venue_ns = bybit_whole(body, "time", &time) ? pbk_milliseconds(&time) : 0;
  if (venue_ns > 0) pbk_clock(&self->out, request, venue_ns, 0);
  return venue_ns > 0;
}

/** The answer to a question; `false` when it cannot be read. */
static bool is_read(bybit *self, pb_span body, const question *asked) {
  switch (asked->what) {
    case ASKED_CLOCK: return clock_is_read(self, asked->request, body);
    case ASKED_INSTRUMENTS: return instruments(self, body, asked->command);
    case ASKED_TICKERS: return tickers(self, body, asked->command);
    case ASKED_BALANCES: return bybit_wallet(self, body, asked);
    default: return bybit_fee_rates(self, body, asked);
  }
}

/** The answer to a question whose outcome is known. */
static pb_status answered(bybit *self, pb_span body, pbk_problem *fault, const question *asked) {
  if (asked->what == ASKED_WRITE) return bybit_written(self, body, fault, asked);
  if (asked->what == ASKED_LIVING || asked->what == ASKED_ENDED) return bybit_found(self, body, fault, asked);
  if (fault) {
    /* Where no account asked, a lockout is one of the address. */
    if (!asked->account && fault->retry_after_ns > 0) fault->error = PB_ERR_RATE_LIMIT;
    pbk_refuse_for(&self->out, asked->command, fault);
    return PB_OK;
  }
  if (asked->what == ASKED_LIST && bybit_page(self, body, asked)) return PB_OK;
  if (asked->what != ASKED_LIST && is_read(self, body, asked)) {
    pbk_done(&self->out, asked->command);
    return PB_OK;
  }
  pbk_reply(&self->out, asked->command, PB_OUTCOME_UNKNOWN, PB_ERR_OTHER, 0, (pbk_text){0},
            pbk_text_of("the exchange's answer cannot be read"));
  return PB_E_PARSE;
}

static pb_status replied(bybit *self, const pb_input *input, pb_span body) {
  PBK_READ(pb_in_reply, reply, input);
  question asked = {0};
  for (size_t index = 0; index < PBK_COUNT(self->questions, question); index++) {
    if (PBK_AT(self->questions, question, index)->request != reply.request) continue;
    asked = *PBK_AT(self->questions, question, index);
    pbk_buf_remove(&self->questions, index, sizeof asked);
    break;
  }
  if (asked.request == 0) return PB_E_STATE;
  pbk_problem fault;
  bool has_failed = pbk_problem_of(&BYBIT_ERRORS, input, &reply, body, &fault);
  if (has_failed) bybit_correct(&fault);
  pb_status status = answered(self, body, has_failed ? &fault : NULL, &asked);
  pbk_buf_free(&asked.detail);
  return status;
}

/* ---- Inputs ---- */

/** A command of an account. */
static pb_status private_command(bybit *self, const pb_input *input, const pb_in_command *command) {
  if (!pbk_account_named(&self->accounts, command->account)) {
    pbk_refuse(&self->out, command->command, PB_ERR_AUTH, "there is no such account");
    return PB_OK;
  }
  switch (command->verb) {
    case PB_CMD_PLACE:
    case PB_CMD_AMEND:
    case PB_CMD_CANCEL:
    case PB_CMD_CANCEL_MANY: bybit_write(self, input); return PB_OK;
    case PB_CMD_ORDER: bybit_find(self, input); return PB_OK;
    case PB_CMD_OPEN_ORDERS:
    case PB_CMD_ORDER_HISTORY:
    case PB_CMD_FILLS: bybit_list(self, input); return PB_OK;
    case PB_CMD_BALANCES: bybit_query(self, command, ASKED_BALANCES); return PB_OK;
    case PB_CMD_FEES: bybit_query(self, command, ASKED_FEES); return PB_OK;
    default: return PB_E_UNSUPPORTED;
  }
}

static pb_status command(bybit *self, const pb_input *input) {
  PBK_READ(pb_in_command, command, input);
  if (pbk_feed_command(&self->feed, &self->out, &command)) return PB_OK;
  switch (command.verb) {
    case PB_CMD_CLOCK: return ask(self, ASKED_CLOCK, "https://api.bybit.com/v5/market/time", command.command);
    case PB_CMD_INSTRUMENTS:
      return ask(self, ASKED_INSTRUMENTS, "https://api.bybit.com/v5/market/instruments-info?category=spot",
                 command.command);
    case PB_CMD_TICKERS:
      return ask(self, ASKED_TICKERS, "https://api.bybit.com/v5/market/tickers?category=spot", command.command);
    default: break;
  }
  if (command.verb < PB_CMD_PLACE || command.verb > PB_CMD_ORDER_HISTORY) return PB_E_UNSUPPORTED;
  return private_command(self, input, &command);
}

static pb_status framed(bybit *self, pb_id stream, pb_span frame) {
  pbk_account *account = pbk_account_on(&self->accounts, stream);
  if (pbk_feed_owns(&self->feed, stream)) return bybit_frame(self, stream, frame);
  if (!account) return PB_E_STATE;
  return account->is_closing ? PB_OK : bybit_private_frame(self, account, frame);
}

static pb_status of_stream(bybit *self, const pb_input *input, pb_span payload) {
  PBK_READ(pb_in_stream, stream, input);
  if (stream.in.rec.kind == PB_IN_FRAME) return framed(self, stream.stream, payload);
  if (stream.in.rec.kind == PB_IN_OPENED) {
    bool is_taken = pbk_feed_opened(&self->feed, &self->out, stream.stream) ||
                    pbk_accounts_opened(&self->accounts, &self->feed, &self->out, stream.stream);
    return is_taken ? PB_OK : PB_E_STATE;
  }
  pbk_text words = pbk_part_of(input, stream.reason);
  pbk_buf reason = {0};
  pbk_buf_bytes(&reason, words.ptr, words.len);
  const char *text = pbk_buf_string(&reason);
  bool is_taken = pbk_feed_closed(&self->feed, &self->out, stream.stream, text) ||
                  pbk_accounts_closed(&self->accounts, &self->feed, &self->out, stream.stream, text);
  pbk_buf_free(&reason);
  return is_taken ? PB_OK : PB_E_STATE;
}

static pb_status deliver(bybit *self, const pb_input *input, pb_span payload) {
  PBK_READ(pb_rec, rec, input);
  switch (rec.kind) {
    case PB_IN_START: pbk_limits(&self->out, LIMITS, sizeof LIMITS / sizeof LIMITS[0]); return PB_OK;
    case PB_IN_STOP: return PB_OK;
    case PB_IN_ACCOUNT: {
      PBK_READ(pb_in_account, account, input);
      pbk_accounts_told(&self->accounts, &self->feed, &self->out, &account);
      return PB_OK;
    }
    case PB_IN_OPENED:
    case PB_IN_FRAME:
    case PB_IN_CLOSED: return of_stream(self, input, payload);
    case PB_IN_REPLY: return replied(self, input, payload);
    case PB_IN_SENT: {
      PBK_READ(pb_in_reply, reply, input);
      if (!pbk_feed_sent(&self->feed, &self->out, &reply)) (void)pbk_accounts_sent(&self->accounts, reply.request);
      return PB_OK;
    }
    case PB_IN_TIMER: {
      PBK_READ(pb_in_timer, timer, input);
      bool is_taken = pbk_feed_timer(&self->feed, &self->out, timer.timer) ||
                      pbk_accounts_timer(&self->accounts, &self->feed, &self->out, timer.timer);
      return is_taken ? PB_OK : PB_E_STATE;
    }
    case PB_IN_COMMAND: return command(self, input);
    default: return PB_E_UNSUPPORTED; /* an input of a newer host */
  }
}

static pb_status make(bybit *self, pb_span config) {
  (void)config;
  self->feed.plan = (pbk_plan){
    .url = "wss://stream.bybit.com/v5/public/spot", .channels = CHANNELS, .channel_count = 3, .write = write_topics,
    .levels = levels,
    /* "Orderbook": the first message of a subscription is the book, and each further one counts u on by one. */
    .rule = PBK_INCREMENT,
    /* "Connect: Args limits": ten arguments a message, of which a ticker takes two. */
    .topics_per_message = 5,
    /* "Connect: How to Send the Heartbeat Packet". */
    .ping = "{\"op\":\"ping\"}", .ping_every_ns = 20000000000, .idle_ns = 60000000000,
    .open_charge = {.bucket = CONNECTIONS, .weight = 1}};
  self->accounts.plan = BYBIT_PRIVATE;
  return PB_OK;
}

static void end(bybit *self) {
  for (size_t index = 0; index < PBK_COUNT(self->questions, question); index++) {
    pbk_buf_free(&PBK_AT(self->questions, question, index)->detail);
  }
  for (size_t index = 0; index < PBK_COUNT(self->writings, writing); index++) {
    pbk_buf_free(&PBK_AT(self->writings, writing, index)->rejected);
  }
  pbk_buf_free(&self->questions);
  pbk_buf_free(&self->writings);
  pbk_buf_free(&self->waiting.ids);
  pbk_buf_free(&self->assets);
  pbk_accounts_free(&self->accounts);
}

PBK_CONNECTOR(bybit, DESCRIPTOR, make, deliver, end)
