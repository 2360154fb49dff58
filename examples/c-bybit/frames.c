/* Frames of the public stream. Sources: Bybit API v5, "Connect: How to Subscribe to Topics", "Orderbook", "Trade",
 * "Ticker". */
#include "bybit.h"

/** What stands around the data of a frame, and what answers carry. */
typedef struct frame_head {
  pbk_text topic; /* orderbook.200.BTCUSDT */
  bool is_snapshot, is_refused, has_data;
  int64_t time, engine_time; /* when it was sent, and when the matching engine made it */
  pbk_json data;
  pbk_text operation, request, words;
} frame_head;

/** The levels of a book's message, in the record begun for them. */
typedef struct levels {
  pbk_market *market;
  uint32_t depth;
  bool has_bids, has_asks;
  pb_list bids, asks;
  uint64_t last;
} levels;

/** What a topic is about. */
typedef struct subject {
  pbk_text channel;
  uint32_t depth, carried; /* of a book; PB_CHANNEL_ */
  pbk_market *market;
} subject;

static uint64_t number_of(pbk_text text) {
  pb_dec number;
  int64_t value = 0;
  return pbk_parse(text.ptr, text.len, &number) && pbk_at(number, 0, &value) && value > 0 ? (uint64_t)value : 0;
}

static bool contains(pbk_text text, const char *words) {
  size_t length = strlen(words);
  for (size_t start = 0; start + length <= text.len; start++) {
    if (memcmp(text.ptr + start, words, length) == 0) return true;
  }
  return false;
}

/** An answer names its message. A pong is none: {"success": true, "ret_msg": "pong", "op": "ping"}. */
static pb_status answer(bybit *self, const frame_head *head) {
  if (pbk_is(head->operation, "ping") || pbk_is(head->operation, "pong")) return PB_OK;
  if (!pbk_is(head->operation, "subscribe") && !pbk_is(head->operation, "unsubscribe")) return PB_E_UNSUPPORTED;
  bool is_unknown = contains(head->words, "symbol") || contains(head->words, "topic");
  uint32_t error = is_unknown ? PB_ERR_UNKNOWN_INSTRUMENT : PB_ERR_OTHER;
  /* One that is subscribed already brings no snapshot, and no refusal. */
  if (!head->is_refused || contains(head->words, "already subscribed")) error = 0;
  pbk_acknowledged(&self->feed, &self->out, number_of(head->request), error, head->words);
  return PB_OK;
}

/** {"s": "BTCUSDT", "b": [["16493.50", "0.006"]], "a": [["16611.00", "0.029"]], "u": 18521288, "seq": 7961638724} */
static void read_levels(bybit *self, pbk_json *data, levels *levels) {
  const pbk_market *market = levels->market;
  pbk_text key;
  pbk_begin_book(&self->out);
  pbk_enter_object(data);
  while (pbk_next_key(data, &key)) {
    if (pbk_is(key, "b")) {
      levels->bids = pbk_levels(&self->out, data, market->price_exp, market->quantity_exp);
      levels->has_bids = true;
    } else if (pbk_is(key, "a")) {
      levels->asks = pbk_levels(&self->out, data, market->price_exp, market->quantity_exp);
      levels->has_asks = true;
    } else if (pbk_is(key, "u")) {
      levels->last = pbk_unsigned(data);
    } else {
      pbk_skip(data);
    }
  }
}

/** "Orderbook: Process snapshot/delta": a snapshot replaces the book at any time, and so does a message whose u is 1,
 * whatever it calls itself: the service has begun anew. */
static bool book(bybit *self, const levels *levels, const frame_head *head, pb_span frame) {
  pbk_market *market = levels->market;
  if (!levels->has_bids || !levels->has_asks || levels->last == 0) return false;
  pbk_message message = {.frame = frame, .last = levels->last, .bids = levels->bids, .asks = levels->asks};
  message.venue_ns = head->engine_time ? head->engine_time : head->time;
  message.is_snapshot = head->is_snapshot || levels->last == 1;
  /* A recording says by its snapshot of how many levels its client asked. */
  if (message.is_snapshot) market->depth = levels->depth;
  if (market->depth != levels->depth) return true; /* of what was subscribed to before */
  pbk_book_message(&self->feed, &self->out, market, &message);
  return true;
}

/** The first level of a side; `false` where it has none. */
static bool first_level(pbk_json *json, const pbk_market *market, int64_t *price, int64_t *quantity) {
  bool is_there = false;
  pbk_enter_array(json);
  while (pbk_next_element(json)) {
    if (is_there) {
      pbk_skip(json);
      continue;
    }
    pbk_enter_array(json);
    if (pbk_next_element(json)) *price = pbk_fixed(json, market->price_exp);
    if (pbk_next_element(json)) *quantity = pbk_fixed(json, market->quantity_exp);
    if (pbk_next_element(json) || *price <= 0) pbk_fail(json);
    is_there = true;
  }
  return is_there;
}

