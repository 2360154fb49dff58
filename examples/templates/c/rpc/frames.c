/* The public stream: how it is asked, and what its frames say. "Feed", "Books", "Trades". */
#include "exchange.h"

static const pbk_channel CHANNELS[] = {{PB_CHANNEL_BOOK, "book"}, {PB_CHANNEL_TRADES, "trades"}};

/* "Feed" */
static void write_topics(pbk_buf *text, const pbk_topic_name *topics, uint32_t count, bool is_unsubscribe, pb_id id) {
  pbk_buf_text(text, "{\"jsonrpc\":\"2.0\",\"id\":");
  pbk_buf_number(text, id);
  pbk_buf_text(text, is_unsubscribe ? ",\"method\":\"unsubscribe\"" : ",\"method\":\"subscribe\"");
  pbk_buf_text(text, ",\"params\":{\"channels\":[");
  for (uint32_t index = 0; index < count; index++) {
    pbk_buf_text(text, index > 0 ? ",\"" : "\"");
    pbk_buf_text(text, topics[index].channel);
    pbk_buf_text(text, ".");
    pbk_buf_text(text, topics[index].symbol);
    pbk_buf_text(text, "\"");
  }
  pbk_buf_text(text, "]}}");
}

pbk_plan sandbar_plan(void) {
  return (pbk_plan){
    .url = FEED, .channels = CHANNELS, .channel_count = 2, .write = write_topics, .topics_per_message = 20,
    /* "Books": a subscription begins with the book, and each further message counts seq on by one. */
    .rule = PBK_INCREMENT, .message_charge = {.bucket = MESSAGES, .weight = 1}};
}

/* Books come with the subscription: nothing of them is asked for. */
pb_status sandbar_feed_reply(sandbar *self, const pb_in_reply *reply, pb_span body) {
  (void)self, (void)reply, (void)body;
  return PB_E_STATE;
}

/* "Books". Levels go from the text into the record: nothing else may be emitted until the book is out. */
static bool book(sandbar *self, pbk_market *market, pbk_json json, pb_span frame) {
  pbk_message message = {.frame = frame};
  bool has_bids = false, has_asks = false;
  pbk_text key;
  pbk_begin_book(&self->out);
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (pbk_is(key, "bids")) {
      message.bids = pbk_levels(&self->out, &json, market->price_exp, market->quantity_exp);
      has_bids = true;
    } else if (pbk_is(key, "asks")) {
      message.asks = pbk_levels(&self->out, &json, market->price_exp, market->quantity_exp);
      has_asks = true;
    } else if (pbk_is(key, "type")) {
      message.is_snapshot = pbk_is(pbk_string(&json), "snapshot");
    } else if (pbk_is(key, "seq")) {
      message.last = pbk_unsigned(&json);
    } else if (pbk_is(key, "time")) {
      message.venue_ns = pbk_milliseconds(&json);
    } else {
      pbk_skip(&json);
    }
  }
  if (json.failed || !has_bids || !has_asks || message.last == 0) return false;
  pbk_book_message(&self->feed, &self->out, market, &message);
  return true;
}

/* "Trades", each by itself: one that cannot be read spoils no other. */
static bool trades(sandbar *self, pbk_market *market, pbk_json data) {
  bool is_read = true;
  pbk_enter_array(&data);
  while (pbk_next_element(&data)) {
    pbk_json entry = pbk_entry(&data);
    pb_trade fact = {.instrument = pbk_market_id(market)};
    pbk_text key, id = {0};
    pbk_enter_object(&entry);
    while (pbk_next_key(&entry, &key)) {
      if (pbk_is(key, "id")) id = pbk_scalar(&entry);
      else if (pbk_is(key, "price")) fact.price = pbk_fixed(&entry, market->price_exp);
      else if (pbk_is(key, "size")) fact.quantity = pbk_fixed(&entry, market->quantity_exp);
      else if (pbk_is(key, "time")) fact.venue_ns = pbk_milliseconds(&entry);
      else if (pbk_is(key, "side")) {
        pbk_text side = pbk_string(&entry);
        fact.side = pbk_is(side, "buy") ? PB_SIDE_BUY : pbk_is(side, "sell") ? PB_SIDE_SELL : PB_SIDE_NONE;
      } else pbk_skip(&entry);
    }
    bool is_whole = !entry.failed && fact.price > 0 && fact.quantity > 0 && fact.side != PB_SIDE_NONE;
    if (is_whole) pbk_trade(&self->out, &fact, id);
    is_read = is_read && is_whole;
  }
  return is_read && !data.failed;
}