/** "Orderbook": the book of one level, which has snapshots only, is the best prices of a ticker. */
static bool best(bybit *self, pbk_market *market, const frame_head *head) {
  if (!head->is_snapshot || !pbk_is_wanted(&self->feed, &self->out, market, PB_CHANNEL_TICKER)) return true;
  pb_ticker fact = {.instrument = pbk_market_id(market)};
  fact.venue_ns = head->engine_time ? head->engine_time : head->time;
  pbk_json data = head->data;
  pbk_text key;
  pbk_enter_object(&data);
  while (pbk_next_key(&data, &key)) {
    if (pbk_is(key, "b")) {
      bool is_there = first_level(&data, market, &fact.bid_price, &fact.bid_quantity);
      fact.present |= is_there ? PB_TICKER_BID : PB_TICKER_NO_BID;
    } else if (pbk_is(key, "a")) {
      bool is_there = first_level(&data, market, &fact.ask_price, &fact.ask_quantity);
      fact.present |= is_there ? PB_TICKER_ASK : PB_TICKER_NO_ASK;
    } else if (pbk_is(key, "u")) {
      fact.seq = pbk_unsigned(&data);
    } else {
      pbk_skip(&data);
    }
  }
  if (!data.failed) pbk_ticker(&self->out, &fact);
  return !data.failed;
}

/** "Trade": [{"i": "id", "p": "16578.50", "v": "0.001", "S": "Buy", "T": 1672304486865}], each by itself. */
static bool trades(bybit *self, pbk_market *market, const frame_head *head) {
  if (!pbk_is_wanted(&self->feed, &self->out, market, PB_CHANNEL_TRADES)) return true;
  bool is_read = true;
  pbk_json data = head->data;
  pbk_enter_array(&data);
  while (pbk_next_element(&data)) {
    pbk_json entry = pbk_entry(&data);
    pb_trade fact = {.instrument = pbk_market_id(market)};
    pbk_text key, id = {0};
    pbk_enter_object(&entry);
    while (pbk_next_key(&entry, &key)) {
      if (pbk_is(key, "i")) id = pbk_scalar(&entry);
      else if (pbk_is(key, "p")) fact.price = pbk_fixed(&entry, market->price_exp);
      else if (pbk_is(key, "v")) fact.quantity = pbk_fixed(&entry, market->quantity_exp);
      else if (pbk_is(key, "T")) fact.venue_ns = pbk_milliseconds(&entry);
      else if (pbk_is(key, "S")) {
        pbk_text side = pbk_string(&entry);
        fact.side = pbk_is(side, "Buy") ? PB_SIDE_BUY : pbk_is(side, "Sell") ? PB_SIDE_SELL : PB_SIDE_NONE;
      } else pbk_skip(&entry);
    }
    bool is_whole = !entry.failed && fact.price > 0 && fact.quantity > 0 && fact.side != PB_SIDE_NONE;
    if (is_whole) pbk_trade(&self->out, &fact, id);
    is_read = is_read && is_whole;
  }
  return is_read && !data.failed;
}

/** A price or quantity at an exponent; 0 for what is empty. */
static int64_t at(pbk_json *json, int32_t exponent) {
  int64_t value = 0;
  pb_dec number = pbk_optional(json);
  if (number.state != PB_DEC_ABSENT && !pbk_at(number, exponent, &value)) pbk_fail(json);
  return value;
}

/** "Ticker", "Get Tickers". Volumes count base and quote. */
bool bybit_ticker(pbk_json json, const pbk_market *market, int64_t venue_ns, pb_ticker *fact) {
  const int32_t price = market->price_exp, quantity = market->quantity_exp;
  int day = 0;
  pbk_text key;
  *fact = (pb_ticker){.instrument = pbk_market_id(market), .venue_ns = venue_ns};
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (pbk_is(key, "lastPrice")) fact->last_price = at(&json, price);
    else if (pbk_is(key, "bid1Price")) fact->bid_price = at(&json, price);
    else if (pbk_is(key, "bid1Size")) fact->bid_quantity = at(&json, quantity);
    else if (pbk_is(key, "ask1Price")) fact->ask_price = at(&json, price);
    else if (pbk_is(key, "ask1Size")) fact->ask_quantity = at(&json, quantity);
    else if (pbk_is(key, "prevPrice24h")) fact->open_price = at(&json, price), day++;
    else if (pbk_is(key, "highPrice24h")) fact->high_price = at(&json, price), day++;
    else if (pbk_is(key, "lowPrice24h")) fact->low_price = at(&json, price), day++;
    else if (pbk_is(key, "volume24h")) fact->base_volume = pbk_wide(&json);
    else if (pbk_is(key, "turnover24h")) fact->quote_volume = pbk_wide(&json);
    else pbk_skip(&json);
  }
  if (fact->last_price > 0) fact->present |= PB_TICKER_LAST;
  if (fact->bid_price > 0) fact->present |= PB_TICKER_BID;
  if (fact->ask_price > 0) fact->present |= PB_TICKER_ASK;
  if (day == 3) fact->present |= PB_TICKER_DAY;
  return !json.failed;
}

/** What a topic is about: `false` for what the connector does not know. */
static bool find_topic(bybit *self, pbk_text topic, subject *subject) {
  pbk_text name, depth, symbol;
  if (!pbk_split(topic, '.', &subject->channel, &name)) return false;
  bool is_book = pbk_is(subject->channel, "orderbook");
  symbol = name;
  if (is_book && pbk_split(name, '.', &depth, &symbol)) subject->depth = (uint32_t)number_of(depth);
  if (is_book) subject->carried = subject->depth == 1 ? PB_CHANNEL_TICKER : PB_CHANNEL_BOOK;
  if (pbk_is(subject->channel, "publicTrade")) subject->carried = PB_CHANNEL_TRADES;
  if (pbk_is(subject->channel, "tickers")) subject->carried = PB_CHANNEL_TICKER;
  subject->market = pbk_market_named(&self->feed.markets, symbol);
  return subject->carried && subject->market;
}

/** Data that stood before their topic, or are no book. */
static pb_status read_data(bybit *self, const frame_head *head, pb_span frame) {
  subject about = {0};
  bool is_read = true;
  if (!find_topic(self, head->topic, &about)) return PB_E_UNSUPPORTED;
  pbk_market *market = about.market;
  if (about.carried == PB_CHANNEL_BOOK) {
    levels levels = {.market = market, .depth = about.depth};
    pbk_json data = head->data;
    read_levels(self, &data, &levels);
    is_read = !data.failed && book(self, &levels, head, frame);
  } else if (about.carried == PB_CHANNEL_TRADES) {
    is_read = trades(self, market, head);
  } else if (about.depth == 1) {
    is_read = best(self, market, head);
  } else if (pbk_is_wanted(&self->feed, &self->out, market, PB_CHANNEL_TICKER)) {
    pb_ticker fact;
    is_read = bybit_ticker(head->data, market, head->time, &fact);
    if (is_read) pbk_ticker(&self->out, &fact);
  }
  if (is_read) return PB_OK;
  pbk_misread(&self->feed, &self->out, market, about.carried);
  return PB_E_PARSE;
}

/** A frame that is JSON as a whole has levels that cannot be read, of a book that is then known; of any other one it is
 * not known what it was about. */
static pb_status unread(bybit *self, pb_id stream, const levels *levels, pb_span frame) {
  pbk_json whole = pbk_json_of(frame);
  pbk_skip(&whole);
  if (levels->market && pbk_is_complete(&whole)) {
    pbk_misread(&self->feed, &self->out, levels->market, PB_CHANNEL_BOOK);
  } else {
    pbk_misread_stream(&self->feed, &self->out, stream);
  }
  return PB_E_PARSE;
}

/** Members that stand around the data; `false` for any other. */
static bool read_member(pbk_json *json, pbk_text key, frame_head *head) {
  if (pbk_is(key, "topic")) head->topic = pbk_string(json);
  else if (pbk_is(key, "type")) head->is_snapshot = pbk_is(pbk_string(json), "snapshot");
  else if (pbk_is(key, "ts")) head->time = pbk_milliseconds(json);
  else if (pbk_is(key, "cts")) head->engine_time = pbk_milliseconds(json);
  else if (pbk_is(key, "op")) head->operation = pbk_string(json);
  else if (pbk_is(key, "req_id")) head->request = pbk_scalar(json);
  else if (pbk_is(key, "success")) head->is_refused |= !pbk_is(pbk_scalar(json), "true");
  else if (pbk_is(key, "retCode")) head->is_refused |= !pbk_is(pbk_scalar(json), "0");
  else if (pbk_is(key, "ret_msg") || pbk_is(key, "retMsg")) head->words = pbk_scalar(json);
  else return false;
  return true;
}

/** {"topic": "publicTrade.BTCUSDT", "type": "snapshot", "ts": 1, "data": [...]}, and answers
 * {"success": true, "ret_msg": "", "conn_id": "...", "req_id": "1", "op": "subscribe"}. */
pb_status bybit_frame(bybit *self, pb_id stream, pb_span frame) {
  frame_head head = {0};
  levels levels = {0};
  pbk_json json = pbk_json_of(frame);
  pbk_text key;
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (read_member(&json, key, &head)) continue;
    if (!pbk_is(key, "data")) {
      pbk_skip(&json);
      continue;
    }
    subject about = {0};
    if (head.topic.len) {
      /* What nobody wants is not read: not even its end is looked for. */
      if (!find_topic(self, head.topic, &about)) return PB_E_UNSUPPORTED;
      if (!(about.market->wanted & about.carried)) return PB_OK;
    }
    if (about.carried == PB_CHANNEL_BOOK && about.depth == about.market->depth) {
      levels.market = about.market;
      levels.depth = about.depth;
      read_levels(self, &json, &levels);
    } else {
      head.data = pbk_entry(&json);
      head.has_data = true;
    }
  }
  if (!pbk_is_complete(&json) || (head.is_refused && head.topic.len)) return unread(self, stream, &levels, frame);
  if (head.topic.len == 0 || !(head.has_data || levels.market)) return answer(self, &head);
  if (!levels.market) return read_data(self, &head, frame);
  if (book(self, &levels, &head, frame)) return PB_OK;
  pbk_misread(&self->feed, &self->out, levels.market, PB_CHANNEL_BOOK);
  return PB_E_PARSE;
}