static uint64_t number_of(pbk_text text) {
  pb_dec number;
  int64_t value = 0;
  return pbk_parse(text.ptr, text.len, &number) && pbk_at(number, 0, &value) && value > 0 ? (uint64_t)value : 0;
}

/* What stands in a frame: parameters with a channel and data, or the id of what is answered. */
typedef struct head {
  pbk_text channel, id, code, words;
  pbk_json data;
  bool has_data, is_refused;
} head;

static void read_parameters(pbk_json *json, head *head) {
  pbk_text key;
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "channel")) head->channel = pbk_string(json);
    else if (pbk_is(key, "data")) {
      head->data = pbk_entry(json);
      head->has_data = true;
    } else pbk_skip(json);
  }
}

static void read_error(pbk_json *json, head *head) {
  pbk_text key;
  head->is_refused = true;
  pbk_enter_object(json);
  while (pbk_next_key(json, &key)) {
    if (pbk_is(key, "code")) head->code = pbk_scalar(json);
    else if (pbk_is(key, "message")) head->words = pbk_scalar(json);
    else pbk_skip(json);
  }
}

/* {"method": "subscription", "params": {"channel": "book.SALT-USD", "data": {...}}}; answers {"id": 1, "result": [...]}
 * and {"id": 1, "error": {"code": -32602, "message": "..."}}. */
pb_status sandbar_frame(sandbar *self, pb_id stream, pb_span frame) {
  head head = {0};
  pbk_json json = pbk_json_of(frame);
  pbk_text key;
  pbk_enter_object(&json);
  while (pbk_next_key(&json, &key)) {
    if (pbk_is(key, "params")) read_parameters(&json, &head);
    else if (pbk_is(key, "error")) read_error(&json, &head);
    else if (pbk_is(key, "id")) head.id = pbk_scalar(&json);
    else pbk_skip(&json);
  }
  if (!pbk_is_complete(&json)) {
    /* It is not known what it was about: everything on the stream may be missing something. */
    pbk_misread_stream(&self->feed, &self->out, stream);
    return PB_E_PARSE;
  }
  if (!head.has_data) {
    if (head.id.len == 0) return PB_E_UNSUPPORTED;
    uint32_t error = pbk_is(head.code, "no_such_market") ? PB_ERR_UNKNOWN_INSTRUMENT : PB_ERR_OTHER;
    pbk_acknowledged(&self->feed, &self->out, number_of(head.id), head.is_refused ? error : 0, head.words);
    return PB_OK;
  }
  pbk_text channel, symbol;
  bool is_named = pbk_split(head.channel, '.', &channel, &symbol);
  pbk_market *market = is_named ? pbk_market_named(&self->feed.markets, symbol) : NULL;
  if (!market) return PB_E_UNSUPPORTED;
  bool is_book = pbk_is(channel, "book");
  if (!is_book && !pbk_is(channel, "trades")) return PB_E_UNSUPPORTED;
  uint32_t carried = is_book ? PB_CHANNEL_BOOK : PB_CHANNEL_TRADES;
  if (!(market->wanted & carried)) return PB_OK;
  bool is_read = false;
  if (is_book) is_read = book(self, market, head.data, frame);
  else if (pbk_find(&head.data, "trades")) {
    is_read = !pbk_is_wanted(&self->feed, &self->out, market, carried) || trades(self, market, head.data);
  }
  if (is_read) return PB_OK;
  pbk_misread(&self->feed, &self->out, market, carried);
  return PB_E_PARSE;
}
